# shellcheck shell=bash
# A whole session with the message of deliver_one.
#
#   step COMMAND PATTERN              sends the command; its reply begins with such a line
#   fetches_and_deletes SIZE NAME [LINE]      fetches the message, deletes it, quits
#
# Needs helpers/common and helpers/chain.

step() {
  send "$1"
  expect "$2"
}

# One command at a time, because some programs read past the line of PASS. LINE is
# the empty line that qmail-pop3d and others add to a message.
fetches_and_deletes() {
  log_in
  step STAT "+OK 1 $1"
  step LIST '+OK*'
  expect "1 $1"
  expect .
  step UIDL '+OK*'
  expect "1 $2"
  expect .
  step 'RETR 1' '+OK*'
  local line
  for line in 'Subject: one' '' 'first line' 'second line' "${@:3}" .; do
    expect "$line"
  done
  step 'DELE 1' '+OK*'
  step QUIT '+OK*'
  expect_end
  wait_until is_empty
}
