# shellcheck shell=bash
# For the tests of popper, which looks up the client's name: a machine with a
# network of its own, a hosts file and a name server.
#
#   name_service HOSTS [OPTION...]    such a line of nsswitch.conf; the name server
#                           is 127.0.0.1, with these options of resolv.conf
#   with_dns SCRIPT [ARGUMENT...]     alone, with start_dns ARGUMENT... (dns-stub)
#                           and await_popups, which waits for their ends
#   check_hosts ADDRESS[=NAME]...     popper serves a client of each address;
#                           NAME, if any, was found by the super-server
#   check_host_by ANSWER    popper serves 127.0.0.3; dns-stub has the option ANSWER;
#                           none: there is no name server
#   serves_clients N        popper has greeted and taken leave of N clients
#
# Needs helpers/seeds and make_machine.

name_service() {
  printf '%s\n' "hosts: $1" 'passwd: files' 'group: files' 'shadow: files' \
    >"$T/etc/nsswitch.conf"
  printf '%s\n' 'nameserver 127.0.0.1' "${@:2}" >"$T/etc/resolv.conf"
}

# The look-ups go on after popper has ended.
# shellcheck disable=SC2016  # for the inner shell
DNS_FUNCTIONS='
  start_dns() {
    exec {ready}< <(exec dns-stub "$@")
    dns=$!
    read -r -u "$ready"
  }
  await_popups() {
    for ((i = 0; i < 400; i++)); do
      pgrep -x popup >/dev/null || break
      sleep 0.05
    done
  }
'
with_dns() {
  local script=$1
  shift
  alone "$DNS_FUNCTIONS $script" "$@"
}

check_hosts() {
  make_machine
  name_service 'files dns'
  printf '%s\n' '127.0.0.1 good.example' '127.0.0.9 elsewhere.example' \
    '::1 six.example' >"$T/etc/hosts"
  # shellcheck disable=SC2016  # for the inner shell
  with_dns '
    start_dns 127.0.0.4=elsewhere.example 127.0.0.5=gone.example
    popper=$1; shift
    for client; do
      export TCPREMOTEIP=${client%%=*} TCPREMOTEHOST=
      if [[ $client == *=* ]]; then TCPREMOTEHOST=${client#*=}; fi
      printf "QUIT\r\n" | "$popper"
    done
    await_popups
    kill "$dns"' "$COMPAT/popper" "$@" >"$T/said"
}

check_host_by() {
  name_service 'files dns' 'options timeout:1 attempts:1'
  # shellcheck disable=SC2016  # for the inner shell
  with_dns '
    [[ $2 == none ]] || start_dns "$2"
    printf "QUIT\r\n" | TCPREMOTEIP=127.0.0.3 "$1"
    await_popups
    [[ $2 == none ]] || kill "$dns"' "$COMPAT/popper" "$1" >"$T/said"
}

serves_clients() {
  (($(grep -c '^+OK' "$T/said") == 2 * $1)) || fail "$(cat "$T/said")"
}
