/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * merge: what becomes of a user whom the database has, or has not, when the input says this of him.
 */
#ifndef GSASLDB_IMPORT_MERGE_H
#define GSASLDB_IMPORT_MERGE_H

#include "format.h"
#include "mech.h"

struct merge_rules {
	const struct mech_specs *specs;		/* what a password becomes; NULL: see account_set_password() */
	const struct mech_specs *defaults;
	bool only;				/* mechanisms that the input has nothing for lose their secret */
	bool judge;				/* make no secret: only the outcome is wanted */
	int64_t now;				/* seconds since 1970 UTC */
};

enum outcome { OUTCOME_UNCHANGED, OUTCOME_CHANGED, OUTCOME_ADDED };

struct merged {
	struct record record;	/* what is to be stored; with judge it is not whole */
	enum outcome outcome;
	bool keeps_older;	/* changed, and another mechanism keeps the secret of an older password */
};

/*
 * old: NULL if the database has no such user.  A password that the cheapest of the secrets in question
 * verifies changes nothing.  The caller clears out->record, also on error.
 * Errors: ST_BADVALUE (the password is too long for a scheme), ST_TOOBIG, ST_NOMEM, ST_IO.
 */
enum status merge(struct merged *out, const struct entry *e, const struct record *old,
    const struct merge_rules *rules, struct fault *f);

/*
 * Puts what b says of the same user to what a says; b is cleared.
 * ST_EXISTS: they contradict each other (two passwords, two secrets of one mechanism, ...); a is as before.
 * Errors: ST_NOMEM.
 */
enum status merge_entries(struct entry *a, struct entry *b, struct fault *f);

#endif
