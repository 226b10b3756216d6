#!/usr/bin/env bats
# bats file_tags=libc
# checkpw keeps the checkpassword interface, whatever store it asks.

# shellcheck disable=SC2016,SC2034  # hashes, inner shells; LAUNCH is for login

load ../helpers/common
load ../helpers/checkpw

setup() {
  printf 'joe:{PLAIN}a:%s:%s::/usr:/bin/zsh:\n' "$MAIL_UID" "$MAIL_GID" \
    >"$T/users"
}

run_with() {
  login joe a '' PASS "${options[@]}" -f "$T/users" -- "$@"
}
options=()

@test "the program gets its arguments and starts in the home" {
  run_with sh -c 'printf "%s|" "$(pwd)" "$@"' name -f 'two words' ''
  accepted '/usr|-f|two words||'
}

@test "USER LOGNAME HOME SHELL are set, other variables are kept" {
  LAUNCH=(env -i "PATH=$PATH" HOME=/root USER=root UID=x POPUP_SID=a.1
    POPUP_STATUSFD=7 POPUP_CAPA=USER TCPREMOTEIP=192.0.2.7 ODD=' =')
  run_with env
  [[ $(sort <<<"$output") == "HOME=/usr
LOGNAME=joe
ODD= =
PATH=$PATH
POPUP_CAPA=USER
POPUP_SID=a.1
POPUP_STATUSFD=7
SHELL=/bin/zsh
TCPREMOTEIP=192.0.2.7
UID=x
USER=joe" ]] || fail "environment: $output"
}

@test "-e exports UID and GID, too" {
  options=(-e)
  run_with env
  grep -qx "UID=$MAIL_UID" <<<"$output"
  grep -qx "GID=$MAIL_GID" <<<"$output"
}

@test "an empty shell field means /bin/sh" {
  sed -i 's,/bin/zsh,,' "$T/users"
  run_with sh -c 'echo "$SHELL"'
  accepted /bin/sh
}

@test "descriptor 3 and checkpw's own are closed, others stay open" {
  # readlink opens nothing itself
  exec {foreign}>"$T/status"
  run_with readlink "/proc/self/fd/$foreign"
  accepted "$T/status"
  run_with readlink /proc/self/fd/3
  [[ $status == 1 && -z $output ]] || fail "descriptor 3: $output"
  run_with readlink /proc/self/fd/{0..255}
  exec {foreign}>&-
  grep -q "^$T/status" <<<"$output" || fail "lost: $output"
  ! grep -q -e "$T/users" -e "$T/record" <<<"$output" || fail "$output"
}

@test "no secret is left in the program's arguments or environment" {
  sed -i 's/{PLAIN}a/{PLAIN}sesame-street/' "$T/users"
  login joe sesame-street '' PASS -f "$T/users" -- \
    sh -c 'tr "\\0" "\\n" </proc/self/environ; tr "\\0" "\\n" </proc/$$/cmdline; echo end'
  ((status == 0)) && [[ $output == *end ]] || fail "$output"
  ! grep -q sesame-street <<<"$output" || fail "$output"
  ! grep -q sesame-street "$LOG" || fail "in the log"
}

@test "after the login no root id, group or capability is left" {
  needs_root "without it there is none to shed"
  LAUNCH=(setpriv --groups '0,1,2,3')
  run_with grep -E '^(Uid|Gid|Groups|CapPrm|CapEff):' /proc/self/status
  [[ $(tr -s '\t ' ' ' <<<"$output" | sed 's/ $//') == "Uid: 65533 65533 65533 65533
Gid: 65533 65533 65533 65533
Groups: 65533
CapPrm: 0000000000000000
CapEff: 0000000000000000" ]] || fail "$output"
}

@test "without root: the own uid logs in, another is temporary" {
  LAUNCH=(as_user)
  chmod a+x "$BATS_RUN_TMPDIR"
  if as_user test ! -r "$T/users"; then
    skip "the test's account cannot reach $T"
  fi
  run_with id -u
  accepted "$MAIL_UID"
  printf 'joe:{PLAIN}a:::::/bin/sh:\nann:{PLAIN}a:::x:/usr\n' >"$T/users"
  login ann a '' PASS -f "$T/users" -- id -u
  accepted "$MAIL_UID"
  printf 'joe:{PLAIN}a:1:%s::/usr\n' "$MAIL_GID" >"$T/users"
  run_with id -u
  temporary 'unable="change user without being root"'
}

@test "malformed data on descriptor 3 is logged as misuse" {
  local bytes
  for bytes in '' 'joe' 'joe\0' 'joe\0a' '\0a\0\0' '\0\0\0' '\0' \
    'joe\0a\0ts\0PASS\0'"$(printf 'x%.0s' {1..600})"; do
    # shellcheck disable=SC2059  # the bytes are the format
    printf "$bytes" >"$T/record"
    : >"$LOG"
    login_with_record -f "$T/users"
    ((status == 2)) || fail "status $status for '$bytes'"
    [[ -z $output ]]
    logged 'event=misused.*user=? ip='
  done
}

@test "512 bytes on descriptor 3 are accepted, 513 are misuse" {
  head -c 500 /dev/zero | tr '\0' x >"$T/padding"
  { printf 'joe\0a\0\0PASS\0'; cat "$T/padding"; } | head -c 512 >"$T/record"
  login_with_record -f "$T/users"
  accepted
  { cat "$T/record"; printf x; } >"$T/longer"
  mv "$T/longer" "$T/record"
  login_with_record -f "$T/users"
  ((status == 2)) || fail "status $status"
}

@test "random bytes on descriptor 3 never crash and never log in" {
  local seed
  for seed in {1..40}; do
    head -c $((seed * 13)) /dev/urandom >"$T/record"
    login_with_record -f "$T/users"
    ((status == 1 || status == 2 || status == 111)) || fail "status $status"
  done
}

@test "timestamp and mechanism are optional, more data is ignored" {
  local bytes
  for bytes in 'joe\0a\0' 'joe\0a\0\0' 'joe\0a\0t' 'joe\0a\0t\0PASS\0more\0\0\0'; do
    # shellcheck disable=SC2059
    printf "$bytes" >"$T/record"
    login_with_record -f "$T/users"
    accepted
  done
}

@test "a closed or unreadable descriptor 3 is an error" {
  run checkpw -f "$T/users" echo in 3>&-
  ((status == 2)) || fail "closed: $status"
  run checkpw -f "$T/users" echo in 3</
  ((status == 111)) || fail "a directory: $status"
  run checkpw -f "$T/users" echo in 3>"$T/out"
  ((status == 2)) || fail "write only: $status"
}

@test "the syslog connection is not mistaken for descriptor 3" {
  local status=0
  timeout 10 checkpw --syslog -f "$T/users" echo in 3>&- || status=$?
  ((status == 2)) || fail "--syslog: $status"
  status=0
  timeout 10 checkpw -f "$T/users" echo in 2>&- 3>&- || status=$?
  ((status == 2)) || fail "descriptor 2 closed: $status"
}

# owner_of COMMAND...: prints the uid that may look into the process while it waits
# on descriptor 3.
owner_of() {
  "$@" 3<&"$held" &
  SERVERS+=($!)
  wait_until waits_in_poll "${SERVERS[-1]}"
  stat -c %u "/proc/${SERVERS[-1]}/fd"
  stop_servers
}
waits_in_poll() { [[ $(<"/proc/$1/comm") == "$waiting" && $(<"/proc/$1/stat") == *') S '* ]]; }

@test "only root can look into checkpw while secrets are in memory" {
  local place=$T held waiting
  # Root owns its own processes anyway, so root runs a copy that the user can
  # reach.
  if ((EUID == 0)); then
    place=$(mktemp -d /tmp/checkpassword.XXXXXX)
    chmod 755 "$place"
  fi
  mkfifo "$T/fifo"
  exec {held}<>"$T/fifo"
  cp "$BIN/checkpw" "$place/checkpw"
  waiting="sleep"
  [[ $(owner_of "${AS_USER[@]}" sleep 30) == "$MAIL_UID" ]]
  waiting="checkpw"
  local owner
  owner=$(owner_of "${AS_USER[@]}" "$place/checkpw" -f users true)
  case $place in /tmp/checkpassword.*) rm -rf "$place" ;; esac
  [[ $owner == 0 ]] || fail "owner: $owner"
}

@test "an unexecutable program is a temporary error" {
  run_with "$T/no-such-program"
  temporary "unable=\"run the program\" error=\"No such file or directory\" file=$T/no-such-program user=joe"
  run_with "$T/users"
  temporary "error=\"Permission denied\" file=$T/users user=joe"
}

@test "PATH lookup: the log names the program, not a closed folder" {
  local CHECKPW=$BIN/checkpw place
  place=$(mktemp -d /tmp/checkpassword.XXXXXX)
  chmod 755 "$place"
  mkdir "$place/closed" "$place/open"
  echo >"$place/open/program"
  chmod 000 "$place/closed"
  LAUNCH=(env "PATH=$place/closed:/bin")
  run_with program
  LAUNCH=(env "PATH=$place/closed:$place/open:/bin")
  run_with program
  rm -rf "$place"
  temporary "unable=\"run the program\" error=\"Permission denied\" file=$place/open/program user=joe"
  temporary "unable=\"find the program in PATH\" error=\"No such file or directory\" file=program path=$place/closed:/bin user=joe"
}

@test "an inaccessible home is named in the log" {
  printf 'joe:{PLAIN}a:%s:%s::/no/such/home::\n' "$MAIL_UID" "$MAIL_GID" >"$T/users"
  run_with true
  temporary 'unable="change to the home directory" error="No such file or directory" file=/no/such/home user=joe'
}

@test "checkpw ends with the program's exit code or signal" {
  run_with sh -c 'exit 7'
  ((status == 7))
  run_with sh -c 'kill -9 $$'
  ((status == 137))
}

@test "a bad command line exits 111, not 100, and points to --help" {
  for bad in '' '-x prog' '-f' "-f $T/users" '-m' '-m x prog' '-m -1 prog' \
    '-m 4294967295 prog' '--cdb prog' '--syslog=x prog'; do
    # shellcheck disable=SC2086  # words
    run checkpw $bad 3</dev/null
    ((status == 111)) || fail "$bad: $status"
    [[ $output == 'checkpw: fatal: '*' (checkpw --help lists the options)' ]] ||
      fail "$bad: $output"
  done
}

@test "options after the program belong to the program" {
  run_with echo -f --help
  accepted '-f --help'
}

@test "--help and --version print to standard output and exit 0" {
  for option in --version -V; do
    [[ $(checkpw "$option" 2>/dev/null) == 'checkpw (popchain) '* ]]
  done
  [[ $(checkpw --help 2>/dev/null) == usage:* ]]
}

@test "log lines carry popup's session id, but not a forged one" {
  LAUNCH=(env POPUP_SID=4f21.67 TCPREMOTEIP=192.0.2.7)
  login joe wrong '' PASS -f "$T/users"
  [[ $(tail -n 1 "$LOG") == 'checkpw: sid=4f21.67 event=refuse cause=password user=joe ip=192.0.2.7' ]]
  for sid in 'x event=accept' $'x\ny' '' "$(printf 'x%.0s' {1..65})"; do
    LAUNCH=(env "POPUP_SID=$sid" TCPREMOTEIP=192.0.2.7)
    login joe wrong '' PASS -f "$T/users"
    [[ $(tail -n 1 "$LOG") == 'checkpw: event=refuse cause=password user=joe ip=192.0.2.7' ]]
  done
}

@test "-v also logs logins, -q only errors" {
  options=(-v)
  run_with echo in
  accepted
  grep -qx "checkpw: event=accept user=joe uid=$MAIL_UID gid=$MAIL_GID ip=.*" "$LOG"
  : >"$LOG"
  options=(-q)
  run_with echo in
  login joe wrong '' PASS -q -f "$T/users"
  ((status == 1))
  [[ ! -s $LOG ]]
  login joe a '' PASS -q -f "$T/none"
  temporary event=temporary
}

@test "--syslog: nothing is written to descriptor 2" {
  login joe wrong '' PASS --syslog -f "$T/users"
  ((status == 1))
  [[ ! -s $LOG ]]
}

@test "a log without a reader does not end the login" {
  mkfifo "$T/log"
  { sleep 5; } <"$T/log" 3>&- &
  exec {writer}>"$T/log"
  kill $!
  wait $! 2>/dev/null || true
  printf 'joe\0wrong\0\0' >"$T/record"
  local status=0
  checkpw -f "$T/users" echo in 3<"$T/record" 2>&"$writer" || status=$?
  ((status == 1)) || fail "status $status"
}

@test "a full log delays a login only briefly and does not end it" {
  mkfifo "$T/log"
  exec {writer}<>"$T/log"
  dd if=/dev/zero of="$T/log" oflag=nonblock bs=4096 2>/dev/null || true
  printf 'joe\0wrong\0\0' >"$T/record"
  local status=0
  timeout 20 checkpw -f "$T/users" echo in 3<"$T/record" 2>&"$writer" || status=$?
  ((status == 1)) || fail "status $status"
}

@test "too little memory for the hash is temporary, not a refusal" {
  needs_memory_limit
  printf 'joe:%s:%s:%s::/usr\n' \
    '$y$j9T$abcdefghijklmnop$L4lJtNsQpwDPAc/uwWwUGeg57p5fCEdn3sN6zeDRtN1' \
    "$MAIL_UID" "$MAIL_GID" >"$T/users"
  login joe sesame '' PASS -f "$T/users"
  accepted
  LAUNCH=(bash -c 'ulimit -v 15000; exec "$@"' limited)
  login joe sesame '' PASS -f "$T/users"
  temporary 'unable="hash the password:'
}

@test "the program inherits the ignored signals unchanged" {
  run_with sh -c 'grep SigIgn /proc/self/status'
  [[ $output == "$(grep SigIgn /proc/self/status)" ]] || fail "$output"
}
