# bats file_tags=libc
# checkpw --cache saves the hash of a password that was verified lately, and
# nothing else: the store is asked every time, and a cache that fails costs only
# the hash.
# Hashes are quoted, LAUNCH is read by login.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034

load ../helpers/common
load ../helpers/checkpw

setup() { CACHE=$T/cache; }
teardown() { rm -rf "${HOMES:-$T/homes}"; }

# users LINE...: the passwd-file has these lines.
users() { account_lines "$@" >"$T/users"; }
# STORE is what try asks.
STORE=(-f "$T/users")
# try LOGIN SECRET [OPTION ...]
try() {
  login "$1" "$2" '' PASS -v --cache "$CACHE" "${STORE[@]}" "${@:3}"
}
was_cached() {
  accepted
  [[ $(tail -n 1 "$LOG") == *' event=accept '*' cached=yes '* ]] || fail 'not cached'
}
was_hashed() {
  accepted
  [[ $(tail -n 1 "$LOG") == *' event=accept '* ]] || fail 'no accept'
  [[ $(tail -n 1 "$LOG") != *cached=* ]] || fail 'cached'
}
# warned PATTERN: the login succeeded, with one warning that names the cache.
warned() {
  accepted
  (($(grep -c event=warning "$LOG") == 1)) || fail 'not one warning'
  grep "event=warning .*$1.* file=$CACHE\( \|\$\)" "$LOG" || fail "not in the log: $1"
  : >"$LOG"
}
# polls LOGIN: hashed once, then cached; wrong and unknown ones as ever.
polls() {
  try "$1" sesame
  was_hashed
  try "$1" sesame
  was_cached
  try "$1" sesamo
  refused password "$1"
  try "not$1" sesame
  refused unknown '?'
  try "$1" sesame
  was_cached
}

@test "the second login costs no hash: passwd-file" {
  users "joe:$MD5@" "ann:$SHA512@"
  polls joe
  polls ann
}

@test "the second login costs no hash: cdb" {
  users "joe:$MD5@"
  checkpw-mkdb "$T/users.cdb" <"$T/users"
  STORE=(-f "$T/users.cdb")
  polls joe
}

@test "the second login costs no hash: system accounts" {
  make_system 'root:x:0:0::/root:/bin/sh' 'joe:x:70001:70001::/usr:/bin/sh'
  echo "joe:$MD5:19000:0:99999:7:::" >"$T/etc/shadow"
  STORE=(-s)
  polls joe
}

@test "the second login costs no hash: vpopmail" {
  mkdir -p "$T/qmail/users" "$T/domain"
  cdb_of "$T/qmail/users/cdb" '!example.com-' "example.com|$MAIL_UID|$MAIL_GID|$T/domain|-||"
  cdb_of_lines "$T/domain/vpasswd.cdb" "joe:$MD5:0:0:Joe:/usr:NOQUOTA:tanstaaf"
  STORE=(--vpopmail "$T/qmail")
  polls joe@example.com
  # The clear password is not the cached one.
  try joe@example.com tanstaaf
  refused password joe@example.com
}

@test "the second login costs no hash: qmail's users/assign" {
  make_system 'root:x:0:0::/root:/bin/sh' 'joe:x:70001:70001::/usr:/bin/sh'
  echo "joe:$MD5:19000:0:99999:7:::" >"$T/etc/shadow"
  mkdir -p "$T/qmail/users"
  cdb_of "$T/qmail/users/cdb" '!joe|' 'joe|70001|70001|/usr|||' '' ''
  STORE=(--qmail-users "$T/qmail")
  polls joe
}

@test "a login whose hash or account changed is not cached" {
  users "joe:$MD5@"
  polls joe
  users "joe:$SHA512@" # the same password
  try joe sesame
  was_hashed
  users "joe:$(echo other | checkpw-hash -m md5crypt)@"
  try joe sesame
  refused password joe
  for line in "locked joe:!$MD5@" "nologin joe:$MD5@nologin" \
    "net joe:$MD5@allow_nets=192.0.2.1" "root joe:$MD5:0:0::/root:"; do
    users "joe:$MD5@"
    try joe sesame
    was_cached
    users "${line#* }"
    try joe sesame
    refused "${line%% *}" joe
  done
  users "ann:$MD5@"
  try joe sesame
  refused unknown '?'
  try ann sesame
  was_hashed
}

@test "an expired or locked system account is refused at once" {
  make_system 'root:x:0:0::/root:/bin/sh' 'joe:x:70001:70001::/usr:/bin/sh'
  STORE=(-s)
  echo "joe:$MD5:19000:0:99999:7:::" >"$T/etc/shadow"
  polls joe
  echo "joe:$MD5:0:0:99999:7:::" >"$T/etc/shadow"
  try joe sesame
  refused expired joe
  echo "joe:!$MD5:19000:0:99999:7:::" >"$T/etc/shadow"
  try joe sesame
  refused locked joe
}

@test "a refused login is never remembered" {
  users "joe:$MD5@nologin"
  try joe sesame
  refused nologin joe
  try joe sesamo
  refused nologin joe
  cmp <(tail -c +65 "$CACHE") <(head -c 2097152 /dev/zero) || fail 'there is an entry'
}

@test "entries end after --cache-seconds, however often they are used" {
  users "joe:$MD5@"
  try joe sesame --cache-seconds 600
  was_hashed
  try joe sesame --cache-seconds 600
  was_cached
  sleep 1.1
  try joe sesame --cache-seconds 600
  was_cached
  try joe sesame --cache-seconds 1
  was_hashed
}

@test "APOP, another store and another proof are not cached" {
  users "joe:$MD5@"
  polls joe
  login joe sesame '' APOP --cache "$CACHE" "${STORE[@]}"
  refused password joe
  login joe sesame '<a@b>' CRAM-MD5 --cache "$CACHE" "${STORE[@]}"
  refused password joe
  cp "$T/users" "$T/others"
  login joe sesame '' PASS -v --cache "$CACHE" -f "$T/others"
  was_hashed
}

@test "accepted plain secrets and digests do not touch the cache" {
  local secret
  for secret in '{PLAIN}sesame' "{SHA256.hex}$(printf sesame | sha256sum | cut -d ' ' -f 1)" \
    "{PLAIN-MD5.hex}$(printf sesame | md5sum | cut -d ' ' -f 1)" \
    '{CRAM-MD5}c06486eb23448c26ecccb57ea835cb2bece48cb9aaeb56d997ef9fc87fc5a563'; do
    users "joe:$secret@"
    try joe sesame
    was_hashed
    [[ ! -e $CACHE ]] || fail "there is a cache: $secret"
  done
}

@test "-p: the account's own secret does not touch the cache" {
  HOMES=$(mktemp -d /tmp/cache.XXXXXX)
  chmod 711 "$HOMES"
  mkdir -p "$HOMES/joe/Maildir"
  echo tanstaaf >"$HOMES/joe/Maildir/.password"
  chmod 600 "$HOMES/joe/Maildir/.password"
  own "$HOMES/joe"
  echo "joe:$MD5:$MAIL_UID:$MAIL_GID::$HOMES/joe::" >"$T/users"
  try joe tanstaaf -p
  was_hashed
  [[ ! -e $CACHE ]] || fail 'there is a cache'
  # The hash of the store is cached, and does not count with -p.
  polls joe
  try joe sesame -p
  refused password joe
}

@test "--dovecot: logins are remembered, look-ups are not" {
  users "joe:$MD5@"
  LAUNCH=(env AUTHORIZED=1)
  try joe sesame --dovecot
  accepted
  [[ ! -e $CACHE ]] || fail 'there is a cache'
  LAUNCH=(env)
  try joe sesamo --dovecot
  refused password joe
  try joe sesame
  was_hashed
  rm "$CACHE"
  try joe sesame --dovecot
  accepted
  try joe sesame
  was_cached
}

@test "--test does not touch the cache" {
  users "joe:$MD5@"
  checkpw --test joe --cache "$CACHE" "${STORE[@]}" <<<sesame 3<&- >"$LOG" || true
  ! grep 'password is wrong' "$LOG" || fail 'refused'
  [[ ! -e $CACHE ]] || fail 'there is a cache'
}

@test "all spellings of a login share an entry" {
  users "joe:$MD5@"
  try JOE sesame --fold-case
  was_hashed
  try joe sesame
  was_cached
  try joe@example.com sesame --strip-domain example.com
  was_cached
}

@test "the cache is made with mode 0600 in any umask, and rm flushes it" {
  users "joe:$MD5@"
  for mask in 000 277; do
    (umask "$mask" && try joe sesame && was_hashed && try joe sesame && was_cached)
    [[ $(stat -c '%a %s' "$CACHE") == '600 2097216' ]] || fail "$(stat "$CACHE")"
    rm "$CACHE"
  done
  try joe sesame --cache-size 10
  was_hashed
  [[ $(stat -c %s "$CACHE") == $((64 + 12 * 32)) ]] || fail "$(stat "$CACHE")"
  # An existing cache keeps its size.
  try joe sesame --cache-size 1000
  was_cached
}

@test "an empty file serves a user who cannot make the cache" {
  needs_root 'the directory is not its own'
  users "joe:$MD5@"
  chmod 755 "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR"/test "$T"
  LAUNCH=(setpriv --reuid "$MAIL_UID" --regid "$MAIL_GID" --clear-groups)
  try joe sesame
  warned 'open the cache: .* errno=13'
  install -m 600 -o "$MAIL_UID" /dev/null "$CACHE"
  polls joe
}

@test "no password, hash or login is in the cache" {
  users "joe:$MD5@"
  polls joe
  for text in sesame joe abcdefgh 5XhrJpGu "$T"; do
    ! grep -a -F -e "$text" "$CACHE" || fail "$text"
  done
}

@test "a cache of another boot, another version or cut short is made anew" {
  users "joe:$MD5@"
  polls joe
  printf 'x' | dd of="$CACHE" bs=1 seek=20 conv=notrunc status=none
  polls joe
  printf '2' | dd of="$CACHE" bs=1 seek=14 conv=notrunc status=none
  polls joe
  for size in 0 1 13 16 63 64 100 191; do
    truncate -s "$size" "$CACHE"
    polls joe
  done
  [[ $(stat -c %s "$CACHE") == 2097216 ]]
}

@test "a damaged entry is a miss" {
  users "joe:$MD5@"
  try joe sesame --cache-size 4
  was_hashed
  for at in $(seq 64 7 191); do
    printf 'x' | dd of="$CACHE" bs=1 seek="$at" conv=notrunc status=none
  done
  try joe sesame
  was_hashed
  try joe sesame
  was_cached
}

@test "a bad file is no cache: one warning, the login goes on" {
  users "joe:$MD5@"
  echo "joe:x" >"$T/precious"
  chmod 600 "$T/precious"
  ln -s precious "$CACHE"
  try joe sesame
  warned 'open the cache: .* errno=40'
  rm "$CACHE"
  ln "$T/precious" "$CACHE"
  try joe sesame
  warned 'it has several links'
  rm "$CACHE"
  cp "$T/precious" "$CACHE"
  chmod 640 "$CACHE"
  try joe sesame
  warned 'its mode is not 0600'
  chmod 600 "$CACHE"
  try joe sesame
  warned 'the file is something else'
  cmp "$CACHE" "$T/precious"
  rm "$CACHE"
  mkfifo "$CACHE"
  try joe sesame
  warned 'not a regular file'
  rm "$CACHE"
  mkdir "$CACHE"
  try joe sesame
  warned 'open the cache: .* errno=21'
  CACHE=$T/missing/cache
  try joe sesame
  warned 'open the cache: .* errno=2'
  if ((EUID == 0)); then
    CACHE=$T/other
    install -m 600 -o "$MAIL_UID" /dev/null "$CACHE"
    try joe sesame
    warned 'another user owns it'
  fi
}

@test "a refusal with a bad cache is a refusal" {
  users "joe:$MD5@"
  CACHE=$T/missing/cache
  try joe sesamo
  refused password joe
  try nobody sesame
  refused unknown '?'
}

@test "no room for the cache: one warning, the login goes on" {
  users "joe:$MD5@"
  LAUNCH=(bash -c 'ulimit -f 1; exec "$@"' limit)
  try joe sesame # making the file
  warned 'make the cache: .* errno=27'
  LAUNCH=(env)
  try joe sesame --cache-size 4
  was_hashed
  : >"$LOG"
  rm "$CACHE"
  needs_root 'it mounts a file system'
  needs_mount_namespace
  mkdir "$T/small"
  CACHE=$T/small/cache
  LAUNCH=(unshare --mount --propagation private bash -c
    'mount -t tmpfs -o size=4k none "$1" || exit 99; shift; exec "$@"' small "$T/small")
  try joe sesame # the header fits, the entry does not
  warned 'write the cache: .* errno=28'
}

# traced EXPRESSION: joe's login, with strace's injection into calls that concern
# the cache.
traced() {
  printf 'joe\0sesame\0\0PASS\0' >"$T/record"
  ASAN_OPTIONS=detect_leaks=0 LAUNCH=(strace -qq -o "$T/trace" -P "$CACHE" -e inject="$1")
  login_with_record --cache "$CACHE" "${STORE[@]}"
  LAUNCH=(env)
}

@test "killed at any call that makes the cache, the next login makes it" {
  needs_strace
  users "joe:$MD5@"
  local call
  for call in open,openat:1 open,openat:2 pread64:1 flock:1 pread64:2 ftruncate:1 \
    pwrite64:1 fdatasync:1 ftruncate:2 pread64:3 pread64:4 pwrite64:2; do
    rm -f "$CACHE"
    traced "${call%:*}:signal=KILL:when=${call#*:}"
    ((status == 137)) || fail "$call: status $status"
    polls_again
  done
}

@test "after a kill the next login makes an old cache smaller" {
  needs_strace
  users "joe:$MD5@"
  local call
  for call in ftruncate:1 pwrite64:1 fdatasync:1 ftruncate:2; do
    rm -f "$CACHE"
    STORE=(-f "$T/users")
    try joe sesame
    printf 'x' | dd of="$CACHE" bs=1 seek=20 conv=notrunc status=none
    STORE+=(--cache-size 64)
    traced "${call%:*}:signal=KILL:when=${call#*:}"
    ((status == 137)) || fail "$call: status $status"
    polls_again
    [[ $(stat -c %s "$CACHE") == 2112 ]] || fail "$call: $(stat -c %s "$CACHE") octets"
  done
}

@test "any call that fails: one warning, the login goes on" {
  needs_strace
  users "joe:$MD5@"
  local failure
  for failure in 'open the cache:open,openat:1' 'open the cache:open,openat:2' \
    'read the cache:pread64:1' 'lock the cache:flock:1' 'read the cache:pread64:2' \
    'empty the cache:ftruncate:1' 'write the cache:pwrite64:1' 'make the cache:fdatasync:1' \
    'make the cache:ftruncate:2' \
    'read the cache:pread64:3' 'read the cache:pread64:4' 'write the cache:pwrite64:2'; do
    rm -f "$CACHE"
    IFS=: read -r what call count <<<"$failure"
    traced "$call:error=EIO:when=$count"
    ((status == 0)) || fail "$failure: status $status"
    warned "$what: .* errno=5"
    polls_again
  done
}

# Whether the killed login was remembered or not: the next ones are.
polls_again() {
  : >"$LOG"
  try joe sesame
  accepted
  try joe sesame
  was_cached
  ! grep event=warning "$LOG" || fail "$call"
}

@test "a process that stops before it makes the cache loses no entry" {
  needs_strace
  local slow call
  users "joe:$MD5@" "ann:$MD5@"
  printf 'joe\0sesame\0\0PASS\0' >"$T/record"
  for call in pread64:1 pread64:2; do
    rm -f "$CACHE" "$T/trace"
    ASAN_OPTIONS=detect_leaks=0 strace -qq -o "$T/trace" -P "$CACHE" \
      -e inject="${call%:*}:signal=STOP:when=${call#*:}" checkpw --cache "$CACHE" \
      "${STORE[@]}" true 3<"$T/record" 2>>"$LOG" &
    slow=$!
    SERVERS+=("$slow")
    wait_until grep -q 'stopped by SIGSTOP' "$T/trace"
    child_of "$slow"
    try ann sesame
    was_hashed
    kill -CONT "$CHILD"
    wait "$slow"
    # The second one was stopped with the lock, so ann's login was not kept.
    [[ $call == pread64:2 ]] || {
      try ann sesame
      was_cached
    }
    try joe sesame
    was_cached
  done
}

@test "logins at the same time make and fill one cache" {
  local i
  users "joe:$MD5@" "ann:$MD5@" "bob:$MD5@"
  for who in joe ann bob; do
    printf '%s\0sesame\0\0PASS\0' "$who" >"$T/record.$who"
  done
  for i in {1..30}; do
    for who in joe ann bob; do
      checkpw --cache "$CACHE" "${STORE[@]}" true 3<"$T/record.$who" 2>>"$LOG" &
      PIDS+=($!)
    done
  done
  for i in "${PIDS[@]}"; do wait "$i" || fail "status $?"; done
  ! grep event=warning "$LOG" || fail 'a warning'
  for who in joe ann bob; do
    try "$who" sesame
    accepted
    try "$who" sesame
    was_cached
  done
}

@test "the next program inherits no descriptor of the cache" {
  users "joe:$MD5@"
  login joe sesame '' PASS --cache "$CACHE" "${STORE[@]}" -- sh -c 'ls -l /proc/self/fd'
  ((status == 0)) || fail "status $status"
  [[ $output != *"$CACHE"* ]] || fail "$output"
  [[ -e $CACHE ]]
}

@test "a bad value of a cache option is an error, exit code 111" {
  local bad
  for bad in '--cache=' '--cache-size=' '--cache-size=3' '--cache-size=-4' '--cache-size=x' \
    '--cache-size=16777217' '--cache-size=99999999999999999999' '--cache-seconds=' \
    '--cache-seconds=0' '--cache-seconds=604801' '--cache-seconds=1h'; do
    run checkpw --cache "$CACHE" "$bad" "${STORE[@]}" true
    [[ $status == 111 && $output == *"bad value for ${bad%%=*}: ${bad#*=}"* ]] || fail "$bad: $status $output"
  done
  for bad in --cache --cache-size --cache-seconds; do
    run checkpw "$bad"
    [[ $status == 111 && $output == *"$bad"* ]] || fail "$bad: $status $output"
  done
  for bad in --cache-size=5 --cache-seconds=5; do
    run checkpw "$bad" true
    [[ $status == 111 && $output == *'needs --cache'* ]] || fail "$bad: $status $output"
  done
}
