/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The acts, and the writes among them.
 */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "record.h"
#include "story.h"
#include "story_clock.h"
#include "support.h"

#define YEAR (365 * 86400)

/* ---- one write ---- */

/* What came of it, in memory that a process shares which is killed. */
static struct outcome {
	bool ended, reached;
	enum status status;
	struct fault fault;
} *outcome;

void
acts_share(void)
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

/* False: the call that was to fail was never made, so this is another story. */
static bool
run_write(struct story *s, const struct act *a, int act)
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

bool
act_run(struct story *s, const struct act *a)
{
	struct change by_hand = {.what = CHANGE_BY_HAND, .act = s->act};

	model_next_act(&s->model);
	if (a->kind != ACT_BY_HAND)
		return run_write(s, a, s->act);
	if (a->run == NULL) {	/* the one that the model must know more of */
		if (!left_edit(by_hand))
			return false;
		model_edited(&s->model, by_hand);
		return true;
	}
	if (!a->run(a->argument))
		return false;
	a->expect(&s->model);
	return true;
}

void
act_last_write(struct story *s)
{
	static const struct act last = {.words = "a last write", .kind = ACT_WRITE};

	model_next_act(&s->model);
	run_write(s, &last, ACTS_MAX);
}

/* ---- by hand ---- */

static bool
copy_left(int copy)
{
	return left_copy((enum copy)copy);
}

static bool
rename_left(int unused)
{
	(void)unused;
	return left_rename();
}

static bool
half_left(int unused)
{
	(void)unused;
	return left_half();
}

static bool
rest_left(int unused)
{
	(void)unused;
	return left_rest();
}

static bool
break_left(int empty)
{
	return empty ? left_empty() : left_garbage();
}

static bool
remove_file(int file)
{
	return file_remove((enum file)file);
}

static bool
touch_file(int file)
{
	return file_touch((enum file)file);
}

static bool
chmod_file(int file)
{
	return file_chmod((enum file)file);
}

static bool
restore_files(int copy)
{
	return files_restore((enum copy)copy);
}

static bool
replace_folder(int copy)
{
	return folder_replace((enum copy)copy);
}

static bool
unpack_folder(int unused)
{
	(void)unused;
	return folder_unpack();
}

static bool
turn_clock(int years)
{
	clock_turn((int64_t)years * YEAR);
	return true;
}

static const struct act by_hand[] = {
	{.words = "cp", .run = copy_left, .expect = model_restored, .argument = COPY_NEW},
	{.words = "cp -p", .run = copy_left, .expect = model_restored, .argument = COPY_KEEP},
	{.words = "mv", .run = rename_left, .expect = model_replaced},
	{.words = "half a cp", .run = half_left, .expect = model_half},
	{.words = "the rest", .run = rest_left, .expect = model_rest},
	{.words = "garbage", .run = break_left, .expect = model_broken, .argument = 0},
	{.words = "empty", .choice = CHOICE_MANY, .run = break_left, .expect = model_emptied, .argument = 1},
	{.words = "gdbmtool"},
	{.words = "rm left", .run = remove_file, .expect = model_removed_left, .argument = FILE_LEFT},
	{.words = "rm twin", .run = remove_file, .expect = model_removed_twin, .argument = FILE_TWIN},
	{.words = "rm state", .run = remove_file, .expect = model_removed_state, .argument = FILE_STATE},
	{.words = "touch left", .run = touch_file, .expect = model_touched, .argument = FILE_LEFT},
	{.words = "touch twin", .run = touch_file, .expect = model_touched, .argument = FILE_TWIN},
	{.words = "touch state", .choice = CHOICE_MANY, .run = touch_file, .expect = model_touched, .argument = FILE_STATE},
	{.words = "chmod left", .choice = CHOICE_MANY, .run = chmod_file, .expect = model_nothing, .argument = FILE_LEFT},
	{.words = "chmod twin", .choice = CHOICE_MANY, .run = chmod_file, .expect = model_nothing, .argument = FILE_TWIN},
	{.words = "chmod state", .choice = CHOICE_MANY, .run = chmod_file, .expect = model_nothing, .argument = FILE_STATE},
	{.words = "restore all", .run = restore_files, .expect = model_restored_all, .argument = COPY_NEW},
	{.words = "restore all -p", .choice = CHOICE_MANY, .run = restore_files, .expect = model_restored_all, .argument = COPY_KEEP},
	{.words = "folder cp -a", .run = replace_folder, .expect = model_moved, .argument = COPY_KEEP},
	{.words = "folder cp -r", .choice = CHOICE_MANY, .run = replace_folder, .expect = model_moved, .argument = COPY_NEW},
	{.words = "folder links", .choice = CHOICE_MANY, .run = replace_folder, .expect = model_touched, .argument = COPY_LINK},
	{.words = "folder tar", .choice = CHOICE_MANY, .run = unpack_folder, .expect = model_moved},
	{.words = "year on", .choice = CHOICE_MANY, .run = turn_clock, .expect = model_nothing, .argument = 1},
	{.words = "year back", .run = turn_clock, .expect = model_nothing, .argument = -1},
};

/* ---- the list ---- */

struct act *acts;
unsigned act_count;

static void
add_act(const struct act *a)
{
	acts = realloc(acts, (act_count + 1) * sizeof(*acts));
	if (acts == NULL)
		abort();
	acts[act_count++] = *a;
}

static const char *const write_names[] = {
	[ACT_WRITE] = "write", [ACT_ABORT] = "abort", [ACT_COMPACT] = "compact", [ACT_DELETE] = "delete",
};

static void
add_write(enum act_kind kind, enum call call, unsigned n, enum way way, enum choice choice)
{
	struct act a = {.kind = kind, .call = call, .n = n, .way = way, .choice = choice};
	const char *name = write_names[kind];

	if (n == 0)
		snprintf(a.words, sizeof(a.words), "%s", name);
	else if (way == FAIL_DIE)
		snprintf(a.words, sizeof(a.words), "%s killed %s%u", name, call == CALL_WRITE ? "" : "at truncate ", n);
	else if (way == FAIL_ONCE)
		snprintf(a.words, sizeof(a.words), "%s: sync %u fails", name, n);
	else
		snprintf(a.words, sizeof(a.words), "%s: all fails from sync %u", name, n);
	add_act(&a);
}

/* How many calls of this kind does it make? */
static unsigned
count_calls(enum act_kind kind, enum call call)
{
	struct act a = {.kind = kind, .call = call, .way = FAIL_DIE};

	do {
		story_prepare();
		a.n++;
		if (!write_apart(NULL, &a, 0))
			bail("a write crashes");
	} while (outcome->reached && a.n < 1000);
	return a.n - 1;
}

/* The first kill whose change is seen. */
static unsigned
find_commit(unsigned count)
{
	struct act a = {.kind = ACT_WRITE, .call = CALL_WRITE, .way = FAIL_DIE};
	struct store *store;
	struct record r;
	struct name name;
	bool seen = false;

	name_of(&name, USER_PAIR);
	while (!seen && a.n < count) {
		story_prepare();
		a.n++;
		write_apart(NULL, &a, 0);
		if (store_open(&store, place.files[FILE_LEFT], NULL) != ST_OK)
			continue;
		seen = store_get(store, &name, &r, NULL) == ST_OK && record_version(&r, USER_PAIR) == VERSION_WRITTEN;
		record_clear(&r);
		store_close(store);
	}
	return a.n;
}

static void
add_kills(void)
{
	unsigned writes = count_calls(ACT_WRITE, CALL_WRITE), commit = find_commit(writes);
	unsigned truncates = count_calls(ACT_WRITE, CALL_TRUNCATE), compacts = count_calls(ACT_COMPACT, CALL_WRITE);

	printf("# a write makes %u calls of write(); it is seen from the one before number %u on\n", writes, commit);
	/* those beyond the last are for writes that mend first */
	for (unsigned n = 1; n <= writes + writes / 2; n++) {
		bool is_main = n == 3 || n + 1 == commit || n == commit + 1;
		bool is_many = n == 2 || n == commit / 2 || n == commit || n + 1 == writes;

		add_write(ACT_WRITE, CALL_WRITE, n, FAIL_DIE,
		    is_main ? CHOICE_MAIN : is_many ? CHOICE_MANY : CHOICE_ALL);
	}
	for (unsigned n = 1; n <= truncates; n++)
		add_write(ACT_WRITE, CALL_TRUNCATE, n, FAIL_DIE, CHOICE_ALL);
	for (unsigned n = 2; n <= writes; n += 3)
		add_write(ACT_DELETE, CALL_WRITE, n, FAIL_DIE, n < 5 || n / 3 == commit / 3 ? CHOICE_MANY : CHOICE_ALL);
	for (unsigned n = 1; n <= compacts; n += 2)
		add_write(ACT_COMPACT, CALL_WRITE, n, FAIL_DIE, n / 2 == compacts / 3 ? CHOICE_MANY : CHOICE_ALL);
}

void
acts_begin(void)
{
	unsigned syncs;

	add_write(ACT_WRITE, CALL_WRITE, 0, FAIL_ONCE, CHOICE_MAIN);
	add_write(ACT_DELETE, CALL_WRITE, 0, FAIL_ONCE, CHOICE_MAIN);
	add_write(ACT_ABORT, CALL_WRITE, 0, FAIL_ONCE, CHOICE_MANY);
	add_write(ACT_COMPACT, CALL_WRITE, 0, FAIL_ONCE, CHOICE_MANY);
	add_kills();
	syncs = count_calls(ACT_WRITE, CALL_SYNC);
	for (unsigned n = 1; n <= syncs; n++) {
		add_write(ACT_WRITE, CALL_SYNC, n, FAIL_EVER_ALL, n == syncs ? CHOICE_MAIN : CHOICE_MANY);
		add_write(ACT_WRITE, CALL_SYNC, n, FAIL_ONCE, n == syncs ? CHOICE_MANY : CHOICE_ALL);
	}
	for (size_t i = 0; i < sizeof(by_hand) / sizeof(by_hand[0]); i++)
		add_act(&by_hand[i]);
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
