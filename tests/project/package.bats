#!/usr/bin/env bats
# bats file_tags=once
# make dist: the source archive.

bats_require_minimum_version 1.5.0

setup() {
  load ../helpers/common
  load ../helpers/package
  TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
}

@test "one version: programs, changes.md and the Debian package" {
  local version
  [[ $("$BIN/popup" -V) =~ ^'popup (popchain) '([0-9.]+)$ ]]
  version=${BASH_REMATCH[1]}
  grep -m 1 '^## ' "$TOP/doc/changes.md" | grep -q "^## ${version//./[.]}\(,\|\$\)"
  head -n 1 "$TOP/doc/deploy/debian/changelog" | grep -q "^popchain (${version//./[.]}-[0-9]*) "
}

@test "dist: an unpacked archive makes the same archive" {
  source_tree "$T/one"
  make_in "$T/one" dist
  tar -xf "$T/one"/build/dist/popchain-*.tar.gz -C "$T"
  diff -r --exclude=build "$T/one" "$T"/popchain-*
  # Neither the time, nor the folder, nor the umask matters.
  find "$T"/popchain-* -exec touch -d 2001-01-01 {} +
  (umask 077 && make_in "$T"/popchain-* dist)
  cmp "$T/one"/build/dist/*.gz "$T"/popchain-*/build/dist/*.gz
}

@test "dist: in a git repository it holds HEAD and nothing else" {
  source_tree "$T/repository"
  cd "$T/repository"
  git init -q
  git add -A
  git -c user.name=joe -c user.email=joe@example.org commit -q -m all
  make_in . dist
  mv build/dist "$T/dist"
  echo changed >README.md
  touch untracked
  make_in . dist
  cmp "$T"/dist/*.gz build/dist/*.gz
  git checkout -q README.md
  rm -rf .git untracked
  make_in . dist
  cmp "$T"/dist/*.gz build/dist/*.gz
}
