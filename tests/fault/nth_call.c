/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nth_call: the n-th call of one kind fails, n = 1, 2, ... until the operation of the store gets through without.
 *
 * Each time: an operation that says "done" is done, one that says anything else has changed nothing, no lookup
 * mistakes a failure for "no such user", the status fits and the words name the file, no memory and no descriptor
 * is lost, and the next operation works.  STRESS_LONG=yes (make check-fault): also when all calls from the n-th on
 * fail, when writes are short, when calls are interrupted, and when the process dies there.  Prints TAP.
 */
#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "failing.h"
#include "../txn.h"
#include "story_clock.h"
#include "support.h"
#include "store.h"

#define WHILE INT64_C(10000000000)	/* ns: what is as it was so long ago has come to rest */
#define BULK 1100	/* changes: more than a transaction remembers one by one */

static unsigned maps_made;		/* calls of mmap by operations that nobody allowed to map */

/* ---- the database, as words ---- */

static struct name
named(const char *user)
{
	struct name n;

	if (name_parse(&n, user, "example.test", NULL, NULL) != ST_OK)
		abort();
	return n;
}

/* value NULL: delete. */
static enum status
change(struct store_txn *t, const char *user, const char *value, struct fault *f)
{
	struct name n = named(user);
	struct record r;
	enum status status;

	if (value == NULL)
		return store_txn_delete(t, &n, f);
	record_init(&r, &n, 1);
	status = record_set_property(&r, "v", value, strlen(value), f);
	if (status == ST_OK)
		status = store_txn_put(t, &r, f);
	record_clear(&r);
	return status;
}

static enum status
begin(struct store_txn **t, struct fault *f)
{
	const struct store_write_options o = {.create = true, .wait = 1};

	return store_begin(t, path, &o, f);
}

static enum status
put(const char *user, const char *value, struct fault *f)
{
	struct store_txn *t;
	enum status status = begin(&t, f);

	return status == ST_OK ? txn_end(t, change(t, user, value, f), f) : status;
}

struct listing {
	char users[8][64];
	size_t count, others;
};

static enum status
list_user(void *arg, const struct record *r, struct fault *f)
{
	struct listing *l = arg;

	(void)f;
	if (strncmp(r->name.user, "bulk", 4) == 0)
		l->others++;
	else if (l->count < 8)
		snprintf(l->users[l->count++], sizeof(l->users[0]), "%.20s=%.40s", r->name.user,
		    record_property(r, "v")->value);
	return ST_OK;
}

static int
compare_users(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void
print_listing(char *out, size_t size, struct listing *l)
{
	size_t used = 0;

	qsort(l->users, l->count, sizeof(l->users[0]), compare_users);
	out[0] = '\0';
	for (size_t i = 0; i < l->count; i++)
		used += (size_t)snprintf(out + used, size - used, "%s%s", used > 0 ? " " : "", l->users[i]);
	if (l->others > 0)
		snprintf(out + used, size - used, " and %zu", l->others);
}

/* "user=value user=value", or "none" where there is no database. */
static enum status
list(char *out, size_t size, struct fault *f)
{
	struct listing l = {.count = 0};
	struct store *s;
	enum status status;

	status = store_open(&s, path, f);
	if (status == ST_OK)
		status = store_each(s, list_user, &l, f);
	store_close(s);
	print_listing(out, size, &l);
	return status;
}

/* The same as somebody sees it who has no failure.  A database that was made and is empty is none, too: nobody is
 * in it. */
static const char *
contents(void)
{
	static char text[1024];
	struct fault f;
	enum status status = list(text, sizeof(text), &f);

	if (status == ST_NODB || (status == ST_OK && text[0] == '\0'))
		return "none";
	if (status != ST_OK)
		snprintf(text, sizeof(text), "? %s: %s", status_text(status), f.text);
	return text;
}

/* ---- how it was before ---- */

static void
remove_companions(void)
{
	unlink(folder_file(".db.twin"));
	unlink(folder_file(".db.state"));
}

static void
prepare_none(void)
{
	folder_clear(NULL);
}

static void
prepare_users(void)
{
	struct store_txn *t;

	folder_clear(NULL);
	if (begin(&t, NULL) != ST_OK || change(t, "hoge", "old", NULL) != ST_OK ||
	    txn_end(t, change(t, "other", "here", NULL), NULL) != ST_OK)
		abort();
}

/*
 * A write that ends without a word, since all of its calls fail from one of its syncs on: state "left dirty",
 * left, state "right dirty" (the commit), right.  What that leaves of the dirty side is nobody's to say: half of
 * the file, here.
 */
static void
leave_unfinished(unsigned syncs, const char *dirty_side)
{
	prepare_users();
	failing_arm(CALL_SYNC, syncs, FAIL_EVER_ALL, EIO);
	put("hoge", "unfinished", NULL);
	failing_disarm();
	if (truncate(folder_file(dirty_side), 4096) != 0)
		abort();
}

static void
prepare_before_commit(void)
{
	leave_unfinished(2, "db");
}

static void
prepare_after_commit(void)
{
	leave_unfinished(4, ".db.twin");
}

static void
prepare_bare(void)
{
	prepare_users();
	remove_companions();
}

/* Somebody copies an older database over this one. */
static void
prepare_restored(void)
{
	static char copy[1 << 20];
	ssize_t len;
	int fd;

	prepare_users();
	fd = open(path, O_RDWR);
	len = read(fd, copy, sizeof(copy));
	if (put("hoge", "later", NULL) != ST_OK || len <= 0 || pwrite(fd, copy, (size_t)len, 0) != len ||
	    ftruncate(fd, len) != 0)
		abort();
	close(fd);
}

/* ---- operations: each says whether it is done; a lookup also what it saw ---- */

static enum status
insert(char *seen, struct fault *f)
{
	(void)seen;
	return put("third", "new", f);
}

static enum status
replace(char *seen, struct fault *f)
{
	(void)seen;
	return put("hoge", "a new value of another length", f);
}

static enum status
delete(char *seen, struct fault *f)
{
	(void)seen;
	return put("hoge", NULL, f);
}

/* What an import does. */
static enum status
insert_many(char *seen, struct fault *f)
{
	struct store_txn *t;
	enum status status = begin(&t, f);
	char user[32];

	(void)seen;
	if (status != ST_OK)
		return status;
	for (int i = 0; status == ST_OK && i < BULK; i++) {
		snprintf(user, sizeof(user), "bulk%d", i);
		status = change(t, user, "x", f);
	}
	return txn_end(t, status, f);
}

static enum status
compact(char *seen, struct fault *f)
{
	struct store_txn *t;
	enum status status = begin(&t, f);

	(void)seen;
	return status == ST_OK ? txn_end(t, store_compact(t, f), f) : status;
}

static enum status
look_up_by(bool mapped, char *seen, struct fault *f)
{
	struct name n = named("hoge");
	struct store *s;
	struct record r = {0};
	enum status status;

	status = store_open(&s, path, f);
	if (status == ST_OK && mapped)
		store_map(s);
	if (status == ST_OK)
		status = store_get(s, &n, &r, f);
	if (status == ST_OK)
		sprintf(seen, "%.64s", record_property(&r, "v")->value);
	record_clear(&r);
	store_close(s);
	return status;
}

static enum status
look_up(char *seen, struct fault *f)
{
	return look_up_by(false, seen, f);
}

static enum status
look_up_mapped(char *seen, struct fault *f)
{
	return look_up_by(true, seen, f);
}

static enum status
look_through(char *seen, struct fault *f)
{
	return list(seen, 256, f);
}

#define USERS "hoge=old other=here"

static const struct operation {
	const char *name;
	void (*prepare)(void);
	enum status (*run)(char *seen, struct fault *f);
	const char *before, *after;	/* contents() */
	const char *seen;		/* by a lookup */
	bool slow;			/* only in the long form */
} operations[] = {
	{"create the database", prepare_none, insert, "none", "third=new", "", false},
	{"insert", prepare_users, insert, USERS, USERS " third=new", "", false},
	{"replace", prepare_users, replace, USERS, "hoge=a new value of another length other=here", "", false},
	{"delete", prepare_users, delete, USERS, "other=here", "", false},
	{"insert many", prepare_users, insert_many, USERS, USERS " and 1100", "", true},
	{"compact", prepare_users, compact, USERS, USERS, "", false},
	{"write after a kill before the commit", prepare_before_commit, insert, USERS, USERS " third=new", "", false},
	{"write after a kill after the commit", prepare_after_commit, insert, "hoge=unfinished other=here",
	    "hoge=unfinished other=here third=new", "", false},
	{"write without companions", prepare_bare, insert, USERS, USERS " third=new", "", false},
	{"write after a restore", prepare_restored, insert, USERS, USERS " third=new", "", false},
	{"look up", prepare_users, look_up, USERS, USERS, "old", false},
	{"look up, mapped", prepare_users, look_up_mapped, USERS, USERS, "old", false},
	{"look up after a kill before the commit", prepare_before_commit, look_up, USERS, USERS, "old", false},
	{"look up after a kill after the commit", prepare_after_commit, look_up, "hoge=unfinished other=here",
	    "hoge=unfinished other=here", "unfinished", false},
	{"look up without companions", prepare_bare, look_up, USERS, USERS, "old", false},
	{"list", prepare_users, look_through, USERS, USERS, USERS, false},
};
#define OPERATIONS (sizeof(operations) / sizeof(operations[0]))

/* ---- one failure ---- */

/* What came of it; of a process that dies there, in memory that it shares with us. */
static struct outcome {
	bool ended, reached;
	enum status status;
	struct fault fault;
	char seen[256];
	long blocks;		/* that are lost */
	int descriptors;
} *outcome;

static void
run(const struct operation *op, enum call call, unsigned n, enum way way, int error)
{
	int descriptors = count_descriptors();
	long blocks = failing_blocks();

	failing_arm(call, n, way, error);
	outcome->status = op->run(outcome->seen, &outcome->fault);
	outcome->reached = failing_disarm();
	outcome->blocks = failing_blocks() - blocks;
	outcome->descriptors = count_descriptors() - descriptors;
	outcome->ended = true;
}

/* The same in a process that dies.  False: something else ended it. */
static bool
run_and_die(const struct operation *op, enum call call, unsigned n)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		run(op, call, n, FAIL_DIE, 0);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || status != 0)
		return false;
	if (!outcome->ended)
		outcome->reached = true;
	return true;
}

/* Does the status say what failed?  Never that there is nobody, no database, or a damaged one. */
static bool
fits(enum call call, enum way way, enum status status, int error)
{
	switch (status) {
	case ST_OK:
		return true;
	case ST_NOMEM:
		return call == CALL_ALLOCATE || call == CALL_MMAP || error == ENOMEM;
	case ST_CANTCREATE:
		return call == CALL_OPEN || call == CALL_NAME || call == CALL_SYSTEM;
	case ST_IO:
	case ST_BUSY:	/* what was read could not be vouched for */
		return call != CALL_ALLOCATE;
	case ST_CORRUPT:
		/* GDBM does not notice that the lseek before the write of a bucket failed: what it has written to a wrong
		 * place is seen when it is read back, before the commit */
		return call == CALL_SEEK;
	case ST_PERM:
		return error == EROFS;
	case ST_RELOAD:	/* not even "/" can be looked at */
		return way == FAIL_EVER && (call == CALL_STAT || call == CALL_SYSTEM);
	default:
		return false;
	}
}

/* What is wrong with what the operation said and did; NULL: nothing. */
static const char *
judge(const struct operation *op, enum call call, enum way way)
{
	const struct outcome *o = outcome;
	const char *now = contents();
	/* the commit could be made and could not be taken back, since all failed from then on */
	bool may_be = strstr(o->fault.text, "may be in effect") != NULL;

	if (!o->ended)
		return strcmp(now, op->before) == 0 || strcmp(now, op->after) == 0 ? NULL : "neither before nor after";
	if (strcmp(now, o->status == ST_OK ? op->after : op->before) != 0 &&
	    (!may_be || strcmp(now, op->after) != 0))
		return "not what it said";
	if (may_be && way != FAIL_EVER)
		return "uncertain without need";
	if (!fits(call, way, o->status, o->fault.sys))
		return "the status does not fit";
	if (o->status != ST_OK && strstr(o->fault.text, o->status == ST_NOMEM ? "memory" : "/") == NULL)
		return "the words do not say what failed";
	if (o->status == ST_OK && strcmp(o->seen, op->seen) != 0)
		return "a wrong answer";
	if (o->blocks != 0)
		return "memory is lost";
	if (o->descriptors != 0)
		return "a descriptor is lost";
	if (folder_has(".sasldb.") && call != CALL_NAME && way != FAIL_EVER)
		return "a temporary file is left";
	return NULL;
}

/* The next write works, and the database by itself is whole then. */
static const char *
judge_next(void)
{
	char before[1024], after[1024];
	struct fault f;

	snprintf(before, sizeof(before), "%s", contents());
	if (put("next", "works", &f) != ST_OK)
		return "the next write fails";
	snprintf(after, sizeof(after), "%s", contents());
	if (strstr(after, "next=works") == NULL)
		return "the next write is not seen";
	remove_companions();
	clock_pass(WHILE);
	if (strcmp(contents(), after) != 0)
		return "the database by itself is another one";
	if (put("next", NULL, &f) != ST_OK || strcmp(contents(), before) != 0)
		return "the next write changes more";
	return NULL;
}

static bool
check(const struct operation *op, enum call call, unsigned n, enum way way, int error)
{
	const char *wrong = NULL;

	op->prepare();
	clock_pass(WHILE);
	memset(outcome, 0, sizeof(*outcome));
	if (way != FAIL_DIE)
		run(op, call, n, way, error);
	else if (!run_and_die(op, call, n))
		wrong = "it crashed";
	if (wrong == NULL)
		wrong = judge(op, call, way);
	if (wrong == NULL)
		wrong = judge_next();
	if (wrong == NULL)
		return true;
	printf("# %s, %s %u: %s: said \"%s\" (%s), saw \"%s\"; the database: %s; lost %ld blocks, %d descriptors\n",
	    op->name, call_name(call), n, wrong, status_text(outcome->status), outcome->fault.text, outcome->seen,
	    contents(), outcome->blocks, outcome->descriptors);
	return false;
}

/* ---- all of them ---- */

static const struct series {
	enum way way;
	int error;		/* 0: call_error() */
	enum call from, to;	/* which kinds */
	bool slow;
	const char *what;
} all_series[] = {
	{FAIL_ONCE, 0, CALL_ALLOCATE, CALL_GDBM_CLOSE, false, "fails"},
	{FAIL_EVER, 0, CALL_SYSTEM, CALL_SYSTEM, false, "and all after it fail"},
	{FAIL_EVER, 0, CALL_ALLOCATE, CALL_GDBM_CLOSE, true, "and all after it fail"},
	{FAIL_EVER, EROFS, CALL_SYSTEM, CALL_SYSTEM, true, "and all after it fail (EROFS)"},
	{FAIL_SHORT, 0, CALL_WRITE, CALL_WRITE, false, "does half"},
	{FAIL_ONCE, EINTR, CALL_READ, CALL_LOCK, true, "is interrupted"},
	{FAIL_ONCE, EIO, CALL_OPEN, CALL_RIGHTS, true, "fails with EIO"},
	{FAIL_ONCE, ENOMEM, CALL_OPEN, CALL_OPEN, true, "fails with ENOMEM"},
	{FAIL_DIE, 0, CALL_SYSTEM, CALL_SYSTEM, true, "is the last"},
};

static void
run_series(const struct operation *op, const struct series *s, enum call call)
{
	bool good = true, reached = true;
	unsigned runs = 0;

	/* of thousands of calls that are alike not each */
	for (unsigned n = 1; reached; n += 1 + (op->slow ? n / 8 : 0)) {
		good &= check(op, call, n, s->way, s->error != 0 ? s->error : call_error(call));
		reached = outcome->reached;
		runs += reached;
	}
	if (call == CALL_MMAP && op->run != look_up_mapped)
		maps_made += runs;
	if (runs > 0 || !good)
		result(good, "%s: %u times one call of %s %s", op->name, runs, call_name(call), s->what);
}

/* So that what is allocated once and kept is there. */
static void
warm_up(void)
{
	static char seen[256];
	struct fault f;

	for (size_t i = 0; i < OPERATIONS; i++) {
		operations[i].prepare();
		if (operations[i].run(seen, &f) != ST_OK)
			abort();
	}
}

static void
run_all(void)
{
	bool slow = getenv("STRESS_LONG") != NULL;

	clock_begin();	/* no wait takes time */
	outcome = mmap(NULL, sizeof(*outcome), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (outcome == MAP_FAILED)
		bail("mmap: %s", strerror(errno));
	warm_up();
	for (size_t i = 0; i < OPERATIONS; i++)
		for (const struct series *s = all_series; s < all_series + sizeof(all_series) / sizeof(*s); s++)
			for (enum call call = s->from; call <= s->to; call++)
				if (slow || (!operations[i].slow && !s->slow))
					run_series(&operations[i], s, call);
	result(maps_made == 0, "no operation maps a file that was not told to");
}

int
main(void)
{
	return support_run("nth_call", run_all);
}
