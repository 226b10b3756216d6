#!/usr/bin/env bats
# bats file_tags=once
# The TLS server and the proxies that other tests rely on behave as assumed.

load ../helpers/common
load ../helpers/tls

# fetch SCHEME PORT: gets the message by curl and prints its number of octets.
fetch() {
  curl -sS -m 20 --cacert "$CERT" --ssl-reqd -u joe:x \
    "$1://localhost:$2/1" | wc -c
}

@test "curl fetches a large message after STLS in both styles" {
  for style in sslserver s6; do
    UCSPI_TLS_OPTIONS=(--style "$style")
    serve_ucspi_tls starttls-stub Y 3000000
    [ "$(fetch pop3 "$PORT")" -eq 3000000 ]
  done
  logged "variable 'SSL_CLIENT_S_DN='"
  logged "variable 'SSL_PEER_CERT_SUBJECT'"
}

@test "openssl s_client works after STLS; y sends no variables" {
  serve_ucspi_tls starttls-stub y
  answers=$({ printf 'NOOP\r\nRETR 1\r\nQUIT\r\n'; sleep 1; } |
    timeout 20 openssl s_client -quiet -starttls pop3 \
      -connect "127.0.0.1:$PORT" -CAfile "$CERT" -verify_return_error \
      2>"$T/client")
  [ "$(grep -c '^+OK' <<<"$answers")" -eq 3 ]
  not_logged 'variable'
}

@test "half-close: the program sees EOF, its last output arrives" {
  make_certificate
  UCSPI_TLS_OPTIONS=(--tls)
  # shellcheck disable=SC2016  # for the inner shell
  serve_ucspi_tls sh -c 'n=$(wc -c); echo "got $n"; echo "over $SSL_PROTOCOL"'
  python3 - "$PORT" "$CERT" <<'PY' >"$T/answer"
import socket, ssl, sys
context = ssl.create_default_context(cafile=sys.argv[2])
incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
tls = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
raw = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 20)
def step(action):
    while True:
        try:
            result = action()
            raw.sendall(outgoing.read())
            return result
        except ssl.SSLWantReadError:
            raw.sendall(outgoing.read())
            data = raw.recv(4096)
            incoming.write(data) if data else incoming.write_eof()
step(tls.do_handshake)
step(lambda: tls.write(b"x" * 100000))
try:
    tls.unwrap()
except ssl.SSLWantReadError:
    pass
raw.sendall(outgoing.read())
try:
    while piece := step(lambda: tls.read(4096)):
        print(piece.decode(), end="")
except ssl.SSLZeroReturnError:
    print("close_notify")
PY
  [ "$(cat "$T/answer")" = $'got 100000\nover TLSv1.3\nclose_notify' ]
}

@test "a program can decline TLS and keep the plain connection" {
  serve_ucspi_tls starttls-stub decline
  transcript 'STLS\r\nNOOP\r\nQUIT\r\n' >"$T/answers"
  [ "$(tr -d '\r' <"$T/answers" | tr '\n' ' ')" = '+OK ready -ERR +OK +OK ' ]
}

@test "sslserver style: TLS is above the program; s6 style: below" {
  for style in sslserver s6; do
    UCSPI_TLS_OPTIONS=(--style "$style" -v)
    : >"$LOG"
    # shellcheck disable=SC2016  # for the inner shell
    serve_ucspi_tls bash -c 'echo "program $$ of $PPID"; exec 2>&1
      eval "exec $SSLCTLFD>&- $SSLREADFD<&- $SSLWRITEFD>&-"'
    answer=$(transcript '')
    server=${SERVERS[-1]}
    if [ "$style" = s6 ]; then
      [[ $answer == "program "*" of $server" ]]
    else
      [[ $answer == "program "*" of "* && $answer != *" of $server" ]]
    fi
    logged 'declined'
  done
}

@test "ucspi-tls --misbehave fails in each of its ways" {
  # A program that logs what it reads from the control socket.
  cat >"$T/observe" <<'PY'
import os, select, sys, time
control = int(os.environ["SSLCTLFD"])
os.write(1, b"+OK ready\r\n")
os.read(0, 6)
os.write(1, b"+OK begin\r\n")
os.write(control, b"Y")
seen, what = 0, "end"
while True:
    if not select.select([control], [], [], 1)[0]:
        what = "nothing"
        break
    piece = os.read(control, 65536)
    if not piece:
        break
    seen += len(piece)
    if seen > 65536:
        what = "flood"
        break
    last = piece
    if piece.endswith(b"\0\0"):
        what = "block" + ("" if b"=TLSv1" in piece else " without value")
        break
print(f"{os.environ['MODE']}: {what} {'some' if seen else 'none'}", file=sys.stderr)
PY
  local observed=('silent: nothing none' 'close: end none' 'die: end none'
    'mute: nothing none' 'flood: flood some' 'partial: end some'
    'noequals: block without value some')
  for line in "${observed[@]}"; do
    UCSPI_TLS_OPTIONS=(--misbehave "${line%%:*}")
    serve_ucspi_tls env MODE="${line%%:*}" python3 "$T/observe"
    background timeout 20 openssl s_client -starttls pop3 \
      -connect "127.0.0.1:$PORT" </dev/null >"$T/client" 2>&1
  done
  for line in "${observed[@]}"; do logged "^$line"; done
}

@test "a failed handshake ends the program" {
  for style in sslserver s6; do
    # shellcheck disable=SC2034  # for serve_ucspi_tls
    UCSPI_TLS_OPTIONS=(--style "$style" -v)
    : >"$LOG"
    serve_ucspi_tls starttls-stub
    transcript 'STLS\r\nNOOP\r\nQUIT\r\n' >"$T/answers"
    [ "$(tr -d '\r' <"$T/answers" | head -n 2 | tr '\n' ' ')" = '+OK ready +OK begin ' ]
    logged 'no handshake'
    not_logged 'command NOOP'
  done
}

# serve_first_octets: a server that logs what a proxy sends first, in hexadecimal.
serve_first_octets() {
  serve sh -c 'timeout 10 head -c 400 | od -An -v -tx1 | tr -d " \n" >&2; echo >&2'
}
speak_tls() {
  timeout 20 openssl s_client -connect "127.0.0.1:$TLS_PORT" \
    >/dev/null 2>&1 </dev/null || true
}
hex() { printf '%b' "$1" | od -An -v -tx1 | tr -d ' \n'; }
v2_signature=0d0a0d0a000d0a515549540a21

@test "stunnel sends the client's address in a PROXY header" {
  serve_first_octets
  start_stunnel "$PORT" proxy
  speak_tls
  logged "$(hex 'PROXY TCP4 127.0.0.1 127.0.0.1 ')"
}

@test "hitch sends the client's address in v1 and v2 headers" {
  serve_first_octets
  start_hitch "$PORT" v1
  speak_tls
  logged "$(hex 'PROXY TCP4 127.0.0.1 127.0.0.1 ')"
  start_hitch "$PORT" v2
  speak_tls
  logged "${v2_signature}11"
}

@test "haproxy sends PROXY headers, the TLS version in v2-ssl" {
  serve_first_octets
  start_haproxy "$PORT" v1
  (exec 4<>"/dev/tcp/127.0.0.1/$TLS_PORT")
  logged "$(hex 'PROXY TCP4 127.0.0.1 127.0.0.1 ')"
  start_haproxy "$PORT" v2
  (exec 4<>"/dev/tcp/127.0.0.1/$TLS_PORT")
  logged "${v2_signature}11000c"
  start_haproxy "$PORT" v2-ssl tls
  speak_tls
  logged "$(hex 'TLSv1.3')"
}

@test "stunnel, hitch and haproxy pass a POP3 session through TLS" {
  serve starttls-stub decline-unoffered 500000
  start_stunnel "$PORT"
  [ "$(fetch pop3s "$TLS_PORT")" -eq 500000 ]
  start_hitch "$PORT"
  [ "$(fetch pop3s "$TLS_PORT")" -eq 500000 ]
  start_haproxy "$PORT" plain tls
  [ "$(fetch pop3s "$TLS_PORT")" -eq 500000 ]
}
