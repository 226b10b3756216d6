# SPDX-License-Identifier: ISC
"""Starts and ends servers, each in a cgroup of its own.

The cgroup counts the CPU time of a server's processes, also of those that have
ended, and lists the processes that are left. If no cgroup is writable, the
process tree below the server's first process takes its place, with the times
from wait4.
"""
import os
import signal
import socket
import ssl
import subprocess
import time
from pathlib import Path

CONTROLLERS = ('/sys/fs/cgroup/cpuacct', '/sys/fs/cgroup/cpu,cpuacct',
               '/sys/fs/cgroup/unified', '/sys/fs/cgroup')


def cgroup_root():
    """The first hierarchy that accounts for CPU and is writable, or None."""
    for root in CONTROLLERS:
        probe = Path(root, f'popbench-probe-{os.getpid()}')
        try:
            probe.mkdir()
        except OSError:
            continue
        usable = (probe / 'cpuacct.usage').exists() or (
            (probe / 'cpu.stat').exists()
            and 'usage_usec' in (probe / 'cpu.stat').read_text())
        probe.rmdir()
        if usable:
            return Path(root)
    return None


def children_of(pid):
    try:
        text = Path(f'/proc/{pid}/task/{pid}/children').read_text()
    except OSError:
        return []
    return [int(word) for word in text.split()]


class Running:
    """A running server: `with Running(setup, root):`."""

    def __init__(self, setup, root):
        self.setup = setup
        self.cgroup = root and root / f'popbench-{os.getpid()}-{setup.name}'
        self.started = []

    def __enter__(self):
        if self.cgroup:
            self.cgroup.mkdir(exist_ok=True)
        for command in self.setup.commands:
            self.started.append(subprocess.Popen(
                [str(word) for word in command], stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                env={'PATH': os.environ['PATH'], 'LC_ALL': 'C',
                     **self.setup.environment},
                start_new_session=True, preexec_fn=self._enter_cgroup))
        try:
            self._wait_for_greeting()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _enter_cgroup(self):
        if self.cgroup:
            (self.cgroup / 'cgroup.procs').write_text(str(os.getpid()))

    def meter_options(self):
        """The options by which popbench reads this server's use."""
        if self.cgroup:
            return ['-G', str(self.cgroup)]
        return ['-R', str(self.started[-1].pid)]

    def pids(self):
        if self.cgroup:
            text = (self.cgroup / 'cgroup.procs').read_text()
            return [int(word) for word in text.split()]
        found = [process.pid for process in self.started
                 if process.poll() is None]
        for pid in found:
            found.extend(children_of(pid))
        return found

    def keep_to(self, cpus):
        """From now on the server runs only on these CPUs."""
        for pid in self.pids():
            os.sched_setaffinity(pid, cpus)

    def _connect(self):
        client = socket.create_connection(('127.0.0.1', self.setup.port),
                                          timeout=3)
        if not self.setup.tls:
            return client
        anyone = ssl.create_default_context()
        anyone.check_hostname = False
        anyone.verify_mode = ssl.CERT_NONE
        return anyone.wrap_socket(client)

    def _wait_for_greeting(self):
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            try:
                with self._connect() as client:
                    if client.recv(3) == b'+OK':
                        client.sendall(b'QUIT\r\n')
                        time.sleep(0.3)
                        return
            except OSError:
                pass
            time.sleep(0.05)
        raise RuntimeError(f'{self.setup.name} does not answer')

    def __exit__(self, *_):
        for wanted, wait in ((signal.SIGTERM, 0.3), (signal.SIGTERM, 1),
                             (signal.SIGKILL, 1), (signal.SIGKILL, 5)):
            for pid in self.pids():
                try:
                    os.kill(pid, wanted)
                except ProcessLookupError:
                    pass
            deadline = time.monotonic() + wait
            while self._any_left() and time.monotonic() < deadline:
                time.sleep(0.02)
        for process in self.started:
            process.wait()
        if self.cgroup:
            self._remove_cgroup()

    def _any_left(self):
        for process in self.started:
            process.poll()
        return bool(self.pids())

    def _remove_cgroup(self):
        for _ in range(50):  # the last members may still be on their way out
            try:
                self.cgroup.rmdir()
                return
            except OSError:
                time.sleep(0.1)
