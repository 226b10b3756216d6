#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""make_corpus.py MAILDIR [COUNT]

Fills new/ and cur/ of a Maildir with COUNT (220) messages, always the same ones.
They are stored with LF, CRLF or both, with and without a last newline. They have
dots everywhere, 8-bit text, long lines or MIME. Some are malformed as real mail
is: empty, a header only, a bare CR, a NUL. Some names have flags and sizes.
"""
import os
import random
import sys

CHOICE = random.Random(1939)
FIRST = 1600000000


def words(count):
    return " ".join("".join(CHOICE.choices("abcdefghijklmnopqrstuvwxyz", k=CHOICE.randint(1, 12)))
                    for _ in range(count))


def header(number, *more):
    lines = [f"From: Sender {number} <s{number}@example.org>",
             "To: joe@example.net",
             f"Subject: message {number} {words(CHOICE.randint(0, 8))}",
             "Date: Mon, 14 Nov 2022 22:13:20 +0000",
             f"Message-ID: <corpus-{number}@example.org>"]
    return "\n".join(lines + list(more)) + "\n\n"


def prose(number):
    lines = [words(CHOICE.randint(0, 12)) for _ in range(CHOICE.randint(1, 60))]
    return (header(number) + "\n".join(lines) + "\n").encode()


def dots(number):
    lines = [".", "..", "...", ". ", ".a", "a.", "", " .", ".\t.", ".."]
    CHOICE.shuffle(lines)
    return (header(number) + "\n".join(lines) + "\n").encode()


def dot_at_boundary(number):
    size = CHOICE.choice([512, 1024, 4096, 8192, 65536])
    text = header(number).encode()
    while len(text) < size - 80:
        text += b"x" * 70 + b"\n"
    text += b"y" * (size - 1 - len(text) + CHOICE.randint(-1, 1)) + b"\n"
    return text + b".behind\n.\nend\n"


def eight_bit(number):
    text = header(number, "Content-Type: text/plain; charset=utf-8",
                  "Content-Transfer-Encoding: 8bit")
    return text.encode() + ("Grüße, привет, 你好 — " * 9 + "\n").encode() * 5


def all_bytes(number):
    # Every byte but NUL, CR and LF.
    return header(number).encode() + bytes(
        byte for byte in range(1, 256) if byte not in b"\r\n") + b"\nend\n"


def folded(number):
    return header(number, "X-Folded: a\n\tb\n c", "Received: from a\n\tby b;\n\tnow",
                  "X-Empty:", "X-Long: " + "y" * 900).encode() + b"body\n"


def long_lines(number):
    line = b"z" * CHOICE.choice([998, 999, 1500, 4095, 4096, 4097, 20000])
    return header(number).encode() + line + b"\nshort\n" + line + b"\n"


def mime(number):
    edge = f"edge{number}"
    return (header(number, "MIME-Version: 1.0",
                   f'Content-Type: multipart/mixed; boundary="{edge}"') +
            f"preamble\n--{edge}\nContent-Type: text/plain\n\n{words(40)}\n"
            f"--{edge}\nContent-Type: application/octet-stream\n"
            "Content-Transfer-Encoding: base64\n\n" +
            "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo=\n" * CHOICE.randint(1, 400) +
            f"--{edge}--\n").encode()


def crlf(number):
    return prose(number).replace(b"\n", b"\r\n")


def mixed_ends(number):
    return b"".join(line + CHOICE.choice([b"\n", b"\r\n"])
                    for line in prose(number).split(b"\n")[:-1])


def no_last_newline(number):
    return prose(number).rstrip(b"\n") + b"last line without an end"


def no_last_newline_dot(number):
    return prose(number) + b"."


def empty_lines_at_end(number):
    return prose(number) + b"\n" * CHOICE.randint(1, 5)


def looks_like_mbox(number):
    return header(number).encode() + b"From me to you\n>From me\nFrom: me\n"


def large(number):
    return header(number).encode() + (b"0123456789" * 7 + b"\n") * 4000


USUAL = [prose, dots, dot_at_boundary, eight_bit, all_bytes, folded,
         long_lines, mime, crlf, mixed_ends, no_last_newline,
         no_last_newline_dot, empty_lines_at_end, looks_like_mbox]

# One of each malformed message.
ODD = {
    "empty": b"",
    "newline": b"\n",
    "header-only": b"Subject: header only\nMessage-ID: <odd-1@example.org>\n",
    "header-cut": b"Subject: header cut off",
    "header-blank": b"Subject: header and nothing\nMessage-ID: <odd-2@example.org>\n\n",
    "no-header": b"\nonly a body\n",
    "bare-cr": b"Subject: bare CR\nMessage-ID: <odd-3@example.org>\n\nab\rcd\r\ref\n\rgh\n",
    "ends-in-cr": b"Subject: ends in CR\nMessage-ID: <odd-4@example.org>\n\nline\r",
    "nul": b"Subject: NUL\nMessage-ID: <odd-5@example.org>\n\nab\0cd\n\0\0\nef\n",
    "from-line": b"From joe@example.net Mon Nov 14 22:13:20 2022\nSubject: mbox\n\nbody\n",
    "dot-first": b".Subject: a dot\n\n.body\n",
}


def name_of(number, size):
    name = f"{FIRST + number}.M{number}P7_{number}.corpus"
    if number % 5 == 0:
        name += f",S={size}"
    if number % 3 == 0:
        return "new/" + name
    return "cur/" + name + CHOICE.choice([":2,", ":2,S", ":2,RS", ":2,FS", ""])


def store(maildir, number, text):
    with open(os.path.join(maildir, name_of(number, len(text))), "wb") as file:
        file.write(text)


def main():
    maildir = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 220
    for folder in ("new", "cur", "tmp"):
        os.makedirs(os.path.join(maildir, folder), exist_ok=True)
    usual = count - len(ODD) - 1
    for number in range(usual):
        store(maildir, number, USUAL[number % len(USUAL)](number))
    store(maildir, usual, large(usual))
    for number, text in enumerate(ODD.values()):
        store(maildir, usual + 1 + number, text)


if __name__ == "__main__":
    main()
