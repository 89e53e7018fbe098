/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * halt CHANGES FOLDER INPUT OUTPUT PROGRAM ARGUMENT ...: for scripts: runs a program and stops it after so many
 * changes of the files in a folder (ptrace(2)).
 *
 * The program reads INPUT and writes both of its streams to OUTPUT.  Prints "stopped" when it has come so far, and
 * then obeys the next line on standard input: "go": the program runs on to its end; anything else, or none: it is
 * killed (-9), and "killed" is printed.  When it has ended by itself: "ended CODE CHANGES".
 * With "?" as CHANGES nothing is traced: exit code 0 says that it could be.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "support.h"
#include "trace.h"

#define END_US 60000000		/* for a program that is to run on */

static void
say_end(const struct trace *t, unsigned seen)
{
	if (WIFEXITED(t->status))
		printf("ended %d %u\n", WEXITSTATUS(t->status), seen);
	else
		puts("killed");
	fflush(stdout);
}

/* False: it has ended before. */
static bool
go_on(struct trace *t, const char *in, unsigned limit, unsigned *seen)
{
	struct change_call call;

	while (*seen < limit) {
		if (!trace_next(t, &call))
			return false;
		*seen += trace_in_folder(t, call.fd, in);
	}
	return true;
}

int
main(int argc, char **argv)
{
	char line[16] = "";
	struct trace t;
	unsigned seen = 0;

	if (argc == 2 && strcmp(argv[1], "?") == 0)
		return !trace_or_skip();
	if (argc < 6) {
		fprintf(stderr, "usage: halt CHANGES FOLDER INPUT OUTPUT PROGRAM [ARGUMENT ...]\n");
		return 64;
	}
	trace_start(&t, argv + 5, argv[3], argv[4]);
	if (go_on(&t, argv[2], (unsigned)atoi(argv[1]), &seen)) {
		puts("stopped");
		fflush(stdout);
		if (fgets(line, sizeof(line), stdin) != NULL && strcmp(line, "go\n") == 0)
			trace_end(&t, END_US);
		else
			trace_kill(&t);
	}
	say_end(&t, seen);
	return 0;
}
