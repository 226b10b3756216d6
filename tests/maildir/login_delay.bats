#!/usr/bin/env bats
# maildir-pop3d --login-delay (RFC 2449 section 6.5).

load ../helpers/common
load ../helpers/pop3d

greeting() {
  pop3d "${1:-}" --login-delay "${2:-3600}" | head -n 1
}

@test "a session too soon after the last is refused, and later let in" {
  [[ $(greeting) == '+OK 0 messages'* ]]
  [[ $(greeting) == '-ERR [LOGIN-DELAY] '*3600* ]]
  [[ $(greeting 'QUIT\r\n') == '-ERR [LOGIN-DELAY] '* ]]
  touch -d '30 minutes ago' Maildir/maildir-pop3d.login
  [[ $(greeting) == '-ERR [LOGIN-DELAY] '* ]]
  # A refusal does not begin the wait anew.
  touch -d '61 minutes ago' Maildir/maildir-pop3d.login
  [[ $(greeting) == '+OK 0 messages'* ]]
  [[ $(greeting) == '-ERR [LOGIN-DELAY] '* ]]
  [[ $(pop3d '' | head -n 1) == '+OK 0 messages'* ]]
  log_has 'event=busy cause=delay maildir='
  (! grep -q 'event=fail' "$LOG")
}

@test "a clock that was set back locks nobody out" {
  [[ $(greeting) == '+OK '* ]]
  touch -d '+1 day' Maildir/maildir-pop3d.login
  [[ $(greeting) == '+OK '* ]]
  [[ $(greeting) == '-ERR [LOGIN-DELAY] '* ]]
}

@test "CAPA tells the delay only where there is one" {
  pop3d 'CAPA\r\n' --login-delay 77 | grep -qx 'LOGIN-DELAY 77'
  (! pop3d 'CAPA\r\n' | grep LOGIN-DELAY)
}

@test "a Maildir where no file can be kept is served" {
  chmod 555 Maildir
  [[ $(greeting) == '+OK '* && $(greeting) == '+OK '* ]]
  log_has 'event=warning cause=.* errno=13 file=maildir-pop3d.login user='
  chmod 755 Maildir
  ln -s elsewhere Maildir/maildir-pop3d.login
  [[ $(greeting) == '+OK '* ]]
  [[ ! -e elsewhere && ! -e Maildir/elsewhere ]]
}

@test "--login-delay: a bad value is refused" {
  local value
  for value in 0 -1 x ''; do
    run maildir-pop3d -a --login-delay "$value" </dev/null
    ((status == 111))
    [[ $output == *"bad value for --login-delay: $value"* ]]
  done
}
