# shellcheck shell=bash
# What every test file loads: where the programs are, a real tcpserver in
# front of a chain, and a client that is nothing but a socket.
#
#   load ../helpers/common
#   serve popup test.host checkpw -f users maildir-pop3d -a   sets PORT, LOG
#   connect; expect '+OK*'; send 'QUIT'; expect '+OK*'; hang_up
#   transcript 'USER joe\r\nQUIT\r\n'      all at once, prints what comes back
#   deliver DIR [NAME] < message           a file in DIR, made if missing

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

# As root every test's own account is this one; as a plain user, the user.
# "${AS_USER[@]}" COMMAND... runs as it.
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
# What a machine may lack: another kernel, a container's rules.  Each asks it.
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

# Of all programs: a build has the sanitizers throughout.
sanitized() { grep -qa __asan_init "$BIN/popup"; }
# A sanitized program reserves terabytes of address space.
needs_memory_limit() {
  ! sanitized || skip "this build: memory limits and sanitizers do not mix"
}

# pause SECONDS: without a process, but for the first that makes the FIFO.
pause() {
  [[ -p $T/pause ]] || mkfifo "$T/pause"
  IFS= read -r -t "$1" <>"$T/pause" || true
}

SERVERS=()
# Starts a program in the background that stop_servers ends.
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

# Seconds in which anything that should happen does, on a busy machine, too.
PATIENCE=60

# wait_until COMMAND...
wait_until() {
  local end=$((SECONDS + PATIENCE))
  while ((SECONDS < end)); do
    if "$@" 2>/dev/null; then return 0; fi
    pause 0.03
  done
  fail "waited in vain for: $*"
}

# serve COMMAND...: under tcpserver on a free port; TCPSERVER_OPTIONS is an
# array of more options.
TCPSERVER_OPTIONS=()
serve() {
  : >"$T/port"
  background tcpserver -1 -R -H -l0 -c 100 "${TCPSERVER_OPTIONS[@]}" \
    127.0.0.1 0 "$@" >"$T/port" 2>>"$LOG"
  wait_until test -s "$T/port"
  PORT=$(head -n 1 "$T/port")
}

# The server that was started first serves nobody (wait_until no_sessions).
no_sessions() { [[ -z $(ps -o pid= --ppid "${SERVERS[0]}") ]]; }

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
# One line of reply into $line, without its CR LF; fails unless it matches
# the pattern.
expect() {
  IFS= read -r -t "$PATIENCE" line <&"$SOCKET" || fail "end of file, wanted: $1"
  line=${line%$'\r'}
  # shellcheck disable=SC2053  # a pattern is meant
  [[ $line == $1 ]] || fail "wanted: $1, got: $line"
}
expect_end() {
  local rest
  ! IFS= read -r -t "$PATIENCE" rest <&"$SOCKET" || fail "wanted the end, got: $rest"
}

# log_in [PASSWORD [PATTERN]]: connects, and logs in as joe; PASS is answered so.
log_in() {
  connect
  expect '+OK*'
  send 'USER joe'
  expect '+OK*'
  send "PASS ${1:-secret}"
  expect "${2:-+OK*}"
}

# transcript BYTES: all of it (printf %b) in one segment, then everything
# that comes until the server closes.
transcript() {
  connect "$PORT"
  printf '%b' "$1" >&"$SOCKET"
  timeout "$PATIENCE" cat <&"$SOCKET"
  hang_up
}

# hold [BYTES [IP]]: a connection that begins with these bytes and is greeted,
# by its descriptor in HELD[i].
HELD=()
hold() {
  local greeting fd
  exec {fd}<>"/dev/tcp/${2:-127.0.0.1}/$PORT"
  printf '%b' "${1:-}" >&"$fd"
  IFS= read -r -t "$PATIENCE" greeting <&"$fd" || fail "no greeting for $*"
  [[ $greeting == +OK* ]] || fail "greeted by: $greeting"
  HELD+=("$fd")
}
# is_turned_away [BYTES]: the connection ends without a word.  In a process of
# its own, which a write may end.
is_turned_away() {
  local got
  got=$(transcript "${1:-}" | wc -c)
  ((got == 0)) || fail "$1: $got bytes were sent"
}

# over_pipe BYTES COMMAND...: the same on a pair of pipes.
over_pipe() {
  local bytes=$1
  shift
  printf '%b' "$bytes" | timeout "$PATIENCE" "$@" 2>>"$LOG"
}

# make_maildir DIR: empty, owned by the test's account.
make_maildir() {
  mkdir -p "$1"/{new,cur,tmp}
  own "$1"
}
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

# has_ids_of_dialogue PID: those that popup, as root, gives it without -u.
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

# status_of PID FIELD: of /proc/PID/status.
status_of() {
  awk -v key="$2:" '$1 == key { $1 = ""; print substr($0, 2) }' "/proc/$1/status"
}
