#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs ./demo on a terminal of its own and draws what that showed: a moving picture in SVG, without a script.

    python3 doc/record-demo.py doc/demo.svg      as root; the packages that ./demo needs are installed already

All lines are one strip, which moves up behind the window by a line whenever the terminal did.  Who wants no motion,
or cannot show it, sees the strip where the right password was accepted.
"""

import os
import pty
import re
import subprocess
import sys
import time
from xml.sax.saxutils import escape

COLUMNS, ROWS = 92, 32
CHARACTER, LINE, FONT, MARGIN, BAR = 7.9, 17, 13, 12, 30  # pixels
SHORTEST, LONGEST, BEFORE_A_STEP, AT_THE_END = 0.13, 0.8, 1.0, 6  # seconds, whatever it took
STILL = "235 "
CLASS = {"0": "", "1": "b", "31": "r", "32": "g"}  # of the colours that ./demo uses
STYLE = """
text{font:%dpx ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#d4d4d4;white-space:pre}
.b{font-weight:bold;fill:#fff}.r{fill:#f77}.g{fill:#6c6}.t{fill:#999;text-anchor:middle}
""" % FONT


def main():
    lines = [line for when, line in record(os.path.join(os.path.dirname(sys.argv[0]), "..", "demo"))
             for line in wrapped(when, line)]
    with open(sys.argv[1], "w", encoding="ascii") as picture:
        picture.write(draw(lines))


# ---- the recording ----

def record(command):
    """The lines that the command writes on a terminal, each with the time when it was complete."""
    ours, its = pty.openpty()
    start, rest, lines = time.monotonic(), b"", []
    process = subprocess.Popen([command], stdin=subprocess.DEVNULL, stdout=its, stderr=its)
    os.close(its)
    while True:
        try:
            rest += os.read(ours, 65536)
        except OSError:  # EIO: nobody has the other end any more
            break
        *complete, rest = rest.split(b"\n")
        lines += [(time.monotonic() - start, line.rstrip(b"\r").decode()) for line in complete]
    if process.wait() != 0 or rest:
        sys.exit("\n".join(line for _, line in lines) + "\nthe demo failed")
    return lines


def wrapped(when, line):
    """A line as the terminal broke it: (time, [(class, text), ...])."""
    pieces, name, room = [], "", COLUMNS
    for colour, text in re.findall(r"\x1b\[(\d+)m|([ -~]+|.)", line):
        name = CLASS[colour] if colour else name
        while text:
            if room == 0:
                yield when, pieces
                pieces, room = [], COLUMNS
            if not " " <= text[0] <= "~":
                sys.exit(f"what is this on the demo's terminal? {line!r}")
            pieces.append((name, text[:room]))
            text, room = text[room:], room - len(text[:room])
    yield when, pieces


# ---- the picture ----

def draw(lines):
    width, height = round(COLUMNS * CHARACTER), ROWS * LINE
    return f"""<svg xmlns="http://www.w3.org/2000/svg" xml:space="preserve" \
viewBox="0 0 {width + 2 * MARGIN} {height + BAR + MARGIN}" width="{width + 2 * MARGIN}">
<title>./demo in a terminal</title>
<style>{STYLE}{motion(lines)}</style>
<rect width="100%" height="100%" rx="8" fill="#1b1e24"/>
<text class="t" x="50%" y="20">./demo</text>
<svg x="{MARGIN}" y="{BAR}" width="{width}" height="{height}"><g id="strip">
{strip(lines)}
</g></svg>
</svg>
"""


def strip(lines):
    return "\n".join(f'<text y="{LINE * number + FONT}">{"".join(map(span, pieces))}</text>'
                     for number, (_, pieces) in enumerate(lines) if pieces)


def span(piece):
    name, text = piece
    return f'<tspan class="{name}">{escape(text)}</tspan>' if name else escape(text)


def motion(lines):
    """Where the strip is, by time."""
    still = next(number for number, (_, pieces) in enumerate(lines) if pieces and pieces[0][1].startswith(STILL))
    moments, now, last = [], 0, 0
    for when, pieces in lines:
        now += min(max(when - last, SHORTEST), LONGEST) + (BEFORE_A_STEP if not pieces else 0)
        last = when
        moments.append(now)
    total = now + AT_THE_END
    frames = "".join(f"{100 * moment / total:.2f}%{{{above(number)}}}" for number, moment in enumerate(moments))
    return (f"#strip{{{above(still)}}}\n@keyframes up{{0%{{{above(-1)}}}{frames}to{{{above(len(lines) - 1)}}}}}\n"
            f"@media(prefers-reduced-motion:no-preference){{#strip{{animation:up {total:.1f}s step-end infinite}}}}\n")


def above(number):
    """The strip with that line as the last in the window."""
    return f"transform:translateY({(ROWS - 1 - number) * LINE}px)"


if __name__ == "__main__":
    main()
