# SPDX-License-Identifier: ISC
"""Sets up each server: ours, Debian's, and the floors.

Every set-up writes its files under one scratch folder and names the commands
that start it and stay in the foreground. If a peer has files at fixed places, it
sees ours there, in a mount namespace of its own (in-namespace).
"""
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import dovecot
import mail as mailbox

HERE = Path(__file__).parent
HOST = '127.0.0.1'
# "pw" by traditional crypt: the cheapest hash, for servers that must have one.
HASH = 'abzlUXK5ed5rs'
FIRST_PORT = 11110

# Name, how it runs, whether tcpserver listens, the programs.
FLOORS = (
    ('chain', 'tcpserver and three static programs with canned replies', True,
     ('frontend', 'checker', 'transaction')),
    ('broker', 'the same, the first program with popup\'s processes', True,
     ('broker', 'checker', 'transaction')),
    ('broker -D', 'the same with a listener of its own', False,
     ('broker', 'checker', 'transaction')),
    ('loop -D', 'the same with one process for listener and brokers', False,
     ('loop', 'checker', 'transaction')),
    ('process', 'tcpserver and one static program with canned replies', True,
     ('session',)),
    ('epoll', 'one process for everyone, no isolation, canned replies', False,
     ('epoll',)))


@dataclass
class Setup:
    name: str
    kind: str  # ours, hashed (ours, with hashes of passwords), peer, floor, tls
    about: str  # for the report
    commands: list  # all are started; the last one is the server
    port: int = 0
    package: str = ''
    environment: dict = field(default_factory=dict)
    suites: tuple = ()  # only these; empty: every one
    without: tuple = ()  # not these
    missing: frozenset = frozenset()  # accounts that it cannot serve
    mail: object = None  # its own copy, unless it uses the common mail
    tls: bool = False  # the port speaks TLS at once
    stls_port: int = 0  # offers STLS

    def takes(self, suite):
        return suite not in self.without and (
            not self.suites or suite in self.suites)


class Workshop:
    """Makes the set-ups."""

    def __init__(self, scratch, mail, programs, unpacked):
        """programs is a folder with ours and the floors, unpacked one with the
        peers that are not installed. The mail's user may execute both."""
        self.scratch = Path(scratch)
        self.mail = mail
        self.bin = programs
        self.unpacked = unpacked
        self.ports = iter(range(FIRST_PORT, FIRST_PORT + 100))
        self.scratch.mkdir(parents=True, exist_ok=True)
        self.scratch.chmod(0o755)
        self.uid = mailbox.UID if os.geteuid() == 0 else os.geteuid()
        self.users = self._write('users', self._lines(
            '{{PLAIN}}{password}', fields=8), 0o600)
        self.yescrypt = self._yescrypt()
        self.hashed_users = self._write('hashed-users', self._lines(
            self.yescrypt, fields=8), 0o600)

    def all(self):
        made = [*self.ours(), *self.hashed(), *self.floors()]
        if os.geteuid() == 0:
            made += self.peers()
        return made

    def peers(self):
        self._make_system_files()
        return [*self.dovecots(), *self.mailfronts(), self.courier(),
                self.mailutils(), self.solid(), self.popa3d()]

    # --- Files -----------------------------------------------------------

    def _write(self, name, text, mode=0o644):
        path = self.scratch / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        return path

    def _yescrypt(self):
        made = subprocess.run([self.bin / 'checkpw-hash', '-m', 'yescrypt'],
                              input=mailbox.PASSWORD + '\n', text=True,
                              capture_output=True, check=True).stdout.strip()
        return made.removeprefix('{CRYPT}')

    def _lines(self, secret, fields=7):
        """The lines of a passwd(5), or with eight fields of a passwd-file."""
        secret = secret.format(password=mailbox.PASSWORD)
        return ''.join(
            f'{name}:{secret}:{self.uid}:{self.uid}:'
            f':{self.mail.home(name)}:/bin/sh{":" * (fields - 7)}\n'
            for name in self.mail.accounts)

    def _make_system_files(self):
        """Writes passwd, shadow and PAM's files for peers that ask the system
        for accounts."""
        own = ''.join(f'{name}:x:{uid}:{uid}::/nonexistent:/bin/false\n'
                      for name, uid in (('popa3d', 65531), ('spop3d', 65532)))
        self._write('etc/passwd', Path('/etc/passwd').read_text() + own
                    + self._lines('x'))
        self._write('etc/group', Path('/etc/group').read_text() +
                    'popa3d:x:65531:\nspop3d:x:65532:\n')
        for shadow, hashed in (('etc/shadow', HASH),
                               ('etc/shadow-yescrypt', self.yescrypt)):
            self._write(shadow, Path('/etc/shadow').read_text() + ''.join(
                f'{name}:{hashed}:19000:0:99999:7:::\n'
                for name in self.mail.accounts), 0o600)
        for service in ('other', 'pop3', 'pop3d', 'popa3d', 'solid-pop3d',
                        'gnu-mailutils'):
            self._write(f'etc/pam.d/{service}', 'auth required pam_unix.so\n'
                        'account required pam_unix.so\n')

    def _in_namespace(self, command, places=()):
        """The command, started where /etc has our passwd, shadow, group and
        pam.d. places has more pairs of a source and its place."""
        binds = [f'{self.scratch}/etc/{name}:/etc/{name}'
                 for name in ('passwd', 'shadow', 'group', 'pam.d')]
        binds += [f'{source}:{place}' for source, place in places]
        return [HERE / 'in-namespace', *binds, '--', *command]

    def _all_but(self, accounts):
        return frozenset(self.mail.accounts) - frozenset(accounts)

    def _tcpserver(self, port, *command, options=()):
        return ['tcpserver', '-R', '-H', '-l0', '-c', '20000', '-b', '1024',
                *options, HOST, str(port), *command]

    # --- Ours ------------------------------------------------------------

    def _chain(self):
        return ['bench.example', self.bin / 'checkpw', '-f', self.users,
                self.bin / 'maildir-pop3d', '-a', 'Maildir']

    def _popup(self, port, *options):
        return [self.bin / 'popup', '-D', '-l', f'{HOST}:{port}', '-c',
                '20000', '-C', '20000', '--per-user', '20000', '--min-delay',
                '0', '-b', '1024', *options, *self._chain()]

    def ours(self):
        port = next(self.ports)
        yield Setup('popchain', 'ours', 'tcpserver, popup, checkpw -f, '
                    'maildir-pop3d; {PLAIN}',
                    [self._tcpserver(port, self.bin / 'popup', *self._chain())],
                    port)
        port = next(self.ports)
        yield Setup('popchain -D', 'ours', 'the same chain behind popup -D; '
                    '{PLAIN}',
                    [self._popup(port)], port)

    def hashed(self):
        """The chain of `popchain', with yescrypt in place of {PLAIN}."""
        for name, about, options in (
                ('popchain yescrypt', 'popchain, with yescrypt', ()),
                ('popchain --cache', 'the same, with checkpw --cache',
                 ('--cache', self.scratch / 'cache'))):
            port = next(self.ports)
            yield Setup(name, 'hashed', about, [self._tcpserver(
                port, self.bin / 'popup', 'bench.example',
                self.bin / 'checkpw', *options, '-f', self.hashed_users,
                self.bin / 'maildir-pop3d', '-a', 'Maildir')],
                port, suites=('cached',))

    # --- Floors ----------------------------------------------------------

    def floors(self):
        for name, about, under_tcpserver, programs in FLOORS:
            port = next(self.ports)
            first, *more = [self.bin / f'floor-{program}'
                            for program in programs]
            if name == 'broker':
                more.insert(0, '-')  # in place of a port of its own
            yield Setup(f'floor: {name}', 'floor', about, [
                self._tcpserver(port, first, *more) if under_tcpserver
                else [first, str(port), *more]], port,
                suites=('sessions', 'idle') if name == 'chain'
                else ('sessions',))
        for account in mailbox.BY_OCTETS:
            port, size = next(self.ports), account.removeprefix('r')
            folder = self.mail.root / 'plain' / account / 'cur'
            yield Setup(f'floor: files {size}', 'floor',
                        'open, read, write of files stored as they are sent',
                        [self._tcpserver(port, self.bin / 'floor-retr',
                                         folder)], port,
                        # Two of the sizes have a suite of their own.
                        suites=('octets', f'retr{size}'),
                        missing=self._all_but([account]))

    # --- Peers -----------------------------------------------------------

    def dovecots(self):
        for name, about, services in dovecot.KINDS:
            yield self._dovecot(name, about, services)
        for name, about, services in dovecot.HASHED_KINDS:
            setup = self._dovecot(name, about, services, passdb=dovecot.PAM)
            setup.suites = ('cached',)
            setup.commands = [self._in_namespace(
                setup.commands[0], [(f'{self.scratch}/etc/shadow-yescrypt',
                                     '/etc/shadow')])]
            yield setup

    def _dovecot(self, name, about, services, pem=None, passdb=dovecot.USERS):
        port = next(self.ports)
        tls_port = next(self.ports) if pem else 0
        folder = self.scratch / (name.replace(' ', '-')
                                 + (f'-{pem.stem}' if pem else ''))
        for part in ('run', 'state'):
            (folder / part).mkdir(parents=True, exist_ok=True)
        config = self._write(
            f'{folder.name}/dovecot.conf', dovecot.settings(
                folder, services, (port, tls_port), pem, passdb))
        shutil.copy(self.users, folder / 'users')
        shutil.chown(folder / 'users', 'dovecot')
        setup = Setup(name, 'peer', about, [['dovecot', '-F', '-c', config]],
                      port, 'dovecot-pop3d')
        if pem:
            setup.kind, setup.tls, setup.suites = 'tls', True, ('tls',)
            setup.port, setup.stls_port = tls_port, port
        return setup

    def mailfronts(self):
        table = self._write('mailfront/passwd', self._lines('{password}'),
                            0o600)
        server = ('pop3front-auth', f'cvm-local:{self.scratch}/mailfront/cvm',
                  'pop3front-maildir', 'Maildir')
        helper = ['cvm-pwfile', f'cvm-local:{self.scratch}/mailfront/cvm']
        environment = {'CVM_PWFILE_PATH': str(table),
                       'CVM_PWFILE_PWCMP': 'plain'}
        for name, about, options, suites in (
                ('mailfront', 'tcpserver, pop3front-auth, pop3front-maildir, '
                 'cvm-pwfile as a daemon', (), ()),
                ('mailfront nodelay', 'the same under tcpserver -D '
                 '(TCP_NODELAY)', ('-D',),
                 ('poll', 'retr1m', 'retr4k', 'octets'))):
            port = next(self.ports)
            yield Setup(name, 'peer', about, [
                helper, self._tcpserver(port, *server, options=options)],
                port, 'mailfront', environment, suites)

    def courier(self):
        port = next(self.ports)
        lines = ''.join(
            f'{name}\tuid={self.uid}|gid={self.uid}|home='
            f'{self.mail.home(name)}|pop3pw={HASH}\n'
            for name in self.mail.accounts)
        self._write('courier/userdb', lines, 0o600)
        self._write('courier/authdaemonrc', '''
authmodulelist="authuserdb"
authmodulelistorig="authuserdb"
daemons=5
authdaemonvar=/run/courier/authdaemon
DEBUG_LOGIN=0
''')
        socket = self.scratch / 'courier-run'
        (socket / 'authdaemon').mkdir(parents=True, exist_ok=True)
        programs = self.unpacked / 'courier-pop/usr/lib/courier/courier'
        script = (
            'makeuserdb && set -a && . /etc/courier/authdaemonrc && '
            '{ /usr/lib/courier/courier-authlib/authdaemond & } && '
            f'exec couriertcpd -address={HOST} -maxprocs=2000 -maxperip=2000 '
            f'-nodnslookup -noidentlookup {port} {programs}/courierpop3login '
            f'{programs}/courierpop3d Maildir')
        return Setup('courier', 'peer', 'couriertcpd, courierpop3login, '
                     'courierpop3d; authdaemond (userdb), crypt',
                     [self._in_namespace(['sh', '-c', script], [
                         (self.scratch / 'courier', '/etc/courier'),
                         (socket, '/run/courier')])],
                     port, 'courier-pop')

    def mailutils(self):
        port = next(self.ports)
        mail = self.mail.copy('mailutils')
        config = self._write('mailutils.conf', f'''
mode daemon;
foreground yes;
max-children 2000;
server {HOST}:{port} {{
  single-process no;
}};
mailbox {{
  mailbox-type maildir;
  mailbox-pattern "maildir:{mail.root}/${{user}}/Maildir";
}};
auth {{
  authentication pam;
  authorization system;
}};
pam {{
  service pop3d;
}};
mandatory-locking {{
  enable no;
}};
''')
        return Setup('mailutils', 'peer', 'its own daemon, a fork a session; '
                     'PAM, crypt', [self._in_namespace([
                         '/usr/sbin/pop3d', '--no-config',
                         f'--config-file={config}'])],
                     port, 'mailutils-pop3d', mail=mail,
                     missing=self._all_but(mailbox.COPIED))

    def solid(self):
        port = next(self.ports)
        config = self._write('spop3d.conf', '''<Global>
MailDropName "Maildir"
MailDropType maildir
LogStatistics no
AutoLogoutTime 1h
AddBulletins no
</Global>
''')
        program = self.unpacked / 'solid-pop3d/usr/sbin/solid-pop3d'
        return Setup('solid-pop3d', 'peer', 'tcpserver; PAM, crypt',
                     [self._in_namespace(self._tcpserver(
                         port, program, '-f', config))],
                     port, 'solid-pop3d',
                     missing=frozenset((mailbox.LARGE, mailbox.HUGE,
                                        mailbox.DELIVERED)))

    def popa3d(self):
        port = next(self.ports)
        chroot = self.scratch / 'var-lib/popa3d'
        chroot.mkdir(parents=True, exist_ok=True)
        program = self.unpacked / 'popa3d/usr/sbin/popa3d'
        return Setup('popa3d', 'peer', 'tcpserver; PAM, crypt; mboxes of the '
                     'same messages', [self._in_namespace(
                         self._tcpserver(port, program), [
                             (self.mail.root / 'mbox', '/var/mail'),
                             (chroot.parent, '/var/lib')])],
                     port, 'popa3d', without=('idle',),
                     missing=self._all_but(mailbox.MBOXES))
