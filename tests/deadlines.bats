#!/usr/bin/env bats
# The limit of the whole login, held by the broker.
load helpers/common

@test "a client that says nothing is answered and left at the deadline" {
  serve popup -L 1 mx stub-joe true
  connect
  expect '+OK*'
  expect '-ERR login takes too long'
  expect_end
  hang_up
  wait_until grep -q 'event=login result=timeout mech=- ip=127' "$LOG"
  [ -z "$(ps -o pid= --ppid "${SERVERS[0]}")" ]
}

@test "a client that dribbles cannot move the deadline" {
  serve popup -L 2 mx stub-joe true
  connect
  expect '+OK*'
  start=$SECONDS
  for ((i = 0; i < 15; i++)); do
    printf N >&"$SOCKET"
    sleep 0.1
  done
  expect '-ERR login takes too long'
  ((SECONDS - start <= 6))
  hang_up
}

@test "a client that reads nothing is left at the deadline" {
  # The reader never drains the pipe, so the dialogue blocks in a write.
  mkfifo "$T/out"
  background sleep 30 <>"$T/out"
  start=$SECONDS
  # shellcheck disable=SC2016  # the inner shell expands it
  run timeout 20 bash -c 'while :; do printf "CAPA\r\n"; done 2>/dev/null |
    popup -L 1 mx stub-joe true <&0 1<>"$1" 2>>"$2"' - "$T/out" "$LOG"
  ((SECONDS - start <= 8))
  grep -q 'result=timeout' "$LOG"
}

@test "the delay of a refusal counts, too" {
  start=$SECONDS
  run over_pipe 'USER joe\r\nPASS x\r\nNOOP\r\n' popup -L 2 -w 100 mx stub-joe true
  ((SECONDS - start <= 6))
  [ "$status" = 1 ]
  [ "$(grep -c result=denied "$LOG")" = 1 ]
}

@test "a session is not limited by the login's deadline" {
  serve popup -L 1 mx stub-joe stub-session
  connect
  expect '+OK*'
  send 'USER joe'
  expect '+OK*'
  send 'PASS secret'
  expect '+OK in'
  sleep 2
  send 'STAT'
  expect '+OK STAT'
  hang_up
}
