# bats file_tags=libc
# checkpw --vpopmail and --qmail-users find accounts in users/cdb and
# vpasswd.cdb, which Debian's tinycdb writes in the formats of qmail-newu and
# vpopmail.
# Hashes and programs of an inner shell are quoted, LAUNCH is read by login.
# shellcheck disable=SC2016,SC2034

load ../helpers/common
load ../helpers/checkpw

setup() {
  Q=$T/qmail
  DOMAINS=$T/domains
  mkdir -p "$Q/users" "$DOMAINS/example.com"
  DOMAIN="$MAIL_UID|$MAIL_GID|$DOMAINS/example.com|-||"
  assign '!example.com-' "example.com|$DOMAIN" '!alias.example-' "example.com|$DOMAIN" \
    '!root.example-' "root.example|0|0|$DOMAINS/example.com|-||" '' 'm-'
  vpasswd "joe:$MD5:0:0:Joe:/usr:NOQUOTA:tanstaaf" "nopop:$MD5:0:2:N:/usr:NOQUOTA" \
    "imap:$MD5:0:8:N:/usr:NOQUOTA:" "both:$MD5:0:10:N:/usr:NOQUOTA" \
    "lock::0:0:L:/usr:NOQUOTA:tanstaaf" "bad:$MD5:0:x:B:/usr:NOQUOTA" "home:$MD5:0:0:B:usr:NOQUOTA"
}

# assign KEY DATA ...: users/cdb has these records, in which "|" stands for a
# NUL.
assign() { cdb_of "$Q/users/cdb" "$@"; }
# vpasswd LINE...: the domain has these users.
vpasswd() { cdb_of_lines "$DOMAINS/example.com/vpasswd.cdb" "$@"; }
try() { login "$1" "$2" "${3:-}" "${4:-PASS}" --vpopmail "$Q"; }

@test "a vpopmail user gets the domain's ids and the user's home" {
  login joe@example.com sesame '' PASS --vpopmail "$Q" -- \
    sh -c 'id -u; id -g; pwd; echo "$USER $LOGNAME $VPOPUSER $HOME $SHELL"'
  accepted "$MAIL_UID
$MAIL_GID
/usr
joe joe@example.com joe@example.com /usr NOLOGIN"
  try joe@example.com sesamo
  refused password joe@example.com
}

@test "any letter case, % for @ and alias domains log in" {
  for name in Joe@Example.COM joe%example.com joe@alias.example; do
    login "$name" sesame '' PASS --vpopmail "$Q" -- sh -c 'echo "$USER $VPOPUSER"'
    accepted "joe $name"
  done
}

@test "unknown users, unknown domains and bare logins are refused" {
  for name in ann@example.com joe@example.org joe joe@ @example.com @ joe@example.com- \
    joe@example joe@exam@ple.com '!example.com-'; do
    try "$name" sesame
    refused unknown '?'
  done
}

@test "vpopmail's no-POP flag refuses, alone and with other flags" {
  try nopop@example.com sesame
  refused nologin nopop@example.com
  try both@example.com sesame
  refused nologin both@example.com
  try imap@example.com sesame
  accepted
}

@test "APOP uses the clear password, PASS only the hash" {
  try joe@example.com "$DIGEST" "$DIGEST_STAMP" APOP
  accepted
  try joe@example.com "$DIGEST" '<x@y>' APOP
  refused password joe@example.com
  try imap@example.com "$DIGEST" "$DIGEST_STAMP" APOP
  refused password imap@example.com
  try joe@example.com tanstaaf
  refused password joe@example.com
  login joe@example.com "$DIGEST" "$DIGEST_STAMP" '' --vpopmail "$Q"
  accepted
  login joe@example.com tanstaaf '' '' --vpopmail "$Q"
  refused password joe@example.com
}

@test "users without a hash and domains of root's are refused" {
  try lock@example.com ''
  refused locked lock@example.com
  try lock@example.com tanstaaf
  refused locked lock@example.com
  try joe@root.example sesame
  refused root joe@root.example
}

@test "damaged entries and missing files are temporary errors" {
  try bad@example.com sesame
  temporary "event=damaged file=$DOMAINS/example.com/vpasswd.cdb field=flags"
  try home@example.com sesame
  temporary "field=home"
  assign '!example.com-' "example.com|$MAIL_UID|$MAIL_GID|relative|-||"
  try joe@example.com sesame
  temporary "event=damaged file=$Q/users/cdb field=home"
  assign '!example.com-' "example.com|$MAIL_UID|$MAIL_GID|$T/none|-||"
  try joe@example.com sesame
  temporary "event=unreadable file=$T/none/vpasswd.cdb"
  echo short >"$Q/users/cdb"
  try joe@example.com sesame
  temporary "event=unreadable file=$Q/users/cdb"
  rm "$Q/users/cdb"
  try joe@example.com sesame
  temporary "event=unreadable file=$Q/users/cdb"
}

@test "unknown users and unknown domains cost a hash" {
  needs_memory_limit
  # Too little memory for yescrypt: a login that has to compute it fails.
  LAUNCH=(bash -c 'ulimit -v 15000; exec "$@"' limited)
  vpasswd "joe:$YESCRYPT:0:0:Joe:/usr:NOQUOTA:tanstaaf" "lock::0:0:L:/usr:Q:"
  local user
  for user in joe@example.com ann@example.com ann@example.org ann lock@example.com; do
    : >"$LOG"
    try "$user" wrong
    temporary 'unable="hash the password:'
  done
}

@test "extensions of qmail-pw2u's local users are not domains" {
  assign '!joe-' "joe|$DOMAIN" '' 'm-'
  try joe@joe sesame
  refused unknown '?'
}

@test "a symbolic link as vpasswd.cdb is not followed" {
  mv "$DOMAINS/example.com/vpasswd.cdb" "$T/elsewhere.cdb"
  ln -s "$T/elsewhere.cdb" "$DOMAINS/example.com/vpasswd.cdb"
  try joe@example.com sesame
  temporary "event=unreadable file=$DOMAINS/example.com/vpasswd.cdb"
}

@test "a domain's hashes do not set the cost of other logins" {
  vpasswd "joe:\$6\$rounds=999999999\$abcdefgh\$$(printf 'x%.0s' {1..86}):0:0:Joe:/usr:NOQUOTA"
  LAUNCH=(timeout 20)
  try ann@example.org sesame
  refused unknown '?'
}

@test "--vpopmail and -f are asked in the order given" {
  printf 'joe:{PLAIN}a:%s:%s::/usr\n' "$MAIL_UID" "$MAIL_GID" >"$T/users"
  login joe a '' PASS --vpopmail "$Q" -f "$T/users"
  accepted
  login joe@example.com sesame '' PASS -f "$T/users" --vpopmail "$Q"
  accepted
}

# system_users: joe and root have the password sesame.
system_users() {
  make_system 'root:x:0:0::/root:/bin/sh' 'joe:x:70001:70001::/:/bin/zsh'
  printf '%s\n' "root:$MD5:19000:0:99999:7:::" "joe:$MD5:19000:0:99999:7:::" >"$T/etc/shadow"
  echo joe:x:70001: >"$T/etc/group"
}
by_assign() { login "$@" --qmail-users "$Q"; }

@test "users/assign: ids and home from it, secret from the system" {
  system_users
  assign '!mail.joe|' 'joe|70005|70006|usr|||' '' '-'
  by_assign mail.joe sesame '' PASS
  temporary "field=home"
  assign '!mail.joe|' 'joe|70005|70006|/usr|||' '!root|' 'root|0|0|/nonexistent|||' \
    '!ghost|' 'ghost|70005|70006|/usr|||' \
    '!list-' 'joe|70005|70006|/usr|-||' '!' 'joe|70005|70006|/usr|-||' '' '-'
  login Mail.Joe sesame '' PASS --qmail-users "$Q" -- sh -c 'id -u; id -G; pwd; echo $SHELL'
  accepted $'70005\n70006\n/usr\n/bin/zsh'
  by_assign mail.joe wrong '' PASS
  refused password mail.joe
  by_assign root sesame '' PASS
  refused root root
  by_assign ghost sesame '' PASS
  refused locked ghost
  for name in joe list-x list- x mail.jo; do
    by_assign "$name" sesame '' PASS
    refused unknown '?'
  done
}

# Otherwise such a name would let clients guess root's password, or a daemon's.
@test "users/assign: root's, daemons', locked accounts are refused" {
  system_users
  assign '!postmaster|' 'root|70005|70006|/usr|||' '!mail.joe|' 'joe|70005|70006|/usr|||' '' '-'
  by_assign postmaster sesame '' PASS
  refused root postmaster
  by_assign mail.joe sesame '' PASS -m 70002
  refused root mail.joe
  by_assign mail.joe sesame '' PASS -m 70001
  accepted
  sed -i 's/^joe:x:70001:70001/joe:x:70001:0/' "$T/etc/passwd"
  by_assign mail.joe sesame '' PASS
  refused root mail.joe
  sed -i 's/^joe:x:70001:0/joe:x:70001:70001/' "$T/etc/passwd"
  sed -i 's/^joe:.*/joe:!:19000:0:99999:7:::/' "$T/etc/shadow"
  by_assign mail.joe sesame '' PASS
  refused locked mail.joe
}
