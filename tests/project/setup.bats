#!/usr/bin/env bats
# bats file_tags=once
# On a new machine make and tests/setup name what is missing, install it if they
# may, and never wait for input.

bats_require_minimum_version 1.5.0

# All programs of this machine except make, sudo and compilers.
setup_file() {
  local programs=$BATS_FILE_TMPDIR/programs
  mkdir "$programs"
  [[ -L /bin ]] || ln -s /bin/* "$programs"
  ln -sf /usr/bin/* "$programs"
  rm -f "$programs"/{*gcc*,*g++*,c++*,cc,*clang*,*cpp*,as,sudo,make}
}

setup() {
  load ../helpers/common
  load ../helpers/debian
  TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
}

# new_machine: a fresh copy of the project in $T/clone, make, and no compiler.
# dpkg knows no package, apt-get records what it reads and does, and the user is
# root.
new_machine() {
  copy_project "$T/clone"
  mkdir "$T/tools"
  ln -s "$(command -v make)" "$T/tools/make"
  tool dpkg-query 'exit 1'
  tool id 'echo 0'
  tool apt-get "cat >>'$T/typed'; echo \"\$*\" >>'$T/apt'"
}
# tool NAME SCRIPT: puts this shell script in place of the program.
tool() {
  rm -f "$T/tools/$1"
  printf '#!/bin/sh\n%s\n' "$2" >"$T/tools/$1"
  chmod +x "$T/tools/$1"
}
# compiler: a g++ that records the jobs that make allows, and makes each file
# that it is asked for: the programs are scripts that only print a line.
compiler() {
  tool g++ "while [ \$# -gt 1 ]; do
  [ \"\$1\" != -o ] || echo \"\$MAKEFLAGS\" >>'$T/jobs'
  case \$1 in -o | -MF) printf '#!/bin/sh\necho started\n' >\"\$2\" && chmod +x \"\$2\" ;; esac
  shift
done"
  ln -sf g++ "$T/tools/gcc"
}
# on_machine COMMAND...: runs it there with an empty environment.
on_machine() {
  env -i -C "$T/clone" PATH="$T/tools:$BATS_FILE_TMPDIR/programs" HOME="$T" "$@"
}
# at_terminal COMMAND: the same at a terminal at which nobody types; sets
# $status and $output.  A command that waits for input fails by its timeout.
at_terminal() {
  [[ -p $T/keys ]] || mkfifo "$T/keys"
  # shellcheck disable=SC2016  # the inner shell expands these
  run on_machine timeout 300 sh -c \
    'exec script --quiet --return --command "$1" /dev/null <>"$2"' - "$1" "$T/keys"
  ((status != 124)) || fail "$1 never ended: $output"
}
# says TEXT: $output contains it.
says() {
  [[ $output == *"$1"* ]] || fail "wanted: $1, got: $output"
}

@test "setup: without a compiler make ends and names it" {
  local command
  new_machine
  at_terminal 'make -n'
  for command in make 'make -j1' 'make -k' 'make LIBC=system' 'make CXX=clang++'; do
    at_terminal "$command"
    ((status != 0)) || fail "$command: $output"
    says "$([[ $command == *clang* ]] && echo clang++ || echo g++) is missing: \"sh tests/setup build\""
    (($(grep -c 'is missing' <<<"$output") == 1)) || fail "$command: $output"
  done
}

@test "setup: without packages each target ends and reads no input" {
  local target
  new_machine
  for target in demo check bench lint; do
    rm -f "$T/typed" "$T/apt"
    # apt-get succeeds, but installs no compiler.
    at_terminal "make $target"
    ((status != 0)) || fail "make $target: $output"
    says 'missing packages: curl g++ libcrypt-dev make musl-tools'
    grep -q '^install .* g++ ' "$T/apt"
    [[ -e $T/typed && ! -s $T/typed ]]
  done
  tool apt-get 'echo E: no network >&2; exit 100'
  for target in demo check; do
    at_terminal "make $target"
    ((status != 0)) || fail "make $target: $output"
    says 'E: no network'
    says 'By hand, run:'
  done
}

@test "setup: packages are named before they are installed" {
  new_machine
  tool apt-get "grep -q ': curl g++ libcrypt-dev make musl-tools' '$T/said' || echo \"\$*\" >>'$T/unannounced'"
  on_machine sh tests/setup build >"$T/said"
  [[ ! -e $T/unannounced ]] || fail "$(cat "$T/unannounced")"
  [[ ! -e $T/clone/tests/setup.log ]]
}

@test "setup: without root and sudo the exact command is printed" {
  new_machine
  tool id 'echo 1000'
  at_terminal 'sh tests/setup build'
  ((status == 1))
  says 'As root, run:'
  says '  apt-get update && apt-get install -y --no-install-recommends curl g++ libcrypt-dev make musl-tools'
  at_terminal 'make demo'
  says '  apt-get update && apt-get install -y'
  [[ ! -e $T/apt ]]
}

@test "setup: make never has sudo ask for a password" {
  new_machine
  tool id 'echo 1000'
  tool sudo "[ \"\$1\" != -n ] || exit 1
echo \"\$1\" >>'$T/sudo'; [ \"\$1\" != -v ] || exit 0; exec \"\$@\""
  at_terminal 'make demo'
  says '  sudo apt-get update && sudo apt-get install -y'
  [[ ! -e $T/sudo ]] || fail "$(cat "$T/sudo")"
  # By hand, at a terminal, it may.
  at_terminal 'sh tests/setup build'
  ((status == 0)) || fail "$output"
  [[ $(head -n 1 "$T/sudo") == -v ]]
  grep -q '^install .* g++ ' "$T/apt"
}

@test "setup: README's command for a machine without make works" {
  local command
  new_machine
  compiler
  rm "$T/tools/make"
  tool apt-get "ln -sf '$(command -v make)' '$T/tools/make'"
  tool dpkg-query "[ -x '$T/tools/make' ] && echo installed"
  command=$(grep -o 'sh tests/setup build && make demo' "$TOP/README.md" | head -n 1)
  at_terminal "$command"
  says ' make '
  says 'popchain serves a demo mailbox'
}

@test "make: uses all processors by default, a given -j wins" {
  local target=build/system/obj/standard.h.gch
  new_machine
  compiler
  tool nproc 'echo 3'
  jobs_are 3 make -s "$target"
  jobs_are 2 make -s -j2 "$target"
  jobs_are 1 make -s -j1 "$target"
  jobs_are 2 env MAKEFLAGS=-j2 make -s "$target"
  # A make started by another make uses that one's jobs.
  jobs_are 3 make demo
  jobs_are 2 make -j2 demo
  jobs_are 1 make -j1 demo
}
# jobs_are COUNT COMMAND...: the command compiles with COUNT jobs.
jobs_are() {
  local count=$1
  shift
  rm -rf "$T/jobs" "$T/clone/build"
  on_machine "$@" >"$T/out" 2>&1 </dev/null || true
  [[ -s $T/jobs ]] || fail "$*: $(cat "$T/out")"
  ! grep -qvE -- "-j$count( |\$)" "$T/jobs" || fail "$*: $(sort "$T/jobs" | uniq -c)"
}

@test "make: goals are made one after the other" {
  new_machine
  compiler
  tool nproc 'echo 3'
  tool rm "sleep 2; exec $(command -v rm) \"\$@\""
  on_machine make -s clean build/system/obj/standard.h.gch
  [[ -e $T/clone/build/system/obj/standard.h.gch ]]
}

@test "make demo: prints a line for each step" {
  new_machine
  compiler
  run on_machine make demo
  [[ ${lines[0]} == 'missing packages: curl g++ '* ]]
  [[ ${lines[1]} == 'installing: '* ]]
  [[ ${lines[2]} == 'compiling popup checkpw maildir-pop3d: '* ]]
  [[ ${lines[3]} == 'popchain serves a demo mailbox'* ]] || fail "$output"
  run on_machine make demo
  [[ $output != *compiling* ]] || fail "$output"
}

@test "make demo: builds no more than the demo's programs" {
  new_machine
  compiler
  on_machine make -n demo >"$T/commands"
  grep -o -- '-o build/bin/[^ ]*' "$T/commands" | sort >"$T/built"
  printf -- '-o build/bin/%s\n' checkpw maildir-pop3d popup | diff - "$T/built"
  ! grep -E -- '-o build/(nss|replay|tests)|main_' "$T/commands" || fail 'more is built'
}

@test "make: a musl installed later does not mix with old objects" {
  new_machine
  compiler
  on_machine make -n MUSL=/nonexistent >"$T/without"
  on_machine make -n LIBC=musl BUILD=build >"$T/with"
  grep -o -- '-o build/[^ ]*[.]o' "$T/without" | sort >"$T/objects"
  [ -s "$T/objects" ]
  grep -o -- '-o build/[^ ]*[.]o' "$T/with" | sort >"$T/musl"
  [ -s "$T/musl" ]
  grep -v '^-o build/system/' "$T/musl" >"$T/own"
  [ -s "$T/own" ]
  [ -z "$(comm -12 "$T/objects" "$T/own")" ]
}

@test "make check: the number of tests comes first" {
  new_machine
  tool apt-get 'exit 1'
  run on_machine make check
  [[ ${lines[0]} =~ ^make\ check:\ ([0-9]+)\ tests.*minutes ]] || fail "$output"
  ((BASH_REMATCH[1] == $(cat "$TOP"/tests/*/*.bats | grep -c '^@test')))
  run on_machine make check TESTS='unit.bats cdb.bats'
  [[ ${lines[0]} == "make check: $(cat "$TOP"/tests/{project/unit,stores/cdb}.bats | grep -c '^@test') tests" ]] ||
    fail "$output"
}

# served PID FILE: waits until the demo, whose output is FILE, serves; sets
# port.
served() {
  until port=$(sed -n 's|^  curl .*127.0.0.1:\([0-9]*\)/1\r*$|\1|p' "$2") && [[ $port ]]; do
    kill -0 "$1" 2>/dev/null || fail "the demo has ended: $(cat "$2")"
    sleep 0.2
  done
}

@test "setup: README's commands serve mail in a debootstrap root" {
  local port started command
  needs_debian
  debian_root "$T/root"
  export T
  mkfifo "$T/keys"

  for command in 'make -n' make; do
    # shellcheck disable=SC2016  # the inner shells expand these
    run timeout 300 bash -c 'exec script --quiet --return --command "in-debian \"$T/root\" \"cd popchain && $1\"" /dev/null <>"$T/keys"' - "$command"
    ((status != 124)) || fail "$command never ended: $output"
  done
  says 'g++ is missing'

  started=$SECONDS
  # shellcheck disable=SC2016  # as above
  background bash -c 'exec script --quiet --flush --return --command "in-debian \"$T/root\" \"cd popchain && sh tests/setup build && make demo\"" /dev/null <>"$T/keys"' >"$T/demo"
  served "${SERVERS[-1]}" "$T/demo"
  echo "# from a bare Debian to a served mailbox: $((SECONDS - started)) s" >&3
  # The command that the demo suggests, run there.
  in-debian "$T/root" "curl -sS -u demo:demo pop3://127.0.0.1:$port/1" | tr -d '\r' |
    cmp - "$TOP/tests/demo/messages/1-welcome"
}
