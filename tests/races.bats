#!/usr/bin/env bats
# Other programs at work in the Maildir while a session lasts.

load helpers/common
load helpers/pop3d

# Prints a reply to the dot that ends it.
rest_of_reply() {
  local line=
  while [[ $line != . ]]; do
    expect '*'
    printf '%s\n' "$line"
  done
}

@test "RETR and TOP find a message that another reader renamed" {
  message one | deliver Maildir/new 1.a
  message two | deliver Maildir/cur 2.b:2,
  serve "${POP3D[@]}"
  connect
  expect '+OK 2 messages*'
  mv Maildir/new/1.a Maildir/cur/1.a:2,S
  mv Maildir/cur/2.b:2, Maildir/cur/2.b:2,RS
  send 'RETR 1'
  expect '+OK 47 octets'
  rest_of_reply
  mv Maildir/cur/2.b:2,RS Maildir/cur/2.b:2,RST
  send 'TOP 2 0\r\nUIDL 2'
  expect '+OK top*'
  expect 'From:*'
  expect 'Subject: two'
  expect ''
  expect .
  expect '+OK 2 2.b'
  hang_up
}

@test "every message of many that were renamed at once is found" {
  for ((i = 1; i <= 2000; i++)); do printf '%s\n' "$i" >"Maildir/new/$i.m"; done
  own Maildir
  serve "${POP3D[@]}"
  connect
  expect '+OK 2000 messages*'
  (cd Maildir/new && for name in *; do mv "$name" "../cur/$name:2,S"; done)
  { printf 'RETR %s\r\n' {1..2000}; printf 'QUIT\r\n'; } >commands
  cat commands >&"$SOCKET" &
  timeout 60 cat <&"$SOCKET" | tr -d '\r' >out
  wait $!
  hang_up
  [ "$(tail -n 1 out)" = '+OK bye' ]
  grep -xE '[0-9]+' out >bodies
  seq 2000 | cmp - bodies
}

@test "of two messages with one name, neither is taken for the other" {
  message older | deliver Maildir/cur 1.a:2,S
  touch -d '1 hour ago' Maildir/cur/1.a:2,S
  message newer | deliver Maildir/new 1.a
  serve "${POP3D[@]}" -n
  connect
  expect '+OK 2 messages*'
  # The older one goes, the newer one takes its very name.
  mv Maildir/new/1.a* Maildir/cur/1.a:2,S
  send 'RETR 1\r\nDELE 1\r\nRETR 2'
  expect '-ERR the message is gone'
  expect '+OK deleted'
  expect '+OK * octets'
  rest_of_reply >reply
  [[ $(grep body reply) == 'body newer' ]]
  send QUIT
  expect '+OK bye'
  expect_end
  grep -q newer Maildir/cur/1.a:2,S
}

@test "a message delivered during a session waits for the next one" {
  message one | deliver Maildir/new 10.a
  serve "${POP3D[@]}"
  connect
  expect '+OK 1 messages*'
  message early | deliver Maildir/new 1.b
  send 'STAT\r\nUIDL 1\r\nDELE 1\r\nQUIT'
  expect '+OK 1 47'
  expect '+OK 1 10.a'
  expect '+OK deleted'
  expect '+OK bye'
  expect_end
  [[ $(names new) == '1.b ' ]]
}

# obstructed INJECTION...: the last reply where DELE 1 meets such system calls.
obstructed() {
  strace -o /dev/null true || skip 'strace is not allowed here'
  local words=() injection
  for injection; do words+=(-e "inject=$injection"); done
  ASAN_OPTIONS=detect_leaks=0 over_pipe 'DELE 1\r\nQUIT\r\n' \
    strace -f -o trace -e trace=unlinkat,getdents64 "${words[@]}" \
    "${POP3D[@]}" | tr -d '\r' | tail -n 1
}

@test "QUIT is content only where the message is gone for sure" {
  message one | deliver Maildir/new 1.a
  # What another program keeps renaming is never there when it is removed.
  [[ $(obstructed unlinkat:error=ENOENT) == '-ERR [SYS/TEMP]'* ]]
  [[ $(names new)$(names cur) == *1.a* ]]
  log_has 'dele=0/0 left=1/47'
  # Removed behind our back, it cannot be looked for.
  rm -f Maildir/maildir-pop3d.*
  [[ $(obstructed unlinkat:error=ENOENT getdents64:error=EIO:when=5+) == \
    '-ERR [SYS/TEMP]'* ]]
  log_has 'unable to read a directory'
  [[ $(pop3d 'DELE 1\r\nQUIT\r\n' | tail -n 1) == '+OK bye' ]]
  [[ $(names new)$(names cur) == '' ]]
}

@test "QUIT moves no message onto another where the file system can only rename" {
  strace -o /dev/null true || skip 'strace is not allowed here'
  message one | deliver Maildir/new 1.a
  message two | deliver Maildir/new 2.b
  # As a kernel before 5.8 (no faccessat2), and a file system without links.
  serve strace -f -o trace \
    -e trace=renameat2,linkat,faccessat2 -e inject=renameat2:error=EINVAL \
    -e inject=linkat:error=EPERM -e inject=faccessat2:error=ENOSYS \
    "${POP3D[@]}"
  connect
  expect '+OK 2 messages*'
  message another | deliver Maildir/cur 1.a:2,
  send QUIT
  expect '+OK bye'
  expect_end
  grep -q 'linkat.*INJECTED' trace
  grep -qx 'body another' Maildir/cur/1.a:2,
  [[ $(names new) == '1.a ' && $(names cur) == '1.a:2, 2.b:2, ' ]]
  log_has 'unable to move a message from new/ to cur/: File exists'
}

@test "DELE spares another file that was renamed onto the message's name" {
  local round
  # With an index, too, in the second round.
  for round in scanned indexed; do
    message one | deliver Maildir/cur 1.a:2,
    if [[ $round == indexed ]]; then
      pop3d 'QUIT\r\n' >/dev/null
      wait_until test -e Maildir/maildir-pop3d.cur
    fi
    serve "${POP3D[@]}"
    connect
    expect '+OK 1 messages*'
    message another | deliver Maildir/tmp other
    mv Maildir/tmp/other Maildir/cur/1.a:2,
    send 'RETR 1\r\nDELE 1\r\nQUIT'
    expect '+OK 55 octets'
    rest_of_reply | grep -qx 'body another'
    expect '+OK deleted'
    expect '+OK bye'
    expect_end
    [[ $(names cur) == '1.a:2, ' ]]
    rm Maildir/cur/1.a:2,
    hang_up
    stop_servers
  done
}

@test "a message whose content another program changed is still deleted" {
  message one | deliver Maildir/cur 1.a:2,
  serve "${POP3D[@]}"
  connect
  expect '+OK 1 messages*'
  printf 'more\n' >>Maildir/cur/1.a:2,
  send 'DELE 1\r\nQUIT'
  expect '+OK deleted'
  expect '+OK bye'
  expect_end
  [[ $(names cur) == '' ]]
}

@test "two sessions that delete the same messages are both content" {
  message one | deliver Maildir/new 1.a
  message two | deliver Maildir/new 2.b
  serve "${POP3D[@]}"
  connect
  expect '+OK 2 messages*'
  send 'DELE 1\r\nDELE 2\r\nNOOP'
  expect '+OK deleted'
  expect '+OK deleted'
  expect '+OK'
  pop3d 'DELE 1\r\nQUIT\r\n' | grep -qx '+OK bye'
  send QUIT
  expect '+OK bye'
  expect_end
  [[ $(names new)$(names cur) == '' ]]
}

@test "no message is lost from sight while another program renames them" {
  for ((i = 1; i <= 300; i++)); do printf 'x\n' >"Maildir/cur/$i.m:2,"; done
  own Maildir
  background python3 -c '
import os, time
os.chdir("Maildir/cur")
flags = [":2,", ":2,S"]
turn = 0
while True:
    for i in range(1, 301):
        os.rename(f"{i}.m{flags[turn]}", f"{i}.m{flags[1 - turn]}")
        time.sleep(0.0002)
    turn = 1 - turn
'
  for ((i = 0; i < 100; i++)); do
    pop3d 'UIDL\r\n' | grep -E '^[0-9]+ ' | cut -d' ' -f2 | sort -u >out
    (($(wc -l <out) == 300)) || fail "only $(wc -l <out)"
  done
  stop_servers
}

@test "a message that moves from cur to new while both are read is seen" {
  message one | deliver Maildir/new 1.a
  message two | deliver Maildir/cur 2.b:2,
  read_maildir() { # OPTION of strace...
    ASAN_OPTIONS=detect_leaks=0 strace -f -o trace "$@" "${POP3D[@]}" </dev/null
  }
  # Each is rewound before it is read: the program stops in front of cur.
  read_maildir -e trace=openat,lseek >/dev/null 2>>"$LOG"
  local cur rewound
  cur=$(grep -E 'openat\([0-9]+, .*O_DIRECTORY' trace | sed -n '2s/.* = //p')
  rewound=$(grep -F 'lseek(' trace | grep -nF "lseek($cur," | head -n 1)
  rm -f Maildir/maildir-pop3d.* trace
  background read_maildir -e trace=lseek \
    -e "inject=lseek:signal=STOP:when=${rewound%%:*}" \
    >out 2>>"$LOG"
  wait_until grep -q 'stopped by SIGSTOP' trace
  mv Maildir/cur/2.b:2, Maildir/new/2.b
  kill -CONT "$(sed -n 's/^\([0-9]*\) *--- stopped by SIGSTOP.*/\1/p' trace)"
  wait "${SERVERS[-1]}"
  grep -q '^+OK 2 messages' out
}
