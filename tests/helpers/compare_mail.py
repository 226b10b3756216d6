#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""compare_mail.py CLIENT MAILDIR FOLDER

Exits 0 if FOLDER (one file for each message that CLIENT stored) holds exactly
the messages of MAILDIR, byte for byte, each once; else says which are wrong.
Messages are sent with CR LF after each line, even the last. CLIENT is "wire"
for files with the bytes of the wire, or one of the clients that change mail.
Their changes are listed below and applied to the expected text; any other
difference is an error.
"""
import email
import os
import re
import sys


def wire(text):
    """The bytes that RETR sends, without dot-stuffing."""
    text = text.replace(b"\r\n", b"\n")
    if text and not text.endswith(b"\n"):
        text += b"\n"
    return text.replace(b"\n", b"\r\n")


def mpop(text):
    """CR LF becomes LF."""
    return wire(text).replace(b"\r\n", b"\n")


def curl(text):
    """An empty message becomes an empty line."""
    return wire(text) or b"\r\n"


FETCHMAIL_HEADER = (b"From: FETCHMAIL-DAEMON\nTo: nobody@HOST\nSubject: "
                    b"Headerless mail from joe's mailbox on 127.0.0.1\n")


def fetchmail(text):
    """Removes each CR and a From_ line; adds the empty line to a header
    without a body, and a header to a message without one."""
    text = wire(text).replace(b"\r", b"")
    if text.startswith(b"From "):
        text = text.partition(b"\n")[2]
    if not text or text.startswith(b"\n"):
        return FETCHMAIL_HEADER + (text or b"\n")
    return text if b"\n\n" in text else text + b"\n"


def undo_fetchmail(text):
    """Replaces this host's name by HOST; removes the NUL, the stray byte and
    the LF that fetchmail 6.4 puts after every 8191 bytes of a line."""
    text = re.sub(rb"\A(From: FETCHMAIL-DAEMON\nTo: )[^@\n]+@\S+",
                  rb"\1nobody@HOST", text)
    return re.sub(rb"([^\n]{8191})\0.\n", rb"\1", text, flags=re.DOTALL)


def getmail(text):
    """Adds a Return-Path and parses the message by Python's email package,
    which changes only malformed messages."""
    message = email.message_from_bytes(mpop(text))
    policy = message.policy.clone(linesep="\n")
    return b"Return-Path: <unknown>\n" + message.as_bytes(policy=policy)


CLIENTS = {function.__name__: function
           for function in (wire, curl, mpop, fetchmail, getmail)}
UNDO = {"fetchmail": undo_fetchmail}


def files(folder):
    for root, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(root, name), "rb") as file:
                yield name, file.read()


def main():
    client, maildir, folder = sys.argv[1:]
    stored = CLIENTS[client]
    undo = UNDO.get(client, lambda text: text)
    wanted = [(name, stored(text)) for part in ("new", "cur")
              for name, text in files(os.path.join(maildir, part))]
    got = [undo(text) for _, text in files(folder)]
    wrong = []
    for name, text in sorted(wanted):
        if text in got:
            got.remove(text)
        else:
            wrong.append(f"not fetched as it is: {name}: {text[-200:]!r}")
    wrong += [f"not in the Maildir: {text[-200:]!r}" for text in got]
    if not wanted:
        wrong.append("no messages to compare")
    if wrong:
        print("\n".join(wrong[:20]))
    sys.exit(1 if wrong else 0)


main()
