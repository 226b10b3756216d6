# SPDX-License-Identifier: ISC
"""One tree of Maildirs for all hosts: glusterfs, or else a bind mount.

glusterfs runs without its management daemon: one glusterfsd serves the tree
over TCP, and each host mounts it with a glusterfs of its own.  Its
features/utime makes the mounting host's clock the clock of the file system;
libfaketime sets that clock apart from the machine's.
"""
import glob
import os
import shutil
import subprocess
import sys
import time

PORT = 24907


def volume(name, kind, below=None, **options):
    lines = [f"volume {name}", f"  type {kind}"]
    lines += [f"  option {key.replace('__', '.').replace('_', '-')} {value}"
              for key, value in options.items()]
    if below:
        lines.append(f"  subvolumes {below}")
    return "\n".join(lines + ["end-volume", ""])


class SharedTree:
    """Mounted at place/mail, in each host and at the edge."""

    def __init__(self, place, server, wanted):
        """Takes glusterfs if it is wanted and the machine has it."""
        self.place, self.mail = place, f"{place}/mail"
        self.tree = f"{place}/tree"
        os.mkdir(self.tree)
        os.mkdir(self.mail)
        self.missing = self._find_missing() if wanted else "--fs bind"
        self.is_gluster = not self.missing
        faketime = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
        self.clock_library = faketime[0] if faketime else None
        if self.is_gluster:
            self._write_volumes(server)

    @staticmethod
    def _find_missing():
        """Why there is no glusterfs here, or nothing."""
        if not shutil.which("glusterfsd") or not shutil.which("glusterfs"):
            return "no glusterfs (tests/setup scale)"
        try:
            os.close(os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC))
            return ""
        except OSError as error:
            return f"/dev/fuse: {error.strerror}"

    def _write_volumes(self, server):
        with open(f"{self.place}/server.vol", "w", encoding="ascii") as out:
            out.write(volume("disk", "storage/posix", directory=self.tree,
                             ctime="on")
                      + volume("locks", "features/locks", "disk")
                      + volume("tree", "performance/io-threads", "locks")
                      + volume("server", "protocol/server", "tree",
                               transport_type="tcp",
                               transport__socket__bind_address=server,
                               transport__socket__listen_port=PORT,
                               auth__addr__tree__allow="*"))
        with open(f"{self.place}/client.vol", "w", encoding="ascii") as out:
            out.write(volume("client", "protocol/client",
                             transport_type="tcp", remote_host=server,
                             remote_port=PORT, remote_subvolume="tree")
                      + volume("utime", "features/utime", "client")
                      + volume("stats", "debug/io-stats", "utime",
                               count_fop_hits="on", latency_measurement="on"))

    def name(self):
        if self.is_gluster:
            version = subprocess.run(["glusterfs", "--version"], check=True,
                                     capture_output=True, text=True).stdout
            return f"{' '.join(version.split()[:2])} (FUSE, one server by TCP)"
        return ("none: one local tree bind-mounted into both hosts "
                f"({self.missing})")

    def can_shift_clock(self):
        return bool(self.is_gluster and self.clock_library)

    def server_script(self):
        return f"exec glusterfsd -N -f {self.place}/server.vol -l /dev/stderr"

    def mount_script(self, shift=0):
        """Shell commands; the file system's clock is shift seconds ahead."""
        if not self.is_gluster:
            return f"mount --bind {self.tree} {self.mail}\n"
        clock = ""
        if shift and self.clock_library:
            clock = (f"env LD_PRELOAD={self.clock_library} "
                     f"FAKETIME={shift:+d} FAKETIME_DONT_FAKE_MONOTONIC=1 ")
        return (f"{clock}glusterfs -N -f {self.place}/client.vol "
                f"-l /dev/stderr {self.mail} &\n"
                f"until mountpoint -q {self.mail}; do\n"
                "  kill -0 $! || exit 1\n  sleep 0.05\ndone\n")

    def mount_here(self, log, shift=0):
        with open(log, "ab") as out:
            mounted = subprocess.run(
                ["sh", "-ec", self.mount_script(shift)], check=False,
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, timeout=60)
        if mounted.returncode:
            with open(log, encoding="utf-8", errors="replace") as lines:
                sys.exit(f"{self.mail}: not mounted:\n{lines.read()[-2000:]}")


def deliver(maildir, name, text, owner):
    """Writes a message into tmp/ and renames it into new/, as Maildir demands.
    Returns when."""
    part = f"{maildir}/tmp/{name}"
    with open(part, "xb") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
        os.fchown(out.fileno(), owner, owner)
    os.rename(part, f"{maildir}/new/{name}")
    return time.monotonic()
