#!/usr/bin/env bats
# bats file_tags=libc
# STAT, LIST, UIDL, LAST, NOOP, RSET and CAPA answer after the login as RFC 1939
# and RFC 2449 want it, and a long XTND XLIST is sent in parts.
# (seeds/tru64.bats tests the replies to XTND XLIST.)

load ../helpers/common
load ../helpers/pop3d

three_messages() {
  printf 'a\n' | deliver Maildir/new 10.one
  printf 'bb\n' | deliver Maildir/cur 20.two:2,S
  printf 'ccc' | deliver Maildir/new 30.three
}

@test "an empty Maildir has no messages and no octets" {
  answers 'STAT\r\nLIST\r\nUIDL\r\nLAST\r\nLIST 1\r\nQUIT\r\n' \
    '+OK 0 0' '+OK 0 messages (0 octets)' . '+OK unique-id listing follows' . \
    '+OK 0' '-ERR no such message' '+OK bye'
}

@test "STAT and LIST count octets as on the wire" {
  three_messages
  answers 'STAT\r\nLIST\r\nLIST 3\r\nQUIT\r\n' '+OK 3 12' \
    '+OK 3 messages (12 octets)' '1 3' '2 4' '3 5' . '+OK 3 5' '+OK bye'
}

@test "UIDL gives the file name up to the colon" {
  three_messages
  answers 'UIDL\r\nUIDL 2\r\nQUIT\r\n' '+OK unique-id listing follows' \
    '1 10.one' '2 20.two' '3 30.three' . '+OK 2 20.two' '+OK bye'
}

@test "STAT, LIST and UIDL leave out messages marked as deleted" {
  three_messages
  answers 'DELE 2\r\nSTAT\r\nLIST\r\nUIDL\r\nLIST 2\r\nUIDL 2\r\nRETR 2\r\nTOP 2 0\r\nDELE 2\r\n' \
    '+OK deleted' '+OK 2 8' '+OK 2 messages (8 octets)' '1 3' '3 5' . \
    '+OK unique-id listing follows' '1 10.one' '3 30.three' . \
    '-ERR no such message' '-ERR no such message' '-ERR no such message' \
    '-ERR no such message' '-ERR no such message'
}

@test "RSET unmarks all messages and resets LAST" {
  three_messages
  answers 'DELE 3\r\nLAST\r\nRSET\r\nLAST\r\nSTAT\r\nQUIT\r\n' '+OK deleted' \
    '+OK 3' '+OK 3 messages (12 octets)' '+OK 0' '+OK 3 12' '+OK bye'
  [[ -e Maildir/cur/30.three:2, ]]
}

@test "LAST: the highest message touched by RETR or DELE, not TOP" {
  three_messages
  answers 'LAST\r\nTOP 3 0\r\nLAST\r\nRETR 2\r\nLAST\r\nDELE 1\r\nLAST\r\nQUIT\r\n' \
    '+OK 0' '+OK top of message follows' ccc . '+OK 0' '+OK 4 octets' bb . \
    '+OK 2' '+OK deleted' '+OK 2' '+OK bye'
}

@test "message numbers must be decimal and within range" {
  three_messages
  local bad replies
  for bad in 0 4 -1 +1 1x x1 1e20 0x1 4294967297 18446744073709551617 \
    99999999999999999999999 '1 1' ''; do
    replies=$(pop3d "RETR $bad\r\nDELE $bad\r\nQUIT\r\n")
    [[ $(grep -c '^-ERR' <<<"$replies") == 2 ]] || fail "$bad: $replies"
  done
  answers 'LIST 00001\r\nLIST  2 \r\n' '+OK 1 3' '+OK 2 4'
}

@test "missing, surplus and malformed arguments get -ERR" {
  three_messages
  local bad
  for bad in 'STAT 1' 'NOOP x' 'RSET 1' 'QUIT now' 'CAPA x' 'LAST 1' \
    'LIST 1 2' 'UIDL 1 2' RETR DELE TOP 'TOP 1' 'TOP 1 2 3' 'TOP 1 -1' \
    'TOP 1 x' 'RETR 1 2' 'DELE 1 2'; do
    [[ $(pop3d "$bad\r\n" | sed -n 2p) == -ERR* ]] || fail "taken: $bad"
  done
}

@test "surplus spaces between words are ignored in a session" {
  three_messages
  answers 'LIST  1\r\nTOP   1   0  \r\nXTND   XLIST   Subject   1\r\nRETR    9\r\n  STAT\r\nDELE  1  1\r\n' \
    '+OK 1 3' '+OK top of message follows' a . '+OK header lines follow' . \
    '-ERR no such message' '-ERR unknown command' '-ERR surplus argument'
}

@test "keywords are caseless, trailing spaces are ignored" {
  three_messages
  answers 'stat\r\nStAt  \r\nnoop \r\nlist 1   \r\nquit   \r\n' \
    '+OK 3 12' '+OK 3 12' '+OK' '+OK 1 3' '+OK bye'
}

@test "a line may end in LF alone" {
  three_messages
  answers 'STAT\nQUIT\n' '+OK 3 12' '+OK bye'
}

@test "CAPA without a front end lists USER" {
  answers 'CAPA\r\nQUIT\r\n' '+OK capabilities follow' TOP UIDL USER \
    RESP-CODES AUTH-RESP-CODE PIPELINING 'EXPIRE NEVER' \
    'IMPLEMENTATION popchain' . '+OK bye'
}

@test "CAPA repeats the front end's lines" {
  POPUP_CAPA=$'USER\nSASL PLAIN LOGIN' answers 'CAPA\r\n' \
    '+OK capabilities follow' TOP UIDL USER 'SASL PLAIN LOGIN' RESP-CODES \
    AUTH-RESP-CODE PIPELINING 'EXPIRE NEVER' 'IMPLEMENTATION popchain' .
}

@test "a malformed POPUP_CAPA is ignored as a whole" {
  local bad
  for bad in $'USER\n.' $'SASL\r' $'X\n\nY' 'lower' "$(printf 'A%.0s' {1..101})" \
    "$(printf 'AB C\n%.0s' {1..110})"; do
    [[ $(POPUP_CAPA=$bad pop3d 'CAPA\r\n' | sed -n 5p) == USER ]] ||
      fail "believed: $bad"
  done
}

@test "ten thousand messages are listed in order, each exactly once" {
  (cd Maildir/new && for ((i = 1; i <= 10000; i++)); do
    printf 'x\n' >"$((20000 - i)).m"
  done)
  own Maildir
  pop3d 'LIST\r\nUIDL\r\nQUIT\r\n' >out
  [[ $(grep -c '^[0-9]* 3$' out) == 10000 ]]
  [[ $(grep '^[0-9]* [0-9]*\.m$' out | awk '$2 == (9999 + $1) ".m"' | wc -l) == 10000 ]]
}

@test "XTND XLIST logs an unreadable message" {
  three_messages
  index
  chmod 000 Maildir/cur/20.two:2,S
  : >"$LOG"
  pop3d 'XTND XLIST Subject\r\nQUIT\r\n' >out
  logged 'event=warning cause="unable to open a message: Permission denied" errno=13 file="cur/20.two:2,S"'
  [ "$(tail -n 1 out)" = '+OK bye' ]
}

# Each line takes the opening of a file.  A client that gets nothing for too long
# would give up.
@test "a long XTND XLIST is sent in parts" {
  needs_strace
  local n
  for ((n = 1001; n <= 3500; n++)); do
    printf 'Subject: %d\n\n' "$n" >"Maildir/cur/$n.a:2,S"
  done
  own Maildir
  # Without an index each message is opened before the greeting, too.
  index
  ASAN_OPTIONS=detect_leaks=0 over_pipe 'XTND XLIST Subject\r\n' strace -f \
    -o trace -e trace=openat,write,writev "${POP3D[@]}" | tr -d '\r' >reply
  (($(grep -c '^[0-9]* Subject: [0-9]*$' reply) == 2500))
  awk '/ writev?\(1,/ { print opened; opened = 0 }
    /O_NOCTTY.* = [0-9]/ { opened++ }' trace >opened
  (($(sort -n opened | tail -n 1) == 1000)) || fail "$(<opened)"
}
