# bats file_tags=libc
# checkpw-mkdb writes the databases that checkpw -f reads: each of the two
# works with Debian's tinycdb (cdb), and neither trusts a damaged file.
# Hashes and programs of an inner shell are quoted, LAUNCH is read by login.
# shellcheck disable=SC2016,SC2034

load ../helpers/common
load ../helpers/checkpw

# mkdb LINE...: checkpw-mkdb makes $T/u.cdb of these lines; sets $status and
# $output.
mkdb() {
  account_lines "$@" >"$T/users"
  run checkpw-mkdb "$T/u.cdb" <"$T/users"
}
compiled() { [[ $status/$output == 0/ ]] || fail "$status: $output"; }
try() { login "$1" "$2" "${3:-}" "${4:-PASS}" -f "$T/u.cdb"; }

# foreign LINE...: tinycdb makes $T/u.cdb of these lines.
foreign() {
  local -a lines
  mapfile -t lines < <(account_lines "$@")
  cdb_of_lines "$T/u.cdb" "${lines[@]}"
}

@test "a cdb account honours every field of a passwd-file line" {
  mkdb '# comment' '' "joe:$SHA512@" "ann:{PLAIN}tanstaaf@allow_nets=192.0.2.0/24" \
    "tim:{PLAIN}a@nologin" "sue:{CRYPT}!$MD5@" "max:{PLAIN}a@userdb_mail=maildir:~/M"
  compiled
  sesame_is_right
  try ann tanstaaf
  refused net ann
  LAUNCH=(env TCPREMOTEIP=192.0.2.1)
  try ann c4c9334bac560ecc979e58001b3e22fb '<1896.697170952@dbc.mtview.ca.us>' APOP
  accepted
  try tim a
  refused nologin tim
  try sue sesame
  refused locked sue
  login max a '' PASS -f "$T/u.cdb" -- sh -c 'echo "$MAILDIR $HOME $USER"'
  accepted '/usr/M /usr max'
}

@test "tinycdb reads checkpw-mkdb's files" {
  mkdb "joe:$SHA512@" "ann:{PLAIN}a@x=y"
  compiled
  [[ $(cdb -q "$T/u.cdb" joe) == "$SHA512:$MAIL_UID:$MAIL_GID:A user:/usr:/bin/sh:" ]]
  [[ $(cdb -q "$T/u.cdb" ann) == *:x=y ]]
  run cdb -q "$T/u.cdb" tim
  ((status == 100))
  [[ $(cdb -s "$T/u.cdb" | head -n 1) == "number of records: 3" ]]
}

@test "checkpw reads tinycdb's files" {
  foreign "joe:$MD5@" "ann:{PLAIN}a@"
  try joe sesame
  accepted
  try joe no
  refused password joe
  try ann a
  accepted
  try tim a
  refused unknown '?'
}

@test "3,000 users: all are found, and no others" {
  local i
  for ((i = 0; i < 3000; i++)); do echo "user$i:{PLAIN}p$i:1:1::/usr"; done >"$T/users"
  checkpw-mkdb "$T/u.cdb" <"$T/users"
  cdb -d -m "$T/u.cdb" | sed -n 's/^user/&/p' | sed 's/ /:/' | sort >"$T/dump"
  sort "$T/users" | cmp - "$T/dump"
  sed -i "s/:1:1:/:$MAIL_UID:$MAIL_GID:/" "$T/users"
  checkpw-mkdb "$T/u.cdb" <"$T/users"
  for i in 0 1 255 256 1023 2047 2998 2999; do
    try "user$i" "p$i"
    accepted
  done
  try user3000 p
  refused unknown '?'
}

@test "an empty file makes a database without users" {
  : >"$T/users"
  run checkpw-mkdb "$T/u.cdb" <"$T/users"
  compiled
  (($(stat -c %s "$T/u.cdb") < 2100))
  try joe a
  refused unknown '?'
}

@test "bad lines: number and reason are printed, nothing changes" {
  mkdb "joe:{PLAIN}old@"
  compiled
  before=$(md5sum <"$T/u.cdb")
  mkdb "joe:{PLAIN}new@" "junk" ":{PLAIN}a@" "a:{SSHA}x@" "b:notahash@" "c:{PLAIN}a:4294967295:1::/" \
    "d:{PLAIN}a:1:99999999999::/" "e:{PLAIN}a:1:1::home" "f:{PLAIN}a@allow_nets=x" "g:{PLAIN}$(printf '%4100s' '')@"
  ((status == 1))
  [[ $output == "checkpw-mkdb: line 2: no colon
checkpw-mkdb: line 3: no login
checkpw-mkdb: line 4: bad secret of scheme SSHA
checkpw-mkdb: line 5: bad secret
checkpw-mkdb: line 6: bad uid
checkpw-mkdb: line 7: bad gid
checkpw-mkdb: line 8: bad home
checkpw-mkdb: line 9: bad allow_nets
checkpw-mkdb: line 10: longer than 4096 bytes
checkpw-mkdb: nothing was changed" ]] || fail "$output"
  [[ $(md5sum <"$T/u.cdb") == "$before" ]]
  [[ $(ls "$T") != *.tmp* ]]
  printf 'joe:{PLAIN}a\0b:1:1::/\n' >"$T/users"
  run checkpw-mkdb "$T/u.cdb" <"$T/users"
  [[ $status == 1 && $output == *"line 1: a NUL byte"* ]] || fail "$output"
  seq -f 'junk%.0f' 100 >"$T/users"
  run checkpw-mkdb "$T/u.cdb" <"$T/users"
  [[ $status == 1 && $output == *"line 20: no colon"*"and 80 more bad lines"* ]] || fail "$output"
}

@test "logins with outer blanks or a byte order mark are refused" {
  mkdb $'\xef\xbb\xbfjoe:{PLAIN}a@' " a:{PLAIN}a@" "b :{PLAIN}a@" $'c\t:{PLAIN}a@' \
    $'\x01d:{PLAIN}a@' $'e\x7f:{PLAIN}a@' "f g:{PLAIN}a@" $'\xef\xbb\xbf# users: all'
  ((status == 1))
  blank='a blank or control character at an end of the login'
  [[ $output == "checkpw-mkdb: line 1: a byte order mark
checkpw-mkdb: line 2: $blank
checkpw-mkdb: line 3: $blank
checkpw-mkdb: line 4: $blank
checkpw-mkdb: line 5: $blank
checkpw-mkdb: line 6: $blank
checkpw-mkdb: line 8: a byte order mark
checkpw-mkdb: nothing was changed" ]] || fail "$output"
}

@test "hashes of excessive cost and bad userdb_mail are refused" {
  mkdb "a:${YESCRYPT/j9T/jET}@" "b:${SHA512/6\$/6\$rounds=999999999\$}@" \
    "c:{PLAIN}a@userdb_mail=mbox:/m" "d:{PLAIN}a@userdb_mail=maildir:/m/%n allow_nets=local"
  ((status == 1))
  [[ $output == "checkpw-mkdb: line 1: bad setting
checkpw-mkdb: line 2: bad setting
checkpw-mkdb: line 3: bad userdb_mail
checkpw-mkdb: nothing was changed" ]] || fail "$output"
}

@test "variables in a cdb's userdb_mail are expanded" {
  mkdb "joe:{PLAIN}a@userdb_mail=maildir:/srv/%n/%u"
  compiled
  login joe a '' PASS -f "$T/u.cdb" -- sh -c 'echo "$MAILDIR"'
  accepted /srv/joe/joe
}

@test "a duplicate login is refused with both line numbers" {
  mkdb "joe:{PLAIN}a@" "ann:{PLAIN}a@" "# joe:x" "joe:{PLAIN}b@"
  [[ $status == 1 && $output == *"line 4: the login of line 1 again"* ]] || fail "$output"
  [[ ! -e $T/u.cdb ]]
}

@test "CR LF and a last line without newline are accepted" {
  printf 'joe:{PLAIN}a:%s:%s::/usr\r\nann:{PLAIN}b:%s:%s::/usr' \
    "$MAIL_UID" "$MAIL_GID" "$MAIL_UID" "$MAIL_GID" >"$T/users"
  checkpw-mkdb "$T/u.cdb" <"$T/users"
  try joe a
  accepted
  try ann b
  accepted
}

@test "a new file has mode 600, a replaced one keeps owner and mode" {
  umask 0
  mkdb "joe:{PLAIN}a@"
  [[ $(stat -c %a "$T/u.cdb") == 600 ]]
  chmod 640 "$T/u.cdb"
  ((EUID != 0)) || chown 65532:65531 "$T/u.cdb"
  wanted=$(stat -c '%a %u %g' "$T/u.cdb")
  inode=$(stat -c %i "$T/u.cdb")
  exec {old}<"$T/u.cdb" # a reader of the old file keeps it
  mkdb "joe:{PLAIN}b@" "ann:{PLAIN}c@"
  [[ $(stat -c '%a %u %g' "$T/u.cdb") == "$wanted" ]]
  [[ $(stat -c %i "$T/u.cdb") != "$inode" ]]
  [[ $(cdb -q "/dev/fd/$old" joe) == '{PLAIN}a:'* ]]
  exec {old}<&-
  ln -s u.cdb "$T/link.cdb"
  checkpw-mkdb "$T/link.cdb" <"$T/users"
  [[ -L $T/link.cdb && $(stat -c '%a %u %g' "$T/u.cdb") == "$wanted" ]]
}

@test "one writer at a time; a killed one's file is overwritten" {
  mkdb "joe:{PLAIN}a@"
  echo rubbish >"$T/u.cdb.tmp"
  mkdb "joe:{PLAIN}b@"
  compiled
  mkfifo "$T/input"
  background bash -c 'exec checkpw-mkdb "$1/u.cdb" <"$1/input"' bash "$T"
  exec {feed}>"$T/input"
  wait_until test -e "$T/u.cdb.tmp"
  busy() {
    run checkpw-mkdb "$T/u.cdb" <"$T/users"
    ((status == 111))
  }
  wait_until busy
  [[ $output == *"another checkpw-mkdb is running"* ]] || fail "$output"
  try joe b
  accepted
  printf 'joe:{PLAIN}c:%s:%s::/usr\n' "$MAIL_UID" "$MAIL_GID" >&"$feed"
  exec {feed}>&-
  wait_until test ! -e "$T/u.cdb.tmp"
  try joe c
  accepted
}

@test "an input without data yet is not taken for a second writer" {
  mkfifo "$T/input"
  exec {feed}<>"$T/input"
  run perl -MFcntl -e 'fcntl(STDIN, F_SETFL, O_NONBLOCK); exec @ARGV' \
    checkpw-mkdb "$T/u.cdb" <"$T/input"
  exec {feed}>&-
  ((status == 111))
  [[ $output == *"unable to read the passwd-file"* ]] || fail "$output"
  [[ $output != *"another checkpw-mkdb"* ]] || fail "$output"
}

@test "a link or FIFO in the temporary file's place is not used" {
  echo precious >"$T/precious"
  ln -s precious "$T/u.cdb.tmp"
  mkdb "joe:{PLAIN}a@"
  ((status == 111))
  [[ $(<"$T/precious") == precious ]]
  rm "$T/u.cdb.tmp"
  mkfifo "$T/u.cdb.tmp"
  run timeout 10 checkpw-mkdb "$T/u.cdb" <"$T/users"
  ((status == 111))
}

@test "a full disk or a missing folder leaves the old file" {
  run checkpw-mkdb "$T/none/u.cdb" </dev/null
  [[ $status == 111 && $output == *"make the temporary file: No such file"* ]] || fail "$output"
  mkdb "joe:{PLAIN}a@"
  run bash -c 'ulimit -f 1; trap "" XFSZ; seq -f "u%.0f:{PLAIN}x:1:1::/" 9999 | checkpw-mkdb "$1"' bash "$T/u.cdb"
  [[ $status == 111 && $output == *"write the cdb file: File too large"* ]] || fail "$status $output"
  try joe a
  accepted
  [[ ! -e $T/u.cdb.tmp ]]
}

@test "damaged or hostile databases: temporary error, no login" {
  mkdb "joe:{PLAIN}a@" "ann:$MD5@"
  size=$(stat -c %s "$T/u.cdb")
  cp "$T/u.cdb" "$T/good"
  local cut
  for cut in 0 1 2047 $((size - 8)) $((size - 60)); do
    head -c "$cut" "$T/good" >"$T/u.cdb"
    for user in joe ann nobody; do
      try "$user" a
      ((status == 111 || status == 1)) || fail "$cut: $status"
    done
  done
  for cut in 0 2047; do
    head -c "$cut" "$T/good" >"$T/u.cdb"
    : >"$LOG"
    try joe a
    temporary "event=unreadable file=$T/u.cdb"
  done
  head -c "$size" /dev/zero | tr '\0' '\377' >"$T/u.cdb"
  try joe a
  temporary "a damaged cdb file"
  # Records of another program: one is not an account, one is too long.
  foreign "joe:{PLAIN}a:1:1::home"
  try joe a
  temporary "event=damaged file=$T/u.cdb field=home"
  foreign "joe:$(printf '%5000s' '')"
  try joe a
  temporary "it is too long"
  rm "$T/u.cdb"
  mkfifo "$T/u.cdb"
  LAUNCH=(timeout 10)
  try joe a
  temporary "not a regular file"
}

@test "a refusal costs a hash of the most common method" {
  needs_memory_limit
  # Too little memory for yescrypt: a login that has to compute it fails.
  LAUNCH=(bash -c 'ulimit -v 15000; exec "$@"' limited)
  mkdb "a:$MD5@" "joe:{PLAIN}a@" "b:$YESCRYPT@" "c:$YESCRYPT@" "lock:!@"
  for try in 'joe wrong' 'nobody a' 'lock a' 'nobody x APOP'; do
    # shellcheck disable=SC2086  # words
    set -- $try
    : >"$LOG"
    try "$1" "$2" '<1@a>' "${3:-PASS}"
    temporary 'unable="hash the password:'
  done
  mkdb "a:$MD5@" "b:$MD5@" "c:$YESCRYPT@"
  try nobody a
  refused unknown '?'
  # In another program's database the first hash counts.
  foreign "joe:{PLAIN}a@" "b:$YESCRYPT@" "c:$MD5@" "d:$MD5@"
  : >"$LOG"
  try nobody a
  temporary 'unable="hash the password:'
  foreign "joe:{PLAIN}a@"
  try nobody a
  refused unknown '?'
}

@test "text and cdb files: the first with the login decides" {
  mkdb "joe:{PLAIN}one@" "tim:{PLAIN}four@"
  printf 'joe:{PLAIN}two:%s:%s::/usr\nann:{PLAIN}three:%s:%s::/usr\n' \
    "$MAIL_UID" "$MAIL_GID" "$MAIL_UID" "$MAIL_GID" >"$T/text"
  login joe one '' PASS -f "$T/u.cdb" -f "$T/text"
  accepted
  login joe two '' PASS -f "$T/u.cdb" -f "$T/text"
  refused password joe
  login ann three '' PASS -f "$T/u.cdb" -f "$T/text"
  accepted
  login tim four '' PASS -f "$T/text" -f "$T/u.cdb"
  accepted
}

@test "100,000 users need the memory and reads of ten users" {
  needs_strace
  needs_memory_limit
  seq -f "user%.0f:{PLAIN}x:$MAIL_UID:$MAIL_GID::/usr" 100000 >"$T/users"
  bash -c 'ulimit -v 15000; exec checkpw-mkdb "$1"' bash "$T/u.cdb" <"$T/users"
  head -n 10 "$T/users" | checkpw-mkdb "$T/ten.cdb"
  reads() {
    printf 'user7\0x\0' >"$T/record"
    strace -f -o "$T/trace" -e trace=pread64,read checkpw -f "$1" true 3<"$T/record"
    grep -c pread64 "$T/trace"
  }
  ten=$(reads "$T/ten.cdb") many=$(reads "$T/u.cdb")
  ((many <= ten + 20)) || fail "ten users: $ten reads, many: $many"
}

@test "the progress line is shown only at a terminal" {
  command -v script >/dev/null || fail "util-linux's script is needed"
  seq -f 'u%.0f:{PLAIN}x:1:1::/usr' 20000 >"$T/users"
  run checkpw-mkdb "$T/u.cdb" <"$T/users"
  compiled
  run checkpw-mkdb -v "$T/u.cdb" <"$T/users"
  [[ $output == "checkpw-mkdb: 20000 users, $(stat -c %s "$T/u.cdb") bytes" ]]
  run script -qec "checkpw-mkdb '$T/u.cdb' <'$T/users'" /dev/null
  [[ $output == *$'\rcheckpw-mkdb: 16384 users\rcheckpw-mkdb: 20000 users, '*bytes* ]] || fail "$output"
  run script -qec "checkpw-mkdb -q '$T/u.cdb' <'$T/users'" /dev/null
  [[ -z $output ]]
}

@test "--version and --help exit 0, usage errors 100" {
  run checkpw-mkdb --version
  [[ $status == 0 && $output == "checkpw-mkdb (popchain) "* ]]
  run checkpw-mkdb --help
  [[ $status == 0 && $output == *"usage: checkpw-mkdb"* ]]
  for arguments in '' '-x' 'a.cdb b.cdb'; do
    # shellcheck disable=SC2086  # words
    run checkpw-mkdb $arguments </dev/null
    [[ $status == 100 && $output == *'--help lists'* ]]
  done
  run checkpw-mkdb "$T/users" </dev/null
  [[ $status == 100 && $output == *"must end in .cdb"* ]]
}

@test "a closed standard input leaves the database unchanged" {
  printf 'joe:{PLAIN}secret:%s:%s::%s:\n' "$MAIL_UID" "$MAIL_GID" "$T" |
    checkpw-mkdb -q "$T/kept.cdb"
  cp "$T/kept.cdb" "$T/before.cdb"
  # shellcheck disable=SC2016  # for the inner shell
  run bash -c 'exec checkpw-mkdb "$1" <&-' - "$T/kept.cdb"
  [[ $output == *'standard input'* ]] || fail "$output"
  [ "$status" = 111 ]
  cmp "$T/kept.cdb" "$T/before.cdb"
  [[ ! -e $T/kept.cdb.tmp ]]
}
