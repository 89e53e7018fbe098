#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Clients that break the rules, for bad-clients.t.

  bad_clients.py malformed PORT TRANSCRIPT       what is no message of any mechanism
  bad_clients.py refused   PORT TRANSCRIPT       do the answers tell who exists?
  bad_clients.py names     PORT TRANSCRIPT       user names that try to break the log
  bad_clients.py wrong     PORT TRANSCRIPT PID   1,000 wrong passwords, and PID's memory
  bad_clients.py leaks     LOG EXPORT PASSWORD.. lines of LOG that hold a password or a secret of EXPORT
  bad_clients.py time      PORT PID ROUNDS USER. how long PLAIN takes to refuse each: see bench/login-time.sh

The first four print a test point a line, "ok TAB name TAB what was seen", and at last "end"; the dialogue goes
to TRANSCRIPT.  The users are those of bad-clients.t.
"""
import base64
import hashlib
import hmac
import json
import os
import re
import statistics
import sys
import time

from clients import Broken, Talk

HOST, REALM = "mail.example.test", "mail.example.test"
USER, PASSWORD = "hoge", "Richtig-7x"
MECHS = ("PLAIN", "LOGIN", "CRAM-MD5", "DIGEST-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256")
points = sys.stdout


def point(good, name, seen=""):
    print("ok" if good else "not ok", name, seen, sep="\t", file=points, flush=True)


def b64(data):
    return base64.b64encode(data.encode() if isinstance(data, str) else data).decode()


def plain(user, password, authzid=""):
    return b64(b"\0".join(part.encode() if isinstance(part, str) else part for part in (authzid, user, password)))


# ---- messages of the mechanisms that take a challenge, right but for what is asked for ----

def cram(challenge, user=USER, password=PASSWORD):
    return b64(user.encode() + b" " + hmac.new(password.encode(), challenge, "md5").hexdigest().encode())


def digest(challenge, user=USER, password=PASSWORD, leave_out="", **other):
    """RFC 2831 section 2.1.2."""
    nonce = re.search(rb'nonce="([^"]*)"', challenge).group(1).decode()
    said = {"username": f'"{user}"', "realm": f'"{REALM}"', "nonce": f'"{nonce}"', "cnonce": '"abcdefgh"',
            "nc": "00000001", "qop": "auth", "digest-uri": f'"smtp/{HOST}"', "charset": "utf-8"}
    secret = hashlib.md5(f"{user}:{REALM}:{password}".encode()).digest()
    a1 = hashlib.md5(secret + f":{nonce}:abcdefgh".encode()).hexdigest()
    a2 = hashlib.md5(f"AUTHENTICATE:smtp/{HOST}".encode()).hexdigest()
    said["response"] = hashlib.md5(f"{a1}:{nonce}:00000001:abcdefgh:auth:{a2}".encode()).hexdigest()
    said.update(other)
    return b64(",".join(f"{k}={v}" for k, v in said.items() if k != leave_out))


def scram_first(user=USER):
    return b64(f"n,,n={user},r=fyko+d2lbbFgONRv9qkxdawL")


def scram_final(challenge, **other):
    """With a wrong proof."""
    said = {"c": "biws", "r": re.match(rb"r=([^,]*)", challenge).group(1).decode(), "p": b64(bytes(20))}
    said.update(other)
    return b64(",".join(f"{k}={v}" for k, v in said.items() if v is not None))


# ---- malformed ----

HUGE = b"x" * 65536
NOT_UTF8 = b"ho\377\376ge"
ODD_LINES = {"bare asterisk": "*", "no base64": "!!!!", "base64 that is cut": "aG9nZ", "empty line": "",
             "64 KB of base64": b64(HUGE), "64 KB of junk": "\t" * 65536, "a NUL": b"aG9n\0ZQ==", "not ASCII": "gr\u00fc\u00df"}

PLAIN = {
    "no NUL": "hoge", "one NUL": "\0", "two NULs": "\0\0", "three NULs": "\0\0\0", "four NULs": f"\0{USER}\0{PASSWORD}\0\0",
    "empty": "", "empty user": f"\0\0{PASSWORD}", "empty password": f"\0{USER}\0", "only an authzid": f"{USER}\0\0",
    "authzid of somebody else": f"other\0{USER}\0{PASSWORD}", "authzid of nobody": f"nobody\0{USER}\0{PASSWORD}",
    "user of 64 KB": b"\0" + HUGE + b"\0x", "password of 64 KB": b"\0hoge\0" + HUGE, "authzid of 64 KB": HUGE + b"\0hoge\0x",
    "user of 1,400 bytes": b"\0" + HUGE[:1400] + b"\0x", "password of 1,400 bytes": b"\0hoge\0" + HUGE[:1400],
    "user not UTF-8": b"\0" + NOT_UTF8 + b"\0x", "password not UTF-8": b"\0hoge\0" + NOT_UTF8,
    "authzid not UTF-8": NOT_UTF8 + f"\0{USER}\0{PASSWORD}".encode(),
}
CRAM = {
    "empty": "", "no space": "hoge", "no user": " " + "0" * 32, "no digest": "hoge ", "not hex": "hoge " + "z" * 32,
    "31 digits": "hoge " + "0" * 31, "33 digits": "hoge " + "0" * 33, "a NUL": "hoge\0 " + "0" * 32, "only spaces": "   ",
    "user of 8 KB": b"x" * 8000 + b" " + b"0" * 32, "user not UTF-8": NOT_UTF8 + b" " + b"0" * 32,
}
DIGEST = {
    "empty": "", "junk": ",=,=\"", "an open quote": 'username="hoge', "a NUL": 'username="ho\0ge"', "no equals sign": "username",
    "8 KB": b"username=\"" + b"x" * 8000 + b"\"", "not UTF-8": b"username=\"" + NOT_UTF8 + b"\"",
}
DIGEST_FIELDS = [
    {"leave_out": name} for name in ("username", "nonce", "cnonce", "nc", "response", "digest-uri")] + [
    {"nonce": '"another"'}, {"nc": "00000007"}, {"nc": "x"}, {"qop": "auth-conf"}, {"qop": "none"}, {"response": "0" * 32},
    {"response": "0" * 31}, {"response": "z" * 32}, {"response": '""'}, {"digest-uri": '"imap/elsewhere"'},
    {"realm": '"other.test"'}, {"maxbuf": "1"}, {"maxbuf": "x"}, {"charset": "latin-1"}, {"cipher": "rc4"}, {"authzid": '"other"'},
    {"username": '""'}]
SCRAM_FIRST = {
    "empty": "", "one letter": "n", "no user": "n,,", "empty user and nonce": "n,,n=,r=", "no nonce": "n,,n=hoge",
    "empty nonce": "n,,n=hoge,r=", "channel binding": "p=tls-unique,,n=hoge,r=abcdefgh", "a bad flag": "q,,n=hoge,r=abcdefgh",
    "authzid of somebody else": "n,a=other,n=hoge,r=abcdefgh", "a bad escape": "n,,n=ho=2Xge,r=abcdefgh",
    "an open escape": "n,,n=hoge=", "an extension": "n,,m=x,n=hoge,r=abcdefgh", "a NUL": "n,,n=ho\0ge,r=abcdefgh",
    "user of 1,400 bytes": b"n,,n=" + b"x" * 1400 + b",r=abcdefgh", "nonce of 1,400 bytes": b"n,,n=hoge,r=" + b"x" * 1400,
    "user not UTF-8": b"n,,n=" + NOT_UTF8 + b",r=abcdefgh", "no commas": b"x" * 300,
}
SCRAM_FIELDS = [
    {}, {"r": "another"}, {"r": ""}, {"r": None}, {"c": "eSws"}, {"c": "!"}, {"c": None}, {"p": None}, {"p": ""}, {"p": "!!!!"},
    {"p": b64(b"x")}, {"p": b64(bytes(20) + b"x")}, {"p": b64(bytes(4000))}, {"x": "y"}]


# libsasl2 calls these its own failure, not the client's.
TEMPORARY = ("{'qop': 'auth-conf'}", "{'qop': 'none'}", "{'charset': 'latin-1'}", "{'username': '\"\"'}")


def cases():
    """What it is, and what the client says after AUTH; a function makes it from the challenge."""
    for what, text in PLAIN.items():
        yield f"PLAIN, {what}", ["PLAIN " + (b64(text) or "=")]
        yield f"PLAIN without an initial response, {what}", ["PLAIN", b64(text)]
    for what, line in ODD_LINES.items():
        for mech in ("PLAIN", "LOGIN", "CRAM-MD5", "DIGEST-MD5", "SCRAM-SHA-256"):
            yield f"{mech}, {what}", [mech, line, b64("x")]
        yield f"LOGIN, {what} as the password", ["LOGIN", b64(USER), line]
        yield f"SCRAM-SHA-1, {what} at the end", ["SCRAM-SHA-1 " + scram_first(), line]
    yield "PLAIN, a bare asterisk as initial response", ["PLAIN *"]
    yield "PLAIN, two initial responses", [f"PLAIN {plain(USER, 'x')} {plain(USER, 'x')}"]
    yield "LOGIN, a user of 64 KB, first", ["LOGIN " + b64(HUGE)]
    yield "LOGIN, a user with a NUL", ["LOGIN", b64("ho\0ge")]
    yield "LOGIN, a user that is not UTF-8", ["LOGIN", b64(NOT_UTF8), b64("x")]
    yield "LOGIN, a password with a NUL", ["LOGIN", b64(USER), b64(PASSWORD + "\0")]
    yield "LOGIN, a password that is not UTF-8", ["LOGIN", b64(USER), b64(NOT_UTF8)]
    yield "CRAM-MD5, an initial response", ["CRAM-MD5 " + b64("hoge x"), b64("hoge x")]
    yield "no mechanism", [""]
    yield "a mechanism that is none", ["GSSAPI-\u00fc"]
    for what, text in CRAM.items():
        yield f"CRAM-MD5, {what}", ["CRAM-MD5", b64(text)]
    for what, text in DIGEST.items():
        yield f"DIGEST-MD5, {what}", ["DIGEST-MD5", b64(text)]
    for other in DIGEST_FIELDS:
        # where that message is taken all the same, a wrong last one follows
        yield f"DIGEST-MD5, {other}", ["DIGEST-MD5", lambda c, other=other: digest(c, password="x", **other), b64("x")]
    for mech in ("SCRAM-SHA-1", "SCRAM-SHA-256"):
        for what, text in SCRAM_FIRST.items():
            yield f"{mech}, {what}", [f"{mech} " + (b64(text) or "="), lambda c: scram_final(c)]
        for other in SCRAM_FIELDS:
            yield f"{mech}, {other}", [f"{mech} " + scram_first(), lambda c, other=other: scram_final(c, **other)]


def converse(talk, says):
    """The last answer; 334 if the client falls silent before the server has decided."""
    code = text = None
    for i, line in enumerate(says):
        if callable(line):
            line = line(base64.b64decode(text))
        if i == 0:
            line = ("AUTH " + line).rstrip(" ")
        code, text = talk.ask(line)
        if code != 334:
            break
    return code, text


def malformed(port):
    right = "PLAIN " + plain(USER, PASSWORD)
    temporary, asked, bad = [], 0, []
    for what, says in cases():
        asked += 1
        try:
            with Talk(port) as talk:
                code, text = converse(talk, says)
                after = converse(talk, [right])[0]
        except (Broken, OSError) as error:
            bad.append(f"{what}: {error}")
            continue
        if code == 454 and after == 235:
            temporary.append(what)
        elif not 500 <= code < 600 or after != 235:
            bad.append(f"{what}: {code} {text}, then {after}")
    point(not bad, f"{asked} malformed messages: each is answered 5xx, and over the same connection the right login 235",
          "; ".join(bad))
    point(temporary == ["DIGEST-MD5, " + what for what in TEMPORARY],
          f"but for {len(TEMPORARY)} of DIGEST-MD5, known: libsasl2 makes them 454", "; ".join(temporary))
    bad = [mech for mech in MECHS if not hang_up(port, [mech])]
    bad += [] if hang_up(port, ["LOGIN", b64(USER)]) else ["LOGIN, second step"]
    bad += [] if hang_up(port, ["SCRAM-SHA-256 " + scram_first()]) else ["SCRAM, second step"]
    point(not bad, "a client that hangs up in the midst does not matter to the next one", ", ".join(bad))


def hang_up(port, says):
    with Talk(port) as talk:
        code = converse(talk, says)[0]
    with Talk(port) as talk:
        return code == 334 and converse(talk, ["PLAIN " + plain(USER, PASSWORD)])[0] == 235


# ---- who exists? ----

STRANGERS = ("hoge", "hoge@" + REALM, "nobody", "HOGE", "hoge@no.example.test", "hoge@", "off", "past", "cramonly", "a\tb", "x" * 256)


def attempt(talk, mech, user, password):
    if mech == "PLAIN":
        return converse(talk, ["PLAIN " + plain(user, password)])
    if mech == "LOGIN":
        return converse(talk, ["LOGIN", b64(user), b64(password)])
    if mech == "CRAM-MD5":
        return converse(talk, [mech, lambda c: cram(c, user, password)])
    if mech == "DIGEST-MD5":
        return converse(talk, [mech, lambda c: digest(c, user, password)])
    return converse(talk, [f"{mech} " + scram_first(user), scram_final])


def refused(port):
    with Talk(port) as talk:
        compare_answers(talk)


def compare_answers(talk):
    for mech in MECHS[:4]:
        answers = {attempt(talk, mech, user, "Falsch-1") for user in STRANGERS}
        point(len(answers) == 1 and answers.pop()[0] == 535,
              f"{mech}: the answer to {len(STRANGERS)} strangers is the same", str(answers))
    for mech in MECHS[4:]:
        first = {user: talk.ask(f"AUTH {mech} " + scram_first(user))[0] for user in ("nobody", "off", "past", "cramonly")}
        known = talk.ask(f"AUTH {mech} " + scram_first())[0]
        point(known == 334 and set(first.values()) == {535},
              f"{mech}, known: libsasl2 tells at the first step who has no such secret", f"{known} {first}")
        talk.ask("*")


# ---- names ----

FORGED = ("warning: unknown[6.6.6.6]: SASL PLAIN authentication failed: authentication failure",
          "x\n%s mail postfix/smtpd[1]: warning: unknown[6.6.6.6]: SASL LOGIN authentication failed: x" % time.strftime("%b %d %H:%M:%S"))
NAMES = FORGED + (
    "a\nb", "a\rb", "a\r\nb", "a\033[2J\033[31mb", "a\177\b\bb", "a\u0085b", "a\u2028b", "a\u202egpj.exe", "%s%s%n%m%z", "'\"`$(id)\\",
    "root result=ok", "hoge in realm mail.example.test", "x" * 255, "\u00fc" * 127, "x" * 3000, "a\0b", b"ho\377\376ge", "*", "\t", " ")


def names(port):
    for mech in MECHS:
        bad = []
        for name in NAMES:
            if isinstance(name, bytes) and mech not in ("PLAIN", "LOGIN"):
                continue
            with Talk(port) as talk:
                code, text = attempt(talk, mech, name, "Falsch-1")
            if not 500 <= code < 600:
                bad.append(f"{name!r}: {code} {text}")
        point(not bad, f"{mech}: names that nobody has are refused", "; ".join(bad))


# ---- 1,000 wrong passwords ----

def resident(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


def guess(port, number, bad):
    """50 wrong passwords over one connection, then the right one."""
    with Talk(port) as talk:
        for i in range(50):
            mech = MECHS[i % len(MECHS)]
            code, text = attempt(talk, mech, USER, f"Falsch-1-{number}-{i}")
            if code != 535:
                bad.append(f"{mech}: {code} {text}")
        return attempt(talk, "PLAIN", USER, PASSWORD)[0]


def wrong(port, pid):
    begin, bad, before, right = time.monotonic(), [], 0, set()
    for number in range(20):
        right.add(guess(port, number, bad))
        if number == 4:
            before = resident(pid)
    after = resident(pid)
    point(not bad, "1,000 wrong passwords, by all mechanisms: 535 each", "; ".join(bad[:5]))
    point(right == {235}, "the right one, over the same connections: 235", str(right))
    point(after - before <= 256, "the memory of smtpd does not grow between the 250th and the 1,000th",
          f"{before} KB, {after} KB")
    return f"1,000 wrong passwords took {time.monotonic() - begin:.1f} s; smtpd's memory was {before} KB, then {after} KB"


# ---- how long a refusal takes ----

def processor_ms(pid):
    with open(f"/proc/{pid}/schedstat", encoding="ascii") as schedstat:
        return int(schedstat.read().split()[0]) / 1e6


def measure(port, pid, rounds, *users):
    """By turns, so that all share what else the machine does."""
    times = {user: [] for user in users}
    with Talk(port) as talk:
        for number in range(int(rounds) + 1):
            for user in users:
                begin, used = time.perf_counter(), processor_ms(pid)
                code, text = attempt(talk, "PLAIN", user, f"Falsch-{number}")
                assert code == 535, text
                times[user].append(((time.perf_counter() - begin) * 1000, processor_ms(pid) - used))
    for user, took in times.items():
        columns = (sorted(column) for column in zip(*took[1:]))
        print(f"{user:24}", *(f"{c[0]:9.2f} {statistics.median(c):9.2f}" for c in columns), file=points)


# ---- what no log may hold ----

def secrets_of(export):
    """Keys and hashes, but no salts: those a server tells."""
    with open(export, encoding="utf-8") as lines:
        for user in map(json.loads, lines):
            for mech, text in user["secrets"].items():
                if mech.startswith("SCRAM"):
                    yield from text.split("$", 1)[1].split(":")
                elif mech == "PLAIN":
                    yield text.split(" ", 1)[1]
                    yield text.rsplit("$", 1)[-1]
                else:
                    yield text.split(" ")[0]


def forms(secret):
    """The secret, and as base64 and hex would show it, wherever in a message it begins."""
    raw = secret.encode()
    yield raw
    yield raw.hex().encode()
    for before in range(3):
        coded = base64.b64encode(bytes(before) + raw)
        yield coded[(8 * before + 5) // 6:8 * (before + len(raw)) // 6]


def leaks(log, export, *passwords):
    stored = set(secrets_of(export))
    sought = {form for secret in stored | set(passwords) for form in forms(secret)}
    assert len(stored) > 5 and all(len(form) >= 6 for form in sought)
    with open(log, "rb") as lines:
        for line in lines:
            if any(form in line for form in sought):
                print(line.decode("utf-8", "replace").rstrip("\n"))


def main():
    global points
    verb, *rest = sys.argv[1:]
    if verb == "leaks":
        return leaks(*rest)
    points = sys.stdout
    if verb == "time":
        with open(os.devnull, "w", encoding="utf-8") as sys.stdout:
            return measure(*rest)
    port, transcript, *more = rest
    with open(transcript, "w", encoding="utf-8", errors="replace") as sys.stdout:
        said = {"malformed": malformed, "refused": refused, "names": names, "wrong": wrong}[verb](port, *more)
    print("end", said or "", "", sep="\t", file=points)


if __name__ == "__main__":
    main()
