# bats file_tags=once
# Without libxcrypt, checkpw and checkpw-hash use the C library's hashes, and a
# hash that they do not know is a temporary error, never a refusal.
# LAUNCH is read by login, options are words, hashes are quoted.
# shellcheck disable=SC2016,SC2034,SC2086

load ../helpers/common
load ../helpers/checkpw

users() { account_lines "$@" >"$T/users"; }
try() { login "$1" "$2" '' PASS -f "$T/users"; }

@test "the C library's hashes accept the right password only" {
  local hash
  without_libxcrypt
  for hash in "$SHA512" "$SHA256" "$BCRYPT" "$BCRYPT_Y" "$MD5" "$DES" "$BSDI"; do
    users "joe:$hash@" "ann:{PLAIN}a@"
    sesame_is_right
    try ann a
    accepted
  done
}

@test "a hash of libxcrypt's own methods: temporary error, logged" {
  without_libxcrypt
  damaged_are "$YESCRYPT" "$GOST" "$SCRYPT" "$SHA1" "$SUNMD5"
}

@test "a hash rejected by crypt_r is a temporary error of its login" {
  without_libxcrypt
  users "joe:$UNUSABLE@"
  try joe sesame
  temporary 'event=temporary unable="hash the password:'
  try nobody sesame
  refused unknown '?'
}

@test "checkpw-hash: sha512crypt by default, every listed method" {
  local method methods secret
  without_libxcrypt
  [[ $(checkpw-hash <<<sesame) == '{CRYPT}$6$'* ]]
  methods=$(checkpw-hash --help | sed -n 's/^.*one of: //p')
  [[ $methods == 'bcrypt sha512crypt sha256crypt md5crypt SSHA512 SSHA256 SSHA SMD5 PLAIN' ]] || fail "$methods"
  for method in $methods; do
    secret=$(checkpw-hash -m "$method" <<<sesame)
    users "joe:$secret@"
    try joe sesame
    accepted
    try joe sesamo
    refused password joe
  done
}

@test "checkpw-hash: -c sets the cost, an invalid one is refused" {
  local options
  without_libxcrypt
  [[ $(checkpw-hash -m bcrypt -c 4 <<<sesame) == '{CRYPT}$2b$04$'* ]]
  [[ $(checkpw-hash -m bcrypt -c 11 <<<sesame) == '{CRYPT}$2b$11$'* ]]
  [[ $(checkpw-hash -c 1000 <<<sesame) == '{CRYPT}$6$rounds=1000$'* ]]
  [[ $(checkpw-hash -m md5crypt <<<a) != "$(checkpw-hash -m md5crypt <<<a)" ]]
  for options in '-m bcrypt -c 3' '-m bcrypt -c 32' '-c 999' '-c 10000000' '-m md5crypt -c 1000'; do
    run checkpw-hash $options <<<sesame
    ((status == 100)) || fail "$options: $status"
    [[ $output == *'no such cost'* ]]
  done
}

@test "checkpw-hash: a missing method is refused by name" {
  local method
  without_libxcrypt
  for method in yescrypt gost-yescrypt scrypt; do
    run checkpw-hash -m "$method" <<<sesame
    ((status == 100)) || fail "$method: $status"
    [[ $output == *"no method $method"* ]]
  done
}

@test "without crypt(3): plain secrets work, hashes are temporary" {
  without_any_crypt
  users "joe:{PLAIN}sesame@" "ann:$SHA512@"
  sesame_is_right
  try ann sesame
  temporary "event=damaged file=$T/users line=2 field=secret"
  [[ $(checkpw-hash -m PLAIN <<<sesame) == '{PLAIN}sesame' ]]
  run checkpw-hash <<<sesame
  ((status == 100))
  [[ $output == *'no method'* ]]
}

# unknown_hash_does_not_lock: joe's hash, which only libxcrypt knows, does not
# lock the account; ann's, which is not a hash, does.
unknown_hash_does_not_lock() {
  make_system joe:x:70001:70001::/usr: ann:x:70002:70001::/usr:
  printf '%s\n' "joe:$YESCRYPT:19000::::::" 'ann:*:19000::::::' >"$T/etc/shadow"
  printf '%s\n' 'joe:{PLAIN}a:70001:70001::/usr' 'ann:{PLAIN}a:70002:70001::/usr' >"$T/users"
  login joe sesame '' PASS
  temporary 'unable="use a hash whose method is not known here" user=joe'
  login ann sesame '' PASS
  refused locked ann
  login nobody sesame '' PASS
  refused unknown '?'
  login joe a '' PASS --system-users "$T/users"
  accepted
  login ann a '' PASS --system-users "$T/users"
  refused locked ann
}

@test "system accounts: an unknown hash is temporary, not a lock" {
  without_libxcrypt
  unknown_hash_does_not_lock
}

@test "system accounts without crypt(3): any hash is temporary" {
  without_any_crypt
  unknown_hash_does_not_lock
}

@test "make LIBXCRYPT=: says so once and links none of it" {
  local libc
  cd "$BATS_TEST_DIRNAME/../.."
  for libc in musl system; do
    make -s LIBC="$libc" LIBXCRYPT= BUILD="$T/build" notice >"$T/said"
    (($(grep -c 'without libxcrypt' "$T/said") == 1)) || fail "$(cat "$T/said")"
    make -n LIBC="$libc" LIBXCRYPT= BUILD="$T/build" "$T/build/bin/checkpw" >"$T/commands"
    grep -q 'libc_crypt\.o' "$T/commands"
    ! grep -q 'libxcrypt' "$T/commands" || fail "libxcrypt is built"
    if [[ $libc == system ]]; then
      grep -q -- '-o .*/checkpw .*libc_crypt\.o.*-Wl,--no-as-needed.* -lcrypt' "$T/commands"
    fi
    make -n LIBC="$libc" BUILD="$T/build" "$T/build/bin/checkpw" >"$T/commands"
    grep -q 'libxcrypt\.o' "$T/commands"
    ! grep -q 'libc_crypt' "$T/commands" || fail "libc_crypt is built"
  done
  make -s notice >"$T/said"
  ! grep libxcrypt "$T/said" || fail "libxcrypt is here"
}

@test "make relinks checkpw after libxcrypt comes or goes" {
  local build libc=()
  cd "$BATS_TEST_DIRNAME/../.."
  build=$(realpath --relative-to=. "$BIN/..")
  if [[ $build == */system ]]; then libc=(LIBC=system); fi
  make -n "${libc[@]}" BUILD="$build" "$build/bin/checkpw" >"$T/commands"
  ! grep -- "-o $build/bin/checkpw" "$T/commands" || fail "it is linked again"
  make -n "${libc[@]}" LIBXCRYPT= BUILD="$build" "$build/bin/checkpw" >"$T/commands"
  grep -q -- "-o $build/bin/checkpw .*libc_crypt\.o" "$T/commands"
}
