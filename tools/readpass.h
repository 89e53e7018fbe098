/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * readpass: reads a password from a terminal (twice, without echo) or from standard input (to its end).
 */
#ifndef GSASLDB_READPASS_H
#define GSASLDB_READPASS_H

#include <stddef.h>

#include "secret.h"
#include "status.h"

/*
 * stdin_wanted (-p), or a standard input that is no terminal: reads it to its end, slow pipes too, and drops
 * one final LF or CR LF.  Else asks on the terminal, twice; the two must be the same.  Signals that come
 * while the echo is off are held until it is on again.
 * out: at least PASSWORD_BYTES_MAX + 1 bytes, NUL-terminated; the caller wipes it.
 * Errors: ST_BADVALUE (empty, NUL, longer than PASSWORD_BYTES_MAX, no UTF-8, the two differ), ST_IO.
 */
enum status readpass(char *out, size_t *len, int stdin_wanted, struct fault *f);

#endif
