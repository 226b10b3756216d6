#!/usr/bin/env bats
# bats file_tags=once
# Many hosts: on one shared tree, and with the users spread over them.

bats_require_minimum_version 1.5.0
load ../helpers/common

SCALE=$BATS_TEST_DIRNAME

needs_hosts() {
  needs_root 'namespaces'
  unshare --net --mount --pid --fork ip link add v0 type veth peer name v1 2>/dev/null ||
    skip 'this machine: no network namespaces with veth'
}

# keeps_promises COMMAND...
keeps_promises() {
  "$@" --build "$BIN/.." >"$T/said" 2>&1 || fail "$(cat "$T/said")"
  grep -qx 'every promise was kept' "$T/said" || fail "$(cat "$T/said")"
}

@test "two hosts on one file system, one killed: no mail lost" {
  needs_hosts
  keeps_promises "$SCALE/shared" --seconds 12 --clients 8 --rate 10
  if grep -q '^shared file system: none' "$T/said"; then
    echo "# not shown: $(head -n 1 "$T/said")" >&3
  fi
}

@test "two hosts on one local tree, one killed: no mail lost" {
  needs_hosts
  keeps_promises "$SCALE/shared" --fs bind --seconds 12 --clients 8 --rate 10
}

@test "nginx spreads users over two hosts, which log real clients" {
  needs_hosts
  keeps_promises "$SCALE/spread" --seconds 3 --users 10
}

@test "auth-http: unknown logins go to the default, errors are 500" {
  local reply
  printf '+3,9:joe->192.0.2.7\n\n' | cdb -c "$T/hosts.cdb"
  PORT=$(free-port)
  background "$SCALE/auth-http" "$PORT" "$T/hosts.cdb" 192.0.2.9 2>"$T/error"
  wait_until curl -s -o /dev/null "127.0.0.1:$PORT"
  for reply in 'joe 192.0.2.7' 'j%6fe 192.0.2.7' 'joe2 192.0.2.9' ' 192.0.2.9' \
    '-q 192.0.2.9' '%00 192.0.2.9' "$(printf '%0300d' 0) 192.0.2.9"; do
    curl -s -D "$T/headers" -H "Auth-User: ${reply% *}" "127.0.0.1:$PORT"
    grep -q "^Auth-Server: ${reply#* }"$'\r$' "$T/headers" || fail "$reply: $(cat "$T/headers")"
  done
  : >"$T/hosts.cdb"
  [[ $(curl -s -o /dev/null -w '%{http_code}' -H 'Auth-User: joe' "127.0.0.1:$PORT") == 500 ]]
  run -1 "$SCALE/auth-http" x
}

@test "figures: hashes and the file operations of a poll" {
  needs_root 'logins become another user'
  needs_strace
  "$SCALE/figures" --tries 1 --build "$BIN/.." >"$T/said"
  grep -q '^| yescrypt | [0-9.]* | ' "$T/said" || fail "$(cat "$T/said")"
  grep -q '^| unchanged | .* | 0 | ' "$T/said" || fail "$(cat "$T/said")"
}

@test "shared: Ctrl-C, a hang-up or SIGTERM leaves nothing behind" {
  needs_hosts
  local place signal status
  place=$(mktemp -d) # where the owner of the mail can go, unlike $T
  chmod 755 "$place"
  for signal in INT HUP TERM; do
    TMPDIR=$place setsid "$SCALE/shared" --fs bind --build "$BIN/.." >"$T/$signal" 2>&1 &
    wait_until grep -q 'clock is the machine' "$T/$signal"
    kill -s "$signal" -- "-$!"
    status=0
    wait "$!" || status=$?
    ((status == 128 + $(kill -l "$signal"))) || fail "$signal: $status"
    [[ -z $(ls "$place") ]] || fail "$signal: $(ls "$place")"
    ! grep -q Traceback "$T/$signal" || fail "$(cat "$T/$signal")"
  done
  rmdir "$place"
}

@test "scale: says which program is missing" {
  needs_root 'namespaces'
  run -1 "$SCALE/spread" --build "$T"
  [[ $output == "$T/bin: no popup, checkpw, checkpw-mkdb, maildir-pop3d (make, or --build DIR)" ]]
}

@test "shared, spread and figures refuse bad options" {
  local options
  for options in --seconds '--seconds x' '--seconds 5' '--clients 1' '--rate -1' '--fs nfs' extra; do
    # shellcheck disable=SC2086  # words
    run -2 "$SCALE/shared" $options
  done
  for options in --seconds '--seconds nan' '--users 2' '--users 1000' extra; do
    # shellcheck disable=SC2086
    run -2 "$SCALE/spread" $options
  done
  run -2 "$SCALE/figures" --tries 0
}
