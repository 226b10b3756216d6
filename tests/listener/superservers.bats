#!/usr/bin/env bats
# bats file_tags=once
# The chain works under every kind of super-server, even under careless ones.

bats_require_minimum_version 1.5.0
load ../helpers/common
load ../helpers/chain
load ../helpers/stubs

setup() {
  make_account
  deliver_one
}

# The whole chain by absolute paths, for configuration files.
PATHS=("$BIN/popup" -w 0 test.host "$BIN/checkpw" -f "$USERS"
  "$BIN/maildir-pop3d" -a Maildir)

# serves SERVER...: listens on $PORT, refuses a login and runs a whole session.
serves() {
  background "$@" 2>>"$LOG"
  wait_until port_answers
  run transcript 'USER joe\r\nPASS wrong\r\nQUIT\r\n'
  [[ ${lines[0]} == +OK* && ${lines[1]} == +OK* ]] || fail "$output"
  [[ ${lines[2]} == '-ERR [AUTH]'* && ${lines[3]} == +OK* ]] || fail "$output"
  ((${#lines[@]} == 4)) || fail "more than replies: $output"
  check_session "$(transcript "$WHOLE_SESSION")" "$NAME" "$BODY_SIZE"
  is_empty
}

@test "the chain works under tcpserver" {
  pick_port
  serves tcpserver -v -R -H -l0 127.0.0.1 "$PORT" "${CHAIN[@]}"
  logged 'event=login result=ok user=joe mech=PASS ip=127\.0\.0\.1 port=[0-9]'
}

@test "the chain works under tcpsvd" {
  pick_port
  serves tcpsvd -v -l0 127.0.0.1 "$PORT" "${CHAIN[@]}"
  logged 'event=login result=ok user=joe mech=PASS ip=127\.0\.0\.1 port=[0-9]'
}

@test "the chain works under tcpserver with softlimit's limits" {
  pick_port
  if sanitized; then skip 'this build: the sanitizers need address space'; fi
  # shellcheck disable=SC2016  # for the inner shell
  serves bash -c 'ulimit -d 8000 -s 1000 -n 20; exec "$@"' - \
    tcpserver -R -H -l0 127.0.0.1 "$PORT" "${CHAIN[@]}"
}

# chain_within BYTES RESOURCE...: prints the replies under these limits of prlimit.
chain_within() {
  local limit=$1
  shift
  if ldd "$BIN/checkpw" >/dev/null 2>&1; then limit=$((limit + 2500000)); fi
  over_pipe 'USER joe\r\nPASS sesame\r\nSTAT\r\nQUIT\r\n' \
    prlimit "${@/%/=$limit}" "${CHAIN[@]}" || true
}

@test "every hash works within popup(8)'s limits, not far below" {
  if sanitized; then skip 'this build: the sanitizers need address space'; fi
  local methods address data method tried=0
  while IFS=/ read -r methods address data; do
    for method in ${methods//,/ }; do
      printf 'joe:%s:%s:%s::%s::\n' "$(checkpw-hash -m "$method" <<<sesame)" \
        "$MAIL_UID" "$MAIL_GID" "$HOME_DIR" >"$USERS"
      chain_within "$address" --as --data >"$T/said"
      grep -q '^+OK 1 ' "$T/said" || fail "$method, -m $address: $(cat "$T/said")"
      chain_within "$data" --data >"$T/said"
      grep -q '^+OK 1 ' "$T/said" || fail "$method, -d $data: $(cat "$T/said")"
      ((++tried))
      if ((address < 10000000)); then continue; fi
      chain_within $((address - 5000000)) --as >"$T/said"
      grep -q '^-ERR \[SYS/TEMP\]' "$T/said" || fail "$method: $(cat "$T/said")"
    done
  done < <(sed -n 's,^\.It \(.*\) Ta \([0-9]*\) Ta \([0-9]*\)$,\1/\2/\3,p' \
    "$BATS_TEST_DIRNAME/../../doc/popup.8")
  ((tried == 8)) || fail "$tried methods in the page"
}

@test "the chain works under xinetd" {
  local server
  server=$(find_server xinetd xinetd) ||
    skip 'no xinetd, and it cannot be unpacked'
  pick_port
  cat >"$T/xinetd.conf" <<EOF
service pop3test
{
    type        = UNLISTED
    socket_type = stream
    protocol    = tcp
    bind        = 127.0.0.1
    port        = $PORT
    wait        = no
    user        = $(id -un)
    instances   = 50
    cps         = 1000 1
    server      = ${PATHS[0]}
    server_args = ${PATHS[*]:1}
}
EOF
  serves "$server" -dontfork -f "$T/xinetd.conf" -filelog "$T/xinetd.log" \
    -pidfile "$T/xinetd.pid"
}

@test "the chain works under inetd" {
  needs_root "inetd"
  local server
  server=$(find_server openbsd-inetd inetd) ||
    skip 'no inetd, and openbsd-inetd cannot be unpacked'
  pick_port
  printf '127.0.0.1:%s stream tcp nowait.1000 root %s %s\n' \
    "$PORT" "${PATHS[0]}" "${PATHS[*]}" >"$T/inetd.conf"
  serves "$server" -E -i "$T/inetd.conf"
}

@test "the chain works under systemd-socket-activate" {
  command -v systemd-socket-activate >/dev/null ||
    skip "no systemd-socket-activate"
  pick_port
  serves systemd-socket-activate -l "127.0.0.1:$PORT" --accept --inetd \
    -E PATH "${PATHS[@]}"
}

@test "popup(8)'s systemd units leave no failed unit behind" {
  command -v systemd-analyze >/dev/null || skip 'no systemd-analyze'
  local units
  units=$(example 'Accept=yes')
  # The page shows both files as one.
  sed -n '/^# pop3.socket/,/^# pop3@/p' <<<"$units" >"$T/pop3.socket"
  sed -n '/^# pop3@/,$p' <<<"$units" | sed "s|=-popup |=-$BIN/popup |" >"$T/pop3@.service"
  run systemd-analyze verify "$T/pop3.socket" "$T/pop3@.service"
  [[ $status == 0 && $output != *"$T"* ]] || fail "$output"
  grep -qx 'CollectMode=inactive-or-failed' "$T/pop3@.service"
  grep -q "^ExecStart=-$BIN/popup " "$T/pop3@.service"
}

@test "the chain works under socat, on a pair of pipes" {
  pick_port
  serves socat "TCP-LISTEN:$PORT,bind=127.0.0.1,fork,reuseaddr" \
    EXEC:"${CHAIN[*]}",pipes
}

@test "the chain works under socat, on a socket pair" {
  pick_port
  serves socat "TCP-LISTEN:$PORT,bind=127.0.0.1,fork,reuseaddr" \
    EXEC:"${CHAIN[*]}"
}

@test "the chain works on a bare pair of pipes" {
  check_session "$(over_pipe "$WHOLE_SESSION" "${CHAIN[@]}")" \
    "$NAME" "$BODY_SIZE"
  is_empty
  logged 'event=login result=ok user=joe mech=PASS ip=- '
}

# --- careless ones ---------------------------------------------------------------

@test "the chain works with every signal blocked" {
  pick_port
  serves tcpserver -R -H -l0 127.0.0.1 "$PORT" nasty blocked -- "${CHAIN[@]}"
}

@test "the chain works with every signal ignored" {
  pick_port
  serves tcpserver -R -H -l0 127.0.0.1 "$PORT" nasty ignored -- "${CHAIN[@]}"
}

@test "the chain works on non-blocking descriptors" {
  pick_port
  serves tcpserver -R -H -l0 127.0.0.1 "$PORT" nasty nonblock -- "${CHAIN[@]}"
}

@test "the chain works on non-blocking descriptors, byte by byte" {
  serve nasty nonblock -- "${CHAIN[@]}"
  check_session "$(printf '%b' "$WHOLE_SESSION" | talk --dribble "$PORT")" \
    "$NAME" "$BODY_SIZE"
}

@test "non-blocking descriptors: a slow reader gets everything" {
  head -c 8000000 /dev/zero | tr '\0' x | fold -w 70 >"$T/long"
  deliver "$MAIL/cur" 1600000000.M9P1.test:2,S <"$T/long"
  serve nasty nonblock -- "${CHAIN[@]}"
  connect
  send 'USER joe\r\nPASS secret\r\nRETR 1\r\nQUIT'
  expect '+OK*'
  expect '+OK*'
  expect '+OK*'
  expect '+OK*'
  # The connection's buffers fill up before anything more is read.
  sleep 0.3
  timeout 20 cat <&"$SOCKET" >"$T/rest"
  tr -d '\r' <"$T/rest" | head -n -2 >"$T/got"
  cmp "$T/got" <(cat "$T/long"; echo)
  [[ $(tail -n 2 "$T/rest" | head -n 1) == $'.\r' ]]
  [[ $(tail -n 1 "$T/rest") == +OK* ]]
}

@test "the chain works with descriptor 2 closed" {
  pick_port
  serves tcpserver -R -H -l0 127.0.0.1 "$PORT" nasty closed -- "${CHAIN[@]}"
}

@test "the chain works under a super-server with all faults" {
  pick_port
  serves tcpserver -R -H -l0 127.0.0.1 "$PORT" nasty -- "${CHAIN[@]}"
}

@test "a host name from the super-server is not used as an address" {
  serve env -u TCPREMOTEPORT TCPREMOTEIP=mallory.example TCP6REMOTEIP=nobody \
    REMOTE_ADDR='' REMOTE_HOST=client.example popup -n 1 -w 0 mx "${SHOW[@]}"
  transcript 'USER joe\r\nPASS x\r\n' >/dev/null
  logged 'event=login result=denied .* ip=127\.0\.0\.1 port=[0-9]* '
  in_environment 'TCPREMOTEIP=127\.0\.0\.1$'
  in_environment 'TCPREMOTEPORT=[0-9]*$'
}

@test "an IPv4-mapped address is logged as IPv4" {
  # xinetd names a client of an IPv6 socket like this.
  serve env -u TCPREMOTEIP -u TCPREMOTEPORT REMOTE_HOST=::ffff:127.0.0.1 \
    popup -n 1 -w 0 mx sh -c 'exit 1'
  transcript 'USER joe\r\nPASS x\r\n' >/dev/null
  logged 'event=login result=denied .* ip=127\.0\.0\.1 port=[0-9]'
}

@test "a missing port is the socket's, if the address is the peer's" {
  # xinetd names a client like this.
  serve env -u TCPREMOTEIP -u TCPREMOTEPORT REMOTE_HOST=127.0.0.1 \
    popup -n 1 -w 0 mx "${SHOW[@]}"
  transcript 'USER joe\r\nPASS x\r\n' >/dev/null
  logged 'event=login result=denied .* ip=127\.0\.0\.1 port=[0-9]'
  in_environment 'TCPREMOTEIP=127\.0\.0\.1$'
  in_environment 'TCPREMOTEPORT=[0-9]*$'
  stop_servers
  : >"$LOG"
  serve env -u TCPREMOTEIP -u TCPREMOTEPORT REMOTE_HOST=192.0.2.7 \
    popup -n 1 -w 0 mx "${SHOW[@]}"
  transcript 'USER joe\r\nPASS x\r\n' >/dev/null
  logged 'event=login result=denied .* ip=192\.0\.2\.7 port=- '
}

@test "the chain works with descriptor 2 being the client" {
  pick_port
  # shellcheck disable=SC2016  # for the inner shell
  serves tcpserver -R -H -l0 127.0.0.1 "$PORT" bash -c 'exec "$@" 2>&1' - \
    "${CHAIN[@]}"
}

@test "the deadline holds with every signal blocked and ignored" {
  serve nasty blocked ignored -- popup -L 1 test.host true
  connect
  expect '+OK*'
  local before=${EPOCHREALTIME/./}
  expect '-ERR*'
  expect_end
  ((${EPOCHREALTIME/./} - before < 5000000))
}

@test "a checker's end is noticed with SIGCHLD ignored" {
  serve nasty ignored -- popup -w 0 test.host sh -c 'exit 1'
  run transcript 'USER joe\r\nPASS secret\r\nQUIT\r\n'
  [[ ${lines[2]} == '-ERR [AUTH]'* && ${lines[3]} == +OK* ]] || fail "$output"
}

@test "a checker finds no signal blocked or ignored" {
  # A foreign program does not inherit what the chain ignores for itself.
  # shellcheck disable=SC2016  # for the inner shell
  serve nasty blocked ignored -- popup -w 0 test.host \
    grep -E '^Sig(Blk|Ign)' /proc/self/status
  run transcript 'USER joe\r\nPASS secret\r\n'
  [[ ${lines[2]} == $'SigBlk:\t0000000000000000'* ]] || fail "$output"
  # The signals that popup needs, and SIGPIPE, have the default disposition.
  local ignored=$((16#$(grep -o '[0-9a-f]*$' <<<"${lines[3]}"))) number
  for number in 1 2 3 13 14 15 17; do
    ((!(ignored >> (number - 1) & 1))) || fail "signal $number is ignored"
  done
}

# systemd starts services with a socket on 1 and 2 that is not a client's.
@test "a listener and its chain log to a socket on 1 and 2" {
  pick_port
  serves journal "$LOG" popup -D -l "127.0.0.1:$PORT" "${CHAIN[@]:1}"
  logged '^maildir-pop3d: .*event=close reason=quit'
  logged '^popup: event=listen'
  logged '^checkpw: .*event=refuse cause=password'
}

@test "a listener's failed start is logged to a socket on 1 and 2" {
  run -111 journal "$LOG" popup -D -l 192.0.2.55:110 "${CHAIN[@]:1}"
  logged '^popup: fatal: unable to listen on 192.0.2.55:110'
}

# complains_to_syslog WORDS COMMAND...: with the client on 0, 1 and 2, as under
# inetd, syslog gets these words, and the client does not.
complains_to_syslog() {
  local words=$1
  shift
  pick_port
  : >"$SYSLOG"
  background tcpserver -R -H -l0 127.0.0.1 "$PORT" bash -c 'exec "$@" 2>&1' - \
    "${MACHINE[@]}" "$@"
  wait_until port_answers
  transcript '' >"$T/said"
  wait_until grep -q "$words" "$SYSLOG"
  ! grep -E 'fatal|usage' "$T/said" || fail "the client was told"
}

@test "under inetd start errors go to syslog, not to the client" {
  load ../helpers/seeds
  make_machine
  complains_to_syslog 'popup: fatal: .*nosuch' popup --nosuch mx checkpw true
  complains_to_syslog 'popup: fatal: unable to open.*trace' popup --trace /nonexistent/trace mx checkpw true
  complains_to_syslog 'checkpw: fatal: unknown option: --nosuch' checkpw --nosuch true
  complains_to_syslog 'maildir-pop3d: fatal: .*nosuch' maildir-pop3d --nosuch
}

# example PATTERN: prints that example of popup(8), with the programs' folder
# changed.
example() {
  page-examples one "$BATS_TEST_DIRNAME/../../doc/popup.8" "$1" |
    sed "s|/usr/local/bin|$BIN|g"
}

# loses_no_line SERVER...: runs on $PORT of the machine. syslog gets a refused
# login and a session of joe's; the client gets only replies.
loses_no_line() {
  background "${MACHINE[@]}" "$@"
  wait_until port_answers
  transcript 'USER joe\r\nPASS wrong\r\nUSER joe\r\nPASS secret\r\nQUIT\r\n' >said
  (! grep -vE '^(\+OK|-ERR)' said)
  syslogged 'popup\[.*event=login result=denied'
  syslogged 'popup\[.*event=login result=ok user=joe'
  syslogged 'checkpw\[.*event=refuse cause=password user=joe'
  syslogged 'maildir-pop3d\[.*event=close reason=quit user=joe'
}

@test "popup(8)'s line for inetd loses no line of the log" {
  load ../helpers/seeds
  local server
  server=$(find_server openbsd-inetd inetd) ||
    skip 'no inetd, and openbsd-inetd cannot be unpacked'
  make_machine
  cd "$T"
  pick_port
  example '^pop3.stream' | tr -s '\n ' ' ' |
    sed "s|^pop3 |127.0.0.1:$PORT |; s|\$|\n|" >inetd.conf
  grep -q ' popup mx.example.org .* -a Maildir' inetd.conf
  loses_no_line "$server" -E -i "$T/inetd.conf"
}

@test "popup(8)'s lines for xinetd lose no line of the log" {
  load ../helpers/seeds
  local server
  server=$(find_server xinetd xinetd) ||
    skip 'no xinetd, and it cannot be unpacked'
  make_machine
  cd "$T"
  pick_port
  example '^service.pop3' | sed -z 's|checkpw\n *|checkpw |' |
    sed "s|^{|&\n    type = UNLISTED\n    bind = 127.0.0.1\n    port = $PORT|" >xinetd.conf
  grep -q 'server_args *= mx.example.org .* -a Maildir' xinetd.conf
  loses_no_line "$server" -dontfork -f "$T/xinetd.conf" \
    -filelog "$T/xinetd.log" -pidfile "$T/xinetd.pid"
}

@test "popup --syslog: the whole chain logs to syslog" {
  load ../helpers/seeds
  make_machine
  cd "$T"
  pick_port
  loses_no_line tcpserver -R -H -l0 127.0.0.1 "$PORT" popup -w 0 --syslog \
    test.host checkpw maildir-pop3d -a Maildir 2>>"$LOG"
  (! grep event= "$LOG")
  # A program that cannot start logs to syslog, too.
  pick_port
  background "${MACHINE[@]}" tcpserver -R -H -l0 127.0.0.1 "$PORT" \
    popup -w 0 --syslog test.host checkpw maildir-pop3d --nosuch 2>>"$LOG"
  wait_until port_answers
  transcript 'USER joe\r\nPASS secret\r\n' | grep -q 'SYS/TEMP'
  syslogged 'maildir-pop3d: fatal: .*nosuch'
}

@test "an inherited POPUP_SYSLOG is ignored" {
  serve env POPUP_SYSLOG=1 "${CHAIN[@]}"
  transcript "$WHOLE_SESSION" >/dev/null
  logged '^maildir-pop3d: .*event=close'
  POPUP_SYSLOG=1 run popup --nosuch
  [[ $output == 'popup: fatal: '* ]]
}
