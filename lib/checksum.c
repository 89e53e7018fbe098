/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * checksum: CRC-32, sixteen bytes a step: each lookup and each line of an import pays it.
 */
#include <config.h>

#include <pthread.h>

#include "checksum.h"

#define POLYNOMIAL 0xedb88320u	/* of CRC-32, reflected */
#define STEP 16

/* table[k][n]: the register after the byte n and k zero bytes. */
static uint32_t table[STEP][256];
static pthread_once_t table_once = PTHREAD_ONCE_INIT;

static void
make_table(void)
{
	for (uint32_t n = 0; n < 256; n++) {
		uint32_t crc = n;

		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ ((crc & 1) != 0 ? POLYNOMIAL : 0);
		table[0][n] = crc;
	}
	for (int k = 1; k < STEP; k++)
		for (uint32_t n = 0; n < 256; n++)
			table[k][n] = table[k - 1][n] >> 8 ^ table[0][table[k - 1][n] & 0xff];
}

uint32_t
checksum(uint32_t seed, const void *data, size_t len)
{
	const unsigned char *p = data;
	uint32_t crc = ~seed;

	pthread_once(&table_once, make_table);
	for (; len >= STEP; len -= STEP, p += STEP) {
		uint32_t next = 0;

		/* the bytes that do not wait for the step before come first */
#pragma GCC unroll 16
		for (int i = STEP - 1; i >= 0; i--)
			next ^= table[STEP - 1 - i][p[i] ^ (i < 4 ? crc >> 8 * i & 0xff : 0)];
		crc = next;
	}
	for (; len > 0; len--, p++)
		crc = crc >> 8 ^ table[0][(crc ^ *p) & 0xff];
	return ~crc;
}
