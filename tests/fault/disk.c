/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "disk.h"
#include "support.h"

#define SECTOR 512
#define FEW 4		/* pending events, of which every subset is tried */
#define SOME 4		/* random choices */
#define TEARS_MAX 8	/* places where one write is torn */

const struct choice choice_none = {.pick = PICK_FIRST, .length = LENGTH_OLD, .old_time = true};
const struct choice choice_all = {.pick = PICK_MASK, .n = UINT64_MAX, .length = LENGTH_NEW};

/* ---- what has happened ---- */

static void
add_pending(struct pending *p, size_t event)
{
	if (p->count == p->room) {
		p->room = p->room * 2 + 16;
		p->event = realloc(p->event, p->room * sizeof(*p->event));
		if (p->event == NULL)
			bail("out of memory");
	}
	p->event[p->count++] = event;
}

void
disk_start(struct disk *d, const struct recording *r)
{
	memset(d, 0, sizeof(*d));
	d->r = r;
	for (unsigned i = 0; i < NAMES_MAX; i++)
		d->names[i] = NO_FILE;
}

void
disk_free(struct disk *d)
{
	for (unsigned i = 0; i < FILES_MAX; i++) {
		free(d->files[i].bytes.data);
		free(d->files[i].pending.event);
	}
	free(d->names_pending.event);
}

static void
change_names(int names[NAMES_MAX], const struct event *e)
{
	for (unsigned i = 0; i < e->name_count; i++)
		names[e->names[i].name] = e->names[i].file;
}

static void
change_bytes(struct bytes *b, const struct event *e)
{
	if (e->kind == EVENT_SIZE)
		bytes_resize(b, e->at);
	else
		bytes_write(b, e->at, e->bytes.data, e->bytes.len);
}

static void
sync_file(struct disk *d, const struct event *e)
{
	struct pending *p = &d->files[e->file].pending;

	for (size_t i = 0; i < p->count; i++)
		change_bytes(&d->files[e->file].bytes, &d->r->events[p->event[i]]);
	p->count = 0;
	if (e->kind == EVENT_SYNC)
		d->files[e->file].mtime = d->files[e->file].mtime_now;
}

void
disk_advance(struct disk *d, size_t event)
{
	const struct event *e = &d->r->events[event];

	switch (e->kind) {
	case EVENT_BYTES:
	case EVENT_SIZE:
		d->files[e->file].mtime_now = e->mtime;
		add_pending(&d->files[e->file].pending, event);
		break;
	case EVENT_NAMES:
		add_pending(&d->names_pending, event);
		break;
	case EVENT_SYNC:
	case EVENT_DATASYNC:
		sync_file(d, e);
		break;
	case EVENT_FOLDER_SYNC:
		for (size_t i = 0; i < d->names_pending.count; i++)
			change_names(d->names, &d->r->events[d->names_pending.event[i]]);
		d->names_pending.count = 0;
		break;
	}
}

/* ---- choices ---- */

static const struct pending *
pending_of(const struct disk *d, unsigned object)
{
	return object == OBJECT_NAMES ? &d->names_pending : &d->files[object].pending;
}

static void
add(struct choices *out, enum pick pick, uint64_t n, uint64_t m, enum length length, bool old_time)
{
	if (out->count == out->room) {
		out->room = out->room * 2 + 64;
		out->list = realloc(out->list, out->room * sizeof(*out->list));
		if (out->list == NULL)
			bail("out of memory");
	}
	out->list[out->count++] = (struct choice){pick, n, m, length, old_time};
}

/* With every length and time. */
static void
add_each(struct choices *out, enum pick pick, uint64_t n, uint64_t m)
{
	for (enum length length = LENGTH_FITS; length <= LENGTH_NEW; length++) {
		add(out, pick, n, m, length, false);
		add(out, pick, n, m, length, true);
	}
}

/* With a length and a time that differ from one to the next. */
static void
add_one(struct choices *out, enum pick pick, uint64_t n)
{
	uint64_t x = mix(n * PICK_SECTORS + pick);

	add(out, pick, n, 0, (enum length)(x % 3), x / 3 % 2 == 0);
}

static size_t
sectors_of(const struct event *e)
{
	return e->bytes.len == 0 ? 1 : (e->at + e->bytes.len - 1) / SECTOR - e->at / SECTOR + 1;
}

static void
add_torn(const struct disk *d, const struct pending *p, struct choices *out)
{
	size_t sectors = sectors_of(&d->r->events[p->event[p->count - 1]]);
	size_t step = (sectors + TEARS_MAX - 1) / TEARS_MAX;

	for (size_t m = step; m < sectors; m += step) {
		add_each(out, PICK_HEAD, p->count - 1, m);
		add_each(out, PICK_TAIL, p->count - 1, m);
	}
}

void
disk_choices(const struct disk *d, unsigned object, struct choices *out)
{
	const struct pending *p = pending_of(d, object);

	if (p->count <= FEW)
		for (uint64_t mask = 0; mask < 1u << p->count; mask++)
			add_each(out, PICK_MASK, mask, 0);
	else
		for (size_t i = 0; i < p->count; i++) {
			add_one(out, PICK_FIRST, i);
			add_one(out, PICK_WITHOUT, i);
			add_one(out, PICK_ONLY, i);
		}
	if (p->count == 0 || object == OBJECT_NAMES)
		return;
	add_each(out, PICK_FIRST, p->count, 0);
	add_torn(d, p, out);
	for (uint64_t i = 0; i < SOME; i++) {
		add_one(out, PICK_SOME, p->event[0] + p->count * SOME + i);
		add_one(out, PICK_SECTORS, p->event[0] + p->count * SOME + i);
	}
}

const char *
choice_text(const struct choice *c, char out[64])
{
	static const char *const picks[] = {"mask", "first", "without", "only", "some", "head", "tail", "sectors"};
	static const char *const lengths[] = {"", ", old length", ", new length"};

	snprintf(out, 64, "%s %llx/%llu%s%s", picks[c->pick], (unsigned long long)c->n, (unsigned long long)c->m,
	    lengths[c->length], c->old_time ? ", old time" : "");
	return out;
}

/* ---- one state ---- */

/* Is the sector-th sector of the i-th pending event there?  absolute: of the file. */
static bool
is_there(const struct choice *c, size_t i, size_t count, size_t sector, size_t absolute)
{
	switch (c->pick) {
	case PICK_MASK:
		return i >= 64 || (c->n >> i & 1) != 0;
	case PICK_FIRST:
		return i < c->n;
	case PICK_WITHOUT:
		return i != c->n;
	case PICK_ONLY:
		return i == c->n;
	case PICK_SOME:
		return (mix(c->n + i * 7919) & 1) != 0;
	case PICK_HEAD:
		return i < c->n || (i == c->n && sector < c->m);
	case PICK_TAIL:
		return i < c->n || (i == c->n && sector >= c->m);
	case PICK_SECTORS:
		return i < mix(c->n + absolute * 7919) % (count + 1);
	}
	return false;
}

/* The part of an event that is there. */
static void
change_sectors(struct bytes *b, const struct event *e, const struct choice *c, size_t i, size_t count)
{
	size_t first = e->at / SECTOR, done = 0, len;

	if (e->kind == EVENT_SIZE) {
		if (is_there(c, i, count, 0, first))
			bytes_resize(b, e->at);
		return;
	}
	for (size_t sector = 0; done < e->bytes.len; sector++, done += len) {
		len = (first + sector + 1) * SECTOR - (e->at + done);
		if (len > e->bytes.len - done)
			len = e->bytes.len - done;
		if (is_there(c, i, count, sector, first + sector))
			bytes_write(b, e->at + done, e->bytes.data + done, len);
	}
}

static void
build_file(const struct disk *d, unsigned file, const struct choice *c, struct state_on_disk *out)
{
	const struct pending *p = &d->files[file].pending;
	struct bytes *b = &out->files[file];
	const struct event *e;
	size_t len = d->files[file].bytes.len;

	bytes_set(b, d->files[file].bytes.data, len);
	for (size_t i = 0; i < p->count; i++) {
		e = &d->r->events[p->event[i]];
		change_sectors(b, e, c, i, p->count);
		if (e->kind == EVENT_SIZE || e->at + e->bytes.len > len)
			len = e->at + e->bytes.len;
	}
	if (c->length == LENGTH_OLD)
		bytes_resize(b, d->files[file].bytes.len);
	else if (c->length == LENGTH_NEW)
		bytes_resize(b, len);
	out->mtimes[file] = c->old_time ? d->files[file].mtime : d->files[file].mtime_now;
}

void
disk_build(const struct disk *d, const struct choice choices[OBJECTS], struct state_on_disk *out)
{
	const struct pending *p = &d->names_pending;

	memcpy(out->names, d->names, sizeof(out->names));
	for (size_t i = 0; i < p->count; i++)
		if (is_there(&choices[OBJECT_NAMES], i, p->count, 0, 0))
			change_names(out->names, &d->r->events[p->event[i]]);
	for (unsigned i = 0; i < d->r->name_count; i++)
		if (out->names[i] != NO_FILE)
			build_file(d, (unsigned)out->names[i], &choices[out->names[i]], out);
}
