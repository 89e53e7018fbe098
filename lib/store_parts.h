/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store_parts: what the files store_*.c share; nobody else includes it.
 */
#ifndef GSASLDB_STORE_PARTS_H
#define GSASLDB_STORE_PARTS_H

#include "side.h"
#include "store.h"

/* As side_each(), with each record parsed. */
enum status store_walk(struct side *side, store_visitor *each, void *arg, struct fault *f);

#endif
