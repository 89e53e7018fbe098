/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The acts, and what they make of what there is; story_judge.c holds answers against it.
 */
#include <config.h>

#include <string.h>

#include "story_clock.h"
#include "story_model.h"

/* ---- epochs ---- */

static struct epoch *
current(struct model *m)
{
	return &m->epochs[m->current];
}

static void
add(struct model *m, const struct content *c, int from, bool unfinished)
{
	struct epoch *e = current(m);

	for (int i = 0; i < e->count; i++)
		if (content_same(&e->may[i].content, c) && e->may[i].from == from)
			return;
	if (e->count < (int)(sizeof(e->may) / sizeof(e->may[0])))
		e->may[e->count++] = (struct candidate){*c, from, unfinished};
}

/* Without a candidate yet. */
static struct epoch *
begin_epoch(struct model *m)
{
	struct epoch *before = current(m);

	before->ended = clock_now();
	m->current++;
	memset(current(m), 0, sizeof(struct epoch));
	return before;
}

void
model_begin(struct model *m)
{
	struct content c = content_start();

	memset(m, 0, sizeof(*m));
	m->by_hand = m->replaced = m->half = -10 * DEADLINE;
	add(m, &c, 0, false);
}

/* What there was may still be what there is. */
static struct epoch *
continue_epoch(struct model *m)
{
	struct epoch *before = begin_epoch(m), *now = current(m);

	*now = *before;
	for (int i = 0; i < now->count; i++)
		if (now->may[i].from == m->current - 1)
			now->may[i].from = m->current;
	if (m->twin_from == m->current - 1)
		m->twin_from = m->current;
	if (m->twin_to == m->current - 1)
		m->twin_to = m->current;
	return before;
}

static void
touch_by_hand(struct model *m)
{
	m->by_hand = clock_now();
	m->handled = true;
}

bool
epoch_holds(const struct epoch *e, const struct content *c)
{
	for (int i = 0; i < e->count; i++)
		if (content_same(&e->may[i].content, c))
			return true;
	return false;
}

/* Has nobody had an answer out of a later epoch than the candidate's, with other contents? */
static bool
is_no_way_back(const struct model *m, const struct candidate *c)
{
	for (int who = 0; who < READERS; who++)
		if (m->seen[who] > c->from && !epoch_holds(&m->epochs[m->seen[who]], &c->content))
			return false;
	return true;
}

/* ---- acts of the tools ---- */

/* What a write may begin from.  Who was removed stays removed, so not from the twin once somebody had an answer
 * from a left that was restored later. */
static int
bases(const struct model *m, struct candidate out[12])
{
	const struct epoch *e = &m->epochs[m->current];
	int count = 0;

	for (int i = 0; i < e->count; i++)
		/* a write that was cut off left the twin to count, and nobody can tell what was over the left since */
		if (m->cut_off || is_no_way_back(m, &e->may[i]))
			out[count++] = e->may[i];
	/* the database and its twin were removed, both, or an empty file is all there is: then a new one is wanted */
	if (count == 0 && ((m->gone && m->twin != SIDE_WHOLE) || (m->empty && m->twin == SIDE_LOST)))
		out[count++] = (struct candidate){.from = m->current};
	return count;
}

bool
model_may_succeed(const struct model *m)
{
	struct candidate base[12];

	return bases(m, base) > 0;
}

bool
model_may_refuse(const struct model *m, enum status status)
{
	return m->epochs[m->current].errors || m->gone ||
	    (status == ST_BUSY && clock_now() < m->by_hand + FOLLOWED);
}

static void
end_all_by_write(struct model *m)
{
	for (int e = 0; e < m->current; e++)
		m->epochs[e].by_write = true;
}

void
model_finished(struct model *m, struct change change, bool warned)
{
	struct candidate base[12];
	int count = bases(m, base);

	begin_epoch(m);
	for (int i = 0; i < count; i++) {
		content_change(&base[i].content, change);
		add(m, &base[i].content, m->current, false);
	}
	end_all_by_write(m);
	m->left = SIDE_WHOLE;
	m->twin = warned ? SIDE_MAYBE : SIDE_WHOLE;
	m->twin_from = m->twin_to = m->current;
	m->gone = m->empty = m->pending = m->handled = m->cut_off = false;
	m->unstamped = warned;
}

/* It has mended what it found, and has changed nothing. */
void
model_aborted(struct model *m)
{
	if (m->gone) {	/* a new one was made and removed, or stays without users */
		begin_epoch(m);
		current(m)->errors = true;
		add(m, &(struct content){.version = {0}}, m->current, false);
		return;
	}
	if (current(m)->errors) {
		model_finished(m, (struct change){.what = CHANGE_NOTHING}, false);
		return;
	}
	m->left = SIDE_WHOLE;
	m->unstamped = m->cut_off = false;
	/* what was changed by hand it may have taken over, or may have left to the commit */
	m->twin = m->twin_from == m->current && m->twin != SIDE_LOST ? SIDE_WHOLE : SIDE_MAYBE;
	m->twin_to = m->current;
}

/* Nothing of its change is acknowledged, but it may be in effect.  Where somebody has handled the files, the write
 * may have been about to make the twin anew. */
void
model_killed(struct model *m, struct change change)
{
	struct candidate base[12];
	int count = bases(m, base);
	struct content c;

	m->alike = m->left != SIDE_LOST && m->twin == SIDE_WHOLE && m->twin_from == m->current && !m->handled &&
	    change.what != CHANGE_NOTHING;
	m->cut_off = true;
	m->before_it = base[0].content;
	m->cut_off_known = count == 1;
	continue_epoch(m)->by_write = true;
	m->twin_to = m->current;
	if (m->gone && count > 0) {	/* a new one without users */
		current(m)->errors = true;
		add(m, &base[0].content, m->current, false);
	}
	for (int i = 0; i < count; i++) {
		c = base[i].content;
		content_change(&c, change);
		add(m, &c, m->current, true);
	}
	m->pending = true;
}

/* Without the change: the left is unfinished, or the twin where it was being made anew.  With it: the left is whole. */
void
model_settle(struct model *m)
{
	struct epoch *e = current(m);
	int with = 0;

	if (!m->pending)
		return;
	for (int i = 0; i < e->count; i++)
		with += e->may[i].unfinished;
	if (with > 0 && with == e->count) {
		m->left = SIDE_WHOLE;
		m->twin = SIDE_MAYBE;
		m->twin_from = m->current;
		e->errors = m->gone = m->empty = false;
		m->unstamped = true;
		end_all_by_write(m);
	} else if (m->left != SIDE_LOST) {
		m->left = SIDE_MAYBE;
		m->twin = m->twin == SIDE_LOST ? SIDE_MAYBE : m->alike && with == 0 ? SIDE_WHOLE : SIDE_MAYBE;
	}
}

void
model_next_act(struct model *m)
{
	model_settle(m);
	m->pending = false;
	for (int i = 0; i < current(m)->count; i++)
		current(m)->may[i].unfinished = false;
}

void
model_failed(struct model *m)
{
	model_killed(m, (struct change){.what = CHANGE_WRITE, .act = -1});
	/* nothing of it is ever seen */
	for (int i = current(m)->count - 1; i >= 0 && current(m)->may[i].unfinished; i--)
		current(m)->count--;
	model_settle(m);
	m->pending = false;
}

/* ---- acts of people ---- */

void
model_nothing(struct model *m)
{
	(void)m;
}

/* A file's mtime may lie ahead now, so who waits for it to settle may wait anew. */
void
model_turned(struct model *m)
{
	m->by_hand = clock_now();
}

void
model_touched(struct model *m)
{
	touch_by_hand(m);
}

static void
put_left(struct model *m, struct content c)
{
	begin_epoch(m);
	add(m, &c, m->current, false);
	m->left = SIDE_WHOLE;
	m->gone = m->empty = m->unstamped = false;
	touch_by_hand(m);
}

void
model_restored(struct model *m)
{
	put_left(m, content_backup());
}

void
model_replaced(struct model *m)
{
	put_left(m, content_backup());
	m->replaced = m->by_hand;
	m->lost_left = true;
}

void
model_rest(struct model *m)
{
	put_left(m, content_backup());
}

/* The left is no database any more.  What the twin holds may stand in, but for somebody who has had an answer from
 * a later left; or an error. */
void
model_broken(struct model *m)
{
	const struct epoch *before = begin_epoch(m);
	int to = m->twin == SIDE_MAYBE ? m->twin_to : m->twin_from;

	for (int e = m->twin_from; e <= to && m->twin != SIDE_LOST; e++)
		for (int i = 0; i < m->epochs[e].count; i++)
			add(m, &m->epochs[e].may[i].content, e, false);
	if (m->twin == SIDE_MAYBE)
		for (int i = 0; i < before->count; i++)
			add(m, &before->may[i].content, before->may[i].from, false);
	current(m)->errors = true;
	m->left = SIDE_LOST;
	m->gone = m->empty = false;
	touch_by_hand(m);
}

void
model_emptied(struct model *m)
{
	model_broken(m);
	m->empty = true;
}

void
model_half(struct model *m)
{
	model_broken(m);
	m->half = m->by_hand;
}

void
model_edited(struct model *m, struct change change)
{
	const struct epoch *before;
	struct content c;

	/* two acts conflict: the edit went into a file that may be unfinished, and so not count */
	if (m->left == SIDE_MAYBE) {
		before = continue_epoch(m);
		current(m)->split = true;
	} else
		before = begin_epoch(m);
	for (int i = 0; i < before->count; i++) {
		c = before->may[i].content;
		content_change(&c, change);
		add(m, &c, m->current, false);
	}
	current(m)->errors = before->errors;
	touch_by_hand(m);
}

void
model_removed_left(struct model *m)
{
	begin_epoch(m);
	current(m)->errors = true;
	m->left = SIDE_LOST;
	m->gone = m->lost_left = true;
	touch_by_hand(m);
	m->replaced = m->by_hand;
}

void
model_removed_twin(struct model *m)
{
	if (m->left == SIDE_LOST)
		begin_epoch(m);
	m->twin = SIDE_LOST;
	if (m->left != SIDE_WHOLE)	/* it may have been the only whole one */
		current(m)->errors = true;
	m->lost_companion = true;
	touch_by_hand(m);
	m->replaced = m->by_hand;
}

void
model_removed_state(struct model *m)
{
	/* between the commit and the left's mark it alone knows of the commit, which nobody acknowledged */
	if (m->cut_off && m->cut_off_known) {
		continue_epoch(m);
		add(m, &m->before_it, m->current, false);
		m->left = m->left == SIDE_LOST ? SIDE_LOST : SIDE_MAYBE;
	}
	m->lost_companion = true;
	touch_by_hand(m);
	m->replaced = m->by_hand;
}

void
model_restored_all(struct model *m)
{
	/* files that are missing are made anew */
	put_left(m, content_backup());
	m->twin = SIDE_WHOLE;
	m->twin_from = m->twin_to = m->current;
}

void
model_moved(struct model *m)
{
	m->lost_left = m->lost_companion = true;
	touch_by_hand(m);
	m->replaced = m->by_hand;
}
