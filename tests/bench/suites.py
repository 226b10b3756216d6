# SPDX-License-Identifier: ISC
"""The suites: each takes a running server and yields results.

A result is (case, figures). The figures are popbench's, or only `failed`: why
there are none.
"""
import json
import os
import subprocess
from dataclasses import dataclass
from typing import Callable

import mail as mailbox

AT_ONCE = 8  # sessions at a time
HELD = 10000
# popbench's options: accounts that take turns, and the numbers of sessions at
# which it measures the memory.
SMALL_USERS = ('-u', 'u%d', '-U', len(mailbox.SMALL))
IDLE_USERS = ('-u', 'i%d', '-U', len(mailbox.IDLE))
SAMPLED = ('-x', '1,3,10,32,100,316,1000,3162,10000')


class Bench:
    """Runs popbench against one running server."""

    def __init__(self, popbench, running, mail, quick, round_number):
        self.popbench = popbench
        self.running = running
        self.mail = running.setup.mail or mail
        self.quick = quick
        self.round = round_number
        self.cpu = os.sched_getaffinity(0)

    @property
    def setup(self):
        return self.running.setup

    def seconds(self, full):
        return full / 10 if self.quick else full

    def serves(self, account):
        return account not in self.setup.missing

    def on_one_cpu(self):
        """From now on server and client share a CPU."""
        self.cpu = {min(os.sched_getaffinity(0))}
        self.running.keep_to(self.cpu)

    def __call__(self, mode, *options, timeout=120):
        command = [self.popbench, mode, '-P', self.setup.port, '-t', 60,
                   '-w', mailbox.PASSWORD, *self.running.meter_options(),
                   *options]
        try:
            done = subprocess.run([str(word) for word in command], text=True,
                                  capture_output=True, timeout=timeout,
                                  preexec_fn=self._keep_to_cpu)
        except subprocess.TimeoutExpired:
            return {'failed': f'nothing within {timeout} s'}
        if not done.stdout.strip():
            return {'failed': done.stderr.strip()[:200] or 'no answer'}
        return json.loads(done.stdout)

    def _keep_to_cpu(self):
        os.sched_setaffinity(0, self.cpu)


def _small_sessions(bench, script, seconds, *more, warm_up=1):
    """The figures of that many seconds, after a session with each account,
    which may take warm_up seconds together."""
    options = [*SMALL_USERS, '-s', script, '-c', AT_ONCE, *more]
    bench('sessions', *options, '-n', len(mailbox.SMALL), '-T', warm_up)
    return bench('sessions', *options, '-n', 10**6, '-T',
                 bench.seconds(seconds))


def sessions(bench):
    yield 'stat', _small_sessions(bench, 'STAT', 1.5)


def cached(bench):
    """Logins with a password that has been verified lately. The warm-up has
    time for a hash of every account."""
    yield 'stat', _small_sessions(bench, 'STAT', 1.5, warm_up=60)


POLL = ','.join(['STAT', 'LIST', 'UIDL',
                 *(f'RETR {i}' for i in range(1, 11))])


def poll(bench):
    """A client that fetches everything: STAT, LIST, UIDL, RETR."""
    yield 'all', _small_sessions(bench, POLL, 1.5)


def retr1m(bench):
    yield 'alone', bench('retr', '-u', 'r1m', '-T', bench.seconds(0.7))


def retr4k(bench):
    few = ['-u', 'r4k', '-m', 2000, '-T', bench.seconds(0.7)]
    yield 'alone', bench('retr', *few)
    yield 'pipelined', bench('retr', *few, '-p', 32)
    bench.on_one_cpu()
    yield 'one CPU', bench('retr', *few)


def octets(bench):
    """RETR by the size of messages."""
    for account in mailbox.BY_OCTETS:
        if bench.serves(account):
            yield account, bench('retr', '-u', account, '-m', 2000, '-T',
                                 bench.seconds(0.4))


def opening(bench):
    """The first session of a Maildir, and the next one."""
    for account in (mailbox.LARGE, mailbox.WITH_SIZES):
        if not bench.serves(account):
            continue
        if bench.setup.name != 'popa3d':  # it has no index that could be removed
            bench.mail.cool(account)
            yield f'{account} first', bench('open', '-u', account, '-n', 1)
        yield f'{account} again', bench('open', '-u', account, '-n', 2)


def size(bench):
    """Opening an unchanged Maildir, by the number of its messages. A peer takes
    long for the largest one, and opens it once."""
    for account in mailbox.SIZED:
        if not bench.serves(account):
            continue
        if bench.round == 0:
            bench('open', '-u', account, '-n', 1)
        large = account == mailbox.HUGE and bench.setup.kind != 'ours'
        if not large or bench.round == 0:
            yield account, bench('open', '-u', account, '-n',
                                 1 if large else 3)


DELIVERIES = 3


def delivered(bench):
    """Sessions after one message was delivered into a large Maildir."""
    account = mailbox.DELIVERED
    if not bench.serves(account):
        return
    bench('open', '-u', account, '-n', 1)
    for _ in range(DELIVERIES):
        bench.mail.deliver(account)
        yield 'one', bench('open', '-u', account, '-n', 1)


def idle(bench):
    bench('sessions', *IDLE_USERS, '-n', len(mailbox.IDLE))
    yield '1000 messages', bench('idle', *IDLE_USERS, '-c', len(mailbox.IDLE))
    if bench.setup.kind == 'ours':
        bench('open', '-u', mailbox.HUGE, '-n', 1)
        yield '1000000 messages', bench('idle', '-u', mailbox.HUGE, '-c', 32)


def memory(bench):
    """Memory by the number of sessions."""
    count = 20 if bench.quick else 1000
    yield '1000 sessions', bench('idle', *IDLE_USERS, '-c', count, *SAMPLED,
                                 timeout=300)


def held(bench):
    count = 200 if bench.quick else HELD
    yield '10000 sessions', bench(
        'idle', *IDLE_USERS, '-c', count, '-S', 250, '-i', bench.seconds(5),
        *SAMPLED, timeout=300)


TLS_FRONTS = ('popup --tls-helper', 'stunnel', 'hitch', 'haproxy')
TLS_SETUPS = TLS_FRONTS + ('dovecot tls', 'dovecot shared tls')
TLS_CLEAR = ('popchain -D', 'dovecot shared')  # to compare with


def tls(bench):
    """The same work by TLS 1.3 and, by the set-ups of TLS_CLEAR, without."""
    setup = bench.setup
    way = ['-z', 'tls'] if setup.tls else []
    yield 'login', _small_sessions(bench, 'STAT', 1, *way)
    if setup.tls:
        yield 'login resumed', _small_sessions(bench, 'STAT', 1, *way, '-Z')
    if setup.name.endswith(' rsa'):  # the rest costs the same with any key
        return
    if setup.stls_port:
        stls = ['-z', 'stls', '-P', setup.stls_port]
        yield 'stls', _small_sessions(bench, 'STAT', 1, *stls)
        yield 'stls resumed', _small_sessions(bench, 'STAT', 1, *stls, '-Z')
    yield 'poll', _small_sessions(bench, POLL, 1, *way)
    yield 'retr1m', bench('retr', '-u', 'r1m', '-m', 20, '-T',
                          bench.seconds(0.7), *way)
    bench('sessions', *IDLE_USERS, '-n', len(mailbox.IDLE), *way)
    yield 'idle', bench('idle', *IDLE_USERS, '-c', len(mailbox.IDLE), *way)


def exact(bench):
    """Compares the octets announced with those sent, and with the files'."""
    wrong, refused = 0, ''
    for account in mailbox.EXACT:
        if not bench.serves(account):
            continue
        figures = bench('verify', '-q', '-u', account)
        if 'failed' not in figures:
            figures['true_octets'] = bench.mail.octets[account]
            wrong += figures['mismatches']
        else:
            refused = figures['failed']
        yield account, figures
    yield 'all', {'failed': refused} if refused else {'wrong': wrong}


@dataclass
class Suite:
    run: Callable
    about: str
    rounds: int = 3
    servers: tuple = ()  # names; empty: every server that takes the suite


OURS = ('popchain', 'popchain -D')
SIZE_PEERS = ('dovecot shared', 'courier', 'mailfront', 'popa3d')
SUITES = {
    'exact': Suite(exact, 'octets announced and sent', rounds=1),
    'sessions': Suite(sessions, 'short sessions'),
    'cached': Suite(cached, 'logins with a yescrypt password, polled again',
                    servers=('popchain', 'popchain yescrypt',
                             'popchain --cache', 'dovecot shared',
                             'dovecot yescrypt',
                             'dovecot yescrypt auth_cache')),
    'poll': Suite(poll, 'sessions that fetch ten messages'),
    'retr1m': Suite(retr1m, 'RETR of 1 MB messages'),
    'retr4k': Suite(retr4k, 'RETR of 4 KB messages'),
    'opening': Suite(opening, 'opening a Maildir', rounds=2),
    'size': Suite(size, 'opening over the size of a Maildir', rounds=2,
                  servers=OURS + SIZE_PEERS),
    'delivered': Suite(delivered, 'opening after a delivery', rounds=2,
                       servers=OURS + SIZE_PEERS),
    'idle': Suite(idle, 'memory of an idle session', rounds=2),
    'memory': Suite(memory, 'memory over sessions', rounds=1,
                    servers=('dovecot', 'dovecot shared', 'courier',
                             'mailfront', 'solid-pop3d')),
    'held': Suite(held, 'idle sessions held', rounds=1, servers=OURS),
    'octets': Suite(octets, 'RETR over the size of messages', rounds=1,
                    servers=OURS + ('dovecot shared', 'courier', 'popa3d',
                                    'mailfront', 'mailfront nodelay')),
    'tls': Suite(tls, 'logins, polls and messages by TLS', servers=(
        *TLS_CLEAR, *TLS_SETUPS, *(f'{name} rsa' for name in TLS_SETUPS))),
}


def directory_floor(tool, mail):
    """The cost of reading a directory, as the floor of `opening`."""
    for account in (mailbox.LARGE, mailbox.WITH_SIZES):
        done = subprocess.run([tool, mail.maildir(account) / 'cur'],
                              capture_output=True, text=True, check=True)
        yield account, json.loads(done.stdout)
