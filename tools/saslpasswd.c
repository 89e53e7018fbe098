/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * saslpasswd: creates, changes and deletes users.  Reads the options, asks for the password and says what
 * happened; what a password becomes and how it gets on disk is the work of lib/.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "account.h"
#include "cli.h"
#include "readpass.h"
#include "store.h"

/* One run: what is to be done, where and to whom. */
static struct options {
	bool create, delete, pipe, only, no_plaintext, if_exists;
	const char *mechs, *realm, *file, *appname, *group, *wait;
	const char *user;
} opt;

static const struct cli_option option_table[] = {
	{"create", 'c', NULL, "make the user, and the database, if not there", &opt.create, NULL},
	{"delete", 'd', NULL, "delete the user; with -m only those secrets", &opt.delete, NULL},
	{"pipe", 'p', NULL, "read standard input even if it is a terminal", &opt.pipe, NULL},
	{"mechanisms", 'm', "LIST", "what to store: MECH[:SCHEME],...", NULL, &opt.mechs},
	{"only", 0, NULL, "with -m: remove the other secrets", &opt.only, NULL},
	{"realm", 'u', "REALM", "the user's realm; the host's name if not given", NULL, &opt.realm},
	{"file", 'f', "FILE", "the database [" DB_PATH "]", NULL, &opt.file},
	{"appname", 'a', "NAME", "use the database that NAME.conf names (as in smtpd)", NULL, &opt.appname},
	{"group", 'g', "GROUP", "group of a new database [" DB_GROUP "]", NULL, &opt.group},
	{"no-plaintext", 'n', NULL, "accepted; only CLEARTEXT is ever stored readable", &opt.no_plaintext, NULL},
	{"if-exists", 0, NULL, "with -d: somebody who is not there is no error", &opt.if_exists, NULL},
	{"wait", 0, "SECONDS", "how long to wait for another writer [" CLI_WAIT_DEFAULT "]", NULL, &opt.wait},
};

static const struct cli_command command = {
	.synopsis = "[-cdpn] [-m MECHS] [-u REALM] [-f FILE] [-a NAME] [-g GROUP] USER",
	.about = "Sets the password of USER (or USER@REALM).  A terminal is asked for it; any other\n"
	    "standard input is read to its end.  It is never an argument.\n",
	.options = option_table,
	.option_count = sizeof(option_table) / sizeof(option_table[0]),
};

struct run {
	struct cli_place place;
	struct mech_specs chosen;
	const struct mech_specs *specs;		/* -m: &chosen; else NULL */
	struct name name;
	unsigned wait;				/* seconds */
	char password[PASSWORD_BYTES_MAX + 1];
	size_t len;
};

/* ---- options ---- */

/* What is wrong with the options, or NULL. */
static const char *
check_options(int arguments)
{
	if (opt.create && opt.delete)
		return "-c and -d: only one of them";
	if (opt.only && (opt.mechs == NULL || opt.delete))
		return "--only: goes with -m, and not with -d";
	if (opt.if_exists && !opt.delete)
		return "--if-exists: goes with -d";
	if (arguments == 0)
		return "USER: is missing";
	if (arguments > 1)
		return "USER: one is expected (a password is never an argument)";
	return NULL;
}

/* Reads the command line.  CLI_GO_ON, or the exit code. */
static int
read_options(struct run *run, int argc, char **argv)
{
	int code = cli_options(&command, argc, argv);
	const char *wrong;
	struct fault f;

	if (code != CLI_GO_ON)
		return code;
	wrong = check_options(argc - optind);
	if (wrong != NULL)
		return (int)cli_usage(&command, wrong);
	opt.user = argv[optind];
	if (opt.wait != NULL && !cli_seconds(&run->wait, opt.wait))
		return (int)cli_usage(&command, "--wait: must be a number of seconds");
	if (opt.mechs != NULL) {
		if (mech_specs_parse(&run->chosen, opt.mechs, &f) != ST_OK)
			return (int)cli_usage(&command, f.text);
		run->specs = &run->chosen;
	}
	return CLI_GO_ON;
}

/* ---- what both kinds of change need ---- */

static enum status
no_such_user(const struct run *run, struct fault *f)
{
	return cli_no_such_user(&run->place, &run->name, opt.delete ? "" : " (-c creates one)", f);
}

static void
audit(const struct run *run, const char *what, unsigned mechs)
{
	char names[CLI_MECH_NAMES_MAX];

	cli_audit("%s user=%s realm=%s mech=%s file=%s", what, run->name.user, run->name.realm,
	    cli_mech_names(names, mechs), run->place.path);
}

/* ---- setting a password ---- */

/* What the database says of the user now.  *found: he is there, and *r is filled. */
static enum status
look_up(const struct run *run, struct record *r, bool *found, struct fault *f)
{
	const char *path = run->place.path;
	struct store *store = NULL;
	enum status status;

	*found = false;
	status = store_open(&store, path, f);
	if (opt.create && cli_is_unmade(path, status))
		return cli_check_access(path, status != ST_NODB, f);
	if (status == ST_NODB)
		return fault_set(f, ST_NODB, 0, "%s: there is no database (-c makes one)", path);
	if (status == ST_OK)
		status = store_get(store, &run->name, r, f);
	store_close(store);
	if (status == ST_NOTFOUND && !opt.create)
		return no_such_user(run, f);
	if (status != ST_OK && status != ST_NOTFOUND)
		return status;
	*found = status == ST_OK;
	return cli_check_access(path, true, f);
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
		status = account_set_password(out, run->specs, &run->place.mechs, opt.only, &run->name,
		    run->password, run->len, now, f);
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
	if (!found && !opt.create)
		return no_such_user(run, f);
	status = ST_OK;
	if (!found || seen == NULL)
		same = !found && seen == NULL;
	else
		status = record_same(&same, seen, &current, f);
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
	unsigned has = record_secret_bits(r), set = run->specs != NULL ? mech_specs_bits(run->specs) : has;

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
		status = readpass(run->password, &run->len, opt.pipe ? READPASS_STDIN : READPASS_TWICE,
		    f);
	if (status == ST_OK)
		status = make_record(&next, run, found ? &seen : NULL, f);
	if (status == ST_OK)
		status = cli_begin(&t, &run->place, opt.create, run->wait, f);
	if (status == ST_OK) {
		status = put(t, run, found ? &seen : NULL, &next, f);
		if (status == ST_OK)
			status = cli_commit(t, f);
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
 * Deletes the user, or the chosen mechanisms' secrets; with the last secret the user goes, but secrets of
 * mechanisms that only a later version knows keep him: kept gets their names then.  *gone gets the bits of the
 * mechanisms that are lost; none, if what was to go is not there.
 */
#define KEPT_MAX 256
static enum status
delete(struct store_txn *t, const struct run *run, unsigned *gone, char kept[KEPT_MAX], struct fault *f)
{
	struct record r = {0};
	enum status status;
	unsigned has;
	bool more;

	*gone = 0;
	kept[0] = '\0';
	status = store_txn_get(t, &run->name, &r, f);
	if (status != ST_OK)
		return status == ST_NOTFOUND ? no_such_user(run, f) : status;
	has = record_secret_bits(&r);
	more = record_has_unknown_secrets(&r);
	*gone = run->specs != NULL ? has & mech_specs_bits(run->specs) : has;
	if (run->specs == NULL || (has != 0 && *gone == has && !more))
		status = store_txn_delete(t, &run->name, f);
	else if (*gone != 0) {
		for (int m = 0; m < MECH_COUNT; m++)
			if ((*gone & 1u << m) != 0)
				secret_free(&r.secrets[m]);
		r.changed = (int64_t)time(NULL);
		status = store_txn_put(t, &r, f);
		if (*gone == has)
			record_unknown_names(&r, kept, KEPT_MAX);
	}
	record_clear(&r);
	return status;
}

static enum status
delete_user(const struct run *run, struct fault *f)
{
	struct store_txn *t = NULL;
	char kept[KEPT_MAX];
	enum status status;
	unsigned gone = 0;

	status = cli_begin(&t, &run->place, opt.create, run->wait, f);
	if (status != ST_OK)
		return status;
	status = delete(t, run, &gone, kept, f);
	if (status == ST_OK && (run->specs == NULL || gone != 0)) {
		status = cli_commit(t, f);
		if (status == ST_OK)
			audit(run, "deleted", gone);
		if (status == ST_OK && kept[0] != '\0')
			cli_message("%s@%s: stays, with secrets that only a later version knows (%s); -d without -m "
			    "deletes the user", run->name.user, run->name.realm, kept);
	} else
		store_abort(t);
	return status == ST_NOTFOUND && opt.if_exists ? ST_OK : status;
}

int
main(int argc, char **argv)
{
	struct run run = {.wait = CLI_WAIT_SECONDS};
	struct fault f = {.status = ST_OK};
	enum status status;
	int code;

	cli_start(argv);
	code = read_options(&run, argc, argv);
	if (code != CLI_GO_ON)
		return code;
	status = cli_place_find(&run.place, opt.file, opt.appname, opt.group, &f);
	if (status == ST_OK)
		status = cli_name(&run.name, opt.user, opt.realm, &f);
	if (status == ST_OK)
		status = opt.delete ? delete_user(&run, &f) : set_password(&run, &f);
	code = (int)(status == ST_OK ? EXIT_DONE : cli_fault(&f));
	explicit_bzero(run.password, sizeof(run.password));
	cli_place_free(&run.place);
	return (int)cli_finish((enum exit_code)code);
}
