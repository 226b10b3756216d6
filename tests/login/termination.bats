#!/usr/bin/env bats
# bats file_tags=libc
# A session ends well on SIGTERM and in the middle of a reply, and survives
# interrupted system calls.

load ../helpers/common
load ../helpers/pop3d

messages() {
  message one | deliver Maildir/new 1.a
  message two | deliver Maildir/cur 2.b:2,S
}

# terminate: SIGTERM ends the one session and its connection, without a reply.
terminate() {
  wait_until session_pid >/dev/null
  kill -TERM "$(session_pid)"
  expect_end
  hang_up
}

# log_closed PATTERN: waits for such a line of the session's end.
log_closed() {
  logged "event=close $1"
}

@test "SIGTERM ends a waiting session: logged, nothing deleted" {
  messages
  local way
  for way in '' -c --seccomp; do
    serve "${POP3D[@]}" -u joe ${way:+"$way"}
    connect
    expect '+OK 2 *'
    send 'DELE 1\r\nDELE 2'
    expect '+OK deleted'
    expect '+OK deleted'
    terminate
    log_closed 'reason=terminated user=joe .* dele=0/0 left=2/94 '
    stop_servers
    : >"$LOG"
    [[ $(names new)$(names cur) == '1.a 2.b:2,S ' ]] || fail "with $way"
  done
}

@test "SIGTERM ends a session on pipes with exit code 0" {
  messages
  mkfifo in
  local code=0 pid
  "${POP3D[@]}" <in >out 2>>"$LOG" 3>&- &
  pid=$!
  exec {SOCKET}>in
  send 'DELE 1'
  wait_until grep -q '+OK deleted' out
  kill -TERM "$pid"
  wait "$pid" || code=$?
  hang_up
  ((code == 0))
  log_closed 'reason=terminated .* dele=0/0 left=2/94 '
  [[ $(names new) == '1.a ' ]]
}

@test "SIGTERM ends a session blocked by an unread reply" {
  yes 'a line' | head -c 28000000 | deliver Maildir/cur 1.a:2,
  serve "${POP3D[@]}" -c --trace Maildir/trace
  connect
  expect '+OK 1 *'
  wait_until session_pid >/dev/null
  local pid
  pid=$(session_pid)
  send 'DELE 1\r\nRSET\r\nRETR 1\r\nDELE 1\r\nQUIT'
  is_waiting() {
    grep -q 'RETR 1' Maildir/trace && [[ $(status_of "$pid" State) == S* ]]
  }
  wait_until is_waiting
  kill -TERM "$pid"
  log_closed 'reason=terminated .* retr=0/0 part=[0-9]* dele=0/0 left=1/'
  hang_up
  [[ $(names cur) == '1.a:2, ' ]]
}

@test "SIGTERM during UPDATE comes too late: QUIT is answered" {
  needs_strace
  messages
  # strace sends the signal at the first removal.
  ASAN_OPTIONS=detect_leaks=0 over_pipe 'DELE 1\r\nDELE 2\r\nQUIT\r\n' \
    strace -f -o trace -e trace=unlinkat -e inject=unlinkat:signal=TERM:when=1 \
    "${POP3D[@]}" | tail -n 1 | grep -q '^+OK bye'
  grep -q SIGTERM trace || skip 'this machine: strace injects no signals'
  log_closed 'reason=quit .* dele=2/94 left=0/0 '
  [[ $(names new)$(names cur) == '' ]]
}

# interrupted OPTION...: a session on pipes with a silent client. After the
# greeting its polls are interrupted.
interrupted() {
  mkfifo in
  exec {SOCKET}<>in
  ASAN_OPTIONS=detect_leaks=0 timeout 30 strace -f -o trace \
    -e trace=poll,ppoll,read -e inject=poll,ppoll:error=EINTR:when=2..20 \
    "${POP3D[@]}" "$@" <in >out 2>>"$LOG" {SOCKET}>&-
  hang_up
}

@test "-t works on a pipe despite interrupted polls" {
  needs_strace
  strace -o /dev/null -e inject=poll:error=EINTR:when=2..20 true ||
    skip 'this machine: strace knows no ranges'
  interrupted -t 2
  grep -q 'EINTR.*INJECTED' trace
  log_closed 'reason=timeout'
}

@test "interrupted reads lose nothing of a message" {
  needs_strace
  yes 'a line' | head -c 100000 | deliver Maildir/cur 1.a:2,
  index
  pop3d 'RETR 1\r\nQUIT\r\n' >whole
  # Interrupts every second read of the message.
  ASAN_OPTIONS=detect_leaks=0 over_pipe 'RETR 1\r\nQUIT\r\n' strace -f -o trace \
    -P "$(realpath Maildir/cur/1.a:2,)" -e trace=pread64 \
    -e inject=pread64:error=EINTR:when=1+2 "${POP3D[@]}" | tr -d '\r' >got
  grep -q 'pread64.*EINTR.*INJECTED' trace
  cmp whole got
}

@test "a reply cut short counts as part=, not as retr= or top=" {
  yes 'a line' | head -c 28000000 | deliver Maildir/cur 1.a:2,
  message two | deliver Maildir/cur 2.b:2,
  serve "${POP3D[@]}"
  connect
  expect '+OK 2 *'
  send 'RETR 2\r\nTOP 2 1\r\nRETR 1\r\nRETR 2\r\nTOP 2 0\r\nQUIT'
  expect '+OK 47 octets'
  # When the large reply begins, the replies before it have been sent. Those
  # after it never are.
  # shellcheck disable=SC2154  # expect sets line
  until [[ $line == '+OK 32000000 octets' ]]; do expect '*'; done
  hang_up
  log_closed 'reason=[a-z]* .* top=1/[0-9]* retr=1/47 part=[0-9]* dele=0/0 '
  local part
  part=$(sed -n 's/.* part=\([0-9]*\) .*/\1/p' "$LOG")
  ((part < 28000000)) || fail "part=$part"
}

@test "part= counts what left of a partial reply, else it is absent" {
  yes 'a line' | head -c 9000000 | deliver Maildir/cur 1.a:2,
  mkfifo out
  # The reader takes only the first 3 MB of the reply.
  head -c 3000000 out >got &
  printf 'RETR 1\r\nQUIT\r\n' | timeout 30 "${POP3D[@]}" >out 2>>"$LOG" || true
  wait
  log_closed 'reason=error .* retr=0/0 part=[0-9]* dele=0/0'
  local part
  part=$(sed -n 's/.* part=\([0-9]*\) .*/\1/p' "$LOG")
  # At most 1 MiB more was in the pipe.
  ((part > 2900000 && part < 4100000)) || fail "part=$part"
  : >"$LOG"
  pop3d 'RETR 1\r\nTOP 1 3\r\nQUIT\r\n' | tail -n 1 | grep -qx '+OK bye'
  logged 'reason=quit .* top=1/.* retr=1/[0-9]* dele=0/0'
}
