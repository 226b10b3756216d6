#!/usr/bin/env bats
# bats file_tags=once
# .ci/run adds up the totals of its steps and fails with any of them.  Here its
# make only prints.

bats_require_minimum_version 1.5.0
load ../helpers/common

setup() {
  mkdir "$T/.ci" "$T/bin" "$T/tests"
  cp "$BATS_TEST_DIRNAME/../../.ci/run" "$T/.ci"
  printf '#!/bin/sh\n' >"$T/tests/setup"
  chmod +x "$T/tests/setup"
}

# make_prints STATUS BYTES: `make check' prints BYTES (a format) and exits so;
# other targets succeed.
make_prints() {
  printf '#!/bin/sh\n[ "$*" = check ] || exit 0\nprintf %s\nexit %d\n' "'$2'" "$1" >"$T/bin/make"
  chmod +x "$T/bin/make"
}

@test "a step's totals count despite binary bytes in its log" {
  make_prints 0 'ok 1\n\0bin\n5 passed, 0 failed\n'
  PATH=$T/bin:$PATH run -0 "$T/.ci/run"
  [[ ${lines[-1]} == '5 passed, 0 failed' ]] || fail "$output"
}

@test "a failed step's totals count and end the run" {
  make_prints 2 '5 passed, 3 failed\nmake: *** [check] Error 1\n'
  PATH=$T/bin:$PATH run -1 "$T/.ci/run"
  [[ ${lines[-1]} == '5 passed, 3 failed' ]] || fail "$output"
}

@test "a lint failure fails the run and is shown" {
  make_prints 0 '5 passed, 0 failed\n'
  sed -i '2i [ "$*" != lint ] || { echo a finding; exit 2; }' "$T/bin/make"
  PATH=$T/bin:$PATH run -1 "$T/.ci/run"
  [[ $output == *$'\na finding\n'* ]] || fail "$output"
  [[ ${lines[-1]} == '5 passed, 1 failed' ]] || fail "$output"
}

@test "a run without any test fails" {
  printf '@test "one" { :; }\n' >"$T/one.bats"
  TAGS=misspelt BUILD=$BIN/.. run -1 "$BATS_TEST_DIRNAME/../run" "$T/one.bats"
  [[ $output == *$'\nno test ran: none has the tags misspelt\n'* ]] || fail "$output"
  BUILD=$BIN/.. TAGS='' run -0 "$BATS_TEST_DIRNAME/../run" "$T/one.bats"
}

@test "a run ends with what failed, and with its output" {
  printf '@test "%s" { echo said; %s; }\n' bad false good true >"$T/two.bats"
  BUILD=$BIN/.. TAGS='' run -1 "$BATS_TEST_DIRNAME/../run" "$T/two.bats"
  [[ $output == *$'\n1 failed:\n  not ok 1 bad '*$'\n  # said\n1 passed, 1 failed' ]] || fail "$output"
}

@test "tests/run refuses an unknown test file or folder" {
  BUILD=$BIN/.. TAGS='' run -1 "$BATS_TEST_DIRNAME/../run" nosuch.bats
  [[ $output == 'tests/run: no such test file or folder: nosuch.bats' ]]
}

@test "a failed step without totals is one failure" {
  make_prints 2 'make: *** [check] Error 1\n'
  PATH=$T/bin:$PATH run -1 "$T/.ci/run"
  [[ ${lines[-1]} == '0 passed, 1 failed' ]] || fail "$output"
}
