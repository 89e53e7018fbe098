/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "failing.h"
#include "story_clock.h"

#define SECOND INT64_C(1000000000)
#define TICK INT64_C(1000)	/* a look at it */

static struct {
	int64_t now;		/* since the machine was started */
	int64_t calendar;	/* is that much more */
	int64_t right;		/* the same before anybody changed it */
	unsigned stamps;
} *shared;

void
clock_begin(void)
{
	struct timespec monotonic, real;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		abort();
	syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &monotonic);
	syscall(SYS_clock_gettime, CLOCK_REALTIME, &real);
	shared->now = 1000 * SECOND + monotonic.tv_sec * SECOND;
	shared->calendar = shared->right = real.tv_sec * SECOND + real.tv_nsec - shared->now;
	failing_changed = clock_stamp;
}

int64_t
clock_now(void)
{
	return shared->now;
}

void
clock_pass(int64_t ns)
{
	shared->now += ns;
}

void
clock_turn(int64_t seconds)
{
	shared->calendar += seconds * SECOND;
}

void
clock_right(void)
{
	shared->calendar = shared->right;
}

static struct timespec
calendar(void)
{
	int64_t ns = shared->now + shared->calendar;

	return (struct timespec){.tv_sec = ns / SECOND, .tv_nsec = ns % SECOND};
}

void
clock_stamp(int fd)
{
	struct timespec times[2];

	clock_pass(TICK);
	times[0] = times[1] = calendar();
	/* pipes have none */
	if (syscall(SYS_utimensat, fd, NULL, times, 0) == 0)
		shared->stamps++;
}

unsigned
clock_stamps(void)
{
	return shared->stamps;
}

/* ---- libc's ---- */

int
clock_gettime(clockid_t id, struct timespec *out)
{
	if (shared == NULL)
		return (int)syscall(SYS_clock_gettime, id, out);
	clock_pass(TICK);
	if (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)
		*out = calendar();
	else
		*out = (struct timespec){.tv_sec = shared->now / SECOND, .tv_nsec = shared->now % SECOND};
	return 0;
}

time_t
time(time_t *out)
{
	struct timespec t;
	time_t now;

	clock_gettime(CLOCK_REALTIME, &t);
	now = t.tv_sec;
	if (out != NULL)
		*out = now;
	return now;
}

int
nanosleep(const struct timespec *wanted, struct timespec *rest)
{
	if (shared == NULL)
		return (int)syscall(SYS_nanosleep, wanted, rest);
	clock_pass(wanted->tv_sec * SECOND + wanted->tv_nsec);
	return 0;
}

int
clock_nanosleep(clockid_t id, int flags, const struct timespec *wanted, struct timespec *rest)
{
	struct timespec now;

	if ((flags & TIMER_ABSTIME) == 0)
		return nanosleep(wanted, rest);
	clock_gettime(id, &now);
	if (wanted->tv_sec > now.tv_sec || (wanted->tv_sec == now.tv_sec && wanted->tv_nsec > now.tv_nsec))
		clock_pass((wanted->tv_sec - now.tv_sec) * SECOND + wanted->tv_nsec - now.tv_nsec);
	return 0;
}
