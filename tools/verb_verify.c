/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verb verify: does a login by each mechanism succeed, and if not, why?  The login itself is made in
 * verify_login.c, the reasons are found in verify_reason.c; here is what is asked for and what is said.
 */
#include "config.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "appconf.h"
#include "gsasldb.h"
#include "jsonout.h"
#include "readpass.h"
#include "verify_login.h"
#include "verify_reason.h"

static struct {
	struct verb_place_options place;
	const char *mechs, *as_user;
	bool pipe, json;
} opt;

static const struct cli_option option_table[] = {
	{"mechanisms", 'm', "LIST", "what to try; if not given, all that the user can", NULL, &opt.mechs},
	VERB_OPTION_REALM(opt.place),
	VERB_OPTION_FILE(opt.place),
	{"appname", 'a', "NAME", "log in as to the program of NAME.conf (as in smtpd)", NULL,
	    &opt.place.appname},
	{"as-user", 0, "USER", "become USER first, as a daemon does; only root can", NULL, &opt.as_user},
	{"json", 0, NULL, "one JSON object a line for each mechanism", &opt.json, NULL},
	{"pipe", 'p', NULL, "read standard input even if it is a terminal", &opt.pipe, NULL},
};

static const struct cli_command command = {
	.verb = "verify",
	.synopsis = "[-p] [-m MECHS] [-u REALM] [-f FILE] [-a NAME] [--as-user USER] [--json] USER",
	.about = "logs a user in through libsasl2, by each mechanism\n"
	    "\nA terminal is asked for the password; any other standard input is read to its end.\n"
	    "0: every login succeeded; 1: a password is wrong, or the user is not there, has no\n"
	    "secret for a mechanism or may not log in; 78: something is missing or misconfigured.\n",
	.options = option_table,
	.option_count = sizeof(option_table) / sizeof(option_table[0]),
};

/* A mechanism as SASL names it: LOGIN is another than PLAIN, though both use the same secret. */
struct attempt {
	const char *name;
	enum mech mech;
};
#define ATTEMPTS_MAX (MECH_COUNT + 1)

struct run {
	struct attempt asked[ATTEMPTS_MAX];
	size_t count;
	const struct passwd *pw;	/* --as-user; else NULL */
	struct appconf conf;		/* -a; else empty */
	struct cli_place place;
	char *absolute;			/* -f, from the root on; else NULL */
	struct login_server server;
	struct name name;
	struct record record;
	char password[PASSWORD_BYTES_MAX + 1];
	size_t len;
};

/* ---- options ---- */

/* All mechanisms that can be tried; returns how many. */
static size_t
list_attempts(struct attempt out[ATTEMPTS_MAX])
{
	size_t n = 0;

	for (int m = 0; m < MECH_COUNT; m++) {
		if (m == MECH_CLEARTEXT)	/* not a mechanism of SASL */
			continue;
		out[n++] = (struct attempt){mech_info((enum mech)m)->name, (enum mech)m};
		if (m == MECH_PLAIN)
			out[n++] = (struct attempt){"LOGIN", MECH_PLAIN};
	}
	return n;
}

/* Takes one word of -m.  NULL, or what is wrong with it. */
static const char *
add_attempt(struct run *run, const char *word, size_t len)
{
	static char wrong[512];
	struct attempt all[ATTEMPTS_MAX];
	size_t count = list_attempts(all), used;

	for (size_t i = 0; i < run->count; i++)
		if (strlen(run->asked[i].name) == len && strncasecmp(run->asked[i].name, word, len) == 0) {
			snprintf(wrong, sizeof(wrong), "mechanism \"%s\": named twice in the list",
			    run->asked[i].name);
			return wrong;
		}
	for (size_t i = 0; i < count; i++)
		if (strlen(all[i].name) == len && strncasecmp(all[i].name, word, len) == 0) {
			run->asked[run->count++] = all[i];
			return NULL;
		}
	used = (size_t)snprintf(wrong, sizeof(wrong), "mechanism \"%.*s\": unknown; there are:",
	    len < 64 ? (int)len : 64, word);
	for (size_t i = 0; i < count; i++)
		used += (size_t)snprintf(wrong + used, sizeof(wrong) - used, " %s", all[i].name);
	return wrong;
}

static const char *
read_mechs(struct run *run)
{
	static const char separators[] = ", \t\r\n\v\f";
	const char *wrong = NULL;
	size_t len;

	if (opt.mechs == NULL)
		return NULL;
	for (const char *word = opt.mechs; wrong == NULL; word += len) {
		word += strspn(word, separators);
		len = strcspn(word, separators);
		if (len == 0)
			break;
		wrong = add_attempt(run, word, len);
	}
	return wrong == NULL && run->count == 0 ? "mechanism list: names no mechanism" : wrong;
}

/* Reads the command line.  CLI_GO_ON, or the exit code. */
static int
read_options(struct run *run, int argc, char **argv)
{
	int code = cli_options(&command, argc, argv);
	const char *wrong;

	if (code != CLI_GO_ON)
		return code;
	wrong = argc == optind ? "USER: is missing" :
	    argc > optind + 1 ? "USER: one is expected (a password is never an argument)" : read_mechs(run);
	if (wrong != NULL)
		return (int)cli_usage(&command, wrong);
	if (opt.as_user == NULL)
		return CLI_GO_ON;
	if (geteuid() != 0) {
		cli_message("--as-user: only root can become another user");
		return EXIT_PERM;
	}
	run->pw = getpwnam(opt.as_user);
	if (run->pw != NULL)
		return CLI_GO_ON;
	cli_message("--as-user: there is no user %s", opt.as_user);
	return (int)cli_usage(&command, NULL);
}

/* ---- the program's conf file ---- */

/* Is word in a list as libsasl2 splits them? */
static bool
list_has(const char *list, const char *word)
{
	static const char blanks[] = " \t\n\v\f\r";
	size_t len = strlen(word);

	for (list += strspn(list, blanks); *list != '\0'; list += strspn(list, blanks)) {
		size_t n = strcspn(list, blanks);

		if (n == len && strncasecmp(list, word, len) == 0)
			return true;
		list += n;
	}
	return false;
}

/* Without the right line no login has to do with us, and a "wrong password" would be misleading. */
static enum status
check_line(const struct appconf *conf, const char *key, const char *value, bool must, struct fault *f)
{
	const struct appconf_item *item = appconf_get(conf, key);

	if (item == NULL ? !must : list_has(item->value, value))
		return ST_OK;
	if (item == NULL)
		return fault_set(f, ST_CONFIG, 0, "%s: does not choose gsasldb: add the line \"%s: %s\"",
		    conf->path, key, value);
	return fault_set(f, ST_CONFIG, 0, "%s: line %u: does not choose gsasldb: write \"%s: %s\"",
	    conf->path, item->line, key, value);
}

/* The SASL service of a program; its own name, but for Postfix's server. */
static void
name_service(struct login_server *server, const char *appname)
{
	const char *slash = appname != NULL ? strrchr(appname, '/') : NULL;
	const char *base = slash != NULL ? slash + 1 : appname;
	size_t len;

	if (base == NULL)
		base = "smtpd";
	len = strlen(base);
	if (len > 5 && strcmp(base + len - 5, ".conf") == 0)
		len -= 5;
	snprintf(server->service, sizeof(server->service), "%.*s", len < 60 ? (int)len : 60, base);
	if (strcmp(server->service, "smtpd") == 0)
		strcpy(server->service, "smtp");
}

/* -f counts wherever one stands; the plugin takes only absolute paths. */
static enum status
take_file(struct run *run, struct fault *f)
{
	char *here = NULL;

	if (opt.place.file != NULL && opt.place.file[0] != '/' && (here = getcwd(NULL, 0)) == NULL)
		return fault_set(f, ST_IO, 0, "%s: where that is cannot be found out: give a path that "
		    "begins with /", opt.place.file);
	if (opt.place.file != NULL &&
	    asprintf(&run->absolute, "%s%s%s", here != NULL ? here : "", here != NULL ? "/" : "",
	    opt.place.file) == -1)
		run->absolute = NULL;
	free(here);
	if (opt.place.file != NULL && run->absolute == NULL)
		return fault_set(f, ST_NOMEM, 0, "out of memory");
	run->server.path = run->absolute;
	return ST_OK;
}

static enum status
read_conf(struct run *run, struct fault *f)
{
	enum status status = ST_OK;

	name_service(&run->server, opt.place.appname);
	if (opt.place.appname != NULL) {
		status = appconf_load(&run->conf, opt.place.appname, f);
		if (status == ST_OK)
			status = check_line(&run->conf, "auxprop_plugin", "gsasldb", true, f);
		if (status == ST_OK)
			status = check_line(&run->conf, "pwcheck_method", "auxprop", false, f);
		run->server.conf = &run->conf;
	}
	if (status == ST_OK)
		status = take_file(run, f);
	/* by the path of the conf file, so that both are of the same one */
	if (status == ST_OK)
		status = cli_place_find(&run->place, run->absolute, run->conf.path, NULL, f);
	if (status == ST_OK && run->conf.path == NULL && run->server.path == NULL)
		run->server.path = run->place.path;
	return status;
}

/* ---- as whom, and whom ---- */

/* For good: nothing of root is left.  A daemon reads its conf file before it does that. */
static enum status
become(const struct passwd *pw, struct fault *f)
{
	if (initgroups(pw->pw_name, pw->pw_gid) == 0 && setgid(pw->pw_gid) == 0 && setuid(pw->pw_uid) == 0 &&
	    (pw->pw_uid == 0 || setuid(0) == -1))
		return ST_OK;
	return fault_set(f, ST_PERM, 0, "--as-user: cannot become %s", pw->pw_name);
}

/* The realms in which there is a user of that name. */
struct elsewhere {
	const char *user;
	char found[512];
	unsigned count;
};

static enum status
note_realm(void *arg, const struct record *r, struct fault *f)
{
	struct elsewhere *e = arg;
	size_t used = strlen(e->found);

	(void)f;
	if (strcmp(r->name.user, e->user) != 0 || e->count++ >= 3)
		return ST_OK;
	if (snprintf(e->found + used, sizeof(e->found) - used, "%s%s@%s", used > 0 ? ", " : "", r->name.user,
	    r->name.realm) >= (int)(sizeof(e->found) - used))
		e->found[used] = '\0';
	return ST_OK;
}

static enum status
no_such_user(const struct run *run, struct store *store, struct fault *f)
{
	struct elsewhere e = {.user = run->name.user};
	char hint[sizeof(e.found) + 64] = "";

	if (store_each(store, note_realm, &e, NULL) == ST_OK && e.found[0] != '\0')
		snprintf(hint, sizeof(hint), " (there is %s%s)", e.found, e.count > 3 ? ", ..." : "");
	return cli_no_such_user(&run->place, &run->name, hint, f);
}

static enum status
look_up(struct run *run, struct fault *f)
{
	struct store *store = NULL;
	struct fault trouble;
	enum status status;

	status = store_open(&store, run->place.path, f);
	if (status == ST_OK)
		status = store_get(store, &run->name, &run->record, f);
	if (status == ST_NOTFOUND)
		status = no_such_user(run, store, f);
	if (status == ST_PERM && run->pw != NULL)
		reason_unreadable(run->place.path, run->pw, f);
	if (status == ST_OK && store_trouble(store, &trouble)) {
		if (trouble.status == ST_PERM && run->pw != NULL)
			reason_unreadable(run->place.path, run->pw, &trouble);
		cli_message("warning: %s", trouble.text);
	}
	store_close(store);
	return status;
}

/* ---- the logins ---- */

/*
 * Without -m: what the program offers and the user has something for.  Where that is nothing because a
 * module is missing, all that he has something for, so that it is said.
 */
static enum status
choose_attempts(struct run *run, struct fault *f)
{
	const struct appconf_item *offered = appconf_get(&run->conf, "mech_list");
	struct attempt all[ATTEMPTS_MAX];
	size_t count = list_attempts(all);
	char names[256];

	for (size_t i = 0; i < count; i++)
		if (reason_serves(&run->record, all[i].mech) && (offered != NULL ?
		    list_has(offered->value, all[i].name) : login_server_has(all[i].name)))
			run->asked[run->count++] = all[i];
	for (size_t i = 0; run->count == 0 && offered == NULL && i < count; i++)
		if (reason_serves(&run->record, all[i].mech))
			run->asked[run->count++] = all[i];
	if (run->count > 0)
		return ST_OK;
	record_mech_names(&run->record, names, sizeof(names));
	if (offered == NULL)
		return fault_set(f, ST_NOTFOUND, 0, "%s@%s: has no secret", run->name.user, run->name.realm);
	return fault_set(f, ST_NOTFOUND, 0, "%s@%s: has no secret for what is offered: has %s; %s, line %u: "
	    "mech_list: %s", run->name.user, run->name.realm, names[0] != '\0' ? names : "none",
	    run->conf.path, offered->line, offered->value);
}

/* Does the conf file leave PLAIN and LOGIN to libsasl2, which knows no crypt(3) string and no SCRAM? */
static const struct appconf_item *
plain_left_alone(const struct run *run, const struct attempt *a)
{
	const struct appconf_item *item = appconf_get(&run->conf, "gsasldb_plain");

	return a->mech == MECH_PLAIN && item != NULL && strcasecmp(item->value, "no") == 0 ? item : NULL;
}

/*
 * Tries one mechanism.  reason: why it failed.  The exit code: EXIT_NO where the database has the reason,
 * EXIT_CONFIG where it is elsewhere.
 */
static enum exit_code
try_one(const struct run *run, const struct attempt *a, char reason[REASON_MAX])
{
	const struct appconf_item *offered = appconf_get(&run->conf, "mech_list"), *item;
	struct login_result result;

	if (offered != NULL && !list_has(offered->value, a->name)) {
		snprintf(reason, REASON_MAX, "not offered: %s, line %u: mech_list does not name it",
		    run->conf.path, offered->line);
		return EXIT_CONFIG;
	}
	if (!login_server_has(a->name)) {
		strcpy(reason, "not installed (Debian package libsasl2-modules)");
		return EXIT_CONFIG;
	}
	if (!login_client_has(a->name)) {
		strcpy(reason, "cannot be tried: libsasl2 has no client for it here (Debian package "
		    "libsasl2-modules)");
		return EXIT_CONFIG;
	}
	login_try(&result, a->name, &run->name, run->password, run->len);
	if (result.ok)
		return EXIT_DONE;
	if (reason_find(reason, &run->record, &run->name, a->mech, run->password, run->len) != NULL)
		return EXIT_NO;
	if ((item = plain_left_alone(run, a)) != NULL)
		snprintf(reason, REASON_MAX, "not served: %s, line %u: gsasldb_plain: no: libsasl2 itself "
		    "needs PLAIN:smd5 or CLEARTEXT", run->conf.path, item->line);
	else
		snprintf(reason, REASON_MAX, "the password is right, but it fails at %s: %s", result.step,
		    result.words);
	return EXIT_CONFIG;
}

static enum status
tell(const struct run *run, const struct attempt *a, const char *reason, struct fault *f)
{
	char safe[4 * REASON_MAX];

	escape_for_log(safe, sizeof(safe), reason != NULL ? reason : "ok");
	if (opt.json)
		return jsonout_line(stdout, json_pack("{s:s,s:s,s:s,s:b,s:s?}", "user", run->name.user,
		    "realm", run->name.realm, "mech", a->name, "ok", reason == NULL, "reason",
		    reason != NULL ? safe : NULL), f);
	printf("%s: %s\n", a->name, safe);
	return ST_OK;
}

/* *code becomes the worst of all: what is misconfigured (78) before what is the user's (1). */
static enum status
try_all(struct run *run, enum exit_code *code, struct fault *f)
{
	enum status status = login_start(&run->server, f);

	if (status == ST_OK && run->count == 0)
		status = choose_attempts(run, f);
	for (size_t i = 0; status == ST_OK && i < run->count; i++) {
		char reason[REASON_MAX];
		enum exit_code one = try_one(run, &run->asked[i], reason);

		if (one > *code)
			*code = one;
		status = tell(run, &run->asked[i], one != EXIT_DONE ? reason : NULL, f);
	}
	login_stop();
	return status;
}

static enum status
verify(struct run *run, const char *user, enum exit_code *code, struct fault *f)
{
	enum status status = read_conf(run, f);

	if (status == ST_OK)
		status = cli_name(&run->name, user, opt.place.realm, f);
	if (status == ST_OK)
		status = readpass(run->password, &run->len, opt.pipe ? READPASS_STDIN : READPASS_ONCE, f);
	if (status == ST_OK && run->pw != NULL)
		status = become(run->pw, f);
	if (status == ST_OK)
		status = look_up(run, f);
	return status == ST_OK ? try_all(run, code, f) : status;
}

static int
run_verify(int argc, char **argv)
{
	struct run run = {.count = 0};
	enum exit_code code = EXIT_DONE;
	struct fault f = {.status = ST_OK};
	int early = read_options(&run, argc, argv);

	if (early != CLI_GO_ON)
		return early;
	if (verify(&run, argv[optind], &code, &f) != ST_OK) {
		code = cli_exit_code(f.status);
		if (f.status == ST_PERM && run.pw != NULL)
			cli_message("%s", f.text);	/* it is not ours to say who shall run this */
		else
			cli_fault(&f);
	}
	explicit_bzero(run.password, sizeof(run.password));
	record_clear(&run.record);
	appconf_free(&run.conf);
	cli_place_free(&run.place);
	free(run.absolute);
	return (int)cli_finish(code);
}

const struct verb verb_verify = {&command, run_verify};
