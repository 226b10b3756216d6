#!/usr/bin/env bats
# bats file_tags=once
# doc/deploy/daemontools: svscan, softlimit, tcpserver and multilog.

bats_require_minimum_version 1.5.0
load ../helpers/common
load ../helpers/chain
load ../helpers/tls
load ../helpers/examples
load ../helpers/deploy

setup() { make_mail_host; }
teardown() {
  stop_host
  stop_servers
}

@test "daemontools: svscan, and multilog as another account" {
  local folder=$HOST/etc/popchain/daemontools/popchain
  put tls tls
  put daemontools popchain/run popchain/log/run
  install -d -o 70002 "$folder/log/main"
  ln -s /etc/popchain/daemontools/popchain "$HOST/etc/service/popchain"
  start_on_host svscan /etc/service
  serves_with_stls "$folder/log/main/current"
  [[ $(stat -c %u "$folder/log/main/current") == 70002 ]]
  # svc -t ends the service, and supervise starts it again.
  on_host svc -t /etc/service/popchain
  wait_until eval 'on_host svstat /etc/service/popchain | grep -q ": up .* [0-3] seconds"'
  wait_until gets pop3://192.0.2.5 --ssl-reqd
  # As README stops it.
  on_host sh -c 'cd /etc/service/popchain && rm /etc/service/popchain && svc -dx . log'
  wait_until eval '! listens_on_host 110'
}
