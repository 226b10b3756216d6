#!/usr/bin/env bats
# bats file_tags=once
# Each program works with foreign ones: Debian's cvm and mailfront, and stubs that
# behave like the classic qmail-popup, checkpassword and qmail-pop3d.

bats_require_minimum_version 1.5.0
load ../helpers/common
load ../helpers/chain
load ../helpers/whole_session

POP3D=(maildir-pop3d -a Maildir)
CHECKPW=(checkpw -f "$USERS")
# mailfront's programs are in /usr/sbin, which a plain user's PATH lacks.
PATH=$PATH:/usr/sbin

setup() {
  make_account
  deliver_one
  export STUB_USERS=$T/stub_users
  printf 'joe:secret:%s:%s:%s\n' "$MAIL_UID" "$MAIL_GID" "$HOME_DIR" \
    >"$STUB_USERS"
  # cvm-pwfile reads the format of passwd(5), the password in plain text.
  export CVM_PWFILE_PATH=$T/passwd CVM_ACCOUNT_SPLIT_CHARS=
  printf 'joe:secret:%s:%s::%s:/bin/sh\n' "$MAIL_UID" "$MAIL_GID" "$HOME_DIR" \
    >"$CVM_PWFILE_PATH"
}

# --- moving from mailfront and cvm -----------------------------------------------

@test "cvm-pwfile: a plain file needs {PLAIN} before each secret" {
  serve popup -w 0 test.host checkpw -f "$CVM_PWFILE_PATH" "${POP3D[@]}"
  log_in secret '-ERR [[]SYS/TEMP]*'
  logged '^checkpw: .*event=damaged .*field=secret'
  sed -i 's/:/:{PLAIN}/' "$CVM_PWFILE_PATH"
  fetches_and_deletes "$BODY_SIZE" "$NAME"
}

@test "CVM_PWFILE_PWCMP=crypt: checkpw accepts the same file" {
  local hash
  hash=$(printf 'secret\n' | checkpw-hash -m sha512crypt)
  sed -i "s|secret|${hash#*\}}|" "$CVM_PWFILE_PATH"
  CVM_PWFILE_PWCMP=crypt serve popup -w 0 test.host \
    cvm-checkpassword /usr/bin/cvm-pwfile "${POP3D[@]}"
  log_in wrong '-ERR [[]AUTH]*'
  log_in
  serve popup -w 0 test.host checkpw -f "$CVM_PWFILE_PATH" "${POP3D[@]}"
  log_in wrong '-ERR [[]AUTH]*'
  log_in
}

@test "MAXAUTHFAIL=2 and popup -n 2 close after two failures" {
  local bytes='USER joe\r\nPASS a\r\nUSER joe\r\nPASS b\r\nUSER joe\r\nPASS c\r\n'
  MAXAUTHFAIL=2 serve pop3front-auth /usr/bin/cvm-pwfile "${POP3D[@]}"
  run transcript "$bytes"
  ((${#lines[@]} == 5)) || fail "$output"
  serve popup -n 2 -w 0 test.host "${CHECKPW[@]}" "${POP3D[@]}"
  run transcript "$bytes"
  ((${#lines[@]} == 5)) || fail "$output"
}

@test "MAX_MESSAGES etc. hide mail only in pop3front-maildir" {
  printf '%b' "$BODY" | deliver "$MAIL/new" 1700000009.M9P9.test
  local limit
  for limit in MAX_NEW_MESSAGES MAX_MESSAGES; do
    serve popup -w 0 test.host "${CHECKPW[@]}" env "$limit=1" \
      pop3front-maildir Maildir
    log_in
    step STAT '+OK 1 *'
    step QUIT '+OK*'
    serve popup -w 0 test.host "${CHECKPW[@]}" env "$limit=1" \
      maildir-pop3d -a -n
    log_in
    step STAT '+OK 2 *'
    step QUIT '+OK*'
  done
  mv "$MAIL"/new/* "$MAIL/cur"
  serve popup -w 0 test.host "${CHECKPW[@]}" env MAX_CUR_MESSAGES=1 \
    pop3front-maildir Maildir
  log_in
  step STAT '+OK 1 *'
}

@test "maildir-pop3d -m is what MAILBOX is to pop3front-maildir" {
  mv "$MAIL" "$HOME_DIR/Post"
  serve popup -w 0 test.host "${CHECKPW[@]}" env MAILBOX=Post pop3front-maildir
  log_in
  step STAT '+OK 1 *'
  step QUIT '+OK*'
  serve popup -w 0 test.host "${CHECKPW[@]}" maildir-pop3d -a -m Post
  log_in
  step STAT '+OK 1 *'
  step QUIT '+OK*'
}

# --- our popup in front of others ----------------------------------------------

@test "a session works: popup, cvm-checkpassword, maildir-pop3d" {
  serve popup -w 0 test.host cvm-checkpassword /usr/bin/cvm-pwfile "${POP3D[@]}"
  check_session "$(transcript "$WHOLE_SESSION")" "$NAME" "$BODY_SIZE"
  is_empty
}

@test "a session works: popup, cvm-checkpassword, pop3front-maildir" {
  serve popup -w 0 test.host cvm-checkpassword /usr/bin/cvm-pwfile \
    pop3front-maildir Maildir
  fetches_and_deletes 37 "$NAME" ''
}

@test "popup allows another try after cvm-checkpassword exits 100" {
  serve popup -w 0 test.host cvm-checkpassword /usr/bin/cvm-pwfile "${POP3D[@]}"
  log_in wrong '-ERR [[]AUTH]*'
  step 'USER joe' '+OK*'
  step 'PASS secret' '+OK*'
  step STAT "+OK 1 $BODY_SIZE"
  step QUIT '+OK*'
}

@test "a failure of the cvm itself gives -ERR [SYS/TEMP]" {
  CVM_PWFILE_PATH=$T/none serve popup -w 0 test.host cvm-checkpassword \
    /usr/bin/cvm-pwfile "${POP3D[@]}"
  log_in secret '-ERR [[]SYS/TEMP]*'
  expect_end
}

@test "a session works: popup, checkpw, pop3front-maildir" {
  serve popup -w 0 test.host "${CHECKPW[@]}" pop3front-maildir Maildir
  fetches_and_deletes 37 "$NAME" ''
}

@test "one segment works: popup, checkpw, pop3front-maildir" {
  serve popup -w 0 test.host "${CHECKPW[@]}" pop3front-maildir Maildir
  check_session "$(transcript "$WHOLE_SESSION")" "$NAME" 37 \
    "$BODY\n"
  is_empty
}

@test "a session works: popup, checkpw, qmail-pop3d" {
  serve popup -w 0 test.host "${CHECKPW[@]}" stub-qmail-pop3d Maildir
  fetches_and_deletes 37 "$NAME" ''
}

@test "a session works: popup, checkpassword, maildir-pop3d" {
  serve popup -w 0 test.host stub-checkpassword "${POP3D[@]}"
  check_session "$(transcript "$WHOLE_SESSION")" "$NAME" "$BODY_SIZE"
  is_empty
}

@test "a session works: popup, checkpassword, qmail-pop3d" {
  serve popup -w 0 test.host stub-checkpassword stub-qmail-pop3d Maildir
  fetches_and_deletes 37 "$NAME" ''
}

@test "popup allows another try after checkpassword refuses" {
  serve popup -w 0 test.host stub-checkpassword "${POP3D[@]}"
  log_in wrong '-ERR [[]AUTH]*'
  step 'USER joe' '+OK*'
  step 'PASS secret' '+OK*'
  step QUIT '+OK*'
}

@test "popup adds no reply after qmail-pop3d loses its client" {
  serve popup -w 0 test.host "${CHECKPW[@]}" stub-qmail-pop3d Maildir
  run talk --shut "$PORT" <<<$'USER joe\r\nPASS secret\r\nSTAT'
  ((${#lines[@]} == 4)) || fail "$output"
  [[ ${lines[3]} == '+OK 1 37'* ]]
}

# --- others in front of ours ---------------------------------------------------

@test "a session works: pop3front-auth, cvm-pwfile, maildir-pop3d" {
  serve pop3front-auth /usr/bin/cvm-pwfile "${POP3D[@]}"
  fetches_and_deletes "$BODY_SIZE" "$NAME"
}

@test "pop3front-auth refuses and allows another try" {
  serve pop3front-auth /usr/bin/cvm-pwfile "${POP3D[@]}"
  log_in wrong '-ERR*'
  step 'USER joe' '+OK*'
  step 'PASS secret' '+OK*'
  step QUIT '+OK*'
}

@test "a session works: qmail-popup, checkpw, maildir-pop3d" {
  serve stub-qmail-popup test.host "${CHECKPW[@]}" "${POP3D[@]}"
  check_session "$(transcript "$WHOLE_SESSION")" "$NAME" "$BODY_SIZE"
  is_empty
}

@test "a session works: qmail-popup, checkpassword, maildir-pop3d" {
  serve stub-qmail-popup test.host stub-checkpassword "${POP3D[@]}"
  check_session "$(transcript "$WHOLE_SESSION")" "$NAME" "$BODY_SIZE"
  is_empty
}

@test "a session works: qmail-popup, checkpw, qmail-pop3d" {
  serve stub-qmail-popup test.host "${CHECKPW[@]}" stub-qmail-pop3d Maildir
  fetches_and_deletes 37 "$NAME" ''
}

@test "APOP works: qmail-popup, checkpw, maildir-pop3d" {
  serve stub-qmail-popup test.host "${CHECKPW[@]}" "${POP3D[@]}"
  run /usr/bin/python3 - "$PORT" <<'EOF'
import poplib, sys
server = poplib.POP3("127.0.0.1", int(sys.argv[1]))
server.apop("joe", "secret")
print(server.stat()[0])
server.quit()
EOF
  [[ $status == 0 && $output == 1 ]] || fail "$output"
}

@test "qmail-popup reports checkpw's refusal in its own words" {
  serve stub-qmail-popup test.host "${CHECKPW[@]}" "${POP3D[@]}"
  run transcript 'USER joe\r\nPASS wrong\r\n'
  [[ ${lines[2]} == '-ERR authorization failed'* ]]
  ((${#lines[@]} == 3))
  logged '^checkpw: event=refuse cause=password user=joe'
}

@test "qmail-popup adds no reply after maildir-pop3d's client left" {
  serve stub-qmail-popup test.host "${CHECKPW[@]}" "${POP3D[@]}"
  run talk --shut "$PORT" <<<$'USER joe\r\nPASS secret\r\nSTAT'
  ((${#lines[@]} == 4)) || fail "$output"
  [[ ${lines[3]} == "+OK 1 $BODY_SIZE"* ]]
}

@test "qmail-popup: a missing Maildir gives exactly one -ERR" {
  rm -r "$MAIL"
  serve stub-qmail-popup test.host "${CHECKPW[@]}" "${POP3D[@]}"
  run transcript 'USER joe\r\nPASS secret\r\n'
  [[ ${lines[2]} == '-ERR [SYS/TEMP]'* ]]
  ((${#lines[@]} == 3)) || fail "$output"
}

@test "qmail-popup --old: no log line reaches the client" {
  serve stub-qmail-popup --old test.host "${CHECKPW[@]}" "${POP3D[@]}"
  run transcript 'USER joe\r\nPASS wrong\r\n'
  ((${#lines[@]} == 3)) || fail "$output"
  check_session "$(transcript "$WHOLE_SESSION")" "$NAME" "$BODY_SIZE"
  is_empty
}

# --- the environment of the others ----------------------------------------------

@test "checkpw sets the environment of a classic checkpassword" {
  serve popup -w 0 test.host "${CHECKPW[@]}" env
  transcript 'USER joe\r\nPASS secret\r\n' >"$T/environment"
  local wanted
  for wanted in USER=joe "HOME=$HOME_DIR" 'SHELL=.*' TCPREMOTEIP=127.0.0.1 \
    PROTO=TCP; do
    grep -qx "$wanted" "$T/environment" || fail "no $wanted"
  done
  run ! grep -q secret "$T/environment"
}

@test "checkpw starts a foreign server in the home, as the user" {
  needs_root "checkpw becomes the user"
  serve popup -w 0 test.host "${CHECKPW[@]}" sh -c 'pwd; id -u; id -g; id -G'
  run transcript 'USER joe\r\nPASS secret\r\n'
  [[ ${lines[2]} == "$HOME_DIR" && ${lines[3]} == "$MAIL_UID" ]]
  [[ ${lines[4]} == "$MAIL_GID" && ${lines[5]} == "$MAIL_GID" ]]
}
