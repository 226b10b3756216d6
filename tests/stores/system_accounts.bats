# bats file_tags=libc
# checkpw -s lets the system's accounts in by their passwords, but refuses locked
# and expired accounts and root's.  Passwd, shadow and group are the test's own,
# in a private mount namespace.
# Hashes and programs of an inner shell are quoted, LAUNCH is read by login.
# shellcheck disable=SC2016,SC2034

load ../helpers/common
load ../helpers/checkpw

setup() {
  make_system "root:x:0:0::/root:/bin/sh" "daemon:x:1:1::/:/usr/sbin/nologin" \
    "joe:x:70001:70001:Joe:/usr:/bin/zsh"
  shadow "root:$MD5:19000:0:99999:7:::" "daemon:*:19000:0:99999:7:::" \
    "joe:$MD5:19000:0:99999:7:::"
  printf '%s\n' root:x:0: joe:x:70001: >"$T/etc/group"
}
passwd() { printf '%s\n' "$@" >"$T/etc/passwd"; }
shadow() { printf '%s\n' "$@" >"$T/etc/shadow"; }
# age FIELDS: those of joe's shadow line after the hash
# (last:min:max:warn:inactive:expire:).
age() { shadow "joe:$MD5:$1"; }
TODAY=$(($(date +%s) / 86400))

@test "the right password logs in with the account's ids and home" {
  login joe sesame '' PASS -- sh -c 'id -u; id -g; pwd; echo "$USER $LOGNAME $HOME $SHELL"'
  accepted $'70001\n70001\n/usr\njoe joe /usr /bin/zsh'
}

@test "-s and -f: stores are asked in the order given" {
  login joe sesame '' PASS -s
  accepted
  printf 'ann:{PLAIN}a:70002:70002::/usr\njoe:{PLAIN}b:70003:70003::/usr\n' >"$T/users"
  login ann a '' PASS -f "$T/users" -s
  accepted
  login joe b '' PASS -f "$T/users" -s -- id -u
  accepted 70003
  login joe sesame '' PASS -f "$T/users" -s
  refused password joe
  login joe sesame '' PASS -s -f "$T/users"
  accepted
  printf 'ann:{PLAIN}a:70002:70002::/usr\n' >"$T/users"
  login joe sesame '' PASS -f "$T/users"
  refused unknown '?'
  login joe sesame '' PASS -f "$T/users" -s -- id -u
  accepted 70001
}

# apop_users [UID:GID]: ${APOP[@]} names a passwd-file with a secret of joe's,
# which is not joe's password.
apop_users() {
  echo "joe:{PLAIN}tanstaaf:${1-70003:70004}::/usr" >"$T/apop"
  APOP=(--system-users "$T/apop")
}
# by_apop [OPTION ...]: joe logs in with the right secret.
by_apop() {
  login joe "$(printf '<1@a>tanstaaf' | md5sum | cut -c 1-32)" '<1@a>' APOP "$@"
}

@test "--system-users: secret, ids and home come from the file" {
  apop_users
  by_apop "${APOP[@]}" -- sh -c 'id -u; id -g; pwd'
  accepted $'70003\n70004\n/usr'
  login joe tanstaaf '' PASS "${APOP[@]}"
  accepted
  login joe sesame '' PASS "${APOP[@]}" -s
  refused password joe
  login ann tanstaaf '' PASS "${APOP[@]}" -s
  refused unknown '?'
  passwd "ann:x:70001:70001:Joe:/usr:/bin/zsh"
  by_apop "${APOP[@]}"
  refused locked joe
}

# These begin like hashes, but are not.
NO_HASHES=('$' '$6$' '$6$*LOCKED*' '$LOCKED$' '$1$abcdefgh$!qLJsiMsKZ2EwtJXVBYRaS'
  '$6$abcdefgh$abcdefghijklmnopqrstuvwxyz!')

@test "--system-users: locked accounts of the system are refused" {
  apop_users
  for hash in '!' '*' "!$MD5" '!!' x NP '' "${NO_HASHES[@]}"; do
    shadow "joe:$hash:19000:0:99999:7:::" "ann:$MD5:19000::::::"
    by_apop "${APOP[@]}" -s
    refused locked joe
    login joe tanstaaf '' PASS "${APOP[@]}"
    refused locked joe
  done
  shadow "ann:$MD5:19000::::::"
  by_apop "${APOP[@]}"
  refused locked joe
}

@test "--system-users: expired accounts and passwords are refused" {
  apop_users
  age "19000:0:99999:7::$((TODAY + 2)):"
  by_apop "${APOP[@]}"
  accepted
  age "19000:0:99999:7::$((TODAY - 1)):"
  by_apop "${APOP[@]}"
  refused expired joe
  age "$((TODAY - 10)):0:5:7:7::"
  by_apop "${APOP[@]}"
  accepted
  age "$((TODAY - 10)):0:5:7:2::"
  by_apop "${APOP[@]}"
  refused expired joe
  age "0:0:99999:7:::"
  by_apop "${APOP[@]}"
  refused expired joe
}

@test "--system-users: root's ids in file or system are refused" {
  local ids
  for ids in 0:70003 70003:0; do
    apop_users "$ids"
    by_apop "${APOP[@]}"
    refused root joe
    apop_users
    passwd "joe:x:$ids::/usr:/bin/zsh"
    by_apop "${APOP[@]}"
    refused root joe
    passwd "joe:x:70001:70001::/usr:/bin/zsh"
  done
  by_apop -m 70002 "${APOP[@]}"
  refused root joe
  by_apop -m 70001 "${APOP[@]}"
  accepted
}

@test "--system-users: neither cdb nor .password unlocks an account" {
  apop_users
  checkpw-mkdb "$T/apop.cdb" <"$T/apop"
  by_apop --system-users "$T/apop.cdb"
  accepted
  shadow "joe:!$MD5:19000:0:99999:7:::"
  by_apop --system-users "$T/apop.cdb"
  refused locked joe
  chmod go+x "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" "$T" 2>/dev/null || true
  mkdir "$T/mail"
  echo tanstaaf >"$T/mail/.password"
  chmod 600 "$T/mail/.password"
  chown -R 70003:70004 "$T/mail"
  MAILDIR=..$T/mail by_apop -p -f "$T/apop"
  accepted
  MAILDIR=..$T/mail by_apop -p "${APOP[@]}"
  refused locked joe
}

@test "-f: a locked system account does not lock a virtual user" {
  apop_users
  shadow "joe:!$MD5:0:0:99999:7:::"
  by_apop -f "$T/apop" -s
  accepted
  by_apop -f "$T/apop" "${APOP[@]}"
  accepted
  by_apop "${APOP[@]}" -f "$T/apop"
  refused locked joe
}

@test "a yescrypt hash is verified" {
  shadow "joe:$YESCRYPT:19000:0:99999:7:::"
  login joe sesame '' PASS
  accepted
  login joe sesamo '' PASS
  refused password joe
}

@test "wrong and empty passwords and unknown users are refused" {
  login joe wrong '' PASS
  refused password joe
  login joe '' '' PASS
  refused password joe
  for name in ann Joe jo 'joe:x' ../joe . 'joe\nroot' 70001 -- '?'; do
    login "$name" sesame '' PASS
    refused unknown '?'
  done
}

@test "root is refused even with the right password" {
  login root sesame '' PASS
  refused root root
  login root sesame '' PASS -m 0
  refused root root
  passwd "toor:x:0:0::/root:/bin/sh"
  shadow "toor:$MD5:19000:0:99999:7:::"
  login toor sesame '' PASS
  refused root toor
}

@test "an account with root's primary group is refused" {
  passwd "joe:x:70001:0:Joe:/usr:/bin/zsh"
  login joe sesame '' PASS
  refused root joe
}

@test "membership in root's group is dropped and logged" {
  printf '%s\n' root:x:0:ann,joe joe:x:70001: wheel:x:4:joe >"$T/etc/group"
  login joe sesame '' PASS -- id -G
  accepted '70001 4'
  logged '^checkpw: event=group file=/etc/group without=0 user=joe$'
}

@test "uids below -m are refused" {
  login joe sesame '' PASS -m 70002
  refused root joe
  login joe sesame '' PASS -m 70001
  accepted
}

@test "locked accounts and those without a hash are refused" {
  for hash in '!' '*' "!$MD5" '!!' '*LK*' x NP '' '!*' "${NO_HASHES[@]}"; do
    shadow "joe:$hash:19000:0:99999:7:::" "ann:$MD5:19000::::::"
    login joe sesame '' PASS
    refused locked joe
    login joe "$hash" '' PASS
    refused locked joe
  done
  shadow "ann:$MD5:19000:0:99999:7:::" # passwd has x, and there is no line for joe
  login joe x '' PASS
  refused locked joe
}

@test "a hash of an unknown method is temporary, not a lock" {
  shadow 'joe:$99$abcdefgh$abcdefghijklmnop:19000:0:99999:7:::' "ann:$MD5:19000::::::"
  login joe sesame '' PASS
  temporary 'event=temporary unable="use a hash whose method is not known here" user=joe'
  echo "joe:{PLAIN}tanstaaf:70001:70001::/usr" >"$T/users"
  login joe tanstaaf '' PASS --system-users "$T/users"
  accepted
}

@test "a non-numeric age in shadow is damaged, not a lock" {
  local ages field
  apop_users
  while IFS=/ read -r ages field; do
    shadow "ann:$MD5:19000::::::" "joe:$MD5:$ages"
    : >"$LOG"
    login joe sesame '' PASS
    temporary "event=damaged file=/etc/shadow line=2 field=\"$field\" user=joe"
    login joe wrong '' PASS
    temporary 'event=temporary unable="use a damaged entry of this account" user=joe'
    by_apop "${APOP[@]}"
    temporary "field=\"$field\" user=joe"
    by_apop -f "$T/apop" "${APOP[@]}" -s
    accepted
    login nobody sesame '' PASS
    refused unknown '?'
  done <<'EOT'
x:0:99999:7:::/date of last password change
19000 :0:99999:7:::/date of last password change
19000:0x:99999:7:::/minimum password age
19000:0:-2:7:::/maximum password age
19000:0:99999: :::/password warning period
19000:0:99999:7:1.5::/password inactivity period
19000:0:99999:7::never:/account expiration date
EOT
}

@test "a blank before an age in shadow is skipped, as by glibc" {
  age $' 19000:\t0: 99999:7:::'
  login joe sesame '' PASS
  accepted
  age "19000:0:99999:7:: $((TODAY - 1)):"
  login joe sesame '' PASS
  refused expired joe
}

@test "an over-expensive hash in shadow is a damaged setting" {
  LAUNCH=(timeout 20 "${IN_SYSTEM[@]}")
  for hash in "${YESCRYPT/j9T/jET}" "${SHA512/6\$/6\$rounds=999999999\$}"; do
    shadow "joe:$hash:19000:0:99999:7:::"
    : >"$LOG"
    login joe sesame '' PASS
    temporary 'event=temporary unable="use a damaged setting: its hash costs too much" user=joe'
    ! grep -q abcdefgh "$LOG" || fail 'the salt is in the log'
    login nobody sesame '' PASS
    refused unknown '?'
  done
}

@test "a setgroups without effect ends the login" {
  LAUNCH=(in_system setpriv --groups '0,4,27' stub-filtered --fake-setgroups)
  login joe sesame '' PASS
  ((status != 98)) || skip 'this machine: no seccomp filter'
  temporary 'unable="set supplementary groups" error="Operation not permitted" .*user=joe'
}

@test "shadow: a last line without newline counts" {
  printf 'ann:*:19000::::::\njoe:%s:19000:0:99999:7:::' "$MD5" >"$T/etc/shadow"
  login joe sesame '' PASS
  accepted
  login joe wrong '' PASS
  refused password joe
}

@test "passwd: a last line without newline or shell counts" {
  printf 'ann:x:70002:70002::/:/bin/sh\njoe:x:70001:70001:Joe:/usr:' >"$T/etc/passwd"
  login joe sesame '' PASS -- sh -c 'echo "$SHELL"'
  accepted /bin/sh
  printf 'ann:x:70002:70002::/:/bin/sh\njoe:x:70001:70001:Joe:/usr:/bin/zsh' >"$T/etc/passwd"
  login joe sesame '' PASS -- sh -c 'echo "$SHELL"'
  accepted /bin/zsh
}

@test "group: a last line without newline counts for its members" {
  passwd "jo:x:70002:70002::/usr:" "joe:x:70001:70001::/usr:"
  shadow "jo:$MD5:19000:0:99999:7:::" "joe:$MD5:19000:0:99999:7:::"
  printf 'post:x:71000:jo\nmail:x:71001:ann,joe' >"$T/etc/group"
  login joe sesame '' PASS -- id -G
  accepted '70001 71001'
  login jo sesame '' PASS -- id -G
  accepted '70002 71000'
}

@test "passwd-file names: last lines without newline count" {
  printf 'root:x:0:0::/root:/bin/sh\nvmail:x:70005:70005::/usr:' >"$T/etc/passwd"
  printf 'root:x:0:\npost:x:70006:' >"$T/etc/group"
  echo 'ann:{PLAIN}a:vmail:post::/usr' >"$T/users"
  login ann a '' PASS -f "$T/users" -- sh -c 'id -u; id -g'
  accepted $'70005\n70006'
}

@test "very long lines of others hide no account and no membership" {
  local long
  long=$(printf 'x%.0s' {1..70000})
  passwd "ann:x:70002:70002:$long:/:/bin/sh" "joe:x:70001:70001::/usr:/bin/zsh"
  printf 'long:x:71000:%sjoe\nmail:x:71001:%s\npost:x:71002:joe' \
    "${long//xx/a,}" "$long" >"$T/etc/group"
  login joe sesame '' PASS -- id -G
  accepted '70001 71000 71002'
  echo 'tim:{PLAIN}a:joe:post::/usr' >"$T/users"
  login tim a '' PASS -f "$T/users" -- sh -c 'id -u; id -g'
  accepted $'70001\n71002'
}

@test "NIS lines are not accounts and hide no account" {
  passwd "+ann::::::" "+::::::" "joe:x:70001:70001::/usr:/bin/zsh" "+"
  shadow "+::::::::" "joe:$MD5:19000:0:99999:7:::"
  printf '%s\n' +::: 'mail:x:71001:joe' + >"$T/etc/group"
  login joe sesame '' PASS -- id -G
  accepted '70001 71001'
  for name in + +ann ann; do
    login "$name" sesame '' PASS
    ((status == 1)) || fail "$name: status $status"
    login "$name" '' '' PASS
    ((status == 1)) || fail "$name: status $status"
  done
}

@test "a login is not mistaken for a longer one" {
  passwd "joey:x:70002:70002::/:/bin/sh" "jo:x:70003:70003::/:/bin/sh" \
    "joe:x:70001:70001::/usr:/bin/zsh"
  printf '%s\n' 'a:x:71000:joey,jo' 'b:x:71001:jo,joe' >"$T/etc/group"
  login joe sesame '' PASS -- sh -c 'id -u; id -G'
  accepted $'70001\n70001 71001'
  login joey sesame '' PASS
  refused locked joey
}

@test "without a shadow line the hash in passwd counts" {
  passwd "joe:$MD5:70001:70001::/usr:/bin/sh"
  shadow "ann:$MD5:19000:0:99999:7:::"
  login joe sesame '' PASS
  accepted
  passwd "joe::70001:70001::/usr:/bin/sh"
  login joe '' '' PASS
  refused locked joe
}

@test "an expired account is refused" {
  age "19000:0:99999:7::$((TODAY + 2)):"
  login joe sesame '' PASS
  accepted
  for day in "$((TODAY - 1))" 1 0; do
    age "19000:0:99999:7::$day:"
    login joe sesame '' PASS
    refused expired joe
  done
}

@test "a password past its maximum age and grace is refused" {
  age "$((TODAY - 10)):0:12:7:::"
  login joe sesame '' PASS
  accepted
  age "$((TODAY - 10)):0:5:7:::"
  login joe sesame '' PASS
  refused expired joe
  age "$((TODAY - 10)):0:5:7:7::"
  login joe sesame '' PASS
  accepted
  age "$((TODAY - 10)):0:5:7:2::"
  login joe sesame '' PASS
  refused expired joe
}

@test "a password due to be changed at the next login is refused" {
  age "0:0:99999:7:::"
  login joe sesame '' PASS
  refused expired joe
}

@test "shadow lines without ages never expire" {
  age "::::::"
  login joe sesame '' PASS
  accepted
}

@test "APOP and CRAM-MD5 are refused for lack of a plain secret" {
  login joe sesame '<1@a>' APOP
  refused password joe
  login joe sesame '<1@a>' CRAM-MD5
  refused password joe
  login nosuch sesame '<1@a>' APOP
  refused unknown '?'
}

@test "100 supplementary groups are all set, and no others" {
  local group groups=()
  printf 'joe:x:70001:\n' >"$T/etc/group"
  for ((group = 71000; group < 71100; group++)); do
    printf 'g%s:x:%s:ann,joe,tim\n' "$group" "$group" >>"$T/etc/group"
    groups+=("$group")
  done
  printf 'wheel:x:4:root,ann\n' >>"$T/etc/group"
  login joe sesame '' PASS -- sh -c \
    'sed -n "s/^Groups:[[:space:]]*//p" /proc/self/status | xargs -n 1 | sort -n | xargs'
  accepted "70001 ${groups[*]}"
}

@test "300 supplementary groups are all read" {
  local group
  printf 'joe:x:70001:\n' >"$T/etc/group"
  for ((group = 71000; group < 71300; group++)); do
    printf 'g%s:x:%s:joe\n' "$group" "$group" >>"$T/etc/group"
  done
  login joe sesame '' PASS -- sh -c 'id -G | wc -w'
  accepted 301
}

@test "no uid, gid or capability of root is left after login" {
  login joe sesame '' PASS -- grep -E '^(Uid|Gid|CapEff):' /proc/self/status
  [[ $(tr -s '\t ' ' ' <<<"$output") == "Uid: 70001 70001 70001 70001
Gid: 70001 70001 70001 70001
CapEff: 0000000000000000" ]] || fail "$output"
}

@test "a home closed to its user is a temporary error" {
  mkdir "$T/private"
  chmod 700 "$T/private"
  passwd "joe:x:70001:70001::$T/private:/bin/sh"
  login joe sesame '' PASS
  temporary 'unable="change to the home directory" error="Permission denied"'
}

@test "an unreadable shadow is a temporary error" {
  LAUNCH=(in_system setpriv --reuid 70001 --regid 70001 --clear-groups)
  chmod 600 "$T/etc/shadow"
  cp "$(command -v "$CHECKPW")" "$BATS_RUN_TMPDIR/checkpw-copy"
  local CHECKPW=$BATS_RUN_TMPDIR/checkpw-copy
  chmod a+x "$BATS_RUN_TMPDIR" # only the run's own directory
  login joe sesame '' PASS
  temporary 'unable="open /etc/shadow" error="Permission denied"'
}

@test "every refusal costs a hash of shadow's method" {
  needs_memory_limit
  # Too little memory for yescrypt: a login that has to compute it fails.
  LAUNCH=(in_system bash -c 'ulimit -v 15000; exec "$@"' limited)
  passwd "root:x:0:0::/root:/bin/sh" "joe:x:70001:70001::/usr:/bin/sh" \
    "lock:x:70002:70002::/usr:/bin/sh" "old:x:70003:70003::/usr:/bin/sh"
  shadow "root:*:19000:0:99999:7:::" "old:$YESCRYPT:0:0:99999:7:::" \
    "joe:$YESCRYPT:19000:0:99999:7:::" "lock:!:19000:0:99999:7:::"
  for try in 'joe wrong' 'nosuch a' 'lock a' 'root a' 'old sesame' 'old wrong' \
    'joe x APOP' 'nosuch x APOP' 'nosuch x CRAM-MD5'; do
    # shellcheck disable=SC2086  # words
    set -- $try
    : >"$LOG"
    login "$1" "$2" '<1@a>' "${3:-PASS}"
    temporary 'unable="hash the password:'
  done
  # The first hash of shadow counts.
  sed -i "1i first:$MD5:19000:0:99999:7:::" "$T/etc/shadow"
  login nosuch a '' PASS
  refused unknown '?'
}

@test "no hash in shadow: refusals cost the preferred method" {
  needs_memory_limit
  LAUNCH=(in_system bash -c 'ulimit -v 15000; exec "$@"' limited)
  shadow "joe:!:19000:0:99999:7:::"
  login nosuch a '' PASS
  temporary 'unable="hash the password:'
}

@test "the machine's own account files stay unchanged" {
  before=$(stat -c '%Y %i' /etc/passwd /etc/shadow /etc/group)
  login joe sesame '' PASS
  [[ $before == "$(stat -c '%Y %i' /etc/passwd /etc/shadow /etc/group)" ]]
}
