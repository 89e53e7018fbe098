/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <gdbm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record.h"
#include "story_clock.h"
#include "story_files.h"
#include "support.h"

#define REALM "story.example.test"

struct place place;
static const char *const names[FILES] = {"db", ".db.twin", ".db.state"};
static ino_t half_made;		/* by left_half(); 0: it was not */

/* ---- one file ---- */

struct bytes {
	char data[1 << 18];
	size_t len;
	struct stat st;
};
static struct bytes buffer;

/* A file of a story is small; false: it is not there. */
static bool
read_file(const char *name, struct bytes *out)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		return false;
	len = read(fd, out->data, sizeof(out->data));
	if (len < 0 || len == (ssize_t)sizeof(out->data) || fstat(fd, &out->st) != 0)
		bail("%s: %s", name, strerror(errno));
	out->len = (size_t)len;
	close(fd);
	return true;
}

static void
keep_times(int fd, const struct stat *st)
{
	const struct timespec times[2] = {st->st_atim, st->st_mtim};

	if (futimens(fd, times) != 0 || fchmod(fd, st->st_mode & 07777) != 0)
		bail("futimens: %s", strerror(errno));
}

/* From byte at on; as cp does it: in place, if there is such a file. */
static void
write_file(const char *name, const struct bytes *b, size_t at, size_t len, enum copy copy)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC | (at == 0 ? O_TRUNC : 0), b->st.st_mode & 07777);

	if (fd < 0 || (len > 0 && pwrite(fd, b->data + at, len, (off_t)at) != (ssize_t)len))
		bail("%s: %s", name, strerror(errno));
	if (copy == COPY_KEEP)
		keep_times(fd, &b->st);
	else
		clock_stamp(fd);
	close(fd);
}

static bool
copy_file(const char *from, const char *to, enum copy copy)
{
	if (copy == COPY_LINK) {
		if (link(from, to) != 0 && errno != ENOENT)
			bail("%s: %s", to, strerror(errno));
		return access(to, F_OK) == 0;
	}
	if (!read_file(from, &buffer))
		return false;
	write_file(to, &buffer, 0, buffer.len, copy);
	return true;
}

bool
file_remove(enum file file)
{
	return unlink(place.files[file]) == 0;
}

bool
file_touch(enum file file)
{
	int fd = open(place.files[file], O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	clock_stamp(fd);
	close(fd);
	return true;
}

/* The group may read it or may not any more. */
bool
file_chmod(enum file file)
{
	struct stat st;

	return stat(place.files[file], &st) == 0 && chmod(place.files[file], (st.st_mode & 07777) ^ 040) == 0;
}

/* ---- the left ---- */

bool
left_copy(enum copy copy)
{
	return copy_file(place.backup[FILE_LEFT], place.files[FILE_LEFT], copy);
}

bool
left_rename(void)
{
	char copy[sizeof(place.root) + 16];

	snprintf(copy, sizeof(copy), "%s/restored", place.root);
	return copy_file(place.backup[FILE_LEFT], copy, COPY_KEEP) && rename(copy, place.files[FILE_LEFT]) == 0;
}

bool
left_half(void)
{
	if (!read_file(place.backup[FILE_LEFT], &buffer))
		return false;
	write_file(place.files[FILE_LEFT], &buffer, 0, buffer.len / 2, COPY_NEW);
	if (stat(place.files[FILE_LEFT], &buffer.st) != 0)
		bail("%s: %s", place.files[FILE_LEFT], strerror(errno));
	half_made = buffer.st.st_ino;
	return true;
}

/* False where somebody has written to it meanwhile: what comes of both is nobody's to say. */
bool
left_rest(void)
{
	static struct bytes now;
	size_t at;

	if (half_made == 0 || !read_file(place.backup[FILE_LEFT], &buffer) || !read_file(place.files[FILE_LEFT], &now))
		return false;
	at = buffer.len / 2;
	if (now.st.st_ino != half_made || now.len != at || memcmp(now.data, buffer.data, at) != 0)
		return false;
	half_made = 0;
	write_file(place.files[FILE_LEFT], &buffer, at, buffer.len - at, COPY_NEW);
	return true;
}

static void
write_left(size_t len)
{
	buffer.st.st_mode = 0600;
	buffer.len = len;
	write_file(place.files[FILE_LEFT], &buffer, 0, len, COPY_NEW);
}

bool
left_garbage(void)
{
	uint64_t random = 1;

	for (size_t i = 0; i < 10000; i++) {
		random = mix(random);
		buffer.data[i] = (char)random;
	}
	write_left(10000);
	return true;
}

bool
left_empty(void)
{
	write_left(0);
	return true;
}

bool
left_edit(struct change change)
{
	GDBM_FILE db = gdbm_open(place.files[FILE_LEFT], 0, GDBM_WRITER | GDBM_NOMMAP, 0, NULL);
	struct content c = {.version = {0}};
	struct record r;
	struct name name;
	char key[NAME_KEY_MAX];
	datum k, v;
	char *value = NULL;
	size_t len;
	bool done;

	if (db == NULL)
		return false;
	content_change(&c, change);
	name_of(&name, USER_BY_HAND);
	k = (datum){.dptr = key, .dsize = (int)name_key(&name, key)};
	done = gdbm_exists(db, k) != 0 && record_of(&r, USER_BY_HAND, c.version[USER_BY_HAND]) &&
	    record_format(&r, &value, &len, NULL) == ST_OK;
	if (done) {
		v = (datum){.dptr = value, .dsize = (int)len};
		done = gdbm_store(db, k, v, GDBM_REPLACE) == 0;
		record_clear(&r);
		record_free_value(value, len);
	}
	return gdbm_close(db) == 0 && done;
}

/* ---- all of them ---- */

/* Also what a killed write left there under a name of its own. */
static void
remove_all(const char *dir)
{
	char name[600];
	DIR *d = opendir(dir);
	struct dirent *e;

	if (d == NULL)
		bail("%s: %s", dir, strerror(errno));
	while ((e = readdir(d)) != NULL) {
		snprintf(name, sizeof(name), "%.300s/%s", dir, e->d_name);
		if (e->d_type != DT_DIR && unlink(name) != 0)
			bail("%s: %s", name, strerror(errno));
	}
	closedir(d);
}

static void
make_folder(char *out, size_t size, const char *name)
{
	snprintf(out, size, "%.290s/%s", place.root, name);
	if (mkdir(out, 0755) != 0)
		bail("%s: %s", out, strerror(errno));
}

void
place_begin(const char *root)
{
	char backup[310];

	snprintf(place.root, sizeof(place.root), "%s", root);
	if (mkdir(root, 0755) != 0)
		bail("%s: %s", root, strerror(errno));
	make_folder(place.folder, sizeof(place.folder), "etc");
	make_folder(place.jail, sizeof(place.jail), "jail");
	make_folder(backup, sizeof(backup), "old");
	for (int f = 0; f < FILES; f++) {
		snprintf(place.files[f], sizeof(place.files[f]), "%s/%s", place.folder, names[f]);
		snprintf(place.backup[f], sizeof(place.backup[f]), "%s/%s", backup, names[f]);
	}
}

void
place_clear(void)
{
	remove_all(place.folder);
	half_made = 0;
}

void
place_back_up(void)
{
	for (int f = 0; f < FILES; f++)
		if (!copy_file(place.files[f], place.backup[f], COPY_KEEP))
			bail("%s: %s", place.files[f], strerror(errno));
}

bool
files_restore(enum copy copy)
{
	for (int f = FILES - 1; f >= 0; f--)
		copy_file(place.backup[f], place.files[f], copy);
	return true;
}

bool
folder_replace(enum copy copy)
{
	char new[sizeof(place.root) + 8], gone[sizeof(place.root) + 8], name[400];

	make_folder(new, sizeof(new), "new");
	for (int f = 0; f < FILES; f++) {
		snprintf(name, sizeof(name), "%s/%s", new, names[f]);
		copy_file(place.files[f], name, copy);
	}
	snprintf(gone, sizeof(gone), "%s/gone", place.root);
	if (rename(place.folder, gone) != 0 || rename(new, place.folder) != 0)
		bail("%s: %s", new, strerror(errno));
	remove_all(gone);
	if (rmdir(gone) != 0)
		bail("%s: %s", gone, strerror(errno));
	return true;
}

bool
folder_unpack(void)
{
	for (int f = 0; f < FILES; f++)
		if (read_file(place.files[f], &buffer)) {
			unlink(place.files[f]);
			write_file(place.files[f], &buffer, 0, buffer.len, COPY_KEEP);
		}
	return true;
}

/* ---- records ---- */

void
name_of(struct name *out, enum user user)
{
	char text[16];

	snprintf(text, sizeof(text), "user%d", (int)user);
	if (name_parse(out, text, REALM, NULL, NULL) != ST_OK)
		abort();
}

/* Of different lengths, so that GDBM moves records about. */
static void
make_value(char out[64], enum user user, int version)
{
	snprintf(out, 64, "%d.%d.%.*s", (int)user, version, 7 * (version % 4), "............................");
}

bool
record_of(struct record *out, enum user user, int version)
{
	struct name name;
	char value[64];

	name_of(&name, user);
	record_init(out, &name, 1);
	make_value(value, user, version);
	return record_set_property(out, "v", value, strlen(value), NULL) == ST_OK;
}

int
record_version(const struct record *r, enum user user)
{
	const struct property *p = record_property(r, "v");
	char value[64];
	int version;

	if (p == NULL || sscanf(p->value, "%*d.%d", &version) != 1)
		return -1;
	make_value(value, user, version);
	return strcmp(value, p->value) == 0 ? version : -1;
}

/* Whose record is it?  -1: nobody's of a story, or it is not whole. */
static bool
dump_record(datum key, datum value, struct content *out)
{
	struct record r;
	struct name name;
	bool good = false;

	if (record_parse(&r, key.dptr, (size_t)key.dsize, value.dptr, (size_t)value.dsize, NULL) != ST_OK)
		return false;
	for (int user = 0; user < USERS && !good; user++) {
		name_of(&name, (enum user)user);
		if (strcmp(name.user, r.name.user) != 0)
			continue;
		out->version[user] = record_version(&r, (enum user)user);
		good = out->version[user] > 0;
	}
	record_clear(&r);
	return good;
}

bool
side_dump(enum file side, struct content *out)
{
	GDBM_FILE db = gdbm_open(place.files[side], 0, GDBM_READER | GDBM_NOLOCK | GDBM_NOMMAP, 0, NULL);
	datum key, next, value;
	bool good = db != NULL;

	memset(out, 0, sizeof(*out));
	if (db == NULL)
		return false;
	for (key = gdbm_firstkey(db); key.dptr != NULL; key = next) {
		value = gdbm_fetch(db, key);
		/* keys that begin with NUL are nobody's */
		if (key.dsize > 0 && key.dptr[0] != '\0')
			good = good && value.dptr != NULL && dump_record(key, value, out);
		free(value.dptr);
		next = gdbm_nextkey(db, key);
		free(key.dptr);
	}
	good = good && gdbm_last_errno(db) == GDBM_ITEM_NOT_FOUND;
	gdbm_close(db);
	return good;
}
