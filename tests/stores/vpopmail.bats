# checkpw --vpopmail and --qmail-users: users/cdb and vpasswd.cdb, written by
# bats file_tags=libc
# Debian's tinycdb in the formats of qmail-newu and vpopmail.
# Hashes and programs of an inner shell are quoted, LAUNCH is read by login.
# shellcheck disable=SC2016,SC2034

load ../helpers/common
load ../helpers/checkpw

setup() {
  Q=$T/qmail
  DOMAINS=$T/domains
  mkdir -p "$Q/users" "$DOMAINS/example.com"
  assign '!example.com-' "example.com/$MAIL_UID/$MAIL_GID/$DOMAINS/example.com/-//" \
    '!alias.example-' "example.com/$MAIL_UID/$MAIL_GID/$DOMAINS/example.com/-//" \
    '!root.example-' "root.example/0/0/$DOMAINS/example.com/-//" \
    '' 'm-'
  vpasswd "joe:$MD5:0:0:Joe:/usr:NOQUOTA:tanstaaf" "nopop:$MD5:0:2:N:/usr:NOQUOTA" \
    "imap:$MD5:0:8:N:/usr:NOQUOTA:" "both:$MD5:0:10:N:/usr:NOQUOTA" \
    "lock::0:0:L:/usr:NOQUOTA:tanstaaf" "bad:$MD5:0:x:B:/usr:NOQUOTA" "home:$MD5:0:0:B:usr:NOQUOTA"
}

# assign KEY DATA ...: users/cdb; / stands for NUL in data that have none of
# their own ahead of the home: the fields are split at slashes with care.
assign() {
  python3 - "$T/records" "$@" <<'EOT'
import re, sys
with open(sys.argv[1], "wb") as out:
    for key, data in zip(sys.argv[2::2], sys.argv[3::2]):
        fields = re.match(r"([^/]*)/(\d+)/(\d+)/(.*)/(-?)/([^/]*)/$", data)
        if fields:
            data = "".join(field + "\0" for field in fields.groups())
        if key.endswith("="):
            key = "!" + key[:-1] + "\0"
        out.write(b"+%d,%d:%s->%s\n" % (len(key), len(data), key.encode(), data.encode()))
    out.write(b"\n")
EOT
  cdb -c "$Q/users/cdb" "$T/records"
}
vpasswd() {
  local line rest name
  for line; do
    name=${line%%:*} rest=${line#*:}
    printf '+%d,%d:%s->%s\n' ${#name} ${#rest} "$name" "$rest"
  done >"$T/records"
  echo >>"$T/records"
  cdb -c "$DOMAINS/example.com/vpasswd.cdb" "$T/records"
}
try() { login "$1" "$2" "${3:-}" "${4:-PASS}" --vpopmail "$Q"; }

@test "a vpopmail user logs in, in the domain's ids and the user's home" {
  login joe@example.com sesame '' PASS --vpopmail "$Q" -- \
    sh -c 'id -u; id -g; pwd; echo "$USER $LOGNAME $VPOPUSER $HOME $SHELL"'
  accepted "$MAIL_UID
$MAIL_GID
/usr
joe joe@example.com joe@example.com /usr NOLOGIN"
  try joe@example.com sesamo
  refused password joe@example.com
}

@test "letter case does not matter, % is an @, and a domain's other name is as good" {
  for name in Joe@Example.COM joe%example.com joe@alias.example; do
    login "$name" sesame '' PASS --vpopmail "$Q" -- sh -c 'echo "$USER $VPOPUSER"'
    accepted "joe $name"
  done
}

@test "unknown users, domains and logins without a domain are unknown" {
  for name in ann@example.com joe@example.org joe joe@ @example.com @ joe@example.com- \
    joe@example joe@exam@ple.com '!example.com-'; do
    try "$name" sesame
    refused unknown '?'
  done
}

@test "users that vpopmail denies POP are refused, whatever else is denied" {
  try nopop@example.com sesame
  refused nologin nopop@example.com
  try both@example.com sesame
  refused nologin both@example.com
  try imap@example.com sesame
  accepted
}

@test "APOP and CRAM-MD5 use the clear password, PASS only the hash" {
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

@test "a user without a hash is locked, and a domain of root's is refused" {
  try lock@example.com ''
  refused locked lock@example.com
  try lock@example.com tanstaaf
  refused locked lock@example.com
  try joe@root.example sesame
  refused root joe@root.example
}

@test "damaged entries and missing files are temporary" {
  try bad@example.com sesame
  temporary "event=damaged file=$DOMAINS/example.com/vpasswd.cdb field=flags"
  try home@example.com sesame
  temporary "field=home"
  assign '!example.com-' "example.com/$MAIL_UID/$MAIL_GID/relative/-//"
  try joe@example.com sesame
  temporary "event=damaged file=$Q/users/cdb field=home"
  assign '!example.com-' "example.com/$MAIL_UID/$MAIL_GID/$T/none/-//"
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
  # Too little memory for yescrypt: whoever is made to pay is seen.
  LAUNCH=(bash -c 'ulimit -v 15000; exec "$@"' limited)
  vpasswd "joe:$YESCRYPT:0:0:Joe:/usr:NOQUOTA:tanstaaf" "lock::0:0:L:/usr:Q:"
  local user
  for user in joe@example.com ann@example.com ann@example.org ann lock@example.com; do
    : >"$LOG"
    try "$user" wrong
    temporary 'unable="hash the password:'
  done
}

@test "the extensions of qmail-pw2u's local users are no domains" {
  assign '!joe-' "joe/$MAIL_UID/$MAIL_GID/$DOMAINS/example.com/-//" '' 'm-'
  try joe@joe sesame
  refused unknown '?'
}

@test "vpasswd.cdb is not followed where it is a link" {
  mv "$DOMAINS/example.com/vpasswd.cdb" "$T/elsewhere.cdb"
  ln -s "$T/elsewhere.cdb" "$DOMAINS/example.com/vpasswd.cdb"
  try joe@example.com sesame
  temporary "event=unreadable file=$DOMAINS/example.com/vpasswd.cdb"
}

@test "no domain sets the price of a login at another one" {
  vpasswd "joe:\$6\$rounds=999999999\$abcdefgh\$$(printf 'x%.0s' {1..86}):0:0:Joe:/usr:NOQUOTA"
  LAUNCH=(timeout 20)
  try ann@example.org sesame
  refused unknown '?'
}

@test "vpopmail's users stand behind others" {
  printf 'joe:{PLAIN}a:%s:%s::/usr\n' "$MAIL_UID" "$MAIL_GID" >"$T/users"
  login joe a '' PASS --vpopmail "$Q" -f "$T/users"
  accepted
  login joe@example.com sesame '' PASS -f "$T/users" --vpopmail "$Q"
  accepted
}

@test "users/assign gives uid, gid and home, and the system's account the secret, never root's" {
  needs_root "it mounts its own /etc/passwd"
  needs_mount_namespace
  LAUNCH=(in_system)
  mkdir -p "$T/etc"
  printf 'root:x:0:0::/root:/bin/sh\njoe:x:70001:70001::/:/bin/zsh\n' >"$T/etc/passwd"
  printf 'root:%s:19000:0:99999:7:::\njoe:%s:19000:0:99999:7:::\n' "$MD5" "$MD5" >"$T/etc/shadow"
  printf 'joe:x:70001:\n' >"$T/etc/group"
  printf '%s: files\n' passwd shadow group >"$T/etc/nsswitch.conf"
  assign 'mail.joe=' "joe/70005/70006/usr///" 'root=' "root/0/0//nonexistent///" \
    'boss=' "root/70005/70006//usr///" 'ghost=' "ghost/70005/70006//usr///" \
    '!list-' "joe/70005/70006//usr/-//" '!' "joe/70005/70006//usr/-//" '' '-'
  login mail.joe sesame '' PASS --qmail-users "$Q"
  temporary "field=home"
  assign 'mail.joe=' "joe/70005/70006//usr///" 'root=' "root/0/0//nonexistent///" \
    'ghost=' "ghost/70005/70006//usr///" \
    '!list-' "joe/70005/70006//usr/-//" '!' "joe/70005/70006//usr/-//" '' '-'
  login Mail.Joe sesame '' PASS --qmail-users "$Q" -- sh -c 'id -u; id -G; pwd; echo $SHELL'
  accepted $'70005\n70006\n/usr\n/bin/zsh'
  login mail.joe wrong '' PASS --qmail-users "$Q"
  refused password mail.joe
  login root sesame '' PASS --qmail-users "$Q"
  refused root root
  login ghost sesame '' PASS --qmail-users "$Q"
  refused locked ghost
  for name in joe list-x list- x mail.jo; do
    login "$name" sesame '' PASS --qmail-users "$Q"
    refused unknown '?'
  done
  # The password that such a name would give away is root's, or a daemon's.
  assign 'postmaster=' "root/70005/70006//usr///" \
    'mail.joe=' "joe/70005/70006//usr///" '' '-'
  login postmaster sesame '' PASS --qmail-users "$Q"
  refused root postmaster
  login mail.joe sesame '' PASS --qmail-users "$Q" -m 70002
  refused root mail.joe
  login mail.joe sesame '' PASS --qmail-users "$Q" -m 70001
  accepted
  sed -i 's/^joe:x:70001:70001/joe:x:70001:0/' "$T/etc/passwd"
  login mail.joe sesame '' PASS --qmail-users "$Q"
  refused root mail.joe
  sed -i 's/^joe:x:70001:0/joe:x:70001:70001/' "$T/etc/passwd"
  sed -i 's/^joe:.*/joe:!:19000:0:99999:7:::/' "$T/etc/shadow"
  login mail.joe sesame '' PASS --qmail-users "$Q"
  refused locked mail.joe
}
