#!/usr/bin/env bats
# bats file_tags=libc
# The index files save the reading of directories and messages, and whatever
# happens to them or to the Maildir, the next session lists exactly the mail
# that is there.

# shellcheck disable=SC2030,SC2031  # each test is a subshell of its own
bats_require_minimum_version 1.5.0
load ../helpers/common
load ../helpers/pop3d
load ../helpers/index

# fill DIR FIRST LAST [FLAGS]: messages with these numbers; each has four octets
# more than its number has digits.
fill() {
  local i
  local -a files=()
  for ((i = $2; i <= $3; i++)); do
    files+=("Maildir/$1/$i.m${4:-}")
    printf '%s\n\n' "$i" >"${files[-1]}"
  done
  # Only the files: chown would change the directory.
  if ((EUID == 0)); then chown "$MAIL_UID:$MAIL_GID" "${files[@]}"; fi
}

# traced BYTES: prints pop3d's replies; ./trace has the calls by which it reads
# directories and opens files.  INJECT has strace's injections.
INJECT=()
traced() {
  ASAN_OPTIONS=detect_leaks=0 over_pipe "$1" strace -f -o trace \
    -e trace=getdents64,openat,open "${INJECT[@]}" "${POP3D[@]}" -n |
    tr -d '\r'
}
# fd_of new|cur: its descriptor in ./trace.  To a plain user strace shows no
# names of an undumpable process, but new, cur and tmp are opened first, in this
# order.
fd_of() {
  local -A place=([new]=1 [cur]=2)
  grep -E 'openat\([0-9]+, .*O_DIRECTORY' trace |
    sed -n "${place[$1]}s/.* = //p"
}
# reads new|cur N|some: that directory was read N times, or at least once.
reads() {
  local number
  number=$(grep -c "getdents64($(fd_of "$1")," trace) || true
  [[ $2 == some ]] && ((number > 0)) && return
  [[ $number == "$2" ]] || fail "$1 was read $number times"
}
# opens_messages N: N messages were opened.
opens_messages() {
  local number
  # setpriv's name services use the same descriptors, but not these flags.
  number=$(grep -cE "openat\(($(fd_of new)|$(fd_of cur)), .*O_NOCTTY" \
    trace) || true
  ((number == $1)) || fail "$number messages were opened"
}

# is_true: the next two sessions list exactly the files that are there.
is_true() {
  local i
  (cd Maildir && find new cur -type f -printf '%f\n') | sed 's/:.*//' |
    sort >truth
  for i in 1 2; do
    uidls | sort | cmp - truth || fail "session $i sees other mail"
  done
}

@test "in an unchanged Maildir no directory and no message is read" {
  needs_strace
  fill cur 1 200 :2,S
  fill new 201 203
  index
  traced 'STAT\r\nLIST 7\r\nLIST\r\nUIDL\r\nUIDL 203\r\n' >replies
  reads new 0
  reads cur 0
  opens_messages 0
  sed -n 2,3p replies >first
  printf '+OK 203 1313\n+OK 7 5\n' | cmp - first
  (($(grep -cx '203 7' replies) == 1 && $(grep -cx '203 203.m' replies) == 1))
  # The same without indexes.
  rm Maildir/maildir-pop3d.*
  traced 'STAT\r\nLIST 7\r\nLIST\r\nUIDL\r\nUIDL 203\r\n' | cmp - replies
  reads new some
  reads cur some
  opens_messages 203
}

@test "the first session of a quiet Maildir reads its names once" {
  needs_strace
  fill cur 1 50 :2,S
  fill new 51 60
  # Its last change has to be older than two ticks of the clock.
  sleep 0.2
  traced 'STAT\r\n' | grep -q '^+OK 60 '
  # One call for the entries, one for the end.
  case $(stat -f -c %T Maildir) in
    ext2/ext3 | xfs | btrfs | tmpfs | f2fs) reads cur 2 && reads new 2 ;;
    *) reads cur 4 && reads new 4 ;;
  esac
  opens_messages 60
  index
  traced 'STAT\r\n' | grep -q '^+OK 60 '
  reads new 0
  reads cur 0
  is_true
}

@test "a change after the single scan is seen by the next session" {
  fill cur 1 5 :2,S
  local change
  for change in 'rm cur/1.m:2,S' 'mv cur/2.m:2,S cur/2.m:2,RS' \
    'mv cur/3.m:2,S new/3.m' 'cp cur/4.m:2,S new/6.m' \
    'touch -d @1 cur && rm cur/5.m:2,S && touch -d @1 cur'; do
    rm -f Maildir/maildir-pop3d.*
    sleep 0.2
    serve "${POP3D[@]}" -n
    connect
    expect '+OK *'
    (cd Maildir && eval "$change")
    own Maildir/new
    send QUIT
    expect '+OK bye'
    expect_end
    stop_servers
    is_true
  done
}

@test "an empty directory has an index, too" {
  needs_strace
  fill cur 1 3
  index
  traced 'STAT\r\n' | grep -qx '+OK 3 15'
  reads new 0
  reads cur 0
}

@test "after a delivery only new is read again" {
  needs_strace
  fill cur 1 200 :2,S
  fill new 201 203
  index
  fill new 204 204
  fill new 100 100
  mv Maildir/new/100.m Maildir/new/100.mm
  traced 'STAT\r\nUIDL 100\r\nUIDL 101\r\nUIDL 102\r\nUIDL 205\r\n' |
    tail -n +2 >replies
  printf '%s\n' '+OK 205 1327' '+OK 100 100.m' '+OK 101 100.mm' \
    '+OK 102 101.m' '+OK 205 204.m' | cmp - replies
  reads new some
  reads cur 0
  opens_messages 2
}

@test "messages moved to cur are not read again" {
  needs_strace
  fill cur 1 20 :2,S
  fill new 21 40
  index
  pop3d 'QUIT\r\n' >/dev/null
  [[ $(names new) == '' ]]
  index
  traced 'LIST 40\r\n' | tail -n 1 | grep -qx '+OK 40 6'
  reads cur 0
  opens_messages 0
}

@test "after flag changes only names are read again" {
  needs_strace
  fill cur 1 200 :2,
  index
  (cd Maildir/cur && for ((i = 1; i <= 200; i += 3)); do mv "$i.m:2," "$i.m:2,S"; done)
  traced 'STAT\r\nUIDL 4\r\n' | tail -n +2 >replies
  printf '%s\n' '+OK 200 1292' '+OK 4 4.m' | cmp - replies
  reads cur some
  opens_messages 0
  pop3d 'RETR 4\r\nRETR 5\r\n' | grep -qx 4
}

@test "QUIT leaves an index trusted by the next session" {
  needs_strace
  fill cur 1 50 :2,S
  fill new 51 60
  index
  pop3d 'DELE 3\r\nDELE 55\r\nQUIT\r\n' | tail -n 1 | grep -qx '+OK bye'
  index
  traced 'STAT\r\n' | grep -q '^+OK 58 '
  reads new 0
  reads cur 0
  is_true
}

@test "concurrent deletes and renames are seen by the next session" {
  fill cur 1 40 :2,
  local i
  for ((i = 1; i <= 20; i++)); do
    pop3d '' >/dev/null &
    local session=$!
    # Before, during and after the scan, at any tick.
    ((i % 3)) || pop3d '' >/dev/null
    rm "Maildir/cur/$i.m:2,"
    mv "Maildir/cur/$((i + 20)).m:2," "Maildir/cur/$((i + 20)).m:2,S"
    wait "$session"
    (cd Maildir/cur && ls) | sed 's/:.*//' | sort >truth
    uidls | sort | cmp - truth
  done
}

@test "concurrent deliveries are seen by the next session" {
  fill cur 1 5 :2,
  local i
  for ((i = 10; i <= 29; i++)); do
    pop3d '' >/dev/null &
    local session=$!
    fill new "$i" "$i"
    wait "$session"
    (($(uidls | wc -l) == i - 4))
  done
}

@test "two sessions keep their own views and leave a true index" {
  fill cur 1 30 :2,S
  index
  serve "${POP3D[@]}"
  connect
  expect '+OK 30 messages*'
  local first=$SOCKET
  connect
  expect '+OK 30 messages*'
  send 'DELE 1\r\nDELE 30\r\nQUIT'
  expect '+OK deleted'
  expect '+OK deleted'
  expect '+OK bye'
  expect_end
  SOCKET=$first
  send 'DELE 2\r\nUIDL 29\r\nRETR 30\r\nRETR 29\r\nLIST 1\r\nQUIT'
  expect '+OK deleted'
  expect '+OK 29 29.m'
  expect '-ERR the message is gone'
  expect '+OK 6 octets'
  expect 29
  expect ''
  expect .
  expect '+OK 1 5'
  expect '+OK bye'
  expect_end
  stop_servers
  is_true
  (($(uidls | wc -l) == 27))
}

# flag FIRST LAST FROM TO: these messages get other flags.
flag() {
  local i
  for ((i = $1; i <= $2; i++)); do
    mv "Maildir/cur/$i.m:2,$3" "Maildir/cur/$i.m:2,$4"
  done
}

@test "a session with an index finds messages renamed in any order" {
  fill cur 1 40 :2,
  index
  serve "${POP3D[@]}"
  connect
  expect '+OK 40 *'
  retrieve() {
    send "RETR $1"
    expect '+OK *'
    expect "$1"
    expect ''
    expect .
  }
  flag 21 40 '' S
  retrieve 40
  flag 1 20 '' S
  retrieve 1
  flag 15 25 S RS
  retrieve 25
  flag 1 14 S FS
  local i
  for i in {1..40}; do retrieve "$i"; done
  send 'DELE 25'
  expect '+OK*'
  send QUIT
  expect '+OK bye'
  hang_up
  is_true
  [[ ! -e Maildir/cur/25.m:2,RS ]]
}

@test "finding renamed messages costs no more than their number" {
  needs_valgrind
  ! sanitized || skip "this build: valgrind and sanitizers do not mix"
  command -v valgrind >/dev/null || fail "valgrind is needed"
  local few many
  few=$(renaming 2000)
  many=$(renaming 8000)
  echo "2,000: $few instructions, 8,000: $many"
  ((few > 1000000 && many < 6 * few))
}

@test "a removed or replaced index does not disturb its session" {
  fill cur 1 400 :2,S
  index
  serve "${POP3D[@]}"
  connect
  expect '+OK 400 messages*'
  rm Maildir/maildir-pop3d.*
  fill cur 401 401
  pop3d '' >/dev/null
  send 'UIDL 400\r\nUIDL 1\r\nDELE 200\r\nQUIT'
  expect '+OK 400 400.m'
  expect '+OK 1 1.m'
  expect '+OK deleted'
  expect '+OK bye'
  expect_end
  stop_servers
  is_true
}

overwrite() {
  printf 'x%.0s' {1..5000} |
    dd of=Maildir/maildir-pop3d.cur bs=1 seek=8000 conv=notrunc status=none
}

@test "a truncated or overwritten index ends the session unchanged" {
  local look
  fill cur 1 400 :2,S
  serve "${POP3D[@]}" -c
  for look in LIST UIDL 'LIST 150' 'UIDL 150' 'RETR 150' 'TOP 150 1' \
    'DELE 150' QUIT; do
    damages "$look" truncate -s 5000 Maildir/maildir-pop3d.cur
  done
  damages UIDL overwrite
  damages UIDL truncate -s 0 Maildir/maildir-pop3d.cur
}

@test "a listing cut short by damage has no final dot" {
  local i m
  m=$(printf 'm%.0s' {1..60})
  for i in {1..4000}; do echo x >"Maildir/cur/$i.$m:2,S"; done
  own Maildir
  index
  serve "${POP3D[@]}"
  connect
  expect '+OK 4000 messages*'
  truncate -s 300000 Maildir/maildir-pop3d.cur
  send UIDL
  timeout 20 cat <&"$SOCKET" | tr -d '\r' >out
  (($(wc -l <out) > 1000 && $(wc -l <out) < 4000))
  (! grep -qx '[.]' out)
}

@test "a damaged index is replaced after a scan" {
  fill cur 1 400 :2,S
  fill new 401 402
  for at in 0 5 30 100 4000; do
    index
    printf '\377' | dd of=Maildir/maildir-pop3d.cur bs=1 seek="$at" \
      conv=notrunc status=none
    is_true
  done
  for size in 0 1 4095 4096 8191; do
    index
    truncate -s "$size" Maildir/maildir-pop3d.cur
    is_true
  done
}

@test "links, FIFOs and foreign files are not used as an index" {
  fill cur 1 3 :2,S
  local index=Maildir/maildir-pop3d.cur
  index
  mv "$index" elsewhere
  ln -s ../elsewhere "$index"
  is_true
  rm -f "$index"
  mkfifo "$index"
  own "$index"
  is_true
  rm -rf "$index"
  mkdir "$index"
  own "$index"
  is_true
  rmdir "$index" 2>/dev/null || true
  if ((EUID == 0)); then
    index
    fill cur 4 4 :2,S
    index_tool.py forge "$index" records=3 \
      "inode=$(stat -c %i Maildir/new)"
    chown 0:0 "$index"
    chmod 644 "$index"
    is_true
  else
    echo 'not root: an index of another owner is not tried'
  fi
}

@test "an index of another version is replaced" {
  fill cur 1 3 :2,S
  index
  index_tool.py forge Maildir/maildir-pop3d.cur magic=popchain-index2
  is_true
  index
}

@test "a forged index opens no file outside and no other mail" {
  fill cur 100 399 :2,FRS
  fill new 400 403
  printf 'secret\n' >Maildir/secret
  own Maildir
  local name
  for name in ../secret /etc/shadow .. . .hid x/../../y; do
    index
    index_tool.py forge Maildir/maildir-pop3d.cur "name:0=$name"
    pop3d 'RETR 1\r\nTOP 1 1\r\n' >out
    (! grep -q secret out)
    is_true
  done
  # The index names a FIFO, a symbolic link and a missing file.
  mkfifo Maildir/cur/1.f
  ln -s ../secret Maildir/cur/1.g
  own Maildir
  for name in 1.f 1.g 1.h; do
    [[ -e Maildir/cur/100.m:2,FRS ]] || fill cur 100 100 :2,FRS
    index
    index_tool.py forge Maildir/maildir-pop3d.cur "name:0=$name"
    pop3d 'RETR 1\r\nRETR 2\r\nDELE 1\r\nQUIT\r\n' -n >out
    (! grep -q secret out)
    # The record still has this file's inode number.
    grep -qx 100 out
    grep -qx 101 out
    rm Maildir/maildir-pop3d.*
    is_true
    [[ ! -e Maildir/cur/100.m:2,FRS ]]
  done
  [[ -f Maildir/secret ]]
}

@test "a forged index of 4,000,000,000 messages delays no session" {
  local index pages=22000000 look
  for index in Maildir/maildir-pop3d.{new,cur}; do
    for look in QUIT 'RETR 1\r\nQUIT'; do
      rm -rf Maildir
      make_maildir Maildir
      fill "${index##*.}" 1 300
      index
      # A name without a file makes the session search.
      index_tool.py forge "$index" name:0=0.m
      head -c 4096 "$index" >header
      index_tool.py forge header records=4000000000 "pages=$pages"
      dd if=header of="$index" conv=notrunc status=none
      truncate -s $((4096 * (pages + 1))) "$index"
      pop3d "$look\r\n" >out
      head -n 1 out | grep -q '^+OK 4000000000 messages'
      tail -n 1 out | grep -qE '^([+]OK bye|-ERR [[]SYS/TEMP].*)$'
    done
  done
}

@test "RETR corrects wrong octets in an index" {
  fill cur 1 3 :2,S
  { message big; seq 20000; } | deliver Maildir/cur 4.m:2,S
  fill new 5 9
  index
  local truth
  truth=$(pop3d 'LIST 4\r\n' | tail -n 1)
  # The smaller directory's index is read completely, and has to add up.
  index_tool.py forge Maildir/maildir-pop3d.cur octets=7
  pop3d 'LIST 4\r\n' | tail -n 1 | grep -qxF "$truth"
  index_tool.py forge Maildir/maildir-pop3d.cur octets:3=7
  pop3d 'LIST 4\r\n' | tail -n 1 | grep -qxF "$truth"
  # A change of a file in place does not change the directory.
  index
  seq 30000 >>Maildir/cur/4.m:2,S
  pop3d 'RETR 4\r\n' >out
  local said sent
  said=$(sed -n 's/^+OK \([0-9]*\) octets$/\1/p' out)
  sent=$(($(wc -c <Maildir/cur/4.m:2,S) + $(wc -l <Maildir/cur/4.m:2,S)))
  ((said == sent)) || fail "said $said, sent $sent"
  pop3d 'LIST 4\r\n' | tail -n 1 | grep -qx "+OK 4 $sent"
}

@test "RETR corrects octets of a message growing when first counted" {
  needs_strace
  { message big; seq 9000; } | deliver Maildir/cur 1.m:2,S
  # The count reads the file and then pauses.
  ASAN_OPTIONS=detect_leaks=0 background strace -f -o trace \
    -e trace=openat,pread64 -e inject=pread64:delay_exit=500000 \
    "${POP3D[@]}" </dev/null
  wait_until grep -q 'O_NOCTTY.* = [0-9]' trace
  sleep 0.2
  seq 5000 >>Maildir/cur/1.m:2,S
  wait "${SERVERS[-1]}"
  pop3d 'RETR 1\r\n' >out
  local said sent
  said=$(sed -n 's/^+OK \([0-9]*\) octets$/\1/p' out)
  sent=$(($(wc -c <Maildir/cur/1.m:2,S) + $(wc -l <Maildir/cur/1.m:2,S)))
  ((said == sent)) || fail "said $said, sent $sent"
}

@test "corrected octets are kept at the move to cur" {
  { message big; seq 20000; } | deliver Maildir/new 4.m
  index
  seq 30000 >>Maildir/new/4.m
  pop3d 'RETR 1\r\nQUIT\r\n' >/dev/null
  local octets
  octets=$(($(wc -c <Maildir/cur/4.m:2,) + $(wc -l <Maildir/cur/4.m:2,)))
  pop3d 'LIST 1\r\n' | tail -n 1 | grep -qx "+OK 1 $octets"
}

@test "a step of the clock hides no change" {
  fill cur 1 5 :2,S
  # After a change in the future the index is not trusted.
  touch -d '+1 hour' Maildir/cur
  pop3d '' >/dev/null
  pop3d '' >/dev/null
  rm Maildir/cur/1.m:2,S
  touch -d '+1 hour' Maildir/cur
  is_true
  touch Maildir/cur
  # A new message, after which the mtime of the directory is set back.
  index
  touch -r Maildir/cur stamp
  fill cur 6 6 :2,S
  touch -r stamp Maildir/cur
  is_true
  # Another directory takes the place of the indexed one.
  index
  cp -a Maildir/cur Maildir/other
  rm Maildir/other/2.m:2,S
  rm -r Maildir/cur
  mv Maildir/other Maildir/cur
  is_true
}

@test "a read-only Maildir is served without an index" {
  fill cur 1 5 :2,S
  fill new 6 6
  chmod 555 Maildir/tmp
  is_true
  [[ ! -e Maildir/maildir-pop3d.cur ]]
  chmod 755 Maildir/tmp
  chmod 555 Maildir
  is_true
  [[ $(names tmp) == '' ]]
  chmod 755 Maildir
  [[ ! -e Maildir/maildir-pop3d.cur ]]
}

@test "on a full file system sessions work without an index" {
  ((EUID == 0)) || skip 'not root: no file system to fill'
  # shellcheck disable=SC2016  # for the inner shell
  unshare -m bash -c '
    set -e
    mount -t tmpfs -o size=300k,mode=755 none Maildir
    mkdir Maildir/{new,cur,tmp}
    for i in {1..40}; do printf "x\n" >"Maildir/cur/$i.m:2,S"; done
    dd if=/dev/zero of=Maildir/fill bs=1k status=none || true
    chown -R "$0" Maildir
    for i in 1 2; do
      printf "UIDL\r\nDELE 1\r\nQUIT\r\n" | timeout 20 "$@" >>out
    done
    ls -A Maildir/tmp Maildir/maildir-pop3d.* >left 2>/dev/null || true
    ls Maildir/cur | wc -l >count
  ' "$MAIL_UID:$MAIL_GID" "${POP3D[@]}" 2>>"$LOG"
  (($(grep -c '^+OK bye' out) == 2 && $(cat count) == 38))
  (! grep -q index left)
}

@test "an index that cannot be written is a warning, once a session" {
  fill cur 1 5 :2,S
  pop3d '' >/dev/null
  not_logged event=warning
  fill cur 6 6 :2,S
  chmod 555 Maildir/tmp
  pop3d '' >/dev/null
  chmod 755 Maildir/tmp
  logged 'event=warning cause="unable to write the index: .*" errno=13 file=maildir-pop3d.cur'
  (($(grep -c event=warning "$LOG") == 1))
}

@test "a message with two links stays deleted with a current index" {
  fill cur 1 3 :2,S
  fill new 5 5
  index
  ln Maildir/cur/2.m:2,S Maildir/cur/2.m:2,FS
  pop3d 'DELE 2\r\nQUIT\r\n' -n | grep -qx '+OK bye'
  [[ $(names cur) == '1.m:2,S 3.m:2,S ' ]]
}

@test "unreadable files leave the index unsettled" {
  fill cur 1 5 :2,S
  chmod 000 Maildir/cur/5.m:2,S
  pop3d 'UIDL\r\n' >first
  pop3d 'UIDL\r\n' | cmp - first
  (($(wc -l <first) == 7))
  (! index_tool.py settled Maildir/maildir-pop3d.cur >/dev/null)
  # Readable again, it is listed, although the directory has not changed.
  chmod 600 Maildir/cur/5.m:2,S
  uidls | grep -qx 5.m
}

@test "a file with two names leaves the index unsettled" {
  fill cur 1 5 :2,S
  ln Maildir/cur/4.m:2,S Maildir/cur/4.m:2,
  own Maildir
  sleep 0.2
  pop3d 'UIDL\r\n' >first
  (($(wc -l <first) == 8))
  (! index_tool.py settled Maildir/maildir-pop3d.cur >/dev/null)
  pop3d 'UIDL\r\n' | cmp - first
}

@test "duplicate names are separated once, then settled" {
  needs_strace
  fill cur 1 200 :2,S
  fill new 3 3
  cp Maildir/cur/7.m:2,S Maildir/cur/7.m:2,
  own Maildir/cur/7.m:2,
  pop3d 'UIDL\r\n' >first
  (($(grep -cE ' (3|7)\.m(_|$)' first) == 4 && $(wc -l <first) == 205))
  index
  traced 'UIDL\r\n' | cmp - first
  reads new 0
  reads cur 0
  opens_messages 0
}

@test "an unreadable file causes no other file to be read again" {
  needs_strace
  fill cur 1 200 :2,S
  fill new 201 203
  chmod 000 Maildir/cur/7.m:2,S
  pop3d '' >/dev/null
  traced 'STAT\r\nLIST 7\r\n' | sed -n 2,3p >replies
  printf '%s\n' '+OK 202 1308' '+OK 7 5' | cmp - replies
  # Only that file is opened, and only at the start.
  opens_messages 1
}

# index_file: identifies the index of cur and the time when it was written.
index_file() { stat -c '%i %y %z' Maildir/maildir-pop3d.cur; }

@test "an unsettled index is written again only after a change" {
  fill cur 1 300 :2,S
  chmod 000 Maildir/cur/7.m:2,S
  local before
  pop3d 'STAT\r\nQUIT\r\n' >/dev/null
  (! index_tool.py settled Maildir/maildir-pop3d.cur)
  before=$(index_file)
  pop3d 'STAT\r\nQUIT\r\n' | grep -q '^+OK 299 '
  [[ $(index_file) == "$before" ]] || fail "$before" "$(index_file)"
  [[ $(names tmp) == '' ]]
  # It is written after a change: of a flag, of octets, of the messages.
  mv Maildir/cur/300.m:2,S Maildir/cur/300.m:2,RS
  pop3d '' >/dev/null
  index_tool.py show Maildir/maildir-pop3d.cur | grep -q ' 300\.m:2,RS$'
  echo more >>Maildir/cur/299.m:2,S
  pop3d 'RETR 298\r\n' >/dev/null
  index_tool.py show Maildir/maildir-pop3d.cur | grep -q ' 13 [0-9]* 299\.m:2,S$'
  rm Maildir/cur/300.m:2,RS
  pop3d '' >/dev/null
  (! index_tool.py show Maildir/maildir-pop3d.cur | grep -q ' 300\.m')
  fill cur 300 300 :2,S
  pop3d '' >/dev/null
  index_tool.py show Maildir/maildir-pop3d.cur | grep -q ' 300\.m:2,S$'
  # A damaged index is replaced, even if its header is right.
  before=$(index_tool.py show Maildir/maildir-pop3d.cur | tail -n +2)
  printf 'xxxx' | dd of=Maildir/maildir-pop3d.cur bs=1 seek=5000 conv=notrunc \
    status=none
  pop3d '' >/dev/null
  [[ $(index_tool.py show Maildir/maildir-pop3d.cur | tail -n +2) == "$before" ]]
  # An index is also replaced as soon as it can be settled.
  chmod 600 Maildir/cur/7.m:2,S
  index
  uidls | grep -qx 7.m
}

@test "a rename during an index write loses no other file's octets" {
  needs_strace
  fill cur 1 200 :2,S
  index
  # RETR finds that one has changed; the other is counted again for the index,
  # as the last file.
  append() {
    echo more >>Maildir/cur/7.m:2,S
    echo more >>Maildir/cur/8.m:2,S
  }
  append
  traced 'RETR 7\r\n' >/dev/null
  grep 'openat(' trace | tail -n 1 | grep -q "openat($(fd_of cur), .*O_NOCTTY"
  local last
  last=$(grep -c 'openat(' trace)
  index
  append
  INJECT=(-e "inject=openat:error=ENOENT:when=$last")
  traced 'RETR 7\r\n' >/dev/null
  INJECT=()
  grep 'openat(' trace | sed -n "${last}p" | grep -q 'ENOENT.*INJECTED'
  traced 'STAT\r\n' | grep -qx '+OK 200 1316'
  opens_messages 1
}

# settled_kib PID: its private memory, as soon as that stays the same.
settled_kib() {
  local before=0 now=-1
  sleep 1.5
  until ((now == before)); do
    before=$now
    sleep 0.3
    now=$(private_kib "$1")
  done
  echo "$now"
}

# quiet_memory: the memory of a session that has listed its mail and is idle.
quiet_memory() {
  connect
  expect '+OK *'
  send 'UIDL\r\nDELE 3\r\nLIST 2'
  timeout 20 grep -q '^+OK 2 ' <&"$SOCKET"
  local pid
  wait_until session_pid >/dev/null
  pid=$(session_pid)
  settled_kib "$pid"
  hang_up
  wait_until test ! -e "/proc/$pid"
}

@test "an idle session's memory is independent of Maildir size" {
  fill cur 1 10 :2,S
  index
  serve "${POP3D[@]}"
  local few many
  few=$(quiet_memory)
  (cd Maildir/cur && seq 11 8000 | sed 's/$/.m:2,S/' | xargs touch)
  own Maildir
  index
  many=$(quiet_memory)
  echo "$few KiB, $many KiB"
  ((few > 0 && many < few + 40))
}
