#!/usr/bin/env bats
# popa3d does what popa3d(8) promises, in the order of that page.

bats_require_minimum_version 1.5.0
load ../helpers/common
load ../helpers/chain
load ../helpers/seeds

# --- SYNOPSIS ------------------------------------------------------------------

@test "popa3d takes -D and -V, and nothing else" {
  refuses_to_start 'usage: popa3d *-D* *-V*' popa3d -x
  refuses_to_start 'usage: popa3d *' popa3d operand
}

# --- DESCRIPTION ---------------------------------------------------------------

@test "no option: one session on 0 and 1, ten minutes, one try" {
  chain_is 'popup -n 1 -L 600 --syslog HOST checkpw --syslog maildir-pop3d -a -t 600 --syslog' popa3d
}

@test "the inetd line works with only its path changed" {
  make_machine
  three_messages
  inetd_line popa3d
  answers 'STAT\r\n' '+OK 3 123'
  syslogged 'popup\[.*event=login result=ok user=joe'
}

@test "XTND XMIT is refused: POP3 only retrieves mail" {
  make_machine
  serve_seed popa3d
  [[ $(as_joe 'XTND XMIT\r\n') == -ERR* ]]
}

@test "an unknown user is refused, and there is one try" {
  make_machine
  serve_seed popa3d
  refuses nobody_such secret
  syslogged 'checkpw\[.*event=refuse cause=unknown user=?'
}

@test "null passwords are not permitted" {
  make_machine
  local account
  for account in none passwd; do
    printf '%s\n' "$account:x:70001:70001::$HOME_DIR:" >>"$T/etc/passwd"
  done
  sed -i s/^passwd:x:/passwd::/ "$T/etc/passwd"
  add_shadow none ''
  for account in none passwd joe; do
    printf '%s\0' "$account" '' '' PASS >"$T/record"
    ! "${MACHINE[@]}" checkpw echo in 3<"$T/record" 2>>"$LOG" ||
      fail "$account got in"
    printf '%s\0' "$account" any '' PASS >"$T/record"
    ! "${MACHINE[@]}" checkpw echo in 3<"$T/record" 2>>"$LOG" ||
      fail "$account got in"
  done
  logged 'cause=\(locked\|password\) user=none'
}

@test "virtual users: null passwords and null APOP secrets fail" {
  make_account
  local stamp='<1.2@test.host>' secret digest
  digest=$(printf '%s' "$stamp" | md5sum | cut -c 1-32)
  for secret in '' '{PLAIN}' '{CRYPT}'; do
    printf 'joe:%s:%s:%s::%s::\n' "$secret" "$MAIL_UID" "$MAIL_GID" \
      "$HOME_DIR" >"$USERS"
    printf '%s\0' joe '' '' PASS >"$T/record"
    run checkpw -f "$USERS" echo in 3<"$T/record"
    ((status == 1)) && [[ $output != in ]] || fail "empty password: $output"
    printf '%s\0' joe "$digest" "$stamp" APOP >"$T/record"
    run checkpw -f "$USERS" echo in 3<"$T/record"
    ((status == 1)) && [[ $output != in ]] || fail "empty digest: $output"
  done
}

@test "mail of root (UID 0) users is not served" {
  make_machine
  printf '%s\n' "toor:x:0:0::$HOME_DIR:/bin/sh" >>"$T/etc/passwd"
  # shellcheck disable=SC2153  # make_machine sets it
  add_shadow root "$SECRET"
  add_shadow toor "$SECRET"
  serve_seed popa3d
  refuses root secret
  refuses toor secret
  syslogged 'checkpw\[.*event=refuse cause=root user=root'
  syslogged 'checkpw\[.*event=refuse cause=root user=toor'
}

@test "mail of a virtual user with uid 0 is not served either" {
  make_account
  printf 'joe:{PLAIN}secret:0:0::%s::\n' "$HOME_DIR" >"$USERS"
  printf '%s\0' joe secret '' PASS >"$T/record"
  run checkpw -f "$USERS" echo in 3<"$T/record"
  [[ $status == 1 && $output == *cause=root* ]] || fail "$output"
}

# --- OPTIONS -------------------------------------------------------------------

@test "-D: a daemon on port 110 forks for each connection" {
  make_machine
  three_messages
  # shellcheck disable=SC2016  # for the inner shell
  alone 'popa3d -D || exit
    for i in 1 2 3; do eval "exec 1$i<>/dev/tcp/127.0.0.1/110"; done
    for i in 13 12 11; do
      printf "USER joe\r\nPASS secret\r\nSTAT\r\nQUIT\r\n" >&$i
      timeout 20 cat <&$i
    done
    [[ $(ps -o ppid= -C popup | sort -n | head -n 1) -eq 1 ]] || echo no daemon
    ' >"$T/out"
  (($(grep -c '^+OK 3 123' "$T/out") == 3)) || fail "$(cat "$T/out")"
  lacks "$T/out" 'no daemon'
  syslogged 'popup\[.*event=open ip=127.0.0.1'
}

@test "-D: the daemon leaves the directory of its start" {
  make_machine
  three_messages
  # shellcheck disable=SC2016  # for the inner shell
  alone 'cd "$1/popup/compat" && POPCHAIN_BIN=$(realpath --relative-to=. "$2") ./popa3d -D || exit
    for daemon in $(ps -o pid= -C popup); do readlink "/proc/$daemon/cwd"; done
    exec 11<>/dev/tcp/127.0.0.1/110
    printf "USER joe\r\nPASS secret\r\nSTAT\r\nQUIT\r\n" >&11
    timeout 20 cat <&11' "$BATS_TEST_DIRNAME/../.." "$BIN" >"$T/out"
  [[ $(head -n 1 "$T/out") == / ]] || fail "$(cat "$T/out")"
  grep -q '^+OK 3 123' "$T/out"
}

@test "-D: a failure to listen is reported" {
  make_machine
  run alone 'popa3d -D && popa3d -D; echo "status $?"'
  [[ $output == *'status 111' ]] || fail "$output"
  syslogged 'popup\[.*110'
}

@test "-D: a connection flood gets 50 sessions per source, no more" {
  make_machine
  # shellcheck disable=SC2016  # for the inner shell
  alone 'popa3d -D || exit
    for ((i = 10; i < 60; i++)); do
      eval "exec $i<>/dev/tcp/127.0.0.1/110"
      IFS= read -r -t 20 line <&$i; echo "$line"
    done
    for i in 1 2 3; do
      exec 60<>/dev/tcp/127.0.0.1/110
      IFS= read -r -t 20 line <&60 || echo closed
    done
    # A session that has ended counts for 10 more seconds.
    exec 11>&-
    exec 60<>/dev/tcp/127.0.0.1/110
    IFS= read -r -t 20 line <&60 || echo closed
    # popup ends with this shell, and lines that wait for the log with popup.
    until grep -q "limit=source" "$1"; do sleep 0.1; done' "$SYSLOG" >"$T/out"
  (($(grep -c '^+OK' "$T/out") == 50)) || fail "$(sort "$T/out" | uniq -c)"
  (($(grep -c '^closed' "$T/out") == 4)) || fail "$(sort "$T/out" | uniq -c)"
  syslogged 'popup\[.*event=refuse limit=source ip=127.0.0.1'
  (($(grep -c limit=source "$SYSLOG") == 1)) || fail "the log is flooded"
}

@test "-V prints version information and exits" {
  run "$COMPAT/popa3d" -V
  [[ $status == 0 && $output == 'popa3d (popchain) '[0-9]* ]] || fail "$output"
}

# --- COMMANDS: AUTHORIZATION ---------------------------------------------------

@test "USER name, PASS string: the case of commands does not matter" {
  make_machine
  serve_seed popa3d
  run transcript 'user joe\r\nPaSs secret\r\nsTaT\r\nquit\r\n'
  [[ ${lines[3]} == '+OK 0 0'* && ${lines[4]} == +OK* ]] || fail "$output"
}

@test "PASS takes the rest of the line, including spaces" {
  make_machine
  add_shadow ann "$(printf ' two  words \n' | checkpw-hash -m sha512crypt |
    sed 's/^{[^}]*}//')"
  printf '%s\n' "ann:x:$MAIL_UID:$MAIL_GID::$HOME_DIR:" >>"$T/etc/passwd"
  serve_seed popa3d
  run transcript 'USER ann\r\nPASS  two  words \r\nQUIT\r\n'
  [[ ${lines[2]} == +OK* ]] || fail "$output"
}

@test "QUIT before the login does not enter the UPDATE state" {
  make_machine
  three_messages
  serve_seed popa3d
  run transcript 'USER joe\r\nQUIT\r\n'
  [[ ${#lines[@]} == 3 && ${lines[2]} == +OK* ]] || fail "$output"
  [[ -n $(ls "$MAIL/new") && -z $(ls "$MAIL/cur") ]]
}

# --- COMMANDS: TRANSACTION -----------------------------------------------------

@test "DELE marks, LAST gives the highest number, RSET undoes both" {
  make_machine
  three_messages
  serve_seed popa3d
  answers 'LAST\r\nDELE 2\r\nLAST\r\nDELE 2\r\nSTAT\r\nRSET\r\nLAST\r\nSTAT\r\n' \
    '+OK 0' '+OK deleted' '+OK 2' '-ERR no such message' '+OK 2 82' \
    '+OK 3 messages (123 octets)' '+OK 0' '+OK 3 123'
}

@test "LIST and UIDL show one message or all unmarked ones" {
  make_machine
  three_messages
  serve_seed popa3d
  answers 'LIST 3\r\nUIDL 1\r\nDELE 2\r\nLIST\r\nUIDL\r\nLIST 2\r\nUIDL 4294967297\r\n' \
    '+OK 3 41' '+OK 1 1700000001.M1P1.test' '+OK deleted' \
    '+OK 2 messages (82 octets)' '1 41' '3 41' . \
    '+OK unique-id listing follows' '1 1700000001.M1P1.test' \
    '3 1700000003.M3P1.test' . '-ERR no such message' '-ERR no such message'
}

@test "NOOP does nothing, STAT returns number and size of messages" {
  make_machine
  three_messages
  serve_seed popa3d
  answers 'NOOP\r\nSTAT\r\nNOOP 1\r\nSTAT 1\r\n' \
    '+OK' '+OK 3 123' '-ERR surplus argument' '-ERR surplus argument'
}

@test "RETR sends a message, TOP the top lines of its body" {
  make_machine
  three_messages
  serve_seed popa3d
  answers 'RETR 1\r\nTOP 1 1\r\nTOP 1 0\r\nTOP 1\r\n' '+OK 41 octets' \
    'Subject: one' '' 'first line' 'second line' . \
    '+OK top of message follows' 'Subject: one' '' 'first line' . \
    '+OK top of message follows' 'Subject: one' '' . \
    '-ERR TOP wants an argument'
}

# --- COMMANDS: UPDATE ----------------------------------------------------------

@test "QUIT removes marked messages and closes the connection" {
  make_machine
  three_messages
  serve_seed popa3d
  log_in
  send 'DELE 1'
  expect '+OK*'
  (($(messages) == 3))
  send 'QUIT'
  expect '+OK*'
  expect_end
  [[ $(find "$MAIL/new" "$MAIL/cur" -type f -printf '%f\n' | sort | tr '\n' ' ') == \
    '1700000002.M2P1.test:2, 1700000003.M3P1.test:2, ' ]]
  syslogged 'maildir-pop3d\[.*event=close reason=quit user=joe .* dele=1/41 left=2/82'
}

@test "without QUIT nothing is removed" {
  make_machine
  three_messages
  serve_seed popa3d
  log_in
  send 'DELE 1'
  expect '+OK*'
  hang_up
  syslogged 'event=close reason=eof user=joe'
  (($(messages) == 3))
}

# --- BUGS ------------------------------------------------------------------------

@test "passwords go in plain text, no APOP or CRAM-MD5 is offered" {
  make_machine
  serve_seed popa3d
  run transcript 'CAPA\r\nAPOP joe 0123456789abcdef0123456789abcdef\r\nQUIT\r\n'
  [[ ${lines[0]} != *'<'* && $output != *CRAM* ]] || fail "$output"
  [[ $output == *'-ERR'* ]] || fail "$output"
}
