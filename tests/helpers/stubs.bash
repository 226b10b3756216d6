# shellcheck shell=bash
# For the tests of popup with a stub as the checker.
#
#   recorded LINE     the checker got this last (stub-joe)
#   not_recorded      the checker got nothing
#   base64_of BYTES
#   SHOW              an array, the checker stub-show: it refuses each login
#   in_environment PATTERN, not_in_environment PATTERN    such a line (grep) was
#                     in the environment of the last SHOW
#   make_polite       writes $T/polite, a server that ends well on SIGTERM: it
#                     leaves "ended" in $T/ended
#
# Needs helpers/common.

setup() {
  export STUB_RECORD=$T/record
}

recorded() {
  [ "$(tail -n 1 "$STUB_RECORD")" = "$1" ] || fail "got: $(cat "$STUB_RECORD")"
}
not_recorded() {
  [ ! -e "$STUB_RECORD" ] || fail "the checker got: $(cat "$STUB_RECORD")"
}
base64_of() {
  printf '%b' "$1" | base64 -w 0
}

# $T/environment, .fds and .signals are those of the checker.
# shellcheck disable=SC2034  # for the tests
SHOW=(stub-show "$T/environment")
in_environment() {
  grep -q -- "^$1" "$T/environment" || fail "no $1 in: $(cat "$T/environment")"
}
not_in_environment() {
  ! in_environment "$1" 2>/dev/null || fail "$1 is in: $(cat "$T/environment")"
}

make_polite() {
  # shellcheck disable=SC2016  # for the script
  write_script polite "trap 'echo ended >>$T/ended; exit 0' TERM" \
    'printf x >&"$POPUP_STATUSFD"' 'printf "+OK in\r\n"' 'read -r'
}
