/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "recorder.h"
#include "support.h"
#include "trace.h"

#define EVENTS_STEP 1024	/* by which the log grows */

/* ---- bytes ---- */

static void
need_room(struct bytes *b, size_t len)
{
	if (len <= b->room)
		return;
	b->room = len + len / 4;
	b->data = realloc(b->data, b->room);
	if (b->data == NULL)
		bail("out of memory");
}

void
bytes_resize(struct bytes *b, size_t len)
{
	need_room(b, len);
	if (len > b->len)
		memset(b->data + b->len, 0, len - b->len);
	b->len = len;
}

void
bytes_write(struct bytes *b, size_t at, const void *data, size_t len)
{
	if (at + len > b->len)
		bytes_resize(b, at + len);
	if (len > 0)
		memcpy(b->data + at, data, len);
}

void
bytes_set(struct bytes *b, const void *data, size_t len)
{
	b->len = 0;
	bytes_write(b, 0, data, len);
}

/* ---- the recording ---- */

void
recording_start(struct recording *r, const char *in)
{
	memset(r, 0, sizeof(*r));
	r->folder = in;
}

void
recording_free(struct recording *r)
{
	for (size_t i = 0; i < r->count; i++)
		free(r->events[i].bytes.data);
	for (unsigned i = 0; i < r->file_count; i++)
		free(r->files[i].now.data);
	free(r->events);
}

static struct event *
add_event(struct recording *r, enum event_kind kind)
{
	struct event *e;

	if (r->count % EVENTS_STEP == 0)
		r->events = realloc(r->events, (r->count + EVENTS_STEP) * sizeof(*r->events));
	if (r->events == NULL)
		bail("out of memory");
	e = &r->events[r->count++];
	*e = (struct event){.kind = kind};
	return e;
}

static int
find_file(const struct recording *r, ino_t inode)
{
	for (unsigned i = 0; i < r->file_count; i++)
		if (r->files[i].inode == inode)
			return (int)i;
	return NO_FILE;
}

static int
find_or_add_file(struct recording *r, ino_t inode)
{
	int file = find_file(r, inode);

	if (file != NO_FILE)
		return file;
	if (r->file_count == FILES_MAX)
		bail("more than %d files", FILES_MAX);
	r->files[r->file_count].inode = inode;
	return (int)r->file_count++;
}

static unsigned
find_or_add_name(struct recording *r, const char *text)
{
	for (unsigned i = 0; i < r->name_count; i++)
		if (strcmp(r->names[i].text, text) == 0)
			return i;
	if (r->name_count == NAMES_MAX)
		bail("more than %d names", NAMES_MAX);
	snprintf(r->names[r->name_count].text, sizeof(r->names[0].text), "%s", text);
	r->names[r->name_count].file = NO_FILE;
	return r->name_count++;
}

/* What every name names now: NO_FILE of those that are gone. */
static void
scan(struct recording *r, int now[NAMES_MAX])
{
	struct dirent *entry;
	DIR *dir = opendir(r->folder);

	if (dir == NULL)
		bail("%s: %s", r->folder, strerror(errno));
	for (unsigned i = 0; i < NAMES_MAX; i++)
		now[i] = NO_FILE;
	while ((entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			now[find_or_add_name(r, entry->d_name)] = find_or_add_file(r, entry->d_ino);
	closedir(dir);
}

/* A file without a name is gone; the next file may get its inode. */
static void
forget_nameless(struct recording *r)
{
	bool named[FILES_MAX] = {false};

	for (unsigned i = 0; i < r->name_count; i++)
		if (r->names[i].file != NO_FILE)
			named[r->names[i].file] = true;
	for (unsigned i = 0; i < r->file_count; i++)
		if (!named[i])
			r->files[i].inode = 0;
}

static void
record_names(struct recording *r)
{
	struct event *e = NULL;
	int now[NAMES_MAX];

	scan(r, now);
	for (unsigned i = 0; i < r->name_count; i++) {
		if (r->names[i].file == now[i])
			continue;
		if (e == NULL)
			e = add_event(r, EVENT_NAMES);
		if (e->name_count == 2)
			bail("one call changed more than two names");
		e->names[e->name_count++] = (struct name_change){.name = i, .file = now[i]};
		r->names[i].file = now[i];
	}
	forget_nameless(r);
}

/* The offset of a descriptor of the program. */
static size_t
offset_of(const struct trace *t, int fd)
{
	char name[64];
	unsigned long long at = 0;
	FILE *in;

	trace_proc(t, name, "fdinfo", fd);
	in = fopen(name, "r");
	if (in == NULL || fscanf(in, "pos: %llu", &at) != 1)
		bail("%s: cannot be read", name);
	fclose(in);
	return (size_t)at;
}

/* Adds what was written to or done with the size of a file: from the file itself. */
static void
record_content(struct recording *r, const struct trace *t, const struct change_call *call, unsigned file,
    const struct stat *st)
{
	struct recorded_file *f = &r->files[file];
	struct event *e = add_event(r, call->change == CHANGE_SIZE ? EVENT_SIZE : EVENT_BYTES);
	char name[64];
	int fd;

	e->file = file;
	e->mtime = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
	if (e->kind == EVENT_SIZE) {
		e->at = (size_t)st->st_size;
		bytes_resize(&f->now, e->at);
		return;
	}
	e->at = call->change == CHANGE_BYTES_AT ? call->at : offset_of(t, call->fd) - call->len;
	bytes_resize(&e->bytes, call->len);
	trace_proc(t, name, "fd", call->fd);
	fd = open(name, O_RDONLY);
	if (fd < 0 || pread(fd, e->bytes.data, call->len, (off_t)e->at) != (ssize_t)call->len)
		bail("%s: %s", name, strerror(errno));
	close(fd);
	bytes_write(&f->now, e->at, e->bytes.data, call->len);
}

static void
record_call(struct recording *r, const struct trace *t, const struct change_call *call)
{
	struct stat st, dir;
	char name[64];
	int file;

	if (call->change == CHANGE_NAMES)
		record_names(r);
	if (call->fd < 0)
		return;
	trace_proc(t, name, "fd", call->fd);
	if (stat(name, &st) != 0 || stat(r->folder, &dir) != 0)
		bail("%s: %s", name, strerror(errno));
	if (st.st_dev != dir.st_dev)
		return;
	file = find_file(r, st.st_ino);
	if (st.st_ino == dir.st_ino && call->change == CHANGE_SYNC)
		add_event(r, EVENT_FOLDER_SYNC);
	if (file == NO_FILE)	/* one without a name does not outlive its program */
		return;
	if (call->change == CHANGE_SYNC || call->change == CHANGE_DATASYNC)
		add_event(r, call->change == CHANGE_SYNC ? EVENT_SYNC : EVENT_DATASYNC)->file = (unsigned)file;
	else if (call->change != CHANGE_NAMES)
		record_content(r, t, call, (unsigned)file, &st);
	else if ((size_t)st.st_size != r->files[file].now.len)	/* O_TRUNC */
		record_content(r, t, &(struct change_call){.change = CHANGE_SIZE, .fd = call->fd}, (unsigned)file, &st);
}

/* A call that the trace does not know would make everything that follows worthless. */
static void
compare_files(struct recording *r)
{
	static unsigned char data[1 << 16];
	int now[NAMES_MAX];
	char name[512];
	size_t at;
	ssize_t n;
	int fd;

	scan(r, now);
	for (unsigned i = 0; i < r->name_count; i++) {
		if (now[i] != r->names[i].file)
			bail("%s: was changed without a trace", r->names[i].text);
		if (now[i] == NO_FILE)
			continue;
		snprintf(name, sizeof(name), "%s/%s", r->folder, r->names[i].text);
		fd = open(name, O_RDONLY);
		const struct bytes *kept = &r->files[now[i]].now;
		for (at = 0; (n = read(fd, data, sizeof(data))) > 0; at += (size_t)n)
			if (at + (size_t)n > kept->len || memcmp(kept->data + at, data, (size_t)n) != 0)
				bail("%s: was written without a trace", name);
		close(fd);
		if (n < 0 || at != kept->len)
			bail("%s: has another length than was traced", name);
	}
}

int
record_run(struct recording *r, char *const argv[], const char *input, const char *output, unsigned kill_after)
{
	struct change_call call;
	struct trace t;
	unsigned calls = 0;

	trace_start(&t, argv, input, output);
	while (trace_next(&t, &call)) {
		if (!trace_in_folder(&t, call.fd, r->folder))
			continue;
		record_call(r, &t, &call);
		if (++calls == kill_after) {
			trace_kill(&t);
			break;
		}
	}
	compare_files(r);
	if (WIFSIGNALED(t.status) && kill_after == 0)
		bail("%s died of signal %d", argv[0], WTERMSIG(t.status));
	return WIFSIGNALED(t.status) ? -1 : WEXITSTATUS(t.status);
}
