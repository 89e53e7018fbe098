/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which answers are right, and what is known from them.
 */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "story_clock.h"
#include "story_model.h"

static bool
is_fresh(enum reader who)
{
	return who == READER_FRESH || who == READER_FRESH_ALONE;
}

/* May this epoch still be what somebody sees? */
static bool
is_alive(const struct model *m, int epoch, enum reader who)
{
	const struct epoch *e = &m->epochs[epoch];
	int64_t until = is_fresh(who) ? 0 : m->replaced + FOLLOWED;

	if (!e->by_write && e->ended + FOLLOWED > until)
		until = e->ended + FOLLOWED;
	return epoch == m->current || clock_now() < until;
}

static bool
may_fail(const struct model *m, enum reader who, enum status status)
{
	bool alone = who == READER_ALONE || who == READER_FRESH_ALONE;
	bool errors = false;

	if (status == ST_BUSY && clock_now() >= m->half + DEADLINE)
		return false;
	for (int e = 0; e <= m->current; e++)
		errors |= m->epochs[e].errors && is_alive(m, e, who);
	if (who == READER_CHROOT && m->lost_companion)	/* perhaps the state */
		errors |= m->lost_left || m->unstamped || m->left != SIDE_WHOLE;
	return errors || (alone && m->left != SIDE_WHOLE) || (who == READER_CHROOT && m->lost_left);
}

static bool
may_see(const struct model *m, int epoch, int candidate, enum reader who)
{
	const struct candidate *c = &m->epochs[epoch].may[candidate];

	/* no way back, but to what was seen last */
	return is_alive(m, epoch, who) &&
	    (is_fresh(who) || m->seen[who] <= c->from || epoch_holds(&m->epochs[m->seen[who]], &c->content));
}

static void
explain(const struct model *m, enum reader who, enum user user, char *why, size_t size)
{
	bool told[64] = {false};
	size_t used = 0;

	why[0] = '\0';
	for (int e = m->current; e >= 0; e--)
		for (int i = 0; i < m->epochs[e].count && used < size; i++) {
			int version = m->epochs[e].may[i].content.version[user];

			if (!may_see(m, e, i, who) || told[version])
				continue;
			told[version] = true;
			used += (size_t)snprintf(why + used, size - used, "%s; ", version_words(version));
		}
	if (used < size)
		snprintf(why + used, size - used, "%s", may_fail(m, who, ST_IO) ? "an error" : "no error");
}

/* May it be the answer?  from: the earliest epoch whose users it may be; past: they may be of one that has ended. */
static bool
find(const struct model *m, enum reader who, enum user user, int version, int *from, bool *past)
{
	*from = m->current + 1;
	*past = false;
	for (int e = 0; e <= m->current; e++)
		for (int i = 0; i < m->epochs[e].count; i++) {
			const struct candidate *c = &m->epochs[e].may[i];

			if (c->content.version[user] != version || !may_see(m, e, i, who))
				continue;
			*past |= e < m->current;
			if (c->from < *from)
				*from = c->from;
		}
	return *from <= m->current;
}

static void
narrow_user(struct model *m, enum user user, int version)
{
	struct epoch *e = &m->epochs[m->current];
	int count = 0;

	for (int i = 0; i < e->count; i++)
		if (e->may[i].content.version[user] == version)
			e->may[count++] = e->may[i];
	e->count = count;
}

bool
model_judge(struct model *m, enum reader who, enum user user, struct answer a, char *why, size_t size)
{
	int from;
	bool past;

	explain(m, who, user, why, size);
	if (a.status != ST_OK && a.status != ST_NOTFOUND)
		return may_fail(m, who, a.status);
	if (!find(m, who, user, a.version, &from, &past))
		return false;
	if (from > m->seen[who])
		m->seen[who] = from;
	if (!past && !m->epochs[m->current].split)
		narrow_user(m, user, a.version);
	return true;
}

/* Only all of them together say out of which epoch they are. */
void
model_saw(struct model *m, enum reader who, const struct content *c)
{
	for (int e = 0; e < m->current; e++)
		for (int i = 0; i < m->epochs[e].count; i++)
			if (may_see(m, e, i, who) && content_same(&m->epochs[e].may[i].content, c))
				return;
	if (!m->epochs[m->current].split && model_holds(m, c))
		model_narrow(m, c);
}

bool
model_holds(const struct model *m, const struct content *c)
{
	const struct epoch *e = &m->epochs[m->current];

	for (int i = 0; i < e->count; i++)
		if (content_same(&e->may[i].content, c))
			return true;
	return false;
}

void
model_narrow(struct model *m, const struct content *c)
{
	for (int user = 0; user < USERS; user++)
		narrow_user(m, (enum user)user, c->version[user]);
}

int64_t
model_patience(const struct model *m, int64_t begun)
{
	/* a file that nobody has touched for a while needs no settling; one that is no database may be half a copy, and if the
	 * calendar was turned nobody can say how old it is */
	if (begun < m->by_hand + FOLLOWED)
		return DEADLINE;
	return m->left == SIDE_LOST ? FOLLOWED + SECOND / 2 : SECOND / 2;
}
