# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034  # hashes, for the tests
# For the tests of checkpw: credentials on descriptor 3, and a machine with an
# /etc of its own.
#
#   login LOGIN SECRET TIMESTAMP MECHANISM [OPTION ...] [-- PROGRAM ...]
#     does what popup does for one try; MECHANISM may be empty, as from a
#     foreign front end. Sets $status and $output, descriptor 1 of PROGRAM (by
#     default "echo in"); appends descriptor 2 to $LOG.
#   login_with_record [OPTION ...] [-- PROGRAM ...]   the same with $T/record
#   accepted [OUTPUT]       the try succeeded, and PROGRAM wrote OUTPUT (in)
#   refused CAUSE USER      the try was refused, and the log says why
#   temporary PATTERN       it failed temporarily, and the log has such a line
#   sesame_is_right, damaged_are SECRET...    need the test's own try and users
#   in_system COMMAND ...   with $T/etc/* in place of /etc/*, in a private
#                           mount namespace, so the machine is not changed;
#                           "${IN_SYSTEM[@]}" if a function cannot be used
#   without_libxcrypt       takes checkpw and checkpw-hash built without
#                           libxcrypt, for the C library's crypt_r
#   without_any_crypt       the same without any crypt_r
#   make_system LINE...     from now on login runs in_system, with this passwd
#   cdb_of, cdb_of_lines    makes a cdb of records, or of a passwd-file's lines
#   account_lines LINE...   prints lines of a passwd-file; @ becomes
#                           :uid:gid:gecos:home:shell: of the test's account
#
# Needs helpers/common.

CHECKPW=${CHECKPW:-checkpw}

# Hashes of "sesame", made by another program (Perl's crypt with libxcrypt).
YESCRYPT='$y$j9T$abcdefghijklmnop$L4lJtNsQpwDPAc/uwWwUGeg57p5fCEdn3sN6zeDRtN1'
SHA512='$6$abcdefgh$Bk2D4uYVcw0FbFPsWa0iJZ1DNfy8v6OjKcRcuBfMkWD1KdADPVnmQf5cr0O8HfAYpq1XrrjdgIRINkwgSKJ8/1'
MD5='$1$abcdefgh$5XhrJpGu.bBXAZh4lT8oY/'
GOST='$gy$j9T$abcdefghijklmnop$2rDZEBZoi0cqNH9kgeHzaHegvdOk0t1ZN0kStJ4BMv1'
SCRYPT='$7$CU..../....abcdefghijklmnop$Ikxs2wg5gnZi.giz1hMnQYFDTMuJQdV8orIM55RDxm9'
BCRYPT='$2b$05$abcdefghijklmnopqrstuuKcS.CYWVYVaLiiCKrrc0A5s3mGesJ9O'
BCRYPT_Y='$2y$05$abcdefghijklmnopqrstuuKcS.CYWVYVaLiiCKrrc0A5s3mGesJ9O'
UNUSABLE='$2b$05$~bcdefghijklmnopqrstuuKcS.CYWVYVaLiiCKrrc0A5s3mGesJ9O'  # a salt's "~"
SHA256='$5$rounds=1000$abcdefgh$ErG1rn0GpODYQsD0nq3v3MbXT2boicTUhjw4zQRk1//'
DES='abnqrLigH.z/s'
SHA1='$sha1$1000$abcdefgh$IVI1.y72Duvfs0Nyloy2K.FcBohG'
SUNMD5='$md5$abcdefgh$$g94iElynhcobHBygXkQuL.'
BSDI='_J9..abcdGStHTR.nisg'
DIGEST_STAMP='<1896.697170952@dbc.mtview.ca.us>'  # RFC 1939 section 7
DIGEST=c4c9334bac560ecc979e58001b3e22fb           # with "tanstaaf"

without_libxcrypt() { PATH=$BIN/../tests/libc-crypt:$PATH; }
without_any_crypt() {
  ! sanitized || skip "this build: the sanitizer brings a crypt_r of its own"
  PATH=$BIN/../tests/no-crypt:$PATH
}

account_lines() {
  local line
  for line; do
    printf '%s\n' "${line//@/:$MAIL_UID:$MAIL_GID:A user:/usr:/bin/sh:}"
  done
}

login() {
  local record="$1\\0000$2\\0000$3\\0000"  # a digit may follow
  if [[ -n $4 ]]; then record+="$4\\0000"; fi
  shift 4
  # shellcheck disable=SC2059  # the record is the format: %b would eat \\
  printf '%b' "$record" >"$T/record"
  login_with_record "$@"
}

login_with_record() {
  local options=()
  while (($#)) && [[ $1 != -- ]]; do
    options+=("$1")
    shift
  done
  if (($#)); then shift; else set -- echo in; fi
  status=0
  output=$("${LAUNCH[@]}" "$CHECKPW" "${options[@]}" "$@" \
    3<"$T/record" 2>>"$LOG") || status=$?
}
LAUNCH=(env)

# shellcheck disable=SC2120  # another output is for callers
accepted() {
  ((status == 0)) || fail "status $status, wanted 0"
  [[ $output == "${1:-in}" ]] || fail "output: $output"
}

# Calls the test's own try LOGIN SECRET: joe's secret must be sesame, and the
# login nobody unknown.
sesame_is_right() {
  try joe sesame
  accepted
  try joe sesamo
  refused password joe
  try nobody sesame
  refused unknown '?'
}

# damaged_are SECRET...: a login with such a secret fails temporarily, and other
# logins work.  Calls the test's own try and users LINE....
damaged_are() {
  local secret
  for secret; do
    users "ann:$MD5@" "joe:$secret@"
    : >"$LOG"
    try joe sesame
    temporary "event=damaged file=$T/users line=2 field=secret"
    try ann sesame
    accepted
  done
}

refused() {
  ((status == 1)) || fail "status $status, wanted 1"
  [[ -z $output ]] || fail "output: $output"
  [[ $(tail -n 1 "$LOG") == "checkpw: "*"event=refuse cause=$1 user=$2 ip="* ]] ||
    fail "wanted cause=$1 user=$2"
}

temporary() {
  ((status == 111)) || fail "status $status, wanted 111"
  [[ -z $output ]] || fail "output: $output"
  logged "$1"
}

IN_SYSTEM=(unshare --mount --propagation private bash -c '
  etc=$1; shift
  for file in "$etc"/*; do
    mount --bind "$file" "/etc/${file##*/}" || exit 99
  done
  exec "$@"' in_system "$T/etc")
in_system() { "${IN_SYSTEM[@]}" "$@"; }

# make_system PASSWD_LINE...: from now on login runs in_system, where
# /etc/passwd has these lines and the name services ask only the files.
make_system() {
  needs_root "it mounts its own /etc/passwd"
  needs_mount_namespace
  LAUNCH=(in_system)
  mkdir -p "$T/etc"
  printf '%s\n' "$@" >"$T/etc/passwd"
  printf '%s: files\n' passwd shadow group >"$T/etc/nsswitch.conf"
}

# cdb_of FILE KEY DATA ...: tinycdb makes FILE of these records, in which "|"
# stands for a NUL.
cdb_of() {
  local file=$1
  shift
  while (($#)); do
    printf '+%d,%d:%s->%s\n' ${#1} ${#2} "$1" "$2"
    shift 2
  done | tr '|' '\0' >"$T/records"
  echo >>"$T/records"
  cdb -c "$file" "$T/records"
}
# cdb_of_lines FILE LINE ...: the key of a line is the text before its first
# colon.
cdb_of_lines() {
  local file=$1 line
  local -a records=()
  shift
  for line; do records+=("${line%%:*}" "${line#*:}"); done
  cdb_of "$file" "${records[@]}"
}
