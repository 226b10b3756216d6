# SPDX-License-Identifier: ISC
"""Turns results.jsonl into performance.md."""
import json
import statistics

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
        """Why there are no figures, or nothing if it was not tried."""
        return next((item['figures']['failed'] for item in self.items
                     if (item['suite'], item['server']) == (row.suite, server)
                     and item['case'] in (row.case, 'start')
                     and 'failed' in item['figures']), '')

    def wrong(self, server):
        """The number of messages stored in the usual way that were announced
        with a wrong size, by a server that does not read them."""
        return self.median('exact', 'exact-lf', server, 'mismatches')

    def best_peer(self, row):
        """(name, median) of the best peer. In a row about reading messages,
        only peers that announce the octets they send take part."""
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
    """The table of ours, the floor, the best peer and the target."""
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
    """The list of wrong answers in the measurements."""
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
page cache. CPU is user and system time of every process of a server, of those
that are gone as well (accounting: {accounting}). A figure is the median of its
rounds, with the least and the most in brackets; 1 MB is 10^6 octets. Ratios
count, absolute figures belong to the machine. "Best peer" is the best of the
servers that Debian packages, each in every set-up listed below; where a row is
about reading messages (marked †) the best of those that do, and announce the
octets they send. "Target here" is a target that was set beside another
machine's floor, times what the floor is here to what it was there.

## Targets

{targets}
## Plots

![Login over the size of a Maildir](performance/login.svg)

![RETR over the size of messages](performance/retr.svg)

![Memory over sessions](performance/memory.svg)

## All figures

{details}
## Exactness

The octets that LIST announces have to be those that RETR sends: the message
with CRLF line ends, one behind its last line included. The corpora are stored
with LF, with CRLF, and without a line end at the end of every third message.

{exactness}
Wrong replies in the measurements:

{wrong}
## Set-ups

{set_ups}'''


def document(data):
    return DOCUMENT.format(
        command=data.head['command'],
        quick=QUICK if data.head['quick'] else '',
        machine='\n'.join(f'- {line}' for line in data.head['machine']),
        accounting=data.head['accounting'], targets=target_table(data),
        details='\n'.join(detail(data, row) for row in ROWS
                          if row.detail
                          and data.who(row.suite, row.case)),
        exactness=exactness(data), wrong=wrong_replies(data),
        set_ups=set_ups(data))
