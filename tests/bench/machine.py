# SPDX-License-Identifier: ISC
"""Describes the machine of the figures."""
import json
import os
import platform
import subprocess
import time
from pathlib import Path


def _first(path, key):
    for line in Path(path).read_text().splitlines():
        if line.startswith(key):
            return line.split(':', 1)[1].strip()
    return 'unknown'


def _output(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True,
                              check=False).stdout.strip()
    except OSError:
        return ''


def prices(tool):
    """What a fork, an exec, a page fault and a system call take here; tool is
    floor/prices.cc."""
    return json.loads(subprocess.run([tool], capture_output=True, text=True,
                                     check=True).stdout)


def describe():
    """Lines for the head of the report."""
    memory = int(_first('/proc/meminfo', 'MemTotal').split()[0]) >> 20
    system = platform.freedesktop_os_release().get('PRETTY_NAME', 'Linux')
    guest = _output('systemd-detect-virt', '--vm') or 'unknown virtualization'
    compiler = (_output('gcc', '--version').splitlines() or ['no gcc'])[0]
    load = os.getloadavg()[0]
    return [
        time.strftime('%Y-%m-%d %H:%M'),
        f'{os.cpu_count()} CPUs: {_first("/proc/cpuinfo", "model name")}'
        f' ({guest}), {memory} GiB',
        f'{system}, Linux {platform.release()}, {compiler}',
        f'load when it began: {load:.2f}',
    ]
