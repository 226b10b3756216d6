# SPDX-License-Identifier: ISC
"""Dovecot's settings: as Debian sets it up, and two faster ways."""

SETTINGS = '''
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = pop3
{tls}
disable_plaintext_auth = no
first_valid_uid = 1
default_client_limit = 4000
default_process_limit = 2000
mail_max_userip_connections = 20000
mail_location = maildir:~/Maildir
passdb {{
{passdb}
}}
userdb {{
{users}
}}
{services}'''

USERS = '''  driver = passwd-file
  args = {folder}/users'''
PAM = '''  driver = pam
  args = cache_key=%u other'''

LISTENERS = '''inet_listener pop3 {{
    address = 127.0.0.1
    port = {port}
  }}
  inet_listener pop3s {{
    address = 127.0.0.1
    port = {tls_port}
    ssl = yes
  }}'''

DEFAULT = '''
service pop3-login {{
  process_limit = 2000
  {listeners}
}}
service pop3 {{
  process_limit = 2000
}}'''
AUTH_CACHE = 'auth_cache_size = 10M\n'
TUNED = '\n' + AUTH_CACHE + '''pop3_no_flag_updates = yes
maildir_very_dirty_syncs = yes
mail_fsync = never
default_vsz_limit = 4G
service pop3-login {{
  service_count = 0
  process_min_avail = 2
  client_limit = 4000
  {listeners}
}}
'''
REUSE = TUNED + '''
service pop3 {{
  service_count = 0
  client_limit = 1
  process_min_avail = 8
  process_limit = 2000
}}'''
SHARED = TUNED + '''
service pop3 {{
  service_count = 0
  client_limit = 4000
  process_min_avail = 2
  process_limit = 2
}}'''

# Name, how it runs, services.
KINDS = (
    ('dovecot', 'as Debian sets it up, a process a session; '
     'passwd-file {PLAIN}', DEFAULT),
    ('dovecot reuse', 'a process a session, used again; '
     'auth cache, lazy Maildir checks', REUSE),
    ('dovecot shared', 'two processes for all sessions; '
     'auth cache, lazy Maildir checks', SHARED))
# The auth cache does not serve the passdb passwd-file, so these use PAM.
HASHED_KINDS = (
    ('dovecot yescrypt', 'dovecot shared, with PAM and yescrypt, without auth '
     'cache', SHARED.replace(AUTH_CACHE, '')),
    ('dovecot yescrypt auth_cache', 'dovecot shared, with PAM and yescrypt',
     SHARED))


def settings(folder, services, ports, pem, passdb):
    """The text of dovecot.conf. ports are those of POP3 and POP3S; pem is the
    certificate with its key, or None for no TLS."""
    port, tls_port = ports
    return SETTINGS.format(
        folder=folder, passdb=passdb.format(folder=folder),
        users=USERS.format(folder=folder),
        tls=f'ssl = yes\nssl_cert = <{pem}\nssl_key = <{pem}' if pem
        else 'ssl = no',
        services=services.format(listeners=LISTENERS.format(
            port=port, tls_port=tls_port)))
