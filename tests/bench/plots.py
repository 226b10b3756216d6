# SPDX-License-Identifier: ISC
"""SVG plots by gnuplot."""
import subprocess

import mail as mailbox

HEAD = '''set terminal svg size 860,460 font "sans-serif,13" background "#ffffff"
set output "{output}"
set title "{title}"
set xlabel "{x}"
set ylabel "{y}"
set logscale xy
set format x "10^{{%T}}"
set grid
set key outside right top
set style data linespoints
set pointsize 0.6
'''
COLOURS = {'popchain': '#c0392b', 'popchain -D': '#e67e22',
           'floor': '#7f8c8d', 'dovecot': '#85c1e9',
           'dovecot shared': '#2471a3', 'courier': '#8e44ad',
           'mailfront': '#a9dfbf', 'mailfront nodelay': '#1e8449',
           'solid-pop3d': '#b7950b', 'popa3d': '#34495e'}


def _curve(points):
    return ''.join(f'{x} {y}\n' for x, y in sorted(points))


def _draw(path, title, x, y, curves):
    """Plots curves, {name: [(x, y), ...]}, if there are any; title, x and y are
    texts."""
    curves = {name: points for name, points in curves.items() if points}
    if not curves:
        return
    script = HEAD.format(output=path, title=title, x=x, y=y)
    for i, points in enumerate(curves.values()):
        script += f'$curve{i} << END\n{_curve(points)}END\n'
    script += 'plot ' + ', '.join(
        f'$curve{i} title "{name}" linecolor "{COLOURS.get(name, "black")}" '
        f'linewidth {3 if "popchain" in name else 1.5}'
        for i, name in enumerate(curves)) + '\n'
    subprocess.run(['gnuplot'], input=script, text=True, check=True)


def _medians(data, suite, metric, cases):
    """Each server's curve; cases has the place on the x axis of each case."""
    curves = {}
    for case, x in cases.items():
        for name in data.who(suite, case):
            value = data.median(suite, case, name, metric)
            shown = 'floor' if name.startswith('floor') else name
            if value:
                curves.setdefault(shown, []).append((x, value))
    return curves


def _memory(data):
    curves = {}
    for suite in ('memory', 'held'):
        for case in data.cases(suite):
            for name in data.who(suite, case):
                for figures in data.figures(suite, case, name):
                    curves[name] = [(sessions, pss / 1024) for sessions, pss
                                    in figures.get('samples', []) if pss > 0]
    return curves


def draw(data, folder):
    folder.mkdir(parents=True, exist_ok=True)
    _draw(folder / 'login.svg', 'Time from connect to the reply to STAT',
          'messages in the Maildir, unchanged', 'ms',
          _medians(data, 'size', 'login_stat_ms', mailbox.SIZED))
    _draw(folder / 'retr.svg', 'RETR, one at a time',
          'octets of a message', 'MB/s',
          _medians(data, 'octets', 'mb_per_s', {
              case: size for case, (size, _) in mailbox.BY_OCTETS.items()}))
    _draw(folder / 'memory.svg', 'Memory of idle sessions, 1,000 messages',
          'sessions', 'PSS MiB, all processes', _memory(data))
