/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * clock: clock.so stands before libc, for a program that is started with LD_PRELOAD: its clock is wrong by as many
 * seconds as CLOCK_AHEAD says.  Clocks that measure time since a start are right.
 */
#include <config.h>

#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

/* The build hides what is not exported; these must be found before libc's. */
#pragma GCC visibility push(default)

static long
ahead(void)
{
	const char *text = getenv("CLOCK_AHEAD");

	return text != NULL ? atol(text) : 0;
}

int
clock_gettime(clockid_t clock, struct timespec *out)
{
	static int (*real)(clockid_t, struct timespec *);
	int result;

	if (real == NULL)
		real = (int (*)(clockid_t, struct timespec *))(uintptr_t)dlsym(RTLD_NEXT, "clock_gettime");
	result = real(clock, out);
	if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
		out->tv_sec += ahead();
	return result;
}

time_t
time(time_t *out)
{
	struct timespec now = {0};

	clock_gettime(CLOCK_REALTIME, &now);
	if (out != NULL)
		*out = now.tv_sec;
	return now.tv_sec;
}

int
gettimeofday(struct timeval *restrict out, void *restrict zone)
{
	struct timespec now = {0};

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &now);
	out->tv_sec = now.tv_sec;
	out->tv_usec = now.tv_nsec / 1000;
	return 0;
}

#pragma GCC visibility pop
