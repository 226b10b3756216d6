# checkpw and checkpw-hash where libxcrypt is missing.
# bats file_tags=once
# LAUNCH is read by login, options are words, hashes are quoted.
# shellcheck disable=SC2016,SC2034,SC2086

load ../helpers/common
load ../helpers/checkpw

users() { account_lines "$@" >"$T/users"; }
try() { login "$1" "$2" '' PASS -f "$T/users"; }

@test "the C library's hashes let the right password in and no other" {
  local hash
  without_libxcrypt
  for hash in "$SHA512" "$SHA256" "$BCRYPT" "$BCRYPT_Y" "$MD5" "$DES" "$BSDI"; do
    users "joe:$hash@" "ann:{PLAIN}a@"
    sesame_is_right
    try ann a
    accepted
  done
}

@test "a hash of libxcrypt's own methods is a temporary failure and named in the log" {
  without_libxcrypt
  damaged_are "$YESCRYPT" "$GOST" "$SCRYPT" "$SHA1" "$SUNMD5"
}

@test "a hash that crypt_r turns out not to know is a temporary failure, others pay the preferred method" {
  without_libxcrypt
  users "joe:$UNUSABLE@"
  try joe sesame
  temporary 'event=temporary unable="hash the password:'
  try nobody sesame
  refused unknown '?'
}

@test "checkpw-hash makes sha512crypt, and every method that it lists" {
  local method methods secret
  without_libxcrypt
  [[ $(checkpw-hash <<<sesame) == '{CRYPT}$6$'* ]]
  methods=$(checkpw-hash --help | sed -n 's/^.*one of: //p')
  [[ $methods == 'bcrypt sha512crypt sha256crypt md5crypt PLAIN' ]] || fail "$methods"
  for method in $methods; do
    secret=$(checkpw-hash -m "$method" <<<sesame)
    users "joe:$secret@"
    try joe sesame
    accepted
    try joe sesamo
    refused password joe
  done
}

@test "checkpw-hash takes a cost, salts each hash anew, and refuses a cost that there is not" {
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

@test "checkpw-hash refuses a method that is missing, by its name" {
  local method
  without_libxcrypt
  for method in yescrypt gost-yescrypt scrypt; do
    run checkpw-hash -m "$method" <<<sesame
    ((status == 100)) || fail "$method: $status"
    [[ $output == *"no method $method here"* ]]
  done
}

@test "without any crypt(3) plain secrets work, and hashes are temporary failures" {
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

# system_accounts: joe has a hash that only libxcrypt knows, ann none.
system_accounts() {
  needs_root "it mounts its own /etc/passwd"
  needs_mount_namespace
  LAUNCH=(in_system)
  mkdir -p "$T/etc"
  printf '%s\n' joe:x:70001:70001::/usr: ann:x:70002:70001::/usr: >"$T/etc/passwd"
  printf '%s\n' "joe:$YESCRYPT:19000::::::" 'ann:*:19000::::::' >"$T/etc/shadow"
  printf '%s: files\n' passwd shadow group >"$T/etc/nsswitch.conf"
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

@test "accounts of the system: a hash that is not known is a temporary failure, and no lock" {
  without_libxcrypt
  system_accounts
}

@test "accounts of the system, without any crypt(3): the same" {
  without_any_crypt
  system_accounts
}

@test "make says once what is missing without libxcrypt, and links none of it" {
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

@test "make links checkpw anew where libxcrypt comes or goes, and only there" {
  local build libc=()
  cd "$BATS_TEST_DIRNAME/../.."
  build=$(realpath --relative-to=. "$BIN/..")
  if [[ $build == */system ]]; then libc=(LIBC=system); fi
  make -n "${libc[@]}" BUILD="$build" "$build/bin/checkpw" >"$T/commands"
  ! grep -- "-o $build/bin/checkpw" "$T/commands" || fail "it is linked again"
  make -n "${libc[@]}" LIBXCRYPT= BUILD="$build" "$build/bin/checkpw" >"$T/commands"
  grep -q -- "-o $build/bin/checkpw .*libc_crypt\.o" "$T/commands"
}
