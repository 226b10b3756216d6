#!/usr/bin/env bats
# popup --title: what ps shows.

# shellcheck disable=SC2030,SC2031,SC2034,SC2153,SC2154  # each test's own
load ../helpers/common
load ../helpers/stubs
load ../helpers/listener

# shows PID TITLE: for wait_until.
shows() { [[ $(ps -o args= -p "$1") == "$2" ]]; }

@test "--title: popup and its dialogue show the address" {
  serve popup --title test.host stub-joe stub-session
  connect
  expect '+OK*'
  find_processes
  shows "$BROKER" 'popup: 127.0.0.1' || fail "$(ps -o args= -p "$BROKER")"
  shows "$CHILD" 'popup: 127.0.0.1' || fail "$(ps -o args= -p "$CHILD")"
}

@test "--title: after the login popup shows who it is" {
  serve popup --title test.host stub-joe stub-session
  log_in secret '+OK in'
  find_processes
  wait_until shows "$BROKER" 'popup: joe 127.0.0.1'
  # pidof and killall look by this.
  [[ $(<"/proc/$BROKER/comm") == popup ]]
}

@test "--title: a proxied client shows its own address" {
  serve popup --title -P test.host stub-joe stub-session
  connect
  printf 'PROXY TCP4 192.0.2.7 192.0.2.1 47 110\r\n' >&"$SOCKET"
  expect '+OK*'
  find_processes
  wait_until shows "$BROKER" 'popup: 192.0.2.7'
  wait_until shows "$CHILD" 'popup: 192.0.2.7'
}

@test "--title: popup -D shows how many connections there are" {
  SUBPROGRAM=(stub-joe stub-session)
  listen --title -l 127.0.0.1:0 -c 9
  wait_until shows "$LISTENER" 'popup: 0 of 9 connections'
  connect
  expect '+OK*'
  child_of "$LISTENER"
  wait_until shows "$LISTENER" 'popup: 1 of 9 connections'
  shows "$CHILD" 'popup: 127.0.0.1' || fail "$(ps -o args= -p "$CHILD")"
  hang_up
  wait_until shows "$LISTENER" 'popup: 0 of 9 connections'
}

@test "--title: a hostile login can forge nothing, and is let in" {
  write_script let-in 'exec 3<&-' 'exec stub-session'
  serve popup --title test.host "$T/let-in"
  connect
  expect '+OK*'
  send 'USER j\x1b[2J 192.0.2.1'
  expect '+OK*'
  send 'PASS x'
  expect '+OK in'
  find_processes
  wait_until shows "$BROKER" 'popup: j?[2J?192.0.2.1 127.0.0.1'
}

@test "--title: the checker gets its arguments and environment" {
  local value
  value=$(printf '%3000s' '' | tr ' ' x)
  LONG_VARIABLE=$value serve popup --title test.host "${SHOW[@]}" "$value"
  transcript 'USER joe\r\nPASS x\r\nQUIT\r\n' >/dev/null
  in_environment "LONG_VARIABLE=$value\$"
  in_environment 'TCPREMOTEIP=127.0.0.1$'
}

@test "without --title ps shows the command line" {
  serve popup test.host stub-joe stub-session --title
  log_in secret '+OK in'
  find_processes
  logged 'event=login result=ok'
  shows "$BROKER" 'popup test.host stub-joe stub-session --title'
}

@test "--title takes no value" {
  run popup --title=x mx true
  [[ $status == 100 && $output == 'popup: fatal: '*--title* ]] || fail "$status $output"
}
