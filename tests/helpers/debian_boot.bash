# shellcheck shell=bash
# The Debian of helpers/debian, booted by its own systemd, with a network and
# processes of its own.
#
#   boot_debian FOLDER      sets DEBIAN_PID, the pid of its systemd; there
#                           apt-get still reaches the mirror
#   stop_debian
#   booted COMMAND...       runs it there as root, in /root
#
# Needs helpers/common and cgroup.

# $1 is the root, $2 the network in which apt-get finds the mirror.
# shellcheck disable=SC2016  # for the inner shell
DEBIAN_BOOT='
  set -e
  mount --bind "$1" "$1"
  cd "$1"
  mount -t proc proc proc
  mount -t sysfs -o ro sysfs sys
  mount -t cgroup2 cgroup2 sys/fs/cgroup
  for folder in run tmp dev; do mount -t tmpfs tmpfs "$folder"; done
  for device in null zero full random urandom tty; do
    : >"dev/$device"
    mount --bind "/dev/$device" "dev/$device"
  done
  mkdir dev/pts dev/shm
  mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
  ln -s pts/ptmx dev/ptmx
  ln -s /proc/self/fd dev/fd
  : >run/outside
  mount --bind "$2" run/outside
  ip link set lo up
  pivot_root . mnt
  umount -l mnt
  exec env -i container=popchain PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    /lib/systemd/systemd --system --log-target=journal --show-status=no'

boot_debian() {
  local root=$1
  # The mirror is reached through the network outside.
  printf '#!/bin/sh\nexec nsenter --net=/run/outside /usr/bin/apt-get "$@"\n' \
    >"$root/usr/local/sbin/apt-get"
  chmod +x "$root/usr/local/sbin/apt-get"
  make_cgroup
  {
    echo "$BASHPID" >"$CGROUP/cgroup.procs"
    exec unshare --net --mount --propagation private --pid --ipc --uts --cgroup \
      --fork --kill-child bash -c "$DEBIAN_BOOT" boot "$root" "/proc/$$/ns/net"
  } >"$T/boot" 2>&1 3>&- &
  DEBIAN_PARENT=$!
  child_of "$DEBIAN_PARENT"
  DEBIAN_PID=$CHILD
  wait_until is_up || fail "$(cat "$T/boot")"
}
# A kernel may lack what some unit needs.
is_up() { [[ $(booted systemctl is-system-running) =~ ^(running|degraded)$ ]]; }
stop_debian() {
  if [[ -n ${DEBIAN_PID:-} ]]; then kill -KILL "$DEBIAN_PID"; fi
  if [[ -n ${DEBIAN_PARENT:-} ]]; then wait "$DEBIAN_PARENT" || true; fi
  remove_cgroup
}
booted() {
  nsenter --target "$DEBIAN_PID" --all --root 3>&- env -i -C /root \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin HOME=/root TERM=dumb "$@"
}
