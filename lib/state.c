/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * state: one small file.
 */
#include <config.h>

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "checksum.h"
#include "state.h"

static const char state_magic[8] = {'g', 's', 'a', 's', 'l', 'd', 'b', '\n'};
#define STATE_VERSION 2u
#define CHECKED_BYTES offsetof(struct state, check)

void
state_init(struct state *s, enum phase phase, const struct generation *from, const struct generation *to)
{
	memset(s, 0, sizeof(*s));
	memcpy(s->magic, state_magic, sizeof(state_magic));
	s->version = STATE_VERSION;
	s->phase = phase;
	s->from = *from;
	s->to = *to;
}

const struct generation *
state_current(const struct state *s)
{
	return s->phase == PHASE_LEFT_DIRTY ? &s->from : &s->to;
}

enum status
state_read(struct state *out, int fd)
{
	ssize_t n;

	do
		n = pread(fd, out, sizeof(*out), 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return ST_IO;
	if (n != (ssize_t)sizeof(*out) || memcmp(out->magic, state_magic, sizeof(state_magic)) != 0 ||
	    out->version != STATE_VERSION || out->phase > PHASE_RIGHT_DIRTY ||
	    out->check != checksum(0, out, CHECKED_BYTES))
		return ST_CORRUPT;
	return ST_OK;
}

const struct state *
state_map(int fd)
{
	struct stat st;
	void *window;

	if (fstat(fd, &st) != 0 || st.st_size < (off_t)sizeof(struct state))
		return NULL;
	window = mmap(NULL, sizeof(struct state), PROT_READ, MAP_SHARED, fd, 0);
	/* cppcheck-suppress memleak ; the caller has it then */
	return window == MAP_FAILED ? NULL : window;
}

void
state_unmap(const struct state *window)
{
	if (window != NULL)
		munmap((void *)(uintptr_t)window, sizeof(*window));
}

bool
state_unchanged(const struct state *seen, int fd, const struct state *window)
{
	struct state now;

	if (window != NULL) {
		/* what was fetched before must have been read before */
		atomic_thread_fence(memory_order_acquire);
		return memcmp(window, seen, sizeof(*seen)) == 0;
	}
	return pread(fd, &now, sizeof(now), 0) == (ssize_t)sizeof(now) && memcmp(&now, seen, sizeof(now)) == 0;
}

enum status
state_write(struct state *s, int fd, bool sync, const char *path, struct fault *f)
{
	ssize_t n;

	s->check = checksum(0, s, CHECKED_BYTES);
	do
		n = pwrite(fd, s, sizeof(*s), 0);
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof(*s))
		return fault_set(f, ST_IO, n < 0 ? errno : ENOSPC, "%s", path);
	if (sync && fdatasync(fd) != 0)
		return fault_set(f, ST_IO, errno, "%s", path);
	return ST_OK;
}
