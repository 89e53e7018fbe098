/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cut.h"
#include "disk.h"
#include "support.h"

#define SHOWN_MAX 20
#define SEEN_SIZE (1u << 22)
#define MANY 12			/* pending writes, from which on not every moment is looked at */

static const struct recording *recording;
static const struct effort *effort;
static struct tried tried;
static unsigned recordings;	/* so far */
static unsigned failures;
static char parked[300];	/* a folder for the files that are not in use */
static int file_fds[FILES_MAX];
static ino_t inodes[FILES_MAX];

/* ---- a state of the disk in the folder ---- */

static void
parked_name(char out[320], unsigned file)
{
	snprintf(out, 320, "%s/%u", parked, file);
}

/* Takes the files out of the folder; the same inodes come back in each state, since the store knows them by
 * that.  What is none of them is removed. */
static void
clear_folder(void)
{
	struct dirent *entry;
	char from[600], to[320];
	DIR *dir = opendir(recording->folder);

	if (dir == NULL)
		bail("%s: %s", recording->folder, strerror(errno));
	while ((entry = readdir(dir)) != NULL) {
		unsigned file = 0;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		while (file < recording->file_count && inodes[file] != entry->d_ino)
			file++;
		snprintf(from, sizeof(from), "%s/%s", recording->folder, entry->d_name);
		parked_name(to, file);
		/* of two names of one file the second goes */
		if (file == recording->file_count || access(to, F_OK) == 0 ? unlink(from) != 0 : rename(from, to) != 0)
			bail("%s: %s", from, strerror(errno));
	}
	closedir(dir);
}

/* A file that was removed while it was recorded gets another inode, as if it had been copied. */
static void
park_files(void)
{
	struct stat st;
	char name[320];

	snprintf(parked, sizeof(parked), "%s/parked", folder);
	if (mkdir(parked, 0700) != 0)
		bail("%s: %s", parked, strerror(errno));
	for (unsigned i = 0; i < recording->file_count; i++)
		inodes[i] = recording->files[i].inode;
	clear_folder();
	for (unsigned i = 0; i < recording->file_count; i++) {
		parked_name(name, i);
		file_fds[i] = open(name, O_RDWR | O_CREAT, 0600);
		if (file_fds[i] < 0 || fstat(file_fds[i], &st) != 0)
			bail("%s: %s", name, strerror(errno));
		inodes[i] = st.st_ino;
	}
}

static void
remove_parked(void)
{
	char name[320];

	for (unsigned i = 0; i < recording->file_count; i++) {
		close(file_fds[i]);
		parked_name(name, i);
		unlink(name);
	}
	rmdir(parked);
}

static void
place_file(unsigned file, const struct state_on_disk *s)
{
	const struct bytes *b = &s->files[file];
	const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT},
	    {s->mtimes[file] / 1000000000, s->mtimes[file] % 1000000000}};

	if (pwrite(file_fds[file], b->data, b->len, 0) != (ssize_t)b->len ||
	    ftruncate(file_fds[file], (off_t)b->len) != 0 || futimens(file_fds[file], times) != 0)
		bail("writing a state: %s", strerror(errno));
}

static void
place(const struct state_on_disk *s)
{
	char from[320], to[600], first[FILES_MAX][600] = {0};

	for (unsigned i = 0; i < recording->name_count; i++) {
		int file = s->names[i];

		if (file == NO_FILE)
			continue;
		parked_name(from, (unsigned)file);
		snprintf(to, sizeof(to), "%s/%s", recording->folder, recording->names[i].text);
		if (first[file][0] != '\0' ? link(first[file], to) != 0 : rename(from, to) != 0)
			bail("%s: %s", to, strerror(errno));
		strcpy(first[file], to);
		place_file((unsigned)file, s);
	}
}

/* ---- cuts ---- */

/* One moment: after an event of a run. */
struct moment {
	const struct disk *disk;
	const struct run *run;
	size_t event;
	const struct set *allowed[RUNS_MAX];	/* that may be there */
	unsigned allowed_count;
};

static uint64_t
hash_state(const struct moment *m, const struct state_on_disk *s)
{
	/* what may be there belongs to it */
	const uint64_t when[] = {recordings, m->run->first, m->allowed_count};
	uint64_t hash = hash_bytes(2, when, sizeof(when));

	for (unsigned i = 0; i < recording->name_count; i++) {
		int file = s->names[i];

		hash = hash_bytes(hash, &file, sizeof(file));
		if (file == NO_FILE)
			continue;
		hash = hash_bytes(hash, s->files[file].data, s->files[file].len);
		/* nobody looks at the time of the state */
		if (strcmp(recording->names[i].text, ".db.state") != 0)
			hash = hash_bytes(hash, &s->mtimes[file], sizeof(s->mtimes[file]));
	}
	return hash;
}

/* Was it tried before? */
static bool
seen_before(uint64_t hash)
{
	static uint64_t *seen;
	static size_t used;
	size_t at;

	if (seen == NULL && (seen = calloc(SEEN_SIZE, sizeof(*seen))) == NULL)
		bail("out of memory");
	for (at = hash % SEEN_SIZE; seen[at] != 0; at = (at + 1) % SEEN_SIZE)
		if (seen[at] == hash)
			return true;
	if (++used < SEEN_SIZE / 2)
		seen[at] = hash;
	return false;
}

static void
complain(const struct moment *m, const struct choice choices[OBJECTS], const char *words)
{
	char text[64];

	if (failures++ >= SHOWN_MAX)
		return;
	printf("# %s, event %zu: %s\n", m->run->what, m->event - m->run->first, words);
	for (unsigned i = 0; i < recording->name_count; i++) {
		int file = recording->names[i].file;

		if (file != NO_FILE && m->disk->files[file].pending.count > 0)
			printf("#   %s: %s of %zu\n", recording->names[i].text, choice_text(&choices[file], text),
			    m->disk->files[file].pending.count);
	}
	if (m->disk->names_pending.count > 0)
		printf("#   names: %s of %zu\n", choice_text(&choices[OBJECT_NAMES], text),
		    m->disk->names_pending.count);
}

static void
try_state(const struct moment *m, const struct choice choices[OBJECTS])
{
	static struct state_on_disk s;
	const char *words;

	disk_build(m->disk, choices, &s);
	if (seen_before(hash_state(m, &s)))
		return;
	place(&s);
	tried.states++;
	words = promise_check(m->allowed, m->allowed_count);
	if (words != NULL)
		complain(m, choices, words);
	clear_folder();
}

static bool
varies(const struct disk *d, unsigned object)
{
	return object == OBJECT_NAMES ? d->names_pending.count > 0
	    : d->files[object].pending.count > 0 || d->files[object].mtime != d->files[object].mtime_now;
}

/* One object in all its ways (or so many of them), with all of the others on disk, and with none of them. */
static void
vary_object(const struct moment *m, unsigned object, struct choices *list, size_t limit)
{
	struct choice choices[OBJECTS];
	size_t at;

	for (size_t i = 0; i < list->count && i < limit; i++) {
		/* a sample, without any twice */
		at = i + (list->count > limit ? mix(m->event * 31 + i) % (list->count - i) : 0);
		struct choice c = list->list[at];
		list->list[at] = list->list[i];
		list->list[i] = c;
		for (unsigned all = 0; all < 2; all++) {
			for (unsigned j = 0; j < OBJECTS; j++)
				choices[j] = all != 0 ? choice_all : choice_none;
			choices[object] = c;
			try_state(m, choices);
		}
	}
}

static void
vary_all(const struct moment *m, struct choices lists[OBJECTS], size_t limit)
{
	struct choice choices[OBJECTS];

	for (size_t i = 0; i < limit; i++) {
		for (unsigned j = 0; j < OBJECTS; j++)
			choices[j] = lists[j].count == 0 ? choice_all
			    : lists[j].list[mix(m->event * 131 + i * 17 + j) % lists[j].count];
		try_state(m, choices);
	}
}

/* The power is cut now. */
static void
cut(const struct moment *m)
{
	static struct choices lists[OBJECTS];
	unsigned varying = 0;

	tried.moments++;
	for (unsigned i = 0; i < OBJECTS; i++) {
		lists[i].count = 0;
		if (varies(m->disk, i)) {
			disk_choices(m->disk, i, &lists[i]);
			varying++;
		}
	}
	for (unsigned i = 0; i < OBJECTS; i++)
		vary_object(m, i, &lists[i], effort->states);
	if (varying == 0)
		vary_all(m, lists, 1);
	else if (varying > 1)
		vary_all(m, lists, effort->states);
}

/* With many pending writes one more makes little difference: is this moment one of those that are looked at? */
static bool
is_chosen(const struct disk *d, const struct run *run, size_t event)
{
	const struct event *next = event + 1 < recording->count ? &recording->events[event + 1] : NULL;
	size_t pending = 0;

	for (unsigned i = 0; i < FILES_MAX; i++)
		if (d->files[i].pending.count > pending)
			pending = d->files[i].pending.count;
	if (pending < MANY || event + 1 >= run->end || (next != NULL && next->kind == EVENT_SYNC))
		return true;
	return mix(event) % (run->end - run->first) < effort->bulk;
}

unsigned
cut_runs(const struct recording *r, const struct run *runs, unsigned run_count, const struct effort *e,
    struct tried *out)
{
	static const struct set nobody;
	struct disk disk;
	struct moment m = {.disk = &disk};
	unsigned before = failures;

	recording = r;
	recordings++;
	effort = e;
	tried = (struct tried){0};
	park_files();
	disk_start(&disk, r);
	m.allowed[m.allowed_count++] = &nobody;
	for (unsigned i = 0; i < run_count; i++) {
		m.run = &runs[i];
		m.allowed[m.allowed_count++] = &runs[i].set;
		for (m.event = runs[i].first; m.event < runs[i].end; m.event++) {
			disk_advance(&disk, m.event);
			if (m.event >= runs[i].from && is_chosen(&disk, &runs[i], m.event))
				cut(&m);
		}
		if (runs[i].acknowledged) {
			m.allowed[0] = &runs[i].set;
			m.allowed_count = 1;
		}
		if (runs[i].acknowledged && runs[i].from < runs[i].end)
			cut(&m);
	}
	disk_free(&disk);
	remove_parked();
	*out = tried;
	return failures - before;
}
