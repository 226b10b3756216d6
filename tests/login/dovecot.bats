#!/usr/bin/env bats
# bats file_tags=once
# checkpw --dovecot serves as passdb and userdb of Debian's Dovecot 2.3, and the
# two rewrite logins alike.
# shellcheck disable=SC2030,SC2031

load ../helpers/common
load ../helpers/dovecot

@test "doveadm auth test: accepts the password, refuses the rest" {
  start_dovecot
  auth joe sesame
  [[ $status == 0 && $output == *"auth succeeded"* ]] || fail "$output"
  local try
  for try in 'joe wrong' 'nobody sesame' 'ann tanstaaf' 'root a'; do
    # shellcheck disable=SC2086  # words
    auth $try
    [[ $status == 77 && $output == *"auth failed"* && $output != *code=* ]] ||
      fail "$try: $status $output"
  done
  auth -x rip=192.0.2.9 net a
  [[ $status == 0 ]] || fail "$output"
  auth -x rip=198.51.100.9 net a
  [[ $status == 77 ]] || fail "$output"
  # An account without a uid is an error of the set-up.
  auth none a
  [[ $status == 77 && $output == *code=temp_fail* ]] || fail "$status $output"
}

@test "doveadm user: ids, home and Maildir; unknown users fail" {
  start_dovecot
  run doveadm -c "$D/conf" user joe
  [[ $status == 0 && $output == *"uid"*"$MAIL_UID"*"gid"*"$MAIL_GID"* ]] || fail "$output"
  [[ $(doveadm -c "$D/conf" user -f home joe) == "$D/joe" ]]
  [[ $(doveadm -c "$D/conf" user -f mail joe) == "maildir:$D/joe/Mail" ]]
  # An account that may not log in still gets mail.
  [[ $(doveadm -c "$D/conf" user -f home ann) == "$D/joe" ]]
  run doveadm -c "$D/conf" user nobody-here
  [[ $status == 67 && $output == *"doesn't exist"* ]] || fail "$status $output"
  run doveadm -c "$D/conf" user root
  [[ $status != 0 && $output != *home* ]] || fail "$status $output"
}

@test "Dovecot reads a file of mode 640, owned by root" {
  needs_root "files of root and of another group"
  # The lines of checkpw(8), with a folder of the test's.
  sed -n '/^Give the files of accounts/,/^\.Ed/p' \
    "$BATS_TEST_DIRNAME/../../doc/checkpw.8" | grep -v '^\.' |
    sed "1d; s,/etc/popchain,$D,g" >"$T/lines"
  chown root:root "$D/users"
  chmod 600 "$D/users"
  (($(wc -l <"$T/lines") == 3)) || fail "$(cat "$T/lines")"
  sh -e "$T/lines"
  sed -i 's,/users$,/users.cdb,' "$D/conf"
  start_dovecot
  auth joe sesame
  [[ $status == 0 && $output == *"auth succeeded"* ]] || fail "$output"
  auth joe wrong
  [[ $status == 77 ]] || fail "$output"
  checkpw-mkdb "$D/users.cdb" <"$D/users"
  [[ $(stat -c '%U:%G %a' "$D/users.cdb") == 'root:dovecot 640' ]]
}

@test "a POP3 session through Dovecot fetches the message" {
  start_dovecot
  connect "$POP3"
  expect '+OK*'
  send 'USER joe'
  expect '+OK*'
  send 'PASS wrong'
  expect '-ERR*'
  send 'USER joe'
  expect '+OK*'
  send 'PASS sesame'
  expect '+OK*'
  send 'STAT'
  expect '+OK 1 *'
  send 'RETR 1'
  expect '+OK*'
  expect 'Subject: test'
  expect ''
  expect 'hello'
  expect '.'
  send 'QUIT'
  expect '+OK*'
  hang_up
}

@test "Dovecot lower-cases logins, checkpw does not" {
  start_dovecot
  auth JOE sesame
  [[ $status == 0 && $output == *"auth succeeded"* ]] || fail "$output"
  printf 'JOE\0sesame\0\0' >"$T/record"
  run checkpw --dovecot -f "$D/users" echo in 3<"$T/record"
  ((status == 1))
  # In a passwd-file each spelling is another login.
  sed 's/^joe:/JOE:/' "$D/users" >"$T/users"
  run checkpw --dovecot -f "$T/users" echo in 3<"$T/record"
  [[ $status == 0 && $output == in ]] || fail "$output"
}

@test "names: Dovecot's auth_username_format %Lu is --fold-case" {
  same_names 'auth_username_format = %Lu' --fold-case joe JOE Joe@New.ORG a@B@C joe@ _
}

@test "names: Dovecot's auth_username_format %Ln strips domains" {
  same_names 'auth_username_format = %Ln' '--fold-case --strip-domain a.org,b.org' \
    joe JOE Joe@A.org joe@b.ORG
}

@test "names: Dovecot's auth_default_realm is --domain" {
  same_names 'auth_default_realm = New.org' '--fold-case --domain New.org' \
    joe JOE Joe@NEW.org joe@old.org a@b@c joe@
}

@test "names: Dovecot's auth_username_translation is --separator" {
  same_names 'auth_username_translation = %@+@' '--fold-case --separator %+' \
    joe joe%a.org Joe+A.org joe@a.org joe@
}

@test "--dovecot by hand: exit codes, EXTRA, AUTHORIZED, same ids" {
  local record=$T/record
  ask() {
    status=0
    # shellcheck disable=SC2016  # for the inner shell
    output=$(env -u AUTHORIZED "${@:2}" checkpw --dovecot -f "$D/users" \
      sh -c 'echo "$USER $HOME $userdb_uid $userdb_gid $userdb_mail/$EXTRA/$AUTHORIZED/$(id -u)"; echo 4 >&4' \
      3<"$record" 4>"$T/four" 2>>"$LOG") || status=$?
  }
  printf 'joe\0sesame\0\0' >"$record"
  ask joe
  [[ $status == 0 && $(<"$T/four") == 4 ]] || fail "$status"
  [[ $output == "joe $D/joe $MAIL_UID $MAIL_GID maildir:$D/joe/Mail/userdb_uid userdb_gid userdb_mail//$EUID" ]] || fail "$output"
  ask joe AUTHORIZED=2
  [[ $status == 0 && $output == */2/* ]] || fail "$status $output"
  printf 'joe\0wrong\0\0' >"$record"
  for authorized in AUTHORIZED=2 AUTHORIZED= AUTHORIZED=11; do
    ask joe "$authorized"
    [[ $status == 1 && -z $output ]] || fail "$authorized: $status $output"
  done
  printf 'joe\0\0\0' >"$record"
  ask joe AUTHORIZED=1
  [[ $status == 0 && $output == */2/$EUID ]] || fail "$status $output"
  ask joe
  [[ $status == 1 ]]
  printf 'nobody\0x\0\0' >"$record"
  ask nobody
  [[ $status == 1 && -z $output ]] || fail "$status"
  ask nobody AUTHORIZED=1
  [[ $status == 3 && -z $output ]] || fail "$status"
  printf 'root\0\0\0' >"$record"
  ask root AUTHORIZED=1
  [[ $status == 3 && -z $output ]] || fail "$status"
  # Without --dovecot the variable has no effect.
  printf 'joe\0\0\0' >"$record"
  AUTHORIZED=1 run checkpw -f "$D/users" echo in 3<"$record"
  ((status == 1))
}
