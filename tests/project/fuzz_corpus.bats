#!/usr/bin/env bats
# bats file_tags=once
# No input of the corpora makes a fuzz target fail under the sanitizers.

setup() { load ../helpers/common; }

@test "every fuzz target survives its corpus" {
  for target in "$BATS_TEST_DIRNAME"/../fuzz/fuzz_*.cc; do
    name=$(basename "$target" .cc)
    name=${name#fuzz_}
    echo "$name"
    "$BATS_TEST_DIRNAME/../../build/san/tests/replay-$name" "$BATS_TEST_DIRNAME/../fuzz/corpus/$name"
  done
}
