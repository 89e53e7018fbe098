#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Many logins at once beside a provisioning loop, for load.t.

  load_clients.py users COUNT                  users with verifiers, as gsasldb import reads them (jsonl)
  load_clients.py run PORT SECONDS COUNT DB MASTER
                                               32 clients log in to Postfix for so long, while one loop changes
                                               DB with the tools as fast as it can

The users whose passwords change have versions that only grow.  A login must go as the versions say that were
possible meanwhile: from the one acknowledged before it to the one begun when it ended.

run prints lines "NAME VALUE" (see load.t) and each wrong answer as "wrong: ...".
"""
import functools
import json
import os
import random
import statistics
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../unit"))
import clients  # noqa: E402
import known_answers  # noqa: E402

REALM = "mail.example.test"
CLIENTS = 32
PASSWORDS = 97          # of the users who stay as they are; neighbours have different ones
CHANGING = 24           # users whose passwords change
BATCH = 8               # new users in one import
IMPORT_EVERY = 10       # writes
MECHS = {"CRAM-MD5": clients.cram, "SCRAM-SHA-1": clients.scram, "SCRAM-SHA-256": clients.scram}
SPECS = "CRAM-MD5 SCRAM-SHA-1:4096 SCRAM-SHA-256:4096"
LOGINS_MIN, WRITES_MIN = 1000, 50       # a slow machine gets more time for them, ...
MORE_SECONDS = 180                      # ... but no more than this
COMPLAINTS = 20


@functools.lru_cache(maxsize=None)
def secrets(password):
    salt = password.encode().ljust(16, b".")[:16]
    return {mech: known_answers.make_here(mech, "", "", password, salt) for mech in MECHS}


def jsonl(user, password):
    return json.dumps({"user": user, "realm": REALM, "secrets": secrets(password)}) + "\n"


def password_of(number):
    return f"Bleibt-{number % PASSWORDS}"


class Changing:
    """A user whose versions are numbered: 0 is "not there", and so is every third."""

    def __init__(self, name):
        self.name = name
        self.acknowledged = self.started = 0

    @staticmethod
    def there(version):
        return version % 3 != 0

    def password(self, version):
        return f"{self.name}-{version}"


class Run:
    def __init__(self, port, seconds, count, db, master):
        self.port, self.count, self.db, self.master = port, count, db, master
        now = time.monotonic()
        self.warm, self.end = now + seconds / 3, now + seconds
        self.changing = [Changing(f"wechselt{i}") for i in range(CHANGING)]
        self.added = []                 # names of new users, acknowledged
        self.durations = []             # of logins
        self.accepted = self.writes = self.wrong = 0
        self.lock = threading.Lock()

    def complain(self, text):
        with self.lock:
            self.wrong += 1
            if self.wrong <= COMPLAINTS:
                print("wrong:", text, flush=True)

    def over(self):
        now = time.monotonic()
        enough = len(self.durations) >= LOGINS_MIN and self.writes >= WRITES_MIN
        return now >= self.end and (enough or now >= self.end + MORE_SECONDS)

    # ---- logins ----

    def log_in(self, mech, user, password):
        begun = time.monotonic()
        talk = None
        try:
            talk = clients.Talk(self.port, quiet=True)
            code = MECHS[mech](talk, mech, user, password)
            talk.ask("QUIT")
        except (clients.Broken, OSError, ValueError, KeyError) as error:
            code = f"{type(error).__name__}: {error}"
        finally:
            if talk is not None:
                talk.close()
        with self.lock:
            self.durations.append(time.monotonic() - begun)
            self.accepted += code == 235
        return code

    def expect(self, allowed, mech, user, password):
        code = self.log_in(mech, user, password)
        if code not in allowed:
            self.complain(f"{mech} {user} with {password}: {code}, not {allowed}")

    def try_changing(self, mech, user, back):
        """With the newest password, or one of `back` versions before."""
        before = user.acknowledged
        version = max(user.started - back, 0)
        code = self.log_in(mech, user.name, user.password(version))
        after = user.started
        if not user.there(version) or not before <= version <= after:
            allowed = {535}
        elif before == after:
            allowed = {235}
        else:
            allowed = {235, 535}
        if code not in allowed:
            self.complain(f"{mech} {user.name}, version {version} of {before} to {after}: {code}, not {allowed}")

    def try_one(self, rng):
        mech = rng.choice(list(MECHS))
        number = rng.randrange(self.count)
        dice = rng.random()
        if dice < 0.4:
            self.try_changing(mech, rng.choice(self.changing), rng.choice((0, 0, 0, 1, 2)))
        elif dice < 0.8:
            self.expect({235}, mech, f"user{number}", password_of(number))
        elif dice < 0.9:
            self.expect({535}, mech, f"user{number}", password_of(number + 1))
        elif dice < 0.95 and self.added:
            name = rng.choice(self.added)
            self.expect({235}, mech, name, name)
        else:
            self.expect({535}, mech, f"niemand{number}", password_of(number))

    def client(self, seed):
        rng = random.Random(seed)
        while not self.over():
            self.try_one(rng)

    # ---- writes ----

    def tool(self, words, text):
        done = subprocess.run(words, input=text, capture_output=True, text=True, timeout=120)
        self.writes += 1
        if done.returncode != 0:
            self.complain(f"{' '.join(words)}: exit {done.returncode}: {done.stderr.strip()}")
        return done.returncode == 0

    def change(self, user):
        user.started += 1
        where = ["-f", self.db, "-u", REALM, user.name]
        if user.there(user.started):
            good = self.tool(["saslpasswd", "-c", "-p", "-m", SPECS, *where], user.password(user.started))
        else:
            good = self.tool(["saslpasswd", "-d", *where], "")
        if good:
            user.acknowledged = user.started

    def add(self):
        """A batch of new users, and some who change."""
        names = [f"neu{len(self.added) + i}" for i in range(BATCH)]
        users = [u for u in self.changing[::5] if u.there(u.started + 1)]
        for user in users:
            user.started += 1
        lines = [jsonl(name, name) for name in names]
        lines += [jsonl(user.name, user.password(user.started)) for user in users]
        if self.tool(["gsasldb", "import", "-f", self.db, "--format", "jsonl"], "".join(lines)):
            self.added += names
            for user in users:
                user.acknowledged = user.started

    def provision(self):
        rounds = 0
        while not self.over():
            rounds += 1
            if rounds % IMPORT_EVERY == 0:
                self.add()
            else:
                self.change(self.changing[rounds % CHANGING])

    # ---- memory ----

    def memory(self):
        """What each smtpd has for itself alone, in kB, by process."""
        found = {}
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/stat") as file:
                    name, rest = file.read().split("(", 1)[1].rsplit(")", 1)
                if name != "smtpd" or int(rest.split()[1]) != self.master:
                    continue
                with open(f"/proc/{pid}/smaps_rollup") as file:
                    found[pid] = sum(int(line.split()[1]) for line in file if line.startswith("Private_Dirty:"))
            except (OSError, ValueError):       # it is gone
                continue
        return found

    # ---- all together ----

    def run(self):
        threading.excepthook = lambda args: self.complain(f"a thread ended: {args.exc_value!r}")
        threads = [threading.Thread(target=self.client, args=(i,)) for i in range(CLIENTS)]
        threads.append(threading.Thread(target=self.provision))
        for thread in threads:
            thread.start()
        time.sleep(max(self.warm - time.monotonic(), 0))
        before, warm_logins = self.memory(), len(self.durations)
        for thread in threads:
            thread.join()
        after = self.memory()
        logins, seconds = len(self.durations), time.monotonic() - self.warm
        for user in self.changing:
            for mech in MECHS:
                self.try_changing(mech, user, 0)
        stayed = sorted(before.keys() & after.keys())
        growth = [after[pid] - before[pid] for pid in stayed]
        print("logins", logins)
        print("accepted", self.accepted)
        print("logins-a-second", round((logins - warm_logins) / seconds))
        print("median-ms", round(1000 * statistics.median(self.durations)))
        print("slowest-ms", round(1000 * max(self.durations)))
        print("writes", self.writes)
        print("added", len(self.added))
        print("there", sum(user.there(user.acknowledged) for user in self.changing))
        print("wrong", self.wrong)
        print("smtpds", len(before))
        print("stayed", len(stayed))
        print("logins-each", round((logins - warm_logins) / max(len(stayed), 1)))
        print("memory-kB", round(statistics.mean(after[pid] for pid in stayed)) if stayed else 0)
        print("growth-kB", round(statistics.mean(growth)) if stayed else "unknown")
        print("growth-most-kB", max(growth, default="unknown"))


def main():
    verb, *rest = sys.argv[1:]
    if verb == "users":
        for number in range(int(rest[0])):
            sys.stdout.write(jsonl(f"user{number}", password_of(number)))
        return
    port, seconds, count, db, master = rest
    Run(int(port), float(seconds), int(count), db, int(master)).run()


main()
