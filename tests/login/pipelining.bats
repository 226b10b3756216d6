#!/usr/bin/env bats
# Commands sent together with the login reach the server.
load ../helpers/common

SESSION='USER joe\r\nPASS secret\r\nSTAT\r\nRETR 1\r\nQUIT\r\n'
ANSWERS=$'+OK now PASS\r\n+OK in\r\n+OK STAT\r\n+OK RETR 1\r\n+OK QUIT\r'

@test "a whole session in one segment is answered in order" {
  serve popup mx stub-joe stub-session
  run transcript "$SESSION"
  [ "${output#*$'\n'}" = "$ANSWERS" ]
}

@test "a whole session over a pair of pipes is answered in order" {
  run over_pipe "$SESSION" popup mx stub-joe stub-session
  [ "${output#*$'\n'}" = "$ANSWERS" ]
}

@test "a whole session octet by octet is answered in order" {
  dribble() {
    local bytes i
    bytes=$(printf '%b.' "$SESSION")
    for ((i = 0; i < ${#bytes} - 1; i++)); do
      printf '%s' "${bytes:i:1}"
      sleep 0.01
    done
  }
  output=$(dribble | timeout 20 popup mx stub-joe stub-session 2>>"$LOG")
  [ "${output#*$'\n'}" = "$ANSWERS" ]
}

@test "commands pipelined after AUTH or a refusal are answered" {
  run over_pipe "USER joe\r\nPASS no\r\n$SESSION" popup -w 0 mx stub-joe stub-session
  [[ $output == *$'-ERR [AUTH] wrong name or password\r\n'"$ANSWERS" ]]
  run over_pipe "AUTH PLAIN\r\n$(printf '\0joe\0secret' | base64)\r\nSTAT\r\nQUIT\r\n" \
    popup mx stub-joe stub-session
  [[ $output == *$'+OK in\r\n+OK STAT\r\n+OK QUIT\r' ]]
}

@test "tcpsvd: a pipelined session works, its address is logged" {
  if [ -z "$(type -p tcpsvd)" ]; then skip 'no tcpsvd'; fi
  PORT=$(free-port)
  background tcpsvd -E -l0 127.0.0.1 "$PORT" popup mx stub-joe stub-session 2>>"$LOG"
  wait_until connect
  hang_up
  run transcript "$SESSION"
  [ "${output#*$'\n'}" = "$ANSWERS" ]
  logged 'result=ok user=joe mech=PASS ip=127\.0\.0\.1 port=[0-9]'
}
