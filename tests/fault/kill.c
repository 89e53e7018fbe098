/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kill COUNT: saslpasswd (which creates, changes, deletes), gsasldb import, gsasldb compact and the repair of
 * what they left are killed (-9) COUNT times beside readers.
 *
 * A kill counts if it struck between the first and the last change that the program makes to the files.  One
 * half strike after the n-th change, for each n in turn; the other half at moments spread evenly over the
 * time from the first to the last.  After each, every user must have a version that may be there (users.h),
 * the changes of an import all or none, and no later look may see another.  Prints TAP.
 */
#include <config.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "state.h"
#include "support.h"
#include "trace.h"
#include "users.h"

#define WAIT_US 60000000	/* for a program that is not to be killed */
#define ATTEMPTS 20		/* for each kill that is to strike */
#define MEASURE_EVERY 8		/* kills */
#define KILL_READERS 4		/* beside the programs */
#define STANDING 3		/* of them with a store that stays open; the others open it each time */

static unsigned wanted;		/* kills */
static char input[300], output[300], state_path[320];

/* ---- what is killed ---- */

enum operation { OP_CREATE, OP_CHANGE, OP_DELETE, OP_IMPORT, OP_COMPACT, OP_REPAIR, OP_COUNT };

static const struct {
	const char *what;
	unsigned share;		/* of all kills, in twelfths */
} operations[OP_COUNT] = {
	{"saslpasswd -c", 1},
	{"saslpasswd", 1},
	{"saslpasswd -d", 1},
	{"gsasldb import", 3},
	{"gsasldb compact", 3},
	{"the repair of a kill", 3},
};

/* A user whose next version is what op makes; USERS: there is none. */
static unsigned
find_user(enum operation op)
{
	static unsigned last;

	for (unsigned i = 1; i <= USERS; i++) {
		unsigned user = (last + i) % USERS;
		uint32_t now = sh->acknowledged[user];

		if (op == OP_CREATE ? deleted(now) : op == OP_DELETE ? deleted(now + 1)
		    : !deleted(now) && !deleted(now + 1))
			return last = user;
	}
	return USERS;
}

static FILE *
write_input(void)
{
	FILE *out = fopen(input, "w");

	if (out == NULL)
		bail("%s: cannot be written", input);
	return out;
}

/* Starts a change of one user. */
static void
start_saslpasswd(struct trace *t, enum operation op)
{
	static char user[32], value[VALUE_MAX];
	unsigned number = find_user(op);
	uint32_t version = sh->acknowledged[number] + 1;
	char *const argv[] = {built("saslpasswd"), (char *)(uintptr_t)"-f", path,
	    (char *)(uintptr_t)"-u", (char *)(uintptr_t)REALM,
	    (char *)(uintptr_t)(op == OP_DELETE ? "-d" : op == OP_CREATE ? "-cm" : "-m"),
	    (char *)(uintptr_t)(op == OP_DELETE ? user : "CLEARTEXT"), op == OP_DELETE ? NULL : user, NULL};
	FILE *out = write_input();

	snprintf(user, sizeof(user), "user%u", number);
	make_value(value, number, version);
	fputs(value, out);
	fclose(out);
	sh->started[number] = version;
	trace_start(t, argv, input, output);
}

/* Starts an import that changes, adds or removes every user. */
static void
start_import(struct trace *t)
{
	char *const argv[] = {built("gsasldb"), (char *)(uintptr_t)"import",
	    (char *)(uintptr_t)"-f", path, (char *)(uintptr_t)"--replace-realm", (char *)(uintptr_t)REALM,
	    input, NULL};
	char value[VALUE_MAX];
	FILE *out = write_input();

	for (unsigned user = 0; user < USERS; user++) {
		uint32_t version = ++sh->started[user];

		make_value(value, user, version);
		if (!deleted(version))
			fprintf(out, "{\"user\":\"user%u\",\"realm\":\"%s\",\"secrets\":{\"CLEARTEXT\":\"%s\"}}\n", user,
			    REALM, value);
	}
	fclose(out);
	trace_start(t, argv, NULL, output);
}

/* Starts a verb of gsasldb that changes nobody. */
static void
start_verb(struct trace *t, const char *verb)
{
	char *const argv[] = {built("gsasldb"), (char *)(uintptr_t)verb,
	    (char *)(uintptr_t)"-f", path, NULL};

	trace_start(t, argv, NULL, output);
}

/* Is this turn's repair one without a change? */
static bool
by_itself(unsigned turn)
{
	return turn % 4 < 2;
}

static void
start_operation(struct trace *t, enum operation op, unsigned turn)
{
	if (op == OP_IMPORT)
		start_import(t);
	else if (op == OP_COMPACT || (op == OP_REPAIR && by_itself(turn)))
		start_verb(t, op == OP_COMPACT ? "compact" : "init");
	else
		start_saslpasswd(t, op == OP_REPAIR ? OP_CHANGE : op);
}

/* ---- one run ---- */

static struct state
read_state(void)
{
	struct state now = {0};
	int fd = open(state_path, O_RDONLY);

	if (fd < 0 || state_read(&now, fd) != ST_OK)
		complain("the state cannot be read");
	if (fd >= 0)
		close(fd);
	return now;
}

/* The version of a user now: what was started, or what was acknowledged before. */
static uint32_t
version_now(struct store *s, unsigned user)
{
	uint32_t old = sh->acknowledged[user], next = sh->started[user], version = 0;
	struct name name;
	struct record r;
	struct fault f = {0};
	enum status status;

	user_name(&name, user);
	status = store_get(s, &name, &r, &f);
	if (status == ST_NOTFOUND)
		version = deleted(next) || next == 0 ? next : deleted(old) || old == 0 ? old : UINT32_MAX;
	else if (status != ST_OK || !version_of(&r, user, &version))
		complain("user %u: %s %s", user, status_text(status), f.text);
	record_clear(&r);
	if (version == old || version == next)
		return version;
	complain("user %u: version %d, and not %u or %u", user, (int)version, old, next);
	return old;
}

/* Looks at everybody.  What is there now is what every later look must see. */
static void
settle(void)
{
	struct store *s;
	struct fault f;
	bool kept = false, changed = false;
	uint32_t now;

	if (store_open(&s, path, &f) != ST_OK) {
		complain("store_open: %s", f.text);
		return;
	}
	for (unsigned user = 0; user < USERS; user++) {
		now = version_now(s, user);
		if (sh->started[user] != sh->acknowledged[user]) {
			kept = kept || now == sh->acknowledged[user];
			changed = changed || now == sh->started[user];
		}
		sh->acknowledged[user] = now;
		sh->started[user] = now;
	}
	store_close(s);
	if (kept && changed)
		complain("a part of the changes was made");
}

static void
acknowledge(void)
{
	for (unsigned user = 0; user < USERS; user++)
		sh->acknowledged[user] = sh->started[user];
	sh->writes++;
}

/* After the end of a run, however it came.  Returns whether it was killed. */
static bool
look(const struct trace *t)
{
	bool killed = WIFSIGNALED(t->status) && WTERMSIG(t->status) == SIGKILL;

	if (!killed && (!WIFEXITED(t->status) || WEXITSTATUS(t->status) != 0)) {
		char words[512] = "";
		FILE *in = fopen(output, "r");

		if (in != NULL && fgets(words, sizeof(words), in) == NULL)
			words[0] = '\0';
		if (in != NULL)
			fclose(in);
		complain("ended with status %x: %s", (unsigned)t->status, words);
	} else if (!killed)
		acknowledge();
	settle();
	return killed;
}

/* The changes to our files up to the limit.  False: it has ended before. */
static bool
go_on(struct trace *t, unsigned limit, unsigned *seen)
{
	struct change_call call;

	for (*seen = 0; *seen < limit;) {
		if (!trace_next(t, &call))
			return false;
		if (trace_in_folder(t, call.fd, folder))
			++*seen;
	}
	return true;
}

/* One that is left alone. */
static void
finish(struct trace *t)
{
	trace_end(t, WAIT_US);
	if (look(t))
		bail("a program did not end");
}

static void
make_whole(void)
{
	struct trace t;

	start_verb(&t, "init");
	finish(&t);
	if (read_state().phase != PHASE_CLEAN)
		complain("a repair that was not killed left something unfinished");
}

/* Leaves a write unfinished, a different one in each turn. */
static void
make_unfinished(unsigned turn)
{
	struct trace t;
	unsigned seen;

	for (unsigned n = 1 + turn % 18; read_state().phase == PHASE_CLEAN; n++) {
		start_saslpasswd(&t, OP_CHANGE);
		if (go_on(&t, n, &seen))
			trace_kill(&t);
		look(&t);
		n = n % 18;
	}
}

/* Everybody gets a next version until there is one for op. */
static void
make_user(enum operation op)
{
	struct trace t;

	while (find_user(op) == USERS) {
		start_import(&t);
		finish(&t);
	}
}

static void
prepare(enum operation op, unsigned turn)
{
	make_user(op == OP_CREATE || op == OP_DELETE ? op : OP_CHANGE);
	if (op != OP_REPAIR)
		make_whole();
	else if (read_state().phase == PHASE_CLEAN)
		make_unfinished(turn);
}

/* ---- the kills ---- */

/* How many changes such a run makes, and how long they take it (us), as far as is known: a kill that comes too
 * late tells more. */
struct measure {
	unsigned calls;
	int64_t took;
};

static void
measure(struct measure *m, enum operation op, unsigned turn)
{
	struct trace t;
	int64_t begin;

	prepare(op, turn);
	start_operation(&t, op, turn);
	if (m->calls == 0) {
		go_on(&t, UINT32_MAX, &m->calls);
		look(&t);
		return;
	}
	go_on(&t, 1, &(unsigned){0});
	begin = now_us();
	finish(&t);
	m->took = now_us() - begin;
}

/* Kills after the part-th of parts of its changes.  True: it struck. */
static bool
kill_after_call(struct measure *m, enum operation op, unsigned turn, unsigned part, unsigned parts)
{
	struct trace t;
	unsigned seen;
	bool reached;

	prepare(op, turn);
	start_operation(&t, op, turn);
	reached = go_on(&t, 1 + part * (m->calls - 1) / parts, &seen);
	if (reached)
		trace_kill(&t);
	else
		m->calls = seen;
	look(&t);
	return reached;
}

/* Kills part/parts of the way from its first change to its last.  True: it struck between the two. */
static bool
kill_at_moment(struct measure *m, enum operation op, unsigned turn, unsigned part, unsigned parts)
{
	struct state before, after;
	struct trace t;

	prepare(op, turn);
	before = read_state();
	start_operation(&t, op, turn);
	if (!go_on(&t, 1, &(unsigned){0}))
		bail("%s changes nothing", operations[op].what);
	trace_end(&t, 1 + m->took * part / parts);
	if (look(&t)) {
		after = read_state();
		if (after.phase != PHASE_CLEAN || generation_same(state_current(&after), state_current(&before)))
			return true;
	}
	m->took = m->took * part / parts * 3 / 4;
	return false;
}

static void
kill_operation(enum operation op)
{
	const unsigned share = wanted * operations[op].share / 12, parts = share / 2 + 1;
	struct measure measures[2] = {0};	/* of the two programs that repair */
	unsigned tried = 0, struck[2] = {0};
	uint32_t failures = sh->failures;

	for (unsigned i = 0; i < share; i++) {
		bool timed = i % 2 == 1, done = false;
		unsigned turn = i / 2;
		struct measure *m = &measures[op == OP_REPAIR && by_itself(turn)];

		if (m->calls == 0)
			measure(m, op, turn);
		if (timed && (m->took == 0 || turn % MEASURE_EVERY == 0))
			measure(m, op, turn);
		for (unsigned j = 0; !done && j < ATTEMPTS; j++, tried++)
			done = timed ? kill_at_moment(m, op, turn, turn, parts)
			    : kill_after_call(m, op, turn, turn, parts);
		struck[timed] += done;
	}
	make_whole();
	printf("# %s: %u killed after one of its changes, %u at a moment between, in %u attempts\n",
	    operations[op].what, struck[0], struck[1], tried);
	result(struck[0] + struck[1] == share, "%s: %u kills struck between its first and its last change",
	    operations[op].what, struck[0] + struck[1]);
	result(sh->failures == failures, "%s: nothing acknowledged is lost, all or nothing, no lookup fails",
	    operations[op].what);
}

static void
fill(void)
{
	struct trace t;

	/* one third of the users each: not there, about to be changed, about to be deleted */
	for (unsigned user = 0; user < USERS; user++)
		sh->started[user] = sh->acknowledged[user] = user % 3;
	start_import(&t);
	finish(&t);
}

static void
kill_all(void)
{
	pid_t readers[KILL_READERS];

	users_init();
	prctl(PR_SET_TIMERSLACK, 1);
	snprintf(input, sizeof(input), "%s/input", folder);
	snprintf(output, sizeof(output), "%s/output", folder);
	snprintf(state_path, sizeof(state_path), "%s/.db.state", folder);
	fill();
	sh->pause_us = 100;	/* or the programs get on too slowly */
	for (unsigned i = 0; i < KILL_READERS; i++)
		readers[i] = start(i < STANDING ? run_reader : run_opener, i + 1);
	for (enum operation op = 0; op < OP_COUNT; op++)
		kill_operation(op);
	stop_all(readers, KILL_READERS, "reader");
	printf("# %lu writes were acknowledged, beside %lu lookups\n", (unsigned long)sh->writes,
	    (unsigned long)sh->lookups);
	result(sh->failures == 0 && sh->lookups > 0, "%u kills: no reader beside them ever got an error", wanted);
}

int
main(int argc, char **argv)
{
	wanted = argc == 2 ? (unsigned)atoi(argv[1]) : 0;
	if (wanted == 0) {
		fprintf(stderr, "usage: kill COUNT\n");
		return 64;
	}
	return trace_or_skip() ? support_run("kill", kill_all) : 0;
}
