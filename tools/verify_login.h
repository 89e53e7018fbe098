/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * verify_login: a login through libsasl2, client and server both in this process, with what a program's conf
 * file says.
 */
#ifndef GSASLDB_VERIFY_LOGIN_H
#define GSASLDB_VERIFY_LOGIN_H

#include <stdbool.h>
#include <stddef.h>

#include "appconf.h"
#include "name.h"
#include "status.h"

struct login_server {
	const struct appconf *conf;	/* the program's; NULL: only what selects gsasldb */
	const char *path;		/* absolute; for the conf's gsasldb_path; NULL: as it is there */
	char service[64];		/* as mechanisms name it: "smtp" */
};

/*
 * Starts libsasl2's server and client with the plugins of its plugin directory.  s must live until
 * login_stop(), which must follow in every case.
 * Errors: ST_CONFIG (our plugin is not there, or cannot be loaded; libsasl2 does not start).
 */
enum status login_start(const struct login_server *s, struct fault *f);
void login_stop(void);

/* Does libsasl2 have the server's, or the client's, side of this mechanism? */
bool login_server_has(const char *mech);
bool login_client_has(const char *mech);

struct login_result {
	bool ok;
	char step[32];		/* where it ended: "server step 1" */
	char words[900];	/* what the server's log or libsasl2 said of it; escaped */
};

/* Logs in as name by mech, which both sides have, and out again. */
void login_try(struct login_result *out, const char *mech, const struct name *name, const char *password,
    size_t len);

#endif
