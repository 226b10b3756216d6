# bats file_tags=libc
# checkpw --separator, --fold-case, --strip-domain and --domain rewrite the
# login before it is looked up, exported and logged.
# Hashes and programs of an inner shell are quoted, LAUNCH is read by login.
# shellcheck disable=SC2016,SC2034

load ../helpers/common
load ../helpers/checkpw

ALL=(--separator %+ --fold-case --strip-domain old.org --domain new.org)
NAMES=(-- sh -c 'echo "$USER $LOGNAME"')

# users LOGIN:SECRET ...: a passwd-file of these.
users() { printf "%s:$MAIL_UID:$MAIL_GID::/usr\n" "$@" >"$T/users"; }

@test "names: all rules together, in their order" {
  users "joe@new.org:$MD5"
  local name
  for name in joe JOE Joe@NEW.org joe%new.org joe+New.Org JOE%OLD.ORG joe@old.org; do
    login "$name" sesame '' PASS "${ALL[@]}" -f "$T/users" "${NAMES[@]}"
    accepted 'joe@new.org joe@new.org'
  done
  login JOE sesamo '' PASS "${ALL[@]}" -f "$T/users"
  refused password joe@new.org
  login JOE sesame '' PASS -v "${ALL[@]}" -f "$T/users"
  accepted
  logged 'event=accept user=joe@new.org '
  for name in joe@other.org joe@ @old.org %; do
    login "$name" sesame '' PASS "${ALL[@]}" -f "$T/users"
    refused unknown '?'
  done
}

@test "names: each option does only its own part" {
  users "joe@b.org:$MD5" "Joe:$MD5" "joe:$MD5"
  login JOE sesame '' PASS --fold-case -f "$T/users" "${NAMES[@]}"
  accepted 'joe joe'
  login Joe sesame '' PASS --domain b.org -f "$T/users"
  refused unknown '?'
  login joe sesame '' PASS --domain b.org -f "$T/users" "${NAMES[@]}"
  accepted 'joe@b.org joe@b.org'
  login Joe@B.org sesame '' PASS --strip-domain a.org,b.org -f "$T/users" "${NAMES[@]}"
  accepted 'Joe Joe'
  login joe+b.org sesame '' PASS --separator % -f "$T/users"
  refused unknown '?'
  login joe+b.org sesame '' PASS --separator %+ -f "$T/users" "${NAMES[@]}"
  accepted 'joe@b.org joe@b.org'
}

@test "names: --fold-case folds the added domain, too" {
  users "joe@new.org:$MD5" "joe@New.ORG:$MD5"
  login JOE sesame '' PASS --fold-case --domain New.ORG -f "$T/users" "${NAMES[@]}"
  accepted 'joe@new.org joe@new.org'
  login joe sesame '' PASS --domain New.ORG -f "$T/users" "${NAMES[@]}"
  accepted 'joe@New.ORG joe@New.ORG'
}

@test "names: APOP and CRAM-MD5 work with a rewritten login" {
  users 'joe@new.org:{PLAIN}tanstaaf' 'tim@new.org:{PLAIN}tanstaaftanstaaf'
  login JOE "$DIGEST" "$DIGEST_STAMP" APOP "${ALL[@]}" -f "$T/users"
  accepted
  login TIM%old.org b913a602c7eda7a495b4e6e7334d3890 \
    '<1896.697170952@postoffice.reston.mci.net>' CRAM-MD5 "${ALL[@]}" -f "$T/users" "${NAMES[@]}"
  accepted 'tim@new.org tim@new.org'
}

@test "names: a cdb finds the rewritten login" {
  users "joe@new.org:$MD5"
  checkpw-mkdb "$T/u.cdb" <"$T/users"
  login JOE%old.org sesame '' PASS "${ALL[@]}" -f "$T/u.cdb" "${NAMES[@]}"
  accepted 'joe@new.org joe@new.org'
}

@test "names: vpopmail finds the rewritten login" {
  mkdir -p "$T/q/users" "$T/d"
  cdb_of "$T/q/users/cdb" '!new.org-' "new.org|$MAIL_UID|$MAIL_GID|$T/d|-||" '' -
  cdb_of_lines "$T/d/vpasswd.cdb" "joe:$MD5:0:0:Joe:/usr:NOQUOTA"
  local name
  for name in JOE joe+new.org joe@OLD.org; do
    login "$name" sesame '' PASS "${ALL[@]}" --vpopmail "$T/q" -- \
      sh -c 'echo "$USER $LOGNAME $VPOPUSER"'
    accepted 'joe joe@new.org joe@new.org'
  done
}

@test "names: with --domain vpopmail's % needs --separator" {
  mkdir -p "$T/q/users" "$T/d"
  cdb_of "$T/q/users/cdb" '!new.org-' "new.org|$MAIL_UID|$MAIL_GID|$T/d|-||" '' -
  cdb_of_lines "$T/d/vpasswd.cdb" "joe:$MD5:0:0:Joe:/usr:NOQUOTA"
  local name
  for name in joe joe@new.org joe%new.org; do
    login "$name" sesame '' PASS --separator % --domain new.org --vpopmail "$T/q"
    accepted
  done
  login joe%new.org sesame '' PASS --vpopmail "$T/q"
  accepted
  login joe%new.org sesame '' PASS --domain new.org --vpopmail "$T/q"
  refused unknown '?'
}

@test "names: system users log in with case and domain removed" {
  make_system root:x:0:0::/root:/bin/sh joe:x:70001:70001:Joe:/usr:/bin/sh
  echo "joe:$MD5:19000:0:99999:7:::" >"$T/etc/shadow"
  printf '%s\n' root:x:0: joe:x:70001: extra:x:70100:joe >"$T/etc/group"
  login JOE%Host.org sesame '' PASS --separator % --fold-case --strip-domain host.org \
    -s -- sh -c 'echo "$USER $(id -G)"'
  accepted 'joe 70001 70100'
  login ROOT sesame '' PASS --fold-case
  refused root root
}

@test "names: --dovecot gets the rewritten login" {
  users "joe@new.org:$MD5"
  login JOE sesame '' PASS --dovecot "${ALL[@]}" -f "$T/users" -- sh -c 'echo "$USER"'
  accepted 'joe@new.org'
}

@test "names: the longest login with the longest domain is refused" {
  users "joe:$MD5"
  login "$(printf 'x%.0s' {1..500})" s '' PASS --domain "$(printf 'd%.0s' {1..255})" -f "$T/users"
  refused unknown '?'
}

@test "names: bad values are told, with exit code 111" {
  local bad long
  long=$(printf 'd%.0s' {1..256})
  users "joe:$MD5"
  # shellcheck disable=SC2054  # lists of domains
  local -a values=(--domain= --domain=@a.org --domain=.org --domain=-a '--domain=a b'
    --domain=a/../b "--domain=$long" $'--domain=a\nb' --strip-domain= --strip-domain=,
    --strip-domain=a.org, --strip-domain=a,,b "--strip-domain=a.org,$long" --separator=
    --separator=@ --separator=a --separator=. --separator=%- '--separator= ' $'--separator=\x80')
  for bad in "${values[@]}"; do
    : >"$LOG"
    login joe sesame '' PASS "$bad" -f "$T/users"
    temporary "bad value for ${bad%%=*}"
  done
  login joe sesame '' PASS -f "$T/users" --domain -- env
  ((status == 111))
  login joe sesame '' PASS --fold-case=yes -f "$T/users"
  temporary 'fold-case'
}
