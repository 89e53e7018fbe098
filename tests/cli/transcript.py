#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs the examples of a manual page, word for word and in order, in one bash at a terminal.

usage: transcript.py PAGE CHECK-FILE

What the section EXAMPLES displays (.Dl, .Bd -literal) is one of two things.  Where it begins with "# " it is what root
sees at a terminal:

  # COMMAND        a command; one that ends in "\\" or "|" goes on in the next line
  any other line   what the command before it shows

Anything else is a file, whose path is the last .Pa before it; it is written, and CHECK-FILE PATH must succeed.

A command must show these lines and no others, and end with 0, but before "# echo $?".  "..." stands for anything in a
line, as a line for any lines, and a time for any time.  The person at the terminal answers each "Password: " and
"(for verification): " with "hoge".

Prints for each command and file "ok WHAT", or "not ok WHAT" and lines "# ...".  The exit code is 1 if there is neither.
"""
import os
import pty
import re
import select
import subprocess
import sys

TIMEOUT = 60  # seconds without a sign of life
MARK = "\x01"
PROMPT = re.compile(r"(Password: |\(for verification\): )$")
PROGRESS = re.compile(r"\r[^\n\r]*\x1b\[K")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
ESCAPES = {r"\e": "\\", r"\(ga": "`", r"\(aq": "'", r"\(dq": '"', r"\-": "-", r"\&": ""}


def plain(text):
    """A line of mdoc as it is shown."""
    return re.sub(r"\\(\(..|.)", lambda m: ESCAPES[m[0]], text)


def displays(page):
    """(path, lines) of each display in EXAMPLES."""
    inside, path, lines = False, None, None
    for line in open(page, encoding="utf-8").read().splitlines():
        if line.startswith(".Sh "):
            inside = line == ".Sh EXAMPLES"
        elif not inside:
            continue
        elif lines is not None:
            if line == ".Ed":
                yield path, lines
                lines = None
            else:
                lines.append(plain(line))
        elif line.startswith(".Bd -literal"):
            lines = []
        elif line.startswith(".Dl "):
            yield path, [plain(line[4:])]
        elif line.startswith(".Pa "):
            path = line.split()[1]


def steps(page):
    """("file", path, text) and ("command", command, expected lines) in their order."""
    for path, lines in displays(page):
        if not lines[0].startswith("# "):
            yield "file", path, "\n".join(lines) + "\n"
            continue
        commands = []
        goes_on = False
        for line in lines:
            if line.startswith("# ") or goes_on:
                if not goes_on:
                    commands.append(("", []))
                commands[-1] = (commands[-1][0] + "\n" * goes_on + line[0 if goes_on else 2:], [])
                goes_on = line.endswith(("\\", "|"))
            else:
                commands[-1][1].append(line)
        for command, expected in commands:
            yield "command", command, expected


class Shell:
    """A bash that runs what it is sent, with a terminal for the commands."""

    def __init__(self):
        here, self.orders = os.pipe()
        child, self.terminal = pty.fork()
        if child == 0:
            os.dup2(here, 9)
            os.execvp("bash", ["bash", "--norc", "--noprofile", "-c", 'code=0; while IFS= read -r -d "" -u 9 line; do '
                      '(exit $code); eval "$line" 9<&-; code=$?; printf "' + MARK + '%d\\n" $code; done'])
        os.close(here)

    def run(self, command):
        """What the terminal showed, and the exit code."""
        os.write(self.orders, command.encode() + b"\0")
        shown = ""
        while not (end := re.search(MARK + r"(\d+)\r\n", shown)):
            if not select.select([self.terminal], [], [], TIMEOUT)[0]:
                sys.exit("transcript.py: nothing happens after %r: %r" % (command, shown))
            shown += os.read(self.terminal, 65536).decode("utf-8", "replace")
            if PROMPT.search(shown):
                os.write(self.terminal, b"hoge\n")
        return PROGRESS.sub("", shown[:end.start()]), int(end[1])


def same(wanted, shown):
    """Are these lines what the others say?"""
    pattern = "".join("(.*\n)*" if line == "..." else "[^\n]*".join(map(re.escape, line.split("..."))) + "\n"
                      for line in (TIME.sub("TIME", line.rstrip()) for line in wanted))
    return re.fullmatch(pattern, "".join(TIME.sub("TIME", line) + "\n" for line in shown)) is not None


def tell(good, what, details=""):
    print(("ok " if good else "not ok ") + " ".join(what.split()))
    if not good:
        print("".join("#   %s\n" % line for line in details.splitlines()), end="")


def main():
    page, check = sys.argv[1:]
    shell = Shell()
    todo = list(steps(page))
    for i, (kind, what, content) in enumerate(todo):
        if kind == "file":
            os.makedirs(os.path.dirname(what) or ".", exist_ok=True)
            with open(what, "w", encoding="utf-8") as file:
                file.write(content)
            result = subprocess.run([check, what], capture_output=True, text=True, check=False)
            tell(result.returncode == 0, what, result.stdout + result.stderr)
            continue
        shown, code = shell.run(what)
        lines = [line.rstrip() for line in shown.replace("\r", "").splitlines()]
        asked = todo[i + 1:i + 2] and todo[i + 1][1] == "echo $?"
        tell(same(content, lines) and (code == 0 or asked), what,
             "\n".join(["expected:", *content, "shown:", *lines, "exit code %d" % code]))
    sys.exit(not todo)


main()
