/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * checksum: CRC-32, eight bytes a step: each lookup and each line of an import pays it.
 */
#include <config.h>

#include <pthread.h>

#include "checksum.h"

#define POLYNOMIAL 0xedb88320u	/* of CRC-32, reflected */
#define STEP 8

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
	for (; len >= STEP; len -= STEP, p += STEP)
		crc = table[7][p[0] ^ (crc & 0xff)] ^ table[6][p[1] ^ (crc >> 8 & 0xff)] ^
		    table[5][p[2] ^ (crc >> 16 & 0xff)] ^ table[4][p[3] ^ crc >> 24] ^
		    table[3][p[4]] ^ table[2][p[5]] ^ table[1][p[6]] ^ table[0][p[7]];
	for (; len > 0; len--, p++)
		crc = crc >> 8 ^ table[0][(crc ^ *p) & 0xff];
	return ~crc;
}
