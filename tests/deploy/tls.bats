#!/usr/bin/env bats
# bats file_tags=once
# doc/deploy/tls: popup's program for TLS.

bats_require_minimum_version 1.5.0
load ../helpers/common
load ../helpers/chain
load ../helpers/tls
load ../helpers/examples
load ../helpers/deploy

setup() { make_mail_host; }
teardown() {
  stop_host
  stop_servers
}

@test "tls: TLS 1.2 and 1.3, and nothing older" {
  put tls tls
  type_on_host 'exec popup -D --tls-listen :995 --tls-helper /etc/popchain/tls \
    mx.example.org checkpw -f /etc/popchain/users maildir-pop3d -a Maildir'
  speaks_new_tls 110 -starttls pop3
  speaks_new_tls 995
}
