#!/usr/bin/env bats
# bats file_tags=libc
# A session of maildir-pop3d starts, reads lines, keeps its time limits, logs
# and ends as documented.
# shellcheck disable=SC2030,SC2031  # SERVERS, in the body of a test

bats_require_minimum_version 1.5.0
load ../helpers/common
load ../helpers/pop3d

# with_status_fd COMMAND...: runs it with a FIFO as POPUP_STATUSFD; ./status has
# the first byte that it writes there.
with_status_fd() {
  mkfifo fifo
  head -c 1 fifo >status 3>&- &
  local reader=$! code=0
  POPUP_STATUSFD=9 "$@" 9>fifo || code=$?
  wait "$reader"
  return "$code"
}

@test "without -a: exit 111 and the chain to use" {
  run -111 "${AS_USER[@]}" maildir-pop3d Maildir </dev/null
  [[ $output == *'tcpserver 0 110 popup HOST checkpw maildir-pop3d -a Maildir'* ]]
}

@test "a bad command line: exit 111, a message and no session" {
  local words
  for words in '-a --bogus' '-a -z' '-a -t 0' '-a -t' '-a -t x' '-a one two' \
    '-a -R NOT_SET_HERE' '-a --session 1h' '-u'; do
    # shellcheck disable=SC2086  # words are meant to be split
    run -111 --separate-stderr "${AS_USER[@]}" maildir-pop3d $words </dev/null
    [[ -z $output && $stderr == 'maildir-pop3d: fatal: '* ]] ||
      fail "$words: $output $stderr"
  done
}

@test "a bad command line: a client gets -ERR, the log the reason" {
  serve "${AS_USER[@]}" maildir-pop3d -a --bogus
  connect
  expect '-ERR [[]SYS/TEMP] the server is misconfigured'
  expect_end
  logged 'fatal: unknown option: --bogus'
}

@test "a bad command line: a client on pipes gets -ERR, a file not" {
  [[ $(pop3d 'QUIT\r\n' --bogus) == \
    '-ERR [SYS/TEMP] the server is misconfigured' ]]
  logged 'fatal: unknown option: --bogus'
  # A file and /dev/null have no client at the other end.
  local code=0
  over_pipe 'QUIT\r\n' "${POP3D[@]}" --bogus >file || code=$?
  ((code == 111))
  [[ ! -s file ]]
  "${POP3D[@]}" --bogus </dev/null 2>>"$LOG" | cat >file
  [[ ! -s file ]]
}

@test "out of memory without POPUP_STATUSFD: -ERR and exit 0" {
  needs_memory_limit
  many-messages Maildir/new 20000 "$MAIL_UID"
  own Maildir
  local limit served=0 refused=0 code
  # In KiB.  With the smallest limits the program cannot even be executed.
  for ((limit = 256; limit <= 12288; limit += limit / 8)); do
    code=0
    over_pipe 'QUIT\r\n' "${AS_USER[@]}" prlimit --as=$((limit * 1024)) \
      maildir-pop3d -a -n >out 2>/dev/null || code=$?
    case $code:$(<out) in
      0:'+OK 20000 messages'*) served=1 ;;
      0:'-ERR [SYS/TEMP] '*) refused=1 ;;
      [1-9]*:) ((code > 125)) || fail "$limit KiB: $code in silence" ;;
      *) fail "$limit KiB: $code $(head -c 100 out)" ;;
    esac
    rm -f Maildir/maildir-pop3d.*
  done
  ((served == 1 && refused == 1)) || fail "served $served, refused $refused"
}

@test "-V and --help answer on standard output" {
  run -0 --separate-stderr maildir-pop3d -V
  [[ $output == 'maildir-pop3d (popchain) '* && -z $stderr ]]
  run -0 --separate-stderr maildir-pop3d --help
  [[ $output == 'usage: maildir-pop3d [-a'* && -z $stderr ]]
}

@test "as root: exit 1, a reason in the log, no reply" {
  needs_root 'it runs maildir-pop3d as root'
  USER=joe TCPREMOTEIP=192.0.2.7 run -1 --separate-stderr maildir-pop3d -a Maildir
  [[ -z $output ]]
  [[ $stderr == "maildir-pop3d: event=fail cause=\"unable to serve a mailbox as root\" maildir=$T/Maildir uid=0 user=joe ip=192.0.2.7" ]]
}

@test "a session writes one byte to POPUP_STATUSFD" {
  printf 'QUIT\r\n' | with_status_fd "${POP3D[@]}" >out 2>>"$LOG"
  [[ $(<status) == + ]]
  [[ $(head -n 1 out) == '+OK'* ]]
}

two_replies() { (($(wc -l <replies) == 2)); }
@test "a session's end is logged after popup closes POPUP_STATUSFD" {
  local byte
  mkfifo fifo to_session
  exec 7<>to_session 8<>fifo
  POPUP_STATUSFD=9 "${POP3D[@]}" <to_session >replies 2>>"$LOG" \
    3>&- 7>&- 8<&- 9>fifo &
  # shellcheck disable=SC2030,SC2031  # of this test
  SERVERS+=($!)
  IFS= read -r -N 1 -t 20 byte <&8
  [[ $byte == + ]]
  printf 'QUIT\r\n' >&7
  wait_until two_replies
  # A session that did not wait would log its end in this time.
  sleep 0.3
  echo 'the login' >>"$LOG"
  exec 8<&-
  logged event=close
  [[ $(grep -n 'the login' "$LOG") == 1:* ]] || fail 'the end came first'
}

@test "a client does not wait for popup to close POPUP_STATUSFD" {
  local byte start rest
  mkfifo fifo to_session from_session
  exec 7<>to_session 8<>fifo
  POPUP_STATUSFD=9 "${POP3D[@]}" <to_session >from_session 2>>"$LOG" \
    3>&- 7>&- 8<&- 9>fifo &
  # shellcheck disable=SC2030,SC2031  # of this test
  SERVERS+=($!)
  exec 6<from_session
  IFS= read -r -N 1 -t 20 byte <&8
  [[ $byte == + ]]
  printf 'QUIT\r\n' >&7
  start=${EPOCHREALTIME/./}
  rest=$(timeout 20 cat <&6)
  ((${EPOCHREALTIME/./} - start < 3000000)) || fail 'the end came late'
  [[ $rest == *'+OK'* ]] || fail "$rest"
  exec 6<&- 7>&- 8<&-
  logged event=close
}

@test "a failure with POPUP_STATUSFD: exit 111 and no reply" {
  rm -r Maildir
  local code=0
  with_status_fd "${POP3D[@]}" >out 2>>"$LOG" </dev/null || code=$?
  [[ $code == 111 && ! -s out && ! -s status ]]
  logged 'event=fail'
}

@test "a failure without POPUP_STATUSFD: -ERR and exit 0" {
  rm -r Maildir
  run -0 --separate-stderr "${POP3D[@]}"
  [[ $output == '-ERR [SYS/TEMP]'* ]]
}

@test "a POPUP_STATUSFD below 3 or not a FIFO is ignored" {
  rm -r Maildir
  local value
  for value in 0 1 2 '' x -1 3x 9 77777777777; do
    POPUP_STATUSFD=$value "${POP3D[@]}" >out 2>>"$LOG" </dev/null 9>plain
    [[ $(<out) == '-ERR [SYS/TEMP]'* && ! -s plain ]] || fail "obeyed: $value"
  done
}

@test "an IN-USE refusal: status byte, -ERR and exit 0" {
  serve "${POP3D[@]}" --lock
  connect
  expect '+OK*'
  with_status_fd "${POP3D[@]}" --lock >out 2>>"$LOG" </dev/null
  [[ $(<status) == + && $(<out) == '-ERR [IN-USE]'* ]]
  hang_up
}

@test "POPUP_IN_USE=1: the byte r, [IN-USE], no Maildir is opened" {
  needs_strace
  export POPUP_IN_USE=1
  with_status_fd strace -o trace -e trace=openat,open "${POP3D[@]}" \
    </dev/null >out 2>>"$LOG"
  [[ $(<status) == r ]]
  [[ $(<out) == $'-ERR [IN-USE] too many sessions of this login\r' ]]
  logged 'event=busy cause=sessions maildir=.*/Maildir uid='
  ! grep -q Maildir trace || fail "$(<trace)"
}

@test "POPUP_IN_USE counts only as 1, and with POPUP_STATUSFD" {
  export POPUP_IN_USE
  for POPUP_IN_USE in '' 0 2 11; do
    rm -f fifo
    printf 'QUIT\r\n' | with_status_fd "${POP3D[@]}" >out 2>>"$LOG"
    [[ $(<status) == + && $(<out) == '+OK'* ]] || fail "obeyed: $POPUP_IN_USE"
  done
  POPUP_IN_USE=1
  [[ $(pop3d '') == '+OK'* ]]
  POPUP_STATUSFD=2 run pop3d ''
  [[ $output == '+OK'* ]]
}

@test "--lock is released before the reply to QUIT or the end" {
  needs_strace
  local commands calls
  for commands in 'QUIT\r\n' 'NOOP\r\n'; do
    ASAN_OPTIONS=detect_leaks=0 over_pipe "$commands" strace -f -o trace \
      -e trace=flock,write,close "${POP3D[@]}" --lock >/dev/null
    calls=$(grep -oE '(flock.*LOCK_UN|write.1, "[+]OK bye|close[(]1[)])' trace)
    [[ $calls == 'flock('*LOCK_UN* ]] || fail "$commands: $calls"
  done
}

@test "lines over 255 octets are discarded, no part of them is run" {
  message one | deliver Maildir/new 1.a
  local pad
  pad=$(printf '%247s' '')
  # 255 octets with CRLF are a line; 256 are not.
  answers "DELE 1$pad\r\nRSET\r\nDELE 1 $pad\r\nSTAT\r\n" '+OK deleted' \
    '+OK 1 messages (47 octets)' '-ERR line too long' '+OK 1 47'
  {
    head -c 20000 /dev/zero | tr '\0' x
    printf 'QUIT\r\nSTAT\r\n'
  } | over_pipe_raw "${POP3D[@]}" | tail -n +2 >got
  printf -- '-ERR line too long\r\n+OK 1 47\r\n' | cmp - got
}

over_pipe_raw() { timeout 20 "$@" 2>>"$LOG"; }

@test "a line with a NUL is refused as a whole" {
  answers 'NOOP\0\r\nST\0AT\r\nNOOP\r\n' '-ERR NUL in the line' \
    '-ERR NUL in the line' '+OK'
}

@test "-d logs no content of overlong lines and lines with a NUL" {
  local long
  long=$(printf '%300s' '' | tr ' ' x)
  pop3d "$long\r\nST\0AT\r\nNOOP\r\n" -d >/dev/null
  logged 'event=command line="(too long)"$'
  logged 'event=command line="(NUL, 7 octets)"$'
  [[ $(grep -c event=command "$LOG") == 3 ]]
  run ! grep -q 'xxx\|AT' "$LOG"
}

@test "unknown and login commands get -ERR, the session goes on" {
  answers 'HELO x\r\n\r\nUSER joe\r\nPASS x\r\nAPOP a b c d\r\nAUTH PLAIN\r\nXTND XMIT\r\nNOOP\r\n' \
    '-ERR unknown command' '-ERR unknown command' '-ERR already logged in' \
    '-ERR already logged in' '-ERR already logged in' \
    '-ERR already logged in' '-ERR submission is not allowed here' '+OK'
}

@test "pipelined commands are answered in order in any segments" {
  message one | deliver Maildir/new 1.a
  local commands='STAT\r\nLIST 1\r\nRETR 1\r\nDELE 1\r\nNOOP\r\nQUIT\r\n'
  serve "${POP3D[@]}" -n
  transcript "${commands/DELE 1/NOOP}" >whole
  over_pipe "${commands/DELE 1/NOOP}" "${POP3D[@]}" -n >piped
  cmp whole piped
  connect
  local i text
  text=$(printf '%bx' "${commands/DELE 1/NOOP}")
  for ((i = 0; i < ${#text} - 1; i++)); do printf '%s' "${text:i:1}" >&"$SOCKET"; done
  timeout 20 cat <&"$SOCKET" >dribbled
  cmp whole dribbled
  [[ $(tail -n 1 whole) == $'+OK bye\r' ]]
}

@test "SHUT_WR after a pipelined QUIT: all is answered and done" {
  head -c 3000000 /dev/zero | tr '\0' '\n' | deliver Maildir/new 1.a
  message two | deliver Maildir/new 2.b
  serve "${POP3D[@]}"
  python3 - "$PORT" <<'EOF'
import socket
import sys
import time
client = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
client.sendall(b"RETR 1\r\nRETR 2\r\nDELE 1\r\nDELE 2\r\nQUIT\r\nNOOP\r\n")
client.shutdown(socket.SHUT_WR)
time.sleep(0.3)
reply = b""
while got := client.recv(1 << 20):
    reply += got
assert reply.startswith(b"+OK 2 messages"), reply[:80]
assert reply.endswith(b".\r\n+OK deleted\r\n+OK deleted\r\n+OK bye\r\n"), reply[-80:]
assert len(reply) > 6000000
EOF
  [[ $(names new)$(names cur) == '' ]]
}

# (seeds/tru64.bats tests the submission itself.)
@test "a large submission is read in large pieces" {
  needs_strace
  local reads
  { printf 'XTND XMIT\r\nTo: a\r\n\r\n' && yes x | head -c 200000 && printf '\r\n.\r\n'; } >said
  ASAN_OPTIONS=detect_leaks=0 SENDMAIL=/nonexistent/sendmail \
    strace -o trace -e trace=read "${POP3D[@]}" -x <said >reply 2>>"$LOG"
  logged 'event=submit .* bytes=200008 user='
  reads=$(grep -c '^read(0,' trace)
  ((reads > 50 && reads < 150)) || fail "$reads readings"
}

# Closing a connection with unread input makes the kernel send a reset, which
# may destroy replies that the client has not read yet.
@test "input after QUIT does not destroy earlier replies" {
  head -c 1400000 /dev/zero | tr '\0' '\n' | deliver Maildir/cur 1.a:2,S
  serve "${POP3D[@]}"
  python3 - "$PORT" <<'EOF'
import socket
import sys
import time
client = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
client.sendall(b"RETR 1\r\nDELE 1\r\nQUIT\r\n" + b"NOOP\r\n" * 8000)
time.sleep(0.5)
reply = b""
while got := client.recv(1 << 20):
    reply += got
assert reply.endswith(b".\r\n+OK deleted\r\n+OK bye\r\n"), len(reply)
EOF
  [[ $(names cur) == '' ]]
}

@test "pipelined input does not destroy the refusal of a session" {
  local reply code
  pop3d '' --login-delay 3600 >out
  # Starts late, when the input has arrived.
  code='sleep 0.2; exec "$@"'
  exec {HELD}<Maildir
  flock "$HELD"
  for reply in '[IN-USE] another' '[LOGIN-DELAY]' '[SYS/TEMP]'; do
    serve sh -c "$code" sh "${POP3D[@]}" --lock --login-delay 3600
    python3 - "$PORT" "-ERR $reply" <<'EOF'
import socket
import sys
client = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
client.settimeout(10)
client.sendall(b"STAT\r\n" + b"NOOP\r\n" * 8000)
reply = b""
while got := client.recv(1000):
    reply += got
assert reply.startswith(sys.argv[2].encode()), reply
EOF
    if [[ $reply == *IN-USE* ]]; then flock -u "$HELD"; else rm -rf Maildir; fi
  done
}

@test "a client leaving at any stage deletes nothing" {
  head -c 5000000 /dev/zero | tr '\0' '\n' | deliver Maildir/new 1.a
  message two | deliver Maildir/new 2.b
  serve "${POP3D[@]}"
  python3 - "$PORT" <<'EOF'
import socket
import struct
import sys
reset = struct.pack("ii", 1, 0)
for said in (b"", b"ST", b"STAT\r\n", b"DELE 2\r\n", b"DELE 2\r\nRETR 1\r\n",
             b"DELE 1\r\nDELE 2\r\nQUI", b"DELE 2\r\nQUIT"):
    for wait in (False, True):
        for linger in (None, reset):
            client = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
            client.sendall(said)
            if wait:
                client.recv(10)
            if linger:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            client.close()
EOF
  wait_until_count 28
  [[ $(names new)$(names cur) == '1.a 2.b ' ]]
}

# wait_until_count N: until the log has the end of N sessions.
wait_until_count() {
  local tries
  for ((tries = 0; tries < 200; tries++)); do
    if [[ $(grep -c event=close "$LOG") == "$1" ]]; then return 0; fi
    sleep 0.05
  done
  fail "$(grep -c event=close "$LOG") sessions of $1"
}

@test "1,000 RETRs in a row do not wait for delayed ACKs" {
  for ((i = 1; i <= 1000; i++)); do
    printf 'Subject: %s\n\nbody\n.dot\n' "$i" >"Maildir/new/$i.m"
  done
  own Maildir
  serve "${POP3D[@]}"
  # With a stall of 0.04 s for each message it would take over 40 s.
  timeout 10 python3 - "$PORT" <<'EOF'
import poplib
import sys
pop = poplib.POP3("127.0.0.1", int(sys.argv[1]))
for i in range(1, 1001):
    reply, lines, octets = pop.retr(i)
    assert lines == [b"Subject: %d" % i, b"", b"body", b".dot"]
pop.quit()
EOF
}

@test "TCP_NODELAY is set before the greeting" {
  needs_strace
  ASAN_OPTIONS=detect_leaks=0 serve strace -f -o "$T/calls" \
    -e trace=setsockopt,sendto "${POP3D[@]}"
  [[ $(transcript 'QUIT\r\n' | tail -n 1) == $'+OK bye\r' ]]
  # strace run by a plain user cannot read an undumpable process's memory.
  wait_until grep -q 'sendto(1, ' "$T/calls"
  [[ $(grep -oE 'setsockopt.1, [^)]*TCP_NODELAY|sendto.1' "$T/calls" |
    head -n 1) == 'setsockopt(1, '*TCP_NODELAY ]]
}

@test "a reply of many parts arrives in one piece" {
  for ((i = 1; i <= 500; i++)); do printf 'x\n' >"Maildir/new/$i.m"; done
  own Maildir
  serve "${POP3D[@]}"
  python3 - "$PORT" <<'EOF'
import socket
import sys
client = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
client.recv(1000)
for commands, end in ((b"LIST\r\n", b"500 3\r\n.\r\n"),
                      (b"CAPA\r\n", b"popchain\r\n.\r\n"),
                      (b"RETR 1\r\nRETR 2\r\nNOOP\r\n", b"x\r\n.\r\n+OK\r\n")):
    client.sendall(commands)
    reply = client.recv(1 << 20)
    assert reply.endswith(end), (commands, reply)
EOF
}

@test "-t ends a silent session: no reply, nothing is deleted" {
  message one | deliver Maildir/new 1.a
  serve "${POP3D[@]}" -t 1
  connect
  expect '+OK*'
  send 'DELE 1'
  expect '+OK deleted'
  expect_end
  [[ $(names new) == '1.a ' ]]
  logged 'reason=timeout'
}

@test "-t limits the time for a line, not for a byte" {
  serve "${POP3D[@]}" -t 2
  connect
  expect '+OK*'
  local i
  for ((i = 0; i < 40; i++)); do
    { printf 'x' >&"$SOCKET"; } 2>/dev/null || break
    if grep -q reason=timeout "$LOG"; then break; fi
    sleep 0.1
  done
  logged reason=timeout
  ((i < 40))
}

@test "-t ends a write without progress, on a socket and a pipe" {
  head -c 30000000 /dev/zero | deliver Maildir/new 1.a
  message two | deliver Maildir/new 2.b
  serve "${POP3D[@]}" -t 1
  connect
  send 'DELE 2\r\nRETR 1\r\nQUIT'
  logged reason=timeout
  hang_up
  : >"$LOG"
  mkfifo stuck
  background bash -c 'exec sleep 20 <stuck'
  printf 'RETR 1\r\nQUIT\r\n' | timeout 15 "${POP3D[@]}" -t 1 >stuck 2>>"$LOG"
  logged reason=timeout
  [[ $(names new) == '1.a 2.b ' ]]
}

@test "-t: a slow reader with progress is served to the end" {
  head -c 8000000 /dev/zero | tr '\0' '\n' | deliver Maildir/new 1.a
  serve "${POP3D[@]}" -t 1
  python3 - "$PORT" <<'EOF'
import socket
import sys
import time
client = socket.socket()
client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
client.connect(("127.0.0.1", int(sys.argv[1])))
client.sendall(b"RETR 1\r\nQUIT\r\n")
total = 0
for turn in range(12):
    time.sleep(0.25)
    total += len(client.recv(1 << 18))
while got := client.recv(1 << 20):
    total += len(got)
assert total > 16000000, total
EOF
  logged reason=quit
}

@test "--session ends even a busy session" {
  message one | deliver Maildir/new 1.a
  serve "${POP3D[@]}" --session 1
  connect
  expect '+OK*'
  send 'DELE 1'
  expect '+OK deleted'
  local i
  for ((i = 0; i < 50; i++)); do
    { printf 'NOOP\r\n' >&"$SOCKET"; } 2>/dev/null || break
    if grep -q reason=timeout "$LOG"; then break; fi
    sleep 0.1
  done
  ((i < 50))
  [[ $(names new) == '1.a ' ]]
}

# limited COMMAND [OPTION...]: a client that sends this command without a pause
# is cut off by --session 1.
limited() {
  local command=$1 code=0
  shift
  : >"$LOG"
  { yes "$command"$'\r' || true; } 2>/dev/null |
    timeout 20 "${POP3D[@]}" --session 1 "$@" 2>>"$LOG" >/dev/null || code=$?
  ((code == 0)) || fail "exit code $code"
  logged reason=timeout
}

@test "--session ends an endless client and an endless reply" {
  limited NOOP
  message one | deliver Maildir/new 1.a
  limited 'RETR 1'
  # The sizes in its name save counting its octets.
  local -r size=400000000000
  : | deliver Maildir/new "2.b,S=$size,W=$size"
  truncate -s "$size" Maildir/new/2.b* || skip 'this machine: no sparse file'
  printf 'RETR 2\r\n' | timeout 20 "${POP3D[@]}" --session 1 2>>"$LOG" |
    tail -c 3 >end
  [[ $(grep -c reason=timeout "$LOG") == 2 ]]
  [[ $(od -An -c end) != *'.'* ]]
  serve "${POP3D[@]}" --session 1
  : >"$LOG"
  connect
  { yes $'NOOP\r' || true; } 2>/dev/null >&"$SOCKET" 3>&- &
  timeout 20 cat <&"$SOCKET" >/dev/null || true
  hang_up
  logged reason=timeout
  wait $!
}

@test "the closing line counts messages and octets" {
  for name in 1.a 2.b 3.c; do message x | deliver Maildir/new "$name"; done
  POPUP_SID=4f21.67 TCPREMOTEIP=192.0.2.7 pop3d \
    'TOP 1 0\r\nRETR 1\r\nRETR 2\r\nDELE 2\r\nQUIT\r\n' -u joe >/dev/null
  logged '^maildir-pop3d: sid=4f21.67 event=close reason=quit user=joe ip=192.0.2.7 top=1/35 retr=2/86 dele=1/43 left=2/86 seconds=[0-9]*\.[0-9]$'
}

@test "-s adds the five classical figures" {
  for name in 1.a 2.b 3.c; do message x | deliver Maildir/new "$name"; done
  pop3d 'DELE 2\r\nQUIT\r\n' -s -u joe >/dev/null
  logged 'event=statistics user=joe deleted=1 deleted_bytes=43 left=2 left_bytes=86'
}

@test "-q drops the closing line, not the warnings" {
  message one | deliver Maildir/new 1.a
  chmod 000 Maildir/new/1.a
  pop3d 'QUIT\r\n' -q >/dev/null
  logged 'event=unreadable'
  [[ $(grep -c event=close "$LOG") == 0 ]]
}

@test "the user is -u, LOGNAME, USER or the uid's name" {
  pop3d 'QUIT\r\n' -u "o'joe x" >/dev/null
  LOGNAME=log USER=use pop3d 'QUIT\r\n' >/dev/null
  USER=use pop3d 'QUIT\r\n' >/dev/null
  [[ $(grep -o 'user=.* ip' "$LOG" | tr '\n' ' ') == "user=\"o'joe x\" ip user=log ip user=use ip " ]]
}

@test "the client is -r, -R's variable or the super-server's" {
  TCPREMOTEIP=192.0.2.1 pop3d 'QUIT\r\n' -r host.example >/dev/null
  HERE=198.51.100.9 TCPREMOTEIP=192.0.2.1 pop3d 'QUIT\r\n' -R HERE >/dev/null
  REMOTE_HOST=192.0.2.3 pop3d 'QUIT\r\n' >/dev/null
  pop3d 'QUIT\r\n' >/dev/null
  [[ $(grep -o 'ip=[^ ]*' "$LOG" | tr '\n' ' ') == 'ip=host.example ip=198.51.100.9 ip=192.0.2.3 ip=- ' ]]
}

@test "-d logs each client line with secrets hidden" {
  pop3d 'STAT\r\nPASS hunter2\r\npass\thunter2\r\n AUTH PLAIN hunter2\r\nauth plain hunter2\r\nAPOP joe hunter2\r\nTOP 1 \x1b[1mx\r\n' -d >/dev/null
  logged 'event=command line=STAT'
  [[ $(grep -c 'line="PASS <hidden>"' "$LOG") == 1 ]]
  [[ $(grep -c 'line="AUTH <hidden>"' "$LOG") == 1 ]]
  [[ $(grep -c 'line="(unknown, ' "$LOG") == 2 ]]
  logged 'line="APOP <hidden>"'
  logged 'line="TOP 1 \\x1b\[1mx"'
  [[ $(grep -c hunter2 "$LOG") == 0 ]]
}

@test "-d and --trace hide secrets in mistyped and surplus input" {
  chmod 777 .
  pop3d 'PAS hunter2\r\nAUTH PLAIN\r\nAGpvZQBodW50ZXIy\r\nQUIT hunter2\r\nnoop hunter2\r\nhunter2\r\n' \
    -d --trace trace >/dev/null
  local file
  for file in "$LOG" trace; do
    [[ $(grep -o 'line=.*' "$file") == 'line="(unknown, 13 octets)"
line="AUTH <hidden>"
line="(unknown, 18 octets)"
line=QUIT
line=NOOP
line="(unknown, 9 octets)"' ]] || fail "$(cat "$file")"
  done
}

@test "--trace writes into a private file and not into the log" {
  chmod 777 .
  pop3d 'STAT\r\nPASS hunter2\r\nQUIT\r\n' --trace trace >/dev/null
  [[ $(cut -d' ' -f 1-2 trace | uniq) == 'maildir-pop3d: event=command' ]]
  [[ $(sed 's/.* line=/line=/' trace) == $'line=STAT\nline="PASS <hidden>"\nline=QUIT' ]]
  [[ $(stat -c %a trace) == 600 ]]
  [[ $(grep -c event=command "$LOG") == 0 ]]
}

@test "--trace refuses links, FIFOs, directories and devices" {
  chmod 777 .
  : >plain
  : >first
  own plain
  own first
  ln -s plain link # to a file that would be accepted
  ln first second
  mkfifo fifo
  local target
  for target in link second fifo Maildir /dev/null; do
    [[ $(pop3d 'QUIT\r\n' --trace "$target") == '-ERR [SYS/TEMP]'* ]] ||
      fail "traced into $target"
  done
  [[ $(pop3d 'QUIT\r\n' --trace plain) == '+OK'* ]]
}

@test "--trace refuses another user's file" {
  if ((EUID != 0)); then skip 'needs root, to have a file of another user'; fi
  chmod 777 .
  : >theirs
  chmod 666 theirs
  [[ $(pop3d 'QUIT\r\n' --trace theirs) == '-ERR [SYS/TEMP]'* ]]
  [[ ! -s theirs ]]
}

@test "signals blocked or ignored by the super-server do no harm" {
  message one | deliver Maildir/new 1.a
  serve python3 -c '
import os, signal, sys
for number in range(1, 32):
    if number not in (signal.SIGKILL, signal.SIGSTOP):
        signal.signal(number, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))
os.set_blocking(0, False)
os.execvp(sys.argv[1], sys.argv[1:])
' "${POP3D[@]}"
  [[ $(transcript 'RETR 1\r\nQUIT\r\n' | tail -n 1) == $'+OK bye\r' ]]
}

@test "O_NONBLOCK is never set on the connection" {
  python3 - "${POP3D[@]}" <<'EOF'
import fcntl
import os
import socket
import subprocess
import sys
for ours, theirs in (socket.socketpair(), socket.socketpair()):
    server = subprocess.Popen(sys.argv[1:], stdin=theirs, stdout=theirs,
                              stderr=subprocess.DEVNULL)
    assert ours.recv(100).startswith(b"+OK")
    assert not fcntl.fcntl(theirs, fcntl.F_GETFL) & os.O_NONBLOCK
    ours.sendall(b"QUIT\r\n")
    server.wait(20)
    assert not fcntl.fcntl(theirs, fcntl.F_GETFL) & os.O_NONBLOCK
EOF
}

@test "a session is not dumpable and gains no privileges" {
  serve "${POP3D[@]}"
  connect
  expect '+OK*'
  local pid status
  pid=$(pgrep -P "${SERVERS[-1]}" maildir-pop3d)
  status=$(<"/proc/$pid/status")
  [[ $BIN == */san/* || $status == *$'NoNewPrivs:\t1'* ]]
  if ((EUID == 0)); then
    # Its /proc files belong to root, because it is not dumpable.
    [[ $(stat -c %u "/proc/$pid/environ") == 0 ]]
    [[ $(find "/proc/$pid/fd" -mindepth 1 -printf '%l\n' | grep -c Maildir) == 4 ]]
  else
    echo '# skipped without root: what /proc tells of the descriptors' >&2
    [[ ! -r /proc/$pid/environ ]]
  fi
  hang_up
}

@test "new/ may be a link to a directory elsewhere" {
  make_maildir real
  rm -r Maildir/new
  ln -s ../real/new Maildir/new
  message one | deliver real/new 1.a
  answers 'RETR 1\r\nDELE 1\r\nQUIT\r\n' '+OK 47 octets' \
    'From: a@example.org' 'Subject: one' '' 'body one' . '+OK deleted' '+OK bye'
  [[ $(find real -type f | wc -l) == 0 ]]
}

@test "closed standard descriptors end a session without harm" {
  message one | deliver Maildir/new 1.a
  "${POP3D[@]}" <&- >/dev/null 2>>"$LOG"
  "${POP3D[@]}" >&- 2>>"$LOG" </dev/null
  "${POP3D[@]}" </dev/null >/dev/null 2>&-
  [[ $(names new) == '1.a ' ]]
  cmp <(message one) Maildir/new/1.a
}

@test "Python's poplib and curl fetch the same bytes" {
  message one | deliver Maildir/new 1.a
  printf 'A: b\n\n.\n..\nlast' | deliver Maildir/new 2.b
  # Both clients want to log in first: a front end that accepts everybody.
  cat >front.py <<'EOF'
import os
import sys
def line():
    got = b""
    while not got.endswith(b"\n"):
        got += os.read(0, 1) or sys.exit()
    return got
os.write(1, b"+OK\r\n")
while not (said := line()).startswith(b"PASS"):
    os.write(1, b"+OK\r\n" if said.startswith(b"USER") else b"-ERR\r\n")
os.execvp(sys.argv[1], sys.argv[1:])
EOF
  serve python3 front.py "${POP3D[@]}" -n
  curl -sS -u joe:x "pop3://127.0.0.1:$PORT/2" >curled
  python3 - "$PORT" >fetched <<'EOF'
import poplib
import sys
pop = poplib.POP3("127.0.0.1", int(sys.argv[1]))
pop.user("joe")
pop.pass_("x")
assert pop.stat() == (2, 47 + 21)
assert pop.list()[1] == [b"1 47", b"2 21"]
assert pop.uidl(2).endswith(b" 2.b")
reply, lines, octets = pop.retr(2)
assert reply == b"+OK 21 octets"
sys.stdout.buffer.write(b"".join(line + b"\r\n" for line in lines))
pop.quit()
EOF
  printf 'A: b\r\n\r\n.\r\n..\r\nlast\r\n' | tee >(cmp - fetched >&2) | cmp - curled
  cmp fetched curled
}

# is_shown_as PATTERN OPTION...: ps shows this command line for the session.
is_shown_as() {
  local shown
  serve "${POP3D[@]}" "${@:2}"
  connect
  expect '+OK*'
  shown=$(ps -o args= -p "$(session_pid)")
  # shellcheck disable=SC2053  # a pattern
  [[ $shown == $1 ]] || fail "ps shows: $shown"
  hang_up
  stop_servers
}

@test "--title: ps shows user and address" {
  is_shown_as 'maildir-pop3d: joe 127.0.0.1' -u joe --title
  is_shown_as 'maildir-pop3d: joe 192.0.2.7' --title -u joe -r 192.0.2.7 Maildir
  LOGNAME=al is_shown_as 'maildir-pop3d: al 127.0.0.1' --ti
  is_shown_as 'maildir-pop3d -a -u joe' -u joe
}

@test "--title: no login can forge an address or a control character" {
  is_shown_as 'maildir-pop3d: joe?192.0.2.1?[[]2J? 127.0.0.1' --title \
    -u $'joe 192.0.2.1\e[2J\n'
}

@test "--title: a title that does not fit is cut" {
  cp "$BIN/maildir-pop3d" d
  chmod 755 d
  serve "${AS_USER[@]}" env -i ./d -a --title
  connect
  expect '+OK 0 messages*'
  child_of "${SERVERS[0]}"
  [[ $(ps -o args= -p "$CHILD") == maildir-pop3d: ]]
  hang_up
}

@test "--title: other options and the environment keep their values" {
  own .
  touch "$T/trace-file" && own "$T/trace-file"
  export POPUP_CAPA=$'USER\nSASL PLAIN' TCPREMOTEIP=192.0.2.9
  [[ $(pop3d 'CAPA\r\nQUIT\r\n' --title -R TCPREMOTEIP --trace trace \
    -m Maildir) == *'SASL PLAIN'* ]]
  logged 'event=close reason=quit .*ip=192.0.2.9 '
  grep -q CAPA trace
  # Failures that are logged later name the list, not the title.
  : >uidls
  pop3d 'QUIT\r\n' --title --uidl file:uidls >/dev/null
  logged 'event=fail cause=.*it is empty.* file=uidls '
}

@test "--title: pidof and pgrep find the program by its name" {
  serve "${POP3D[@]}" -u joe --title
  connect
  expect '+OK*'
  local pid
  pid=$(session_pid)
  [[ " $(pidof maildir-pop3d) " == *" $pid "* ]]
  pgrep -x maildir-pop3d | grep -qx "$pid"
  [[ $(cat "/proc/$pid/comm") == maildir-pop3d ]]
  hang_up
}

@test "--title takes no value: exit 111" {
  run -111 "${POP3D[@]}" --title=joe </dev/null
  [[ $output == *'this option takes no value: --title=joe'* ]]
}
