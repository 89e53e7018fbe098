/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a tool begins a change of the database and commits it: who waits, which signals are held, what is said.
 */
#include "config.h"

#include <errno.h>
#include <libgen.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "cli.h"

bool
cli_is_unmade(const char *path, enum status opened)
{
	struct stat st;

	/* ST_CORRUPT: with a twin beside it, of which the writer will say more */
	return opened == ST_NODB || ((opened == ST_FOREIGN || opened == ST_CORRUPT) && stat(path, &st) == 0 &&
	    S_ISREG(st.st_mode) && st.st_size == 0);
}

enum status
cli_check_access(const char *path, bool exists, struct fault *f)
{
	char *copy = strdup(path);
	const char *place;
	struct stat st;
	int error = 0;

	if (copy == NULL)
		return fault_set(f, ST_NOMEM, 0, "out of memory");
	place = exists ? path : dirname(copy);
	if (eaccess(place, W_OK) == -1)
		error = errno;
	else if (!exists && stat(place, &st) == 0 && !S_ISDIR(st.st_mode))
		error = ENOTDIR;
	if (error != 0)
		fault_set(f, error == EACCES || error == EROFS ? ST_PERM : ST_CANTCREATE, error,
		    "%s: cannot be written", place);
	free(copy);
	return error != 0 ? f->status : ST_OK;
}

/* What was ignored when we were started (nohup) stays so: held, it would be pending all the same. */
static void
list_signals(sigset_t *out)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP,
	    SIGTSTP};	/* nobody shall wait for a writer that was stopped */
	struct sigaction action;

	sigemptyset(out);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (sigaction(signals[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
			sigaddset(out, signals[i]);
}

bool
cli_interrupted(void)
{
	sigset_t pending;

	return sigpending(&pending) == 0 && (sigismember(&pending, SIGINT) == 1 ||
	    sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGHUP) == 1);
}

void
cli_hold_signals(void)
{
	sigset_t held;

	list_signals(&held);
	sigprocmask(SIG_BLOCK, &held, NULL);
}

void
cli_let_signals(void)
{
	sigset_t held;

	list_signals(&held);
	sigprocmask(SIG_UNBLOCK, &held, NULL);
}

enum status
cli_begin(struct store_txn **out, const struct cli_place *place, bool create, unsigned wait, struct fault *f)
{
	struct store_write_options options = {.create = create, .group = place->group};
	unsigned left = wait;
	enum status status;
	sigset_t held, before;

	/* before anything changes: libc's lookup aborts where memory is short */
	cli_caller();
	list_signals(&held);
	for (;; left--) {
		options.wait = left > 0 ? 1 : 0;
		sigprocmask(SIG_BLOCK, &held, &before);
		status = store_begin(out, place->path, &options, f);
		if (status == ST_OK)
			return ST_OK;
		sigprocmask(SIG_SETMASK, &before, NULL);
		if (status != ST_BUSY)
			return status;
		if (left == 0)
			return fault_set(f, ST_BUSY, 0, "%s: another program has held it for %u seconds: "
			    "try again", place->path, wait);
	}
}

enum status
cli_commit(struct store_txn *t, struct fault *f)
{
	const char *warning = store_txn_warning(t);
	enum status status;

	if (warning != NULL && geteuid() == 0)
		cli_message("warning: %s", warning);
	f->text[0] = '\0';
	status = store_commit(t, f);
	if (status == ST_OK && f->text[0] != '\0') {
		cli_message("warning: %s", f->text);
		syslog(LOG_WARNING, "%s", f->text);
	}
	return status;
}

enum status
cli_no_such_user(const struct cli_place *place, const struct name *name, const char *hint, struct fault *f)
{
	return fault_set(f, ST_NOTFOUND, 0, "%s@%s: no such user in %s%s", name->user, name->realm, place->path,
	    hint);
}
