#!/usr/bin/env bats
# What the seeds could not do: 2,097,152 messages and 2 GiB were popa3d's
# limits, 1018 characters mdpop3d's (seed_mdpop3d.bats).

load helpers/common
load helpers/pop3d

# A place where many files cost little.
BIG=$T
if [[ -w /dev/shm ]]; then BIG=$(mktemp -d /dev/shm/popchain.XXXXXX); fi
teardown() {
  stop_servers
  [[ $BIG == "$T" ]] || rm -rf "$BIG"
}

@test "2,097,153 messages" {
  rm -rf Maildir
  mkdir -p "$BIG/Maildir"/{new,cur,tmp}
  many-messages "$BIG/Maildir/cur" 2097153
  if ((EUID == 0)); then
    chown "$MAIL_UID" "$BIG" "$BIG/Maildir"{,/new,/cur,/tmp}
    # Their many names are few files.
    find "$BIG/Maildir/cur" -type f -links -65001 -printf '%i %p\n' |
      sort -u -k 1,1n | cut -d' ' -f 2- | xargs -r -d '\n' chown "$MAIL_UID"
  fi
  run pop3d 'STAT\r\nLIST 2097153\r\nUIDL 2097152\r\nRETR 2097153\r\nDELE 2097153\r\nQUIT\r\n' \
    "$BIG/Maildir"
  [[ ${lines[0]} == '+OK 2097153 messages (23068683 octets)' ]] || fail "$output"
  [[ ${lines[1]} == '+OK 2097153 23068683' ]]
  [[ ${lines[2]} == '+OK 2097153 11' ]]
  [[ ${lines[3]} == '+OK 2097152 1002097151.P1,S=8,W=11' ]]
  [[ ${lines[4]} == '+OK 11 octets' ]]
  [[ ${lines[*]: -2} == '+OK deleted +OK bye' ]]
  [[ ! -e "$BIG/Maildir/cur/1002097152.P1,S=8,W=11:2," ]]
  log_has 'dele=1/11 left=2097152/23068672'
}

@test "a message over 4 GiB" {
  rm -rf Maildir
  mkdir -p "$BIG/Maildir"/{new,cur,tmp}
  # A line in front and one behind a hole.
  printf 'Subject: huge\n\n' >"$BIG/huge"
  printf '\nend\n' | dd of="$BIG/huge" bs=1 seek=4294967300 2>/dev/null
  mv "$BIG/huge" "$BIG/Maildir/cur/1700000001.M1P1.test:2,"
  own "$BIG"
  [[ $(pop3d 'LIST 1\r\nTOP 1 0\r\nQUIT\r\n' "$BIG/Maildir" | tail -n +2) == \
'+OK 1 4294967309
+OK top of message follows
Subject: huge

.
+OK bye' ]]
  local count
  count=$(printf 'RETR 1\r\nQUIT\r\n' |
    timeout 120 "${POP3D[@]}" "$BIG/Maildir" 2>>"$LOG" | tail -n +3 |
    tee -p >(tail -c 20 >"$T/end") | wc -c)
  # The message, the dot and the reply to QUIT.
  ((count == 4294967309 + 3 + 9)) || fail "$count octets"
  wait_until test -s "$T/end"
  [[ $(tr -d '\r\0' <"$T/end") == $'\nend\n.\n+OK bye' ]]
  log_has 'event=close reason=quit .* retr=1/4294967309 '
}
