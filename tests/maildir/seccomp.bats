#!/usr/bin/env bats
# bats file_tags=libc
# maildir-pop3d --seccomp: a session does what it does without, and the process
# can do nothing else.  (What it cannot do: tests/unit/maildir-pop3d/seccomp_filter.cc.)

load ../helpers/common
load ../helpers/chain
load ../helpers/seeds
load ../helpers/pop3d

session_pid() {
  pgrep -P "${SERVERS[-1]}" -x maildir-pop3d
}

# home NAME: a directory with a Maildir that has something for everybody.
home() {
  local maildir=$1/Maildir i
  make_maildir "$maildir"
  for i in 1 2 3; do
    message "$i" | deliver "$maildir/new" "170000000$i.M$i.host"
    message "$i" | deliver "$maildir/cur" "170000001$i.M$i.host:2,S"
  done
  { message large; seq 40000; } | deliver "$maildir/cur" 1700000020.M.host:2,
  echo old | deliver "$maildir/tmp" left
  touch -d '3 days ago' "$maildir/tmp/left"
  printf '100000S\n300000 7\n' >"$maildir/maildirsize"
  printf '3 V1 N9\n1 :1700000001.M1.host\n' >"$maildir/dovecot-uidlist"
  echo 0 >"$1/.popbull"
  mkdir "$1/mta"
  # shellcheck disable=SC2016  # for the script
  printf '#!/bin/sh\ncat >%s/message; cat /proc/self/status >%s/status\n' \
    "$PWD/$1/mta" "$PWD/$1/mta" >"$1/sendmail"
  chmod +x "$1/sendmail"
  own "$1"
}

# whole_session NAME [OPTION...]: every command and feature, in home NAME.
whole_session() {
  local name=$1
  shift
  local -a lines=(STAT LIST 'LIST 2' 'LIST 99' UIDL 'UIDL 1' 'RETR 1' 'RETR 5'
    'RETR 8' 'TOP 3 0' 'TOP 8 3' 'RETR 7' NOOP LAST CAPA 'XTND XLIST Subject'
    'XTND XMIT' 'To: ann@example.org' '' body . 'DELE 1' RSET 'DELE 2'
    'DELE 5' 'RETR 2' 'USER x' nonsense XTND)
  home "$name"
  (
    cd "$name" || exit
    export SENDMAIL=$PWD/sendmail
    # The second time there are indexes.
    for _ in 1 2; do
      { printf '%s\r\n' "${lines[@]}"; printf 'QUIT\r\n'; } |
        timeout 60 "${POP3D[@]}" -b "$T/bulletins" -u joe -x -s -v -d --lock \
          --uidl dovecot --trace trace "$@" 2>>"$LOG" || echo "exit code $?"
      touch -d '1 hour ago' Maildir/maildir-pop3d.login 2>/dev/null || true
      (cd Maildir && ls new cur tmp && cat maildirsize && ls maildir-pop3d.*)
      grep -o 'event=command.*' trace
      # A bulletin's name has the time of its delivery.
    done | sed 's/[0-9]*\.bulletin/T.bulletin/' >transcript
  )
}

bulletins() {
  mkdir -p bulletins
  printf 'From x Sat Jan  1 00:00:00 2000\nFrom: x\nTo: all\nSubject: b\n\nb\n' \
    >bulletins/1.news
  chmod -R a+rX bulletins
}

@test "a whole session is the same with --seccomp, with indexes and without" {
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
    # sendmail is not the filter's prisoner.
    grep -q "^Seccomp:.$(status_of $$ Seccomp)\$" filtered/mta/status
  done
}

@test "the filter is in place while a session lasts" {
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
  # Only where it is asked for.
  serve "${POP3D[@]}"
  connect
  expect '+OK*'
  wait_until session_pid >/dev/null
  [[ $(status_of "$(session_pid)" Seccomp_filters) == \
    $(status_of $$ Seccomp_filters) ]]
  hang_up
}

@test "a session with the filter ends by SIGTERM, by time-outs and by clients that leave" {
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
  log_has 'reason=timeout.* dele=1/47 left=1/47'
  connect
  expect '+OK 1 *'
  hang_up
  wait_until grep -q 'reason=eof' "$LOG"
}

@test "a slow reader is waited for under the filter" {
  yes 'a line' | head -c 28000000 | deliver Maildir/cur 1.a:2,
  serve "${POP3D[@]}" --seccomp --trace Maildir/trace
  connect
  expect '+OK 1 *'
  wait_until session_pid >/dev/null
  local pid
  pid=$(session_pid)
  send 'RETR 1\r\nQUIT'
  # The buffers of both sides are full: it has written, and waits for room.
  is_waiting() {
    grep -q 'RETR 1' Maildir/trace && [[ $(status_of "$pid" State) == S* ]]
  }
  wait_until is_waiting
  timeout 20 cat <&"$SOCKET" | tr -d '\r' | tail -n 1 | grep -qx '+OK bye'
  hang_up
}

@test "a session with the filter connects to a syslog that was restarted" {
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

@test "where the kernel refuses the filter the session goes on, and -v says so" {
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
  log_has 'event=warning cause="unable to filter system calls: Invalid argument"'
}

@test "a build with sanitizers takes the option, and -v says that it does nothing" {
  pop3d 'QUIT\r\n' --seccomp | grep -qx '+OK bye'
  (! grep -q 'unable to filter' "$LOG")
  pop3d 'QUIT\r\n' --seccomp -v | grep -qx '+OK bye'
  if sanitized; then
    log_has 'unable to filter system calls: this build has sanitizers'
  else
    (! grep -q 'unable to filter' "$LOG")
  fi
}

@test "--check has the filter, too, and finds the same" {
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

@test "no table of constants can be written to, the allowed calls least of all" {
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
  # sendmail is not held by it.
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
  # The session is the one without a session for a parent.
  grep -q '^Max processes  *0  *0 ' "/proc/$(session_pid)/limits"
  send 'XTND XMIT'
  expect '+OK*'
  send 'To: a@example.org\r\n\r\nbody\r\n.'
  expect '+OK submitted'
  grep -q '^body' sent
  (! grep '^Max processes  *0 ' limits)
  hang_up
}
