/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * saslpasswd: creates, changes and deletes users.  Reads the options, asks for the password and says what
 * happened; what a password becomes and how it gets on disk is the work of lib/.
 */
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "account.h"
#include "cli.h"
#include "readpass.h"
#include "store.h"

#define WAIT_SECONDS 60

static const char synopsis[] =
    "[-cdpn] [-m MECHS] [-u REALM] [-f FILE] [-a NAME] [-g GROUP] USER";

static const char help[] =
    "Sets the password of USER (or USER@REALM).  A terminal is asked for it; any other\n"
    "standard input is read to its end.  It is never an argument.\n"
    "\n"
    "  -c, --create           make the user, and the database, if not there\n"
    "  -d, --delete           delete the user; with -m only those secrets\n"
    "  -p, --pipe             read standard input even if it is a terminal\n"
    "  -m, --mechanisms LIST  what to store: MECH[:SCHEME],...\n"
    "      --only             with -m: remove the other secrets\n"
    "  -u, --realm REALM      the user's realm; the host's name if not given\n"
    "  -f, --file FILE        the database [" DB_PATH "]\n"
    "  -a, --appname NAME     use the database that NAME.conf names (as in smtpd)\n"
    "  -g, --group GROUP      group of a new database [" DB_GROUP "]\n"
    "  -n, --no-plaintext     accepted; only CLEARTEXT is ever stored readable\n"
    "      --if-exists        with -d: somebody who is not there is no error\n"
    "      --wait SECONDS     how long to wait for another writer [60]\n"
    "  -h, --help             print this\n"
    "  -V, --version          print the version\n";

/* Long options without a short one. */
enum { OPT_ONLY = CHAR_MAX + 1, OPT_IF_EXISTS, OPT_WAIT };

static const struct option long_options[] = {
	{"create", no_argument, NULL, 'c'},
	{"delete", no_argument, NULL, 'd'},
	{"pipe", no_argument, NULL, 'p'},
	{"mechanisms", required_argument, NULL, 'm'},
	{"only", no_argument, NULL, OPT_ONLY},
	{"realm", required_argument, NULL, 'u'},
	{"file", required_argument, NULL, 'f'},
	{"appname", required_argument, NULL, 'a'},
	{"group", required_argument, NULL, 'g'},
	{"no-plaintext", no_argument, NULL, 'n'},
	{"if-exists", no_argument, NULL, OPT_IF_EXISTS},
	{"wait", required_argument, NULL, OPT_WAIT},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{NULL, 0, NULL, 0}
};

struct options {
	bool create, delete, pipe, only, no_plaintext, if_exists, help, version;
	const char *mechs, *realm, *file, *appname, *group, *wait;
	const char *user;
};

/* One run: what is to be done, where and to whom. */
struct run {
	struct options o;
	struct cli_place place;
	struct mech_specs chosen;
	const struct mech_specs *specs;		/* -m: &chosen; else NULL */
	struct name name;
	unsigned wait;				/* seconds */
	char password[PASSWORD_BYTES_MAX + 1];
	size_t len;
};

/* ---- options ---- */

static bool
take_option(struct options *o, int option)
{
	const struct {
		int option;
		bool *flag;
		const char **value;
	} table[] = {
		{'c', &o->create, NULL},
		{'d', &o->delete, NULL},
		{'p', &o->pipe, NULL},
		{'m', NULL, &o->mechs},
		{OPT_ONLY, &o->only, NULL},
		{'u', NULL, &o->realm},
		{'f', NULL, &o->file},
		{'a', NULL, &o->appname},
		{'g', NULL, &o->group},
		{'n', &o->no_plaintext, NULL},
		{OPT_IF_EXISTS, &o->if_exists, NULL},
		{OPT_WAIT, NULL, &o->wait},
		{'h', &o->help, NULL},
		{'V', &o->version, NULL},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].option != option)
			continue;
		if (table[i].flag != NULL)
			*table[i].flag = true;
		else
			*table[i].value = optarg;
		return true;
	}
	return false;
}

/* What is wrong with the options, or NULL. */
static const char *
check_options(const struct options *o, int arguments)
{
	if (o->create && o->delete)
		return "-c and -d: only one of them";
	if (o->only && (o->mechs == NULL || o->delete))
		return "--only: goes with -m, and not with -d";
	if (o->if_exists && !o->delete)
		return "--if-exists: goes with -d";
	if (arguments == 0)
		return "USER: is missing";
	if (arguments > 1)
		return "USER: one is expected (a password is never an argument)";
	return NULL;
}

static bool
read_seconds(unsigned *out, const char *text)
{
	char *end;
	unsigned long n;

	if (text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	n = strtoul(text, &end, 10);
	if (errno != 0 || *end != '\0' || n > INT_MAX)
		return false;
	*out = (unsigned)n;
	return true;
}

/* Reads the command line.  EXIT_DONE: go on. */
static enum exit_code
read_options(struct run *run, int argc, char **argv)
{
	struct options *o = &run->o;
	const char *wrong;
	struct fault f;
	int option;

	while ((option = getopt_long(argc, argv, "cdpm:u:f:a:g:nhV", long_options, NULL)) != -1)
		if (!take_option(o, option))
			return cli_usage(synopsis, NULL);
	if (o->help || o->version)
		return EXIT_DONE;
	wrong = check_options(o, argc - optind);
	if (wrong != NULL)
		return cli_usage(synopsis, wrong);
	o->user = argv[optind];
	if (o->wait != NULL && !read_seconds(&run->wait, o->wait))
		return cli_usage(synopsis, "--wait: must be a number of seconds");
	if (o->mechs != NULL) {
		if (mech_specs_parse(&run->chosen, o->mechs, &f) != ST_OK)
			return cli_usage(synopsis, f.text);
		run->specs = &run->chosen;
	}
	return EXIT_DONE;
}

/* ---- what both kinds of change need ---- */

static enum status
find_user(struct run *run, struct fault *f)
{
	const struct options *o = &run->o;
	const char *host = NULL;
	enum status status;

	if (o->realm == NULL && strchr(o->user, '@') == NULL)
		host = cli_default_realm();
	status = name_parse(&run->name, o->user, o->realm, host, f);
	if (status == ST_OK && host != NULL)
		cli_message("realm: %s (the host's name; -u chooses another)", run->name.realm_typed);
	return status;
}

static enum status
no_such_user(const struct run *run, struct fault *f)
{
	return fault_set(f, ST_NOTFOUND, 0, "%s@%s: no such user in %s%s", run->name.user, run->name.realm,
	    run->place.path, run->o.delete ? "" : " (-c creates one)");
}

static unsigned
secret_bits(const struct record *r)
{
	unsigned bits = 0;

	for (int m = 0; m < MECH_COUNT; m++)
		if (r->secrets[m].text != NULL)
			bits |= 1u << m;
	return bits;
}

static void
audit(const struct run *run, const char *what, unsigned mechs)
{
	char names[CLI_MECH_NAMES_MAX];

	cli_audit("%s user=%s realm=%s mech=%s file=%s", what, run->name.user, run->name.realm,
	    cli_mech_names(names, mechs), run->place.path);
}

/*
 * Waits for the turn.  While another writer is waited for, ^C counts within a second.  Once it is our turn
 * signals are held until the program ends, which is soon: a write is whole, and so is what is said of it.
 */
static enum status
begin(struct store_txn **out, const struct run *run, struct fault *f)
{
	struct store_write_options options = {.create = run->o.create, .group = run->place.group};
	unsigned left = run->wait;
	enum status status;
	sigset_t held, before;

	sigemptyset(&held);
	sigaddset(&held, SIGINT);
	sigaddset(&held, SIGTERM);
	sigaddset(&held, SIGHUP);
	sigaddset(&held, SIGTSTP);	/* nobody shall wait for a writer that was stopped */
	for (;; left--) {
		options.wait = left > 0 ? 1 : 0;
		sigprocmask(SIG_BLOCK, &held, &before);
		status = store_begin(out, run->place.path, &options, f);
		if (status == ST_OK)
			return ST_OK;
		sigprocmask(SIG_SETMASK, &before, NULL);
		if (status != ST_BUSY)
			return status;
		if (left == 0)
			return fault_set(f, ST_BUSY, 0, "%s: another program has held it for %u seconds: "
			    "try again", run->place.path, run->wait);
	}
}

/* Commits, and says what somebody should hear of although it is done. */
static enum status
commit(struct store_txn *t, struct fault *f)
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

/* ---- setting a password ---- */

/* Can it be written, or made, at all?  Asked before the password is, so that nobody types it in vain. */
static enum status
check_access(const char *path, bool exists, struct fault *f)
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

/* A database that is still to be made: no file, or an empty one that was put there to be filled. */
static bool
is_unmade(const char *path, enum status opened)
{
	struct stat st;

	return opened == ST_NODB || (opened == ST_FOREIGN && stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_size == 0);
}

/* What the database says of the user now.  *found: he is there, and *r is filled. */
static enum status
look_up(const struct run *run, struct record *r, bool *found, struct fault *f)
{
	const char *path = run->place.path;
	struct store *store = NULL;
	enum status status;

	*found = false;
	status = store_open(&store, path, f);
	if (run->o.create && is_unmade(path, status))
		return check_access(path, status != ST_NODB, f);
	if (status == ST_NODB)
		return fault_set(f, ST_NODB, 0, "%s: there is no database (-c makes one)", path);
	if (status == ST_OK)
		status = store_get(store, &run->name, r, f);
	store_close(store);
	if (status == ST_NOTFOUND && !run->o.create)
		return no_such_user(run, f);
	if (status != ST_OK && status != ST_NOTFOUND)
		return status;
	*found = status == ST_OK;
	return check_access(path, true, f);
}

/* Makes the record with the new password out of the one that is there (old; NULL: none). */
static enum status
make_record(struct record *out, const struct run *run, const struct record *old, struct fault *f)
{
	int64_t now = (int64_t)time(NULL);
	enum status status = ST_OK;

	if (old != NULL)
		status = record_copy(out, old, f);
	else
		record_init(out, &run->name, now);
	if (status == ST_OK)
		status = account_set_password(out, run->specs, &run->place.mechs, run->o.only, &run->name,
		    run->password, run->len, now, f);
	return status;
}

static enum status
same_record(bool *same, const struct record *a, const struct record *b, struct fault *f)
{
	char *a_text = NULL, *b_text = NULL;
	size_t a_len = 0, b_len = 0;
	enum status status;

	*same = false;
	status = record_format(a, &a_text, &a_len, f);
	if (status == ST_OK)
		status = record_format(b, &b_text, &b_len, f);
	if (status == ST_OK)
		*same = a_len == b_len && memcmp(a_text, b_text, a_len) == 0;
	record_free_value(a_text, a_len);
	record_free_value(b_text, b_len);
	return status;
}

/*
 * Puts next, which was made from seen (NULL: nobody was there), into the database.  If somebody else has
 * changed the user meanwhile, next is made again, from what is there now.
 */
static enum status
put(struct store_txn *t, const struct run *run, const struct record *seen, struct record *next,
    struct fault *f)
{
	struct record current = {0};
	bool found, same = false;
	enum status status;

	status = store_txn_get(t, &run->name, &current, f);
	found = status == ST_OK;
	if (status != ST_OK && status != ST_NOTFOUND)
		return status;
	if (!found && !run->o.create)
		return no_such_user(run, f);
	status = ST_OK;
	if (!found || seen == NULL)
		same = !found && seen == NULL;
	else
		status = same_record(&same, seen, &current, f);
	if (status == ST_OK && !same) {
		record_clear(next);
		status = make_record(next, run, found ? &current : NULL, f);
	}
	if (status == ST_OK)
		status = store_txn_put(t, next, f);
	record_clear(&current);
	return status;
}

/* Says on standard error and in the log what was done. */
static void
report_set(const struct run *run, bool created, const struct record *r)
{
	char names[CLI_MECH_NAMES_MAX];
	unsigned has = secret_bits(r), set = run->specs != NULL ? cli_mech_bits(run->specs) : has;

	if ((has & ~set) != 0)
		cli_message("%s@%s: keeps an older password for %s (--only removes them)", r->name.user,
		    r->name.realm, cli_mech_names(names, has & ~set));
	audit(run, created ? "created" : "changed", set);
}

static enum status
set_password(struct run *run, struct fault *f)
{
	struct record seen = {0}, next = {0};
	struct store_txn *t = NULL;
	enum status status;
	bool found;

	status = look_up(run, &seen, &found, f);
	if (status == ST_OK)
		status = readpass(run->password, &run->len, run->o.pipe, f);
	if (status == ST_OK)
		status = make_record(&next, run, found ? &seen : NULL, f);
	if (status == ST_OK)
		status = begin(&t, run, f);
	if (status == ST_OK) {
		status = put(t, run, found ? &seen : NULL, &next, f);
		if (status == ST_OK)
			status = commit(t, f);
		else
			store_abort(t);
	}
	if (status == ST_OK)
		report_set(run, !found, &next);
	record_clear(&seen);
	record_clear(&next);
	return status;
}

/* ---- deleting ---- */

/*
 * Deletes the user, or the chosen mechanisms' secrets; with the last secret the user goes.  *gone gets the
 * bits of the mechanisms that are lost; none, if what was to go is not there.
 */
static enum status
delete(struct store_txn *t, const struct run *run, unsigned *gone, struct fault *f)
{
	struct record r = {0};
	enum status status;
	unsigned has;

	*gone = 0;
	status = store_txn_get(t, &run->name, &r, f);
	if (status != ST_OK)
		return status == ST_NOTFOUND ? no_such_user(run, f) : status;
	has = secret_bits(&r);
	*gone = run->specs != NULL ? has & cli_mech_bits(run->specs) : has;
	if (run->specs == NULL || (has != 0 && *gone == has))
		status = store_txn_delete(t, &run->name, f);
	else if (*gone != 0) {
		for (int m = 0; m < MECH_COUNT; m++)
			if ((*gone & 1u << m) != 0)
				secret_free(&r.secrets[m]);
		r.changed = (int64_t)time(NULL);
		status = store_txn_put(t, &r, f);
	}
	record_clear(&r);
	return status;
}

static enum status
delete_user(const struct run *run, struct fault *f)
{
	struct store_txn *t = NULL;
	enum status status;
	unsigned gone = 0;

	status = begin(&t, run, f);
	if (status != ST_OK)
		return status;
	status = delete(t, run, &gone, f);
	if (status == ST_OK && (run->specs == NULL || gone != 0)) {
		status = commit(t, f);
		if (status == ST_OK)
			audit(run, "deleted", gone);
	} else
		store_abort(t);
	return status == ST_NOTFOUND && run->o.if_exists ? ST_OK : status;
}

int
main(int argc, char **argv)
{
	struct run run = {.wait = WAIT_SECONDS};
	struct fault f = {.status = ST_OK};
	enum exit_code code;
	enum status status;

	cli_start(argv);
	code = read_options(&run, argc, argv);
	if (code != EXIT_DONE)
		return code;
	if (run.o.help)
		return cli_help(synopsis, help);
	if (run.o.version)
		return cli_version();
	status = cli_place_find(&run.place, run.o.file, run.o.appname, run.o.group, &f);
	if (status == ST_OK)
		status = find_user(&run, &f);
	if (status == ST_OK)
		status = run.o.delete ? delete_user(&run, &f) : set_password(&run, &f);
	if (status != ST_OK)
		code = cli_fault(&f);
	explicit_bzero(run.password, sizeof(run.password));
	cli_place_free(&run.place);
	return cli_finish(code);
}
