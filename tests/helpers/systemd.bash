# shellcheck shell=bash
# A real systemd on the host of helpers/examples, as process 1 of a container that
# has the host's files and network.
#
#   start_systemd           sets SYSTEMD_PID; stop_systemd ends it
#   in_systemd COMMAND...   runs there
#   follow_journal          keeps the chain's lines of the journal in $JOURNAL
#
# Needs helpers/common, cgroup and examples.

# $1 is the host's root, $2 the test's folder. All of the container's own units are
# in /etc/systemd/system: Debian's would change the machine.
# shellcheck disable=SC2016  # for the inner shell
BOOT_SYSTEMD='
  host=$1 test=$2
  mount --rbind "$host" "$host" && cd "$host" &&
  mount -t proc proc proc && mount --bind proc/sys proc/sys &&
  mount -o remount,ro,bind proc/sys &&
  mount -t sysfs -o ro sysfs sys &&
  mount -t cgroup2 cgroup2 sys/fs/cgroup &&
  mount -t tmpfs tmpfs run &&
  pivot_root . old && umount -l /old || exit
  cd /
  exec env -i container=popchain PATH=/usr/sbin:/usr/bin \
    SYSTEMD_UNIT_PATH=/etc/systemd/system /lib/systemd/systemd --system \
    --unit=multi-user.target --show-status=no --log-target=console'

start_systemd() {
  local units=$HOST/etc/systemd/system unit
  make_cgroup
  for unit in sysinit basic sockets shutdown multi-user; do
    printf '%s\n' '[Unit]' 'DefaultDependencies=no' >"$units/$unit.target"
  done
  printf '%s\n' 'Wants=systemd-journald.service' 'After=systemd-journald.service' >>"$units/sysinit.target"
  printf '%s\n' 'Requires=sysinit.target' 'After=sysinit.target' >>"$units/basic.target"
  printf '%s\n' 'Requires=basic.target' 'Wants=sockets.target' >>"$units/multi-user.target"
  cp /lib/systemd/system/systemd-journald{.service,.socket} "$units/"
  echo ReadKMsg=no >>"$HOST/etc/systemd/journald.conf"
  mkdir -p "$HOST"/{old,sys}
  echo 0123456789abcdef0123456789abcdef >"$HOST/etc/machine-id"
  # shellcheck disable=SC2016  # for the inner shell
  nsenter --target "$HOST_PID" --mount --net bash -c '
    echo $$ >"$1/cgroup.procs" && shift &&
    exec unshare --mount --propagation private --pid --fork --kill-child \
      --cgroup --uts --ipc bash -c "$@"' - "$CGROUP" "$BOOT_SYSTEMD" \
    systemd "$HOST" "$T" >"$T/systemd.log" 2>&1 3>&- &
  SYSTEMD_PARENT=$!
  child_of "$SYSTEMD_PARENT"
  SYSTEMD_PID=$CHILD
  wait_until in_systemd systemctl is-active multi-user.target ||
    fail "$(cat "$T/systemd.log")"
}
stop_systemd() {
  if [[ -n ${SYSTEMD_PARENT:-} ]]; then
    kill -KILL "${SYSTEMD_PID:-$SYSTEMD_PARENT}" || true
    wait "$SYSTEMD_PARENT" 2>/dev/null || true
  fi
  remove_cgroup
}
in_systemd() { nsenter --target "$SYSTEMD_PID" --all env -i PATH=/usr/sbin:/usr/bin "$@"; }

follow_journal() {
  JOURNAL=$HOST/journal
  background in_systemd sh -c 'while sleep 0.3; do
    journalctl --quiet --identifier=popup --output=cat >/journal.new &&
      mv /journal.new /journal
  done'
  wait_until test -e "$JOURNAL"
}
