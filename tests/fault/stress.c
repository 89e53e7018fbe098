/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stress: readers beside writers that run flat out, are killed, or whose files somebody tampers with.
 *
 *   stress write SECONDS    8 processes look up while one writes: no failed, missing or wrong lookup
 *   stress kill COUNT       a writer is killed (-9) COUNT times: every acknowledged change is there, and
 *                           the readers beside it never fail
 *   stress tamper SECONDS   the three files are removed, renamed, overwritten and restored under readers:
 *                           nobody crashes, nobody gets a wrong value, the change is followed in two seconds
 *
 * Every user has a version that only grows: the writer notes in shared memory what it starts and what was
 * acknowledged, and a reader must see a version between the acknowledged one before its lookup and the
 * started one after it.  Every third version is "deleted".  Prints TAP.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "store.h"

#define USERS 200
#define READERS 8
#define REALM "stress.example.test"

struct shared {
	_Atomic uint32_t started[USERS], acknowledged[USERS];
	_Atomic uint64_t lookups, writes;
	_Atomic uint32_t failures;
	_Atomic int stop;
	/* tamper: answers other than a genuine value are counted, not failed */
	_Atomic uint64_t errors, missing;
	_Atomic uint32_t expected_version;
};

static struct shared *sh;
static char folder[64], path[96];
static int tests, failed;

static void
result(bool good, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void
result(bool good, const char *format, ...)
{
	va_list ap;

	printf("%s %d - ", good ? "ok" : "not ok", ++tests);
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
	failed += !good;
}

static void
complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void
complain(const char *format, ...)
{
	va_list ap;

	if (atomic_fetch_add(&sh->failures, 1) >= 20)
		return;
	fprintf(stderr, "# ");
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
}

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
die(const char *what, const struct fault *f)
{
	printf("Bail out! %s: %s\n", what, f != NULL ? f->text : strerror(errno));
	exit(1);
}

static void
user_name(struct name *out, unsigned user)
{
	char text[32];

	snprintf(text, sizeof(text), "user%u", user);
	if (name_parse(out, text, REALM, NULL, NULL) != ST_OK)
		die("name_parse", NULL);
}

/* A value of a length that varies, so that GDBM moves records about. */
static size_t
make_value(char *out, size_t size, unsigned user, uint32_t version)
{
	size_t len = (size_t)snprintf(out, size, "%u %u ", user, version);
	size_t fill = 20 + (user * 7 + version * 13) % 400;

	memset(out + len, 'a' + (int)((user + version) % 26), fill);
	return len + fill;
}

/* ---- one write, one lookup ---- */

static bool
deleted(uint32_t version)
{
	return version % 3 == 2;
}

static enum status
write_version(unsigned user, uint32_t version, struct fault *f)
{
	const struct store_write_options options = {.create = true, .wait = 60};
	struct store_txn *t;
	struct record r;
	struct name name;
	char value[512];
	enum status status;

	user_name(&name, user);
	status = store_begin(&t, path, &options, f);
	if (status != ST_OK)
		return status;
	if (deleted(version)) {
		status = store_txn_delete(t, &name, f);
	} else {
		record_init(&r, &name, 1);
		status = record_set_property(&r, "v", value,
		    make_value(value, sizeof(value), user, version), f);
		if (status == ST_OK)
			status = store_txn_put(t, &r, f);
		record_clear(&r);
	}
	if (status != ST_OK) {
		store_abort(t);
		return status;
	}
	return store_commit(t, f);
}

/* The version that a record claims; false if its bytes are not what such a record holds. */
static bool
version_of(const struct record *r, unsigned user, uint32_t *version)
{
	const struct property *p = record_property(r, "v");
	char expected[512];
	unsigned claimed_user;

	if (p == NULL || sscanf(p->value, "%u %u ", &claimed_user, version) != 2 || claimed_user != user)
		return false;
	return p->len == make_value(expected, sizeof(expected), user, *version) &&
	    memcmp(p->value, expected, p->len) == 0;
}

/* Is there a version between low and high that is deleted (or, if !gone, exactly version)? */
static bool
possible(uint32_t low, uint32_t high, bool gone, uint32_t version)
{
	if (!gone)
		return version >= low && version <= high;
	for (uint32_t v = low; v <= high; v++)
		if (v == 0 || deleted(v))
			return true;
	return false;
}

static void
check_lookup(struct store *s, unsigned user)
{
	struct name name;
	struct record r;
	struct fault f = {0};
	enum status status;
	uint32_t low, high, version = 0;

	user_name(&name, user);
	low = atomic_load(&sh->acknowledged[user]);
	status = store_get(s, &name, &r, &f);
	high = atomic_load(&sh->started[user]);
	if (status == ST_OK && !version_of(&r, user, &version))
		complain("user %u: a wrong record", user);
	else if (status != ST_OK && status != ST_NOTFOUND)
		complain("user %u: %s: %s", user, status_text(status), f.text);
	else if (!possible(low, high, status == ST_NOTFOUND, version))
		complain("user %u: version %u%s, but %u was acknowledged and %u started", user, version,
		    status == ST_NOTFOUND ? " (missing)" : "", low, high);
	record_clear(&r);
	atomic_fetch_add(&sh->lookups, 1);
}

/* ---- processes ---- */

static pid_t
start(void (*run)(unsigned), unsigned argument)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork", NULL);
	if (pid == 0) {
		run(argument);
		_exit(0);
	}
	return pid;
}

static void
run_reader(unsigned seed)
{
	struct store *s;
	struct fault f;

	if (store_open(&s, path, &f) != ST_OK) {
		complain("store_open: %s", f.text);
		return;
	}
	if (seed % 2 == 0)
		store_map(s);
	while (!atomic_load(&sh->stop))
		check_lookup(s, (unsigned)rand_r(&seed) % USERS);
	store_close(s);
}

/* Somebody who opens the database for each lookup, like a tool or a new process of a daemon. */
static void
run_opener(unsigned seed)
{
	struct store *s;
	struct fault f;

	while (!atomic_load(&sh->stop)) {
		if (store_open(&s, path, &f) != ST_OK) {
			complain("store_open: %s", f.text);
			continue;
		}
		check_lookup(s, (unsigned)rand_r(&seed) % USERS);
		store_close(s);
	}
}

static void
run_writer(unsigned seed)
{
	struct fault f = {0};
	unsigned user;
	uint32_t version;

	while (!atomic_load(&sh->stop)) {
		user = (unsigned)rand_r(&seed) % USERS;
		version = atomic_load(&sh->started[user]) + 1;
		atomic_store(&sh->started[user], version);
		if (write_version(user, version, &f) != ST_OK) {
			complain("write: %s", f.text);
			return;
		}
		atomic_store(&sh->acknowledged[user], version);
		atomic_fetch_add(&sh->writes, 1);
	}
}

/* Waits for a child and says how it ended; a crash is a failure. */
static void
reap(pid_t pid, const char *what)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		die("waitpid", NULL);
	if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
		complain("a %s died of signal %d", what, WTERMSIG(status));
	else if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
		complain("a %s ended with %d", what, WEXITSTATUS(status));
}

static void
sleep_ms(long ms)
{
	struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	while (nanosleep(&t, &t) != 0 && errno == EINTR)
		;
}

static void
check_all(const char *when)
{
	struct store *s;
	struct fault f;

	if (store_open(&s, path, &f) != ST_OK) {
		complain("%s: store_open: %s", when, f.text);
		return;
	}
	for (unsigned user = 0; user < USERS; user++)
		check_lookup(s, user);
	store_close(s);
}

static void
fill(void)
{
	struct fault f;

	for (unsigned user = 0; user < USERS; user++) {
		atomic_store(&sh->started[user], 1);
		if (write_version(user, 1, &f) != ST_OK)
			die("fill", &f);
		atomic_store(&sh->acknowledged[user], 1);
	}
}

/* ---- the modes ---- */

static void
start_readers(pid_t pid[READERS])
{
	for (unsigned i = 0; i < READERS; i++)
		pid[i] = start(run_reader, i + 1);
}

static void
stop_all(pid_t *pid, unsigned count, const char *what)
{
	atomic_store(&sh->stop, 1);
	for (unsigned i = 0; i < count; i++)
		reap(pid[i], what);
}

static void
mode_write(unsigned seconds)
{
	pid_t readers[READERS], others[2];

	fill();
	start_readers(readers);
	others[0] = start(run_writer, 99);
	others[1] = start(run_opener, 98);
	sleep_ms(seconds * 1000L);
	stop_all(others, 2, "writer or opener");
	stop_all(readers, READERS, "reader");
	check_all("at the end");
	printf("# %lu lookups beside %lu writes\n", (unsigned long)sh->lookups, (unsigned long)sh->writes);
	result(sh->failures == 0, "%d readers beside a flat-out writer: no failed, missing or wrong lookup",
	    READERS);
	result(sh->writes > 0 && sh->lookups > sh->writes, "both got on");
}

static void
mode_kill(unsigned count)
{
	pid_t readers[READERS], writer;
	unsigned seed = 7;
	uint64_t before;

	fill();
	start_readers(readers);
	for (unsigned i = 0; i < count; i++) {
		before = atomic_load(&sh->writes);
		writer = start(run_writer, 1000 + i);
		/* half of them in the repair of the kill before, the others in the midst of writing */
		for (int ms = 0; i % 2 == 1 && ms < 5000 && atomic_load(&sh->writes) == before; ms++)
			sleep_ms(1);
		sleep_ms(rand_r(&seed) % 20);
		kill(writer, SIGKILL);
		reap(writer, "writer");
		check_all("after a kill");
	}
	stop_all(readers, READERS, "reader");
	printf("# %u kills, %lu writes, %lu lookups\n", count, (unsigned long)sh->writes,
	    (unsigned long)sh->lookups);
	result(sh->failures == 0, "%u kills of a writer: nothing acknowledged is lost, no lookup fails", count);
	result(sh->writes >= count / 2, "the writers got on between the kills");
}

/* ---- tampering: all users have the same version at one time ---- */

static void
run_tamper_reader(unsigned seed)
{
	struct store *s = NULL;
	struct name name;
	struct record r;
	struct fault f;
	enum status status;
	uint32_t version;
	unsigned user;

	while (!atomic_load(&sh->stop)) {
		if (s == NULL && store_open(&s, path, &f) != ST_OK)
			continue;
		user = (unsigned)rand_r(&seed) % USERS;
		user_name(&name, user);
		status = store_get(s, &name, &r, &f);
		if (status == ST_OK && !version_of(&r, user, &version))
			complain("user %u: a wrong record", user);
		atomic_fetch_add(status == ST_OK ? &sh->lookups : status == ST_NOTFOUND ? &sh->missing
		    : &sh->errors, 1);
		record_clear(&r);
	}
	store_close(s);
}

static void
write_all_users(uint32_t version)
{
	struct fault f;

	/* never a deleted version: 1, 3, 4, 6, 7, ... */
	for (unsigned user = 0; user < USERS; user += 20)
		if (write_version(user, version, &f) != ST_OK)
			complain("write of version %u: %s", version, f.text);
}

/* How long until a long-lived reader sees version for the users that change? */
static int64_t
time_to_follow(struct store *s, uint32_t wanted)
{
	int64_t begun = now_ms(), end = begun + 4000;
	struct name name;
	struct record r;
	uint32_t version = 0;
	bool seen;

	user_name(&name, 20);
	do {
		seen = store_get(s, &name, &r, NULL) == ST_OK && version_of(&r, 20, &version) &&
		    version == wanted;
		record_clear(&r);
		if (seen)
			return now_ms() - begun;
		sleep_ms(1);
	} while (now_ms() < end);
	return -1;
}

static void
shell(const char *command)
{
	char whole[1024];

	snprintf(whole, sizeof(whole), "cd %s && T=.db.twin S=.db.state && { %s; }", folder, command);
	if (system(whole) != 0)
		complain("failed: %s", command);
}

static void
mode_tamper(unsigned rounds)
{
	/* old: what was saved at version 1; now: version 3.  Then each case, and what must be seen. */
	static const struct {
		const char *what, *command;
		uint32_t seen;
	} cases[] = {
		{"the database restored by cp", "cp old/db db", 1},
		{"the database restored by cp -p", "cp -p old/db db", 1},
		{"the database replaced by rename", "cp old/db n && mv n db", 1},
		{"the database removed and copied", "rm db && cp old/db db", 1},
		{"the twin overwritten by cp", "cp old/$T $T", 3},
		{"the twin overwritten by cp -p", "cp -p old/$T $T", 3},
		{"the twin replaced by rename", "cp old/$T n && mv n $T", 3},
		{"the twin removed", "rm $T", 3},
		{"the twin truncated", ": > $T", 3},
		{"the twin scrambled", "head -c 40000 /dev/urandom > $T", 3},
		{"the state overwritten by cp", "cp old/$S $S", 3},
		{"the state replaced by rename", "cp old/$S n && mv n $S", 3},
		{"the state removed", "rm $S", 3},
		{"the state truncated", ": > $S", 3},
		{"the state scrambled", "head -c 80 /dev/urandom > $S", 3},
		{"both companions removed", "rm $T $S", 3},
		{"all three restored by cp -a", "cp -a old/. .", 1},
		{"all three replaced", "rm db $T $S && cp -a old/. .", 1},
		{"the database scrambled", "head -c 40000 /dev/urandom > db", 3},
		{"the database truncated", ": > db", 3},
	};
	pid_t readers[READERS];
	struct store *s;
	struct fault f;
	int64_t took;

	atomic_store(&sh->stop, 0);
	fill();
	write_all_users(1);
	shell("mkdir old && cp -p db $T $S old");
	for (unsigned i = 0; i < READERS; i++)
		readers[i] = start(run_tamper_reader, i + 1);
	for (unsigned round = 0; round < rounds; round++)
		for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
			unsigned before = sh->failures;
			shell("rm -f db $T $S && cp -p old/* old/.db* .");
			write_all_users(3);
			if (store_open(&s, path, &f) != ST_OK)
				die("store_open", &f);
			took = time_to_follow(s, 3);
			shell(cases[i].command);
			took = time_to_follow(s, cases[i].seen);
			/* twice: a value that was right before must stay right */
			sleep_ms(cases[i].seen == 3 ? 1500 : 0);
			if (took >= 0 && cases[i].seen == 3)
				took = time_to_follow(s, 3);
			result(took >= 0 && took <= 2000 && sh->failures == before,
			    "%s: followed (%ld ms)", cases[i].what, (long)took);
			store_close(s);
		}
	stop_all(readers, READERS, "reader");
	printf("# %lu right answers, %lu missing, %lu errors\n", (unsigned long)sh->lookups,
	    (unsigned long)sh->missing, (unsigned long)sh->errors);
	result(sh->failures == 0, "%d spinning readers: no crash, no wrong value", READERS);
}

int
main(int argc, char **argv)
{
	unsigned amount = argc == 3 ? (unsigned)atoi(argv[2]) : 0;
	const char *tmp = getenv("TMPDIR");
	char command[160];

	if (amount == 0) {
		fprintf(stderr, "usage: stress write SECONDS | kill COUNT | tamper ROUNDS\n");
		return 64;
	}
	sh = mmap(NULL, sizeof(*sh), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	snprintf(folder, sizeof(folder), "%.30s/stress.XXXXXX", tmp != NULL ? tmp : "/tmp");
	if (sh == MAP_FAILED || mkdtemp(folder) == NULL)
		die("setting up", NULL);
	snprintf(path, sizeof(path), "%s/db", folder);
	if (strcmp(argv[1], "write") == 0)
		mode_write(amount);
	else if (strcmp(argv[1], "kill") == 0)
		mode_kill(amount);
	else if (strcmp(argv[1], "tamper") == 0)
		mode_tamper(amount);
	printf("1..%d\n", tests);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	if (system(command) != 0)
		failed++;
	return failed != 0;
}
