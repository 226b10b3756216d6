#!/usr/bin/env bats
# bats file_tags=once
# Real mail clients get every byte of a varied corpus, and nothing twice.

bats_require_minimum_version 1.5.0
load ../helpers/common
load ../helpers/chain
load ../helpers/clients
load ../helpers/listener

COUNT=220

setup_file() {
  /usr/bin/python3 "$BATS_TEST_DIRNAME/../helpers/make_corpus.py" \
    "$BATS_FILE_TMPDIR/corpus" "$COUNT"
}

setup() {
  make_account
  CORPUS=$BATS_FILE_TMPDIR/corpus
  (($(messages "$CORPUS") == COUNT))
  cp -a "$CORPUS"/. "$MAIL"
  own "$MAIL"
  GOT=$T/client/got
  mkdir -p "$GOT"
  serve "${CHAIN[@]}"
}

# got N: the client holds N messages now.
got() {
  local number
  number=$(find "$GOT" -type f | wc -l)
  ((number == $1)) || fail "wanted $1 messages, got $number"
}

compare() {
  compare_mail.py "$1" "$CORPUS" "$GOT"
}

still_there() {
  (($(messages) == COUNT)) || fail "$(messages) messages left of $COUNT"
}

session_ended() {
  wait_until no_sessions
}

# polls_and_leaves CLIENT COMMAND...: leaves the mail on the server. A second run
# fetches nothing, a third only a new message.
polls_and_leaves() {
  local client=$1
  shift
  as_client "$@"
  session_ended
  got "$COUNT"
  compare "$client"
  still_there
  as_client "$@" || (($? == 1)) # fetchmail: 1, no new mail
  session_ended
  got "$COUNT"
  still_there
  printf 'Subject: new\n\nnew\n' | deliver "$MAIL/new" 1800000000.M1P1.late
  as_client "$@"
  session_ended
  got "$((COUNT + 1))"
}

# polls_and_deletes CLIENT COMMAND...: leaves no mail on the server, and a second
# run fetches nothing.
polls_and_deletes() {
  local client=$1
  shift
  as_client "$@"
  session_ended
  got "$COUNT"
  compare "$client"
  is_empty || fail "$(messages) messages left"
  as_client "$@" || (($? == 1)) # fetchmail: 1, no new mail
  session_ended
  got "$COUNT"
}

# --- Python's poplib ----------------------------------------------------------

@test "poplib fetches every byte and leaves the mail" {
  polls_and_leaves wire poplib-poll "$PORT" "$GOT" "$T/client/seen"
}

@test "poplib fetches every byte and deletes" {
  polls_and_deletes wire poplib-poll "$PORT" "$GOT" "$T/client/seen" --delete
}

# --- curl ----------------------------------------------------------------------

curl_mail() {
  curl -sS -u joe:secret --max-time 30 "$@"
}

@test "curl fetches every byte and leaves the mail" {
  curl_mail -o "$GOT/#1" "pop3://127.0.0.1:$PORT/[1-$COUNT]"
  session_ended
  got "$COUNT"
  compare curl
  still_there
}

@test "curl sees the same unique ids in a second run" {
  curl_mail -X UIDL "pop3://127.0.0.1:$PORT/" >"$T/first"
  session_ended
  # The first run moved all messages from new/ to cur/.
  [[ -z $(ls "$MAIL/new") ]]
  curl_mail -X UIDL "pop3://127.0.0.1:$PORT/" >"$T/second"
  cmp "$T/first" "$T/second"
  (cd "$MAIL/cur" && ls) | sed 's/:.*//' | sort >"$T/names"
  tr -d '\r' <"$T/second" | cut -d' ' -f2 | sort | cmp - "$T/names"
}

@test "curl fetches and deletes" {
  curl_mail -o "$GOT/#1" "pop3://127.0.0.1:$PORT/[1-$COUNT]"
  compare curl
  curl_mail -I -X DELE "pop3://127.0.0.1:$PORT/[1-$COUNT]" >/dev/null
  session_ended
  is_empty
  # curl shows an empty list as an empty line.
  [[ -z $(curl_mail "pop3://127.0.0.1:$PORT/" | tr -d '\r\n') ]]
}

@test "curl logs in with every mechanism of CAPA" {
  local mechanism
  local -a mechanisms
  transcript 'CAPA\r\nQUIT\r\n' >"$T/capa"
  read -ra mechanisms < <(tr -d '\r' <"$T/capa" | sed -n 's/^SASL //p')
  for mechanism in "${mechanisms[@]}"; do
    curl_mail --login-options "AUTH=$mechanism" -o "$GOT/one" \
      "pop3://127.0.0.1:$PORT/1" || fail "$mechanism"
    [[ -s $GOT/one ]]
  done
}

# --- fetchmail -------------------------------------------------------------------

# fetchmail_setup keep|"no keep": sets FETCHMAIL.
fetchmail_setup() {
  # shellcheck disable=SC2016  # for the script
  write_script client/store 'exec cat >"$(mktemp "'"$GOT"'/XXXXXXXX")"'
  write_fetchmailrc "$T/client/rc" 127.0.0.1 'pass8bits sslproto ""' \
    "$1 mda \"$T/client/store\""
  FETCHMAIL=(fetchmail --silent --nodetach --nosyslog -f "$T/client/rc")
}

@test "fetchmail fetches every byte and leaves the mail" {
  fetchmail_setup keep
  polls_and_leaves fetchmail "${FETCHMAIL[@]}"
}

@test "fetchmail fetches every byte and deletes" {
  fetchmail_setup 'no keep'
  polls_and_deletes fetchmail "${FETCHMAIL[@]}"
}

# --- mpop ------------------------------------------------------------------------

# mpop_setup on|off: keeps the mail or not; sets MPOP.
mpop_setup() {
  mkdir -p "$GOT"/{new,cur,tmp}
  write_mpoprc "$T/client/rc" "$GOT" 'host 127.0.0.1' 'tls off' "keep $1"
  MPOP=(mpop -q -C "$T/client/rc")
}

@test "mpop fetches every byte and leaves the mail" {
  mpop_setup on
  polls_and_leaves mpop "${MPOP[@]}"
}

@test "mpop fetches every byte and deletes" {
  mpop_setup off
  polls_and_deletes mpop "${MPOP[@]}"
}

# --- getmail -----------------------------------------------------------------------

# getmail_setup true|false: deletes the mail or not; sets GETMAIL.
getmail_setup() {
  write_getmailrc "$T/client/rc" "$GOT" "$1"
  GETMAIL=(getmail --getmaildir "$T/client" --rcfile "$T/client/rc")
}

@test "getmail fetches every byte and leaves the mail" {
  getmail_setup false
  polls_and_leaves getmail "${GETMAIL[@]}"
}

@test "getmail fetches every byte and deletes" {
  getmail_setup true
  polls_and_deletes getmail "${GETMAIL[@]}"
}

# --- A hash, a cache, a rewritten login ------------------------------------------------

# hash_server OPTION...: popup -D with these options, for joe with a hash and three
# messages.
hash_server() {
  stop_servers
  find "$MAIL" -type f | tail -n +4 | xargs -d '\n' rm
  sed -i "s,{PLAIN}secret,$(openssl passwd -6 secret)," "$USERS"
  # shellcheck disable=SC2034  # for listen
  SUBPROGRAM=(checkpw -v --cache "$T/cache" --separator % --fold-case
    --strip-domain old.org -f "$USERS" maildir-pop3d --title -a Maildir)
  listen -l 127.0.0.1:0 --title "$@"
}
all_closed() { (($(count_logged 'maildir-pop3d: .*event=close') == $1)); }

@test "all clients log in with rewritten names and a cached hash" {
  hash_server --metrics "$T/metrics.prom"
  fetchmail_setup keep
  sed -i 's/^user joe/user "JOE%Old.ORG"/' "$T/client/rc"
  as_client "${FETCHMAIL[@]}"
  got 3
  rm -r "$GOT" && mkdir "$GOT"
  mpop_setup on
  sed -i 's/^user joe/user Joe@old.org/' "$T/client/rc"
  as_client "${MPOP[@]}"
  getmail_setup false
  sed -i 's/^username = joe/username = joe@OLD.org/' "$T/client/rc"
  as_client "${GETMAIL[@]}"
  curl -sS -u 'JOE:secret' --max-time 30 "pop3://127.0.0.1:$PORT/1" >/dev/null
  poplib-poll "$PORT" "$GOT" "$T/client/seen"
  wait_until all_closed 5
  (($(count_logged 'event=accept user=joe uid=') == 1))
  (($(count_logged 'event=accept user=joe cached=yes uid=') == 4))
  ! grep -E 'result=denied|event=(warning|fail|temporary)|penalty=' "$LOG" || fail "$(<"$LOG")"
  wait_until grep -qxF 'popchain_connections_total 5' "$T/metrics.prom"
}

@test "-A and a hash: fetchmail needs two tries, curl gives up" {
  hash_server -A --penalty 0
  fetchmail_setup keep
  as_client "${FETCHMAIL[@]}"
  got 3
  logged 'result=denied mech=CRAM-MD5 .* try=1$'
  logged 'result=ok user=joe mech=PASS .* try=2$'
  run curl -sS -u joe:secret --max-time 30 "pop3://127.0.0.1:$PORT/"
  ((status == 67)) || fail "$status $output"
}
