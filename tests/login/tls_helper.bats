#!/usr/bin/env bats
# --tls-helper: STLS, and TLS at once, by Debian's couriertls.

# shellcheck disable=SC2030,SC2031,SC2034,SC2153,SC2154  # PORT: each test's own
bats_require_minimum_version 1.5.0
load ../helpers/common
load ../helpers/chain
load ../helpers/clients
load ../helpers/tls
load ../helpers/stubs
load ../helpers/listener

setup() {
  export STUB_RECORD=$T/record
  unset UCSPITLS SSL_PROTOCOL SSL_CIPHER POP3_TLS
  open_folders
  use_couriertls
  SUBPROGRAM=(stub-joe stub-session)
}

# listen_tls OPTION...: popup -D on $PORT, and with TLS at once on $TLS_PORT.
listen_tls() {
  listen -l 127.0.0.1:0 --tls-listen 127.0.0.1:0 "${TLS_HELPER[@]}" "$@"
  logged 'event=listen ip=127.0.0.1 port=[0-9]* tls=yes$'
  TLS_PORT=$(sed -n 's/.*event=listen .* port=\([0-9]*\) tls=yes$/\1/p' "$LOG")
}
# listen_chain [OPTION...]: the same for the whole chain, with one message.
listen_chain() {
  make_account
  deliver_one
  SUBPROGRAM=(checkpw -f "$USERS" maildir-pop3d -a Maildir)
  listen_tls "$@"
}
# tls_talk BYTES [OPTION...]: prints all replies, with stls-talk's options.
tls_talk() {
  printf '%b' "$1" | timeout 20 stls-talk "${@:2}" "$PORT" | tr -d '\r'
}
# at_once BYTES: prints all that comes through TLS from the first octet on.
at_once() {
  printf '%b' "$1" | timeout 20 stls-talk --at-once "$TLS_PORT" | tr -d '\r'
}
# hold_tls [BYTES]: a TLS connection that stays open after these; its answers go
# to $T/said.
hold_tls() {
  mkfifo "$T/in"
  exec {FEED}<>"$T/in"
  printf '%b' "${1:-USER joe\r\n}" >&"$FEED"
  # shellcheck disable=SC2016  # for the inner shell
  background sh -c 'exec openssl s_client -quiet -connect "127.0.0.1:$0" \
    <"$1" >"$2" 2>/dev/null' "$TLS_PORT" "$T/in" "$T/said"
  CLIENT=${SERVERS[-1]}
  wait_until grep -q "${2:-+OK now PASS}" "$T/said"
}
helpers() { pgrep -P "$LISTENER" -x couriertls || true; }

@test "STLS: a pipelined session, alone and under tcpserver" {
  make_account
  for how in alone tcpserver; do
    deliver_one
    SUBPROGRAM=("${CHAIN[@]:4}")
    if [[ $how == alone ]]; then
      listen_tls
    else
      serve popup "${TLS_HELPER[@]}" "${CHAIN[@]:1}"
    fi
    session=$(tls_talk "$WHOLE_SESSION")
    check_session "${session%%$'\n'*}"$'\n'"${session#*-- TLS$'\n'}" \
      "$NAME" "$BODY_SIZE"
    is_empty
    logged 'result=ok user=joe mech=PASS ip=127\.0\.0\.1 port=[0-9]* tls=yes try=1'
    stop_servers
    rm "$LOG"
  done
}

@test "--tls-listen: TLS at once, no STLS, and -S is satisfied" {
  listen_chain -S
  session=$(at_once "$WHOLE_SESSION")
  check_session "$session" "$NAME" "$BODY_SIZE"
  hold_tls 'CAPA\r\nSTLS\r\nQUIT\r\n' 'STLS is not'
  run ! grep -q ^STLS "$T/said"
  grep -q ^USER "$T/said"
  logged 'result=ok user=joe mech=PASS ip=127\.0\.0\.1 port=[0-9]* tls=yes try=1'
}

@test "STLS is announced only before TLS" {
  listen_tls
  run transcript 'CAPA\r\nSTLS x\r\nQUIT\r\n'
  [[ $output == *$'\r\nSTLS\r\n'* && ${lines[-2]} == '-ERR STLS takes no'* ]]
  run tls_talk 'CAPA\r\nSTLS\r\nQUIT\r\n'
  [[ ${output#*-- TLS} != *$'\nSTLS'* && ${lines[-2]} == '-ERR STLS is not offered' ]]
}

@test "plaintext injected after STLS is never run" {
  listen_tls
  for inject in 'NOOP\r\n' 'USER joe\r\nPASS secret\r\nSTAT\r\n' \
    'AUTH PLAIN AGpvZQBzZWNyZXQ=\r\n' 'USER anna\r\n'; do
    : >"$LOG"
    said=$(tls_talk 'PASS secret\r\nNOOP\r\nQUIT\r\n' --inject "$inject")
    [[ $said != *'+OK'*'+OK'*'+OK'* && $said != *-ERR* ]] || fail "$inject: $said"
    logged 'event=tls error="An unexpected TLS packet was received." ip=127.0.0.1 port='
    logged 'event=login result=temporary'
    not_logged 'result=ok'
    [ ! -e "$STUB_RECORD" ]
  done
  # On the other port nothing is read in clear text, not even a greeting sent.
  PORT=$TLS_PORT
  : >"$LOG"
  said=$(transcript 'USER joe\r\nPASS secret\r\nQUIT\r\n' | tr -d '\0')
  [[ $said != *OK* && $said != *ERR* ]] || fail "$said"
  logged 'event=login result=temporary'
  [ ! -e "$STUB_RECORD" ]
}

@test "nothing said before TLS is remembered, but counted" {
  listen_tls
  said=$(tls_talk 'PASS secret\r\nUSER joe\r\nPASS secret\r\nQUIT\r\n' \
    --before 'USER joe\r\n')
  [[ $said == *$'-- TLS\n-ERR USER first\n+OK now PASS\n+OK in\n+OK QUIT' ]] || fail "$said"
  bad=$(printf 'BAD\\r\\n%.0s' {1..11})
  said=$(tls_talk "${bad}NOOP\r\n" --before "$bad")
  [[ $said == *'-ERR too many bad commands' ]]
  [ "$(grep -c ^-ERR <<<"$said")" = 21 ]
}

@test "with -S nobody logs in before STLS" {
  listen_tls -S
  run transcript 'CAPA\r\nUSER joe\r\nPASS secret\r\nAUTH PLAIN AGpvZQBzZWNyZXQ=\r\nQUIT\r\n'
  [[ $output != *$'\nUSER\r'* && $output == *$'\nSTLS\r'* ]]
  [ "$(grep -c '^-ERR not before TLS' <<<"$output")" = 3 ] || fail "$output"
  [ ! -e "$STUB_RECORD" ]
  said=$(tls_talk 'USER joe\r\nPASS secret\r\nQUIT\r\n')
  [[ $said == *'+OK in'* ]]
  not_logged 'there is no way to start it'
}

@test "a refused login over TLS may be tried again" {
  listen_tls
  said=$(tls_talk 'USER joe\r\nPASS x\r\nUSER joe\r\nPASS secret\r\nNOOP\r\nQUIT\r\n')
  [[ $said == *$'\n-ERR [AUTH] '*$'\n+OK now PASS\n+OK in\n+OK NOOP\n+OK QUIT' ]]
  logged 'result=denied .* tls=yes try=1'
  logged 'result=ok .* tls=yes try=2'
}

@test "UCSPITLS=- turns STLS off, not TLS at once" {
  export UCSPITLS=-
  listen_tls
  run transcript 'CAPA\r\nSTLS\r\nQUIT\r\n'
  [[ $output != *$'\nSTLS'* && $output == *'-ERR STLS is not offered'* ]]
  hold_tls
}

@test "the checker gets the client's address and a socket" {
  SUBPROGRAM=("${SHOW[@]}")
  listen_tls
  touch "$T"/environment{,.fds,.signals}
  tls_talk 'USER joe\r\nPASS x\r\nQUIT\r\n' >/dev/null
  in_environment TCPREMOTEIP=127.0.0.1
  in_environment TCPLOCALIP=127.0.0.1
  in_environment "TCPLOCALPORT=$PORT"
  # Its own output is a file, as the log is.
  [ "$(grep -c socket: "$T/environment.fds")" = 1 ] || fail "$(cat "$T/environment.fds")"
}

# --- The helper -------------------------------------------------------------------

@test "the helper gets its descriptors, TLS_* and PATH only" {
  mkdir -m 777 "$T/open"
  # shellcheck disable=SC2016  # for the script
  write_script show "exec 5>$T/open/shown" 'ls -l /proc/$$/fd >&5' 'env >&5' \
    'grep -E "^(SigBlk|NoNewPrivs)" /proc/self/status >&5' \
    'ulimit -c >&5; echo end >&5'
  use_helper "$T/show"
  export SECRET=1 TLS_CERTFILE=/x TLS_A=b
  listen_tls 7>"$T/foreign"
  tls_talk '' >/dev/null
  wait_until grep -q '^end$' "$T/open/shown"
  shown=$(<"$T/open/shown")
  for wanted in '0 -> socket:' '1 -> socket:' '2 -> /dev/null' '3 -> socket:' \
    '4 -> pipe:' $'\nTLS_CERTFILE=/x\n' $'\nTLS_A=b\n' $'\nPATH=' $'NoNewPrivs:\t1' \
    $'SigBlk:\t0000000000000000' $'\n0\nend'; do
    [[ $shown == *"$wanted"* ]] || fail "no $wanted in: $shown"
  done
  for other in SECRET POPUP_ TCPREMOTE foreign eventpoll signalfd "$LOG"; do
    [[ $shown != *"$other"* ]] || fail "$other is in: $shown"
  done
  [ "$(grep -c socket: <<<"$shown")" = 3 ]
  [ "$(grep -c pipe: <<<"$shown")" = 1 ]
}

@test "the helper runs as --tls-user, without groups and root" {
  needs_root 'only root can start it as another account'
  listen_tls
  hold_tls
  helper=$(helpers)
  [[ $(status_of "$helper" Uid) == "65531 65531 65531 65531" ]]
  [[ $(status_of "$helper" Gid) == "65530 65530 65530 65530" ]]
  [[ $(status_of "$helper" Groups) == '' ]]
  [[ $(status_of "$helper" NoNewPrivs) == 1 ]]
}

@test "the helper's death ends a login and a session" {
  listen_tls
  hold_tls
  kill -KILL "$(helpers)"
  logged 'event=login result=gone .* tls=yes'
  logged 'event=close .* sessions=0/500'
  stop_servers
  rm "$LOG" "$T/in"
  listen_tls
  hold_tls 'USER joe\r\nPASS secret\r\n' '^+OK in'
  kill -KILL "$(helpers)"
  logged 'event=close .* sessions=0/500'
  wait_until has_no_children "$LISTENER"
}

@test "a client that leaves ends helper and session" {
  listen_tls
  hold_tls 'USER joe\r\nPASS secret\r\n' '^+OK in'
  kill "$CLIENT"
  wait_until has_no_children "$LISTENER"
  logged 'event=close .* status=0 .* sessions=0/500'
}

@test "a silent client is left at the login's deadline" {
  listen_tls -L 1
  exec {SILENT}<>"/dev/tcp/127.0.0.1/$TLS_PORT"
  logged 'event=login result=timeout mech=- .* tls=-'
  exec {SILENT}>&- {SILENT}<>"/dev/tcp/127.0.0.1/$TLS_PORT"
  printf '\026' >&"$SILENT"
  logged 'event=tls error="no answer in time"'
  wait_until has_no_children "$LISTENER"
}

@test "a port scan of TLS at once starts nothing, and is no fault" {
  # shellcheck disable=SC2016  # for the script
  write_script told "echo >>$T/open/started" 'exec sleep 9'
  mkdir -m 777 "$T/open"
  use_helper "$T/told"
  listen_tls
  exec {SILENT}<>"/dev/tcp/127.0.0.1/$TLS_PORT"
  logged 'event=open .*'
  has_no_children "$LISTENER"
  exec {SILENT}>&-
  logged 'event=login result=gone mech=- .* tls=-'
  logged 'event=close .* status=0 .* sessions=0/500'
  not_logged event=tls
  [ ! -e "$T/open/started" ]
}

@test "a helper that stops in the login is left at the deadline" {
  listen_tls -L 2
  hold_tls
  kill -STOP "$(helpers)"
  logged 'event=login result=timeout'
  wait_until has_no_children "$LISTENER"
}

@test "a helper's own processes end with it" {
  # shellcheck disable=SC2016  # for the scripts
  write_script starts "${TLS_HELPER[1]}" ':'
  write_script leaves 'sleep 500 & exit 0'
  write_script moves 'exec python3 -c "import os, time
  os.setpgid(0, os.getpgid(os.getppid()))
  time.sleep(500)"'
  for name in starts leaves moves; do
    use_helper "$T/$name"
    listen_tls -L 2
    exec {SILENT}<>"/dev/tcp/127.0.0.1/$TLS_PORT"
    printf '\026' >&"$SILENT"
    # Nobody has the client's socket any more.
    read -r -t "$PATIENCE" -u "$SILENT" || (($? == 1))
    exec {SILENT}>&-
    logged 'event=close .* sessions=0/500'
    wait_until has_no_children "$LISTENER"
    stop_servers
    rm "$LOG"
  done
}

@test "a helper that fails or ends: the reason is logged" {
  # shellcheck disable=SC2016  # for the scripts
  write_script says 'printf "no \"key\"\\nsecond line" >&4'
  write_script long 'printf "%0999d" 7 >&4; sleep 9'
  write_script empty 'printf "\\n" >&4'
  write_script ends 'exit 3'
  for name in says long empty ends; do
    use_helper "$T/$name"
    listen_tls
    said=$(tls_talk 'USER joe\r\nPASS secret\r\n')
    [[ $said == *'-- no TLS' ]] || fail "$name: $said"
    case $name in
      says) error='no \\"key\\"' ;;
      long) error=0000000 ;;
      empty) error='the TLS helper failed' ;;
    esac
    if [[ $name == ends ]]; then
      # Its end may be seen a moment later than that of its pipe.
      logged 'error="the TLS helper failed"\|result=gone'
    else
      logged "event=tls error=\"\\?$error"
      logged 'event=login result=temporary mech=- '
    fi
    wait_until has_no_children "$LISTENER"
    not_logged result=ok
    stop_servers
    rm "$LOG"
  done
}

@test "a client that leaves after the handshake is gone" {
  listen_tls
  openssl s_client -connect "127.0.0.1:$TLS_PORT" </dev/null >/dev/null 2>&1 || true
  logged 'event=login result=gone .* tls=yes'
  logged 'event=close .* status=0 '
  not_logged event=tls
}

# explained ERROR: the log has it, and so has the table of doc/operate.md, with an
# ellipsis in place of the file.
explained() {
  wait_until grep -qF "event=tls error=\"$1\"" "$LOG"
  grep -qF "\`${1/"$CERT"/…}\`" "$BATS_TEST_DIRNAME/../../doc/operate.md" ||
    fail "operate.md does not explain: $1"
}

@test "operate.md explains what the log says of failed TLS" {
  listen_tls
  printf 'QUIT\r\n' | nc -N 127.0.0.1 "$TLS_PORT"
  explained 'An unexpected TLS packet was received.'
  run ! openssl s_client -connect "127.0.0.1:$PORT" </dev/null
  explained 'TLS ClientHello'
  # A certificate that expired yesterday.
  cp "$CERT" "$T/key"
  openssl x509 -in "$T/key" -signkey "$T/key" -days -1 -out "$T/expired" 2>/dev/null
  { openssl pkey -in "$T/key" && cat "$T/expired"; } >"$CERT"
  run ! curl -sS --cacert "$T/expired" "pop3s://localhost:$TLS_PORT"
  [[ $output == *expired* ]] || fail "$output"
  explained 'Decryption has failed.'
  cat "$T/expired" >"$CERT"
  run ! curl -sS --cacert "$T/expired" "pop3s://localhost:$TLS_PORT"
  explained 'No supported cipher suites have been found.'
  rm "$CERT"
  run ! curl -sS --cacert "$T/expired" "pop3s://localhost:$TLS_PORT"
  explained "couriertls: $CERT: No such file or directory"
}

@test "an unreadable certificate: no TLS, the reason is logged" {
  export TLS_CERTFILE=$T/none
  listen_tls
  said=$(tls_talk 'USER joe\r\n')
  [[ $said == *'-- no TLS' ]]
  logged 'event=tls error='
  logged 'result=temporary'
}

@test "a missing helper: -D exits 111, else no STLS and a warning" {
  touch "$T/plain"
  for name in none/x "$T/plain" popchain-no-such; do
    use_helper "$name"
    run -111 popup -D -l 127.0.0.1:0 "${TLS_HELPER[@]}" mx stub-joe true
    [[ $output == "popup: fatal: no session can start: unable to run the TLS helper $name: "* ]] ||
      fail "$output"
    : >"$LOG"
    serve popup "${TLS_HELPER[@]}" mx stub-joe true
    run transcript 'CAPA\r\nQUIT\r\n'
    [[ $output != *STLS* && $output == *'+OK bye'* ]]
    logged "event=tls error=\"unable to run the TLS helper $name: "
    stop_servers
  done
}

@test "a helper that its account may not run: logged at STLS" {
  needs_root 'only root can start it as another account'
  write_script mine 'exit 0'
  chmod 700 "$T/mine"
  use_helper "$T/mine"
  listen_tls
  said=$(tls_talk 'USER joe\r\n')
  [[ $said == *'-- no TLS' ]]
  logged 'event=tls error="unable to run the TLS helper: Permission denied"'
  logged 'result=temporary'
}

@test "bad options: exit 100, and why" {
  local -a rest=(mx stub-joe true)
  run -100 popup --tls-helper '  ' "${rest[@]}"
  run -100 popup -D --tls-listen :0 "${rest[@]}"
  [[ $output == *'--tls-listen needs --tls-helper'* ]]
  run -100 popup "${TLS_HELPER[@]}" --tls-listen :0 "${rest[@]}"
  [[ $output == *'--tls-listen needs -D'* ]]
  for value in '' x :x 99999 ::1 127.0.0.1:1:2; do
    run -100 popup -D -l 127.0.0.1:0 "${TLS_HELPER[@]}" --tls-listen "$value" "${rest[@]}"
    [[ $output == *"bad value for --tls-listen: $value"* ]] || fail "$value: $output"
  done
  for value in '' 0 0:5 5:0 -1 no-such-name 7:no-such-group 4294967296; do
    run -100 popup "${TLS_HELPER[@]}" --tls-user "$value" "${rest[@]}"
    [[ $output == *"bad value for --tls-user: $value"* ]] || fail "$value: $output"
  done
  if ((EUID == 0)); then
    run -100 popup -u 777 --tls-helper true --tls-user 777 "${rest[@]}"
    [[ $output == *"the TLS helper needs ids other than the dialogue's"* ]]
    if ! grep -q ^popup-tls: /etc/passwd; then
      run -100 popup --tls-helper true "${rest[@]}"
      [[ $output == *'needs --tls-user or an account popup-tls'* ]]
    fi
  fi
}

# --- The end of a session ---------------------------------------------------------

@test "after QUIT nothing of a TLS session remains" {
  listen_tls
  hold_tls 'USER joe\r\nPASS secret\r\nQUIT\r\n' '^+OK QUIT'
  logged 'event=close .* status=0 .* sessions=0/500'
  wait_until has_no_children "$LISTENER"
}

@test "a connection counts until its helper ends, for a minute" {
  # The client does not close its side.
  listen_tls
  python3 - "$TLS_PORT" <<'PY' &
import ssl, socket, sys, time
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
raw = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
tls = context.wrap_socket(raw)
tls.sendall(b"USER joe\r\nPASS secret\r\nQUIT\r\n")
while tls.recv(100):
    pass
time.sleep(200)
PY
  SERVERS+=($!)
  logged result=ok
  pause 20
  [[ -n $(helpers) ]]
  not_logged event=close
  pause 30
  logged 'event=close .* status=0 .* sessions=0/500'
  [[ -z $(helpers) ]]
}

@test "a server without a status byte says its last word" {
  export STUB_SILENT=1
  for how in alone tcpserver; do
    if [[ $how == alone ]]; then
      listen_tls
    else
      serve popup "${TLS_HELPER[@]}" -w 0 mx "${SUBPROGRAM[@]}"
    fi
    said=$(tls_talk 'USER joe\r\nPASS secret\r\nNOOP\r\nQUIT\r\n')
    [[ $said == *$'-- TLS\n+OK now PASS\n+OK in\n+OK NOOP\n+OK QUIT' ]] || fail "$how: $said"
    logged 'result=ok user=joe'
    stop_servers
    rm "$LOG"
  done
}

@test "SIGTERM leaves a TLS session, --drain ends it" {
  listen_tls
  hold_tls 'USER joe\r\nPASS secret\r\n' '^+OK in'
  kill "$LISTENER"
  logged 'event=stop signal=TERM still_running=1'
  printf 'STAT\r\nQUIT\r\n' >&"$FEED"
  wait_until grep -q '^+OK QUIT' "$T/said"
  rm "$T/in" "$LOG"
  listen_tls --drain 1
  hold_tls 'USER joe\r\nPASS secret\r\n' '^+OK in'
  kill "$LISTENER"
  logged 'event=stop signal=TERM still_running=0'
}

@test "SIGTERM under a super-server ends the helper, too" {
  serve popup "${TLS_HELPER[@]}" mx "${SUBPROGRAM[@]}"
  printf 'USER joe\r\n' >"$T/in"
  # shellcheck disable=SC2016  # for the inner shell
  background sh -c 'exec stls-talk "$0" <"$1"' "$PORT" "$T/in" >"$T/said"
  wait_until grep -q $'^+OK now PASS\r$' "$T/said"
  BROKER=$(children "${SERVERS[0]}")
  helper=$(pgrep -P "$BROKER" -x couriertls)
  kill "$BROKER"
  wait_until no_process "$helper"
}
no_process() { [[ ! -e /proc/$1 ]] || grep -q '^State:.Z' "/proc/$1/status"; }

# --- More than one ----------------------------------------------------------------

@test "a large message comes through whole" {
  listen_chain
  { printf 'Subject: large\n\n' && seq -f '%0.0f a line of a message that is not short' 200000; } |
    tee "$T/large" | deliver "$MAIL/new"
  for url in "pop3s://localhost:$TLS_PORT/2" "pop3://localhost:$PORT/2"; do
    curl -sS -m 60 --cacert "$CERT" --ssl-reqd -u joe:secret "$url" |
      tr -d '\r' | cmp - "$T/large"
  done
}

@test "twenty TLS sessions at once, half of them by STLS" {
  listen_chain --checkers 20
  for i in {1..20}; do
    if ((i % 2)); then url=pop3://localhost:$PORT/1; else url=pop3s://localhost:$TLS_PORT/1; fi
    background curl -sS -m 60 --cacert "$CERT" --ssl-reqd -u joe:secret "$url" -o "$T/got.$i"
  done
  for i in {1..20}; do
    wait "${SERVERS[i]}"
    [ "$(wc -c <"$T/got.$i")" = "$BODY_SIZE" ]
  done
  wait_until has_no_children "$LISTENER"
  [ "$(count_logged 'result=ok user=joe .* tls=yes')" = 20 ]
}

@test "behind a proxy the header comes first, then TLS" {
  listen_tls -P
  start_haproxy "$TLS_PORT" v2
  said=$(at_once 'USER joe\r\nPASS secret\r\nNOOP\r\nQUIT\r\n')
  [[ $said == *'+OK in'* ]] || fail "$said"
  logged 'event=client ip=127.0.0.1'
  logged 'result=ok .* tls=yes'
}

@test "sockets of systemd: pop3s is for TLS at once" {
  local port
  PORT=$(free-port) TLS_PORT=$(free-port)
  background systemd-socket-activate -l "127.0.0.1:$PORT" -l "127.0.0.1:$TLS_PORT" \
    --fdname=pop3:pop3s -E PATH -E TLS_CERTFILE -E STUB_RECORD \
    "$BIN/popup" -D "${TLS_HELPER[@]}" mx stub-joe stub-session 2>>"$LOG"
  port=$PORT
  wait_until listening "$TLS_PORT"
  said=$(at_once 'USER joe\r\nPASS secret\r\nQUIT\r\n')
  [[ $said == *'+OK in'* ]] || fail "$said"
  logged "event=listen ip=127.0.0.1 port=$port\$"
  logged "event=listen ip=127.0.0.1 port=$TLS_PORT tls=yes\$"
}

@test "curl, fetchmail and mpop fetch by both ways" {
  listen_chain -S
  GOT=$T/client/got
  mkdir -p "$GOT"/{new,cur,tmp}
  chmod go+r "$CERT" # for as_client
  for mechanism in PLAIN LOGIN; do
    [ "$(curl -sS -m 20 --cacert "$CERT" -u joe:secret --login-options "AUTH=$mechanism" \
      "pop3s://localhost:$TLS_PORT/1" | wc -c)" = "$BODY_SIZE" ]
  done
  write_fetchmailrc "$T/client/rc" localhost \
    "sslproto \"TLS1.2+\" sslcertfile \"$CERT\" sslcertck" \
    "keep mda \"cat >$GOT/one\""
  as_client fetchmail --silent --nodetach --nosyslog -f "$T/client/rc"
  grep -q '^second line' "$GOT/one"
  PORT=$TLS_PORT write_mpoprc "$T/client/rc" "$GOT" 'host localhost' 'tls on' \
    'tls_starttls off' "tls_trust_file $CERT" 'keep off'
  as_client mpop -q -C "$T/client/rc"
  [ "$(messages "$GOT")" = 1 ]
  is_empty
}
