/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The list of acts.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>

#include "record.h"
#include "story.h"
#include "story_clock.h"

#define YEAR (365 * 86400)

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
	{.words = "year on", .choice = CHOICE_MANY, .run = turn_clock, .expect = model_turned, .argument = 1},
	{.words = "year back", .run = turn_clock, .expect = model_turned, .argument = -1},
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
	} while (write_alone(&a) && a.n < 1000);
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
		write_alone(&a);
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

/* ---- one of them ---- */

bool
act_run(struct story *s, const struct act *a)
{
	struct change edit = {.what = CHANGE_BY_HAND, .act = s->act};

	model_next_act(&s->model);
	if (a->kind != ACT_BY_HAND)
		return write_run(s, a, s->act);
	if (a->run == NULL) {	/* the one that the model must know more of */
		if (!left_edit(edit))
			return false;
		model_edited(&s->model, edit);
		return true;
	}
	if (!a->run(a->argument))
		return false;
	a->expect(&s->model);
	return true;
}
