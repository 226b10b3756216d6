#!/usr/bin/env bats
# maildir-pop3d exceeds popa3d's limits of 2,097,152 messages and 2 GiB. (For
# mdpop3d's limit, 1018 characters, see mdpop3d.bats.)

load ../helpers/common
load ../helpers/pop3d

# big_place: makes a Maildir in $BIG, in memory if that is possible.
BIG=$T
big_place() {
  rm -rf Maildir
  if [[ -w /dev/shm ]]; then BIG=$(mktemp -d /dev/shm/popchain.XXXXXX); fi
  mkdir -p "$BIG/Maildir"/{new,cur,tmp}
}
# patient_pop3d COMMANDS MAILDIR: with time for a busy machine.
patient_pop3d() {
  printf '%b' "$1" | timeout 120 "${POP3D[@]}" "$2" 2>>"$LOG"
}
teardown() {
  stop_servers
  [[ $BIG == "$T" ]] || rm -rf "$BIG"
}

@test "2,097,153 messages are served" {
  big_place
  own "$BIG"
  many-messages "$BIG/Maildir/cur" 2097153 "$MAIL_UID"
  run patient_pop3d 'STAT\r\nLIST 2097153\r\nUIDL 2097152\r\nRETR 2097153\r\nDELE 2097153\r\nQUIT\r\n' \
    "$BIG/Maildir"
  mapfile -t lines < <(tr -d '\r' <<<"$output")
  [[ ${lines[0]} == '+OK 2097153 messages (23068683 octets)' ]] || fail "$output"
  [[ ${lines[1]} == '+OK 2097153 23068683' ]]
  [[ ${lines[2]} == '+OK 2097153 11' ]]
  [[ ${lines[3]} == '+OK 2097152 1002097151.P1,S=8,W=11' ]]
  [[ ${lines[4]} == '+OK 11 octets' ]]
  [[ ${lines[*]: -2} == '+OK deleted +OK bye' ]]
  [[ ! -e "$BIG/Maildir/cur/1002097152.P1,S=8,W=11:2," ]]
  logged 'dele=1/11 left=2097152/23068672'
}

@test "a message over 4 GiB is served" {
  big_place
  # A hole between two lines.
  printf 'Subject: huge\n\n' >"$BIG/huge"
  printf '\nend\n' | dd of="$BIG/huge" bs=1 seek=4294967300 2>/dev/null
  mv "$BIG/huge" "$BIG/Maildir/cur/1700000001.M1P1.test:2,"
  own "$BIG"
  [[ $(patient_pop3d 'LIST 1\r\nTOP 1 0\r\nQUIT\r\n' "$BIG/Maildir" |
    tr -d '\r' | tail -n +2) == \
'+OK 1 4294967309
+OK top of message follows
Subject: huge

.
+OK bye' ]]
  local count
  count=$(patient_pop3d 'RETR 1\r\nQUIT\r\n' "$BIG/Maildir" | tail -n +3 |
    tee -p >(tail -c 20 >"$T/end") | wc -c)
  # The message, the dot and the reply to QUIT.
  ((count == 4294967309 + 3 + 9)) || fail "$count octets"
  wait_until test -s "$T/end"
  [[ $(tr -d '\r\0' <"$T/end") == $'\nend\n.\n+OK bye' ]]
  logged 'event=close reason=quit .* retr=1/4294967309 '
}
