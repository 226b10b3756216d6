# bats file_tags=libc
# checkpw-nss finds the accounts of the system's name services: here those of
# Debian's libnss-extrausers, in a private mount namespace.
# Hashes and programs of an inner shell are quoted, LAUNCH is read by login.
# shellcheck disable=SC2016,SC2034

load ../helpers/common
load ../helpers/checkpw

CHECKPW=checkpw-nss

setup() {
  needs_root "it mounts its own /etc/nsswitch.conf"
  needs_mount_namespace
  ldconfig -p | grep -q libnss_extrausers || [[ -e /usr/lib/libnss_extrausers.so.2 ]] ||
    skip "libnss-extrausers is not installed"
  LAUNCH=(with_extrausers)
  mkdir -p "$T/etc" "$T/extra"
  printf '%s: files extrausers\n' passwd shadow group >"$T/etc/nsswitch.conf"
  printf 'joe:x:70001:70001::/usr:/bin/zsh\n' >"$T/extra/passwd"
  printf 'joe:%s:19000:0:99999:7:::\n' "$MD5" >"$T/extra/shadow"
  printf 'joe:x:70001:\nstaff2:x:70005:joe,ann\n' >"$T/extra/group"
}

with_extrausers() {
  in_system bash -c 'extra=$1; shift
    mount --bind "$extra" /var/lib/extrausers || exit 99
    exec "$@"' with_extrausers "$T/extra" "$@"
}

@test "an account of another name service logs in with its groups" {
  login joe sesame '' PASS -- sh -c 'id -u; id -G; pwd; echo "$SHELL"'
  accepted $'70001\n70001 70005\n/usr\n/bin/zsh'
}

@test "wrong, locked and expired accounts are refused as usual" {
  login joe wrong '' PASS
  refused password joe
  login nobody-here sesame '' PASS
  refused unknown '?'
  sed -i "s/^joe:.*/joe:!:19000:0:99999:7:::/" "$T/extra/shadow"
  login joe sesame '' PASS
  refused locked joe
  sed -i "s/^joe:.*/joe:${MD5//\//\\/}:0:0:99999:7:::/" "$T/extra/shadow"
  login joe sesame '' PASS
  refused expired joe
}

@test "user and group names in a passwd-file may be of any service" {
  printf 'ann:{PLAIN}a:joe:staff2::/usr\n' >"$T/users"
  login ann a '' PASS -f "$T/users" -- sh -c 'id -u; id -G'
  accepted $'70001\n70005'
}

@test "without the name service the account is unknown" {
  printf '%s: files\n' passwd shadow group >"$T/etc/nsswitch.conf"
  login joe sesame '' PASS
  refused unknown '?'
}

@test "the static checkpw reads only the system's files" {
  [[ $BIN == */build/bin ]] || skip "this build: checkpw has the shared libc"
  CHECKPW=checkpw
  login joe sesame '' PASS
  refused unknown '?'
}

@test "passwd-files and hashes work as in checkpw" {
  printf 'ann:%s:70002:70002::/usr\n' "$YESCRYPT" >"$T/users"
  login ann sesame '' PASS -f "$T/users" -- id -u
  accepted 70002
}
