/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ask: what other programs, and children of this process, say.  A child that takes too long is ended by its
 * own alarm.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

#define CHILD_SECONDS 60
#define NO_PROGRAM 127		/* exit code of a child that could not start the program */

/* Forks; in the child 0 is returned and standard output goes to the parent, who gets the stream. */
static pid_t
fork_with_pipe(FILE **out, bool errors_too)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) == -1)
		return -1;
	pid = fork();
	if (pid == 0) {
		alarm(CHILD_SECONDS);
		dup2(ends[1], STDOUT_FILENO);
		dup2(errors_too ? ends[1] : open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
		dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
		return 0;
	}
	close(ends[1]);
	*out = pid > 0 ? fdopen(ends[0], "r") : NULL;
	if (*out == NULL)
		close(ends[0]);
	return pid;
}

static int
wait_for(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	return status;
}

static bool
start(struct ask *a, char *const argv[], bool errors_too)
{
	a->out = NULL;
	a->pid = fork_with_pipe(&a->out, errors_too);
	if (a->pid == 0) {
		execvp(argv[0], argv);
		_exit(NO_PROGRAM);
	}
	return a->pid > 0 && a->out != NULL;
}

bool
ask_open(struct ask *a, char *const argv[])
{
	return start(a, argv, false);
}

bool
ask_close(struct ask *a)
{
	if (a->out != NULL)
		fclose(a->out);
	return a->pid > 0 && wait_for(a->pid) == 0;
}

/* All that comes, as a string that lives as long as c. */
static const char *
read_all(struct check *c, FILE *in)
{
	char *all = NULL;
	size_t size = 0;

	if (in == NULL || getdelim(&all, &size, '\0', in) == -1) {
		free(all);
		return "";
	}
	return check_keep(c, all);
}

static const char *
last_line(struct check *c, const char *text)
{
	size_t len = strlen(text);
	const char *from;

	while (len > 0 && text[len - 1] == '\n')
		len--;
	for (from = text + len; from > text && from[-1] != '\n';)
		from--;
	return check_text(c, "%.*s", (int)(text + len - from), from);
}

const char *
ask_program(struct check *c, char *const argv[], const char **error)
{
	struct ask a;
	const char *said;
	int status;

	*error = NULL;
	/* Warnings must not get into an answer, so the words of a failure cost a second run. */
	start(&a, argv, false);
	said = read_all(c, a.out);
	if (a.out != NULL)
		fclose(a.out);
	status = a.pid > 0 ? wait_for(a.pid) : -1;
	if (status == 0)
		return said;
	if (a.pid <= 0 || (WIFEXITED(status) && WEXITSTATUS(status) == NO_PROGRAM))
		return NULL;
	start(&a, argv, true);
	*error = last_line(c, read_all(c, a.out));
	ask_close(&a);
	return NULL;
}

const char *
ask_child(struct check *c, void (*say)(const struct check *c, FILE *out), int *signal_number)
{
	const char *said;
	FILE *out;
	pid_t pid;
	int status;

	*signal_number = 0;
	fflush(NULL);
	pid = fork_with_pipe(&out, false);
	if (pid == 0) {
		say(c, stdout);
		fflush(stdout);
		_exit(0);
	}
	if (pid < 0)
		return NULL;
	said = read_all(c, out);
	if (out != NULL)
		fclose(out);
	status = wait_for(pid);
	if (WIFSIGNALED(status))
		*signal_number = WTERMSIG(status);
	return status == 0 ? said : NULL;
}
