/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * timing: what the programs of the benchmark share.
 */
#ifndef GSASLDB_BENCH_TIMING_H
#define GSASLDB_BENCH_TIMING_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline void
die(const char *what, const char *why)
{
	fprintf(stderr, "bench: %s: %s\n", what, why);
	exit(1);
}

/* Microseconds since some moment. */
static inline double
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

#endif
