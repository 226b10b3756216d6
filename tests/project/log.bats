#!/usr/bin/env bats
# bats file_tags=libc
# Every line of maildir-pop3d's log is key=value, and a warning names the user
# and the file.

load ../helpers/common
load ../helpers/chain
load ../helpers/pop3d

# key_value: every line of the log is an event followed only by fields.
key_value() {
  local value='("([^"\\]|\\.)*"|[A-Za-z0-9._@/:+-]+)'
  ! grep -vE "^maildir-pop3d: event=[a-z]+( [a-z_]+=$value)*\$" "$LOG" ||
    fail 'not key=value'
}

# warned CAUSE FILE: the log has this warning, or other $EVENT, with joe as the
# user.
EVENT=warning
warned() {
  logged "event=$EVENT cause=\"unable to $1.*\" errno=[0-9]* file=$2 user=joe\$"
}

three_messages() {
  message one | deliver Maildir/new 1.a
  message two | deliver Maildir/cur 2.b:2,S
  message three | deliver Maildir/new 3.c
}

@test "every warning is key=value and names user and file" {
  three_messages
  printf '1000S\n100 3\n' >Maildir/maildirsize
  own Maildir
  chmod 000 Maildir/maildirsize
  pop3d 'DELE 2\r\nQUIT\r\n' -u joe | grep -qx '+OK bye'
  warned 'open maildirsize: Permission denied' maildirsize
  message four | deliver Maildir/new 4.d
  chmod 555 Maildir/new Maildir/cur Maildir
  pop3d 'DELE 1\r\nQUIT\r\n' -u joe --login-delay 1 | grep -q '^-ERR .SYS/TEMP'
  warned 'remove a message: Permission denied' '"cur/1.a:2,"'
  warned 'move a message from new/ to cur/: Permission denied' new/4.d
  warned 'keep maildir-pop3d.login: Permission denied' maildir-pop3d.login
  chmod 755 Maildir Maildir/new Maildir/cur
  key_value
}

@test "an unreadable message is logged with its user" {
  three_messages
  index
  chmod 000 Maildir/new/3.c
  : >"$LOG"
  pop3d 'RETR 3\r\nTOP 3 1\r\nQUIT\r\n' -u joe -n >replies
  if grep -q '^+OK 3 ' replies; then
    EVENT=unreadable warned 'open a message: Permission denied' new/3.c
  else
    logged 'event=unreadable .* file=new/3.c user=joe$'
  fi
  key_value
}

@test "a submission and a bulletin are logged with their user" {
  open_folders
  mkdir bulletins
  printf 'From x\nTo: all\n\nb\n' >bulletins/4294967296.over
  chmod -R a+rX bulletins
  printf 0 >.popbull
  own .
  printf '#!/bin/sh\nexit 0\n' >"$T/sendmail"
  chmod 755 "$T/sendmail"
  SENDMAIL=$T/sendmail pop3d 'XTND XMIT\r\nTo: a\r\n\r\nb\r\n.\r\nQUIT\r\n' \
    -u joe -x -b "$T/bulletins" | tail -n 1 | grep -qx '+OK bye'
  logged 'event=submit result=[a-z]* bytes=[0-9]* user=joe$'
  logged 'event=bulletin cause=number file=4294967296.over user=joe$'
  key_value
}

@test "a refusal by --lock is event=busy, not a failure" {
  serve "${POP3D[@]}" --lock
  connect
  expect '+OK*'
  pop3d '' --lock -u joe -r 192.0.2.7 | grep -q '^-ERR .IN-USE'
  logged "event=busy cause=lock maildir=$T/Maildir uid=$MAIL_UID user=joe ip=192.0.2.7\$"
  (! grep -q event=fail "$LOG")
  hang_up
}
