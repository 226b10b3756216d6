# shellcheck shell=bash
# One account and the whole chain, for the tests that run all three programs or
# replace one of them by a foreign program.
#
#   make_account            joe, password secret, an empty Maildir in $HOME_DIR
#   deliver_one             puts one message there
#   serve "${CHAIN[@]}"     popup, checkpw and maildir-pop3d for that account
#   check_session TEXT NAME SIZE [BODY]   TEXT answers WHOLE_SESSION
#   messages [DIR], is_empty [DIR]        the number of messages in the Maildir
#   open_folders            lets other users reach the test's folders
#   pick_port, port_answers               for servers that do not tell their port
#   find_server PACKAGE PROGRAM           inetd or xinetd
#
# Needs helpers/common.

HOME_DIR=$T/home
MAIL=$HOME_DIR/Maildir
USERS=$T/users
# shellcheck disable=SC2034  # used by the files that load this one
CHAIN=(popup -w 0 test.host checkpw -f "$USERS" maildir-pop3d -a Maildir)

# Bats makes its folders for root alone, but the chain runs as other users, too.
open_folders() {
  chmod go+x "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR"/{file,test} \
    "$BATS_FILE_TMPDIR" "$T" 2>/dev/null || true
}

make_account() {
  open_folders
  make_maildir "$MAIL"
  own "$HOME_DIR"
  printf 'joe:{PLAIN}secret:%s:%s::%s::\n' \
    "$MAIL_UID" "$MAIL_GID" "$HOME_DIR" >"$USERS"
  chmod 600 "$USERS"
}

# The commands of a whole session on a Maildir of one message.
# shellcheck disable=SC2034
WHOLE_SESSION='USER joe\r\nPASS secret\r\nSTAT\r\nLIST\r\nUIDL\r\nRETR 1\r\nDELE 1\r\nQUIT\r\n'

# check_session TEXT NAME SIZE [BODY]: TEXT must be a server's answer to
# WHOLE_SESSION if its one message has the UIDL NAME, SIZE octets and the text
# BODY. The words after +OK are free unless RFC 1939 gives them.
check_session() {
  local name=$2 size=$3 i
  local -a wanted=('+OK*' '+OK*' '+OK*' "+OK 1 $size" '+OK*' "1 $size" .
    '+OK*' "1 $name" . '+OK*') got body
  mapfile -t body < <(printf '%b' "${4:-$BODY}")
  wanted+=("${body[@]}" . '+OK*' '+OK*')
  mapfile -t got < <(tr -d '\r' <<<"$1")
  for i in "${!wanted[@]}"; do
    # shellcheck disable=SC2053  # a pattern is meant
    [[ ${got[i]-nothing} == ${wanted[i]} ]] ||
      fail "line $i: wanted ${wanted[i]}, got ${got[i]-nothing}, in:"$'\n'"$1"
  done
  ((${#got[@]} == ${#wanted[@]})) || fail "more than was wanted:"$'\n'"$1"
}

# The message: BODY_SIZE octets on the wire.
# shellcheck disable=SC2034
BODY='Subject: one\n\nfirst line\nsecond line\n' BODY_SIZE=41
NAME=1700000001.M1P1.test
deliver_one() {
  printf '%b' "$BODY" | deliver "$MAIL/new" "$NAME"
}

messages() {
  find "${1:-$MAIL}/new" "${1:-$MAIL}/cur" -type f | wc -l
}
is_empty() {
  (($(messages "$@") == 0))
}

# shellcheck disable=SC2034
pick_port() {
  PORT=$(free-port)
}
port_answers() { (exec 9<>"/dev/tcp/127.0.0.1/$PORT"); }

# find_server PACKAGE PROGRAM: prints the path. Debian's inetd and xinetd exclude
# each other, so the one that is not installed is unpacked, once, in the build
# folder.
find_server() {
  PATH=$PATH:/usr/sbin command -v "$2" && return
  local unpacked=$BIN/../tests/$1
  mkdir -p "$unpacked"
  (
    flock 9
    [[ -x $unpacked/usr/sbin/$2 ]] || { cd "$unpacked" &&
      apt-get -q download "$1" && dpkg -x "$1"_*.deb .; }
  ) >&2 9>"$unpacked/lock" || return
  ! ldd "$unpacked/usr/sbin/$2" | grep -q 'not found' || return
  printf '%s\n' "$unpacked/usr/sbin/$2"
}
