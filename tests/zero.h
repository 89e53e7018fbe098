/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * zero: what is promised to be all zeros, padding too; for the tests.
 */
#ifndef GSASLDB_TEST_ZERO_H
#define GSASLDB_TEST_ZERO_H

#include <stdbool.h>
#include <stddef.h>

static inline bool
all_zeros(const void *thing, size_t size)
{
	const unsigned char *bytes = thing;

	for (size_t i = 0; i < size; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

#endif
