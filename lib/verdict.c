/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * verdict: the rows of doc/STORE.md's table, in its order; the first that fits counts.
 */
#include <config.h>

#include "verdict.h"

static bool
is_whole(const struct found_side *side, const struct generation *generation)
{
	return side->found == FOUND_WHOLE && generation_same(&side->now, generation);
}

static bool
has_begun_to(const struct found_side *side, const struct generation *now)
{
	return side->found == FOUND_BEGUN && generation_same(&side->now, now);
}

/* Is the right what the state says, for somebody who may still read it?  "Clean" is written after the right was synced, but
 * its mark "whole" need not have reached the disk before a power cut. */
static bool
right_is_good(const struct sight *s)
{
	const struct generation *current = state_current(&s->state);

	return s->have_state && s->standing != RIGHT_OUTDATED && (is_whole(&s->right, current) ||
	    (s->state.phase != PHASE_RIGHT_DIRTY && has_begun_to(&s->right, current)));
}

/* Rows 2 to 4: the files are as a writer of ours left them, finished or cut off. */
static struct verdict
of_our_own(const struct sight *s, bool good)
{
	const struct state *state = &s->state;
	const struct found_side *left = &s->left;
	const bool left_current = is_whole(left, state_current(state));
	const bool left_begun = has_begun_to(left, &state->to);

	if (state->phase == PHASE_CLEAN && good && left_current && left->recorded && s->right.recorded)
		return (struct verdict){ROW_CLEAN, COUNTS_RIGHT, true, MEND_NOTHING};
	if (state->phase == PHASE_LEFT_DIRTY)
		return good && (left_begun || is_whole(left, &state->to) || left_current || has_begun_to(left, &state->from))
		    ? (struct verdict){3, COUNTS_RIGHT, true, MEND_LEFT} : (struct verdict){0};
	/* the right has what was written to the left, which may be a copy from the midst of it */
	if (left_begun && good)
		return (struct verdict){3, COUNTS_RIGHT, state->phase == PHASE_CLEAN, MEND_LEFT};
	if (left_begun || (left_current && (state->phase == PHASE_RIGHT_DIRTY || left->recorded)))
		return (struct verdict){4, COUNTS_LEFT, state->phase == PHASE_RIGHT_DIRTY, MEND_ADOPT};
	return (struct verdict){0};
}

/*
 * Rows 6 and 7: an unfinished left and the right from which its write began, or that its write has reached.  A write of
 * ours begins only when both sides are alike and synced, and goes on to the right only when it is committed; what the marks and
 * the state said of that need not have reached the disk before a power cut.
 */
static struct verdict
of_unfinished(const struct sight *s, bool good)
{
	const struct found_side *left = &s->left, *right = &s->right;
	bool begun_from, begun_to;

	if (good && s->state.phase == PHASE_LEFT_DIRTY &&
	    (left->found == FOUND_BEGUN || left->found == FOUND_TORN || left->found == FOUND_UNREADABLE ||
	    left->found == FOUND_CUT))
		return (struct verdict){6, COUNTS_RIGHT, true, MEND_LEFT};
	/* only from a whole right does a writer of ours copy over the left */
	if (left->found == FOUND_CUT && !s->have_state && right->found == FOUND_WHOLE && s->standing != RIGHT_OUTDATED)
		return (struct verdict){7, COUNTS_RIGHT, false, MEND_LEFT};
	if (left->found == FOUND_TORN && s->have_state && s->standing != RIGHT_OUTDATED &&
	    (is_whole(right, state_current(&s->state)) || has_begun_to(right, state_current(&s->state))))
		return (struct verdict){7, COUNTS_RIGHT, good && s->state.phase != PHASE_RIGHT_DIRTY, MEND_LEFT};
	if (left->found != FOUND_BEGUN)
		return (struct verdict){0};
	begun_from = (is_whole(right, &left->before) || has_begun_to(right, &left->before)) &&
	    (!s->have_state || generation_same(&left->before, state_current(&s->state)));
	begun_to = !s->have_state && is_whole(right, &left->now);
	if ((begun_from || begun_to) && s->standing != RIGHT_OUTDATED)
		return (struct verdict){7, COUNTS_RIGHT, good && s->state.phase != PHASE_RIGHT_DIRTY, MEND_LEFT};
	if (!s->have_state && has_begun_to(right, &left->now))
		return (struct verdict){7, COUNTS_LEFT, false, MEND_ADOPT};
	return (struct verdict){0};
}

struct verdict
verdict_of(const struct sight *s)
{
	const bool good = right_is_good(s);
	/* In "right dirty" our writer may be at the right. */
	const bool right_vouched = good && s->state.phase != PHASE_RIGHT_DIRTY;
	struct verdict v = {0};

	if (s->left.found == FOUND_MISSING)
		return (struct verdict){ROW_LEFT_MISSING, COUNTS_NOBODY, false, MEND_REFUSE};
	if (s->have_state)
		v = of_our_own(s, good);
	if (v.row == 0 && s->changing)
		return (struct verdict){ROW_CHANGING, good && s->standing == RIGHT_CURRENT ? COUNTS_RIGHT : COUNTS_LATER,
		    right_vouched, MEND_LATER};
	if (v.row == 0)
		v = of_unfinished(s, good);
	if (v.row != 0)
		return v;
	if (s->left.found == FOUND_WHOLE || s->left.found == FOUND_UNMARKED) {
		if (good && s->records == RECORDS_UNKNOWN)
			return (struct verdict){ROW_BY_HAND, COUNTS_CHECK, false, MEND_ADOPT};
		if (!good || s->records == RECORDS_GOOD)
			return (struct verdict){ROW_BY_HAND, COUNTS_LEFT, false, MEND_ADOPT};
	}
	if (good)
		return (struct verdict){ROW_LEFT_USELESS, COUNTS_RIGHT, right_vouched, MEND_REFUSE};
	return (struct verdict){10, COUNTS_NOBODY, false, MEND_REFUSE};
}
