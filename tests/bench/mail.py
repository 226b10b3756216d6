# SPDX-License-Identifier: ISC
"""The mail that all servers serve: accounts under one folder, all with one uid.

Every Maildir server works on the same Maildirs, one server at a time, so that
their contents and their place on the disk are the same. popa3d gets mboxes
with the same messages, and mailutils, which rewrites messages, its own copy.
Mail is delivered and removed only in DELIVERED.
"""
import hashlib
import os
import subprocess
import time
from pathlib import Path

UID = 65533
PASSWORD = 'pw'

# The accounts.
SMALL = [f'u{i}' for i in range(64)]  # 10 messages each
IDLE = [f'i{i}' for i in range(32)]  # 1,000 messages each
# Accounts by number of messages, for the figures over a Maildir's size.
SIZED = {'o10': 10, 'o100': 100, 'o1000': 1000, 'o10000': 10000,
         'o100000': 100000, 'o1000000': 1000000}
HUGE = 'o1000000'
LARGE = 'o100000'
WITH_SIZES = 'sw10000'  # 10,000 with S= and W= in their names
DELIVERED = 'd100000'  # one message is delivered before each session
# Accounts by size of their messages, 8 to 100 MB each: octets, number.
BY_OCTETS = {'r1k': (1 << 10, 8000), 'r4k': (4096, 10000),
             'r16k': (1 << 14, 1000), 'r64k': (1 << 16, 256),
             'r256k': (1 << 18, 64), 'r1m': (1000000, 100),
             'r4m': (1 << 22, 8)}
# Accounts with odd line ends: more options of mkmaildir.
EXACT = {'exact-lf': (), 'exact-unended': ('-x',), 'exact-crlf': ('-C',)}

# The messages of each account: number, size, more options of mkmaildir.
MESSAGES = {
    **dict.fromkeys(SMALL, (10, 2700)),
    **dict.fromkeys(IDLE, (1000, 'ln:3000:1')),
    **{name: (count, 'ln:3000:1') for name, count in SIZED.items()},
    WITH_SIZES: (10000, 'ln:3000:1', '-S'),
    **{name: (count, size) for name, (size, count) in BY_OCTETS.items()},
    **{name: (60, 'ln:2500:1', '-d', '5', *more)
       for name, more in EXACT.items()}}
# Accounts whose messages are links to those of another account.
LINKED = {**dict.fromkeys(SMALL[1:], SMALL[0]),
          **dict.fromkeys(IDLE[1:], IDLE[0]), HUGE: LARGE, DELIVERED: LARGE}

# The accounts that popa3d gets as mboxes.
MBOXES = [*SMALL, LARGE, 'o1000', 'o10000', 'exact-lf', 'exact-crlf',
          *BY_OCTETS]
# The accounts that are small enough for a copy.
COPIED = [*SMALL, *IDLE, WITH_SIZES, 'r1m', 'r4k', *EXACT]


def as_user():
    """Arguments for subprocess: root makes mail as the user that owns it."""
    if os.geteuid() != 0:
        return {}
    return {'user': UID, 'group': UID, 'extra_groups': []}


def own(path):
    if os.geteuid() == 0:
        os.chown(path, UID, UID)


class Mail:
    """root/NAME/Maildir for each account, root/mbox/NAME for popa3d."""

    def __init__(self, root, tools, quick):
        self.root = Path(root)
        self.mkmaildir = tools / 'mkmaildir'
        self.quick = quick
        self.accounts = [*SMALL, *IDLE, *SIZED, WITH_SIZES, DELIVERED,
                         *BY_OCTETS, *EXACT]
        self.octets = {}  # of each EXACT account, as POP3 has to send them

    def home(self, account):
        return self.root / account

    def maildir(self, account):
        return self.root / account / 'Maildir'

    def scaled(self, count):
        """The number of messages; a quick run makes a hundredth of many."""
        return max(count // 100, 10) if self.quick and count > 100 else count

    def make(self):
        self.root.mkdir(parents=True, exist_ok=True)
        self.root.chmod(0o755)
        for account in self.accounts:
            self.home(account).mkdir(mode=0o755)
            own(self.home(account))
            if account not in LINKED:
                self._run(*self._options(account), self.maildir(account))
        for account, source in LINKED.items():
            self._link(source, account, 10 if account == HUGE else 1)
        for account in EXACT:
            self.octets[account] = self._count_octets(account)
        self._make_mboxes()
        self._make_plain_folders()

    def cool(self, account):
        """Removes the files that servers keep beside the mail, so that the next
        session is like the first one."""
        for entry in os.scandir(self.maildir(account)):
            if entry.is_file(follow_symlinks=False):
                os.unlink(entry.path)

    def _count_octets(self, account):
        """The account's octets on the wire: each line ends with CRLF."""
        total = 0
        for path in (self.maildir(account) / 'cur').iterdir():
            text = path.read_bytes().replace(b'\r\n', b'\n')
            if not text.endswith(b'\n'):
                text += b'\n'
            total += len(text) + text.count(b'\n')
        return total

    def copy(self, name):
        """A copy of the COPIED accounts, for a server that changes mail."""
        other = Mail(self.root.parent / f'mail-{name}', Path(), self.quick)
        other.octets = self.octets
        other.root.mkdir(mode=0o755)
        subprocess.run(['cp', '-a', *(self.home(account)
                                      for account in COPIED), other.root],
                       check=True)
        return other

    def fingerprint(self):
        """A digest of the names and sizes of all mail that must not change.
        HUGE is left out: its files are LARGE's."""
        digest = hashlib.sha256()
        for account in self.accounts:
            if account in (HUGE, DELIVERED):
                continue
            for folder in ('cur', 'new'):
                for entry in sorted(os.scandir(self.maildir(account) / folder),
                                    key=lambda entry: entry.name):
                    digest.update(
                        f'{entry.name} {entry.stat().st_size}\n'.encode())
        return digest.hexdigest()

    def deliver(self, account):
        """Puts a message into new/, as a delivery agent does."""
        maildir = self.maildir(account)
        number = time.time_ns()
        name = f'{number // 10**9}.M{number % 10**9}.delivered'
        temporary = maildir / 'tmp' / name
        temporary.write_text(
            f'From: bench@example.invalid\nSubject: {number}\n\n'
            + 'one more line of text\n' * 100)
        own(temporary)
        temporary.rename(maildir / 'new' / name)

    def _options(self, account):
        count, size, *more = MESSAGES[account]
        return ['-n', self.scaled(count), '-s', size, *more]

    def _run(self, *options):
        subprocess.run([self.mkmaildir, *map(str, options)], check=True,
                       **as_user())

    def _empty(self, account):
        target = self.maildir(account)
        for folder in ('', 'cur', 'new', 'tmp'):
            (target / folder).mkdir(mode=0o700)
            own(target / folder)
        return target / 'cur'

    def _link(self, source, account, times):
        """Makes that many names for each message of source. So HUGE has a
        million names for LARGE's files: only the first sight reads contents."""
        target = os.open(self._empty(account), os.O_DIRECTORY)
        origin = os.open(self.maildir(source) / 'cur', os.O_DIRECTORY)
        for name in sorted(os.listdir(origin)):
            for i in range(times):
                copy = name if i == 0 else name.replace('.bench', f'-{i}.bench')
                os.link(name, copy, src_dir_fd=origin, dst_dir_fd=target)
        os.close(origin)
        os.close(target)

    def _make_mboxes(self):
        folder = self.root / 'mbox'
        folder.mkdir(mode=0o755)
        own(folder)
        for account in MBOXES:
            self._run(*self._options(account), '-m', folder / account)

    def _make_plain_folders(self):
        """Makes the files of the RETR floor: with CRLF, without dots."""
        for account in BY_OCTETS:
            folder = self.root / 'plain' / account
            folder.mkdir(parents=True)
            own(folder)
            self._run(*self._options(account), '-C', folder)
