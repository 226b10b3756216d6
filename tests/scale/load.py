# SPDX-License-Identifier: ISC
"""Clients that poll, a deliverer, and what must be true of them at the end."""
import collections
import contextlib
import os
import poplib
import random
import threading
import time

import hosts
import shared_fs
from hosts import EDGE, MAIL_ID, Pop3

CLIENT_TIMEOUT = 20
RETRY = 0.2
BROKEN = (OSError, EOFError, poplib.error_proto)


class Client(threading.Thread):
    """One mail client, which remembers the unique ids that it has fetched.

    It stores the first line of each message, which is unique, and the number
    of its lines."""

    def __init__(self, number, keeps, logins):
        super().__init__(daemon=True)
        self.user, self.keeps = f"u{number}", keeps
        self.source = hosts.client_address(number)
        self.logins = logins
        self.delivered = {}  # id: when; written by the deliverer
        self.known, self.deleted = set(), set()  # ids
        self.fetched = []  # messages
        self.missing = self.repeated = self.returned = 0
        self.began, self.connection, self.polls = 0, None, False
        self.stopping = False

    def run(self):
        while not self.stopping:
            try:
                self.poll()
                time.sleep(random.uniform(0, 0.1))
            except BROKEN:
                time.sleep(RETRY)

    def poll(self):
        self.began = began = time.monotonic()
        due = {unique for unique, when in list(self.delivered.items())
               if when < began}
        self.polls = True
        try:
            self.connection = Pop3(EDGE, self.source, CLIENT_TIMEOUT)
            self.connection.log_in(self.user)
            self.logins.succeeded(began)
            self.serve(self.connection, due)
        except BROKEN as error:
            self.logins.broke(began, error)
            raise
        finally:
            if self.connection:
                self.connection.close()
            self.connection, self.polls = None, False

    def serve(self, connection, due):
        ids = connection.ids()
        self.look_at(list(ids.values()), due)
        for number, unique in ids.items():
            if unique not in self.known:
                lines = connection.retr(number)[1]
                self.fetched.append((lines[0].decode(), len(lines)))
                self.known.add(unique)
            if not self.keeps:
                connection.dele(number)
        connection.quit()
        if not self.keeps:
            self.deleted.update(ids.values())

    def look_at(self, ids, due):
        """Counts what is wrong with a session's ids. Those of due had been
        delivered before the session began."""
        listed = set(ids)
        self.repeated += len(ids) - len(listed)
        self.returned += len(self.deleted & listed)
        # A session that was cut may have deleted what it had fetched.
        self.missing += len(due - listed - (set() if self.keeps else self.known))
        if self.keeps:
            self.known &= listed


class Deliverer(threading.Thread):
    """Delivers rate messages a second, each to a random client."""

    def __init__(self, mail, clients, rate):
        super().__init__(daemon=True)
        self.mail, self.clients, self.rate = mail, clients, rate
        self.sent = []
        self.stopping = False

    def run(self):
        due = time.monotonic()
        while not self.stopping:
            self.deliver(random.choice(self.clients))
            due += 1 / self.rate
            time.sleep(max(0, due - time.monotonic()))

    def deliver(self, client):
        first, more = f"Message-Id: <{len(self.sent)}@mx>", random.randint(1, 1000)
        self.sent.append((first, more + 2))
        name = f"{int(time.time())}.Q{len(self.sent)}.mx"
        client.delivered[name] = shared_fs.deliver(
            f"{self.mail}/{client.user}/Maildir", name,
            (f"{first}\n\n" + "text\n" * more).encode(), MAIL_ID)


class Load:
    """The clients, of which every fourth keeps its mail, and the deliverer."""

    def __init__(self, mail, number, rate):
        self.logins = hosts.Logins()
        self.clients = [Client(n, n % 4 == 3, self.logins)
                        for n in range(number)]
        self.deliverer = Deliverer(mail, self.clients, rate)
        self.threads = [self.deliverer, *self.clients]
        self.mail = mail

    def start(self):
        for thread in self.threads:
            thread.start()

    def wait_for_sessions(self):
        """Returns once a quarter of the clients have a connection."""
        enough = max(1, len(self.clients) // 4)
        hosts.wait_until(lambda: len(self._connected()) >= enough, "no load")

    def wait_for_ends(self, before):
        """Returns once the polls that began before that time are over."""
        hosts.wait_until(lambda: all(client.began >= before
                                     for client in self.clients if client.polls),
                         "a connection to the dead host does not end")

    def _connected(self):
        return [client for client in self.clients if client.connection]

    def stop(self):
        """Ends the deliveries, and then each client with a last poll.  Returns
        True if all of them were running until then."""
        all_ran = all(thread.is_alive() for thread in self.threads)
        self.deliverer.stopping = True
        self.deliverer.join()
        for client in self.clients:
            client.stopping = True
        for client in self.clients:
            client.join()
            with contextlib.suppress(*BROKEN):  # self.logins has it
                client.poll()
        return all_ran

    def check_failures(self, findings, cut):
        """Only sessions that were under way when the host was cut off may have
        failed."""
        failed = self.logins.failed
        before = [item for item in failed if item.ended < cut]
        under_way = [item for item in failed if item.began < cut <= item.ended]
        after = [item for item in failed if item.began >= cut]
        findings.figure("sessions cut by the kill", len(under_way))
        findings.check("no session failed before the kill", not before,
                       hosts.with_first(before))
        findings.check(
            "the balancer ends the sessions of a dead host",
            not [item for item in under_way
                 if isinstance(item.error, TimeoutError)],
            "the longest failed after "
            f"{max((item.ended - cut for item in under_way), default=0):.1f} s")
        findings.check("the next connection works: none that began after the "
                       "kill failed", not after, hosts.with_first(after))

    def check_mail(self, findings):
        sent = self.deliverer.sent
        fetched = collections.Counter(message for client in self.clients
                                      for message in client.fetched)
        lost = len(set(sent) - set(fetched))
        findings.check("no message is lost or cut short", lost == 0,
                       f"{lost} of {len(sent)}")
        twice = fetched.total() - len(fetched)
        findings.check("no message is fetched twice", twice == 0,
                       f"{twice} of {fetched.total()}")
        for promise, name in (
                ("a message delivered before a login is in the session", "missing"),
                ("no id stands twice in a session", "repeated"),
                ("no deleted message comes back", "returned")):
            count = sum(getattr(client, name) for client in self.clients)
            findings.check(promise, count == 0, f"{count} times not")
        left = sum(len(os.listdir(f"{self.mail}/{client.user}/Maildir/{folder}"))
                   for folder in ("new", "cur") for client in self.clients
                   if not client.keeps)
        findings.check("what was deleted is gone", left == 0, f"{left} files left")
