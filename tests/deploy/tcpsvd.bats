#!/usr/bin/env bats
# bats file_tags=once
# doc/deploy/tcpsvd: Debian's ipsvd, with a directory of instructions.

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

@test "tcpsvd: with a directory of instructions" {
  put tls tls
  put tcpsvd run peers/10 peers/192.0.2.10
  type_on_host "exec /etc/popchain/tcpsvd/run >&2"
  serves_with_stls "$LOG"
  # The instructions: one network needs TLS, one address has one connection.
  run -67 on_host curl -sS --interface 10.0.0.1 -u joe:secret pop3://192.0.2.5/1
  gets pop3://192.0.2.5 --ssl-reqd
  on_host python3 - <<'PY'
import poplib, socket
def greeting():
    connection = socket.create_connection(("192.0.2.5", 110), 60, ("192.0.2.10", 0))
    return connection, connection.makefile("rb").readline()
first, line = greeting()
assert line.startswith(b"+OK"), line
second, line = greeting()
assert line == b"-ERR [SYS/TEMP] too many connections from your address\r\n", line
PY
}
