#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""SMTP and IMAP clients for the host tests, independent of libsasl2 and libgsasl.

  clients.py smtplib PORT MECH USER PASSWORD   Python's own SMTP client
  clients.py scram   PORT MECH USER PASSWORD   RFC 5802 from hashlib and hmac alone
  clients.py imaplib PORT MECH USER PASSWORD   Python's own IMAP client; MECH "command" is IMAP's LOGIN command
  clients.py talk    PORT LINE...              sends each LINE as it is and waits for the reply; a LINE that
                                               starts with "!" is a shell command, run while the connection
                                               is open

Each prints the dialogue as the server's lines "< 235 ..." and the client's "> ...".
Exit code: 0 the last reply was 2xx (IMAP: OK), 1 it was not, 2 the server broke the protocol.
"""
import base64
import imaplib
import smtplib
import socket
import subprocess
import sys

sys.dont_write_bytecode = True
import mechanisms  # noqa: E402
from mechanisms import Broken  # noqa: E402

HOST = "127.0.0.1"
SECONDS = 20


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


def log_in(talk, mech, user, password):
    """Over a connection that is there; the reply's code."""
    client = mechanisms.start(mech, user, password, "smtp")
    first = next(client)
    try:
        code, text = talk.ask(f"AUTH {mech}" + ("" if first is None else " " + base64.b64encode(first).decode()))
        while code == 334:
            code, text = talk.ask(base64.b64encode(client.send(base64.b64decode(text))).decode())
    except StopIteration:
        raise Broken("the server asks on") from None
    return code


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


def imap(port, mech, user, password):
    connection = imaplib.IMAP4(HOST, int(port), timeout=SECONDS)
    client = None

    def answer(challenge):
        nonlocal client
        if client is None:
            client = mechanisms.start(mech, user, password, "imap")
            first = next(client)
            if first is not None:
                return first
        return client.send(challenge)

    try:
        if mech == "command":
            print("<", connection.login(user, password))
        else:
            print("<", connection.authenticate(mech, answer))
    except imaplib.IMAP4.error as error:
        print("<", error)
        if isinstance(error, imaplib.IMAP4.abort):
            raise Broken("connection closed") from error
        return 535
    return 235


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
        code = {"smtplib": builtin, "scram": over_new(log_in), "imaplib": imap, "talk": talk}[verb](port, *rest)
    except (Broken, OSError, StopIteration, subprocess.SubprocessError) as error:
        print("!", error, flush=True)
        return 2
    return 0 if 200 <= code < 300 else 1


if __name__ == "__main__":
    sys.exit(main())
