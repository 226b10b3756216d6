#!/usr/bin/env bats
# bats file_tags=libc
# The unit test program runs every test and fails with any of them.

setup() { load ../helpers/common; }

# The tests mostly wait, so eight modules run side by side.
@test "every unit test passes" {
  (cd "$BATS_TEST_DIRNAME/../unit" && grep -rl --include='*.cc' '^TEST(' .) |
    sed 's,^\./\(.*\)\.cc$,\1,' >"$T/modules"
  run xargs -P 8 -n 1 "$BIN/../tests/unit" <"$T/modules"
  printf '%s\n' "$output"
  grep '^not shown: ' <<<"$output" | sed 's/^/# /' >&3 || true
  [ "$status" -eq 0 ]
}

@test "the unit test program fails for an unknown module" {
  run "$BIN/../tests/unit" no_such_module
  [ "$status" -ne 0 ]
}
