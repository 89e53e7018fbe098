/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * secret: makes, checks and verifies the secret of one mechanism.
 *
 * A secret is kept in its stored form, one line of text (doc/FORMAT.md has each form):
 *   CLEARTEXT      the password, escaped as in a record
 *   CRAM-MD5       64 hex digits: HMAC-MD5 inner state, outer state (16 bytes each, big-endian words)
 *   DIGEST-MD5     32 hex digits, a space, the realm as it was typed
 *   PLAIN          "crypt" SP a crypt(3) string, or "smd5" SP 66 hex digits
 *   SCRAM-*        iterations ":" base64 salt "$" base64 StoredKey ":" base64 ServerKey (RFC 5803)
 * Every buffer that held a password or a secret is wiped before it is freed.
 */
#ifndef GSASLDB_SECRET_H
#define GSASLDB_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "mech.h"
#include "name.h"
#include "status.h"

#define PASSWORD_BYTES_MAX 511		/* crypt(3) refuses 512 */
#define SECRET_PROPERTY_MAX 1024	/* the longest value secret_property() makes */

struct secret {
	char *text;	/* NUL-terminated stored form, or NULL: none */
	bool inside;	/* it lies in its record's value and is gone with the record: copy the text, never move this */
};

/* Wipes and frees what is not inside; *s becomes empty.  A NULL s->text is fine. */
void secret_free(struct secret *s);

/*
 * Is it something that can be stored for every mechanism: 1 to 511 bytes of UTF-8, no NUL?
 * Errors: ST_BADVALUE; *f says which rule, never the password.
 */
enum status password_check(const char *password, size_t len, struct fault *f);

/*
 * Makes the secret that spec asks for.  password: len bytes that password_check() accepts.
 * name: DIGEST-MD5 hashes user and realm_typed; each of user, realm and password in ISO 8859-1 if it lies
 *   wholly in it, else in UTF-8 (RFC 2831 2.1.2.1, as libsasl2 does).
 * SCRAM and the second try of PLAIN use SASLprep (RFC 4013) in query mode; a password that it refuses or
 *   makes empty is used as it is.
 * On success *out owns the text.  Errors: ST_BADVALUE (too long for the scheme), ST_NOMEM, ST_IO (no
 * randomness, libcrypto failed).
 */
enum status secret_make(struct secret *out, const struct mech_spec *spec, const struct name *name,
    const char *password, size_t len, struct fault *f);

/*
 * Is text a stored form of mech?  Errors: ST_BADVALUE, with what is wrong.  Every text that passes is safe
 * for the other functions here.
 */
enum status secret_check(enum mech mech, const char *text, struct fault *f);

/*
 * May a password be checked against it, or would that take more time or memory than a login may?  Bounds: the
 * tables of mech.c, SCRAM_ITERATIONS_MAX.  What comes in must pass; a record may hold one that does not, and
 * that one verifies no password.  text: one that passes secret_check().  Errors: ST_COSTLY, with the figures.
 */
enum status secret_check_cost(enum mech mech, const char *text, struct fault *f);

/*
 * Does the password belong to the stored secret?  *match is false unless the result is ST_OK and it does.
 * PLAIN is tried as received, then, if SASLprep changes it, prepared.  Comparisons are constant time.
 * name is used by DIGEST-MD5 for the user; the realm is the one in the secret.
 * Errors: ST_BADVALUE (the text is no secret of mech), ST_COSTLY (see secret_check_cost(); nothing was
 * hashed), ST_NOMEM, ST_IO.
 */
enum status secret_verify(bool *match, enum mech mech, const char *text, const struct name *name,
    const char *password, size_t len, struct fault *f);

/*
 * Spends the time that secret_verify() takes for a wrong password on a secret made by spec; for users who
 * do not exist.  password may be anything.
 */
void secret_pretend(const struct mech_spec *spec, const char *password, size_t len);

/*
 * SASLprep (RFC 4013) in query mode.  *out (malloc, *out_len bytes and a NUL; wiped and freed by
 * secret_wipe_free()) is the prepared password, or a copy of it as it is if SASLprep refuses it or leaves
 * nothing of it: what a SCRAM client computes from (RFC 5802 section 2.2).  Errors: ST_NOMEM.
 */
enum status secret_prepare(char **out, size_t *out_len, const char *password, size_t len, struct fault *f);

/* Wipes size bytes and frees.  NULL is fine. */
void secret_wipe_free(void *memory, size_t size);

/*
 * The value of the mechanism's auxiliary property (mech_info()->property) as libsasl2 wants it: the raw
 * bytes of cmusaslsecretCRAM-MD5 and -DIGEST-MD5, of cmusaslsecretPLAIN (smd5 only), the "MECH$..." text
 * of authPassword, the password for userPassword.  Not NUL-terminated.  The caller wipes out.
 * ST_NOTFOUND: this secret has no such form (a crypt string).  Errors: ST_BADVALUE.
 */
enum status secret_property(enum mech mech, const char *text, unsigned char out[SECRET_PROPERTY_MAX],
    size_t *out_len, struct fault *f);

/*
 * What a listing may say of a secret without giving it away.  scheme: "yescrypt", "smd5", NULL for the
 * other mechanisms; iterations: SCRAM, else 0; realm: DIGEST-MD5's realm as typed, pointing into text,
 * else NULL.
 */
struct secret_facts {
	const struct scheme_info *scheme;
	unsigned iterations;
	const char *realm;
	bool weak;
};
void secret_facts(struct secret_facts *out, enum mech mech, const char *text);

#endif
