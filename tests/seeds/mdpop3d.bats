#!/usr/bin/env bats
# mdpop3d does what mdpop3d(8) promises, in the order of that page.

bats_require_minimum_version 1.5.0
load ../helpers/common
load ../helpers/chain
load ../helpers/seeds
load ../helpers/pam

# without_pam: checkpw-pam is missing, as if "compiled without PAM".
without_pam() {
  mkdir -p "$T/bin"
  ln -sf "$BIN"/{popup,checkpw,maildir-pop3d} "$T/bin"
  export POPCHAIN_BIN=$T/bin
}
make_machine_without_pam() {
  make_machine
  without_pam
}
# make_machine_with_pam LINE ...: with such a service pop3.
make_machine_with_pam() {
  needs_pam
  make_machine
  mkdir "$T/etc/pam.d"
  printf 'joe:%s\n' "$SECRET" >"$T/pwdfile"
  service pop3 "$@"
}
PWDFILE="auth required pam_pwdfile.so pwdfile=$T/pwdfile nodelay"
PERMIT='account required pam_permit.so'

# preauthenticated COMMANDS [OPTION ...]: runs mdpop3d as the user, in $HOME_DIR;
# prints the greeting and the replies.
preauthenticated() {
  local bytes=$1
  shift
  (cd "$HOME_DIR" && over_pipe "$bytes" "${AS_USER[@]}" "$COMPAT/mdpop3d" "$@" |
    tr -d '\r')
}
# falls_silent COMMAND ...: runs it in $HOME_DIR, with a client that sends DELE 1
# and stays silent. It must end by itself.
falls_silent() {
  local client code=0
  rm -f "$T/client"
  mkfifo "$T/client"
  exec {client}<>"$T/client"
  printf 'DELE 1\r\n' >&"$client"
  (cd "$HOME_DIR" && timeout 30 "$@" <&"$client") >/dev/null 2>>"$LOG" || code=$?
  exec {client}>&-
  ((code != 124)) || fail "waits on: $*"
}
# on_machine COMMANDS [OPTION ...]: like preauthenticated, but with a syslog.
on_machine() {
  local bytes=$1
  shift
  # shellcheck disable=SC2016  # for the inner shell
  over_pipe "$bytes" "${MACHINE[@]}" sh -c 'cd "$1" && shift && exec "$@"' - \
    "$HOME_DIR" "${AS_USER[@]}" "$COMPAT/mdpop3d" "$@" | tr -d '\r'
}

# --- What it is ------------------------------------------------------------------

@test "default: getpwnam and getspnam decide, ~/Maildir is served" {
  make_machine_without_pam
  three_messages
  serve_seed mdpop3d
  answers 'LIST 1\r\n' '+OK 1 41'
}

@test "with PAM the service is pop3, and all refusals read the same" {
  make_machine_with_pam "$PWDFILE" "$PERMIT"
  three_messages
  serve_seed mdpop3d
  answers 'LIST 1\r\n' '+OK 1 41'
  refuses joe wrong
  [[ ${lines[2]} == $'-ERR [AUTH] wrong name or password\r' ]] || fail "$output"
  syslogged 'checkpw\[.*event=refuse cause=password user=joe ip=127.0.0.1'
}

@test "mdpop3d takes its own options and nothing else" {
  refuses_to_start 'usage: mdpop3d *-t timeout*-m maildir*-u username*-r host*-R hostvar*-p service*-T htag*' mdpop3d -x
  refuses_to_start 'usage: mdpop3d *' mdpop3d operand
  refuses_to_start 'usage: mdpop3d *' mdpop3d -m
}

# --- -t ----------------------------------------------------------------------------

@test "-t: 60 seconds by default, in popup and maildir-pop3d" {
  without_pam
  chain_is 'popup -n 1 -L 60 --syslog HOST checkpw --syslog maildir-pop3d -a -t 60 --syslog' mdpop3d
  chain_is 'popup -n 1 -L 90 --syslog HOST checkpw --syslog maildir-pop3d -a -t 90 --syslog' mdpop3d -t 90
  refuses_to_start 'mdpop3d: bad number of seconds: x' mdpop3d -t x
}

@test "-t: inactivity ends the session and changes nothing" {
  make_machine_without_pam
  three_messages
  serve_seed mdpop3d -t 1
  log_in
  send 'DELE 1'
  expect '+OK*'
  expect_end
  syslogged 'event=close reason=timeout user=joe'
  (($(messages) == 3))
}

@test "-t: output that the client does not read ends the session" {
  make_machine_without_pam
  head -c 30000000 /dev/zero | deliver "$MAIL/new" 1700000001.M1P1.test
  serve_seed mdpop3d -t 1
  log_in
  send 'DELE 1\r\nRSET\r\nRETR 1'
  syslogged 'event=close reason=timeout user=joe'
  (($(messages) == 1))
}

@test "-t works with -a and with -u" {
  make_machine
  three_messages
  falls_silent "${MACHINE[@]}" "${AS_USER[@]}" env LOGNAME=ann "$COMPAT/mdpop3d" -a -t 1
  syslogged 'event=close reason=timeout user=ann'
  falls_silent "${MACHINE[@]}" "${AS_USER[@]}" "$COMPAT/mdpop3d" -u bob -t 1
  syslogged 'event=close reason=timeout user=bob'
  (($(messages) == 3))
}

# --- -c ----------------------------------------------------------------------------

@test "-c: a closed connection or a timeout is an implicit QUIT" {
  make_account
  three_messages
  preauthenticated 'DELE 1\r\n' -a >/dev/null
  (($(messages) == 3))
  preauthenticated 'DELE 1\r\n' -a -c >/dev/null
  (($(messages) == 2))
  falls_silent "${AS_USER[@]}" "$COMPAT/mdpop3d" -act 1
  (($(messages) == 1))
}

# --- -m and MAILDIR ----------------------------------------------------------------

@test "-m: another directory inside the home directory" {
  make_machine_without_pam
  mv "$MAIL" "$HOME_DIR/Post"
  printf '%b' "$BODY" | deliver "$HOME_DIR/Post/new" 1700000001.M1P1.test
  serve_seed mdpop3d -m Post
  answers 'LIST 1\r\n' '+OK 1 41'
}

@test "-m with -a is relative to the current directory" {
  make_account
  three_messages
  [[ $(preauthenticated 'LIST 3\r\nQUIT\r\n' -a -mMaildir) == *$'\n+OK 3 41\n'* ]]
  mv "$MAIL"/* "$HOME_DIR"
  [[ $(preauthenticated 'LIST 3\r\nQUIT\r\n' -a -m.) == *$'\n+OK 3 41\n'* ]]
}

@test "MAILDIR names the directory, and -m takes precedence" {
  make_account
  three_messages
  mv "$MAIL" "$HOME_DIR/Post"
  make_maildir "$HOME_DIR/Other"
  export MAILDIR=Post
  [[ $(preauthenticated 'LIST 3\r\nQUIT\r\n' -a) == *$'\n+OK 3 41\n'* ]]
  [[ $(preauthenticated 'LIST 3\r\nQUIT\r\n' -a -m Other) == *$'\n-ERR'* ]]
}

# --- -a and -u ---------------------------------------------------------------------

@test "-a starts in the transaction state and keeps the ids" {
  make_account
  three_messages
  run preauthenticated 'USER joe\r\nDELE 1\r\nQUIT\r\n' -a
  [[ ${lines[0]} == '+OK 3 messages'* && ${lines[1]} == -ERR* ]] || fail "$output"
  (($(messages) == 2))
}

@test "-a: the log names LOGNAME, else the uid's name; -u overrides" {
  make_machine
  LOGNAME=ann on_machine 'QUIT\r\n' -a >/dev/null
  syslogged 'event=close reason=quit user=ann'
  (
    unset LOGNAME USER
    on_machine 'QUIT\r\n' -a >/dev/null
  )
  syslogged 'event=close reason=quit user=joe'
  LOGNAME=ann on_machine 'QUIT\r\n' -u bob >/dev/null
  syslogged 'event=close reason=quit user=bob'
}

@test "-u implies -a, and both together do the same" {
  make_account
  three_messages
  [[ $(preauthenticated 'QUIT\r\n' -u joe | head -n 1) == '+OK 3 messages'* ]]
  [[ $(preauthenticated 'QUIT\r\n' -a -u joe | head -n 1) == '+OK 3 messages'* ]]
}

# --- -r, -R, TCPREMOTEIP, REMOTE_HOST ------------------------------------------------

@test "-r, TCPREMOTEIP, REMOTE_HOST: the first non-empty is logged" {
  make_machine
  export REMOTE_HOST=host.example
  TCPREMOTEIP='' on_machine 'QUIT\r\n' -a >/dev/null
  syslogged 'event=close reason=quit .* ip=host.example '
  TCPREMOTEIP=192.0.2.7 on_machine 'QUIT\r\n' -a >/dev/null
  syslogged 'event=close reason=quit .* ip=192.0.2.7 '
  TCPREMOTEIP=192.0.2.7 on_machine 'QUIT\r\n' -a -r 192.0.2.8 >/dev/null
  syslogged 'event=close reason=quit .* ip=192.0.2.8 '
}

@test "without -r and variables the socket's address is logged" {
  make_machine_without_pam
  serve env -u TCPREMOTEIP -u TCPREMOTEPORT "${MACHINE[@]}" "$COMPAT/mdpop3d"
  answers 'NOOP\r\n' '+OK'
  syslogged 'maildir-pop3d\[.*event=close reason=quit user=joe ip=127.0.0.1 '
}

@test "-R: the log takes the client from this variable instead" {
  make_machine
  TCPREMOTEIP=192.0.2.7 MY_PEER=192.0.2.9 on_machine 'QUIT\r\n' -a -R MY_PEER >/dev/null
  syslogged 'event=close reason=quit .* ip=192.0.2.9 '
}

@test "-R: an empty variable is not replaced by another one" {
  make_machine_without_pam
  MY_PEER='' TCPREMOTEIP=192.0.2.7 REMOTE_HOST=192.0.2.8 \
    on_machine 'QUIT\r\n' -a -R MY_PEER >/dev/null
  syslogged 'event=close reason=quit .* ip=- '
  serve env MY_PEER= REMOTE_HOST=192.0.2.8 "${MACHINE[@]}" \
    "$COMPAT/mdpop3d" -R MY_PEER
  answers 'NOOP\r\n' '+OK'
  syslogged 'maildir-pop3d\[.*event=close reason=quit user=joe ip=127.0.0.1 '
  lacks "$SYSLOG" 'ip=192'
  REMOTE_HOST=192.0.2.9 on_machine 'QUIT\r\n' -a -R REMOTE_HOST >/dev/null
  syslogged 'event=close reason=quit .* ip=192.0.2.9 '
}

@test "-R: a missing variable prevents the start" {
  refuses_to_start 'mdpop3d: the variable NO_SUCH is not set' mdpop3d -a -R NO_SUCH
  # The script's own variables do not count.
  refuses_to_start 'mdpop3d: the variable seconds is not set' mdpop3d -a -R seconds
  refuses_to_start 'mdpop3d: the variable A;B is not set' mdpop3d -a -R 'A;B'
}

# --- -q, -n, -d ----------------------------------------------------------------------

@test "-q logs errors, but no connections and disconnections" {
  make_machine_without_pam
  serve_seed mdpop3d -q
  answers 'NOOP\r\n' '+OK'
  mv "$MAIL" "$MAIL.away"
  run transcript 'USER joe\r\nPASS secret\r\n'
  [[ $output == *'-ERR [SYS/TEMP]'* ]] || fail "$output"
  syslogged 'maildir-pop3d\[.*event=fail'
  lacks "$SYSLOG" -e event=close -e result=ok
}

@test "-n: new/ and cur/ are served, and nothing moves to cur/" {
  make_account
  three_messages
  printf '%b' "$BODY" | deliver "$MAIL/cur" '1600000000.M0P1.test:2,S'
  preauthenticated 'DELE 1\r\nDELE 2\r\nQUIT\r\n' -a -n >/dev/null
  [[ -z $(ls "$MAIL/cur") ]]
  (($(messages) == 2))
  preauthenticated 'QUIT\r\n' -a >/dev/null
  [[ -z $(ls "$MAIL/new") ]]
  (($(messages) == 2))
}

@test "-n works without cur/" {
  make_account
  three_messages
  rmdir "$MAIL/cur"
  [[ $(preauthenticated 'STAT\r\nQUIT\r\n' -a -n) == *$'\n+OK 3 123\n'* ]]
}

@test "-d logs client lines at LOG_DEBUG, but no password" {
  make_machine_without_pam
  serve_seed mdpop3d -d
  answers 'NOOP\r\nPASS secret\r\n' '+OK' '-ERR already logged in'
  syslogged '^<23>popup\[.*event=command line="USER joe"$'
  syslogged '^<23>popup\[.*event=command line="PASS <hidden>"$'
  syslogged '^<23>maildir-pop3d\[.*event=command line="PASS <hidden>"$'
  lacks "$SYSLOG" secret
}

@test "-d: no secret is logged, in whatever command" {
  make_machine_without_pam
  cp "$USERS" "$T/apop"
  POPCHAIN_APOP=$T/apop serve_seed mdpop3d -d -A
  local digest=0123456789abcdef0123456789abcdef plain
  plain=$(printf '\0joe\0secret' | base64)
  run transcript "AUTH PLAIN\r\n*\r\nAUTH LOGIN\r\nam9l\r\n$plain\r\nQUIT\r\n"
  run transcript "APOP joe $digest\r\n"
  run transcript "AUTH PLAIN $plain\r\nAPOP joe $digest\r\nAUTH PLAIN $plain\r\nQUIT\r\n"
  [[ $output == *'+OK 0 messages'* ]] || fail "$output"
  syslogged 'maildir-pop3d\[.*event=command line=QUIT'
  syslogged 'maildir-pop3d\[.*event=command line="APOP <hidden>"'
  syslogged 'maildir-pop3d\[.*event=command line="AUTH <hidden>"'
  lacks "$SYSLOG" -e secret -e "$digest" -e "$plain" -e am9l
}

# --- -p, -A, -T ------------------------------------------------------------------------

@test "-p selects another PAM service" {
  make_machine_with_pam 'auth required pam_deny.so' 'account required pam_deny.so'
  service pop3-two "$PWDFILE" "$PERMIT"
  serve_seed mdpop3d -p pop3-two
  answers 'NOOP\r\n' '+OK'
  PAM_TOO=1 chain_is 'popup -n 1 -L 60 --syslog HOST checkpw-pam --syslog --service pop3-two maildir-pop3d -a -t 60 --syslog' mdpop3d -p pop3-two
}

@test "-p is refused without PAM" {
  without_pam
  refuses_to_start 'mdpop3d: -p: there is no checkpw-pam here' mdpop3d -p pop3
}

@test "-A needs PAM or a file of secrets" {
  without_pam
  POPCHAIN_APOP=$T/none refuses_to_start 'mdpop3d: APOP needs checkpw-pam, or secrets in *' mdpop3d -A
  touch "$T/apop"
  POPCHAIN_APOP=$T/apop chain_is 'popup -n 1 -L 60 --syslog -A -M PLAIN,LOGIN HOST checkpw --syslog --system-users T/apop -s maildir-pop3d -a -t 60 --syslog' mdpop3d -A
}

@test "-A: APOP, with the host name after the @" {
  make_machine_without_pam
  cp "$USERS" "$T/apop"
  POPCHAIN_APOP=$T/apop serve_seed mdpop3d -A
  accepted_by_apop secret
  [[ $GREETING == *"@$HOST>" ]] || fail "$GREETING"
  refused_by_apop wrong
}

@test "-T implies APOP, with another tag after the @" {
  make_machine_without_pam
  cp "$USERS" "$T/apop"
  POPCHAIN_APOP=$T/apop serve_seed mdpop3d -T tag.example
  by_apop secret
  expect '+OK*'
  [[ $GREETING =~ \<[0-9]+\.[0-9]+(\.[^@]*)?@tag\.example\>$ ]] ||
    fail "$GREETING"
  refuses_to_start 'mdpop3d: bad htag: a b' mdpop3d -T 'a b'
}

@test "APOP does not bring CRAM-MD5 along" {
  make_machine_without_pam
  cp "$USERS" "$T/apop"
  local options
  for options in -A '-T tag.example'; do
    # shellcheck disable=SC2086  # words
    POPCHAIN_APOP=$T/apop serve_seed mdpop3d $options
    run transcript 'CAPA\r\nQUIT\r\n'
    [[ ${lines[0]} == *'<'*'@'* && $output == *'SASL PLAIN LOGIN'* && $output != *CRAM* ]] ||
      fail "$output"
  done
}

@test "without -A and -T there is neither APOP nor a timestamp" {
  make_machine_without_pam
  serve_seed mdpop3d
  run transcript 'APOP joe 0123456789abcdef0123456789abcdef\r\nQUIT\r\n'
  [[ ${lines[0]} != *'<'* && ${lines[1]} == -ERR* ]] || fail "$output"
}

@test "-V prints the version, with +PAM and +APOP if available" {
  without_pam
  POPCHAIN_APOP=$T/none run "$COMPAT/mdpop3d" -V
  [[ $status == 0 && $output == 'mdpop3d (popchain) '[0-9]* && $output != *+* ]] ||
    fail "$output"
  touch "$T/apop"
  POPCHAIN_APOP=$T/apop run "$COMPAT/mdpop3d" -V
  [[ $output == *' +APOP' ]] || fail "$output"
  cp "$T/bin/popup" "$T/bin/checkpw-pam"
  POPCHAIN_APOP=$T/none run "$COMPAT/mdpop3d" -V
  [[ $output == *' +PAM +APOP' ]] || fail "$output"
}

# --- USAGE -----------------------------------------------------------------------------

@test "the inetd line works with only its path changed" {
  make_machine_without_pam
  three_messages
  inetd_line mdpop3d
  answers 'LIST 2\r\n' '+OK 2 41'
  syslogged 'maildir-pop3d\[.*event=close reason=quit user=joe ip=127.0.0.1 '
}

@test "a failed login ends the session" {
  make_machine_without_pam
  serve_seed mdpop3d
  refuses nobody_such secret
}

@test "APOP through PAM: the module gets digest and timestamp" {
  make_machine_with_pam "auth sufficient $MODULE secret=tanstaaf record=$T/heard" \
    "$PWDFILE use_first_pass" "$PERMIT"
  serve_seed mdpop3d -A
  accepted_by_apop tanstaaf
  # -r and TCPREMOTEIP become PAM_RHOST.
  [[ $(<"$T/heard") == 'APOP 127.0.0.1' ]] || fail "$(<"$T/heard")"
  # USER and PASS work, too, through the next module.
  answers 'NOOP\r\n' '+OK'
  by_apop wrong
  expect '-ERR*'
}

@test "-r becomes PAM_RHOST" {
  make_machine_with_pam "auth optional $MODULE record=$T/heard" \
    "$PWDFILE use_first_pass" "$PERMIT"
  serve_seed mdpop3d -r 192.0.2.8
  answers 'NOOP\r\n' '+OK'
  [[ $(<"$T/heard") == 'password 192.0.2.8' ]] || fail "$(<"$T/heard")"
}

@test "a host name of -r, -R or REMOTE_HOST becomes PAM_RHOST" {
  make_machine_with_pam "auth optional $MODULE record=$T/heard" \
    "$PWDFILE use_first_pass" "$PERMIT"
  local mdpop3d=("${MACHINE[@]}" "$COMPAT/mdpop3d")
  serve "${mdpop3d[@]}" -r first.example
  answers 'NOOP\r\n' '+OK'
  serve env MY_PEER=second.example "${mdpop3d[@]}" -R MY_PEER
  answers 'NOOP\r\n' '+OK'
  serve env -u TCPREMOTEIP REMOTE_HOST=third.example "${mdpop3d[@]}"
  answers 'NOOP\r\n' '+OK'
  [[ $(<"$T/heard") == 'password first.example
password second.example
password third.example' ]] || fail "$(<"$T/heard")"
}

@test "virtual maildirs: a PAM module sets PAM_USER and MAILDIR" {
  make_machine_with_pam "auth optional $MODULE owner=joe maildir=boxes/ann" \
    "$PWDFILE use_first_pass" "$PERMIT"
  three_messages
  mkdir "$HOME_DIR/boxes"
  mv "$MAIL" "$HOME_DIR/boxes/ann"
  own "$HOME_DIR"
  serve_seed mdpop3d
  run transcript 'USER ann@example.org\r\nPASS secret\r\nSTAT\r\nQUIT\r\n'
  [[ $output == *'+OK 3 123'* ]] || fail "$output"
  syslogged 'event=close reason=quit user=ann@example.org'
}

# --- Commands ----------------------------------------------------------------------------

@test "NOOP, LIST, UIDL, TOP, RETR, DELE and RSET work" {
  make_account
  three_messages
  [[ $(preauthenticated 'NOOP\r\nLIST 2\r\nUIDL 2\r\nTOP 2 1\r\nRETR 2\r\nDELE 2\r\nRSET\r\nLIST 2\r\nQUIT\r\n' -a |
    tail -n +2) == '+OK
+OK 2 41
+OK 2 1700000002.M2P1.test
+OK top of message follows
Subject: one

first line
.
+OK 41 octets
Subject: one

first line
second line
.
+OK deleted
+OK 3 messages (123 octets)
+OK 2 41
+OK bye' ]]
}

@test "CAPA lists UIDL, TOP and USER before and after the login" {
  make_machine_without_pam
  serve_seed mdpop3d
  run transcript 'CAPA\r\nUSER joe\r\nPASS secret\r\nCAPA\r\nQUIT\r\n'
  local tag
  for tag in UIDL TOP USER; do
    (($(tr -d '\r' <<<"$output" | grep -cx "$tag") == 2)) || fail "$tag: $output"
  done
}

@test "PASS is valid only after USER" {
  make_machine_without_pam
  serve_seed mdpop3d
  run transcript 'PASS secret\r\nQUIT\r\n'
  [[ ${lines[1]} == -ERR* && ${lines[2]} == +OK* ]] || fail "$output"
}

# --- BUGS and LIMITS, which are gone -------------------------------------------------------

@test "password ageing is checked, and uid 0 is refused" {
  make_machine_without_pam
  add_shadow root "$SECRET"
  printf '%s\n' 'ann:x:70001:70001::/tmp:' >>"$T/etc/passwd"
  printf '%s\n' "ann:$SECRET:0:0:99999:7:::" >>"$T/etc/shadow"
  local user
  for user in root ann; do
    printf '%s\0' "$user" secret '' PASS >"$T/record"
    ! "${MACHINE[@]}" checkpw echo in 3<"$T/record" 2>>"$LOG" ||
      fail "$user got in"
  done
  logged 'cause=root user=root'
  logged 'cause=expired user=ann'
}

@test "locks and ages apply to APOP logins, too" {
  make_machine_without_pam
  sed 's/secret/tanstaaf/' "$USERS" >"$T/apop"
  POPCHAIN_APOP=$T/apop serve_seed mdpop3d -A
  shadow_joe "!$SECRET:19000:0:99999:7:::"
  refused_by_apop tanstaaf
  syslogged 'checkpw\[.*cause=locked user=joe'
  shadow_joe "$SECRET:19000:0:5:7:::"
  refused_by_apop tanstaaf
  syslogged 'checkpw\[.*cause=expired user=joe'
  shadow_joe "$SECRET:19000:0:99999:7:::"
  accepted_by_apop tanstaaf
}

@test "an empty password is never allowed" {
  make_machine_without_pam
  sed -i 's/^joe:[^:]*:/joe::/' "$T/etc/shadow"
  serve_seed mdpop3d
  run transcript 'USER joe\r\nPASS \r\nPASS\r\nQUIT\r\n'
  ! grep -q messages <<<"$output" || fail "$output"
}

@test "sizes count the octets that RETR sends, not the file's" {
  make_account
  printf 'a: b\n\n.\nx\n' | deliver "$MAIL/new" 1700000001.M1P1.test
  run preauthenticated 'LIST 1\r\nRETR 1\r\nQUIT\r\n' -a
  [[ ${lines[1]} == '+OK 1 14' && ${lines[2]} == '+OK 14 octets' ]] || fail "$output"
}

@test "file names as long as the file system allows work" {
  make_account
  local name
  name=1700000001.M1P1.$(printf 'x%.0s' {1..239})
  ((${#name} == 255))
  printf '%b' "$BODY" | deliver "$MAIL/cur" "$name"
  run preauthenticated 'LIST 1\r\nRETR 1\r\nDELE 1\r\nQUIT\r\n' -a
  [[ ${lines[1]} == '+OK 1 41' && ${lines[2]} == '+OK 41 octets' ]] || fail "$output"
  is_empty
}

@test "a name in new/ too long for flags stays there and is served" {
  make_account
  local name
  name=1700000001.M1P1.$(printf 'x%.0s' {1..239})
  printf '%b' "$BODY" | deliver "$MAIL/new" "$name"
  run preauthenticated 'LIST 1\r\nQUIT\r\n' -a
  [[ ${lines[1]} == '+OK 1 41' ]] || fail "$output"
  (($(messages) == 1))
  run preauthenticated 'DELE 1\r\nQUIT\r\n' -a
  is_empty
}
