/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * progress: a bar with rate and time left on standard error, if that is a terminal; otherwise nothing.
 */
#ifndef GSASLDB_PROGRESS_H
#define GSASLDB_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
	bool terminal;
	const char *what;	/* "hashing" */
	size_t total;		/* 0: not known */
	int64_t began, shown;	/* ms; shown: 0, nothing is on the screen */
};

void progress_start(struct progress *p, const char *what, size_t total);

/* So many are done; shows it a few times a second. */
void progress_show(struct progress *p, size_t done);

/* Takes the bar away. */
void progress_end(struct progress *p);

#endif
