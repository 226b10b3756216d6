#!/usr/bin/env bats
# maildir-pop3d --login-delay refuses a session that comes too soon after the
# last (RFC 2449 section 6.5).

load ../helpers/common
load ../helpers/pop3d

# greeting [BYTES [DELAY]]: the first line that a session prints.
greeting() {
  pop3d "${1:-}" --login-delay "${2:-3600}" | head -n 1
}

@test "an early session is refused, a later one is served" {
  [[ $(greeting) == '+OK 0 messages'* ]]
  [[ $(greeting) == '-ERR [LOGIN-DELAY] '*3600* ]]
  [[ $(greeting 'QUIT\r\n') == '-ERR [LOGIN-DELAY] '* ]]
  touch -d '30 minutes ago' Maildir/maildir-pop3d.login
  [[ $(greeting) == '-ERR [LOGIN-DELAY] '* ]]
  # A refusal does not start the delay again.
  touch -d '61 minutes ago' Maildir/maildir-pop3d.login
  [[ $(greeting) == '+OK 0 messages'* ]]
  [[ $(greeting) == '-ERR [LOGIN-DELAY] '* ]]
  [[ $(pop3d '' | head -n 1) == '+OK 0 messages'* ]]
  logged 'event=busy cause=delay maildir='
  (! grep -q 'event=fail' "$LOG")
}

@test "a clock set back locks nobody out" {
  [[ $(greeting) == '+OK '* ]]
  touch -d '+1 day' Maildir/maildir-pop3d.login
  [[ $(greeting) == '+OK '* ]]
  [[ $(greeting) == '-ERR [LOGIN-DELAY] '* ]]
}

@test "CAPA lists LOGIN-DELAY only with --login-delay" {
  pop3d 'CAPA\r\n' --login-delay 77 | grep -qx 'LOGIN-DELAY 77'
  (! pop3d 'CAPA\r\n' | grep LOGIN-DELAY)
}

@test "an unwritable maildir-pop3d.login does not prevent a session" {
  chmod 555 Maildir
  [[ $(greeting) == '+OK '* && $(greeting) == '+OK '* ]]
  logged 'event=warning cause=.* errno=13 file=maildir-pop3d.login user='
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
