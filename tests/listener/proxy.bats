#!/usr/bin/env bats
# PROXY headers of both versions set the client, from trusted proxies only.

# shellcheck disable=SC2030,SC2031,SC2034,SC2153,SC2154  # PORT: each test's own
load ../helpers/common
load ../helpers/chain
load ../helpers/tls
load ../helpers/stubs
load ../helpers/listener

# v2 COMMAND FAMILY [HEX]: prints a version 2 header around these bytes.
v2() {
  local hex=${3:-} out
  printf -v out '%04x' $((${#hex} / 2))
  out=0d0a0d0a000d0a515549540a$1$2$out$hex
  # shellcheck disable=SC2001  # a replacement by what was found
  sed 's/../\\x&/g' <<<"$out"
}
# 192.0.2.7:4711 to 198.51.100.1:110
FOUR=c0000207c63364011267006e
# [2001:db8::7]:4711 to [2001:db8::1]:110
SIX=20010db800000000000000000000000720010db80000000000000000000000011267006e

# speaks HEADER: a login after it gets an ordinary refusal from the checker.
speaks() {
  transcript "$1USER joe\r\nPASS x\r\nQUIT\r\n" >"$T/answers"
  [[ $(tr -d '\r' <"$T/answers" | cut -d' ' -f1-2 | tr '\n' '|') == \
    '+OK mx|+OK now|-ERR [AUTH]|+OK bye|' ]] || fail "$(cat "$T/answers")"
}

# all_end ERROR BYTES...: connections that begin with these bytes end without a
# reply, and the log gives this error for each.
all_end() {
  local bytes
  for bytes in "${@:2}"; do
    connect
    printf '%b' "$bytes" >&"$SOCKET"
    HELD+=("$SOCKET")
  done
  for SOCKET in "${HELD[@]}"; do expect_end; done
  wait_until has_errors "$1"
}
has_errors() {
  (($(count_logged "event=proxy error=\"$1\" ip=127\.0\.0\.1 port=") == ${#HELD[@]}))
}

@test "a v1 header sets the client for the log and the checker" {
  serve popup -P -w 0 mx "${SHOW[@]}"
  speaks 'PROXY TCP4 192.0.2.7 198.51.100.1 4711 110\r\n'
  logged 'result=denied mech=PASS ip=192\.0\.2\.7 port=4711 tls=- try=1'
  in_environment 'TCPREMOTEIP=192\.0\.2\.7$'
  in_environment 'TCPREMOTEPORT=4711$'
  in_environment 'TCPLOCALIP=198\.51\.100\.1$'
  in_environment 'TCPLOCALPORT=110$'
  in_environment 'PROTO=TCP$'
}

@test "a v1 header may have IPv6 addresses" {
  serve popup -P -w 0 mx "${SHOW[@]}"
  speaks 'PROXY TCP6 2001:db8::7 2001:db8::1 4711 110\r\n'
  logged 'ip=2001:db8::7 port=4711'
  in_environment 'TCPREMOTEIP=2001:db8::7$'
}

# nginx's stream module and frp mix the family of one end with the address of the
# other.
@test "a v1 header for TCP6 may have IPv4 addresses" {
  serve popup -P -w 0 mx "${SHOW[@]}"
  speaks 'PROXY TCP6 192.0.2.7 198.51.100.1 4711 110\r\n'
  in_environment 'TCPREMOTEIP=192\.0\.2\.7$'
  in_environment 'TCPLOCALIP=198\.51\.100\.1$'
  speaks 'PROXY TCP6 192.0.2.8 2001:db8::1 4711 110\r\n'
  in_environment 'TCPREMOTEIP=192\.0\.2\.8$'
  speaks 'PROXY TCP6 2001:db8::7 198.51.100.1 4711 110\r\n'
  in_environment 'TCPREMOTEIP=2001:db8::7$'
}

@test "a refused header is logged with its first 32 octets" {
  local start
  serve popup -P -L 100 mx "${SHOW[@]}"
  for start in 'GET / HTTP/1.1\r\nHost: mail.example.org\r\n' '"\n'; do
    is_turned_away "$start"
  done
  logged 'error="bad PROXY header" ip=127\.0\.0\.1 port=[0-9]* octets="GET / HTTP/1\.1\\x0d\\x0aHost: mail\.examp"$'
  logged 'error="bad PROXY header" .* octets="\\"\\x0a"$'
  connect
  printf 'PROXY TCP' >&"$SOCKET"
  hang_up
  logged 'error="unfinished PROXY header" .* octets="PROXY TCP"$'
}

@test "one octet that fits no header ends the connection soon" {
  serve popup -P -L 1000 mx "${SHOW[@]}"
  connect
  printf x >&"$SOCKET"
  expect_end
  hang_up
  logged 'error="bad PROXY header" .* octets=x$'
}

@test "a TLS ClientHello in place of a header is logged as such" {
  serve popup -P mx "${SHOW[@]}"
  is_turned_away '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'
  logged 'event=proxy error="TLS ClientHello" .* octets="\\x16\\x03\\x01\\x02\\x00'
}

@test "a v2 header sets the client, with IPv4 or IPv6" {
  serve popup -P -w 0 mx "${SHOW[@]}"
  speaks "$(v2 21 11 $FOUR)"
  logged 'ip=192\.0\.2\.7 port=4711'
  in_environment 'TCPLOCALIP=198\.51\.100\.1$'
  speaks "$(v2 21 21 $SIX)"
  logged 'ip=2001:db8::7 port=4711'
  in_environment 'TCPLOCALIP=2001:db8::1$'
}

@test "a header removes the super-server's variables for the proxy" {
  # shellcheck disable=SC2034  # for serve
  TCPSERVER_OPTIONS=(-h)
  export TCP6REMOTEIP=2001:db8::bad REMOTE_ADDR=192.0.2.99 REMOTE_HOST=proxy \
    TCPREMOTEINFO=nobody TCPLOCALHOST=proxy
  serve popup -P -w 0 mx "${SHOW[@]}"
  speaks 'PROXY TCP4 192.0.2.7 198.51.100.1 4711 110\r\n'
  for name in TCPREMOTEHOST TCPREMOTEINFO TCPLOCALHOST TCP6REMOTEIP REMOTE_ADDR \
    REMOTE_HOST; do
    not_in_environment "$name="
  done
}

@test "LOCAL, UNKNOWN, UNSPEC and Unix: the peer's address is kept" {
  local unix
  serve popup -P -w 0 mx "${SHOW[@]}"
  printf -v unix '%0432d' 0
  for header in 'PROXY UNKNOWN\r\n' 'PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n' \
    "$(v2 20 00)" "$(v2 20 11 $FOUR)" "$(v2 21 00)" "$(v2 21 31 "$unix")"; do
    speaks "$header"
    in_environment 'TCPREMOTEIP=127\.0\.0\.1$'
  done
  not_logged 'ip=192.0.2.7'
  not_logged 'event=proxy'
}

@test "a header and commands in one segment are all handled" {
  make_account
  deliver_one
  serve popup -P "${CHAIN[@]:1}"
  for header in 'PROXY TCP4 192.0.2.7 198.51.100.1 4711 110\r\n' \
    "$(v2 21 11 "$FOUR")"; do
    check_session "$(transcript "$header$WHOLE_SESSION")" \
      "$NAME" "$BODY_SIZE"
    deliver_one
  done
  logged '^maildir-pop3d: .*event=close .*ip=192\.0\.2\.7'
}

@test "a bad or missing header gives no session" {
  serve popup -P mx "${SHOW[@]}"
  local bad=('USER joe\r\nPASS x\r\n' 'CAPA\r\n' '\r\n' 'proxy TCP4 1.2.3.4'
    'PROXY TCP4 192.0.2.256 198.51.100.1 4711 110\r\n'
    'PROXY TCP4 192.0.2.7 198.51.100.1 4711 110\n'
    'PROXY TCP6 localhost 198.51.100.1 4711 110\r\n'
    'PROXY TCP4 192.0.2.7 198.51.100.1 65536 110\r\n'
    "$(v2 22 11 $FOUR)" "$(v2 11 11 $FOUR)" "$(v2 21 41 $FOUR)"
    "$(v2 21 11 c0000207)" "$(v2 21 21 $FOUR)" "$(v2 21 11 "${FOUR}030004")"
    "$(v2 21 11 "${FOUR}03000400000000")")
  all_end 'bad PROXY header' "${bad[@]/%/USER joe\\r\\n}"
  not_logged 'event=login'
  [ ! -e "$T/environment" ]
}

@test "an oversize header is refused before its end" {
  serve popup -P mx "${SHOW[@]}"
  local line
  printf -v line 'PROXY UNKNOWN %0200d' 0
  all_end 'bad PROXY header' "$line" \
    "$(v2 21 11 $FOUR | sed 's/\\x00\\x0c/\\xff\\xff/')"
}

@test "TLVs within the limit are skipped" {
  local tlvs
  printf -v tlvs '%08000d' 0
  serve popup -P -w 0 mx "${SHOW[@]}"
  # 3,997 bytes of PP2_TYPE_NOOP.
  speaks "$(v2 21 11 "${FOUR}040f9d${tlvs:0:7994}")"
  logged 'ip=192\.0\.2\.7'
}

@test "an unfinished or missing header ends at the deadline" {
  serve popup -P -L 1 mx "${SHOW[@]}"
  all_end 'no answer in time' '' 'PROXY TCP4 192.0.2.7 ' '\r\n\r\n\0'
}

@test "closing without a complete header is logged" {
  serve popup -P mx "${SHOW[@]}"
  connect
  hang_up
  logged 'event=proxy error="no PROXY header"'
  connect
  printf 'PROXY TCP' >&"$SOCKET"
  hang_up
  logged 'event=proxy error="unfinished PROXY header"'
}

@test "an untrusted peer is closed and not read" {
  serve popup -P --proxy-from 192.0.2.0/24,2001:db8::/32 mx "${SHOW[@]}"
  is_turned_away 'PROXY TCP4 192.0.2.7 198.51.100.1 4711 110\r\nUSER joe\r\n'
  logged 'event=proxy error="this peer may not send a PROXY header" ip=127\.0\.0\.1'
  not_logged 192.0.2.7
}

@test "--proxy-from lists the trusted proxies" {
  serve popup -P -w 0 --proxy-from 192.0.2.1,127.0.0.0/8 mx "${SHOW[@]}"
  speaks 'PROXY TCP4 192.0.2.7 198.51.100.1 4711 110\r\n'
  for bad in '' localhost 127.0.0.1/33 '127.0.0.1,'; do
    run popup -P --proxy-from "$bad" mx true
    [ "$status" = 100 ] || fail "$bad: $status"
    [[ $output == *'bad value for --proxy-from: '* ]]
  done
}

@test "a peer without an address is not trusted" {
  run over_pipe 'PROXY TCP4 192.0.2.7 198.51.100.1 4711 110\r\nNOOP\r\n' \
    popup -P mx true
  [ "$status" = 0 ]
  [ -z "$output" ]
  logged 'event=proxy error="this peer may not'
}

@test "without -P a header is only a bad command" {
  serve popup -w 0 mx "${SHOW[@]}"
  run transcript 'PROXY TCP4 192.0.2.7 198.51.100.1 4711 110\r\nUSER joe\r\nPASS x\r\nQUIT\r\n'
  [[ ${lines[1]} == -ERR* ]]
  in_environment 'TCPREMOTEIP=127\.0\.0\.1$'
}

@test "allow_nets checks the address that the proxy sent" {
  make_account
  sed -i 's/$/allow_nets=192.0.2.0\/24/' "$USERS"
  serve popup -P "${CHAIN[@]:1}"
  transcript 'PROXY TCP4 192.0.2.7 198.51.100.1 4711 110\r\nUSER joe\r\nPASS secret\r\nQUIT\r\n' \
    >"$T/answers"
  [ "$(grep -c '^+OK' "$T/answers")" = 4 ]
  transcript 'PROXY TCP4 203.0.113.7 198.51.100.1 4711 110\r\nUSER joe\r\nPASS secret\r\nQUIT\r\n' \
    >"$T/answers"
  [ "$(grep -c '^-ERR \[AUTH\]' "$T/answers")" = 1 ]
  logged '^checkpw: .*cause=net user=joe ip=203\.0\.113\.7'
}

# --- Under popup -D -------------------------------------------------------------

of() { printf '%s' "PROXY TCP4 $1 198.51.100.1 4711 110\\r\\n"; }

@test "popup -D counts the clients behind a proxy, not the proxy" {
  listen -l 127.0.0.1:0 -P -C 2 --min-delay 0
  hold "$(of 192.0.2.7)"
  hold "$(of 192.0.2.7)"
  is_turned_away "$(of 192.0.2.7)"
  logged 'event=refuse limit=source ip=192\.0\.2\.7 port=4711 taken=2/2 suppressed=0'
  hold "$(of 192.0.2.8)"
  hold "$(v2 20 00)"
  hold "$(v2 20 00)"
  hold "$(v2 20 00)"
  logged 'event=open ip=127\.0\.0\.1 port=[0-9]* sid=[0-9a-f.]* sessions=1/500$'
  logged 'sid=[0-9a-f.]* event=client ip=192\.0\.2\.7 port=4711 source=2/2'
  local fd=${HELD[0]}
  exec {fd}>&-
  logged 'event=close ip=192\.0\.2\.7 '
  hold "$(of 192.0.2.7)"
}

@test "popup -D counts an IPv6 network behind a proxy as one source" {
  listen -l 127.0.0.1:0 -P -C 1 --min-delay 0
  hold 'PROXY TCP6 2001:db8::7 2001:db8::1 4711 110\r\n'
  is_turned_away 'PROXY TCP6 2001:db8::8 2001:db8::1 4711 110\r\n'
  hold 'PROXY TCP6 2001:db8:0:1::8 2001:db8::1 4711 110\r\n'
}

@test "popup -D counts an untrusted peer and closes it" {
  listen -l 127.0.0.1:0 -P --proxy-from 192.0.2.1 -C 1 --min-delay 60
  is_turned_away "$(of 192.0.2.7)"
  logged 'event=proxy error="this peer may not'
  is_turned_away "$(of 192.0.2.7)"
  logged 'event=refuse limit=source ip=127\.0\.0\.1 .*taken=1/1'
}

@test "a session goes on after its listener has ended" {
  SUBPROGRAM=(stub-joe stub-session)
  listen -l 127.0.0.1:0 -P -C 1
  connect
  printf '%b' "$(of 192.0.2.7)USER joe\r\nPASS secret\r\n" >&"$SOCKET"
  for reply in '+OK test*' '+OK now*' '+OK in'; do expect "$reply"; done
  kill -TERM "$LISTENER"
  logged 'event=stop signal=TERM still_running=1$'
  wait_until test ! -e "/proc/$LISTENER"
  send NOOP
  expect '+OK NOOP'
}

@test "the checker does not inherit the listener's channel" {
  SUBPROGRAM=("${SHOW[@]}")
  listen -l 127.0.0.1:0 -P
  connect
  printf '%b' "$(of 192.0.2.7)USER joe\r\nPASS x\r\n" >&"$SOCKET"
  for reply in '+OK test*' '+OK now*' '-ERR \[AUTH\]*'; do expect "$reply"; done
  [ "$(grep -c 'socket:' "$T/environment.fds")" = 1 ] || fail "$(cat "$T/environment.fds")"
  hang_up
}

# --- Real proxies ---------------------------------------------------------------

fetch() { # SCHEME [HOST]
  curl -sS -m 20 --cacert "$CERT" -u joe:secret "$1://${2:-localhost}:$TLS_PORT/1" |
    wc -c
}
# chain_behind_proxy [OPTION...]: serves one message with popup -P.
chain_behind_proxy() {
  make_account
  deliver_one
  serve popup -P "$@" "${CHAIN[@]:1}"
}
# told TLS: a login with this TLS version (a pattern) is logged.
told() {
  logged "result=ok user=joe mech=PLAIN ip=127\.0\.0\.1 port=[0-9]* tls=$1 "
}

@test "haproxy send-proxy and send-proxy-v2 work" {
  chain_behind_proxy
  for version in v1 v2 v2-crc32c; do
    : >"$LOG"
    start_haproxy "$PORT" "$version"
    [ "$(fetch pop3 127.0.0.1)" = "$BODY_SIZE" ]
    told -
    not_logged 'event=proxy'
  done
}

@test "haproxy send-proxy-v2-ssl satisfies -S" {
  chain_behind_proxy -S
  start_haproxy "$PORT" v2-ssl tls
  [ "$(fetch pop3s)" = "$BODY_SIZE" ]
  told 'TLSv1\.[23]'
  start_haproxy "$PORT" v2-ssl
  run fetch pop3 127.0.0.1
  [ "$output" != "$BODY_SIZE" ]
}

@test "stunnel protocol = proxy works" {
  chain_behind_proxy --tls
  start_stunnel "$PORT" proxy
  [ "$(fetch pop3s)" = "$BODY_SIZE" ]
  told yes
}

@test "hitch write-proxy works in both versions" {
  chain_behind_proxy --tls
  for version in v1 v2; do
    : >"$LOG"
    start_hitch "$PORT" "$version"
    [ "$(fetch pop3s)" = "$BODY_SIZE" ]
    told '[a-zA-Z0-9.]*'
  done
}

@test "a real proxy sends the client's own port to popup -D" {
  listen -l 127.0.0.1:0 -P -C 1 --min-delay 0
  start_haproxy "$PORT" v2
  exec {fd}<>"/dev/tcp/127.0.0.1/$TLS_PORT"
  IFS= read -r -t 20 line <&"$fd"
  [[ $line == +OK* ]]
  local own
  own=$(sed -n 's/.*event=client ip=127\.0\.0\.1 port=\([0-9]*\) .*/\1/p' "$LOG")
  grep -q "$(printf '0100007F:%04X 0100007F:%04X' "$own" "$TLS_PORT")" /proc/net/tcp
  PORT=$TLS_PORT
  is_turned_away ''
  exec {fd}>&-
}
