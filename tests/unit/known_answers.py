#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Checks the secrets of lib/ against a second implementation, in both directions; prints TAP.

usage: known_answers.py [MAKE_SECRETS]     (the program of make_secrets.c; else $MAKE_SECRETS, else ./)
       known_answers.py --constants        (prints the table of test_secret.c)

For each password, secrets that the library makes are computed again here from their salt, and secrets that
are made here must be verified by the library, but not with another password.  Here means: hashlib, an MD5
of its own for the CRAM-MD5 states, a SASLprep of its own, and, where they are installed, perl's and
openssl's crypt and gsasl.
"""
import base64
import binascii
import hashlib
import hmac
import math
import os
import shutil
import stringprep
import struct
import subprocess
import sys
import unicodedata

# ---- the second implementation ----


def md5_compress(block, state=(0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476)):
    """RFC 1321 section 3.4: one block."""
    words = struct.unpack("<16I", block)
    turns = ((7, 12, 17, 22), (5, 9, 14, 20), (4, 11, 16, 23), (6, 10, 15, 21))
    a, b, c, d = state
    for i in range(64):
        if i < 16:
            mix, k = (b & c) | (~b & d), i
        elif i < 32:
            mix, k = (d & b) | (~d & c), (5 * i + 1) % 16
        elif i < 48:
            mix, k = b ^ c ^ d, (3 * i + 5) % 16
        else:
            mix, k = c ^ (b | (~d & 0xFFFFFFFF)), (7 * i) % 16
        total = (a + mix + words[k] + int(abs(math.sin(i + 1)) * 2**32)) & 0xFFFFFFFF
        turn = turns[i // 16][i % 4]
        a, d, c = d, c, b
        b = (b + (total << turn | total >> (32 - turn))) & 0xFFFFFFFF
    return tuple((x + y) & 0xFFFFFFFF for x, y in zip(state, (a, b, c, d)))


def md5_continue(state, data, before):
    """MD5 of data after `before` bytes that led to state."""
    data += b"\x80" + b"\0" * ((55 - len(data)) % 64) + struct.pack("<Q", (before + len(data)) * 8)
    for i in range(0, len(data), 64):
        state = md5_compress(data[i:i + 64], state)
    return struct.pack("<4I", *state)


def cram_states(password):
    key = (hashlib.md5(password).digest() if len(password) > 64 else password).ljust(64, b"\0")
    return b"".join(struct.pack(">4I", *md5_compress(bytes(x ^ pad for x in key))) for pad in (0x36, 0x5C))


def cram_answer(states, challenge):
    """HMAC-MD5 from the two states, as libsasl2 finishes it."""
    inner, outer = struct.unpack(">4I", states[:16]), struct.unpack(">4I", states[16:])
    return md5_continue(outer, md5_continue(inner, challenge, 64), 64)


def saslprep(text):
    """RFC 4013 in query mode; what it refuses or empties stays as it is."""
    mapped = "".join(" " if stringprep.in_table_c12(c) else c for c in text
                     if stringprep.in_table_c12(c) or not stringprep.in_table_b1(c))
    result = unicodedata.ucd_3_2_0.normalize("NFKC", mapped)
    forbidden = [getattr(stringprep, "in_table_" + t)
                 for t in "c12 c21 c22 c3 c4 c5 c6 c7 c8 c9".split()]
    if not result or any(test(c) for c in result for test in forbidden):
        return text
    if any(stringprep.in_table_d1(c) for c in result):      # RFC 3454 section 6
        if any(stringprep.in_table_d2(c) for c in result):
            return text
        if not (stringprep.in_table_d1(result[0]) and stringprep.in_table_d1(result[-1])):
            return text
    return result


def latin1_if_possible(text):
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode()


def digest_text(user, realm, password):
    parts = b":".join(latin1_if_possible(x) for x in (user, realm, password))
    return hashlib.md5(parts).hexdigest() + " " + realm


def smd5_text(salt, password):
    return "smd5 " + (salt + b"\0" + hashlib.md5(salt + b"sasldb" + password).digest()).hex()


def scram_text(digest, iterations, salt, password):
    salted = hashlib.pbkdf2_hmac(digest, saslprep(password).encode(), salt, iterations)
    stored = hashlib.new(digest, hmac.digest(salted, b"Client Key", digest)).digest()
    server = hmac.digest(salted, b"Server Key", digest)
    salt, stored, server = (base64.b64encode(x).decode() for x in (salt, stored, server))
    return f"{iterations}:{salt}${stored}:{server}"


SCRAM = {"SCRAM-SHA-1": "sha1", "SCRAM-SHA-224": "sha224", "SCRAM-SHA-256": "sha256",
         "SCRAM-SHA-384": "sha384", "SCRAM-SHA-512": "sha512"}
ITERATIONS = 4096       # the least, to be quick

# (user, realm as typed, password)
CASES = [
    ("chris", "elwood.innosoft.com", "secret"),                 # RFC 2831 section 4
    ("tim", "Example.ORG", "tanstaaftanstaaf"),                 # RFC 2195 section 2
    ("user", "r", "pencil"),                                    # RFC 5802 section 5
    ("two words", "a realm", " spaces at both ends "),
    ("latin", "r", "p\u00e4\u00dfw\u00f6rd"),
    ("j\u00f6rg", "b\u00fccher.example", "plain"),
    ("\u7528\u6237", "r", "\u5bc6\u7801"),
    ("j\u00f6rg", "r", "\u65e5\u672c\u8a9e\U0001f511"),
    ("mixed", "r\u00e9alm", "\u20ac und \u00e4"),
    ("prep", "r", "I\u00adX"),                                  # RFC 4013 section 3 ...
    ("prep", "r", "\u00aa"),
    ("prep", "r", "\u2168"),
    ("prep", "r", "tab\tis forbidden"),
    ("prep", "r", "\u0627\u0031"),                              # ... to here
    ("prep", "r", "\u00ad"),                                    # nothing would be left
    ("prep", "r", "no\u00a0break"),
    ("prep", "r", "a\u0308 decomposed"),
    ("prep", "r", "\u0221 is unassigned in Unicode 3.2, \u00aa is not"),
    ("prep", "r", "private \ue000"),
    ("prep", "r", "\u0627\u0644\u0628"),
    ("prep", "r", "\ufdfa" * 170),                              # 18 characters each
    ("escapes", "r", "back\\slash\nline\x7f\x01"),
    ("x", "r", "y" * 64),                                       # HMAC's block
    ("x", "r", "y" * 65),
    ("x", "r", "z" * 511),
]

# ---- TAP ----

count = failures = 0


def check(good, text, detail=""):
    global count, failures
    count += 1
    failures += not good
    print(f"{'' if good else 'not '}ok {count} - {text}")
    if not good and detail:
        print(f"# {detail}")


def skip(text, why):
    global count
    count += 1
    print(f"ok {count} - {text} # SKIP {why}")


# ---- the library ----


class Library:
    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, *fields):
        self.process.stdin.write("\t".join(fields).encode() + b"\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().decode().rstrip("\n")

    @staticmethod
    def hex(*names):
        return [x.hex() if isinstance(x, bytes) else x.encode().hex() for x in names]

    def make(self, spec, user, realm, password):
        return self.ask("make", spec, *self.hex(user, realm, password))

    def verify(self, mech, user, realm, password, text):
        return self.ask("verify", mech, *self.hex(user, realm, password), text)

    def property(self, mech, text):
        return self.ask("property", mech, text)

    def record(self, key, value):
        return self.ask("record", *self.hex(key, value))


def escape(password):
    special = {"\\": "\\\\", "\n": "\\n"}
    return "".join(special.get(c, f"\\x{ord(c):02x}" if ord(c) < 32 or ord(c) == 127 else c)
                   for c in password)


# (mechanism, what asks for it); crypt strings have their own checks
SPECS = [("CLEARTEXT", "CLEARTEXT"), ("CRAM-MD5", "CRAM-MD5"), ("DIGEST-MD5", "DIGEST-MD5"),
         ("PLAIN", "PLAIN:smd5")] + [(mech, f"{mech}:{ITERATIONS}") for mech in SCRAM]


def make_here(mech, user, realm, password, salt):
    """The stored form."""
    if mech in SCRAM:
        return scram_text(SCRAM[mech], ITERATIONS, salt, password)
    if mech == "CLEARTEXT":
        return escape(password)
    if mech == "CRAM-MD5":
        return cram_states(password.encode()).hex()
    if mech == "DIGEST-MD5":
        return digest_text(user, realm, password)
    return smd5_text(salt, password.encode())


def salt_of(text):
    """The 16 bytes of salt in a stored form; anything for one that has none."""
    if text.startswith("smd5 "):
        return bytes.fromhex(text.split()[1])[:16]
    if "$" in text:
        return base64.b64decode(text.split(":")[1].split("$")[0])
    return b""


def check_case(library, user, realm, password):
    shown = f"{user}@{realm} {password[:24]!a}"
    for mech, spec in SPECS:
        text = library.make(spec, user, realm, password)
        again = make_here(mech, user, realm, password, salt_of(text))
        check(text == again, f"{spec} of {shown} is what it should be", f"{text} and not {again}")
        text = make_here(mech, user, realm, password, b"0123456789abcdef")
        answer = library.verify(mech, user, realm, password, text)
        check(answer == "yes", f"{spec} made here for {shown} verifies", answer)
        other = "?" + password[1:] if password[0] != "?" else "!" + password[1:]
        answer = library.verify(mech, user, realm, other, text)
        check(answer == "no", f"{spec} made here for {shown} does not verify another password", answer)


def check_properties(library):
    user, realm, password = "tim", "Example.ORG", "tanstaaftanstaaf"
    salt = b"0123456789abcdef"
    raw = bytes.fromhex(library.property("CRAM-MD5", library.make("CRAM-MD5", user, realm, password)))
    challenge = b"<1896.697170952@postoffice.reston.mci.net>"
    check(cram_answer(raw, challenge).hex() == "b913a602c7eda7a495b4e6e7334d3890",
          "the CRAM-MD5 property gives the answer of RFC 2195")
    raw = library.property("DIGEST-MD5", digest_text(user, realm, password))
    check(raw == hashlib.md5(b"tim:Example.ORG:tanstaaftanstaaf").hexdigest(), "the DIGEST-MD5 property")
    raw = bytes.fromhex(library.property("PLAIN", smd5_text(salt, password.encode())))
    check(raw == salt + b"\0" + hashlib.md5(salt + b"sasldb" + password.encode()).digest(),
          "the PLAIN:smd5 property")
    for mech, digest in SCRAM.items():
        text = scram_text(digest, ITERATIONS, salt, password)
        check(bytes.fromhex(library.property(mech, text)).decode() == f"{mech}${text}",
              f"the {mech} property")
    check(bytes.fromhex(library.property("CLEARTEXT", "a\\\\b\\n")) == b"a\\b\n", "the CLEARTEXT property")
    crypt = library.make("PLAIN:bcrypt", user, realm, password)
    check(library.property("PLAIN", crypt) == "none", "a crypt string is no property")


def run(command, data=b""):
    return subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout.decode().strip()


def check_perl(library):
    """The same libcrypt, but another caller: settings, whole strings, passwords as bytes."""
    if shutil.which("perl") is None:
        return skip("PLAIN against perl's crypt", "no perl")
    script = "binmode STDIN; local $/; my ($p, $s) = split /\\n/, <STDIN>; print crypt($p, $s)"
    for scheme in "yescrypt gost-yescrypt scrypt bcrypt sha512crypt sha256crypt".split():
        password = "p\u00e4ss w\u00f6rd"
        text = library.make("PLAIN:" + scheme, "u", "r", password)
        setting = text.removeprefix("crypt ")
        again = run(["perl", "-e", script], f"{password}\n{setting}".encode())
        check(again == setting and len(again) > 20, f"PLAIN:{scheme} is what perl's crypt makes",
              f"{text} and not {again}")
        check(library.verify("PLAIN", "u", "r", password, text) == "yes", f"PLAIN:{scheme} verifies")
        answer = library.verify("PLAIN", "u", "r", password + "!", text)
        check(answer == "no", f"PLAIN:{scheme} does not verify another password", answer)


def check_openssl(library):
    """openssl passwd has md5crypt and the SHA schemes of its own."""
    if shutil.which("openssl") is None:
        return skip("PLAIN against openssl passwd", "no openssl")
    password = "p\u00e4ss w\u00f6rd"
    for option, salt in (("-1", "saltsalt"), ("-5", "rounds=5000$saltsalt"), ("-6", "saltsalt")):
        made = run(["openssl", "passwd", option, "-salt", salt, "-stdin"], password.encode() + b"\n")
        answer = library.verify("PLAIN", "u", "r", password, "crypt " + made)
        check(answer == "yes", f"openssl passwd {option} verifies", answer)
        answer = library.verify("PLAIN", "u", "r", password[1:], "crypt " + made)
        check(answer == "no", f"openssl passwd {option} does not verify another password", answer)


def check_gsasl(library):
    if shutil.which("gsasl") is None:
        return skip("SCRAM against gsasl --mkpasswd", "no gsasl")
    for mech in ("SCRAM-SHA-1", "SCRAM-SHA-256"):
        for password in ("pencil", "I\u00adX", "p\u00e4ss w\u00f6rd", "\u00aa\u2168"):
            made = run(["gsasl", "--mkpasswd", "--mechanism", mech, "--iteration-count", "5000",
                        "--password", password])
            iterations, salt, stored, server = made.split("}")[1].split(",")
            text = f"{iterations}:{salt}${stored}:{server}"
            answer = library.verify(mech, "u", "r", password, text)
            check(answer == "yes", f"{mech} of gsasl for {password!a} verifies", answer)
            answer = library.verify(mech, "u", "r", password + "!", text)
            check(answer == "no", f"{mech} of gsasl for {password!a} does not verify another", answer)


def check_prepared_plain(library):
    """PLAIN is tried as received, then prepared; never the other way round."""
    for stored, given, expected in (("a", "\u00aa", "yes"), ("\u00aa", "a", "no"), ("IX", "I\u00adX", "yes"),
                                    ("I\u00adX", "I\u00adX", "yes"), ("b", "\u00aa", "no")):
        text = smd5_text(b"0123456789abcdef", stored.encode())
        answer = library.verify("PLAIN", "u", "r", given, text)
        check(answer == expected, f"PLAIN of {stored!a} and {given!a} received: {expected}", answer)


def check_format_page(library):
    """The example of doc/FORMAT.md holds what the page says, and the library reads and writes it."""
    page = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../doc/FORMAT.md")
    with open(page, encoding="utf-8") as file:
        example, mark = file.read().split("## Example")[1].split("## Reading")[0].split("## The mark")
    lines = [line[4:] for line in example.splitlines() if line.startswith("    ")]
    key = b"tim\0example.org"
    body = "".join(line + "\n" for line in lines[1:]).encode()
    crc = binascii.crc32(key + b"\0" + body)
    value = f"gsasldb 1 {crc:08x}\n".encode() + body
    check(lines[0] == f"gsasldb 1 {crc:08x}", "FORMAT.md: the checksum of the example")
    answer = library.record(key, value)
    check(answer == value.hex(), "FORMAT.md: the library reads and writes the example", answer)
    answer = library.record(key, value.replace(b"homeDirectory", b"homedirectory"))
    check(answer == "error: record of tim@example.org: the checksum is wrong",
          "FORMAT.md: the library does not read a changed example", answer)
    for line in lines:
        mech, text = line.split(" ", 1)
        if mech in dict(SPECS):
            again = make_here(mech, "tim", "Example.ORG", "pencil", salt_of(text))
            check(text == again, f"FORMAT.md: {mech} of the example", again)
    head, line = [line[4:] for line in mark.splitlines() if line.startswith("    ")]
    check(head == f"gsasldb 1 {binascii.crc32(b'%cmark%c' % (0, 0) + line.encode() + b'%c' % 10):08x}",
          "FORMAT.md: the checksum of the mark")


def print_constants():
    user, realm, salt = "j\u00f6rg", "Example.ORG", b"0123456789abcdef"

    def quoted(text):
        text = text.replace("\\", "\\\\")
        return '"' + "".join(chr(b) if b < 128 else f"\\{b:03o}" for b in text.encode()) + '"'
    for password in ("pencil", "p\u00e4ss \u00aa", "y" * 65, "\u5bc6\u7801"):
        for mech, _ in SPECS:
            text = make_here(mech, user, realm, password, salt)
            print(f"\t{{MECH_{mech.replace('-', '_')}, {quoted(password)},\n\t    {quoted(text)}}},")


def main():
    if sys.argv[1:] == ["--constants"]:
        return print_constants()
    sys.stdout.reconfigure(errors="backslashreplace")
    program = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("MAKE_SECRETS", "./make_secrets")
    library = Library(program)
    check(md5_continue((0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476), b"abc", 0).hex() ==
          hashlib.md5(b"abc").hexdigest(), "the MD5 of this script is MD5")
    for case in CASES:
        check_case(library, *case)
    check_properties(library)
    check_prepared_plain(library)
    check_format_page(library)
    check_perl(library)
    check_openssl(library)
    check_gsasl(library)
    library.process.stdin.close()
    check(library.process.wait() == 0, "make_secrets ends well")
    print(f"1..{count}")
    return failures > 0


if __name__ == "__main__":
    sys.exit(main())
