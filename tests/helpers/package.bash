# shellcheck shell=bash
# The source archive and the Debian package.  Load debian.bash first.
#
#   make_in FOLDER TARGET      makes it there, with an empty environment
#   built_package              a Debian in $BUILDER, in whose folder $ONE was made
#                              `make deb'; one for all tests
#   make_deb FOLDER            makes it there, in $BUILDER
#   debian_packages ROOT PACKAGE...   installs them there
#   state_of ROOT              prints what a package could leave behind there
#   unit_script FILE HOSTNAME  prints a script that does what a unit's ExecStart
#                              does, with the capabilities that the unit allows

make_in() {
  env -i PATH="$PATH" make -s -C "$1" "$2" >"$T/out" 2>&1 || fail "$(cat "$T/out")"
}

BUILDER=$BATS_RUN_TMPDIR/builder
ONE=/root/popchain
built_package() {
  local lock
  needs_debian
  exec {lock}>"$BUILDER.lock"
  flock "$lock" # tests of another file may need it, too
  if [[ ! -e $BUILDER/built ]]; then
    debian_root "$BUILDER"
    in-debian "$BUILDER" 'sh popchain/tests/setup build deb' >"$T/out" 2>&1 || fail "$(tail -n 20 "$T/out")"
    make_deb "$ONE"
    touch "$BUILDER/built"
  fi
  exec {lock}>&-
}
make_deb() {
  in-debian "$BUILDER" "cd '$1' && make deb" >"$T/out" 2>&1 || fail "$(tail -n 30 "$T/out")"
}
debian_packages() {
  in-debian "$1" "export DEBIAN_FRONTEND=noninteractive
    apt-get -q update && apt-get -q install -y --no-install-recommends ${*:2}" \
    >"$T/out" 2>&1 </dev/null || fail "$(tail -n 20 "$T/out")"
}

# Files in /run, /var/log and apt's caches belong to other packages, as do the
# backups of the account files.
state_of() {
  (
    cd "$1" || exit
    find . -xdev -path './root/*' -prune -o -printf '%p %M %u %g\n' |
      grep -vE '^./(run|var/log|var/cache|etc/(passwd|group|shadow|gshadow)-)[/ ]' | sort
    sort etc/{passwd,group,shadow,gshadow}
  )
}

unit_script() {
  local allowed
  allowed=$(sed -n 's/^CapabilityBoundingSet=//p' "$1" | tr '[:upper:]' '[:lower:]' | sed 's/cap_/+/g; s/ /,/g')
  printf '. /etc/default/popchain\nPOPUP_HOSTNAME=%s\n' "$2"
  sed -n '/^ExecStart=/{:more; /\\$/{N; b more}; s/\\\n//g; p}' "$1" |
    sed "s/^ExecStart=/exec setpriv --no-new-privs --bounding-set -all,$allowed /"
}
