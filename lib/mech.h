/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mech: the one place of policy: which mechanisms there are, what is stored for each, which are made by
 * default, at which cost, and which are weak.  To add a mechanism, add a row in mech.c.
 */
#ifndef GSASLDB_MECH_H
#define GSASLDB_MECH_H

#include <stdbool.h>
#include <stddef.h>

#include "status.h"

/* In the order in which they are listed. */
enum mech {
	MECH_CLEARTEXT,
	MECH_CRAM_MD5,
	MECH_DIGEST_MD5,
	MECH_PLAIN,
	MECH_SCRAM_SHA_1,
	MECH_SCRAM_SHA_224,
	MECH_SCRAM_SHA_256,
	MECH_SCRAM_SHA_384,
	MECH_SCRAM_SHA_512,
	MECH_COUNT
};

/* How a secret is made from a password. */
enum secret_kind {
	KIND_CLEARTEXT,		/* the password itself */
	KIND_CRAM_MD5,		/* HMAC-MD5 inner and outer state */
	KIND_DIGEST_MD5,	/* MD5(user ":" realm ":" password) */
	KIND_PLAIN,		/* a one-way hash that only a password can be checked against */
	KIND_SCRAM		/* RFC 5803 */
};

struct mech_info {
	const char *name;		/* SASL mechanism name, or CLEARTEXT */
	enum secret_kind kind;
	const char *property;		/* auxiliary property that carries it to libsasl2 (for PLAIN: smd5 only) */
	const char *digest;		/* SCRAM: OpenSSL's name of the hash */
	unsigned digest_bytes;		/* SCRAM: its length */
	unsigned iterations;		/* SCRAM: default; RFC 5802 and 7677 set the floor of 4096 */
	bool weak;			/* a leaked record is as good as the password, or nearly */
	bool readable;			/* the password itself can be read */
};

/* Where a crypt(3) string says what it costs (crypt(5)). */
enum cost_form {
	COST_UNKNOWN,	/* we do not know: always above the bound */
	COST_FIXED,	/* nowhere: each costs the same, and little */
	COST_LOG2,	/* "$2b$NN$": 2^NN turns */
	COST_ROUNDS,	/* "$6$rounds=N$", or 5000 */
	COST_NUMBER,	/* "$sha1$N$" */
	COST_SUNMD5,	/* "$md5,rounds=N$" or "$md5$rounds=N$", beyond 4096 */
	COST_BSDI,	/* "_NNNN": four digits of base 64 */
	COST_SCRYPT,	/* "$7$": N, r and p, in digits of base 64 */
	COST_YESCRYPT	/* "$y$...$": flavour, N, r and more, in numbers of varying length */
};

/* How a PLAIN secret is made: MECH:SCHEME in a list. */
struct scheme_info {
	const char *name;		/* "yescrypt" */
	const char *prefix;		/* crypt(3) setting prefix, NULL for smd5 */
	unsigned password_max;		/* bytes; more would be cut silently */
	unsigned hash_chars;		/* of a whole string after its last '$', so that a cut one is noticed;
					 * 0: not checked */
	unsigned long cost;		/* of new ones: crypt_gensalt(3)'s count */
	enum cost_form cost_form;
	unsigned long bound;		/* the highest cost that is taken and checked, as cost_form counts;
					 * COST_SCRYPT, COST_YESCRYPT: kilobytes of work */
	bool makes;			/* new secrets can be made so; false: only verified */
	bool weak;
};

/* One mechanism of a list, with what was asked of it. */
struct mech_spec {
	enum mech mech;
	const struct scheme_info *scheme;	/* PLAIN, else NULL */
	unsigned iterations;			/* SCRAM, else 0 */
};

struct mech_specs {
	size_t count;
	struct mech_spec spec[MECH_COUNT];	/* each mechanism at most once */
};

/* What a new user gets when nobody says otherwise. */
extern const char mech_default_list[];

#define SCRAM_ITERATIONS_MIN 4096u	/* RFC 5802 section 5.1 */
#define SCRAM_ITERATIONS_MAX 1000000u		/* that are taken: PLAIN checks 1,000,000 of SHA-512 in one second */
#define SCRAM_ITERATIONS_STORED_MAX 10000000u	/* that a record may hold all the same */

const struct mech_info *mech_info(enum mech mech);

/* Finds a mechanism by name, without regard to case; "LOGIN" is PLAIN.  False if there is none. */
bool mech_find(const char *name, size_t len, enum mech *out);

/* The scheme of a stored crypt(3) string, by its prefix; "crypt" for one not in the table. */
const struct scheme_info *mech_scheme_of(const char *crypt_string);

/*
 * Would crypt(3) check a password against this string (a whole one, or a setting) within the bound of its
 * scheme?  Says nothing of the rest of the string.
 * Errors: ST_COSTLY: it costs more, or what it costs cannot be read, or is not known; *f has both figures.
 */
enum status mech_crypt_cost(const char *crypt_string, struct fault *f);

/* Finds a scheme by name, without regard to case; the one that makes new secrets if there are several of
 * that name.  NULL if there is none. */
const struct scheme_info *mech_scheme_find(const char *name, size_t len);

/* What libxcrypt itself prefers, if the table has it. */
const struct scheme_info *mech_scheme_default(void);

/*
 * Reads a list "MECH[:SCHEME] ..." separated by commas or white space.
 * Errors: ST_BADVALUE: empty, unknown mechanism or scheme, iterations out of range, a mechanism named
 * twice; *f names the word and what would be right.
 */
enum status mech_specs_parse(struct mech_specs *out, const char *list, struct fault *f);

/* Which mechanisms the list names: a set of bits, 1 << enum mech. */
unsigned mech_specs_bits(const struct mech_specs *specs);

/* The same without a scheme given: what mech gets by default. */
struct mech_spec mech_spec_default(enum mech mech);

#endif
