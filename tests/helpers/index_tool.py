#!/usr/bin/python3
"""Reads and forges index files as doc/index-format.md describes them.

index_tool.py show FILE            prints the header and each record on a line
index_tool.py forge FILE WHAT...   changes FILE and corrects its checksums:
    magic=TEXT records=N octets=N settled=N pages=N inode=N
    name:N=NEW  octets:N=M         of record N, counted from 0
index_tool.py settled FILE...      exit 0 if each is an index and settled
"""
import struct
import sys

PAGE = 4096
MASK = (1 << 64) - 1
HEADER = ("records", "octets", "pages", "inode", "mtime", "ctime", "settled",
          "generation")


def checksum(page, generation):
    def mix(total, word):
        total = (total ^ word) * 0xFF51AFD7ED558CCD & MASK
        return total ^ total >> 29

    sums = [0x9E3779B97F4A7C15 ^ generation] * 4
    words = struct.unpack("<512Q", page)
    for at, word in enumerate((0,) + words[1:]):
        sums[at % 4] = mix(sums[at % 4], word)
    return mix(mix(mix(sums[0], sums[1]), sums[2]), sums[3])


def read(path):
    with open(path, "rb") as file:
        data = file.read()
    pages = [bytearray(data[at:at + PAGE]) for at in range(0, len(data), PAGE)]
    if not pages or pages[0][8:24] != b"popchain-index1\n":
        sys.exit("not an index")
    header = dict(zip(HEADER, struct.unpack_from("<3Q Q2q 2Q", pages[0], 24)))
    for number, page in enumerate(pages):
        seed = header["generation"] if number else 0
        if struct.unpack_from("<Q", page)[0] != checksum(page, seed):
            sys.exit(f"page {number} is damaged")
    return header, pages


def records(pages):
    """Yields page, offset of each record."""
    for page in pages[1:]:
        count = struct.unpack_from("<H", page, 16)[0]
        for slot in range(count):
            yield page, struct.unpack_from("<H", page, 18 + 2 * slot)[0]


def name_of(page, at):
    length = struct.unpack_from("<H", page, at + 20)[0]
    return bytes(page[at + 22:at + 22 + length])


def show(path):
    header, pages = read(path)
    print(*(f"{key}={value}" for key, value in header.items()))
    for page, at in records(pages):
        inode, octets, fingerprint = struct.unpack_from("<QQI", page, at)
        print(inode, octets, fingerprint, name_of(page, at).decode())


def forge_record(pages, what, number, value):
    page, at = list(records(pages))[number]
    if what == "octets":
        struct.pack_into("<Q", page, at + 8, int(value))
        return
    name = value.encode()
    if len(name) > len(name_of(page, at)):
        sys.exit("too long a name")
    struct.pack_into("<H", page, at + 20, len(name))
    page[at + 22:at + 23 + len(name)] = name + b"\0"


def forge(path, changes):
    header, pages = read(path)
    for change in changes:
        what, value = change.split("=", 1)
        if what == "magic":
            pages[0][8:24] = value.encode() + b"\n"
        elif ":" in what:
            what, number = what.split(":")
            forge_record(pages, what, int(number), value)
        else:
            header[what] = int(value)
    struct.pack_into("<3Q Q2q 2Q", pages[0], 24, *header.values())
    for number, page in enumerate(pages):
        seed = header["generation"] if number else 0
        struct.pack_into("<Q", page, 0, checksum(page, seed))
    # In place, as damage would come; a new file would be another's.
    with open(path, "r+b") as file:
        file.write(b"".join(pages))


if __name__ == "__main__":
    if sys.argv[1] == "show":
        show(sys.argv[2])
    elif sys.argv[1] == "forge":
        forge(sys.argv[2], sys.argv[3:])
    elif sys.argv[1] == "settled":
        if not all(read(path)[0]["settled"] == 1 for path in sys.argv[2:]):
            sys.exit(1)
