/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The writes of a story: done, killed, or with failing calls.
 */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "record.h"
#include "story.h"
#include "story_clock.h"
#include "support.h"

/* ---- one write ---- */

/* What came of it, in memory that a process shares which is killed. */
static struct outcome {
	bool ended, reached;
	enum status status;
	struct fault fault;
} *outcome;

void
write_share(void)
{
	outcome = mmap(NULL, sizeof(*outcome), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (outcome == MAP_FAILED)
		bail("mmap: %s", strerror(errno));
}

static enum status
put(struct store_txn *t, enum user user, int version, struct fault *f)
{
	struct record r;
	enum status status = ST_NOMEM;

	if (record_of(&r, user, version))
		status = store_txn_put(t, &r, f);
	record_clear(&r);
	return status;
}

static enum status
apply(struct store_txn *t, enum act_kind kind, int act, struct fault *f)
{
	enum status status;
	struct name name;

	switch (kind) {
	case ACT_COMPACT:
		return store_compact(t, f);
	case ACT_DELETE:
		name_of(&name, (enum user)(USER_VICTIM + act));
		return store_txn_delete(t, &name, f);
	default:
		status = put(t, USER_PAIR, VERSION_WRITTEN + act, f);
		return status == ST_OK ? put(t, USER_OTHER, VERSION_WRITTEN + act, f) : status;
	}
}

static enum status
begin(struct store_txn **t, struct fault *f)
{
	const struct store_write_options o = {.create = true, .wait = 2};

	memset(f, 0, sizeof(*f));
	return store_begin(t, place.files[FILE_LEFT], &o, f);
}

static enum status
end(struct store_txn *t, enum status status, bool commit, struct fault *f)
{
	if (status == ST_OK && commit) {
		f->text[0] = '\0';
		return store_commit(t, f);
	}
	store_abort(t);
	return status;
}

static void
write_now(const struct act *a, int act)
{
	struct store_txn *t;

	memset(outcome, 0, sizeof(*outcome));
	if (a->n > 0)
		failing_arm(a->call, a->n, a->way, call_error(a->call));
	outcome->status = begin(&t, &outcome->fault);
	if (outcome->status == ST_OK)
		outcome->status = end(t, apply(t, a->kind, act, &outcome->fault), a->kind != ACT_ABORT, &outcome->fault);
	outcome->reached = a->n > 0 && failing_disarm();
	outcome->ended = true;
}

/* In a process that is killed, perhaps. */
static bool
write_apart(struct story *s, const struct act *a, int act)
{
	int status;
	pid_t pid;

	if (a->way != FAIL_DIE || a->n == 0) {
		write_now(a, act);
		return true;
	}
	pid = fork();
	if (pid == 0) {
		write_now(a, act);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		bail("fork: %s", strerror(errno));
	if (status != 0 && s != NULL)
		story_fail(s, KIND_CRASH, "the writer ended by signal %d", WTERMSIG(status));
	outcome->reached = !outcome->ended;
	return status == 0;
}

bool
write_alone(const struct act *a)
{
	if (!write_apart(NULL, a, 0))
		bail("a write crashes");
	return outcome->reached;
}

/* ---- what a write did ---- */

/* Is there a side that holds what there may be? */
static bool
has_whole_side(const struct model *m)
{
	struct content c;

	return (side_dump(FILE_LEFT, &c) && model_holds(m, &c)) || (side_dump(FILE_TWIN, &c) && model_holds(m, &c));
}

static void
check_sides(struct story *s, bool warned)
{
	struct content left, twin;

	if (!side_dump(FILE_LEFT, &left))
		story_fail(s, KIND_WRITER, "after a write that is done the left is not whole");
	else if (!model_holds(&s->model, &left))
		story_fail(s, KIND_WRITER, "after a write that is done the left holds something else (%s; %s; %s)",
		    version_words(left.version[USER_PAIR]), version_words(left.version[USER_ADDED]),
		    version_words(left.version[USER_REMOVED]));
	else {
		model_narrow(&s->model, &left);
		if (!warned && (!side_dump(FILE_TWIN, &twin) || memcmp(&left, &twin, sizeof(left)) != 0))
			story_fail(s, KIND_WRITER, "after a write that is done the sides are not alike");
	}
}

static void
take_finished(struct story *s, const struct act *a, struct change change)
{
	bool warned = outcome->fault.text[0] != '\0';

	if (!model_may_succeed(&s->model)) {
		story_fail(s, KIND_WRITER, "a write is done where nothing whole was left to begin from");
		return;
	}
	if (a->kind == ACT_ABORT) {
		model_aborted(&s->model);
		return;
	}
	model_finished(&s->model, change, warned);
	check_sides(s, warned);
}

static void
take_refused(struct story *s, const struct act *a, struct change change, bool had_side)
{
	if (outcome->reached && strstr(outcome->fault.text, "may be in effect") != NULL)
		model_killed(&s->model, change);
	else if (outcome->reached)
		model_failed(&s->model);
	else if (!model_may_refuse(&s->model, outcome->status))
		story_fail(s, KIND_WRITER, "a write is refused: %s (%s)", outcome->fault.text,
		    status_text(outcome->status));
	if (had_side && !has_whole_side(&s->model))
		story_fail(s, KIND_WRITER, "a write that was %s loses the only whole side",
		    a->n > 0 ? "cut off" : "refused");
}

bool
write_run(struct story *s, const struct act *a, int act)
{
	const enum what what[] = {[ACT_WRITE] = CHANGE_WRITE, [ACT_DELETE] = CHANGE_DELETE};
	struct change change = {.what = a->kind == ACT_WRITE || a->kind == ACT_DELETE ? what[a->kind] : CHANGE_NOTHING,
	    .act = act};
	bool had_side = has_whole_side(&s->model);

	if (!write_apart(s, a, act))
		return true;
	if (s->talks)
		printf("#   %s: %s%s%s\n", a->words, outcome->ended ? status_text(outcome->status) : "killed",
		    outcome->fault.text[0] != '\0' ? ": " : "", outcome->fault.text);
	if (a->n > 0 && !outcome->reached)
		return false;
	if (!outcome->ended) {
		model_killed(&s->model, change);
		if (had_side && !has_whole_side(&s->model))
			story_fail(s, KIND_WRITER, "a write that was killed loses the only whole side");
	} else if (outcome->status == ST_OK)
		take_finished(s, a, change);
	else
		take_refused(s, a, change, had_side);
	return true;
}

void
write_last(struct story *s)
{
	static const struct act last = {.words = "a last write", .kind = ACT_WRITE};

	model_next_act(&s->model);
	write_run(s, &last, ACTS_MAX);
}

/* ---- before a story ---- */

static enum status
fill(bool backup, struct fault *f)
{
	struct content c = backup ? content_backup() : content_start();
	struct store_txn *t;
	struct name name;
	enum status status = begin(&t, f);

	if (status != ST_OK)
		return status;
	for (int user = 0; user < USERS && status == ST_OK; user++) {
		name_of(&name, (enum user)user);
		if (c.version[user] == VERSION_NONE)
			status = store_txn_delete(t, &name, f);
		else if (backup || c.version[user] == VERSION_START)
			status = put(t, (enum user)user, c.version[user], f);
	}
	return end(t, status, true, f);
}

void
story_prepare(void)
{
	struct fault f;

	place_clear();
	clock_right();
	if (fill(true, &f) != ST_OK)
		bail("%s", f.text);
	clock_pass(10 * SECOND);
	place_back_up();
	if (fill(false, &f) != ST_OK)
		bail("%s", f.text);
	clock_pass(10 * SECOND);
}
