# bats file_tags=libc
# checkpw -f accepts the right password of a passwd-file's line and honours its
# fields; a line that it cannot use fails only its own account.
# Hashes and programs of an inner shell are quoted, LAUNCH is read by login.
# shellcheck disable=SC2016,SC2034

load ../helpers/common
load ../helpers/checkpw

# users LINE...: the passwd-file has these lines.
users() { account_lines "$@" >"$T/users"; }
try() {
  login "$1" "$2" "${3:-}" "${4:-PASS}" -f "$T/users"
}

@test "every libxcrypt hash accepts the right password only" {
  local hash
  for hash in "$YESCRYPT" "$GOST" "$SCRYPT" "$BCRYPT" "$BCRYPT_Y" "$SHA512" \
    "$SHA256" "$MD5" "$DES" "$SHA1" "$SUNMD5" "$BSDI"; do
    users "joe:$hash@"
    try joe sesame
    accepted
    try joe sesamo
    refused password joe
  done
}

@test "schemes have Dovecot's names, in any letter case" {
  local secret
  for secret in "{CRYPT}$YESCRYPT" "{crypt}$SHA512" "{SHA512-CRYPT}$SHA512" \
    "{SHA256-CRYPT}$SHA256" "{BLF-CRYPT}$BCRYPT_Y" "{MD5-CRYPT}$MD5" \
    "{DES-CRYPT}$DES" "{MD5}$MD5" "{PLAIN}sesame" "{plain}sesame" \
    "{CLEAR}sesame" "{CLEARTEXT}sesame"; do
    users "joe:$secret@"
    try joe sesame
    accepted
    try joe Sesame
    refused password joe
  done
}

@test "an unknown scheme or damaged hash: temporary error, logged" {
  damaged_are '{SCHEME}abcdefghijklmnop' '{PLAIN' '{}x' 'sesame' '$y$j9T' \
    '$99$abcdefghijklmnop$abcdefghijklmnop' "{PLAIN}$(printf 'x%.0s' {1..600})"
  # It looks well-formed, but libxcrypt rejects it.
  users "joe:$UNUSABLE@"
  try joe sesame
  temporary 'event=temporary unable="hash the password:'
}

@test "Courier's userdb: its fields work in a passwd-file line only" {
  printf 'joe\tuid=%s|gid=%s|home=/usr|systempw=%s\n' "$MAIL_UID" "$MAIL_GID" \
    "$SHA512" >"$T/users"
  try joe sesame
  refused unknown '?'
  users "joe:$SHA512:$MAIL_UID:$MAIL_GID::/usr"
  try joe sesame
  accepted
}

@test "locked entries and empty secrets match nothing" {
  local secret password
  for secret in "!$MD5" "!" "*" "*LK*" "!!" "" "{PLAIN}" "{CRYPT}" "{CRYPT}!$MD5"; do
    users "joe:$secret@"
    for password in sesame '' '!' '*' "$secret"; do
      try joe "$password"
      refused locked joe
    done
  done
  users "joe:{PLAIN}sesame@" "ann:$MD5@"
  try joe ''
  refused password joe
  try ann ''
  refused password ann
}

@test "a hash is not a password; the hash of nothing never matches" {
  users "joe:$MD5@" "ann:$(perl -e 'print crypt("", "\$1\$abcdefgh\$")')@"
  try joe "$MD5"
  refused password joe
  try ann ''
  refused password ann
}

@test "unknown users are refused and not named in the log" {
  users "joe:{PLAIN}sesame@" ":{PLAIN}sesame@" "#ann:{PLAIN}sesame@"
  for name in nobody Joe joe: jo joee '#ann' "joe:{PLAIN}sesame" 'joe\njoe'; do
    try "$name" sesame
    refused unknown '?'
  done
  ! grep -q nobody "$LOG" || fail "the name is in the log"
}

@test "PASS, PLAIN and LOGIN: only the password logs in" {
  local mechanism
  users "joe:{PLAIN}tanstaaf@"
  for mechanism in PASS PLAIN LOGIN; do
    try joe tanstaaf "$DIGEST_STAMP" "$mechanism"
    accepted
    try joe "$DIGEST" "$DIGEST_STAMP" "$mechanism"
    refused password joe
  done
}

@test "APOP: only the digest of timestamp and plain secret logs in" {
  users "joe:{PLAIN}tanstaaf@" "ann:$MD5@"
  try joe "$DIGEST" "$DIGEST_STAMP" APOP
  accepted
  for wrong in tanstaaf '' "${DIGEST^^}" "${DIGEST%?}" "${DIGEST}0" "${DIGEST/c/d}"; do
    try joe "$wrong" "$DIGEST_STAMP" APOP
    refused password joe
  done
  try joe "$DIGEST" '' APOP
  refused password joe
  try ann sesame "$DIGEST_STAMP" APOP
  refused password ann
}

@test "CRAM-MD5: only the response to the challenge logs in" {
  # RFC 2195 section 2
  local challenge='<1896.697170952@postoffice.reston.mci.net>'
  local response=b913a602c7eda7a495b4e6e7334d3890
  users "tim:{PLAIN}tanstaaftanstaaf@" "ann:$MD5@"
  try tim "$response" "$challenge" CRAM-MD5
  accepted
  try tim tanstaaftanstaaf "$challenge" CRAM-MD5
  refused password tim
  try tim "$response" "$challenge." CRAM-MD5
  refused password tim
  try tim "$response" "$challenge" APOP
  refused password tim
  try ann sesame "$challenge" CRAM-MD5
  refused password ann
}

@test "no mechanism named: a password or an APOP digest logs in" {
  users "joe:{PLAIN}tanstaaf@" "ann:$MD5@"
  login joe tanstaaf "$DIGEST_STAMP" '' -f "$T/users"
  accepted
  login joe "$DIGEST" "$DIGEST_STAMP" '' -f "$T/users"
  accepted
  login joe "$DIGEST" "$DIGEST_STAMP" SOMETHING -f "$T/users"
  accepted
  login joe "$DIGEST" '' '' -f "$T/users"
  refused password joe
  login ann sesame "$DIGEST_STAMP" '' -f "$T/users"
  accepted
  login joe wrong "$DIGEST_STAMP" '' -f "$T/users"
  refused password joe
}

@test "secrets may hold blanks, quotes, 8-bit letters and 500 bytes" {
  local secret long
  long=$(printf 'x%.0s' {1..500})
  for secret in ' a  b ' "it's \"so\"" $'gr\xc3\xbc\xdf' "$long"; do
    users "joe:{PLAIN}$secret@"
    try joe "$secret"
    accepted
  done
  users "joe:{PLAIN}$long@"
  try joe "${long}y"
  refused password joe
}

@test "several files: the first with the login decides" {
  users "joe:{PLAIN}one@"
  cp "$T/users" "$T/first"
  users "joe:{PLAIN}two@" "ann:{PLAIN}three@" "ann:{PLAIN}four@"
  login joe one '' PASS -f "$T/first" -f "$T/users"
  accepted
  login joe two '' PASS -f "$T/first" -f "$T/users"
  refused password joe
  login ann three '' PASS -f "$T/first" -f "$T/users"
  accepted
  login ann four '' PASS -f "$T/first" -f "$T/users"
  refused password ann
}

@test "comments, empty lines, CR LF, no last newline: all accepted" {
  printf '# users\r\n\r\n\njunk\n:::\njoe:{PLAIN}a:%s:%s::/usr\r\nann:{PLAIN}b:%s:%s::/usr' \
    "$MAIL_UID" "$MAIL_GID" "$MAIL_UID" "$MAIL_GID" >"$T/users"
  try joe a
  accepted
  try ann b
  accepted
  try junk ''
  refused unknown '?'
}

@test "4096-byte lines work, a longer one fails only its login" {
  local pad
  pad=$(printf '%4200s' '')
  users "ann:{PLAIN}a@" "joe:{PLAIN}b@" "tim:{PLAIN}c@"
  sed -i "2s/\$/$pad/" "$T/users"
  sed -i '2s/^\(.\{4096\}\).*/\1/' "$T/users"
  try joe b
  accepted
  sed -i '2s/$/x/' "$T/users"
  try joe b
  temporary "event=damaged file=$T/users line=2 field=length"
  try tim c
  accepted
  try ann a
  accepted
  { printf 'x%.0s' {1..300000}; cat "$T/users"; } >"$T/long"
  login tim c '' PASS -f "$T/long"
  accepted
}

@test "a million users are read in constant memory" {
  needs_memory_limit
  users "last:{PLAIN}a@"
  { seq -f 'user%.0f:{PLAIN}x:70000:70000::/home/user:/bin/sh:' 1000000; cat "$T/users"; } >"$T/million"
  LAUNCH=(bash -c 'ulimit -v 15000; exec "$@"' limited)
  login last a '' PASS -f "$T/million"
  accepted
  login nobody a '' PASS -f "$T/million"
  refused unknown '?'
}

@test "a missing file, a directory or a FIFO is a temporary error" {
  mkfifo "$T/fifo"
  mkdir "$T/directory"
  for file in "$T/none" "$T/fifo" "$T/directory" /dev/null; do
    : >"$LOG"
    LAUNCH=(timeout 10)
    login joe a '' PASS -f "$file"
    temporary 'event=temporary'
  done
  # Also after a file that has the login, so that the fault is noticed at once.
  users "joe:{PLAIN}a@"
  login joe a '' PASS -f "$T/users" -f "$T/none"
  temporary "event=unreadable file=$T/none"
}

@test "an unusable home, uid or gid is temporary; the log names it" {
  local line
  while read -r field line; do
    users "joe:{PLAIN}a:$line"
    : >"$LOG"
    try joe a
    temporary "field=$field"
  done <<EOT
home $MAIL_UID:$MAIL_GID::
home $MAIL_UID:$MAIL_GID::relative
home $MAIL_UID
home
uid 4294967295:1::/usr
uid 99999999999999999999:1::/usr
gid 65533:4294967295::/usr
allow_nets $MAIL_UID:$MAIL_GID::/usr::allow_nets=127.0.0.1/33
allow_nets $MAIL_UID:$MAIL_GID::/usr::allow_nets=127.0.0.1,oops
EOT
  users "joe:{PLAIN}a:$MAIL_UID:$MAIL_GID::/nonexistent"
  try joe a
  temporary "unable=\"change to the home directory\" error=\"No such file or directory\" file=/nonexistent user=joe ip=.* uid=$MAIL_UID"
  users "joe:{PLAIN}a:no-such-user:$MAIL_GID::/usr"
  try joe a
  temporary "unable=\"find the account's user\""
  users "joe:{PLAIN}a:$MAIL_UID:no-such-group::/usr"
  try joe a
  temporary "unable=\"find the account's group\""
}

@test "uid and gid may be names" {
  local user=games group=games
  if ((EUID != 0)); then
    user=$(id -un) && group=$(id -gn) || skip "this account has no name"
  fi
  users "joe:{PLAIN}a:$user:$group::/usr"
  login joe a '' PASS -f "$T/users" -- id -un
  accepted "$user"
}

@test "root needs the uid and gid of an account" {
  needs_root "elsewhere they are the process's own"
  for ids in : "$MAIL_UID:" ":$MAIL_GID"; do
    users "joe:{PLAIN}a:$ids::/usr"
    try joe a
    temporary 'without uid or gid'
  done
}

@test "uid 0 and uids below -m are refused, as numbers and names" {
  local uid
  for uid in 0 00 root; do
    users "joe:{PLAIN}a:$uid:$MAIL_GID::/usr"
    try joe a
    refused root joe
  done
  login joe a '' PASS -m 0 -f "$T/users"
  refused root joe
  users "joe:{PLAIN}a@"
  login joe a '' PASS -m $((MAIL_UID + 1)) -f "$T/users"
  refused root joe
  login joe a '' PASS -m "$MAIL_UID" -f "$T/users"
  accepted
}

@test "group 0 is refused, as a number and as a name" {
  local gid
  for gid in 0 00 root; do
    users "joe:{PLAIN}a:$MAIL_UID:$gid::/usr"
    try joe a
    refused root joe
    login joe a '' PASS -m 0 -f "$T/users"
    refused root joe
  done
}

@test "nologin refuses the login" {
  users "joe:{PLAIN}a@nologin" "ann:{PLAIN}a@x=y nologin=yes" "tim:{PLAIN}a@nologins=1 userdb_x=nologin"
  try joe a
  refused nologin joe
  try ann a
  refused nologin ann
  try tim a
  accepted
}

@test "allow_nets: only clients of the named networks log in" {
  users "joe:{PLAIN}a@allow_nets=192.0.2.0/24,2001:db8::/32,127.0.0.1" "ann:{PLAIN}a@allow_nets="
  for ip in 192.0.2.1 192.0.2.255 2001:db8:1::1 127.0.0.1 ::ffff:192.0.2.7; do
    LAUNCH=(env "TCPREMOTEIP=$ip")
    try joe a
    accepted
    try ann a
    refused net ann
  done
  for ip in 192.0.3.1 2001:db9::1 127.0.0.2 garbage; do
    LAUNCH=(env "TCPREMOTEIP=$ip")
    try joe a
    refused net joe
  done
  LAUNCH=(env -u TCPREMOTEIP)
  try joe a
  refused net joe
}

@test "userdb_mail=maildir:PATH becomes MAILDIR" {
  local extra want
  while read -r want extra; do
    users "joe:{PLAIN}a@$extra"
    login joe a '' PASS -f "$T/users" -- sh -c 'echo "$MAILDIR"'
    accepted "$want"
  done <<'EOT'
/var/mail/joe userdb_mail=maildir:/var/mail/joe
/usr/Mail userdb_mail=maildir:~/Mail
Mail userdb_mail=maildir:Mail:INDEX=/var/x
M nothing=else userdb_mail=maildir:M
EOT
  users "joe:{PLAIN}a@other_mail=mbox:/var/mail/joe"
  export MAILDIR=inherited
  login joe a '' PASS -f "$T/users" -- sh -c 'echo "$MAILDIR"'
  accepted inherited
}

@test "userdb_mail: %h, %n, %u, %d and ~ are expanded" {
  local extra want
  while read -r want extra; do
    printf 'joe@example.org:{PLAIN}a:%s:%s::/usr::userdb_mail=maildir:%s\n' \
      "$MAIL_UID" "$MAIL_GID" "$extra" >"$T/users"
    login joe@example.org a '' PASS -f "$T/users" -- sh -c 'echo "$MAILDIR"'
    accepted "$want"
  done <<'EOT'
/srv/example.org/joe /srv/%d/%n
/srv/joe@example.org/100% /srv/%u/100%%
/usr/M %h/M
/usr ~
/usr/M ~/M:INDEX=/x/%u
EOT
}

@test "userdb_mail: other formats and variables are damaged" {
  local location
  for location in mbox:~/mail sdbox:~/sdbox mdbox:/srv/%u imapc: /var/mail/joe \
    '' maildir: maildir:/srv/%L 'maildir:%{home}/M' maildir:~ann/M; do
    users "joe:{PLAIN}a@x=y userdb_mail=$location" "ann:{PLAIN}a@"
    : >"$LOG"
    try joe a
    temporary "event=damaged file=$T/users line=1 field=userdb_mail user=joe"
    try ann a
    accepted
  done
}

@test "userdb_mail: a login unusable as a file name is damaged" {
  local login location
  line() {
    printf '%s:{PLAIN}a:%s:%s::/usr::userdb_mail=maildir:%s\n' \
      "$1" "$MAIL_UID" "$MAIL_GID" "$2" >"$T/users"
  }
  while read -r login location; do
    line "$login" "$location"
    : >"$LOG"
    try "$login" a
    temporary "event=damaged file=$T/users line=1 field=userdb_mail user=$login"
  done <<'EOT'
joe /srv/%d/%n
joe@ /srv/%d/%n
@example.org /srv/%d/%n
../ann /srv/%u
.. /srv/%n
. /srv/%u
..@example.org /srv/%n
joe@.. /srv/%d
joe@. /srv/%d
joe@../example.com /srv/%d
a/b@example.org /srv/%n
EOT
  for login in joe ..joe joe.@example.org; do
    line "$login" /srv/%u
    login "$login" a '' PASS -f "$T/users" -- sh -c 'echo "$MAILDIR"'
    accepted "/srv/$login"
  done
}

@test "a login between blanks or after a byte order mark is damaged" {
  local line
  for line in ' joe' 'joe ' $'\tjoe' $'joe\t' $'\xef\xbb\xbfjoe' $'\x01joe' $'joe\r'; do
    users "$line:{PLAIN}a@" "ann:{PLAIN}a@"
    : >"$LOG"
    try joe a
    temporary "event=damaged file=$T/users line=1 field=login user=joe"
    try ann a
    accepted
    try jo a
    refused unknown '?'
  done
}

@test "a login between blanks does not hide the exact one below it" {
  users ' joe:{PLAIN}old@' 'ann:{PLAIN}a@' 'joe:{PLAIN}a@'
  try joe a
  accepted
  try joe old
  refused password joe
  # The first line with exactly this login counts, even if it is damaged.
  users ' joe:{PLAIN}old@' 'joe:{X}a@' 'joe:{PLAIN}a@'
  : >"$LOG"
  try joe a
  temporary "event=damaged file=$T/users line=2 field=secret user=joe"
  users '# joe' ' joe:{PLAIN}a@' 'ann:{PLAIN}a@' $'joe\t:{PLAIN}a@'
  : >"$LOG"
  try joe a
  temporary "event=damaged file=$T/users line=2 field=login user=joe"
}

# Hashes that cost more memory or time than checkpw spends.
MONSTERS=("${YESCRYPT/j9T/jET}" "${SCRYPT/CU/GU}" "${BCRYPT/05/31}"
  "${SHA512/6\$/6\$rounds=999999999\$}" "${SHA1/1000/999999999}"
  '$md5,rounds=4000000000$abcdefgh$$g94iElynhcobHBygXkQuL.')

@test "an over-expensive hash is damaged and never computed" {
  local hash
  LAUNCH=(timeout 20)
  for hash in "${MONSTERS[@]}"; do
    users "joe:$hash@" "ann:{PLAIN}a@"
    : >"$LOG"
    try joe sesame
    temporary "event=damaged file=$T/users line=1 field=setting user=joe"
    ! grep -q abcdefgh "$LOG" || fail 'the salt is in the log'
    try ann a
    accepted
    try nobody a
    refused unknown '?'
  done
}

@test "an unknown user costs at most four preferred hashes" {
  needs_memory_limit
  local first
  # Too little memory for the preferred method: a login that computes it fails.
  LAUNCH=(timeout 20 bash -c 'ulimit -v 15000; exec "$@"' limited)
  for first in "${BCRYPT/05/10}" "$SHA512"; do
    users "joe:$first@"
    try nobody a
    refused unknown '?'
  done
  for first in "${BCRYPT/05/12}" "${MONSTERS[@]}"; do
    users "joe:$first@"
    : >"$LOG"
    try nobody a
    temporary 'unable="hash the password: no memory for it"'
  done
}

@test "allow_nets: local admits clients without an address" {
  users "joe:{PLAIN}a@allow_nets=192.0.2.0/24,local" "ann:{PLAIN}a@allow_nets=192.0.2.0/24"
  LAUNCH=(env -u TCPREMOTEIP)
  try joe a
  accepted
  try ann a
  refused net ann
  LAUNCH=(env TCPREMOTEIP=192.0.2.1)
  try joe a
  accepted
  LAUNCH=(env TCPREMOTEIP=127.0.0.1)
  try joe a
  refused net joe
  LAUNCH=(env TCPREMOTEIP=)
  try joe a
  accepted
  # A variable that says anything of the client means that it has an address.
  for variable in TCPREMOTEIP TCP6REMOTEIP REMOTE_ADDR REMOTE_HOST; do
    for value in garbage unknown mail.example.org; do
      LAUNCH=(env -u TCPREMOTEIP "$variable=$value")
      try joe a
      refused net joe
    done
  done
  LAUNCH=(env -u TCPREMOTEIP)
  users "joe:{PLAIN}a@allow_nets=locally"
  try joe a
  temporary 'event=damaged .*field=allow_nets'
}

@test "virtual users: an inherited absolute MAILDIR is ignored" {
  users 'joe:{PLAIN}a@'
  MAILDIR=/var/mail/all login joe a '' PASS -f "$T/users" -- \
    sh -c 'echo "${MAILDIR-none}"'
  accepted none
  # Its .password is not used either.
  mkdir -p "$T/all"
  echo b >"$T/all/.password"
  own "$T/all"
  chmod 600 "$T/all/.password"
  MAILDIR=$T/all login joe b '' PASS -p -f "$T/users"
  refused locked joe
  users 'joe:{PLAIN}a@userdb_mail=maildir:/var/mail/joe'
  MAILDIR=/var/mail/all login joe a '' PASS -f "$T/users" -- \
    sh -c 'echo "$MAILDIR"'
  accepted /var/mail/joe
}

@test "every refusal costs a hash of the file's method" {
  needs_memory_limit
  # Too little memory for yescrypt: a login that has to compute it fails.
  LAUNCH=(env -u TCPREMOTEIP bash -c 'ulimit -v 15000; exec "$@"' limited)
  users "joe:{PLAIN}a@" "lock:!@" "net:{PLAIN}a@allow_nets=127.0.0.1" \
    "shut:{PLAIN}a@nologin" "root:{PLAIN}a:0:0::/usr" "hash:$YESCRYPT@"
  for try in 'joe wrong' 'nobody a' 'lock a' 'net a' 'shut a' 'root a' \
    'hash wrong' 'hash sesame' 'joe wrong APOP' 'nobody x APOP' 'hash x APOP' \
    'joe x CRAM-MD5'; do
    # shellcheck disable=SC2086  # words
    set -- $try
    : >"$LOG"
    try "$1" "$2" '<1@a>' "${3:-PASS}"
    temporary 'unable="hash the password:'
  done
  try joe a
  accepted
  # In a file without hashes no login costs one.
  sed -i '$d' "$T/users"
  try joe wrong
  refused password joe
  try nobody a
  refused unknown '?'
}

@test "a refusal costs the file's first well-formed hash" {
  needs_memory_limit
  LAUNCH=(bash -c 'ulimit -v 15000; exec "$@"' limited)
  users "# $YESCRYPT" "a:!$YESCRYPT@" "b:{SSHA}x@" "c:$MD5@" "d:$YESCRYPT@"
  try nobody a
  refused unknown '?'
  users "c:$YESCRYPT@" "d:$MD5@"
  try nobody a
  temporary 'unable="hash the password:'
  # A first hash that cannot be computed is not an error of unknown users.
  LAUNCH=(env)
  users "c:$UNUSABLE@"
  try nobody a
  refused unknown '?'
}
