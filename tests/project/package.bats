#!/usr/bin/env bats
# bats file_tags=once
# make dist and make deb: the source archive and the Debian package, which is
# built, installed, used and purged in a bare Debian.

bats_require_minimum_version 1.5.0

load ../helpers/common
load ../helpers/cgroup
load ../helpers/debian
load ../helpers/debian_boot
load ../helpers/package

setup() { TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd); }
teardown() {
  stop_debian
  stop_servers
}

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

@test "deb: serves mail once installed, purged it leaves nothing" {
  local root=$T/root port idle
  built_package
  debian_root "$root"
  debian_packages "$root" adduser curl libpam0g systemd
  cp "$BUILDER$ONE/build/deb"/popchain_*.deb "$root/root"
  state_of "$root" >"$T/before"
  on_root 'apt-get -q install -y /root/popchain_*.deb'
  [[ $(on_root "dpkg-query -W -f '\${Conffiles}' popchain") == *' /etc/default/popchain '* ]]
  [[ $(on_root 'popup -V') == "$("$BIN/popup" -V)" ]]
  on_root 'systemd-analyze verify --man=no popchain.service'
  # Nothing is started or enabled.
  [[ -z $(find "$root/etc/systemd" -name 'popchain*') ]]

  # README.Debian's commands, as printed.
  sed -n '/^The first user/,/systemctl/s/^    //p' "$root/usr/share/doc/popchain/README.Debian" |
    sed '/^systemctl /d' >"$root/root/user"
  on_root 'echo sesame | sh -e /root/user'
  printf 'Subject: hello\n\nworld\n' >"$root/var/lib/popchain/joe/Maildir/new/1.1.x"
  on_root 'chown -R popchain: /var/lib/popchain/joe'
  port=$(free-port)
  sed -i "s/^POPUP_OPTIONS=.*/POPUP_OPTIONS='-l 127.0.0.1:$port'/" "$root/etc/default/popchain"
  unit_script "$root/lib/systemd/system/popchain.service" mx.example.org >"$root/root/unit"
  background in-debian "$root" 'exec sh /root/unit' 2>"$LOG"
  # unshare ignores SIGTERM, and ends with popup.
  child_of "${SERVERS[-1]}"
  SERVERS=("$CHILD" "${SERVERS[@]}")
  wait_until logged "event=listen .*port=$port"
  on_root "curl -sS -u joe:sesame pop3://127.0.0.1:$port/1" >"$T/mail"
  grep -q '^world' "$T/mail"
  ! on_root "curl -sS -u joe:wrong pop3://127.0.0.1:$port/1" || fail 'any password is good'
  logged 'event=login result=ok user=joe'
  # The dialogue runs as the account popup.
  exec {idle}<>"/dev/tcp/127.0.0.1/$port"
  wait_until dialogue_runs_as "$(on_root 'id -u popup')"
  exec {idle}>&-
  # A new version keeps the changed conffile, and a running popup serves on.
  on_root 'apt-get -q install -y --reinstall /root/popchain_*.deb'
  grep -q "$port" "$root/etc/default/popchain"
  on_root "curl -sS -u joe:sesame pop3://127.0.0.1:$port/1" | cmp "$T/mail"
  stop_servers

  on_root 'apt-get -q remove -y popchain'
  [[ -e $root/etc/popchain/users && -e $root/etc/default/popchain ]]
  # Mail stays, and so does its owner.
  on_root 'dpkg --purge popchain && id popchain && ! id popup && ! id popup-tls'
  on_root 'rm -r /var/lib/popchain'
  on_root 'apt-get -q install -y /root/popchain_*.deb && dpkg --purge popchain'
  state_of "$root" | diff "$T/before" -
}

@test "deb: an upgrade under systemd keeps sessions and settings" {
  local root=$T/root
  built_package
  debian_root "$root"
  debian_packages "$root" adduser libpam0g
  cp "$BUILDER$ONE/build/deb"/popchain_*.deb "$root/root/popchain.deb"
  newer_package "$root/root/popchain.deb" "$root/root/newer.deb"
  boot_debian "$root"
  booted popchain/tests/helpers/package-upgrade /root/popchain.deb /root/newer.deb >"$T/said" 2>&1 ||
    fail "$(tail -n 40 "$T/said")"
}
# newer_package OLD NEW: the same package with a higher version.
newer_package() {
  dpkg-deb -R "$1" "$T/newer"
  sed -i '/^Version:/s/$/+newer/' "$T/newer/DEBIAN/control"
  dpkg-deb -Znone --root-owner-group -b "$T/newer" "$2" >"$T/out"
}
# on_root COMMAND: runs it in the Debian that has the package.
on_root() {
  in-debian "$T/root" "export DEBIAN_FRONTEND=noninteractive; $1" 2>"$T/errors" || {
    fail "$1: $(cat "$T/errors")"
  }
}
# dialogue_runs_as UID: popup, which is alone in its namespace, has such a child.
dialogue_runs_as() {
  [[ -n $(pgrep -u "$1" -x popup) ]]
}
