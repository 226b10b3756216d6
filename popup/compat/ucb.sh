# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# The options that pop3d and popper share: they are two releases of one server.
# Source it after chain.sh.

# serve_ucb LETTERS ARGUMENT...: parses the arguments, with LETTERS for getopts,
# and execs the chain.
serve_ucb() {
  letters=$1
  shift
  seconds=120 bulletins='' debug='' statistics='' trace=''
  while getopts "$letters" option 2>/dev/null; do
    case $option in
      b) bulletins=$OPTARG ;;
      d) debug=1 ;;
      s) statistics=1 ;;
      T) check_seconds "$OPTARG" && seconds=$OPTARG ;;
      t) open_trace "$OPTARG" && trace=/dev/fd/9 ;;
      *) usage ;;
    esac
  done
  [ $OPTIND -gt $# ] || usage

  set -- -x
  if [ -n "$bulletins" ]; then set -- "$@" -b "$bulletins"; fi
  if [ -n "$statistics" ]; then set -- "$@" -s; fi
  # The trace goes to the file instead of syslog.
  if [ -n "$trace" ]; then
    set -- "$@" --trace "$trace"
    popup_options="$popup_options --trace $trace"
  elif [ -n "$debug" ]; then
    set -- "$@" -d
    popup_options="$popup_options -d"
  fi
  if [ -n "$debug" ]; then popup_options="$popup_options --socket-debug"; fi
  serve "$seconds" "$@"
}
