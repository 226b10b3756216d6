#!/usr/bin/env bats
# The broker ends logins at the deadline, sessions at --session and hung processes.

# shellcheck disable=SC2030,SC2031,SC2034  # in a function; SUBPROGRAM
load ../helpers/common
load ../helpers/stubs
load ../helpers/listener

@test "a silent client gets -ERR and is closed at the deadline" {
  serve popup -v -L 1 mx stub-joe true
  connect
  expect '+OK*'
  expect '-ERR login takes too long'
  expect_end
  hang_up
  logged 'event=login result=timeout mech=- ip=127'
  wait_until no_sessions
}

@test "sending byte by byte does not extend the deadline" {
  serve popup -L 2 mx stub-joe true
  connect
  expect '+OK*'
  local part said=
  for ((i = 0; i < 10 * PATIENCE; i++)); do
    printf N >&"$SOCKET"
    IFS= read -r -t 0.1 part <&"$SOCKET" && said+=$part && break
    said+=$part # the time may run out in the middle of the line
  done
  [[ $said == '-ERR login takes too long'* ]] || fail "$said"
  hang_up
}

@test "a client that reads nothing is closed at the deadline" {
  # Nobody reads from the full pipe, so the dialogue blocks in a write.
  local full
  mkfifo "$T/out"
  exec {full}<>"$T/out"
  dd if=/dev/zero of="$T/out" oflag=nonblock bs=1 count=2000000 2>/dev/null || true
  start=$SECONDS
  # shellcheck disable=SC2016  # the inner shell expands it
  run timeout 200 bash -c 'popup -v -L 1 mx stub-joe true 1<>"$1" 2>>"$2"' - \
    "$T/out" "$LOG"
  ((SECONDS - start < 100))
  logged 'result=timeout'
  exec {full}>&-
}

@test "the delay of a refusal counts towards the deadline" {
  start=$SECONDS
  run over_pipe 'USER joe\r\nPASS x\r\nNOOP\r\n' popup -L 2 -w 100 mx stub-joe true
  ((SECONDS - start < PATIENCE))
  [ "$status" = 0 ]
  [ "$(grep -c result=denied "$LOG")" = 1 ]
}

@test "a session is not limited by the login's deadline" {
  serve popup -L 1 mx stub-joe stub-session
  log_in secret '+OK in'
  sleep 2
  send 'STAT'
  expect '+OK STAT'
  hang_up
}

# as_rootless: puts the programs where AS_USER can reach them.
as_rootless() {
  if ((EUID == 0)); then
    HOLD=$(mktemp -d /tmp/deadlines.XXXXXX)
    cp "$BIN/popup" "$BATS_TEST_DIRNAME"/../helpers/stub-* "$HOLD"
    chmod -R a+rX "$HOLD"
    PATH=$HOLD:$PATH
  fi
}
teardown() {
  # A stopped tracer cannot end.
  kill -CONT "${TRACERS[@]}" 2>/dev/null || true
  stop_servers
  case ${HOLD-} in /tmp/deadlines.*) rm -rf "$HOLD" ;; esac
}

# ends_late COMMAND...: a login gets -ERR at the deadline, which is logged.
ends_late() {
  local start=$SECONDS
  run over_pipe 'USER joe\r\nPASS secret\r\nSTAT\r\n' "$@"
  ((SECONDS - start < PATIENCE)) || fail "took $((SECONDS - start)) seconds"
  [[ ${lines[-1]} == '-ERR [SYS/TEMP] '* ]] || fail "$output"
  [ "$status" = 111 ]
  logged 'event=login result=timeout mech=PASS'
  [ "$(grep -c event=login "$LOG")" = 1 ]
}

# serves_on COMMAND...: a session without status byte outlives the deadline.
serves_on() {
  serve "$@"
  log_in secret '+OK in'
  sleep 2
  send 'STAT'
  expect '+OK STAT'
  send 'QUIT'
  expect '+OK QUIT'
  expect_end
  hang_up
  logged 'event=login result=ok user=joe'
  ! grep -q result=timeout "$LOG" || fail "$(cat "$LOG")"
}

@test "a hung checker is killed at the deadline" {
  ends_late popup -L 1 mx sleep 300
  : >"$LOG"
  # The same if the checker has closed the status descriptor.
  mkfifo "$T/never"
  write_script mute 'exec {POPUP_STATUSFD}>&-' "read -r -t 300 <>'$T/never'"
  ends_late popup -L 1 mx "$T/mute" server
}

@test "without root a hung checker is killed at the deadline" {
  as_rootless
  ends_late "${AS_USER[@]}" popup -L 1 mx sleep 300
  : >"$LOG"
  # The same if its own user may not look into the checker, as with checkpw.
  cat >"${HOLD:-$T}/private" <<'EOF'
#!/usr/bin/python3
import ctypes, time
ctypes.CDLL(None).prctl(4, 0)  # PR_SET_DUMPABLE
time.sleep(30)
EOF
  chmod 755 "${HOLD:-$T}/private"
  ends_late "${AS_USER[@]}" popup -L 2 mx "${HOLD:-$T}/private" true
}

@test "without root a server without status byte is not killed" {
  as_rootless
  STUB_SILENT=1 serves_on "${AS_USER[@]}" popup -L 1 mx stub-joe stub-session
}

@test "as root a server without status byte is not killed" {
  ((EUID == 0)) || skip 'needs root: only root becomes another user'
  as_rootless
  # shellcheck disable=SC2016  # for the script
  write_script become 'exec setpriv --reuid 65533 --regid 65533 --clear-groups "$@"'
  STUB_SILENT=1 serves_on popup -L 1 mx stub-joe "$T/become" stub-session
}

# without_exec FILE [COMMAND...]: writes a checker that runs its arguments as a
# child (with COMMAND in front), and waits for it instead of calling exec.
without_exec() {
  printf '#!/bin/bash\n%s "$@"\nexit $?\n' "${*:2}" >"$1"
  chmod 755 "$1"
}

@test "a session whose checker waits for it outlives the deadline" {
  as_rootless
  without_exec "${HOLD:-$T}/wait"
  STUB_SILENT=1 serves_on "${AS_USER[@]}" popup -L 1 mx "${HOLD:-$T}/wait" stub-joe stub-session
}

@test "a session whose checker waits as root outlives the deadline" {
  needs_root 'only root becomes another user'
  without_exec "$T/wait" setpriv --reuid 65533 --regid 65533 --clear-groups
  STUB_SILENT=1 serves_on popup -L 1 mx stub-joe "$T/wait" stub-session
}

@test "without pidfd_open a hung checker is killed at the deadline" {
  ends_late stub-filtered --no-pidfd popup -L 1 mx sleep 30
}

@test "without pidfd_open a login is logged before the session ends" {
  serve stub-filtered --no-pidfd popup mx stub-joe stub-session
  log_in secret '+OK in'
  logged 'result=ok user=joe'
  send NOOP
  expect '+OK NOOP'
  hang_up
}

# keep_dead PID: the process cannot be reaped, as if it hung in the kernel.  Its
# tracer has to see its end first, and the tracer is stopped.
TRACERS=()
keep_dead() {
  background strace -e trace=none -o /dev/null -p "$1" 2>/dev/null
  TRACERS+=("${SERVERS[-1]}")
  wait_until grep -q '^TracerPid:.*[1-9]' "/proc/$1/status"
  kill -STOP "${SERVERS[-1]}"
}
@test "a checker that survives SIGKILL delays nobody" {
  needs_strace
  serve popup -L 8 mx sleep 60
  connect
  send 'USER joe\r\nPASS secret'
  expect '+OK*'
  expect '+OK*'
  child_of "${SERVERS[0]}"
  BROKER=$CHILD
  is_checker() { child_of "$BROKER" && [[ $(</proc/"$CHILD"/comm) == sleep ]]; }
  wait_until is_checker
  keep_dead "$CHILD"
  expect '-ERR \[SYS/TEMP\]*'
  expect_end
  wait_until test ! -e "/proc/$BROKER"
  test -e "/proc/$CHILD" || fail 'it died'
  hang_up
  logged result=timeout
}

@test "a dialogue that survives SIGKILL delays nobody" {
  needs_strace
  needs_root 'it traces the dialogue'
  serve popup -L 8 mx true
  connect
  expect '+OK*'
  find_processes
  keep_dead "$CHILD"
  expect '-ERR login takes too long'
  expect_end
  wait_until test ! -e "/proc/$BROKER"
  test -e "/proc/$CHILD" || fail 'it died'
  hang_up
}

# --- the session ---------------------------------------------------------------

# stop_session: stops the only session; sets BROKER and SESSION.
stop_session() {
  find_processes
  SESSION=$CHILD
  kill -STOP "$SESSION"
}

@test "--session ends a stopped session of a connected client" {
  serve popup --session 1 mx stub-joe stub-session
  log_in secret '+OK in'
  stop_session
  # After the limit the broker gives the server five seconds to end by itself.
  logged 'event=server reason=limit signal=15 user=joe ip=127'
  expect_end
  hang_up
  wait_until no_sessions
}

@test "--session ends a session that ignores SIGTERM" {
  write_script deaf 'trap "" TERM' 'exec stub-session'
  serve popup --session 1 mx stub-joe "$T/deaf"
  log_in secret '+OK in'
  logged 'event=server reason=limit signal=9 user=joe ip=127'
  hang_up
  wait_until no_sessions
}

# popup looks once a minute: at the first look the client has left, at the next
# one the session has not run since.  Under tcpserver popup has the
# client's socket itself; popup -D looks at the session's.
@test "a stopped session is ended two minutes after its client left" {
  local left
  serve popup mx stub-joe stub-session
  leave_stopped_session
  SUBPROGRAM=(stub-joe stub-session)
  listen -l 127.0.0.1:0
  log_in_and_read_nothing
  child_of "$LISTENER"
  kill -STOP "$CHILD"
  hang_up
  left=$SECONDS
  PATIENCE=150 wait_until ended_as_gone 2
  ((SECONDS - left >= 55)) || fail "after $((SECONDS - left)) seconds"
  wait_until no_sessions
  logged 'popup: event=close .* status=0 seconds=.* sessions=0/500$'
}
leave_stopped_session() {
  log_in_and_read_nothing
  stop_session
  hang_up
}
# Unread replies make the client's close a reset.
log_in_and_read_nothing() {
  log_in secret '+OK in'
  printf 'NOOP\r\nNOOP\r\n' >&"$SOCKET"
  expect '+OK NOOP'
  sleep 0.3
}
ended_as_gone() {
  (($(count_logged 'event=server reason=gone signal=15 user=joe ip=127') == $1))
}

@test "SIGTERM to the broker ends its session" {
  make_polite
  serve popup mx stub-joe "$T/polite"
  log_in secret '+OK in'
  child_of "${SERVERS[0]}"
  kill -TERM "$CHILD"
  logged 'event=server reason=terminated exit=0 user=joe ip=127'
  [[ $(<"$T/ended") == ended ]]
  wait_until no_sessions
  hang_up
}
