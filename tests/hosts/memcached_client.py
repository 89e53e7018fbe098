#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A client of memcached's binary protocol, as far as logging in needs it.

  memcached_client.py mechs PORT                            the mechanisms that the server offers, one a line
  memcached_client.py login PORT MECH USER PASSWORD         exit code 0: logged in, 1: refused
  memcached_client.py crowd PORT USER PASSWORD WRONG MECH...
        16 logins at once by each MECH, with the right and a wrong password in turn; exit code 0: each got the
        answer it must

Exit code 2: the server broke the protocol, or lets somebody in who has not logged in.
"""
import concurrent.futures
import socket
import struct
import sys

sys.dont_write_bytecode = True
import mechanisms  # noqa: E402

HEADER = struct.Struct("!BBHBBHIIQ")
GET, LIST, START, STEP = 0x00, 0x20, 0x21, 0x22
SUCCESS, NO_SUCH_KEY, REFUSED, CONTINUE = 0x00, 0x01, 0x20, 0x21
CROWD = 16


class Connection:
    def __init__(self, port):
        self.sock = socket.create_connection(("127.0.0.1", int(port)), timeout=60)

    def read(self, count):
        data = b""
        while len(data) < count:
            more = self.sock.recv(count - len(data))
            if not more:
                raise mechanisms.Broken("connection closed")
            data += more
        return data

    def ask(self, command, key=b"", value=b""):
        """The status and the value of the answer."""
        self.sock.sendall(HEADER.pack(0x80, command, len(key), 0, 0, 0, len(key) + len(value), 0, 0) + key + value)
        magic, echoed, key_len, extras, _, status, length, _, _ = HEADER.unpack(self.read(HEADER.size))
        if (magic, echoed) != (0x81, command):
            raise mechanisms.Broken(f"answer {magic:#x} to command {echoed:#x}")
        return status, self.read(length)[extras + key_len:]

    def log_in(self, mech, user, password):
        """True if the server says yes.  Data must be given then, and only then."""
        client = mechanisms.start(mech, user, password, "memcached")
        status, value = self.ask(START, mech.encode(), next(client) or b"")
        while status == CONTINUE:
            status, value = self.ask(STEP, mech.encode(), client.send(value))
        if status not in (SUCCESS, REFUSED):
            raise mechanisms.Broken(f"status {status:#x} {value!r}")
        if self.ask(GET, b"nothing")[0] != (NO_SUCH_KEY if status == SUCCESS else REFUSED):
            raise mechanisms.Broken("gives data or not, against what it answered to the login")
        return status == SUCCESS


def crowd(port, user, right, wrong, *mechs):
    def one(job):
        mech, number = job
        got = Connection(port).log_in(mech, user, wrong if number % 2 else right)
        return None if got == (number % 2 == 0) else f"{mech}: {'in' if got else 'out'}"

    jobs = [(mech, number) for number in range(CROWD) for mech in mechs]
    with concurrent.futures.ThreadPoolExecutor(len(jobs)) as pool:
        bad = [answer for answer in pool.map(one, jobs) if answer]
    print(f"{len(jobs)} logins, wrong answers: {bad}")
    return not bad


def main():
    verb, port, *rest = sys.argv[1:]
    try:
        if verb == "mechs":
            print(*Connection(port).ask(LIST)[1].decode().split(), sep="\n")
            return 0
        good = {"login": lambda: Connection(port).log_in(*rest), "crowd": lambda: crowd(port, *rest)}[verb]()
    except (mechanisms.Broken, OSError, StopIteration) as error:
        print("!", type(error).__name__, error)
        return 2
    print("logged in" if good else "refused")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
