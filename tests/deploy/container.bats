#!/usr/bin/env bats
# bats file_tags=once
# doc/deploy/container: each instruction of the recipe is carried out on a host,
# in place of an image, and its command is process 1 there.

bats_require_minimum_version 1.5.0
load ../helpers/common
load ../helpers/chain
load ../helpers/tls
load ../helpers/examples
load ../helpers/deploy
load ../helpers/containerfile

teardown() {
  stop_host
  stop_servers
}

@test "container: the recipe's image serves and drains" {
  local instruction package
  needs_root 'it has a host'
  mkdir -p "$T/local/bin"
  make_host
  # The packages are there, and the host has no way to the network.
  write_script bin/apt-get "echo \"\$@\" >>'$T/apt'"
  IMAGE_ENV=() COMMAND=
  while read -r -u 9 instruction; do
    follow "$instruction" >>"$T/out" 2>&1 || fail "$instruction: $(cat "$T/out")"
  done 9< <(instructions "$DEPLOY/container/Containerfile")
  while read -r package; do
    grep -q ": $package\$" "$PROJECT/tests/packages" || fail "no such package: $package"
  done < <(sed -n 's/^install -y --no-install-recommends //p' "$T/apt" | tr ' ' '\n')
  cmp "$T/local/bin/popup" "$HOST/installed/usr/local/bin/popup"

  # As the comments say.
  make_certificate
  install -m 640 -g 995 "$CERT" "$HOST/etc/popchain/pop3.pem"
  start_on_host env "${IMAGE_ENV[@]}" unshare --mount --propagation unchanged \
    --pid --fork --kill-child sh -c "mount -t proc proc /proc && exec $COMMAND"
  serves_with_tls "$LOG"
  speaks_new_tls 995
  # The first process of the container, as podman stop does.
  drains_by "$LOG" on_host pkill -TERM -x popup
}
