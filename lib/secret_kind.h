/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * secret_kind: what each kind of secret implements; only secret*.c include this.
 *
 * secret.c has checked its arguments before it calls any of these: the password is 1 to 511 bytes without
 * NUL (when one is made: UTF-8), and text has passed check().  Only
 * property() is given any text, and refuses what check() refuses.  OpenSSL's error queue is put back afterwards.
 */
#ifndef GSASLDB_SECRET_KIND_H
#define GSASLDB_SECRET_KIND_H

#include "mech.h"
#include "secret.h"

/* A stored form and its NUL: at most a password of which every byte is escaped. */
#define SECRET_TEXT_MAX (4 * PASSWORD_BYTES_MAX + 1)

struct secret_kind_ops {
	/* Writes the stored form of a new secret. */
	enum status (*make)(char text[SECRET_TEXT_MAX], const struct mech_spec *spec,
	    const struct name *name, const char *password, size_t len, struct fault *f);

	enum status (*check)(enum mech mech, const char *text, struct fault *f);

	/* Would verify() take longer than a login may?  Errors: ST_COSTLY.  NULL: it never does. */
	enum status (*check_cost)(enum mech mech, const char *text, struct fault *f);

	/* *match is false when it is called. */
	enum status (*verify)(bool *match, enum mech mech, const char *text, const struct name *name,
	    const char *password, size_t len, struct fault *f);

	enum status (*property)(enum mech mech, const char *text, unsigned char out[SECRET_PROPERTY_MAX],
	    size_t *out_len, struct fault *f);

	/* Fills in what it knows; *out is all zeros when it is called.  NULL: it knows nothing. */
	void (*facts)(struct secret_facts *out, const char *text);

	/* Writes something that verify() spends the same time on as on a secret that spec makes; false if
	 * that cannot be. */
	bool (*decoy)(char text[SECRET_TEXT_MAX], const struct mech_spec *spec);
};

extern const struct secret_kind_ops secret_cleartext;	/* secret_cleartext.c */
extern const struct secret_kind_ops secret_cram_md5;	/* secret_md5.c */
extern const struct secret_kind_ops secret_digest_md5;	/* secret_md5.c */
extern const struct secret_kind_ops secret_plain;	/* secret_crypt.c */
extern const struct secret_kind_ops secret_scram;	/* secret_scram.c */

/* PLAIN:smd5, in secret_md5.c: salt (16 bytes), NUL, MD5(salt "sasldb" password); libsasl2's checkpw.c. */
#define SMD5_BYTES 33
enum status smd5_make(unsigned char out[SMD5_BYTES], const char *password, size_t len, struct fault *f);
enum status smd5_verify(bool *match, const unsigned char stored[SMD5_BYTES], const char *password, size_t len,
    struct fault *f);

/* Random bytes for a salt.  Errors: ST_IO. */
enum status secret_random(unsigned char *out, size_t len, struct fault *f);

/* Are len bytes the same?  Takes the same time wherever they differ. */
bool secret_same(const void *a, const void *b, size_t len);

#endif
