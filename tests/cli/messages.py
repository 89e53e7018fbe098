#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Prints, for each message that a manual page lists, "ok MESSAGE" if a string of the source makes it, else "not ok ...".

usage: messages.py PAGE SOURCE...

A message is an .It of a .Bl -diag; one that ends in "..." is cut there.  A string makes it if it is its end (what stands
before says who and where), "%s" and the like being anything, the last without a colon; what the system says of an error
may follow.
"""
import os
import re
import sys

LITERAL = r'"(?:[^"\\\n]|\\.)*"'
STRING = re.compile(r"%s(?:\s*%s)*" % (LITERAL, LITERAL))
CONVERSION = re.compile(r"%[-0-9.*]*[lzj]*[a-zA-Z]")
ERROR = re.compile(": (%s)$" % "|".join(re.escape(os.strerror(code)) for code in range(1, 132)))
LEAST = 5  # letters that a string must have of its own, to prove anything


def letters(text):
    return sum(map(str.isalpha, text))


def strings(path):
    """The strings of a source, each as the list of what is between its conversions."""
    source = re.sub(r"/\*.*?\*/", "", open(path, encoding="utf-8").read(), flags=re.S)
    for found in STRING.findall(source):
        text = "".join(part[1:-1] for part in re.findall(LITERAL, found))
        yield CONVERSION.split(re.sub(r"\\(.)", r"\1", text))


def makes(parts, text):
    pattern = ".*".join(map(re.escape, parts))
    if parts[-1] == "":
        pattern = pattern[:-2] + "(?:(?!: ).)*"
    return letters("".join(parts)) >= LEAST and re.search(pattern + "$", text)


def begins(parts, text):
    """Is the end of text the beginning of what the string makes?"""
    for i, part in enumerate(parts):
        for length in range(len(part), 0, -1):
            if text.endswith(part[:length]) and makes(parts[:i] + [part[:length]], text):
                return True
    return False


def messages(page):
    lists = []
    for line in open(page, encoding="utf-8").read().splitlines():
        if line.startswith(".Bl "):
            lists.append("-diag" in line)
        elif line == ".El":
            lists.pop()
        elif line.startswith(".It ") and lists[-1]:
            yield line[4:].replace(r"\(dq", '"').replace(r"\e", "\\").replace(r"\&", "")


def main():
    known = [parts for path in sys.argv[2:] for parts in strings(path)]
    for text in messages(sys.argv[1]):
        start = text[:-3].rstrip() if text.endswith("...") else None
        good = any(begins(parts, start) if start else makes(parts, ERROR.sub("", text)) for parts in known)
        print("ok" if good else "not ok", text)


main()
