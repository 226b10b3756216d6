# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# The folder compat: scripts with the command lines of older servers, which
# start the three programs.
# May be called by: administrators and super-servers; no program calls them.
# May call: popup, checkpw and maildir-pop3d.
#
# popa3d, pop3d, popper and mdpop3d each source this file, after they have set
# $here to their folder and $synopsis to their options.
#
#   POPCHAIN_BIN       where popup, checkpw and maildir-pop3d are
#                      (default: ../../bin from this folder)
#   POPCHAIN_CHECKPW   the checker (default: checkpw); checkpw-nss asks the name
#                      services, too
#   POPCHAIN_APOP      the passwd-file with the secrets of those system users who
#                      log in by APOP
#                      (default: /etc/popchain/apop; without it APOP is off)
#
# The shell runs no other program before popup when it starts a session.

name=${0##*/}
bin=${POPCHAIN_BIN:-$here/../../bin}
# The programs of a session change their directory, so make it absolute.
case $bin in /*) ;; *) bin=$PWD/$bin ;; esac
apop_file=${POPCHAIN_APOP:-/etc/popchain/apop}
{ read -r host </proc/sys/kernel/hostname; } 2>/dev/null || host=$(uname -n)

# Under inetd descriptor 2 is the client's socket: never write errors there.
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

# shellcheck disable=SC2154  # set by the script that sources this
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

# open_trace FILE: opens the trace file as /dev/fd/9, for popup, which runs as
# root, and for maildir-pop3d, which runs as the user.
open_trace() {
  if [ -L "$1" ] || { [ -e "$1" ] && ! [ -f "$1" ]; }; then
    die "not a regular file: $1"
  fi
  (umask 077 && : >>"$1") 2>/dev/null || die "cannot write: $1"
  exec 9>>"$1"
  # Checks again, because the name may have been replaced before it was opened.
  # shellcheck disable=SC3013  # every /bin/sh of today has -ef
  if [ -L "$1" ] || ! [ "$1" -ef /dev/fd/9 ] || ! [ -O /dev/fd/9 ]; then
    die "not a file of this user: $1"
  fi
}

# APOP without CRAM-MD5: neither PAM nor an account with a hash can answer
# CRAM-MD5, yet clients would prefer it to what works.
# shellcheck disable=SC2034  # used by the scripts that source this
popup_apop='-A -M PLAIN,LOGIN'

# serve SECONDS [SERVER_OPTION ...]: execs the chain, with one login attempt and
# SECONDS as the timeout of popup and of maildir-pop3d.
#   $popup_options  more options of popup: words without spaces
#   $service        if set, PAM decides, with this service
#   $rhost          if set, the client's name for PAM
#   $apop           if set, the secrets in $apop_file come first; the system's
#                   locked and expired accounts stay refused
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
