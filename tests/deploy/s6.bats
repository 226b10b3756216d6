#!/usr/bin/env bats
# bats file_tags=once
# doc/deploy/s6: s6-svscan, s6-softlimit, popup -D and s6-log.

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

@test "s6: s6-svscan, and s6-log as another account" {
  local log=$HOST/var/log/popchain
  put tls tls
  put s6 popchain/run popchain/log/run
  install -d -o 70002 "$log"
  mkdir "$HOST/srv/scan"
  ln -s /etc/s6/popchain "$HOST/srv/scan/popchain"
  start_on_host s6-svscan /srv/scan
  serves_with_tls "$log/current"
  [[ $(stat -c %u "$log/current") == 70002 ]]
  drains_by "$log/current" on_host s6-svc -t /srv/scan/popchain
  # Another is started.
  wait_until gets pop3s://192.0.2.5
  # As README stops it.
  on_host rm /srv/scan/popchain
  on_host s6-svscanctl -an /srv/scan
  wait_until eval '! listens_on_host 110'
}
