/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The store from outside, and its one table from inside.  Races, kills and tampering: tests/fault.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/seccomp.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "files.h"
#include "side.h"
#include "state.h"
#include "store.h"
#include "store_support.h"

/* ---- the state ---- */

static void
test_state_file(void **unused)
{
	static const struct generation from = {{1}}, to = {{2}};
	struct state s, back;
	char bytes[sizeof(struct state)];
	int fd = open(state_path, O_RDWR | O_CREAT, 0600);

	(void)unused;
	state_init(&s, PHASE_RIGHT_DIRTY, &from, &to);
	assert_int_equal(state_write(&s, fd, true, state_path, NULL), ST_OK);
	assert_int_equal(state_read(&back, fd), ST_OK);
	assert_memory_equal(&s, &back, sizeof(s));
	/* every single changed byte is noticed */
	memcpy(bytes, &s, sizeof(s));
	for (size_t i = 0; i < sizeof(bytes); i++) {
		bytes[i] ^= 1;
		assert_int_equal(pwrite(fd, bytes, sizeof(bytes), 0), sizeof(bytes));
		assert_int_equal(state_read(&back, fd), ST_CORRUPT);
		bytes[i] ^= 1;
	}
	assert_int_equal(ftruncate(fd, sizeof(s) - 1), 0);
	assert_int_equal(state_read(&back, fd), ST_CORRUPT);
	close(fd);
	assert_int_equal(state_read(&back, -1), ST_IO);
	assert_int_equal(state_write(&s, -1, true, state_path, NULL), ST_IO);
}

/* ---- everyday use ---- */

static void
test_put_get_delete(void **unused)
{
	struct store *s;

	(void)unused;
	assert_int_equal(put("hoge", "one"), ST_OK);
	assert_int_equal(mode_of(path), 0600);
	assert_int_equal(mode_of(right_path), 0600);
	assert_int_equal(mode_of(state_path), 0600);
	s = opened();
	assert_string_equal(get(s, "hoge"), "one");
	assert_string_equal(get(s, "nobody"), status_text(ST_NOTFOUND));
	assert_int_equal(put("hoge", "two, and longer"), ST_OK);
	assert_string_equal(get(s, "hoge"), "two, and longer");
	assert_int_equal(put("other", "three"), ST_OK);
	assert_string_equal(get(s, "other"), "three");
	assert_int_equal(delete("hoge"), ST_OK);
	assert_string_equal(get(s, "hoge"), status_text(ST_NOTFOUND));
	assert_int_equal(delete("hoge"), ST_OK);
	assert_string_equal(get(s, "other"), "three");
	store_close(s);
}

static void
test_transaction(void **unused)
{
	const struct store_write_options o = {.create = true, .wait = 5};
	struct name hoge = named("hoge");
	struct store_txn *t;
	struct record r, found;

	(void)unused;
	assert_int_equal(store_begin(&t, path, &o, NULL), ST_OK);
	assert_true(store_txn_created(t));
	assert_int_equal(store_txn_get(t, &hoge, &found, NULL), ST_NOTFOUND);
	record_init(&r, &hoge, 1);
	assert_int_equal(store_txn_put(t, &r, NULL), ST_OK);
	assert_int_equal(store_txn_get(t, &hoge, &found, NULL), ST_OK);
	record_clear(&found);
	assert_int_equal(store_txn_delete(t, &hoge, NULL), ST_OK);
	assert_int_equal(store_txn_get(t, &hoge, &found, NULL), ST_NOTFOUND);
	assert_int_equal(store_txn_put(t, &r, NULL), ST_OK);
	store_abort(t);
	assert_string_equal(get_fresh("hoge"), status_text(ST_NOTFOUND));

	assert_int_equal(store_begin(&t, path, &o, NULL), ST_OK);
	assert_false(store_txn_created(t));
	assert_int_equal(store_txn_put(t, &r, NULL), ST_OK);
	assert_int_equal(store_commit(t, NULL), ST_OK);
	assert_int_equal(store_begin(&t, path, &o, NULL), ST_OK);
	assert_int_equal(store_txn_get(t, &hoge, &found, NULL), ST_OK);
	record_clear(&found);
	store_abort(t);
	record_clear(&r);
}

static enum status
collect(void *arg, const struct record *r, struct fault *f)
{
	char *names = arg;

	(void)f;
	strcat(strcat(names, r->name.user), " ");
	return strcmp(r->name.user, "stop") == 0 ? ST_TOOBIG : ST_OK;
}

static void
test_each(void **unused)
{
	char names[64] = "";
	struct store *s;

	(void)unused;
	assert_int_equal(put("a", "1"), ST_OK);
	s = opened();
	assert_int_equal(store_each(s, collect, names, NULL), ST_OK);
	assert_string_equal(names, "a ");
	assert_int_equal(put("b", "1"), ST_OK);
	assert_int_equal(delete("a"), ST_OK);
	names[0] = '\0';
	assert_int_equal(store_each(s, collect, names, NULL), ST_OK);
	assert_string_equal(names, "b ");
	assert_int_equal(delete("b"), ST_OK);
	names[0] = '\0';
	assert_int_equal(store_each(s, collect, names, NULL), ST_OK);
	assert_string_equal(names, "");
	assert_int_equal(put("stop", "1"), ST_OK);
	assert_int_equal(store_each(s, collect, names, NULL), ST_TOOBIG);
	/* a walk that was ended holds nobody up */
	assert_int_equal(put("stop", "2"), ST_OK);
	store_close(s);
}

/* More changes than are applied twice: the right is a copy of the left. */
static void
test_large_transaction(void **unused)
{
	const struct store_write_options o = {.create = true, .wait = 5};
	struct store_txn *t;
	struct store *s;
	struct record r;
	struct name n;
	char user[16];

	(void)unused;
	assert_int_equal(store_begin(&t, path, &o, NULL), ST_OK);
	for (int i = 0; i < 3000; i++) {
		snprintf(user, sizeof(user), "u%d", i);
		n = named(user);
		record_init(&r, &n, 1);
		assert_int_equal(record_set_property(&r, "v", user, strlen(user), NULL), ST_OK);
		assert_int_equal(store_txn_put(t, &r, NULL), ST_OK);
		record_clear(&r);
	}
	assert_int_equal(store_commit(t, NULL), ST_OK);
	s = opened();
	assert_string_equal(get(s, "u0"), "u0");
	assert_string_equal(get(s, "u2999"), "u2999");
	assert_int_equal(put("u0", "changed"), ST_OK);
	assert_string_equal(get(s, "u0"), "changed");
	store_close(s);
}

/* ---- what an earlier writer left ---- */

static void
test_killed_before_commit(void **unused)
{
	struct store *s;

	(void)unused;
	assert_int_equal(put("hoge", "old"), ST_OK);
	s = opened();
	set_phase(PHASE_LEFT_DIRTY);
	overwrite(path, "half", 4);
	assert_string_equal(get(s, "hoge"), "old");
	assert_string_equal(get_fresh("hoge"), "old");
	assert_int_equal(put("other", "new"), ST_OK);
	assert_string_equal(get(s, "hoge"), "old");
	assert_string_equal(get(s, "other"), "new");
	/* and the left is whole again by itself */
	assert_int_equal(unlink(right_path), 0);
	assert_int_equal(unlink(state_path), 0);
	assert_string_equal(get_fresh("hoge"), "old");
	assert_string_equal(get_fresh("other"), "new");
	store_close(s);
}

static void
test_killed_after_commit(void **unused)
{
	struct store *s;

	(void)unused;
	assert_int_equal(put("hoge", "old"), ST_OK);
	s = opened();
	set_phase(PHASE_RIGHT_DIRTY);
	overwrite(right_path, "half", 4);
	assert_string_equal(get(s, "hoge"), "old");
	assert_string_equal(get_fresh("hoge"), "old");
	assert_int_equal(put("other", "new"), ST_OK);
	assert_string_equal(get(s, "hoge"), "old");
	assert_string_equal(get_fresh("other"), "new");
	store_close(s);
}

static void
test_old_bytes_are_gone(void **unused)
{
	char command[256];

	(void)unused;
	assert_int_equal(put("hoge", "Sesame-open-1"), ST_OK);
	assert_int_equal(put("hoge", "another value, of another length"), ST_OK);
	assert_int_equal(put("gone", "Sesame-open-2"), ST_OK);
	assert_int_equal(delete("gone"), ST_OK);
	snprintf(command, sizeof(command), "grep -q Sesame %s %s", path, right_path);
	assert_int_not_equal(system(command), 0);
	snprintf(command, sizeof(command), "grep -q another %s", path);
	assert_int_equal(system(command), 0);
}

/* A backup of all three files brings an old state back; the next write must not make a state that a reader
 * already knows for other bytes. */
static void
test_restored_with_its_state(void **unused)
{
	struct store *s;

	(void)unused;
	assert_int_equal(put("alice", "a"), ST_OK);
	assert_int_equal(put("bob", "b"), ST_OK);
	in_folder("mkdir old && cp -a db .db.twin .db.state old");
	s = opened();
	assert_int_equal(delete("alice"), ST_OK);
	assert_string_equal(get(s, "alice"), status_text(ST_NOTFOUND));
	assert_string_equal(get(s, "bob"), "b");
	in_folder("cp -a old/. .");
	assert_int_equal(delete("bob"), ST_OK);
	assert_string_equal(get(s, "bob"), status_text(ST_NOTFOUND));
	assert_string_equal(get(s, "alice"), "a");
	store_close(s);
}

/* ---- files that are not what they should be ---- */

static void
test_wrong_files(void **unused)
{
	static const char berkeley[32] = {[12] = 0x62, 0x31, 0x05, 0x00};
	static const char lmdb[32] = {[16] = (char)0xde, (char)0xc0, (char)0xef, (char)0xbe};
	static const struct {
		const char *bytes;
		size_t len;
		const char *says;
	} cases[] = {
		{"", 0, "an empty file"},
		{berkeley, sizeof(berkeley), "a Berkeley DB file"},
		{lmdb, sizeof(lmdb), "an LMDB file"},
		{"SQLite format 3\0 and some more text", 32, "an SQLite file"},
		{"user:password\nother:password too, long enough for a header of GDBM\n", 64, "not a GDBM file"},
	};
	struct fault f;
	struct stat st;

	(void)unused;
	assert_int_equal(open_status(&f), ST_NODB);
	assert_int_equal(begin_status(false, &f), ST_NODB);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		overwrite(path, cases[i].bytes, cases[i].len);
		assert_int_equal(open_status(&f), ST_FOREIGN);
		assert_non_null(strstr(f.text, cases[i].says));
		assert_int_equal(begin_status(false, &f), ST_FOREIGN);
		assert_non_null(strstr(f.text, cases[i].says));
		assert_int_not_equal(stat(right_path, &st), 0);
	}
	/* an empty file becomes a database when one is wanted */
	overwrite(path, "", 0);
	assert_int_equal(put("hoge", "one"), ST_OK);
	assert_string_equal(get_fresh("hoge"), "one");
}

static void
test_wrong_places(void **unused)
{
	char target[128];
	struct fault f;

	(void)unused;
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(open_status(&f), ST_FOREIGN);
	assert_non_null(strstr(f.text, "folder"));
	assert_int_equal(begin_status(true, &f), ST_FOREIGN);
	assert_int_equal(rmdir(path), 0);

	assert_int_equal(symlink("db", path), 0);
	assert_int_equal(open_status(&f), ST_FOREIGN);
	assert_non_null(strstr(f.text, "loop"));
	assert_int_equal(unlink(path), 0);

	assert_int_equal(symlink("nowhere", path), 0);
	assert_int_equal(open_status(&f), ST_NODB);
	assert_int_equal(unlink(path), 0);

	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(open_status(&f), ST_FOREIGN);
	assert_int_equal(unlink(path), 0);

	strcpy(target, path);
	strcat(path, "/no/folder");
	assert_int_equal(open_status(&f), ST_NODB);
	assert_int_equal(begin_status(true, &f), ST_CANTCREATE);
	strcpy(path, target);
}

static void
test_symbolic_link(void **unused)
{
	char other[128], twin[160];
	struct stat st;

	(void)unused;
	snprintf(other, sizeof(other), "%s/real", folder);
	assert_int_equal(mkdir(other, 0700), 0);
	strcat(other, "/users");
	assert_int_equal(put("hoge", "one"), ST_OK);
	assert_int_equal(rename(path, other), 0);
	assert_int_equal(unlink(right_path), 0);
	assert_int_equal(unlink(state_path), 0);
	assert_int_equal(symlink("real/users", path), 0);
	assert_string_equal(get_fresh("hoge"), "one");
	assert_int_equal(put("hoge", "two"), ST_OK);
	assert_string_equal(get_fresh("hoge"), "two");
	snprintf(twin, sizeof(twin), "%s/real/.users.twin", folder);
	assert_int_equal(stat(twin, &st), 0);
	assert_int_not_equal(stat(right_path, &st), 0);
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
}

static void
test_planted_companions(void **unused)
{
	char victim[128];
	struct stat st;
	struct fault f;
	struct store *s;

	(void)unused;
	assert_int_equal(put("hoge", "one"), ST_OK);
	snprintf(victim, sizeof(victim), "%s/victim", folder);
	overwrite(victim, "precious", 8);

	assert_int_equal(unlink(right_path), 0);
	assert_int_equal(symlink("victim", right_path), 0);
	assert_int_equal(begin_status(false, &f), ST_PERM);
	assert_non_null(strstr(f.text, ".db.twin"));
	assert_string_equal(get_fresh("hoge"), "one");
	s = opened();
	assert_true(store_trouble(s, &f));
	assert_non_null(strstr(f.text, ".db.twin"));
	store_close(s);

	assert_int_equal(unlink(right_path), 0);
	assert_int_equal(link(victim, right_path), 0);
	assert_int_equal(begin_status(false, &f), ST_PERM);
	assert_string_equal(get_fresh("hoge"), "one");

	assert_int_equal(stat(victim, &st), 0);
	assert_int_equal(st.st_size, 8);
	assert_int_equal(unlink(right_path), 0);
	assert_int_equal(put("hoge", "two"), ST_OK);
	s = opened();
	assert_false(store_trouble(s, &f));
	store_close(s);
}

static void
test_damaged_left(void **unused)
{
	struct store *s;
	struct fault f;

	(void)unused;
	assert_int_equal(put("hoge", "one"), ST_OK);
	overwrite(path, "garbage where a database was, long enough to be looked at", 50);
	s = opened();
	assert_string_equal(get(s, "hoge"), "one");
	assert_true(store_trouble(s, &f));
	assert_non_null(strstr(f.text, "not a GDBM file"));
	assert_int_equal(begin_status(true, &f), ST_FOREIGN);
	assert_string_equal(get(s, "hoge"), "one");
	store_close(s);
}

/* An empty file is made a database only where there was none: here the right still has the users. */
static void
test_emptied_left(void **unused)
{
	struct fault f;

	(void)unused;
	assert_int_equal(put("hoge", "one"), ST_OK);
	overwrite(path, "", 0);
	assert_int_equal(begin_status(true, &f), ST_FOREIGN);
	assert_string_equal(get_fresh("hoge"), "one");
}

/* After a kill between the two sides, somebody overwrites the good one: the other is not lost as well. */
static void
test_damaged_after_a_kill(void **unused)
{
	struct fault f;
	struct stat before, after;

	(void)unused;
	assert_int_equal(put("hoge", "one"), ST_OK);
	set_phase(PHASE_RIGHT_DIRTY);
	overwrite(path, "garbage where a database was, long enough to be looked at", 50);
	assert_int_equal(stat(right_path, &before), 0);
	assert_int_equal(begin_status(true, &f), ST_FOREIGN);
	assert_int_equal(stat(right_path, &after), 0);
	assert_int_equal(before.st_size, after.st_size);
}

/* A GDBM file of somebody else's (the stock sasldb's, say) is not written to and not copied. */
static void
test_foreign_gdbm(void **unused)
{
	struct fault f;
	struct side *side;
	int fd = open(path, O_RDWR | O_CREAT, 0600);

	(void)unused;
	assert_int_equal(side_create(fd, path, NULL), ST_OK);
	assert_int_equal(side_open(&side, fd, SIDE_WRITE, path, NULL), ST_OK);
	assert_int_equal(side_store(side, "hoge\0r\0userPassword", 19, "secret", 6, NULL, NULL), ST_OK);
	assert_int_equal(side_finish(side, NULL), ST_OK);
	close(fd);
	assert_int_equal(begin_status(true, &f), ST_FOREIGN);
	assert_non_null(strstr(f.text, "hoge"));
	assert_null(strstr(f.text, "secret"));
}

/* ---- permissions ---- */

static void
test_access_is_copied(void **unused)
{
	static const char acl[] = "\2\0\0\0\1\0\6\0\377\377\377\377\2\0\4\0\1\0\0\0\4\0\4\0\377\377\377\377"
	    "\20\0\4\0\377\377\377\377\40\0\0\0\377\377\377\377";	/* u::rw, u:1:r, g::r, m::r, o::- */
	char read_back[64];
	struct stat st;

	(void)unused;
	assert_int_equal(put("hoge", "one"), ST_OK);
	assert_int_equal(chmod(path, 0640), 0);
	if (geteuid() == 0)
		assert_int_equal(chown(path, 1, 2), 0);
	assert_int_equal(put("hoge", "two"), ST_OK);
	assert_int_equal(mode_of(path), 0640);
	assert_int_equal(mode_of(right_path), 0640);
	assert_int_equal(mode_of(state_path), 0640);
	if (geteuid() == 0) {
		assert_int_equal(stat(right_path, &st), 0);
		assert_int_equal(st.st_uid, 1);
		assert_int_equal(st.st_gid, 2);
	}
	if (setxattr(path, "system.posix_acl_access", acl, sizeof(acl) - 1, 0) != 0)
		return;	/* a file system without ACLs */
	assert_int_equal(put("hoge", "three"), ST_OK);
	assert_int_equal(getxattr(right_path, "system.posix_acl_access", read_back, sizeof(read_back)),
	    sizeof(acl) - 1);
	assert_memory_equal(read_back, acl, sizeof(acl) - 1);
	assert_int_equal(removexattr(path, "system.posix_acl_access"), 0);
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(put("hoge", "four"), ST_OK);
	assert_true(getxattr(state_path, "system.posix_acl_access", read_back, sizeof(read_back)) < 0);
	assert_int_equal(mode_of(state_path), 0600);
}

static void
test_group(void **unused)
{
	struct store_write_options o = {.create = true, .group = "no-such-group-here"};
	struct store_txn *t;
	struct group *g = getgrgid(1);
	struct stat st;

	(void)unused;
	assert_int_equal(store_begin(&t, path, &o, NULL), ST_OK);
	assert_non_null(store_txn_warning(t));
	assert_non_null(strstr(store_txn_warning(t), "no-such-group-here"));
	store_abort(t);
	assert_int_equal(mode_of(path), 0600);
	assert_int_equal(unlink(path), 0);
	if (geteuid() != 0 || g == NULL)
		return;
	o.group = g->gr_name;
	assert_int_equal(store_begin(&t, path, &o, NULL), ST_OK);
	assert_null(store_txn_warning(t));
	store_abort(t);
	assert_int_equal(mode_of(path), 0640);
	assert_int_equal(mode_of(right_path), 0640);
	assert_int_equal(stat(state_path, &st), 0);
	assert_int_equal(st.st_gid, 1);
}

static void
test_everybodys_folder(void **unused)
{
	const struct store_write_options o = {.create = true};
	struct store_txn *t;

	(void)unused;
	assert_int_equal(chmod(folder, 0777), 0);
	assert_int_equal(store_begin(&t, path, &o, NULL), ST_OK);
	assert_non_null(strstr(store_txn_warning(t), "everybody"));
	store_abort(t);
}

/* ---- other programs ---- */

static void
test_busy(void **unused)
{
	struct fault f;
	struct store *s;
	int fd;

	(void)unused;
	assert_int_equal(put("hoge", "one"), ST_OK);
	s = opened();
	fd = open(path, O_RDWR);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_int_equal(begin_status(false, &f), ST_BUSY);
	assert_string_equal(get(s, "hoge"), "one");
	assert_string_equal(get_fresh("hoge"), "one");
	assert_int_equal(flock(fd, LOCK_UN), 0);
	assert_int_equal(begin_status(false, &f), ST_OK);
	close(fd);
	store_close(s);
}

static void
test_fork(void **unused)
{
	struct store *s;
	int status;
	pid_t pid;

	(void)unused;
	assert_int_equal(put("hoge", "one"), ST_OK);
	s = opened();
	assert_string_equal(get(s, "hoge"), "one");
	pid = fork();
	if (pid == 0) {
		for (int i = 0; i < 1000; i++)
			if (strcmp(get(s, "hoge"), "one") != 0)
				_exit(1);
		store_close(s);
		_exit(0);
	}
	for (int i = 0; i < 1000; i++)
		assert_string_equal(get(s, "hoge"), "one");
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	store_close(s);
}

static void
test_removed_and_made_again(void **unused)
{
	struct store *s;

	(void)unused;
	assert_int_equal(put("hoge", "one"), ST_OK);
	s = opened();
	assert_int_equal(unlink(path), 0);
	assert_true(gives_within(s, "hoge", status_text(ST_NODB), 2000));
	/* whose users are in the twin: nothing makes a new one over them */
	assert_int_equal(put("other", "two"), ST_CANTCREATE);
	assert_int_equal(access(path, F_OK), -1);
	in_folder("mv .db.twin gone");
	/* and what is left of the removed one must not bring its users back */
	assert_int_equal(put("other", "two"), ST_OK);
	assert_string_equal(get(s, "other"), "two");
	assert_string_equal(get(s, "hoge"), status_text(ST_NOTFOUND));
	assert_string_equal(get_fresh("hoge"), status_text(ST_NOTFOUND));
	store_close(s);
}

/* A twin whose records a later version has written has users, too. */
static void
test_removed_with_a_later_twin(void **unused)
{
	struct side *side;
	int fd;

	(void)unused;
	assert_int_equal(put("hoge", "one"), ST_OK);
	assert_int_equal(delete("hoge"), ST_OK);
	fd = open(right_path, O_RDWR);
	assert_int_equal(side_open(&side, fd, SIDE_WRITE, right_path, NULL), ST_OK);
	assert_int_equal(side_store(side, "hoge\0r", 6, "gsasldb 2 from then on\n", 23, NULL, NULL), ST_OK);
	assert_int_equal(side_finish(side, NULL), ST_OK);
	close(fd);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(put("other", "two"), ST_CANTCREATE);
	assert_int_equal(access(path, F_OK), -1);
}

/* ---- bulk ---- */

/* count users, whose value is their own name. */
static void
fill(unsigned count)
{
	struct store_txn *t = begun();
	char user[16];

	for (unsigned i = 0; i < count; i++) {
		snprintf(user, sizeof(user), "u%u", i);
		assert_int_equal(txn_put(t, user, user), ST_OK);
	}
	assert_int_equal(store_commit(t, NULL), ST_OK);
}

static enum status
count_one(void *arg, const struct record *r, struct fault *f)
{
	unsigned *count = arg;

	(void)f;
	assert_non_null(record_property(r, "v"));
	++*count;
	return ST_OK;
}

static unsigned
count_all(void)
{
	struct store *s = opened();
	unsigned count = 0;

	assert_int_equal(store_each(s, count_one, &count, NULL), ST_OK);
	store_close(s);
	return count;
}

/* Both sides hold the same. */
static void
assert_alike(void)
{
	char command[256];

	snprintf(command, sizeof(command), "cmp -s %s %s", path, right_path);
	assert_int_equal(system(command), 0);
}

/* More changes than are remembered, and several of one user: the last counts. */
static void
test_changes_of_one_key(void **unused)
{
	static const unsigned sizes[] = {20, 990, 999, 1000, 1001, 1500};
	char user[16];

	(void)unused;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct store_txn *t;

		assert_int_equal(put("twice", "old"), ST_OK);
		assert_int_equal(put("gone", "old"), ST_OK);
		t = begun();
		assert_int_equal(txn_put(t, "twice", "first"), ST_OK);
		assert_int_equal(txn_put(t, "gone", "first"), ST_OK);
		assert_int_equal(txn_delete(t, "back"), ST_OK);
		for (unsigned n = 0; n < sizes[i]; n++) {
			snprintf(user, sizeof(user), "u%u", n / 2);
			assert_int_equal(txn_put(t, user, n % 2 == 0 ? "even" : "odd"), ST_OK);
		}
		assert_int_equal(txn_put(t, "twice", "second, longer"), ST_OK);
		assert_int_equal(txn_delete(t, "gone"), ST_OK);
		assert_int_equal(txn_delete(t, "gone"), ST_OK);
		assert_int_equal(txn_put(t, "back", "here"), ST_OK);
		assert_int_equal(store_commit(t, NULL), ST_OK);
		for (int side = 0; side < 2; side++) {
			assert_string_equal(get_fresh("twice"), "second, longer");
			assert_string_equal(get_fresh("gone"), status_text(ST_NOTFOUND));
			assert_string_equal(get_fresh("back"), "here");
			assert_string_equal(get_fresh("u0"), "odd");
			assert_int_equal(count_all(), 2 + (sizes[i] + 1) / 2);
			if (side == 1)
				break;
			/* now from the other side */
			assert_int_equal(rename(right_path, path), 0);
			assert_int_equal(unlink(state_path), 0);
		}
		assert_int_equal(unlink(path), 0);
	}
}

static void
test_abort_restores(void **unused)
{
	static const unsigned sizes[] = {1, 1200};
	struct store *s;
	char user[16];

	(void)unused;
	fill(300);
	s = opened();
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct store_txn *t = begun();

		for (unsigned n = 0; n < sizes[i]; n++) {
			snprintf(user, sizeof(user), "u%u", n);
			assert_int_equal(txn_put(t, user, "other"), ST_OK);
		}
		assert_int_equal(txn_delete(t, "u299"), ST_OK);
		assert_string_equal(get(s, "u0"), "u0");	/* readers see none of it */
		assert_string_equal(get(s, "u299"), "u299");
		store_abort(t);
		assert_string_equal(get(s, "u0"), "u0");
		assert_string_equal(get_fresh("u299"), "u299");
		assert_int_equal(count_all(), 300);
		assert_alike();
	}
	store_close(s);
}

/* What failed once cannot be committed, although what came before and after it did not fail. */
static void
test_failed_change(void **unused)
{
	struct rlimit old, none;
	struct store_txn *t;
	struct record r;
	struct name n = named("one");

	(void)unused;
	assert_int_equal(put("one", "old"), ST_OK);
	t = begun();
	assert_int_equal(txn_put(t, "one", "new"), ST_OK);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	none = (struct rlimit){0, old.rlim_max};
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	assert_int_equal(txn_put(t, "two", "new"), ST_IO);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(txn_put(t, "three", "new"), ST_IO);
	assert_int_equal(txn_delete(t, "one"), ST_IO);
	assert_int_equal(store_txn_get(t, &n, &r, NULL), ST_IO);
	assert_int_equal(store_txn_each(t, count_one, NULL, NULL), ST_IO);
	assert_int_equal(store_commit(t, NULL), ST_IO);
	assert_string_equal(get_fresh("one"), "old");
	assert_int_equal(count_all(), 1);
	assert_int_equal(put("two", "new"), ST_OK);
	assert_int_equal(count_all(), 2);
	/* too large is refused, and costs the transaction nothing */
	t = begun();
	record_init(&r, &n, 1);
	assert_int_equal(record_set_property(&r, "v", "", 0, NULL), ST_OK);
	r.unknown = calloc(1, RECORD_BYTES_MAX);
	assert_non_null(r.unknown);
	memset(r.unknown, 'x', RECORD_BYTES_MAX - 1);
	assert_int_equal(store_txn_put(t, &r, NULL), ST_TOOBIG);
	record_clear(&r);
	assert_int_equal(txn_put(t, "one", "newer"), ST_OK);
	assert_int_equal(store_commit(t, NULL), ST_OK);
	assert_string_equal(get_fresh("one"), "newer");
}

static enum status
look_up_each(void *arg, const struct record *r, struct fault *f)
{
	struct store_txn *t = arg;
	struct record found;

	assert_int_equal(store_txn_get(t, &r->name, &found, f), ST_OK);
	assert_string_equal(record_property(&found, "v")->value, record_property(r, "v")->value);
	record_clear(&found);
	return strcmp(r->name.user, "stop") == 0 ? ST_EXISTS : ST_OK;
}

static void
test_txn_each(void **unused)
{
	struct store_txn *t;
	unsigned count = 0;

	(void)unused;
	fill(50);
	t = begun();
	assert_int_equal(store_txn_each(t, count_one, &count, NULL), ST_OK);
	assert_int_equal(count, 50);
	assert_int_equal(txn_delete(t, "u7"), ST_OK);
	assert_int_equal(txn_delete(t, "u8"), ST_OK);
	assert_int_equal(txn_put(t, "u9", "changed"), ST_OK);
	assert_int_equal(txn_put(t, "more", "new"), ST_OK);
	count = 0;
	assert_int_equal(store_txn_each(t, count_one, &count, NULL), ST_OK);
	assert_int_equal(count, 49);
	assert_int_equal(store_txn_each(t, look_up_each, t, NULL), ST_OK);
	assert_int_equal(txn_put(t, "stop", "x"), ST_OK);
	assert_int_equal(store_txn_each(t, look_up_each, t, NULL), ST_EXISTS);
	assert_int_equal(store_commit(t, NULL), ST_OK);
	assert_int_equal(count_all(), 50);
}

static off_t
size_of(const char *file)
{
	struct stat st;

	assert_int_equal(stat(file, &st), 0);
	return st.st_size;
}

static void
test_compact(void **unused)
{
	struct store_txn *t;
	struct store *s;
	off_t large, small;
	char user[16];
	struct rlimit old, none;

	(void)unused;
	fill(3000);
	t = begun();
	for (unsigned i = 300; i < 3000; i++) {
		snprintf(user, sizeof(user), "u%u", i);
		assert_int_equal(txn_delete(t, user), ST_OK);
	}
	assert_int_equal(store_commit(t, NULL), ST_OK);
	large = size_of(path);
	s = opened();
	assert_string_equal(get(s, "u1"), "u1");

	t = begun();
	assert_int_equal(store_compact(t, NULL), ST_OK);
	assert_string_equal(get(s, "u1"), "u1");
	store_abort(t);
	assert_int_equal(size_of(path), large);
	assert_int_equal(count_all(), 300);

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	none = (struct rlimit){32768, old.rlim_max};	/* enough for an empty one: GDBM leaks when that fails */
	signal(SIGXFSZ, SIG_IGN);
	t = begun();
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	assert_int_equal(store_compact(t, NULL), ST_IO);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(txn_put(t, "u1", "other"), ST_IO);
	assert_int_equal(store_commit(t, NULL), ST_IO);
	assert_string_equal(get(s, "u1"), "u1");
	assert_int_equal(size_of(path), large);
	assert_int_equal(count_all(), 300);

	t = begun();
	assert_int_equal(store_compact(t, NULL), ST_OK);
	assert_int_equal(store_commit(t, NULL), ST_OK);
	small = size_of(path);
	assert_true(small < large / 2);
	assert_int_equal(count_all(), 300);
	assert_string_equal(get(s, "u29"), "u29");
	assert_alike();

	/* and changes in the same transaction */
	t = begun();
	assert_int_equal(store_compact(t, NULL), ST_OK);
	assert_int_equal(txn_put(t, "u1", "changed"), ST_OK);
	assert_int_equal(txn_delete(t, "u2"), ST_OK);
	assert_int_equal(store_commit(t, NULL), ST_OK);
	assert_string_equal(get(s, "u1"), "changed");
	assert_string_equal(get(s, "u2"), status_text(ST_NOTFOUND));
	assert_int_equal(count_all(), 299);
	assert_alike();
	store_close(s);
}

/* ---- companions that are mapped ---- */

static struct store *
opened_mapped(void)
{
	struct store *s = opened();

	store_map(s);
	return s;
}

static void
test_mapped(void **unused)
{
	struct store *s;

	(void)unused;
	assert_int_equal(put("hoge", "one"), ST_OK);
	s = opened_mapped();
	assert_string_equal(get(s, "hoge"), "one");
	for (unsigned i = 0; i < 300; i++) {
		char value[16];

		snprintf(value, sizeof(value), "%u", i);
		assert_int_equal(put("hoge", value), ST_OK);
		assert_string_equal(get(s, "hoge"), value);
	}
	fill(3000);
	assert_string_equal(get(s, "u2999"), "u2999");
	assert_int_equal(delete("hoge"), ST_OK);
	assert_string_equal(get(s, "hoge"), status_text(ST_NOTFOUND));
	/* nobody vouches for the left: it is read, under a lock, and never mapped */
	assert_int_equal(unlink(state_path), 0);
	assert_int_equal(unlink(right_path), 0);
	assert_true(gives_within(s, "u1", "u1", 2000));
	assert_int_equal(put("hoge", "two"), ST_OK);
	assert_true(gives_within(s, "hoge", "two", 2000));
	store_close(s);
}

static void __attribute__((unused))
test_mapped_makes_no_system_call(void **unused)
{
	struct store *s;
	int status;
	pid_t pid;

	(void)unused;
	assert_int_equal(put("hoge", "one"), ST_OK);
	s = opened_mapped();
	pid = fork();
	if (pid == 0) {
		for (int i = 0; i < 100; i++)
			get(s, "hoge");
		/* from here on any system call but read, write and exit kills */
		if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0)
			_exit(1);
		for (int i = 0; i < 100; i++)
			if (strcmp(get(s, "hoge"), "one") != 0)
				syscall(SYS_exit, 2);
		syscall(SYS_exit, 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	store_close(s);
}

/* A reader who has the right mapped, while it becomes much smaller: he gets a second to finish. */
static void
test_mapped_compact(void **unused)
{
	struct timespec begin, end;
	struct store_txn *t;
	struct store *s, *idle;
	char user[16];
	int status;
	pid_t pid;

	(void)unused;
	fill(3000);
	/* one who looks nothing up meanwhile, and then again */
	idle = opened_mapped();
	assert_string_equal(get(idle, "u2998"), "u2998");
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		s = opened_mapped();
		while (strcmp(get(s, "u2999"), "u2999") == 0)
			;
		while (strcmp(get(s, "u1"), "the end") != 0)
			;
		_exit(0);
	}
	t = begun();
	for (unsigned i = 300; i < 3000; i++) {
		snprintf(user, sizeof(user), "u%u", i);
		assert_int_equal(txn_delete(t, user), ST_OK);
	}
	assert_int_equal(store_commit(t, NULL), ST_OK);
	t = begun();
	assert_int_equal(store_compact(t, NULL), ST_OK);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	assert_int_equal(store_commit(t, NULL), ST_OK);
	clock_gettime(CLOCK_MONOTONIC, &end);
	assert_true(end.tv_sec - begin.tv_sec + (end.tv_nsec >= begin.tv_nsec) >= 2);
	assert_alike();
	/* others: GDBM keeps what it has fetched */
	for (unsigned i = 1; i < 3000; i += 100) {
		snprintf(user, sizeof(user), "u%u", i);
		assert_string_equal(get(idle, user), i < 300 ? user : status_text(ST_NOTFOUND));
	}
	store_close(idle);
	assert_int_equal(put("u1", "the end"), ST_OK);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* ---- what people are told ---- */

static struct store_facts
inspected(void)
{
	struct store_facts facts;

	assert_int_equal(store_inspect(path, &facts, NULL), ST_OK);
	assert_int_equal(facts.size, size_of(path));
	return facts;
}

static void
test_inspect(void **unused)
{
	struct store_facts facts;
	struct store_facts before;
	struct fault f;

	(void)unused;
	assert_int_equal(store_inspect(path, &facts, &f), ST_NODB);
	assert_int_equal(put("hoge", "one"), ST_OK);
	facts = inspected();
	assert_true(facts.have_twin && facts.have_state && !facts.unfinished && !facts.by_hand);
	assert_int_equal(strlen(facts.generation), 32);
	before = facts;
	assert_int_equal(put("hoge", "two"), ST_OK);
	facts = inspected();
	assert_string_not_equal(facts.generation, before.generation);
	for (int i = 0; i < 2; i++) {
		set_phase(i == 0 ? PHASE_LEFT_DIRTY : PHASE_RIGHT_DIRTY);
		facts = inspected();
		assert_true(facts.unfinished);
		assert_false(facts.by_hand);
		assert_int_equal(put("hoge", "three"), ST_OK);
		facts = inspected();
		assert_false(facts.unfinished);
	}
	in_folder("cp db copy && cat copy > db");
	facts = inspected();
	assert_true(facts.by_hand && !facts.unfinished);
	assert_int_equal(put("hoge", "four"), ST_OK);
	facts = inspected();
	assert_false(facts.by_hand);
	assert_int_equal(unlink(right_path), 0);
	facts = inspected();
	assert_true(facts.have_state && !facts.have_twin);
	assert_int_equal(unlink(state_path), 0);
	facts = inspected();
	assert_true(!facts.have_state && !facts.have_twin && facts.generation[0] == '\0');
	assert_int_equal(put("hoge", "five"), ST_OK);
	overwrite(state_path, "no state", 8);
	facts = inspected();
	assert_false(facts.have_state);
	assert_int_equal(unlink(state_path), 0);
	assert_int_equal(symlink("db", state_path), 0);
	assert_int_equal(store_inspect(path, &facts, &f), ST_PERM);
}

/* GDBM walks bucket by bucket, and side_order() says in its upper bits which one a key is in. */
static enum status
compare_order(void *arg, const char *key, size_t key_len, const char *value, size_t len, struct fault *f)
{
	uint32_t *last = arg, order = side_order(key, key_len);

	(void)value;
	(void)len;
	(void)f;
	assert_true(order >> 31 == 0);
	assert_true(order >> 28 >= *last);
	*last = order >> 28;
	return ST_OK;
}

static void
test_order(void **unused)
{
	struct name ann = named("ann");
	struct side *side;
	uint32_t last = 0;
	int fd;

	(void)unused;
	fill(4000);
	fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	assert_int_equal(side_open(&side, fd, SIDE_READ, path, NULL), ST_OK);
	assert_int_equal(side_each(side, compare_order, &last, NULL), ST_OK);
	assert_int_equal(last, 7);
	side_close(side);
	close(fd);
	assert_int_equal(store_order(&ann), side_order("ann\0example.test", 16));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_state_file),
		TEST(test_put_get_delete),
		TEST(test_transaction),
		TEST(test_each),
		TEST(test_large_transaction),
		TEST(test_killed_before_commit),
		TEST(test_killed_after_commit),
		TEST(test_old_bytes_are_gone),
		TEST(test_restored_with_its_state),
		TEST(test_wrong_files),
		TEST(test_wrong_places),
		TEST(test_symbolic_link),
		TEST(test_planted_companions),
		TEST(test_damaged_left),
		TEST(test_emptied_left),
		TEST(test_damaged_after_a_kill),
		TEST(test_foreign_gdbm),
		TEST(test_access_is_copied),
		TEST(test_group),
		TEST(test_everybodys_folder),
		TEST(test_busy),
		TEST(test_fork),
		TEST(test_removed_and_made_again),
		TEST(test_removed_with_a_later_twin),
		TEST(test_changes_of_one_key),
		TEST(test_abort_restores),
		TEST(test_failed_change),
		TEST(test_txn_each),
		TEST(test_compact),
		TEST(test_mapped),
#if !defined(__SANITIZE_ADDRESS__)	/* its allocator makes system calls of its own */
		TEST(test_mapped_makes_no_system_call),
#endif
		TEST(test_mapped_compact),
		TEST(test_inspect),
		TEST(test_order),
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
