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
#   message SUBJECT                        prints a small message
#   many N                                 N messages in cur
#   session_pid, private_kib PID           the session under serve, its memory
#   serve_counted [option...]; counted     the instructions of a session
#   changes_flags                          another program renames all the time
#   moves_away MOST                        message 2 moves before each reading
#   slowly COMMAND...                      with pauses after directory reads
#   make_full_home, whole_session NAME [option...]    every feature is used
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

# serve_counted [OPTION...]: valgrind counts the instructions of the session.
serve_counted() {
  serve "${AS_USER[@]}" valgrind --tool=callgrind --vgdb=no \
    --callgrind-out-file=/dev/null maildir-pop3d -a "$@"
}
# counted: hangs up, stops the server, and prints the number of instructions.
counted() {
  hang_up
  logged 'Collected : '
  stop_servers
  sed -n 's/^.*Collected : //p' "$LOG"
}

# many N: puts N messages into cur.  To list 1,000 or more takes several
# getdents64 calls.
many() {
  python3 - "$1" <<'EOF'
import sys
for n in range(1, int(sys.argv[1]) + 1):
    open(f"Maildir/cur/{n}.{'m' * 40}:2,", "w").write("x\n")
EOF
  own Maildir
}
# changes_flags: a background process renames all messages in cur, again and
# again, until the test ends.
changes_flags() {
  background python3 -c '
import os
os.chdir("Maildir/cur")
stems = [name.split(":")[0] for name in os.listdir(".")]
flags = [":2,", ":2,S"]
turn = 0
while True:
    for stem in stems:
        try:
            os.rename(stem + flags[turn], stem + flags[1 - turn])
        except FileNotFoundError:
            pass
    turn = 1 - turn
'
  until [[ -n $(find Maildir/cur -name '*:2,S' -print -quit) ]]; do
    sleep 0.05
  done
}

# slowly COMMAND...: each getdents64 call returns 20 ms late, so that other
# programs can act between two of them.
slowly() {
  ASAN_OPTIONS=detect_leaks=0 timeout 60 strace -f -o trace -e trace=getdents64 \
    -e inject=getdents64:delay_exit=20000 "$@"
}

# moves_away MOST: runs a session.  Before it reads a directory, message 2 moves
# from there to the other directory, at most MOST times.  ./out has the replies.
moves_away() {
  needs_strace
  local most=$1 moved=0 stops=0 fd pid
  local -a folders
  message one | deliver Maildir/new 1.a
  message two | deliver Maildir/cur 2.b:2,
  ASAN_OPTIONS=detect_leaks=0 background strace -f -o trace \
    -e trace=openat,lseek -e inject=lseek:signal=STOP "${POP3D[@]}" \
    </dev/null >out 2>>"$LOG"
  while kill -0 "${SERVERS[-1]}" 2>/dev/null; do
    if (($(grep -cs 'stopped by SIGSTOP' trace || true) + 0 <= stops)); then
      sleep 0.01
      continue
    fi
    ((++stops))
    mapfile -t folders < <(
      sed -n 's/.*openat([0-9]*, .*O_DIRECTORY.* = //p' trace)
    fd=$(sed -n 's/.*lseek(\([0-9]*\),.*/\1/p' trace | tail -n 1)
    if [[ $fd == "${folders[0]}" && -e Maildir/new/2.b ]] &&
      ((++moved <= most)); then
      mv Maildir/new/2.b Maildir/cur/2.b:2,
    elif [[ $fd == "${folders[1]}" && -e Maildir/cur/2.b:2, ]] &&
      ((++moved <= most)); then
      mv Maildir/cur/2.b:2, Maildir/new/2.b
    fi
    pid=$(sed -n 's/^\([0-9]*\) *--- stopped by SIGSTOP.*/\1/p' trace | tail -n 1)
    kill -CONT "$pid" 2>/dev/null || true
  done
}

# make_full_home NAME: a directory with a Maildir in which every feature has
# something to do.
make_full_home() {
  local maildir=$1/Maildir i
  make_maildir "$maildir"
  for i in 1 2 3; do
    message "$i" | deliver "$maildir/new" "170000000$i.M$i.host"
    message "$i" | deliver "$maildir/cur" "170000001$i.M$i.host:2,S"
  done
  { message large; seq 40000; } | deliver "$maildir/cur" 1700000020.M.host:2,
  echo old | deliver "$maildir/tmp" left
  touch -d '3 days ago' "$maildir/tmp/left"
  printf '100000S\n300000 7\n' >"$maildir/maildirsize"
  printf '3 V1 N9\n1 :1700000001.M1.host\n' >"$maildir/dovecot-uidlist"
  echo 0 >"$1/.popbull"
  mkdir "$1/mta"
  # shellcheck disable=SC2016  # for the script
  printf '#!/bin/sh\ncat >%s/message; cat /proc/self/status >%s/status\n' \
    "$PWD/$1/mta" "$PWD/$1/mta" >"$1/sendmail"
  chmod +x "$1/sendmail"
  own "$1"
}

# whole_session NAME [OPTION...]: two sessions with every command and feature in
# the new home NAME; NAME/transcript has their replies, files and traces.  The
# second one finds indexes.
whole_session() {
  local name=$1
  shift
  local -a lines=(STAT LIST 'LIST 2' 'LIST 99' UIDL 'UIDL 1' 'RETR 1' 'RETR 5'
    'RETR 8' 'TOP 3 0' 'TOP 8 3' 'RETR 7' NOOP LAST CAPA 'XTND XLIST Subject'
    'XTND XMIT' 'To: ann@example.org' '' body . 'DELE 1' RSET 'DELE 2'
    'DELE 5' 'RETR 2' 'USER x' nonsense XTND)
  make_full_home "$name"
  (
    cd "$name" || exit
    export SENDMAIL=$PWD/sendmail
    for _ in 1 2; do
      { printf '%s\r\n' "${lines[@]}"; printf 'QUIT\r\n'; } |
        timeout 60 "${POP3D[@]}" -b "$T/bulletins" -u joe -x -s -v -d --lock \
          --uidl dovecot --trace trace "$@" 2>>"$LOG" || echo "exit code $?"
      touch -d '1 hour ago' Maildir/maildir-pop3d.login 2>/dev/null || true
      (cd Maildir && ls new cur tmp && cat maildirsize && ls maildir-pop3d.*)
      grep -o 'event=command.*' trace
      # The name of a bulletin contains the time of its delivery.
    done | sed 's/[0-9]*\.bulletin/T.bulletin/' >transcript
  )
}
