/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * plain: the server mechanisms PLAIN (RFC 4616) and LOGIN, checked against the one-way hash in the database
 * where libsasl2's own would need a readable password.
 *
 * Every answer to a client that has not shown the right password is SASL_BADAUTH and takes the time of one
 * hash, whether the user exists or not; the log says which it was.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "plugin.h"

/* A longer name is nobody's, and libsasl2 leaks it when it finds that it does not fit its own buffer. */
#define WHO_MAX NAME_KEY_MAX
#define PASS_MAX 1024	/* what libsasl2's own LOGIN takes; other plugins may know longer ones than we do */

/* What the client sent. */
struct login {
	char authzid[WHO_MAX + 1];	/* empty: the same as authcid */
	char authcid[WHO_MAX + 1];
	char password[PASS_MAX + 1];
	size_t password_len;
};

/* ---- what both mechanisms do with it ---- */

static const char *
mech_name(const sasl_server_params_t *sparams)
{
	const void *name = NULL;

	if (sparams->utils->getprop(sparams->utils->conn, SASL_MECHNAME, &name) != SASL_OK || name == NULL)
		return "PLAIN";
	return name;
}

/* Copies one part of a message; false if it is too long or holds a NUL. */
static bool
take_text(char *out, size_t max, const char *text, size_t len)
{
	if (len > max || memchr(text, '\0', len) != NULL)
		return false;
	memcpy(out, text, len);
	out[len] = '\0';
	return true;
}

/* Is there somebody else who may know a user that we do not have? */
static bool
others_may_know(const sasl_utils_t *utils)
{
	struct selection selection = selection_read(utils);
	sasl_callback_ft check = NULL;
	void *context = NULL;

	return selection.other_plugins || selection.other_methods ||
	    (utils->getcallback(utils->conn, SASL_CB_SERVER_USERDB_CHECKPASS, &check, &context) == SASL_OK &&
	    check != NULL);
}

/* What the other plugins and methods say; all of them if we are not selected. */
static int
ask_others(const sasl_utils_t *utils, const sasl_out_params_t *oparams, const struct login *l)
{
	return utils->checkpass(utils->conn, oparams->authid, oparams->alen, l->password,
	    (unsigned)l->password_len);
}

/* For a user of whom the store knows nothing; why says so. */
static int
check_unknown(const sasl_server_params_t *sparams, const sasl_out_params_t *oparams, const struct login *l,
    const char *why)
{
	const sasl_utils_t *utils = sparams->utils;
	bool others = others_may_know(utils);
	int result = SASL_NOUSER;

	if (others)
		result = ask_others(utils, oparams, l);
	if (result == SASL_OK)
		return SASL_OK;
	secret_pretend(&plugin.options.pretend, l->password, l->password_len);
	if (result != SASL_NOUSER && result != SASL_NOMECH && result != SASL_BADAUTH)
		return result;
	report(sparams, SASL_LOG_FAIL, "%s: %s%s", mech_name(sparams), why,
	    others ? ", and the other plugins and methods refused the password too" : "");
	return SASL_BADAUTH;
}

/* No password is checked against his secret: that would keep this process busy for whoever asks for it. */
static int
refuse_costly(const sasl_server_params_t *sparams, const char *who, const struct login *l, const struct fault *why)
{
	secret_pretend(&plugin.options.pretend, l->password, l->password_len);
	if (!atomic_flag_test_and_set(&plugin.costly_told))
		report(sparams, SASL_LOG_ERR, "%s: %s: %s: no password is checked against it; set the password "
		    "again with saslpasswd (gsasldb check names such users)", mech_name(sparams), who, why->text);
	report(sparams, SASL_LOG_FAIL, "%s: %s has a secret that is too costly to check", mech_name(sparams), who);
	return SASL_BADAUTH;
}

/* For a user whom the store has. */
static int
check_known(const sasl_server_params_t *sparams, const struct name *name, const struct record *r,
    const struct login *l)
{
	char who[REPORT_WHO_MAX], mechs[256];
	const char *mech = mech_name(sparams), *reason;
	struct fault f = {0};
	bool match = false;
	enum status st;
	int code;

	report_who(who, name);
	st = account_check_password(&match, r, l->password, l->password_len, &f);
	if (st == ST_NOTFOUND) {
		secret_pretend(&plugin.options.pretend, l->password, l->password_len);
		report(sparams, SASL_LOG_FAIL, "%s has no secret for %s; he has: %s", who, mech,
		    record_mech_names(r, mechs, sizeof(mechs)));
		return SASL_BADAUTH;
	}
	if (st == ST_COSTLY)
		return refuse_costly(sparams, who, l, &f);
	if (st != ST_OK) {
		report(sparams, SASL_LOG_ERR, "%s: %s: %s", mech, who, f.text);
		return SASL_UNAVAIL;
	}
	if (!match) {
		report(sparams, SASL_LOG_FAIL, "%s: wrong password for %s", mech, who);
		return SASL_BADAUTH;
	}
	reason = plugin_inactive(r, &code);
	if (reason == NULL)
		return SASL_OK;
	report(sparams, SASL_LOG_FAIL, "%s: %s %s", mech, who, reason);
	return code;
}

/* Is the password that of oparams->authid? */
static int
check_password(const sasl_server_params_t *sparams, const sasl_out_params_t *oparams, const struct login *l)
{
	struct record r = {0};
	struct name name;
	struct fault f = {0};
	enum status st;
	int result;

	if (!selection_read(sparams->utils).ours) {	/* gsasldb_plain: yes, and another plugin */
		result = ask_others(sparams->utils, oparams, l);
		return result == SASL_NOUSER ? SASL_BADAUTH : result;
	}
	if (plugin_misconfigured(sparams))
		return SASL_UNAVAIL;
	st = plugin_name(&name, sparams, oparams->authid, oparams->alen, &f);
	if (st == ST_OK)
		st = plugin_get(sparams, &name, &r, &f);
	result = plugin_lookup_code(st);
	if (result == SASL_OK)
		result = check_known(sparams, &name, &r, l);
	else if (result == SASL_NOUSER)
		result = check_unknown(sparams, oparams, l, f.text);
	record_clear(&r);
	return result;
}

/* The client wants to act as somebody else; whether it may, the program decides afterwards. */
static int
take_authzid(sasl_server_params_t *sparams, sasl_out_params_t *oparams, const char *authzid)
{
	const sasl_utils_t *utils = sparams->utils;
	const struct propval *p = utils->prop_get(sparams->propctx);

	/* checkpass may have looked up the properties of the wrong user */
	for (; p != NULL && p->name != NULL; p++)
		if (p->name[0] != '*' && p->values != NULL)
			utils->prop_erase(sparams->propctx, p->name);
	return sparams->canon_user(utils->conn, authzid, 0, SASL_CU_AUTHZID, oparams);
}

static int
malformed(const sasl_server_params_t *sparams, const char *what)
{
	sparams->utils->seterror(sparams->utils->conn, 0, "%s: %s", mech_name(sparams), what);
	return SASL_BADPROT;
}

static int
log_in(sasl_server_params_t *sparams, const struct login *l, sasl_out_params_t *oparams)
{
	const sasl_utils_t *utils = sparams->utils;
	bool himself = *l->authzid == '\0' || strcmp(l->authzid, l->authcid) == 0;
	int result;

	/* a password in another encoding is tried all the same: an imported hash may be of one */
	if (!utf8_valid(l->authcid, strlen(l->authcid)) || !utf8_valid(l->authzid, strlen(l->authzid)))
		return malformed(sparams, "a user name that is not UTF-8");
	result = sparams->canon_user(utils->conn, l->authcid, 0, SASL_CU_AUTHID |
	    SASL_CU_EXTERNALLY_VERIFIED | (himself ? SASL_CU_AUTHZID : 0), oparams);
	if (result == SASL_OK)
		result = check_password(sparams, oparams, l);
	if (result == SASL_OK && !himself)
		result = take_authzid(sparams, oparams, l->authzid);
	if (result == SASL_BADAUTH)
		utils->seterror(utils->conn, SASL_NOLOG, "authentication failed");
	if (result != SASL_OK)
		return result;
	oparams->doneflag = 1;
	oparams->mech_ssf = 0;
	oparams->maxoutbuf = 0;
	oparams->encode_context = NULL;
	oparams->encode = NULL;
	oparams->decode_context = NULL;
	oparams->decode = NULL;
	oparams->param_version = 0;
	return SASL_OK;
}

/* ---- PLAIN ---- */

/* message = [authzid] NUL authcid NUL passwd (RFC 4616 section 2), none of the three with a NUL in it. */
static bool
split_plain(struct login *l, const char *in, unsigned len)
{
	const char *end = in + len, *first, *second;

	first = len == 0 ? NULL : memchr(in, '\0', len);
	second = first == NULL ? NULL : memchr(first + 1, '\0', (size_t)(end - first) - 1);
	if (second == NULL)
		return false;
	l->password_len = (size_t)(end - second) - 1;
	return take_text(l->authzid, WHO_MAX, in, (size_t)(first - in)) &&
	    take_text(l->authcid, WHO_MAX, first + 1, (size_t)(second - first) - 1) &&
	    take_text(l->password, PASS_MAX, second + 1, l->password_len) &&
	    l->authcid[0] != '\0' && l->password_len != 0;
}

static int
plain_new(void *glob_context, sasl_server_params_t *sparams, const char *challenge, unsigned challen,
    void **conn_context)
{
	(void)glob_context;
	(void)sparams;
	(void)challenge;
	(void)challen;
	*conn_context = NULL;
	return SASL_OK;
}

static int
plain_step(void *conn_context, sasl_server_params_t *sparams, const char *clientin, unsigned clientinlen,
    const char **serverout, unsigned *serveroutlen, sasl_out_params_t *oparams)
{
	struct login l = {0};
	int result;

	(void)conn_context;
	*serverout = NULL;
	*serveroutlen = 0;
	if (split_plain(&l, clientin, clientinlen))
		result = log_in(sparams, &l, oparams);
	else
		result = malformed(sparams, "not authzid NUL authcid NUL password");
	explicit_bzero(&l, sizeof(l));
	return result;
}

/* ---- LOGIN: server asks "Username:", then "Password:" ---- */

struct login_state {
	enum { START, WANT_USER, WANT_PASSWORD, DONE } step;
	struct login login;
};

static int
login_new(void *glob_context, sasl_server_params_t *sparams, const char *challenge, unsigned challen,
    void **conn_context)
{
	(void)glob_context;
	(void)sparams;
	(void)challenge;
	(void)challen;
	*conn_context = calloc(1, sizeof(struct login_state));
	return *conn_context == NULL ? SASL_NOMEM : SASL_OK;
}

static int
ask(struct login_state *s, int step, const char *prompt, const char **serverout, unsigned *serveroutlen)
{
	s->step = step;
	*serverout = prompt;
	*serveroutlen = (unsigned)strlen(prompt);
	return SASL_CONTINUE;
}

static int
login_step(void *conn_context, sasl_server_params_t *sparams, const char *clientin, unsigned clientinlen,
    const char **serverout, unsigned *serveroutlen, sasl_out_params_t *oparams)
{
	struct login_state *s = conn_context;
	struct login *l;
	int result;

	*serverout = NULL;
	*serveroutlen = 0;
	if (s == NULL || s->step == DONE)
		return SASL_BADPROT;
	l = &s->login;
	/* some clients send the name along as an initial response */
	if (s->step == START && clientinlen == 0)
		return ask(s, WANT_USER, "Username:", serverout, serveroutlen);
	if (clientinlen == 0)
		return malformed(sparams, "an empty answer");
	if (s->step != WANT_PASSWORD) {
		if (!take_text(l->authcid, WHO_MAX, clientin, clientinlen))
			return malformed(sparams, "a user name that is too long or holds a NUL");
		return ask(s, WANT_PASSWORD, "Password:", serverout, serveroutlen);
	}
	s->step = DONE;
	if (!take_text(l->password, PASS_MAX, clientin, clientinlen))
		return malformed(sparams, "a password that is too long or holds a NUL");
	l->password_len = clientinlen;
	result = log_in(sparams, l, oparams);
	explicit_bzero(l, sizeof(*l));	/* the state itself stays as long as the connection */
	return result;
}

static void
login_dispose(void *conn_context, const sasl_utils_t *utils)
{
	(void)utils;
	if (conn_context == NULL)
		return;
	explicit_bzero(conn_context, sizeof(struct login_state));
	free(conn_context);
}

/* ---- what libsasl2 is told of them ---- */

static void
mech_free(void *glob_context, const sasl_utils_t *utils)
{
	(void)glob_context;
	(void)utils;
	plugin_leave(SIDE_SERVER);
}

/* libsasl2 puts the mechanism with more hash strength bits before its own of the same name, which has none. */
#define SECURITY_FLAGS (SASL_SEC_NOANONYMOUS | SASL_SEC_PASS_CREDENTIALS | SASL_SET_HASH_STRENGTH_BITS(8))

sasl_server_plug_t plain_plugs[] = {
	{
		.mech_name = "PLAIN",
		.security_flags = SECURITY_FLAGS,
		.features = SASL_FEAT_WANT_CLIENT_FIRST | SASL_FEAT_ALLOWS_PROXY,
		.mech_new = plain_new,
		.mech_step = plain_step,
		.mech_free = mech_free,
	},
	{
		.mech_name = "LOGIN",
		.security_flags = SECURITY_FLAGS,
		.mech_new = login_new,
		.mech_step = login_step,
		.mech_dispose = login_dispose,
		.mech_free = mech_free,
	},
};
const int plain_plug_count = sizeof(plain_plugs) / sizeof(plain_plugs[0]);
