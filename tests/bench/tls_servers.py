# SPDX-License-Identifier: ISC
"""Sets up TLS: programs in front of popchain, and Dovecot's own TLS."""
import os
import subprocess

import dovecot
from servers import HOST, Setup, Workshop

HELPER = 'couriertls -server -remotefd=0 -localfd=3 -statusfd=4'
HELPER_ID = 65530  # an account of its own, which needs no name
KEYS = {'ecdsa': ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
        'rsa': ['rsa:2048']}


class TlsWorkshop(Workshop):
    """Makes the other set-ups, and each of TLS with either key."""

    def all(self):
        made = super().all()
        for key, algorithm in KEYS.items():
            pem = self._certificate(key, algorithm)
            made += [self._helper(key, pem), self._stunnel(key, pem),
                     self._hitch(key, pem), self._haproxy(key, pem)]
            if os.geteuid() == 0:
                made += self.dovecots_by_tls(key, pem)
        return made

    def _certificate(self, key, algorithm):
        """A file with a certificate and its key, which only root can read."""
        pem = self._write(f'tls/{key}.pem', '', 0o600)
        subprocess.run(
            ['openssl', 'req', '-x509', '-newkey', *algorithm, '-nodes',
             '-days', '30', '-subj', '/CN=bench.example', '-keyout', pem,
             '-out', f'{pem}.crt'], check=True, capture_output=True)
        with pem.open('a') as both:
            both.write(pem.with_name(f'{pem.name}.crt').read_text())
        return pem

    def _name(self, name, key):
        return name if key == 'ecdsa' else f'{name} {key}'

    def _setup(self, name, key, about, commands, port, package, **more):
        return Setup(self._name(name, key), 'tls', f'{about}; {key}', commands,
                     port, package, tls=True, suites=('tls',), **more)

    def _helper(self, key, pem):
        clear, port = next(self.ports), next(self.ports)
        identity = []
        if os.geteuid() == 0:
            identity = ['--tls-user', str(HELPER_ID)]
            own = self._write(f'tls/helper-{key}.pem', pem.read_text(), 0o400)
            os.chown(own, HELPER_ID, HELPER_ID)
            pem = own
        return self._setup(
            'popup --tls-helper', key, 'popup -D --tls-listen with couriertls, '
            'a process a session', [self._popup(
                clear, '--tls-listen', f'{HOST}:{port}', '--tls-helper',
                HELPER, *identity)], port, 'courier-base', stls_port=clear,
            environment={'TLS_CERTFILE': str(pem)})

    def _behind(self, name, key, about, make_command, package):
        """popup -D -P behind a program that speaks TLS."""
        clear, port = next(self.ports), next(self.ports)
        return self._setup(name, key, about, [
            self._popup(clear, '-P', '--tls'), make_command(clear, port)],
            port, package)

    def _stunnel(self, key, pem):
        def command(clear, port):
            ids = 'setuid = stunnel4\nsetgid = stunnel4\n' * (
                os.geteuid() == 0)
            return ['stunnel4', self._write(f'tls/stunnel-{key}.conf', f'''
foreground = yes
pid =
syslog = no
debug = err
{ids}
[pop3s]
accept = {HOST}:{port}
connect = {HOST}:{clear}
protocol = proxy
cert = {pem}
TIMEOUTidle = 3600
''')]
        return self._behind('stunnel', key, 'stunnel, PROXY v1, popup -D -P',
                            command, 'stunnel4')

    def _hitch(self, key, pem):
        def command(clear, port):
            ids = 'user = "_hitch"\ngroup = "_hitch"\n' * (os.geteuid() == 0)
            return ['hitch', '--config', self._write(
                f'tls/hitch-{key}.conf', f'''
frontend = "[{HOST}]:{port}"
backend = "[{HOST}]:{clear}"
pem-file = "{pem}"
workers = {os.cpu_count()}
backlog = 1024
write-proxy-v2 = on
log-level = 0
{ids}''')]
        return self._behind('hitch', key, 'hitch, a worker for each CPU, '
                            'PROXY v2, popup -D -P', command, 'hitch')

    def _haproxy(self, key, pem):
        def command(clear, port):
            ids = 'user haproxy\n  group haproxy' * (os.geteuid() == 0)
            return ['haproxy', '-q', '-db', '-f', self._write(
                f'tls/haproxy-{key}.cfg', f'''
global
  maxconn 4000
  {ids}
defaults
  mode tcp
  timeout connect 5s
  timeout client 1h
  timeout server 1h
listen pop3s
  bind {HOST}:{port} ssl crt {pem}
  server popup {HOST}:{clear} send-proxy-v2
''')]
        return self._behind('haproxy', key, 'haproxy, a thread for each CPU, '
                            'PROXY v2, popup -D -P', command, 'haproxy')

    def dovecots_by_tls(self, key, pem):
        """As Debian sets it up, and with processes that serve everybody."""
        for name, about, services in dovecot.KINDS:
            if name != 'dovecot reuse':
                setup = self._dovecot(name, f'{about}; its own TLS; {key}',
                                      services, pem)
                setup.name = self._name(f'{name} tls', key)
                yield setup
