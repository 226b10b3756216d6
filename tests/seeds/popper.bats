#!/usr/bin/env bats
# bats file_tags=libc
# popper does what popper(8) promises, in the order of that page.

bats_require_minimum_version 1.5.0
load ../helpers/common
load ../helpers/chain
load ../helpers/seeds
load ../helpers/hosts

BULLETINS=$T/bulletins
# bulletin NAME: makes it.
bulletin() {
  mkdir -p "$BULLETINS"
  printf '%s\n' 'From root Mon Nov  2 10:00:00 2026' 'From: root@test.host' \
    "To: everybody" 'Status: RO' "Subject: $1" '' 'Status: stays' \
    'From here on' >"$BULLETINS/$1"
  chmod -R go+rX "$BULLETINS"
}
popbull() { cat "$HOME_DIR/.popbull"; }
set_popbull() {
  echo "$1" >"$HOME_DIR/.popbull"
  own "$HOME_DIR/.popbull"
}
# subjects_are LINE ...: XTND XLIST lists these.
subjects_are() {
  answers 'XTND XLIST Subject\r\n' '+OK header lines follow' "$@" .
}

# --- SYNOPSIS ------------------------------------------------------------------

@test "popper takes -b, -d, -s, -T and -t, and nothing else" {
  refuses_to_start 'usage: popper *-b dir*-d*-s*-T secs*-t trace-file*' popper -x
  refuses_to_start 'usage: popper *' popper operand
}

# --- DESCRIPTION ---------------------------------------------------------------

@test "-d sets SO_DEBUG and logs debugging lines to syslog" {
  make_machine
  chain_is 'popup -n 1 -L 120 --syslog -W -d --socket-debug HOST checkpw --syslog maildir-pop3d -a -t 120 --syslog -x -d' popper -d
  serve_seed popper -d
  answers 'NOOP\r\n' '+OK'
  syslogged 'popup\[.*event=command line="PASS <hidden>"'
  syslogged 'maildir-pop3d\[.*event=command line=NOOP'
}

@test "-t turns on debugging and saves the trace in a file" {
  make_machine
  serve_seed popper -t "$T/trace"
  answers 'NOOP\r\n' '+OK'
  grep -q '^popup: .*event=command line="PASS <hidden>"$' "$T/trace"
  grep -q '^maildir-pop3d: .*event=command line=NOOP$' "$T/trace"
  lacks "$T/trace" secret
}

@test "-s: statistics are logged at the end of each session" {
  make_machine
  three_messages
  serve_seed popper -s
  answers 'DELE 1\r\nDELE 3\r\n' '+OK deleted' '+OK deleted'
  syslogged 'event=statistics user=joe deleted=2 deleted_bytes=82 left=1 left_bytes=41$'
}

@test "-T replaces the 120 seconds until a silent session ends" {
  make_machine
  chain_is 'popup -n 1 -L 15 --syslog -W HOST checkpw --syslog maildir-pop3d -a -t 15 --syslog -x' popper -T 15
  serve_seed popper -T 1
  log_in
  expect_end
  syslogged 'event=close reason=timeout user=joe'
}

# --- Bulletins -----------------------------------------------------------------

@test "-b: a new user's .popbull starts at the current maximum" {
  make_machine
  bulletin 3.old
  bulletin 23.pophost_down_sunday
  serve_seed popper -b "$BULLETINS"
  answers 'STAT\r\n' '+OK 0 0'
  [[ $(popbull) == 23 ]]
  [[ $(stat -c '%u %a' "$HOME_DIR/.popbull") == "$MAIL_UID 600" ]]
}

@test "-b: without bulletins a new user's .popbull starts at 0" {
  make_machine
  mkdir "$BULLETINS"
  serve_seed popper -b "$BULLETINS"
  answers 'STAT\r\n' '+OK 0 0'
  [[ $(popbull) == 0 ]]
  bulletin 1
  subjects_are '1 Subject: 1'
}

@test "-b: each new bulletin is added once, in order" {
  make_machine
  three_messages
  set_popbull 3
  bulletin 3.old
  bulletin 23.later
  bulletin 4.sooner
  bulletin README
  serve_seed popper -b "$BULLETINS"
  subjects_are '1 Subject: one' '2 Subject: one' '3 Subject: one' \
    '4 Subject: 4.sooner' '5 Subject: 23.later'
  [[ $(popbull) == 23 ]]
  answers 'DELE 4\r\n' '+OK deleted'
  bulletin 24.last
  answers 'XTND XLIST Subject\r\n' '+OK header lines follow' '1 Subject: one' \
    '2 Subject: one' '3 Subject: one' '4 Subject: 23.later' \
    '5 Subject: 24.last' .
  [[ $(popbull) == 24 ]]
  syslogged 'maildir-pop3d\[.*event=bulletins delivered=2 user=joe'
}

@test "-b: To becomes user@thishost, no Status and no From line" {
  make_machine
  set_popbull 0
  bulletin 1.one
  serve_seed popper -b "$BULLETINS"
  answers 'RETR 1\r\n' "+OK $((79 + ${#HOST})) octets" \
    'From: root@test.host' "To: joe@$HOST" 'Subject: 1.one' '' \
    'Status: stays' 'From here on' .
}

@test "-b: a crash before .popbull's update duplicates no bulletin" {
  make_machine
  set_popbull 0
  bulletin 1.one
  serve_seed popper -b "$BULLETINS"
  subjects_are '1 Subject: 1.one'
  set_popbull 0
  subjects_are '1 Subject: 1.one'
  [[ $(popbull) == 1 ]]
}

@test "-b: a crash leaves no file beside .popbull" {
  needs_strace
  local when
  make_machine
  set_popbull 0
  bulletin 1.one
  # The crash comes at each write to the disk.
  for when in 1 2 3; do
    (cd "$HOME_DIR" && ASAN_OPTIONS=detect_leaks=0 strace -f -o "$T/trace" \
      -e trace=fsync -e "inject=fsync:signal=KILL:when=$when" \
      "${AS_USER[@]}" "$BIN/maildir-pop3d" -a -b "$BULLETINS") \
      </dev/null >>"$LOG" 2>&1 || true
    grep -q 'killed by SIGKILL' "$T/trace"
    [[ $(cd "$HOME_DIR" && echo .popbull*) == .popbull ]]
  done
  serve_seed popper -b "$BULLETINS"
  subjects_are '1 Subject: 1.one'
  [[ $(popbull) == 1 ]]
}

@test "-b: each bulletin comes once if .popbull is irreplaceable" {
  make_machine
  set_popbull 9
  bulletin 10.ten
  # The user can write to it and create files beside it, but the directory is
  # sticky.
  chown root "$HOME_DIR" "$HOME_DIR/.popbull"
  chmod 1777 "$HOME_DIR"
  chmod 666 "$HOME_DIR/.popbull"
  serve_seed popper -b "$BULLETINS"
  answers 'DELE 1\r\n' '+OK deleted'
  answers 'STAT\r\n' '+OK 0 0'
  [[ $(popbull) == 10 ]]
  # Now the user cannot create files there, either.
  chmod 755 "$HOME_DIR"
  bulletin 11.eleven
  answers 'DELE 1\r\n' '+OK deleted'
  answers 'STAT\r\n' '+OK 0 0'
  [[ $(popbull) == 11 ]]
  [[ $(cd "$HOME_DIR" && echo .popbull*) == .popbull ]]
}

@test "-b: a .popbull that cannot be written: no bulletin comes" {
  make_machine
  three_messages
  set_popbull 0
  bulletin 1.one
  chown root "$HOME_DIR/.popbull"
  chmod 644 "$HOME_DIR/.popbull"
  serve_seed popper -b "$BULLETINS"
  answers 'STAT\r\n' '+OK 3 123'
  syslogged 'maildir-pop3d\[.*event=warning cause="unable to open ~/.popbull: Permission denied" errno=13 file=.popbull user=joe'
  own "$HOME_DIR"
  subjects_are '1 Subject: one' '2 Subject: one' '3 Subject: one' \
    '4 Subject: 1.one'
  [[ $(popbull) == 1 ]]
}

@test "-b: an unreadable bulletin is logged, and later ones wait" {
  make_machine
  set_popbull 0
  bulletin 1.one
  bulletin 2.draft
  bulletin 10.ten
  chmod 600 "$BULLETINS/2.draft"
  serve_seed popper -b "$BULLETINS"
  subjects_are '1 Subject: 1.one'
  [[ $(popbull) == 1 ]]
  syslogged 'maildir-pop3d\[.*event=bulletin cause=undelivered file=2.draft user=joe'
  syslogged 'maildir-pop3d\[.*event=warning cause="unable to open a bulletin: Permission denied" errno=13'
  chmod 644 "$BULLETINS/2.draft"
  subjects_are '1 Subject: 1.one' '2 Subject: 2.draft' '3 Subject: 10.ten'
}

@test "-b: a number over 32 bits is logged, the others come" {
  make_machine
  set_popbull 0
  bulletin 1.one
  bulletin 4294967295.most
  bulletin 4294967296.over
  bulletin README
  serve_seed popper -b "$BULLETINS"
  subjects_are '1 Subject: 1.one' '2 Subject: 4294967295.most'
  syslogged 'maildir-pop3d\[.*event=bulletin cause=number file=4294967296.over'
  lacks "$SYSLOG" 'file=README'
}

@test "-b: a link as .popbull is not followed, mail is served" {
  make_machine
  three_messages
  bulletin 1.one
  echo 0 >"$T/elsewhere"
  ln -s "$T/elsewhere" "$HOME_DIR/.popbull"
  serve_seed popper -b "$BULLETINS"
  answers 'STAT\r\n' '+OK 3 123'
  [[ $(<"$T/elsewhere") == 0 ]]
  syslogged 'maildir-pop3d\[.*event=warning cause="unable to open ~/.popbull: .*" errno=.* file=.popbull user=joe'
}

@test "-b: an unreadable bulletin directory does not stop the mail" {
  make_machine
  three_messages
  bulletin 1.one
  chmod 700 "$BULLETINS"
  serve_seed popper -b "$BULLETINS"
  answers 'STAT\r\n' '+OK 3 123'
  syslogged "maildir-pop3d\[.*event=warning cause=\"unable to open the bulletin directory: .* file=$BULLETINS user=joe"
}

# --- How it is started -----------------------------------------------------------

@test "the inetd lines work on two ports with only the path changed" {
  make_machine
  three_messages
  inetd_line popper -s
  answers 'STAT\r\n' '+OK 3 123'
  inetd_line popper -s
  answers 'STAT\r\n' '+OK 3 123'
  wait_until both_logged
}

both_logged() {
  (($(grep -c 'event=statistics user=joe' "$SYSLOG") == 2))
}

# --- What it verifies --------------------------------------------------------------

@test "a client without a name is logged and served" {
  check_hosts 127.0.0.3
  syslogged '^<20>popup\[.*event=host cause=noname ip=127.0.0.3$'
  serves_clients 1
}

@test "a client name of another address is logged and served" {
  check_hosts 127.0.0.4
  syslogged '^<20>popup\[.*event=host cause=mismatch ip=127.0.0.4 name=elsewhere.example$'
  serves_clients 1
}

@test "a client name that does not exist is logged and served" {
  check_hosts 127.0.0.5
  syslogged 'event=host cause=mismatch ip=127.0.0.5 name=gone.example$'
}

@test "a super-server's name for the client is verified, too" {
  check_hosts 127.0.0.1=elsewhere.example 127.0.0.1=gone.example 127.0.0.1=127.0.0.1
  syslogged 'event=host cause=mismatch ip=127.0.0.1 name=elsewhere.example$'
  syslogged 'event=host cause=mismatch ip=127.0.0.1 name=gone.example$'
  syslogged 'event=host cause=mismatch ip=127.0.0.1 name=127.0.0.1$'
}

@test "a client with matching name and address is not logged" {
  check_hosts 127.0.0.1 ::1 127.0.0.1=good.example 127.0.0.3
  syslogged 'event=host cause=noname ip=127.0.0.3$'
  (($(grep -c event=host "$SYSLOG") == 1)) || fail "$(<"$SYSLOG")"
}

@test "a failing name server is not logged as a missing name" {
  make_machine
  local answer
  for answer in --broken none --mute; do
    check_host_by "$answer"
    serves_clients 1
  done
  wait_until all_failed
  lacks "$SYSLOG" cause=noname
}
all_failed() {
  (($(grep -c 'event=host cause=\(failed\|timeout\) ip=127.0.0.3$' "$SYSLOG") == 3))
}

@test "the resolver's process holds only its pipe and its socket" {
  make_machine
  name_service dns
  # shellcheck disable=SC2016  # for the inner shell
  with_dns '
    start_dns --mute
    printf "QUIT\r\n" | TCPREMOTEIP=127.0.0.3 "$1" >/dev/null
    for ((i = 0; i < 100; i++)); do
      resolver=$(pgrep -n -x popup)
      held=$(find "/proc/$resolver/fd" -type l -printf "%f %l\n" | sort -n)
      [[ $held == *"4 socket:"* ]] && break
      sleep 0.02
    done
    printf "%s\n" "$held" >"$2"
    kill "$dns" "$resolver"' "$COMPAT/popper" "$T/held"
  local held
  held=$(sed -E 's/:\[[0-9]+\]$//' "$T/held")
  [[ $held == $'0 /dev/null\n1 /dev/null\n2 /dev/null\n3 pipe\n4 socket' ]] ||
    fail "$held"
}

# --- The session -------------------------------------------------------------------

@test "before the login only QUIT is allowed" {
  make_machine
  serve_seed popper
  run transcript 'STAT\r\nLIST\r\nRETR 1\r\nXTND XMIT\r\nQUIT\r\n'
  local i
  for i in 1 2 3 4; do [[ ${lines[i]} == -ERR* ]] || fail "$output"; done
  [[ ${lines[5]} == +OK* ]]
}

@test "a failed login is logged and ends the session" {
  make_machine
  serve_seed popper
  refuses joe wrong
  syslogged 'popup\[.*event=login result=denied'
  syslogged 'checkpw\[.*event=refuse cause=password user=joe ip=127.0.0.1'
}

@test "the session runs with the user and group ids of the user" {
  make_machine
  serve_seed popper
  log_in
  local found
  found=$(ps -o uid=,gid= -C maildir-pop3d | tr -s " ")
  grep -qx " *$MAIL_UID $MAIL_GID" <<<"$found" || fail "$found"
}

@test "arrivals and removals do not change an open session" {
  make_machine
  three_messages
  serve_seed popper
  log_in
  printf '%b' "$BODY" | deliver "$MAIL/new" 1600000000.M0P1.test
  rm "$MAIL/new/1700000002.M2P1.test"
  send STAT
  expect '+OK 3 123'
  send 'UIDL 1'
  expect '+OK 1 1700000001.M1P1.test'
  send 'RETR 2'
  expect '-ERR*'
  send 'DELE 3'
  expect '+OK*'
  send 'RSET'
  expect '+OK*'
  send 'DELE 1'
  expect '+OK*'
  send QUIT
  expect '+OK*'
  (($(messages) == 2))
}

@test "QUIT is answered after the update" {
  make_machine
  three_messages
  serve_seed popper
  log_in
  send 'DELE 1\r\nQUIT'
  expect '+OK*'
  expect '+OK*'
  (($(messages) == 2))
}

# --- Extended commands ---------------------------------------------------------------

@test "XTND XMIT and XTND XLIST work" {
  make_machine
  three_messages
  write_script sendmail "cat >'$HOME_DIR/sent'"
  SENDMAIL=$T/sendmail serve_seed popper
  answers 'XTND XMIT\r\nTo: a\r\n\r\n.\r\nXTND XLIST Subject 3\r\n' \
    '+OK send the message, and a line with a dot after it' '+OK submitted' \
    '+OK header lines follow' '3 Subject: one' .
  [[ $(<"$HOME_DIR/sent") == 'To: a' ]]
}

@test "XTND XMIT without a sendmail fails, the session goes on" {
  make_machine
  SENDMAIL=/nonexistent/sendmail serve_seed popper
  answers 'XTND XMIT\r\nTo: a\r\n\r\n.\r\nNOOP\r\n' \
    '+OK send the message, and a line with a dot after it' \
    '-ERR [SYS/TEMP] the message could not be submitted' '+OK'
}
