#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes on standard output what gdbm_load makes a GDBM file of, which no program of Debian writes any more.

  sources.py gdbm          the records of the output of db_dump (standard input)
  sources.py sasl1 REALM   what SASL 1.5 kept of users; each line of standard input is USER TAB PASSWORD
"""
import base64
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../unit"))
from known_answers import cram_states, digest_text, smd5_text  # noqa: E402

SALT = b"sixteen bytes of"


def db_records(lines):
    """Of db_dump's hex form."""
    data = [bytes.fromhex(line[1:]) for line in lines if line.startswith(" ")]
    return list(zip(data[::2], data[1::2]))


def sasl1_records(realm, lines):
    """As in the sources of SASL 1.5.28: a secret for each mechanism, and under nobody's name that it is used."""
    for line in lines:
        user, password = line.rstrip("\n").split("\t")
        secrets = {
            "CRAM-MD5": cram_states(password.encode()),
            "DIGEST-MD5": bytes.fromhex(digest_text(user, realm, password).split(" ")[0]),
            "PLAIN": bytes.fromhex(smd5_text(SALT, password.encode()).split(" ")[1]),
        }
        for mech, secret in secrets.items():
            yield b"\0".join(x.encode() for x in (user, realm, mech)), secret
    for mech in ("CRAM-MD5", "DIGEST-MD5", "PLAIN"):
        yield b"\0\0" + mech.encode(), b"\0"


def write_dump(records):
    """The ASCII form of gdbm_dump(1)."""
    count = 0
    print("#:version=1.1\n#:format=standard\n# End of header")
    for count, pair in enumerate(records, 1):
        for data in pair:
            print(f"#:len={len(data)}")
            print(base64.encodebytes(data).decode(), end="")
    print(f"#:count={count}\n# End of data")


def main():
    verb, *rest = sys.argv[1:]
    sys.stdin.reconfigure(encoding="utf-8")
    write_dump(db_records(sys.stdin) if verb == "gdbm" else sasl1_records(*rest, sys.stdin))


main()
