/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * account: what setting and checking a password means, for the tools, the plugin and the import alike.
 */
#ifndef GSASLDB_ACCOUNT_H
#define GSASLDB_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>

#include "mech.h"
#include "record.h"
#include "status.h"

/*
 * Gives the user a new password: r gets the secrets that specs ask for.
 * specs NULL: the mechanisms r already has, each with the scheme or iterations that it has (but never
 *   fewer iterations than today's default, and a crypt scheme that new secrets are no longer made with
 *   becomes the default one); for a record without any secret, the list defaults.
 * only: mechanisms outside specs lose their secret; otherwise they keep the older one.  Secrets of mechanisms
 *   that this version does not know (record_has_unknown_secrets()) go in every case.
 * name gives realm_typed for DIGEST-MD5; r->name's user must be the same.  r->changed becomes now.
 * On error r is as it was.  Errors: those of secret_make() and password_check().
 */
enum status account_set_password(struct record *r, const struct mech_specs *specs,
    const struct mech_specs *defaults, bool only, const struct name *name, const char *password, size_t len,
    int64_t now, struct fault *f);

/* Would account_set_password() refuse a password of that length for a scheme of specs?  Errors: ST_BADVALUE. */
enum status account_check_length(const struct record *r, const struct mech_specs *specs,
    const struct mech_specs *defaults, size_t len, struct fault *f);

/*
 * Is it the user's password, for a mechanism that carries it (PLAIN, LOGIN)?  Checked against the PLAIN
 * secret if there is one, else against the strongest SCRAM secret, else against CLEARTEXT, else against
 * none (*match stays false, and the result is ST_NOTFOUND).  Says nothing about disabled or expired.
 * Errors: those of secret_verify(); after ST_COSTLY no other secret is asked.
 */
enum status account_check_password(bool *match, const struct record *r, const char *password, size_t len,
    struct fault *f);

/* Could account_check_password() check a password at all, or does the secret that it would ask cost too much?
 * Errors: ST_COSTLY. */
enum status account_check_cost(const struct record *r, struct fault *f);

/* Do all the secrets that r has for the mechanisms of specs (NULL: all that it has) verify this password,
 * and does it have one for each of specs?  One that costs too much to verify does not.  Cheapest first. */
enum status account_is_current(bool *current, const struct record *r, const struct mech_specs *specs,
    const struct name *name, const char *password, size_t len, struct fault *f);

/* The same, but a password is checked against the cheapest of those secrets alone: for many users at once. */
enum status account_seems_current(bool *current, const struct record *r, const struct mech_specs *specs,
    const struct name *name, const char *password, size_t len, struct fault *f);

#endif
