#!/usr/bin/env bats
# bats file_tags=once
# make demo serves a mailbox on any machine and in any folder, and leaves nothing
# running when it ends.

bats_require_minimum_version 1.5.0

setup() {
  load ../helpers/common
  load ../helpers/checkpw
}

# in_use DIR: processes that run in it, or run its programs.
in_use() {
  find /proc/[0-9]*/{cwd,exe} -lname "$1/*" 2>/dev/null
}

nothing_runs() { [[ -z $(in_use "$T") ]]; }

# ends PID SIGNAL: the signal ends it and all that it has started.
ends() {
  kill "-$2" "$1"
  wait "$1" || true
  SERVERS=()
  wait_until nothing_runs
}

@test "demo: serves its mailbox to curl, leaves nothing running" {
  cp -r "$BIN" "$T/bin"
  background env --default-signal=INT "$BATS_TEST_DIRNAME/../demo/run" "$T" >"$T/out" 2>"$LOG"
  demo=${SERVERS[-1]}
  wait_until told_port
  wait_until curl -sf -u demo:demo "pop3://127.0.0.1:$port/" -o "$T/list"
  grep -q '^6 ' "$T/list"
  curl -sf -u demo:demo "pop3://127.0.0.1:$port/1" | tr -d '\r' |
    cmp - "$BATS_TEST_DIRNAME/../demo/messages/1-welcome"
  run ! nothing_runs
  ends "$demo" INT
  run ! curl -s -u demo:demo "pop3://127.0.0.1:$port/"
}
# told_port: sets port to that of the command that the demo suggests.
told_port() {
  port=$(sed -n 's|^  curl -u demo:demo pop3://127.0.0.1:\([0-9]*\)/1$|\1|p' "$T/out")
  [[ $port ]]
}

@test "demo: a taken port is named, and another one serves" {
  # If this cannot listen on the port, another program has taken it already.
  background tcpserver -R -H -l0 127.0.0.1 1110 true 2>"$T/tcpserver"
  wait_until eval ': <>/dev/tcp/127.0.0.1/1110'
  cp -r "$BIN" "$T/bin"
  background "$BATS_TEST_DIRNAME/../demo/run" "$T" >"$T/out" 2>"$LOG"
  wait_until told_port
  grep -qx 'port 1110 is taken, trying the next' "$LOG"
  ((port > 1110 && port < 1120))
  wait_until curl -sf -u demo:demo "pop3://127.0.0.1:$port/" -o "$T/list"
  grep -q '^6 ' "$T/list"
}

@test "make demo PORT=: a taken or invalid port ends it at once" {
  local word
  serve true
  copy_project "$T/clone"
  printf '#!/bin/sh\necho work begins\nexit 1\n' >"$T/clone/tests/setup"
  # shellcheck disable=SC2153  # serve sets PORT
  run ! make -C "$T/clone" demo PORT="$PORT"
  [[ $output == *"port $PORT is taken: make demo PORT=... takes another"* ]] || fail "$output"
  [[ $output != *'work begins'* ]]
  run ! make -C "$T/clone" demo PORT="$(free-port)"
  [[ $output == *'work begins'* ]] || fail "$output"
  for word in 0 65536 x '1 2'; do
    run ! "$BATS_TEST_DIRNAME/../demo/run" "$T" "$word"
    [[ $output == *"no port: $word"* ]] || fail "$output"
  done
}

@test "demo: ends with make's terminal" {
  local port
  port=$(free-port)
  cp -r "$BIN" "$T/bin"
  printf '.PHONY: demo\ndemo:\n\t@exec %s %s %s\n' "$BATS_TEST_DIRNAME/../demo/run" "$T" "$port" >"$T/Makefile"
  mkfifo "$T/keys"
  # script runs make on a new terminal, as the leader of its session.  When
  # script is killed the terminal is gone.
  background sh -c "exec script --quiet --command 'exec make -f $T/Makefile' /dev/null <>$T/keys" \
    >"$T/out" 2>"$LOG"
  wait_until curl -sf -u demo:demo "pop3://127.0.0.1:$port/" -o "$T/list"
  ends "${SERVERS[-1]}" KILL
}

@test "demo: works with a strict umask in a private folder" {
  local port
  port=$(free-port)
  (
    umask 077
    mkdir "$T/private"
    cp -r --no-preserve=mode "$BIN" "$T/private/bin"
    chmod 700 "$T"/private/bin/*
  )
  umask 077
  background "$BATS_TEST_DIRNAME/../demo/run" "$T/private" "$port" >"$T/out" 2>"$LOG"
  demo=${SERVERS[-1]}
  wait_until curl -sf -u demo:demo "pop3://127.0.0.1:$port/1" -o "$T/one"
  tr -d '\r' <"$T/one" | cmp - "$BATS_TEST_DIRNAME/../demo/messages/1-welcome"
  connect "$port"
  send 'USER demo\r\nPASS demo'
  expect '+OK*'
  expect '+OK*'
  expect '+OK 6 messages*'
  ends "$demo" TERM # and the session with it
  expect_end
}

@test "demo: without crypt(3) its secret is a plain one" {
  local port
  port=$(free-port)
  without_any_crypt
  mkdir "$T/bin"
  cp "$(command -v popup)" "$(command -v checkpw)" "$(command -v checkpw-hash)" \
    "$(command -v maildir-pop3d)" "$T/bin"
  background "$BATS_TEST_DIRNAME/../demo/run" "$T" "$port" >"$T/out" 2>"$LOG"
  wait_until curl -sf -u demo:demo "pop3://127.0.0.1:$port/1" -o "$T/one"
  tr -d '\r' <"$T/one" | cmp - "$BATS_TEST_DIRNAME/../demo/messages/1-welcome"
  grep -q '^demo:{PLAIN}demo:' "$T/demo/users"
  run ! curl -s -u demo:wrong "pop3://127.0.0.1:$port/"
  ends "${SERVERS[-1]}" TERM
}
