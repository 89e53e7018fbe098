/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * threads short|long: many threads share one store.
 *
 * Beside a writer who never rests, every lookup is answered.  Where a lookup has to wait for a lock that somebody else
 * holds (the database was changed by hand, and a process keeps the locks of it and of the state), no thread waits
 * longer than one deadline: they wait at the same time, not one after the other; and a fork() meanwhile waits for none
 * of them.  Uses lib/store.h alone.  Prints TAP.
 *
 * Under ThreadSanitizer: `make check-threads` in a build of its own (HACKING.md).
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../txn.h"
#include "store.h"
#include "support.h"

#define THREADS 16
#define USERS 200
#define REALM "threads.example.test"
#define DEADLINE_US 5000000	/* of one lookup */
#define SLACK_US 1000000
#define FORK_US 1000000
#define FOLLOW_US 2000000

static struct {
	unsigned write_s;	/* beside a writer */
	unsigned hold_s;	/* somebody holds the locks */
} amount = {2, 7};

/* ---- the database ---- */

static void
user_name(struct name *out, unsigned user)
{
	char text[32];

	snprintf(text, sizeof(text), "user%u", user);
	if (name_parse(out, text, REALM, NULL, NULL) != ST_OK)
		bail("name_parse");
}

/* Gives users that version, in one transaction. */
static enum status
write_users(unsigned first, unsigned end, unsigned version, struct fault *f)
{
	const struct store_write_options options = {.create = true, .wait = 20};
	struct store_txn *t;
	struct record r;
	struct name name;
	char value[64];
	enum status status;

	status = store_begin(&t, path, &options, f);
	if (status != ST_OK)
		return status;
	for (unsigned user = first; status == ST_OK && user < end; user++) {
		user_name(&name, user);
		record_init(&r, &name, 1);
		snprintf(value, sizeof(value), "%u %u", user, version);
		r.secrets[MECH_CLEARTEXT].text = strdup(value);
		status = store_txn_put(t, &r, f);
		record_clear(&r);
	}
	return txn_end(t, status, f);
}

/* The version of a user.  Another user's, or half a secret, is damage. */
static enum status
look_up(struct store *s, unsigned user, unsigned *version, struct fault *f)
{
	struct name name;
	struct record r;
	enum status status;
	unsigned of_user;

	user_name(&name, user);
	status = store_get(s, &name, &r, f);
	if (status == ST_OK && (r.secrets[MECH_CLEARTEXT].text == NULL ||
	    sscanf(r.secrets[MECH_CLEARTEXT].text, "%u %u", &of_user, version) != 2 || of_user != user))
		status = fault_set(f, ST_CORRUPT, 0, "user%u: a wrong secret", user);
	record_clear(&r);
	return status;
}

/* ---- threads ---- */

/* What a thread found; its lookup may still go on. */
struct finding {
	pthread_t thread;
	struct store *store;
	unsigned number;
	_Atomic uint64_t lookups, wrong;
	_Atomic int64_t began, longest;	/* us; began 0: it is in none */
	_Atomic int64_t first;		/* when its first lookup ended; 0: not yet */
	_Atomic bool ended;
	char words[200];	/* of the first wrong one; when it has ended */
};

static struct finding findings[THREADS];
static atomic_bool stop;
static bool busy_is_good;	/* "try again" is an answer */
static int64_t pause_us;	/* after each lookup */

static void *
run_thread(void *argument)
{
	struct finding *t = argument;
	struct fault f = {0};
	unsigned seed = t->number, version;
	enum status status;
	int64_t took;

	do {
		t->began = now_us();
		status = look_up(t->store, (unsigned)rand_r(&seed) % USERS, &version, &f);
		took = now_us() - t->began;
		t->began = 0;
		if (took > t->longest)
			t->longest = took;
		if (t->lookups++ == 0)
			t->first = now_us();
		if (pause_us > 0)
			sleep_us(pause_us);
		if (status == ST_OK || (status == ST_BUSY && busy_is_good))
			continue;
		if (t->wrong++ == 0)
			snprintf(t->words, sizeof(t->words), "%s: %.150s", status_text(status), f.text);
	} while (!stop);
	t->ended = true;
	return NULL;
}

static void
start_threads(struct store *s)
{
	stop = false;
	for (unsigned i = 0; i < THREADS; i++) {
		memset(&findings[i], 0, sizeof(findings[i]));
		findings[i].store = s;
		findings[i].number = i + 1;
		if (pthread_create(&findings[i].thread, NULL, run_thread, &findings[i]) != 0)
			bail("pthread_create");
	}
}

/* How long the longest lookup has taken until now, of those that have ended and those that go on. */
static int64_t
longest_lookup(void)
{
	int64_t longest = 0, began, now = now_us();

	for (unsigned i = 0; i < THREADS; i++) {
		began = findings[i].began;
		if (findings[i].longest > longest)
			longest = findings[i].longest;
		if (began != 0 && now - began > longest)
			longest = now - began;
	}
	return longest;
}

/* How many ended their first lookup until then. */
static unsigned
count_answered(int64_t until)
{
	unsigned n = 0;

	for (unsigned i = 0; i < THREADS; i++)
		n += findings[i].first != 0 && findings[i].first <= until;
	return n;
}

/* Returns how many lookups there were; *wrong: of them. */
static uint64_t
join_threads(uint64_t *wrong)
{
	uint64_t lookups = 0;

	stop = true;
	*wrong = 0;
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(findings[i].thread, NULL);
		lookups += findings[i].lookups;
		*wrong += findings[i].wrong;
		if (findings[i].wrong > 0)
			printf("# thread %u: %s\n", i, findings[i].words);
	}
	return lookups;
}

/* ---- processes ---- */

static pid_t
start(void (*run)(unsigned), unsigned argument)
{
	pid_t pid = fork();

	if (pid < 0)
		bail("fork: %s", strerror(errno));
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	run(argument);
	_exit(0);
}

static void
end(pid_t pid)
{
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* How a child ended, if it does so within that time; else -1, and it is killed. */
static int
wait_for(pid_t pid, int64_t us)
{
	int64_t until = now_us() + us;
	int status;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (now_us() > until) {
			end(pid);
			return -1;
		}
		sleep_us(5000);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void
run_writer(unsigned unused)
{
	struct fault f;

	(void)unused;
	for (unsigned version = 2;; version++)
		if (write_users(version % USERS, version % USERS + 1, version, &f) != ST_OK)
			_exit(1);
}

/* Holds locks until it is killed, or for so long: whoever waits for them goes on then.  Says so with a byte. */
enum locks { LOCK_OF_LEFT, LOCKS_OF_BOTH };
static enum locks wanted;
static int held[2];

static void
run_holder(unsigned unused)
{
	char state[320];
	int fd;

	(void)unused;
	/* so that the parent sees when we fail */
	close(held[0]);
	alarm(amount.hold_s + 2);
	snprintf(state, sizeof(state), "%.*s.db.state", (int)(strlen(path) - 2), path);
	fd = wanted == LOCKS_OF_BOTH ? open(state, O_RDWR) : -1;
	if (wanted == LOCKS_OF_BOTH && (fd < 0 || flock(fd, LOCK_EX) != 0))
		_exit(1);
	fd = open(path, O_RDWR);
	if (fd < 0 || flock(fd, LOCK_EX) != 0 || write(held[1], "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static pid_t
start_holder(void)
{
	pid_t pid;
	char byte;

	if (pipe(held) != 0)
		bail("pipe");
	pid = start(run_holder, 0);
	close(held[1]);
	if (read(held[0], &byte, 1) != 1)
		bail("the locks cannot be held");
	close(held[0]);
	return pid;
}

/* A child that looks a user up in a store of its parent's: 0: it got an answer; 1: "try again"; 2: another. */
static int64_t
fork_reader(struct store *s, pid_t *out)
{
	int64_t began = now_us();
	unsigned version;
	struct fault f;
	enum status status;

	*out = fork();
	if (*out < 0)
		bail("fork: %s", strerror(errno));
	if (*out > 0)
		return now_us() - began;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	status = look_up(s, 1, &version, &f);
	_exit(status == ST_OK ? 0 : status == ST_BUSY ? 1 : 2);
}

/* ---- beside a writer ---- */

static struct store *
open_store(void)
{
	struct store *s;
	struct fault f;

	if (store_open(&s, path, &f) != ST_OK)
		bail("store_open: %s", f.text);
	return s;
}

static void
beside_writer(bool map)
{
	const char *how = map ? "mapped" : "not mapped";
	pid_t writer = start(run_writer, 0), child;
	struct store *s = open_store();
	int64_t longest, forked = 0, took, until;
	uint64_t lookups, wrong;
	unsigned forks = 0, good = 0;

	if (map)
		store_map(s);
	busy_is_good = false;
	start_threads(s);
	until = now_us() + amount.write_s * 1000000L;
	while (now_us() < until) {
		took = fork_reader(s, &child);
		if (took > forked)
			forked = took;
		good += wait_for(child, DEADLINE_US + SLACK_US) == 0;
		forks++;
		sleep_us(100000);
	}
	longest = longest_lookup();
	lookups = join_threads(&wrong);
	result(waitpid(writer, NULL, WNOHANG) == 0, "%s: the writer got on beside %d threads", how, THREADS);
	end(writer);
	store_close(s);
	result(wrong == 0 && lookups > THREADS, "%s: beside a writer no lookup of %d threads fails (%lu lookups)", how,
	    THREADS, (unsigned long)lookups);
	result(longest <= DEADLINE_US + SLACK_US, "%s: and none takes longer than a deadline (%ld ms)", how,
	    (long)(longest / 1000));
	/* it takes its turn for the lock like the threads, who never rest here */
	result(forked <= DEADLINE_US, "%s: and fork() returns within a deadline (%ld ms)", how, (long)(forked / 1000));
	result(good == forks, "%s: and every child can look up (%u of %u)", how, good, forks);
}

/* ---- beside somebody who holds the locks ---- */

static const struct holding {
	const char *what, *remove;	/* a companion that is not there */
	enum locks locks;
	bool adopted;			/* the readers have answered from the changed left before */
} holdings[] = {
	{"both locks held", NULL, LOCKS_OF_BOTH, false},
	{"both locks held, copy followed before", NULL, LOCKS_OF_BOTH, true},
	{"the database's lock held", NULL, LOCK_OF_LEFT, false},
	{"the database's lock held, copy followed before", NULL, LOCK_OF_LEFT, true},
	{"the database's lock held, no twin", ".db.twin", LOCK_OF_LEFT, false},
	{"the database's lock held, no state", ".db.state", LOCK_OF_LEFT, false},
};
#define HOLDINGS (sizeof(holdings) / sizeof(holdings[0]))

/* What came of each, from a process of its own. */
static struct outcome {
	unsigned answered, version;
	int64_t longest, forked;
	uint64_t lookups, wrong;
	int child;
	bool ended;
} *outcomes;

static void
shell(const char *command)
{
	char whole[1024];

	snprintf(whole, sizeof(whole), "cd '%.*s' && %s", (int)(strrchr(path, '/') - path), path, command);
	if (system(whole) != 0)
		bail("failed: %s", whole);
}

/* Until user1 has that version, or the time is over; the last one that was seen. */
static unsigned
follow(struct store *s, unsigned wanted_version)
{
	int64_t until = now_us() + FOLLOW_US;
	unsigned version = 0;
	struct fault f;

	while ((look_up(s, 1, &version, &f) != ST_OK || version != wanted_version) && now_us() < until)
		sleep_us(10000);
	return version;
}

/* The database is another than the state says: a copy was restored, or another program changed a record.  */
static struct store *
change_by_hand(const struct holding *h, pid_t *holder)
{
	struct store *s;
	struct fault f;

	if (write_users(0, USERS, 3, &f) != ST_OK)
		bail("write: %s", f.text);
	s = open_store();
	if (follow(s, 3) != 3)
		bail("%s: not the database that was made", h->what);
	if (h->adopted) {
		shell("cp ../backup db");
		if (follow(s, 1) != 1)
			bail("%s: the copy is not followed", h->what);
	}
	wanted = h->locks;
	*holder = start_holder();
	shell(h->adopted ? "touch db" : "cp ../backup db");
	if (h->remove != NULL)
		unlink(h->remove);
	return s;
}

/* All of it is bounded by the life of the holder, so that a store that breaks its promises ends as well. */
static void
hold(const struct holding *h, struct outcome *out)
{
	struct store *s;
	pid_t holder, child;
	int64_t began;

	s = change_by_hand(h, &holder);
	if (chdir("/") != 0)
		bail("/");
	/* a running reader takes so long at most to see all that */
	sleep_us(FOLLOW_US - 500000);
	busy_is_good = true;
	pause_us = 1000;
	began = now_us();
	start_threads(s);
	sleep_us(200000);	/* they are in the midst of their waiting, where there is one */
	out->forked = fork_reader(s, &child);
	out->child = wait_for(child, DEADLINE_US + SLACK_US);
	while (now_us() < began + DEADLINE_US + SLACK_US && count_answered(INT64_MAX) < THREADS)
		sleep_us(10000);
	out->answered = count_answered(began + DEADLINE_US + SLACK_US);
	while (now_us() < began + amount.hold_s * 1000000L && longest_lookup() <= DEADLINE_US + SLACK_US)
		sleep_us(20000);
	out->longest = longest_lookup();
	end(holder);
	out->lookups = join_threads(&out->wrong);
	out->version = follow(s, 1);
	store_close(s);
	out->ended = true;
}

static void __attribute__((noreturn))
run_holding(unsigned i)
{
	char sub[16];

	snprintf(sub, sizeof(sub), "h%u", i);
	if (mkdir(folder_file(sub), 0700) != 0 || chdir(folder_file(sub)) != 0)
		bail("%s: cannot be made", sub);
	snprintf(path, sizeof(path), "%.250s/%s/db", folder, sub);
	hold(&holdings[i], &outcomes[i]);
	exit(0);	/* not _exit(): a sanitizer has its say there */
}

static void
report(const struct holding *h, const struct outcome *o, int code)
{
	const char *what = h->what;

	if (!o->ended || code != 0) {
		result(false, "%s: it ended well (%d)", what, code);
		return;
	}
	result(o->answered == THREADS, "%s: %u of %d threads had an answer after one deadline", what, o->answered, THREADS);
	result(o->longest <= DEADLINE_US + SLACK_US, "%s: no lookup takes longer than a deadline (%ld ms)", what,
	    (long)(o->longest / 1000));
	result(o->wrong == 0 && o->lookups >= THREADS, "%s: each is answered or told to try again (%lu of %lu were not)",
	    what, (unsigned long)o->wrong, (unsigned long)o->lookups);
	result(o->forked <= FORK_US, "%s: fork() returns within a second (%ld ms)", what, (long)(o->forked / 1000));
	result(o->child == 0 || o->child == 1, "%s: the child is answered or told to try again within a deadline (%d)",
	    what, o->child);
	result(o->version == 1, "%s: without the locks the copy is followed (version %u)", what, o->version);
}

/* All at once: they wait most of the time. */
static void
beside_holders(void)
{
	pid_t pids[HOLDINGS];

	outcomes = mmap(NULL, sizeof(*outcomes) * HOLDINGS, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (outcomes == MAP_FAILED)
		bail("mmap");
	fflush(stdout);
	for (unsigned i = 0; i < HOLDINGS; i++)
		pids[i] = start(run_holding, i);
	for (unsigned i = 0; i < HOLDINGS; i++) {
		int code = wait_for(pids[i], (amount.hold_s + 60) * 1000000L);

		report(&holdings[i], &outcomes[i], code);
	}
}

static void
run_all(void)
{
	char command[1024];
	struct fault f;

	if (write_users(0, USERS, 1, &f) != ST_OK)
		bail("write: %s", f.text);
	snprintf(command, sizeof(command), "cp '%s' '%s/backup'", path, folder);
	if (system(command) != 0)
		bail("failed: %s", command);
	beside_writer(false);
	beside_writer(true);
	beside_holders();
}

int
main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "long") == 0) {
		amount.write_s = 20;
		amount.hold_s = 60;
	} else if (argc != 2 || strcmp(argv[1], "short") != 0) {
		fprintf(stderr, "usage: threads short|long\n");
		return 64;
	}
	return support_run("threads", run_all);
}
