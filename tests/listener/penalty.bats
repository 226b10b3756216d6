#!/usr/bin/env bats
# bats file_tags=libc
# popup -D --penalty: a source whose logins fail waits for its next greeting.
# And what a connection without a login try leaves in the log.

# shellcheck disable=SC2030,SC2031,SC2034,SC2153  # PORT, SUBPROGRAM: each test's
bats_require_minimum_version 1.5.0
load ../helpers/common
load ../helpers/listener
load ../helpers/stubs

# milliseconds COMMAND...: sets TOOK.
milliseconds() {
  local start=${EPOCHREALTIME/./}
  "$@"
  TOOK=$(((${EPOCHREALTIME/./} - start) / 1000))
}
greeted() {
  connect
  printf '%b' "${1:-}" >&"$SOCKET"
  expect '+OK test*'
}
# waits_at_least MILLISECONDS [HEADER]: for the greeting. After it the connection
# is closed.
waits_at_least() {
  milliseconds greeted "${2:-}"
  ((TOOK >= $1)) || fail "greeted after $TOOK ms, wanted $1"
  hang_up
}
# is_delayed IP, is_not_delayed IP: the last connection of that client.
last_open() { grep "event=\(open\|client\) ip=$1 " "$LOG" | tail -n 1; }
is_delayed() { [[ $(last_open "$1") == *" penalty=$2" ]] || fail "$(last_open "$1")"; }
is_not_delayed() {
  [[ $(last_open "$1") == *" source="[0-9/]* && $(last_open "$1") != *penalty* ]] ||
    fail "$(last_open "$1")"
}
# fails_to_log_in [HEADER]
fails_to_log_in() {
  transcript "${1:-}USER joe\r\nPASS wrong\r\nQUIT\r\n" >"$T/replies"
  grep -q '^-ERR \[AUTH\]' "$T/replies" || fail "$(<"$T/replies")"
}
of() { printf '%s' "PROXY TCP4 $1 198.51.100.1 4711 110\\r\\n"; }

@test "the greeting waits after a failed login" {
  SUBPROGRAM=(stub-joe stub-session)
  listen -l 127.0.0.1:0
  waits_at_least 0
  is_not_delayed 127.0.0.1
  fails_to_log_in
  waits_at_least 1000
  is_delayed 127.0.0.1 1.0
}

@test "each failure doubles the delay up to --penalty" {
  SUBPROGRAM=(stub-exit 1)
  listen -l 127.0.0.1:0 --penalty 3
  transcript 'USER a\r\nPASS b\r\nUSER a\r\nPASS b\r\nUSER a\r\nPASS b\r\n' >"$T/replies"
  (($(grep -c '^-ERR \[AUTH\]' "$T/replies") == 3))
  waits_at_least 3000
  is_delayed 127.0.0.1 3.0
}

@test "a successful login ends the penalty" {
  SUBPROGRAM=(stub-joe stub-session)
  listen -l 127.0.0.1:0 --penalty 1
  fails_to_log_in
  log_in secret '+OK in'
  is_delayed 127.0.0.1 1.0
  waits_at_least 0
  is_not_delayed 127.0.0.1
}

@test "a server without a status byte that exits 0 ends it, too" {
  SUBPROGRAM=(stub-joe "${AS_USER[@]}" true)
  listen -l 127.0.0.1:0 --penalty 1
  fails_to_log_in
  transcript 'USER joe\r\nPASS secret\r\n' >"$T/replies"
  logged 'result=ok user=joe'
  waits_at_least 0
  is_not_delayed 127.0.0.1
}

@test "the penalty is one source's alone" {
  SUBPROGRAM=(stub-joe stub-session)
  listen -l 127.0.0.1:0
  fails_to_log_in
  run -0 tcpclient -R -H -l0 -i 127.0.0.2 127.0.0.1 "$PORT" sh -c 'head -n 1 <&6'
  [[ $output == +OK* ]]
  is_not_delayed 127.0.0.2
}

@test "--penalty 0: nobody waits" {
  SUBPROGRAM=(stub-joe stub-session)
  listen -l 127.0.0.1:0 --penalty 0
  fails_to_log_in
  fails_to_log_in
  waits_at_least 0
  is_not_delayed 127.0.0.1
}

@test "temporary errors, malformed data and silence earn nothing" {
  write_script broken 'exit 111'
  SUBPROGRAM=("$T/broken")
  listen -l 127.0.0.1:0
  transcript 'USER joe\r\nPASS wrong\r\n' >"$T/replies"
  grep -q '^-ERR \[SYS/TEMP\]' "$T/replies"
  transcript 'AUTH PLAIN ===\r\nBAD\r\nQUIT\r\n' >"$T/replies"
  grep -q '^-ERR \[AUTH\] bad' "$T/replies"
  transcript '\x16\x03\x01' >"$T/replies"
  waits_at_least 0
  is_not_delayed 127.0.0.1
}

@test "an exit 1 after the checker became the user earns nothing" {
  needs_root 'the checker becomes another user'
  SUBPROGRAM=(stub-joe "${AS_USER[@]}" sh -c 'exit 1')
  listen -l 127.0.0.1:0
  transcript 'USER joe\r\nPASS secret\r\n' >"$T/replies"
  grep -q '^-ERR \[AUTH\]' "$T/replies"
  waits_at_least 0
  is_not_delayed 127.0.0.1
}

@test "a delayed client has no process, and no line before its login" {
  SUBPROGRAM=(stub-exit 1)
  listen -l 127.0.0.1:0 -n 5 --penalty 3600 -L 600
  printf -v line 'USER a\\r\\nPASS b\\r\\n%.0s' {1..5}
  transcript "$line" >"$T/replies"
  local i
  for i in 1 2 3; do
    connect
    printf 'USER joe\r\nPASS wrong\r\n' >&"$SOCKET"
  done
  logged 'event=open .* sessions=3/500 .* penalty=16\.0$'
  pause 0.3
  has_no_children "$LISTENER"
  ! IFS= read -r -t 0.1 <&"$SOCKET" || fail 'it was greeted'
  (($(count_logged result=denied) == 5))
}

@test "a client that leaves during its delay is closed at once" {
  SUBPROGRAM=(stub-exit 1)
  listen -l 127.0.0.1:0 -n 9 -L 600 --penalty 300
  printf -v line 'USER a\\r\\nPASS b\\r\\n%.0s' {1..9}
  transcript "$line" >"$T/replies"
  connect
  logged 'event=open .* sessions=1/500 .* penalty=256\.0$'
  hang_up
  logged 'event=login result=gone mech=- .* try=1$'
  logged 'event=close .* status=0 .* sessions=0/500$'
}

@test "what a client sent before it ended its side is answered" {
  SUBPROGRAM=(stub-joe stub-session)
  listen -l 127.0.0.1:0
  fails_to_log_in
  printf 'CAPA\r\nQUIT\r\n' | talk --shut "$PORT" >"$T/replies"
  is_delayed 127.0.0.1 1.0
  grep -q '^+OK bye' "$T/replies" || fail "$(<"$T/replies")"
}

@test "SIGTERM closes a delayed connection" {
  SUBPROGRAM=(stub-exit 1)
  listen -l 127.0.0.1:0 -n 9 -L 600 --penalty 300
  printf -v line 'USER a\\r\\nPASS b\\r\\n%.0s' {1..9}
  transcript "$line" >"$T/replies"
  connect
  logged 'event=open .* penalty=256\.0$'
  kill -TERM "$LISTENER"
  expect_end
  wait "$LISTENER"
}

@test "the delay is at most half of -L" {
  SUBPROGRAM=(stub-exit 1)
  listen -l 127.0.0.1:0 -L 5 -n 3
  transcript 'USER a\r\nPASS b\r\nUSER a\r\nPASS b\r\nUSER a\r\nPASS b\r\n' >"$T/replies"
  connect
  expect '+OK test*'
  is_delayed 127.0.0.1 2.0
}

@test "delayed connections count for -C" {
  SUBPROGRAM=(stub-joe stub-session)
  listen -l 127.0.0.1:0 -C 2 --min-delay 0 --penalty 60
  local i
  transcript 'USER a\r\nPASS b\r\nUSER a\r\nPASS b\r\nUSER a\r\nPASS b\r\n' >"$T/replies"
  connect
  connect
  is_turned_away
  logged 'event=refuse limit=source'
}

@test "behind a proxy the client pays, after the header" {
  SUBPROGRAM=(stub-joe stub-session)
  listen -l 127.0.0.1:0 -P
  fails_to_log_in "$(of 192.0.2.7)"
  waits_at_least 0 "$(of 192.0.2.8)"
  is_not_delayed 192.0.2.8
  waits_at_least 1000 "$(of 192.0.2.7)"
  is_delayed 192.0.2.7 1.0
  logged "sid=.* event=client ip=192\.0\.2\.7 port=4711 source=./50 penalty=1\.0$"
}

@test "a proxy pays neither for its clients nor for LOCAL" {
  local header='\r\n\r\n\0\r\nQUIT\n\x20\0\0\0'
  SUBPROGRAM=(stub-joe stub-session)
  listen -l 127.0.0.1:0 -P
  fails_to_log_in "$(of 192.0.2.7)"
  fails_to_log_in "$header"
  fails_to_log_in "$header"
  not_logged penalty=
}

@test "IPv6: a network of 64 bits pays as one source" {
  SUBPROGRAM=(stub-joe stub-session)
  listen -l 127.0.0.1:0 -P --penalty 1
  fails_to_log_in 'PROXY TCP6 2001:db8::7 2001:db8::1 4711 110\r\n'
  waits_at_least 1000 'PROXY TCP6 2001:db8::8 2001:db8::1 4711 110\r\n'
  waits_at_least 0 'PROXY TCP6 2001:db8:0:1::7 2001:db8::1 4711 110\r\n'
  is_not_delayed 2001:db8:0:1::7
}

@test "under a super-server no greeting waits" {
  serve popup -w 0 test.host stub-exit 1
  transcript 'USER a\r\nPASS b\r\nQUIT\r\n' >"$T/replies"
  transcript 'QUIT\r\n' >"$T/replies"
  grep -q '^+OK test' "$T/replies"
}

@test "--penalty: bad values exit 100 with a message" {
  local value
  for value in '' x -1 3601 1e3 0x10 ' 1' '1 ' 99999999999999999999 "$(printf '1\n')x"; do
    run --separate-stderr popup -D --penalty "$value" test.host true
    # shellcheck disable=SC2154  # set by run
    [[ $status == 100 && $stderr == 'popup: fatal: bad value for --penalty: '* ]] ||
      fail "$value: $status $stderr"
  done
  run --separate-stderr popup -D --penalty
  [[ $status == 100 && $stderr == *'this option needs a value: --penalty'* ]] ||
    fail "$status $stderr"
}

# --- The log -------------------------------------------------------------------------

# quiet_listen OPTION...: as listen, without its -v.
quiet_listen() {
  background popup -D -w 0 "$@" test.host "${SUBPROGRAM[@]}" 2>>"$LOG"
  LISTENER=${SERVERS[-1]}
  logged 'event=listen ip=.* port='
  PORT=$(port_of '.*')
}
# try_nothing HEADER: four clients that do not try a login.
try_nothing() {
  transcript "$1QUIT\r\n" >"$T/replies"
  transcript "$1CAPA\r\nQUIT\r\n" >"$T/replies"
  printf '%b' "$1" | talk --shut "$PORT" >"$T/replies"
  connect
  printf '%b' "$1" >&"$SOCKET"
  expect '+OK test*'
  hang_up
}
lines_of_popup() { grep -v 'event=\(listen\|stop\)' "$LOG" || true; }

@test "without -v a connection without a login try has no line" {
  SUBPROGRAM=(stub-joe stub-session)
  quiet_listen -l 127.0.0.1:0
  try_nothing ''
  fails_to_log_in
  logged event=close
  [[ $(lines_of_popup | sed 's/.*event=\([a-z]* [a-z]*\).*/\1/') == 'login result
login result
close ip' ]] || fail "$(lines_of_popup)"
  lines_of_popup | head -n 1 | grep -q 'result=denied mech=PASS '
}

@test "health checks by PROXY LOCAL and by PROXY have no line" {
  SUBPROGRAM=(stub-joe stub-session)
  quiet_listen -l 127.0.0.1:0 -P
  try_nothing '\r\n\r\n\0\r\nQUIT\n\x20\0\0\0'
  try_nothing "$(of 192.0.2.7)"
  log_in_by "$(of 192.0.2.8)"
  ! lines_of_popup | grep -v 192.0.2.8 || fail "these are too many"
}
log_in_by() {
  transcript "$1USER joe\r\nPASS secret\r\nQUIT\r\n" >"$T/replies"
  logged 'event=close ip=192.0.2.8'
}

@test "-v shows connections without a login try" {
  SUBPROGRAM=(stub-joe stub-session)
  listen -l 127.0.0.1:0
  try_nothing ''
  wait_until has_closed 4
  (($(count_logged event=open) == 4))
  (($(count_logged 'event=login result=gone mech=- ') == 4))
}
has_closed() { (($(count_logged event=close) == $1)); }

@test "a silent client at the deadline has a line with -v only" {
  SUBPROGRAM=(stub-joe stub-session)
  quiet_listen -l 127.0.0.1:0 -L 1
  transcript '' >"$T/replies"
  grep -q '^-ERR login takes too long' "$T/replies"
  [[ -z $(lines_of_popup) ]] || fail "$(lines_of_popup)"
}

@test "what a limit ended is logged without -v" {
  SUBPROGRAM=(stub-joe stub-session)
  quiet_listen -l 127.0.0.1:0
  local bad
  printf -v bad 'BAD\\r\\n%.0s' {1..21}
  transcript "$bad" >"$T/replies"
  logged 'event=login result=limit .* cause=bad-commands'
  logged 'event=close ip=127.0.0.1 '
}
