#!/usr/bin/env bats
# STLS works through UCSPI-TLS, and connections may be encrypted from the start.

# shellcheck disable=SC2030,SC2031,SC2034,SC2153,SC2154  # PORT: each test's own
load ../helpers/common
load ../helpers/chain
load ../helpers/clients
load ../helpers/tls
load ../helpers/stubs
load ../helpers/listener

setup() {
  export STUB_RECORD=$T/record
  unset UCSPITLS SSL_PROTOCOL SSL_CIPHER POP3_TLS
}

# serve_tls [OPTION...] -- POPUP...: under ucspi-tls with these options.
serve_tls() {
  UCSPI_TLS_OPTIONS=()
  while [[ $1 != -- ]]; do UCSPI_TLS_OPTIONS+=("$1") && shift; done
  serve_ucspi_tls "${@:2}"
}
# tls_talk BYTES [OPTION...]: prints all replies, with stls-talk's options.
tls_talk() {
  printf '%b' "$1" | timeout 20 stls-talk "${@:2}" "$PORT" | tr -d '\r'
}
# answers_are WORDS TEXT [LENGTH]: the first 4 or LENGTH octets of each line of TEXT,
# each followed by |, are WORDS.
answers_are() {
  local line got=
  while IFS= read -r line; do
    got+="${line:0:${3:-4}}|"
  done < <(tr -d '\r' <<<"$2")
  [[ $got == "$1" ]] || fail "wanted $1, got $got, in:"$'\n'"$2"
}

@test "a session pipelined after STLS works in both styles" {
  for style in sslserver s6; do
    make_account
    deliver_one
    serve_tls --style "$style" -- "${CHAIN[@]}"
    session=$(tls_talk "$WHOLE_SESSION")
    [[ $session == *'-- TLS'* ]]
    # No second greeting: the first line of the session answers USER.
    check_session "${session%%$'\n'*}"$'\n'"${session#*-- TLS$'\n'}" \
      "$NAME" "$BODY_SIZE"
    is_empty
    logged 'result=ok user=joe mech=PASS ip=127\.0\.0\.1 port=[0-9]* tls=TLSv1\.3 try=1'
  done
}

@test "STLS is announced only before TLS, and only if available" {
  serve popup mx stub-joe true
  run transcript 'CAPA\r\nSTLS\r\nQUIT\r\n'
  [[ $output != *$'\nSTLS'* && ${lines[-2]} == '-ERR STLS is not offered'* ]]
  serve_tls -- popup mx stub-joe true
  run transcript 'CAPA\r\nSTLS x\r\nQUIT\r\n'
  [[ $output == *$'\r\nSTLS\r\n'* && ${lines[-2]} == '-ERR STLS takes no'* ]]
  run tls_talk 'CAPA\r\nSTLS\r\nQUIT\r\n'
  [[ ${output#*-- TLS} != *$'\nSTLS'* && ${lines[-2]} == '-ERR STLS is not offered' ]]
}

@test "plaintext injected after STLS is never run" {
  for style in sslserver s6; do
    serve_tls --style "$style" -- popup mx stub-joe stub-session
    for inject in 'NOOP\r\n' 'USER joe\r\nPASS secret\r\nSTAT\r\n' \
      'AUTH PLAIN AGpvZQBzZWNyZXQ=\r\n' 'USER anna\r\n'; do
      : >"$LOG"
      said=$(tls_talk 'PASS secret\r\nNOOP\r\nQUIT\r\n' --inject "$inject")
      [[ $said == '+OK mx POP3 ready'$'\n''+OK begin TLS'$'\n''-- no TLS' ]] ||
        fail "$inject: $said"
      logged 'event=tls error="the TLS server closed before its answer was complete"'
      not_logged 'result=ok'
      [ ! -e "$STUB_RECORD" ]
    done
  done
}

@test "nothing said before TLS is remembered" {
  serve_tls -- popup -A -w 0 mx stub-joe stub-session
  said=$(tls_talk 'PASS secret\r\nUSER joe\r\nPASS secret\r\nQUIT\r\n' \
    --before 'USER joe\r\n')
  answers_are '-ERR|+OK |+OK |+OK |' "${said#*-- TLS$'\n'}"
  [[ $said == *$'-- TLS\n-ERR USER first'* ]]
  said=$(tls_talk 'c2VjcmV0\r\nPASS secret\r\nQUIT\r\n' --before 'AUTH LOGIN am9l\r\n*\r\n')
  answers_are '-ERR|-ERR|+OK |' "${said#*-- TLS$'\n'}"
}

@test "STLS in the middle of an AUTH exchange is not run" {
  serve_tls -- popup -w 0 mx stub-joe stub-session
  run transcript 'AUTH PLAIN\r\nSTLS\r\nUSER x\r\nQUIT\r\n'
  answers_are '+OK|+ |-ER|+OK|+OK|' "$output" 3
}

@test "bad commands before and after TLS are counted together" {
  bad=$(printf 'BAD\\r\\n%.0s' {1..11})
  serve_tls -- popup mx stub-joe true
  said=$(tls_talk "${bad}NOOP\r\n" --before "$bad")
  [[ $said == *'-ERR too many bad commands' ]]
  [ "$(grep -c ^-ERR <<<"$said")" = 21 ]
}

@test "commands before and after TLS are counted together" {
  local user
  user=$(printf 'USER x\\r\\n%.0s' {1..50})
  serve_tls -- popup mx stub-joe true
  said=$(tls_talk "${user}USER x\r\n" --before "${user:10}")
  [[ $said == *'-ERR too many commands before the login' ]] || fail "$said"
  [ "$(grep -c '^+OK now PASS' <<<"$said")" = 99 ]
}

@test "a refused login over TLS may be tried again" {
  serve_tls -- popup -w 0 mx stub-joe stub-session
  said=$(tls_talk 'USER joe\r\nPASS x\r\nCAPA\r\nUSER joe\r\nPASS secret\r\nNOOP\r\nQUIT\r\n')
  [[ $said == *$'\n-ERR [AUTH] '*$'\n.\n+OK now PASS\n+OK in\n+OK NOOP\n+OK QUIT' ]]
  [[ ${said#*-- TLS} != *$'\nSTLS'* ]]
  logged 'result=denied .* tls=TLSv1\.3 try=1'
  logged 'result=ok .* tls=TLSv1\.3 try=2'
}

@test "with -S or UCSPITLS=! nobody logs in before TLS" {
  commands='CAPA\r\nUSER joe\r\nPASS secret\r\nAPOP joe 0123456789abcdef0123456789abcdef\r\nAUTH\r\nAUTH PLAIN AGpvZQBzZWNyZXQ=\r\nQUIT\r\n'
  for how in option long variable; do
    options=(-A)
    [ "$how" != option ] || options+=(-S)
    [ "$how" != long ] || options+=(--require-tls)
    [ "$how" != variable ] || export UCSPITLS='!'
    serve_tls -- popup "${options[@]}" mx stub-joe stub-session
    run transcript "$commands"
    [[ $output != *$'\nUSER\r'* && $output != *$'\nSASL'* && $output == *$'\nSTLS\r'* ]]
    [ "$(grep -c '^-ERR not before TLS' <<<"$output")" = 5 ] || fail "$output"
    [ ! -e "$STUB_RECORD" ]
    said=$(tls_talk 'CAPA\r\nUSER joe\r\nPASS secret\r\nQUIT\r\n')
    said=${said#*-- TLS}
    [[ $said == *$'\nUSER\n'* && $said == *$'\nSASL PLAIN'* && $said == *'+OK in'* ]]
    rm "$STUB_RECORD"
  done
}

@test "-S without a way to TLS refuses all logins and logs it" {
  serve popup -S mx stub-joe stub-session
  run transcript 'USER joe\r\nPASS secret\r\nQUIT\r\n'
  answers_are '+OK |-ERR|-ERR|+OK |' "$output"
  logged 'event=tls error="required, but there is no way to start it"'
}

@test "UCSPITLS=- turns STLS off, and the TLS process ends at once" {
  export UCSPITLS=-
  serve_tls -v -- popup -w 0 mx "${SHOW[@]}"
  connect
  expect '+OK*'
  logged 'ucspi-tls: declined'
  send STLS
  expect '-ERR STLS is not offered'
  send 'USER joe'
  expect '+OK*'
  send 'PASS x'
  expect '-ERR*'
  hang_up
  not_in_environment UCSPITLS
  not_in_environment SSLCTLFD
}

@test "an empty UCSPITLS offers STLS" {
  export UCSPITLS=
  serve_tls -- popup mx stub-joe true
  run transcript 'CAPA\r\nQUIT\r\n'
  [[ $output == *$'\r\nSTLS\r\n'* ]]
}

@test "unused TLS descriptors and variables never reach the checker" {
  for style in sslserver s6; do
    : >"$LOG"
    serve_tls --style "$style" -v -- popup -w 0 mx "${SHOW[@]}"
    log_in x '-ERR*'
    logged 'ucspi-tls: declined'
    # After a login without TLS it is no longer offered.
    send STLS
    expect '-ERR STLS is not offered'
    hang_up
    for name in SSLCTLFD SSLREADFD SSLWRITEFD UCSPITLS; do
      not_in_environment "$name"
    done
    [ "$(grep -c socket: "$T/environment.fds")" = 1 ] || fail "$(cat "$T/environment.fds")"
  done
}

@test "after STLS the checker gets only pipes and TLS variables" {
  serve_tls --style sslserver -- popup -w 0 mx "${SHOW[@]}"
  tls_talk 'USER joe\r\nPASS x\r\nQUIT\r\n' >/dev/null
  in_environment SSL_PROTOCOL=TLSv1.3
  in_environment SSL_CIPHER=TLS_
  in_environment 'SSL_CLIENT_S_DN=$'
  in_environment 'SSL_SERVER_CERT=-----BEGIN CERTIFICATE-----'
  in_environment TCPREMOTEIP=127.0.0.1
  for name in SSLCTLFD SSLREADFD SSLWRITEFD; do not_in_environment "$name"; done
  [ "$(grep -c socket: "$T/environment.fds")" = 0 ] || fail "$(cat "$T/environment.fds")"
  SSL_TLS_SNI_SERVERNAME=stale serve_tls --style s6 -- popup -w 0 mx "${SHOW[@]}"
  tls_talk 'USER joe\r\nPASS x\r\nQUIT\r\n' >/dev/null
  in_environment SSL_PROTOCOL=TLSv1.3
  not_in_environment SSL_TLS_SNI_SERVERNAME
}

@test "malformed variables of a TLS server are dropped and logged" {
  serve_tls --misbehave noequals -- popup -w 0 mx "${SHOW[@]}"
  said=$(tls_talk 'USER joe\r\nPASS x\r\nQUIT\r\n')
  answers_are '+OK |-ERR|+OK |' "${said#*-- TLS$'\n'}"
  for name in LD_PRELOAD SSL_SUBJECT SSL_lower SSL_PROTOCOL; do
    not_in_environment "$name"
  done
  in_environment PATH=
  logged '^popup: sid=[0-9a-f.]* event=tls error="a variable of the TLS server.s has no =" entry=SSL_PROTOCOL$'
  [ "$(grep -c 'event=tls' "$LOG")" = 1 ]
  # The connection is encrypted, but its version is unknown.
  logged 'result=denied .* tls=yes try=1'
}

# fails_with MODE ERROR RESULT [OPTION...]: if the TLS server misbehaves so, the
# error is logged once and the connection ends.
fails_with() {
  : >"$LOG"
  serve_tls --misbehave "$1" -- popup "${@:4}" mx stub-joe stub-session
  tls_talk 'USER joe\r\nPASS secret\r\nQUIT\r\n' >"$T/said" || true
  logged "^popup: sid=[0-9a-f.]* event=tls error=\"$2\" ip=127\\.0\\.0\\.1 port=[0-9]*$"
  [ "$(grep -c 'event=tls' "$LOG")" = 1 ]
  logged "event=login result=$3 mech=- .* try=1"
  not_logged 'result=ok'
  [ ! -e "$STUB_RECORD" ]
  stop_servers
}

@test "a TLS server's unfinished answer is logged" {
  local closed='the TLS server closed before its answer was complete'
  fails_with close "$closed" temporary
  fails_with die "$closed" temporary
  fails_with partial "$closed" temporary
}

@test "a TLS server's endless answer is cut off at 64 KiB" {
  fails_with flood "the TLS server's answer is longer than 65536 bytes" temporary
}

@test "a silent TLS server is left at the login's deadline" {
  fails_with mute 'no answer in time' temporary -L 1
  fails_with silent 'no answer in time' temporary -L 1
}

@test "a silent client after STLS is left at the deadline" {
  serve_tls -- popup -L 1 mx stub-joe stub-session
  tls_talk '' --silent >"$T/said"
  logged 'event=tls error="no answer in time"'
}

@test "bad SSLCTLFD etc.: the connection stays plain, and a warning" {
  for fd in '' 0 1 2 99 -5 4294967299 x; do
    : >"$LOG"
    SSLCTLFD=$fd SSLREADFD=$fd SSLWRITEFD=$fd \
      run over_pipe 'CAPA\r\nSTLS\r\nUSER joe\r\nPASS secret\r\nQUIT\r\n' \
      popup mx stub-joe stub-session
    [[ $output != *$'\nSTLS'* && $output == *'+OK in'* ]] || fail "$fd: $output"
    logged 'event=tls error="SSLCTLFD, SSLREADFD and SSLWRITEFD name no pipes"'
  done
  # A file is not a pipe.
  SSLCTLFD=7 SSLREADFD=7 SSLWRITEFD=7 \
    run over_pipe 'CAPA\r\n' popup mx stub-joe true 7<>"$T/file"
  [[ $output != *$'\nSTLS'* ]]
  # Nor is popup's own connection to syslog.
  SSLCTLFD=3 SSLREADFD=3 SSLWRITEFD=3 \
    run over_pipe 'CAPA\r\nQUIT\r\n' stub-clean popup --syslog mx stub-joe true
  [[ $output == *$'\n+OK bye'* && $output != *$'\nSTLS'* ]]
}

@test "the three TLS descriptors may be one and the same" {
  python3 - "$BIN/popup" >"$T/answers" 2>>"$LOG" <<'PY'
import os, socket, subprocess, sys
ours, theirs = socket.socketpair()
raw, client = socket.socketpair()
fd = str(theirs.fileno())
popup = subprocess.Popen(
    [sys.argv[1], "mx", "stub-joe", "stub-session"], stdin=raw, stdout=raw,
    pass_fds=[theirs.fileno()],
    env=os.environ | {"SSLCTLFD": fd, "SSLREADFD": fd, "SSLWRITEFD": fd})
raw.close()
theirs.close()
for peer in (ours, client):
    peer.settimeout(20)
client.sendall(b"STLS\r\n")
client.recv(1000)
assert ours.recv(1) == b"Y"
ours.sendall(b"SSL_PROTOCOL=none\0\0")
ours.sendall(b"USER joe\r\nPASS secret\r\nSTAT\r\nQUIT\r\n")
while data := ours.recv(1000):
    print(data.decode(), end="")
sys.exit(popup.wait())
PY
  [ "$(tr -d '\r' <"$T/answers" | tr '\n' '|')" = '+OK now PASS|+OK in|+OK STAT|+OK QUIT|' ]
}

# hold_tls: makes a TLS connection that stays open for some seconds; sets TALKER.
hold_tls() {
  printf 'USER joe\r\n' >"$T/in"
  # shellcheck disable=SC2016  # for the inner shell
  background sh -c 'exec stls-talk "$0" <"$1"' "$PORT" "$T/in" >"$T/said"
  TALKER=${SERVERS[-1]}
  wait_until grep -q $'^+OK now PASS\r$' "$T/said"
}

@test "after STLS the dialogue is confined, too, on two pipes" {
  local dialogue
  serve_tls --style sslserver -- popup mx stub-joe true
  hold_tls
  # The TLS process, popup's broker, the dialogue.
  dialogue=$(children "$(children "$(children "${SERVERS[0]}")")")
  [ "$(status_of "$dialogue" NoNewPrivs)" = 1 ]
  if ! sanitized; then
    [ "$(status_of "$dialogue" Seccomp)" = 1 ]
    if ((EUID == 0)); then
      run ls -l "/proc/$dialogue/fd"
      [ "$(grep -c 'pipe:' <<<"$output")" = 3 ] || fail "$output"
      [ "$(grep -c -- '->' <<<"$output")" = 3 ] || fail "$output"
      has_ids_of_dialogue "$dialogue"
    else
      echo '# not root: ids and descriptors are not looked at' >&3
    fi
  fi
}

@test "no process remains after a TLS client has left" {
  for style in sslserver s6; do
    serve_tls --style "$style" -- popup -v mx stub-joe true
    hold_tls
    kill "$TALKER"
    wait_until no_sessions
    logged 'event=login result=gone .* tls=TLSv1\.3'
    stop_servers
    rm "$T/said"
  done
}

# --- Real clients ---------------------------------------------------------------

# serve_mail [STYLE]: serves one message; TLS is required.
serve_mail() {
  make_account
  deliver_one
  serve_tls --style "${1:-sslserver}" -- "${CHAIN[0]}" -S "${CHAIN[@]:1}"
  chmod go+r "$CERT" # for as_client
  GOT=$T/client/got
  mkdir -p "$GOT"
}
logged_in() {
  logged 'result=ok user=joe mech=[A-Z0-9-]* ip=127\.0\.0\.1 port=[0-9]* tls=TLSv1\.[23] '
}

@test "openssl s_client -starttls pop3 fetches a message" {
  serve_mail
  mkfifo "$T/in"
  exec {FEED}<>"$T/in"
  printf '%b' "$WHOLE_SESSION" >&"$FEED"
  timeout 20 openssl s_client -quiet -starttls pop3 -connect "127.0.0.1:$PORT" \
    -CAfile "$CERT" -verify_return_error <"$T/in" >"$T/said" 2>/dev/null
  exec {FEED}>&-
  check_session "+OK greeted"$'\n'"$(grep -A99 '^+OK now PASS' "$T/said")" \
    "$NAME" "$BODY_SIZE"
  logged_in
}

@test "curl --ssl-reqd fetches by PLAIN and LOGIN, in both styles" {
  for style in sslserver s6; do
    serve_mail "$style"
    for mechanism in PLAIN LOGIN; do
      [ "$(curl -sS -m 20 --cacert "$CERT" --ssl-reqd -u joe:secret \
        --login-options "AUTH=$mechanism" "pop3://localhost:$PORT/1" |
        wc -c)" = "$BODY_SIZE" ]
    done
    logged_in
    stop_servers
  done
}

@test "curl --ssl-reqd gives up without STLS" {
  serve popup mx stub-joe stub-session
  run curl -sS -m 20 --ssl-reqd -u joe:secret "pop3://127.0.0.1:$PORT/1"
  [ "$status" = 64 ]
  [ ! -e "$STUB_RECORD" ]
}

@test "fetchmail --sslproto TLS1.2+ fetches a message" {
  serve_mail
  write_fetchmailrc "$T/client/rc" localhost \
    "sslproto \"TLS1.2+\" sslcertfile \"$CERT\" sslcertck" \
    "no keep mda \"cat >$GOT/one\""
  as_client fetchmail --silent --nodetach --nosyslog -f "$T/client/rc"
  grep -q '^second line' "$GOT/one"
  logged_in
  is_empty
}

@test "mpop with tls_starttls on fetches a message" {
  serve_mail s6
  mkdir -p "$GOT"/{new,cur,tmp}
  write_mpoprc "$T/client/rc" "$GOT" 'host localhost' 'tls on' \
    'tls_starttls on' "tls_trust_file $CERT" 'keep off'
  as_client mpop -q -C "$T/client/rc"
  [ "$(messages "$GOT")" = 1 ]
  logged_in
  is_empty
}

@test "poplib's stls fetches a message" {
  serve_mail
  python3 - "$PORT" "$CERT" <<'PY'
import poplib, ssl, sys
server = poplib.POP3("localhost", int(sys.argv[1]), timeout=20)
server.stls(ssl.create_default_context(cafile=sys.argv[2]))
server.user("joe")
server.pass_("secret")
assert len(server.retr(1)[1]) == 4
server.quit()
PY
  logged_in
}

# --- Encrypted already ----------------------------------------------------------

@test "pop3s by stunnel and hitch: --tls satisfies -S, no STLS" {
  make_account
  deliver_one
  serve popup -S --tls "${CHAIN[@]:1}"
  for start in start_stunnel start_hitch; do
    : >"$LOG"
    "$start" "$PORT"
    [ "$(curl -sS -m 20 --cacert "$CERT" -u joe:secret \
      "pop3s://localhost:$TLS_PORT/1" | wc -c)" = "$BODY_SIZE" ]
    logged 'result=ok user=joe mech=PLAIN .* tls=yes try=1'
  done
  run transcript 'CAPA\r\nSTLS\r\nQUIT\r\n'
  [[ $output != *$'\nSTLS'* && $output == *$'\n-ERR STLS is not'* && $output == *$'\nSASL'* ]]
}

@test "a pipelined session over TLS from the start works" {
  make_account
  deliver_one
  serve_tls --tls -- popup -S "${CHAIN[@]:1}"
  mkfifo "$T/in"
  exec {FEED}<>"$T/in"
  printf '%b' "$WHOLE_SESSION" >&"$FEED"
  session=$(timeout 20 openssl s_client -quiet -connect "127.0.0.1:$PORT" \
    -CAfile "$CERT" <"$T/in" 2>/dev/null)
  exec {FEED}>&-
  check_session "$session" "$NAME" "$BODY_SIZE"
  logged_in
}

@test "SSL_PROTOCOL and POP3_TLS satisfy -S unless empty" {
  SSL_PROTOCOL=TLSv1.2 run over_pipe 'CAPA\r\nUSER joe\r\nPASS secret\r\nQUIT\r\n' \
    popup -S mx stub-joe stub-session
  [[ $output == *'+OK in'* ]]
  logged 'tls=TLSv1\.2'
  POP3_TLS=1 run over_pipe 'USER joe\r\nPASS secret\r\nQUIT\r\n' \
    popup -S mx stub-joe stub-session
  [[ $output == *'+OK in'* ]]
  logged 'tls=yes'
  SSL_PROTOCOL='' POP3_TLS='' run over_pipe 'USER joe\r\nPASS secret\r\nQUIT\r\n' \
    popup -S mx stub-joe stub-session
  [[ $output != *'+OK in'* ]]
}

@test "UCSPI-TLS is declined on an encrypted connection" {
  export SSL_PROTOCOL=TLSv1.3
  serve_tls -v -- env SSL_PROTOCOL=TLSv1.3 popup mx stub-joe true
  connect
  expect '+OK*'
  logged 'ucspi-tls: declined'
  send STLS
  expect '-ERR STLS is not offered'
  hang_up
}

@test "popup -D ignores inherited SSL_PROTOCOL and POP3_TLS" {
  export SSL_PROTOCOL=TLSv1.3 POP3_TLS=1
  SUBPROGRAM=(stub-joe stub-session)
  listen -S -l 127.0.0.1:0
  run transcript 'USER joe\r\nPASS secret\r\nQUIT\r\n'
  answers_are '+OK |-ERR|-ERR|+OK |' "$output"
}
