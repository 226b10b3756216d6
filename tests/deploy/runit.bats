#!/usr/bin/env bats
# bats file_tags=once
# doc/deploy/runit: runsvdir, chpst, popup -D and svlogd.

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

@test "runit: runsvdir, and svlogd as another account" {
  local log=$HOST/var/log/popchain
  put tls tls
  put runit popchain/run popchain/log/run
  install -d -o 70002 "$log"
  ln -s /etc/sv/popchain "$HOST/etc/service/popchain"
  start_on_host runsvdir -P /etc/service
  serves_with_tls "$log/current"
  [[ $(stat -c %u "$log/current") == 70002 ]]
  drains_by "$log/current" on_host sv term popchain
  # Another is started.
  wait_until gets pop3s://192.0.2.5
  # As README stops it.
  on_host rm /etc/service/popchain
  on_host sv -w 60 exit /etc/sv/popchain
  ! listens_on_host 110 || fail 'not stopped'
}
