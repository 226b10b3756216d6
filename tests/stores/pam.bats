#!/usr/bin/env bats
# bats file_tags=libc
# checkpw-pam lets in whom PAM accepts, as PAM's user, and never root.  It runs
# with the real libpam, with libpam-pwdfile and a module of the test's own, and
# with the test's own /etc/pam.d and /etc/passwd in a private mount namespace.
# Programs of an inner shell are quoted, LAUNCH is read by login.
# shellcheck disable=SC2016,SC2034

load ../helpers/common
load ../helpers/checkpw
load ../helpers/pam

CHECKPW=checkpw-pam
STAMP='<1.2@test.host>'
# Without nodelay each refusal takes two seconds.
PWDFILE="nodelay pwdfile=$T/pwdfile"

setup() {
  needs_pam
  needs_root "it mounts its own /etc/pam.d"
  needs_mount_namespace
  LAUNCH=(in_system)
  mkdir -p "$T/etc/pam.d"
  printf '%s\n' 'root:x:0:0::/root:/bin/sh' 'joe:x:70001:70001::/usr:/bin/zsh' \
    'store:x:70009:70009::/usr:' >"$T/etc/passwd"
  printf '%s\n' root:x:0: joe:x:70001: store:x:70009: extra:x:70100:joe \
    >"$T/etc/group"
  pwdfile joe root
  service pop3 "auth required pam_pwdfile.so $PWDFILE" \
    'account required pam_permit.so'
}
# pwdfile NAME...: these users may log in with the password sesame.
pwdfile() {
  local hash
  hash=$(printf 'sesame\n' | checkpw-hash -m sha512crypt)
  printf "%s:${hash#*\}}\n" "$@" >"$T/pwdfile"
}
# by_apop DIGEST TIMESTAMP [MECHANISM]: joe logs in, with the record that popup
# would hand over.
by_apop() {
  printf '%s\0' joe "$1" "$2" "${3:-APOP}" >"$T/record"
  login_with_record
}
# apop SECRET: prints the digest that a client sends.
apop() { printf '%s%s' "$STAMP" "$1" | md5sum | cut -c 1-32; }

@test "a password of pam_pwdfile logs in as the system account" {
  login joe sesame '' PASS -- sh -c 'id -u; id -G; pwd; echo "$USER $LOGNAME $HOME $SHELL"'
  accepted $'70001\n70001 70100\n/usr\njoe joe /usr /bin/zsh'
  login joe sesame "$STAMP" ''
  accepted
  login joe sesamo '' PASS
  refused password joe
  login nobody_such sesame '' PLAIN
  refused password '?'
}

@test "a rewritten login is what PAM gets" {
  login JOE%Host.org sesame '' PASS --separator % --fold-case --strip-domain host.org -- \
    sh -c 'echo "$USER $LOGNAME"'
  accepted 'joe joe'
  login JOE sesame '' PASS --domain=
  temporary 'bad value for --domain'
}

@test "--service names the PAM service, pop3 by default" {
  service pop3-internal 'auth required pam_deny.so'
  login joe sesame '' PASS --service pop3-internal
  refused password joe
  login joe sesame '' PASS --service pop3
  accepted
}

@test "an expired account or password is refused" {
  local state
  for state in expired password_expired; do
    service pop3 "auth required pam_pwdfile.so $PWDFILE" \
      "account required $MODULE account=$state"
    login joe sesame '' PASS
    refused expired joe
  done
}

@test "a PAM failure lets nobody in" {
  service pop3 "auth required pam_pwdfile.so $PWDFILE" \
    "account required $MODULE account=broken"
  login joe sesame '' PASS
  temporary 'unable="ask PAM"'
  service pop3 "auth required $T/no_such_module.so" \
    'account required pam_permit.so'
  login joe sesame '' PASS
  ((status != 0))
  [[ -z $output ]]
}

@test "PAM_RHOST is the client's address" {
  service pop3 "auth optional $MODULE record=$T/heard" \
    "auth required pam_pwdfile.so $PWDFILE use_first_pass" \
    'account required pam_permit.so'
  TCPREMOTEIP=192.0.2.7 login joe sesame '' PASS
  accepted
  [[ $(<"$T/heard") == "password 192.0.2.7" ]] || fail "$(<"$T/heard")"
}

@test "--rhost sets PAM_RHOST; the log keeps the client's address" {
  service pop3 "auth optional $MODULE record=$T/heard" \
    "auth required pam_pwdfile.so $PWDFILE use_first_pass" \
    'account required pam_permit.so'
  TCPREMOTEIP=192.0.2.7 login joe sesame '' PASS -v --rhost client.example
  accepted
  [[ $(<"$T/heard") == 'password client.example' ]] || fail "$(<"$T/heard")"
  logged 'event=accept user=joe .*ip=192.0.2.7$'
}

@test "an inherited absolute MAILDIR is not passed on" {
  service pop3 "auth required pam_pwdfile.so $PWDFILE" \
    'account required pam_permit.so'
  MAILDIR=/var/mail/all login joe sesame '' PASS -- \
    sh -c 'echo "${MAILDIR-none}"'
  accepted none
}

@test "a module's PAM_USER owns the mail, its MAILDIR is passed on" {
  service pop3 "auth optional $MODULE owner=store maildir=boxes/ann" \
    "auth required pam_pwdfile.so $PWDFILE use_first_pass" \
    'account required pam_permit.so'
  pwdfile store
  login ann@example.org sesame '' PASS -- \
    sh -c 'id -u; id -G; echo "$LOGNAME $MAILDIR"'
  accepted $'70009\n70009\nann@example.org boxes/ann'
}

@test "a module gets APOP as the words APOP, digest and timestamp" {
  service pop3 "auth sufficient $MODULE secret=tanstaaf" \
    "auth required pam_pwdfile.so $PWDFILE use_first_pass" \
    'account required pam_permit.so'
  by_apop "$(apop tanstaaf)" "$STAMP"
  accepted
  by_apop "$(apop wrong)" "$STAMP"
  refused password joe
  login joe sesame "$STAMP" PASS
  accepted
}

@test "a malformed APOP digest is refused without asking PAM" {
  service pop3 "auth sufficient $MODULE secret=tanstaaf record=$T/heard"
  local digest
  digest=$(apop tanstaaf)
  local bad
  for bad in "A${digest:1}" "${digest}0" "${digest:1}" sesame; do
    by_apop "$bad" "$STAMP"
    refused password joe
  done
  by_apop "$digest" ''
  refused password joe
  [[ ! -e $T/heard ]] || fail "a module was asked"
}

@test "a recorded APOP response does not log in as a password" {
  service pop3 "auth required $MODULE secret=tanstaaf" \
    'account required pam_permit.so'
  by_apop "$(apop tanstaaf)" "$STAMP"
  accepted
  local mechanism
  for mechanism in PASS PLAIN LOGIN ''; do
    login joe "APOP $(apop tanstaaf) $STAMP" '<another@stamp>' "$mechanism"
    refused password joe
  done
}

@test "empty passwords and digests of empty secrets never match" {
  service pop3 'auth required pam_permit.so' 'account required pam_permit.so'
  login joe anything '' PASS
  accepted
  login joe '' '' PASS
  refused password joe
  by_apop "$(apop '')" "$STAMP"
  refused password joe
  by_apop 0123456789abcdef0123456789abcdef "$STAMP" CRAM-MD5
  refused password joe
}

@test "root is refused even with PAM's consent" {
  login root sesame '' PASS
  refused root root
  service pop3 "auth optional $MODULE owner=root" \
    'auth required pam_permit.so' 'account required pam_permit.so'
  login joe sesame '' PASS
  refused root joe
  printf '%s\n' 'joe:x:70001:0::/usr:/bin/zsh' >"$T/etc/passwd"
  service pop3 'auth required pam_permit.so' 'account required pam_permit.so'
  login joe sesame '' PASS
  refused root joe
  printf '%s\n' 'joe:x:70001:70001::/usr:/bin/zsh' >"$T/etc/passwd"
  login joe sesame '' PASS -m 70002
  refused root joe
}

@test "a PAM_USER without a system account is refused" {
  service pop3 "auth optional $MODULE owner=nobody_such" \
    'auth required pam_permit.so' 'account required pam_permit.so'
  login joe sesame '' PASS
  refused unknown joe
}

@test "the secret is in no environment, descriptor or argument" {
  login joe sesame '' PASS -- sh -c 'env; ls /proc/$$/fd; cat /proc/$$/cmdline'
  [[ $status == 0 && $output != *sesame* ]] || fail "$output"
  [[ $output != *$'\n3\n'* ]] || fail "descriptor 3 is open"
}

@test "only checkpw-pam links libpam" {
  local program
  for program in popup checkpw checkpw-hash checkpw-nss maildir-pop3d; do
    ! ldd "$BIN/$program" 2>/dev/null | grep -i pam || fail "$program"
  done
  ldd "$BIN/checkpw-pam" | grep -q libpam
}

@test "--version and --help exit 0, bad options are named" {
  run checkpw-pam -V
  [[ $status == 0 && $output == 'checkpw-pam (popchain) '[0-9]* ]] || fail "$output"
  run checkpw-pam --help
  [[ $status == 0 && $output == *--service*'-h, --help'* ]] || fail "$output"
  [[ $(checkpw-pam -h) == "$output" ]]
  run checkpw-pam --no-such-option true
  [[ $status == 111 && $output == *no-such-option* ]] || fail "$output"
  for bad in ../shadow '' .hidden; do
    run checkpw-pam --service "$bad" true
    [[ $status == 111 && $output == *--service* ]] || fail "$output"
  done
  for bad in '' 'a b' $'a\nb' $'\xe9' "$(printf 'x%.0s' {1..256})"; do
    run checkpw-pam --rhost "$bad" true
    [[ $status == 111 && $output == *'bad value for --rhost'* ]] || fail "$output"
  done
}
