#!/usr/bin/env bats
# bats file_tags=once
# The Debian package is installed, used, upgraded and purged in a bare Debian.

bats_require_minimum_version 1.5.0

load ../helpers/common
load ../helpers/cgroup
load ../helpers/debian
load ../helpers/debian_boot
load ../helpers/package

teardown() {
  stop_debian
  stop_servers
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
  logged "event=listen .*port=$port"
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
