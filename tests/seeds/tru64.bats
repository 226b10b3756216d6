#!/usr/bin/env bats
# pop3d does what Tru64's pop3d(8) promises, in the order of that page.

bats_require_minimum_version 1.5.0
load ../helpers/common
load ../helpers/chain
load ../helpers/seeds

# stub_sendmail COMMANDS: a sendmail that runs them in $T/mta.
stub_sendmail() {
  mkdir -p "$T/mta"
  own "$T/mta"
  write_script sendmail "cd '$T/mta' || exit" "$1"
  export SENDMAIL=$T/sendmail
}
# submit LINE ...: sends XTND XMIT and these lines.
submit() {
  send 'XTND XMIT'
  expect '+OK*'
  local line
  for line; do send "$line"; done
}

# --- SYNOPSIS ------------------------------------------------------------------

@test "pop3d takes -d, -s, -t and -T, and nothing else" {
  refuses_to_start 'usage: pop3d *-d*-s*-t trace-file*-T timeout*' pop3d -x
  refuses_to_start 'usage: pop3d *' pop3d operand
  refuses_to_start 'pop3d: bad number of seconds: 1m' pop3d -T 1m
  refuses_to_start 'pop3d: bad number of seconds: 0' pop3d -T 0
}

# --- OPTIONS -------------------------------------------------------------------

@test "-d sets the socket to debugging and turns on debugging" {
  chain_is 'popup -n 1 -L 120 --syslog -d --socket-debug HOST checkpw --syslog maildir-pop3d -a -t 120 --syslog -x -d' pop3d -d
}

@test "-d: the socket has SO_DEBUG" {
  needs_strace
  serve strace -f -e trace=setsockopt -o "$T/calls" \
    popup --socket-debug test.host true
  transcript 'QUIT\r\n' >/dev/null
  wait_until grep -q 'setsockopt(0, SOL_SOCKET, SO_DEBUG, \[1\]' "$T/calls"
}

@test "-d: syslog gets debugging lines without secrets" {
  make_machine
  serve_seed pop3d -d
  run transcript 'USER joe\r\nPASS secret\r\nSTAT\r\nPASS secret\r\nQUIT\r\n'
  syslogged 'popup\[.*event=command line="USER joe"'
  syslogged 'popup\[.*event=command line="PASS <hidden>"'
  syslogged 'maildir-pop3d\[.*event=command line=STAT'
  syslogged 'maildir-pop3d\[.*event=command line="PASS <hidden>"'
  syslogged 'maildir-pop3d\[.*event=command line=QUIT'
  lacks "$SYSLOG" secret
}

@test "-s logs the messages and bytes deleted and left, in order" {
  make_machine
  three_messages
  serve_seed pop3d -s
  answers 'DELE 2\r\n' '+OK deleted'
  syslogged 'maildir-pop3d\[.*event=statistics user=joe deleted=1 deleted_bytes=41 left=2 left_bytes=82$'
}

@test "without -s there are no statistics" {
  make_machine
  serve_seed pop3d
  answers 'NOOP\r\n' '+OK'
  syslogged 'event=close reason=quit user=joe'
  lacks "$SYSLOG" event=statistics
}

@test "-t traces both programs into a file, not into syslog" {
  make_machine
  serve_seed pop3d -t "$T/trace"
  answers 'NOOP\r\n' '+OK'
  [[ $(sed 's/ sid=[^ ]*//' "$T/trace") == \
'popup: event=command line="USER joe"
popup: event=command line="PASS <hidden>"
maildir-pop3d: event=command line=NOOP
maildir-pop3d: event=command line=QUIT' ]] || fail "$(cat "$T/trace")"
  [[ $(stat -c '%a %u' "$T/trace") == '600 0' ]]
  (($(cut -d' ' -f 2 "$T/trace" | uniq | wc -l) == 1))
  syslogged 'event=close'
  lacks "$SYSLOG" event=command
  answers 'NOOP\r\n' '+OK'
  (($(wc -l <"$T/trace") == 8))
}

@test "-t refuses all but a regular file" {
  touch "$T/file"
  ln -s "$T/file" "$T/link"
  mkfifo "$T/fifo"
  refuses_to_start 'pop3d: not a regular file: *' pop3d -t "$T/link"
  refuses_to_start 'pop3d: not a regular file: *' pop3d -t "$T/fifo"
  refuses_to_start 'pop3d: not a regular file: *' pop3d -t "$T"
  refuses_to_start 'pop3d: cannot write: *' pop3d -t "$T/none/file"
}

@test "-t refuses another user's file" {
  needs_root 'it makes a file of another user'
  touch "$T/file"
  chown "$MAIL_UID" "$T/file"
  refuses_to_start "pop3d: not a file of this user: *" pop3d -t "$T/file"
  [[ ! -s $T/file ]]
}

@test "-t refuses a file with a second name" {
  touch "$T/first"
  ln "$T/first" "$T/second"
  run over_pipe '' "$COMPAT/pop3d" -t "$T/first"
  [[ $status == 111 && ! -s $T/second ]]
}

@test "-T: a silent session ends after this time" {
  make_machine
  three_messages
  serve_seed pop3d -T 1
  log_in
  send 'DELE 1'
  expect '+OK*'
  expect_end
  hang_up
  syslogged 'event=close reason=timeout user=joe'
  (($(messages) == 3))
  connect
  expect '+OK*'
  expect '-ERR*'
  expect_end
}

@test "-T: 120 seconds by default" {
  chain_is 'popup -n 1 -L 120 --syslog HOST checkpw --syslog maildir-pop3d -a -t 120 --syslog -x' pop3d
  chain_is 'popup -n 1 -L 300 --syslog HOST checkpw --syslog maildir-pop3d -a -t 300 --syslog -x -s' pop3d -sT 300
}

# --- Authentication ------------------------------------------------------------

@test "the default is authentication by /etc/passwd" {
  make_machine
  serve_seed pop3d
  answers 'STAT\r\n' '+OK 0 0'
  refuses joe wrong
}

@test "APOP users: a passwd-file takes mailauth's place" {
  make_machine
  cp "$USERS" "$T/apop"
  sed -i 's/secret/tanstaaf/' "$T/apop"
  POPCHAIN_APOP=$T/apop serve_seed pop3d
  run transcript 'CAPA\r\nQUIT\r\n'
  [[ $output == *'SASL PLAIN LOGIN'* && $output != *CRAM* ]] || fail "$output"
  accepted_by_apop tanstaaf
  refused_by_apop secret
}

@test "users without an APOP secret keep the system's password" {
  make_machine
  sed 's/^joe/ann/' "$USERS" >"$T/apop"
  POPCHAIN_APOP=$T/apop serve_seed pop3d
  answers 'STAT\r\n' '+OK 0 0'
}

@test "enhanced security: shadow's locks and ages take C2's place" {
  make_machine
  sed -i 's/^joe:/joe:!/' "$T/etc/shadow"
  serve_seed pop3d
  refuses joe secret
  syslogged 'checkpw\[.*cause=locked user=joe'
  shadow_joe "$SECRET:19000:0:99999:7::19001:"
  refuses joe secret
  syslogged 'checkpw\[.*cause=expired user=joe'
}

# apop_machine: joe's secret for APOP is tanstaaf, and secret is his password.
apop_machine() {
  make_machine
  sed 's/secret/tanstaaf/' "$USERS" >"$T/apop"
  POPCHAIN_APOP=$T/apop serve_seed pop3d
}

@test "an APOP secret replaces the user's password, even for PASS" {
  apop_machine
  refuses joe secret
  log_in tanstaaf '+OK 0 messages*'
}

@test "enhanced security: a locked account cannot use APOP or PASS" {
  apop_machine
  shadow_joe "!$SECRET:19000:0:99999:7:::"
  refused_by_apop tanstaaf
  syslogged 'checkpw\[.*cause=locked user=joe'
  refuses joe tanstaaf
  # The client may have its answer before the line is in the log.
  wait_until both_refused
  shadow_joe '*:19000:0:99999:7:::'
  refused_by_apop tanstaaf
}

both_refused() { (($(grep -c 'cause=locked user=joe' "$SYSLOG") == 2)); }

@test "enhanced security: an expired account is refused by APOP" {
  apop_machine
  shadow_joe "$SECRET:19000:0:99999:7::19001:"
  refused_by_apop tanstaaf
  syslogged 'checkpw\[.*cause=expired user=joe'
}

@test "enhanced security: APOP ends after an aged password's grace" {
  apop_machine
  shadow_joe "$SECRET:19000:0:5:7:99999::"
  accepted_by_apop tanstaaf
  shadow_joe "$SECRET:19000:0:5:7:2::"
  refused_by_apop tanstaaf
  syslogged 'checkpw\[.*cause=expired user=joe'
}

@test "APOP is for the system's users only, and never for root" {
  apop_machine
  printf '%s\n' root:x:0:0::/root:/bin/sh >"$T/etc/passwd"
  refused_by_apop tanstaaf
  syslogged 'checkpw\[.*cause=locked user=joe'
  printf '%s\n' "joe:x:0:$MAIL_GID::/root:/bin/sh" >"$T/etc/passwd"
  refused_by_apop tanstaaf
  syslogged 'checkpw\[.*cause=root user=joe'
}

# --- Logging, Debugging --------------------------------------------------------

@test "logins and sessions are logged by syslog, facility mail" {
  make_machine
  serve_seed pop3d
  answers 'NOOP\r\n' '+OK'
  syslogged '^<22>popup\[[0-9]*\]: sid=[^ ]* event=login result=ok user=joe mech=PASS ip=127.0.0.1'
  syslogged '^<22>maildir-pop3d\[[0-9]*\]: sid=[^ ]* event=close reason=quit user=joe ip=127.0.0.1'
}

@test "the inetd line works with options, only the path changed" {
  make_machine
  three_messages
  inetd_line pop3d -s -T 30
  answers 'STAT\r\n' '+OK 3 123'
  syslogged 'event=statistics user=joe deleted=0 deleted_bytes=0 left=3 left_bytes=123$'
}

@test "a bad inetd line tells the client only -ERR" {
  make_machine
  inetd_line pop3d -z
  run transcript ''
  [[ $output == '-ERR [SYS/TEMP]'* && ${#lines[@]} == 1 ]] || fail "$output"
  syslogged 'usage: pop3d'
}

@test "a telnet session sees a banner and can QUIT" {
  make_machine
  serve_seed pop3d
  run transcript 'quit\r\n'
  [[ ${lines[0]} == "+OK $HOST POP3 ready"* && ${lines[1]} == +OK* ]] ||
    fail "$output"
}

# --- Extensions ------------------------------------------------------------------

@test "XTND XMIT sends a message by sendmail, as the user" {
  make_machine
  stub_sendmail 'cat >message; echo "$*" >arguments; id -u >user; cat /proc/self/status >status'
  serve_seed pop3d
  log_in
  submit 'To: ann@example.org' 'Subject: dots' '' '..' '..leading' 'text' .
  expect '+OK*'
  send 'QUIT'
  expect '+OK*'
  [[ $(<"$T/mta/message") == $'To: ann@example.org\nSubject: dots\n\n.\n.leading\ntext' ]] ||
    fail "$(<"$T/mta/message")"
  [[ $(<"$T/mta/arguments") == '-oi -t' ]]
  [[ $(<"$T/mta/user") == "$MAIL_UID" ]]
  # A setgid sendmail can gain its group.
  grep -q '^NoNewPrivs:.0$' "$T/mta/status"
  syslogged 'maildir-pop3d\[.*event=submit result=accepted bytes=51'
  [[ -z $(ls "$MAIL/tmp") ]]
}

@test "XTND XMIT: the reply follows sendmail's exit code" {
  make_machine
  # shellcheck disable=SC2016  # for the script
  stub_sendmail 'exit $(cat code)'
  serve_seed pop3d
  log_in
  echo 64 >"$T/mta/code"
  submit 'To: a' '' .
  expect '-ERR \[SYS/PERM\]*'
  echo 75 >"$T/mta/code"
  submit 'To: a' '' .
  expect '-ERR \[SYS/TEMP\]*'
  echo 0 >"$T/mta/code"
  submit 'To: a' '' .
  expect '+OK*'
  send NOOP
  expect '+OK*'
}

@test "XTND XMIT: leaving in the middle submits nothing" {
  make_machine
  stub_sendmail 'touch called'
  serve_seed pop3d
  log_in
  submit 'To: a' '' 'half a message'
  hang_up
  syslogged 'event=close reason=eof user=joe'
  [[ ! -e $T/mta/called && -z $(ls "$MAIL/tmp") ]]
}

@test "XTND XMIT: commands pipelined after it are answered" {
  make_machine
  stub_sendmail 'cat >message'
  serve_seed pop3d
  answers 'XTND XMIT\r\nTo: a\r\n\r\nbody\r\n.\r\nSTAT\r\n' \
    '+OK send the message, and a line with a dot after it' '+OK submitted' \
    '+OK 0 0'
  [[ $(<"$T/mta/message") == $'To: a\n\nbody' ]]
}

@test "XTND XMIT: LF dot LF ends only the message of an LF client" {
  make_machine
  stub_sendmail 'cat >message'
  serve_seed pop3d
  answers 'XTND XMIT\r\nTo: a\r\n\r\nno end\n.\nNOOP\r\n.\r\nSTAT\r\n' \
    '+OK send the message, and a line with a dot after it' '+OK submitted' \
    '+OK 0 0'
  [[ $(<"$T/mta/message") == $'To: a\n\nno end\n.\nNOOP' ]]
  answers 'XTND XMIT\nTo: a\n\nend\n.\nSTAT\n' \
    '+OK send the message, and a line with a dot after it' '+OK submitted' \
    '+OK 0 0'
  [[ $(<"$T/mta/message") == $'To: a\n\nend' ]]
}

@test "XTND XMIT: msmtp as sendmail delivers to a real server" {
  make_machine
  : >"$T/smtp.port"
  background smtp-sink "$T/smtp" >"$T/smtp.port"
  wait_until test -s "$T/smtp.port"
  printf '%s\n' 'account default' 'host 127.0.0.1' "port $(<"$T/smtp.port")" \
    'from joe@example.org' >"$HOME_DIR/.msmtprc"
  chmod 600 "$HOME_DIR/.msmtprc"
  own "$HOME_DIR/.msmtprc"
  # The package msmtp-mta installs such a link.
  ln -s "$(command -v msmtp)" "$T/sendmail"
  SENDMAIL=$T/sendmail serve_seed pop3d
  log_in
  submit 'To: ann@example.org' 'Subject: real' '' 'body' '..' .
  expect '+OK submitted'
  submit 'To: refused@example.org' '' 'body' .
  expect '-ERR \[SYS/PERM\]*'
  send QUIT
  expect '+OK*'
  grep -q '^MAIL FROM:<joe@example.org>' "$T/smtp"
  grep -q '^RCPT TO:<ann@example.org>' "$T/smtp"
  grep -q '^Subject: real$' "$T/smtp"
  (($(grep -c '^body$' "$T/smtp") == 1)) || fail "$(<"$T/smtp")"
  (($(grep -c '^\.\.$' "$T/smtp") == 1)) || fail "$(<"$T/smtp")"
}

@test "XTND XLIST header num: that header line of one message" {
  make_machine
  three_messages
  printf 'subject: long\n  and folded\nTo: x\n\nSubject: body\n' |
    deliver "$MAIL/cur" '1700000004.M4P1.test:2,S'
  serve_seed pop3d
  answers 'XTND XLIST Subject 4\r\nXTND xlist to 4\r\nXTND XLIST From 4\r\nXTND XLIST To 5\r\nDELE 4\r\nXTND XLIST To 4\r\n' \
    '+OK header lines follow' '4 subject: long' '  and folded' . \
    '+OK header lines follow' '4 To: x' . '+OK header lines follow' . \
    '-ERR no such message' '+OK deleted' '-ERR no such message'
}

@test "XTND XLIST header: one line of each unmarked message" {
  make_machine
  three_messages
  serve_seed pop3d
  answers 'DELE 2\r\nXTND XLIST subject\r\n' '+OK deleted' \
    '+OK header lines follow' '1 Subject: one' '3 Subject: one' .
}

@test "other extensions are refused" {
  make_machine
  serve_seed pop3d
  answers 'XTND\r\nXTND BBOARDS\r\nXTND XLIST\r\nXTND XLIST a b c\r\n' \
    '-ERR XTND wants an argument' '-ERR unknown extension' \
    '-ERR unknown extension' '-ERR surplus argument'
}

@test "-b is refused: pop3d has no bulletins" {
  refuses_to_start 'usage: pop3d *' pop3d -b /tmp
}
