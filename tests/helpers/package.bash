# shellcheck shell=bash
# The source archive.
#
#   source_tree FOLDER         copies the project there, without git and builds
#   make_in FOLDER TARGET      makes it there, with an empty environment

source_tree() {
  mkdir -p "$1"
  tar -C "$BATS_TEST_DIRNAME/../.." --exclude=./build --exclude=./.git -c . | tar -C "$1" -x --no-same-owner
}
make_in() {
  env -i PATH="$PATH" make -s -C "$1" "$2" >"$T/out" 2>&1 || fail "$(cat "$T/out")"
}
