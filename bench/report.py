#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""report.py [--plot-lookups | --plot-writers] RESULTS.CSV: the tables and the ratios of what bench/bench.sh measured, as
Markdown; or the columns for one of the pictures of bench/plot.sh.

Of several rounds the median counts; for lookups and their floor the least median, that of the least disturbed
round, since other work on the machine only ever adds."""

import csv
import statistics
import sys

FIELDS = "part what users backend round done failed mean p50 p99 p999 worst cpu memory".split()


class Results:
    def __init__(self, path):
        with open(path, newline="") as file:
            self.rows = [dict(zip(FIELDS, row)) for row in csv.reader(file)]

    def values(self, field, **wanted):
        return [
            float(row[field])
            for row in self.rows
            if row[field] != "" and all(row[key] == str(value) for key, value in wanted.items())
        ]

    def one(self, field, **wanted):
        found = self.values(field, **wanted)
        return statistics.median(found) if found else None

    def least(self, **wanted):
        return min(self.values("p50", **wanted), default=None)

    def distinct(self, field, **wanted):
        seen = {}
        for row in self.rows:
            if all(row[key] == value for key, value in wanted.items()):
                seen[row[field]] = True
        return list(seen)


def number(value):
    if value is None:
        return "-"
    return "%.2f" % value if value < 100 else "{:,.0f}".format(value)


def ratio(a, b):
    return "-" if not a or not b else "%.1f" % (a / b)


def table(title, head, rows):
    if not rows:
        return
    print("\n### %s\n" % title)
    print("| " + " | ".join(head) + " |")
    print("|" + " --- |" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |")


def costs(r, what, users):
    """What a lookup costs: the login less the same with the plugin that answers from memory; ours also at its median.

    SCRAM has to be computed from the readable password that the stock plugin finds: there the whole login counts."""
    p50 = {b: r.least(part="lookups", what=what, users=users, backend=b)
           for b in ("ours", "ours-mapped", "stock", "memory", "memory-readable")}
    if None in p50.values():
        return None
    hashed, readable = (0, 0) if what.startswith("SCRAM") else (p50["memory"], p50["memory-readable"])
    middle = r.one("p50", part="lookups", what=what, users=users, backend="ours") - (
        hashed and r.one("p50", part="lookups", what=what, users=users, backend="memory"))
    return p50["ours"] - hashed, p50["ours-mapped"] - hashed, p50["stock"] - readable, middle


def floor(r, users, backend="gdbm"):
    return r.least(part="floor", users=users, backend=backend)


def lookups(r):
    rows = []
    for what in r.distinct("what", part="lookups"):
        for users in r.distinct("users", part="lookups"):
            found = costs(r, what, users)
            if found is None:
                continue
            ours, mapped, stock, middle = found
            rows.append([what, users, number(ours), number(middle), number(mapped),
                         number(stock), ratio(stock, ours), ratio(stock, mapped), number(floor(r, users)),
                         number(floor(r, users, "lmdb"))])
    table("What a lookup costs (us; SCRAM: the whole login)",
          ["login", "users", "ours", "ours, all rounds", "ours, mapped", "stock", "stock / ours", "stock / mapped",
           "gdbm_fetch", "mdb_get"], rows)


def plot_lookups(r):
    for users in r.distinct("users", part="lookups"):
        print(users, *costs(r, "checkpass", users)[:3], floor(r, users))


def plot_writers(r):
    for place, rate in enumerate(w for w in r.distinct("what", part="writers") if not w.startswith("write-")):
        print(place, rate, *(r.one(field, part="writers", what=rate, backend=backend)
                             for backend in ("ours", "stock") for field in ("p50", "p99")))


def plain_table(r, part, title, head, fields):
    rows = []
    for what in r.distinct("what", part=part):
        for users in r.distinct("users", part=part, what=what):
            for backend in r.distinct("backend", part=part, what=what, users=users):
                rows.append([what, users, backend] +
                            [number(r.one(f, part=part, what=what, users=users, backend=backend)) for f in fields])
    table(title, head, rows)


def main():
    r = Results(sys.argv[-1])
    if sys.argv[1] == "--plot-lookups":
        return plot_lookups(r)
    if sys.argv[1] == "--plot-writers":
        return plot_writers(r)
    lookups(r)
    percentiles = ["median", "p99", "p99.9", "worst"]
    fields = ["p50", "p99", "p999", "worst"]
    plain_table(r, "floor", "The floor (us)", ["", "users", "with", "median"], ["p50"])
    plain_table(r, "processes", "Several processes at once (us)", ["processes", "users", "backend"] + percentiles, fields)
    plain_table(r, "writers", "Eight processes of 20 lookups a second beside a writer (us)",
                ["writes a second", "users", "backend", "lookups", "failed"] + percentiles, ["done", "failed"] + fields)
    plain_table(r, "writes", "One write (us)", ["user", "users", "backend"] + percentiles, fields)
    plain_table(r, "tools", "One call of a tool (us)", ["does", "users", "backend", "median", "worst"], ["p50", "worst"])
    plain_table(r, "list", "Everybody (us)", ["does", "users", "backend", "median"], ["p50"])
    plain_table(r, "load", "Loading the plugins and opening the store (us)", ["", "users", "backend", "median"], ["p50"])
    plain_table(r, "schemes", "PLAIN (us)", ["scheme", "users", "backend", "median"], ["p50"])
    plain_table(r, "calls", "System calls of a lookup", ["", "users", "backend", "calls"], ["p50"])


main()
