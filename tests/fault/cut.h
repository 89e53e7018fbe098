/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cut: cuts the power after each event of a recording, puts into the folder what may be on the disk then (disk.h),
 * and looks whether what is promised is so (promise.h).
 */
#ifndef FAULT_CUT_H
#define FAULT_CUT_H

#include <stdbool.h>
#include <stddef.h>

#include "promise.h"
#include "recorder.h"

#define RUNS_MAX 48

/* One program's part of a recording. */
struct run {
	const char *what;
	size_t first, from, end;	/* events: all of them, and those after which a cut is tried */
	bool acknowledged;		/* it said that it was done */
	struct set set;			/* who was there after it */
};

/* How much is tried. */
struct effort {
	size_t states;		/* of each object at each moment, at most */
	size_t bulk;		/* of the moments of a run with many writes, about */
};

struct tried {
	size_t moments, states;
};

/* After it nothing of the recording is in its folder.  Returns how many states were wrong; the first are printed. */
unsigned cut_runs(const struct recording *r, const struct run *runs, unsigned run_count, const struct effort *e,
    struct tried *out);

#endif
