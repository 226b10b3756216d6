# bats file_tags=once
# Every refusal takes as many instructions as any other, so that its time does
# not tell which users exist.  Valgrind counts them.  (tests/bench/costs takes
# times, on a quiet machine.)
# LAUNCH is read by login.
# shellcheck disable=SC2030,SC2031,SC2034

load ../helpers/common
load ../helpers/checkpw

setup() {
  ! sanitized || skip "this build: valgrind and sanitizers do not mix"
  command -v valgrind >/dev/null || fail "valgrind is needed"
}

# instructions [LAUNCHER ...]: prints how many the refusal of "${TRY[@]}" takes.
instructions() { instructions_until 1 "$@"; }
# instructions_until STATUS [LAUNCHER ...]
instructions_until() {
  local LAUNCH=("${@:2}" valgrind --tool=callgrind --callgrind-out-file=/dev/null)
  login "${TRY[@]}"
  ((status == $1)) || fail "status $status"
  sed -n 's/^.*Collected : //p' "$LOG" | tail -n 1
}

# same_cost USERS [LAUNCHER ...]: the refusals of all these users, with $SECRET or
# a wrong password, differ by less than one in a hundred, and each computes a
# hash.
same_cost() {
  local users=$1 user counts=() least most
  for user in $users; do
    TRY=("$user" "${SECRET:-wrong}" '' PASS "${OPTIONS[@]}")
    counts+=("$(instructions "${@:2}")")
  done
  least=$(printf '%s\n' "${counts[@]}" | sort -n | head -n 1)
  most=$(printf '%s\n' "${counts[@]}" | sort -n | tail -n 1)
  ((least > 1000000)) || fail "no hash: ${counts[*]}"
  ((most - least < most / 100)) || fail "$users: ${counts[*]}"
}

hash_of() { echo wonderful | checkpw-hash -m "$1" -c "$2" | sed 's/^{CRYPT}//'; }

# each_method FUNCTION: for each method, with a cheap hash of it in $HASH.
METHODS=('sha512crypt 1000' 'yescrypt 1')
each_method() {
  local method
  for method in "${METHODS[@]}"; do
    # shellcheck disable=SC2086  # name and cost
    HASH=$(hash_of $method)
    "$1"
  done
}

file_users() {
  printf '%s\n' "joe:$HASH:$MAIL_UID:$MAIL_GID::/usr" "lock:!$HASH:$MAIL_UID:$MAIL_GID::/usr" \
    "shut:$HASH:$MAIL_UID:$MAIL_GID::/usr::nologin" "net:$HASH:$MAIL_UID:$MAIL_GID::/usr::allow_nets=192.0.2.1" \
    "plain:{PLAIN}x:$MAIL_UID:$MAIL_GID::/usr" \
    "sha:{SHA512.hex}$(printf 'ab%.0s' {1..64}):$MAIL_UID:$MAIL_GID::/usr" \
    "cram:{CRAM-MD5}$(printf 'ab%.0s' {1..32}):$MAIL_UID:$MAIL_GID::/usr" "root:$HASH:0:0::/root" >"$T/users"
}

text() {
  file_users
  OPTIONS=(-f "$T/users")
  same_cost 'nobody joe lock shut net plain sha cram root'
}

@test "every refusal costs the same: passwd-file" {
  needs_valgrind
  each_method text
}

@test "every refusal costs the same: cdb" {
  needs_valgrind
  cdb() {
    file_users
    checkpw-mkdb "$T/users.cdb" <"$T/users"
    OPTIONS=(-f "$T/users.cdb")
    same_cost 'nobody joe lock shut net plain sha cram root'
  }
  each_method cdb
}

# The accounts that are shut get a wrong password, and then the right one, which
# the cache holds.
@test "every refusal costs the same: --cache" {
  needs_valgrind
  cached() {
    local user
    file_users
    sed -E "s/:nologin\$//; s/allow_nets=.*//; s/^(lock:)!/\1/; s/:0:0::.*/:$MAIL_UID:$MAIL_GID::\/usr/" \
      "$T/users" >"$T/open"
    rm -f "$T/cache"
    # No account is shut: the cache gets all of them.
    mv "$T/open" "$T/users"
    OPTIONS=(--cache "$T/cache" -f "$T/users")
    for user in joe lock shut net root; do
      login "$user" wonderful '' PASS "${OPTIONS[@]}"
      accepted
      login "$user" wonderful '' PASS -v "${OPTIONS[@]}"
      accepted
      logged "user=$user .*cached=yes"
    done
    file_users
    SECRET=wonderful same_cost 'nobody lock shut net root'
    same_cost 'nobody joe lock shut net plain root'
  }
  each_method cached
}

# Accepted logins are counted until no program is found: status 111.
@test "a cached login costs less than two with plain secrets" {
  needs_valgrind
  local option hit plain hashed # counts
  missing() { TRY=(joe wonderful '' PASS "$@" -- /nonexistent/program); }
  HASH=$(hash_of yescrypt 1)
  file_users
  sed '/^joe:/s/:[^:]*/:{PLAIN}wonderful/' "$T/users" >"$T/plain"
  for option in -e --dovecot; do
    missing "$option" -f "$T/plain"
    plain=$(instructions_until 111)
    missing "$option" -f "$T/users" --cache "$T/cache"
    hashed=$(instructions_until 111)
    hit=$(instructions_until 111)
    ((hashed > 10 * plain)) || fail "$option: no hash: $hashed $plain"
    ((hit < 2 * plain)) || fail "$option: $hit $plain"
    echo "$option: $plain plain, $hit cached, $hashed hashed"
    rm "$T/cache"
  done
}

# Of other accounts' digests none is decoded, although a hash is looked for.
@test "a file of digests costs at most three of plain secrets" {
  needs_valgrind
  local digest plain digests # counts
  digest=$(echo sesame | checkpw-hash -m SSHA512)
  TRY=(nobody sesame '' PASS -f "$T/users")
  printf "u%s:{PLAIN}sesame:$MAIL_UID:$MAIL_GID::/usr\n" {1..2000} >"$T/users"
  plain=$(instructions)
  printf "u%s:$digest:$MAIL_UID:$MAIL_GID::/usr\n" {1..2000} >"$T/users"
  digests=$(instructions)
  ((digests < 3 * plain)) || fail "$plain plain, $digests digests"
}

@test "every refusal costs the same: passwd-file without libxcrypt" {
  needs_valgrind
  without_libxcrypt
  METHODS=('sha512crypt 1000' 'bcrypt 4')
  each_method text
}

SYSTEM_USERS=('root:x:0:0::/root:/bin/sh' 'joe:x:70001:70001::/usr:/bin/sh'
  'lock:x:70002:70001::/usr:/bin/sh' 'old:x:70003:70001::/usr:/bin/sh')
system_shadow() {
  printf '%s\n' "root:$HASH:19000:0:99999:7:::" "joe:$HASH:19000:0:99999:7:::" \
    'lock:!:19000:0:99999:7:::' "old:$HASH:0:0:99999:7:::" >"$T/etc/shadow"
}

@test "every refusal costs the same: system accounts" {
  needs_valgrind
  make_system "${SYSTEM_USERS[@]}"
  system() {
    system_shadow
    OPTIONS=()
    same_cost 'nobody joe lock old root' in_system
  }
  each_method system
}

@test "every refusal costs the same: --system-users" {
  needs_valgrind
  make_system "${SYSTEM_USERS[@]}"
  local secret user
  held() {
    system_shadow
    OPTIONS=(--system-users "$T/users" -s)
    # The refused accounts are tried first with the right secret, then with a
    # wrong one.
    for secret in right wrong; do
      for user in gone lock old root; do
        echo "$user:{PLAIN}$secret:70001:70001::/usr"
      done >"$T/users"
      echo 'joe:{PLAIN}right:70001:70001::/usr' >>"$T/users"
      same_cost 'nobody joe gone lock old root' in_system
    done
  }
  each_method held
}

@test "the counting detects a cost one tenth higher" {
  needs_valgrind
  # shellcheck disable=SC2034
  HASH=$(hash_of sha512crypt 1000)
  file_users
  TRY=(joe wrong '' PASS -f "$T/users")
  low=$(instructions)
  HASH=$(hash_of sha512crypt 1100)
  file_users
  high=$(instructions)
  ((high > low + low / 20)) || fail "$low $high"
}
