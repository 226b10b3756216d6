#!/usr/bin/env bats
# bats file_tags=once
# doc/deploy/systemd: the units, under a systemd that is process 1 of a container.

bats_require_minimum_version 1.5.0
load ../helpers/common
load ../helpers/chain
load ../helpers/tls
load ../helpers/examples
load ../helpers/deploy
load ../helpers/cgroup
load ../helpers/systemd

setup() {
  make_mail_host
  put tls tls
}
teardown() {
  stop_systemd
  stop_host
  stop_servers
}

@test "systemd: popchain.service serves, with its restrictions" {
  put systemd popchain.service
  start_systemd
  in_systemd systemctl enable --now popchain.service
  follow_journal
  serves_with_tls "$JOURNAL"
  # Nothing that popup needs is forbidden.
  ! grep -E 'event=(warning|failure|fail)' "$JOURNAL" || fail 'forbidden'
  # A process that the kernel kills for its memory does not end the others.
  [[ $(in_systemd systemctl show --property OOMPolicy popchain) == OOMPolicy=continue ]]
  drains_by "$JOURNAL" in_systemd systemctl restart popchain
  # Another is started.
  wait_until gets pop3s://192.0.2.5
}

@test "systemd: popchain.service scores under 3 for its exposure" {
  put systemd popchain.service
  on_host systemd-analyze security --offline=yes --threshold=30 \
    /etc/systemd/system/popchain.service >"$T/said" 2>&1 || fail "$(cat "$T/said")"
}

@test "systemd: popchain.socket, and the service starts with it" {
  put systemd popchain.service popchain.socket popchain-tls.socket
  start_systemd
  in_systemd systemctl enable --now popchain.socket
  follow_journal
  ! in_systemd systemctl is-active popchain.service || fail 'too early'
  serves_with_tls "$JOURNAL"
  in_systemd systemctl is-active popchain.service
}

@test "systemd: popchain.socket, and the first client speaks TLS" {
  put systemd popchain.service popchain.socket popchain-tls.socket
  start_systemd
  in_systemd systemctl start popchain.socket
  gets pop3s://192.0.2.5
}

@test "systemd: popchain.socket, and a restart refuses no client" {
  put systemd popchain.service popchain.socket popchain-tls.socket
  start_systemd
  in_systemd systemctl start popchain.socket
  follow_journal
  stays_logged_in "$JOURNAL"
  background in_systemd systemctl restart popchain.service
  wait_until grep -q 'event=drain .*still_running=1' "$JOURNAL"
  # These wait until the session is over.
  start_on_host sh -c 'curl -sS -u joe:secret pop3://192.0.2.5/1 && echo >/fetched'
  start_on_host sh -c 'curl -sSk -u joe:secret pop3s://192.0.2.5/1 && echo >/fetched-tls'
  wait_until connected_to 110
  wait_until connected_to 995
  touch "$HOST/leave"
  wait_until test -e "$HOST/fetched"
  wait_until test -e "$HOST/fetched-tls"
}
# connected_to PORT: a client from 192.0.2.5 is.
connected_to() {
  local ends
  printf -v ends '050200C0:[0-9A-F]* 050200C0:%04X 01' "$1"
  grep -q "$ends" "/proc/$HOST_PID/net/tcp"
}

@test "systemd: pop3.socket starts a service for each connection" {
  put systemd pop3.socket pop3@.service
  start_systemd
  in_systemd systemctl enable --now pop3.socket
  follow_journal
  serves_with_stls "$JOURNAL"
  ! grep -E 'event=(warning|failure|fail)' "$JOURNAL" || fail 'forbidden'
  # The restrictions reach the processes.
  stays_logged_in "$JOURNAL"
  grep -q '^CapBnd:.*0800e0$' "/proc/$(pgrep --ns "$SYSTEMD_PID" --nslist pid -x popup)/status"
  touch "$HOST/leave"
  # No connection leaves a unit behind.
  wait_until eval '! in_systemd systemctl list-units --all | grep -q pop3@'
}

# journal_of_jail: prints what fail2ban reads of the journal.
journal_of_jail() {
  local match
  read -ra match < <(sed -n 's/^journalmatch *= *//p' "$DEPLOY/fail2ban/filter.d/popchain.conf")
  in_systemd journalctl --quiet --output=cat "${match[@]}"
}

@test "systemd: no user can write what fail2ban's jail reads" {
  local unit
  put systemd popchain.service pop3.socket pop3@.service
  start_systemd
  for unit in popchain.service pop3.socket; do
    in_systemd systemctl start "$unit"
    wait_until listens_on_host 110
    is_refused pop3://192.0.2.5
    in_systemd systemctl stop "$unit"
  done
  in_systemd setpriv --reuid "$MAIL_UID" --clear-groups systemd-cat -t popup \
    echo 'popup: event=login result=denied mech=PASS ip=198.51.100.9 port=1 tls=- try=1'
  wait_until eval 'in_systemd journalctl -t popup | grep -q 198.51.100.9'
  journal_of_jail >"$T/said"
  (($(grep -c 'result=denied .*ip=10\.0\.0\.1' "$T/said") == 2)) || fail "$(cat "$T/said")"
  ! grep 198.51.100.9 "$T/said" || fail 'forged'
}

@test "systemd: systemd-analyze finds nothing wrong in the units" {
  put systemd popchain.service popchain.socket popchain-tls.socket pop3.socket pop3@.service
  on_host systemd-analyze verify --man=no \
    /etc/systemd/system/{popchain.{service,socket},popchain-tls.socket,pop3.socket,pop3@.service} \
    >"$T/said" 2>&1 || fail "$(cat "$T/said")"
  run ! grep -E 'pop3|popchain' "$T/said"
}
