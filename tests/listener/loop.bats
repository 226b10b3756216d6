#!/usr/bin/env bats
# popup -D serves all connections in one loop: none waits for another one, and
# none sees anything of another one.

# shellcheck disable=SC2030,SC2031,SC2034,SC2153,SC2154  # each test's own
bats_require_minimum_version 1.5.0
load ../helpers/common
load ../helpers/chain
load ../helpers/listener
load ../helpers/stubs
load ../helpers/witness

# of IP: prints a PROXY header with this client address.
of() { printf '%s' "PROXY TCP4 $1 198.51.100.1 4711 110\\r\\n"; }

# make_gate: writes the checker $T/gate. It adds each login to $T/asked, then lets
# joe in with the password secret, and hangs for anybody else until his client
# leaves.
make_gate() {
  # shellcheck disable=SC2016  # for the script
  write_script gate 'mapfile -d "" -t -u 3 field' 'exec 3<&-' \
    "echo \"\${field[0]}\" >>'$T/asked'" \
    '[[ ${field[0]} == joe ]] || exec cat >/dev/null' \
    '[[ ${field[1]} == secret ]] || exit 1' 'exec "$@"'
  : >"$T/asked"
}
# ask LOGIN [BYTES]: sends BYTES, then the password of LOGIN. The connection is
# $SOCKET, and ${OF[LOGIN]}.
declare -gA OF
ask() {
  connect
  OF[$1]=$SOCKET
  printf '%b' "${2:-}USER $1\r\nPASS secret\r\n" >&"$SOCKET"
  expect '+OK*'
  expect '+OK*'
}
# leave LOGIN: hangs up.
leave() {
  local fd=${OF[$1]}
  exec {fd}>&-
}
# were_asked LOGIN...: checkers were started for these logins, in this order.
were_asked() {
  [[ $(tr '\n' ' ' <"$T/asked") == "$* " ]]
}
has_this_many_children() {
  (($(children "$LISTENER" | wc -l) == $1))
}

# --- Nobody waits for others -----------------------------------------------------

@test "a login is answered beside a thousand slow connections" {
  local count=1000
  if sanitized; then count=100; fi
  make_gate
  SUBPROGRAM=("$T/gate" stub-session)
  listen -l 127.0.0.1:0 -P -L 600 -c 1100 -C 1100 --min-delay 0 --checkers 1000 \
    -b 1000
  run -0 --separate-stderr crowd "$PORT" "$count"
  echo "# $stderr" >&3
  ((output == count)) || fail "$output of $count are still connected"
}

@test "a login is answered while the log has no reader" {
  local pipe port
  SUBPROGRAM=(stub-joe stub-session)
  mkfifo "$T/pipe"
  exec {pipe}<>"$T/pipe"
  PORT=$(free-port)
  background popup -D -w 0 -l "127.0.0.1:$PORT" test.host "${SUBPROGRAM[@]}" \
    2>&"$pipe"
  LISTENER=${SERVERS[-1]}
  IFS= read -r -t "$PATIENCE" line <&"$pipe"
  [[ $line == *event=listen* ]] || fail "$line"
  dd if=/dev/zero of="$T/pipe" oflag=nonblock bs=1 count=2000000 2>/dev/null || true
  local i
  for i in 1 2 3 4 5; do
    log_in secret '+OK in'
    send QUIT
    expect '+OK QUIT'
    expect_end
    hang_up
    wait_until has_no_children "$LISTENER"
  done
  # The lines of all five logins wait for a reader.
  dd if="$T/pipe" iflag=nonblock of=/dev/null bs=65536 2>/dev/null || true
  for i in 1 2 3 4 5; do
    IFS= read -r -t "$PATIENCE" line <&"$pipe"
    [[ $line == 'popup: sid='*" event=login result=ok user=joe "* ]] || fail "$line"
    IFS= read -r -t "$PATIENCE" line <&"$pipe"
    [[ $line == 'popup: event=close '* ]] || fail "$line"
  done
}

@test "popup -D has one child for each connection" {
  SUBPROGRAM=(stub-joe stub-session)
  listen -l 127.0.0.1:0
  connect
  expect '+OK*'
  has_this_many_children 1
  hang_up
  wait_until has_no_children "$LISTENER"
  log_in secret '+OK in'
  logged 'event=login result=ok '
  child_of "$LISTENER"
  has_no_children "$CHILD"
  log_in secret '+OK in'
  wait_until has_this_many_children 2
}

# --- The end of the loop -----------------------------------------------------------

@test "after a SIGKILL sessions go on, and a new popup -D listens" {
  local session dialogue
  SUBPROGRAM=(stub-joe stub-session)
  listen -l 127.0.0.1:0
  log_in secret '+OK in'
  session=$SOCKET
  logged 'event=login result=ok '
  connect
  expect '+OK*'
  dialogue=$SOCKET
  kill -KILL "$LISTENER"
  SOCKET=$dialogue expect_end
  : >"$LOG"
  listen -l "127.0.0.1:$PORT" -c 1 -C 1 --per-user 1
  log_in secret '+OK in'
  logged 'event=open .* sessions=1/1 source=1/1$'
  send QUIT
  expect '+OK QUIT'
  SOCKET=$session
  send NOOP
  expect '+OK NOOP'
  send QUIT
  expect '+OK QUIT'
  expect_end
}

# --- --checkers ----------------------------------------------------------------------

@test "--checkers: logins without a place wait in order" {
  make_gate
  SUBPROGRAM=("$T/gate" stub-session)
  listen -l 127.0.0.1:0 --checkers 2
  ask one
  wait_until were_asked one
  ask two
  wait_until were_asked one two
  ask three
  wait_until has_this_many_children 2
  ask four
  wait_until has_this_many_children 2
  pause 0.7
  were_asked one two
  leave two
  wait_until were_asked one two three
  pause 0.3
  were_asked one two three
  leave one
  wait_until were_asked one two three four
}

@test "--checkers: a session holds no place" {
  make_gate
  SUBPROGRAM=("$T/gate" stub-session)
  listen -l 127.0.0.1:0 --checkers 1
  log_in secret '+OK in'
  log_in secret '+OK in'
  log_in wrong '-ERR \[AUTH\]*'
  log_in secret '+OK in'
}

@test "--checkers: a source without a checker goes first" {
  make_gate
  SUBPROGRAM=("$T/gate" stub-session)
  listen -l 127.0.0.1:0 -P --checkers 2
  ask one "$(of 192.0.2.1)"
  wait_until were_asked one
  ask two "$(of 192.0.2.1)"
  wait_until were_asked one two
  ask three "$(of 192.0.2.1)"
  wait_until has_this_many_children 2
  ask four "$(of 192.0.2.2)"
  wait_until has_this_many_children 2
  leave one
  wait_until were_asked one two four
  leave four
  wait_until were_asked one two four three
}

@test "--checkers: still waiting at -L is a temporary error" {
  local waiting
  make_gate
  SUBPROGRAM=("$T/gate" stub-session)
  listen -l 127.0.0.1:0 --checkers 1 -L 6
  connect
  expect '+OK*'
  send 'USER joe'
  expect '+OK*'
  waiting=$SOCKET
  sleep 3
  ask one
  wait_until were_asked one
  SOCKET=$waiting
  send 'PASS secret'
  expect '-ERR \[SYS/TEMP\]*'
  expect_end
  were_asked one
  logged 'event=login result=temporary mech=PASS ip=127.0.0.1 .* cause=checkers$'
  logged 'event=close .* status=111 '
}

@test "--checkers: a client that has left gets no checker" {
  make_gate
  SUBPROGRAM=("$T/gate" stub-session)
  listen -l 127.0.0.1:0 --checkers 1
  ask one
  wait_until were_asked one
  connect
  printf 'USER two\r\nPASS secret\r\n' >&"$SOCKET"
  logged 'event=open .* sessions=2/500 *'
  wait_until has_this_many_children 1
  pause 0.3
  # The client closes without reading everything: popup gets a reset.
  hang_up
  logged 'event=login result=gone mech=PASS *'
  leave one
  log_in secret '+OK in'
  were_asked one joe
}

@test "--checkers: a server without status byte frees its place" {
  SUBPROGRAM=(stub-joe "${AS_USER[@]}" sh -c 'echo +OK in; exec cat')
  listen -l 127.0.0.1:0 --checkers 1
  log_in secret '+OK in'
  log_in secret '+OK in'
  send STAT
  expect STAT
}

@test "--checkers: such a place becomes free on a busy server, too" {
  SUBPROGRAM=(stub-joe "${AS_USER[@]}" sh -c 'echo +OK in; exec cat')
  listen -l 127.0.0.1:0 --checkers 1 -C 500 -L 40 --min-delay 0
  log_in secret '+OK in'
  while pause 0.05; do come_and_go; done 2>/dev/null &
  SERVERS+=($!)
  log_in secret '+OK in'
  send STAT
  expect STAT
}
come_and_go() { (exec 9<>"/dev/tcp/127.0.0.1/$PORT"); }

# --- --per-user ------------------------------------------------------------------------

@test "--per-user: one session too many is refused with [IN-USE]" {
  local first
  make_account
  sed 's/^joe/jane/' "$USERS" >"$T/more"
  cat "$T/more" >>"$USERS"
  SUBPROGRAM=("${CHAIN[@]:4}")
  listen -l 127.0.0.1:0 --per-user 2
  log_in
  first=$SOCKET
  log_in
  log_in secret '-ERR \[IN-USE\] too many sessions of this login'
  expect_end
  logged '^popup: sid=.* event=login result=denied user=joe mech=PASS .* cause=sessions$'
  logged '^maildir-pop3d: sid=.* event=busy cause=sessions .* user=joe '
  logged '^popup: event=close .* status=0 .* sessions=2/500$'
  # A wrong password gets the usual reply.
  log_in wrong '-ERR \[AUTH\] wrong name or password'
  hang_up
  connect
  printf 'USER jane\r\nPASS secret\r\n' >&"$SOCKET"
  for reply in '+OK*' '+OK*' '+OK*'; do expect "$reply"; done
  SOCKET=$first
  send QUIT
  expect '+OK*'
  expect_end
  logged '^maildir-pop3d: .*event=close reason=quit user=joe '
  wait_until has_this_many_children 2
  log_in
  wait_until has_this_many_children 3
}

@test "--per-user: logins that come together are counted, too" {
  mkfifo "$T/silence"
  # A process with a child is not taken for a checker, so it waits by itself.
  # shellcheck disable=SC2016  # for the script
  write_script slow 'mapfile -d "" -t -u 3 field' 'exec 3<&-' \
    "echo \"\${field[0]}:\${POPUP_IN_USE:-free}\" >>'$T/asked'" \
    "until [[ -e '$T/go' ]]; do read -r -t 0.05 <>'$T/silence'" \
    '((SECONDS < 60)) || exit 111; done' 'exec "$@"'
  : >"$T/asked"
  SUBPROGRAM=("$T/slow" stub-session)
  listen -l 127.0.0.1:0 --per-user 2 --checkers 5
  ask joe
  wait_until were_asked joe:free
  ask joe
  wait_until were_asked joe:free joe:free
  # The first two may both become sessions.
  ask joe
  ask jane
  wait_until were_asked joe:free joe:free jane:free
  pause 0.7
  were_asked joe:free joe:free jane:free
  touch "$T/go"
  wait_until were_asked joe:free joe:free jane:free joe:1
}

@test "--per-user: a session that began late counts once" {
  mkfifo "$T/go"
  # The first login keeps its checker, the second one takes long to begin its
  # session: a process with a child is not taken for a checker.
  # shellcheck disable=SC2016  # for the script
  write_script slow 'mapfile -d "" -t -u 3 field' 'exec 3<&-' \
    "echo \"\${field[0]}\" >>'$T/asked'; number=\$(wc -l <'$T/asked')" \
    '((number != 1)) || exec cat >/dev/null' \
    "((number != 2)) || (read -r <'$T/go')" 'exec "$@"'
  : >"$T/asked"
  SUBPROGRAM=("$T/slow" stub-session)
  listen -l 127.0.0.1:0 --per-user 3 --checkers 2
  ask joe
  wait_until were_asked joe
  ask joe
  wait_until were_asked joe joe
  ask jane
  wait_until were_asked joe joe jane
  echo >"$T/go"
  logged 'event=login result=ok user=joe '
  ask joe
  wait_until were_asked joe joe jane joe
}

@test "an inherited POPUP_IN_USE is dropped" {
  make_account
  SUBPROGRAM=("${CHAIN[@]:4}")
  POPUP_IN_USE=1 listen -l 127.0.0.1:0
  log_in
  POPUP_IN_USE=1 serve "${CHAIN[@]}"
  log_in
}

# --- Nobody sees others ------------------------------------------------------------------

@test "checkers that run at the same time see nothing of each other" {
  open_folders
  make_witness
  SUBPROGRAM=("$T/witness")
  listen -l 127.0.0.1:0 -- prlimit --nofile=256:4096
  # The listener has raised its own limit, for -c 500.
  (($(awk '/open files/ { print $4 }' "/proc/$LISTENER/limits") > 1000))
  interleave '' ''
  cmp "$T/alice.names" "$T/bob.names"
}

@test "behind a proxy a checker sees only its client's IP and TLS" {
  local header
  # 192.0.2.7:4711, with the PP2_TYPE_SSL of a client that speaks TLSv1.3.
  header='\x0d\x0a\x0d\x0a\x00\x0d\x0aQUIT\x0a\x21\x11\x00\x1e'
  header+='\xc0\x00\x02\x07\xc6\x33\x64\x01\x12\x67\x00\x6e'
  header+='\x20\x00\x0f\x01\x00\x00\x00\x00\x21\x00\x07TLSv1.3'
  open_folders
  make_witness
  SUBPROGRAM=("$T/witness")
  listen -l 127.0.0.1:0 -P -- prlimit --nofile=256:4096
  interleave "$header" "$(of 192.0.2.8)"
  [[ $(variable alice TCPREMOTEIP) == 192.0.2.7 ]]
  [[ $(variable bob TCPREMOTEIP) == 192.0.2.8 ]]
  [[ $(variable alice SSL_PROTOCOL) == TLSv1.3 ]]
  [[ $(comm -3 "$T/alice.names" "$T/bob.names") == SSL_PROTOCOL ]]
}

# marks_are_in PID: the memory of the process holds the login or the secret.
marks_are_in() {
  process-report "$1" holds marked-secret || process-report "$1" holds marked-login
}

@test "a dialogue's memory holds nothing of a waiting login" {
  needs_root 'it reads the memory of another user'
  ! sanitized || skip 'this build: too much memory to search'
  make_gate
  SUBPROGRAM=("$T/gate" stub-session)
  listen -l 127.0.0.1:0 --checkers 1
  ask one
  wait_until were_asked one
  local checker
  child_of "$LISTENER"
  checker=$CHILD
  connect
  printf 'USER marked-login\r\nPASS marked-secret\r\n' >&"$SOCKET"
  expect '+OK*'
  expect '+OK*'
  wait_until has_this_many_children 1
  # The search works: it finds both in the loop's memory.
  process-report "$LISTENER" holds marked-secret
  process-report "$LISTENER" holds marked-login
  connect
  expect '+OK*'
  wait_until has_this_many_children 2
  CHILD=$(children "$LISTENER" | grep -vx "$checker")
  process-report "$CHILD" holds test.host
  run ! marks_are_in "$CHILD"
  # Once its checker has started, the loop has wiped the secret, too.
  leave one
  wait_until were_asked one marked-login
  run ! process-report "$LISTENER" holds marked-secret
}
