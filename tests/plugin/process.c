/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * process: the plugin in a program's life: loading and unloading, threads, fork, exec, chroot, another uid,
 * files that are missing, forbidden or garbage.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"
#include "store.h"

#define GOOD "tuna melt"
#define SECOND "tuna salad"
#define NOBODY 65534
#define CHEAP "PLAIN:bcrypt CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1"

static bool
is_loaded(void)
{
	char line[1024];
	FILE *maps = fopen("/proc/self/maps", "r");
	bool found = false;

	while (fgets(line, sizeof(line), maps) != NULL)
		found = found || strstr(line, "libgsasldb.so") != NULL;
	fclose(maps);
	return found;
}

/* ---- loading and unloading ---- */

static void
run_once(const char *folders)
{
	server_start_in(folders, NULL);
	if (strstr(folders, "ours") != NULL)
		try_login("CRAM-MD5", "hoge", GOOD, NULL);
	server_stop();
}

#define CYCLES 256	/* what the allocator keeps for later comes to a byte or two of each */

/* Bytes that one more start and stop leaves behind. */
static size_t
growth(const char *folders)
{
	size_t before, after;
	int i;

	for (i = 0; i < CYCLES; i++)	/* the C library grows for a while */
		run_once(folders);
	before = mallinfo2().uordblks;
	for (i = 0; i < CYCLES; i++)
		run_once(folders);
	after = mallinfo2().uordblks;
	return after <= before ? 0 : (after - before) / CYCLES;
}

static void
test_cycles(void)
{
	unsigned descriptors, i;
	size_t with, without;
	bool good = true;

	run_once("ours:stock");
	descriptors = count_descriptors();
	for (i = 0; i < 5; i++) {
		server_start(NULL);
		good = good && is_loaded() && try_login("SCRAM-SHA-1", "hoge", GOOD, NULL) == SASL_OK;
		server_stop();
		good = good && !is_loaded() && count_descriptors() == descriptors;
	}
	ok(good, "init, done, init: it works, is unloaded and leaves no descriptor");

	server_start(NULL);
	sasl_server_init(NULL, "test");		/* a second part of the program */
	sasl_server_done();
	ok(try_login("PLAIN", "hoge", GOOD, NULL) == SASL_OK, "two inits, one done: still there");
	server_stop();

	without = growth("stock");
	with = growth("ours:stock");
	note("each start and stop leaves %zu bytes without the plugin, %zu with it", without, with);
	if (getenv("ASAN_OPTIONS") != NULL)
		skip("the sanitizer looks itself", "init and done leave no memory");
	else
		ok(with <= without + 32, "init and done leave no memory");
}

/* Runs f in a child; its exit code. */
static int
in_child(int (*f)(void))
{
	int status = -1;
	pid_t pid = fork();

	if (pid < 0)
		bail("fork: %s", strerror(errno));
	if (pid == 0) {
		alarm(120);
		_exit(f());
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Logins of many users without much hashing: nearly every one reads at another place of the file. */
#define USERS 10
#define QUICK_LOGINS 200

static void
make_users(void)
{
	char who[64];
	unsigned i;

	for (i = 0; i < USERS; i++) {
		snprintf(who, sizeof(who), "user%u@" REALM, i);
		give_password(who, "CRAM-MD5", GOOD);
	}
}

static unsigned
count_bad_logins(unsigned logins)
{
	char user[16];
	unsigned i, bad = 0;

	for (i = 0; i < logins; i++) {
		snprintf(user, sizeof(user), "user%u", i % USERS);
		bad += try_login("CRAM-MD5", user, GOOD, NULL) != SASL_OK;
	}
	return bad;
}

/* ---- threads ---- */

#define THREADS 4
#define LOGINS 60
#define THREAD_QUICK_LOGINS 1000

static void *
log_in_often(void *arg)
{
	static const char *const mechs[] = {"CRAM-MD5", "DIGEST-MD5", "SCRAM-SHA-1", "PLAIN"};
	unsigned first = *(unsigned *)arg, i, bad = 0;

	for (i = 0; i < LOGINS; i++) {
		unsigned m = (first + i) % (i % 20 == 0 ? 4 : 3);	/* PLAIN is slow on purpose */
		const char *password = i % 5 == 4 ? "wrong" : GOOD;
		int expected = i % 5 == 4 ? SASL_BADAUTH : SASL_OK;

		bad += try_login(mechs[m], "hoge", password, NULL) != expected;
	}
	bad += count_bad_logins(THREAD_QUICK_LOGINS);
	return (void *)(uintptr_t)bad;
}

/* A program with threads gives libsasl2 mutexes: its DIGEST-MD5 has a cache that all connections share. */
static void *
mutex_alloc(void)
{
	pthread_mutex_t *m = malloc(sizeof(*m));

	if (m != NULL)
		pthread_mutex_init(m, NULL);
	return m;
}

static int
mutex_lock(void *m)
{
	return pthread_mutex_lock(m) == 0 ? SASL_OK : SASL_FAIL;
}

static int
mutex_unlock(void *m)
{
	return pthread_mutex_unlock(m) == 0 ? SASL_OK : SASL_FAIL;
}

static void
mutex_free(void *m)
{
	pthread_mutex_destroy(m);
	free(m);
}

/* A process that changes another user as fast as it can, so that handles are opened again under the threads. */
static pid_t
start_writer(void)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		give_password("busy@" REALM, "CRAM-MD5", GOOD);
}

static int
log_in_by_threads(void)
{
	pthread_t thread[THREADS];
	unsigned number[THREADS], i, bad = 0;
	pid_t writer = start_writer();

	sasl_set_mutex(mutex_alloc, mutex_lock, mutex_unlock, mutex_free);
	server_start(NULL);
	for (i = 0; i < THREADS; i++) {
		number[i] = i;
		pthread_create(&thread[i], NULL, log_in_often, &number[i]);
	}
	for (i = 0; i < THREADS; i++) {
		void *result;

		pthread_join(thread[i], &result);
		bad += (unsigned)(uintptr_t)result;
	}
	server_stop();
	kill(writer, SIGKILL);
	waitpid(writer, NULL, 0);
	return bad != 0;
}

/* In a child: mutexes cannot be taken back, and would not survive the forks that follow. */
static void
test_threads(void)
{
	ok(in_child(log_in_by_threads) == 0, "%d threads, %d logins each, beside a writer", THREADS,
	    LOGINS + THREAD_QUICK_LOGINS);
}

/* ---- fork and exec ---- */

static int
child_logs_in(void)
{
	return try_login("CRAM-MD5", "hoge", GOOD, NULL) == SASL_OK ? 0 : 1;
}

#define ODD_OFFSET 4711

/* Moves the offsets of the database's files, if asked; how many of them are at the odd one? */
static unsigned
odd_offsets(bool move)
{
	char link[64], target[512];
	unsigned odd = 0;

	for (int fd = 3; fd < 256; fd++) {
		ssize_t len;

		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		len = readlink(link, target, sizeof(target) - 1);
		if (len <= 0)
			continue;
		target[len] = '\0';
		if (strstr(target, in_scratch("%s", "")) != NULL)
			odd += lseek(fd, move ? ODD_OFFSET : 0, move ? SEEK_SET : SEEK_CUR) == ODD_OFFSET;
	}
	return odd;
}

static int
child_moves_offsets(void)
{
	return child_logs_in() == 0 && odd_offsets(true) > 0 ? 0 : 1;
}

static int
grandchild_logs_in(void)
{
	return child_logs_in() == 0 && in_child(child_logs_in) == 0 ? 0 : 1;
}

static int
child_logs_in_often(void)
{
	return count_bad_logins(QUICK_LOGINS) != 0;
}

static atomic_bool stop;
static atomic_uint rounds;

/*
 * AddressSanitizer's allocator takes no care of its locks at a fork: a child that was forked while another
 * thread allocated hangs at its own first allocation.  There the fork has to come between two lookups.
 */
#if defined(__SANITIZE_ADDRESS__)
static pthread_mutex_t allocating = PTHREAD_MUTEX_INITIALIZER;
#define KEEP_OFF_ALLOCATOR(what) pthread_mutex_##what(&allocating)
#else
#define KEEP_OFF_ALLOCATOR(what) ((void)0)
#endif

/* Lookups without hashing, for OpenSSL's own locks do not survive a fork from a threaded program. */
static void *
look_up_forever(void *arg)
{
	unsigned *bad = arg;

	while (!atomic_load(&stop)) {
		KEEP_OFF_ALLOCATOR(lock);
		*bad += count_bad_logins(USERS);
		KEEP_OFF_ALLOCATOR(unlock);
		atomic_fetch_add(&rounds, 1);
	}
	return NULL;
}

static void
test_fork(void)
{
	unsigned i, bad = 0, bad_children = 0;
	pthread_t thread;

	server_start(NULL);
	ok(in_child(child_logs_in) == 0, "a child that is forked after init");
	ok(child_logs_in() == 0 && in_child(grandchild_logs_in) == 0, "its child, after a login");
	ok(in_child(child_moves_offsets) == 0 && odd_offsets(false) == 0, "a child shares no offset of a file with its parent");
	ok(child_logs_in() == 0, "the parent goes on");
	pthread_create(&thread, NULL, look_up_forever, &bad);
	while (atomic_load(&rounds) == 0)	/* its start allocates, too */
		sched_yield();
	for (i = 0; i < 40; i++) {
		KEEP_OFF_ALLOCATOR(lock);
		bad_children += in_child(child_logs_in_often) != 0;
		KEEP_OFF_ALLOCATOR(unlock);
	}
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
	ok(bad == 0 && bad_children == 0, "40 children forked while another thread looks up, %d lookups each",
	    QUICK_LOGINS);
	if (bad != 0 || bad_children != 0)
		note("%u lookups and %u children", bad, bad_children);
	server_stop();
}

/* How many descriptors of this file has the process whose /proc/.../fd list is? */
static unsigned
count_open(const char *list, const char *name)
{
	char line[512], end[64];
	FILE *ls = popen(list, "r");
	unsigned n = 0;
	bool listed = false;

	snprintf(end, sizeof(end), "/%s\n", name);
	while (ls != NULL && fgets(line, sizeof(line), ls) != NULL) {
		listed = listed || strstr(line, " 1 -> ") != NULL;
		n += strlen(line) > strlen(end) && strcmp(line + strlen(line) - strlen(end), end) == 0;
	}
	if (ls == NULL || pclose(ls) != 0 || !listed)
		bail("cannot run: %s", list);
	return n;
}

/* This process has the database and its companions open, and a program that it executes has not. */
static void
check_exec(const char *when)
{
	static const char *const files[] = {"sasldb", ".sasldb.twin", ".sasldb.state"};
	char here[64];
	bool good = true;
	size_t i;

	snprintf(here, sizeof(here), "ls -l /proc/%d/fd", (int)getpid());
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		unsigned mine = count_open(here, files[i]);
		unsigned its = count_open("ls -l /proc/self/fd", files[i]);

		if (mine > 0 && its == 0)
			continue;
		note("%s: open here %u times, there %u times", files[i], mine, its);
		good = false;
	}
	ok(good, "no descriptor of ours survives exec %s", when);
}

static void
set_password(void)
{
	struct log log = {0};
	sasl_conn_t *conn = server_conn(REALM, &log);

	if (sasl_setpass(conn, "other", GOOD, strlen(GOOD), NULL, 0, SASL_SET_CREATE) != SASL_OK)
		bail("sasl_setpass: %s", log.text);
	sasl_dispose(&conn);
	log_clear(&log);
}

static atomic_bool writing;

/* Writes until it is told to stop. */
static void *
write_forever(void *arg)
{
	while (!atomic_load(&stop)) {
		give_password("other@" REALM, "CRAM-MD5", atomic_load(&writing) ? "one" : "two");
		atomic_store(&writing, true);
	}
	return arg;
}

static void
test_exec(void)
{
	pthread_t thread;
	unsigned i, leaked = 0;

	server_start("auxprop_plugin: gsasldb\ngsasldb_path: %s/sasldb\ngsasldb_mechs: CRAM-MD5\n");
	check_exec("after init");
	child_logs_in();
	check_exec("after a login");
	give_password("other@" REALM, "CRAM-MD5", GOOD);
	child_logs_in();
	check_exec("after another program's write and a login");
	set_password();
	child_logs_in();
	check_exec("after a write of our own");
	/* at any moment, also between the opening of a file and what is done to it */
	atomic_store(&stop, false);
	pthread_create(&thread, NULL, write_forever, NULL);
	while (!atomic_load(&writing))
		;
	for (i = 0; i < 40; i++) {
		leaked += count_open("ls -l /proc/self/fd", "sasldb");
		leaked += count_open("ls -l /proc/self/fd", ".sasldb.twin");
	}
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
	ok(leaked == 0, "80 programs executed while another thread writes have none of our files open");
	server_stop();
}

/* ---- chroot and another uid, as Postfix does it ---- */

static int
serve_from_jail(void)
{
	static const char *const mechs[] = {"CRAM-MD5", "DIGEST-MD5", "SCRAM-SHA-1", "PLAIN", "LOGIN"};
	struct log log = {0};
	size_t i;
	int result;

	if (chroot(in_scratch("jail")) != 0 || chdir("/") != 0 || setgroups(0, NULL) != 0 ||
	    setgid(NOBODY) != 0 || setuid(NOBODY) != 0)
		return 1;
	for (i = 0; i < sizeof(mechs) / sizeof(mechs[0]); i++)
		if ((result = try_login(mechs[i], "hoge", GOOD, &log)) != SASL_OK) {
			note("%s: %d; the log:\n%s", mechs[i], result, log.text);
			return 2;
		}
	return 0;
}

static int
open_then_jail(void)
{
	int result;

	server_start(NULL);
	result = serve_from_jail();
	server_stop();
	return result;
}

#define WRITE 'w'
#define COMPACT 'c'
#define REMOVE 'r'

static void
compact(void)
{
	const struct store_write_options options = {.wait = 10};
	struct store_txn *t = NULL;
	struct fault f = {0};

	if (store_begin(&t, DATABASE, &options, &f) != ST_OK || store_compact(t, &f) != ST_OK ||
	    store_commit(t, &f) != ST_OK)
		bail("compact: %s", f.text);
}

/* A process that stays outside the jail, and changes the database when it is told to. */
static int
start_outside(void)
{
	int ends[2];
	char what;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		bail("socketpair: %s", strerror(errno));
	if (fork() != 0) {
		close(ends[1]);
		return ends[0];
	}
	close(ends[0]);
	while (read(ends[1], &what, 1) == 1) {
		if (what == WRITE)
			give_password("hoge@" REALM, "CRAM-MD5", SECOND);
		else if (what == COMPACT)
			compact();
		else
			remove(DATABASE);
		if (write(ends[1], &what, 1) != 1)
			break;
	}
	_exit(0);
}

static bool
tell_outside(int outside, char what)
{
	return write(outside, &what, 1) == 1 && read(outside, &what, 1) == 1;
}

/* Waits, with a bound, until logins by CRAM-MD5 have this result. */
static bool
becomes(int expected, struct log *log)
{
	const struct timespec pause = {.tv_nsec = 50000000};
	unsigned i;

	for (i = 0; i < 100; i++) {
		if (try_login("CRAM-MD5", "hoge", GOOD, log) == expected)
			return true;
		nanosleep(&pause, NULL);
	}
	return false;
}

static int
child_is_refused(void)
{
	struct log log = {0};

	return try_login("CRAM-MD5", "hoge", SECOND, &log) == SASL_UNAVAIL &&
	    log_has(&log, "was forked in a chroot") ? 0 : 1;
}

/* The number of the first step that went wrong; 0: none. */
static int
follow_from_jail(void)
{
	int outside = start_outside();
	struct log log = {0};

	server_start(NULL);
	if (serve_from_jail() != 0)
		return 1;
	if (!tell_outside(outside, WRITE) || try_login("CRAM-MD5", "hoge", SECOND, NULL) != SASL_OK ||
	    try_login("CRAM-MD5", "hoge", GOOD, NULL) != SASL_BADAUTH)
		return 2;
	if (!tell_outside(outside, COMPACT) || try_login("CRAM-MD5", "hoge", SECOND, NULL) != SASL_OK)
		return 3;
	if (in_child(child_is_refused) != 0 || try_login("CRAM-MD5", "hoge", SECOND, NULL) != SASL_OK)
		return 4;
	if (!tell_outside(outside, REMOVE) || !becomes(SASL_UNAVAIL, &log))
		return 5;
	try_login("CRAM-MD5", "hoge", SECOND, &log);
	if (log_count(&log, "restart it (for Postfix: postfix reload)") != 1) {
		note("%s", log.text);
		return 6;
	}
	server_stop();
	log_clear(&log);
	return 0;
}

static void
test_jail(void)
{
	if (geteuid() != 0) {
		skip("needs root", "opened before chroot and setuid");
		return;
	}
	mkdir(in_scratch("jail"), 0755);
	chmod(DATABASE, 0600);
	ok(in_child(open_then_jail) == 0, "opened before chroot and setuid, it serves from the jail");
}

/* The last one: it removes the database. */
static void
test_changes_outside_jail(void)
{
	int step;

	if (geteuid() != 0) {
		skip("needs root", "what happens to the database outside");
		return;
	}
	step = in_child(follow_from_jail);
	ok(step == 0, "from the jail it follows a write and a compaction; a child that is forked there and a removed "
	    "database are errors");
	if (step != 0)
		note("step %d", step);
}

/* ---- faults: one line each, and never "wrong password" ---- */

static void
become(uid_t id)
{
	if (id == 0 ? seteuid(0) != 0 || setegid(0) != 0 : setegid(id) != 0 || seteuid(id) != 0)
		bail("cannot become %u", (unsigned)id);
}

/* Every mechanism, twice: is each result the expected one? */
static bool
all_logins_are(int expected, int expected_ours, struct log *log)
{
	static const char *const mechs[] = {"PLAIN", "LOGIN", "CRAM-MD5", "DIGEST-MD5", "SCRAM-SHA-1"};
	bool good = true;
	unsigned i;

	for (i = 0; i < 10; i++) {
		int want = i % 5 < 2 ? expected_ours : expected;
		int got = try_login(mechs[i % 5], "hoge", GOOD, log);

		if (got == want)
			continue;
		note("%s: got %d, expected %d", mechs[i % 5], got, want);
		good = false;
	}
	return good;
}

static void
test_unreadable(void)
{
	struct log log = {0};
	char line[256];
	bool good;

	if (geteuid() != 0) {
		skip("needs root", "a file that the program may not read");
		return;
	}
	chmod(DATABASE, 0600);
	become(NOBODY);
	server_start(NULL);
	good = all_logins_are(SASL_UNAVAIL, SASL_UNAVAIL, &log);
	ok(good, "a file that may not be read: SASL_UNAVAIL");
	snprintf(line, sizeof(line), "chgrp postfix %s; chmod 640 %s)", DATABASE, DATABASE);
	good = log_count(&log, "1 ") == 1 && log_has(&log, line) && log_has(&log, "uid 65534 and gid 65534;") &&
	    log_has(&log, "the file has uid 0, gid 0 and mode 0600");
	ok(good, "one line with uids, mode and the commands that mend it");
	if (!good)
		note("%s", log.text);
	log_clear(&log);
	become(0);
	if (chown(DATABASE, 0, NOBODY) != 0 || chmod(DATABASE, 0640) != 0)
		bail("chown: %s", strerror(errno));
	become(NOBODY);
	ok(all_logins_are(SASL_OK, SASL_OK, &log), "mended, it is used without a restart");
	ok(log_count(&log, "1 ") == 1 && log_has(&log, "sasldb: can be used again"), "and one line says so");
	server_stop();
	become(0);
	log_clear(&log);
}

static void
test_missing(void)
{
	char away[512];
	struct log log = {0};

	snprintf(away, sizeof(away), "%s", in_scratch("away"));
	rename(DATABASE, away);
	server_start(NULL);
	ok(all_logins_are(SASL_NOUSER, SASL_BADAUTH, &log), "a file that is not there has no users");
	ok(log_count(&log, "1 ") == 1 && log_has(&log, "it has no users until it is made"), "one line says so");
	ok(log_count(&log, "no such user hoge in realm example.test in ") == 10, "and one each who was not found");
	log_clear(&log);
	rename(away, DATABASE);
	ok(all_logins_are(SASL_OK, SASL_OK, &log), "it comes: it is used");
	ok(log_count(&log, "1 ") == 1 && log_has(&log, "sasldb: can be used again"), "one line says so");
	server_stop();
	log_clear(&log);
}

static void
test_removed(void)
{
	char away[512];
	struct log log = {0};

	snprintf(away, sizeof(away), "%s", in_scratch("away"));
	server_start(NULL);
	ok(becomes(SASL_OK, &log), "there");
	rename(DATABASE, away);
	ok(becomes(SASL_NOUSER, &log) && log_count(&log, "1 ") == 1, "removed under way: no users, one line");
	rename(away, DATABASE);
	ok(becomes(SASL_OK, &log) && log_count(&log, "1 ") == 2, "back: users, one line more");
	rename(DATABASE, away);
	becomes(SASL_NOUSER, &log);
	rename(away, DATABASE);
	becomes(SASL_OK, &log);
	ok(log_count(&log, "1 ") == 2, "a fault that comes and goes is not told each time");
	server_stop();
	log_clear(&log);
}

static void
test_garbage(void)
{
	char away[512];
	struct log log = {0};
	FILE *file;

	snprintf(away, sizeof(away), "%s", in_scratch("away"));
	rename(DATABASE, away);
	file = fopen(DATABASE, "w");
	fputs("this is no database\n", file);
	fclose(file);
	remove(in_scratch(".sasldb.twin"));
	remove(in_scratch(".sasldb.state"));
	server_start(NULL);
	ok(all_logins_are(SASL_UNAVAIL, SASL_UNAVAIL, &log), "a file that is no database: SASL_UNAVAIL");
	ok(log_count(&log, "1 ") == 1 && log_has(&log, DATABASE), "one line names it");
	note("%s", log.text);
	ok(try_login("ANONYMOUS", "hoge", GOOD, &log) == SASL_OK, "it is no matter where nothing is asked of it");
	server_stop();
	rename(away, DATABASE);
	log_clear(&log);
}

/* Nothing is opened where we are not meant. */
static void
test_not_selected(void)
{
	unsigned before = count_descriptors(), with;

	server_start("auxprop_plugin: sasldb\nsasldb_path: %s/none\ngsasldb_path: %s/sasldb\n");
	with = count_descriptors();
	ok(with == before, "not selected, nothing is opened");
	server_stop();
}

/* ---- a program that selects us when we are loaded already, as slapd does ---- */

static const char *selected;

static int
answer_option(void *context, const char *plugin, const char *option, const char **result, unsigned *len)
{
	(void)context;
	(void)plugin;
	if (strcmp(option, "auxprop_plugin") != 0)
		return SASL_FAIL;
	*result = selected;
	if (len != NULL)
		*len = (unsigned)strlen(selected);
	return SASL_OK;
}

static void
test_selected_late(void)
{
	static const sasl_callback_t callbacks[] = {
		{SASL_CB_GETOPT, (int (*)(void))(void (*)(void))answer_option, NULL},
		{SASL_CB_LIST_END, NULL, NULL},
	};
	static const char *const mechs[] = {"PLAIN", "LOGIN", "CRAM-MD5", "DIGEST-MD5", "SCRAM-SHA-1"};
	unsigned before = count_descriptors(), i;
	const char *mech;

	program_callbacks = callbacks;
	selected = "sasldb";
	server_start("gsasldb_path: %s/sasldb\nsasldb_path: %s/none\ngsasldb_plain: yes\n");
	ok(count_descriptors() == before, "to be selected later, nothing is opened yet");
	for (i = 0; i < sizeof(mechs) / sizeof(mechs[0]); i++) {
		mech = mechs[i];
		selected = "sasldb";
		ok(try_login(mech, "hoge", GOOD, NULL) != SASL_OK, "%s: not selected yet", mech);
		selected = "gsasldb";
		ok(try_login(mech, "hoge", GOOD, NULL) == SASL_OK, "%s: selected since", mech);
		ok(try_login(mech, "hoge", "salmon", NULL) == SASL_BADAUTH, "%s: wrong password", mech);
	}
	server_stop();
	ok(count_descriptors() == before, "selected later, nothing is left open");
	program_callbacks = NULL;
}

int
main(void)
{
	harness_start();
	give_password("hoge@" REALM, CHEAP, GOOD);
	make_users();
	test_cycles();
	test_not_selected();
	test_selected_late();
	test_threads();
	test_fork();
	test_exec();
	test_missing();
	test_removed();
	test_garbage();
	test_jail();
	test_unreadable();
	test_changes_outside_jail();
	return done();
}
