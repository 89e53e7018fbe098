/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * txn: the end of a transaction, for the tests that write to a store.
 */
#ifndef GSASLDB_TEST_TXN_H
#define GSASLDB_TEST_TXN_H

#include "store.h"

/* Commits if all went well until now (status), else takes everything back. */
static inline enum status
txn_end(struct store_txn *t, enum status status, struct fault *f)
{
	if (status == ST_OK)
		return store_commit(t, f);
	store_abort(t);
	return status;
}

#endif
