#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs a command at a terminal and plays the person in front of it.

usage: terminal.py STEP ... -- COMMAND ...

  see:TEXT    wait until the command has printed TEXT
  type:TEXT   type TEXT (backslash escapes as in Python: \\n, \\x03 for ^C)
  run:COMMAND run a shell command, to its end
  stop        type ^Z and wait until the command has stopped
  continue    let it go on, as a shell's fg does

When the command has ended: what the terminal showed, as it was, on standard output; then one line
"echo=on|off exit=CODE" or "echo=on|off signal=NUMBER" on standard error, and the lines
"stopped echo=on|off" for each stop before it.
"""
import os
import pty
import select
import signal
import subprocess
import sys
import termios

TIMEOUT = 20  # seconds without a sign; only a failing test waits so long


def job_shell(command, report, leave):
    """What a shell does for a job in the foreground; tells report of each change of its state.
    Stays, so that the terminal does, until leave is closed."""
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    signal.alarm(0)
    pid = os.fork()
    if pid == 0:
        os.setpgid(0, 0)
        os.tcsetpgrp(0, os.getpgrp())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        try:
            os.execvp(command[0], command)
        except OSError as error:
            print(command[0], error)
            os._exit(127)
    os.write(report, b"pid %d\n" % pid)
    while True:
        _, status = os.waitpid(pid, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            break
        os.write(report, b"stopped\n")
    if os.WIFSIGNALED(status):
        os.write(report, b"signal=%d\n" % os.WTERMSIG(status))
    else:
        os.write(report, b"exit=%d\n" % os.WEXITSTATUS(status))
    os.read(leave, 1)
    os._exit(0)


class Session:
    def __init__(self, command):
        reports, report = os.pipe()
        leave, self.leave = os.pipe()
        child, self.master = pty.fork()
        if child == 0:
            os.close(self.leave)
            job_shell(command, report, leave)
        os.close(report)
        self.reports = os.fdopen(reports)
        self.job = int(self.reports.readline().split()[1])
        self.shown = b""
        self.seen = 0

    def read(self):
        """Reads what the terminal shows; False at its end."""
        if not select.select([self.master], [], [], TIMEOUT)[0]:
            sys.exit("terminal.py: the command says nothing; so far: %r" % self.shown)
        try:
            piece = os.read(self.master, 4096)
        except OSError:
            piece = b""
        self.shown += piece
        return piece != b""

    def echo(self):
        on = termios.tcgetattr(self.master)[3] & termios.ECHO
        return "echo=on" if on else "echo=off"

    def step(self, step):
        verb, _, text = step.partition(":")
        text = text.encode().decode("unicode_escape").encode("latin-1")
        if verb == "see":
            while text not in self.shown[self.seen:]:
                if not self.read():
                    sys.exit("terminal.py: ended without %r: %r" % (text, self.shown))
            self.seen = self.shown.index(text, self.seen) + len(text)
        elif verb == "type":
            os.write(self.master, text)
        elif verb == "run":
            subprocess.run(text, shell=True, check=True)
        elif verb == "stop":
            os.write(self.master, b"\x1a")
            print(self.reports.readline().strip(), self.echo(), file=sys.stderr)
        elif verb == "continue":
            os.kill(self.job, signal.SIGCONT)
        else:
            sys.exit("terminal.py: no such step: " + step)

    def end(self):
        how = self.reports.readline().strip()
        echo = self.echo()
        os.close(self.leave)
        while self.read():
            pass
        sys.stdout.buffer.write(self.shown)
        sys.stdout.flush()
        print(echo, how, file=sys.stderr)


def main():
    divider = sys.argv.index("--")
    signal.alarm(2 * TIMEOUT)
    session = Session(sys.argv[divider + 1:])
    for step in sys.argv[1:divider]:
        session.step(step)
    session.end()


main()
