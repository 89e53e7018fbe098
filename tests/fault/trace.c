/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support.h"
#include "trace.h"

#define SPIN_US 500
#define OUTPUT_FLAGS (O_WRONLY | O_CREAT | O_TRUNC)

static void
wait_for_stop(struct trace *t)
{
	while (waitpid(t->pid, &t->status, __WALL) != t->pid)
		if (errno != EINTR)
			bail("waitpid: %s", strerror(errno));
}

static bool
has_ended(const struct trace *t)
{
	return WIFEXITED(t->status) || WIFSIGNALED(t->status);
}

bool
trace_possible(const char **why)
{
	struct trace t = {.pid = fork()};

	if (t.pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0)
			raise(SIGSTOP);
		_exit(errno);
	}
	wait_for_stop(&t);
	if (has_ended(&t)) {
		*why = strerror(WEXITSTATUS(t.status));
		return false;
	}
	trace_kill(&t);
	return true;
}

void
trace_start(struct trace *t, char *const argv[], const char *input, const char *output)
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL;
	int in, out;

	memset(t, 0, sizeof(*t));
	t->pid = fork();
	if (t->pid == 0) {
		in = open(input != NULL ? input : "/dev/null", O_RDONLY);
		out = open(output, OUTPUT_FLAGS, 0600);
		if (in < 0 || out < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
			_exit(126);
		close(in);
		close(out);
		/* the leak checker of a sanitizer build cannot work beside ptrace */
		setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execv(argv[0], argv);
		_exit(127);
	}
	if (t->pid < 0)
		bail("fork: %s", strerror(errno));
	wait_for_stop(t);	/* in execv */
	if (has_ended(t) || ptrace(PTRACE_SETOPTIONS, t->pid, NULL, options) != 0)
		bail("%s cannot be traced", argv[0]);
}

/* ---- system calls ---- */

/* What an open() with these flags may have changed; fd is its result. */
static void
see_open(struct change_call *c, uint64_t flags, int fd)
{
	if ((flags & (O_CREAT | O_TRUNC)) != 0 || (flags & O_TMPFILE) == O_TMPFILE) {
		c->change = CHANGE_NAMES;
		c->fd = fd;
	}
}

static void
see(struct change_call *c, uint64_t number, const uint64_t *args, int64_t answer)
{
	*c = (struct change_call){.fd = (int)args[0], .len = (size_t)answer};
	switch (number) {
	case SYS_write:
	case SYS_writev:
		c->change = CHANGE_BYTES;
		break;
	case SYS_pwrite64:
		c->change = CHANGE_BYTES_AT;
		c->at = args[3];
		break;
	case SYS_ftruncate:
		c->change = CHANGE_SIZE;
		break;
	case SYS_fsync:
		c->change = CHANGE_SYNC;
		break;
	case SYS_fdatasync:
		c->change = CHANGE_DATASYNC;
		break;
	case SYS_openat:
		see_open(c, args[2], (int)answer);
		break;
#ifdef SYS_open
	case SYS_open:
		see_open(c, args[1], (int)answer);
		break;
	case SYS_link:
	case SYS_unlink:
	case SYS_rename:
#endif
	case SYS_linkat:
	case SYS_unlinkat:
	case SYS_renameat2:
		c->change = CHANGE_NAMES;
		c->fd = -1;
		break;
	default:
		break;
	}
}

/* At a stop of a system call.  True: it is at its end and did what it should. */
static bool
at_end(struct trace *t, uint64_t *number, uint64_t args[6], int64_t *answer)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, t->pid, sizeof(info), &info) <= 0)
		return false;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
		*number = info.entry.nr;
		memcpy(args, info.entry.args, sizeof(info.entry.args));
		t->inside = true;
		return false;
	}
	*answer = info.exit.rval;
	if (!t->inside || info.op != PTRACE_SYSCALL_INFO_EXIT)
		return false;
	t->inside = false;
	return !info.exit.is_error;
}

bool
trace_next(struct trace *t, struct change_call *call)
{
	uint64_t number = 0, args[6] = {0};
	int64_t answer;
	int signal_number = 0;

	for (;;) {
		if (ptrace(PTRACE_SYSCALL, t->pid, NULL, (long)signal_number) != 0 && errno != ESRCH)
			bail("ptrace: %s", strerror(errno));
		wait_for_stop(t);
		if (has_ended(t))
			return false;
		signal_number = 0;
		if (WSTOPSIG(t->status) != (SIGTRAP | 0x80)) {
			signal_number = WSTOPSIG(t->status) == SIGTRAP ? 0 : WSTOPSIG(t->status);
		} else if (at_end(t, &number, args, &answer)) {
			see(call, number, args, answer);
			if (call->change != CHANGE_NONE)
				return true;
		}
	}
}

void
trace_proc(const struct trace *t, char out[64], const char *what, int fd)
{
	snprintf(out, 64, "/proc/%d/%s/%d", (int)t->pid, what, fd);
}

bool
trace_in_folder(const struct trace *t, int fd, const char *in)
{
	char link[64], target[4096];
	size_t len = strlen(in);
	ssize_t n;

	if (fd < 0)
		return true;
	trace_proc(t, link, "fd", fd);
	n = readlink(link, target, sizeof(target));
	return n >= (ssize_t)len && memcmp(target, in, len) == 0 && (n == (ssize_t)len || target[len] == '/');
}

/* ---- the end ---- */

void
trace_let_go(struct trace *t)
{
	ptrace(PTRACE_DETACH, t->pid, NULL, NULL);
}

void
trace_kill(struct trace *t)
{
	kill(t->pid, SIGKILL);
	do
		wait_for_stop(t);
	while (!has_ended(t));
}

void
trace_end(struct trace *t, int64_t us)
{
	int64_t begin = now_us(), left;
	sigset_t child, before;
	pid_t pid = 0;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, &before);
	while (pid == 0 && (left = us - (now_us() - begin)) > 0) {
		pid = waitpid(t->pid, &t->status, WNOHANG | __WALL);
		/* sleeping takes longer than some programs need */
		if (pid == 0 && left > SPIN_US)
			sigtimedwait(&child, NULL, &(struct timespec){.tv_sec = (left - SPIN_US) / 1000000,
			    .tv_nsec = (left - SPIN_US) % 1000000 * 1000});
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (pid == 0)
		trace_kill(t);
}
