# shellcheck shell=bash
# A control group of the test's own, which a systemd may divide.
#
#   make_cgroup             sets CGROUP; skips the test if none can be made
#   remove_cgroup           once its processes have ended

make_cgroup() {
  local tree
  for tree in /sys/fs/cgroup /sys/fs/cgroup/unified; do
    [[ -e $tree/cgroup.controllers ]] || continue
    CGROUP=$tree/popchain-test.$$
    if mkdir "$CGROUP" && (echo "$BASHPID" >"$CGROUP/cgroup.procs"); then return; fi 2>/dev/null
    remove_cgroup
  done
  skip 'this machine: no control group can be made'
}
remove_cgroup() {
  if [[ -d ${CGROUP:-} ]]; then
    find "$CGROUP" -depth -type d -exec rmdir {} \; 2>/dev/null || true
  fi
}
