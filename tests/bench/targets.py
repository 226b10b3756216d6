# SPDX-License-Identifier: ISC
"""The targets of popchain, row by row, and the place of a row's figures."""
from dataclasses import dataclass


@dataclass
class Goal:
    """At most (or at least, if more is better) a value, or a multiple of the
    figure of another server, of the floor or of another case of ours."""
    text: str
    value: float = 0
    times: float = 0
    of: str = ''  # a server, or 'floor'
    also: float = 0  # 'floor': and at most this
    floor: float = 0  # the floor when the value was set

    def limit(self, data, row):
        """The figure to reach, or None if a figure that it needs is unknown."""
        if not self.of:
            return self.value
        base = data.floor(row) if self.of == 'floor' else data.median(
            row.suite, row.case, self.of, row.metric)
        if base is None:
            return self.also or None
        limit = base * self.times
        return min(limit, self.also) if self.also else limit

    def scaled(self, data, row):
        """The value scaled by this machine's floor, or None if the floor of the
        time when it was set is unknown."""
        here = data.floor(row)
        return self.value * here / self.floor if self.floor and here else None

    @staticmethod
    def met(value, limit, higher):
        if limit is None:
            return False
        return value >= limit if higher else value <= limit


@dataclass
class SameAs:
    """No worse than another case of the same server, within its noise."""
    text: str
    case: str
    times: float

    def limit(self, data, row):
        ours = [data.median(row.suite, self.case, name, row.metric)
                for name in data.servers('ours')]
        known = [value for value in ours if value is not None]
        return max(known) * self.times if known else None

    def scaled(self, _data, _row):
        return None

    met = staticmethod(Goal.met)


@dataclass
class Row:
    title: str
    suite: str
    case: str
    metric: str
    goal: object
    floor: tuple = ()  # (server, metric)
    floor_case: str = ''
    higher: bool = False  # more is better
    exact: bool = False  # only peers that announce the octets they send
    also: tuple = ()  # more columns of the detailed table
    only: str = ''  # only for this set-up of ours; empty: for both
    detail: bool = True  # has a table of every server


SHARED = 'dovecot shared'
FILES_1M, FILES_4K = 'floor: files 1m', 'floor: files 4k'
DIRECTORY = 'floor: directory'
STEPS = ('login_ms', 'stat_ms', 'list_ms', 'uidl_ms', 'quit_ms')

ROWS = [
    Row('Session USER PASS STAT QUIT, 10 messages, 8 at a time: CPU µs',
        'sessions', 'stat', 'cpu_us_per_session',
        Goal('≤ 0.8 × Dovecot shared', times=0.8, of=SHARED),
        floor=('floor: chain', 'cpu_us_per_session'), only='popchain',
        also=('sessions_per_s', 'p50_us', 'p99_us')),
    Row('The same by popup -D: CPU µs', 'sessions', 'stat',
        'cpu_us_per_session',
        Goal('≤ 0.6 × Dovecot shared', times=0.6, of=SHARED),
        floor=('floor: chain', 'cpu_us_per_session'), only='popchain -D',
        detail=False),
    Row('Login with a yescrypt password, polled again: CPU µs a session',
        'cached', 'stat', 'cpu_us_per_session',
        Goal('≤ 1.15 × a plain secret', times=1.15, of='popchain'),
        only='popchain --cache', also=('sessions_per_s', 'p50_us', 'p99_us')),
    Row('Poll: STAT LIST UIDL and RETR of all 10: CPU µs', 'poll', 'all',
        'cpu_us_per_session',
        Goal('≤ 0.7 × Dovecot shared', times=0.7, of=SHARED),
        also=('sessions_per_s', 'p99_us')),
    Row('Poll: µs that a client waits, 8 at a time', 'poll', 'all', 'p50_us',
        Goal('≤ Dovecot shared', times=1, of=SHARED)),
    Row('RETR of 1 MB: MB/s', 'retr1m', 'alone', 'mb_per_s',
        Goal('≥ 1500', 1500, floor=3732), floor=(FILES_1M, 'mb_per_s'),
        higher=True),
    Row('RETR of 1 MB: CPU µs a MB', 'retr1m', 'alone', 'cpu_us_per_mb',
        Goal('≤ 350', 350, floor=153), floor=(FILES_1M, 'cpu_us_per_mb')),
    Row('RETR of 4 KB, one at a time: messages/s', 'retr4k', 'alone',
        'messages_per_s', Goal('≥ 50,000', 50000, floor=118896),
        floor=(FILES_4K, 'messages_per_s'), higher=True),
    Row('RETR of 4 KB, one at a time: CPU µs each', 'retr4k', 'alone',
        'cpu_us_per_message', Goal('≤ 12', 12, floor=5.0),
        floor=(FILES_4K, 'cpu_us_per_message')),
    Row('The same, server and client on one CPU: messages/s', 'retr4k',
        'one CPU', 'messages_per_s', Goal('≥ 50,000', 50000, floor=118896),
        floor=(FILES_4K, 'messages_per_s'), higher=True),
    Row('The same, server and client on one CPU: CPU µs each', 'retr4k',
        'one CPU', 'cpu_us_per_message', Goal('≤ 12', 12, floor=5.0),
        floor=(FILES_4K, 'cpu_us_per_message')),
    Row('RETR of 4 KB, 32 pipelined: MB/s', 'retr4k', 'pipelined', 'mb_per_s',
        Goal('≥ 500', 500, floor=708), floor=(FILES_4K, 'mb_per_s'),
        higher=True),
    Row('RETR of 4 KB, 32 pipelined: CPU µs a MB', 'retr4k', 'pipelined',
        'cpu_us_per_mb', Goal('≤ 1500', 1500, floor=976),
        floor=(FILES_4K, 'cpu_us_per_mb')),
    Row('Open 100,000 messages, unchanged: CPU ms to the end of STAT',
        'opening', 'o100000 again', 'cpu_stat_ms', Goal('≤ 1', 1, floor=25),
        floor=(DIRECTORY, 'readdir_ms'), floor_case='o100000',
        also=('login_ms', 'stat_ms')),
    Row('The same with LIST and UIDL, whole session: CPU ms', 'opening',
        'o100000 again', 'cpu_ms', Goal('≤ 25', 25), also=STEPS),
    Row('1,000,000 messages, unchanged: CPU ms to the end of STAT', 'size',
        'o1000000', 'cpu_stat_ms',
        SameAs('as for 10 messages, within noise', 'o10', 1.15),
        also=('login_ms', 'stat_ms', 'cpu_ms')),
    Row('100,000 in cur/, one delivered to new/: CPU ms to the end of STAT',
        'delivered', 'one', 'cpu_stat_ms', Goal('≤ 3', 3),
        also=('login_ms', 'stat_ms', 'cpu_ms')),
    Row('First sight of 100,000 messages: CPU ms, whole session', 'opening',
        'o100000 first', 'cpu_ms',
        Goal('≤ 600 and ≤ 1.2 × the floor', times=1.2, of='floor', also=600),
        floor=(DIRECTORY, 'read_ms'), floor_case='o100000', exact=True,
        also=STEPS),
    Row('First sight of 10,000 with S= and W= in the names: CPU ms',
        'opening', 'sw10000 first', 'cpu_ms', Goal('≤ 12', 12, floor=7.3),
        floor=(DIRECTORY, 'stat_ms'), floor_case='sw10000', also=STEPS),
    Row('Memory of an idle session, 1,000 messages: PSS KiB', 'idle',
        '1000 messages', 'pss_kib', Goal('≤ 80', 80, floor=33),
        floor=('floor: chain', 'pss_kib'),
        also=('private_kib', 'kernel_kib', 'processes', 'held')),
    Row('The same with 1,000,000 messages: PSS KiB', 'idle',
        '1000000 messages', 'pss_kib', Goal('≤ 80', 80),
        also=('private_kib', 'kernel_kib', 'processes', 'held')),
    Row('Idle sessions held', 'held', '10000 sessions', 'alive_after',
        Goal('≥ 10,000', 10000), higher=True,
        also=('login_s', 'pss_kib', 'kernel_kib')),
    Row('Messages of three corpora whose announced size is wrong', 'exact',
        'all', 'wrong', Goal('0')),
]
