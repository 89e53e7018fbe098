/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * readpass: reads a password from a terminal, without echo, or from standard input, to its end.
 */
#ifndef GSASLDB_READPASS_H
#define GSASLDB_READPASS_H

#include <stddef.h>

#include "secret.h"
#include "status.h"

enum readpass_source {
	READPASS_TWICE,		/* a terminal is asked twice, and the two must be the same: a new password */
	READPASS_ONCE,		/* a terminal is asked once: a password that is only checked */
	READPASS_STDIN		/* a terminal is read like a pipe (-p) */
};

/*
 * A standard input that is no terminal is read to its end in every case, slow pipes too, and one final LF or
 * CR LF is dropped.  Signals that come while a terminal's echo is off are held until it is on again.
 * out: at least PASSWORD_BYTES_MAX + 1 bytes, NUL-terminated; the caller wipes it.
 * Errors: ST_BADVALUE (empty, NUL, longer than PASSWORD_BYTES_MAX, no UTF-8, the two differ), ST_IO.
 */
enum status readpass(char *out, size_t *len, enum readpass_source source, struct fault *f);

#endif
