#!/usr/bin/env bats
# bats file_tags=once
# doc/deploy's files for the programs that read popup's log: fail2ban and
# logrotate.

bats_require_minimum_version 1.5.0
load ../helpers/common
load ../helpers/chain
load ../helpers/tls
load ../helpers/examples
load ../helpers/deploy

setup() {
  make_mail_host
  # Without the delays for wrong passwords.
  SERVICE='popup -D -w 0 --penalty 0 mx.example.org checkpw -f /etc/popchain/users maildir-pop3d -a Maildir'
}
teardown() {
  stop_host
  stop_servers
}

# guesses: ten wrong passwords from 192.0.2.5, and the right one once.
guesses() {
  wait_until listens_on_host 110
  on_host python3 - <<'PY'
import poplib
for password in ["secret"] + 10 * ["wrong"]:
    client = poplib.POP3("192.0.2.5", timeout=60)
    client.user("joe")
    try:
        client.pass_(password)
    except poplib.error_proto:
        pass
    client.close()
PY
}

# log_by FOLDER WRITER: the service logs through it into this folder.
log_by() {
  mkdir -p "$HOST$1"
  type_on_host "$SERVICE 2>&1 | $2 $1"
  wait_until test -e "$HOST$1/current"
}
# start_fail2ban: in place of the firewall's rules, an action writes the address
# down. The host's time is not UTC.
start_fail2ban() {
  mkdir -p "$HOST"/{run,var/lib}/fail2ban
  rm "$HOST/etc/fail2ban/jail.d/defaults-debian.conf"
  printf '%s\n' '[DEFAULT]' 'banaction = note' 'ignoreself = false' \
    >"$HOST/etc/fail2ban/jail.local"
  printf '%s\n' '[Definition]' 'actionban = echo <ip> <port> >>/banned' \
    >"$HOST/etc/fail2ban/action.d/note.conf"
  start_on_host env TZ=Asia/Tokyo fail2ban-server -f -c /etc/fail2ban
  wait_until on_host fail2ban-client status popchain
}
# bans FOLDER WRITER
bans() {
  put fail2ban filter.d/popchain.conf jail.d/popchain.conf
  log_by "$@"
  start_fail2ban
  guesses
  wait_until grep -qx '192.0.2.5 pop3,pop3s' "$HOST/banned"
  on_host fail2ban-client status popchain >"$T/said"
  grep -q 'Total failed:.*10$' "$T/said" || fail "$(cat "$T/said")"
}

@test "fail2ban: ten wrong passwords in multilog's log, and a ban" {
  bans /etc/service/popchain/log/main 'multilog t'
}

@test "fail2ban: the same with s6-log's log" {
  bans /var/log/popchain 's6-log t'
}

@test "fail2ban: the same with svlogd's log" {
  bans /var/log/popchain 'svlogd -tt'
}

@test "logrotate: a log that popup appends to becomes small again" {
  local log=$HOST/var/log/popchain.log
  put logrotate popchain
  type_on_host "exec $SERVICE 2>>/var/log/popchain.log"
  wait_until listens_on_host 110
  gets pop3://192.0.2.5
  logged_in "$log" 'ip=10\.0\.0\.1 '
  on_host logrotate --force --state /var/log/state /etc/logrotate.d/popchain
  # The session's last line may come after that.
  grep -q result=ok "$log.1" || fail "$(ls -l "$HOST/var/log")"
  ! grep -q result=ok "$log" || fail 'the log was not truncated'
  gets pop3://192.0.2.5
  logged_in "$log" 'ip=10\.0\.0\.1 '
  # The second rotation compresses the first.
  on_host logrotate --force --state /var/log/state /etc/logrotate.d/popchain
  zcat "$log.2.gz" | grep -q 'result=ok'
  ! grep -qP '\0' "$log.1" || fail 'NULs in the log'
}
