#!/usr/bin/env bats
# bats file_tags=libc
# popup -D accepts connections, limits them and ends as it should.

# shellcheck disable=SC2030,SC2031,SC2034,SC2153  # PORT, SUBPROGRAM: each test's
bats_require_minimum_version 1.5.0
load ../helpers/common
load ../helpers/chain
load ../helpers/listener
load ../helpers/stubs

# let_go: closes the connections of hold, and waits until their sessions end.
let_go() {
  local fd closed before
  before=$(count_logged 'popup: event=close')
  closed=$((before + ${#HELD[@]}))
  for fd in "${HELD[@]}"; do exec {fd}>&-; done
  HELD=()
  wait_until has_closed "$closed"
}
has_closed() { (($(count_logged 'popup: event=close') >= $1)); }

# ends PID CODE: waits for its end; the exit code must be CODE.
ends() {
  local code=0
  wait "$1" || code=$?
  ((code == $2)) || fail "exit code $code, wanted $2"
}

# careless COMMAND...: execs it with signals ignored and blocked.
careless() {
  exec python3 -c '
import os, signal, sys
names = [signal.SIGTERM, signal.SIGCHLD, signal.SIGINT, signal.SIGALRM]
for name in names: signal.signal(name, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, names)
os.execvp(sys.argv[1], sys.argv[1:])' "$@"
}

# make_slow: writes the checker $T/slow, which waits until $T/go is written.
# starts_slow PASSWORD: logs in, and waits until that checker runs.
make_slow() {
  mkfifo "$T/go"
  write_script slow "read -r <'$T/go'" 'exec stub-joe "$@"'
}
is_checker() { child_of "$LISTENER" && grep -q slow "/proc/$CHILD/cmdline"; }
starts_slow() {
  connect
  printf 'USER joe\r\nPASS %s\r\n' "$1" >&"$SOCKET"
  expect '+OK*'
  expect '+OK*'
  wait_until is_checker
}

# pass_sockets COUNT systemd|other|unheard COMMAND...: execs it as systemd does,
# with so many listening sockets from 3 upwards. other: LISTEN_PID is another
# process's. unheard: the sockets do not listen. With SHARED they have this port,
# which other processes may share.
pass_sockets() {
  exec python3 -c '
import os, socket, sys
for i in range(int(sys.argv[1])):
    s = socket.socket()
    port = int(os.environ.get("SHARED", "0"))
    if port: s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    s.bind(("127.0.0.%d" % (i + 1), port))
    if sys.argv[2] != "unheard": s.listen(16)
    os.dup2(s.fileno(), 20 + i)
for i in range(int(sys.argv[1])): os.dup2(20 + i, 3 + i); os.close(20 + i)
os.environ["LISTEN_FDS"] = sys.argv[1]
os.environ["LISTEN_PID"] = str(os.getpid() + (sys.argv[2] == "other"))
os.environ["LISTEN_FDNAMES"] = "pop3"
os.execvp(sys.argv[3], sys.argv[3:])' "$@"
}

# never_listens REASON COMMAND...: it exits 111 and gives this reason.
never_listens() {
  run --separate-stderr "${@:2}"
  # shellcheck disable=SC2154  # set by run
  ((status == 111)) || fail "status $status: $stderr"
  # shellcheck disable=SC2053  # a pattern is meant
  [[ $stderr == "popup: fatal: no session can start: "$1 ]] || fail "$stderr"
}

@test "-D exits 111 if the checker cannot be found or run" {
  touch "$T/plain"
  local listen=(timeout 20 popup -D -l 127.0.0.1:0 test.host)
  never_listens 'unable to run the checker no-such-checker: No such file*' \
    "${listen[@]}" no-such-checker true
  never_listens "unable to run the checker $T/none: No such file*" \
    "${listen[@]}" "$T/none"
  for checker in "$T/plain" "$T" ./; do
    never_listens "unable to run the checker $checker: Permission denied" \
      "${listen[@]}" "$checker"
  done
  PATH=$T:$PATH never_listens 'unable to run the checker plain: Permission denied' \
    "${listen[@]}" plain
}

@test "-D exits 111 if the root directory cannot be changed" {
  needs_root 'only root changes the root directory'
  never_listens 'unable to change the root directory: No such file*' \
    timeout 20 popup -D -r /nonexistent -l 127.0.0.1:0 test.host true
}

@test "-D exits 111 if the dialogue cannot change its ids" {
  needs_root 'only root changes ids'
  local drop=(setpriv --inh-caps=-setgid --bounding-set=-setgid)
  "${drop[@]}" true || skip 'this machine: no capability can be dropped'
  never_listens 'unable to set supplementary groups: Operation not permitted' \
    "${drop[@]}" timeout 20 popup -D -l 127.0.0.1:0 test.host true
}

@test "-D exits 111 if seccomp is refused" {
  ! sanitized || skip 'this build: no seccomp'
  stub-filtered --no-seccomp true || skip 'this machine: no filter can be installed'
  never_listens 'unable to *: Operation not permitted' \
    stub-filtered --no-seccomp timeout 20 popup -D -l 127.0.0.1:0 test.host true
}

@test "-D keeps LISTEN_FDS and the trace, closes other descriptors" {
  SUBPROGRAM=("${SHOW[@]}")
  open_folders
  exec 70</etc/passwd 76>>"$T/trace" 77</etc/group
  listen --trace /dev/fd/76 -- pass_sockets 2 systemd
  exec 70<&- 76>&- 77<&-
  logged 'event=listen ip=127.0.0.2 port='
  local number
  for number in 70 77; do
    [[ ! -e /proc/$LISTENER/fd/$number ]] || fail "$number is open"
  done
  PORT=$(port_of 127.0.0.1)
  transcript 'USER joe\r\nPASS x\r\nQUIT\r\n'
  grep -q 'event=command line="USER joe"' "$T/trace"
  ! grep -q '/etc/' "$T/environment.fds" || fail "$(<"$T/environment.fds")"
}

@test "a whole session runs through popup -D over IPv4" {
  make_account
  deliver_one
  SUBPROGRAM=("${CHAIN[@]:4}")
  listen -l 127.0.0.1:0
  check_session "$(transcript "$WHOLE_SESSION")" "$NAME" "$BODY_SIZE"
  is_empty
  logged 'popup: event=close ip=127.0.0.1 sid=.* status=0 seconds=.* sessions=0/500$'
}

@test "a whole session runs through popup -D over IPv6" {
  needs_ipv6
  make_account
  deliver_one
  SUBPROGRAM=("${CHAIN[@]:4}")
  listen -l '[::1]:0'
  exec 9<>"/dev/tcp/::1/$PORT"
  printf '%b' "$WHOLE_SESSION" >&9
  check_session "$(timeout 20 cat <&9)" "$NAME" "$BODY_SIZE"
  exec 9>&-
  is_empty
  logged 'popup: event=close ip=::1 sid=.* status=0 '
}

@test "-l :PORT serves both families and logs IPv4 as IPv4" {
  listen -l :0
  hold '' 127.0.0.1
  hold '' ::1
  logged 'event=open ip=127.0.0.1 port=.* sid=.* sessions=1/500 source=1/50$'
  logged 'event=open ip=::1 port=.* sid=.* sessions=2/500 source=1/50$'
}

@test "-l :PORT serves IPv4 on a kernel without IPv6" {
  listen -l :0 -- stub-filtered --no-ipv6
  logged 'event=listen ip=0.0.0.0 port='
  connect "$PORT"
  expect '+OK*'
}

@test "several addresses are served side by side" {
  needs_ipv6
  listen -l 127.0.0.1:0 -l 127.0.0.2:0 -l '[::1]:0'
  logged 'event=listen ip=::1 port='
  hold '' 127.0.0.1
  PORT=$(port_of 127.0.0.2)
  hold '' 127.0.0.2
  PORT=$(port_of ::1)
  hold '' ::1
  logged 'event=open ip=::1 .* sessions=3/500 '
}

@test "a session gets the same variables as from tcpserver" {
  SUBPROGRAM=("${SHOW[@]}")
  open_folders
  TCPREMOTEHOST=stale TCPREMOTEINFO=stale TCPLOCALHOST=stale REMOTE_ADDR=stale \
    PROTO=stale TCPREMOTEIP=stale KEPT=kept listen -l 127.0.0.1:0
  transcript 'USER joe\r\nPASS x\r\nQUIT\r\n'
  run -0 grep -E '^(PROTO|TCP|REMOTE|KEPT)' "$T/environment"
  local peer
  peer=$(sed -n 's/.*event=open ip=127\.0\.0\.1 port=\([0-9]*\) .*/\1/p' "$LOG")
  [[ $(sort <<<"$output") == "KEPT=kept
PROTO=TCP
TCPLOCALIP=127.0.0.1
TCPLOCALPORT=$PORT
TCPREMOTEIP=127.0.0.1
TCPREMOTEPORT=$peer" ]] || fail "$output"
}

@test "-c limits all sessions, and an ended one frees its place" {
  listen -l 127.0.0.1:0 -c 2 --min-delay 0
  hold
  hold
  is_turned_away
  logged 'event=refuse limit=sessions ip=127.0.0.1 port=.* taken=2/2 suppressed=0$'
  let_go
  hold
}

@test "-C limits the sessions of one source, not of others" {
  listen -l 127.0.0.1:0 -C 2 --min-delay 0
  hold
  hold
  is_turned_away
  logged 'event=refuse limit=source ip=127.0.0.1 port=.* taken=2/2 suppressed=0$'
  run -0 tcpclient -R -H -l0 -i 127.0.0.2 127.0.0.1 "$PORT" \
    sh -c 'head -n 1 <&6'
  [[ $output == +OK* ]]
  let_go
  hold
}

@test "an ended session counts for its source during --min-delay" {
  listen -l 127.0.0.1:0 -C 2 --min-delay 3
  hold
  hold
  let_go
  is_turned_away
  run -0 tcpclient -R -H -l0 -i 127.0.0.2 127.0.0.1 "$PORT" \
    sh -c 'head -n 1 <&6'
  [[ $output == +OK* ]]
  sleep 3.1
  hold
}

@test "a flood of refusals is one log line, counted in the next" {
  listen -l 127.0.0.1:0 -C 1 --min-delay 3
  hold
  local i
  for ((i = 0; i < 20; i++)); do is_turned_away; done
  (($(count_logged 'event=refuse') == 1))
  sleep 3.1
  is_turned_away
  logged 'event=refuse limit=source .* taken=1/1 suppressed=19$'
  (($(count_logged 'event=refuse') == 2))
}

@test "systemd's sockets are taken over and hidden from sessions" {
  SUBPROGRAM=("${SHOW[@]}")
  open_folders
  listen -- pass_sockets 2 systemd
  logged 'event=listen ip=127.0.0.2 port='
  (($(count_logged 'event=listen') == 2))
  PORT=$(port_of 127.0.0.2)
  hold '' 127.0.0.2
  PORT=$(port_of 127.0.0.1)
  transcript 'USER joe\r\nPASS x\r\nQUIT\r\n'
  [[ -s $T/environment ]]
  run grep ^LISTEN_ "$T/environment"
  ((status == 1)) || fail "$output"
}

@test "systemd's sockets are served in place of -l" {
  listen -l 127.0.0.3:0 -- pass_sockets 1 systemd
  (($(count_logged 'event=listen') == 1))
  logged 'event=listen ip=127.0.0.1 '
  hold
}

@test "several popups serve one port by sockets that share it" {
  local one tries
  SHARED=$(free-port)
  export SHARED
  listen -- pass_sockets 1 systemd
  one=$LISTENER
  : >"$LOG"
  listen -- pass_sockets 1 systemd
  # The kernel chooses by the client's port.
  for ((tries = 0; tries < 100; ++tries)); do
    connect
    expect '+OK*'
    if ! has_no_children "$one" && ! has_no_children "$LISTENER"; then break; fi
  done
  ((tries < 100)) || fail 'one of them got all connections'
}

@test "sockets passed to another process are left alone" {
  listen -l 127.0.0.1:0 -- pass_sockets 1 other
  (($(count_logged 'event=listen') == 1))
  hold
}

@test "--detach closes the passed sockets and serves those of -l" {
  local port daemon
  port=$(free-port)
  (pass_sockets 2 systemd popup --detach -w 0 -l "127.0.0.1:$port" test.host true)
  daemon=$(pgrep -fo -- "--detach -w 0 -l 127.0.0.1:$port")
  SERVERS+=("$daemon")
  connect "$port"
  expect '+OK*'
  local link listening=0
  for link in /proc/"$daemon"/fd/*; do
    link=$(readlink "$link")
    [[ $link != socket:* ]] ||
      ! awk '$4 == "0A" { print "socket:[" $10 "]" }' /proc/net/tcp | grep -qxF "$link" ||
      listening=$((listening + 1))
  done
  ((listening == 1)) || fail "$listening sockets listen"
}

@test "a passed socket that does not listen is a clear error" {
  run --separate-stderr pass_sockets_and_end
  ((status == 111)) || fail "$status"
  # shellcheck disable=SC2154  # set by run
  [[ $stderr == *'unable to listen on descriptor 3: not a listening TCP socket'* ]]
}
pass_sockets_and_end() { (pass_sockets 1 unheard popup -D test.host true); }

@test "systemd-socket-activate starts popup -D" {
  command -v systemd-socket-activate >/dev/null || skip 'no systemd-socket-activate'
  PORT=$(free-port)
  background systemd-socket-activate -l "127.0.0.1:$PORT" -E PATH "$BIN/popup" \
    -D test.host true 2>>"$LOG"
  wait_until connect "$PORT"
  expect '+OK*'
}

@test "SIGTERM: the listener exits 0, its sessions go on" {
  SUBPROGRAM=(stub-joe stub-session)
  listen -l 127.0.0.1:0
  log_in secret '+OK in'
  kill -TERM "$LISTENER"
  ends "$LISTENER" 0
  logged 'event=stop signal=TERM still_running=1$'
  run connect "$PORT"
  ((status != 0)) || fail 'it still listens'
  send NOOP
  expect '+OK NOOP'
  send QUIT
  expect '+OK QUIT'
  expect_end
}

@test "SIGTERM closes connections that have not logged in" {
  listen -l 127.0.0.1:0 -w 600 -L 600
  local waiting
  connect
  expect '+OK*'
  send 'USER joe'
  expect '+OK*'
  waiting=$SOCKET
  connect
  expect '+OK*'
  kill -TERM "$LISTENER"
  expect_end
  SOCKET=$waiting expect_end
  ends "$LISTENER" 0
  (($(count_logged 'popup: event=close .* status=0 ') == 2))
  logged 'event=stop signal=TERM still_running=0$'
}

@test "SIGTERM: a running checker has time to begin its session" {
  make_slow
  SUBPROGRAM=("$T/slow" stub-session)
  listen -l 127.0.0.1:0
  starts_slow secret
  kill -TERM "$LISTENER"
  echo go >"$T/go"
  expect '+OK in'
  ends "$LISTENER" 0
  logged 'event=login result=ok user=joe '
  logged 'event=stop signal=TERM still_running=1$'
  send NOOP
  expect '+OK NOOP'
}

@test "SIGTERM: a checker that hangs is killed with its login" {
  make_slow
  SUBPROGRAM=("$T/slow" stub-session)
  listen -l 127.0.0.1:0
  starts_slow secret
  kill -TERM "$LISTENER"
  ends "$LISTENER" 0
  expect_end
  wait_until test ! -e "/proc/$CHILD"
  logged 'popup: event=close .* status=0 '
  logged 'event=stop signal=TERM still_running=0$'
}

@test "SIGTERM: a server without status byte is not killed" {
  SUBPROGRAM=(stub-joe "${AS_USER[@]}" sh -c 'echo +OK in; exec cat')
  listen -l 127.0.0.1:0
  log_in secret '+OK in'
  kill -TERM "$LISTENER"
  ends "$LISTENER" 0
  send STAT
  expect STAT
}

@test "SIGTERM: a login that is refused after it is the last try" {
  make_slow
  SUBPROGRAM=("$T/slow" stub-session)
  listen -l 127.0.0.1:0
  starts_slow wrong
  kill -TERM "$LISTENER"
  echo go >"$T/go"
  expect '-ERR \[AUTH\]*'
  expect_end
  ends "$LISTENER" 0
  logged 'popup: event=close .* status=0 '
  logged 'event=stop signal=TERM still_running=0$'
}

@test "--drain lets sessions go on and takes no new ones" {
  SUBPROGRAM=(stub-joe stub-session)
  listen -l 127.0.0.1:0 --drain 600
  log_in secret '+OK in'
  kill -TERM "$LISTENER"
  logged 'event=drain signal=TERM seconds=600 still_running=1$'
  refuses() { ! (exec 9<>"/dev/tcp/127.0.0.1/$PORT"); }
  wait_until refuses
  kill -0 "$LISTENER"
  send NOOP
  expect '+OK NOOP'
  send QUIT
  expect '+OK QUIT'
  expect_end
  ends "$LISTENER" 0
  logged 'event=stop signal=TERM still_running=0$'
}

@test "--drain ends the remaining sessions by SIGTERM and waits" {
  make_polite
  SUBPROGRAM=(stub-joe "$T/polite")
  listen -l 127.0.0.1:0 --drain 1
  log_in secret '+OK in'
  hold
  kill -TERM "$LISTENER"
  ends "$LISTENER" 0
  [[ $(<"$T/ended") == ended ]]
  logged 'event=stop signal=TERM still_running=0$'
  logged 'event=server reason=terminated exit=0 user=joe '
}

@test "a second SIGTERM ends --drain's wait" {
  make_polite
  SUBPROGRAM=(stub-joe "$T/polite")
  listen -l 127.0.0.1:0 --drain 600
  log_in secret '+OK in'
  kill -TERM "$LISTENER"
  logged 'event=drain '
  kill -TERM "$LISTENER"
  ends "$LISTENER" 0
  [[ $(<"$T/ended") == ended ]]
}

@test "as process 1, --drain ends sessions instead of killing them" {
  needs_root 'a namespace of processes'
  unshare --pid --fork true 2>/dev/null || skip 'this machine: no namespaces of processes'
  make_polite
  SUBPROGRAM=(stub-joe "$T/polite")
  local option first
  for option in '' '--drain 0'; do
    : >"$LOG"
    # shellcheck disable=SC2086  # words
    listen -l 127.0.0.1:0 $option -- unshare --pid --fork
    first=$(pgrep -P "$LISTENER")
    log_in secret '+OK in'
    kill -TERM "$first"
    expect_end
    ends "$LISTENER" 0
    if [[ -z $option ]]; then
      logged 'event=stop signal=TERM still_running=1$'
      [[ ! -e $T/ended ]]
    else
      logged 'event=stop signal=TERM still_running=0$'
      [[ $(<"$T/ended") == ended ]]
    fi
    hang_up
  done
}

@test "SIGINT: the listener exits 0" {
  listen -l 127.0.0.1:0
  kill -INT "$LISTENER"
  ends "$LISTENER" 0
  logged 'event=stop signal=INT still_running=0$'
}

@test "SIGHUP is ignored by the listener" {
  listen -l 127.0.0.1:0
  kill -HUP "$LISTENER"
  hold
  kill -HUP "$LISTENER"
  hold
}

@test "SIGTERM and SIGCHLD work even if inherited ignored, blocked" {
  listen -l 127.0.0.1:0 -- careless
  hold
  let_go
  logged 'popup: event=close .* status=0 '
  kill -TERM "$LISTENER"
  ends "$LISTENER" 0
}

@test "a session's programs start with no signal ignored or blocked" {
  SUBPROGRAM=("${SHOW[@]}")
  open_folders
  listen -l 127.0.0.1:0 -- careless
  transcript 'USER joe\r\nPASS x\r\nQUIT\r\n'
  # The C library reserves the signals 32 and 33.
  (($(grep -cE '^Sig(Ign|Blk):.0*([01]80000000)?$' "$T/environment.signals") == 2)) ||
    fail "$(<"$T/environment.signals")"
}

@test "a killed session is logged with its signal, service goes on" {
  SUBPROGRAM=(stub-joe stub-session)
  listen -l 127.0.0.1:0
  log_in secret '+OK in'
  child_of "$LISTENER"
  kill -KILL "$CHILD"
  logged 'popup: sid=.* event=server signal=9 user=joe ip=127.0.0.1$'
  logged 'popup: event=close .* status=111 seconds=.* sessions=0/500$'
  log_in secret '+OK in'
}

@test "a killed dialogue is logged with its signal, service goes on" {
  listen -l 127.0.0.1:0
  connect
  expect '+OK*'
  child_of "$LISTENER"
  kill -KILL "$CHILD"
  expect '-ERR \[SYS/TEMP\]*'
  logged 'popup: sid=.* event=dialogue signal=9$'
  hang_up
  logged 'popup: event=close .* status=111 seconds=.* sessions=0/500$'
  hold
}

# has_no_loop_descriptor PID: its only sockets are the client's, as 0 and 1, and
# it has none of the descriptors that the listener waits with.
has_no_loop_descriptor() {
  local fd client
  client=$(readlink "/proc/$1/fd/0")
  [[ $client == socket:* && $(readlink "/proc/$1/fd/1") == "$client" ]] ||
    fail "$1: $(ls -l "/proc/$1/fd")"
  for fd in "/proc/$1/fd"/*; do
    case ${fd##*/} in 0 | 1 | 2) continue ;; esac
    case $(readlink "$fd") in
      socket:* | *signalfd* | *eventpoll* | *pidfd*)
        fail "$fd is $(readlink "$fd")"
        ;;
    esac
  done
}

@test "a session inherits no descriptor of the listener" {
  SUBPROGRAM=(stub-joe stub-session)
  listen -l 127.0.0.1:0 -l 127.0.0.2:0
  PORT=$(port_of 127.0.0.1)
  connect
  expect '+OK*'
  child_of "$LISTENER"
  has_no_loop_descriptor "$CHILD"
  printf 'USER joe\r\nPASS secret\r\n' >&"$SOCKET"
  expect '+OK*'
  expect '+OK*'
  child_of "$LISTENER"
  has_no_loop_descriptor "$CHILD"
}

# leave_no_descriptor [MORE]: limits the listener to the descriptors that it has
# now, plus MORE.
leave_no_descriptor() {
  local free=0
  while [[ -e /proc/$LISTENER/fd/$free ]]; do free=$((free + 1)); done
  prlimit --pid "$LISTENER" --nofile="$((free + ${1:-0})):"
}

@test "the listener survives a lack of descriptors" {
  listen -l 127.0.0.1:0
  leave_no_descriptor
  connect "$PORT"
  logged 'event=failure doing="accept a connection" cause=.* suppressed=0$'
  sleep 1
  kill -0 "$LISTENER"
  (($(count_logged 'event=failure') == 1))
  prlimit --pid "$LISTENER" --nofile=1024:
  expect '+OK*'
}

@test "the listener does not spin without a free descriptor" {
  listen -l 127.0.0.1:0
  local before after
  leave_no_descriptor
  connect "$PORT"
  logged 'event=failure '
  before=$(switches)
  sleep 1
  after=$(switches)
  ((after - before < 20)) || fail "woke $((after - before)) times in a second"
}
switches() {
  awk '/^voluntary/ { print $2 }' "/proc/$LISTENER/status"
}

@test "the listener survives a lack of processes" {
  local most
  open_folders
  listen -l 127.0.0.1:0 -- as_plain_user
  most=$(ulimit -u)
  as_user prlimit --pid "$LISTENER" --nproc=0:
  is_told_to_try_later
  logged 'event=warning cause="unable to fork the dialogue: '
  logged 'popup: event=close .* status=111 .* sessions=0/500$'
  as_user prlimit --pid "$LISTENER" --nproc="$most:"
  hold
}
# as_plain_user COMMAND...: execs it, so that $LISTENER is the listener itself.
as_plain_user() {
  exec "${AS_USER[@]}" "$@"
}
is_told_to_try_later() {
  connect
  expect '-ERR \[SYS/TEMP\]*'
  expect_end
  hang_up
}

@test "without descriptors for a login the client is told so" {
  SUBPROGRAM=(stub-joe stub-session)
  listen -l 127.0.0.1:0
  leave_no_descriptor 1
  is_told_to_try_later
  logged 'event=warning cause="unable to make a pipe for the dialogue: '
  wait_until has_closed 1
  # Enough for the dialogue, not for the checker's pipes.
  leave_no_descriptor 3
  log_in secret '-ERR \[SYS/TEMP\]*'
  expect_end
  logged 'event=warning cause="unable to make a pipe for the checker: '
  prlimit --pid "$LISTENER" --nofile=1024:
  log_in secret '+OK in'
}

@test "a malformed address is a usage error" {
  local bad
  for bad in '' localhost:110 ::1:110 '[::1' 127.0.0.1:65536 127.0.0.1: '*:110'; do
    run --separate-stderr popup -D -l "$bad" test.host true
    ((status == 100)) || fail "$bad: $status"
    [[ $stderr == *"bad value for -l:"*"$bad"* ]] || fail "$stderr"
  done
}

@test "an address in use is a clear error with exit code 111" {
  listen -l 127.0.0.1:0
  run --separate-stderr popup -D -l "127.0.0.1:$PORT" test.host true
  ((status == 111)) || fail "$status"
  [[ $stderr == "popup: fatal: unable to listen on 127.0.0.1:$PORT: Address "*in\ use ]] ||
    fail "$stderr"
}
