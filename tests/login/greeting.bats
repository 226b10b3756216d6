#!/usr/bin/env bats
# bats file_tags=libc
# The greeting and the commands before the login are answered as they should.
load ../helpers/common

@test "without -A the greeting names the host and has no timestamp" {
  run over_pipe '' popup mx.example.org stub-exit 1
  [ "$output" = $'+OK mx.example.org POP3 ready\r' ]
}

@test "-A: the greeting has a new timestamp of at most 50 bytes" {
  first=$(over_pipe '' popup -A mx.example.org stub-exit 1)
  second=$(over_pipe '' popup -A mx.example.org stub-exit 1)
  [[ $first =~ \ (<[0-9]+\.[0-9]+\.[0-9a-z]+@mx\.example\.org>)$'\r'$ ]]
  ((${#BASH_REMATCH[1]} <= 50))
  [ "$first" != "$second" ]
}

@test "a long host name is cut in the timestamp only" {
  host=$(printf 'a%.0s' {1..200}).example.org
  line=$(over_pipe '' popup -A "$host" stub-exit 1)
  [[ $line == "+OK $host POP3 ready <"*'@aaa'*'>'$'\r' ]]
  stamp=${line#*ready } && stamp=${stamp%$'\r'}
  ((${#stamp} == 50 || ${#stamp} == 49 || ${#stamp} == 48))
}

@test "-T sets the timestamp's host and implies -A" {
  run over_pipe '' popup -T tag.example mx.example.org stub-exit 1
  [[ $output == '+OK mx.example.org POP3 ready <'*'@tag.example>'* ]]
}

@test "CAPA lists all capabilities in one write" {
  needs_strace
  serve popup -A mx.example.org stub-exit 1
  run transcript 'CAPA\r\nQUIT\r\n'
  wanted='+OK capabilities follow|TOP|UIDL|USER|SASL PLAIN LOGIN CRAM-MD5|RESP-CODES|AUTH-RESP-CODE|PIPELINING|EXPIRE NEVER|IMPLEMENTATION popchain|.|+OK bye|'
  [ "$(printf '%s\n' "${lines[@]:1}" | tr -d '\r' | tr '\n' '|')" = "$wanted" ]
  ASAN_OPTIONS=detect_leaks=0 over_pipe 'CAPA\r\n' strace -f -e trace=write -s 9 -o "$T/calls" \
    popup mx.example.org stub-exit 1 >/dev/null
  [ "$(grep -c 'write(1,' "$T/calls")" = 2 ]
}

@test "TCP_NODELAY is set before the greeting" {
  needs_strace
  ASAN_OPTIONS=detect_leaks=0 serve strace -f -o "$T/calls" \
    -e trace=setsockopt,write -s 9 popup mx.example.org stub-exit 1
  transcript 'QUIT\r\n' >/dev/null
  # To a plain user strace shows no memory of an undumpable process.
  wait_until grep -q 'write(1, ' "$T/calls"
  [[ $(grep -oE 'setsockopt.1, [^)]*TCP_NODELAY|write.1,' "$T/calls" |
    head -n 1) == 'setsockopt(1, '*TCP_NODELAY ]]
}

@test "CAPA omits SASL if not offered, and announces LOGIN-DELAY" {
  run over_pipe 'CAPA\r\n' popup -M '' --login-delay 300 mx stub-exit 1
  [[ $output != *SASL* ]]
  [[ $output == *$'\r\nLOGIN-DELAY 300\r\n'* ]]
}

@test "AUTH without a mechanism lists the mechanisms" {
  for auth in 'AUTH' 'auth '; do
    run over_pipe "$auth\r\n" popup -M plain,cram-md5 mx stub-exit 1
    [ "${output#*$'\n'}" = $'+OK mechanisms follow\r\nPLAIN\r\nCRAM-MD5\r\n.\r' ]
  done
}

@test "QUIT is the last command answered" {
  run over_pipe 'USER x\r\nquit \r\nUSER x\r\n' popup mx stub-exit 1
  [ "$status" = 0 ]
  [ "${output#*$'\n'}" = $'+OK now PASS\r\n+OK bye\r' ]
}

@test "session commands before the login give -ERR" {
  for command in NOOP STAT LIST 'LIST 1' 'RETR 1' 'DELE 1' RSET 'TOP 1 0' UIDL \
    LAST 'XTND XLIST Subject'; do
    run over_pipe "$command\r\n" popup mx stub-exit 1
    [[ ${output#*$'\n'} == '-ERR unknown command, or not before login'* ]] ||
      fail "$command: $output"
  done
}

@test "surplus spaces between words are ignored before the login" {
  token=$(printf '\0joe\0secret' | base64)
  digest=0123456789abcdef0123456789abcdef
  for line in "AUTH  PLAIN $token" "AUTH   PLAIN   $token  " "APOP   joe  $digest "; do
    run over_pipe "$line\r\nQUIT\r\n" popup -A -w 0 mx stub-exit 1
    [[ ${output#*$'\n'} == $'-ERR [AUTH] wrong name or password\r\n+OK bye\r' ]] ||
      fail "$line: $output"
  done
  run over_pipe 'AUTH   \r\nCAPA   \r\n  QUIT\r\nQUIT   \r\n' popup mx stub-exit 1
  [[ ${output#*$'\n'} == '+OK mech'*$'.\r\n+OK cap'*$'.\r\n-ERR '*$'\n+OK bye\r' ]] ||
    fail "$output"
}

@test "unknown commands and bad arguments give -ERR" {
  for bad in SPAM '' ' QUIT' 'QUIT x' 'QUIT  x' 'CAPA x' STLS USER 'USER ' \
    'PASS x' 'APOP joe 00000000000000000000000000000000'; do
    run over_pipe "$bad\r\n" popup mx stub-exit 1
    [[ ${output#*$'\n'} == '-ERR '* ]] || fail "$bad: $output"
  done
}

@test "a log file at its size limit does not end the session" {
  run bash -c 'ulimit -f 0; exec "$@" 2>"$0"' "$T/full" popup mx true < <(printf 'USER x\r\nQUIT\r\n')
  [ "$status" = 0 ]
  [[ ${lines[0]} == '+OK mx POP3 ready'* && ${lines[2]} == '+OK'* ]] || fail "$output"
}
