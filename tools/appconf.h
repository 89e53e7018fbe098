/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * appconf: finds and reads the conf file of a program that uses libsasl2, as libsasl2 would.
 */
#ifndef GSASLDB_APPCONF_H
#define GSASLDB_APPCONF_H

#include <stddef.h>

#include "status.h"

#ifndef SASL_CONF_DIRS	/* what libsasl2 is built with; configure may know better */
#define SASL_CONF_DIRS "/etc/sasl2:/etc/sasl:/usr/lib/sasl2"
#endif

struct appconf_item {
	char *key;	/* lower case */
	char *value;	/* not empty */
	unsigned line;
};

struct appconf {
	char *path;	/* the file that was read */
	struct appconf_item *items;
	size_t count;
};

/*
 * appname: "smtpd" looks for smtpd.conf, first in Postfix's $config_directory/sasl if it is smtpd, then in
 * the directories of SASL_CONF_PATH, or else in those that libsasl2 is built with; a name with a slash is
 * the path of the conf file itself.  The first file that exists counts.
 * On success *out is owned by the caller (appconf_free()); on error it is all zeros.
 * Errors: ST_CONFIG (not found; a line that is no "key: value"), ST_PERM, ST_NOMEM, ST_IO.
 */
enum status appconf_load(struct appconf *out, const char *appname, struct fault *f);

void appconf_free(struct appconf *conf);

/* Adds the folders of administrators' commands, postconf's too, to PATH. */
void appconf_extend_path(void);

/* The first item with that key, or NULL. */
const struct appconf_item *appconf_get(const struct appconf *conf, const char *key);

#endif
