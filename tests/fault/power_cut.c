/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * power_cut short|plain|long: what the tools write is recorded, and the power is cut after each of their writes.
 *
 * For each such moment the files are made as they may be on the disk then (disk.h): what was synced is there, of
 * the rest anything or nothing.  Each time the store must open and hold every change that was acknowledged
 * before; of one that was not, all or nothing; the next write must work, and a listing after it must be what
 * was there before and that one change, on both sides alike.  Prints TAP.
 */
#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk.h"
#include "files.h"
#include "recorder.h"
#include "side.h"
#include "state.h"
#include "store.h"
#include "support.h"
#include "trace.h"

#define REALM "cut.example.test"
#define USERS_MAX 1400		/* the last is the one that the next write adds */
#define RUNS_MAX 48
#define SHOWN_MAX 20
#define SEEN_SIZE (1u << 22)
#define MANY 12			/* pending writes, from which on not every moment is looked at */

/* How much is tried. */
static const struct effort {
	const char *name;
	size_t states;		/* at each moment, about */
	size_t bulk;		/* of the moments of a run with many writes, this many */
	unsigned step;		/* kills after every step-th call */
	unsigned users;		/* in an import */
} efforts[] = {{"short", 4, 10, 12, 30}, {"plain", 8, 40, 4, 60}, {"long", 60, 200, 1, 150}},
    many_users = {"many users", 4, 60, 1, 1300};	/* more than a writer remembers changes for */

static const struct effort *effort;
static char base[280], parked[300], output[300], input[300];
static unsigned shown;
static size_t moments, states;

/* ---- who is there ---- */

/* A hash of each user's record, 0: is not there. */
struct set {
	uint64_t users[USERS_MAX];
};

static unsigned user_count;	/* that are looked up */

static uint64_t
hash_bytes(uint64_t seed, const void *data, size_t len)
{
	const unsigned char *at = data;
	uint64_t word, hash = seed + len;

	for (; len >= sizeof(word); at += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		hash = (hash ^ word) * 0x9e3779b97f4a7c15;
		hash ^= hash >> 29;
	}
	word = 0;
	memcpy(&word, at, len);
	return mix(hash ^ word);
}

static uint64_t
hash_record(const struct record *r)
{
	uint64_t hash;
	char *value;
	size_t len;

	if (record_format(r, &value, &len, NULL) != ST_OK)
		bail("record_format");
	hash = hash_bytes(1, value, len);
	record_free_value(value, len);
	return hash;
}

static void
user_name(struct name *out, unsigned user)
{
	char text[32];

	snprintf(text, sizeof(text), "user%u", user);
	if (name_parse(out, text, REALM, NULL, NULL) != ST_OK)
		bail("name_parse");
}

/* Everybody, by a lookup each.  False: *f says why not. */
static bool
get_set(struct set *out, struct fault *f)
{
	struct store *s;
	struct name name;
	struct record r;
	enum status status;

	memset(out, 0, sizeof(*out));
	status = store_open(&s, path, f);
	if (status == ST_NODB)
		return true;
	for (unsigned i = 0; status == ST_OK && i < user_count; i++) {
		user_name(&name, i);
		status = store_get(s, &name, &r, f);
		if (status == ST_OK)
			out->users[i] = hash_record(&r);
		else if (status == ST_NOTFOUND)
			status = ST_OK;
		record_clear(&r);
	}
	if (status == ST_OK && store_trouble(s, f))
		status = f->status;
	store_close(s);
	return status == ST_OK;
}

static enum status
add_record(void *arg, const struct record *r, struct fault *f)
{
	(void)f;
	*(uint64_t *)arg += hash_record(r);
	return ST_OK;
}

static enum status
add_value(void *arg, const char *key, size_t key_len, const char *value, size_t len, struct fault *f)
{
	(void)f;
	*(uint64_t *)arg += hash_bytes(hash_bytes(1, key, key_len), value, len);
	return ST_OK;
}

/* ---- runs ---- */

struct run {
	const char *what;
	size_t first, from, end;	/* events: all of them, and those after which a cut is tried */
	bool acknowledged;
	struct set set;			/* after it */
};

static struct recording recording;
static struct run runs[RUNS_MAX];
static unsigned run_count;

/* Starts with an empty folder and users that are named user0, user1, ... */
static void
start_runs(unsigned users)
{
	if (mkdir(base, 0700) != 0 || mkdir(parked, 0700) != 0)
		bail("%s: %s", base, strerror(errno));
	recording_start(&recording, base);
	run_count = 0;
	user_count = users;
}

static struct run *
record(const char *what, unsigned kill_after, const char *program, ...)
{
	struct run *run = &runs[run_count++];
	char *argv[16] = {(char *)(uintptr_t)program};
	struct fault f;
	va_list ap;
	int code;

	if (run_count > RUNS_MAX)
		bail("more than %d runs", RUNS_MAX);
	va_start(ap, program);
	for (int i = 1; i < 15 && (argv[i] = va_arg(ap, char *)) != NULL; i++)
		;
	va_end(ap);
	*run = (struct run){.what = what, .first = recording.count, .from = recording.count};
	code = record_run(&recording, argv, input, output, kill_after);
	run->end = recording.count;
	run->acknowledged = code == 0;
	if (code > 0)
		bail("%s: exit code %d (see %s)", what, code, output);
	if (!get_set(&run->set, &f))
		bail("%s: %s", what, f.text);
	return run;
}

/* The password is new each time, and as long as that. */
static struct run *
set_password(const char *what, unsigned kill_after, const char *options, const char *user)
{
	static unsigned turn;
	FILE *out = fopen(input, "w");

	if (out == NULL)
		bail("%s: %s", input, strerror(errno));
	turn++;
	for (unsigned i = 0; i < 10 + turn * 37 % 300; i++)
		fputc('a' + (int)(turn % 26), out);
	fclose(out);
	return record(what, kill_after, built("saslpasswd"), options, "CLEARTEXT", "-f", path, "-u", REALM, user, NULL);
}

static struct run *
repair(const char *what, unsigned kill_after)
{
	return record(what, kill_after, built("gsasldb"), "init", "-f", path, NULL);
}

static struct run *
import(const char *what, unsigned kill_after, unsigned first, unsigned last, char letter)
{
	FILE *out = fopen(input, "w");

	if (out == NULL)
		bail("%s: %s", input, strerror(errno));
	for (unsigned i = first; i < last; i++)
		fprintf(out, "{\"user\":\"user%u\",\"realm\":\"%s\",\"secrets\":{\"CLEARTEXT\":\"%c%0*u\"}}\n", i, REALM,
		    letter, (int)(10 + i * 31 % 120), i);
	fclose(out);
	return record(what, kill_after, built("gsasldb"), "import", "-f", path, "--replace-realm", REALM, NULL);
}

/* ---- a state of the disk in the folder ---- */

static int file_fds[FILES_MAX];

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
	DIR *dir = opendir(base);

	if (dir == NULL)
		bail("%s: %s", base, strerror(errno));
	while ((entry = readdir(dir)) != NULL) {
		unsigned file = 0;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		while (file < recording.file_count && recording.files[file].inode != entry->d_ino)
			file++;
		snprintf(from, sizeof(from), "%s/%s", base, entry->d_name);
		parked_name(to, file);
		/* of two names of one file the second goes */
		if (file == recording.file_count || access(to, F_OK) == 0 ? unlink(from) != 0 : rename(from, to) != 0)
			bail("%s: %s", from, strerror(errno));
	}
	closedir(dir);
}

static void
park_files(void)
{
	char name[320];

	clear_folder();
	for (unsigned i = 0; i < recording.file_count; i++) {
		parked_name(name, i);
		file_fds[i] = open(name, O_RDWR | O_CREAT, 0600);
		if (file_fds[i] < 0)
			bail("%s: %s", name, strerror(errno));
	}
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

	for (unsigned i = 0; i < recording.name_count; i++) {
		int file = s->names[i];

		if (file == NO_FILE)
			continue;
		parked_name(from, (unsigned)file);
		snprintf(to, sizeof(to), "%s/%s", base, recording.names[i].text);
		if (first[file][0] != '\0' ? link(first[file], to) != 0 : rename(from, to) != 0)
			bail("%s: %s", to, strerror(errno));
		strcpy(first[file], to);
		place_file((unsigned)file, s);
	}
}

/* ---- what must be so ---- */

/* The words for what is wrong; NULL: nothing. */
static const char *
wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));

static const char *
wrong(const char *format, ...)
{
	static char words[1024];
	va_list ap;

	va_start(ap, format);
	vsnprintf(words, sizeof(words), format, ap);
	va_end(ap);
	return words;
}

/* Adds one user more.  *sum: what a listing must give then. */
static const char *
write_next(uint64_t *sum)
{
	const struct store_write_options o = {.create = true};
	struct store_txn *t;
	struct fault f = {0};
	struct name name;
	struct record r;
	enum status status;

	user_name(&name, USERS_MAX - 1);
	record_init(&r, &name, 1);
	status = store_begin(&t, path, &o, &f);
	if (status == ST_OK) {
		status = store_txn_put(t, &r, &f);
		if (status == ST_OK)
			status = store_commit(t, &f);
		else
			store_abort(t);
	}
	*sum += hash_record(&r);
	record_clear(&r);
	return status != ST_OK || f.text[0] != '\0' ? wrong("the next write: %s", f.text) : NULL;
}

static const char *
check_listing(uint64_t expected)
{
	struct store *s;
	struct fault f = {0};
	uint64_t sum = 0;
	enum status status;

	status = store_open(&s, path, &f);
	if (status == ST_OK)
		status = store_each(s, add_record, &sum, &f);
	store_close(s);
	if (status != ST_OK)
		return wrong("the listing: %s", f.text);
	return sum == expected ? NULL : wrong("the listing is another");
}

static enum status
sum_side(const char *name, uint64_t *sum, struct fault *f)
{
	struct side *side = NULL;
	enum status status;
	int fd = open(name, O_RDONLY);

	*sum = 0;
	status = side_open(&side, fd, false, name, f);
	if (status == ST_OK)
		status = side_each(side, add_value, sum, f);
	side_close(side);
	close(fd);
	return status;
}

/* The database alone, as gdbmtool would see it, and its twin. */
static const char *
check_sides(void)
{
	char twin[300];
	struct fault f = {0};
	uint64_t left, right;

	snprintf(twin, sizeof(twin), "%s/.db.twin", base);
	if (sum_side(path, &left, &f) != ST_OK || sum_side(twin, &right, &f) != ST_OK)
		return wrong("a side: %s", f.text);
	return left == right ? NULL : wrong("the sides differ");
}

/* allowed: the runs whose sets may be there. */
static const char *
check_state(const unsigned *allowed, unsigned allowed_count)
{
	static struct set now;
	struct fault f = {0};
	const char *words;
	uint64_t sum = 0;
	bool good = false;

	if (!get_set(&now, &f))
		return wrong("a lookup: %s", f.text);
	for (unsigned i = 0; !good && i < allowed_count; i++)
		good = memcmp(&now, &runs[allowed[i]].set, sizeof(now)) == 0;
	if (!good)
		return wrong("other users than those that may be there");
	for (unsigned i = 0; i < user_count; i++)
		sum += now.users[i];
	words = write_next(&sum);
	if (words == NULL)
		words = check_listing(sum);
	return words == NULL ? check_sides() : words;
}

/* ---- cuts ---- */

/* One moment: after an event of a run. */
struct moment {
	const struct disk *disk;
	const struct run *run;
	size_t event;
	unsigned allowed[RUNS_MAX], allowed_count;
};

static uint64_t
hash_state(const struct moment *m, const struct state_on_disk *s)
{
	uint64_t hash = hash_bytes(2, m->allowed, m->allowed_count * sizeof(m->allowed[0]));

	for (unsigned i = 0; i < recording.name_count; i++) {
		int file = s->names[i];

		hash = hash_bytes(hash, &file, sizeof(file));
		if (file == NO_FILE)
			continue;
		hash = hash_bytes(hash, s->files[file].data, s->files[file].len);
		/* nobody looks at the time of the state */
		if (strcmp(recording.names[i].text, ".db.state") != 0)
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

	if (shown++ >= SHOWN_MAX)
		return;
	printf("# %s, event %zu: %s\n", m->run->what, m->event - m->run->first, words);
	for (unsigned i = 0; i < recording.name_count; i++) {
		int file = recording.names[i].file;

		if (file != NO_FILE && m->disk->files[file].pending.count > 0)
			printf("#   %s: %s of %zu\n", recording.names[i].text, choice_text(&choices[file], text),
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
	states++;
	words = check_state(m->allowed, m->allowed_count);
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

	moments++;
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
	const struct event *next = event + 1 < recording.count ? &recording.events[event + 1] : NULL;
	size_t pending = 0;

	for (unsigned i = 0; i < FILES_MAX; i++)
		if (d->files[i].pending.count > pending)
			pending = d->files[i].pending.count;
	if (pending < MANY || event + 1 >= run->end || (next != NULL && next->kind == EVENT_SYNC))
		return true;
	return mix(event) % (run->end - run->first) < effort->bulk;
}

static void
cut_runs(const char *what)
{
	static struct set empty;
	struct disk disk;
	struct moment m = {.disk = &disk};
	unsigned before = shown;

	moments = states = 0;
	park_files();
	disk_start(&disk, &recording);
	/* before the first run nobody is there: that is as if a run with that result had been acknowledged */
	runs[run_count].set = empty;
	m.allowed[m.allowed_count++] = run_count;
	for (unsigned i = 0; i < run_count; i++) {
		m.run = &runs[i];
		m.allowed[m.allowed_count++] = i;
		for (m.event = runs[i].first; m.event < runs[i].end; m.event++) {
			disk_advance(&disk, m.event);
			if (m.event >= runs[i].from && is_chosen(&disk, &runs[i], m.event))
				cut(&m);
		}
		if (runs[i].acknowledged) {
			m.allowed[0] = i;
			m.allowed_count = 1;
		}
		if (runs[i].acknowledged && runs[i].from < runs[i].end)
			cut(&m);
	}
	result(shown == before, "%s: %zu moments, %zu states", what, moments, states);
	disk_free(&disk);
	for (unsigned i = 0; i < recording.file_count; i++)
		close(file_fds[i]);
	recording_free(&recording);
	char command[700];
	snprintf(command, sizeof(command), "rm -rf '%s' '%s'", base, parked);
	if (system(command) != 0)
		bail("rm");
}

/* ---- what is recorded ---- */

static void
not_tried(struct run *run)
{
	run->from = run->end;
}

static void
cut_life(void)
{
	start_runs(4);
	set_password("make the database", 0, "-cm", "user0");
	set_password("a second user", 0, "-cm", "user1");
	set_password("a third user", 0, "-cm", "user2");
	set_password("change", 0, "-m", "user1");
	record("delete", 0, built("saslpasswd"), "-d", "-f", path, "-u", REALM, "user0", NULL);
	record("delete again", 0, built("saslpasswd"), "-d", "--if-exists", "-f", path, "-u", REALM, "user0", NULL);
	set_password("make again", 0, "-cm", "user0");
	record("compact", 0, built("gsasldb"), "compact", "-f", path, NULL);
	set_password("change after compacting", 0, "-m", "user2");
	cut_runs("create, change, delete, compact");
}

static void
cut_import(void)
{
	unsigned users = effort->users;

	start_runs(users + 10);
	not_tried(set_password("make the database", 0, "-cm", "user0"));
	import("import", 0, 1, users, 'a');
	set_password("change among many", 0, "-m", "user5");
	import("change most, remove some, add some", 0, 5, users + 10, 'b');
	record("compact", 0, built("gsasldb"), "compact", "-f", path, NULL);
	set_password("change after compacting", 0, "-m", "user6");
	cut_runs("imports");
}

static unsigned
calls_of_last_run(void)
{
	return (unsigned)(runs[run_count - 1].end - runs[run_count - 1].first);
}

/* A killed writer, a killed repair of that, and a write. */
static void
cut_repairs(void)
{
	unsigned calls = UINT32_MAX;
	char what[120];

	for (unsigned n = 1; n < calls; n += effort->step) {
		start_runs(4);
		not_tried(set_password("make the database", 0, "-cm", "user0"));
		not_tried(set_password("a second user", 0, "-cm", "user1"));
		if (calls == UINT32_MAX) {
			not_tried(set_password("change", 0, "-m", "user0"));
			calls = calls_of_last_run();
		}
		set_password("change, killed", n, "-m", "user0");
		repair("repair, killed", 1 + n % 6);
		set_password("repair and change, killed", 2 + n % 7, "-m", "user1");
		set_password("repair and change", 0, "-m", "user1");
		set_password("change", 0, "-m", "user0");
		snprintf(what, sizeof(what), "a change is killed after call %u of %u, so is its repair, twice", n, calls);
		cut_runs(what);
	}
}

/* Many users: the sides are copied in several writes, and an import or a compaction leaves more behind. */
static void
cut_repair_of_import(unsigned kill_after)
{
	char what[120];

	start_runs(effort->users);
	not_tried(set_password("make the database", 0, "-cm", "user0"));
	not_tried(import("import", 0, 0, effort->users, 'a'));
	not_tried(import("import, killed", kill_after, 0, effort->users, 'b'));
	repair("repair, killed", 3);
	set_password("repair and change", 0, "-cm", "user1");
	snprintf(what, sizeof(what), "an import is killed after call %u", kill_after);
	cut_runs(what);
}

static void
cut_creation(void)
{
	unsigned calls = 1;
	char what[120];

	for (unsigned n = 1; n <= calls; n += effort->step) {
		start_runs(3);
		if (n > 1)
			set_password("make the database, killed", n - 1, "-cm", "user0");
		set_password("make the database", 0, "-cm", "user0");
		if (n == 1)
			calls = calls_of_last_run() + 1;
		set_password("a second user", 0, "-cm", "user1");
		set_password("change", 0, "-m", "user0");
		snprintf(what, sizeof(what), "a creation is killed after call %u of %u", n - 1, calls - 1);
		cut_runs(what);
	}
}

/* The events of a run from its first write to the state on. */
static void
try_from_state(struct run *run)
{
	for (; run->from < run->end; run->from++)
		if (recording.events[run->from].kind == EVENT_BYTES &&
		    recording.events[run->from].bytes.len == sizeof(struct state))
			return;
}

/* Somebody overwrites the database with a copy and syncs nothing.  Until a write of ours begins nobody can
 * promise what is there. */
static void
cut_restored(void)
{
	char copy[320], from[340], to[340], command[700];

	snprintf(copy, sizeof(copy), "%s/copy", folder);
	snprintf(from, sizeof(from), "if=%s", copy);
	snprintf(to, sizeof(to), "of=%s", path);
	start_runs(30);
	not_tried(set_password("make the database", 0, "-cm", "user0"));
	not_tried(import("import", 0, 0, 20, 'a'));
	snprintf(command, sizeof(command), "cp '%s' '%s'", path, copy);
	if (system(command) != 0)
		bail("cp");
	not_tried(import("import", 0, 5, 28, 'b'));
	not_tried(set_password("change", 0, "-m", "user10"));
	not_tried(record("restore", 0, "/bin/dd", from, to, "bs=4096", "status=none", NULL));
	try_from_state(set_password("change", 0, "-m", "user1"));
	set_password("change", 0, "-m", "user2");
	cut_runs("the database was restored, unsynced");
}

static void
cut_everything(void)
{
	const char *why;

	if (!trace_possible(&why)) {
		printf("# ptrace(2): %s\n", why);
		bail("programs cannot be traced here");
	}
	snprintf(base, sizeof(base), "%s/d", folder);
	snprintf(path, sizeof(path), "%s/db", base);
	snprintf(parked, sizeof(parked), "%s/parked", folder);
	snprintf(input, sizeof(input), "%s/input", folder);
	snprintf(output, sizeof(output), "%s/output", folder);
	cut_life();
	cut_import();
	cut_creation();
	cut_restored();
	cut_repairs();
	for (unsigned n = 3; n < 6 * effort->users; n += effort->users * effort->step / 8 + 1)
		cut_repair_of_import(n);
	if (effort->step == 1) {
		effort = &many_users;
		cut_import();
	}
}

int
main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && i < sizeof(efforts) / sizeof(efforts[0]); i++)
		if (strcmp(argv[1], efforts[i].name) == 0)
			effort = &efforts[i];
	if (effort == NULL) {
		fprintf(stderr, "usage: power_cut short|plain|long\n");
		return 64;
	}
	return support_run("power_cut", cut_everything);
}
