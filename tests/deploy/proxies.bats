#!/usr/bin/env bats
# bats file_tags=once
# doc/deploy's TLS servers in front of popup: a client logs in through each, and
# popup knows its address.

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

@test "haproxy: ports 110 and 995, with the client's address" {
  put haproxy haproxy.cfg
  type_on_host "exec $(popup_of haproxy/haproxy.cfg)"
  wait_until listens_on_host 1110
  start_on_host haproxy -q -db -f /etc/haproxy/haproxy.cfg
  wait_until listens_on_host 995
  gets pop3://192.0.2.5
  logged_in "$LOG" 'ip=10\.0\.0\.1 .*tls=- '
  speaks_new_tls 995
  gets_by_ipv6
  gets pop3s://192.0.2.5
  logged_in "$LOG" 'ip=10\.0\.0\.1 .*tls=TLSv1\.3 '
  is_refused pop3s://192.0.2.5
}

@test "hitch: port 995, with the client's address" {
  put hitch hitch.conf
  type_on_host "exec $(popup_of hitch/hitch.conf)"
  wait_until listens_on_host 1110
  start_on_host hitch --config=/etc/hitch/hitch.conf
  wait_until listens_on_host 995
  speaks_new_tls 995
  gets_by_ipv6
  gets pop3s://192.0.2.5
  logged_in "$LOG" 'ip=10\.0\.0\.1 .*tls=TLSv1\.3 '
  is_refused pop3s://192.0.2.5
}

@test "stunnel: port 995 with the client's address, STLS without" {
  put stunnel popchain.conf
  type_on_host "exec $(popup_of stunnel/popchain.conf 1)"
  type_on_host "exec $(popup_of stunnel/popchain.conf 2)"
  wait_until listens_on_host 1110
  wait_until listens_on_host 1111
  start_on_host stunnel4 /etc/stunnel/popchain.conf
  wait_until listens_on_host 995
  speaks_new_tls 995
  gets_by_ipv6
  gets pop3s://192.0.2.5
  logged_in "$LOG" 'ip=10\.0\.0\.1 .*tls=yes '
  is_refused pop3s://192.0.2.5
  # STLS: no login before it, and the client seems to be stunnel.
  : >"$LOG"
  gets pop3://192.0.2.5 --ssl-reqd
  logged_in "$LOG" 'ip=127\.0\.0\.1 .*tls=yes '
  # stunnel answers a login before STLS by closing the connection.
  run ! gets pop3://192.0.2.5
  (($(grep -c 'result=ok' "$LOG") == 1))
}

@test "nginx: STLS and port 995, with the client's address" {
  cp /etc/nginx/modules-enabled/*mail.conf "$HOST/etc/nginx/modules-enabled/" 2>/dev/null || true
  rm -f "$HOST"/etc/nginx/sites-enabled/*
  mkdir -p "$HOST/var/log/nginx" "$HOST/var/lib/nginx"
  put nginx modules-enabled/90-popchain.conf conf.d/popchain.conf
  type_on_host "exec $(popup_of nginx/modules-enabled/90-popchain.conf)"
  wait_until listens_on_host 1110
  start_on_host nginx -g 'daemon off;'
  wait_until listens_on_host 995
  speaks_new_tls 995
  gets_by_ipv6
  gets pop3s://192.0.2.5
  logged_in "$LOG" 'ip=10\.0\.0\.1 .*tls=yes '
  : >"$LOG"
  gets pop3://192.0.2.5 --ssl-reqd
  logged_in "$LOG" 'ip=10\.0\.0\.1 .*tls=yes '
  talk_on_host 192.0.2.5 110 'USER joe\r\nQUIT\r\n' >"$T/said"
  grep -q '^-ERR' "$T/said" || fail "$(cat "$T/said")"
  is_refused pop3s://192.0.2.5
  # The words are popup's.
  [[ $output == *'-ERR [AUTH] '* ]] || fail "$output"
}
