#!/usr/bin/env bats
# bats file_tags=libc
# maildir-pop3d --seccomp: a session works as without the filter.
# (tests/unit/maildir-pop3d/seccomp_filter.cc shows what the filter forbids.)

load ../helpers/common
load ../helpers/chain
load ../helpers/seeds
load ../helpers/pop3d

session_pid() {
  pgrep -P "${SERVERS[-1]}" -x maildir-pop3d
}

bulletins() {
  mkdir -p bulletins
  printf 'From x Sat Jan  1 00:00:00 2000\nFrom: x\nTo: all\nSubject: b\n\nb\n' \
    >bulletins/1.news
  chmod -R a+rX bulletins
}

@test "a whole session is the same with and without --seccomp" {
  open_folders
  bulletins
  local way
  for way in '' -n -c; do
    rm -rf plain filtered
    whole_session plain ${way:+"$way"} --login-delay 1
    whole_session filtered ${way:+"$way"} --login-delay 1 --seccomp
    diff plain/transcript filtered/transcript
    (($(grep -c '^+OK bye' filtered/transcript) == 2))
    cmp plain/mta/message filtered/mta/message
    # sendmail runs without the filter.
    grep -q "^Seccomp:.$(status_of $$ Seccomp)\$" filtered/mta/status
  done
}

@test "the filter is installed with --seccomp and only then" {
  ! sanitized || skip 'this build: no filter with sanitizers'
  serve "${POP3D[@]}" --seccomp
  connect
  expect '+OK*'
  wait_until session_pid >/dev/null
  local pid
  pid=$(session_pid)
  [[ $(status_of "$pid" Seccomp) == 2 ]]
  [[ $(status_of "$pid" NoNewPrivs) == 1 ]]
  (($(status_of "$pid" Seccomp_filters) == $(status_of $$ Seccomp_filters) + 1))
  hang_up
  stop_servers
  # Without the option there is no filter.
  serve "${POP3D[@]}"
  connect
  expect '+OK*'
  wait_until session_pid >/dev/null
  [[ $(status_of "$(session_pid)" Seccomp_filters) == \
    $(status_of $$ Seccomp_filters) ]]
  hang_up
}

@test "SIGTERM, timeouts and lost clients end a filtered session" {
  message one | deliver Maildir/cur 1.a:2,
  message two | deliver Maildir/cur 2.b:2,
  serve "${POP3D[@]}" --seccomp -t 2 -c
  connect
  expect '+OK*'
  wait_until session_pid >/dev/null
  kill -TERM "$(session_pid)"
  expect_end
  hang_up
  connect
  expect '+OK 2 *'
  send 'DELE 1'
  expect '+OK*'
  expect_end
  hang_up
  logged 'reason=timeout.* dele=1/47 left=1/47'
  connect
  expect '+OK 1 *'
  hang_up
  logged 'reason=eof'
}

@test "a filtered session waits for a slow reader" {
  yes 'a line' | head -c 28000000 | deliver Maildir/cur 1.a:2,
  serve "${POP3D[@]}" --seccomp --trace Maildir/trace
  connect
  expect '+OK 1 *'
  wait_until session_pid >/dev/null
  local pid
  pid=$(session_pid)
  send 'RETR 1\r\nQUIT'
  # The session has filled the buffers of both sides, and waits for the client.
  is_waiting() {
    grep -q 'RETR 1' Maildir/trace && [[ $(status_of "$pid" State) == S* ]]
  }
  wait_until is_waiting
  timeout 20 cat <&"$SOCKET" | tr -d '\r' | tail -n 1 | grep -qx '+OK bye'
  hang_up
}

@test "a filtered session reconnects to a restarted syslog" {
  make_machine
  serve "${MACHINE[@]}" "${POP3D[@]}" --seccomp --syslog
  connect
  expect '+OK*'
  kill "${SERVERS[0]}"
  wait "${SERVERS[0]}" || true
  rm "$T/dev/log"
  background syslog-sink "$T/dev/log" "$SYSLOG"
  wait_until test -S "$T/dev/log"
  send QUIT
  expect '+OK bye'
  expect_end
  hang_up
  wait_until grep -q 'event=close reason=quit' "$SYSLOG"
}

@test "without the kernel's support a session goes on, -v logs it" {
  needs_strace
  ! sanitized || skip 'this build: no filter with sanitizers'
  message one | deliver Maildir/cur 1.a:2,
  refused() {
    over_pipe 'STAT\r\n' strace -f -o trace -e trace=seccomp \
      -e inject=seccomp:error=EINVAL "${POP3D[@]}" --seccomp "$@" |
      tr -d '\r' | tail -n 1 | grep -qx '+OK 1 47'
    grep -q 'EINVAL.*INJECTED' trace
  }
  refused
  (! grep -q 'unable to filter' "$LOG")
  refused -v
  logged 'event=warning cause="unable to filter system calls: Invalid argument"'
}

@test "a build with sanitizers ignores --seccomp, -v logs it" {
  pop3d 'QUIT\r\n' --seccomp | grep -qx '+OK bye'
  (! grep -q 'unable to filter' "$LOG")
  pop3d 'QUIT\r\n' --seccomp -v | grep -qx '+OK bye'
  if sanitized; then
    logged 'unable to filter system calls: this build has sanitizers'
  else
    (! grep -q 'unable to filter' "$LOG")
  fi
}

@test "--check finds the same with the filter" {
  needs_strace
  message one | deliver Maildir/cur 1.a:2,
  message two | deliver Maildir/cur 2.b,S=1,W=2:2,
  message three | deliver Maildir/new 3.c
  pop3d 'QUIT\r\n' >/dev/null
  echo more >>Maildir/cur/1.a:2,
  local plain=0 filtered=0
  "${AS_USER[@]}" maildir-pop3d --check >plain || plain=$?
  ASAN_OPTIONS=detect_leaks=0 strace -f -o trace -e trace=seccomp \
    "${AS_USER[@]}" maildir-pop3d --check --seccomp >filtered || filtered=$?
  diff plain filtered
  ((plain == 1 && filtered == 1))
  sanitized || grep -q 'seccomp(SECCOMP_SET_MODE_FILTER.* = 0' trace
}

@test "every table of constants is read-only" {
  local program
  for program in popup checkpw maildir-pop3d; do
    objdump -t --demangle "$BIN/$program" >symbols
    grep -q '[[:space:]]\.data[[:space:]]' symbols
    (! grep -E '[[:space:]]\.data[[:space:]].*::k[A-Z]' symbols)
  done
}

@test "a session cannot fork, yet -x submits" {
  ! sanitized || skip 'this build: the leak checker has to fork'
  open_folders
  # The limit does not hold for sendmail.
  # shellcheck disable=SC2016  # for the script
  printf '#!/bin/sh\n/bin/cat >%s/sent; (/bin/cat /proc/self/limits) >%s/limits\n' \
    "$T" "$T" >"$T/sendmail"
  chmod 755 "$T/sendmail"
  touch sent limits
  own sent
  own limits
  SENDMAIL=$T/sendmail serve "${POP3D[@]}" -x
  connect
  expect '+OK*'
  wait_until session_pid >/dev/null
  # session_pid finds the session, whose parent is tcpserver, not its child.
  grep -q '^Max processes  *0  *0 ' "/proc/$(session_pid)/limits"
  send 'XTND XMIT'
  expect '+OK*'
  send 'To: a@example.org\r\n\r\nbody\r\n.'
  expect '+OK submitted'
  grep -q '^body' sent
  (! grep '^Max processes  *0 ' limits)
  hang_up
}
