#!/usr/bin/env bats
# While other programs change the Maildir, a session loses no message, mistakes
# none for another and deletes no wrong one.

load ../helpers/common
load ../helpers/pop3d

# rest_of_reply: prints the rest of a multi-line reply.
rest_of_reply() {
  local line=
  while [[ $line != . ]]; do
    expect '*'
    printf '%s\n' "$line"
  done
}

@test "RETR and TOP find a message renamed by another reader" {
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

@test "2,000 messages renamed at once are all found" {
  local i
  for ((i = 1; i <= 2000; i++)); do printf '%s\n' "$i" >"Maildir/new/$i.m"; done
  own Maildir
  serve "${POP3D[@]}"
  connect
  expect '+OK 2000 messages*'
  python3 -c 'import os
for i in range(1, 2001): os.rename(f"Maildir/new/{i}.m", f"Maildir/cur/{i}.m:2,S")'
  { printf 'RETR %s\r\n' {1..2000}; printf 'QUIT\r\n'; } >commands
  cat commands >&"$SOCKET" &
  timeout 60 cat <&"$SOCKET" | tr -d '\r' >out
  wait $!
  hang_up
  [ "$(tail -n 1 out)" = '+OK bye' ]
  grep -xE '[0-9]+' out >bodies
  seq 2000 | cmp - bodies
}

@test "duplicate names: neither message is taken for the other" {
  message older | deliver Maildir/cur 1.a:2,S
  touch -d '1 hour ago' Maildir/cur/1.a:2,S
  message newer | deliver Maildir/new 1.a
  serve "${POP3D[@]}" -n
  connect
  expect '+OK 2 messages*'
  # The older one is overwritten by the newer one, which takes its name.
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

@test "a message delivered during a session is left to the next" {
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

# obstructed INJECTION...: the last reply of a session with these injections
# that deletes message 1.
obstructed() {
  needs_strace
  local words=() injection
  for injection; do words+=(-e "inject=$injection"); done
  ASAN_OPTIONS=detect_leaks=0 over_pipe 'DELE 1\r\nQUIT\r\n' \
    strace -f -o trace -e trace=unlinkat,getdents64 "${words[@]}" \
    "${POP3D[@]}" | tr -d '\r' | tail -n 1
}

@test "QUIT reports no success without proof of the removal" {
  needs_strace
  message one | deliver Maildir/new 1.a
  # As if another program kept renaming the message: no removal finds it.
  [[ $(obstructed unlinkat:error=ENOENT) == '-ERR [SYS/TEMP]'* ]]
  [[ $(names new)$(names cur) == *1.a* ]]
  logged 'dele=0/0 left=1/47'
  # As if it were removed by others, and the directory could not be read.
  rm -f Maildir/maildir-pop3d.*
  [[ $(obstructed unlinkat:error=ENOENT getdents64:error=EIO:when=5+) == \
    '-ERR [SYS/TEMP]'* ]]
  logged 'unable to read a directory'
  [[ $(pop3d 'DELE 1\r\nQUIT\r\n' | tail -n 1) == '+OK bye' ]]
  [[ $(names new)$(names cur) == '' ]]
}

@test "without link and renameat2, QUIT overwrites no message" {
  needs_strace
  message one | deliver Maildir/new 1.a
  message two | deliver Maildir/new 2.b
  # A kernel before 5.8 has no faccessat2; some file systems have no links.
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
  logged 'unable to move a message from new/ to cur/: File exists'
}

@test "DELE spares another file renamed onto the message's name" {
  local round
  # The second round has an index.
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

@test "a message changed by another program is still deleted" {
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

@test "two sessions deleting the same messages both succeed" {
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

@test "every session lists every message despite flag changes" {
  needs_strace
  many 3000
  # With an index no message has to be opened.
  index
  cp -p Maildir/maildir-pop3d.cur known
  changes_flags
  local i
  for ((i = 0; i < 10; i++)); do
    cp -p known Maildir/maildir-pop3d.cur
    printf 'UIDL\r\n' | slowly "${POP3D[@]}" 2>>"$LOG" | grep -E '^[0-9]+ ' |
      cut -d' ' -f2 | sort -u >out
    (($(wc -l <out) == 3000)) || fail "only $(wc -l <out)"
  done
}

@test "timestamps in whole seconds: every message is listed" {
  ((EUID == 0)) || skip 'not root: no file system to make'
  needs_mount_namespace
  needs_strace
  command -v mkfs.ext4 >/dev/null || skip 'this machine: no mkfs.ext4'
  truncate -s 32M image
  # Inodes of 128 bytes have no room for fractions of a second.
  mkfs.ext4 -q -F -I 128 -N 8192 image 2>/dev/null
  unshare -m mount -o loop image Maildir 2>/dev/null || skip 'this machine: no loop device'
  export -f many own changes_flags background slowly
  export MAIL_UID MAIL_GID
  # shellcheck disable=SC2016  # for the inner shell
  unshare -m bash -c '
    set -e
    mount -o loop image Maildir
    mkdir Maildir/new Maildir/cur Maildir/tmp
    many 3001
    SERVERS=()
    "$@" </dev/null >/dev/null
    cp -p Maildir/maildir-pop3d.cur known
    changes_flags
    for i in 1 2 3 4 5; do
      cp -p known Maildir/maildir-pop3d.cur
      printf "UIDL\r\n" | slowly "$@" | grep -cE "^[0-9]+ " >>counts
    done
    stat -c %y Maildir/cur >times
    kill "${SERVERS[0]}"
    wait "${SERVERS[0]}" || true
  ' bash "${POP3D[@]}" 2>>"$LOG"
  grep -q '[.]000000000 ' times
  [[ $(sort -u counts) == 3001 ]] || fail "$(<counts)"
}

@test "a message moving to new and back to cur is seen" {
  needs_strace
  moves_away 2
  grep -q '^+OK 2 messages' out || fail "$(<out)"
}

@test "no reliable reading in 4 seconds is a temporary error" {
  needs_strace
  moves_away 1000
  grep -q '^-ERR [[]SYS/TEMP]' out || fail "$(<out)"
  logged 'unable to keep up with programs that change the Maildir'
}

@test "a message moving from cur to new during a scan is seen" {
  needs_strace
  message one | deliver Maildir/new 1.a
  message two | deliver Maildir/cur 2.b:2,
  read_maildir() { # OPTION of strace...
    ASAN_OPTIONS=detect_leaks=0 strace -f -o trace "$@" "${POP3D[@]}" </dev/null
  }
  # Each directory is rewound before it is read: the program stops before cur.
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

# last_opening BYTES: the number of the last openat of such a session, by which
# it opens a message.
last_opening() {
  needs_strace
  ASAN_OPTIONS=detect_leaks=0 over_pipe "$1" strace -f -o trace \
    -e trace=openat "${POP3D[@]}" -n >/dev/null
  grep 'openat(' trace | grep -n 'O_NOCTTY.* = [0-9]' | tail -n 1 | cut -d: -f1
}
# injected BYTES WHEN: a session in which the openat calls WHEN find no file.
injected() {
  ASAN_OPTIONS=detect_leaks=0 over_pipe "$1" strace -f -o trace \
    -e trace=openat -e "inject=openat:error=ENOENT:when=$2" "${POP3D[@]}" -n |
    tr -d '\r'
}

@test "a message renamed before every opening is not left out" {
  needs_strace
  message one | deliver Maildir/cur 1.a:2,S
  touch -d yesterday Maildir/cur
  local at
  at=$(last_opening '')
  rm -f Maildir/maildir-pop3d.*
  injected '' "$at..$((at + 7))" | grep -q '^+OK 1 messages'
  rm -f Maildir/maildir-pop3d.*
  # A program that renames would change the directory.  This one does so at
  # every moment, however busy the machine is.
  background nice -n -19 python3 -c '
import os, time
end = time.monotonic() + 30
while time.monotonic() < end:
    open("Maildir/cur/.busy", "w").close()
    os.remove("Maildir/cur/.busy")' 2>/dev/null
  injected '' "$at+" | grep -q '^-ERR [[]SYS/TEMP]'
  logged 'unable to keep up with programs that change the Maildir'
}

@test "RETR finds a message renamed at every look" {
  needs_strace
  message one | deliver Maildir/cur 1.a:2,S
  index
  local at
  at=$(last_opening 'RETR 1\r\n')
  injected 'RETR 1\r\n' "$at..$((at + 7))" | grep -qx 'body one'
  injected 'RETR 1\r\n' "$at+" | grep -q '^-ERR [[]SYS/TEMP]'
  logged 'unable to keep up with programs that change the Maildir'
}

# renamed_by_others, renamed_back: the renames of mbsync, of OfflineIMAP and of
# programs that add sizes; one message gets another place in the order.
renamed_by_others() {
  mv Maildir/new/1.a Maildir/cur/1.a,U=37:2,S
  mv Maildir/cur/2.b:2,S Maildir/new/2.b,U=4,FMD5=abc:2,S
  mv Maildir/cur/3.c:2,S Maildir/cur/3.c,S=51:2,RS
  mv Maildir/cur/4.d:2,S Maildir/cur/0.first:2,S
}
renamed_back() {
  mv Maildir/cur/1.a,U=37:2,S Maildir/new/1.a
  mv Maildir/new/2.b,U=4,FMD5=abc:2,S Maildir/cur/2.b:2,S
  mv Maildir/cur/3.c,S=51:2,RS Maildir/cur/3.c:2,S
  mv Maildir/cur/0.first:2,S Maildir/cur/4.d:2,S
}

@test "RETR and DELE find messages renamed before the colon" {
  message one | deliver Maildir/new 1.a
  message two | deliver Maildir/cur 2.b:2,S
  message three | deliver Maildir/cur 3.c:2,S
  message four | deliver Maildir/cur 4.d:2,S
  local round
  for round in scanned indexed; do
    if [[ $round == indexed ]]; then index; fi
    serve "${POP3D[@]}" -n
    connect
    expect '+OK 4 messages*'
    renamed_by_others
    send 'RETR 4\r\nRETR 1\r\nUIDL 4\r\nUIDL 1'
    expect '+OK 49 octets'
    rest_of_reply | grep -qx 'body four'
    expect '+OK 47 octets'
    rest_of_reply | grep -qx 'body one'
    expect '+OK 4 4.d'
    expect '+OK 1 1.a'
    if [[ $round == scanned ]]; then
      renamed_back
      hang_up
      stop_servers
    fi
  done
  : >"$LOG"
  send 'DELE 1\r\nDELE 2\r\nDELE 3\r\nQUIT'
  for _ in 1 2 3; do expect '+OK deleted'; done
  expect '+OK bye'
  expect_end
  [[ $(names new)$(names cur) == '0.first:2,S ' ]]
  logged 'dele=3/145 left=1/49'
}

@test "QUIT removes a message and a link made during the session" {
  message one | deliver Maildir/new 1.a
  message two | deliver Maildir/new 2.b
  serve "${POP3D[@]}" -n
  connect
  expect '+OK 2 messages*'
  ln Maildir/new/1.a Maildir/cur/1.a:2,S
  ln Maildir/new/2.b Maildir/cur/2.b,U=3:2,S
  send 'DELE 1\r\nDELE 2\r\nQUIT'
  expect '+OK deleted'
  expect '+OK deleted'
  expect '+OK bye'
  expect_end
  [[ $(names new)$(names cur) == '' ]]
}

@test "an entry impossible to open does not prevent a session" {
  needs_strace
  message one | deliver Maildir/new 1.a
  message two | deliver Maildir/new 2.b
  touch -d '1 minute ago' Maildir/new Maildir/cur
  ASAN_OPTIONS=detect_leaks=0 over_pipe 'STAT\r\nQUIT\r\n' strace -f -o trace \
    -e trace=openat -P "$PWD/Maildir/new/2.b" -P 2.b \
    -e inject=openat:error=ENOENT "${POP3D[@]}" -n >out
  grep -q 'INJECTED' trace
  grep -q '^+OK 1 47' out
  logged 'event=unreadable messages=1 cause=.* file=new/2.b'
}

@test "QUIT spares a new file with a removed message's inode" {
  message one | deliver Maildir/cur 1.a:2,S
  serve "${POP3D[@]}"
  connect
  expect '+OK 1 messages*'
  local inode i another
  inode=$(stat -c %i Maildir/cur/1.a:2,S)
  rm Maildir/cur/1.a:2,S
  for ((i = 0; i < 200; i++)); do echo another >"Maildir/cur/2.$i:2,S"; done
  own Maildir/cur
  another=$(find Maildir/cur -inum "$inode")
  [[ $another ]] || skip 'this machine: its file system uses no inode again soon'
  send 'RETR 1\r\nDELE 1\r\nQUIT'
  expect '-ERR the message is gone'
  expect '+OK deleted'
  expect '+OK bye'
  expect_end
  [[ -e $another ]]
}

@test "QUIT logs as deleted only removed messages" {
  needs_strace
  local round left
  for round in 1 2 3; do
    rm -rf Maildir
    make_maildir Maildir
    many 2000
    index
    : >"$LOG"
    changes_flags
    { printf 'DELE %s\r\n' {1..2000}; printf 'QUIT\r\n'; } |
      slowly "${POP3D[@]}" 2>>"$LOG" | tail -n 1 | tr -d '\r' >out
    stop_servers
    left=$(names cur | wc -w)
    logged "dele=$((2000 - left))/"
    if [[ $(<out) == '+OK bye' ]]; then
      ((left == 0)) || fail "+OK, and $left are left"
    else
      [[ $(<out) == '-ERR [SYS/TEMP]'* ]]
    fi
  done
}
