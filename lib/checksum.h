/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * checksum: CRC-32 (IEEE 802.3, the one of zlib and PNG), against accidents, not against attackers.
 */
#ifndef GSASLDB_CHECKSUM_H
#define GSASLDB_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* The checksum of what seed is the checksum of, followed by these bytes; seed 0 to start. */
uint32_t checksum(uint32_t seed, const void *data, size_t len);

#endif
