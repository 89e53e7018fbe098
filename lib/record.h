/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * record: one user's entry, in memory and as the bytes of a database value (doc/FORMAT.md).
 *
 * A value is text, one "NAME SP VALUE LF" a line; the first line carries the format's version and a
 * checksum over the key and all other lines, so that a record that was torn, or that belongs to somebody
 * else, is an error and never a wrong secret.  Lines that this version does not know are kept, but secrets among them only as long as the password.
 */
#ifndef GSASLDB_RECORD_H
#define GSASLDB_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mech.h"
#include "name.h"
#include "secret.h"
#include "status.h"

#define RECORD_BYTES_MAX 65536	/* of a value */

struct property {
	char *name;		/* auxiliary property name */
	char *value;		/* len bytes and a NUL */
	size_t len;
};

struct record {
	struct name name;	/* realm_typed is the same as realm */
	int64_t created;	/* seconds since 1970 UTC */
	int64_t changed;
	int64_t disabled;	/* when it was disabled; 0: it is not */
	int64_t expires;	/* no login from then on; 0: never */
	struct secret secrets[MECH_COUNT];
	struct property *properties;
	size_t property_count;
	char *unknown;		/* lines of a later version, each with its LF, or NULL; never "" */
	char *value;		/* what record_read() was given, or NULL */
	size_t value_len;
};

/* An empty record for name, created and changed now (seconds).  Release with record_clear(). */
void record_init(struct record *r, const struct name *name, int64_t now);

/* Wipes secrets, frees everything, leaves all zeros.  All zeros are fine. */
void record_clear(struct record *r);

/*
 * Reads a value.  key is the database key it was found under.  On success *out owns everything; on error
 * *out is all zeros.
 * Errors: ST_FOREIGN (not one of our records, or of a later version), ST_CORRUPT (checksum, key or a line
 * is wrong), ST_NOMEM.
 */
enum status record_parse(struct record *out, const char *key, size_t key_len, const char *value, size_t len,
    struct fault *f);

/*
 * The same for a lookup: value (malloc) becomes the record's, in every case, and secrets are not copied but lie in it.
 * The form of a secret is not looked at; every function of secret.h that uses one does that.
 */
enum status record_read(struct record *out, const char *key, size_t key_len, char *value, size_t len,
    struct fault *f);

/* The same for what record_format() has made in this process and nobody else could change: the checksum is not
 * looked at either. */
enum status record_reread(struct record *out, const char *key, size_t key_len, const char *value, size_t len,
    struct fault *f);

/* Is the value of our format and its checksum right?  Says nothing of its lines. */
bool record_is_whole(const char *key, size_t key_len, const char *value, size_t len);

/* Writes the value into *out (malloc, *len bytes; the caller wipes and frees with record_free_value()).
 * Errors: ST_TOOBIG, ST_NOMEM. */
enum status record_format(const struct record *r, char **out, size_t *len, struct fault *f);
void record_free_value(char *value, size_t len);

/* A deep copy.  Errors: ST_NOMEM. */
enum status record_copy(struct record *out, const struct record *r, struct fault *f);

/* Are the two the same in all that is stored?  Errors: ST_TOOBIG, ST_NOMEM. */
enum status record_same(bool *same, const struct record *a, const struct record *b, struct fault *f);

/* Sets (value != NULL) or removes a property.  Errors: ST_BADVALUE (a name that cannot be one), ST_NOMEM. */
enum status record_set_property(struct record *r, const char *name, const char *value, size_t len,
    struct fault *f);
const struct property *record_property(const struct record *r, const char *name);

/*
 * Lines of a later version whose name is that of a mechanism (RFC 4422 section 3.1: A-Z, then A-Z, 0-9, - and _)
 * hold secrets, made from the password: whoever changes it drops them.
 */
bool record_has_unknown_secrets(const struct record *r);
void record_drop_unknown_secrets(struct record *r);

/* "SCRAM-SHA3-512 X-NEW": whose they are, for messages; cut to size. */
const char *record_unknown_names(const struct record *r, char *out, size_t size);

/*
 * Gives r other lines of a later version (each with its LF; NULL: none) than it has.  keep_secrets: but those that
 * hold secrets are not taken, and r keeps its own of them.  Errors: ST_NOMEM; r is as it was.
 */
enum status record_set_unknown(struct record *r, const char *lines, bool keep_secrets, struct fault *f);

/* How many mechanisms have a secret. */
size_t record_secret_count(const struct record *r);

/* Which: a set of bits, 1 << enum mech. */
unsigned record_secret_bits(const struct record *r);

/* "PLAIN SCRAM-SHA-256": the mechanisms that have a secret, for messages; cut to size. */
const char *record_mech_names(const struct record *r, char *out, size_t size);

/* May this user log in at that time (seconds)? */
bool record_active(const struct record *r, int64_t now);

#endif
