# shellcheck shell=bash
# Longer helpers for the tests of sessions that have an index.
#
#   rename_and_look FIRST LAST   renames these messages as another program would,
#                                and fetches the last and the first of them
#   renaming N                   prints the instructions of such a session
#   damages LOOK COMMAND...      COMMAND damages the index during a session
#
# Needs helpers/common, helpers/pop3d and is_true of index.bats.

rename_and_look() {
  python3 - "$1" "$2" <<'EOF'
import os, sys
for n in range(int(sys.argv[1]), int(sys.argv[2]) + 1):
    os.rename(f"Maildir/cur/{n}.m:2,", f"Maildir/cur/{n}.m:2,S")
EOF
  send "RETR $2\r\nRETR $1"
  for _ in 1 2; do
    expect '+OK 3 octets'
    expect x
    expect .
  done
}

# renaming N: prints how many instructions a session with an index takes while
# the later half of N messages is renamed, and then the earlier half.
renaming() {
  local many=$1 n
  rm -rf Maildir
  make_maildir Maildir
  for ((n = 1; n <= many; n++)); do echo x >"Maildir/cur/$n.m:2,"; done
  own Maildir
  index
  serve_counted
  connect
  expect "+OK $many *"
  : >"$LOG"
  rename_and_look $((many / 2 + 1)) "$many"
  rename_and_look 1 $((many / 2))
  send QUIT
  expect '+OK bye'
  expect_end
  counted
}

# damages LOOK COMMAND...: COMMAND damages the index of cur during a session.
# The client's next command, LOOK, ends the session, no message is lost, and the
# next session is right.
damages() {
  local look=$1
  shift
  rm -f Maildir/maildir-pop3d.*
  index
  connect
  expect '+OK 400 messages*'
  send 'DELE 1\r\nDELE 400'
  expect '+OK deleted'
  expect '+OK deleted'
  "$@"
  send "$look"
  expect '-ERR [[]SYS/TEMP]*'
  expect_end
  hang_up
  logged 'unable to read the index'
  [[ ! -e Maildir/maildir-pop3d.cur ]] || fail "$look: the index is there"
  (($(names cur | wc -w) == 400))
  is_true
}
