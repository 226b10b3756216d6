#!/usr/bin/env bats
# bats file_tags=once
# doc/deploy/tcpserver: Debian's ucspi-tcp, with tcprules and softlimit.

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

@test "tcpserver: with a cdb of tcprules and softlimit" {
  local folder=/etc/popchain/tcpserver
  put tls tls
  put tcpserver run tcp.rules
  # As the comment in run says.
  on_host sh -c "cd $folder && $(sed -n 's/^# *\(tcprules .*\)/\1/p' "$HOST$folder/run")"
  type_on_host "exec $folder/run >&2"
  serves_with_stls "$LOG"
  # The rules: one address may not connect, one network needs TLS.
  run -56 on_host curl -sS --interface 192.0.2.10 -u joe:secret pop3://192.0.2.5/1
  run -67 on_host curl -sS --interface 10.0.0.1 -u joe:secret pop3://192.0.2.5/1
  gets pop3://192.0.2.5 --ssl-reqd
  # softlimit's limits reach every process.
  grep -q '^Max address space  *80000000 ' "/proc/$(on_host_pid tcpserver)/limits"
}

@test "tcpserver: softlimit has room for 150,000 messages" {
  needs_memory_limit
  local folder=/etc/popchain/tcpserver
  put tls tls
  put tcpserver run tcp.rules
  on_host tcprules "$folder/tcp.cdb" "$folder/tcp.tmp" <"$HOST$folder/tcp.rules"
  # Names as Dovecot and Postfix make them.
  python3 - "$MAIL/cur" <<'PY'
import os, sys
os.chdir(sys.argv[1])
for i in range(150000):
    name = f"17000{i:08}.M{i:06}P99999V0000000000000801I0000000000ABCDEF.mail.example.org,S=8:2,"
    if i % 30000 == 0:
        source = name
        with open(name, "x") as file:
            file.write("a: b\n\nc\n")
    else:
        os.link(source, name)
PY
  own "$MAIL"
  type_on_host "exec $folder/run >&2"
  talk_on_host 127.0.0.1 110 'USER joe\r\nPASS secret\r\nSTAT\r\nQUIT\r\n' >"$T/said"
  grep -q '^+OK 150001 ' "$T/said" || fail "$(cat "$T/said")"
}
