# shellcheck shell=bash
# For the tests of maildir-pop3d alone: it runs as the owner of the Maildir in
# the test's own directory.
#
#   load ../helpers/common
#   load ../helpers/pop3d
#   pop3d 'STAT\r\nQUIT\r\n' [option...]   over pipes; prints the replies
#   serve "${POP3D[@]}"                    under tcpserver
#   answers BYTES LINE...                  it replies these lines
#   uidls                                  the ids that the next session sees
#   index                                  runs sessions until indexes settle
#   names DIR                              the sorted names there, on one line
#   log_has PATTERN                        such a line is in $LOG
#   message SUBJECT                        prints a small message
#   session_pid, private_kib PID           the session under serve, its memory
#
# Needs helpers/common.

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

# answers BYTES LINE...: pop3d replies these lines after the greeting.
answers() {
  local bytes=$1 wanted got
  shift
  wanted=$(printf '%s\n' "$@")
  got=$(pop3d "$bytes" | tail -n +2)
  [[ $got == "$wanted" ]] || fail "wanted:" "$wanted" "got:" "$got"
}

uidls() {
  pop3d 'UIDL\r\n' | sed '1,2d;$d' | cut -d' ' -f2
}

# One session writes the indexes. They settle in the next one if the file system
# has a fine clock, else later.
index() {
  wait_until indexes_settle
}
indexes_settle() {
  pop3d '' >/dev/null &&
    index_tool.py settled Maildir/maildir-pop3d.{new,cur} >/dev/null
}

names() {
  (cd "Maildir/$1" && find . -mindepth 1 -printf '%f\n' | sort | tr '\n' ' ')
}

log_has() {
  grep -q -e "$1" "$LOG" || fail "the log lacks: $1"
}

message() {
  printf 'From: a@example.org\nSubject: %s\n\nbody %s\n' "$1" "$1"
}

# private_kib PID: the memory that the process does not share.
private_kib() {
  awk '/^RssAnon:/ { print $2 }' "/proc/$1/status"
}
session_pid() {
  pgrep -P "${SERVERS[0]}" -x maildir-pop3d
}
