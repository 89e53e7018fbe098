/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * trace: runs a program and stops after each of its system calls that may change a file (ptrace(2)), so that it
 * can be killed between two of them, or what they did can be seen.
 */
#ifndef FAULT_TRACE_H
#define FAULT_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct trace {
	pid_t pid;
	int status;		/* as from waitpid(), once it has ended */
};

enum change {
	CHANGE_NONE,
	CHANGE_BYTES,		/* written at the file's offset, or (CHANGE_BYTES_AT) at another */
	CHANGE_BYTES_AT,
	CHANGE_SIZE,
	CHANGE_NAMES,		/* of a folder; fd is what was opened, or -1 */
	CHANGE_SYNC,
	CHANGE_DATASYNC
};

struct change_call {
	enum change change;
	int fd;
	size_t at;		/* CHANGE_BYTES_AT */
	size_t len;		/* that were written */
};

/* May this process trace at all?  Else prints a plan that skips everything. */
bool trace_or_skip(void);

/* Starts argv with input (may be NULL) as its standard input; its output goes to the file output. */
void trace_start(struct trace *t, char *const argv[], const char *input, const char *output);

/* Goes on to the end of the next system call that changed something.  False: the program has ended. */
bool trace_next(struct trace *t, struct change_call *call);

/* Is fd of the program in folder?  -1 is. */
bool trace_in_folder(const struct trace *t, int fd, const char *in);

/* "/proc/PID/WHAT/FD" */
void trace_proc(const struct trace *t, char out[64], const char *what, int fd);

/* Lets it run on to its end, but kills it after us microseconds. */
void trace_end(struct trace *t, int64_t us);

void trace_kill(struct trace *t);

#endif
