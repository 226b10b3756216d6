#!/usr/bin/env bats
# QUIT deletes the marked messages and nothing else, accounts for them in
# maildirsize, and no other end of a session deletes without -c.
# shellcheck disable=SC2030,SC2031  # each test is a subshell of its own

load ../helpers/common
load ../helpers/pop3d

three_messages() {
  message one | deliver Maildir/new 1.a
  message two | deliver Maildir/cur 2.b:2,S
  message three | deliver Maildir/new 3.c
}

@test "QUIT removes marked messages and moves the rest to cur" {
  three_messages
  answers 'DELE 1\r\nDELE 2\r\nQUIT\r\n' '+OK deleted' '+OK deleted' '+OK bye'
  [[ $(names new) == '' ]]
  [[ $(names cur) == '3.c:2, ' ]]
}

@test "without QUIT nothing changes" {
  three_messages
  pop3d 'DELE 1\r\nDELE 2\r\nRETR 3\r\n' >/dev/null
  [[ $(names new) == '1.a 3.c ' ]]
  [[ $(names cur) == '2.b:2,S ' ]]
  logged 'event=close reason=eof'
}

@test "a QUIT without a line end is not run" {
  three_messages
  pop3d 'DELE 1\r\nQUIT' >/dev/null
  [[ $(names new) == '1.a 3.c ' ]]
}

@test "RSET before QUIT keeps everything" {
  three_messages
  pop3d 'DELE 1\r\nDELE 2\r\nRSET\r\nQUIT\r\n' -n >/dev/null
  [[ $(names new)$(names cur) == '1.a 3.c 2.b:2,S ' ]]
}

@test "-n leaves messages in new, and deletes them there" {
  three_messages
  pop3d 'DELE 1\r\nQUIT\r\n' -n >/dev/null
  [[ $(names new) == '3.c ' ]]
}

@test "a file in new with flags keeps them in cur" {
  message one | deliver Maildir/new 1.a:2,F
  pop3d 'QUIT\r\n' >/dev/null
  [[ $(names cur) == '1.a:2,F ' ]]
}

@test "a move to cur never replaces another file" {
  message one | deliver Maildir/new 1.a
  serve "${POP3D[@]}"
  connect
  expect '+OK 1 messages*'
  message another | deliver Maildir/cur 1.a:2,
  send QUIT
  expect '+OK bye'
  expect_end
  [[ $(names new)$(names cur) == '1.a 1.a:2, ' ]]
  grep -q one Maildir/new/1.a
  grep -q another Maildir/cur/1.a:2,
}

@test "-c deletes marked messages at end of file and on timeout" {
  three_messages
  pop3d 'DELE 1\r\n' -c >/dev/null
  [[ $(names new)$(names cur) == '2.b:2,S 3.c:2, ' ]]
  # The client stays connected, but sends nothing more.
  mkfifo silent
  exec 7<>silent
  printf 'DELE 1\r\n' >&7
  timeout 20 "${POP3D[@]}" -c -t 1 <silent >/dev/null 2>>"$LOG" 7>&-
  exec 7>&-
  logged reason=timeout
  [[ $(names cur) == '3.c:2, ' ]]
}

@test "a marked message already gone at QUIT counts as deleted" {
  three_messages
  serve "${POP3D[@]}"
  connect
  expect '+OK*'
  send 'DELE 1\r\nNOOP'
  expect '+OK deleted'
  expect '+OK'
  rm Maildir/new/1.a
  send QUIT
  expect '+OK bye'
  expect_end
  [[ $(names cur) == '2.b:2,S 3.c:2, ' ]]
}

@test "a message renamed by another reader is still deleted" {
  three_messages
  serve "${POP3D[@]}"
  connect
  expect '+OK*'
  send 'DELE 1\r\nDELE 2\r\nNOOP'
  expect '+OK deleted'
  expect '+OK deleted'
  expect '+OK'
  mv Maildir/new/1.a Maildir/cur/1.a:2,RS
  mv Maildir/cur/2.b:2,S Maildir/cur/2.b:2,FS
  send QUIT
  expect '+OK bye'
  expect_end
  [[ $(names new)$(names cur) == '3.c:2, ' ]]
}

@test "a failed unlink: one -ERR for QUIT, the others are removed" {
  three_messages
  chmod 555 Maildir/new
  # -ERR and nothing after it.
  answers 'DELE 1\r\nDELE 2\r\nQUIT\r\n' '+OK deleted' '+OK deleted' \
    '-ERR [SYS/TEMP] some messages were not removed'
  chmod 755 Maildir/new
  [[ $(names new)$(names cur) == '1.a 3.c ' ]]
  logged 'unable to remove a message'
  logged 'dele=1/[0-9]* left=2/'
}

@test "maildirsize gets one line for all removed messages" {
  printf 'x\n' | deliver Maildir/new 1.a
  printf 'xy\n' | deliver Maildir/cur '2.b,S=300:2,S'
  printf 'xyz\n' | deliver Maildir/cur 3.c:2,ST
  printf 'stays\n' | deliver Maildir/cur 4.d:2,
  printf '1000S,10C\n500 5\n' >Maildir/maildirsize
  own Maildir
  pop3d 'DELE 1\r\nDELE 2\r\nDELE 3\r\nQUIT\r\n' >/dev/null
  [[ $(<Maildir/maildirsize) == $'1000S,10C\n500 5\n-302 -2' ]]
}

@test "maildirsize is never created, a symbolic link not followed" {
  three_messages
  pop3d 'DELE 1\r\nQUIT\r\n' >/dev/null
  [[ ! -e Maildir/maildirsize ]]
  : >elsewhere
  own elsewhere
  ln -s ../elsewhere Maildir/maildirsize
  pop3d 'DELE 1\r\nQUIT\r\n' >/dev/null
  [[ ! -s elsewhere ]]
}

# quota_becomes OLD NEW [option...]: deleting a message of 24 bytes changes
# maildirsize from OLD to NEW (formats of printf).
quota_becomes() {
  local old=$1 new=$2
  shift 2
  printf '%23s\n' x | deliver Maildir/new "$((++DELIVERED)).q"
  printf %b "$old" >Maildir/maildirsize
  own Maildir
  printf %b "$new" >wanted
  pop3d 'DELE 1\r\nQUIT\r\n' "$@" >/dev/null
  [[ $(names new)$(names cur) == '' ]]
  cmp wanted Maildir/maildirsize
}

@test "maildirsize: an unterminated last line is ended first" {
  quota_becomes '1000S,10C\n50 2' '1000S,10C\n50 2\n-24 -1\n'
  quota_becomes '1000S\n' '1000S\n-24 -1\n'
}

@test "maildirsize: unchanged without a quota in its first line" {
  local bad
  for bad in '' '10000S,10C' '50 2\n' '\n50 2\n' 'S\n50 2\n' \
    '10000\n50 2\n' '10S,x\n' "$(printf '%0300dS' 1)\\n"; do
    quota_becomes "$bad" "$bad"
  done
  (($(grep -vc event=close "$LOG") == 0)) || fail 'nothing was to be said'
  quota_becomes '50 2\n' '50 2\n' -v
  logged 'event=warning cause="unable to find a quota in the first line" file=maildirsize user='
}

# last_reply_within LIMIT BYTES: prints the last reply of a session whose files
# may not exceed LIMIT.
last_reply_within() {
  # The log goes through a pipe, because the limit also applies to a log file.
  printf '%b' "$2" |
    { as_user prlimit --fsize="$1" maildir-pop3d -a 2>&1 >&3 |
      cat >>"$LOG"; } 3>&1 | tail -n 1
}

@test "maildirsize: a half-written line is undone" {
  local size
  three_messages
  printf '1000S,10C\n500 5\n' >Maildir/maildirsize
  own Maildir
  size=$(stat -c %s Maildir/maildirsize)
  [[ $(last_reply_within $((size + 3)) 'DELE 1\r\nQUIT\r\n') == $'+OK bye\r' ]]
  logged 'unable to write maildirsize: File too large'
  (($(grep -c '^-' Maildir/maildirsize) == 0)) || fail 'half a line stayed'
  pop3d 'DELE 1\r\nQUIT\r\n' >/dev/null
  [[ $(grep . Maildir/maildirsize) == $'1000S,10C\n500 5\n-'[0-9]*' -1' ]]
}

@test "maildirsize: an interrupted write is repeated" {
  needs_strace
  three_messages
  printf '1000S,10C\n' >Maildir/maildirsize
  own Maildir
  printf 'DELE 1\r\nQUIT\r\n' |
    ASAN_OPTIONS=detect_leaks=0 strace -f -o trace -P Maildir/maildirsize \
      -e trace=write -e inject=write:error=EINTR:when=1 \
      "${POP3D[@]}" >/dev/null 2>>"$LOG"
  grep -q 'EINTR.*INJECTED' trace
  [[ $(wc -l <Maildir/maildirsize) == 2 ]]
  grep -q '^-[0-9]* -1$' Maildir/maildirsize
}

@test "a file size limit does not end QUIT halfway" {
  three_messages
  printf '1000S,10C\n' >Maildir/maildirsize
  own Maildir
  [[ $(last_reply_within 0 'DELE 1\r\nDELE 2\r\nQUIT\r\n') == $'+OK bye\r' ]]
  [[ $(names new)$(names cur) == '3.c:2, ' ]]
  logged 'write maildirsize: '
}

@test "only deletions touch maildirsize" {
  three_messages
  printf '1000S,10C\n' >Maildir/maildirsize
  own Maildir
  pop3d 'RETR 1\r\nQUIT\r\n' >/dev/null
  [[ $(<Maildir/maildirsize) == 1000S,10C ]]
}

# A unit test shows the removal (maildir-pop3d/mailbox/update): no test over the
# wire can set a ctime.
@test "files in tmp with a ctime of the last 36 hours stay" {
  message old | deliver Maildir/tmp old
  message dot | deliver Maildir/tmp .old
  touch -d '40 hours ago' Maildir/tmp/{old,.old}
  mkdir Maildir/tmp/folder
  pop3d 'QUIT\r\n' >/dev/null
  [[ $(names tmp) == '.old folder old ' ]]
}

@test "a second link to a message is deleted with it" {
  message twice | deliver Maildir/new 1.a
  ln Maildir/new/1.a Maildir/cur/1.a:2,S
  printf '1000S,10C\n' >Maildir/maildirsize
  own Maildir
  answers 'STAT\r\nDELE 1\r\nQUIT\r\n' '+OK 1 51' '+OK deleted' '+OK bye'
  [[ $(names new)$(names cur) == '' ]]
  [[ $(wc -l <Maildir/maildirsize) == 2 ]]
}

@test "a thousand messages are deleted in one session" {
  for ((i = 1; i <= 1000; i++)); do printf 'x\n' >"Maildir/new/$i.m"; done
  own Maildir
  local commands
  commands=$(printf 'DELE %s\\r\\n' {1..1000})
  [[ $(pop3d "${commands}QUIT\r\n" | grep -c '^+OK deleted') == 1000 ]]
  [[ $(names new)$(names cur) == '' ]]
}

# deleted: the ids and files of the lines event=deleted, and the event after
# them.
deleted() {
  sed -n 's/^.*event=deleted //p; s/^.*event=close.*/close/p' "$LOG"
}

@test "--log-ids: a line for each removed message" {
  three_messages
  pop3d 'DELE 1\r\nDELE 2\r\nQUIT\r\n' --log-ids -u joe -r 192.0.2.7 >/dev/null
  [[ $(deleted) == "id=1.a octets=47 file=new/1.a user=joe ip=192.0.2.7
id=2.b octets=47 file=\"cur/2.b:2,S\" user=joe ip=192.0.2.7
close" ]] || fail "$(deleted)"
}

@test "--log-ids: only with the option, only removed messages" {
  three_messages
  pop3d 'DELE 1\r\nRSET\r\nQUIT\r\n' --log-ids >/dev/null
  pop3d 'DELE 1\r\n' --log-ids >/dev/null
  pop3d 'DELE 1\r\nQUIT\r\n' >/dev/null
  [[ $(deleted) == $'close\nclose\nclose' ]]
  # Another session was faster; -c counts as QUIT.
  serve "${POP3D[@]}" --log-ids -c
  connect
  expect '+OK 2 messages*'
  send 'DELE 1'
  expect '+OK*'
  send 'DELE 2'
  expect '+OK*'
  rm Maildir/cur/2.b:2,S
  hang_up
  logged 'event=deleted id=3.c '
  (($(grep -c event=deleted "$LOG") == 1))
}

@test "--log-ids: renamed, linked and oddly named messages" {
  message one | deliver Maildir/cur 1.a:2,
  message odd | deliver Maildir/cur $'2.\e[31m"x y:2,'
  message two | deliver Maildir/new 3.c
  ln Maildir/new/3.c Maildir/cur/3.c:2,
  serve "${POP3D[@]}" --log-ids
  connect
  expect '+OK 3 messages*'
  for n in 1 2 3; do
    send "DELE $n"
    expect '+OK*'
  done
  mv Maildir/cur/1.a:2, Maildir/cur/1.a:2,S
  send QUIT
  expect '+OK bye'
  expect_end
  logged event=close
  [[ $(names new)$(names cur) == '' ]]
  (($(grep -c event=deleted "$LOG") == 3))
  logged 'event=deleted id=1.a octets=47 file="cur/1.a:2,S" '
  logged 'event=deleted id=[0-9a-f]*: octets=47 file="cur/2.\\x1b\[31m\\"x y:2," '
  logged 'event=deleted id=3.c '
}

@test "--log-ids: what could not be removed has no line" {
  needs_strace
  three_messages
  # The first unlinkat fails.
  POP3D=("${AS_USER[@]}" strace -f -o trace -e inject=unlinkat:error=EIO:when=1
    maildir-pop3d -a)
  chmod 777 .
  ASAN_OPTIONS=detect_leaks=0 pop3d 'DELE 1\r\nDELE 2\r\nQUIT\r\n' --log-ids >out
  grep -q '^-ERR [[]SYS/TEMP]' out
  (($(grep -c event=deleted "$LOG") == 1))
  logged 'event=deleted id=2.b '
}

@test "--log-ids: a log that nobody reads delays no client" {
  many 2000
  mkfifo log-pipe
  exec 8<>log-pipe
  local deletions
  deletions=$(printf 'DELE %s\\r\\n' {1..2000})
  printf '%b' "${deletions}QUIT\r\n" |
    timeout "$PATIENCE" "${POP3D[@]}" --log-ids 2>log-pipe | tail -n 1 >out
  exec 8>&-
  [[ $(tr -d '\r' <out) == '+OK bye' ]]
  [[ $(names cur) == '' ]]
}

@test "--log-ids takes no value: exit 111" {
  run "${POP3D[@]}" --log-ids=yes </dev/null
  ((status == 111))
  [[ $output == *'this option takes no value: --log-ids=yes'* ]]
}
