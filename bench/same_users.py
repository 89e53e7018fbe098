#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""same_users.py jsonl|sasldb COUNT: users with the password "tuna melt" and the secrets of bench/memory.c.

jsonl is for gsasldb import, sasldb for db_load (what saslpasswd2 stores: the password, readable)."""

import sys

SECRETS = {
    "CRAM-MD5": b"0123456789abcdef0123456789abcdef".hex(),
    "DIGEST-MD5": b"0123456789abcdef".hex() + " example.test",
    "PLAIN": "smd5 " + (b"0123456789abcdef\0g \014\264\336$\357\372-x~`\351R\270F").hex(),
    "SCRAM-SHA-256": "10000:MDEyMzQ1Njc4OWFiY2RlZg==$d+6qVXzHqq3jNCbm1ToBEtzBz5KlZ3BxNjij/KvEpjk=:"
    "EQ8J/Qz54lV/qT2+rLLP7bo0ghCJACmlLIfRbmB64T0=",
}


def main():
    form, count = sys.argv[1], int(sys.argv[2])
    if form == "jsonl":
        secrets = ",".join('"%s":"%s"' % item for item in SECRETS.items())
        for i in range(count):
            sys.stdout.write('{"user":"user%d","realm":"example.test","secrets":{%s}}\n' % (i, secrets))
        return
    sys.stdout.write("VERSION=3\nformat=print\ntype=hash\nHEADER=END\n")
    for i in range(count):
        sys.stdout.write(" user%d\\00example.test\\00userPassword\n tuna melt\n" % i)
    sys.stdout.write("DATA=END\n")


main()
