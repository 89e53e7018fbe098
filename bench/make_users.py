#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""make_users.py COUNT [SEED]: users with ready-made verifiers, as gsasldb import reads them (jsonl).

The verifiers have the right form and belong to no password.  The order of the users is that of their numbers,
which is none for GDBM."""

import base64
import hashlib
import sys

CRYPT64 = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
LINE = (
    '{"user":"user%d","realm":"example.test","secrets":{"CRAM-MD5":"%s","DIGEST-MD5":"%s example.test",'
    '"PLAIN":"crypt $y$j9T$%s$%s","SCRAM-SHA-1":"4096:%s$%s:%s","SCRAM-SHA-256":"10000:%s$%s:%s"}}\n'
)


def crypt64(data):
    return "".join(CRYPT64[byte & 63] for byte in data)


def base(data):
    return base64.b64encode(data).decode()


def main():
    count = int(sys.argv[1])
    seed = sys.argv[2] if len(sys.argv) > 2 else ""
    for i in range(count):
        a = hashlib.sha512(b"%d %s" % (i, seed.encode())).digest()
        b = hashlib.sha512(a).digest()
        salt = base(a[:16])
        sys.stdout.write(
            LINE % (i, a[:32].hex(), a[32:48].hex(), crypt64(a[:22]), crypt64(b[:43]), salt, base(b[:20]),
                    base(b[20:40]), salt, base(a[16:48]), base(b[:32])))


main()
