#!/usr/bin/env bats
# bats file_tags=once
# make install, and what every installed program owes its user.

setup() { load helpers/common; }

PROGRAMS=(popup checkpw checkpw-hash checkpw-mkdb checkpw-nss maildir-pop3d)

@test "make install puts programs and manuals where DESTDIR and PREFIX say" {
  make -C "$BATS_TEST_DIRNAME/.." ${SAN:+SAN=1} install \
    DESTDIR="$T/staged" PREFIX=/pop >"$T/out" 2>&1
  for program in "${PROGRAMS[@]}"; do
    [ -x "$T/staged/pop/bin/$program" ]
  done
  for page in popup.8 checkpw.8 checkpw-hash.8 checkpw-mkdb.8 maildir-pop3d.8 checkpassword.7; do
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

@test "every program tells its version and its options, and exits 0" {
  for program in "${PROGRAMS[@]}"; do
    run "$BIN/$program" --version
    [ "$status" -eq 0 ]
    [[ $output == *"(popchain) "[0-9]* ]]
    run "$BIN/$program" -V
    [ "$status" -eq 0 ]
    run "$BIN/$program" --help
    [ "$status" -eq 0 ]
    [[ $output == *"${program%-nss}"* ]]
  done
}

@test "an unknown option is named on descriptor 2 and exits by the table" {
  for program in "${PROGRAMS[@]}"; do
    run "$BIN/$program" --no-such-option </dev/null
    case $program in
      popup | checkpw-hash | checkpw-mkdb) [ "$status" -eq 100 ] ;;
      *) [ "$status" -eq 111 ] ;;
    esac
    [[ $output == *no-such-option* ]]
  done
}

@test "the manuals are clean for mandoc" {
  mandoc -Tlint -Wwarning "$BATS_TEST_DIRNAME"/../doc/*.[1-8]
}
