/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * plugin: what the parts of libgsasldb.so share.  libsasl2 loads one copy into a process and asks it for an
 * auxprop plugin and for server mechanisms; both work on the one struct plugin below.
 */
#ifndef GSASLDB_PLUGIN_H
#define GSASLDB_PLUGIN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <sasl/sasl.h>
#include <sasl/saslplug.h>

#include "mech.h"
#include "name.h"
#include "record.h"
#include "status.h"
#include "store.h"

/* ---- options.c: what the program's conf file says ---- */

/* Whom the program asks.  slapd answers for its conf file, and otherwise after it has read its own
 * configuration than while it loads us: so this is read again wherever it counts. */
struct selection {
	bool ours;		/* auxprop_plugin names gsasldb and pwcheck_method names auxprop */
	bool other_plugins;	/* auxprop_plugin names others beside gsasldb */
	bool other_methods;	/* pwcheck_method names others beside auxprop */
};

struct selection selection_read(const sasl_utils_t *utils);

struct options {
	bool plain;		/* PLAIN and LOGIN are served here */
	bool map;		/* the store may map its companions */
	char *path;
	char *group;		/* of a database that is made by a store */
	struct mech_specs mechs; /* what a password set through libsasl2 is stored as */
	struct mech_spec pretend; /* what PLAIN checks for a user made with mechs */
	char (*realms)[NAME_BYTES_MAX + 1]; /* folded; NULL: all are served */
	size_t realm_count;
	struct fault fault;	/* status ST_OK, or the option that cannot be: then nobody is served */
};

/*
 * Reads all other options through utils->getopt.  A value that cannot be is no error here but goes to out->fault.
 * Release with options_free(), in every case.  Errors: ST_NOMEM.
 */
enum status options_read(struct options *out, const sasl_utils_t *utils);
void options_free(struct options *o);

/* May this (folded) realm be looked up? */
bool options_serve_realm(const struct options *o, const char *realm);

/* ---- report.c: every line that the plugin logs ---- */

/* What the log was told last about the database, so that a fault is one line when it begins and one when
 * it ends.  All zeros: that all is well. */
struct fault_log {
	atomic_int said;			/* enum status */
	_Atomic int64_t when[ST_CONFIG + 1];	/* by status: when it was said, in seconds of a clock */
};

/* One line to the log of the connection's program.  What comes from outside must have gone through report_name() or
 * escape_for_log(). */
void report(const sasl_server_params_t *sparams, int level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * How a use of the database at path went: logs the change, if it is one.  Answers (ST_OK, ST_NOTFOUND) mean
 * that the database works.  A fault that comes back within a minute waits until the minute is over.
 */
void report_outcome(struct fault_log *log, const sasl_server_params_t *sparams, const char *path,
    const struct fault *f);

/*
 * A user or a realm as one word: escaped, spaces as \x20 too, and cut if it is very long.  The client chooses both,
 * and may not end one and go on with words of ours.  Returns out.
 */
#define REPORT_NAME_MAX 405
const char *report_name(char out[REPORT_NAME_MAX], const char *name);

/* "user hoge in realm example.org", of such words; returns out. */
#define REPORT_WHO_MAX 900
const char *report_who(char out[REPORT_WHO_MAX], const struct name *name);

/* ---- plugin.c ---- */

struct plugin {
	unsigned sides;			/* SIDE_* that are in use; 0: all else is empty */
	struct options options;
	_Atomic(struct store *) store;	/* NULL: could not be opened yet */
	struct fault opening;		/* why it could not when the plugin was loaded */
	struct stat root;		/* "/" at that time: another one now is a chroot */
	struct fault_log reading;
	struct fault_log writing;
	struct fault_log trouble;	/* what should be mended although lookups work */
	atomic_flag config_told;	/* the wrong option was logged */
	atomic_flag costly_told;	/* a user whose secret costs too much was logged */
	atomic_flag digest_told;	/* the limit of stored DIGEST-MD5 hashes was logged */
};
extern struct plugin plugin;

#define SIDE_AUXPROP 1u
#define SIDE_SERVER 2u

/* The last user of a side is gone; the last side frees everything.  Leaving twice is fine. */
void plugin_leave(unsigned side);

/* The one translation of a status: as a lookup's result, and as that of a store. */
int plugin_lookup_code(enum status status);
int plugin_store_code(enum status status);

/* Is there an option that cannot be?  Then it is logged, once, and true is returned. */
bool plugin_misconfigured(const sasl_server_params_t *sparams);

/*
 * Reads user (len bytes, "hoge" or "hoge@realm") with the connection's default realm, and checks that its
 * realm is served.  Errors: ST_BADNAME, with the reason in *f.
 */
enum status plugin_name(struct name *out, const sasl_server_params_t *sparams, const char *user,
    unsigned len, struct fault *f);

/*
 * Looks name up, opening the database if it is not open; logs where a fault begins or ends.
 * sparams NULL: logs nothing.
 * ST_OK: *r is filled (record_clear() it).  Errors: those of store_open() and store_get(); *f has the words,
 * for ST_NOTFOUND too.
 */
enum status plugin_get(const sasl_server_params_t *sparams, const struct name *name, struct record *r,
    struct fault *f);

/* NULL: the user may log in now.  Else why not ("is disabled", "has expired"), and in *code what a client
 * may hear of it that knows the password. */
const char *plugin_inactive(const struct record *r, int *code);

/* ---- auxprop.c, auxprop_store.c, plain.c: what libsasl2 is handed ---- */

extern sasl_auxprop_plug_t auxprop_plug;

/* Its function that stores. */
int auxprop_store(void *glob_context, sasl_server_params_t *sparams, struct propctx *ctx, const char *user,
    unsigned ulen);

/* Does the property carry one of our secrets? */
bool auxprop_is_secret(const char *property);

extern sasl_server_plug_t plain_plugs[];
extern const int plain_plug_count;

#endif
