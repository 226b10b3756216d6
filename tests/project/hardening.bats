#!/usr/bin/env bats
# As doc/security.md promises, no process can write to its tables of functions,
# and little code runs as root.

load ../helpers/common
load ../helpers/chain

# start PROGRAM [ARGUMENT ...]: the program waits for input.
start() {
  "$@" <"$T/silence" >/dev/null 2>>"$LOG" 3<"$T/silence" &
  SERVERS+=($!)
}
# is_protected PID NAME
is_protected() {
  [[ $(readlink "/proc/$1/exe") == */"$2" ]] && process-report "$1" relro
}

@test "relocated data is read-only in every program" {
  local program
  make_account
  mkfifo "$T/silence"
  # While this process can write to the FIFO, no reader sees its end of file.
  exec {silence}<>"$T/silence"
  for program in "$BIN"/*; do
    case ${program##*/} in
      popup) start "$program" test.host true ;;
      checkpw-hash) start "$program" ;;
      checkpw-mkdb) start "$program" "$T/users.cdb" ;;
      *)
        if ((EUID != 0)); then
          echo "# not root: ${program##*/} hides its memory, and is not looked at" >&3
          continue
        fi
        if [[ $program == */maildir-pop3d ]]; then
          start "${AS_USER[@]}" "$program" -a "$MAIL"
        else
          start "$program" true
        fi
        ;;
    esac
    wait_until is_protected "${SERVERS[-1]}" "${program##*/}" ||
      fail "${program##*/}: relocated data can be written to"
  done
  exec {silence}>&-
}

@test "relocated data of popup and the server takes one page" {
  local program size
  if sanitized || [[ $BIN != */build/bin ]]; then skip 'this build: its data is larger'; fi
  for program in popup maildir-pop3d; do
    size=$(readelf -lW "$BIN/$program" | awk '$1 == "GNU_RELRO" { print $6 }')
    ((size <= 4096)) || fail "$program has $size octets of it"
  done
}

@test "security.md's line counts of root code are right within 10 %" {
  local part files lines _ told
  root-lines >"$T/counted"
  (($(grep -c '^| [a-z]' "$T/counted") == 5))
  while IFS='| ' read -r _ part files lines _; do
    [[ $lines == [0-9]* ]] || continue
    told=$(sed -nE "s/^\| $part \| [0-9]+ \| ([0-9]+) \|$/\1/p" \
      "$BATS_TEST_DIRNAME/../../doc/security.md")
    ((told * 10 > lines * 9 && told * 10 < lines * 11)) ||
      fail "$part: security.md says ${told:-nothing}, but it is: $files files, $lines lines"
  done <"$T/counted"
}
