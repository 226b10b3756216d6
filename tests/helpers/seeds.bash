# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154  # some are for the tests; run sets others
# For the tests of the seeds' command lines: the compat commands of the source
# tree run the programs under test on a machine of the test's own.
#
#   make_machine               makes joe's account (password secret) in $T/etc,
#                              his Maildir in $MAIL and a syslog in $SYSLOG;
#                              skips the test without root
#   serve_seed NAME [OPTION]   under tcpserver, on that machine
#   "${MACHINE[@]}" COMMAND    one command there
#   alone SCRIPT [ARGUMENT]    the same with its own network and processes
#   three_messages; answers COMMANDS LINE ...; refuses NAME PASSWORD
#   by_apop, accepted_by_apop, refused_by_apop SECRET       as joe
#   add_shadow NAME HASH; shadow_joe FIELDS   the latter replaces all of shadow
#   show_chain NAME [OPTION]   prints the chain that it would run, on one line;
#                              the machine's name becomes HOST
#   chain_is WANTED NAME [OPTION]; refuses_to_start PATTERN NAME [OPTION]
#   inetd_line NAME [OPTION]   serves such a line of inetd.conf on $PORT
#   syslogged PATTERN          waits for such a line (grep)
#   lacks FILE PATTERN         there is no such line
#
# Needs helpers/common and helpers/chain.

COMPAT=$BATS_TEST_DIRNAME/../../popup/compat
SYSLOG=$T/syslog
export POPCHAIN_BIN=$BIN
HOST=$(</proc/sys/kernel/hostname)

# $1/etc/* in place of /etc/*, and a /dev with $1/dev/log, in a private mount
# namespace, so the real machine is not changed.
# shellcheck disable=SC2016  # for the inner shell
IN_MACHINE='
  root=$1; shift
  for file in "$root"/etc/*; do
    mount --bind "$file" "/etc/${file##*/}" || exit 99
  done
  for device in null zero full random urandom tty; do
    : >>"$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device" || exit 99
  done
  mount --rbind "$root/dev" /dev || exit 99
  exec "$@"'
MACHINE=(unshare --mount --propagation private bash -c "$IN_MACHINE" machine "$T")

make_machine() {
  needs_root 'it has accounts and a syslog of its own'
  needs_mount_namespace
  make_account
  mkdir -p "$T/etc" "$T/dev"
  ln -s /proc/self/fd "$T/dev/fd"
  printf '%s\n' root:x:0:0::/root:/bin/sh \
    "joe:x:$MAIL_UID:$MAIL_GID::$HOME_DIR:/bin/sh" >"$T/etc/passwd"
  printf '%s\n' root:x:0: "joe:x:$MAIL_GID:" >"$T/etc/group"
  : >"$T/etc/shadow"
  chmod 600 "$T/etc/shadow"
  SECRET=$(printf 'secret\n' | checkpw-hash -m sha512crypt)
  SECRET=${SECRET#*\}}
  add_shadow joe "$SECRET"
  background syslog-sink "$T/dev/log" "$SYSLOG"
  wait_until test -S "$T/dev/log"
}
add_shadow() {
  printf '%s:%s:19000:0:99999:7:::\n' "$1" "$2" >>"$T/etc/shadow"
}
shadow_joe() {
  printf 'joe:%s\n' "$1" >"$T/etc/shadow"
}

alone() {
  local script="ip link set lo up; PATH=$COMPAT:\$PATH; $1"
  shift
  unshare --net --pid --fork --kill-child --mount-proc true 2>/dev/null ||
    skip 'this machine: no network and process namespaces'
  timeout 60 unshare --net --pid --fork --kill-child --mount-proc \
    "${MACHINE[@]}" bash -c "$script" alone "$@" 3>&-
}

# Its popup delays no refusal.
serve_seed() {
  local name=$1
  shift
  mkdir -p "$T/undelayed"
  ln -sf "$POPCHAIN_BIN"/* "$T/undelayed"
  rm "$T/undelayed/popup"
  write_script undelayed/popup "exec '$POPCHAIN_BIN/popup' -w 0 \"\$@\""
  POPCHAIN_BIN=$T/undelayed serve "${MACHINE[@]}" "$COMPAT/$name" "$@"
}
# by_apop SECRET: sends joe's APOP; $GREETING is the line before.
by_apop() {
  connect
  expect '+OK *<*@*>'
  GREETING=$line
  local stamp=${GREETING##* }
  send "APOP joe $(printf '%s%s' "$stamp" "$1" | md5sum | cut -c 1-32)"
}
# refused_by_apop SECRET: with the reply of every refusal.
refused_by_apop() {
  by_apop "$1"
  expect '-ERR \[AUTH\] wrong name or password'
  expect_end
  hang_up
}
accepted_by_apop() {
  by_apop "$1"
  expect '+OK*'
  send QUIT
  expect '+OK*'
  hang_up
}

# Three messages of 41 octets.
three_messages() {
  local i
  for i in 1 2 3; do
    printf '%b' "$BODY" | deliver "$MAIL/new" "170000000$i.M${i}P1.test"
  done
}
# as_joe COMMANDS: prints the answers to them in the TRANSACTION state.
as_joe() {
  transcript "USER joe\r\nPASS secret\r\n$1QUIT\r\n" | tr -d '\r' |
    tail -n +4 | head -n -1
}
answers() {
  local wanted got
  got=$(as_joe "$1")
  shift
  wanted=$(printf '%s\n' "$@")
  [[ $got == "$wanted" ]] || fail "wanted: $wanted" "got: $got"
}
# refuses NAME PASSWORD: one -ERR, and the end.
refuses() {
  run transcript "USER $1\r\nPASS $2\r\n"
  [[ ${lines[1]} == +OK* && ${lines[2]} == '-ERR [AUTH]'* ]] || fail "$output"
  ((${#lines[@]} == 3)) || fail "goes on: $output"
}

syslogged() {
  wait_until grep -q -e "$1" "$SYSLOG" || {
    cat "$SYSLOG" >&2
    return 1
  }
}

lacks() {
  local file=$1
  shift
  ! grep "$@" "$file" || fail "$file has that"
}

# The programs in $T/show print their arguments. checkpw-pam is there only if
# $PAM_TOO is set.
show_chain() {
  local name=$1 program
  shift
  mkdir -p "$T/show"
  # shellcheck disable=SC2016  # for the script
  write_script show/popup 'echo "${0##*/} $*"'
  for program in checkpw maildir-pop3d ${PAM_TOO:+checkpw-pam}; do
    cp "$T/show/popup" "$T/show/$program"
  done
  POPCHAIN_BIN=$T/show "$COMPAT/$name" "$@" |
    sed "s|$T/show/||g; s|$T|T|g; s| $HOST | HOST |"
}
chain_is() {
  local wanted=$1 got
  shift
  got=$(show_chain "$@")
  [[ $got == "$wanted" ]] || fail "wanted: $wanted"$'\n'"got:    $got"
}
# refuses_to_start PATTERN NAME [OPTION ...]: with this message and exit code 1.
refuses_to_start() {
  local pattern=$1 name=$2
  shift 2
  run "$COMPAT/$name" "$@" </dev/null
  ((status == 1)) || fail "$name $*: status $status"
  # shellcheck disable=SC2053  # a pattern is meant
  [[ $output == $pattern ]] || fail "$name $*: $output"
}

# inetd_line NAME [OPTION ...]: that line of inetd.conf, with only the compat
# command's path changed, served by inetd on $PORT of the machine.
inetd_line() {
  local server
  server=$(find_server openbsd-inetd inetd) ||
    skip 'no inetd, and openbsd-inetd cannot be unpacked'
  pick_port
  printf '127.0.0.1:%s stream tcp nowait root %s %s\n' \
    "$PORT" "$COMPAT/$1" "$*" >"$T/inetd.$PORT"
  background "${MACHINE[@]}" "$server" -E -i "$T/inetd.$PORT"
  wait_until port_answers
}
