# SPDX-License-Identifier: ISC
"""Hosts that are namespaces of this machine, and clients that reach them.

The script runs again in namespaces of its own (alone), so that all networks,
mounts and processes end with it.  There it is the edge, 10.77.0.1: balancer,
clients and deliveries.  Each Host has a network, mounts and processes of its
own, and can be killed as a whole, as by a power cut.
"""
import os
import poplib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass

NETWORK = "10.77.0."
EDGE = NETWORK + "1"
FIRST_CLIENT = 101
MAIL_ID = 65533
PASSWORD = "secret"
PATIENCE = 60
ENDING = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
PROGRAMS = ("popup", "checkpw", "checkpw-mkdb", "maildir-pop3d")


def require(needed, build):
    """Ends the script, with the reason, if it lacks something."""
    if os.geteuid() != 0:
        sys.exit("needs root: it makes namespaces")
    missing = [name for name in ("ip", "unshare", "setpriv", *needed)
               if not os.path.exists(name) and not shutil.which(name)]
    if missing:
        sys.exit(f"this machine: no {', '.join(missing)} (tests/setup scale)")
    missing = [name for name in PROGRAMS
               if not os.path.exists(os.path.join(build, "bin", name))]
    if missing:
        sys.exit(f"{build}/bin: no {', '.join(missing)} (make, or --build DIR)")


def alone(needed, build):
    """Returns the folder of this run, inside the namespaces."""
    place = os.environ.get("POPCHAIN_SCALE")
    if place:
        return place
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    require(needed, build)
    namespaces = ["unshare", "--mount", "--net", "--pid", "--fork",
                  "--kill-child", "--mount-proc"]
    if subprocess.run([*namespaces, "ip", "link", "add", "v0", "type", "veth",
                       "peer", "name", "v1"], stderr=subprocess.DEVNULL,
                      check=False).returncode:
        sys.exit("this machine: no network namespaces with veth")
    for number in ENDING:
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    place = tempfile.mkdtemp(prefix="popchain-scale.")
    os.chmod(place, 0o755)
    try:
        # A session of its own: a terminal's Ctrl-C ends this process, and with
        # it the namespaces.
        sys.exit(subprocess.run(
            ["setpriv", "--pdeathsig", "KILL", *namespaces, sys.executable,
             *sys.argv], env={**os.environ, "POPCHAIN_SCALE": place},
            start_new_session=True, check=False).returncode)
    finally:
        for number in ENDING:
            signal.signal(number, signal.SIG_IGN)
        remove(place)


def remove(folder):
    """Tries until it succeeds: a server that is being killed may still make a
    file there."""
    end = time.monotonic() + PATIENCE
    while os.path.exists(folder):
        shutil.rmtree(folder, ignore_errors=time.monotonic() < end)
        time.sleep(0.01)


def run(*words, **options):
    return subprocess.run(words, check=True, **options)


def ip(line):
    run("ip", *line.split())


def make_edge(place, build, clients):
    """The edge's network with an address for each client, and the programs."""
    run("mount", "-t", "tmpfs", "tmpfs", "/run")
    ip("link set lo up")
    ip("link add br0 type bridge")
    ip(f"addr add {EDGE}/24 dev br0")
    for number in range(clients):
        ip(f"addr add {client_address(number)}/24 dev br0")
    ip("link set br0 up")
    for program in PROGRAMS:
        shutil.copy2(os.path.join(build, "bin", program), place)
    os.environ["PATH"] = f"{place}:{os.environ['PATH']}"


def give_to_mail(path):
    run("chown", "-R", f"{MAIL_ID}:{MAIL_ID}", path)


def make_maildir(maildir):
    for folder in ("new", "cur", "tmp"):
        os.makedirs(f"{maildir}/{folder}")
    give_to_mail(os.path.dirname(maildir))


def write_users(place, homes):
    """Makes place/users.cdb, checkpw's accounts, from the home of each user."""
    lines = [f"{user}:{{PLAIN}}{PASSWORD}:{MAIL_ID}:{MAIL_ID}::{home}::\n"
             for user, home in homes.items()]
    run("checkpw-mkdb", f"{place}/users.cdb", input="".join(lines), text=True)


def client_address(number):
    return f"{NETWORK}{FIRST_CLIENT + number}"


class Host:
    """A host at the end of a veth. Its log is the file place/name.log."""

    def __init__(self, place, name, number):
        self.name, self.address = name, f"{NETWORK}{number}"
        self.link, self.log = f"v{number}", f"{place}/{name}.log"
        self.process = None
        ip(f"netns add {name}")
        ip(f"link add {self.link} type veth peer name eth0 netns {name}")
        ip(f"link set {self.link} master br0")
        ip(f"-n {name} link set lo up")
        ip(f"-n {name} addr add {self.address}/24 dev eth0")
        ip(f"-n {name} link set eth0 up")

    def start(self, script, port):
        """Runs the shell script; returns once the port answers."""
        ip(f"link set {self.link} up")
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                ["ip", "netns", "exec", self.name, "unshare", "--mount",
                 "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-ec",
                 script], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_for(self.address, port, self.log, self.process)

    def kill(self):
        """Cuts the host off, then kills all its processes.  Returns the time
        from which on no packet left it."""
        ip(f"link set {self.link} down")
        cut = time.monotonic()
        self.process.kill()
        self.process.wait()
        wait_until(lambda: not run("ip", "netns", "pids", self.name,
                                   capture_output=True).stdout,
                   f"{self.name}: processes are left")
        return cut

    def logs(self, words, patience=10):
        """Does its log have these words, perhaps some seconds from now? A client
        may have its reply before the line is there."""
        end = time.monotonic() + patience
        while True:
            with open(self.log, encoding="utf-8", errors="replace") as log:
                if words in log.read():
                    return True
            if time.monotonic() >= end:
                return False
            time.sleep(0.05)

    def logins(self):
        """The (user, address) of each login that its log names."""
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return re.findall(r"event=login result=ok user=(\S+) mech=PASS "
                              r"ip=(\S+)", log.read())


def start_server(words, port, log, address=EDGE):
    """A server of the edge."""
    with open(log, "ab") as out:
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=out,
                                   stderr=out)
    wait_for(address, port, log, process)


def wait_until(holds, problem):
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            sys.exit(problem)
        time.sleep(0.01)


def wait_for(address, port, log, process):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection((address, port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    with open(log, encoding="utf-8", errors="replace") as lines:
        sys.exit(f"{address}:{port} does not answer:\n{lines.read()[-2000:]}")


class Pop3(poplib.POP3):
    """A connection from the address source; header is sent before all else."""

    def __init__(self, host, source, timeout, header=b""):
        self.source, self.header = source, header
        super().__init__(host, 110, timeout)

    def _create_socket(self, timeout):
        connection = socket.create_connection((self.host, self.port), timeout,
                                              (self.source, 0))
        connection.sendall(self.header)
        return connection

    def log_in(self, user):
        self.user(user)
        self.pass_(PASSWORD)
        return self

    def ids(self):
        """Unique ids by message number."""
        lines = (line.decode().split() for line in self.uidl()[1])
        return {int(number): unique for number, unique in lines}


@dataclass
class Failure:
    """A connection that ended before the reply to its QUIT."""
    began: float
    ended: float
    error: Exception


class Logins:
    """When logins began, and how long each took; shared by all clients."""

    def __init__(self):
        self.lock = threading.Lock()
        self.done = []
        self.failed = []

    def succeeded(self, began):
        with self.lock:
            self.done.append((began, time.monotonic() - began))

    def broke(self, began, error):
        with self.lock:
            self.failed.append(Failure(began, time.monotonic(), error))

    def between(self, start, end):
        return [took for began, took in self.done if start <= began < end]


def summary(took, seconds):
    """Describes the logins of a span of seconds by the time that each took."""
    if not took:
        return "none"
    took = sorted(took)
    median, late = (1000 * took[int(share * len(took))] for share in (.5, .99))
    return (f"{len(took)}, {len(took) / seconds:.0f} a second; ms until +OK: "
            f"median {median:.0f}, 99 % {late:.0f}, longest {1000 * took[-1]:.0f}")


def with_first(items):
    """Their number, and the first one."""
    return f"{len(items)}, {items[0]}" if items else "0"


class Findings:
    """Figures and checks, printed as they come."""

    def __init__(self):
        self.failures = 0

    def figure(self, name, value):
        print(f"{name}: {value}", flush=True)

    def check(self, promise, kept, details=""):
        print(f"{'ok' if kept else 'FAILED'}: {promise}"
              + (f" ({details})" if details else ""), flush=True)
        self.failures += not kept

    def exit(self):
        print("every promise was kept" if self.failures == 0
              else f"promises broken: {self.failures}")
        sys.exit(self.failures != 0)
