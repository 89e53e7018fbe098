/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_store_others: the store where others are in its way: other users, a chroot, programs that hold the files
 * or change them by hand.
 *
 * As root some tests become "nobody" and back; anybody else goes without those.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "store_support.h"

#define NOBODY 65534

static void
become(uid_t id)
{
	assert_int_equal(id == 0 ? seteuid(0) : setegid(id), 0);
	assert_int_equal(id == 0 ? setegid(0) : seteuid(id), 0);
}

/* Two databases: "one" is the file old, "two" is what the store holds. */
static void
make_old_and_new(void)
{
	assert_int_equal(put("hoge", "one"), ST_OK);
	in_folder("cp db old");
	assert_int_equal(put("hoge", "two"), ST_OK);
}

static int
locked(const char *file)
{
	int fd = open(file, O_RDWR | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	return fd;
}

/* ---- changes by hand ---- */

/* Somebody has restored the old database under a store that is open, and holds file: *fd lets go. */
static struct store *
restored_under(const char *file, int *fd)
{
	struct store *s;

	make_old_and_new();
	s = opened();
	assert_string_equal(get(s, "hoge"), "two");
	in_folder("cat old >db");
	*fd = locked(file);
	return s;
}

/* Somebody restores an old database and still holds it: the twin stands in until he lets go, then what he
 * restored counts, and nothing goes back to the twin. */
static void
test_restored_and_held(void **unused)
{
	struct store *s;
	int fd;

	(void)unused;
	s = restored_under(path, &fd);
	for (int ms = 0; ms < 1700; ms += 50) {
		assert_string_equal(get(s, "hoge"), "two");
		usleep(50000);
	}
	close(fd);
	assert_true(gives_within(s, "hoge", "one", 2000));
	fd = locked(path);
	assert_string_equal(get(s, "hoge"), status_text(ST_BUSY));
	close(fd);
	assert_string_equal(get(s, "hoge"), "one");
	store_close(s);
}

/* One of our writers is at work, or waits: he changes the state before he touches the database, so it is read
 * without a lock. */
static void
test_restored_under_a_writer(void **unused)
{
	struct store *s;
	int fd;

	(void)unused;
	s = restored_under(state_path, &fd);
	assert_true(gives_within(s, "hoge", "one", 2000));
	assert_string_equal(get(s, "nobody"), status_text(ST_NOTFOUND));
	close(fd);
	assert_string_equal(get(s, "hoge"), "one");
	store_close(s);
}

/* Who asks for somebody who does not exist, again and again, does not keep the reader from following. */
static void
test_restored_while_misses(void **unused)
{
	struct store *s;
	bool followed = false;

	(void)unused;
	make_old_and_new();
	s = opened();
	assert_string_equal(get(s, "hoge"), "two");
	in_folder("cat old >db");
	for (int ms = 0; ms < 2000 && !followed; ms += 20) {
		get(s, "nobody");
		usleep(20000);
		followed = strcmp(get(s, "hoge"), "one") == 0;
	}
	assert_true(followed);
	store_close(s);
}

/* Somebody restores an old database while a transaction that has changed something is open: neither its commit nor its end
 * takes that away. */
static void
test_restored_amid_a_transaction(void **unused)
{
	struct store_txn *t;

	(void)unused;
	for (int commits = 0; commits < 2; commits++) {
		make_old_and_new();
		t = begun();
		assert_int_equal(txn_put(t, "other", "new"), ST_OK);
		in_folder("cat old >db");
		if (commits)
			assert_int_equal(store_commit(t, NULL), ST_BUSY);
		else
			store_abort(t);
		usleep(400000);
		assert_string_equal(get_fresh("hoge"), "one");
		assert_int_equal(put("third", "later"), ST_OK);
		assert_string_equal(get_fresh("hoge"), "one");
		in_folder("rm -f db .db.twin .db.state old");
	}
}

static enum status
change_it_meanwhile(void *arg, const struct record *r, struct fault *f)
{
	(void)arg;
	(void)r;
	(void)f;
	in_folder("printf x >>db");
	return ST_OK;
}

/* A listing of one moment, or none. */
static void
test_changed_while_listed(void **unused)
{
	struct store *s;
	struct fault f;

	(void)unused;
	assert_int_equal(put("hoge", "one"), ST_OK);
	in_folder("rm .db.twin .db.state");	/* so that the database itself is listed */
	s = opened();
	assert_int_equal(store_each(s, change_it_meanwhile, NULL, &f), ST_BUSY);
	assert_non_null(strstr(f.text, "changed while it was read"));
	store_close(s);
}

static enum status
count_one(void *arg, const struct record *r, struct fault *f)
{
	(void)r;
	(void)f;
	++*(unsigned *)arg;
	return ST_OK;
}

static void
test_removed_while_open(void **unused)
{
	unsigned count = 0;
	struct store *s;
	struct fault f;

	(void)unused;
	assert_int_equal(put("hoge", "one"), ST_OK);
	s = opened();
	in_folder("mv db away");
	assert_true(gives_within(s, "hoge", status_text(ST_NODB), 2000));
	assert_int_equal(store_each(s, count_one, &count, &f), ST_NODB);
	assert_non_null(strstr(f.text, path));
	in_folder("mv away db");
	assert_int_equal(store_each(s, count_one, &count, NULL), ST_OK);
	assert_int_equal(count, 1);
	in_folder("mv db away");
	assert_true(gives_within(s, "hoge", status_text(ST_NODB), 2000));
	overwrite(path, "no database at all", 18);
	in_folder("rm .db.twin");
	assert_int_equal(store_each(s, count_one, &count, &f), ST_FOREIGN);
	assert_int_equal(count, 1);
	store_close(s);
}

static void
test_changed_before_a_change(void **unused)
{
	struct store_txn *t;

	(void)unused;
	assert_int_equal(put("hoge", "one"), ST_OK);
	t = begun();
	in_folder("touch -d @1 db");
	assert_int_equal(txn_put(t, "hoge", "two"), ST_BUSY);
	assert_int_equal(store_commit(t, NULL), ST_BUSY);
	assert_string_equal(get_fresh("hoge"), "one");
	assert_int_equal(put("hoge", "two"), ST_OK);
	assert_string_equal(get_fresh("hoge"), "two");
}

/* A writer waits for a file that is replaced meanwhile: his change goes into the new one. */
static void
test_replaced_while_waited_for(void **unused)
{
	int fd, state, status;
	pid_t pid;

	(void)unused;
	make_old_and_new();
	fd = locked(path);
	state = open(state_path, O_RDWR | O_CLOEXEC);
	pid = fork();
	if (pid == 0)
		_exit(put("other", "new") == ST_OK ? 0 : 1);
	/* he holds the state when he waits for the database */
	for (int ms = 0; ms < 4000 && flock(state, LOCK_SH | LOCK_NB) == 0; ms++) {
		flock(state, LOCK_UN);
		usleep(1000);
	}
	in_folder("mv old db");
	assert_int_equal(flock(fd, LOCK_UN), 0);	/* the child has the descriptor, too */
	close(fd);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_string_equal(get_fresh("hoge"), "one");
	assert_string_equal(get_fresh("other"), "new");
	close(state);
}

/* ---- a chroot ---- */

static int outside = -1;

static void
enter_jail(void)
{
	char jail[96];

	snprintf(jail, sizeof(jail), "%s/jail", folder);
	if (chroot(jail) != 0 || chdir("/") != 0)
		_exit(10);
}

static void
leave_jail(void)
{
	if (fchdir(outside) != 0 || chroot(".") != 0)
		_exit(11);
}

/* In a child, since cmocka's failures must not leave us in the jail.  Its exit code says which step failed. */
static void
in_child(int (*steps)(struct store *s))
{
	struct store *s;
	int status;
	pid_t pid;

	if (geteuid() != 0)
		return;
	assert_int_equal(put("hoge", "one"), ST_OK);
	in_folder("mkdir jail");
	pid = fork();
	if (pid == 0) {
		outside = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		s = opened();
		status = steps(s);
		leave_jail();
		store_close(s);
		_exit(status);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static bool
shell(const char *command)
{
	char whole[256];

	snprintf(whole, sizeof(whole), "cd %s && %s", folder, command);
	return system(whole) == 0;
}

/* What was opened before a chroot serves in it; what is removed outside needs a restart, and the answer says so. */
static int
steps_in_jail(struct store *s)
{
	struct name n = named("hoge");
	struct record r;
	struct fault f;

	enter_jail();
	if (strcmp(get(s, "hoge"), "one") != 0)
		return 1;
	leave_jail();
	put("hoge", "two");
	enter_jail();
	if (strcmp(get(s, "hoge"), "two") != 0)
		return 2;
	leave_jail();
	if (!shell("rm .db.twin .db.state"))
		return 3;
	enter_jail();
	for (int ms = 0; ms < 1500; ms += 10) {	/* past the next look */
		if (strcmp(get(s, "hoge"), "two") != 0)
			return 4;
		usleep(10000);
	}
	leave_jail();
	if (!shell("rm db"))
		return 5;
	enter_jail();
	if (!gives_within(s, "hoge", status_text(ST_RELOAD), 2000))
		return 6;
	if (store_get(s, &n, &r, &f) != ST_RELOAD || strstr(f.text, "runs in a chroot: restart it") == NULL)
		return 7;
	if (store_each(s, count_one, NULL, &f) != ST_RELOAD)
		return 8;
	return 0;
}

static void
test_chroot(void **unused)
{
	(void)unused;
	in_child(steps_in_jail);
}

/* A child must open its own files, and cannot in there. */
static int
steps_fork_in_jail(struct store *s)
{
	struct name n = named("hoge");
	struct record r;
	struct fault f;
	int status = -1;
	pid_t pid;

	enter_jail();
	pid = fork();
	if (pid == 0) {
		enum status answer = store_get(s, &n, &r, &f);

		leave_jail();
		_exit(answer == ST_RELOAD && strstr(f.text, "forked in a chroot") != NULL ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	if (status != 0)
		return 1;
	return strcmp(get(s, "hoge"), "one") == 0 ? 0 : 2;	/* the parent goes on */
}

static void
test_fork_in_chroot(void **unused)
{
	(void)unused;
	in_child(steps_fork_in_jail);
}

/* ---- other users ---- */

static void
test_folder_of_others(void **unused)
{
	struct fault f;

	(void)unused;
	if (geteuid() != 0)
		return;
	assert_int_equal(chmod(folder, 0755), 0);
	become(NOBODY);
	assert_int_equal(begin_status(true, &f), ST_CANTCREATE);
	become(0);
	assert_non_null(strstr(f.text, "/db: cannot be created: Permission denied"));
}

/* Companions that a third made would be refused by readers: they are not made. */
static void
test_companions_of_others(void **unused)
{
	struct fault f;
	struct stat st;

	(void)unused;
	if (geteuid() != 0)
		return;
	assert_int_equal(put("hoge", "one"), ST_OK);
	assert_int_equal(chmod(path, 0666), 0);
	assert_int_equal(chmod(folder, 0777), 0);
	in_folder("rm .db.twin .db.state");
	become(NOBODY);
	assert_int_equal(begin_status(false, &f), ST_PERM);
	become(0);
	assert_non_null(strstr(f.text, ".db.state: is missing and must be made by root or the database's owner"));
	assert_int_not_equal(lstat(state_path, &st), 0);
	assert_int_equal(chown(path, NOBODY, 0), 0);
	become(NOBODY);
	assert_int_equal(begin_status(false, &f), ST_OK);
	become(0);
	assert_int_equal(stat(state_path, &st), 0);
	assert_int_equal(st.st_uid, NOBODY);
}

/* A group that one may not give: nobody else may read it, and the first warning is the one that is kept. */
static void
test_group_of_others(void **unused)
{
	const struct group *g = getgrgid(1);
	struct store_write_options o = {.create = true};
	struct store_txn *t;

	(void)unused;
	if (geteuid() != 0 || g == NULL)
		return;
	o.group = g->gr_name;
	assert_int_equal(chmod(folder, 0777), 0);
	become(NOBODY);
	assert_int_equal(store_begin(&t, path, &o, NULL), ST_OK);
	become(0);
	assert_non_null(strstr(store_txn_warning(t), "/db: cannot be given to group"));
	store_abort(t);
	assert_int_equal(mode_of(path), 0600);
}

/* The copy that compacting needs is made in the folder. */
static void
test_compact_in_folder_of_others(void **unused)
{
	struct store_txn *t;
	struct fault f;

	(void)unused;
	if (geteuid() != 0)
		return;
	assert_int_equal(put("hoge", "one"), ST_OK);
	assert_int_equal(chown(path, NOBODY, NOBODY), 0);
	assert_int_equal(put("hoge", "two"), ST_OK);	/* the companions are his, too */
	assert_int_equal(chmod(folder, 0755), 0);
	become(NOBODY);
	t = begun();
	assert_int_equal(store_compact(t, &f), ST_PERM);
	assert_non_null(strstr(f.text, "no temporary file can be made"));
	store_abort(t);
	assert_int_equal(put("hoge", "three"), ST_OK);	/* which needs none */
	become(0);
	assert_string_equal(get_fresh("hoge"), "three");
}

/* ---- where it lies ---- */

static long fake_type;	/* of the file system; 0: the real one */
int __real_fstatfs(int fd, struct statfs *out);
int __wrap_fstatfs(int fd, struct statfs *out);

int
__wrap_fstatfs(int fd, struct statfs *out)
{
	int result = __real_fstatfs(fd, out);

	if (fake_type != 0)
		out->f_type = fake_type;
	return result;
}

static void
test_network(void **unused)
{
	struct store_txn *t = begun();

	(void)unused;
	assert_null(store_txn_warning(t));
	store_abort(t);
	fake_type = 0x6969;	/* NFS */
	t = begun();
	fake_type = 0;
	assert_non_null(strstr(store_txn_warning(t), "/db: is on a network file system, which is not supported"));
	store_abort(t);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_restored_and_held),
		TEST(test_restored_under_a_writer),
		TEST(test_restored_while_misses),
		TEST(test_restored_amid_a_transaction),
		TEST(test_changed_while_listed),
		TEST(test_removed_while_open),
		TEST(test_changed_before_a_change),
		TEST(test_replaced_while_waited_for),
		TEST(test_chroot),
		TEST(test_fork_in_chroot),
		TEST(test_folder_of_others),
		TEST(test_companions_of_others),
		TEST(test_group_of_others),
		TEST(test_compact_in_folder_of_others),
		TEST(test_network),
	};

	return cmocka_run_group_tests_name("store_others", tests, NULL, NULL);
}
