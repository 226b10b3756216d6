# shellcheck shell=bash
# Logins at the same time, with a checker that writes down what it got.
#
#   make_witness               makes that checker, $T/witness
#   saw LOGIN SECRET           the checker of LOGIN got both
#   variable LOGIN NAME        prints that variable of its environment
#   files_of LOGIN             prints its descriptors
#   interleave A_HEADER B_HEADER   logs alice, bob and carol in; compares what
#                              their checkers got
#
# Needs helpers/common.

# The checker writes what LOGIN's process got into $T/LOGIN.environment, .files,
# .record and .limits, and then waits until the client leaves.
make_witness() {
  # shellcheck disable=SC2016  # for the script
  write_script witness "cat <&3 >'$T/record.'\$\$" \
    "login=\$(tr '\\0' '\\n' <'$T/record.'\$\$ | head -n 1)" \
    "env -0 | tr '\\n\\0' ' \\n' | sort >\"$T/\$login.environment\"" \
    "process-report \$\$ files >\"$T/\$login.files\"" \
    "cat /proc/\$\$/limits >\"$T/\$login.limits\"" \
    "mv '$T/record.'\$\$ \"$T/\$login.record\"" 'exec cat >/dev/null'
}
saw() {
  wait_until test -s "$T/$1.record"
  [[ $(tr '\0' '|' <"$T/$1.record") == "$1|$2||PASS|" ]] ||
    fail "$1: $(tr '\0' '|' <"$T/$1.record")"
}
variable() { sed -n "s/^$2=//p" "$T/$1.environment"; }
# files_of LOGIN: descriptors without the numbers of inodes and of POPUP_STATUSFD.
# There is only one socket, the client.
files_of() {
  (($(grep -o 'socket:.*' "$T/$1.files" | sort -u | wc -l) == 1)) ||
    fail "$(<"$T/$1.files")"
  sed -E "s/\[[0-9]+\]//; s/^$(variable "$1" POPUP_STATUSFD) /status /" "$T/$1.files"
}

# alice and bob log in at the same time, and then carol with B_HEADER.
interleave() {
  local alice bob
  connect
  alice=$SOCKET
  printf '%b' "$1" >&"$SOCKET"
  expect '+OK*'
  connect
  bob=$SOCKET
  printf '%b' "$2" >&"$SOCKET"
  expect '+OK*'
  printf 'USER bob\r\n' >&"$bob"
  printf 'USER alice\r\nPASS a-secret\r\n' >&"$alice"
  printf 'PASS b-secret\r\n' >&"$bob"
  saw alice a-secret
  saw bob b-secret
  connect
  printf '%b' "$2USER carol\r\nPASS secret\r\n" >&"$SOCKET"
  saw carol secret
  local login
  for login in alice bob carol; do
    # The random name of Bats' folder may hold "bob".
    ! sed "s|$BATS_RUN_TMPDIR||g" "$T/$login.environment" |
      grep -q -e -secret -e alice -e bob ||
      fail "$(<"$T/$login.environment")"
    [[ $(grep 'open files' "$T/$login.limits") =~ \ 256\ +4096\  ]] ||
      fail "$(<"$T/$login.limits")"
    files_of "$login" >"$T/$login.kinds"
    cmp "$T/$login.kinds" "$T/alice.kinds" ||
      fail "$(cat "$T/alice.kinds" "$T/$login.kinds")"
    cut -d= -f1 "$T/$login.environment" >"$T/$login.names"
  done
  # The same variables, and none twice.
  cmp "$T/bob.names" "$T/carol.names"
  [[ -z $(uniq -d "$T/carol.names") ]]
  [[ $(variable alice POPUP_SID) != "$(variable bob POPUP_SID)" ]]
  [[ $(variable bob POPUP_SID) != "$(variable carol POPUP_SID)" ]]
  [[ $(variable alice TCPREMOTEPORT) != "$(variable bob TCPREMOTEPORT)" || -n $1 ]]
}
