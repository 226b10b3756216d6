# shellcheck shell=bash
# For the tests of popup -D.
#
#   listen [OPTION...] [-- COMMAND...]    popup -D -v with these options; COMMAND, if
#                     any, execs it. Sets LISTENER and PORT, of the first address.
#                     For each login it runs the array SUBPROGRAM.
#   port_of IP        prints the port of that address
#   count_logged PATTERN                  prints the number of such lines (grep)
#
# Needs helpers/common.

SUBPROGRAM=(true)
listen() {
  local -a options=()
  while (($#)) && [[ $1 != -- ]]; do options+=("$1") && shift; done
  background "${@:2}" popup -D -v -w 0 "${options[@]}" test.host \
    "${SUBPROGRAM[@]}" 2>>"$LOG"
  # shellcheck disable=SC2034  # for the tests
  LISTENER=${SERVERS[-1]}
  logged 'event=listen ip=.* port='
  # shellcheck disable=SC2034
  PORT=$(port_of '.*')
}
port_of() {
  sed -n "s/^popup: event=listen ip=$1 port=//p" "$LOG" | head -n 1
}
count_logged() { grep -c -- "$1" "$LOG" || true; }
