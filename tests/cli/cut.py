#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Leaves the files of a database as a writer leaves them that was killed, or (clean) one that was not.

usage: cut.py left DB           before its commit: the left has begun a new generation
       cut.py clean DB          both are whole, also if they are copies of what they were
       cut.py right DB OLDTWIN  behind it: the right has begun what the left has, from OLDTWIN, a copy of it from before

doc/STORE.md has the phases, doc/FORMAT.md the mark, lib/state.h the state.
"""
import os
import re
import struct
import sys
import zlib

MARK = re.compile(rb"gsasldb 1 [0-9a-f]{8}\nmark (whole|begun) ([0-9a-f]{32}) ([0-9a-f]{32})\n")


def write(path, data):
    with open(path, "r+b") as out:
        out.write(data)
        out.truncate()


def generation(path):
    return MARK.search(open(path, "rb").read())[2]


def begin(path, now, before):
    """Marks the file: a write from before to now has begun."""
    data = open(path, "rb").read()
    line = b"mark begun %s %s\n" % (now, before)
    value = b"gsasldb 1 %08x\n" % zlib.crc32(b"\0mark\0" + line) + line
    write(path, MARK.sub(lambda _: value, data, count=1))


def write_state(path, offset, form, *values):
    data = bytearray(open(path, "rb").read())
    struct.pack_into(form, data, offset, *values)
    struct.pack_into("=I", data, len(data) - 4, zlib.crc32(bytes(data[:-4])))
    write(path, data)


def set_phase(path, phase, before, now):
    write_state(path, 12, "=I16s16s", phase, bytes.fromhex(before.decode()), bytes.fromhex(now.decode()))


def note_files(path, *sides):
    seen = [os.stat(side) for side in sides]
    write_state(path, 48, "=QQqQQq", *(value for s in seen for value in (s.st_ino, s.st_size, s.st_mtime_ns)))


def main():
    side, left = sys.argv[1:3]
    folder, base = os.path.split(left)
    twin, state = (os.path.join(folder, ".%s.%s" % (base, name)) for name in ("twin", "state"))
    if side == "clean":
        note_files(state, left, twin)
    elif side == "left":
        before, now = generation(twin), os.urandom(16).hex().encode()
        begin(left, now, before)
        set_phase(state, 1, before, now)
    else:
        write(twin, open(sys.argv[3], "rb").read())
        before, now = generation(twin), generation(left)
        begin(twin, now, before)
        set_phase(state, 2, before, now)


main()
