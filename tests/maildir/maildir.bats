#!/usr/bin/env bats
# bats file_tags=libc
# Every readable file of new and cur is a message with an id of its own; a
# Maildir that is damaged or incomplete is served as far as it can be.

load ../helpers/common
load ../helpers/pop3d

@test "messages are the regular files of new and cur" {
  message one | deliver Maildir/new 1.a
  message two | deliver Maildir/cur 2.b:2,S
  message dot | deliver Maildir/new .hidden
  message tmp | deliver Maildir/tmp 3.c
  mkdir Maildir/new/4.d Maildir/cur/5.e
  mkfifo Maildir/new/6.f
  ln -s 1.a Maildir/new/7.g
  ln -s /etc/passwd Maildir/cur/8.h
  ln -s nowhere Maildir/new/9.i
  own Maildir
  [[ $(uidls) == $'1.a\n2.b' ]]
}

@test "-v logs each kind of skipped entry, with one name" {
  message one | deliver Maildir/new 1.a
  mkdir Maildir/cur/2.b
  mkfifo Maildir/new/3.c
  ln -s 1.a Maildir/new/4.d
  ln -s /etc/passwd Maildir/cur/5.e
  mkdir Maildir/new/.hidden
  own Maildir
  index
  pop3d 'STAT\r\n' -v >/dev/null
  logged 'event=skipped kind=symlink entries=2 file=new/4.d user='
  logged 'event=skipped kind=directory entries=1 file=cur/2.b user='
  logged 'event=skipped kind=fifo entries=1 file=new/3.c user='
  (($(grep -c event=skipped "$LOG") == 3)) || fail 'more is logged'
  pop3d 'STAT\r\n' >/dev/null
  (($(grep -c event=skipped "$LOG") == 3)) || fail 'logged without -v'
}

@test "a message replaced by a FIFO, link or directory gets -ERR" {
  message one | deliver Maildir/new 1.a
  message two | deliver Maildir/new 2.b
  message three | deliver Maildir/new 3.c
  message four | deliver Maildir/new 4.d
  serve "${POP3D[@]}"
  connect
  expect '+OK 4 messages*'
  rm Maildir/new/{1.a,2.b,3.c}
  mkfifo Maildir/new/1.a
  ln -s /etc/passwd Maildir/new/2.b
  mkdir Maildir/new/3.c
  own Maildir
  send 'RETR 1\r\nRETR 2\r\nRETR 3\r\nRETR 4'
  expect '-ERR*'
  expect '-ERR*'
  expect '-ERR*'
  expect '+OK * octets'
  hang_up
}

@test "too few descriptors: temporary error, never an empty mailbox" {
  message one | deliver Maildir/new 1.a
  local limit line served=0 refused=0
  for limit in {20..6}; do
    line=$(over_pipe 'QUIT\r\n' "${AS_USER[@]}" prlimit --nofile="$limit" \
      maildir-pop3d -a -n | head -n 1)
    # No index: the message has to be opened each time.
    rm -f Maildir/maildir-pop3d.*
    case $line in
      '+OK 1 messages (47 octets)'*) served=1 ;;
      '-ERR [SYS/TEMP]'*) refused=1 ;;
      *) fail "with $limit descriptors: $line" ;;
    esac
  done
  ((served == 1 && refused == 1))
  logged 'unable to open a message: '
}

@test "an unreadable message is left out and logged" {
  message one | deliver Maildir/new 1.a
  message two | deliver Maildir/new 2.b
  chmod 000 Maildir/new/1.a
  [[ $(uidls) == 2.b ]]
  logged 'event=unreadable messages=1'
}

@test "an unreadable file is left out despite sizes in its name" {
  printf 'one\ntwo\n' | deliver Maildir/new '1.a,S=8,W=10'
  printf 'one\ntwo\n' | deliver Maildir/cur '2.b,S=8,W=10:2,S'
  message three | deliver Maildir/new 3.c
  chmod 000 Maildir/new/1.a* Maildir/cur/2.b*
  [[ $(uidls) == 3.c ]]
  [[ $(uidls) == 3.c ]]
  logged 'event=unreadable messages=2 cause=.*Permission denied'
  # A file of another owner is opened: its mode does not tell if we may read it.
  if ((EUID == 0)); then
    chmod 040 Maildir/new/1.a*
    chown "$((MAIL_UID - 1))" Maildir/new/1.a*
    [[ $(pop3d 'STAT\r\n' | tail -n 1) == '+OK 2 61' ]]
    chmod 604 Maildir/new/1.a*
    [[ $(pop3d 'RETR 1\r\n' | tail -n 1) == '-ERR [SYS/TEMP]'* ]]
    [[ $(uidls) == 3.c ]]
    chown "$MAIL_UID" Maildir/new/1.a*
  fi
  # Readable again, they are there again.
  chmod 600 Maildir/new/1.a* Maildir/cur/2.b*
  (($(uidls | wc -l) == 3))
}

@test "an unreadable indexed file is left out after a failed RETR" {
  local name
  message one | deliver Maildir/cur 1.a:2,S
  printf 'one\ntwo\n' | deliver Maildir/cur '2.b,S=8,W=10:2,S'
  message three | deliver Maildir/new 3.c
  for name in 1.a:2,S 2.b,S=8,W=10:2,S; do
    index
    : >"$LOG"
    chmod 000 "Maildir/cur/$name"
    # Nothing in an unchanged Maildir is read before the greeting.
    pop3d "RETR ${name%%.*}\r\nRETR 3\r\n" >out
    sed -n 2p out | grep -qxF -e '-ERR [SYS/TEMP] unable to read the message'
    sed -n 3p out | grep -qx '+OK 51 octets'
    logged "event=unreadable cause=\"unable to open a message: Permission denied\" errno=13 file=\"cur/$name\" user="
    (($(uidls | wc -l) == 2))
    logged 'event=unreadable messages=1 cause='
    chmod 600 "Maildir/cur/$name"
    (($(uidls | wc -l) == 3))
  done
}

# nth CALL: prints which CALL of the traced session (first, second, ...) is the
# one that opens a message, or the first one after that.  There is no index.
nth() {
  awk -v call="$1(" 'index($0, call) { n++ } /O_NOCTTY.* = [0-9]/ { opened = 1 }
    opened && index($0, call) { print n; exit }' trace
}
# meets INJECTION...: prints the greeting of a session with these injections.
meets() {
  local words=() injection
  for injection; do words+=(-e "inject=$injection"); done
  ASAN_OPTIONS=detect_leaks=0 over_pipe '' strace -f -o trace \
    -e trace=openat,pread64 "${words[@]}" "${POP3D[@]}" | tr -d '\r'
}

@test "a damaged message is left out, its name and error logged" {
  needs_strace
  message one | deliver Maildir/cur 1.a:2,S
  message two | deliver Maildir/cur 2.b:2,S
  meets >reply
  grep -q '^+OK 2 ' reply
  local call opened read
  opened=$(nth openat) read=$(nth pread64)
  for call in "pread64:error=EIO:when=$read" "pread64:error=EBADMSG:when=$read" \
    "openat:error=EUCLEAN:when=$opened" "openat:error=ESTALE:when=$opened" \
    "openat:error=EIO:when=$opened"; do
    rm -f Maildir/maildir-pop3d.*
    : >"$LOG"
    [[ $(meets "$call") == '+OK 1 messages (47 octets)' ]] || fail "$call"
    grep -q INJECTED trace
    logged 'event=unreadable messages=1 cause="unable to [a-z]* a message: .*" errno=[1-9][0-9]* file="cur/[12].[ab]:2,S" user='
  done
  # Without the damage the message is there again.
  [[ $(meets) == '+OK 2 '* ]]
  # A shortage of the machine hides no message.
  for call in EMFILE ENFILE ENOMEM; do
    rm -f Maildir/maildir-pop3d.*
    [[ $(meets "openat:error=$call:when=$opened") == '-ERR [SYS/TEMP]'* ]]
  done
}

@test "a damaged message leaves the index unsettled" {
  needs_strace
  message one | deliver Maildir/cur 1.a:2,S
  meets >reply
  rm -f Maildir/maildir-pop3d.*
  [[ $(meets "pread64:error=EIO:when=$(nth pread64)+") == '+OK 0 '* ]]
  (! index_tool.py settled Maildir/maildir-pop3d.cur)
  [[ $(uidls) == 1.a ]]
}

@test "any file name gives a legal, distinct, lasting unique id" {
  python3 - <<'EOF'
import os
for name in (b"1." + b"x" * 248, b"2." + b"y" * 68, b"3." + b"z" * 69,
             b"4.caf\xe9", b"5.\xff\xfe", b"6.a b", b"7.tab\there",
             b"8.nl\nhere", b"9.\x7f", b":2,S", b"10.\xc3\xa9:2,S"):
    with open(b"Maildir/new/" + name, "wb") as file:
        file.write(b"x\n")
EOF
  own Maildir
  uidls | grep . >first
  [[ $(wc -l <first) == 11 ]]
  [[ $(sort -u first | wc -l) == 11 ]]
  [[ $(grep -cE '^[!-~]{1,70}$' first) == 11 ]]
  grep -qx '2\.y\{68\}' first
  # Flags and directories change nothing.
  pop3d 'QUIT\r\n' >/dev/null
  uidls | grep . | cmp - first
}

@test "duplicate names: two messages with two ids" {
  message older | deliver Maildir/cur 1.a:2,S
  message newer | deliver Maildir/new 1.a
  touch -d '1 hour ago' Maildir/cur/1.a:2,S
  pop3d 'UIDL\r\nRETR 1\r\nRETR 2\r\n' -n >out
  grep -qx '1 1.a' out
  grep -qE '^2 1\.a_[0-9a-f]+_[0-9a-f]+$' out
  [[ $(grep body out | tr '\n' ' ') == 'body older body newer ' ]]
  pop3d 'DELE 2\r\nQUIT\r\n' -n >/dev/null
  [[ $(names new)$(names cur) == '1.a:2,S ' ]]
}

# namesakes: an older message and a younger one with the same name.
namesakes() {
  message older | deliver Maildir/cur 1.a:2,S
  touch -d '1 hour ago' Maildir/cur/1.a:2,S
  message newer | deliver Maildir/new 1.a
}

@test "duplicate names: the younger never gets the older's id" {
  namesakes
  local younger
  printf '1000S,10C\n94 2\n' >Maildir/maildirsize
  own Maildir/maildirsize
  # When a session first sees both, the older one cannot be read.
  chmod 000 Maildir/cur/1.a*
  younger=$(uidls)
  [[ $younger == 1.a_* ]] || fail "$younger"
  chmod 600 Maildir/cur/1.a*
  [[ $(uidls) == 1.a$'\n'"$younger" ]]
  # Nor after the older one is deleted.
  pop3d 'DELE 1\r\nQUIT\r\n' -n | grep -qx '+OK bye'
  [[ $(uidls) == "$younger" && $(names new) == "$younger " ]]
  [[ $(tail -n 1 Maildir/maildirsize) == '-47 -1' ]]
}

@test "duplicate names: the renamed file keeps flags and sizes" {
  message older | deliver Maildir/cur 1.a,S=47,W=51:2,S
  touch -d '1 hour ago' Maildir/cur/1.a,S=47,W=51:2,S
  message newer | deliver Maildir/cur 1.a,S=47,W=51:2,FS
  pop3d '' >/dev/null
  names cur |
    grep -Exq '1\.a,S=47,W=51:2,S 1\.a_[0-9a-f]+_[0-9a-f]+,S=47,W=51:2,FS '
}

@test "an indexed message keeps its id despite an older duplicate" {
  message known | deliver Maildir/cur 1.a:2,S
  index
  # By its timestamp the other one is older.
  message late | deliver Maildir/new 1.a
  touch -d '1 hour ago' Maildir/new/1.a
  pop3d 'UIDL\r\nRETR 1\r\n' -n >out
  grep -qx '1 1.a' out
  grep -qx 'body known' out
}

@test "a message keeps its id despite a duplicate put there later" {
  message known | deliver Maildir/cur 1.a:2,S
  serve "${POP3D[@]}" -n
  connect
  expect '+OK 1 messages*'
  message late | deliver Maildir/new 1.a
  touch -d '1 hour ago' Maildir/new/1.a
  send 'UIDL 1\r\nQUIT'
  expect '+OK 1 1.a'
  expect '+OK bye'
  expect_end
  # By then its index is written.
  wait_until no_sessions
  stop_servers
  pop3d 'UIDL\r\nRETR 1\r\n' -n >out
  grep -qx '1 1.a' out
  grep -qx 'body known' out
}

# others_session: a session begins, and while it runs another one tells the id of
# a new message, new/1.a.
others_session() {
  message first | deliver Maildir/cur 0.a:2,S
  serve "${POP3D[@]}" -n
  connect
  expect '+OK 1 messages*'
  message known | deliver Maildir/new 1.a
  # This session's index is written when it ends.
  pop3d 'UIDL 2\r\nQUIT\r\n' -n >out
  grep -qx '+OK 2 1.a' out
}
# ends_session: the first session ends and has written the indexes.
ends_session() {
  send QUIT
  expect '+OK bye'
  expect_end
  wait_until no_sessions
  stop_servers
}
# known_has_its_id: the next session tells the same id of that message.
known_has_its_id() {
  pop3d 'UIDL 2\r\nRETR 2\r\n' -n >out
  grep -qx '+OK 2 1.a' out
  grep -qx 'body known' out
}

@test "an id told during another session never goes to a duplicate" {
  others_session
  message late | deliver Maildir/cur 1.a:2,S
  touch -d '1 hour ago' Maildir/cur/1.a:2,S
  # The first session knows neither of them when it writes the indexes.
  ends_session
  known_has_its_id
}

@test "an id told during another session survives a move to cur" {
  others_session
  mv Maildir/new/1.a Maildir/cur/1.a:2,S
  # Only the index of new/ has the id, and this session replaces it.
  ends_session
  message late | deliver Maildir/new 1.a
  touch -d '1 hour ago' Maildir/new/1.a
  known_has_its_id
}

@test "an index holds a name once, though two files had it" {
  message known | deliver Maildir/cur 1.a:2,S
  serve "${POP3D[@]}" -n
  connect
  expect '+OK 1 messages*'
  mv Maildir/cur/1.a:2,S away
  message other | deliver Maildir/cur 1.a:2,F
  pop3d 'UIDL 1\r\nQUIT\r\n' -n | grep -qx '+OK 1 1.a'
  mv away Maildir/cur/1.a:2,S
  # This session knows the one file, the other session's index the other.
  ends_session
  (($(index_tool.py show Maildir/maildir-pop3d.cur | grep -c ' 1\.a:') == 1))
  [[ $(uidls | grep -cx 1.a) == 1 && $(uidls | wc -l) == 2 ]]
}

@test "concurrent sessions give a duplicate the same new name" {
  local i session
  local -a sessions=()
  for ((i = 1; i <= 50; i++)); do
    message older | deliver Maildir/cur "$i.a:2,S"
    touch -d '1 hour ago' "Maildir/cur/$i.a:2,S"
    message newer | deliver Maildir/new "$i.a"
  done
  for ((i = 0; i < 6; i++)); do
    uidls >"ids.$i" &
    sessions+=($!)
  done
  for session in "${sessions[@]}"; do wait "$session"; done
  (($(sort -u ids.0 | wc -l) == 100))
  for ((i = 1; i < 6; i++)); do cmp ids.0 "ids.$i"; done
  uidls | cmp ids.0 -
}

@test "a duplicate in a read-only directory gets a hash as its id" {
  namesakes
  message third | deliver Maildir/cur 1.a:2,F
  touch -d '30 minutes ago' Maildir/cur/1.a:2,F
  chmod 555 Maildir/new Maildir/cur
  uidls >first
  [[ $(head -n 1 first) == 1.a ]]
  (($(grep -cE '^[0-9a-f]{32}:$' first) == 2 && $(sort -u first | wc -l) == 3))
  # The same if the others cannot be read.
  chmod 000 Maildir/cur/*
  tail -n 1 first >youngest
  uidls | cmp youngest -
  chmod 600 Maildir/cur/*
  uidls | cmp first -
  chmod 755 Maildir/new Maildir/cur
}

@test "a listed message keeps its id despite a restored copy" {
  message older | deliver Maildir/cur 5.x:2,S
  serve "${POP3D[@]}"
  connect
  expect '+OK 1 messages*'
  send UIDL
  expect '+OK*'
  expect '1 5.x'
  expect .
  # A restored copy with an earlier timestamp.
  message newer | deliver Maildir/cur 5.x:2,
  touch -d '1 day ago' Maildir/cur/5.x:2,
  send QUIT
  expect '+OK bye'
  expect_end
  hang_up
  wait_until no_sessions
  pop3d 'UIDL\r\nRETR 1\r\nRETR 2\r\n' >out
  n=$(sed -n 's/^\([12]\) 5\.x\r*$/\1/p' out)
  [[ $(grep '^body' out | sed -n "${n}p") == 'body older'* ]] || fail "$(cat out)"
}

@test "a failed rename of a duplicate does not prevent a session" {
  needs_strace
  message older | deliver Maildir/cur 5.x:2,S
  message newer | deliver Maildir/cur 5.x:2,
  for error in ENOSPC EDQUOT ENAMETOOLONG; do
    ASAN_OPTIONS=detect_leaks=0 over_pipe 'STAT\r\n' strace -f -o trace \
      -e trace=renameat2 -e "inject=renameat2:error=$error" "${POP3D[@]}" |
      tr -d '\r' | tail -n 1 | grep -q '^+OK 2 '
    grep -q INJECTED trace
  done
}

@test "duplicates of unknown age: temporary error, no guess" {
  needs_strace
  namesakes
  # Only the calls about these two names fail, however many others there are.
  ASAN_OPTIONS=detect_leaks=0 over_pipe '' strace -f -o trace \
    -P 1.a -P 1.a:2,S -e inject=newfstatat:error=ESTALE \
    "${POP3D[@]}" -n | grep -q '^-ERR [[]SYS/TEMP]'
  logged 'unable to tell the older of two messages'
  uidls | grep -qx 1.a
}

# many_namesakes N: N files with the same name, in a read-only directory.
many_namesakes() {
  rm -rf Maildir
  make_maildir Maildir
  python3 - "$1" <<'EOF'
import sys
for n in range(int(sys.argv[1])):
    open(f"Maildir/cur/1.a:2,{n}", "w").write("x\n")
EOF
  own Maildir
  chmod 555 Maildir/cur
}

# listing N: the instructions of a session that lists these, and looks for one
# that others renamed.
listing() {
  many_namesakes "$1"
  serve_counted -n
  connect
  expect "+OK $1 *"
  : >"$LOG"
  mv Maildir/cur/1.a:2,0 Maildir/cur/1.a:2,S
  send 'RETR 1\r\nUIDL\r\nQUIT'
  timeout 60 cat <&"$SOCKET" | grep -q '^+OK bye'
  counted
}

@test "duplicate names cost no more than their number" {
  needs_valgrind
  ! sanitized || skip "this build: valgrind and sanitizers do not mix"
  ((EUID == 0)) || skip 'not root: nobody else to rename'
  command -v valgrind >/dev/null || fail "valgrind is needed"
  local few many
  few=$(listing 1000)
  many=$(listing 4000)
  echo "1,000: $few instructions, 4,000: $many"
  ((few > 500000 && many > few && many < 6 * few))
}

@test "messages are sorted by the time in the name, then by name" {
  local name
  for name in 20.b 100.a 9.z 20.a odd 20.c:2,S; do
    message x | deliver Maildir/new "$name"
  done
  [[ $(uidls) == $'odd\n9.z\n20.a\n20.b\n20.c\n100.a' ]]
}

@test "a message delivered in this second is listed" {
  message now | deliver Maildir/new "$(date +%s).now"
  [[ $(pop3d 'STAT\r\n' | tail -n 1) == '+OK 1 '* ]]
}

@test "a missing new, cur or tmp: the rest is served" {
  message one | deliver Maildir/cur 1.a:2,
  rmdir Maildir/new Maildir/tmp
  [[ $(uidls) == 1.a ]]
  pop3d 'QUIT\r\n' | grep -qx '+OK bye'
  mkdir Maildir/new
  rm -r Maildir/cur
  message two | deliver Maildir/new 2.b
  [[ $(uidls) == 2.b ]]
  pop3d 'QUIT\r\n' | grep -qx '+OK bye'
  [[ -e Maildir/new/2.b ]]
}

@test "without both new and cur: a temporary error" {
  rmdir Maildir/new Maildir/cur
  [[ $(pop3d '') == '-ERR [SYS/TEMP]'* ]]
  logged 'cause="unable to find new/ or cur/ in the Maildir'
}

@test "a missing Maildir: its absolute path and the uid are logged" {
  rm -r Maildir
  [[ $(pop3d '') == '-ERR [SYS/TEMP] unable to open the mailbox' ]]
  logged "event=fail cause=\"unable to open the Maildir: No such file or directory\" errno=2 maildir=$T/Maildir uid=$MAIL_UID user="
  [[ $(pop3d '' /nonexistent/Maildir) == '-ERR [SYS/TEMP]'* ]]
  logged "event=fail .* maildir=/nonexistent/Maildir uid=$MAIL_UID user="
}

@test "an unreadable Maildir is a temporary error" {
  chmod 000 Maildir/cur
  [[ $(pop3d '') == '-ERR [SYS/TEMP]'* ]]
  logged 'unable to open cur/ in the Maildir: Permission denied'
}

@test "-m beats the operand, the operand beats MAILDIR" {
  for box in one two three; do
    make_maildir "$box"
    message "$box" | deliver "$box/new" "1.$box"
  done
  export MAILDIR=three
  [[ $(pop3d 'UIDL 1\r\n' | tail -n 1) == '+OK 1 1.three' ]]
  [[ $(pop3d 'UIDL 1\r\n' two | tail -n 1) == '+OK 1 1.two' ]]
  [[ $(pop3d 'UIDL 1\r\n' -m one two | tail -n 1) == '+OK 1 1.one' ]]
  cd one
  [[ $(pop3d 'UIDL 1\r\n' -m. | tail -n 1) == '+OK 1 1.one' ]]
}

@test "a read-only Maildir is served" {
  message one | deliver Maildir/new 1.a
  chmod 555 Maildir Maildir/new Maildir/cur
  answers 'STAT\r\nRETR 1\r\nQUIT\r\n' '+OK 1 47' '+OK 47 octets' \
    'From: a@example.org' 'Subject: one' '' 'body one' . '+OK bye'
  chmod 755 Maildir Maildir/new Maildir/cur
}

@test "--lock admits one session; its end releases the lock" {
  serve "${POP3D[@]}" --lock
  connect
  expect '+OK*'
  [[ $(pop3d '' --lock) == '-ERR [IN-USE]'* ]]
  [[ $(pop3d '') == '+OK'* ]]
  hang_up
  logged reason=eof
  [[ $(pop3d '' --lock) == '+OK'* ]]
}
