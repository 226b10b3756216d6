# shellcheck shell=bash
# Real TLS proxies in front of a server that `serve' has started. They listen on
# free ports of 127.0.0.1, and end with the test.
#
#   make_certificate                    sets CERT (certificate and key, PEM)
#   start_stunnel PORT [plain|proxy]    each sets TLS_PORT
#   start_hitch PORT [plain|v1|v2]
#   start_haproxy PORT [plain|v1|v2|v2-ssl|v2-crc32c] [tls]
#   serve_ucspi_tls PROGRAM ARGUMENT... sets PORT; UCSPI_TLS_OPTIONS is an
#                                       array of more options
#   use_helper COMMAND, use_couriertls  set TLS_HELPER, options of popup
#
# Needs helpers/common.

make_certificate() {
  CERT=$T/tls.pem
  if [[ -s $CERT ]]; then return 0; fi
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
    -days 2 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
    -keyout "$CERT" -out "$CERT" 2>/dev/null
}

# listening PORT: looks without a connection, which a proxy would pass on.
listening() {
  local hex
  printf -v hex ':%04X ' "$1"
  grep -q "${hex}[0-9A-F]*:0000 0A " /proc/net/tcp
}

# start_proxy NAME COMMAND...: on TLS_PORT.
start_proxy() {
  local log=$T/$1.log
  shift
  background "$@" >"$log" 2>&1
  wait_until listening "$TLS_PORT" || { cat "$log" >&2; return 1; }
}

start_stunnel() {
  make_certificate
  TLS_PORT=$(free-port)
  {
    printf '%s\n' 'foreground = yes' 'pid =' 'syslog = no' 'debug = notice' \
      '[pop3s]' "accept = 127.0.0.1:$TLS_PORT" "connect = 127.0.0.1:$1" \
      "cert = $CERT"
    if [[ ${2:-plain} == proxy ]]; then echo 'protocol = proxy'; fi
  } >"$T/stunnel.conf"
  start_proxy stunnel stunnel4 "$T/stunnel.conf"
}

start_hitch() {
  make_certificate
  TLS_PORT=$(free-port)
  {
    printf '%s\n' "frontend = \"[127.0.0.1]:$TLS_PORT\"" \
      "backend = \"[127.0.0.1]:$1\"" "pem-file = \"$CERT\"" 'workers = 1' \
      'daemon = off' 'syslog = off' 'ocsp-dir = ""'
    if ((EUID == 0)); then printf '%s\n' 'user = "nobody"'; fi
    case ${2:-plain} in
      v1) echo 'write-proxy-v1 = on' ;;
      v2) echo 'write-proxy-v2 = on' ;;
    esac
  } >"$T/hitch.conf"
  start_proxy hitch hitch --config="$T/hitch.conf"
}

start_haproxy() {
  local send='' bind=''
  make_certificate
  TLS_PORT=$(free-port)
  case ${2:-plain} in
    v1) send=' send-proxy' ;;
    v2) send=' send-proxy-v2' ;;
    v2-ssl) send=' send-proxy-v2-ssl' ;;
    v2-crc32c) send=' send-proxy-v2 proxy-v2-options crc32c,ssl,authority,unique-id' ;;
  esac
  if [[ ${3:-} == tls ]]; then bind=" ssl crt $CERT"; fi
  printf '%s\n' 'defaults' '  mode tcp' '  timeout connect 5s' \
    '  timeout client 60s' '  timeout server 60s' 'listen pop3' \
    '  unique-id-format %{+X}o%ci%cp' \
    "  bind 127.0.0.1:$TLS_PORT$bind" "  server one 127.0.0.1:$1$send" \
    >"$T/haproxy.conf"
  start_proxy haproxy haproxy -q -db -f "$T/haproxy.conf"
}

# shellcheck disable=SC2034  # for the test
UCSPI_TLS_OPTIONS=()
serve_ucspi_tls() {
  make_certificate
  : >"$T/port"
  background ucspi-tls --cert "$CERT" "${UCSPI_TLS_OPTIONS[@]}" \
    127.0.0.1 0 "$@" >"$T/port" 2>>"$LOG"
  wait_until test -s "$T/port"
  # shellcheck disable=SC2034  # for the test
  PORT=$(head -n 1 "$T/port")
}

# use_helper COMMAND: sets the array TLS_HELPER, popup's options for it.
use_helper() {
  TLS_HELPER=(--tls-helper "$1")
  if ((EUID == 0)); then TLS_HELPER+=(--tls-user 65531:65530); fi
}
# use_couriertls: the same for Debian's couriertls, with its certificate.
use_couriertls() {
  make_certificate
  if ((EUID == 0)); then chgrp 65530 "$CERT" && chmod 640 "$CERT"; fi
  export TLS_CERTFILE=$CERT
  use_helper 'couriertls -server -remotefd=0 -localfd=3 -statusfd=4'
}
