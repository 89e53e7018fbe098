/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * verify_reason: why a login cannot succeed, found without making one.
 */
#ifndef GSASLDB_VERIFY_REASON_H
#define GSASLDB_VERIFY_REASON_H

#include <pwd.h>
#include <stdbool.h>
#include <stddef.h>

#include "mech.h"
#include "name.h"
#include "record.h"
#include "status.h"

#define REASON_MAX 1024

/* Has r anything that serves mech?  MECH_PLAIN: PLAIN and LOGIN. */
bool reason_serves(const struct record *r, enum mech mech);

/*
 * What the database has against a login of name, whose record is r, by mech with this password; into out.
 * NULL: nothing.  Else out.
 */
const char *reason_find(char out[REASON_MAX], const struct record *r, const struct name *name, enum mech mech,
    const char *password, size_t len);

/*
 * The database at path cannot be read by this process, which is pw's: fills *f with the file or folder at
 * fault and the command that lets it be read; leaves *f alone if it finds none.
 */
void reason_unreadable(const char *path, const struct passwd *pw, struct fault *f);

#endif
