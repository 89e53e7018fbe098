/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * name: user and realm as the database knows them.
 *
 * Both are UTF-8, 1 to 255 bytes, without control characters (C0, DEL, C1) and without a space at either
 * end.  A user holds no '@', because libsasl2 splits at the first one; so user@realm is unambiguous.  The
 * user is compared exactly.  The realm is folded to lower case (ASCII letters only) for the key, because
 * realms are host names; realm_typed keeps the spelling, which DIGEST-MD5 hashes.
 */
#ifndef GSASLDB_NAME_H
#define GSASLDB_NAME_H

#include <stdbool.h>
#include <stddef.h>

#include "status.h"

#define NAME_BYTES_MAX 255

struct name {
	char user[NAME_BYTES_MAX + 1];
	char realm[NAME_BYTES_MAX + 1];		/* folded: the key */
	char realm_typed[NAME_BYTES_MAX + 1];	/* as it was given */
};

/*
 * Reads spec, "user" or "user@realm", into *out.
 * realm: the realm that was asked for explicitly (-u), or NULL; if spec has one too, the two must agree
 *   (folded), else ST_BADNAME.
 * default_realm: what counts if neither says one; NULL: then it is ST_BADNAME.
 * Errors: ST_BADNAME, with the reason in *f.  On error *out is all zeros.
 */
enum status name_parse(struct name *out, const char *spec, const char *realm, const char *default_realm,
    struct fault *f);

/* Checks one realm alone and folds it into out.  Errors: ST_BADNAME. */
enum status name_fold_realm(char out[NAME_BYTES_MAX + 1], const char *realm, struct fault *f);

/* The database key: user, NUL, realm.  Writes at most 2 * NAME_BYTES_MAX + 1 bytes; returns the length. */
#define NAME_KEY_MAX (2 * NAME_BYTES_MAX + 1)
size_t name_key(const struct name *name, char out[NAME_KEY_MAX]);

/* Is text (len bytes) well-formed UTF-8 without overlong forms, surrogates or code points past U+10FFFF? */
bool utf8_valid(const char *text, size_t len);

/*
 * Rewrites UTF-8 text (len bytes) as ISO 8859-1 into out (at least len bytes), if every character is in
 * it.  Returns the length, or -1 if one is not.
 */
long utf8_to_latin1(char *out, const char *text, size_t len);

#endif
