#!/usr/bin/env bats
# bats file_tags=once
# Every file of doc/deploy is installed and used by a test.

load ../helpers/common

setup() { cd "$BATS_TEST_DIRNAME/../.." || exit; }

# Files that are tested as they are, where they lie.
ELSEWHERE='
README.md
container/Containerfile
'

@test "set-ups: each file is put in place by a test" {
  find doc/deploy -type f -printf '%P\n' | grep -v '^debian/' | sort >"$T/files"
  {
    grep . <<<"$ELSEWHERE"
    sed -n 's/^ *put \([a-z0-9]*\) \(.*\)$/\1 \2/p' tests/deploy/*.bats |
      while read -r name files; do
        # shellcheck disable=SC2086  # words
        printf -- "$name/%s\n" $files
      done
  } | sort -u | diff "$T/files" -
}

@test "set-ups: README lists each folder, and nothing else" {
  find doc/deploy -mindepth 1 -maxdepth 1 -type d -printf '%f\n' |
    grep -vx debian | sort >"$T/folders"
  # shellcheck disable=SC2016  # of Markdown
  sed -n 's/^| \([a-z0-9]*\) | `\/.*` | .*/\1/p' doc/deploy/README.md | sort |
    diff "$T/folders" -
}
