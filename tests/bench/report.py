# SPDX-License-Identifier: ISC
"""Turns results.jsonl into performance.md."""
import json
import statistics
import textwrap

from suites import TLS_CLEAR, TLS_FRONTS, TLS_SETUPS
from targets import ROWS


class Data:
    """The results: figures by suite, case, server."""

    def __init__(self, path):
        with open(path) as lines:
            self.head = json.loads(next(lines))
            self.items = [json.loads(line) for line in lines]
        self.kind = {item['name']: item['kind']
                     for item in self.head['servers']}

    def servers(self, kind):
        return [name for name, of in self.kind.items() if of == kind]

    def cases(self, suite):
        return list(dict.fromkeys(item['case'] for item in self.items
                                  if item['suite'] == suite))

    def who(self, suite, case):
        return list(dict.fromkeys(
            item['server'] for item in self.items
            if (item['suite'], item['case']) == (suite, case)))

    def who_cases(self, suite, server):
        return list(dict.fromkeys(
            item['case'] for item in self.items
            if (item['suite'], item['server']) == (suite, server)))

    def figures(self, suite, case, server):
        return [item['figures'] for item in self.items
                if (item['suite'], item['case'], item['server'])
                == (suite, case, server)]

    def values(self, suite, case, server, metric):
        return [figures[metric]
                for figures in self.figures(suite, case, server)
                if metric in figures]

    def median(self, suite, case, server, metric):
        values = self.values(suite, case, server, metric)
        return statistics.median(values) if values else None

    def has(self, suite):
        return any(item['suite'] == suite for item in self.items)

    def reason(self, row, server):
        """Why there are no figures; empty if nothing was tried."""
        return next((item['figures']['failed'] for item in self.items
                     if (item['suite'], item['server']) == (row.suite, server)
                     and item['case'] in (row.case, 'start')
                     and 'failed' in item['figures']), '')

    def wrong(self, server):
        """How many messages, stored with LF as usual, the server announced
        with a wrong size. A server that reads them has none."""
        return self.median('exact', 'exact-lf', server, 'mismatches')

    def best_peer(self, row):
        """(name, median) of the best peer. A row about reading messages leaves
        out peers that announce other sizes than they send."""
        found = []
        for name in self.servers('peer'):
            value = self.median(row.suite, row.case, name, row.metric)
            if value is not None and not (row.exact and self.wrong(name)):
                found.append((value, name))
        if not found:
            return None
        value, name = max(found) if row.higher else min(found)
        return name, value

    def floor(self, row):
        if not row.floor:
            return None
        server, metric = row.floor
        return self.median(row.suite, row.floor_case or row.case, server,
                           metric)


def number(value):
    if value is None:
        return ''
    if abs(value) >= 100 or value == int(value):
        return f'{value:,.0f}'
    return f'{value:.1f}' if abs(value) >= 10 else f'{value:.2f}'


def spread(values):
    """median (least-most)"""
    if not values:
        return ''
    text = number(statistics.median(values))
    if min(values) != max(values):
        text += f' ({number(min(values))}–{number(max(values))})'
    return text


def ratio(value, to):
    return f'{value / to:.2f}' if value is not None and to else ''


def table(head, rows):
    lines = ['| ' + ' | '.join(head) + ' |', '|' + '---|' * len(head)]
    lines += ['| ' + ' | '.join(row) + ' |' for row in rows]
    return '\n'.join(lines) + '\n'


def met(row, value, limit):
    return 'yes' if row.goal.met(value, limit, row.higher) else '**no**'


def target_line(data, row, name):
    """A row's figure by our set-up name, beside floor, best peer and target."""
    floor, peer = data.floor(row), data.best_peer(row)
    value = data.median(row.suite, row.case, name, row.metric)
    left = [row.title + (' †' if row.exact else ''), number(floor),
            f'{number(peer[1])} {peer[0]}' if peer else '', name]
    if value is None:
        return [*left, data.reason(row, name) or 'not measured', '', '',
                row.goal.text, '', '', '']
    scaled = row.goal.scaled(data, row)
    return [*left, f'**{number(value)}**', ratio(value, floor),
            ratio(value, peer and peer[1]), row.goal.text,
            met(row, value, row.goal.limit(data, row)),
            number(scaled), met(row, value, scaled) if scaled else '']


def target_table(data):
    return table(['work', 'floor', 'best peer', 'set-up', 'popchain',
                  'to floor', 'to best peer', 'target', 'met', 'target here',
                  'met'],
                 [target_line(data, row, name) for row in ROWS
                  for name in [*data.servers('ours'), *data.servers('hashed')]
                  if data.has(row.suite) and row.only in ('', name)
                  and (row.only or data.kind[name] == 'ours')])


def detail(data, row):
    """The table of every server's figures for a row."""
    floor, peer = data.floor(row), data.best_peer(row)
    lines = []
    order = [*data.servers('ours'), *data.servers('hashed'),
             *data.servers('peer'), *data.servers('floor')]
    for name in order:
        values = data.values(row.suite, row.case, name, row.metric)
        reason = data.reason(row, name)
        if not values and not reason:
            continue
        middle = statistics.median(values) if values else None
        lines.append([name, str(len(values)), spread(values) or reason,
                      ratio(middle, floor), ratio(middle, peer and peer[1]),
                      *(spread(data.values(row.suite, row.case, name, metric))
                        for metric in row.also)])
    if floor is not None and not any(row.floor[0] == line[0]
                                     for line in lines):
        values = data.values(row.suite, row.floor_case or row.case,
                             row.floor[0], row.floor[1])
        lines.append([f'{row.floor[0]}, {row.floor[1]}', str(len(values)),
                      spread(values), '1.00', ratio(floor, peer and peer[1]),
                      *('' for _ in row.also)])
    return f'### {row.title}\n\n' + table(
        ['server', 'n', row.metric, 'to floor', 'to best peer', *row.also],
        lines)


def exactness(data):
    lines = []
    for name in [*data.servers('ours'), *data.servers('peer')]:
        for case in data.who_cases('exact', name):
            if case == 'all':
                continue
            figures = data.figures('exact', case, name)[0]
            if 'failed' in figures:
                lines.append([name, case, figures['failed'],
                              *[''] * 5])
                continue
            lines.append([name, case, *(number(figures[key]) for key in (
                'messages', 'true_octets', 'list_octets', 'received_octets',
                'mismatches')), 'yes' if figures['stat_ok']
                and figures['uidl_ok'] and not figures['bare_lf'] else 'no'])
    return table(['server', 'corpus', 'messages', 'octets', 'announced',
                  'sent', 'wrong sizes', 'STAT, UIDL, line ends right'],
                 lines)


def wrong_replies(data):
    """The list of wrong answers that clients got while they measured."""
    lines = []
    for item in data.items:
        if item['figures'].get('bad'):
            lines.append(f'- {item["server"]}, {item["suite"]} '
                         f'{item["case"]}: {item["figures"]["bad"]:.0f} '
                         f'{item["figures"].get("error", "")}')
    if data.median('mail', 'unchanged', 'all', 'unchanged') == 0:
        lines.append('- **The mail was not the same after the run: a server '
                     'has changed it.**')
    return '\n'.join(lines) + '\n' if lines else 'None.\n'


def set_ups(data):
    return table(['name', 'version', 'how it runs'],
                 [[item['name'], item['version'] or '', item['about']]
                  for item in data.head['servers']])


# Column: (case, metric).
TLS_COLUMNS = {
    'login': ('login', 'cpu_us_per_session'),
    'resumed': ('login resumed', 'cpu_us_per_session'),
    'share resumed': ('login resumed', 'resumed'),
    'STLS': ('stls', 'cpu_us_per_session'),
    'STLS, resumed': ('stls resumed', 'cpu_us_per_session'),
    'poll': ('poll', 'cpu_us_per_session'),
    'RETR 1 MB: MB/s': ('retr1m', 'mb_per_s'),
    'CPU µs a MB': ('retr1m', 'cpu_us_per_mb'),
    'idle session: PSS KiB': ('idle', 'pss_kib'),
    'at rest: PSS KiB': ('idle', 'base_pss_kib')}
TLS_TEXT = '''## TLS

TLS 1.3 with AES-128-GCM and X25519, ECDSA P-256 or RSA 2048. A login is USER,
PASS, STAT and QUIT, eight at a time, and a poll fetches ten messages; both are
µs of CPU of all the server's processes, with a new handshake unless the column
says "resumed". "Share resumed" is the share of those handshakes that the server
resumed. The first two servers speak no TLS: they are there to compare with.

{table}
{verdict}'''


def tls_section(data):
    """Every set-up's figures by TLS, and a verdict in words."""
    if not data.has('tls'):
        return ''
    names = list(dict.fromkeys(item['server'] for item in data.items
                               if item['suite'] == 'tls'))
    lines = []
    for name in names:
        cells = []
        for case, metric in TLS_COLUMNS.values():
            values = data.values('tls', case, name, metric)
            failed = [figures['failed'] for label in (case, 'start')
                      for figures in data.figures('tls', label, name)
                      if 'failed' in figures]
            cells.append(spread(values) or ''.join(failed[:1]))
        lines.append([name, *cells])
    return TLS_TEXT.format(table=table(['server', *TLS_COLUMNS], lines),
                           verdict=tls_verdict(data)) + '\n'


def tls_verdict(data):
    """Which program in front is the cheapest, and by how much."""
    def login(name):
        return data.median('tls', 'login', name, 'cpu_us_per_session')

    known = sorted((login(name), name) for name in TLS_FRONTS
                   if login(name))
    if len(known) < 2:
        return ''
    least, cheapest = known[0]
    text = (f'In front of popchain {cheapest} is the cheapest, with '
            f'{number(least)} µs a login. ')
    text += 'The others take ' + ', '.join(
        f'{value / least:.2f} times that ({name})'
        for value, name in known[1:]) + '. '
    for name in TLS_SETUPS:
        if name.startswith('dovecot') and login(name):
            text += (f'{name} takes {login(name) / least:.2f} times that. ')
    helper = login(TLS_FRONTS[0])
    if helper and cheapest != TLS_FRONTS[0]:
        text += (
            f'{TLS_FRONTS[0]} needs no second service, and takes '
            f'{number(helper - least)} µs a login more: from '
            f'{number(1e5 / (helper - least))} logins by TLS a second on, '
            f'{cheapest} saves a tenth of a CPU.')
    return '\n'.join(textwrap.wrap(text, 80)) + '\n'


# A row's title: (suite, case, server, metric), or the name of a price of
# floor/prices.cc.
HOST_ROWS = {
    'a fork and the child\'s end, µs': 'fork_us',
    'a vfork, an exec of a small static program and its end, µs': 'exec_us',
    'a page fault, µs': 'fault_us',
    'a system call, µs': 'call_us',
    **{f'session, {name}: CPU µs': ('sessions', 'stat', name,
                                    'cpu_us_per_session')
       for name in ('popchain', *TLS_CLEAR)},
    **{f'login by TLS, {name}: CPU µs': ('tls', 'login', name,
                                         'cpu_us_per_session')
       for name in TLS_SETUPS}}


def remember_host(data, path):
    """Writes the run into its host's column in the file path; returns all
    columns. Figures of suites that were not run stay as they were."""
    columns = json.loads(path.read_text()) if path.exists() else {}
    if 'prices' in data.head:
        when, processor, system, *_ = data.head['machine']
        kernel = next(part for part in system.split(', ')
                      if part.startswith('Linux '))
        column = columns.setdefault(f'{processor}, {kernel}', {})
        column['measured'] = when
        for title, source in HOST_ROWS.items():
            value = (data.head['prices'][source] if isinstance(source, str)
                     else data.median(*source))
            if value is not None:
                column[title] = value
        path.write_text(json.dumps(columns, indent=1, ensure_ascii=False)
                        + '\n')
    return columns


def host_table(columns):
    if not columns:
        return 'None.\n'
    rows = [[title, *(column.get(title) for column in columns.values())]
            for title in HOST_ROWS
            if any(title in column for column in columns.values())]
    return table(['', *columns],
                 [['last measured', *(column['measured']
                                      for column in columns.values())],
                  *([title, *map(number, values)]
                    for title, *values in rows)])


QUICK = '''
**A quick run: little mail and short measurements, to test the benchmark.
These figures mean nothing.**
'''

DOCUMENT = '''# Performance

Written by `{command}`.
{quick}
{machine}

Every server works on the same mail on the same disk, one at a time, in
interleaved rounds; all traffic is on the loopback device and all mail in the
page cache. CPU is the user and system time of all processes of a server, also of
those that have ended (accounting: {accounting}). A figure is the median of its
rounds, with the least and the most in brackets; 1 MB is 10^6 octets. Compare
ratios: absolute figures depend on the machine. "Best peer" is the best set-up of
a server that Debian packages. In a row about reading messages (marked †) only
servers that announce the octets they send take part. "Target here" is a target
that was set on another machine, times the ratio of this machine's floor to that
one's.

## Targets

{targets}
## Plots

![Login over the size of a Maildir](performance/login.svg)

![RETR over the size of messages](performance/retr.svg)

![Memory over sessions](performance/memory.svg)

## All figures

{details}
{tls}## Hosts

What a process costs, measured by `floor/prices.cc`, differs tenfold between
hosts, and most of a login is processes. Each host has a column for its last run.

{hosts}
## Exactness

LIST must announce the octets that RETR sends: the message with CRLF after each
line, also after the last. The corpora are stored with LF, with CRLF, and with
LF but no line end after the last line of every third message.

{exactness}
Wrong replies in the measurements:

{wrong}
## Set-ups

{set_ups}'''


def document(data, columns):
    return DOCUMENT.format(
        command=data.head['command'],
        quick=QUICK if data.head['quick'] else '',
        machine='\n'.join(f'- {line}' for line in data.head['machine']),
        accounting=data.head['accounting'], targets=target_table(data),
        details='\n'.join(detail(data, row) for row in ROWS
                          if row.detail
                          and data.who(row.suite, row.case)),
        tls=tls_section(data), hosts=host_table(columns),
        exactness=exactness(data), wrong=wrong_replies(data),
        set_ups=set_ups(data))
