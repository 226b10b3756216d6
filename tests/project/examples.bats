#!/usr/bin/env bats
# bats file_tags=once
# Every command line, unit and configuration of README and the manual pages
# works as printed: each is taken from its page and run.

# shellcheck disable=SC2153  # NAME is helpers/chain.bash's

bats_require_minimum_version 1.5.0
load ../helpers/common
load ../helpers/chain
load ../helpers/checkpw
load ../helpers/examples

# NAME PAGE PATTERN: the name of an example in this file, its page, and a
# pattern that only it matches.  A form-* only shows the parts of a line and is
# not run.
EXAMPLES='
two-commands README.md make.demo
make README.md make.install
chain README.md ^tcpserver
own-accounts README.md ^popup.-D
log popup.8 event=login
listener-log popup.8 event=listen
tcpserver popup.8 ^tcpserver
alone popup.8 ^popup.-D.-A
daemontools popup.8 ^#!/bin/sh.*exec.tcpserver
runit popup.8 ^#!/bin/sh.*exec.tcpsvd
socket popup.8 \[Socket\].*Accept=yes
service popup.8 \[Service\].*StandardInput=socket
dialogue-account popup.8 ^useradd.*popup$
unit popup.8 \[Service\].*popup.-D
container popup.8 ^docker
xinetd popup.8 ^service.pop3
inetd popup.8 ^pop3.stream
couriertls popup.8 ^useradd.*popup-tls
sslserver popup.8 ^UCSPITLS=.*sslserver
haproxy popup.8 --proxy-from
decrypted popup.8 -P.--tls
others popup.8 vchkpw
form-line checkpw.8 ^login:secret:uid
system checkpw.8 ^tcpserver
stores checkpw.8 -f./etc/popchain/users.-s.maildir
why checkpw.8 ^checkpw.--test
cache checkpw.8 ^checkpw.--cache./run
form-cache-owner checkpw.8 ^install.-o.dovecot
account checkpw.8 ^joe:
apop checkpw.8 --system-users
dovecot checkpw.8 ^passdb
dovecot-file checkpw.8 ^checkpw-mkdb.*chown
vpopmail checkpw.8 --vpopmail
by-hand checkpw.8 ^printf.*joe
refusal checkpw.8 event=refuse
add-user checkpw-hash.8 ^secret=
apop-secret checkpw-hash.8 -m.PLAIN
compile checkpw-mkdb.8 ^checkpw-mkdb
lookup checkpw-mkdb.8 ^cdb.-q
name-services checkpw-nss.8 ^tcpserver
form-apop checkpw-pam.8 ^APOP
pam checkpw-pam.8 checkpw-pam
pam-unix checkpw-pam.8 ^auth.*pam_unix.so
pam-pwdfile checkpw-pam.8 ^auth.*pam_pwdfile.so
serve maildir-pop3d.8 ^tcpserver
trace maildir-pop3d.8 --trace
close maildir-pop3d.8 event=close
form-record checkpassword.7 ^login
front-end checkpassword.7 ^printf
'

teardown() {
  stop_host
  stop_servers
}

@test "every example has a test, and every test its example" {
  local name
  page-examples check "$PROJECT"/README.md "$PROJECT"/doc/*.[1-8] <<<"$EXAMPLES"
  while read -r name _; do
    [[ -z $name || $name == form-* ]] || grep -q "example $name\\b" "$BATS_TEST_FILENAME" || fail "$name has no test"
  done <<<"$EXAMPLES"
}

# --- README ----------------------------------------------------------------------

@test "README: make install, and the chain" {
  (cd "$PROJECT" && eval "$(example make | grep '^make install') \
    DESTDIR=$T/installed ${SAN:+SAN=1}") >"$T/made" 2>&1 || fail "$(cat "$T/made")"
  make_host "$T/installed/usr/local"
  type_on_host "$(example chain)"
  serves_on_host
}

@test "README: make demo and make check are targets" {
  local target
  for target in demo check; do
    example two-commands | grep -q "^make $target "
    make -C "$PROJECT" -n "$target" >"$T/plan" 2>&1 || fail "$(cat "$T/plan")"
    [[ -s $T/plan ]]
  done
  # project/demo.bats runs the demo.
}

@test "README: the host's own accounts" {
  make_host
  rm "$HOST/etc/popchain/users"
  type_on_host "$(example own-accounts)"
  serves_on_host
}

@test "README: the figures beside other servers are performance.md's" {
  local other ours rows=0
  while IFS='|' read -r _ _ other ours _; do
    grep -qF "|$other| popchain -D | **${ours// /}** |" "$PROJECT/doc/performance.md" ||
      fail "doc/performance.md has another figure:$other,$ours"
    rows=$((rows + 1))
  done < <(sed -n '/^| work /,/^$/ { /^| work\|^|--\|^$/!p }' "$PROJECT/README.md")
  ((rows >= 5))
}

# --- popup(8) --------------------------------------------------------------------

# fields: prints the names of the fields in lines of a log.
fields() {
  grep -o 'event=.*' | sed -E 's/(=)("[^"]*"|[^ ]*)/\1/g'
}
# logs_as TEXT PATTERN...: the log has a line for each PATTERN, with the same
# fields as TEXT's line for it.
logs_as() {
  local text=$1 pattern
  shift
  for pattern; do
    logged "$pattern"
    diff <(grep "$pattern" <<<"$text" | fields) \
      <(grep "$pattern" "$LOG" | head -n 1 | fields)
  done
}
# unfold: joins lines that begin with white space to the one before.
unfold() { sed -E ':a; N; $!ba; s/\n[ \t]+/ /g'; }

@test "popup(8): tcpserver, and the lines of the log" {
  make_host
  type_on_host "$(example tcpserver)"
  talk_on_host 127.0.0.1 110 'USER joe\r\nPASS wrong\r\nQUIT\r\n' >"$T/said"
  grep -q '^-ERR \[AUTH\]' "$T/said"
  serves_on_host
  logs_as "$(example log | unfold)" result=ok result=denied
  logs_as "$(example close | unfold)" event=close
  logs_as "$(example refusal)" event=refuse
}

@test "popup(8): stand-alone with APOP, and the listener's log" {
  make_host
  type_on_host "$(example alone)"
  serves_on_host '' ann
  deliver_one
  on_host curl -sf --login-options AUTH=+APOP -u joe:secret \
    pop3://127.0.0.1/1 | tr -d '\r' | cmp - <(printf '%b' "$BODY")
  # One connection more than a source may have.
  for _ in {1..51}; do
    start_on_host bash -c 'exec 9<>/dev/tcp/127.0.0.1/110; cat <&9 >/dev/null'
  done
  logs_as "$(example listener-log | unfold)" 'popup: event=listen' \
    'popup: event=close' 'popup: event=refuse'
}

@test "popup(8): daemontools, with multilog" {
  make_host
  mkdir -p "$HOST"/srv/services/pop3/log
  chown 70002 "$HOST/srv/services/pop3/log"
  example daemontools >"$HOST/srv/services/pop3/run"
  { echo '#!/bin/sh' && inline popup.8 setuidgid; } >"$HOST/srv/services/pop3/log/run"
  chmod +x "$HOST"/srv/services/pop3/{run,log/run}
  start_on_host svscan /srv/services
  serves_on_host
  wait_until grep -q ' popup: .*event=login result=ok user=joe' \
    "$HOST/srv/services/pop3/log/main/current"
}

@test "popup(8): runit" {
  make_host
  mkdir -p "$HOST/srv/pop3"
  example runit >"$HOST/srv/pop3/run"
  chmod +x "$HOST/srv/pop3/run"
  start_on_host runsv /srv/pop3
  serves_on_host
}

# value NAME FILE: prints a setting of a systemd unit.
value() { sed -n "s/^$1=//p" "$2"; }

@test "popup(8): systemd's socket and service" {
  local units=$T/units command port
  make_host
  mkdir "$units"
  # In one example or two, each unit ends before the next one.
  { example socket && echo && example service; } | awk -v units="$units" '
    /^\[Socket\]/ { file = units "/pop3.socket" }
    /^\[Service\]/ { file = units "/pop3@.service" }
    /^$/ || /^#/ { next }
    /^\[Unit\]/ { held = $0; next }
    held != "" && !/^\[/ { held = held "\n" $0; next }
    held != "" { if (!seen[file, held]++) print held >file; held = "" }
    { if (!seen[file, $0]++) print >file }'
  on_host systemd-analyze verify "$units/pop3.socket" "$units/pop3@.service" \
    >"$T/verified" 2>&1 || fail "$(cat "$T/verified")"
  run ! grep pop3 "$T/verified"
  port=$(value ListenStream "$units/pop3.socket")
  [[ $(value Accept "$units/pop3.socket") == yes ]]
  [[ $(value StandardInput "$units/pop3@.service") == socket ]]
  command=$(value ExecStart "$units/pop3@.service")
  type_on_host "exec systemd-socket-activate -l $port --accept --inetd -E PATH ${command#-}"
  serves_on_host
}

@test "popup(8): a stand-alone systemd service" {
  local command
  make_host
  mkdir "$T/units"
  example unit >"$T/units/pop3.service"
  on_host systemd-analyze verify "$T/units/pop3.service" >"$T/verified" 2>&1 ||
    fail "$(cat "$T/verified")"
  run ! grep pop3 "$T/verified"
  # A backslash continues a line in a unit as it does in a shell.
  command=$(sed -E ':a; /\\$/ { N; s/\\\n//; ta }' "$T/units/pop3.service" |
    sed -n 's/^ExecStart=-\{0,1\}//p')
  type_on_host "exec $command"
  serves_on_host
}

@test "popup(8): in a container" {
  make_host
  # Without docker, only the command that it would run in the container is run.
  [[ $(example container) =~ image\ (.*) ]]
  type_on_host "exec ${BASH_REMATCH[1]#\\}"
  serves_on_host
}

@test "popup(8): an account for the dialogue" {
  make_host
  on_host sh -c "$(example dialogue-account)"
  grep -q '^popup:x:[1-9]' "$HOST/etc/passwd"
  type_on_host "$(example tcpserver)"
  serves_on_host
}

@test "popup(8): xinetd" {
  local server
  make_host
  server=$(find_server xinetd xinetd) ||
    skip 'no xinetd, and it cannot be unpacked'
  cp "$server" "$T/bin/"
  # "with server_args on one line"
  example xinetd | sed -E ':a; N; $!ba; s/\n +([^ =]+( [^=]*)?)(\n|$)/ \1\3/g' >"$HOST/etc/xinetd.conf"
  start_on_host xinetd -dontfork -filelog /var/log/xinetd
  serves_on_host
  wait_until grep -q 'popup.*event=login result=ok user=joe' "$T/syslog"
  grep -q 'result=ok .* ip=127\.0\.0\.1 port=[0-9]' "$T/syslog"
}

@test "popup(8): inetd" {
  local server
  make_host
  server=$(find_server openbsd-inetd inetd) ||
    skip 'no inetd, and openbsd-inetd cannot be unpacked'
  cp "$server" "$T/bin/"
  example inetd | one_line >"$HOST/etc/inetd.conf"
  start_on_host inetd -i /etc/inetd.conf
  serves_on_host
  wait_until grep -q 'popup.*event=login result=ok user=joe' "$T/syslog"
}

@test "popup(8): couriertls, for STLS and for POP3 over TLS" {
  load ../helpers/tls
  make_host
  make_certificate
  cp "$CERT" "$HOST/etc/ssl/pop3.pem"
  on_host sh -c "$(example couriertls | sed '/^TLS_CERTFILE/Q')"
  type_on_host "$(example couriertls | sed -n '/^TLS_CERTFILE/,$p')"
  wait_until listens_on_host 995
  talk_on_host 127.0.0.1 110 'USER joe\r\nQUIT\r\n' >"$T/said"
  grep -q '^-ERR not before TLS' "$T/said"
  local url
  for url in '--ssl-reqd pop3://127.0.0.1/1' pop3s://127.0.0.1/1; do
    # shellcheck disable=SC2086  # words
    on_host curl -sf -k -u joe:secret $url | tr -d '\r' | cmp - <(printf '%b' "$BODY")
  done
}

@test "popup(8): sslserver, for STLS and for POP3 over TLS" {
  load ../helpers/tls
  make_host
  make_certificate
  cp "$PROJECT/tests/helpers/ucspi-tls" "$T/bin/"
  # Debian has no ucspi-ssl.  Of its options -n is the one that matters here.
  cat >"$T/bin/sslserver" <<EOT
#!/bin/bash
how=--tls
while [[ \$1 == -* ]]; do [[ \$1 != -n ]] || how=--style=sslserver; shift; done
exec ucspi-tls --cert $CERT "\$how" "\$@"
EOT
  chmod +x "$T/bin/sslserver"
  # Two commands, each of which runs until it is ended.
  type_on_host "$(example sslserver | sed '/^sslserver/Q')"
  type_on_host "$(example sslserver | sed -n '/^sslserver/,$p')"
  wait_until listens_on_host 995
  talk_on_host 127.0.0.1 110 'USER joe\r\nQUIT\r\n' >"$T/said"
  grep -q '^-ERR not before TLS' "$T/said"
  local url
  for url in '--ssl-reqd pop3://127.0.0.1/1' pop3s://127.0.0.1/1; do
    # shellcheck disable=SC2086  # words
    on_host curl -sf -k -u joe:secret $url | tr -d '\r' | cmp - <(printf '%b' "$BODY")
  done
}

# is_logged_in [PATTERN]
is_logged_in() {
  on_host curl -sf -k -u joe:secret pop3s://127.0.0.1/1 | tr -d '\r' |
    cmp - <(printf '%b' "$BODY")
  logged "event=login result=ok user=joe .*${1:-}"
}

@test "popup(8): behind a decrypting haproxy" {
  load ../helpers/tls
  make_host
  make_certificate
  type_on_host "$(example haproxy)"
  wait_until listens_on_host 110
  # The proxy of the example is another machine, here another address.
  cat >"$T/haproxy.conf" <<EOT
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  source 192.0.2.10
listen pop3s
  bind 127.0.0.1:995 ssl crt $CERT
  $(inline popup.8 '^server mail')
EOT
  start_on_host haproxy -q -db -f "$T/haproxy.conf"
  wait_until listens_on_host 995
  is_logged_in 'ip=127\.0\.0\.1 .*tls=TLSv1\.3'
}

@test "popup(8): behind stunnel, and behind hitch" {
  load ../helpers/tls
  make_host
  make_certificate
  type_on_host "$(example decrypted)"
  wait_until listens_on_host 1110
  printf '%s\n' 'foreground = yes' 'pid =' 'syslog = no' '[pop3s]' \
    'accept = 127.0.0.1:995' 'connect = 127.0.0.1:1110' "cert = $CERT" \
    "$(inline popup.8 '^protocol')" >"$T/stunnel.conf"
  printf '%s\n' 'frontend = "[127.0.0.1]:995"' 'backend = "[127.0.0.1]:1110"' \
    "pem-file = \"$CERT\"" 'workers = 1' 'daemon = off' 'syslog = off' \
    'ocsp-dir = ""' 'user = "nobody"' "$(inline popup.8 '^write-proxy')" >"$T/hitch.conf"
  start_on_host stunnel4 "$T/stunnel.conf"
  wait_until listens_on_host 995
  is_logged_in 'ip=127\.0\.0\.1 .*tls=yes'
  on_host pkill -x stunnel4
  wait_until eval '! listens_on_host 995'
  : >"$LOG"
  start_on_host hitch --config="$T/hitch.conf"
  wait_until listens_on_host 995
  is_logged_in 'ip=127\.0\.0\.1 .*tls=TLSv1\.3'
}

@test "popup(8): foreign checker and server, without root" {
  make_host
  cp "$PROJECT/tests/helpers/stub-checkpassword" "$T/bin/vchkpw"
  cp "$PROJECT/tests/helpers/stub-qmail-pop3d" "$T/bin/qmail-pop3d"
  echo "joe:secret:$MAIL_UID:$MAIL_GID:/home/joe" >"$T/stub-users"
  over_pipe_on_host "$WHOLE_SESSION" "STUB_USERS=$T/stub-users exec setpriv \
    --reuid $MAIL_UID --regid $MAIL_GID --clear-groups $(example others)" >"$T/said"
  is_empty
  # One refusal ends the connection.
  run over_pipe_on_host 'USER joe\r\nPASS wrong\r\nUSER joe\r\n' \
    "STUB_USERS=$T/stub-users exec $(example others)"
  [[ ${#lines[@]} == 3 && ${lines[2]} == '-ERR [AUTH]'* ]] || fail "$output"
}

# --- checkpw(8) ------------------------------------------------------------------

@test "checkpw(8): the accounts of the system" {
  make_host
  rm "$HOST/etc/popchain/users"
  type_on_host "$(example system)"
  serves_on_host
}

@test "checkpw-nss(8): the accounts of the name services" {
  make_host
  rm "$HOST/etc/popchain/users"
  type_on_host "$(example name-services)"
  serves_on_host
}

@test "checkpw(8): virtual users, then those of the system" {
  make_host
  sed -i /^joe/d "$HOST/etc/popchain/users"
  check_session "$(over_pipe_on_host "${WHOLE_SESSION/joe/ann}" "$(example stores)")" \
    "$NAME" "$BODY_SIZE"
  deliver_one
  check_session "$(over_pipe_on_host "$WHOLE_SESSION" "$(example stores)")" \
    "$NAME" "$BODY_SIZE"
}

@test "checkpw(8): the cache of passwords" {
  make_host
  check_session "$(over_pipe_on_host "$WHOLE_SESSION" \
    "popup mx.example.org $(example cache)")" "$NAME" "$BODY_SIZE"
}

@test "checkpw(8): why joe cannot log in" {
  make_host
  run on_host sh -c "$(example why)" <<<sesame 3<&-
  [[ $output == */etc/popchain/users* ]] || fail "$status $output"
}

@test "checkpw(8): the line of a virtual user" {
  make_host
  MAIL=$HOST/srv/mail/joe/Maildir
  deliver_one
  chown -R 70001:70001 "$HOST/srv/mail"
  example account >"$HOST/etc/popchain/users"
  type_on_host "$(example alone)"
  talk_on_host 127.0.0.1 110 'USER joe\r\nPASS tanstaaf\r\nQUIT\r\n' >"$T/said"
  grep -q '^-ERR \[AUTH\]' "$T/said"
  serves_on_host 10.0.0.1 joe tanstaaf
}

@test "checkpw(8): APOP for users of the system" {
  make_host
  (umask 077 && echo 'joe:{PLAIN}tanstaaf:joe:joe::/home/joe::' >"$HOST/etc/popchain/apop")
  type_on_host "exec tcpserver -R -H -l0 0 110 $(example apop)"
  wait_until listens_on_host 110
  on_host curl -sf --login-options AUTH=+APOP -u joe:tanstaaf \
    pop3://127.0.0.1/1 | tr -d '\r' | cmp - <(printf '%b' "$BODY")
  sed -i 's/^joe:/joe:!/' "$HOST/etc/shadow"
  run -67 on_host curl -sf --login-options AUTH=+APOP -u joe:tanstaaf pop3://127.0.0.1/1
}

@test "checkpw(8), checkpw-mkdb(8): Dovecot's databases, on a cdb" {
  make_host
  on_host sh -c "$(example compile)"
  rm "$HOST/etc/popchain/users.cdb"
  # The same with permission for Dovecot to read it.
  on_host sh -e -c "$(example dovecot-file)"
  [[ $(on_host sh -c "$(example lookup)") == '{PLAIN}secret:joe:joe::/home/joe::' ]]
  {
    printf '%s\n' 'protocols = pop3' 'ssl = no' 'disable_plaintext_auth = no' \
      'first_valid_uid = 1' 'log_path = /var/log/dovecot' \
      'default_vsz_limit = 0' 'mail_location = maildir:~/Maildir' \
      'pop3_uidl_format = %f'
    example dovecot
  } >"$T/dovecot.conf"
  start_on_host dovecot -F -c "$T/dovecot.conf"
  serves_on_host
}

@test "checkpw(8): vpopmail's domains" {
  make_host
  mkdir -p "$HOST/var/qmail/users" "$HOST/srv/domain"
  local hash
  hash=$(checkpw-hash -m sha512crypt <<<secret)
  cdb_of "$HOST/var/qmail/users/cdb" '!example.com-' \
    "example.com|$MAIL_UID|$MAIL_GID|/srv/domain|-||" '' 'm-'
  cdb_of "$HOST/srv/domain/vpasswd.cdb" joe "${hash#*\}}:0:0:Joe:/home/joe:NOQUOTA"
  check_session "$(over_pipe_on_host "${WHOLE_SESSION/joe/joe@example.com}" \
    "$(example vpopmail)")" "$NAME" "$BODY_SIZE"
}

@test "checkpw(8), checkpassword(7): a login by hand" {
  local name
  make_host
  echo 'joe:{PLAIN}sesame:joe:joe::/home/joe::' >"$HOST/users"
  for name in "$(example by-hand)" "$(example front-end)"; do
    run on_host sh -c "$name"
    [[ $status == 0 && $output == "uid=$MAIL_UID(joe) gid=$MAIL_GID(joe)"* ]] ||
      fail "$name: $output"
  done
}

# --- checkpw-hash(8), checkpw-pam(8), maildir-pop3d(8) ---------------------------

@test "checkpw-hash(8): adding a user, making a secret for APOP" {
  make_host
  mkdir -p "$HOST/srv/mail/joe"
  chown -R 70001:70001 "$HOST/srv/mail"
  on_host sh -c "$(example add-user)" <<<sesame
  run on_host sh -c "$(example by-hand)"
  [[ $status == 0 && $output == "uid=70001(vmail) gid=70001(vmail)"* ]] || fail "$output"
  echo tanstaaf >"$HOST/secret.txt"
  [[ $(on_host sh -c "$(example apop-secret)") == '{PLAIN}tanstaaf' ]]
}

needs_pam_login() {
  [[ -x $BIN/checkpw-pam ]] || skip 'make PAM=1 was not asked for'
}

@test "checkpw-pam(8): the accounts of the system" {
  needs_pam_login
  make_host
  example pam-unix >"$HOST/etc/pam.d/pop3"
  type_on_host "exec tcpserver -R -H -l0 0 110 $(example pam)"
  serves_on_host
}

@test "checkpw-pam(8): one account owns all users of a passwd-file" {
  needs_pam_login
  make_host
  local modules hash
  modules=$(find /usr/lib -name pam_pwdfile.so -printf '%h\n' -quit)
  # The site's own module lies with those of the system.
  printf '%s\n' '#include <security/pam_modules.h>' \
    'extern "C" int pam_sm_authenticate(pam_handle_t* pam, int, int, const char**) {' \
    'pam_putenv(pam, "MAILDIR=Maildir"); return pam_set_item(pam, PAM_USER, "joe"); }' \
    'extern "C" int pam_sm_setcred(pam_handle_t*, int, int, const char**) { return PAM_SUCCESS; }' \
    >"$T/owner.cc"
  mkdir "$T/modules"
  cp "$modules"/pam_p*.so "$T/modules/"
  g++ -shared -fPIC -o "$T/modules/pam_owner.so" "$T/owner.cc" -lpam
  on_host mount --bind "$T/modules" "$modules"
  hash=$(checkpw-hash -m sha512crypt <<<secret)
  echo "box7:${hash#*\}}" >"$HOST/etc/popchain/users"
  example pam-pwdfile >"$HOST/etc/pam.d/pop3"
  type_on_host "exec tcpserver -R -H -l0 0 110 $(example pam)"
  serves_on_host '' box7
}

@test "maildir-pop3d(8): tcpserver" {
  make_host
  # Without -H and -l0, tcpserver looks names up.
  cp "$PROJECT/tests/helpers/dns-stub" "$T/bin/"
  start_on_host dns-stub 127.0.0.1=localhost
  wait_until grep -q ':0035 ' "/proc/$HOST_PID/net/udp"
  type_on_host "$(example serve)"
  serves_on_host
}

@test "maildir-pop3d(8): both programs trace into one file" {
  make_host
  check_session "$(over_pipe_on_host "$WHOLE_SESSION" "$(example trace)")" \
    "$NAME" "$BODY_SIZE"
  grep -q '^popup: .*event=command' "$HOST/trace"
  grep -q '^maildir-pop3d: .*event=command' "$HOST/trace"
}
