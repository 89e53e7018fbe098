/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz: a fuzz target is one file, fuzz_NAME.c, with these two.  It is linked with libFuzzer (`make fuzz`,
 * after ./configure --enable-fuzzing CC=clang), or with replay.c, which runs what is in corpus/NAME
 * (`make check`).  To add one: the file, some inputs in corpus/NAME, and two programs in Makefile.am.
 */
#ifndef GSASLDB_FUZZ_H
#define GSASLDB_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

extern const char fuzz_name[];

/* Feeds the bytes to the target; aborts where a promise is broken.  Returns 0. */
__attribute__((visibility("default"))) int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* As assert(), which a build with NDEBUG would leave out. */
#define FUZZ_EXPECT(condition) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
			abort(); \
		} \
	} while (0)

#endif
