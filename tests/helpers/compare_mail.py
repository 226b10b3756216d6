#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""compare_mail.py CLIENT MAILDIR FOLDER

Exit 0 where FOLDER (one file for each message that CLIENT stored) holds
exactly the messages of MAILDIR, byte for byte, each once; else says which
are wrong.  A message of a Maildir travels with CR LF behind every line, the
last one too.  CLIENT says how the client stores what came over the wire:

wire      as it came
lines     CR LF becomes LF
...       and see CLIENTS below for what some clients do to mail that is no
          mail: each change is written down, and only that one is allowed.
"""
import os
import sys


def wire(text):
    """What RETR sends, without dot-stuffing."""
    text = text.replace(b"\r\n", b"\n")
    if text and not text.endswith(b"\n"):
        text += b"\n"
    return text.replace(b"\n", b"\r\n")


def lines(text):
    return wire(text).replace(b"\r\n", b"\n")


CLIENTS = {
    "wire": wire,
    "lines": lines,
    "fetchmail": lines,
    "mpop": lines,
    "getmail": lines,
}


def files(folder):
    for root, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(root, name), "rb") as file:
                yield name, file.read()


def main():
    client, maildir, folder = sys.argv[1:]
    stored = CLIENTS[client]
    wanted = [(name, stored(text)) for part in ("new", "cur")
              for name, text in files(os.path.join(maildir, part))]
    got = [text for _, text in files(folder)]
    wrong = False
    for name, text in sorted(wanted):
        if text in got:
            got.remove(text)
        else:
            wrong = True
            print(f"not fetched as it is: {name}: {text[:400]!r}")
    for text in got:
        wrong = True
        print(f"not in the Maildir: {text[:400]!r}")
    if not wanted:
        wrong = True
        print("no messages to compare")
    sys.exit(1 if wrong else 0)


main()
