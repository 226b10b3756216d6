#!/usr/bin/env bats
# bats file_tags=libc
# popup's dialogue is confined, and no process survives the other's end.
load ../helpers/common
load ../helpers/checkpw

# greeted_by COMMAND...: serves it and connects; sets BROKER and DIALOGUE.
greeted_by() {
  serve "$@"
  connect
  expect '+OK*'
  find_processes
  DIALOGUE=$CHILD
}
# ids_of PID: prints its effective uid and gid.
ids_of() {
  echo "$(status_of "$1" Uid | cut -d' ' -f1):$(status_of "$1" Gid | cut -d' ' -f1)"
}

@test "the dialogue has no root, no new privileges, strict seccomp" {
  greeted_by popup mx stub-joe true
  [ "$(status_of "$DIALOGUE" NoNewPrivs)" = 1 ]
  sanitized || [ "$(status_of "$DIALOGUE" Seccomp)" = 1 ]
  grep -q '^Max processes  *0  *0 ' "/proc/$DIALOGUE/limits"
  grep -q '^Max core file size  *0  *0 ' "/proc/$DIALOGUE/limits"
  if ((EUID == 0)); then
    has_ids_of_dialogue "$DIALOGUE"
    [ -z "$(status_of "$DIALOGUE" Groups | tr -d ' ')" ]
    [ "$(status_of "$DIALOGUE" CapEff)" = 0000000000000000 ]
    fds=$(find "/proc/$DIALOGUE/fd" -type l | wc -l)
    sanitized || [ "$fds" = 3 ] || fail "$(ls -l "/proc/$DIALOGUE/fd")"
  else
    echo '# not root: ids and descriptors are not looked at' >&3
  fi
  hang_up
}

@test "if no dialogue can be forked: -ERR, and the log has the IP" {
  # The sanitizer's search for leaks needs another process.
  run over_pipe 'QUIT\r\n' env ASAN_OPTIONS=detect_leaks=0 \
    TCPREMOTEIP=192.0.2.7 TCPREMOTEPORT=4711 \
    "${AS_USER[@]}" prlimit --nproc=0 "$BIN/popup" mx true
  [ "$status" -eq 111 ]
  [ "$output" = $'-ERR [SYS/TEMP] cannot log you in now, try again later\r' ]
  logged 'event=login result=temporary mech=- ip=192.0.2.7 port=4711 '
}

@test "-u and -r set the dialogue's ids and root directory" {
  if ((EUID != 0)); then skip 'only root can change ids and the root directory'; fi
  mkdir "$T/empty"
  greeted_by popup -u 65532:65531 -r "$T/empty" mx stub-joe true
  [ "$(status_of "$DIALOGUE" Uid)" = '65532 65532 65532 65532' ]
  [ "$(status_of "$DIALOGUE" Gid)" = '65531 65531 65531 65531' ]
  [ "$(readlink "/proc/$DIALOGUE/root")" = "$T/empty" ]
  hang_up
}

# dialogue_gets NAMES IDS: with -u NAMES, where $T/etc has the accounts.
dialogue_gets() {
  greeted_by "${IN_SYSTEM[@]}" popup -u "$1" mx stub-joe true
  [[ $(ids_of "$DIALOGUE") == "$2" ]] || fail "$1: $(ids_of "$DIALOGUE")"
  hang_up
  stop_servers
}

@test "-u takes names, even from a last line without a newline" {
  needs_root "it mounts its own /etc/passwd"
  needs_mount_namespace
  mkdir "$T/etc"
  printf 'root:x:0:0::/root:\npopper:x:70002:70002::/:\npop:x:70001:70003::/:' >"$T/etc/passwd"
  printf 'root:x:0:\npopper:x:70002:\npost:x:70004:' >"$T/etc/group"
  local names
  dialogue_gets pop 70001:70003
  dialogue_gets pop:post 70001:70004
  dialogue_gets popper:popper 70002:70002
  for names in root pop:root po pop:pos +; do
    run in_system popup -u "$names" mx true
    [[ $status == 100 && $output == *"bad value for -u: $names"* ]] || fail "$names: $output"
  done
}

@test "-u skips damaged entries, also those cut by the buffer" {
  needs_root "it mounts its own /etc/passwd"
  needs_mount_namespace
  mkdir "$T/etc"
  local long
  long=$(printf %01017d 0)
  printf '%s\n' '' +:::::: pop pop:x pop:x::2::/: pop:x:3:::/: pop:x:4x:4::/: pop:x:5:-1::/: \
    pop:x:6:4294967295::/: pop:x:4294967296:7::/: "pop:${long:2}:90:90::/:" pop:x:8:8 \
    pop:x:70001:70002::/: pop:x:10:10::/: >"$T/etc/passwd"
  printf '%s\n' '' +::: post post:x post:x:: post:x:4x: "post:$long:60:" post:x:5 \
    post:x:70003: post:x:7: >"$T/etc/group"
  dialogue_gets pop 70001:70002
  dialogue_gets 5:post 5:70003
}

@test "without -u the dialogue runs as the account popup, if any" {
  needs_root "it mounts its own /etc/passwd"
  needs_mount_namespace
  mkdir "$T/etc"
  local account ids
  # popup never takes root's ids.
  while read -r account ids; do
    printf 'root:x:0:0::/root:\npopupx:x:1:1::/:\n%s\nlast:x:2:2::/:' "$account" >"$T/etc/passwd"
    greeted_by "${IN_SYSTEM[@]}" popup mx stub-joe true
    [[ $(ids_of "$DIALOGUE") == "$ids" ]] || fail "$account: $(ids_of "$DIALOGUE")"
    hang_up
    stop_servers
  done <<<$'popup:x:70001:70002::/: 70001:70002\nx:x:70001:70002::/: 65534:65534
popup:x:0:70002::/: 65534:65534\npopup:x:70001:0::/: 65534:65534'
  printf 'popup:x:70001:70002::/:\n' >"$T/etc/passwd"
  greeted_by "${IN_SYSTEM[@]}" popup -u 70003 mx stub-joe true
  [ "$(status_of "$DIALOGUE" Uid)" = '70003 70003 70003 70003' ]
  hang_up
}

@test "popup serves nobody if the dialogue cannot be confined" {
  if ((EUID != 0)); then skip 'only root changes the root directory'; fi
  run over_pipe 'NOOP\r\n' popup -r /nonexistent mx stub-joe true
  [ "$status" = 111 ]
  [ "$output" = $'-ERR [SYS/TEMP] cannot log you in now, try again later\r' ]
  logged 'event=dialogue error="unable to change the root directory'
}

@test "a filter replaces strict seccomp if that is refused" {
  greeted_by stub-filtered popup mx stub-joe stub-session
  sanitized || [ "$(status_of "$DIALOGUE" Seccomp)" = 2 ]
  send 'USER joe'
  expect '+OK*'
  send 'PASS secret'
  expect '+OK in'
  hang_up
}

@test "a careless super-server's signals and descriptors do no harm" {
  serve env POPUP_STATUSFD=2 POPUP_EVIL=1 nasty blocked ignored nonblock -- \
    popup -L 2 mx stub-joe stub-session
  run transcript 'USER joe\r\nPASS secret\r\nQUIT\r\n'
  [ "${output#*$'\n'}" = $'+OK now PASS\r\n+OK in\r\n+OK QUIT\r' ]
  connect
  expect '+OK*'
  expect '-ERR login takes too long'
  hang_up
}

@test "killing the broker ends its dialogue" {
  greeted_by popup mx stub-joe true
  kill -KILL "$BROKER"
  wait_until test ! -e "/proc/$DIALOGUE"
  expect_end
  hang_up
}

@test "a hijacked dialogue cannot flood the log with traces" {
  needs_root 'it writes to the pipe of the dialogue'
  greeted_by popup -d mx stub-joe true
  local pipe i
  for pipe in "/proc/$DIALOGUE/fd"/*; do
    case $(readlink "$pipe") in pipe:*) [[ ${pipe##*/} == 2 ]] || break ;; esac
  done
  for ((i = 0; i < 100; i++)); do printf 'T\0\1x' >"$pipe"; done
  send 'USER joe'
  expect '+OK now PASS'
  printf 'T\0\1x' >"$pipe"
  expect '-ERR \[SYS/TEMP\]*'
  hang_up
  logged 'event=dialogue error="false record"'
  [ "$(grep -c 'event=command' "$LOG")" = 101 ]
}

@test "the death of the dialogue is a temporary error" {
  greeted_by popup mx stub-joe true
  kill -KILL "$DIALOGUE"
  expect '-ERR \[SYS/TEMP\]*'
  expect_end
  hang_up
  logged 'event=dialogue signal=9'
}

@test "no process remains after the client has left" {
  serve popup mx stub-joe stub-session
  for stage in '' 'USER joe\r\n' 'USER joe\r\nPASS secret\r\n'; do
    connect
    printf '%b' "$stage" >&"$SOCKET"
    hang_up
    wait_until no_sessions
  done
}

@test "popup's pipes never get the numbers 0 to 2" {
  [ "$(timeout 10 popup mx stub-joe true <&- 2>>"$LOG")" = $'+OK mx POP3 ready\r' ]
  run timeout 10 bash -c 'printf "USER joe\r\nPASS secret\r\nQUIT\r\n" | popup mx stub-joe stub-session 2>&-'
  [[ $output == *$'+OK in\r\n+OK QUIT\r' ]]
  run bash -c 'popup mx stub-joe true >&- <&- 2>&-'
  [ "$status" = 0 ]
}
