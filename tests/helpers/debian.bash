# shellcheck shell=bash
# A bare Debian in a folder, by debootstrap.
#
#   needs_debian            skips the test unless CI=true and it can work here
#   debian_mirror           prints the mirror and suite of this machine's Debian
#   debian_root FOLDER      makes a Debian with make there, and this project in
#                           its /root/popchain; all but the first take seconds
#   copy_objects FOLDER     adds the objects and programs of build/, so that the
#                           project in the Debian FOLDER need not be compiled
#
# The program in-debian runs commands in such a folder.  Needs helpers/common
# and BUILD, the folder of the programs.

needs_debian() {
  [[ ${CI-} == true ]] ||
    skip 'this run: with CI=true it installs a Debian, in some five minutes'
  needs_root 'it installs a Debian in a folder'
  needs_mount_namespace
}

debian_mirror() {
  local codename
  codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
  # shellcheck disable=SC2016  # apt expands these
  apt-get indextargets --format '$(SITE) $(CODENAME) $(ORIGIN) $(COMPONENT)' \
    'Created-By: Packages' 2>/dev/null |
    sed -n "s|^\([^ ]*\) \($codename\) Debian main\$|\1 \2|p" | head -n 1
}

# One test makes the Debian, the others unpack what it packed.
debian_root() {
  local root=$1 mirror suite http_proxy packed=$BUILD/debian.tar
  read -r mirror suite < <(debian_mirror) || skip 'this machine: apt has no Debian mirror'
  # All programs that ask the mirror use apt's settings, such as its proxy.
  eval "$(apt-config shell http_proxy Acquire::http::Proxy)"
  if [[ ${http_proxy:-} ]]; then export http_proxy; fi
  timeout 60 /usr/lib/apt/apt-helper download-file "$mirror/dists/$suite/InRelease" "$T/InRelease" >"$T/out" 2>&1 ||
    skip 'this machine: the Debian mirror does not answer'
  mkdir "$root"
  (
    flock 9
    if [[ -s $packed ]]; then
      tar -C "$root" -xf "$packed"
    else
      debootstrap --variant=minbase --include=make,procps,systemd-sysv "$suite" "$root" "$mirror" >"$T/out" 2>&1 &&
        tar -C "$root" -cf "$packed.new" . && mv "$packed.new" "$packed"
    fi
  ) 9>"$packed.lock" || fail "$(tail -n 20 "$T/out")"
  apt-config dump | grep '^Acquire::http' >"$root/etc/apt/apt.conf.d/00machine" || true
  cp /etc/resolv.conf /etc/hosts "$root/etc"
  # No power cut has to be survived.
  echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/unsafe-io"
  copy_project "$root/root/popchain"
}
copy_objects() {
  local part top=$BATS_TEST_DIRNAME/../..
  for part in build/{bin,obj,system/obj,libxcrypt.chosen}; do
    if [[ -e $top/$part ]]; then (cd "$top" && cp -a --parents "$part" "$1/root/popchain"); fi
  done
}
