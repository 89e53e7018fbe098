/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * progress: one line that is written over and over.  Knows nothing of what is done.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "progress.h"

#define EVERY_MS 200
#define BAR_WIDTH 30

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void
progress_start(struct progress *p, const char *what, size_t total)
{
	*p = (struct progress){isatty(STDERR_FILENO) == 1, what, total, now_ms(), 0};
}

void
progress_show(struct progress *p, size_t done)
{
	static const char bar[BAR_WIDTH + 1] = "##############################";
	int64_t now = p->terminal ? now_ms() : 0, spent = now - p->began;
	size_t rate, left, width;

	if (!p->terminal || now - (p->shown != 0 ? p->shown : p->began) < EVERY_MS)
		return;
	p->shown = now;
	rate = done * 1000 / (size_t)spent;
	if (p->total == 0 || done > p->total) {
		fprintf(stderr, "\r%s: %zu, %zu/s \033[K", p->what, done, rate);
		return;
	}
	width = done * BAR_WIDTH / p->total;
	left = done > 0 ? (p->total - done) * (size_t)spent / done / 1000 : 0;
	fprintf(stderr, "\r%s: [%.*s%*s] %zu of %zu, %zu/s, %zu:%02zu left \033[K", p->what, (int)width, bar,
	    (int)(BAR_WIDTH - width), "", done, p->total, rate, left / 60, left % 60);
}

void
progress_end(struct progress *p)
{
	if (p->shown != 0)
		fprintf(stderr, "\r\033[K");
	p->shown = 0;
}
