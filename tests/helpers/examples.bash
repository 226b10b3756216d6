# shellcheck shell=bash
# The examples of README and the manual pages, and a host to run them on exactly
# as they are printed: it has the names, addresses, ports, accounts, programs
# and paths of the pages.
#
#   example NAME            prints the example that EXAMPLES, a list of lines
#                           "NAME PAGE PATTERN", calls NAME
#   inline PAGE PATTERN     prints the matching words of a sentence
#   one_line                joins lines, if the page says "on one line"
#   make_host               gives the host its network, processes and files;
#                           sets HOST, its root directory, and MAIL, joe's
#                           Maildir with one message; stop_host ends it
#   on_host COMMAND...      runs there, with $T/bin in PATH
#   start_on_host COMMAND...  in the background
#   type_on_host TEXT       the same with a shell's command line
#   listens_on_host PORT; talk_on_host ADDRESS PORT BYTES
#   over_pipe_on_host BYTES TEXT
#   serves_on_host [ADDRESS [LOGIN PASSWORD]]
#
# Needs helpers/common and helpers/chain.

# shellcheck disable=SC2153  # NAME is helpers/chain.bash's

PROJECT=$BATS_TEST_DIRNAME/../..

# --- What the pages show -------------------------------------------------------

# page NAME: its path.
page() {
  case $1 in
    README.md) echo "$PROJECT/$1" ;;
    *) echo "$PROJECT/doc/$1" ;;
  esac
}
example() {
  local name page pattern
  read -r name page pattern < <(grep "^$1 " <<<"$EXAMPLES")
  page-examples one "$(page "$page")" "$pattern" || fail "$name of $page"
}
inline() {
  page-examples inline "$(page "$1")" "$2" || fail "$2 of $1"
}
one_line() {
  local line text=
  while read -r line; do text+=${text:+ }$line; done
  printf '%s\n' "$text"
}

# --- The host ------------------------------------------------------------------

# $1 is the root. $2 is its /usr/local, with $3 as bin if it has none. $4, the
# test's folder, has the same name there.
# shellcheck disable=SC2016  # for the inner shell
BOOT='
  host=$1 local=$2 bin=$3 test=$4
  mount --rbind /usr "$host/usr" &&
  mount --bind "$local" "$host/usr/local" &&
  mount -t proc proc "$host/proc" &&
  mkdir -p "$host$test" &&
  mount --bind "$test" "$host$test" || exit
  if ! [ -d "$local/bin" ]; then
    mkdir "$local/bin"
    mount --bind "$bin" "$host/usr/local/bin" || exit
  fi
  for device in null zero full random urandom tty; do
    : >"$host/dev/$device"
    mount --bind "/dev/$device" "$host/dev/$device" || exit
  done
  ip link set lo up
  for address in 192.0.2.5 192.0.2.10 10.0.0.1; do
    ip address add "$address/32" dev lo || exit
  done
  cd "$host" || exit
  echo up >"$test/booted"
  exec chroot . sleep infinity'

# make_host [FOLDER]: the host's /usr/local.
make_host() {
  local local=${1:-$T/local} folder
  needs_root 'it has a host of its own, with its accounts, ports and paths'
  unshare --net --mount --pid --fork true 2>/dev/null ||
    skip 'this machine: no network, mount and process namespaces'
  open_folders
  HOST=$T/host
  mkdir -p "$local" "$HOST"/{dev,home,proc,root,run,srv,tmp,usr,var/log} \
    "$HOST/etc/popchain"
  chmod 1777 "$HOST/tmp"
  mkdir "$T/bin"
  ln -s ../run "$HOST/var/run"
  ln -s /proc/self/fd "$HOST/dev/fd"
  for folder in /bin /sbin /lib*; do
    if [[ -L $folder ]]; then cp -d "$folder" "$HOST/"; fi
  done
  cp -a /etc/. "$HOST/etc"
  echo 'nameserver 127.0.0.1' >"$HOST/etc/resolv.conf"
  make_accounts
  MAIL=$HOST/home/joe/Maildir
  make_maildir "$MAIL"
  own "$HOST/home/joe"
  deliver_one
  unshare --net --mount --propagation private --pid --fork --kill-child \
    bash -c "$BOOT" boot "$HOST" "$local" "$(cd "$BIN" && pwd -P)" "$T" \
    2>>"$LOG" 3>&- &
  HOST_PARENT=$!
  wait_until test -e "$T/booted"
  HOST_PID=$(children "$HOST_PARENT")
  background "$PROJECT/tests/helpers/syslog-sink" "$HOST/dev/log" "$T/syslog"
  wait_until test -S "$HOST/dev/log"
}
# joe is an account of the system and a virtual one, ann is only virtual. Their
# password is secret.
make_accounts() {
  local etc=$HOST/etc service
  printf '%s\n' root:x:0:0::/root:/bin/sh nobody:x:65534:65534::/:/bin/sh \
    "joe:x:$MAIL_UID:$MAIL_GID::/home/joe:/bin/sh" \
    vmail:x:70001:70001::/srv/mail:/bin/sh log:x:70002:70002::/:/bin/sh \
    >"$etc/passwd"
  printf '%s\n' root:x:0: nogroup:x:65534: "joe:x:$MAIL_GID:" vmail:x:70001: \
    log:x:70002: >"$etc/group"
  for service in dovecot dovenull haproxy systemd-network; do
    getent passwd "$service" >>"$etc/passwd" || true
    getent group "$service" >>"$etc/group" || true
  done
  (
    umask 077
    printf 'joe:%s:19000:0:99999:7:::\n' \
      "$(checkpw-hash -m sha512crypt <<<secret | sed 's/^{[^}]*}//')" >"$etc/shadow"
    printf '%s:{PLAIN}secret:joe:joe::/home/joe::\n' joe ann >"$etc/popchain/users"
  )
}
stop_host() {
  if [[ -n ${HOST_PID:-} ]]; then kill -KILL "$HOST_PID"; fi
  if [[ -n ${HOST_PARENT:-} ]]; then wait "$HOST_PARENT" || true; fi
}

on_host() {
  nsenter --target "$HOST_PID" --mount --net --pid --root --wd \
    env -i PATH="/usr/local/bin:$T/bin:/usr/bin:/usr/sbin" "$@"
}
start_on_host() { background on_host "$@" 2>>"$LOG"; }
# type_on_host TEXT: as a user would type it.
type_on_host() { start_on_host sh -c "$1"; }

listens_on_host() {
  local port
  printf -v port ':%04X [0-9A-F]*:0000 0A' "$1"
  grep -q "$port" "/proc/$HOST_PID/net/tcp" "/proc/$HOST_PID/net/tcp6"
}
# talk_on_host ADDRESS PORT BYTES
talk_on_host() {
  wait_until listens_on_host "$2"
  # shellcheck disable=SC2016  # for the inner shell
  on_host bash -c 'exec 9<>"/dev/tcp/$1/$2" && printf %b "$3" >&9 &&
    timeout 20 cat <&9' talk "$@"
}
# over_pipe_on_host BYTES TEXT: sends the bytes to a command line.
over_pipe_on_host() {
  printf %b "$1" | on_host timeout 20 sh -c "$2" 2>>"$LOG"
}
# serves_on_host [ADDRESS [LOGIN PASSWORD]]: port 110 serves a whole session with
# the message in $MAIL.
serves_on_host() {
  local session=$WHOLE_SESSION
  session=${session/joe/"${2:-joe}"}
  session=${session/secret/"${3:-secret}"}
  check_session "$(talk_on_host "${1:-127.0.0.1}" 110 "$session")" \
    "$NAME" "$BODY_SIZE"
  is_empty
}
