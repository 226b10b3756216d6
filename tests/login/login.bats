#!/usr/bin/env bats
# bats file_tags=libc
# Every login command gives the checker the right data, within limits.
load ../helpers/common
load ../helpers/stubs

@test "USER and PASS start the server, and the login is logged" {
  serve popup mx stub-joe stub-session
  run transcript 'USER joe\r\nPASS secret\r\nSTAT\r\nQUIT\r\n'
  [ "${output#*$'\n'}" = $'+OK now PASS\r\n+OK in\r\n+OK STAT\r\n+OK QUIT\r' ]
  recorded 'joe|secret||PASS|'
  logged 'event=login result=ok user=joe mech=PASS ip=127\.0\.0\.1 port=[0-9]* tls=- try=1$'
}

@test "the login is logged at once, not at the session's end" {
  serve popup mx stub-joe stub-session
  log_in secret '+OK in'
  logged 'result=ok user=joe'
  hang_up
}

@test "spaces in names and passwords are kept" {
  run over_pipe 'USER  a b \r\nPASS  c  d \r\n' popup -w 0 mx stub-joe true
  recorded ' a b | c  d ||PASS|'
}

@test "a second USER replaces the first" {
  run over_pipe 'USER anna\r\nUSER joe\r\nPASS secret\r\n' popup mx stub-joe stub-session
  [[ $output == *'+OK in'* ]]
}

@test "each refusal doubles the delay and allows another try" {
  start=$(date +%s%N)
  run over_pipe 'USER joe\r\nPASS a\r\nUSER joe\r\nPASS b\r\nUSER joe\r\nPASS secret\r\nNOOP\r\n' \
    popup -w 1 mx stub-joe stub-session
  took=$((($(date +%s%N) - start) / 1000000))
  [ "$(grep -c '^-ERR \[AUTH\]' <<<"$output")" = 2 ]
  [[ $output == *$'+OK in\r\n+OK NOOP\r' ]]
  ((took >= 3000 && took < 8000)) || fail "took $took ms"
  [ "$(grep -c 'result=denied' "$LOG")" = 2 ]
  logged 'result=ok .*try=3$'
  [ "$(grep -c 'denied.*user=' "$LOG")" = 0 ]
}

@test "the connection is closed after the last try" {
  run over_pipe 'USER joe\r\nPASS a\r\nUSER joe\r\nPASS b\r\nNOOP\r\n' popup -w 0 -n 2 mx stub-joe true
  [ "$status" = 0 ]
  [ "${lines[-1]}" = $'-ERR [AUTH] wrong name or password\r' ]
  [ "$(wc -l <"$STUB_RECORD")" = 2 ]
}

@test "PASS after a failed try needs a new USER" {
  run over_pipe 'USER joe\r\nPASS a\r\nPASS secret\r\n' popup -w 0 mx stub-joe stub-session
  [[ ${lines[-1]} == '-ERR USER first'* ]]
}

@test "leaving during the delay ends the connection at once" {
  serve popup -w 60 mx stub-joe true
  # Unread replies make the close a reset, which popup notices at once.
  connect
  send 'USER joe'
  send 'PASS wrong'
  logged 'result=denied'
  hang_up
  wait_until no_sessions
}

@test "APOP passes on the digest and the greeting's timestamp" {
  digest=0123456789abcdef0123456789abcdef
  run over_pipe "APOP joe $digest\r\n" popup -A -w 0 mx stub-joe true
  stamp=${lines[0]#*ready }
  recorded "joe|$digest|${stamp%$'\r'}|APOP|"
  run over_pipe 'APOP joe\r\nAPOP joe xyz\r\nAPOP\r\n' popup -A -w 0 mx stub-joe true
  [ "$(grep -c '^-ERR \[AUTH\] bad\|^-ERR APOP' <<<"$output")" = 3 ]
}

@test "-A: PASS also passes the timestamp to the checker" {
  run over_pipe 'USER joe\r\nPASS x\r\n' popup -A -w 0 mx stub-joe true
  stamp=${lines[0]#*ready }
  recorded "joe|x|${stamp%$'\r'}|PASS|"
}

@test "AUTH PLAIN works with and without an initial response" {
  token=$(base64_of '\0joe\0secret')
  run over_pipe "AUTH PLAIN $token\r\nNOOP\r\n" popup mx stub-joe stub-session
  [[ $output == *$'ready\r\n+OK in\r\n+OK NOOP\r' ]]
  recorded 'joe|secret||PLAIN|'
  run over_pipe "auth plain\r\n$token\r\nNOOP\r\n" popup mx stub-joe stub-session
  [[ $output == *$'ready\r\n+ \r\n+OK in\r\n+OK NOOP\r' ]]
  run over_pipe "AUTH PLAIN $(base64_of 'joe\0joe\0secret')\r\n" popup mx stub-joe stub-session
  [[ $output == *'+OK in'* ]]
}

@test "AUTH LOGIN asks for name and password" {
  run over_pipe "AUTH LOGIN\r\n$(base64_of joe)\r\n$(base64_of secret)\r\n" popup mx stub-joe stub-session
  [[ $output == *$'ready\r\n+ VXNlcm5hbWU6\r\n+ UGFzc3dvcmQ6\r\n+OK in\r' ]]
  recorded 'joe|secret||LOGIN|'
  run over_pipe "AUTH LOGIN $(base64_of joe)\r\n$(base64_of secret)\r\n" popup mx stub-joe stub-session
  [[ $output == *$'ready\r\n+ UGFzc3dvcmQ6\r\n+OK in\r' ]]
}

@test "AUTH CRAM-MD5 passes on the response and the challenge" {
  serve popup -A -w 0 mx stub-joe true
  connect
  expect '+OK*'
  send 'AUTH CRAM-MD5'
  expect '+ *'
  # shellcheck disable=SC2154  # expect sets it
  challenge=$(base64 -d <<<"${line#+ }")
  [[ $challenge == '<'*'@mx>' ]]
  send "$(base64_of 'joe 0123456789abcdef0123456789abcdef')"
  expect '-ERR \[AUTH\]*'
  recorded "joe|0123456789abcdef0123456789abcdef|$challenge|CRAM-MD5|"
  hang_up
}

@test "AUTH refuses cancelled, foreign, malformed and empty proofs" {
  for proof in '*' '=' 'x' 'am9l' "$(base64_of 'anna\0joe\0secret')" "$(base64_of '\0joe\0sec\0ret')" \
    "$(base64_of '\0joe\0')" "$(base64_of '\0\0secret')" 'AGpvZQBzZWNyZXQ' '\0'; do
    run over_pipe "AUTH PLAIN\r\n$proof\r\nUSER x\r\n" popup -w 0 mx stub-joe stub-session
    [[ ${lines[2]} == '-ERR '* && ${lines[3]} == $'+OK now PASS\r' ]] || fail "$proof: $output"
  done
  run over_pipe "AUTH SCRAM-SHA-1\r\nAUTH CRAM-MD5\r\nAUTH CRAM-MD5 x\r\n" popup -w 0 mx stub-joe true
  [ "$(grep -c ^-ERR <<<"$output")" = 3 ]
  [ ! -e "$STUB_RECORD" ]
}

@test "PASS does not use the name of a cancelled AUTH LOGIN" {
  run over_pipe "AUTH LOGIN\r\n$(base64_of joe)\r\n*\r\nPASS secret\r\n" popup mx stub-joe stub-session
  [[ ${lines[-1]} == '-ERR USER first'* ]]
}

@test "over-long lines are discarded whole and never run" {
  longest=$(printf 'x%.0s' {1..248})
  run over_pipe "USER $longest\r\nUSER x$longest\r\nQUIT\r\n" popup mx stub-joe true
  [ "${output#*$'\n'}" = $'+OK now PASS\r\n-ERR line too long\r\n+OK bye\r' ]
  huge=$(printf 'A%.0s' {1..12275})
  run over_pipe "AUTH PLAIN\r\n$huge\r\nAUTH PLAIN ${huge}AA\r\nQUIT\r\n" popup -w 0 mx stub-joe true
  [ "${output#*$'\n'}" = $'+ \r\n-ERR [AUTH] bad authentication data\r\n-ERR [AUTH] bad authentication data\r\n+OK bye\r' ]
}

@test "a command with a NUL is refused" {
  run over_pipe 'QUIT\0\r\nQUIT\r\n' popup mx stub-joe true
  [ "${output#*$'\n'}" = $'-ERR no NUL, please\r\n+OK bye\r' ]
}

@test "an unfinished line at end of file is not run" {
  run over_pipe 'USER joe\r\nPASS secret' popup -v mx stub-joe stub-session
  [ "${output#*$'\n'}" = $'+OK now PASS\r' ]
  [ ! -e "$STUB_RECORD" ]
  logged 'event=login result=gone mech=- ip=- port=- tls=- try=1'
}

@test "more than 20 bad commands in all tries end the connection" {
  bad=$(printf 'BAD\\r\\n%.0s' {1..21})
  run over_pipe "${bad}NOOP\r\n" popup mx stub-joe true
  [ "$(grep -c ^-ERR <<<"$output")" = 21 ]
  [ "${lines[-1]}" = $'-ERR too many bad commands\r' ]
  bad=$(printf 'BAD\\r\\n%.0s' {1..11})
  run over_pipe "${bad}USER joe\r\nPASS x\r\n${bad}NOOP\r\n" popup -w 0 mx stub-joe true
  [ "${lines[-1]}" = $'-ERR too many bad commands\r' ]
}

@test "more than 100 commands before the login end the connection" {
  capa=$(printf 'CAPA\\r\\n%.0s' {1..98})
  run over_pipe "USER joe\r\nPASS x\r\n${capa}USER x\r\n" popup -w 0 mx stub-joe true
  [ "$(grep -c '^+OK capabilities' <<<"$output")" = 98 ]
  [ "${lines[-1]}" = $'-ERR too many commands before the login\r' ]
  logged 'event=login result=limit mech=- ip=- port=- tls=- try=2 cause=commands$'
  run over_pipe "USER joe\r\nPASS x\r\n${capa:8}QUIT\r\n" popup -w 0 mx stub-joe true
  [ "${lines[-1]}" = $'+OK bye\r' ]
}

@test "more than 64 KiB before the login end the connection" {
  serve popup -w 0 mx stub-joe true
  run transcript "$(printf '%066000d' 0)"
  [ "${lines[-1]}" = $'-ERR too much before the login\r' ] || fail "$output"
  logged 'event=login result=limit .* cause=octets$'
}

@test "three AUTH lines of 12,288 octets fit before the login" {
  local line
  printf -v line 'AUTH PLAIN %012275d\\r\\n' 0
  run over_pipe "$line$line${line}QUIT\r\n" popup -w 0 -n 4 mx stub-joe true
  [ "$(grep -c '^-ERR \[AUTH\]' <<<"$output")" = 3 ] || fail "$output"
  [ "${lines[-1]}" = $'+OK bye\r' ]
}

@test "TLS on the plain port is logged and closed at once" {
  serve popup -v -L 100 mx stub-joe true
  connect
  printf '\x16\x03\x01\x02\x00\x01' >&"$SOCKET"
  expect '+OK*'
  expect '-ERR no TLS on this port'
  expect_end
  hang_up
  logged 'event=tls error="TLS ClientHello" ip=127\.0\.0\.1 port=[0-9]*$'
  logged 'event=login result=gone'
}

@test "a user name cannot forge a log line" {
  write_script anyone 'exit 0'
  run over_pipe 'USER joe ip=192.0.2.1"\x0bx\r\nPASS x\r\n' popup mx "$T/anyone"
  grep -qF 'result=ok user="joe ip=192.0.2.1\"\x0bx" mech=PASS ip=- ' "$LOG"
}

# last_reply BYTES [--shut]: prints the last line that a client gets if it sends
# 4,000 commands after these bytes. Fails if the connection is reset.
last_reply() {
  local more
  printf -v more 'NOOP\\r\\n%.0s' {1..4000}
  printf '%b' "$1$more" | talk "${@:2}" "$PORT" >"$T/said" || fail "reset: $1"
  tail -n 1 "$T/said" | tr -d '\r'
}

@test "the last -ERR arrives despite unread pipelined commands" {
  local login='USER joe\r\nPASS x\r\n' bad
  serve popup -w 0 -n 1 mx stub-exit 1
  [ "$(last_reply "$login")" = '-ERR [AUTH] wrong name or password' ]
  [ "$(last_reply "$login" --shut)" = '-ERR [AUTH] wrong name or password' ]
  stop_servers
  serve popup mx stub-exit 111
  [[ $(last_reply "$login") == '-ERR [SYS/TEMP] '* ]]
  bad=$(printf 'X\\r\\n%.0s' {1..21})
  [[ $(last_reply "$bad") == '-ERR too many'* ]]
}

@test "after the last -ERR popup does not wait for the client's end" {
  serve popup -w 0 -n 1 mx stub-exit 1
  connect
  send 'USER joe\r\nPASS x'
  expect '+OK*'
  expect '+OK*'
  expect '-ERR*'
  expect_end
  wait_until no_sessions
  hang_up
}
