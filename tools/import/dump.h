/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dump: the text that db_dump (Berkeley DB) and mdb_dump (LMDB) write, with or without -p: a header of
 * NAME=VALUE lines from VERSION=3 to HEADER=END, then lines that begin with one space, a key and its value in
 * turn, to DATA=END; perhaps another such part.
 */
#ifndef GSASLDB_IMPORT_DUMP_H
#define GSASLDB_IMPORT_DUMP_H

#include "format.h"

#define DUMP_KEY_MAX 1024	/* a longer one is a bad line: no user's is so long */

/*
 * line: the key's.  doubtful: mdb_dump -p wrote value, and some of its versions write a backslash that belongs
 * to it as if it began an escape.  Anything but ST_OK ends the reading and is returned.
 */
typedef enum status dump_visitor(void *arg, unsigned long line, const char *key, size_t key_len,
    const char *value, size_t len, bool doubtful, struct fault *f);

/* Calls each for every key and value.  What is wrong goes to sink->bad().  Errors besides: ST_IO. */
enum status dump_each(struct input *in, dump_visitor *each, void *arg, const struct import_sink *sink,
    struct fault *f);

#endif
