# shellcheck shell=bash
# Mail clients that poll joe's mail at $PORT, with their files in $T/client.
#
#   as_client COMMAND...       as an existing user other than root, because
#                              fetchmail and getmail demand it
#   write_fetchmailrc FILE HOST SETTING...    such as keep
#   write_mpoprc FILE MAILDIR SETTING...      such as 'keep on'
#   write_getmailrc FILE DIRECTORY true|false     deletes or not
#
# Needs helpers/common.

as_client() {
  if ((EUID == 0)); then
    chown -R nobody "$T/client"
    HOME=$T/client USER=nobody LOGNAME=nobody \
      setpriv --reuid nobody --regid nogroup --clear-groups "$@"
  else
    HOME=$T/client "$@"
  fi
}

write_fetchmailrc() {
  printf '%s\n' 'set no syslog' 'set invisible' "set idfile \"$T/client/ids\"" \
    "set pidfile \"$T/client/pid\"" \
    "poll $2 protocol pop3 port $PORT uidl timeout 20 bad-header accept" \
    'user joe password secret is nobody here no rewrite no mimedecode no forcecr' \
    "${@:3}" >"$1"
  chmod 600 "$1"
}

write_mpoprc() {
  printf '%s\n' 'account default' "port $PORT" 'timeout 20' 'auth user' \
    'user joe' 'password secret' "delivery maildir $2" \
    "uidls_file $T/client/uidls" 'received_header off' "${@:3}" >"$1"
  chmod 600 "$1"
}

write_getmailrc() {
  cat >"$1" <<EOF
[retriever]
type = SimplePOP3Retriever
server = 127.0.0.1
port = $PORT
username = joe
password = secret
timeout = 20
[destination]
type = MDA_external
path = $BATS_TEST_DIRNAME/../helpers/store
arguments = ("$2",)
[options]
verbose = 0
read_all = false
delete = $3
delivered_to = false
received = false
EOF
  chmod 600 "$1"
}
