/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz: a fuzz target is one file, fuzz_NAME.c, with these two.  It is linked with libFuzzer (`make fuzz`,
 * after ./configure --enable-fuzzing CC=clang), or else with replay.c, which runs what is in corpus/NAME
 * (`make check`).  To add one: the file, some inputs in corpus/NAME, and its name in Makefile.am.
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

/* ---- support.c: what targets share ---- */

/* Aborts unless text is one line of words that can be shown to anybody. */
void fuzz_expect_words(const char *text);

/* The bytes with a NUL after them, in memory of that size. */
char *fuzz_string(const void *bytes, size_t len);

/* CRC-32, bit by bit: the reference for lib/checksum.c. */
uint32_t fuzz_crc32(uint32_t seed, const void *bytes, size_t len);

/* A folder for this process, in memory where the system has such a place; it is removed when the process
 * ends, however that comes. */
const char *fuzz_folder(void);

/* Makes the file hold these bytes, in place. */
void fuzz_write_file(const char *path, const void *bytes, size_t len);

/* All that the file holds (malloc). */
void *fuzz_read_file(const char *path, size_t *len);

#endif
