#!/usr/bin/env bats
# The C++ tests of the pure files.

setup() { load helpers/common; }

@test "every unit test of the pure files passes" {
  run "$BIN/../tests/unit"
  printf '%s\n' "$output"
  [ "$status" -eq 0 ]
}

@test "the unit test program fails where no test has the name asked for" {
  run "$BIN/../tests/unit" no_such_module
  [ "$status" -ne 0 ]
}
