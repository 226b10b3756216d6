#!/usr/bin/env bats
# popup -D when something goes wrong around its loop.

# shellcheck disable=SC2030,SC2031,SC2034,SC2153,SC2154  # PORT: each test's own
load ../helpers/common
load ../helpers/stubs
load ../helpers/listener

# hold_zombie PID: if the process is killed, its parent does not see that it has
# ended until let_zombie_go is called.
hold_zombie() {
  mkfifo "$T/zombie"
  background python3 -c '
import ctypes, sys
PTRACE_SEIZE = 0x4206
if ctypes.CDLL(None).ptrace(PTRACE_SEIZE, int(sys.argv[1]), 0, 0):
    sys.exit("cannot trace it")
with open(sys.argv[2], "w") as ready: ready.write("ready\n")
open(sys.argv[2]).read()' "$1" "$T/zombie"
  read -r <"$T/zombie"
}
let_zombie_go() {
  : >"$T/zombie"
  wait "${SERVERS[-1]}" || true
}

@test "a given-up dialogue that ends late harms nobody" {
  needs_root 'to trace a dialogue'
  SUBPROGRAM=(stub-session)
  listen -l 127.0.0.1:0 --min-delay 0
  connect
  expect '+OK test.host*'
  child_of "$LISTENER"
  hold_zombie "$CHILD"
  send 'USER joe\r\nPASS sesame'
  expect '+OK*'
  expect '+OK in*'
  let_zombie_go
  # The next connection gets the same slot in the table.
  log_in sesame '+OK in*'
  send QUIT
  expect '+OK QUIT*'
  expect_end
  not_logged 'event=dialogue'
  logged 'event=close .* status=0 .* sessions=1/500'
}

@test "a checker of popup -D has no ignored or blocked signals" {
  SUBPROGRAM=("${SHOW[@]}")
  listen -l 127.0.0.1:0
  transcript 'USER joe\r\nPASS x\r\nQUIT\r\n' >/dev/null
  # Signals 32 and 33 belong to the C library alone.
  ! grep -vE ':.0*([01]80000000)?$' "$T/environment.signals" || fail 'these signals'
}

@test "UCSPITLS=! forbids logins without TLS to popup -D, too" {
  export UCSPITLS=!
  listen -l 127.0.0.1:0
  transcript 'USER joe\r\nQUIT\r\n' >"$T/answers"
  grep -q '^-ERR' "$T/answers" || fail "$(cat "$T/answers")"
}

@test "a checker of popup -D does not see UCSPITLS" {
  export UCSPITLS=!
  SUBPROGRAM=("${SHOW[@]}")
  listen --tls -l 127.0.0.1:0
  transcript 'USER joe\r\nPASS x\r\nQUIT\r\n' >/dev/null
  not_in_environment UCSPITLS
}

@test "PROTO is TCP for each connection, even without a client" {
  SUBPROGRAM=("${SHOW[@]}")
  listen -P -l 127.0.0.1:0
  local header
  for header in 'TCP4 192.0.2.7 192.0.2.1 47 110' UNKNOWN; do
    transcript "PROXY $header\r\nUSER joe\r\nPASS x\r\nQUIT\r\n" >/dev/null
    in_environment 'PROTO=TCP$'
  done
}

@test "without random bytes popup -D greets nobody" {
  needs_strace
  listen -A -l 127.0.0.1:0 -- strace -D -o /dev/null \
    -e inject=getrandom:error=EPERM
  is_turned_away
  logged 'event=failure doing="get random bytes"'
}

@test "if no dialogue can be forked the log names the client" {
  needs_strace
  serve strace -o /dev/null -e inject=fork,clone,clone3:error=EAGAIN popup mx true
  transcript '' >"$T/answers"
  grep -q '^-ERR \[SYS/TEMP\]' "$T/answers" || fail "$(cat "$T/answers")"
  logged 'event=login result=temporary mech=- ip=127\.0\.0\.1 port=[0-9]'
}

@test "popup -D logs to a pipe, also if pwritev2 is forbidden" {
  needs_strace
  mkfifo "$T/pipe"
  cat "$T/pipe" >"$LOG" 3>&- &
  strace -D -o /dev/null -e inject=pwritev2:error=EPERM \
    popup -D -l 127.0.0.1:0 test.host true 2>"$T/pipe" 3>&- &
  SERVERS+=("$!")
  logged 'event=listen'
}

@test "popup -D tries again if it cannot wait for connections" {
  needs_strace
  SUBPROGRAM=("${SHOW[@]}")
  # The first call is for signals.
  listen -l 127.0.0.1:0 -- strace -D -o /dev/null \
    -e inject=epoll_ctl:error=ENOMEM:when=2
  logged 'event=failure doing="wait for connections"'
  connect
  expect '+OK test.host*'
}

@test "a shell script can write to a busy popup -D's status pipe" {
  # shellcheck disable=SC2016  # for the script
  write_script server 'exec 3<&-' \
    'exec dash -c "printf x >&\$POPUP_STATUSFD; printf \"+OK in\\r\\n\"; read -r line"'
  SUBPROGRAM=("$T/server")
  listen -l 127.0.0.1:0
  for ((i = 0; i < 9; ++i)); do hold; done
  log_in sesame '+OK in*'
  logged 'event=login result=ok'
}
