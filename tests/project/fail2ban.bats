#!/usr/bin/env bats
# bats file_tags=once
# doc/deploy/fail2ban's filter counts denied logins against the client's
# address, and nothing else, as Debian's fail2ban-regex shows.

bats_require_minimum_version 1.5.0

setup() {
  load ../helpers/common
  FILTER=$BATS_TEST_DIRNAME/../../doc/deploy/fail2ban/filter.d/popchain.conf
}

# failures LOGFILE: prints the address of each failure, in order, on one line.
failures() {
  TZ=UTC fail2ban-regex -o ip "$1" "$FILTER" 2>"$T/fail2ban.err" | tr '\n' ' '
}
# denied ADDRESS: prints popup's line of a denied login.
denied() {
  echo "popup: sid=4f21.67 event=login result=denied mech=PASS ip=$1 port=4711 tls=- try=2"
}
forged='popup: sid=1.1 event=login result=denied mech=PASS ip=198.51.100.9 port=1 tls=- try=1'

@test "a denied login counts with every logger's prefix" {
  {
    echo "@400000006560c1f50ab2e1a4 $(denied 192.0.2.1)"
    echo "2023-11-24_15:30:45.12345 $(denied 192.0.2.2)"
    echo "2023-11-24T15:30:45.12345 $(denied 192.0.2.3)"
    echo "2023-11-24 15:30:45.123456789  $(denied 192.0.2.4)"
    echo "Nov 24 15:30:45 mail $(denied 192.0.2.5 | sed 's/popup/&[4321]/')"
    echo "2023-11-24T15:30:45.123456+01:00 mail $(denied 192.0.2.6 | sed 's/popup/&[4321]/')"
    echo "mail $(denied 192.0.2.7 | sed 's/popup/&[4321]/')"
    echo "2023-11-24T15:30:45.123456+01:00 mail popup[4321]: $(denied 192.0.2.8)"
    denied 2001:db8::9
  } >"$T/lines"
  run -0 failures "$T/lines"
  [ "$output" = '192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 192.0.2.5 192.0.2.6 192.0.2.7 192.0.2.8 2001:db8::9 ' ]
}

@test "the time of a failure is read from the line" {
  {
    echo "@400000006560c1f50ab2e1a4 $(denied 192.0.2.1)"
    echo "2023-11-24_15:32:05.12345 $(denied 192.0.2.1)"
    echo "2023-11-24 15:32:05.123456789  $(denied 192.0.2.1)"
    echo "2023-11-24T16:32:05.123456+01:00 mail $(denied 192.0.2.1)"
  } >"$T/lines"
  TZ=UTC fail2ban-regex -o '<time>' "$T/lines" "$FILTER" >"$T/times"
  [ "$(sed 's/\..*//' "$T/times" | sort -u)" = 1700839925 ]
  [ "$(wc -l <"$T/times")" -eq 4 ]
}

@test "only a denied login counts" {
  {
    for result in ok temporary timeout gone denied2 'denied,ok'; do
      denied 192.0.2.1 | sed "s/denied/$result/"
    done
    denied - # a pipe has no address
    denied 192.0.2.1 | sed 's/login/connect/'
    denied 192.0.2.1 | sed 's/popup/checkpw/'
    denied 192.0.2.1 | sed 's/popup/popup-D/'
    denied 192.0.2.1 | sed 's/popup/xpopup/'
    echo 'checkpw: sid=4f21.67 event=refuse cause=password user=joe ip=192.0.2.1'
    echo 'tcpserver: pid 1 from 192.0.2.1'
  } >"$T/lines"
  run -0 failures "$T/lines"
  [ "$output" = '' ]
}

@test "no value is mistaken for a line, a field or an address" {
  # shellcheck disable=SC2028  # backslashes are meant as they stand
  {
    echo "checkpw: $forged"
    echo "checkpw: fatal: bad option: $forged"
    echo "maildir-pop3d: sid=4f21.67 event=close reason=quit user=\"x\\x0a$forged\" ip=192.0.2.1"
    echo "popup: sid=4f21.67 event=login result=ok user=\"x event=login result=denied ip=198.51.100.9\" mech=PASS ip=192.0.2.1 port=1 tls=- try=1"
    echo "popup: sid=4f21.67 event=command line=\"USER $forged\""
    echo "popup: sid=4f21.67 event=login result=\"denied ip=198.51.100.9\" ip=192.0.2.1 port=1 tls=- try=1"
    echo "Nov 24 15:30:45 mail sshd[9]: Invalid user $forged"
    echo "Nov 24 15:30:45 mail login[9]: $forged"
    echo "@400000006560c1f50ab2e1a4 tcpserver: status: $forged"
    # These are denials, but only of 192.0.2.n.
    echo 'popup: sid=4f21.67 event=login result=denied user="x\" ip=198.51.100.9 y" mech=PASS ip=192.0.2.2 port=1 tls=- try=1'
    echo 'popup: sid=4f21.67 event=login result=denied user="x\\" mech=PASS ip=192.0.2.3 port=1 tls=- try=1'
    echo 'popup: sid=4f21.67 event=login result=denied mech=PASS ip=192.0.2.4 port=1 tls="ip=198.51.100.9 " try=1'
    # These were cut, or popup does not write such lines.
    echo 'popup: sid=4f21.67 event=login result=denied mech=PASS ip=198.51.100'
    echo 'popup: sid=4f21.67 event=login result=denied mech=PASS ip=198.51.100.9 port=1 tls="'
    echo 'popup: sid=4f21.67 event=login result=denied user=x" ip=198.51.100.9 port=1'
    echo 'popup: sid=4f21.67 event=login result=denied mech=PASS ip=example.org port=1 tls=- try=1'
  } >"$T/lines"
  run -0 failures "$T/lines"
  [ "$output" = '192.0.2.2 192.0.2.3 192.0.2.4 ' ]
}

@test "popup's log of hostile clients: only its denials count" {
  # Only the password "good" is right, and a user may have any name.
  cat >"$T/checker" <<'END'
#!/usr/bin/env bash
mapfile -d '' -t fields <&3
[[ ${fields[1]} == good ]] || exit 1
eval "printf x >&$POPUP_STATUSFD"
END
  chmod +x "$T/checker"
  serve popup -d -w 0 test.host "$T/checker"
  quoted="x\" $forged"
  broken=$(printf '\0x\n%s\n\0%s' "$forged" good | base64 -w0)
  for name in "$forged" "$quoted" "x\\\\\" ip=198.51.100.9"; do
    transcript "USER $name\r\nPASS wrong\r\nUSER $name\r\nPASS good\r\n" \
      >>"$T/answers"
  done
  transcript "$forged\r\nNOOP $forged\r\nAUTH PLAIN $broken\r\n" >>"$T/answers"
  wait_until has_logins 4
  sed 's/^/2023-11-24_15:30:45.12345 /' "$LOG" >"$T/lines"
  run -0 failures "$T/lines"
  [ "$output" = '127.0.0.1 127.0.0.1 127.0.0.1 ' ]
}
# has_logins COUNT: the log has COUNT successful logins, one of a name with a line
# end.
has_logins() {
  [ "$(grep -c 'event=login result=ok' "$LOG")" -eq "$1" ] &&
    in_log 'result=ok user="x\\x0apopup: sid=1.1'
}

@test "nmap's pop3-brute: wrong guesses count, its hit does not" {
  load ../helpers/chain
  make_account
  serve "${CHAIN[@]}"
  printf '%s\n' joe admin >"$T/names"
  printf '%s\n' a b secret c >"$T/words"
  nmap -Pn -p "$PORT" --script +pop3-brute --script-args \
    "userdb=$T/names,passdb=$T/words" 127.0.0.1 >"$T/nmap"
  grep -q "joe:secret - Valid credentials" "$T/nmap" || fail "$(cat "$T/nmap")"
  sed 's/^/2023-11-24_15:30:45.12345 /' "$LOG" >"$T/lines"
  run -0 failures "$T/lines"
  denials=$(grep -c '^popup: .*result=denied' "$LOG")
  [ "$denials" -ge 5 ]
  [ "$(grep -c '^popup: .*result=ok' "$LOG")" -eq 1 ]
  [ "$(wc -w <<<"$output")" -eq "$denials" ]
}

@test "the right password over --per-user does not count" {
  load ../helpers/chain
  load ../helpers/listener
  make_account
  # shellcheck disable=SC2034  # for listen
  SUBPROGRAM=(checkpw -f "$USERS" maildir-pop3d -a Maildir)
  listen -l 127.0.0.1:0 --per-user 1
  log_in
  log_in secret '-ERR \[IN-USE\]*'
  log_in wrong '-ERR \[AUTH\]*'
  logged 'result=denied user=joe .* cause=sessions$'
  logged 'result=denied mech=PASS .* try=1$'
  sed 's/^/2023-11-24_15:30:45.12345 /' "$LOG" >"$T/lines"
  run -0 failures "$T/lines"
  [ "$output" = '127.0.0.1 ' ] || fail "counted: $output"
}

@test "fail2ban accepts the jail" {
  mkdir -p "$T/etc"
  cp -r /etc/fail2ban/. "$T/etc/"
  cp -r "$BATS_TEST_DIRNAME"/../../doc/deploy/fail2ban/. "$T/etc/"
  rm -f "$T/etc/jail.d/defaults-debian.conf"
  denied 192.0.2.1 >"$T/current"
  sed -i "s|^logpath *=.*|logpath = $T/current|" "$T/etc/jail.d/popchain.conf"
  run -0 fail2ban-client -c "$T/etc" -d
  [[ $output == *"'add', 'popchain'"* ]]
  [[ $output == *"['set', 'popchain', 'addlogpath', '$T/current'"* ]]
}
