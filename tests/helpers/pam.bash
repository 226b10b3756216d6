# shellcheck shell=bash
# For the tests of checkpw-pam: a PAM module of the tests' own, and services in
# $T/etc/pam.d.
#
#   needs_pam               skips the test if checkpw-pam was not built
#   service NAME LINE...    writes the service's file
#
# Needs helpers/common.

# shellcheck disable=SC2034  # for the tests
MODULE=$BATS_FILE_TMPDIR/pam_test.so

setup_file() {
  [[ -x $BIN/checkpw-pam ]] || return 0
  local root=$BATS_TEST_DIRNAME/../..
  g++ -std=c++20 -shared -fPIC -I"$root" -o "$BATS_FILE_TMPDIR/pam_test.so" \
    "$root/tests/helpers/pam_test.cc" "$root/lib/crypto/md5.cc" -lpam
}

needs_pam() {
  [[ -x $BIN/checkpw-pam ]] || skip 'make PAM=1 was not asked for'
}
service() {
  local name=$1
  shift
  printf '%s\n' "$@" >"$T/etc/pam.d/$name"
}
