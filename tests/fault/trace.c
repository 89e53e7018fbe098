/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
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
trace_or_skip(void)
{
	struct trace t = {.pid = fork()};

	if (t.pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0)
			raise(SIGSTOP);
		_exit(errno);
	}
	wait_for_stop(&t);
	if (has_ended(&t)) {
		printf("1..0 # SKIP no program can be traced here (ptrace: %s)\n", strerror(WEXITSTATUS(t.status)));
		return false;
	}
	trace_kill(&t);
	return true;
}

/* ---- system calls ---- */

/* All that change something in the tools and what they are compared with; see() must know each. */
static const unsigned stopping[] = {
	SYS_write, SYS_writev, SYS_pwrite64, SYS_ftruncate, SYS_fsync, SYS_fdatasync,
	SYS_openat, SYS_linkat, SYS_unlinkat, SYS_renameat2,
#ifdef SYS_open
	SYS_open, SYS_link, SYS_unlink, SYS_rename,
#endif
};
#define STOPPING (sizeof(stopping) / sizeof(stopping[0]))

/* Lets this process run on at all other calls: two stops at each of hundreds would take most of the time.  (A
 * thread of it, which is not traced, cannot make these calls.) */
static void
stop_at_changes(void)
{
	struct sock_filter code[STOPPING + 3];
	const struct sock_fprog program = {.len = STOPPING + 3, .filter = code};

	code[0] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < STOPPING; i++)
		code[i + 1] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, stopping[i],
		    (unsigned char)(STOPPING - i), 0);
	code[STOPPING + 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	code[STOPPING + 2] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		_exit(125);
}

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

/* ---- running ---- */

void
trace_start(struct trace *t, char *const argv[], const char *input, const char *output)
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL;
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
		stop_at_changes();
		execv(argv[0], argv);
		_exit(127);
	}
	if (t->pid < 0)
		bail("fork: %s", strerror(errno));
	wait_for_stop(t);	/* in execv */
	if (has_ended(t) || ptrace(PTRACE_SETOPTIONS, t->pid, NULL, options) != 0)
		bail("%s cannot be traced", argv[0]);
}

/* Goes on, with the signal that it stopped for. */
static void
resume(const struct trace *t, enum __ptrace_request how)
{
	int got = WIFSTOPPED(t->status) ? WSTOPSIG(t->status) & 0x7f : 0;

	if (ptrace(how, t->pid, NULL, (long)(got == SIGTRAP ? 0 : got)) != 0 && errno != ESRCH)
		bail("ptrace: %s", strerror(errno));
}

/* What the call did at which the program has stopped.  False: nothing, or the program has ended. */
static bool
finish_call(struct trace *t, struct change_call *call)
{
	struct __ptrace_syscall_info before, after;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, t->pid, sizeof(before), &before) <= 0)
		bail("PTRACE_GET_SYSCALL_INFO: %s", strerror(errno));
	resume(t, PTRACE_SYSCALL);
	wait_for_stop(t);
	if (has_ended(t) || ptrace(PTRACE_GET_SYSCALL_INFO, t->pid, sizeof(after), &after) <= 0 ||
	    after.op != PTRACE_SYSCALL_INFO_EXIT || after.exit.is_error)
		return false;
	see(call, before.seccomp.nr, before.seccomp.args, after.exit.rval);
	return call->change != CHANGE_NONE;
}

bool
trace_next(struct trace *t, struct change_call *call)
{
	do {
		resume(t, PTRACE_CONT);
		wait_for_stop(t);
		if (WIFSTOPPED(t->status) && t->status >> 8 == (SIGTRAP | PTRACE_EVENT_SECCOMP << 8) &&
		    finish_call(t, call))
			return true;
	} while (!has_ended(t));
	return false;
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
	pid_t pid;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, &before);
	resume(t, PTRACE_CONT);
	while (!has_ended(t) && (left = us - (now_us() - begin)) > 0) {
		pid = waitpid(t->pid, &t->status, WNOHANG | __WALL);
		if (pid == t->pid && !has_ended(t))
			resume(t, PTRACE_CONT);
		/* sleeping takes longer than some programs need */
		if (pid == 0 && left > SPIN_US)
			sigtimedwait(&child, NULL, &(struct timespec){.tv_sec = (left - SPIN_US) / 1000000,
			    .tv_nsec = (left - SPIN_US) % 1000000 * 1000});
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (!has_ended(t))
		trace_kill(t);
}
