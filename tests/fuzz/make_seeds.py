#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Makes the inputs of corpus/gdbm and corpus/state that are not named found-*.

usage: make_seeds.py CORPUS

Writes with GDBM itself (libgdbm.so.6), and takes the checksums from zlib.  The blocks are of 512 bytes, the least
that GDBM allows: a fuzzer does better on small files.
"""
import ctypes
import os
import shutil
import struct
import sys
import zlib

READER, WRITER, NEWDB = 0, 1, 3
NOMMAP, NUMSYNC = 0x100, 0x2000
INSERT, REPLACE = 0, 1


class Datum(ctypes.Structure):
    _fields_ = [("dptr", ctypes.c_char_p), ("dsize", ctypes.c_int)]


gdbm = ctypes.CDLL("libgdbm.so.6")
gdbm.gdbm_open.restype = ctypes.c_void_p
gdbm.gdbm_store.argtypes = [ctypes.c_void_p, Datum, Datum, ctypes.c_int]
gdbm.gdbm_delete.argtypes = [ctypes.c_void_p, Datum]
gdbm.gdbm_close.argtypes = [ctypes.c_void_p]


def datum(data):
    return Datum(data, len(data))


def key(user):
    return user.encode() + b"\0example.org"


def value(user, more="", found_under=None, version=b"gsasldb 1 "):
    """A record as doc/FORMAT.md has it; more: lines between the times and the property."""
    rest = (f"user {user}\nrealm example.org\ncreated 2026-11-24T03:04:05Z\nchanged 2026-11-24T03:04:05Z\n"
            f"{more}property owner {user}@example.org\n").encode()
    crc = zlib.crc32((found_under or key(user)) + b"\0" + rest)
    return version + b"%08x\n" % crc + rest


class File:
    def __init__(self, path, flags=0):
        self.db = gdbm.gdbm_open(path.encode(), 512, NEWDB | NOMMAP | flags, 0o644, None)
        if not self.db:
            sys.exit(path + ": cannot be made")

    def put(self, k, v):
        if gdbm.gdbm_store(self.db, datum(k), datum(v), REPLACE) != 0:
            sys.exit("cannot store")

    def user(self, *names, **kw):
        for name in names:
            self.put(key(name), value(name, **kw))

    def delete(self, *names):
        for name in names:
            gdbm.gdbm_delete(self.db, datum(key(name)))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        gdbm.gdbm_close(self.db)


PLAIN = "PLAIN smd5 3031323334353637383961626364656600e1dd2cc2ab715d8d21a1a062e529c1d4\n"


def make_gdbm(folder):
    def new(name, flags=0):
        return File(os.path.join(folder, name), flags)

    with new("empty"):
        pass
    with new("one") as f:
        f.user("tim", more=PLAIN)
    with new("several") as f:
        f.user("tim", "hoge", "anna", "jörg", more=PLAIN)
    with new("directory-doubled") as f:     # buckets that were split
        f.user("tim", "hoge", "anna", *"bcdefghijklmnopqrstuvwxyz")
    with new("full-bucket") as f:           # which is split by one more
        f.user("tim", *["x%02d" % i for i in range(15)])
    shutil.copy(os.path.join(folder, "full-bucket"), os.path.join(folder, "full-bucket-free-space-wrong"))
    with open(os.path.join(folder, "full-bucket-free-space-wrong"), "r+b") as f:
        f.seek(48)                          # where the rest of the free space is: no place for a new bucket
        f.write(struct.pack("=q", 7))
    with new("newcomer-there") as f:        # fuzz_gdbm.c writes this user
        f.user("tim", "newcomer", more=PLAIN)
    with new("numsync", NUMSYNC) as f:
        f.user("tim", "hoge")
    with new("free-space") as f:
        f.user("tim", "gone", "hoge", "anna", "b", "c", "d")
        f.delete("gone", "anna", "c")
    with new("free-space-many") as f:       # more free blocks than the header holds
        names = ["x%02d" % i for i in range(24)]
        for i, name in enumerate(names):
            f.user(name, more="X-LATER %s\n" % ("y" * i * 4))
        f.user("tim")
        f.delete(*names[::2])
    with new("replaced") as f:
        f.user("tim", "hoge")
        f.user("tim", more="X-LATER %s\n" % ("y" * 600))
    with new("one-byte-wrong") as f:
        f.put(key("tim"), value("tim").replace(b"owner tim", b"owner tom"))
    with new("value-of-another") as f:
        f.put(key("tim"), value("hoge"))
        f.user("hoge")
    with new("value-of-another-checksum-right") as f:
        f.put(key("tim"), value("hoge", found_under=key("tim")))
    with new("later-version") as f:
        f.put(key("tim"), value("tim", version=b"gsasldb 2 "))
        f.user("hoge")
    with new("foreign-record") as f:
        f.put(key("tim"), b"secret")
        f.put(b"no key of ours", b"")
        f.put(b"", value("tim"))
    with new("cut") as f:
        f.user("tim", "hoge")
    path = os.path.join(folder, "cut")
    os.truncate(path, os.path.getsize(path) - 150)
    with new("end-far-beyond") as f:        # up to which a writer would fill the disk
        f.user("tim")
    with open(os.path.join(folder, "end-far-beyond"), "r+b") as f:
        f.seek(32)
        f.write(struct.pack("=q", 1 << 26))


def state(phase, version=2, magic=b"gsasldb\n"):
    body = magic + struct.pack("=II", version, phase) + bytes(range(32)) + struct.pack("=6QI", 11, 2048, 13, 21, 2048, 23, 0)
    return body + struct.pack("=I", zlib.crc32(body))


def make_state(folder):
    """The first byte: flags, see fuzz_state.c."""
    checksum, from_right, to_left, no_right, empty_right, begun, to_right, recorded = (1 << n for n in range(8))

    def new(name, flags, data):
        with open(os.path.join(folder, name), "wb") as f:
            f.write(bytes([flags]) + data)

    for phase, name in enumerate(["clean", "left-dirty", "right-dirty"]):
        new(name, checksum | recorded, state(phase))
        new(name + "-begun", checksum | from_right | to_left | begun, state(phase))
        new(name + "-begun-from-it", checksum | to_right | begun, state(phase))
        new(name + "-begun-elsewhere", checksum | begun, state(phase))
        new(name + "-begun-no-twin", checksum | from_right | to_left | no_right | begun, state(phase))
    new("no-such-phase", checksum | begun, state(3))
    new("first-version", checksum, state(0, version=1))
    new("later-version", checksum | begun, state(0, version=3))
    new("other-magic", checksum, state(0, magic=b"gsasldc\n"))
    new("checksum-wrong", from_right | begun, state(1))
    new("short", 0, state(0)[:103])
    new("long", checksum | recorded, state(0) + b"more")
    new("empty", 0, b"")
    new("empty-begun", begun, b"")
    new("empty-begun-no-twin", begun | no_right, b"")
    new("no-twin", checksum | recorded | no_right, state(0))
    new("empty-twin", checksum | empty_right, state(1))
    new("empty-twin-begun", checksum | from_right | to_left | empty_right | begun, state(1))


for name, make in [("gdbm", make_gdbm), ("state", make_state)]:
    folder = os.path.join(sys.argv[1], name)
    os.makedirs(folder, exist_ok=True)
    make(folder)
