# shellcheck shell=bash
# Hosts on which the set-ups of doc/deploy/ are installed and started.
#
#   make_mail_host          make_host, with a certificate and the accounts of the
#                           set-ups' programs
#   put NAME FILE...        installs these files of doc/deploy/NAME where
#                           doc/deploy/README.md says
#   popup_of FILE [NUMBER]  prints the command line of popup in the comments of
#                           such a file; NUMBER if there are several
#   gets URL [OPTION...]    curl fetches joe's message, from 10.0.0.1
#   gets_by_ipv6            the same by IPv6 on port 995, if this machine has it
#   is_refused URL [OPTION...]    a wrong password is refused there; $output is
#                           the dialogue
#   speaks_new_tls PORT [OPTION...]    TLS 1.2 and 1.3 there, and nothing older
#   logged_in FILE PATTERN  FILE has a line of joe's login with this PATTERN
#   serves_with_stls LOG    logins on port 110, with the client's address in LOG;
#                           serves_with_tls LOG also on port 995
#   stays_logged_in LOG     a session that goes on until $HOST/leave exists
#   drains_by LOG COMMAND...    COMMAND ends popup -D, which drains its sessions
#   on_host_pid NAME        prints the id of the only process of that name
#
# Needs helpers/common, chain, tls and examples.

# shellcheck disable=SC2154  # status and output: of run

DEPLOY=$PROJECT/doc/deploy

make_mail_host() {
  local account
  make_host
  make_certificate
  echo 'popup-tls:x:70003:70003::/:/bin/false' >>"$HOST/etc/passwd"
  echo popup-tls:x:70003: >>"$HOST/etc/group"
  for account in _hitch stunnel4 www-data; do
    getent passwd "$account" >>"$HOST/etc/passwd"
    getent group "$account" >>"$HOST/etc/group"
  done
  # On the test's machine this is a link, to a path outside the host.
  rm -rf "$HOST/etc/service"
  mkdir "$HOST/etc/service"
  install -m 640 -g 70003 "$CERT" "$HOST/etc/ssl/pop3.pem"
  # ::1 alone does not make hitch listen by IPv6.
  if [[ -e /proc/net/if_inet6 ]]; then on_host ip address add 2001:db8::5/128 dev lo; fi
}

put() {
  local name=$1 file target
  shift
  target=$(sed -n "s,^| $name | \`\(/[^\`]*\)\` | .*,\1,p" "$DEPLOY/README.md")
  [[ $target == /* ]] || fail "$name has no line in doc/deploy/README.md"
  for file; do
    mkdir -p "$(dirname "$HOST$target$file")"
    # Without IPv6 the servers listen on all addresses of IPv4.
    if [[ -e /proc/net/if_inet6 ]]; then cat "$DEPLOY/$name/$file"; else
      sed 's/:::/0.0.0.0:/; s/ v4v6//; s/= IPv6/= IPv4/; /listen \[::\]/d' "$DEPLOY/$name/$file"
    fi >"$HOST$target$file"
    chmod --reference="$DEPLOY/$name/$file" "$HOST$target$file"
  done
}

popup_of() {
  local line
  line=$(sed -n 's/^[#;] *\(popup -D .*\)/\1/p' "$DEPLOY/$1" | sed -n "${2:-1}p")
  [[ -n $line ]] || fail "no popup -D in $1"
  printf '%s\n' "$line"
}

# --- Clients -------------------------------------------------------------------

gets() {
  on_host curl -sS -m 60 -k --interface 10.0.0.1 "${@:2}" -u joe:secret "$1/1" |
    tr -d '\r' | cmp - <(printf '%b' "$BODY")
}
gets_by_ipv6() {
  [[ -e /proc/net/if_inet6 ]] || return 0
  gets 'pop3s://[2001:db8::5]' --interface 2001:db8::5
  logged_in "$LOG" 'ip=2001:db8::5 .*tls='
}
is_refused() {
  run on_host curl -sv -m 60 -k --interface 10.0.0.1 "${@:2}" -u joe:wrong "$1/1"
  # curl's code for a refused login.
  [[ $status == 67 ]] || fail "$1: $status, $output"
}
# speaks_tls VERSION PORT [OPTION...]: openssl's status would also tell how the
# server closes.
speaks_tls() {
  on_host openssl s_client -quiet -cipher DEFAULT@SECLEVEL=0 "-$1" "${@:3}" \
    -connect "192.0.2.5:$2" <<<QUIT >"$T/tls" 2>&1 || true
  grep -q '^+OK' "$T/tls"
}
speaks_new_tls() {
  local version
  wait_until listens_on_host "$1"
  for version in tls1_2 tls1_3; do
    speaks_tls "$version" "$@" || fail "no $version: $(cat "$T/tls")"
  done
  for version in tls1 tls1_1; do
    ! speaks_tls "$version" "$@" || fail "$version: $(cat "$T/tls")"
  done
}
logged_in() {
  wait_until grep -q "popup.*event=login result=ok user=joe .*$2" "$1"
}

# --- What every set-up does --------------------------------------------------------

# 127.0.0.1 is a client without TLS: some set-ups require it of 10.0.0.1.
serves_with_stls() {
  wait_until listens_on_host 110
  gets pop3://127.0.0.1 --interface 127.0.0.1
  logged_in "$1" 'ip=127\.0\.0\.1 port=[0-9]* tls=-'
  gets pop3://192.0.2.5 --ssl-reqd
  logged_in "$1" 'ip=10\.0\.0\.1 port=[0-9]* tls=yes'
  is_refused pop3://192.0.2.5 --ssl-reqd
  wait_until grep -q 'event=login result=denied .*ip=10\.0\.0\.1' "$1"
}
serves_with_tls() {
  serves_with_stls "$1"
  gets pop3s://192.0.2.5
  # The second one with TLS.
  wait_until has_lines 2 'result=ok .*ip=10\.0\.0\.1 port=[0-9]* tls=yes' "$1"
}
has_lines() { (($(grep -c -- "$2" "$3") == $1)); }

# stays_logged_in LOG: a session of 192.0.2.5, which QUITs as soon as /leave exists.
stays_logged_in() {
  start_on_host bash -c 'exec 9<>/dev/tcp/192.0.2.5/110 &&
    printf "USER joe\r\nPASS secret\r\n" >&9 &&
    until [[ -e /leave ]]; do sleep 0.1; done && printf "QUIT\r\n" >&9 && cat <&9'
  wait_until grep -q 'result=ok .* ip=192\.0\.2\.5 ' "$1"
}
# COMMAND sends SIGTERM: a session goes on until its QUIT, and then popup ends.
drains_by() {
  local log=$1
  shift
  stays_logged_in "$log"
  background "$@"
  wait_until grep -q 'event=drain .*still_running=1' "$log"
  touch "$HOST/leave"
  wait_until grep -q 'reason=quit .*ip=192\.0\.2\.5' "$log"
  wait_until grep -q 'event=stop .*still_running=0' "$log"
}

on_host_pid() {
  pgrep --ns "$HOST_PID" --nslist pid -x "$1"
}
