#!/usr/bin/env bats
# bats file_tags=libc
# The unit test program runs every test and fails with any of them.

setup() { load ../helpers/common; }

@test "every unit test passes" {
  run "$BIN/../tests/unit"
  printf '%s\n' "$output"
  grep '^not shown: ' <<<"$output" | sed 's/^/# /' >&3 || true
  [ "$status" -eq 0 ]
}

@test "the unit test program fails for an unknown test name" {
  run "$BIN/../tests/unit" no_such_module
  [ "$status" -ne 0 ]
}
