#!/usr/bin/env bats
# bats file_tags=once
# doc/migration.md names only existing tests, and each test of a seed.

load ../helpers/common

TESTS=$BATS_TEST_DIRNAME/..
PAGE=$BATS_TEST_DIRNAME/../../doc/migration.md

# named: prints FILE:NAME for each link to a test.
named() {
  grep -o '\[[^]]*\](\.\./tests/[^)]*)' "$PAGE" |
    sed 's|^\[\(.*\)\](\.\./tests/\(.*\))$|\2:\1|' | sort -u
}
# existing FILE...: prints FILE:NAME for each test.
existing() {
  grep -H '^@test "' "$@" |
    sed 's|^[.]/||; s/:@test "\(.*\)" {$/:\1/' | sort -u
}

@test "every test named in migration.md exists" {
  named >"$T/named"
  (($(wc -l <"$T/named") > 100))
  (cd "$TESTS" && existing ./*/*.bats) >"$T/existing"
  [[ -z $(comm -23 "$T/named" "$T/existing") ]] ||
    fail "$(comm -23 "$T/named" "$T/existing")"
}

@test "every test of a seed is named in migration.md" {
  named >"$T/named"
  (cd "$TESTS" && existing ./seeds/*.bats) >"$T/existing"
  [[ -z $(comm -13 "$T/named" "$T/existing") ]] ||
    fail "$(comm -13 "$T/named" "$T/existing")"
}

@test "every table row of migration.md has a test" {
  local rows
  (($(grep -c '^| .* | test |$' "$PAGE") == $(grep -c '^|---' "$PAGE")))
  rows=$(grep '^| ' "$PAGE" | grep -v -e '| test |$' -e '(\.\./tests/[a-z_0-9/]*\.bats) |$' || true)
  [[ -z $rows ]] || fail "$rows"
}
