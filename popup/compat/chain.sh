# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# What popa3d, pop3d, popper and mdpop3d share: sourced by each of them, with
# its own $0, the folder in $here and its options in $synopsis.
#
#   POPCHAIN_BIN       where popup, checkpw and maildir-pop3d are
#                      (default: ../../bin from this folder)
#   POPCHAIN_CHECKPW   checkpw-nss, where the name services are wanted
#   POPCHAIN_APOP      the passwd-file that holds the secrets of those users of
#                      the system who log in by APOP
#                      (default: /etc/popchain/apop; APOP is off without it)
#
# A session's start runs nothing but the shell itself.

name=${0##*/}
bin=${POPCHAIN_BIN:-$here/../../bin}
# The session's programs start in other directories than this one.
case $bin in /*) ;; *) bin=$PWD/$bin ;; esac
apop_file=${POPCHAIN_APOP:-/etc/popchain/apop}
{ read -r host </proc/sys/kernel/hostname; } 2>/dev/null || host=$(uname -n)

# Under inetd descriptor 2 is the client, whom our troubles do not concern.
complain() {
  if [ -S /dev/fd/2 ]; then
    logger -t "$name" -p mail.err -- "$1"
    printf -- '-ERR [SYS/TEMP] the server is misconfigured\r\n'
  else
    printf '%s\n' "$1" >&2
  fi
  exit 1
}

die() {
  complain "$name: $1"
}

# shellcheck disable=SC2154  # each command has its synopsis
usage() {
  complain "usage: $name $synopsis"
}

# version [WORDS]
version() {
  line=$("$bin/popup" -V) || exit 1
  printf '%s %s%s\n' "$name" "${line#popup }" "${1:+ $1}"
  exit 0
}

check_seconds() {
  case $1 in
    '' | *[!0-9]* | 0* | ??????*) die "bad number of seconds: $1" ;;
  esac
}

# The trace file, as /dev/fd/9: opened here for both halves of the session, of
# which one runs as root and the other as the user.
open_trace() {
  if [ -L "$1" ] || { [ -e "$1" ] && ! [ -f "$1" ]; }; then
    die "not a regular file: $1"
  fi
  (umask 077 && : >>"$1") 2>/dev/null || die "cannot write: $1"
  exec 9>>"$1"
  # The same questions again, to what was opened meanwhile.
  # shellcheck disable=SC3013  # every /bin/sh of today has -ef
  if [ -L "$1" ] || ! [ "$1" -ef /dev/fd/9 ] || ! [ -O /dev/fd/9 ]; then
    die "not a file of one's own: $1"
  fi
}

# With APOP, but without CRAM-MD5, which neither PAM nor an account with a hash
# can answer, and clients prefer to what works.
# shellcheck disable=SC2034  # for those who source this
popup_apop='-A -M PLAIN,LOGIN'

# serve SECONDS [SERVER_OPTION ...]: the chain, with one try and the time-out
# in both halves.  $popup_options are words without spaces; with $service PAM
# decides, which is told $rhost as the client if there is one, and with $apop
# the secrets in $apop_file come first, of accounts that the system's locks and
# ages shut all the same.
popup_options=
service=
rhost=
apop=
serve() {
  seconds=$1
  shift
  checkpw=$bin/${POPCHAIN_CHECKPW:-checkpw}
  set -- "$bin/maildir-pop3d" -a -t "$seconds" --syslog "$@"
  if [ -n "$service" ]; then
    if [ -n "$rhost" ]; then set -- --rhost "$rhost" "$@"; fi
    set -- "$bin/checkpw-pam" --syslog --service "$service" "$@"
  elif [ -n "$apop" ]; then
    set -- "$checkpw" --syslog --system-users "$apop_file" -s "$@"
  else
    set -- "$checkpw" --syslog "$@"
  fi
  # shellcheck disable=SC2086  # words
  exec "$bin/popup" -n 1 -L "$seconds" --syslog $popup_options "$host" "$@"
}
