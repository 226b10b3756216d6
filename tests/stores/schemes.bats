# Passwords in the schemes of other servers' account files: checkpw accepts what
# doveadm pw makes, and names the scheme of a secret that it cannot use.
# Secrets are quoted, LAUNCH is read by login.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2153

load ../helpers/common
load ../helpers/checkpw

users() { account_lines "$@" >"$T/users"; }
try() { login "$1" "$2" "${3:-}" "${4:-PASS}" -f "$T/users"; }

# opens_with PASSWORD SECRET...: each secret takes this password only.
opens_with() {
  local password=$1 secret wrong
  for secret in "${@:2}"; do
    users "joe:$secret@"
    for try in '' PASS PLAIN LOGIN; do
      login joe "$password" '' "$try" -f "$T/users"
      ((status == 0)) || fail "$secret: $status"
      accepted
    done
    for wrong in "${password}x" "${password%?}" "${password^^}" "$secret" ''; do
      try joe "$wrong"
      refused password joe
    done
  done
}

# made_by_dovecot SCHEME: prints the scheme's secrets for "sesame" in the
# default encoding and in each that can be named.
made_by_dovecot() {
  local encoding
  for encoding in '' .b64 .B64 .base64 .hex .HEX; do
    doveadm pw -s "$1$encoding" -u joe -p "${2-sesame}"
  done
}

@test "digests: what doveadm pw makes opens the account" {
  local scheme
  for scheme in SHA SHA1 SHA256 SHA512 PLAIN-MD5 LDAP-MD5 SMD5 SSHA SSHA256 SSHA512; do
    mapfile -t made < <(made_by_dovecot "$scheme")
    ((${#made[@]} == 6)) || fail "$scheme: ${made[*]}"
    opens_with sesame "${made[@]}"
  done
}

@test "crypt schemes: what doveadm pw makes opens the account" {
  local scheme
  for scheme in CRYPT DES-CRYPT MD5 MD5-CRYPT SHA256-CRYPT SHA512-CRYPT; do
    mapfile -t made < <(made_by_dovecot "$scheme")
    opens_with sesame "${made[@]}"
  done
  opens_with sesame "$(doveadm pw -s BLF-CRYPT -r 5 -p sesame)" \
    "$(doveadm pw -s BLF-CRYPT.b64 -r 5 -p sesame)"
}

@test "PLAIN in base64 or hex: a secret may hold a colon" {
  local scheme
  for scheme in PLAIN CLEAR CLEARTEXT; do
    opens_with 'se:same:' "$(doveadm pw -s "$scheme.b64" -p 'se:same:')" \
      "$(doveadm pw -s "$scheme.hex" -p 'se:same:')"
  done
  users "joe:{PLAIN.b64}$(printf tanstaaf | base64)@"
  try joe "$DIGEST" "$DIGEST_STAMP" APOP
  accepted
  try joe "${DIGEST//c/d}" "$DIGEST_STAMP" APOP
  refused password joe
}

@test "a digest in hex or base64 is known by its length" {
  local md5 sha
  md5=$(printf sesame | md5sum)
  sha=$(printf sesame | sha1sum)
  md5=${md5%% *} sha=${sha%% *}
  opens_with sesame "{PLAIN-MD5}$md5" "{PLAIN-MD5}${md5^^}" "{LDAP-MD5}$md5" \
    "{PLAIN-MD5}$(printf sesame | openssl dgst -md5 -binary | base64)" "{SHA}$sha" "{sha}${sha^^}"
}

@test "MD5 that is not md5crypt is a bare digest, as for Dovecot" {
  local md5
  md5=$(printf sesame | md5sum | cut -c 1-32)
  opens_with sesame "{MD5}$md5" "{md5}${md5^^}" "{MD5}$MD5" \
    "{MD5}$(printf sesame | openssl dgst -md5 -binary | base64)"
}

@test "digests have the length of any password and salt" {
  local password salt digest
  for password in x "$(printf 'y%.0s' {1..55})" "$(printf 'y%.0s' {1..111})" "$(printf 'y%.0s' {1..480})"; do
    opens_with "$password" "$(doveadm pw -s SSHA512 -p "$password")" "$(doveadm pw -s SHA -p "$password")" \
      "$(doveadm pw -s SMD5 -p "$password")" "$(doveadm pw -s SSHA256 -p "$password")"
  done
  for salt in z "$(printf 'z%.0s' {1..64})"; do
    digest=$(printf 'sesame%s' "$salt" | sha256sum | cut -c 1-64)
    opens_with sesame "{SSHA256.hex}$digest${salt//z/7a}"
  done
}

# cram_md5 PASSWORD CHALLENGE: prints the response.
cram_md5() {
  printf %s "$2" | openssl dgst -md5 -mac HMAC -macopt "key:$1" | sed 's/.* //'
}

@test "CRAM-MD5's stored form: passwords and CRAM-MD5, not APOP" {
  local secret scheme long
  long=$(printf 'k%.0s' {1..70})
  for scheme in CRAM-MD5 HMAC-MD5; do
    for password in sesame "$long"; do
      mapfile -t made < <(made_by_dovecot "$scheme" "$password")
      opens_with "$password" "${made[@]}"
      for secret in "${made[@]}"; do
        users "joe:$secret@"
        try joe "$(cram_md5 "$password" '<1.2@a>')" '<1.2@a>' CRAM-MD5
        accepted
        try joe "$(cram_md5 "${password}x" '<1.2@a>')" '<1.2@a>' CRAM-MD5
        refused password joe
        try joe "$(cram_md5 "$password" '<1.3@a>')" '<1.2@a>' CRAM-MD5
        refused password joe
        try joe "$password" '<1.2@a>' CRAM-MD5
        refused password joe
        try joe "$(printf '<1.2@a>%s' "$password" | md5sum | cut -c 1-32)" '<1.2@a>' APOP
        refused password joe
      done
    done
  done
}

@test "a digest proves neither APOP nor CRAM-MD5" {
  users "joe:$(doveadm pw -s SSHA -p tanstaaf)@"
  try joe "$DIGEST" "$DIGEST_STAMP" APOP
  refused password joe
  try joe "$(cram_md5 tanstaaf '<1@a>')" '<1@a>' CRAM-MD5
  refused password joe
  for mechanism in APOP CRAM-MD5; do
    try joe tanstaaf '<1@a>' "$mechanism"
    refused password joe
  done
}

# What {CRAM-MD5} holds for the empty password, of which doveadm makes none.
NO_PASSWORD=00747cf2ffaf11c5ea4a64979c3901fc1d20dee13f480bb598f7d8575b23e61b

@test "the empty password never matches a digest of nothing" {
  users "joe:{SHA}2jmj7l5rSw0yVb/vlWAYkK/YBwk=@" "ann:{MD5}d41d8cd98f00b204e9800998ecf8427e@" \
    "tim:{CRAM-MD5}$NO_PASSWORD@"
  for user in joe ann tim; do
    try "$user" ''
    refused password "$user"
  done
  # A key of one NUL is padded to the same block as the empty one.
  try tim "$(printf '<1@a>' | openssl dgst -md5 -mac HMAC -macopt hexkey:00 | sed 's/.* //')" '<1@a>' CRAM-MD5
  refused password tim
}

@test "locks: a ! or * before a digest, and no digest" {
  local secret
  for secret in '{SSHA}' '{SSHA}!' '{SHA}*' '!{SHA}CEo1Ae3vaEXy8eQZjsOiuBz1xrw=' '{CRAM-MD5}' \
    '{SHA}!CEo1Ae3vaEXy8eQZjsOiuBz1xrw=' '{PLAIN.b64}' '{CRYPT.hex}' '{MD5}!' '{SMD5.hex}*'; do
    users "joe:$secret@"
    try joe sesame
    refused locked joe
    try joe ''
    refused locked joe
  done
}

# names SCHEME SECRET...: such a secret is a temporary failure of its own login,
# and the log names the scheme, but nothing of the secret.
names() {
  local secret
  for secret in "${@:2}"; do
    damaged_are "$secret"
    logged "field=secret scheme=$1 user=joe"
    users "joe:$secret@"
    run checkpw-mkdb "$T/u.cdb" <"$T/users"
    [[ $status == 1 && $output == "checkpw-mkdb: line 1: bad secret of scheme $1
checkpw-mkdb: nothing was changed" ]] || fail "$secret: $output"
  done
}

@test "a damaged digest is temporary, and the log names the scheme" {
  local salt
  salt=$(printf '7a%.0s' {1..65})
  names SHA '{SHA}CEo1Ae3vaEXy8eQZjsOiuBz1xrw' '{SHA}x' '{SHA}CEo1Ae3vaEXy8eQZjsOiuBz1x-w=' \
    '{SHA}CEo1Ae3vaEXy8eQZjsOiuBz1xr==' '{SHA.hex}CEo1Ae3vaEXy8eQZjsOiuBz1xrw=' '{SHA.hex}084' \
    '{sha.b64}084a3501edef6845f2f1e4198ec3a2b81cf5c6bc' '{SHA}g84a3501edef6845f2f1e4198ec3a2b81cf5c6bc' \
    '{SHA.rot13}CEo1Ae3vaEXy8eQZjsOiuBz1xrw=' '{SHA.}CEo1Ae3vaEXy8eQZjsOiuBz1xrw='
  names SSHA '{SSHA}CEo1Ae3vaEXy8eQZjsOiuBz1xrw=' '{SSHA}abcdefghijklmnop' \
    "{SSHA.hex}084a3501edef6845f2f1e4198ec3a2b81cf5c6bc$salt" "{SSHA}$(printf 'AAAA%.0s' {1..900})"
  names SHA512 "{SHA512}$(printf 'A%.0s' {1..84})" "{SHA512.hex}$(printf 'A%.0s' {1..126})"
  names CRAM-MD5 "{CRAM-MD5}$(printf '0%.0s' {1..62})" "{CRAM-MD5}$(printf 'g%.0s' {1..64})" '{cram-md5.b64}AAAA'
  names PLAIN '{PLAIN.b64}c2VzYW1' '{PLAIN.b64}YQBi' '{PLAIN.hex}6' "{PLAIN.hex}$(printf '61%.0s' {1..513})"
  names CRYPT '{CRYPT.b64}YWJj' '{CRYPT.hex}00'
  names MD5 '{MD5}c8dae1c50e092f3d877192fc555b1dc' '{MD5.hex}c8dae1c50e092f3d877192fc555b1dcf'
}

@test "ARGON2, PBKDF2 and others: the log names the scheme" {
  local scheme
  for scheme in ARGON2I ARGON2ID PBKDF2 SCRAM-SHA-1 SCRAM-SHA-256 DIGEST-MD5 OTP PLAIN-MD4 PLAIN-TRUNC; do
    doveadm pw -l | grep -qw -- "$scheme" || continue
    names "$scheme" "$(doveadm pw -s "$scheme" -u joe -p sesame)" "{${scheme,,}}x" "{$scheme.b64}eA=="
  done
}

@test "an unknown scheme, perhaps a password, is not in the log" {
  damaged_are '{my}password' '{my.b64}password' '{SSHA' '{}x' '{.b64}eA=='
  ! grep -e 'scheme=' -e password "$LOG" || fail "the log shows it"
}

@test "checkpw-mkdb compiles every scheme" {
  local lines=() scheme i=0
  for scheme in SHA SSHA512.hex SMD5 CRAM-MD5 PLAIN.b64 MD5.b64 LDAP-MD5; do
    lines+=("u$((++i)):$(doveadm pw -s "$scheme" -p sesame)@")
  done
  users "${lines[@]}"
  run checkpw-mkdb "$T/u.cdb" <"$T/users"
  [[ $status == 0 ]] || fail "$output"
  while ((i)); do
    login "u$i" sesame '' PASS -f "$T/u.cdb"
    accepted
    login "u$i" sesamo '' PASS -f "$T/u.cdb"
    refused password "u$i"
    i=$((i - 1))
  done
}

@test "vpopmail: a digest in vpasswd, the clear password for APOP" {
  mkdir -p "$T/q/users" "$T/dom"
  cdb_of "$T/q/users/cdb" '!example.org-' "example.org|$MAIL_UID|$MAIL_GID|$T/dom|-||"
  cdb_of_lines "$T/dom/vpasswd.cdb" "joe:$(doveadm pw -s SSHA -p sesame):1:0:Joe:/usr:NOQUOTA:tanstaaf" \
    "ann:{ARGON2ID}x:1:0:Ann:/usr:NOQUOTA"
  login joe@example.org sesame '' PASS --vpopmail "$T/q"
  accepted
  login joe@example.org sesamo '' PASS --vpopmail "$T/q"
  refused password joe@example.org
  login joe@example.org "$DIGEST" "$DIGEST_STAMP" APOP --vpopmail "$T/q"
  accepted
  login ann@example.org sesame '' PASS --vpopmail "$T/q"
  temporary 'field=secret scheme=ARGON2ID user=ann@example.org'
}

@test "--dovecot and --system-users take the schemes, too" {
  needs_root "it needs an account of the system"
  local secret
  secret=$(doveadm pw -s SSHA256 -p sesame)
  users "joe:$secret@"
  login joe sesame '' '' --dovecot -f "$T/users" -- sh -c 'echo "$USER $userdb_uid"'
  accepted "joe $MAIL_UID"
  login joe sesamo '' '' --dovecot -f "$T/users"
  refused password joe
  make_system 'joe:x:70001:70001::/usr:/bin/sh'
  echo "joe:$SHA512:19000:0:99999:7:::" >"$T/etc/shadow"
  echo "joe:$secret:70001:70001::/usr" >"$T/users"
  login joe sesame '' PASS --system-users "$T/users"
  accepted
  login joe sesamo '' PASS --system-users "$T/users"
  refused password joe
  echo 'joe:!:19000:0:99999:7:::' >"$T/etc/shadow"
  login joe sesame '' PASS --system-users "$T/users"
  refused locked joe
}

@test "without any crypt(3) digests still work" {
  without_any_crypt
  opens_with sesame "$(doveadm pw -s SSHA256 -p sesame)"
}

@test "a refusal of a digest costs the store's hash, too" {
  needs_memory_limit
  # Too little memory for yescrypt: a login that has to compute it fails.
  LAUNCH=(bash -c 'ulimit -v 15000; exec "$@"' limited)
  users "joe:{SHA}CEo1Ae3vaEXy8eQZjsOiuBz1xrw=@" "ann:$(doveadm pw -s CRAM-MD5 -p sesame)@" "hash:$YESCRYPT@"
  for user in joe ann nobody; do
    : >"$LOG"
    try "$user" sesamo
    temporary 'unable="hash the password:'
  done
  try joe sesame
  accepted
  sed -i '$d' "$T/users"
  try joe sesamo
  refused password joe
}
