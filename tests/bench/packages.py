# SPDX-License-Identifier: ISC
"""Gets Debian's POP3 servers without a change to the host's services.

tests/setup installs the servers that can be installed together (the `bench:`
lines of tests/packages), and none of their services stays running that was not
running before. courier-pop, popa3d and solid-pop3d exclude one another: they
are downloaded and unpacked under the scratch folder.
"""
import os
import subprocess
from pathlib import Path

UNPACKED = ('courier-pop', 'popa3d', 'solid-pop3d')
SERVICES = ('dovecot', 'courier-authdaemon', 'courier', 'courierfilter',
            'mailutils-pop3d', 'haproxy', 'hitch', 'stunnel4')


def is_running(service):
    """Asks systemd, or else the init script."""
    if Path('/run/systemd/system').is_dir():
        question = ['systemctl', '-q', 'is-active', service]
    elif Path('/etc/init.d', service).exists():
        question = [f'/etc/init.d/{service}', 'status']
    else:
        return False
    return subprocess.run(question, capture_output=True).returncode == 0


def stop(service):
    if Path('/run/systemd/system').is_dir():
        subprocess.run(['systemctl', '-q', 'disable', '--now', service])
    else:
        subprocess.run([f'/etc/init.d/{service}', 'stop'], capture_output=True)


def install(top):
    before = {service for service in SERVICES if is_running(service)}
    subprocess.run([top / 'tests/setup', 'build', 'bench'], check=True)
    for service in SERVICES:
        if service not in before and is_running(service):
            stop(service)


def unpack(folder):
    """Unpacks the peers that cannot be installed as folder/NAME/usr/..."""
    for name in UNPACKED:
        target = folder / name
        target.mkdir(parents=True)
        subprocess.run(['apt-get', '-q', 'download', name], cwd=target,
                       check=True, capture_output=True)
        archive, = target.glob('*.deb')
        subprocess.run(['dpkg-deb', '-x', archive, target], check=True)
        archive.unlink()


def version(name):
    """The version of the package that is installed or would be."""
    query = ['dpkg-query', '-W', '-f', '${Version}', name]
    if name in UNPACKED:
        query = ['apt-cache', 'show', '--no-all-versions', name]
    text = subprocess.run(query, capture_output=True, text=True).stdout
    for line in text.splitlines():
        if line.startswith('Version: '):
            return line.removeprefix('Version: ')
    return text.strip() or 'absent'


def can_have_peers():
    """Peers need root and a mount namespace."""
    return os.geteuid() == 0 and subprocess.run(
        ['unshare', '--mount', 'true'], capture_output=True).returncode == 0
