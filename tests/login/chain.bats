#!/usr/bin/env bats
# bats file_tags=libc
# The three programs together serve a client, and hold no more rights than needed.

bats_require_minimum_version 1.5.0
load ../helpers/common
load ../helpers/chain

setup() {
  make_account
  deliver_one
}

untouched() {
  [[ $(ls "$MAIL/new") == "$NAME" && -z $(ls "$MAIL/cur") ]] ||
    fail "the Maildir changed: $(cd "$MAIL" && ls new cur)"
}

# --- Nothing is read past the line that ends authentication -------------------

@test "a whole session in one TCP segment is answered in order" {
  serve "${CHAIN[@]}"
  check_session "$(transcript "$WHOLE_SESSION")" "$NAME" "$BODY_SIZE"
  is_empty
}

@test "a whole session byte by byte is answered in order" {
  serve "${CHAIN[@]}"
  check_session "$(printf '%b' "$WHOLE_SESSION" | talk --dribble "$PORT")" \
    "$NAME" "$BODY_SIZE"
  is_empty
}

@test "a whole session in one write to a pipe is answered in order" {
  check_session "$(over_pipe "$WHOLE_SESSION" "${CHAIN[@]}")" \
    "$NAME" "$BODY_SIZE"
  is_empty
}

@test "a whole session byte by byte over pipes is answered in order" {
  check_session "$(printf '%b' "$WHOLE_SESSION" |
    talk --dribble -- "${CHAIN[@]}" 2>>"$LOG")" "$NAME" "$BODY_SIZE"
  is_empty
}

@test "half-close after QUIT: every reply still arrives" {
  serve "${CHAIN[@]}"
  check_session "$(printf '%b' "$WHOLE_SESSION" | talk --shut "$PORT")" \
    "$NAME" "$BODY_SIZE"
  is_empty
}

@test "a failed and a good login in one segment work" {
  serve "${CHAIN[@]}"
  run transcript "USER joe\r\nPASS wrong\r\n$WHOLE_SESSION"
  [[ ${lines[2]} == '-ERR [AUTH]'* ]]
  check_session "$(printf '%s\n' "${lines[0]}" "${lines[@]:3}")" \
    "$NAME" "$BODY_SIZE"
  is_empty
}

@test "lines ending in LF alone are commands, too" {
  serve "${CHAIN[@]}"
  check_session "$(transcript "${WHOLE_SESSION//\\r/}")" "$NAME" "$BODY_SIZE"
  is_empty
}

@test "every line of a reply ends in CR LF" {
  serve "${CHAIN[@]}"
  transcript "$WHOLE_SESSION" >"$T/replies"
  (($(wc -l <"$T/replies") == 18))
  (($(grep -c $'\r$' "$T/replies") == 18))
}

# --- A client that leaves deletes nothing --------------------------------------

# leaves BYTES: a client sends this and hangs up; nothing is deleted.
leaves() {
  connect
  printf '%b' "$1" >&"$SOCKET"
  wait_until has_children "${SERVERS[0]}"
  hang_up
  wait_until no_sessions
  untouched
}

@test "leaving before the login deletes nothing" {
  serve "${CHAIN[@]}"
  local said
  for said in '' 'US' 'USER joe\r\n' 'USER joe\r\nPASS sec' \
    'USER joe\r\nPASS secret'; do
    leaves "$said"
  done
}

@test "leaving during the session deletes nothing" {
  serve "${CHAIN[@]}"
  local said=''
  for said in '' 'STAT\r\n' 'RETR 1\r\n' 'DELE 1\r\n' 'DELE 1\r\nQUI' \
    'DELE 1\r\nQUIT' 'DELE 1\r\nRSET\r\n'; do
    leaves "USER joe\r\nPASS secret\r\n$said"
  done
}

@test "half-closing without QUIT deletes nothing" {
  serve "${CHAIN[@]}"
  run talk --shut "$PORT" <<<$'USER joe\r\nPASS secret\r\nDELE 1\r\n'
  [[ ${lines[3]} == +OK* ]]
  wait_until no_sessions
  untouched
}

@test "leaving in the middle of a long message deletes nothing" {
  head -c 20000000 /dev/zero | tr '\0' x | fold -w 70 |
    deliver "$MAIL/new" 1700000002.M2P1.test
  serve "${CHAIN[@]}"
  connect
  send 'USER joe\r\nPASS secret\r\nDELE 1\r\nDELE 2\r\nRSET\r\nDELE 1\r\nRETR 2'
  local replies
  for replies in greeting USER PASS DELE DELE RSET DELE RETR; do
    expect '+OK*' || fail "no $replies"
  done
  expect 'xxxxxxxx*'
  hang_up
  wait_until no_sessions
  (($(messages "$MAIL") == 2))
}

@test "a session ended by SIGTERM deletes nothing" {
  serve "${CHAIN[@]}"
  connect
  send 'USER joe\r\nPASS secret\r\nDELE 1'
  expect '+OK*'
  expect '+OK*'
  expect '+OK*'
  expect '+OK*'
  find_processes
  kill -TERM "$CHILD"
  expect_end
  wait_until no_sessions
  untouched
}

# --- Who runs as whom ------------------------------------------------------------

# in_session: logs in; sets BROKER and SESSION.
in_session() {
  serve "${CHAIN[@]}"
  log_in
  find_processes
  SESSION=$CHILD
}

# in_dialogue COMMAND...: serves it and says USER; sets BROKER and DIALOGUE.
in_dialogue() {
  serve "$@"
  connect
  expect '+OK*'
  send 'USER joe'
  expect '+OK*'
  find_processes
  DIALOGUE=$CHILD
}

@test "the dialogue runs without root" {
  needs_root "the dialogue sheds it"
  in_dialogue "${CHAIN[@]}"
  has_ids_of_dialogue "$DIALOGUE"
  [[ -z $(status_of "$DIALOGUE" Groups) ]]
  [[ $(status_of "$DIALOGUE" CapEff) == 0000000000000000 ]]
  [[ $(status_of "$DIALOGUE" CapPrm) == 0000000000000000 ]]
}

@test "the dialogue is in seccomp's strict mode with no-new-privs" {
  if sanitized; then skip 'this build: the sanitizers need system calls'; fi
  in_dialogue "${CHAIN[@]}"
  [[ $(status_of "$DIALOGUE" NoNewPrivs) == 1 ]]
  # If a container's filter is in place, strict mode is refused.
  local wanted=1
  if [[ $(status_of $$ Seccomp) != 0 ]]; then wanted=2; fi
  [[ $(status_of "$DIALOGUE" Seccomp) == "$wanted" ]]
}

@test "the dialogue holds only the client and one pipe" {
  needs_root "the dialogue is not dumpable"
  : >"$T/spare"
  exec {spare}<"$T/spare"
  in_dialogue "${CHAIN[@]}"
  exec {spare}<&-
  run process-report "$DIALOGUE" files
  ((${#lines[@]} == 3)) || fail "descriptors: $output"
  [[ ${lines[0]} == '0 socket:'* && ${lines[1]} == '1 socket:'* ]]
  [[ ${lines[2]} == *pipe:* || ${lines[2]} == *socket:* ]]
  [[ ${lines[2]#* } != "${lines[0]#* }" ]]
}

@test "the dialogue can neither fork nor dump core" {
  needs_root "another user's limits"
  in_dialogue "${CHAIN[@]}"
  grep -Eq '^Max processes +0 +0 ' "/proc/$DIALOGUE/limits"
  # Not dumpable: its files belong to root, not to the dialogue's user.
  [[ $(stat -c %u "/proc/$DIALOGUE/environ") == 0 ]]
}

@test "-u chooses the dialogue's user" {
  needs_root "the dialogue changes its ids"
  in_dialogue popup -u 12345:23456 test.host true
  [[ $(status_of "$DIALOGUE" Uid) == '12345 12345 12345 12345' ]]
  [[ $(status_of "$DIALOGUE" Gid) == '23456 23456 23456 23456' ]]
}

@test "after the login only the session remains, as the user" {
  needs_root "checkpw becomes the user"
  in_session
  [[ $(cat "/proc/$SESSION/comm") == maildir-pop3d ]]
  [[ $(status_of "$SESSION" Uid) == "$MAIL_UID $MAIL_UID $MAIL_UID $MAIL_UID" ]]
  [[ $(status_of "$SESSION" Gid) == "$MAIL_GID $MAIL_GID $MAIL_GID $MAIL_GID" ]]
  local groups
  groups=$(status_of "$SESSION" Groups)
  [[ -z $groups || $groups == "$MAIL_GID" ]] || fail "groups: $groups"
  [[ $(status_of "$SESSION" CapEff) == 0000000000000000 ]]
  [[ $(status_of "$SESSION" CapPrm) == 0000000000000000 ]]
  send QUIT
  expect '+OK*'
}

@test "the session holds only the client, the log and its Maildir" {
  needs_root "the session is not dumpable"
  in_session
  # The session may keep what the super-server inherited.
  process-report "${SERVERS[0]}" files >"$T/inherited"
  # Allowed once each: the status pipe, which popup closes, and a signalfd for
  # SIGTERM.
  local pipes=0 signals=0
  is_dead() { ! process-report "$BROKER" files | grep -qF "$target"; }
  local number target
  while read -r number target; do
    case $number:$target in
      [01]:socket:* | "2:$LOG") ;;
      *:"$(realpath "$MAIL")"*) ;;
      *:pipe:*)
        ! grep -qxF "$number $target" "$T/inherited" || continue
        ((++pipes == 1))
        wait_until is_dead
        ;;
      *:*signalfd*) ((++signals == 1)) ;;
      *) grep -qxF "$number $target" "$T/inherited" ||
        fail "descriptor $number is $target" ;;
    esac
  done < <(process-report "$SESSION" files)
}

@test "after the login no process holds the password" {
  needs_root "the memory of others"
  if sanitized; then skip 'this build: freed memory is kept in quarantine'; fi
  printf 'joe:{PLAIN}correct-horse-battery:%s:%s::%s::\n' \
    "$MAIL_UID" "$MAIL_GID" "$HOME_DIR" >"$USERS"
  serve "${CHAIN[@]}"
  connect
  expect '+OK*'
  send 'USER joe'
  expect '+OK*'
  # The search must find this text, or the test proves nothing.
  MARK=correct-horse-mark sleep 60 3>&- &
  SERVERS+=($!)
  wait_until process-report "$!" holds correct-horse-mark
  send 'PASS correct-horse-battery'
  expect '+OK*'
  find_processes
  run ! process-report "$BROKER" holds correct-horse-battery
  run ! process-report "$CHILD" holds correct-horse-battery
  run ! grep -aq correct-horse "/proc/$BROKER/cmdline" "/proc/$CHILD/cmdline"
}

@test "no password reaches the log, not even with -d" {
  serve popup -d -w 0 test.host checkpw -d -f "$USERS" \
    maildir-pop3d -d -a Maildir
  transcript 'USER joe\r\nPASS wrong-guess\r\nUSER joe\r\nPASS secret\r\nQUIT\r\n' >/dev/null
  logged event=close
  run ! grep -Eq 'secret|wrong-guess' "$LOG"
}

@test "all log lines of a session carry one session id" {
  serve "${CHAIN[@]}"
  transcript "$WHOLE_SESSION" >/dev/null
  logged 'maildir-pop3d: .*event=close'
  local of_popup of_pop3d
  of_popup=$(sed -n 's/^popup: sid=\([^ ]*\) event=login result=ok user=joe .*/\1/p' "$LOG")
  of_pop3d=$(sed -n 's/^maildir-pop3d: sid=\([^ ]*\) event=close reason=quit user=joe .*/\1/p' "$LOG")
  [[ -n $of_popup && $of_popup == "$of_pop3d" ]] || fail "$of_popup, $of_pop3d"
}

@test "the login is logged before the session's end" {
  needs_strace
  # Only popup is slow to write its log.
  serve strace -o /dev/null -e trace=write -e inject=write:delay_enter=100000 \
    "${CHAIN[@]}"
  transcript "$WHOLE_SESSION" >/dev/null
  logged event=close
  [[ $(grep -m 1 -oE 'event=(login|close)' "$LOG") == event=login ]] ||
    fail 'the end came first'
}

@test "two sessions of one mailbox at once stay independent" {
  serve "${CHAIN[@]}"
  connect
  local first=$SOCKET
  connect
  local second=$SOCKET
  for SOCKET in "$first" "$second"; do
    expect '+OK*'
    send 'USER joe'
    expect '+OK*'
    send 'PASS secret'
    expect '+OK*'
  done
  SOCKET=$first
  send 'DELE 1\r\nQUIT'
  expect '+OK*'
  expect '+OK*'
  expect_end
  is_empty
  SOCKET=$second
  send 'RETR 1'
  expect '-ERR*'
  send 'STAT'
  expect "+OK 1 $BODY_SIZE"
  send 'DELE 1\r\nQUIT'
  expect '+OK*'
  expect '+OK*'
}

@test "CAPA is the same before and after the login, one LOGIN-DELAY" {
  local session='CAPA\r\nUSER joe\r\nPASS secret\r\nCAPA\r\nQUIT\r\n' said own
  for own in '' '--login-delay 1'; do
    # shellcheck disable=SC2086  # two words, or none
    said=$(over_pipe "$session" popup -w 0 --login-delay 60 test.host \
      checkpw -f "$USERS" maildir-pop3d $own -a Maildir)
    mapfile -t lists < <(awk '/^\+OK cap/ { on = 1; list = "" }
      on { list = list $0 "|" } on && /^\.\r$/ { print list; on = 0 }' <<<"$said")
    [[ ${#lists[@]} == 2 && ${lists[0]} == "${lists[1]}" ]] || fail "$said"
    [[ $(grep -o 'LOGIN-DELAY 60' <<<"${lists[0]}" | wc -l) == 1 ]] || fail "$said"
    [[ $(grep -c 'LOGIN-DELAY' <<<"$said") == 2 ]] || fail "$said"
  done
}

@test "replies do not wait for TCP acknowledgements" {
  local i
  for ((i = 0; i < 100; i++)); do
    printf '%b' "$BODY" >"$MAIL/cur/16000000$i.M${i}P1.test:2,"
  done
  own "$MAIL"
  serve "${CHAIN[@]}"
  local before=${EPOCHREALTIME/./} took
  /usr/bin/python3 - "$PORT" <<'EOF'
import poplib, sys
server = poplib.POP3("127.0.0.1", int(sys.argv[1]))
server.user("joe")
server.pass_("secret")
for turn in range(10):
    for number in range(1, 101):
        server.retr(number)
server.quit()
EOF
  took=$((${EPOCHREALTIME/./} - before))
  # Nagle's algorithm with delayed acknowledgements would take 43 seconds.
  ((took < 8000000)) || fail "1,000 messages took $took microseconds"
}
