# shellcheck shell=bash
# For the tests of popup with stub-joe as the checker.
#
#   recorded LINE     what the checker was told last
#   not_recorded      it was told nothing
#   base64_of BYTES
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
