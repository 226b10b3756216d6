# shellcheck shell=bash
# For the tests of maildir-pop3d alone: it runs as the test's account over
# the Maildir in the test's own directory.
#
#   load ../helpers/common
#   load ../helpers/pop3d
#   pop3d 'STAT\r\nQUIT\r\n' [option...]   over pipes; prints the replies
#   serve "${POP3D[@]}"                    under tcpserver

setup() {
  POP3D=("${AS_USER[@]}" maildir-pop3d -a)
  unset MAILDIR LOGNAME USER
  cd "$T" || return 1
  make_maildir Maildir
  : >"$LOG"
}

pop3d() {
  local bytes=$1
  shift
  over_pipe "$bytes" "${POP3D[@]}" "$@" | tr -d '\r'
}

# answers BYTES LINE...: pop3d's replies behind the greeting are these lines.
answers() {
  local bytes=$1 wanted got
  shift
  wanted=$(printf '%s\n' "$@")
  got=$(pop3d "$bytes" | tail -n +2)
  [[ $got == "$wanted" ]] || fail "wanted:" "$wanted" "got:" "$got"
}

# uidls: what the next session sees, in order.
uidls() {
  pop3d 'UIDL\r\n' | sed '1,2d;$d' | cut -d' ' -f2
}

# index: sessions until both indexes may be trusted; the second is the first
# where the file system's clock is fine.
index() {
  wait_until indexes_settle
}
indexes_settle() {
  pop3d '' >/dev/null &&
    index_tool.py settled Maildir/maildir-pop3d.{new,cur} >/dev/null
}

# names DIR: what is in it, on one line, sorted.
names() {
  (cd "Maildir/$1" && find . -mindepth 1 -printf '%f\n' | sort | tr '\n' ' ')
}

# log_has PATTERN: a line of the log matches the pattern.
log_has() {
  grep -q -e "$1" "$LOG" || fail "the log lacks: $1"
}

message() {
  printf 'From: a@example.org\nSubject: %s\n\nbody %s\n' "$1" "$1"
}

# The one session under serve, and the memory that is its own.
private_kib() {
  awk '/^RssAnon:/ { print $2 }' "/proc/$1/status"
}
session_pid() {
  pgrep -P "${SERVERS[0]}" -x maildir-pop3d
}
