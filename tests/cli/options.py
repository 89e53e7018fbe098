#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Prints the options that there are, as one place of the source says it; for options-agree.t.

usage: options.py code|page|synopsis SRCDIR

One option a line: "COMMAND -u --realm =", the command being a program or "gsasldb VERB", the = of those that take an
argument.  A synopsis names each but once, by its letter if it has one: "COMMAND -u =".
"""
import re
import sys
from pathlib import Path

OPTION = r"""\{"([a-z0-9-]+)",\s*(?:'(.)'|0),\s*(NULL|")"""


def option(long, letter, argument):
    names = (["-" + letter] if letter else []) + (["--" + long] if long else [])
    return " ".join(names + (["="] if argument else []))


# ---- the tables of the tools ----

def code_options(source, macros):
    """The tables of a file: {name: [option]}."""
    tables = {}
    for name, body in re.findall(r"struct cli_option (\w+)\[\] = \{(.*?)\};", source, re.S):
        tables[name] = [macros[m[3]] if m[3] else option(m[0], m[1], m[2] != "NULL")
                        for m in re.findall(OPTION + r"|VERB_OPTION_([A-Z]+)", body)]
    return tables


def code(top):
    header = (top / "tools/gsasldb.h").read_text().replace("\\\n", "")
    macros = {m[0]: option(m[1], m[2], m[3] != "NULL")
              for m in re.findall(r"#define VERB_OPTION_([A-Z]+)\(o\)\s*" + OPTION, header)}
    common = code_options((top / "tools/cli_options.c").read_text(), macros)["common_options"]
    for path in sorted((top / "tools").glob("*.c")):
        source = path.read_text()
        tables = code_options(source, macros)
        for body in re.findall(r"struct cli_command \w+ = \{(.*?)\};", source, re.S):
            verb = re.search(r'^"(\w+)"|\.verb = "(\w+)"', body)
            command = "gsasldb " + (verb[1] or verb[2]) if verb else path.stem
            for name in tables:
                if re.search(r"\b%s\b" % name, body):
                    yield from ((command, o) for o in tables[name])
            yield from ((command, o) for o in common)


# ---- the manual pages ----

def page_lines(path):
    """(section, subsection, words) of each line that begins with a macro."""
    section = part = ""
    for line in path.read_text().splitlines():
        words = line[1:].split()
        if line.startswith(".Sh "):
            section, part = line[4:], ""
        elif line.startswith(".Ss "):
            part = line[4:]
        elif line.startswith(".") and words:
            yield section, part, words


def flags(words):
    """[(name, argument)] of the flags in a line of macros: "Op Fl cn", "It Fl u Ar realm , Fl -realm Ar realm"."""
    found, in_flags = [], False
    for word in words:
        if word == "Fl":
            in_flags = True
        elif word == "Ar" and in_flags:
            found[-1] = (found[-1][0], True)
            in_flags = False
        elif word[0].isupper() and len(word) == 2:
            in_flags = False
        elif word.startswith("-") and in_flags:
            found.append(("-" + word, False))
        elif word not in "|," and in_flags:
            found += [("-" + letter, False) for letter in word]
    return found


def synopsis(top):
    for path in sorted((top / "man").glob("*.8")):
        program = path.stem
        all_commands, commands = {program}, []
        for section, _, words in page_lines(path):
            if section != "SYNOPSIS":
                continue
            if words[0] == "Nm":
                commands = [program]
            elif words[0] == "Cm":
                commands = [program + " " + word for word in words[1:] if word != "|"]
                all_commands.update(commands)
            elif words == ["Op", "Ar", "verb"]:
                commands = all_commands
            for name, argument in flags(words):
                yield from ((command, name + (" =" if argument else "")) for command in sorted(commands))


def page(top):
    """A section of a verb has its own options; what is common it has if its synopsis says so."""
    used = set(synopsis(top))
    for path in sorted((top / "man").glob("*.8")):
        own, common = [], []
        for _, part, words in page_lines(path):
            if words[0] != "It" or "Fl" not in words:
                continue
            names = [name for name, _ in flags(words)]
            text = " ".join(names + (["="] if flags(words)[0][1] else []))
            if part == "Common options":
                common.append(text)
            else:
                own.append((path.stem + (" " + part if path.stem == "gsasldb" else ""), text))
        yield from own
        for command in sorted({c for c, _ in used if c.split()[0] == path.stem}):
            for text in common:
                short = text.split()[0] + (" =" if text.endswith("=") else "")
                if (command, short) in used and (command, text) not in own:
                    yield command, text


def main():
    where = {"code": code, "page": page, "synopsis": synopsis}[sys.argv[1]]
    for line in sorted({"%s %s" % pair for pair in where(Path(sys.argv[2]))}):
        print(line)


main()
