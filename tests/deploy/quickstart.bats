#!/usr/bin/env bats
# bats file_tags=once
# doc/quickstart.md and doc/operate.md, typed line by line in a bare Debian with
# its own systemd.

bats_require_minimum_version 1.5.0
load ../helpers/common
load ../helpers/cgroup
load ../helpers/debian
load ../helpers/debian_boot

PROJECT=$BATS_TEST_DIRNAME/../..

teardown() {
  stop_debian
  stop_servers
}

# pages: the quick start, with operate.md as soon as there are two users.
pages() {
  sed '/^## See who/Q' "$PROJECT/doc/quickstart.md"
  cat "$PROJECT/doc/operate.md"
  sed -n '/^## See who/,$p' "$PROJECT/doc/quickstart.md"
}
# typed <PAGES: prints their commands as one script. A command that asks for a
# password gets tanstaaf, and "changed" under "Change a password".
typed() {
  cat "$BATS_TEST_DIRNAME/../helpers/quickstart-checks"
  echo 'set -ex'
  awk '
    function end_of_heading() { if (heading) print "after \047" heading "\047" }
    /^#/ {
      end_of_heading()
      heading = $0
      gsub(/\047/, "", heading)
      print "before \047" heading "\047"
      password = /Change a password/ ? "changed" : "tanstaaf"
    }
    /^```sh$/ { print "{"; inside = 1; next }
    /^```$/ { if (inside) print "} <<<" password; inside = 0; next }
    inside { print }
    END { end_of_heading() }'
}

@test "operate.md: tables have each event and value of the log" {
  run -0 log-events "$PROJECT"
  [[ -z $output ]] || fail "$output"
}

@test "quickstart.md, operate.md: every command, in a new Debian" {
  needs_debian
  debian_root "$T/root"
  copy_objects "$T/root" # package.bats and setup.bats compile in such a Debian
  echo '127.0.0.1 localhost mx.example.org' >"$T/root/etc/hosts"
  boot_debian "$T/root"
  pages | typed >"$T/root/root/typed"
  booted bash /root/typed >"$T/said" 2>&1 || fail "$(tail -n 60 "$T/said")"
  sed -n 's/^not shown: /# &/p' "$T/said" >&3
  # What the page says is shown.
  (($(grep -c '^It works' "$T/said") >= 2))
  grep -q 'event=deleted id=2' "$T/said"
  grep -q 'event=metrics connections=[1-9]' "$T/said"
  grep -q 'maildir-pop3d: ann 127\.0\.0\.1' "$T/said"
}
