/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_verdict: every row of the table in doc/STORE.md ("What counts"), and what lies beside each.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "verdict.h"

/* Generations: G and H are the state's, X another, 0: whatever. */
static const struct generation G = {{1}}, H = {{2}}, X = {{3}}, Y = {{4}};

enum { NO_STATE = -1 };

/* A side in short: what it is, its mark, and whether it is as recorded. */
struct side_case {
	enum found found;
	const struct generation *now, *before;
	bool recorded;
};

#define WHOLE(g) {FOUND_WHOLE, &(g), &Y, false}
#define WHOLE_AS_RECORDED(g) {FOUND_WHOLE, &(g), &Y, true}
#define BEGUN(from, to) {FOUND_BEGUN, &(to), &(from), false}
#define BEGUN_AS_RECORDED(from, to) {FOUND_BEGUN, &(to), &(from), true}
#define UNREADABLE {FOUND_UNREADABLE, &Y, &Y, false}
#define TORN {FOUND_TORN, &Y, &Y, false}
#define CUT {FOUND_CUT, &Y, &Y, false}
#define UNMARKED {FOUND_UNMARKED, &Y, &Y, false}
#define UNSEEN {FOUND_UNSEEN, &Y, &Y, false}
#define MISSING {FOUND_MISSING, &Y, &Y, false}

/* What only some rows ask for. */
#define AT_REST .records = RECORDS_UNKNOWN, .standing = RIGHT_CURRENT
#define CHANGING .changing = true, .standing = RIGHT_CURRENT
#define CHECKED(how) .records = RECORDS_##how, .standing = RIGHT_CURRENT

struct verdict_case {
	int phase;			/* or NO_STATE */
	struct side_case left, right;
	bool changing;
	enum records records;
	enum right standing;
	struct verdict expected;
};

/* The rest of a row's verdict. */
#define RIGHT_FREELY(row, mending) {row, COUNTS_RIGHT, true, mending}
#define RIGHT_LOCKED(row, mending) {row, COUNTS_RIGHT, false, mending}
#define LEFT_FREELY(row) {row, COUNTS_LEFT, true, MEND_ADOPT}
#define LEFT_LOCKED(row) {row, COUNTS_LEFT, false, MEND_ADOPT}
#define CHECK_FIRST {8, COUNTS_CHECK, false, MEND_ADOPT}
#define LATER(vouched) {5, COUNTS_LATER, vouched, MEND_LATER}
#define NOBODY {10, COUNTS_NOBODY, false, MEND_REFUSE}

static const struct verdict_case cases[] = {
	/* 1: a left that is missing is nobody's, whatever else there is */
	{PHASE_CLEAN, MISSING, WHOLE_AS_RECORDED(H), AT_REST, .expected = {1, COUNTS_NOBODY, false, MEND_REFUSE}},
	{NO_STATE, MISSING, WHOLE(H), AT_REST, .expected = {1, COUNTS_NOBODY, false, MEND_REFUSE}},

	/* 2: all as the last complete write left it */
	{PHASE_CLEAN, WHOLE_AS_RECORDED(H), WHOLE_AS_RECORDED(H), AT_REST, .expected = RIGHT_FREELY(2, MEND_NOTHING)},
	{PHASE_CLEAN, WHOLE_AS_RECORDED(H), WHOLE_AS_RECORDED(H), CHANGING, .expected = RIGHT_FREELY(2, MEND_NOTHING)},
	/* a side of another generation is another file, whatever its inode, size and time say */
	{PHASE_CLEAN, WHOLE_AS_RECORDED(X), WHOLE_AS_RECORDED(H), AT_REST, .expected = CHECK_FIRST},
	{PHASE_CLEAN, WHOLE_AS_RECORDED(H), WHOLE_AS_RECORDED(X), AT_REST, .expected = LEFT_LOCKED(4)},
	/* a twin that was touched or changed by hand gives way to the database */
	{PHASE_CLEAN, WHOLE_AS_RECORDED(H), WHOLE(H), AT_REST, .expected = LEFT_LOCKED(4)},
	{PHASE_CLEAN, WHOLE_AS_RECORDED(H), UNSEEN, AT_REST, .expected = LEFT_LOCKED(4)},
	/* a changed database that answered goes on to do so */
	{PHASE_CLEAN, WHOLE_AS_RECORDED(H), WHOLE_AS_RECORDED(H), .standing = RIGHT_OUTDATED, .expected = LEFT_LOCKED(4)},

	/* 3: a write of ours that was cut off, or is going on */
	{PHASE_LEFT_DIRTY, BEGUN(G, H), WHOLE(G), AT_REST, .expected = RIGHT_FREELY(3, MEND_LEFT)},
	{PHASE_LEFT_DIRTY, BEGUN(G, H), WHOLE(G), CHANGING, .expected = RIGHT_FREELY(3, MEND_LEFT)},
	{PHASE_LEFT_DIRTY, WHOLE_AS_RECORDED(G), WHOLE(G), AT_REST, .expected = RIGHT_FREELY(3, MEND_LEFT)},
	/* "whole" before the commit was taken back, or after */
	{PHASE_LEFT_DIRTY, WHOLE(H), WHOLE(G), AT_REST, .expected = RIGHT_FREELY(3, MEND_LEFT)},
	/* after a power cut the left may hold what was written behind a mark that is not there */
	{PHASE_LEFT_DIRTY, WHOLE(G), WHOLE(G), AT_REST, .expected = RIGHT_FREELY(3, MEND_LEFT)},
	{PHASE_LEFT_DIRTY, BEGUN(X, G), WHOLE(G), AT_REST, .expected = RIGHT_FREELY(3, MEND_LEFT)},
	/* "whole" had not reached the disk, but what it speaks of had: the state says so */
	{PHASE_LEFT_DIRTY, BEGUN(G, H), BEGUN(X, G), AT_REST, .expected = RIGHT_FREELY(3, MEND_LEFT)},
	{PHASE_LEFT_DIRTY, BEGUN(X, G), BEGUN(X, G), AT_REST, .expected = RIGHT_FREELY(3, MEND_LEFT)},
	{PHASE_LEFT_DIRTY, BEGUN(G, H), WHOLE(X), AT_REST, .expected = NOBODY},
	{PHASE_LEFT_DIRTY, BEGUN(G, H), UNSEEN, AT_REST, .expected = NOBODY},
	/* not committed: whole or not, what was written does not count */
	{PHASE_LEFT_DIRTY, BEGUN(G, H), BEGUN(G, H), AT_REST, .expected = NOBODY},

	/* 4: behind the commit */
	{PHASE_RIGHT_DIRTY, WHOLE(H), WHOLE(G), AT_REST, .expected = LEFT_FREELY(4)},
	{PHASE_RIGHT_DIRTY, BEGUN(G, H), WHOLE(G), AT_REST, .expected = LEFT_FREELY(4)},
	{PHASE_RIGHT_DIRTY, BEGUN(G, H), UNREADABLE, AT_REST, .expected = LEFT_FREELY(4)},
	{PHASE_RIGHT_DIRTY, WHOLE(H), UNSEEN, CHANGING, .expected = LEFT_FREELY(4)},
	{PHASE_CLEAN, BEGUN(G, H), WHOLE(X), AT_REST, .expected = LEFT_LOCKED(4)},
	/* but a right that has it is sure to be whole: the left may be a copy from the midst of the write */
	{PHASE_CLEAN, BEGUN_AS_RECORDED(G, H), BEGUN(G, H), AT_REST, .expected = RIGHT_FREELY(3, MEND_LEFT)},
	{PHASE_CLEAN, BEGUN(G, H), WHOLE(H), AT_REST, .expected = RIGHT_FREELY(3, MEND_LEFT)},
	{PHASE_RIGHT_DIRTY, BEGUN(G, H), WHOLE(H), AT_REST, .expected = RIGHT_LOCKED(3, MEND_LEFT)},
	/* one that was restored over it, and one that was begun and restored */
	{PHASE_RIGHT_DIRTY, WHOLE(X), WHOLE(G), AT_REST, .expected = LEFT_LOCKED(8)},
	{PHASE_RIGHT_DIRTY, BEGUN(G, X), WHOLE(G), AT_REST, .expected = NOBODY},

	/* 5: somebody else is at the left */
	{PHASE_CLEAN, WHOLE(X), WHOLE_AS_RECORDED(H), CHANGING, .expected = RIGHT_FREELY(5, MEND_LATER)},
	{PHASE_CLEAN, UNREADABLE, WHOLE_AS_RECORDED(H), CHANGING, .expected = RIGHT_FREELY(5, MEND_LATER)},
	{PHASE_RIGHT_DIRTY, UNREADABLE, WHOLE(H), CHANGING, .expected = RIGHT_LOCKED(5, MEND_LATER)},
	{PHASE_CLEAN, WHOLE(X), WHOLE_AS_RECORDED(H), true, .standing = RIGHT_UNSURE, .expected = LATER(true)},
	{PHASE_CLEAN, WHOLE(X), WHOLE_AS_RECORDED(H), true, .standing = RIGHT_OUTDATED, .expected = LATER(false)},
	{PHASE_CLEAN, WHOLE(X), UNSEEN, CHANGING, .expected = LATER(false)},
	{NO_STATE, UNMARKED, UNSEEN, CHANGING, .expected = LATER(false)},
	{NO_STATE, BEGUN(G, H), WHOLE(G), CHANGING, .expected = LATER(false)},

	/* 6: in "left dirty" the left can be in pieces */
	{PHASE_LEFT_DIRTY, UNREADABLE, WHOLE(G), AT_REST, .expected = RIGHT_FREELY(6, MEND_LEFT)},
	{PHASE_LEFT_DIRTY, BEGUN(X, Y), WHOLE(G), AT_REST, .expected = RIGHT_FREELY(6, MEND_LEFT)},
	{PHASE_LEFT_DIRTY, UNREADABLE, WHOLE(X), AT_REST, .expected = NOBODY},
	{PHASE_LEFT_DIRTY, UNREADABLE, WHOLE(G), .standing = RIGHT_OUTDATED, .expected = NOBODY},

	/* 7: without the state, or with one of before: the marks alone */
	{NO_STATE, BEGUN(G, H), WHOLE(G), AT_REST, .expected = RIGHT_LOCKED(7, MEND_LEFT)},
	{PHASE_CLEAN, BEGUN(H, X), WHOLE(H), AT_REST, .expected = RIGHT_FREELY(7, MEND_LEFT)},
	{PHASE_CLEAN, BEGUN(H, X), BEGUN(G, H), AT_REST, .expected = RIGHT_FREELY(7, MEND_LEFT)},
	{PHASE_CLEAN, BEGUN(X, Y), WHOLE(X), AT_REST, .expected = NOBODY},
	{PHASE_RIGHT_DIRTY, BEGUN(H, X), BEGUN(G, H), AT_REST, .expected = RIGHT_LOCKED(7, MEND_LEFT)},
	{PHASE_RIGHT_DIRTY, BEGUN(H, X), WHOLE(G), AT_REST, .expected = NOBODY},
	{NO_STATE, BEGUN(H, X), BEGUN(G, H), AT_REST, .expected = RIGHT_LOCKED(7, MEND_LEFT)},
	/* the right has the generation to which the left was written: that was committed */
	{NO_STATE, BEGUN(G, H), WHOLE(H), AT_REST, .expected = RIGHT_LOCKED(7, MEND_LEFT)},
	{NO_STATE, BEGUN(G, H), BEGUN(G, H), AT_REST, .expected = LEFT_LOCKED(7)},
	{NO_STATE, BEGUN(G, H), WHOLE(X), AT_REST, .expected = NOBODY},
	{NO_STATE, BEGUN(G, H), UNMARKED, AT_REST, .expected = NOBODY},

	/* a mark that was written in part is that of a write that began */
	{PHASE_CLEAN, TORN, WHOLE_AS_RECORDED(H), AT_REST, .expected = RIGHT_FREELY(7, MEND_LEFT)},
	{PHASE_LEFT_DIRTY, TORN, WHOLE(G), AT_REST, .expected = RIGHT_FREELY(6, MEND_LEFT)},
	{PHASE_RIGHT_DIRTY, TORN, BEGUN(G, H), AT_REST, .expected = RIGHT_LOCKED(7, MEND_LEFT)},
	{PHASE_RIGHT_DIRTY, TORN, WHOLE(G), AT_REST, .expected = NOBODY},
	{PHASE_CLEAN, TORN, WHOLE_AS_RECORDED(H), .standing = RIGHT_OUTDATED, .expected = NOBODY},
	{NO_STATE, TORN, WHOLE(G), AT_REST, .expected = NOBODY},
	/* only a whole right is copied over a left */
	{PHASE_LEFT_DIRTY, CUT, WHOLE(G), AT_REST, .expected = RIGHT_FREELY(6, MEND_LEFT)},
	{NO_STATE, CUT, WHOLE(G), AT_REST, .expected = RIGHT_LOCKED(7, MEND_LEFT)},
	{NO_STATE, CUT, BEGUN(G, H), AT_REST, .expected = NOBODY},
	{PHASE_CLEAN, CUT, WHOLE_AS_RECORDED(X), AT_REST, .expected = NOBODY},

	/* 8: changed by hand */
	{PHASE_CLEAN, WHOLE(X), WHOLE_AS_RECORDED(H), AT_REST, .expected = CHECK_FIRST},
	{PHASE_CLEAN, WHOLE(X), WHOLE_AS_RECORDED(H), CHECKED(GOOD), .expected = LEFT_LOCKED(8)},
	{PHASE_CLEAN, UNMARKED, WHOLE_AS_RECORDED(H), CHECKED(GOOD), .expected = LEFT_LOCKED(8)},
	{PHASE_CLEAN, WHOLE(H), WHOLE_AS_RECORDED(H), CHECKED(GOOD), .expected = LEFT_LOCKED(8)},
	{PHASE_LEFT_DIRTY, WHOLE(X), WHOLE(G), CHECKED(GOOD), .expected = LEFT_LOCKED(8)},
	/* with nothing to fall back on, the good ones of its records are better than none */
	{PHASE_CLEAN, WHOLE(X), WHOLE(X), AT_REST, .expected = LEFT_LOCKED(8)},
	{PHASE_CLEAN, WHOLE(X), UNSEEN, CHECKED(BAD), .expected = LEFT_LOCKED(8)},
	{NO_STATE, WHOLE(X), WHOLE(Y), AT_REST, .expected = LEFT_LOCKED(8)},
	{NO_STATE, UNMARKED, UNMARKED, AT_REST, .expected = LEFT_LOCKED(8)},
	{NO_STATE, WHOLE(X), UNSEEN, AT_REST, .expected = LEFT_LOCKED(8)},
	{PHASE_CLEAN, WHOLE(X), WHOLE_AS_RECORDED(H), .standing = RIGHT_OUTDATED, .expected = LEFT_LOCKED(8)},

	/* 9: a left that is of no use */
	{PHASE_CLEAN, UNREADABLE, WHOLE_AS_RECORDED(H), AT_REST, .expected = RIGHT_FREELY(9, MEND_REFUSE)},
	{PHASE_CLEAN, WHOLE(X), WHOLE_AS_RECORDED(H), CHECKED(BAD), .expected = RIGHT_FREELY(9, MEND_REFUSE)},
	{PHASE_CLEAN, BEGUN(X, Y), WHOLE_AS_RECORDED(H), AT_REST, .expected = RIGHT_FREELY(9, MEND_REFUSE)},
	{PHASE_LEFT_DIRTY, WHOLE(X), WHOLE(G), CHECKED(BAD), .expected = RIGHT_FREELY(9, MEND_REFUSE)},
	{PHASE_RIGHT_DIRTY, UNREADABLE, WHOLE(H), AT_REST, .expected = RIGHT_LOCKED(9, MEND_REFUSE)},
	{PHASE_CLEAN, UNREADABLE, WHOLE_AS_RECORDED(H), .standing = RIGHT_UNSURE, .expected = RIGHT_FREELY(9, MEND_REFUSE)},

	/* 10: nobody */
	{PHASE_CLEAN, UNREADABLE, WHOLE_AS_RECORDED(H), .standing = RIGHT_OUTDATED, .expected = NOBODY},
	{PHASE_CLEAN, UNREADABLE, WHOLE_AS_RECORDED(X), AT_REST, .expected = NOBODY},
	{PHASE_RIGHT_DIRTY, UNREADABLE, WHOLE(G), AT_REST, .expected = NOBODY},
	{PHASE_RIGHT_DIRTY, UNREADABLE, BEGUN(G, H), AT_REST, .expected = NOBODY},
	{NO_STATE, UNREADABLE, WHOLE(H), AT_REST, .expected = NOBODY},
	{NO_STATE, BEGUN(G, H), UNSEEN, AT_REST, .expected = NOBODY},
};

static struct found_side
side_of(const struct side_case *c)
{
	return (struct found_side){c->found, *c->now, *c->before, c->recorded};
}

static void
test_table(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct verdict_case *c = &cases[i];
		struct sight s = {.have_state = c->phase != NO_STATE, .left = side_of(&c->left), .right = side_of(&c->right),
		    .changing = c->changing, .records = c->records, .standing = c->standing};
		struct verdict v;

		if (s.have_state)
			state_init(&s.state, (enum phase)c->phase, &G, &H);
		v = verdict_of(&s);
		if (v.row != c->expected.row || v.counts != c->expected.counts || v.vouched != c->expected.vouched ||
		    v.mending != c->expected.mending)
			fail_msg("case %zu: row %u, counts %d, %s, mending %d", i, v.row, v.counts,
			    v.vouched ? "vouched" : "not vouched", v.mending);
	}
}

/* Of all there can be: nothing that is not whole and committed is ever read, and nothing whole is ever overwritten by what is
 * not. */
static void
test_all(void **unused)
{
	static const struct generation *const generations[] = {&G, &H, &X};

	(void)unused;
	for (unsigned n = 0; n < 4u * 8 * 9 * 8 * 9 * 4 * 2 * 3 * 3; n++) {
		struct sight s = {.have_state = n % 4 != 3};
		unsigned rest = n / 4;
		const struct generation *current;
		struct verdict v;

		state_init(&s.state, (enum phase)(n % 4 % 3), &G, &H);
		for (unsigned i = 0; i < 2; i++) {
			struct found_side *side = i == 0 ? &s.left : &s.right;

			side->found = rest % 8, rest /= 8;
			side->now = *generations[rest % 3], rest /= 3;
			side->before = *generations[rest % 3], rest /= 3;
			side->recorded = rest % 2, rest /= 2;
		}
		s.changing = rest % 2, rest /= 2;
		s.records = rest % 3, rest /= 3;
		s.standing = rest % 3;
		v = verdict_of(&s);
		current = state_current(&s.state);

		if (v.counts == COUNTS_RIGHT) {
			assert_true(s.right.found == FOUND_WHOLE || (s.right.found == FOUND_BEGUN &&
			    ((s.have_state && s.state.phase != PHASE_RIGHT_DIRTY) ||
			    (s.left.found == FOUND_BEGUN && generation_same(&s.left.before, &s.right.now)) ||
			    (s.have_state && s.left.found == FOUND_TORN))));
			assert_int_not_equal(s.standing, RIGHT_OUTDATED);
			if (s.have_state)
				assert_true(generation_same(&s.right.now, current));
		}
		if (v.counts == COUNTS_LEFT && s.left.found == FOUND_BEGUN)
			assert_true(s.have_state ? s.state.phase != PHASE_LEFT_DIRTY && generation_same(&s.left.now, &H)
			    : s.right.found == FOUND_BEGUN && generation_same(&s.left.now, &s.right.now));
		if (v.counts == COUNTS_LEFT)
			assert_true(s.left.found != FOUND_UNREADABLE && s.left.found != FOUND_CUT && s.left.found != FOUND_TORN);
		if (v.mending == MEND_LEFT) {
			assert_int_equal(v.counts, COUNTS_RIGHT);
			/* a left that is whole is overwritten only by the same generation */
			if (s.left.found == FOUND_WHOLE)
				assert_true(generation_same(&s.left.now, &s.right.now) ||
				    (s.state.phase == PHASE_LEFT_DIRTY && generation_same(&s.left.now, &H)));
			assert_int_not_equal(s.left.found, FOUND_UNMARKED);
		}
		if (v.mending == MEND_ADOPT)
			assert_true(s.left.found != FOUND_UNREADABLE && s.left.found != FOUND_CUT && s.left.found != FOUND_TORN);
		if (v.vouched)
			assert_true(s.have_state);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
