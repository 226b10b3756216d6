# bats file_tags=libc
# checkpw --test tells an administrator what a login would meet: the store, each
# reason for a refusal, the ids, the home and whether the Maildir opens.
# Hashes are quoted.
# shellcheck disable=SC2016,SC2034

load ../helpers/common
load ../helpers/checkpw

setup() {
  H=$T/home
  make_maildir "$H/Maildir"
  own "$H"
  chmod 755 "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR"/test "$T"
}
# users LOGIN:SECRET[:EXTRA] ...: accounts with the home $H.
users() {
  local line login secret extra
  for line; do
    IFS=: read -r login secret extra <<<"$line"
    printf '%s\n' "$login:$secret:$MAIL_UID:$MAIL_GID::$H::$extra"
  done >"$T/users"
}
# test_login PASSWORD OPTION...: sets $status and $output.
test_login() {
  status=0
  output=$("${LAUNCH[@]}" checkpw "${@:2}" <<<"$1" 2>"$LOG" 3<&-) || status=$?
}
# says STATUS LINE...: $output has these lines.
says() {
  local line
  ((status == $1)) || fail "status $status, wanted $1: $output"
  for line in "${@:2}"; do
    grep -qxF -- "$line" <<<"$output" || fail "no line: $line, but: $output"
  done
}
REFUSED='result: a login fails'
ROOTS="refused: the uid or gid is root's, or the uid is below -m"

@test "--test: a good account, with its store, ids, home, Maildir" {
  users "joe:$MD5"
  : >"$T/other"
  test_login sesame --test JOE --fold-case -f "$T/other" -f "$T/users"
  says 0 'login: joe' "store: -f $T/other does not know the login" \
    "store: -f $T/users knows the login" "uid: $MAIL_UID  gid: $MAIL_GID" "home: $H" \
    'Maildir: Maildir can be opened' 'result: a client gets its mail'
  [[ ! -s $LOG ]] || fail
}

@test "--test: no program is run, even if one is named" {
  users "joe:$MD5"
  test_login sesame --test joe -f "$T/users" touch "$T/run"
  says 0 'result: a client gets its mail'
  [[ ! -e $T/run ]]
}

@test "--test: of two stores that know the login, the first decides" {
  users "joe:$MD5"
  cp "$T/users" "$T/other"
  test_login sesame --test joe -f "$T/users" -f "$T/other"
  says 0 "store: -f $T/users knows the login" \
    "store: -f $T/other also knows the login, but an earlier store decides"
}

@test "--test: a wrong password and an unknown login" {
  users "joe:$MD5"
  test_login sesamo --test joe -f "$T/users"
  says 1 'refused: the password is wrong' 'Maildir: Maildir can be opened' "$REFUSED"
  test_login sesame --test ann -f "$T/users"
  says 1 'refused: no store knows the login' "$REFUSED"
}

@test "--test: every reason for a refusal is told at once" {
  printf '%s\n' "joe:$MD5:0:0::$H::nologin allow_nets=192.0.2.0/24" >"$T/users"
  test_login x --test joe -f "$T/users"
  says 1 'refused: the password is wrong' "$ROOTS" 'refused: the store forbids POP logins' \
    "not known: whether the client's network is among these: 192.0.2.0/24" "$REFUSED"
}

@test "--test: without a secret no password is called wrong" {
  users "joe:!$MD5" ann: "tim:$MD5"
  local options
  for options in joe ann 'tim -p'; do
    # shellcheck disable=SC2086  # a login and an option
    test_login sesame -f "$T/users" --test $options
    says 1 'refused: the account is locked, or has no secret' "$REFUSED"
    [[ $output != *password* ]] || fail "$output"
  done
}

@test "--test: networks alone refuse nobody" {
  users "joe:$MD5:allow_nets=local"
  test_login sesame --test joe -f "$T/users"
  says 0 "not known: whether the client's network is among these: local"
}

@test "--test: a system account, expired and locked" {
  make_system "joe:x:$MAIL_UID:$MAIL_GID:Joe:$H:/bin/sh"
  echo "joe:!$MD5:19000:0:99999:7::1:" >"$T/etc/shadow"
  printf '%s\n' root:x:0: "joe:x:$MAIL_GID:" >"$T/etc/group"
  test_login sesame --test joe
  says 1 'store: -s knows the login' 'refused: the account is locked, or has no secret' \
    'refused: the account or its password has expired'
  echo "joe:$MD5:19000:0:99999:7:::" >"$T/etc/shadow"
  test_login sesame --test joe -s
  says 0 'result: a client gets its mail'
}

@test "--test: a vpopmail account" {
  mkdir -p "$T/q/users" "$T/d"
  cdb_of "$T/q/users/cdb" '!a.org-' "a.org|$MAIL_UID|$MAIL_GID|$T/d|-||" '' -
  cdb_of_lines "$T/d/vpasswd.cdb" "joe:$MD5:0:0:Joe:$H:NOQUOTA"
  test_login sesame --test joe --domain a.org --vpopmail "$T/q"
  says 0 'login: joe@a.org' "store: --vpopmail $T/q knows the login"
}

@test "--test: -p takes the secret from .password" {
  users "joe:$MD5"
  echo tanstaaf >"$H/Maildir/.password"
  chmod 600 "$H/Maildir/.password"
  own "$H"
  test_login tanstaaf --test joe -p -f "$T/users"
  says 0
  test_login sesame --test joe -p -f "$T/users"
  says 1 'refused: the password is wrong'
}

@test "--test: what keeps a Maildir from being opened" {
  needs_root "it opens the Maildir as its user"
  users "joe:$MD5"
  chmod 0 "$H/Maildir/new"
  test_login sesame --test joe -f "$T/users"
  says 1 'Maildir: unable to open: Permission denied: Maildir/new' "$REFUSED"
  rmdir "$H/Maildir"/new
  test_login sesame --test joe -f "$T/users"
  says 0 'Maildir: Maildir can be opened'
  # maildir-pop3d does without tmp/, too.
  chmod 0 "$H/Maildir/tmp"
  test_login sesame --test joe -f "$T/users"
  says 0 'Maildir: Maildir can be opened'
  rmdir "$H/Maildir/tmp"
  test_login sesame --test joe -f "$T/users"
  says 0 'Maildir: Maildir can be opened'
  rmdir "$H/Maildir/cur"
  test_login sesame --test joe -f "$T/users"
  says 1 'Maildir: unable to open: No such file or directory: Maildir/cur'
  rm -r "$H/Maildir"
  test_login sesame --test joe -f "$T/users"
  says 1 'Maildir: unable to open: No such file or directory: Maildir'
  rmdir "$H"
  test_login sesame --test joe -f "$T/users"
  says 1 "Maildir: unable to change to the home directory: No such file or directory: $H"
}

@test "--test: a damaged entry and a missing file are failures" {
  users 'joe:{SSHA9}x'
  test_login sesame --test joe -f "$T/users"
  says 1 "store: -f $T/users: unable to use a damaged entry of this account" "$REFUSED"
  logged "event=damaged file=$T/users line=1 field=secret user=joe"
  test_login sesame --test joe -f "$T/none"
  says 1 "$REFUSED"
  [[ $output == *"store: -f $T/none: unable to open"*'No such file'* ]] || fail "$output"
}

@test "--test: without root it says what it cannot see" {
  needs_root "it becomes another user"
  users "joe:$MD5"
  chmod 644 "$T/users"
  LAUNCH=(setpriv --reuid 65530 --regid 65530 --clear-groups)
  test_login sesame --test joe -f "$T/users"
  says 1 'not root: only what this user may see and do is tested' "$REFUSED"
  [[ $output == *'Maildir: unable to '* ]] || fail "$output"
}

@test "--test: refused with a client or an open descriptor 3" {
  users "joe:$MD5"
  login joe sesame '' PASS --test joe -f "$T/users"
  temporary 'test is for an administrator'
  LAUNCH=(env TCPREMOTEIP=192.0.2.1)
  test_login sesame --test joe -f "$T/users"
  says 111
  [[ -z $output ]]
}

@test "--test: bad logins and passwords are told" {
  users "joe:$MD5"
  local bad
  for bad in '' "$(printf 'x%.0s' {1..509})"; do
    test_login sesame "--test=$bad" -f "$T/users"
    says 111
    logged 'bad value for --test'
  done
  test_login sesame -f "$T/users" --test
  says 111
  test_login '' --test joe -f "$T/users"
  says 1 "$REFUSED"
  test_login sesame --test $'j\e[2Joe\n' -f "$T/users"
  says 1 'refused: no store knows the login'
  [[ $output != *$'\e'* ]] || fail "an escape reached the terminal"
}

prompts() { grep -qa 'Password:' "$T/screen"; }

@test "--test at a terminal: one prompt and no echo" {
  users "joe:$MD5"
  mkfifo "$T/keys"
  { script --quiet --flush --return --command "checkpw --test joe -f $T/users; echo status=\$?" \
    "$T/screen" <"$T/keys" >/dev/null; } 3>&- &
  SERVERS+=($!)
  exec {keys}>"$T/keys"
  wait_until prompts
  printf 'sesame\r' >&"$keys"
  wait_until grep -q 'status=[0-9]' "$T/screen"
  exec {keys}>&-
  grep -q 'status=0' "$T/screen" || fail "$(cat "$T/screen")"
  ! grep -q sesame "$T/screen" || fail "$(cat "$T/screen")"
}
