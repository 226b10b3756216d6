#!/usr/bin/env bats
# bats file_tags=libc
# RETR and TOP send a message as its file has it, in as many octets as
# announced.

load ../helpers/common
load ../helpers/pop3d

# exact: every message in Maildir arrives as its file has it; ./count has their
# number.
exact() {
  check_octets "${POP3D[@]}" 2>>"$LOG" >count || fail "$(cat count)"
}

# corpus: the Python code in $CORPUS puts messages into new; a shell would lose
# NULs.
corpus() {
  python3 - <<'EOF'
import os
count = 0
def put(data):
    global count
    count += 1
    with open(f"Maildir/new/{count}.m", "wb") as file:
        file.write(data)
exec(os.environ["CORPUS"])
EOF
  own Maildir
}

@test "oddly shaped messages arrive unchanged with exact octets" {
  CORPUS='
for data in (b"", b"\n", b"\r\n", b"a", b"a\n", b"a\r\n", b"a\r", b"\r",
             b"A: b\n", b"A: b\n\n", b"A: b\n\nno end", b"A: b\r\n\r\nno end",
             b"A: b\r\n\r\ncrlf\r\nall\r\n", b"A: b\n\r\nmixed\r\nends\n",
             b"bare\rcr\r\rhere\n", b"cr at the end\r", b"crcrlf\r\r\n",
             b"nul\0in\n\0\n\0", bytes(range(256)), bytes(range(256)) * 300,
             b"\n" * 70000, b"\r\n" * 70000, b"\r" * 70000, b"\0" * 70000):
    put(data)
' corpus
  exact
  [[ $(<count) == 24 ]]
}

@test "a dot is doubled only at the start of a line" {
  CORPUS='
for data in (b".", b"..", b".\n", b"\n.", b"\n.\n", b"\r\n.\r\n", b".\r\n.\r\n",
             b".a\n..b\n...c\n", b"a.\r.b\n", b".\r.\n", b".\0.\n", b"x\n.\n.\n.",
             b"." * 70000, b".\n" * 70000, b"\n." * 70000, b".\r\n" * 50000):
    put(data)
' corpus
  exact
  [[ $(<count) == 16 ]]
}

@test "messages arrive unchanged across buffer boundaries" {
  CORPUS='
for boundary in (512, 1024, 4096, 32768, 65536, 131072):
    for tail in (b".", b"\n.", b"\r\n.", b"\r\n", b"\n", b"\r", b".\r\n.\r\n"):
        for before in range(3):
            put(b"x" * (boundary - before) + tail + b"rest\n")
            put(b"y" * (boundary - before) + tail)
            put(b"l\n" * (boundary // 2) + b"z" * before + tail + b"\n.end\n")
' corpus
  exact
  [[ $(<count) == 378 ]]
}

@test "random messages arrive unchanged" {
  CORPUS='
import random
random.seed(4)
parts = [b"\n", b"\r", b"\r\n", b".", b"\0", b"\n.", b"text", b"x" * 500, b"\xff"]
for i in range(300):
    put(b"".join(random.choices(parts, k=random.choice([3, 30, 3000]))))
' corpus
  exact
  [[ $(<count) == 300 ]]
}

@test "RETR sends exactly these bytes" {
  printf 'A: b\n\n.dot\nlast' | deliver Maildir/new
  over_pipe 'RETR 1\r\n' "${POP3D[@]}" | tail -n +2 >got
  printf '+OK 20 octets\r\nA: b\r\n\r\n..dot\r\nlast\r\n.\r\n' | cmp - got
}

@test "TOP gives the header, an empty line and the lines asked for" {
  printf 'A: b\nC: d\n\n1\n.2\n3' | deliver Maildir/new
  answers 'TOP 1 0\r\nTOP 1 2\r\nTOP 1 99\r\n' \
    '+OK top of message follows' 'A: b' 'C: d' '' . \
    '+OK top of message follows' 'A: b' 'C: d' '' 1 ..2 . \
    '+OK top of message follows' 'A: b' 'C: d' '' 1 ..2 3 .
}

@test "TOP sends all of a message if asked for 2^64 lines or more" {
  printf 'A: b\n\n1\n2\n' | deliver Maildir/new
  answers 'TOP 1 18446744073709551616\r\nTOP 1 999999999999999999999999\r\n' \
    '+OK top of message follows' 'A: b' '' 1 2 . \
    '+OK top of message follows' 'A: b' '' 1 2 .
  answers 'TOP 1 -1\r\nTOP 1 1x\r\nTOP 1 18446744073709551616x\r\n' \
    '-ERR bad number of lines' '-ERR bad number of lines' \
    '-ERR bad number of lines'
}

@test "TOP works for CRLF, bodiless and empty messages" {
  printf 'A: b\r\n\r\n1\r\n2\r\n' | deliver Maildir/new 1.a
  printf 'A: b\nC: d\n' | deliver Maildir/new 2.b
  printf '' | deliver Maildir/new 3.c
  answers 'TOP 1 1\r\nTOP 2 5\r\nTOP 3 5\r\n' \
    '+OK top of message follows' 'A: b' '' 1 . \
    '+OK top of message follows' 'A: b' 'C: d' . \
    '+OK top of message follows' .
}

@test "TOP of a large message sends only its top" {
  { printf 'A: b\n\n' && head -c 50000000 /dev/zero; } | deliver Maildir/new
  answers 'TOP 1 0\r\nQUIT\r\n' '+OK top of message follows' 'A: b' '' . \
    '+OK bye'
}

@test "a line of 100 MB is sent by a process of 8 MB" {
  { printf 'A: b\n\n.' && head -c 100000000 /dev/zero | tr '\0' x; } |
    deliver Maildir/new 1.long
  local limit=(prlimit --as=8388608)
  # The sanitizers reserve terabytes of address space.
  if [[ $BIN == */san/* ]]; then limit=(); fi
  over_pipe 'RETR 1\r\nQUIT\r\n' "${AS_USER[@]}" "${limit[@]}" \
    maildir-pop3d -a >out
  [[ $(head -n 2 out | tail -n 1) == $'+OK 100000011 octets\r' ]]
  [[ $(tail -n 1 out) == $'+OK bye\r' ]]
  [[ $(tail -n +3 out | head -n -2 | wc -c) == 100000012 ]]
}

@test "a stalled client costs its session no more than a buffer" {
  local pid before now=0 last=-1
  { printf 'A: b\n\n' && head -c 60000000 /dev/zero | tr '\0' x; } |
    deliver Maildir/new 1.long
  serve "${POP3D[@]}"
  connect
  expect '+OK*'
  pid=$(session_pid)
  before=$(private_kib "$pid")
  send 'RETR 1'
  expect '+OK 60000010 octets'
  until ((now == last && now > before)); do
    last=$now
    sleep 0.5
    now=$(private_kib "$pid")
  done
  echo "$before KiB, $now KiB"
  ((now < before + 1600))
  send 'QUIT'
  [[ $(timeout 60 head -c 60000010 <&"$SOCKET" | wc -c) == 60000010 ]]
  expect .
  expect '+OK bye'
  hang_up
}

@test "impossible sizes in a file name are ignored" {
  printf 'one\ntwo\n' >body
  deliver Maildir/new '1.a,S=8,W=10' <body
  deliver Maildir/new '2.a,S=7,W=99' <body
  deliver Maildir/new '3.a,S=8,W=7' <body
  deliver Maildir/new '4.a,S=8,W=4000' <body
  deliver Maildir/new '5.a,W=9' <body
  deliver Maildir/new '6.a,S=,W=x' <body
  deliver Maildir/new '7.a,S=99999999999999999999,W=10' <body
  exact
  [[ $(<count) == 7 ]]
}

@test "a plausible wrong size in a file name ends no session" {
  head -c 100000 /dev/zero | tr '\0' x >body
  deliver Maildir/new '1.a,S=100000,W=150000' <body
  printf 'y\n' | deliver Maildir/new 2.b
  local session
  for session in first second; do
    pop3d 'RETR 1\r\nRETR 2\r\n' >out
    sed -n 2p out | grep -qx '+OK 100002 octets' || fail "$session session"
    [[ $(tail -n 3 out) == $'+OK 3 octets\ny\n.' ]]
  done
  # After that LIST is right.
  pop3d 'LIST 1\r\n' | tail -n 1 | grep -qx '+OK 1 100002'
}

@test "RETR over 64 MiB: a wrong size in the name cuts it, once" {
  local size=$((65 << 20))
  : | deliver Maildir/new "1.a,S=$size,W=$((size + 9))"
  truncate -s "$size" Maildir/new/1.a* || skip 'this machine: no sparse file'
  [[ $(pop3d 'RETR 1\r\n' | tail -c 3 | od -An -c) != *'.'* ]]
  logged "event=octets file=.*1.a,S=$size.* announced=$((size + 9)) found=$((size + 2)) "
  pop3d 'RETR 1\r\nQUIT\r\n' | head -n 2 | tail -n 1 >out
  grep -qx "+OK $((size + 2)) octets" out
}

# replace_in_place FILE: it now has only line ends, but its old size and mtime.
replace_in_place() {
  local time size
  time=$(stat -c %y "$1")
  size=$(stat -c %s "$1")
  head -c "$size" /dev/zero | tr '\0' '\n' >swapped
  cat swapped >"$1"
  touch -d "$time" "$1"
}

@test "RETR sends the announced octets or no final dot" {
  local file=Maildir/cur/1.a:2,S n
  { message big; head -c 40000 /dev/zero | tr '\0' x; } | deliver Maildir/cur 1.a:2,S
  message small | deliver Maildir/cur 2.b:2,S
  index
  n=$(stat -c %s "$file")
  replace_in_place "$file"
  replace_in_place Maildir/cur/2.b:2,S
  pop3d 'RETR 1\r\nDELE 2\r\nQUIT\r\n' >out
  [[ $(tail -n 1 out) == '' ]] || fail "$(tail -n 1 out)"
  logged "event=octets file=\"cur/1.a:2,S\" announced=[0-9]* found=$((2 * n)) "
  logged 'reason=error .*dele=0/0'
  # The next session is right.
  pop3d 'LIST 1\r\nRETR 1\r\nRETR 2\r\nQUIT\r\n' >out
  sed -n 2p out | grep -qx "+OK 1 $((2 * n))"
  sed -n 3p out | grep -qx "+OK $((2 * n)) octets"
  [[ $(tail -n 1 out) == '+OK bye' ]]
  # A small message is encoded before it is announced, so the octets are right
  # at once.  LIST then has them, too.
  n=$(stat -c %s Maildir/cur/2.b:2,S)
  grep -qx "+OK $((2 * n)) octets" out
  pop3d 'LIST 2\r\n' | tail -n 1 | grep -qx "+OK 2 $((2 * n))"
}

@test "a file grown since the start of a session is counted again" {
  head -c 100000 /dev/zero | tr '\0' x | deliver Maildir/new 1.a
  serve "${POP3D[@]}"
  connect
  expect '+OK 1 messages (100002 octets)'
  printf '\nmore\n' >>Maildir/new/1.a
  send 'RETR 1'
  expect '+OK 100008 octets'
  hang_up
}

@test "a file truncated during RETR ends the connection" {
  head -c 60000000 /dev/zero | tr '\0' x | deliver Maildir/new 1.a
  serve "${POP3D[@]}"
  connect
  expect '+OK*'
  send 'RETR 1'
  expect '+OK 60000002 octets'
  : >Maildir/new/1.a
  timeout 20 cat <&"$SOCKET" >rest
  (($(wc -c <rest) < 60000000))
  [[ $(tail -c 3 rest) != $'.\r' ]]
  hang_up
  logged reason=error
}

@test "RETR and TOP of a vanished message get only -ERR" {
  message one | deliver Maildir/new 1.a
  message two | deliver Maildir/new 2.b
  serve "${POP3D[@]}"
  connect
  expect '+OK 2 messages*'
  rm Maildir/new/1.a
  send 'RETR 1\r\nTOP 1 0\r\nRETR 2'
  expect '-ERR the message is gone'
  expect '-ERR the message is gone'
  expect '+OK * octets'
  hang_up
}

@test "a message compressed by Dovecot is sent as stored, and named" {
  local format box
  # Dovecot must reach it as the account of the mail.
  box=$(mktemp -d /tmp/dovecot.XXXXXX)
  chmod 711 "$box"
  make_maildir "$box/Maildir"
  for format in gz:gzip bz2:bzip2 zstd:zstd lz4:lz4; do
    message "$format" | as_user env USER=joe HOME="$box" doveadm -c /dev/null \
      -o "mail_location=maildir:$box/Maildir" -o mail_plugins=zlib \
      -o "plugin/zlib_save=${format%:*}" save
    rm -f Maildir/cur/*
    mv "$box"/Maildir/new/* Maildir/cur/1.a:2,
    : >"$LOG"
    exact
    (($(grep -c 'event=compressed ' "$LOG") == 1))
    logged "event=compressed format=${format#*:} file=\"cur/1.a:2,\" user="
  done
  rm -r "$box"
}

@test "compressed messages: only the first of a session is named" {
  own .
  printf '\xfd7zXZ\0rest' | deliver Maildir/cur 1.a:2,
  { printf '\x1f\x8b'; head -c 100000 /dev/zero; } | deliver Maildir/cur 2.b:2,
  message plain | deliver Maildir/cur 3.c:2,
  pop3d 'RETR 3\r\nTOP 2 0\r\nRETR 1\r\nRETR 2\r\n' >/dev/null
  (($(grep -c 'event=compressed ' "$LOG") == 1))
  logged 'event=compressed format=gzip file="cur/2.b:2," user='
  : >"$LOG"
  pop3d 'RETR 1\r\nQUIT\r\n' -q >/dev/null
  logged 'event=compressed format=xz file="cur/1.a:2," user='
  : >"$LOG"
  pop3d 'STAT\r\nRETR 3\r\nTOP 3 0\r\nQUIT\r\n' >/dev/null
  not_logged event=compressed
}
