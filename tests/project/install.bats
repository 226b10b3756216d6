#!/usr/bin/env bats
# bats file_tags=once
# make install and make uninstall put and remove every file, and each program
# and manual page is complete.

setup() { load ../helpers/common; }

PROGRAMS=(popup checkpw checkpw-hash checkpw-mkdb checkpw-nss maildir-pop3d)

# make_staged TARGET [VARIABLE=...]: makes it with $T/staged/pop as the prefix.
make_staged() {
  make -C "$BATS_TEST_DIRNAME/../.." ${SAN:+SAN=1} "$@" \
    DESTDIR="$T/staged" PREFIX=/pop >"$T/out" 2>&1 || fail "$(cat "$T/out")"
}

@test "install: programs and manuals go to DESTDIR and PREFIX" {
  make_staged install
  for program in "${PROGRAMS[@]}"; do
    [ -x "$T/staged/pop/bin/$program" ]
  done
  for page in "${PROGRAMS[@]/%/.8}" checkpassword.7; do
    [ -s "$T/staged/pop/share/man/man${page##*.}/$page" ]
  done
  "$T/staged/pop/bin/popup" --version | grep -q '^popup (popchain) [0-9]'
  ln -s "$T/staged/pop/libexec/popchain/popper" "$T/popper"
  for command in popa3d mdpop3d; do
    env -u POPCHAIN_BIN "$T/staged/pop/libexec/popchain/$command" -V |
      grep -q "^$command (popchain) [0-9]"
  done
  env -u POPCHAIN_BIN "$T/popper" </dev/null | grep -q '^+OK .* POP3 ready'
}

@test "install: docs and the set-ups go to DOCDIR" {
  local doc=$T/staged/pop/share/doc/popchain file
  make_staged install
  cd "$BATS_TEST_DIRNAME/../.."
  for file in README.md LICENSE; do cmp "$file" "$doc/$file"; done
  for file in doc/*.md doc/performance/* doc/figures/*.svg; do cmp "$file" "$doc/${file#doc/}"; done
  # The Debian package has its own place for what is in debian.
  diff -r --exclude=debian doc/deploy "$doc/deploy"
  make_staged install DOCDIR=/elsewhere
  cmp README.md "$T/staged/elsewhere/README.md"
}

@test "processes.svg is as drawn from processes.txt" {
  cd "$BATS_TEST_DIRNAME/../../doc/figures"
  ./draw <processes.txt | cmp - processes.svg
}

@test "install: STRIP= keeps the debug symbols" {
  make_staged install
  ! readelf -S "$T/staged/pop/bin/popup" | grep -q '\.debug_info' || fail 'not stripped'
  make_staged install STRIP=
  readelf -S "$T/staged/pop/bin/popup" | grep -q '\.debug_info'
}

@test "build: without optimization popup links and runs" {
  local copy=$T/copy
  copy_project "$copy"
  mkdir "$copy/build"
  cp -a "$BATS_TEST_DIRNAME/../../build/obj" "$copy/build"
  # One file that uses strings is enough, and takes seconds.
  touch "$copy/popup/options.cc"
  make -C "$copy" CXXFLAGS='-g -O0' build/bin/popup >"$T/out" 2>&1 || fail "$(tail "$T/out")"
  "$copy/build/bin/popup" -V | grep -q '^popup (popchain) [0-9]'
}

@test "install: every exec during an installation succeeds" {
  local program tries
  make_staged install
  for program in "${PROGRAMS[@]/#/bin/}" libexec/popchain/popa3d; do
    background run_again "$T/staged/pop/$program" "$T/${program##*/}.runs"
  done
  for tries in 1 2 3 4 5; do make_staged install; done
  stop_servers
  for program in "${PROGRAMS[@]}" popa3d; do
    [[ $(head -n 1 "$T/$program.runs") == ok ]]
    ! grep -v '^ok$' "$T/$program.runs" || fail "$program: attempt $tries"
  done
  [[ -z $(find "$T/staged" -name '.*') ]]
}
# run_again PROGRAM FILE: runs it until TERM, with a line in FILE for each run.
run_again() {
  local runs
  unset POPCHAIN_BIN
  renice -n 10 "$BASHPID" >"$2" # the installation needs the processors more
  trap 'exit 0' TERM
  while :; do
    if runs=$("$1" -V 2>&1); then echo ok; else echo "$runs"; fi
  done >"$2"
}

@test "uninstall: all installed files go, and nothing else" {
  local pam=()
  ! [[ -e /usr/include/security/pam_appl.h ]] || pam=(PAM=1)
  mkdir -p "$T"/staged/pop/{bin,libexec,share/{doc,man/man{7,8}}}
  touch "$T"/staged/pop/{bin/popup-not-ours,share/man/man8/popup-not-ours.8}
  find "$T/staged" | sort >"$T/before"
  make_staged install "${pam[@]}"
  # A killed install leaves such a file.
  touch "$T/staged/pop/bin/.popup.4711.new"
  make_staged uninstall
  find "$T/staged" | sort | diff "$T/before" -
  make_staged uninstall
}

@test "uninstall: empty folders of others stay" {
  local foreign
  make_staged install
  for foreign in share/doc/popchain/theirs libexec/popchain/theirs; do
    mkdir -p "$T/staged/pop/$foreign"
  done
  make_staged uninstall
  for foreign in share/doc/popchain libexec/popchain; do
    [[ $(ls "$T/staged/pop/$foreign") == theirs ]] || fail "$(find "$T/staged/pop/$foreign")"
  done
}

@test "every program: --version and --help print and exit 0" {
  for program in "${PROGRAMS[@]}"; do
    run "$BIN/$program" --version
    [ "$status" -eq 0 ]
    [[ $output == *"(popchain) "[0-9]* ]]
    run "$BIN/$program" -V
    [ "$status" -eq 0 ]
    run "$BIN/$program" --help
    [ "$status" -eq 0 ]
    [[ $output == *"${program%-nss}"* ]]
    [[ $output == *' -h, --help'* ]]
    [ "$("$BIN/$program" -h)" = "$output" ]
  done
}

@test "every program: an unknown option is named, exit 100 or 111" {
  for program in "${PROGRAMS[@]}"; do
    run "$BIN/$program" --no-such-option </dev/null
    case $program in
      popup | checkpw-hash | checkpw-mkdb) [ "$status" -eq 100 ] ;;
      *) [ "$status" -eq 111 ] ;;
    esac
    [[ $output == *no-such-option* ]]
  done
}

@test "--help and the manual page list the same options" {
  local program
  for program in "${PROGRAMS[@]}"; do
    run "$BATS_TEST_DIRNAME/../helpers/option-lists" "$BIN/$program" \
      "$BATS_TEST_DIRNAME/../../doc/${program%-nss}.8"
    [[ $status == 0 ]] || fail "$program: $output"
  done
}

@test "every program has a manual page under its own name" {
  for program in "${PROGRAMS[@]}" checkpw-pam; do
    mandoc -Tascii "$BATS_TEST_DIRNAME/../../doc/$program.8" | col -b >"$T/page"
    [[ $(grep -A 1 '^NAME' "$T/page" | tail -n 1) == *" $program - "* ]] ||
      fail "$(cat "$T/page")"
  done
}

@test "mandoc has no warning for the manuals" {
  mandoc -Tlint -Wwarning "$BATS_TEST_DIRNAME"/../../doc/*.[1-8]
}
