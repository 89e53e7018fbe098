#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""report.py RESULTS.CSV: the table and the ratios of what bench/bench.sh measured, as Markdown.

Of several rounds the median counts; the spread is that of their medians, largest to smallest."""

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


def lookups(r):
    """What a lookup costs: the login less the same with the plugin that answers from memory (SCRAM: all of it)."""
    rows = []
    for what in r.distinct("what", part="lookups"):
        for users in r.distinct("users", part="lookups"):
            p50 = {b: r.one("p50", part="lookups", what=what, users=users, backend=b)
                   for b in ("ours", "ours-mapped", "stock", "memory", "memory-readable")}
            if None in p50.values():
                continue
            # SCRAM has to be computed from the readable password that the stock plugin finds: the whole login counts
            hashed, readable = (0, 0) if what.startswith("SCRAM") else (p50["memory"], p50["memory-readable"])
            ours, mapped, stock = p50["ours"] - hashed, p50["ours-mapped"] - hashed, p50["stock"] - readable
            floor = r.one("p50", part="floor", users=users, backend="gdbm")
            spread = [v - hashed for v in r.values("p50", part="lookups", what=what, users=users, backend="ours")]
            rows.append([what, users, number(ours), "%s..%s" % (number(min(spread)), number(max(spread))),
                         number(mapped), number(stock), ratio(stock, ours), ratio(stock, mapped), number(floor),
                         number(r.one("p50", part="floor", users=users, backend="lmdb"))])
    table("What a lookup costs (us, median)",
          ["login", "users", "ours", "spread", "ours, mapped", "stock", "stock / ours", "stock / mapped",
           "gdbm_fetch", "mdb_get"], rows)


def plain_table(r, part, title, head, fields):
    rows = []
    for what in r.distinct("what", part=part):
        for users in r.distinct("users", part=part, what=what):
            for backend in r.distinct("backend", part=part, what=what, users=users):
                rows.append([what, users, backend] +
                            [number(r.one(f, part=part, what=what, users=users, backend=backend)) for f in fields])
    table(title, head, rows)


def main():
    r = Results(sys.argv[1])
    lookups(r)
    percentiles = ["median", "p99", "p99.9", "worst"]
    fields = ["p50", "p99", "p999", "worst"]
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
