/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs libsasl2 on both sides of a login.  Knows libsasl2 and nothing of records: why a login failed is for
 * others to find out.
 */
#include "config.h"

#include <dlfcn.h>
#include <limits.h>
#include <sasl/sasl.h>
#include <sasl/saslplug.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "secret.h"
#include "verify_login.h"

#define PLUGIN_FILE "libgsasldb.so"
#define ROUNDS_MAX 8	/* no mechanism of ours needs more than three */

#define CALLBACK(id, f, context) {id, (int (*)(void))(void (*)(void))(f), (context)}

static struct {
	const struct login_server *server;
	char plugin_file[PATH_MAX];	/* our plugin, where libsasl2 found it */
	bool used;			/* there was a login since it was started */
} state;

/* ---- what the program's conf file says ---- */

struct option {
	const char *key, *value;
};

static const char *
find_option(const char *key)
{
	static const struct option without_conf[] = {
		{"auxprop_plugin", "gsasldb"}, {"pwcheck_method", "auxprop"}};
	const struct appconf_item *item;

	if (strcmp(key, "gsasldb_path") == 0 && state.server->path != NULL)
		return state.server->path;
	/* a login that only looks must not store the password by another mechanism */
	if (strcmp(key, "auto_transition") == 0)
		return NULL;
	if (state.server->conf != NULL) {
		item = appconf_get(state.server->conf, key);
		return item != NULL ? item->value : NULL;
	}
	for (size_t i = 0; i < sizeof(without_conf) / sizeof(without_conf[0]); i++)
		if (strcmp(key, without_conf[i].key) == 0)
			return without_conf[i].value;
	return NULL;
}

static int
get_option(void *context, const char *plugin, const char *key, const char **result, unsigned *len)
{
	(void)context;
	(void)plugin;
	*result = find_option(key);
	if (*result == NULL)
		return SASL_FAIL;
	if (len != NULL)
		*len = (unsigned)strlen(*result);
	return SASL_OK;
}

/* ---- starting ---- */

/* libsasl2 asks whether it may use a file: that tells which it found. */
static int
note_file(void *context, const char *file, sasl_verify_type_t type)
{
	const char *slash = strrchr(file, '/');

	(void)context;
	if (type == SASL_VRFY_PLUGIN && strcmp(slash != NULL ? slash + 1 : file, PLUGIN_FILE) == 0)
		snprintf(state.plugin_file, sizeof(state.plugin_file), "%s", file);
	return SASL_OK;
}

static void
match_plugin(sasl_auxprop_plug_t *plug, sasl_info_callback_stage_t stage, void *found)
{
	if (stage == SASL_INFO_LIST_MECH && plug->name != NULL && strcasecmp(plug->name, "gsasldb") == 0)
		*(bool *)found = true;
}

/* Where libsasl2 looks for plugins: SASL_PATH, else what it is built with, which it tells nobody; on Debian
 * and by its own default that is a folder beside the library. */
static const char *
plugin_folder(char out[PATH_MAX + sizeof("/sasl2")])
{
	const char *path = secure_getenv("SASL_PATH");
	char *slash;
	Dl_info info;

	if (path != NULL)
		return path;
	if (dladdr((void *)sasl_server_init, &info) == 0 || realpath(info.dli_fname, out) == NULL ||
	    (slash = strrchr(out, '/')) == NULL)
		return "libsasl2's plugin directory";
	strcpy(slash, "/sasl2");
	return out;
}

static enum status
no_plugin(struct fault *f)
{
	char folder[PATH_MAX + sizeof("/sasl2")];
	void *handle;

	if (state.plugin_file[0] == '\0')
		return fault_set(f, ST_CONFIG, 0, "%s: is not in %s, where libsasl2 looks for plugins: "
		    "install the package, or \"make install\" with the folder that \"configure\" says", PLUGIN_FILE,
		    plugin_folder(folder));
	handle = dlopen(state.plugin_file, RTLD_NOW);
	if (handle == NULL)
		return fault_set(f, ST_CONFIG, 0, "%s: libsasl2 cannot load it: %s", state.plugin_file,
		    dlerror());
	dlclose(handle);
	return fault_set(f, ST_CONFIG, 0, "%s: libsasl2 loads it and does not take it: install one that was "
	    "built for this libsasl2", state.plugin_file);
}

enum status
login_start(const struct login_server *s, struct fault *f)
{
	static const sasl_callback_t callbacks[] = {
		CALLBACK(SASL_CB_GETOPT, get_option, NULL),
		CALLBACK(SASL_CB_VERIFYFILE, note_file, NULL),
		{SASL_CB_LIST_END, NULL, NULL},
	};
	bool found = false;
	int result;

	state.server = s;
	state.used = false;
	/* without a name for the program libsasl2 reads no conf file by itself: one source is enough */
	result = sasl_server_init(callbacks, NULL);
	if (result == SASL_OK)
		result = sasl_client_init(NULL);
	if (result != SASL_OK)
		return fault_set(f, ST_CONFIG, 0, "libsasl2: cannot be started: %s",
		    sasl_errstring(result, NULL, NULL));
	auxprop_plugin_info(NULL, match_plugin, &found);
	return found ? ST_OK : no_plugin(f);
}

void
login_stop(void)
{
	sasl_client_done();
	sasl_server_done();
}

/* ---- mechanisms ---- */

struct search {
	const char *name;
	bool found;
};

static void
match_server(server_sasl_mechanism_t *m, sasl_info_callback_stage_t stage, void *context)
{
	struct search *s = context;

	if (stage == SASL_INFO_LIST_MECH && strcasecmp(m->plug->mech_name, s->name) == 0)
		s->found = true;
}

static void
match_client(client_sasl_mechanism_t *m, sasl_info_callback_stage_t stage, void *context)
{
	struct search *s = context;

	if (stage == SASL_INFO_LIST_MECH && strcasecmp(m->plug->mech_name, s->name) == 0)
		s->found = true;
}

bool
login_server_has(const char *mech)
{
	struct search s = {mech, false};

	sasl_server_plugin_info(NULL, match_server, &s);
	return s.found;
}

bool
login_client_has(const char *mech)
{
	struct search s = {mech, false};

	sasl_client_plugin_info(NULL, match_client, &s);
	return s.found;
}

/* ---- what the client knows ---- */

struct credentials {
	const struct name *name;
	sasl_secret_t *secret;
	size_t size;		/* of it */
};

/* The password as a client sends it, or computes from it.  libsasl2's SCRAM leaves out SASLprep, which
 * RFC 5802 section 2.2 wants of a client, so here it is. */
static enum status
make_credentials(struct credentials *c, const char *mech, const struct name *name, const char *password,
    size_t len, struct fault *f)
{
	char *prepared = NULL;
	size_t prepared_len = 0;
	bool scram = strncasecmp(mech, "SCRAM-", 6) == 0;

	if (scram && secret_prepare(&prepared, &prepared_len, password, len, f) != ST_OK)
		return f->status;
	c->name = name;
	c->size = sizeof(*c->secret) + (scram ? prepared_len : len) + 1;
	c->secret = calloc(1, c->size);
	if (c->secret != NULL) {
		c->secret->len = scram ? prepared_len : len;
		memcpy((char *)c->secret + offsetof(sasl_secret_t, data), scram ? prepared : password,
		    c->secret->len);
	}
	secret_wipe_free(prepared, prepared_len);
	return c->secret != NULL ? ST_OK : fault_set(f, ST_NOMEM, 0, "out of memory");
}

static int
give_name(void *context, int id, const char **result, unsigned *len)
{
	const struct credentials *c = context;

	*result = id == SASL_CB_USER ? "" : c->name->user;
	if (len != NULL)
		*len = (unsigned)strlen(*result);
	return SASL_OK;
}

static int
give_secret(sasl_conn_t *conn, void *context, int id, sasl_secret_t **out)
{
	const struct credentials *c = context;

	(void)conn;
	(void)id;
	*out = c->secret;
	return SASL_OK;
}

static int
give_realm(void *context, int id, const char **realms, const char **result)
{
	const struct credentials *c = context;

	(void)id;
	*result = realms != NULL && realms[0] != NULL ? realms[0] : c->name->realm_typed;
	return SASL_OK;
}

/* ---- logs ---- */

struct log {
	int level;		/* of the line; SASL_LOG_NONE: there is none yet */
	char line[1024];
};

/*
 * Keeps the gravest line, of several the first.  SASL_LOG_WARN is of things that stop nobody; from
 * SASL_LOG_NOTE on there may be more than anybody should see (SASL_LOG_PASS has passwords).
 */
static int
keep_line(void *context, int level, const char *message)
{
	struct log *log = context;

	if (level != SASL_LOG_ERR && level != SASL_LOG_FAIL)
		return SASL_OK;
	if (log->level == SASL_LOG_NONE || level < log->level) {
		log->level = level;
		snprintf(log->line, sizeof(log->line), "%s", message);
	}
	return SASL_OK;
}

static int
ignore_line(void *context, int level, const char *message)
{
	(void)context;
	(void)level;
	(void)message;
	return SASL_OK;
}

/* ---- one login ---- */

static bool
goes_on(int result)
{
	return result == SASL_OK || result == SASL_CONTINUE;
}

/*
 * The messages go to and fro until the server has decided.  *last becomes the side that spoke last, and
 * out->step says when.
 */
static int
exchange(struct login_result *out, sasl_conn_t *client, sasl_conn_t *server, const char *mech,
    sasl_conn_t **last)
{
	const char *said = NULL, *answer = NULL;
	unsigned said_len = 0, answer_len = 0;
	int result;

	strcpy(out->step, "client start");
	*last = client;
	result = sasl_client_start(client, mech, NULL, &said, &said_len, NULL);
	if (!goes_on(result))
		return result;
	strcpy(out->step, "server start");
	*last = server;
	result = sasl_server_start(server, mech, said, said_len, &answer, &answer_len);
	for (int round = 1; result == SASL_CONTINUE && round <= ROUNDS_MAX; round++) {
		said = NULL;
		said_len = 0;
		snprintf(out->step, sizeof(out->step), "client step %d", round);
		*last = client;
		result = sasl_client_step(client, answer, answer_len, NULL, &said, &said_len);
		if (!goes_on(result))
			return result;
		snprintf(out->step, sizeof(out->step), "server step %d", round);
		*last = server;
		result = sasl_server_step(server, said == NULL ? "" : said, said_len, &answer, &answer_len);
	}
	return result;
}

/* No layer is asked for: it would only hide what comes after the login. */
static int
allow_plaintext(sasl_conn_t *conn)
{
	static const sasl_security_properties_t properties = {.max_ssf = 0, .security_flags = 0};

	return sasl_setprop(conn, SASL_SEC_PROPS, &properties);
}

/* Makes both ends and lets them talk; what libsasl2 says of a failure goes into out. */
static void
connect_and_talk(struct login_result *out, const char *mech, struct credentials *c, struct log *log)
{
	const sasl_callback_t server_callbacks[] = {
		CALLBACK(SASL_CB_LOG, keep_line, log),
		{SASL_CB_LIST_END, NULL, NULL},
	};
	const sasl_callback_t client_callbacks[] = {
		CALLBACK(SASL_CB_USER, give_name, c),
		CALLBACK(SASL_CB_AUTHNAME, give_name, c),
		CALLBACK(SASL_CB_PASS, give_secret, c),
		CALLBACK(SASL_CB_GETREALM, give_realm, c),
		CALLBACK(SASL_CB_LOG, ignore_line, NULL),
		{SASL_CB_LIST_END, NULL, NULL},
	};
	sasl_conn_t *client = NULL, *server = NULL, *last = NULL;
	const char *service = state.server->service, *realm = c->name->realm_typed, *words;
	int result;

	strcpy(out->step, "start");
	result = sasl_server_new(service, realm, realm, NULL, NULL, server_callbacks, 0, &server);
	if (result == SASL_OK)
		result = sasl_client_new(service, realm, NULL, NULL, client_callbacks, 0, &client);
	if (result == SASL_OK)
		result = allow_plaintext(server);
	if (result == SASL_OK)
		result = allow_plaintext(client);
	if (result == SASL_OK)
		result = exchange(out, client, server, mech, &last);
	out->ok = result == SASL_OK;
	words = log->level != SASL_LOG_NONE ? log->line : last != NULL ? sasl_errdetail(last) :
	    sasl_errstring(result, NULL, NULL);
	if (!out->ok)
		escape_for_log(out->words, sizeof(out->words), words != NULL ? words : "");
	sasl_dispose(&client);
	sasl_dispose(&server);
}

void
login_try(struct login_result *out, const char *mech, const struct name *name, const char *password,
    size_t len)
{
	struct log log = {.level = SASL_LOG_NONE};
	struct credentials c = {0};
	struct fault f = {.status = ST_OK};

	memset(out, 0, sizeof(*out));
	/* the plugin tells a process once what is wrong with the database or an option: each login shall hear */
	if (state.used) {
		login_stop();
		login_start(state.server, &f);
	}
	state.used = true;
	if (f.status == ST_OK)
		make_credentials(&c, mech, name, password, len, &f);
	if (f.status == ST_OK) {
		connect_and_talk(out, mech, &c, &log);
	} else {
		strcpy(out->step, "start");
		snprintf(out->words, sizeof(out->words), "%s", f.text);
	}
	secret_wipe_free(c.secret, c.size);
}
