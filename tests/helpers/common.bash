# shellcheck shell=bash
# Loaded by every test file: the programs under test in PATH, a real tcpserver
# in front of a chain, and a client that is nothing but a socket.
#
#   serve COMMAND...          under tcpserver, on $PORT; $LOG gets what it logs
#   connect [PORT]; expect '+OK*'; send QUIT; expect_end; hang_up
#   log_in [PASSWORD [PATTERN]]   a connection that has logged in as joe
#   transcript BYTES          sends all at once, prints what comes back
#   over_pipe BYTES COMMAND...    the same on a pair of pipes
#   hold, is_turned_away      connections that stay open, or are refused
#   logged PATTERN            waits for such a line in $LOG, because a client may
#                             have its reply before the line is there
#   in_log, not_logged PATTERN    is it there now?
#   make_maildir DIR; deliver DIR [NAME] <MESSAGE; own PATH
#   write_script NAME LINE... makes a Bash program, $T/NAME
#   copy_project FOLDER       copies the source there, without git and builds
#   background COMMAND...     until stop_servers, which teardown calls
#   wait_until COMMAND...     instead of sleep; pause SECONDS
#   children PID, child_of PID, find_processes, no_sessions
#   status_of PID FIELD, has_ids_of_dialogue PID
#   as_user COMMAND...        as the account that every test's mail belongs to
#   needs_root, needs_strace, needs_ipv6 ...      skip the test without them
#   fail MESSAGE...           ends the test and shows $LOG

BIN=${BUILD:-$BATS_TEST_DIRNAME/../../build}/bin
T=$BATS_TEST_TMPDIR
LOG=$T/log
PATH=$BIN:$BATS_TEST_DIRNAME/../helpers:$PATH
export LC_ALL=C

teardown() { stop_servers; }

fail() {
  printf '%s\n' "$*" >&2
  if [[ -s $LOG ]]; then sed 's/^/log: /' "$LOG" >&2; fi
  return 1
}
logged() { wait_until in_log "$1"; }
not_logged() { ! in_log "$1" || fail "logged: $1"; }
in_log() { grep -q -- "$1" "$LOG"; }

# --- Users and machines ----------------------------------------------------------

# If root runs the tests, mail belongs to this account, else to the user.
# "${AS_USER[@]}" COMMAND... runs as the owner.
if ((EUID == 0)); then
  MAIL_UID=65533 MAIL_GID=65533
  AS_USER=(setpriv --reuid "$MAIL_UID" --regid "$MAIL_GID" --clear-groups)
else
  MAIL_UID=$(id -u) MAIL_GID=$(id -g) AS_USER=()
fi
as_user() { "${AS_USER[@]}" "$@"; }

# needs_root WHY
needs_root() {
  ((EUID == 0)) || skip "needs root: $1"
}
# Another kernel or a container may lack these: each tries it first.
needs_mount_namespace() {
  unshare --mount true 2>/dev/null || skip 'this machine: no mount namespaces'
}
needs_strace() {
  strace -e inject=getppid:error=EPERM -o /dev/null true 2>/dev/null ||
    skip 'this machine: no system call can be traced'
}
needs_valgrind() {
  valgrind -q true 2>/dev/null || skip 'this machine: valgrind does not know it'
}
needs_ipv6() {
  grep -qs ' lo$' /proc/net/if_inet6 || skip 'this machine: no IPv6'
}

# True for a build with sanitizers: all its programs have them.
sanitized() { grep -qa __asan_init "$BIN/popup"; }
# A sanitized program reserves terabytes of address space.
needs_memory_limit() {
  ! sanitized || skip "this build: memory limits and sanitizers do not mix"
}

# --- Processes -------------------------------------------------------------------

write_script() {
  printf '%s\n' '#!/bin/bash' "${@:2}" >"$T/$1"
  chmod 755 "$T/$1"
}

copy_project() {
  mkdir -p "$1"
  tar -C "$BATS_TEST_DIRNAME/../.." --exclude=./build --exclude=./.git -c . |
    tar -C "$1" -x --no-same-owner
}

# pause SECONDS: starts no process, except for the first call's mkfifo.
pause() {
  [[ -p $T/pause ]] || mkfifo "$T/pause"
  IFS= read -r -t "$1" <>"$T/pause" || true
}

# The seconds after which a test gives up; plenty even on a busy machine.
PATIENCE=60

# wait_until COMMAND...: until it succeeds.
wait_until() {
  local end=$((SECONDS + PATIENCE))
  while ((SECONDS < end)); do
    if "$@" 2>/dev/null; then return 0; fi
    pause 0.03
  done
  fail "waited in vain for: $*"
}

SERVERS=()
background() {
  "$@" 3>&- &
  SERVERS+=($!)
}
stop_servers() {
  local pid
  for pid in "${SERVERS[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${SERVERS[@]}"; do wait "$pid" 2>/dev/null || true; done
  SERVERS=()
}

# children PID: prints the process ids.
children() {
  ps -o pid= --ppid "$1" | tr -d ' '
}
has_no_children() {
  [[ -z $(children "$1") ]]
}
has_children() {
  [[ -n $(children "$1") ]]
}
# child_of PID: waits for its only child and sets CHILD.
child_of() {
  wait_until has_children "$1"
  CHILD=$(children "$1")
  [[ $CHILD =~ ^[0-9]+$ ]] || fail "not one child of $1: $CHILD"
}
# find_processes: of the first server's only connection, sets BROKER and CHILD,
# the broker's child: the dialogue before the login, then checker and session.
find_processes() {
  child_of "${SERVERS[0]}"
  # shellcheck disable=SC2034  # for the tests
  BROKER=$CHILD
  child_of "$CHILD"
}
# True if the first server has no connection.
no_sessions() { has_no_children "${SERVERS[0]}"; }

# status_of PID FIELD: prints that field of /proc/PID/status.
status_of() {
  awk -v key="$2:" '$1 == key { $1 = ""; print substr($0, 2) }' "/proc/$1/status"
}

# has_ids_of_dialogue PID: the process runs as the account popup or, if there is
# none, as 65534: what popup as root does without -u.
has_ids_of_dialogue() {
  local name uid gid ids=65534:65534
  while IFS=: read -r name _ uid gid _; do
    if [[ $name == popup ]]; then ids=$uid:$gid; fi
  done </etc/passwd
  uid=${ids%:*} gid=${ids#*:}
  [[ $(status_of "$1" Uid) == "$uid $uid $uid $uid" &&
    $(status_of "$1" Gid) == "$gid $gid $gid $gid" ]] ||
    fail "wanted $ids, got: $(status_of "$1" Uid), $(status_of "$1" Gid)"
}

# --- Servers and clients -----------------------------------------------------------

# serve COMMAND...: on a free port; TCPSERVER_OPTIONS is an array of more
# options.
TCPSERVER_OPTIONS=()
serve() {
  : >"$T/port"
  background tcpserver -1 -R -H -l0 -c 100 "${TCPSERVER_OPTIONS[@]}" \
    127.0.0.1 0 "$@" >"$T/port" 2>>"$LOG"
  wait_until test -s "$T/port"
  PORT=$(head -n 1 "$T/port")
}

# connect [PORT]: the socket is $SOCKET.
# shellcheck disable=SC2120  # the port is for callers
connect() {
  exec {SOCKET}<>"/dev/tcp/127.0.0.1/${1:-$PORT}"
}
hang_up() {
  exec {SOCKET}>&-
}
send() {
  printf '%b\r\n' "$1" >&"$SOCKET"
}
# expect PATTERN: reads one line into $line, without its CR LF; fails unless it
# matches.
expect() {
  IFS= read -r -t "$PATIENCE" line <&"$SOCKET" || fail "end of file, wanted: $1"
  line=${line%$'\r'}
  # shellcheck disable=SC2053  # a pattern is meant
  [[ $line == $1 ]] || fail "wanted: $1, got: $line"
}
expect_end() {
  local rest status=0
  IFS= read -r -t "$PATIENCE" rest <&"$SOCKET" || status=$?
  # More means that the time is over.
  ((status == 1)) || fail "wanted the end, got: $rest"
}

# log_in [PASSWORD [PATTERN]]: PASS must be answered by PATTERN, +OK* if none.
log_in() {
  connect
  expect '+OK*'
  send 'USER joe'
  expect '+OK*'
  send "PASS ${1:-secret}"
  expect "${2:-+OK*}"
}

# transcript BYTES: sends them (printf %b) in one segment, then prints
# everything until the server closes.
transcript() {
  connect "$PORT"
  printf '%b' "$1" >&"$SOCKET"
  timeout "$PATIENCE" cat <&"$SOCKET"
  hang_up
}

# hold [BYTES [IP]]: sends these bytes, waits for the greeting and keeps the
# connection's descriptor in the array HELD.
HELD=()
hold() {
  local greeting fd
  exec {fd}<>"/dev/tcp/${2:-127.0.0.1}/$PORT"
  printf '%b' "${1:-}" >&"$fd"
  IFS= read -r -t "$PATIENCE" greeting <&"$fd" || fail "no greeting for $*"
  [[ $greeting == +OK* ]] || fail "greeted by: $greeting"
  HELD+=("$fd")
}
# is_turned_away [BYTES]: the server closes without a word. A subshell runs the
# client, because a write may kill it.
is_turned_away() {
  local got
  got=$(transcript "${1:-}" | wc -c)
  ((got == 0)) || fail "$1: $got bytes were sent"
}

over_pipe() {
  local bytes=$1
  shift
  printf '%b' "$bytes" | timeout "$PATIENCE" "$@" 2>>"$LOG"
}

# --- Mail --------------------------------------------------------------------------

# make_maildir DIR: empty.
make_maildir() {
  mkdir -p "$1"/{new,cur,tmp}
  own "$1"
}
# own PATH: gives it to the owner of the mail.
own() {
  if ((EUID == 0)); then chown -R "$MAIL_UID:$MAIL_GID" "$1"; fi
}
DELIVERED=0
deliver() {
  local name=${2:-$((1700000000 + ++DELIVERED)).M${DELIVERED}P$$.test}
  mkdir -p "$1"
  cat >"$1/$name"
  own "$1/$name"
}
