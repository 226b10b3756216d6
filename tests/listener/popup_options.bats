#!/usr/bin/env bats
# bats file_tags=libc
# popup's options, log and trace follow popup(8).
load ../helpers/common

@test "--version and --help print to standard output and exit 0" {
  run popup -V
  [ "$status" = 0 ]
  [[ $output == 'popup (popchain) '[0-9]* ]]
  run bash -c 'popup --help 2>/dev/null'
  [ "$status" = 0 ]
  [[ $output == 'usage: popup [-A'*'hostname checker [argument ...]'* ]]
}

@test "bad command lines exit 100 with a message" {
  complains() {
    local wanted=$1
    shift
    run popup "$@"
    [[ $status == 100 && $output == *"popup: fatal: $wanted"* ]] || fail "$*: $status $output"
  }
  complains 'a hostname and a checker are needed'
  complains 'a hostname and a checker are needed' mx
  complains 'the hostname is not one' '' true
  complains 'the hostname is not one' 'a b' true
  complains 'unknown option: -X' -X mx true
  complains 'unknown option: --nonsense' --nonsense mx true
  complains 'this option needs a value: -L' -L
  complains 'bad value for -L: 0' -L 0 mx true
  complains 'bad value for -n: x' -n x mx true
  complains 'bad value for -w: -1' -w -1 mx true
  complains 'bad value for -M: PLAIN,NTLM' -M PLAIN,NTLM mx true
  complains 'bad value for -u: 0' -u 0 mx true
  complains 'bad value for -u: no-such-account' -u no-such-account mx true
  complains 'bad value for -T: <x>' -T '<x>' mx true
}

@test "options after the checker belong to the checker" {
  run over_pipe 'USER a\r\nPASS b\r\n' popup mx stub-exit 2 -q --help
  [[ $output == *'[SYS/TEMP]'* ]]
}

@test "-d and --trace show client lines without secrets" {
  commands='capa\r\nUSER joe\r\nPASS hidden1\r\nPASSS hidden2\r\n hidden3\r\nAPOP joe hidden4\r\n'
  commands+='CAPA hidden1\r\nSTLS hidden2\r\nNOOP hidden3\r\nquit hidden4\r\n'
  commands+='AUTH PLAIN aGlkZGVu\r\nAUTH LOGIN\r\naGlkZGVu\r\n*\r\nQUIT\r\n'
  run over_pipe "$commands" popup -d --trace "$T/trace" -w 0 mx stub-exit 1
  for file in "$LOG" "$T/trace"; do
    grep -q 'event=command line=CAPA$' "$file"
    grep -q 'event=command line="USER joe"$' "$file"
    grep -q 'event=command line="PASS <hidden>"$' "$file"
    grep -q 'event=command line="AUTH <hidden>"$' "$file"
    grep -q 'event=command line="(unknown, 15 octets)"$' "$file"
    ! grep -q 'hidden[1-4]\|aGlkZGVu' "$file" || fail "$(cat "$file")"
  done
  [ "$(stat -c %a "$T/trace")" = 600 ]
}

@test "--trace refuses all but a regular file with one name" {
  touch "$T/file" "$T/first"
  # The link's target alone would be accepted.
  ln -s "$T/file" "$T/link"
  ln "$T/first" "$T/second"
  mkfifo "$T/fifo"
  for target in "$T/link" "$T/second" "$T/fifo" "$T" /dev/null; do
    run over_pipe '' popup --trace "$target" mx true
    [ "$status" = 111 ] || fail "traced into $target"
    [ -z "$output" ]
  done
  run over_pipe '' popup --trace "$T/file" mx true
  [ "$status" = 0 ]
}

@test "--trace refuses another user's file" {
  if ((EUID != 0)); then skip 'needs root, to have a file of another user'; fi
  touch "$T/file"
  chown 65533 "$T/file"
  chmod 666 "$T/file"
  run over_pipe '' popup --trace "$T/file" mx true
  [ "$status" = 111 ]
  [ -z "$output" ]
  [ ! -s "$T/file" ]
}

@test "-q logs no events, -v logs the connection" {
  run over_pipe 'QUIT\r\n' popup -q mx true
  [ ! -s "$LOG" ]
  run over_pipe 'QUIT\r\n' popup -v mx true
  logged '^popup: sid=[0-9a-f]*\.[0-9a-f]* event=connect ip=- port=-$'
}
