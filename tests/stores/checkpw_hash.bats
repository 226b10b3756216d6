# bats file_tags=libc
# checkpw-hash turns passwords into secrets that checkpw accepts, and refuses
# passwords and options that could not work.
# shellcheck disable=SC2016,SC2034  # hashes are quoted, LAUNCH is for login

load ../helpers/common
load ../helpers/checkpw

# usable SECRET PASSWORD: with this secret the password logs in, and no other.
usable() {
  printf 'joe:%s:%s:%s::/usr\n' "$1" "$MAIL_UID" "$MAIL_GID" >"$T/users"
  login joe "$2" '' PASS -f "$T/users"
  accepted
  login joe "$2x" '' PASS -f "$T/users"
  refused password joe
}

@test "the default is a hash of libxcrypt's preferred method" {
  secret=$(printf 'sesame\n' | checkpw-hash)
  [[ $secret == '{CRYPT}$y$'* ]]
  usable "$secret" sesame
}

@test "checkpw accepts the secrets of every method" {
  local method prefix
  while read -r method prefix; do
    secret=$(printf 'sesame\n' | checkpw-hash -m "$method")
    [[ $secret == "$prefix"* ]] || fail "$method: $secret"
    usable "$secret" sesame
  done <<'EOT'
yescrypt {CRYPT}$y$
gost-yescrypt {CRYPT}$gy$
scrypt {CRYPT}$7$
bcrypt {CRYPT}$2b$10$
sha512crypt {CRYPT}$6$
SHA256CRYPT {CRYPT}$5$
md5crypt {CRYPT}$1$
PLAIN {PLAIN}sesame
plain {PLAIN}sesame
EOT
}

@test "a cost above checkpw's limit is a usage error" {
  for bad in '-m yescrypt -c 10' '-m scrypt -c 10' '-m bcrypt -c 17' \
    '-m sha512crypt -c 999999999' '-m sha256crypt -c 1000000'; do
    # shellcheck disable=SC2086  # words
    run timeout 20 checkpw-hash $bad <<<sesame
    [[ $status == 100 && $output == *'no hash of this cost'* ]] || fail "$bad: $status $output"
  done
}

@test "bcrypt refuses passwords over 72 bytes" {
  local longest
  longest=$(printf 'x%.0s' {1..72})
  secret=$(checkpw-hash -m bcrypt -c 4 <<<"$longest")
  account_lines "joe:$secret@" >"$T/users"
  login joe "$longest" '' PASS -f "$T/users"
  accepted
  login joe "${longest%?}y" '' PASS -f "$T/users"
  refused password joe
  run checkpw-hash -m bcrypt -c 4 <<<"${longest}x"
  [[ $status == 1 && $output == *'more than 72 bytes: bcrypt'* ]] || fail "$status $output"
}

@test "all other methods use the whole of a long password" {
  local long method
  long=$(printf 'x%.0s' {1..500})
  for method in yescrypt gost-yescrypt scrypt sha512crypt sha256crypt md5crypt PLAIN; do
    secret=$(checkpw-hash -m "$method" <<<"$long")
    account_lines "joe:$secret@" >"$T/users"
    login joe "$long" '' PASS -f "$T/users"
    accepted
    for wrong in "${long%?}" "${long%?}y"; do
      login joe "$wrong" '' PASS -f "$T/users"
      refused password joe
    done
  done
}

@test "a hash without enough memory is reported as such" {
  needs_memory_limit
  for method in yescrypt gost-yescrypt scrypt; do
    run bash -c 'ulimit -v 15000; exec checkpw-hash -m "$1"' limited "$method" <<<sesame
    [[ $status == 111 && $output == *'no memory for it: '*memory* ]] || fail "$status $output"
    [[ $output != *Invalid* ]]
  done
}

@test "two hashes of one password differ" {
  [[ $(echo a | checkpw-hash -m md5crypt) != "$(echo a | checkpw-hash -m md5crypt)" ]]
}

@test "-c sets the cost; an invalid cost is a usage error" {
  secret=$(echo sesame | checkpw-hash -m bcrypt -c 4)
  [[ $secret == '{CRYPT}$2b$04$'* ]]
  secret=$(echo sesame | checkpw-hash -m sha512crypt -c 1000)
  [[ $secret == '{CRYPT}$6$rounds=1000$'* ]]
  for bad in '-m bcrypt -c 99' '-m yescrypt -c 77' '-m SSHA -c 5' '-m plain -c 5' '-c 0' '-c x'; do
    # shellcheck disable=SC2086  # words
    run checkpw-hash $bad <<<sesame
    ((status == 100)) || fail "$bad: $status"
  done
}

@test "spaces, quotes and bytes above 127 belong to the password" {
  for password in ' a  b ' $'gr\xc3\xbc\xdf' '"'; do
    secret=$(printf '%s\r\n' "$password" | checkpw-hash -m md5crypt)
    usable "$secret" "$password"
  done
}

@test "one line is read, with or without its newline" {
  { checkpw-hash -m PLAIN; read -r rest; } < <(printf 'one\ntwo\n') >"$T/out"
  [[ $(<"$T/out") == '{PLAIN}one' && $rest == two ]]
  [[ $(printf one | checkpw-hash -m PLAIN) == '{PLAIN}one' ]]
}

@test "empty, overlong and NUL-holding passwords are refused" {
  for bytes in '' '\n' '\r\n' 'a\0b\n' "$(printf 'x%.0s' {1..509})\n" \
    "$(printf 'x%.0s' {1..5000})"; do
    status=0
    # shellcheck disable=SC2059  # the bytes are the format
    printf "$bytes" | checkpw-hash >"$T/out" 2>"$T/err" || status=$?
    ((status == 1)) || fail "status $status"
    [[ ! -s $T/out && -s $T/err ]]
  done
  printf '%508s\n' x | checkpw-hash -m md5crypt
}

@test "a plain secret with a colon is printed in base64" {
  secret=$(checkpw-hash -m PLAIN <<<'a:b')
  [[ $secret == '{PLAIN.b64}YTpi' ]] || fail "$secret"
  usable "$secret" a:b
}

@test "SSHA512, SSHA256, SSHA, SMD5: salted, and a warning" {
  local method
  for method in SSHA512 SSHA256 SSHA SMD5 ssha; do
    secret=$(checkpw-hash -m "$method" <<<sesame 2>"$T/warning")
    [[ $(<"$T/warning") == "checkpw-hash: warning: ${method^^} is weak"* ]] || fail "$(<"$T/warning")"
    [[ $secret == "{${method^^}}"* ]] || fail "$secret"
    usable "$secret" sesame
    doveadm pw -t "$secret" -p sesame
    [[ $(checkpw-hash -m "$method" <<<sesame 2>/dev/null) != "$secret" ]] || fail "$method: no salt"
  done
}

@test "usage errors exit 100, --help and --version 0" {
  for bad in -x '-m nonsense' operand --cost=1; do
    # shellcheck disable=SC2086  # words
    run checkpw-hash $bad <<<sesame
    ((status == 100)) || fail "$bad: $status"
  done
  [[ $(checkpw-hash --version) == 'checkpw-hash (popchain) '* ]]
  [[ $(checkpw-hash --help) == *gost-yescrypt* ]]
}

# at_terminal ANSWER...: runs checkpw-hash at a terminal and types one answer at
# each prompt.  $T/screen gets all that is shown, and the exit code.
at_terminal() {
  local answer typed=0
  mkfifo "$T/keys"
  { script --quiet --flush --return --command "trap : INT; checkpw-hash -m PLAIN; echo status=\$?; stty -a" \
    "$T/screen" <"$T/keys" >/dev/null; } 3>&- &
  SERVERS+=($!)
  exec {keys}>"$T/keys"
  for answer; do
    wait_until prompts $((++typed))
    printf '%b' "$answer" >&"$keys"
  done
  wait_until grep -q 'status=' "$T/screen"
  exec {keys}>&-
  wait "${SERVERS[0]}" || true
}
prompts() {
  (($(grep -ao -e 'Password:' -e 'Once more:' "$T/screen" | wc -l) >= $1))
}

@test "at a terminal: two prompts and no echo" {
  at_terminal 'sesame\r' 'sesame\r'
  (($(grep -c sesame "$T/screen") == 1)) || fail "$(cat "$T/screen")"
  grep -q '{PLAIN}sesame' "$T/screen"
  grep -q 'status=0' "$T/screen"
  grep -q ' echo ' "$T/screen" || fail "echo was not restored"
}

@test "at a terminal: two different answers are refused" {
  at_terminal 'sesame\r' 'sesamo\r'
  ! grep -q 'sesam' "$T/screen" || fail "$(cat "$T/screen")"
  grep -q 'status=1' "$T/screen"
}

@test "at a terminal: an interrupt ends it and restores the echo" {
  at_terminal 'ses\003'
  grep -q 'status=130' "$T/screen" || fail "$(cat "$T/screen")"
  grep -q ' echo ' "$T/screen" || fail "echo was not restored"
  ! grep -q '{PLAIN}' "$T/screen" || fail "$(cat "$T/screen")"
}
