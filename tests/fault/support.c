/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support.h"

char folder[256], path[300];
static unsigned tests, failed;

void
result(bool good, const char *format, ...)
{
	va_list ap;

	printf("%s %u - ", good ? "ok" : "not ok", ++tests);
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
	failed += !good;
}

void
bail(const char *format, ...)
{
	va_list ap;

	printf("Bail out! ");
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	putchar('\n');
	exit(1);
}

char *
built(const char *name)
{
	const char *dir = getenv("BUILDDIR");
	static char whole[512];

	snprintf(whole, sizeof(whole), "%s/%s", dir != NULL ? dir : ".", name);
	return whole;
}

int
count_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	int count = 0;

	if (d == NULL)
		bail("/proc/self/fd: %s", strerror(errno));
	while (readdir(d) != NULL)
		count++;
	closedir(d);
	return count;
}

int64_t
now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void
sleep_us(int64_t us)
{
	struct timespec t = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};

	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &t, &t) == EINTR)
		;
}

uint64_t
mix(uint64_t x)
{
	/* the finish of SplitMix64 */
	x += 0x9e3779b97f4a7c15;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return x ^ (x >> 31);
}

/* ---- the folder ---- */

const char *
folder_file(const char *name)
{
	static char whole[512];

	snprintf(whole, sizeof(whole), "%s%s%s", folder, name[0] != '\0' ? "/" : "", name);
	return whole;
}

static bool
begins(const char *text, const char *prefix)
{
	return prefix != NULL && strncmp(text, prefix, strlen(prefix)) == 0;
}

static DIR *
open_folder(void)
{
	DIR *d = opendir(folder);

	if (d == NULL)
		bail("%s: %s", folder, strerror(errno));
	return d;
}

void
folder_clear(const char *keep)
{
	DIR *d = open_folder();
	struct dirent *e;

	while ((e = readdir(d)) != NULL)
		if (!begins(e->d_name, keep) && strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			unlink(folder_file(e->d_name));
	closedir(d);
}

bool
folder_has(const char *prefix)
{
	DIR *d = open_folder();
	struct dirent *e;
	bool found = false;

	while (!found && (e = readdir(d)) != NULL)
		found = begins(e->d_name, prefix);
	closedir(d);
	return found;
}

static void
make_folder(const char *name)
{
	const char *tmp = getenv("TMPDIR");

	if (tmp == NULL || *tmp == '\0')
		tmp = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	snprintf(folder, sizeof(folder), "%.200s/%s.XXXXXX", tmp, name);
	if (mkdtemp(folder) == NULL)
		bail("%s: %s", folder, strerror(errno));
	snprintf(path, sizeof(path), "%s/db", folder);
}

/* ---- the end ---- */

static void
remove_folder(void)
{
	char command[300];

	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	if (system(command) != 0)
		printf("# %s stays behind\n", folder);
}

/* Waits until the process has ended (its exit code) or we are told to end. */
static int
wait_for(pid_t pid, const sigset_t *signals)
{
	int status, got;

	for (;;) {
		if (sigwait(signals, &got) != 0 || got != SIGCHLD)
			return 128 + got;
		if (waitpid(pid, &status, WNOHANG) == pid)
			break;
	}
	if (!WIFEXITED(status))
		printf("Bail out! killed by signal %d\n", WTERMSIG(status));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int
support_run(const char *name, void (*test)(void))
{
	sigset_t signals, before;
	pid_t pid;
	int code;

	make_folder(name);
	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, &before);
	pid = fork();
	if (pid == 0) {
		setpgid(0, 0);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		sigprocmask(SIG_SETMASK, &before, NULL);
		test();
		printf("1..%u\n", tests);
		exit(failed != 0);
	}
	setpgid(pid, pid);
	code = pid < 0 ? 1 : wait_for(pid, &signals);
	if (pid > 0)
		kill(-pid, SIGKILL);
	fflush(stdout);
	remove_folder();
	return code;
}
