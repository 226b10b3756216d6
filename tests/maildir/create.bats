#!/usr/bin/env bats
# bats file_tags=libc
# --create makes a missing Maildir, and nothing else.
# shellcheck disable=SC2030,SC2031  # each test is a subshell of its own

load ../helpers/common
load ../helpers/pop3d

setup() {
  POP3D=("${AS_USER[@]}" maildir-pop3d -a)
  unset MAILDIR
  cd "$T" || return 1
  mkdir home
  own home
  chmod 755 .
  cd home || return 1
  : >"$LOG"
}

# is_refused CAUSE [ARGUMENT...]: no session begins, with this cause in the log,
# and nothing was left behind.
is_refused() {
  local before
  before=$(ls -lAR)
  [[ $(pop3d 'QUIT\r\n' "${@:2}") == '-ERR [SYS/TEMP] unable to open the mailbox' ]] ||
    fail "${*:2}: served"
  logged "event=fail cause=\"unable to $1"
  [[ $(ls -lAR) == "$before" ]] || fail "left behind: $(ls -lAR)"
  : >"$LOG"
}

@test "a missing Maildir: without --create the log says how" {
  is_refused 'open the Maildir: No such file or directory" errno=2 maildir=.* hint="--create or maildirmake makes it"$'
}

@test "--create makes a missing Maildir of mode 0700" {
  [[ $(umask 0 && pop3d 'STAT\r\nQUIT\r\n' --create) == *'+OK 0 0'*'+OK bye' ]]
  [[ $(pop3d 'STAT\r\nQUIT\r\n' --create) == *'+OK 0 0'*'+OK bye' ]]
  [[ $(find . -mindepth 1 -type d -printf '%P %m %U\n' | sort) == \
    "$(printf "%s 700 $MAIL_UID\n" Maildir Maildir/{cur,new,tmp})" ]] || fail "$(ls -lAR)"
  logged 'event=created maildir=.*/home/Maildir uid='
  (($(grep -c event=created "$LOG") == 1))
  message one | deliver Maildir/new 1.a
  [[ $(pop3d 'STAT\r\nQUIT\r\n' --create) == *'+OK 1 '* ]]
}

@test "--create takes the name from -m, the operand and MAILDIR" {
  pop3d 'QUIT\r\n' --create -m one >/dev/null
  pop3d 'QUIT\r\n' --create two// >/dev/null
  pop3d 'QUIT\r\n' --create "$(printf 'x%.0s' {1..255})" >/dev/null
  MAILDIR=three pop3d 'QUIT\r\n' --create --seccomp >/dev/null
  [[ $(echo */) == 'one/ three/ two/ xxx'* ]]
}

@test "--create: many first sessions at once make one Maildir" {
  local i
  for i in {1..16}; do
    pop3d 'STAT\r\nQUIT\r\n' --create >"$T/out.$i" &
  done
  wait
  for i in {1..16}; do
    [[ $(tail -n 1 "$T/out.$i") == '+OK bye' ]] || fail "$(cat "$T/out.$i")"
  done
  [[ $(ls -A) == Maildir ]]
  (($(grep -c event=created "$LOG") == 1))
}

@test "--create leaves alone what is in the way" {
  : >Maildir
  is_refused 'open the Maildir: Not a directory' --create
  rm Maildir
  ln -s nowhere Maildir
  is_refused 'create the Maildir: a symbolic link leads nowhere' --create
  rm Maildir
  ln -s Maildir Maildir
  is_refused 'open the Maildir: .* errno=40 ' --create
  rm Maildir
  mkdir Maildir
  is_refused 'find new/ or cur/ in the Maildir' --create
}

@test "--create makes nothing above the Maildir" {
  is_refused 'create the Maildir: No such file or directory' --create missing/Maildir
  is_refused 'open the Maildir: .* errno=36 ' --create "$(printf 'x%.0s' {1..256})"
  is_refused 'open the Maildir: .* errno=36 ' --create "$(printf 'x/%.0s' {1..2060})"
}

@test "--create: a home that is not writable is a clear error" {
  chmod 555 .
  ((EUID == 0)) || [[ ! -w . ]]
  is_refused 'create the Maildir: Permission denied' --create
  chmod 755 .
}

@test "--create: a failure halfway leaves nothing behind" {
  needs_strace
  local fault
  for fault in mkdirat:error=ENOSPC:when=2 renameat2:error=EIO; do
    POP3D=("${AS_USER[@]}" strace -f -o /dev/null -e "inject=$fault" maildir-pop3d -a)
    [[ $(ASAN_OPTIONS=detect_leaks=0 pop3d 'QUIT\r\n' --create) == '-ERR [SYS/TEMP] '* ]] ||
      fail "$fault"
    [[ -z $(ls -A) ]] || fail "$fault: $(ls -AR)"
  done
  logged 'unable to create the Maildir: .* errno=28 '
  logged 'unable to create the Maildir: .* errno=5 '
}

@test "--create as root makes nothing" {
  needs_root 'a session as root'
  local code=0
  maildir-pop3d -a --create </dev/null >/dev/null 2>>"$LOG" || code=$?
  ((code == 1))
  [[ -z $(ls -A) ]]
}

@test "--create takes no value, and --check makes nothing" {
  run "${POP3D[@]}" --create=yes </dev/null
  ((status == 111))
  [[ $output == *'this option takes no value: --create=yes'* ]]
  run "${AS_USER[@]}" maildir-pop3d --check --create
  ((status == 111))
  [[ -z $(ls -A) ]]
}
