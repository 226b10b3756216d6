#!/usr/bin/env bats
# bats file_tags=libc
# popup turns the end of a checker or session into the right reply and log line.
load ../helpers/common
load ../helpers/stubs

LOGIN='USER joe\r\nPASS secret\r\n'

@test "every code of a refusal gives -ERR [AUTH] and another try" {
  for code in 1 3 12 13 20 21 22 23 100; do
    run over_pipe "${LOGIN}QUIT\r\n" popup -w 0 mx stub-exit "$code"
    [ "${output#*PASS$'\r\n'}" = $'-ERR [AUTH] wrong name or password\r\n+OK bye\r' ] ||
      fail "$code: $output"
  done
  [ "$(grep -cv 'result=denied\|result=gone' "$LOG")" = 0 ]
}

@test "any other exit gives -ERR [SYS/TEMP] and ends the connection" {
  for code in 2 4 10 11 14 24 99 111 127 255 SIGKILL SIGSEGV SIGTERM; do
    run over_pipe "${LOGIN}NOOP\r\n" popup -w 0 mx stub-exit "$code"
    [ "$status" = 111 ]
    [[ ${output#*PASS$'\r\n'} == '-ERR [SYS/TEMP] '* && ${lines[-1]} == -ERR* ]] ||
      fail "$code: $output"
  done
  logged 'event=checker exit=111'
  logged 'event=checker signal=9'
  [ "$(grep -c 'event=login result=temporary mech=PASS' "$LOG")" = 13 ]
}

@test "a checker that cannot be executed gives -ERR [SYS/TEMP]" {
  for program in /nonexistent/checker / "$T"; do
    run over_pipe "$LOGIN" popup mx "$program"
    [ "$status" = 111 ]
    [[ ${lines[-1]} == '-ERR [SYS/TEMP] '* ]]
  done
  [ "$(grep -c 'event=warning cause="unable to run the checker: ' "$LOG")" = 3 ]
  for program in /nonexistent/checker / "$T"; do
    logged "event=warning cause=.*checker: .* errno=[0-9]* file=$program\$"
  done
}

@test "a checker that never reads does not block popup" {
  run over_pipe "$LOGIN" popup -w 0 mx stub-exit 1
  [[ ${lines[-1]} == '-ERR [AUTH]'* ]]
}

@test "exit 0 without a status byte counts as a session" {
  STUB_SILENT=1 run over_pipe "${LOGIN}QUIT\r\n" popup mx stub-joe stub-session
  [ "${output#*PASS$'\r\n'}" = $'+OK in\r\n+OK QUIT\r' ]
  [ "$status" = 0 ]
  logged 'result=ok user=joe'
}

@test "after the status byte popup adds no reply" {
  for code in 0 1 100 111; do
    run over_pipe "${LOGIN}QUIT\r\nNOOP\r\n" popup mx stub-joe stub-session "$code"
    [ "${output#*PASS$'\r\n'}" = $'+OK in\r\n+OK QUIT\r' ] || fail "$code: $output"
    [ "$status" = 0 ]
  done
  [ "$(grep -c 'result=ok' "$LOG")" = 4 ]
}

# dies_by SIGNAL: writes a server that sends the status byte, replies and dies.
dies_by() {
  # shellcheck disable=SC2016  # for the inner shell
  write_script dies 'printf x >&"$POPUP_STATUSFD"' 'printf "+OK in\r\n"' "kill -$1 \$\$" \
    'sleep 20'
}

@test "a session killed by a signal is logged with its user" {
  local signal number
  while read -r signal number; do
    dies_by "$signal"
    : >"$LOG"
    TCPREMOTEIP=192.0.2.7 run over_pipe "${LOGIN}NOOP\r\n" popup -q mx stub-joe "$T/dies"
    [ "${output#*PASS$'\r\n'}" = $'+OK in\r' ] || fail "$signal: $output"
    [ "$status" = 111 ]
    grep -qx "popup: sid=[^ ]* event=server signal=$number user=joe ip=192.0.2.7" "$LOG" ||
      fail "$signal"
  done <<<$'SEGV 11\nSYS 31\nKILL 9\nTERM 15'
}

@test "death by SIGPIPE is not logged as a crash" {
  dies_by PIPE
  run over_pipe "${LOGIN}NOOP\r\n" popup -q mx stub-joe "$T/dies"
  [[ ${output#*PASS$'\r\n'} == $'+OK in\r' && $status == 0 ]] || fail "$status $output"
  (! grep -E 'event=(server|checker)' "$LOG")
}

@test "a refused login and a client's timeout exit 0" {
  run over_pipe "${LOGIN}" popup -w 0 -n 1 mx stub-exit 1
  [[ $status == 0 && ${lines[-1]} == '-ERR [AUTH]'* ]] || fail "refused: $status $output"
  # The client leaves during the delay.
  run over_pipe "$LOGIN" popup -w 20 -L 1 mx stub-exit 1
  [[ $status == 0 ]] || fail "refused late: $status"
  mkfifo "$T/silent"
  run timeout 20 popup -L 1 mx stub-exit 1 <>"$T/silent"
  [[ $status == 0 && ${lines[-1]} == '-ERR login takes too long'* ]] || fail "late: $status $output"
  TCPREMOTEIP=192.0.2.7 run over_pipe 'NOOP\r\n' popup -P mx stub-exit 1
  [[ $status == 0 && -z $output ]] || fail "no proxy: $status $output"
}

@test "popup closes the status pipe once the login is logged" {
  make_polite # it keeps the status pipe open
  serve popup mx stub-joe "$T/polite"
  log_in secret '+OK in'
  find_processes
  # popup reads from the status pipe; it inherits bats' pipes for writing.
  holds_no_pipe() {
    [[ -z $(find "/proc/$BROKER/fd" -lname 'pipe:*' -perm -400 ! -perm -200) ]]
  }
  wait_until holds_no_pipe
  logged result=ok
  hang_up
}

@test "a leftover process with the status pipe delays nobody" {
  write_script leaky 'sleep 300 0<&- 1>&- 2>&- 3<&- &' "echo \$! >'$T/sleeper'" 'exit 1'
  start=$SECONDS
  run over_pipe "$LOGIN" popup -w 0 -n 1 mx "$T/leaky"
  kill "$(cat "$T/sleeper")"
  ((SECONDS - start < PATIENCE))
  [[ ${lines[-1]} == '-ERR [AUTH]'* ]]
}

@test "a refusal after a change of uid ends the connection" {
  if ((EUID != 0)); then skip 'only root can become another user: the uid rule is not tested'; fi
  write_script shed 'exec setpriv --reuid 65533 --clear-groups --regid 65533 bash -c "exit 1"'
  run over_pipe "${LOGIN}NOOP\r\n" popup -w 0 mx "$T/shed"
  [ "$status" = 0 ]
  [ "${lines[-1]}" = $'-ERR [AUTH] wrong name or password\r' ]
}

@test "the checker gets only its descriptors and environment" {
  serve env -u TCPREMOTEIP POPUP_EVIL=1 POPUP_STATUSFD=9 stub-clean popup -A -w 0 mx \
    "${SHOW[@]}"
  transcript "${LOGIN}QUIT\r\n" >/dev/null
  not_in_environment POPUP_EVIL
  in_environment 'POPUP_SID=[0-9a-f]*\.[0-9a-f]*$'
  in_environment 'POPUP_STATUSFD=[4-9]$'
  in_environment 'TCPREMOTEIP=127\.0\.0\.1$'
  grep -A1 '^POPUP_CAPA=USER$' "$T/environment" | grep -q '^SASL PLAIN LOGIN CRAM-MD5$'
  status_fd=$(sed -n 's/^POPUP_STATUSFD=//p' "$T/environment")
  # Allowed: 0-3, the status pipe, 4 of ls, 255 of bash, which reads the script.
  ! awk '{print $9}' "$T/environment.fds" |
    grep -v "^[0-4]$\|^$status_fd\$\|^255\$\|^$" || fail "$(cat "$T/environment.fds")"
  # The C library may ignore its own signals, 32 and 33.
  grep -q '^SigIgn:.0000000[01]80000000$\|^SigIgn:.0*$' "$T/environment.signals" ||
    fail "$(cat "$T/environment.signals")"
}

@test "an inherited absolute MAILDIR does not reach the checker" {
  write_script look "echo MAILDIR=\${MAILDIR-none} >>'$T/maildir'" 'exit 1'
  for value in /var/mail/all Mail ./; do
    MAILDIR=$value run over_pipe "$LOGIN" popup -n 1 -w 0 mx "$T/look"
  done
  diff "$T/maildir" <(printf 'MAILDIR=%s\n' none Mail ./)
}
