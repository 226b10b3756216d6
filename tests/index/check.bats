#!/usr/bin/env bats
# maildir-pop3d --check reports each difference between the messages and their
# indexes or the sizes in their names, and nothing else.

load ../helpers/common
load ../helpers/pop3d

# mailbox: five messages in cur, one in new.
mailbox() {
  local i
  for ((i = 1; i <= 5; i++)); do
    printf '%s\n' "$i" | deliver Maildir/cur "$i.m:2,S"
  done
  printf 'x\n' | deliver Maildir/new 6.n
}

# reports STATUS LINE...: --check prints these lines, in this order.
reports() {
  local wanted=$1 got
  shift
  got=0
  "${AS_USER[@]}" maildir-pop3d --check >out || got=$?
  printf '%s\n' "$@" | diff - out
  ((got == wanted)) || fail "exit code $got"
}

@test "a sound Maildir has no differences in any state of its index" {
  mailbox
  reports 0 'new: 1 messages, 3 octets; index absent' \
    'cur: 5 messages, 15 octets; index absent' '0 differences'
  index
  reports 0 'new: 1 messages, 3 octets; index current' \
    'cur: 5 messages, 15 octets; index current' '0 differences'
  mv Maildir/cur/2.m:2,S Maildir/cur/2.m:2,RS
  printf 'x\n' | deliver Maildir/new 7.n
  reports 0 'new: 2 messages, 6 octets; index outdated' \
    'cur: 5 messages, 15 octets; index outdated' '0 differences'
}

@test "wrong octets, names and totals in an index are reported" {
  mailbox
  index
  index_tool.py forge Maildir/maildir-pop3d.cur octets:1=9 octets:2=9 \
    name:3=4.x name:4=5.m octets=27
  reports 1 'new: 1 messages, 3 octets; index current' \
    'cur: 5 messages, 15 octets; index current' \
    '"cur/2.m:2,S": makes 3 octets, its index says 9' \
    '"cur/3.m:2,S": makes 3 octets, its index says 9' \
    '"cur/4.m:2,S": not in its index' \
    'cur/4.x: in its index alone' \
    '"cur/5.m:2,S": another file in its index' \
    '5 differences'
  rm Maildir/maildir-pop3d.cur
  index
  index_tool.py forge Maildir/maildir-pop3d.cur octets=16
  reports 1 'new: 1 messages, 3 octets; index current' \
    'cur: 5 messages, 15 octets; index current' \
    'cur: the index is damaged or does not add up' '1 difference'
}

@test "a message changed in place is reported" {
  mailbox
  index
  printf 'more\n' >>Maildir/cur/2.m:2,S
  reports 1 'new: 1 messages, 3 octets; index current' \
    'cur: 5 messages, 21 octets; index current' \
    '"cur/2.m:2,S": makes 9 octets, its index says 3' '1 difference'
}

@test "a damaged index is a difference, another version is not" {
  mailbox
  index
  printf 'x' | dd of=Maildir/maildir-pop3d.cur bs=1 seek=5000 conv=notrunc \
    status=none
  index_tool.py forge Maildir/maildir-pop3d.new magic=popchain-index9
  reports 1 \
    'new: 1 messages, 3 octets; index of another version or damaged' \
    'cur: 5 messages, 15 octets; index current' \
    'cur: the index is damaged or does not add up' '1 difference'
}

@test "wrong sizes in names and unreadable files are reported" {
  mailbox
  printf 'one\ntwo\n' | deliver Maildir/cur '8.S,S=8,W=11:2,'
  printf 'one\ntwo\n' | deliver Maildir/cur '9.S,S=8,W=10:2,'
  printf 'one\n' | deliver Maildir/cur '9.T'
  chmod 000 Maildir/cur/9.T
  "${AS_USER[@]}" maildir-pop3d --check >out || (($? == 1))
  sed -n '/octets;/!p' out | sort >sorted
  printf '%s\n' '"cur/8.S,S=8,W=11:2,": makes 10 octets, its name says 11' \
    '2 differences' 'cur/9.T: cannot be read: Permission denied' |
    diff - sorted
}

@test "each entry other than a file is named" {
  mailbox
  mkdir Maildir/new/7.d
  ln -s 6.n Maildir/new/8.l
  ln -s 6.n Maildir/cur/9.l
  mkfifo Maildir/cur/10.f
  mkdir Maildir/cur/.hidden
  as_user maildir-pop3d --check >out
  tail -n 1 out | grep -qx '0 differences'
  printf '%s\n' 'cur/10.f: left out, not a file: fifo' \
    'cur/9.l: left out, not a file: symlink' \
    'new/7.d: left out, not a file: directory' \
    'new/8.l: left out, not a file: symlink' >wanted
  grep 'left out' out | sort | diff wanted -
}

@test "changes during --check are not differences" {
  needs_strace
  local at code=0
  check_traced() { # OPTION of strace...
    ASAN_OPTIONS=detect_leaks=0 strace -f -o trace -e trace=openat "$@" \
      "${AS_USER[@]}" maildir-pop3d --check
  }
  mailbox
  rm Maildir/new/6.n
  index
  check_traced -q >out 2>>"$LOG"
  # The index of cur is opened after the names are read, and the messages after
  # that: the program stops before it opens them.
  at=$(grep 'openat(' trace | grep -n 'O_NOCTTY.* = [0-9]' | tail -n 6 | head -n 1)
  rm trace
  background check_traced -e "inject=openat:signal=STOP:when=${at%%:*}" \
    >out 2>>"$LOG"
  wait_until grep -q 'stopped by SIGSTOP' trace
  mv Maildir/cur/2.m:2,S Maildir/cur/2.m:2,RS
  rm Maildir/cur/{3,4,5}.m:2,S
  mkfifo Maildir/cur/3.m:2,S
  ln -s 1.m:2,S Maildir/cur/5.m:2,S
  kill -CONT "$(sed -n 's/^\([0-9]*\) *--- stopped by SIGSTOP.*/\1/p' trace)"
  wait "${SERVERS[-1]}" || code=$?
  sort out >sorted
  printf '%s\n' 'new: 0 messages, 0 octets; index current' \
    'cur: 1 messages, 3 octets; index current' \
    'cur: changed meanwhile, its index is not compared' \
    '"cur/3.m:2,S": left out, not a file: fifo' \
    '"cur/5.m:2,S": left out, not a file: symlink' '0 differences' |
    sort | diff - sorted
  ((code == 0)) || fail "exit code $code"
}

@test "without a Maildir, and as root, --check exits 111" {
  mailbox
  run "${AS_USER[@]}" maildir-pop3d --check nowhere
  ((status == 111))
  if ((EUID == 0)); then
    run maildir-pop3d --check Maildir
    ((status == 111))
    [[ $output == *'is for the'*'owner' ]]
  else
    echo 'not root: --check by root is not tried'
  fi
}
