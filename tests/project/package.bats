#!/usr/bin/env bats
# bats file_tags=once
# make dist and make deb: the source archive, and the Debian package that is built
# in a bare Debian.  package_install.bats uses the package.

bats_require_minimum_version 1.5.0

load ../helpers/common
load ../helpers/debian
load ../helpers/package

setup() { TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd); }
teardown() { stop_servers; }

@test "one version: programs, changes.md and the Debian package" {
  local version
  [[ $("$BIN/popup" -V) =~ ^'popup (popchain) '([0-9.]+)$ ]]
  version=${BASH_REMATCH[1]}
  grep -m 1 '^## ' "$TOP/doc/changes.md" | grep -q "^## ${version//./[.]}\(,\|\$\)"
  head -n 1 "$TOP/doc/deploy/debian/changelog" | grep -q "^popchain (${version//./[.]}-[0-9]*) "
}

@test "dist: an unpacked archive makes the same archive" {
  copy_project "$T/one"
  make_in "$T/one" dist
  tar -xf "$T/one"/build/dist/popchain-*.tar.gz -C "$T"
  diff -r --exclude=build "$T/one" "$T"/popchain-*
  # Neither the time, nor the folder, nor the umask matters.
  find "$T"/popchain-* -exec touch -d 2001-01-01 {} +
  (umask 077 && make_in "$T"/popchain-* dist)
  cmp "$T/one"/build/dist/*.gz "$T"/popchain-*/build/dist/*.gz
}

@test "dist: in a git repository it holds HEAD and nothing else" {
  copy_project "$T/repository"
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

@test "deb: lintian is content" {
  built_package
  debian_packages "$BUILDER" lintian
  run in-debian "$BUILDER" "cd $ONE/build/deb && lintian --allow-root --fail-on error,warning *.changes"
  [[ $status == 0 ]] || fail "$output"
}

@test "deb: debug symbols of all programs are in a second package" {
  built_package
  run dpkg-deb -c "$BUILDER$ONE/build/deb"/popchain-dbgsym_*.deb
  (($(grep -c '/[.]build-id/.*[.]debug$' <<<"$output") == 7)) || fail "$output"
}

@test "deb: documents name programs where the package has them" {
  local page
  built_package
  dpkg-deb -x "$BUILDER$ONE/build/deb"/popchain_*.deb "$T/package"
  # The others say how to install from the source.
  run -1 grep -rE '/usr/local/(bin|libexec)' "$T/package/usr/share/doc" --exclude={quickstart.md,Containerfile}
  for page in "$T"/package/usr/share/man/*/*.gz; do
    run -1 zgrep -F /usr/local/ "$page"
  done
  (cd "$T/package" && grep -rhoE '/usr/(bin|libexec)/[a-z0-9/-]+' usr/share/doc/popchain/deploy |
    sort -u | grep -E 'popup|checkpw|pop3d' | sed 's,^/,,' | xargs ls)
}

@test "deb: the README's links to documents lead to files" {
  local links
  built_package
  dpkg-deb -x "$BUILDER$ONE/build/deb"/popchain_*.deb "$T/package"
  cd "$T/package/usr/share/doc/popchain"
  # The package has no tests.  Its manual pages are where man finds them.
  links=$(grep -o '](\([^)#]*\)' README.md | cut -c 3- | grep -vE '^(https?:|tests/|$)|[.][78]$')
  (($(wc -l <<<"$links") >= 15)) || fail "$links"
  xargs -d '\n' ls -d <<<"$links" >"$T/out"
}

@test "deb: another folder, time, zone and umask: the same bytes" {
  local other=/srv/quite/another/place
  built_package
  debian_packages "$BUILDER" faketime
  copy_project "$BUILDER$other"
  # make starts dpkg-buildpackage with little more than PATH.
  printf '%s\n' '#!/bin/sh' 'umask 077' 'export TZ=Asia/Tokyo' \
    "exec faketime '+400 days' /usr/bin/dpkg-buildpackage \"\$@\"" >"$BUILDER/usr/local/bin/dpkg-buildpackage"
  chmod +x "$BUILDER/usr/local/bin/dpkg-buildpackage"
  make_deb "$other"
  rm "$BUILDER/usr/local/bin/dpkg-buildpackage"
  (cd "$BUILDER$ONE/build/deb" && sha256sum -- *.deb *.dsc *.tar.*) >"$T/sums"
  (($(grep -c '[.]deb$' "$T/sums") == 2))
  (cd "$BUILDER$other/build/deb" && sha256sum --quiet -c "$T/sums")
}
