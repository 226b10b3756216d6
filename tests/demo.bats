#!/usr/bin/env bats
# make demo, as a visitor runs it.

bats_require_minimum_version 1.5.0

setup() { load helpers/common; }

@test "the demo serves its mailbox to curl and leaves nothing running" {
  cp -r "$BIN" "$T/bin"
  background "$BATS_TEST_DIRNAME/demo/run" "$T" >"$T/out" 2>"$LOG"
  demo=${SERVERS[-1]}
  wait_until curl -sf -u demo:demo pop3://127.0.0.1:1110/ -o "$T/list"
  grep -q '^6 ' "$T/list"
  curl -sf -u demo:demo pop3://127.0.0.1:1110/1 | tr -d '\r' |
    cmp - "$BATS_TEST_DIRNAME/demo/messages/1-welcome"
  grep -q 'curl -u demo:demo pop3://127.0.0.1:1110/1' "$T/out"
  kill -INT "$demo" 2>/dev/null || kill "$demo"
  wait "$demo" || true
  SERVERS=()
  run ! curl -s -u demo:demo pop3://127.0.0.1:1110/
  run ! pgrep -f "$T/bin"
}
