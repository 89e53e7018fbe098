/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nth_tool: the real tools, with failing.so before them: the n-th call of one kind fails, or a signal comes at the
 * n-th system call.
 *
 * Each time: exit code 0 and it is done; or another that is documented, one line on standard error, and nothing is
 * changed; or death by that very signal, and nothing is changed.  The next change works, no file is left behind, and
 * in a sanitizer's build nothing leaks.  Here some n of each kind, spread evenly, STRESS_LONG=yes (make check-fault):
 * all of them, more errors, and a process that dies there.  Prints TAP.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "account.h"
#include "failing.h"
#include "../txn.h"
#include "support.h"
#include "store.h"

#ifdef __SANITIZE_ADDRESS__
#define SOME 2			/* of each kind: to start such a program takes long */
#else
#define SOME 5
#endif

static char preload[512], *build;

/* ---- the database ---- */

struct listing {
	char text[4096];
};

static enum status
list_user(void *arg, const struct record *r, struct fault *f)
{
	struct listing *l = arg;
	const char *digest = r->secrets[MECH_DIGEST_MD5].text;
	char line[128];
	char *at = l->text;

	(void)f;
	snprintf(line, sizeof(line), "%.60s=%x:%.8s ", r->name.user, record_secret_bits(r), digest != NULL ? digest : "");
	/* in order */
	while (*at != '\0' && strcmp(at, line) < 0)
		at = strchr(at, ' ') + 1;
	memmove(at + strlen(line), at, strlen(at) + 1);
	memcpy(at, line, strlen(line));
	return ST_OK;
}

/* Who is there with which secrets.  Nobody, and no database, are the same here. */
static void
contents(char *out, size_t size)
{
	struct listing l = {""};
	struct store *s;
	struct fault f;
	enum status status;

	status = store_open(&s, path, &f);
	if (status == ST_OK)
		status = store_each(s, list_user, &l, &f);
	store_close(s);
	snprintf(out, size, "%s", status == ST_OK || status == ST_NODB ? l.text : f.text);
}

/* Gives user the password, or deletes him (NULL), without any failure. */
static bool
put(const char *user, const char *password)
{
	const struct store_write_options o = {.create = true, .wait = 1};
	struct mech_specs specs;
	struct store_txn *t;
	struct record r;
	struct name name;
	enum status status;

	if (name_parse(&name, user, "example.test", NULL, NULL) != ST_OK ||
	    mech_specs_parse(&specs, "DIGEST-MD5", NULL) != ST_OK || store_begin(&t, path, &o, NULL) != ST_OK)
		return false;
	if (password == NULL)
		status = store_txn_delete(t, &name, NULL);
	else {
		record_init(&r, &name, 1);
		status = account_set_password(&r, &specs, &specs, false, &name, password, strlen(password), 1, NULL);
		if (status == ST_OK)
			status = store_txn_put(t, &r, NULL);
		record_clear(&r);
	}
	return txn_end(t, status, NULL) == ST_OK;
}

static void
write_file(const char *name, const char *text)
{
	FILE *file = fopen(folder_file(name), "w");

	if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
		abort();
}

/* "" if there is none. */
static void
read_file(const char *name, char *out, size_t size)
{
	FILE *file = fopen(folder_file(name), "r");
	size_t len = file != NULL ? fread(out, 1, size - 1, file) : 0;

	out[len] = '\0';
	if (file != NULL)
		fclose(file);
}

/* ---- operations ---- */

#define DB "-f", path, "-u", "example.test"
static const struct operation {
	const char *name, *input;
	bool none;		/* there is no database yet */
	const char *argv[12];
} operations[] = {
	{"saslpasswd -c, first", "in.pass", true, {"saslpasswd", "-c", "-m", "DIGEST-MD5", DB, "third"}},
	{"saslpasswd -c", "in.pass", false, {"saslpasswd", "-c", "-m", "DIGEST-MD5", DB, "third"}},
	{"saslpasswd", "in.pass", false, {"saslpasswd", "-m", "DIGEST-MD5", DB, "hoge"}},
	{"saslpasswd -d", "in.pass", false, {"saslpasswd", "-d", DB, "hoge"}},
	{"gsasldb import", "in.list", false, {"gsasldb", "import", "-m", "DIGEST-MD5,CRAM-MD5", "-f", path,
	    "--replace-realm", "example.test"}},
	{"gsasldb compact", "in.pass", false, {"gsasldb", "compact", "-f", path}},
	{"gsasldb export", "in.pass", false, {"gsasldb", "export", "-o", "export", "-f", path}},
	{"sasldblistusers", "in.pass", false, {"sasldblistusers", "-f", path}},
};
#define OPERATIONS (sizeof(operations) / sizeof(operations[0]))

static const char list_of_users[] =
    "{\"user\":\"hoge\",\"realm\":\"example.test\",\"password\":\"changed\"}\n"
    "{\"user\":\"third\",\"realm\":\"example.test\",\"password\":\"new\",\"properties\":{\"a\":\"b\"}}\n"
    "{\"user\":\"fourth\",\"realm\":\"example.test\",\"secrets\":{\"CRAM-MD5\":"
    "\"10194e83a4d66441242de72d8040db3ae0ac477f6c8fafe2032cb7de878c3a24\"}}\n";

/* What an operation does when nothing fails. */
static struct reference {
	char before[1024], after[1024], out[2048], export[4096];
	unsigned calls[CALL_COUNT + 1];
} reference;

static void
prepare(const struct operation *op)
{
	folder_clear("in.");
	if (!op->none && (!put("hoge", "old") || !put("other", "here")))
		abort();
}

/* What it left: its status as wait() has it, and both streams. */
static struct ending {
	int status;
	bool reached;
	char out[2048], err[8192];
} ended;

static void
redirect(const char *name, int flags, int to)
{
	int fd = open(folder_file(name), flags, 0600);

	if (fd < 0 || dup2(fd, to) < 0)
		_exit(126);
	close(fd);
}

static void
run(const struct operation *op, const char *failing)
{
	char program[512];
	pid_t pid;

	snprintf(program, sizeof(program), "%s/%s", build, op->argv[0]);
	pid = fork();
	if (pid == 0) {
		redirect(op->input, O_RDONLY, 0);
		redirect("out", O_WRONLY | O_CREAT | O_TRUNC, 1);
		redirect("err", O_WRONLY | O_CREAT | O_TRUNC, 2);
		setenv("FAILING", failing, 1);
		setenv("FAILING_SPARE", "libcrypto", 1);
		setenv("LD_PRELOAD", preload, 1);
		setenv("ASAN_OPTIONS", "verify_asan_link_order=0:allocator_may_return_null=1", 1);
		setenv("LSAN_OPTIONS", "print_suppressions=0", 1);
		if (chdir(folder_file("")) == 0)
			execv(program, (char *const *)(uintptr_t)op->argv);
		_exit(126);
	}
	if (waitpid(pid, &ended.status, 0) != pid)
		abort();
	ended.reached = unlink(folder_file("sign")) == 0;
	read_file("out", ended.out, sizeof(ended.out));
	read_file("err", ended.err, sizeof(ended.err));
}

/* How often it makes each call, and what comes of it. */
static void
measure(const struct operation *op)
{
	char counts[1024], *at = counts;

	prepare(op);
	contents(reference.before, sizeof(reference.before));
	run(op, failing_environment(CALL_SYSTEM, 0, FAIL_ONCE, 0, folder_file("counts")));
	if (ended.status != 0) {
		printf("Bail out! %s: status %x, %s\n", op->name, (unsigned)ended.status, ended.err);
		exit(1);
	}
	contents(reference.after, sizeof(reference.after));
	snprintf(reference.out, sizeof(reference.out), "%s", ended.out);
	read_file("export", reference.export, sizeof(reference.export));
	read_file("counts", counts, sizeof(counts));
	for (int i = 0; i <= CALL_COUNT; i++)
		reference.calls[i] = (unsigned)strtoul(at, &at, 10);
}

/* ---- judging ---- */

static unsigned
count_lines(const char *text)
{
	unsigned n = 0;

	for (; *text != '\0'; text++)
		n += *text == '\n';
	return n;
}

/* Is the exit code one that says "this did not work", and not "no such user", "no database", "bad input"? */
static bool
fits(int code)
{
	return code == 70 || code == 73 || code == 74 || code == 75 || code == 77;
}

static const char *
judge_done(void)
{
	char export[4096];

	read_file("export", export, sizeof(export));
	if (strcmp(ended.out, reference.out) != 0)
		return "exit code 0 and another output";
	if (ended.err[0] != '\0' && strstr(ended.err, ": warning: ") == NULL)
		return "exit code 0 and words";
	/* times are those of the moment */
	return strlen(export) == strlen(reference.export) ? NULL : "exit code 0 and another export";
}

static const char *
judge_failed(const struct operation *op, int code)
{
	if (!fits(code))
		return "not an exit code for that";
	if (strncmp(ended.err, op->argv[0], strlen(op->argv[0])) != 0 || count_lines(ended.err) != 1)
		return "not one line on standard error";
	return access(folder_file("export"), F_OK) != 0 ? NULL : "failed, and an export is there";
}

/* What is wrong; NULL: nothing. */
static const char *
judge(const struct operation *op, enum call call, enum way way, int error)
{
	char now[1024];
	const char *wrong = NULL;
	bool done = ended.status == 0, dead = way == FAIL_DIE && ended.reached;

	contents(now, sizeof(now));
	if (dead)
		return strcmp(now, reference.before) == 0 || strcmp(now, reference.after) == 0 ? NULL
		    : "neither before nor after";
	if (way == FAIL_EVER && strstr(ended.err, "may be in effect") != NULL)
		done = strcmp(now, reference.after) == 0;
	if (strcmp(now, done ? reference.after : reference.before) != 0)
		return "not what it said";
	if (WIFSIGNALED(ended.status))
		wrong = way == FAIL_SIGNAL && WTERMSIG(ended.status) == error ? NULL : "it crashed";
	else
		wrong = ended.status == 0 ? judge_done() : judge_failed(op, WEXITSTATUS(ended.status));
	if (wrong != NULL)
		return wrong;
	if (!put("next", "works") || !put("next", NULL))
		return "the next change fails";
	contents(now, sizeof(now));
	if (strcmp(now, done ? reference.after : reference.before) != 0)
		return "the next change changes more";
	return (folder_has(".sasldb.") || folder_has("export.")) && call != CALL_NAME && way != FAIL_EVER
	    ? "a file is left behind" : NULL;
}

static bool
check(const struct operation *op, enum call call, unsigned n, enum way way, int error)
{
	const char *wrong;

	prepare(op);
	run(op, failing_environment(call, n, way, error, folder_file("sign")));
	wrong = judge(op, call, way, error);
	if (wrong == NULL)
		return true;
	printf("# %s, %s %u, %d %d: %s: status %x\n", op->name, call_name(call), n, (int)way, error, wrong,
	    (unsigned)ended.status);
	for (char *rest = NULL, *line = strtok_r(ended.err, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest))
		printf("# %s\n", line);
	return false;
}

/* ---- all of them ---- */

/* The n-th of each, or some of them. */
static void
run_series(const struct operation *op, enum call call, enum way way, int error, const char *what)
{
	unsigned total = reference.calls[call], some = getenv("STRESS_LONG") != NULL ? total : SOME, runs = 0;
	bool good = true;

	if (total == 0)
		return;
	if (some > total)
		some = total;
	for (unsigned i = 0; i < some; i++, runs++)
		good &= check(op, call, 1 + (unsigned)((unsigned long)i * (total - 1) / (some > 1 ? some - 1 : 1)), way,
		    error);
	result(good, "%s: %u of %u calls of %s: %s", op->name, runs, total, call_name(call), what);
}

static void
run_all(void)
{
	static const struct {
		int number;
		const char *name;
	} signals[] = {{SIGTERM, "SIGTERM"}, {SIGINT, "SIGINT"}, {SIGHUP, "SIGHUP"}};
	bool slow = getenv("STRESS_LONG") != NULL;

	build = realpath(getenv("BUILDDIR") != NULL ? getenv("BUILDDIR") : ".", NULL);
	if (build == NULL)
		bail("BUILDDIR: %s", strerror(errno));
	snprintf(preload, sizeof(preload), "%s/tests/fault/.libs/failing.so", build);
	write_file("in.pass", "changed");
	write_file("in.list", list_of_users);
	for (const struct operation *op = operations; op < operations + OPERATIONS; op++) {
		measure(op);
		for (enum call call = 0; call < CALL_COUNT; call++)
			run_series(op, call, FAIL_ONCE, call_error(call), "fails");
		run_series(op, CALL_SYSTEM, FAIL_EVER, EIO, "and all after it fail");
		for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
			run_series(op, CALL_SYSTEM, FAIL_SIGNAL, signals[i].number, signals[i].name);
		if (!slow)
			continue;
		run_series(op, CALL_OPEN, FAIL_ONCE, ENOMEM, "no memory");
		run_series(op, CALL_WRITE, FAIL_SHORT, 0, "does half");
		run_series(op, CALL_SYSTEM, FAIL_DIE, 0, "is the last");
	}
	free(build);
}

int
main(void)
{
	return support_run("nth_tool", run_all);
}
