/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * import_support: runs a format of gsasldb import over some bytes and writes down what came out.
 */
#ifndef GSASLDB_TEST_IMPORT_SUPPORT_H
#define GSASLDB_TEST_IMPORT_SUPPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "format.h"

struct example {
	const char *format;
	const char *realm;	/* -u, or NULL; the default realm is default.test */
	const char *in;
	const char *out;	/* what import_transcript() gives */
};

/*
 * Reads len bytes, from a file in memory.  One line for each call of the sink, in order:
 *   LINE USER@REALM (as typed) and what else it says: pw=... MECH=... locked disabled=TIME whole ...
 *   LINE bad WHY
 *   LINE lost WHAT
 * The status must be ST_OK.  Static storage.
 */
const char *import_transcript(const char *format, const char *realm, const void *in, size_t len);

/* The same for a descriptor, which stays open; *st: what the format returned. */
const char *import_transcript_fd(const char *format, const char *realm, int fd, enum status *st, struct fault *f);

/* Instead of the secrets themselves, show whether they are of this password; NULL: show them. */
extern const char *import_password;

/* If not ST_OK, what the sink answers to the first entry. */
extern enum status import_sink_answer;

/* Each example gives its out. */
void import_check(const struct example *examples, size_t count);

/* Every allocation fails once, and each time the result is ST_NOMEM. */
void import_check_memory(const char *format, const void *in, size_t len);

/* A file in memory that holds these bytes, at its start. */
int import_file(const void *in, size_t len);

#endif
