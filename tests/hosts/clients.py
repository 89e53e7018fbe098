#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""SMTP clients for the host tests, independent of libsasl2 and libgsasl.

  clients.py smtplib PORT MECH USER PASSWORD   Python's own SMTP client
  clients.py scram   PORT MECH USER PASSWORD   RFC 5802 from hashlib and hmac alone
  clients.py talk    PORT LINE...              sends each LINE as it is and waits for the reply; a LINE that
                                               starts with "!" is a shell command, run while the connection
                                               is open

Each prints the dialogue as the server's lines "< 235 ..." and the client's "> ...".
Exit code: 0 the last reply was 2xx, 1 it was not, 2 the server broke the protocol.
"""
import base64
import functools
import hashlib
import hmac
import os
import smtplib
import socket
import stringprep
import subprocess
import sys
import unicodedata

HOST = "127.0.0.1"
SECONDS = 20


class Broken(Exception):
    """The server did what no correct server does."""


class Talk:
    """A line-wise SMTP connection that prints what goes over it, unless it is quiet."""

    def __init__(self, port, quiet=False):
        self.quiet = quiet
        self.sock = socket.create_connection((HOST, int(port)), timeout=SECONDS)
        self.lines = self.sock.makefile("rb")
        self.reply()
        self.ask("EHLO client.test")

    def reply(self):
        text = []
        while True:
            line = self.lines.readline()
            if not line.endswith(b"\n"):
                raise Broken("connection closed")
            line = line.decode("utf-8", "replace").rstrip("\r\n")
            self.show("<", line)
            text.append(line[4:])
            if line[3:4] != "-":
                return int(line[:3]), text[-1]

    def ask(self, line):
        self.show(">", line)
        self.sock.sendall((line if isinstance(line, bytes) else line.encode()) + b"\r\n")
        return self.reply()

    def close(self):
        self.lines.close()
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()

    def show(self, whose, line):
        if not self.quiet:
            print(whose, line, flush=True)


def prepared(password):
    """SASLprep (RFC 4013), as far as the tests' passwords need it."""
    mapped = "".join(
        " " if stringprep.in_table_c12(c) else c for c in password if not stringprep.in_table_b1(c))
    return unicodedata.normalize("NFKC", mapped).encode()


def attributes(message):
    return dict(part.split("=", 1) for part in message.split(","))


@functools.lru_cache(maxsize=10000)
def salted_password(digest, password, salt, iterations):
    return hashlib.pbkdf2_hmac(digest, prepared(password), salt, iterations)


def scram(talk, mech, user, password):
    digest = {"SCRAM-SHA-1": "sha1", "SCRAM-SHA-256": "sha256"}[mech]

    def mac(key, data):
        return hmac.new(key, data.encode(), digest).digest()

    nonce = base64.b64encode(os.urandom(18)).decode()
    name = user.replace("=", "=3D").replace(",", "=2C")
    client_first = f"n={name},r={nonce}"
    code, text = talk.ask(f"AUTH {mech} " + base64.b64encode(f"n,,{client_first}".encode()).decode())
    if code != 334:
        return code
    server_first = base64.b64decode(text).decode()
    told = attributes(server_first)
    if not told["r"].startswith(nonce) or told["r"] == nonce:
        raise Broken("the nonce is not ours with the server's added")
    salted = salted_password(digest, password, base64.b64decode(told["s"]), int(told["i"]))
    client_key = mac(salted, "Client Key")
    client_final = "c=biws,r=" + told["r"]
    signed = f"{client_first},{server_first},{client_final}"
    signature = mac(hashlib.new(digest, client_key).digest(), signed)
    proof = bytes(a ^ b for a, b in zip(client_key, signature))
    proof = base64.b64encode(proof).decode()
    code, text = talk.ask(base64.b64encode(f"{client_final},p={proof}".encode()).decode())
    if code != 334:
        return code
    verifier = base64.b64encode(mac(mac(salted, "Server Key"), signed)).decode()
    if attributes(base64.b64decode(text).decode()).get("v") != verifier:
        raise Broken("the server does not know the ServerKey")
    return talk.ask("")[0]


def cram(talk, mech, user, password):
    """RFC 2195."""
    code, text = talk.ask(f"AUTH {mech}")
    if code != 334:
        return code
    answer = hmac.new(password.encode(), base64.b64decode(text), "md5").hexdigest()
    return talk.ask(base64.b64encode(f"{user} {answer}".encode()).decode())[0]


def over_new(exchange):
    """The exchange over a connection of its own."""
    return lambda port, *rest: exchange(Talk(port), *rest)


def builtin(port, mech, user, password):
    smtp = smtplib.SMTP(HOST, int(port), "client.test", timeout=SECONDS)
    smtp.ehlo()
    smtp.user, smtp.password = user, password
    method = getattr(smtp, "auth_" + mech.lower().replace("-", "_"))
    try:
        code, text = smtp.auth(mech, method, initial_response_ok=mech != "LOGIN")
    except smtplib.SMTPAuthenticationError as error:
        code, text = error.smtp_code, error.smtp_error
    print("<", code, text.decode("utf-8", "replace"))
    return code


def talk(port, *lines):
    connection = Talk(port)
    code = 0
    for line in lines:
        if line.startswith("!"):
            print("!", line[1:], flush=True)
            subprocess.run(line[1:], shell=True, check=True, timeout=60)
        else:
            code = connection.ask(line)[0]
    return code


def main():
    verb, port, *rest = sys.argv[1:]
    try:
        code = {"smtplib": builtin, "scram": over_new(scram), "talk": talk}[verb](port, *rest)
    except (Broken, OSError, subprocess.SubprocessError) as error:
        print("!", error, flush=True)
        return 2
    return 0 if 200 <= code < 300 else 1


if __name__ == "__main__":
    sys.exit(main())
