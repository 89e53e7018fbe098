/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * entry: what the plugin makes of whatever libsasl2 may hand to it: versions, options, flags, values that are
 * there already, answers of libsasl2's own functions.  Here libsasl2 is played by this program, since the real
 * one never does most of it.
 */
#include <config.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sasl/prop.h>
#include <sasl/sasl.h>
#include <sasl/saslplug.h>

#include "harness.h"
#include "record.h"

#define GOOD "tuna melt"
#define CHEAP "PLAIN:bcrypt CRAM-MD5"
#define NOBODY 65534
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- a libsasl2 of our own ---- */

/* Lines "NAME VALUE", or NAME alone for an empty value; each up to the end of its string. */
#define OPTIONS_MAX 8
static const char *conf[OPTIONS_MAX];

static struct log logged;
static const char *mechanism;		/* the running one; NULL: libsasl2 knows none */
static int checkpass_answer, canon_answer, prop_set_answer;
static unsigned checkpass_calls;
static bool have_checkpass, no_properties;
static char error[256];

static int
give_option(void *context, const char *plugin, const char *option, const char **result, unsigned *len)
{
	size_t i, n = strlen(option);

	(void)context;
	(void)plugin;
	(void)len;
	for (i = 0; i < OPTIONS_MAX && conf[i] != NULL; i++)
		if (strncmp(conf[i], option, n) == 0 && (conf[i][n] == ' ' || conf[i][n] == '\0')) {
			*result = conf[i] + n + (conf[i][n] == ' ');
			return SASL_OK;
		}
	return SASL_FAIL;
}

static void
take_line(sasl_conn_t *conn, int level, const char *format, ...)
{
	char line[4096];
	size_t len;
	va_list ap;

	(void)conn;
	va_start(ap, format);
	vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	len = strlen(line) + 16;
	logged.text = realloc(logged.text, logged.len + len);
	logged.len += (size_t)snprintf(logged.text + logged.len, len, "%d %s\n", level, line);
}

static void
take_error(sasl_conn_t *conn, unsigned flags, const char *format, ...)
{
	va_list ap;

	(void)conn;
	(void)flags;
	va_start(ap, format);
	vsnprintf(error, sizeof(error), format, ap);
	va_end(ap);
}

static int
give_property(sasl_conn_t *conn, int property, const void **value)
{
	(void)conn;
	if (property != SASL_MECHNAME || mechanism == NULL)
		return SASL_NOTDONE;
	*value = mechanism;
	return SASL_OK;
}

static int
some_function(void)
{
	return SASL_OK;
}

static int
give_callback(sasl_conn_t *conn, unsigned long id, sasl_callback_ft *out, void **context)
{
	(void)conn;
	(void)context;
	if (id != SASL_CB_SERVER_USERDB_CHECKPASS || !have_checkpass)
		return SASL_FAIL;
	*out = some_function;
	return SASL_OK;
}

static int
check_elsewhere(sasl_conn_t *conn, const char *user, unsigned user_len, const char *password, unsigned len)
{
	(void)conn;
	(void)user;
	(void)user_len;
	checkpass_calls++;
	return len == strlen(GOOD) && memcmp(password, GOOD, len) == 0 ? checkpass_answer : SASL_BADAUTH;
}

static int
take_canonical(sasl_conn_t *conn, const char *user, unsigned len, unsigned flags, sasl_out_params_t *out)
{
	static char canonical[256];

	(void)conn;
	(void)flags;
	(void)len;
	snprintf(canonical, sizeof(canonical), "%s", user);
	out->authid = out->user = canonical;
	out->alen = out->ulen = (unsigned)strlen(canonical);
	return canon_answer;
}

static const struct propval *
list_properties(struct propctx *ctx)
{
	return no_properties ? NULL : prop_get(ctx);
}

static int
set_property(struct propctx *ctx, const char *name, const char *value, int len)
{
	return prop_set_answer == SASL_OK ? prop_set(ctx, name, value, len) : prop_set_answer;
}

static sasl_utils_t utils = {
	.version = SASL_UTILS_VERSION,
	.getopt = give_option,
	.log = take_line,
	.seterror = take_error,
	.getprop = give_property,
	.getcallback = give_callback,
	.checkpass = check_elsewhere,
	.prop_get = list_properties,
	.prop_set = set_property,
	.prop_erase = prop_erase,
};

static sasl_server_params_t params = {
	.serverFQDN = HOST,
	.user_realm = REALM,
	.utils = &utils,
	.canon_user = take_canonical,
};

/* ---- the plugin in it ---- */

typedef int auxprop_init(const sasl_utils_t *, int, int *, sasl_auxprop_plug_t **, const char *);
typedef int server_init(const sasl_utils_t *, int, int *, sasl_server_plug_t **, int *);

static void *handle;
static auxprop_init *init_auxprop;
static server_init *init_server;
static sasl_auxprop_plug_t *auxprop;
static sasl_server_plug_t *mechs;
static int mech_count;

static void *
symbol(const char *name)
{
	void *f = dlsym(handle, name);

	if (f == NULL)
		bail("%s", dlerror());
	return f;
}

static void
open_plugin(void)
{
	handle = dlopen(in_scratch("ours/libgsasldb.so"), RTLD_NOW | RTLD_LOCAL);
	if (handle == NULL)
		bail("%s", dlerror());
	*(void **)&init_auxprop = symbol("sasl_auxprop_plug_init");
	*(void **)&init_server = symbol("sasl_server_plug_init");
}

/* Loads it with these options, the last one NULL. */
static void
load(const char *first, ...)
{
	const char *option = first;
	int version = 0, n = 0;
	va_list ap;

	va_start(ap, first);
	for (; option != NULL && n < OPTIONS_MAX; option = va_arg(ap, const char *))
		conf[n++] = option;
	va_end(ap);
	if (n < OPTIONS_MAX)
		conf[n] = NULL;
	mechanism = "CRAM-MD5";
	checkpass_answer = canon_answer = prop_set_answer = SASL_OK;
	checkpass_calls = 0;
	have_checkpass = no_properties = false;
	log_clear(&logged);
	open_plugin();
	if (init_server(&utils, SASL_SERVER_PLUG_VERSION, &version, &mechs, &mech_count) != SASL_OK ||
	    version != SASL_SERVER_PLUG_VERSION ||
	    init_auxprop(&utils, SASL_AUXPROP_PLUG_VERSION, &version, &auxprop, "gsasldb") != SASL_OK ||
	    version != SASL_AUXPROP_PLUG_VERSION)
		bail("the plugin does not start");
}

static void
unload(void)
{
	int i;

	for (i = 0; i < mech_count; i++)
		mechs[i].mech_free(mechs[i].glob_context, &utils);
	auxprop->auxprop_free(auxprop->glob_context, &utils);
	dlclose(handle);
	prop_dispose(&params.propctx);
	log_clear(&logged);
}

/* "gsasldb_path PATH" of our database. */
static const char *
path_option(void)
{
	static char option[600];

	snprintf(option, sizeof(option), "gsasldb_path %s", DATABASE);
	return option;
}

#define LOAD(...) load("auxprop_plugin gsasldb", __VA_ARGS__, path_option(), NULL)
#define LOAD_PLAINLY() load("auxprop_plugin gsasldb", path_option(), NULL)

/* ---- what libsasl2 asks of it ---- */

static void
ask_for(const char *name)
{
	const char *names[] = {name, NULL};

	if (params.propctx == NULL)
		params.propctx = prop_new(0);
	prop_request(params.propctx, names);
}

static const char *
value_of(const char *name)
{
	const char *names[] = {name, NULL};
	struct propval found[2] = {{0}};

	if (prop_getnames(params.propctx, names, found) != 1 || found[0].values == NULL ||
	    found[0].values[0] == NULL)
		return "-";
	return found[0].values[0];
}

static int
look_up(const char *user, unsigned flags)
{
	return auxprop->auxprop_lookup(NULL, &params, flags, user, (unsigned)strlen(user));
}

/* One property with up to two values, as a program stores it; value NULL: it is emptied. */
static int
store(const char *user, const char *name, const char *value, const char *second)
{
	const char *names[] = {name, NULL}, *values[] = {value, second, NULL};
	struct propctx *ctx = prop_new(0);
	int result;

	prop_request(ctx, names);
	prop_setvals(ctx, name, values);
	result = auxprop->auxprop_store(NULL, &params, ctx, user, (unsigned)strlen(user));
	prop_dispose(&ctx);
	return result;
}

/* A whole PLAIN message. */
static int
plain(const char *user, const char *password)
{
	sasl_out_params_t out = {0};
	const char *reply = NULL;
	char message[512];
	unsigned reply_len = 0;
	int len = snprintf(message, sizeof(message), "%c%s%c%s", 0, user, 0, password);

	error[0] = '\0';
	return mechs[0].mech_step(NULL, &params, message, (unsigned)len, &reply, &reply_len, &out);
}

static void
check(int got, int expected, const char *what)
{
	ok(got == expected, "%s: %d", what, expected);
	if (got != expected)
		note("got %d; the log:\n%s", got, logged.text == NULL ? "(empty)" : logged.text);
}

/* ---- the two entries ---- */

static void
test_entries(void)
{
	int version = 0, count = 0;
	sasl_auxprop_plug_t *a;
	sasl_server_plug_t *s;

	conf[0] = NULL;
	open_plugin();
	check(init_auxprop(NULL, SASL_AUXPROP_PLUG_VERSION, &version, &a, ""), SASL_BADPARAM, "auxprop, no functions");
	check(init_auxprop(&utils, SASL_AUXPROP_PLUG_VERSION, NULL, &a, ""), SASL_BADPARAM, "auxprop, no version");
	check(init_auxprop(&utils, SASL_AUXPROP_PLUG_VERSION, &version, NULL, ""), SASL_BADPARAM, "auxprop, no plugin");
	check(init_auxprop(&utils, SASL_AUXPROP_PLUG_VERSION - 1, &version, &a, ""), SASL_BADVERS,
	    "auxprop, an older libsasl2");
	check(init_server(NULL, SASL_SERVER_PLUG_VERSION, &version, &s, &count), SASL_BADPARAM, "server, no functions");
	check(init_server(&utils, SASL_SERVER_PLUG_VERSION, NULL, &s, &count), SASL_BADPARAM, "server, no version");
	check(init_server(&utils, SASL_SERVER_PLUG_VERSION, &version, NULL, &count), SASL_BADPARAM, "server, no list");
	check(init_server(&utils, SASL_SERVER_PLUG_VERSION, &version, &s, NULL), SASL_BADPARAM, "server, no count");
	check(init_server(&utils, SASL_SERVER_PLUG_VERSION - 1, &version, &s, &count), SASL_BADVERS,
	    "server, an older libsasl2");
	dlclose(handle);
}

/* ---- options ---- */

/* Lists as libsasl2 reads them, and whether they select us. */
static const struct selection {
	const char *plugins, *methods;	/* NULL: not set */
	bool selected;
} selections[] = {
	{"auxprop_plugin gsasldb", NULL, true},
	{"auxprop_plugin GSASLdb", NULL, true},
	{"auxprop_plugin \tsasldb\n gsasldb ", NULL, true},
	{"auxprop_plugin gsasldb", "pwcheck_method saslauthd AUXPROP", true},
	{"auxprop_plugin gsasldb", "pwcheck_method auxprop", true},
	{"auxprop_plugin gsasldb2", NULL, false},
	{"auxprop_plugin gsasld", NULL, false},
	{"auxprop_plugin", NULL, false},
	{"auxprop_plugin sasldb", NULL, false},
	{"auxprop_plugin gsasldb", "pwcheck_method", false},
	{"auxprop_plugin gsasldb", "pwcheck_method saslauthd", false},
	{"auxprop_plugin gsasldb", "pwcheck_method auxpropX", false},
	{"auxprop ", "pwcheck_method auxprop", false},
};

static void
test_selection(void)
{
	size_t i;

	for (i = 0; i < COUNT(selections); i++) {
		const struct selection *s = &selections[i];
		int looked, stored;

		load(s->plugins, path_option(), s->methods, NULL);
		ask_for("*cmusaslsecretCRAM-MD5");
		looked = look_up("hoge", 0);
		stored = store("hoge", "mailbox", "inbox", NULL);
		ok(looked == (s->selected ? SASL_OK : SASL_NOMECH) &&
		    stored == (s->selected ? SASL_OK : SASL_CONSTRAINT_VIOLAT) &&
		    mech_count == (s->selected ? 2 : 0) && (s->selected || logged.len == 0),
		    "\"%s\", \"%s\": %sselected", s->plugins, s->methods == NULL ? "" : s->methods,
		    s->selected ? "" : "not ");
		unload();
	}
}

#define LONG64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* Options that cannot be, and the words that say so. */
static const struct mistake {
	const char *option, *line;
} mistakes[] = {
	{"gsasldb_path sasldb", "1 option gsasldb_path: \"sasldb\": must be an absolute path; nobody can log in"},
	{"gsasldb_path", "1 option gsasldb_path: \"\": must be an absolute path"},
	{"gsasldb_group", "1 option gsasldb_group: \"\": must be the name of a group"},
	{"gsasldb_mechs PLAIN NONSENSE", "1 option gsasldb_mechs: \"PLAIN NONSENSE\": mechanism \"NONSENSE\": unknown"},
	{"gsasldb_mechs PLAIN:nonsense", "1 option gsasldb_mechs: \"PLAIN:nonsense\": mechanism"},
	{"gsasldb_mechs SCRAM-SHA-1:1", "1 option gsasldb_mechs: \"SCRAM-SHA-1:1\": mechanism"},
	{"gsasldb_mechs", "1 option gsasldb_mechs: \"\": "},
	{"gsasldb_realms", "1 option gsasldb_realms: \"\": names no realm"},
	{"gsasldb_realms  ,\t, ", "1 option gsasldb_realms: \""},
	{"gsasldb_realms example.test b\001d", "1 option gsasldb_realms: \"example.test b\\x01d\": "},
	{"gsasldb_realms " LONG64 LONG64 LONG64 LONG64, "1 option gsasldb_realms: \"aaa"},
	{"gsasldb_realms " LONG64 LONG64 LONG64 LONG64 LONG64, "1 option gsasldb_realms: \"aaa"},
	{"gsasldb_map perhaps", "1 option gsasldb_map: \"perhaps\": "},
	{"gsasldb_plain perhaps", "1 option gsasldb_plain: \"perhaps\": must be \"auto\", \"yes\" or \"no\""},
};

static void
test_mistakes(void)
{
	size_t i;

	for (i = 0; i < COUNT(mistakes); i++) {
		bool good;

		/* the first of two options of a name counts, so a wrong path is not mended by the right one */
		LOAD(mistakes[i].option);
		ask_for("*cmusaslsecretCRAM-MD5");
		good = logged.len == 0 && look_up("hoge", 0) == SASL_UNAVAIL && plain("hoge", GOOD) == SASL_UNAVAIL &&
		    store("hoge", "mailbox", "outbox", NULL) == SASL_UNAVAIL &&
		    look_up("hoge", 0) == SASL_UNAVAIL && strcmp(value_of("*cmusaslsecretCRAM-MD5"), "-") == 0;
		ok(good && log_count(&logged, " ") == 1 && strncmp(logged.text, mistakes[i].line,
		    strlen(mistakes[i].line)) == 0, "\"%.40s\": nobody is served, and one line says why",
		    mistakes[i].option);
		if (logged.len != 0)
			note("%s", logged.text);
		unload();
	}
	LOAD("gsasldb_plain perhaps", "gsasldb_mechs NONSENSE");
	ask_for("*cmusaslsecretCRAM-MD5");
	look_up("hoge", 0);
	ok(log_has(&logged, "gsasldb_plain") && !log_has(&logged, "gsasldb_mechs"), "of two mistakes the first is told");
	unload();
}

static void
test_plain_option(void)
{
	LOAD("gsasldb_plain NO");
	ok(mech_count == 0, "gsasldb_plain: NO: no mechanism");
	unload();
	LOAD("gsasldb_plain Auto");
	ok(mech_count == 2, "gsasldb_plain: Auto: two");
	unload();
}

static void
test_map_option(void)
{
	static const char *const options[] = {"gsasldb_map YES", "gsasldb_map no"};
	size_t i;

	for (i = 0; i < COUNT(options); i++) {
		LOAD(options[i]);
		ask_for("*cmusaslsecretCRAM-MD5");
		check(look_up("hoge", 0), SASL_OK, options[i]);
		check(look_up("nobody", SASL_AUXPROP_OVERRIDE), SASL_NOUSER, options[i]);
		unload();
	}
}

static void
test_realms(void)
{
	static const struct {
		const char *option;
		int expected;
	} cases[] = {
		{"gsasldb_realms example.test", SASL_OK},
		{"gsasldb_realms other.test,EXAMPLE.test", SASL_OK},
		{"gsasldb_realms a, b ,example.test", SASL_OK},
		{"gsasldb_realms other.test", SASL_NOUSER},
		{"gsasldb_realms test", SASL_NOUSER},
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		LOAD(cases[i].option);
		ask_for("*cmusaslsecretCRAM-MD5");
		check(look_up("hoge", 0), cases[i].expected, cases[i].option);
		ok(log_has(&logged, "realm example.test: not one of gsasldb_realms") ==
		    (cases[i].expected != SASL_OK), "and the log says why not");
		unload();
	}
}

/* ---- lookups ---- */

static void
test_lookup_arguments(void)
{
	char longer[700];

	LOAD_PLAINLY();
	check(auxprop->auxprop_lookup(NULL, NULL, 0, "hoge", 4), SASL_BADPARAM, "a lookup without a connection");
	check(auxprop->auxprop_lookup(NULL, &params, 0, NULL, 0), SASL_BADPARAM, "without a user");
	params.propctx = prop_new(0);
	check(look_up("nobody", 0), SASL_OK, "where nothing is asked for");
	ask_for("*");
	check(look_up("nobody", 0), SASL_OK, "where a nameless property is asked for");
	ok(logged.len == 0, "there is nothing to say of that");
	ask_for("*cmusaslsecretCRAM-MD5");
	check(auxprop->auxprop_lookup(NULL, &params, 0, "hoge\0x", 6), SASL_NOUSER, "a NUL in the name");
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	check(look_up(longer, 0), SASL_NOUSER, "a name of 699 bytes");
	ok(log_count(&logged, "too long or holds a NUL") == 2, "the log says why");
	/* the length counts, not a NUL behind it */
	check(auxprop->auxprop_lookup(NULL, &params, 0, "hogewash", 4), SASL_OK, "a name that goes on behind its length");
	ok(strlen(value_of("*cmusaslsecretCRAM-MD5")) > 0 && strcmp(value_of("*cmusaslsecretCRAM-MD5"), "-") != 0,
	    "he is found");
	params.user_realm = "";
	check(look_up("hosted", 0), SASL_OK, "no realm: the host's name");
	params.user_realm = REALM;
	unload();
}

/* A value that is there stays, unless it is to be replaced or is what the client typed. */
static void
test_lookup_values(void)
{
	static const struct {
		const char *what;
		unsigned flags;
		const char *mailbox, *password;
	} cases[] = {
		{"values that are there stay", 0, "theirs", "typed"},
		{"SASL_AUXPROP_OVERRIDE replaces them", SASL_AUXPROP_OVERRIDE, "ours", GOOD},
		{"SASL_AUXPROP_VERIFY_AGAINST_HASH replaces what was typed", SASL_AUXPROP_VERIFY_AGAINST_HASH, "theirs", GOOD},
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		LOAD_PLAINLY();
		mechanism = NULL;
		ask_for("*mailbox");
		ask_for("*userPassword");
		prop_set(params.propctx, "*mailbox", "theirs", 0);
		prop_set(params.propctx, "*userPassword", "typed", 0);
		ok(look_up("open", cases[i].flags) == SASL_OK && strcmp(value_of("*mailbox"), cases[i].mailbox) == 0 &&
		    strcmp(value_of("*userPassword"), cases[i].password) == 0, "%s", cases[i].what);
		unload();
	}
	LOAD_PLAINLY();
	ask_for("*mailbox");
	prop_set(params.propctx, "*mailbox", "theirs", 0);
	ok(look_up("nobody", SASL_AUXPROP_OVERRIDE) == SASL_NOUSER && strcmp(value_of("*mailbox"), "-") == 0,
	    "of somebody who is not there, no old value stays where it was to be replaced");
	unload();
}

/* Whose properties are meant: of who logs in ("*"), or of whom he acts for. */
static void
test_lookup_identities(void)
{
	LOAD_PLAINLY();
	ask_for("mailbox");
	ask_for("*mailbox");
	ok(look_up("open", 0) == SASL_OK && strcmp(value_of("*mailbox"), "ours") == 0 &&
	    strcmp(value_of("mailbox"), "-") == 0, "who logs in");
	ok(look_up("open", SASL_AUXPROP_AUTHZID) == SASL_OK && strcmp(value_of("mailbox"), "ours") == 0,
	    "whom he acts for");
	ask_for("cmusaslsecretCRAM-MD5");
	check(look_up("nobody", SASL_AUXPROP_AUTHZID), SASL_OK, "to act for one who is not there is the program's affair");
	ok(logged.len == 0, "no line of that");
	unload();
}

/* What each mechanism gets of one who has everything, and of one who has a readable password alone. */
static void
test_lookup_mechanisms(void)
{
	/* sasl_checkpass() alone asks for the last, perhaps after a mechanism that libsasl2 still names */
	static const char *const asked[] = {"*userPassword", "*cmusaslsecretCRAM-MD5", "*cmusaslsecretDIGEST-MD5",
	    "*authPassword", "*cmusaslsecretPLAIN"};
	static const struct {
		const char *mechanism, *user;
		bool checkpass;
		const char *served;	/* a letter for each of asked */
	} cases[] = {
		{"CRAM-MD5", "all", false, ".C..."},
		{"DIGEST-MD5", "all", false, "..D.."},
		{"SCRAM-SHA-256", "all", false, "...A."},
		{"SCRAM-SHA-1", "all", false, "U...."},
		{"NTLM", "all", false, "U...."},
		{NULL, "all", true, "....P"},
		{"CRAM-MD5", "all", true, ".C..P"},
		{"CRAM-MD5", "clear", false, "U...."},
		{"NTLM", "clear", false, "U...."},
		{NULL, "clear", true, "U...."},
	};
	size_t i, j;

	for (i = 0; i < COUNT(cases); i++) {
		char got[COUNT(asked) + 1] = ".....";

		LOAD_PLAINLY();
		mechanism = cases[i].mechanism;
		for (j = 0; j < COUNT(asked) - !cases[i].checkpass; j++)
			ask_for(asked[j]);
		look_up(cases[i].user, 0);
		for (j = 0; j < COUNT(asked) - !cases[i].checkpass; j++)
			if (strcmp(value_of(asked[j]), "-") != 0)
				got[j] = "UCDAP"[j];
		ok(strcmp(got, cases[i].served) == 0, "%s%s for %s: %s leave the database",
		    cases[i].checkpass ? "sasl_checkpass after " : "", cases[i].mechanism == NULL ? "nothing" :
		    cases[i].mechanism, cases[i].user, cases[i].served);
		if (strcmp(got, cases[i].served) != 0)
			note("got %s", got);
		unload();
	}
}

static void
test_lookup_not_taken(void)
{
	LOAD_PLAINLY();
	prop_set_answer = SASL_NOMEM;
	ask_for("*mailbox");
	check(look_up("open", 0), SASL_UNAVAIL, "libsasl2 does not take a property");
	ok(log_count(&logged, "1 property *mailbox: libsasl2 did not take it") == 1, "the log says so");
	log_clear(&logged);
	ask_for("*cmusaslsecretCRAM-MD5");
	check(look_up("all", 0), SASL_UNAVAIL, "nor a secret");
	ok(log_count(&logged, "property *cmusaslsecretCRAM-MD5: libsasl2 did not take it") == 1, "the log says so");
	unload();
}

/* ---- stores ---- */

static void
test_store_arguments(void)
{
	struct propctx *ctx = prop_new(0);

	LOAD_PLAINLY();
	check(auxprop->auxprop_store(NULL, &params, NULL, NULL, 0), SASL_OK, "may anything be stored? yes");
	check(auxprop->auxprop_store(NULL, NULL, ctx, "hoge", 4), SASL_BADPARAM, "a store without a connection");
	check(auxprop->auxprop_store(NULL, &params, ctx, NULL, 0), SASL_BADPARAM, "without a user");
	no_properties = true;
	check(auxprop->auxprop_store(NULL, &params, ctx, "hoge", 4), SASL_BADPARAM, "without properties");
	no_properties = false;
	check(auxprop->auxprop_store(NULL, &params, ctx, "hoge", 4), SASL_OK, "with an empty list");
	check(auxprop->auxprop_store(NULL, &params, ctx, "ho\0ge", 5), SASL_BADPARAM, "a NUL in the name");
	ok(log_count(&logged, "1 nothing is stored: a user name that is too long or holds a NUL") == 1,
	    "the log says why");
	prop_dispose(&ctx);
	unload();
}

/* Made by another implementation, see tests/unit/known_answers.py. */
#define VERIFIER "SCRAM-SHA-1$4096:MDEyMzQ1Njc4OWFiY2RlZg==$rPJ7iPSJer+bnDr9PCWJNRIA68M=:rcHjOyVIe4jH3uaHsm83lApzxlo="

static void
test_store_values(void)
{
	static const char *const refused[] = {"SCRAM-SHA-1", "$4096:x", "CRAM-MD5$x", "NTLM$x", "SCRAM-SHA-1$4096:x"};
	struct timespec before, after;
	size_t i;

	LOAD_PLAINLY();
	check(store("few", "mailbox", "first", "second"), SASL_OK, "two values");
	before = database_time();
	check(store("few", "mailbox", "first", "another"), SASL_OK, "the same first one again");
	check(store("few", "*mailbox", "third", NULL), SASL_OK, "one of who logs in is none to store");
	after = database_time();
	ok(memcmp(&before, &after, sizeof(before)) == 0, "neither is a write");
	ask_for("*mailbox");
	ok(look_up("few", 0) == SASL_OK && strcmp(value_of("*mailbox"), "first") == 0, "the first is stored");
	check(store("few", "mailbox", "firs", NULL), SASL_OK, "a shorter one");
	ok(look_up("few", SASL_AUXPROP_OVERRIDE) == SASL_OK && strcmp(value_of("*mailbox"), "firs") == 0, "is stored");

	check(store("few", "authPassword", VERIFIER, NULL), SASL_OK, "a verifier");
	before = database_time();
	check(store("few", "authPassword", VERIFIER, NULL), SASL_OK, "the same again");
	after = database_time();
	ok(memcmp(&before, &after, sizeof(before)) == 0, "is no write");
	mechanism = "SCRAM-SHA-1";
	ask_for("*authPassword");
	ok(look_up("few", 0) == SASL_OK && strcmp(value_of("*authPassword"), VERIFIER) == 0, "it is served as it came");
	for (i = 0; i < COUNT(refused); i++)
		check(store("few", "authPassword", refused[i], NULL), SASL_BADPARAM, refused[i]);
	ok(look_up("few", SASL_AUXPROP_OVERRIDE) == SASL_OK && strcmp(value_of("*authPassword"), VERIFIER) == 0,
	    "and those left it alone");
	check(store("few", "userPassword", GOOD, "unused"), SASL_OK, "of two passwords");
	check(plain("few", GOOD), SASL_OK, "the first counts");
	unload();
}

/* A store says what a person should hear of the place. */
static void
test_store_warns(void)
{
	LOAD_PLAINLY();
	if (chmod(in_scratch("%s", ""), 0777) != 0)
		bail("chmod: %s", strerror(errno));
	check(store("few", "mailbox", "open house", NULL), SASL_OK, "a store in a folder that everybody may write");
	ok(log_count(&logged, "3 ") == 1 && log_has(&logged, "is in a folder that everybody may write"),
	    "a warning says so");
	chmod(in_scratch("%s", ""), 0755);
	unload();
}

/* ---- PLAIN and LOGIN ---- */

/* For those whom we do not have, others decide. */
static void
test_others(void)
{
	static const struct {
		int answer, expected;
		bool told;	/* in our own words */
	} cases[] = {
		{SASL_OK, SASL_OK, false},
		{SASL_NOUSER, SASL_BADAUTH, true},
		{SASL_BADAUTH, SASL_BADAUTH, true},
		{SASL_NOMECH, SASL_BADAUTH, true},
		{SASL_UNAVAIL, SASL_UNAVAIL, false},
		{SASL_EXPIRED, SASL_EXPIRED, false},
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		LOAD("gsasldb_mechs PLAIN:bcrypt");
		have_checkpass = true;
		checkpass_answer = cases[i].answer;
		check(plain("nobody", GOOD), cases[i].expected, "a program with a function of its own decides");
		ok(checkpass_calls == 1 && log_has(&logged, "the other plugins and methods refused the password too") ==
		    cases[i].told, "asked once; its own words stay");
		checkpass_calls = 0;
		ok(plain("hoge", "wrong") == SASL_BADAUTH && checkpass_calls == 0, "it is not asked of one of ours");
		unload();
	}
	LOAD("gsasldb_mechs PLAIN:bcrypt");
	check(plain("nobody", GOOD), SASL_BADAUTH, "with nobody else to ask");
	ok(checkpass_calls == 0, "nobody is asked");
	unload();
}

static void
test_mechanisms(void)
{
	sasl_out_params_t out = {0};
	const char *reply = "";
	unsigned len = 1;
	void *context = NULL;

	LOAD_PLAINLY();
	mechanism = NULL;
	check(plain("hoge", "wrong"), SASL_BADAUTH, "libsasl2 cannot say which mechanism it is");
	ok(log_has(&logged, "2 PLAIN: wrong password for user hoge in realm example.test"), "then it is called PLAIN");
	ok(strcmp(error, "authentication failed") == 0, "the client hears no more than that it failed");
	canon_answer = SASL_BUFOVER;
	check(plain("hoge", GOOD), SASL_BUFOVER, "libsasl2 does not take the name");
	canon_answer = SASL_OK;
	check(mechs[1].mech_step(NULL, &params, "hoge", 4, &reply, &len, &out), SASL_BADPROT, "LOGIN that was never begun");
	ok(reply == NULL && len == 0, "has no reply");
	mechs[1].mech_dispose(NULL, &utils);
	check(mechs[1].mech_new(NULL, &params, NULL, 0, &context), SASL_OK, "LOGIN is begun");
	check(mechs[1].mech_step(context, &params, "hoge", 4, &reply, &len, &out), SASL_CONTINUE, "a name");
	check(mechs[1].mech_step(context, &params, GOOD, sizeof(GOOD) - 1, &reply, &len, &out), SASL_OK, "a password");
	check(mechs[1].mech_step(context, &params, GOOD, sizeof(GOOD) - 1, &reply, &len, &out), SASL_BADPROT,
	    "once more");
	mechs[1].mech_dispose(context, &utils);
	unload();
}

/* ---- files that cannot be read ---- */

static void
become(uid_t uid, gid_t gid)
{
	if (uid == 0 ? seteuid(0) != 0 || setegid(gid) != 0 : setegid(gid) != 0 || seteuid(uid) != 0)
		bail("cannot become %u", (unsigned)uid);
}

/* The remedy names the group that the program has, if that is one for files. */
static void
test_remedy(void)
{
	static const struct {
		gid_t gid;
		const char *group;	/* Debian's */
	} cases[] = {{1, "daemon"}, {NOBODY, "postfix"}, {54321, "postfix"}};
	char closed[600], line[700];
	size_t i;

	if (geteuid() != 0) {
		skip("needs root", "the remedy for a file that may not be read");
		return;
	}
	chmod(DATABASE, 0600);
	for (i = 0; i < COUNT(cases); i++) {
		become(NOBODY, cases[i].gid);
		LOAD("gsasldb_group postfix");
		ask_for("*cmusaslsecretCRAM-MD5");
		check(look_up("hoge", 0), SASL_UNAVAIL, "a file that may not be read");
		snprintf(line, sizeof(line), "to let it read: chgrp %s %s;", cases[i].group, DATABASE);
		ok(log_has(&logged, line), "by gid %u: chgrp %s", (unsigned)cases[i].gid, cases[i].group);
		check(store("hoge", "mailbox", "other", NULL), SASL_FAIL, "nor written");
		unload();
		become(0, 0);
	}
	/* where not even the file can be looked at */
	mkdir(in_scratch("closed"), 0700);
	snprintf(closed, sizeof(closed), "gsasldb_path %s", in_scratch("closed/sasldb"));
	become(NOBODY, NOBODY);
	load("auxprop_plugin gsasldb", closed, NULL);
	ask_for("*cmusaslsecretCRAM-MD5");
	check(look_up("hoge", 0), SASL_UNAVAIL, "a folder that may not be entered");
	ok(log_has(&logged, "(this process has uid 65534 and gid 65534)") && !log_has(&logged, "chgrp"),
	    "the log says who, and no remedy that would not help");
	unload();
	become(0, 0);
}

/* Leaves a chroot again; for counts of coverage, which are written outside. */
static void
leave_jail(int outside)
{
	if (fchdir(outside) != 0 || chroot(".") != 0)
		bail("cannot leave the jail");
}

/* What could not be opened before a chroot is not "no users" in it. */
static int
look_up_in_jail(void)
{
	int outside = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC), first, second;
	bool said;

	become(NOBODY, NOBODY);
	LOAD_PLAINLY();
	become(0, 0);
	ask_for("*cmusaslsecretCRAM-MD5");
	if (outside < 0 || chroot(in_scratch("cell")) != 0 || chdir("/") != 0)
		bail("cannot enter the jail");
	first = look_up("hoge", 0);
	second = plain("hoge", GOOD);
	said = log_count(&logged, "ermission denied") == 1;
	leave_jail(outside);
	if (first != SASL_UNAVAIL || second != SASL_UNAVAIL || !said)
		note("%d %d\n%s", first, second, logged.text);
	unload();
	return first == SASL_UNAVAIL && second == SASL_UNAVAIL && said ? 0 : 1;
}

static void
test_jail(void)
{
	int status = -1;
	pid_t pid;

	if (geteuid() != 0) {
		skip("needs root", "a database that could not be opened before a chroot");
		return;
	}
	mkdir(in_scratch("cell"), 0755);
	chmod(DATABASE, 0600);
	pid = fork();
	if (pid == 0)
		_exit(look_up_in_jail());
	waitpid(pid, &status, 0);
	ok(status == 0, "a database that could not be opened before a chroot: SASL_UNAVAIL in it, with the first reason");
}

static void
give_mailbox(struct record *r)
{
	if (record_set_property(r, "mailbox", "ours", 4, NULL) != ST_OK)
		bail("record_set_property");
}

int
main(void)
{
	harness_start();
	give_password("hoge@" REALM, CHEAP, GOOD);
	give_password("hosted@" HOST, CHEAP, GOOD);
	give_password("few@" REALM, CHEAP, "something else");
	give_password("open@" REALM, "CLEARTEXT", GOOD);
	edit_user("open@" REALM, give_mailbox);
	give_password("clear@" REALM, "CLEARTEXT", GOOD);
	give_password("all@" REALM, "CLEARTEXT PLAIN:smd5 CRAM-MD5 DIGEST-MD5 SCRAM-SHA-256", GOOD);
	test_entries();
	test_selection();
	test_mistakes();
	test_plain_option();
	test_map_option();
	test_realms();
	test_lookup_arguments();
	test_lookup_values();
	test_lookup_identities();
	test_lookup_mechanisms();
	test_lookup_not_taken();
	test_store_arguments();
	test_store_values();
	test_store_warns();
	test_others();
	test_mechanisms();
	test_remedy();
	test_jail();
	return done();
}
