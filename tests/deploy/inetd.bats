#!/usr/bin/env bats
# bats file_tags=once
# doc/deploy/inetd and doc/deploy/xinetd: Debian's two.

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

@test "inetd: openbsd-inetd" {
  local server
  server=$(find_server openbsd-inetd inetd) ||
    skip 'this machine: no inetd, and openbsd-inetd cannot be unpacked'
  cp "$server" "$T/bin/"
  put tls tls
  put inetd inetd.conf
  start_on_host inetd -i /etc/inetd.conf
  serves_with_stls "$T/syslog"
}

@test "inetd: 300 clients in a minute do not close the port" {
  local server
  server=$(find_server openbsd-inetd inetd) ||
    skip 'this machine: no inetd, and openbsd-inetd cannot be unpacked'
  cp "$server" "$T/bin/"
  put inetd inetd.conf
  start_on_host inetd -i /etc/inetd.conf
  wait_until listens_on_host 110
  on_host python3 - <<'PY'
import socket
for _ in range(300):
    with socket.create_connection(("192.0.2.5", 110), 60) as client:
        assert client.recv(100).startswith(b"+OK")
PY
}

@test "xinetd: with limits for each address" {
  local server
  server=$(find_server xinetd xinetd) ||
    skip 'this machine: no xinetd, and it cannot be unpacked'
  cp "$server" "$T/bin/"
  put tls tls
  put xinetd popchain
  printf '%s\n' 'defaults' '{' '}' 'includedir /etc/xinetd.d' >"$HOST/etc/xinetd.conf"
  find "$HOST/etc/xinetd.d" -type f ! -name popchain -delete
  start_on_host xinetd -dontfork -filelog /var/log/xinetd
  serves_with_stls "$T/syslog"
}
