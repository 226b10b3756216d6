# shellcheck shell=bash
# shellcheck disable=SC2154  # run sets status and output
# Dovecot in a folder of the test's own, with checkpw --dovecot as passdb and
# userdb. setup makes the folder, $D, and its accounts.
#
#   start_dovecot         with POP3 on $POP3; its log is $D/log
#   auth ARGUMENT...      runs doveadm auth test
#   same_names SETTING OPTIONS LOGIN...   Dovecot with this setting and checkpw
#                         with these options look up the same name for each login
#
# The accounts share one Maildir with one message:
#   joe    has the password sesame
#   ann    may not log in (nologin)
#   net    may log in from 192.0.2.0/24 only
#   none   has no uid
#   root   is uid 0
#
# Needs helpers/common.

# shellcheck disable=SC2016  # a hash of "sesame"
SESAME='$1$abcdefgh$5XhrJpGu.bBXAZh4lT8oY/'

setup() {
  command -v dovecot doveadm >/dev/null || fail "dovecot-core is needed"
  D=$(mktemp -d /tmp/dovecot.XXXXXX)
  chmod 711 "$D"
  if ((EUID == 0)); then SERVICE=dovecot LOGIN=dovenull; else
    SERVICE=$(id -un) LOGIN=$SERVICE
  fi
  cp "$BIN/checkpw" "$D/checkpw"
  chmod 755 "$D/checkpw"
  mkdir "$D/joe"
  make_maildir "$D/joe/Mail"
  own "$D/joe"
  printf 'Subject: test\r\n\r\nhello\r\n' | deliver "$D/joe/Mail/new"
  users "joe:$SESAME@userdb_mail=maildir:~/Mail" "ann:{PLAIN}tanstaaf@nologin" \
    "net:{PLAIN}a@allow_nets=192.0.2.0/24" "none:{PLAIN}a:::::" \
    "root:{PLAIN}a:0:0::/root:"
  configure
}
# users LINE...: writes $D/users; @ becomes the test's account.
users() {
  local line
  for line; do
    printf '%s\n' "${line//@/:$MAIL_UID:$MAIL_GID::$D/joe::}"
  done >"$D/users"
  sed -i "s,^none:{PLAIN}a.*,none:{PLAIN}a:::$D:$D::," "$D/users"
  ((EUID != 0)) || chown dovecot "$D/users"
}
configure() {
  POP3=$("$BATS_TEST_DIRNAME/../helpers/free-port")
  cat >"$D/conf" <<EOT
base_dir = $D/run
state_dir = $D/state
log_path = $D/log
protocols = pop3
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_failure_delay = 0
first_valid_uid = 1
default_internal_user = $SERVICE
default_internal_group = $(id -gn "$SERVICE")
default_login_user = $LOGIN
# Sanitizers reserve terabytes of addresses.
default_vsz_limit = 0
service pop3-login {
  chroot =
  inet_listener pop3 {
    port = $POP3
  }
}
service anvil {
  chroot =
  # No delay that grows with each refusal.
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service stats {
  chroot =
}
passdb {
  driver = checkpassword
  args = $D/checkpw --dovecot -f $D/users
}
userdb {
  driver = prefetch
}
userdb {
  driver = checkpassword
  args = $D/checkpw --dovecot -f $D/users
}
EOT
}
start_dovecot() {
  background dovecot -F -c "$D/conf"
  wait_until test -S "$D/run/auth-client"
  wait_until doveadm -c "$D/conf" user joe
}
teardown() {
  stop_servers
  if [[ -s ${D:-/}/log ]]; then sed 's/^/dovecot: /' "$D/log" >&2; fi
  rm -rf "${D:?}"
}
auth() {
  run doveadm -c "$D/conf" auth test "$@"
}

same_names() {
  local setting=$1 options login name
  read -ra options <<<"$2"
  sed "1,/^passdb/!d; /^passdb/d" "$D/conf" >"$T/conf"
  printf '%b\n' "$setting" 'passdb {\n driver = static\n args = nopassword=y\n}' \
    'userdb {\n driver = static\n args = uid=1 gid=1 home=/\n}' >>"$T/conf"
  mv "$T/conf" "$D/conf"
  start_dovecot
  for login in "${@:3}"; do
    auth "$login" sesame
    name=$(sed -n 's/^ *user=//p' <<<"$output")
    [[ $status == 0 && $name ]] || fail "$login: $output"
    printf '%s\n' "$name:$SESAME:$MAIL_UID:$MAIL_GID::/usr" >"$T/users"
    printf '%s\0sesame\0\0' "$login" >"$T/record"
    # shellcheck disable=SC2016  # for the inner shell
    run checkpw "${options[@]}" -f "$T/users" sh -c 'echo "$USER"' 3<"$T/record"
    [[ $status == 0 && $output == "$name" ]] ||
      fail "$login: $name in Dovecot, $status $output in checkpw"
  done
}
