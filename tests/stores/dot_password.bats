# bats file_tags=libc
# checkpw -p accepts the passwords in the account's own Maildir/.password, and
# trusts no file that others could have written.
# Programs of an inner shell are quoted, LAUNCH is read by login.
# shellcheck disable=SC2016,SC2034

load ../helpers/common
load ../helpers/checkpw

# As root, only joe may enter joe's home: the secret has to be read with joe's
# rights.
setup() {
  HOMES=$T/homes
  if ((EUID == 0)); then
    HOMES=$(mktemp -d /tmp/dot_password.XXXXXX)
    chmod 711 "$HOMES"
  fi
  mkdir -p "$HOMES/joe/Maildir"
  printf 'joe:!:%s:%s::%s::\nroot:{PLAIN}x:0:0::%s::\n' \
    "$MAIL_UID" "$MAIL_GID" "$HOMES/joe" "$HOMES/joe" >"$T/users"
  FILE=$HOMES/joe/Maildir/.password
  write 'tanstaaf\n'
  unset MAILDIR
}
teardown() {
  stop_servers
  case $HOMES in /tmp/dot_password.*) rm -rf "$HOMES" ;; esac
}
write() {
  # shellcheck disable=SC2059  # bytes
  printf "$1" >"$FILE"
  chmod 600 "$FILE"
  own "$HOMES/joe"
  chmod 700 "$HOMES/joe"
}
try() { login joe "$1" "${2:-}" "${3-PASS}" -p -f "$T/users"; }
# shut REASON: joe is refused, and the log says why the file is unusable.
shut() {
  refused locked joe
  logged "event=unusable file=Maildir/.password reason=$1 user=joe"
}

@test "the file's password logs in by PASS and by APOP" {
  try tanstaaf
  accepted
  try tanstaafl
  refused password joe
  try ''
  refused password joe
  try "$DIGEST" "$DIGEST_STAMP" APOP
  accepted
  try "$DIGEST" "$DIGEST_STAMP" ''
  accepted
  try "$DIGEST" '<other@host>' APOP
  refused password joe
}

@test "several lines: each is a valid password" {
  write 'first\n\ntanstaaf\r\nlast'
  for secret in first tanstaaf last; do
    try "$secret"
    accepted
  done
  try "$DIGEST" "$DIGEST_STAMP" APOP
  accepted
  for secret in '' firs 'first\n' 'first\n\ntanstaaf' 'tanstaaf\r'; do
    try "$secret"
    refused password joe
  done
}

@test ".password replaces the store's secret" {
  sed -i 's/:!:/:{PLAIN}stored:/' "$T/users"
  try stored
  refused password joe
  try tanstaaf
  accepted
  login joe stored '' PASS -f "$T/users"
  accepted
}

@test ".password lies in the account's Maildir, or in MAILDIR" {
  mkdir "$HOMES/joe/M"
  mv "$FILE" "$HOMES/joe/M/.password"
  try tanstaaf
  shut missing
  MAILDIR=M try tanstaaf
  accepted
  sed -i 's,:$,:userdb_mail=maildir:~/M,' "$T/users"
  MAILDIR=elsewhere try tanstaaf
  accepted
}

@test "a missing, empty, unsafe or overlong file lets nobody in" {
  write ''
  try ''
  refused locked joe
  rm "$FILE"
  try tanstaaf
  shut missing
  echo tanstaaf >"$HOMES/joe/real"
  ln -s ../real "$FILE"
  own "$HOMES/joe"
  try tanstaaf
  shut '"not a regular file"'
  rm "$FILE"
  mkfifo -m 600 "$FILE"
  own "$HOMES/joe"
  LAUNCH=(timeout 10)
  try tanstaaf
  shut '"not a regular file"'
  rm "$FILE"
  write 'tanstaaf\n'
  for mode in 640 604 620 602; do
    chmod "$mode" "$FILE"
    try tanstaaf
    shut '"open to others"'
  done
  { echo tanstaaf; head -c 4088 /dev/zero | tr '\0' x; } >"$FILE"
  chmod 600 "$FILE"
  try tanstaaf
  shut '"too long"'
  truncate -s 4096 "$FILE"
  try tanstaaf
  accepted
}

@test "another user's file lets nobody in" {
  needs_root "files of other users"
  chown 65531 "$FILE"
  chmod 600 "$FILE"
  try tanstaaf
  shut missing # joe cannot read it
  sed -i "s,:$HOMES/joe:,:$HOMES/ann:," "$T/users"
  mkdir -p "$HOMES/ann/Maildir"
  echo tanstaaf >"$HOMES/ann/Maildir/.password"
  chown -R "$MAIL_UID:$MAIL_GID" "$HOMES/ann"
  chown 65531 "$HOMES/ann/Maildir/.password"
  chmod 600 "$HOMES/ann/Maildir/.password"
  try tanstaaf
  shut missing
}

@test "an unkillable reader process does not block the login" {
  LAUNCH=(timeout 60 stub-unreaped)
  try tanstaaf
  ((status != 98)) || skip 'this machine: processes cannot be traced'
  temporary 'event=unusable file=Maildir/.password reason="no answer in time" user=joe'
}

@test "an inherited ignored SIGCHLD does no harm and stays ignored" {
  LAUNCH=(env --ignore-signal=CHLD)
  try tanstaaf
  accepted
  try tanstaafl
  refused password joe
  login joe tanstaaf '' PASS -p -f "$T/users" -- \
    grep -c '^SigIgn:.*[13579bdf]....$' /proc/self/status # bit 16
  accepted 1
}

@test "the reader process closes the client's socket and the log" {
  needs_strace
  command -v strace >/dev/null || fail "strace is needed"
  LAUNCH=(strace -f -o "$T/trace" -e trace=close_range)
  try tanstaaf
  accepted
  grep -q 'close_range(0, [0-9]*, 0) *= 0' "$T/trace" ||
    fail "$(cat "$T/trace")"
  grep -q 'close_range([0-9]*, 4294967295, 0) *= 0' "$T/trace" ||
    fail "$(cat "$T/trace")"
}

@test "root is refused" {
  needs_root "as another user every uid but one's own is refused"
  login root tanstaaf '' PASS -p -f "$T/users"
  refused root root
}

@test "an account with root's group is refused" {
  printf 'joe:!:%s:0::%s::\n' "$MAIL_UID" "$HOMES/joe" >"$T/users"
  try tanstaaf
  refused root joe
}

@test "an unknown user costs a reader process like a known one" {
  needs_strace
  command -v strace >/dev/null || fail "strace is needed"
  local user
  LAUNCH=(strace -f -o "$T/trace" -e "trace=process,openat,open")
  for user in joe nobody; do
    login "$user" wrong '' PASS -p -f "$T/users"
    ((status == 1))
    grep -q 'exited with 1' "$T/trace"
    (($(cut -d' ' -f1 "$T/trace" | sort -u | wc -l) == 2))
    grep -q 'O_NOFOLLOW' "$T/trace" # the process is undumpable: paths are hidden
  done
}

@test "the session has the account's HOME, folder and uid" {
  login joe tanstaaf '' PASS -p -f "$T/users" -- sh -c 'pwd; id -u; echo $HOME'
  accepted "$HOMES/joe
$MAIL_UID
$HOMES/joe"
}
