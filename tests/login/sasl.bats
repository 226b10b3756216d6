#!/usr/bin/env bats
# AUTH accepts every form of RFC 5034 and refuses others.

# shellcheck disable=SC2154  # expect sets line
load ../helpers/common
load ../helpers/stubs

# says COMMANDS OPTION...: prints the replies after the greeting, joined by |.
says() {
  over_pipe "$1" popup -w 0 "${@:2}" mx stub-joe stub-session | tr -d '\r' |
    tail -n +2 | tr '\n' '|'
}
MALFORMED='-ERR [AUTH] bad authentication data|'
TOKEN=$(base64_of '\0joe\0secret')
NAME=$(base64_of joe)
SECRET=$(base64_of secret)

@test "mechanism names match in any case, with trailing spaces" {
  [ "$(says "aUtH pLaIn $TOKEN  \r\n")" = '+OK in|' ]
  recorded 'joe|secret||PLAIN|'
  [ "$(says "AUTH login \r\n$NAME\r\n$SECRET\r\n")" = \
    '+ VXNlcm5hbWU6|+ UGFzc3dvcmQ6|+OK in|' ]
  recorded 'joe|secret||LOGIN|'
}

@test "an authzid is accepted only if it equals the login" {
  [ "$(says "AUTH PLAIN $(base64_of 'joe\0joe\0secret')\r\n")" = '+OK in|' ]
  rm "$STUB_RECORD"
  [[ $(says "AUTH PLAIN $(base64_of 'root\0joe\0secret')\r\n") == '-ERR '* ]]
  not_recorded
}

@test "an empty initial response (=) is malformed" {
  [ "$(says 'AUTH PLAIN =\r\nUSER x\r\n')" = "$MALFORMED+OK now PASS|" ]
  [ "$(says 'AUTH LOGIN =\r\nUSER x\r\n')" = "$MALFORMED+OK now PASS|" ]
  [ "$(says 'AUTH CRAM-MD5 =\r\nUSER x\r\n' -A)" = "$MALFORMED+OK now PASS|" ]
  [ "$(says "AUTH LOGIN $NAME\r\n=\r\nUSER x\r\n")" = \
    "+ UGFzc3dvcmQ6|$MALFORMED+OK now PASS|" ]
  not_recorded
}

@test "* cancels at every step, and the connection goes on" {
  cancelled='-ERR authentication cancelled|+OK now PASS|'
  [ "$(says 'AUTH PLAIN\r\n*\r\nUSER x\r\n')" = "+ |$cancelled" ]
  [ "$(says 'AUTH PLAIN *\r\nUSER x\r\n')" = "$cancelled" ]
  [ "$(says 'AUTH LOGIN\r\n*\r\nUSER x\r\n')" = "+ VXNlcm5hbWU6|$cancelled" ]
  [ "$(says "AUTH LOGIN $NAME\r\n*\r\nUSER x\r\n")" = "+ UGFzc3dvcmQ6|$cancelled" ]
  [[ $(says 'AUTH CRAM-MD5\r\n*\r\nUSER x\r\n' -A) == '+ '*"|$cancelled" ]]
  not_recorded
}

@test "bad base64 ends an exchange at every step" {
  for bad in 'AGpvZQBzZWNyZXQ' 'AGpv!QBzZWNyZXQ=' ' ' '====' 'A' \
    'AGpvZQBzZWNyZXR='; do
    for start in 'AUTH PLAIN' 'AUTH LOGIN' "AUTH LOGIN $NAME" 'AUTH CRAM-MD5'; do
      said=$(says "$start\r\n$bad\r\nUSER x\r\n" -A)
      [[ $said == '+ '*'|-ERR '*'|+OK now PASS|' ]] || fail "$start, $bad: $said"
    done
  done
  not_recorded
}

@test "malformed AUTH data is a try: logged, delayed, counted" {
  local start=${EPOCHREALTIME/./} took delay=1
  for data in 'x' "$(base64_of '\0joe\0sec\0ret')" "$(base64_of 'root\0joe\0secret')"; do
    : >"$LOG"
    run over_pipe "AUTH PLAIN\r\n$data\r\nAUTH PLAIN $data\r\nQUIT\r\n" \
      popup -w "$delay" -n 2 mx stub-joe stub-session
    took=$((${EPOCHREALTIME/./} - start))
    ((took >= 3000000)) || fail "$data took $took microseconds"
    delay=0
    [ "$(grep -c '^-ERR \[AUTH\] bad auth' <<<"$output")" = 2 ] || fail "$output"
    [[ ${lines[-1]} == '-ERR [AUTH]'* ]]
    for try in 1 2; do
      logged "event=login result=denied mech=PLAIN ip=- port=- tls=- try=$try cause=malformed$"
    done
  done
  not_recorded
}

@test "a malformed APOP or CRAM-MD5 digest is a failed try, too" {
  for try in 'APOP joe xyz' 'AUTH CRAM-MD5\r\nam9l' 'AUTH CRAM-MD5 am9l' \
    'APOP joe 0123456789abcdef0123456789abcdeg'; do
    : >"$LOG"
    [[ $(says "$try\r\nUSER x\r\n" -A) == *"$MALFORMED+OK now PASS|" ]] || fail "$try"
    logged 'result=denied mech=[A-Z5-]* .*cause=malformed'
  done
  not_recorded
}

@test "cancelling AUTH is not a try, but limited to 20 times" {
  local many
  printf -v many 'AUTH LOGIN joe=\\r\\n*\\r\\n%.0s' {1..21}
  many=${many//joe=/$NAME}
  run over_pipe "${many}USER x\r\n" popup -w 60 -n 1 mx stub-joe true
  [ "$(grep -c 'authentication cancelled' <<<"$output")" = 20 ]
  [ "${lines[-1]}" = $'-ERR too many bad commands\r' ]
  ! grep -q 'result=denied' "$LOG" || fail denied
  logged 'result=limit mech=- .* try=1 cause=bad-commands$'
}

@test "commands in the middle of an AUTH exchange are not run" {
  for command in 'QUIT' 'CAPA' 'USER joe' 'AUTH PLAIN' 'STAT'; do
    said=$(says "AUTH PLAIN\r\n$command\r\nUSER x\r\n")
    [[ $said == '+ |-ERR '*'|+OK now PASS|' ]] || fail "$command: $said"
  done
  not_recorded
}

@test "AUTH lines may have 12,288 octets, and not one more" {
  local most
  printf -v most '%012286d' 0
  # 12,288 with CRLF.
  [ "$(says "AUTH PLAIN\r\n$most\r\nUSER x\r\n")" = "+ |$MALFORMED+OK now PASS|" ]
  [ "$(says "AUTH PLAIN\r\n0$most\r\nUSER x\r\n")" = "+ |$MALFORMED+OK now PASS|" ]
  [ "$(says "AUTH PLAIN ${most:11}\r\nUSER x\r\n")" = "$MALFORMED+OK now PASS|" ]
  [ "$(says "AUTH PLAIN 0${most:11}\r\nUSER x\r\n")" = "$MALFORMED+OK now PASS|" ]
  # Other lines may not be so long.
  [ "$(says "USER $most\r\nUSER x\r\n")" = '-ERR line too long|+OK now PASS|' ]
  [ "$(says "AUTH PLAIN\r\n*\r\nUSER $most\r\nUSER x\r\n")" = \
    '+ |-ERR authentication cancelled|-ERR line too long|+OK now PASS|' ]
  not_recorded
}

@test "credentials are passed on up to the checker's 512 octets" {
  local fill
  # 512 octets with joe, an empty timestamp, PLAIN and a NUL after each.
  printf -v fill 'x%.0s' {1..500}
  [[ $(says "AUTH PLAIN $(base64_of "\\0joe\\0$fill")\r\n") == '-ERR [AUTH]'* ]]
  recorded "joe|$fill||PLAIN|"
  [ "$(says "AUTH PLAIN $(base64_of "\\0joe\\0x$fill")\r\nUSER x\r\n")" = \
    "$MALFORMED+OK now PASS|" ]
}

@test "a SASL password may contain spaces, quotes and any byte" {
  says "AUTH PLAIN $(base64_of '\0joe\0 a "\xff\r\n')\r\n" >/dev/null
  [ "$(cat "$STUB_RECORD")" = $'joe| a "\xff\r\n||PLAIN|' ]
}

@test "-M sets the mechanisms announced, listed and accepted" {
  [[ $(says 'CAPA\r\n' -M PLAIN) == *'|SASL PLAIN|'* ]]
  [[ $(says 'CAPA\r\n' -A) == *'|SASL PLAIN LOGIN CRAM-MD5|'* ]]
  [[ $(says 'CAPA\r\n' -M '') != *SASL* ]]
  [ "$(says 'AUTH\r\n' -M login,plain)" = '+OK mechanisms follow|PLAIN|LOGIN|.|' ]
  [ "$(says 'AUTH\r\n' -M '')" = '+OK mechanisms follow|.|' ]
  for mechanism in PLAIN LOGIN CRAM-MD5; do
    others=PLAIN,LOGIN,CRAM-MD5,
    others=${others/$mechanism,/}
    [ "$(says "AUTH $mechanism\r\nUSER x\r\n" -A -M "${others%,}")" = \
      '-ERR this mechanism is not offered|+OK now PASS|' ]
    [[ $(says "AUTH $mechanism\r\n*\r\n" -A -M "$mechanism") == '+ '* ]]
  done
  for mechanism in EXTERNAL ANONYMOUS SCRAM-SHA-256 XOAUTH2 PLAINX; do
    [ "$(says "AUTH $mechanism\r\nUSER x\r\n" -A)" = '-ERR this mechanism is not offered|+OK now PASS|' ]
  done
  not_recorded
}

@test "-M CRAM-MD5 without -A: own challenge, no timestamp" {
  serve popup -M CRAM-MD5 -w 0 mx stub-joe true
  connect
  expect '+OK mx POP3 ready'
  send 'AUTH CRAM-MD5'
  expect '+ *'
  challenge=$(base64 -d <<<"${line#+ }")
  [[ $challenge =~ ^'<'[0-9]+\.[0-9]+\.[0-9a-z]+@mx'>'$ ]]
  send "$(base64_of 'joe 0123456789abcdef0123456789abcdef')"
  expect '-ERR \[AUTH\]*'
  recorded "joe|0123456789abcdef0123456789abcdef|$challenge|CRAM-MD5|"
  # Without -A the checker gets no timestamp with a password.
  send 'USER joe'
  expect '+OK*'
  send 'PASS x'
  expect '-ERR \[AUTH\]*'
  recorded 'joe|x||PASS|'
  hang_up
}

@test "after a failed AUTH or APOP the remaining tries work" {
  wrong=$(base64_of '\0joe\0wrong')
  digest=0123456789abcdef0123456789abcdef
  [ "$(says "AUTH PLAIN $wrong\r\nAPOP joe $digest\r\nAUTH PLAIN $TOKEN\r\nUSER x\r\n" -A)" = \
    '-ERR [AUTH] wrong name or password|-ERR [AUTH] wrong name or password|+OK in|+OK USER x|' ]
  [ "$(says "AUTH PLAIN $wrong\r\nAUTH LOGIN $NAME\r\n$NAME\r\nAUTH PLAIN $TOKEN\r\n" -n 2)" = \
    '-ERR [AUTH] wrong name or password|+ UGFzc3dvcmQ6|-ERR [AUTH] wrong name or password|' ]
}

@test "a CRAM-MD5 digest may have any case, but no other shape" {
  [[ $(says "AUTH CRAM-MD5\r\n$(base64_of 'a b 0123456789ABCDEF0123456789abcdef')\r\n" -A) == \
    *'-ERR [AUTH]'* ]]
  [[ $(cat "$STUB_RECORD") == 'a b|0123456789ABCDEF0123456789abcdef|'* ]]
  rm "$STUB_RECORD"
  for bad in 'joe' 'joe ' ' 0123456789abcdef0123456789abcdef' \
    'joe 0123456789abcdef0123456789abcde' 'joe 0123456789abcdef0123456789abcdeg' \
    'j\0e 0123456789abcdef0123456789abcdef'; do
    [[ $(says "AUTH CRAM-MD5\r\n$(base64_of "$bad")\r\nUSER x\r\n" -A) == \
      '+ '*"|$MALFORMED+OK now PASS|" ]] || fail "$bad"
  done
  not_recorded
}

@test "curl logs in by every SASL mechanism and by APOP" {
  load ../helpers/chain
  make_account
  deliver_one
  serve popup -A "${CHAIN[@]:1}"
  for how in AUTH=PLAIN AUTH=LOGIN AUTH=CRAM-MD5 AUTH=+APOP; do
    [ "$(curl -sS -m 20 -u joe:secret --login-options "$how" \
      "pop3://127.0.0.1:$PORT/1" | wc -c)" = "$BODY_SIZE" ] || fail "$how"
  done
  for mech in PLAIN LOGIN CRAM-MD5 APOP; do
    logged "result=ok user=joe mech=$mech "
  done
}

@test "curl: Dovecot's {CRAM-MD5} serves every mechanism but APOP" {
  load ../helpers/chain
  make_account
  deliver_one
  sed -i "s/{PLAIN}secret/$(doveadm pw -s CRAM-MD5 -p secret)/" "$USERS"
  serve popup -A "${CHAIN[@]:1}"
  for how in AUTH=PLAIN AUTH=LOGIN AUTH=CRAM-MD5; do
    [ "$(curl -sS -m 20 -u joe:secret --login-options "$how" \
      "pop3://127.0.0.1:$PORT/1" | wc -c)" = "$BODY_SIZE" ] || fail "$how"
  done
  for how in AUTH=CRAM-MD5 AUTH=PLAIN; do
    run curl -sS -m 20 -u joe:secreT --login-options "$how" "pop3://127.0.0.1:$PORT/1"
    ((status == 67)) || fail "$how: $status"
  done
  run curl -sS -m 20 -u joe:secret --login-options AUTH=+APOP "pop3://127.0.0.1:$PORT/1"
  ((status == 67)) || fail "APOP: $status"
}
