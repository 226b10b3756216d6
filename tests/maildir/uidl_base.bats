#!/usr/bin/env bats
# bats file_tags=libc
# --uidl base: unique ids are the names up to their first comma or colon, and no
# two messages have one id.

load ../helpers/common
load ../helpers/pop3d

# ids [OPTION...]: those of the next session, in its order.
ids() {
  pop3d 'UIDL\r\n' --uidl base "$@" | sed '1,2d;$d' | cut -d' ' -f2 | tr '\n' ' '
}

@test "--uidl base: the name up to its first comma or colon" {
  message one | deliver Maildir/new 1.a
  message two | deliver Maildir/cur 2.b,S=44,W=47:2,S
  message three | deliver Maildir/cur 3.c:2,S
  [[ $(ids) == '1.a 2.b 3.c ' ]]
  # As mbsync renames them, and from the index.
  mv Maildir/cur/2.b,S=44,W=47:2,S Maildir/cur/2.b,U=7:2,FS
  [[ $(ids) == '1.a 2.b 3.c ' ]]
  index
  [[ $(ids --seccomp) == '1.a 2.b 3.c ' ]]
  [[ $(pop3d 'UIDL 2\r\n' --uidl base) == *'+OK 2 2.b' ]]
  "${AS_USER[@]}" maildir-pop3d --check --uidl base
}

@test "--uidl base gives the ids of Debian's mailfront" {
  local name
  for name in new/1700000001.M1P1.host new/1700000002.M2P1.host,S=42 \
    'cur/1700000006.M6P1.host,S=42,W=46:2,' cur/1700000004.V801I2M3.host:2,S; do
    message "$name" | deliver "Maildir/${name%/*}" "${name##*/}"
  done
  over_pipe 'UIDL\r\nQUIT\r\n' "${AS_USER[@]}" pop3front-maildir Maildir |
    tr -d '\r' | sed -n 's/^[0-9]* //p' | sort >theirs
  (($(wc -l <theirs) == 4)) || fail "$(cat theirs)"
  ids | tr ' ' '\n' | grep . | sort | diff theirs -
}

@test "--uidl base: files of one base get names of their own" {
  message one | deliver Maildir/cur 1.a,S=47:2,S
  touch -d '1 hour ago' Maildir/cur/1.a,S=47:2,S
  message another | deliver Maildir/cur 1.a,S=51:2,
  message other | deliver Maildir/new '1.a+b'
  message fourth | deliver Maildir/new 1.a
  local first
  first=$(ids)
  [[ $first =~ ^'1.a_'[0-9a-f_]+' 1.a+b 1.a 1.a_'[0-9a-f_]+' '$ ]] || fail "$first"
  [[ -e Maildir/cur/1.a,S=47:2,S ]]
  (($(tr ' ' '\n' <<<"$first" | grep . | sort -u | wc -l) == 4))
  # The same in the next sessions, also if the oldest has gone.
  local again
  again=$(ids)
  [[ $(tr ' ' '\n' <<<"$again" | sort) == "$(tr ' ' '\n' <<<"$first" | sort)" ]] ||
    fail "$first, $again"
  rm Maildir/cur/1.a,S=47:2,S
  [[ " $(ids)" != *' 1.a '* ]]
  "${AS_USER[@]}" maildir-pop3d --check --uidl base
}

@test "--uidl base: a session goes on with the files that it renamed" {
  message one | deliver Maildir/cur 1.a,S=47:2,S
  touch -d '1 hour ago' Maildir/cur/1.a,S=47:2,S
  message another | deliver Maildir/cur 1.a,S=51:2,
  index
  [[ $(pop3d 'UIDL\r\nRETR 2\r\nDELE 2\r\nQUIT\r\n' --uidl base) == \
    *'Subject: another'*'+OK deleted'*'+OK bye' ]]
  [[ $(names cur) == '1.a,S=47:2,S ' ]]
  [[ $(ids) == '1.a ' ]]
}

@test "--uidl base: --log-ids logs what UIDL would have told" {
  message one | deliver Maildir/cur 1.a,S=47:2,S
  touch -d '1 hour ago' Maildir/cur/1.a,S=47:2,S
  message another | deliver Maildir/cur 1.a,S=51:2,
  pop3d 'DELE 1\r\nQUIT\r\n' --uidl base --log-ids >out
  grep -q '^+OK bye' out
  grep 'event=deleted id=1\.a octets=47 file="cur/1\.a,S=47:2,S" ' "$LOG" ||
    fail "$(cat "$LOG")"
  [[ $(ids) =~ ^'1.a_'[0-9a-f_]+' '$ ]]
}

@test "--uidl base: --check reports files of one base" {
  message one | deliver Maildir/cur 1.a,S=47:2,S
  message another | deliver Maildir/cur 1.a,S=51:2,
  run "${AS_USER[@]}" maildir-pop3d --check --uidl base
  ((status == 1))
  [[ $output == *'unique id 1.a: of 2 messages'* ]]
  [[ $(names cur) == '1.a,S=47:2,S 1.a,S=51:2, ' ]]
}

@test "--uidl base: in a read-only Maildir the younger gets a hash" {
  message one | deliver Maildir/cur 1.a,S=47:2,S
  touch -d '1 hour ago' Maildir/cur/1.a,S=47:2,S
  message another | deliver Maildir/cur 1.a,S=51:2,
  chmod 555 Maildir Maildir/cur
  local first
  first=$(ids)
  chmod 755 Maildir Maildir/cur
  [[ $first =~ ^'1.a '[0-9a-f]{32}': '$ ]] || fail "$first"
  [[ $(names cur) == '1.a,S=47:2,S 1.a,S=51:2, ' ]]
}

@test "--uidl base: a base that cannot be an id gives a hash" {
  local long
  long=$(printf 'x%.0s' {1..71})
  message one | deliver Maildir/cur "$long,S=9:2,"
  message two | deliver Maildir/cur "${long}y:2,"
  message three | deliver Maildir/new ',S=3'
  message four | deliver Maildir/new 'a b,U=2'
  message five | deliver Maildir/new "${long:1},S=9"
  ids | tr ' ' '\n' | grep . >out
  (($(sort -u out | wc -l) == 5))
  (($(grep -cE '^[0-9a-f]{32}:$' out) == 4)) || fail "$(cat out)"
  grep -qx "${long:1}" out
}
