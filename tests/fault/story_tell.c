/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "story.h"
#include "story_clock.h"

void
story_fail(struct story *s, enum kind kind, const char *format, ...)
{
	va_list ap;
	int used;

	if (s->failed)
		return;
	s->failed = !s->talks;	/* who wants to see all of it sees the rest, too */
	s->kind = kind;
	s->failed_at = s->act;
	used = snprintf(s->wrong, sizeof(s->wrong), "%s: ", s->when);
	va_start(ap, format);
	vsnprintf(s->wrong + used, sizeof(s->wrong) - (size_t)used, format, ap);
	va_end(ap);
	if (s->talks)
		printf("# wrong: %s\n", s->wrong);
}

void
story_words(const struct story *s, char *out, size_t size)
{
	size_t used = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < s->length && used < size; i++)
		used += (size_t)snprintf(out + used, size - used, "%s%s", i > 0 ? ", " : "", s->acts[i]->words);
}

static void
look(struct story *s, const char *when)
{
	s->when = when;
	if (s->talks && !s->failed)
		printf("# %s\n", when);
	if (!s->failed)
		readers_look(s, s->act + 1 >= (int)s->length);
}

static void
tell_act(struct story *s)
{
	const struct act *a = s->acts[s->act];

	if (s->talks)
		printf("# ---- %s\n", a->words);
	s->when = a->words;
	s->possible = act_run(s, a);
	if (!s->possible)
		return;
	look(s, "at once");
	if (s->slow && s->act + 1 < (int)s->length) {
		clock_pass(FOLLOWED);
		look(s, "two seconds later");
	}
}

/* After the last act time passes in any case. */
static void
tell_end(struct story *s)
{
	clock_pass(FOLLOWED);
	look(s, "two seconds after all");
	if (s->failed)
		return;
	s->when = "a last write";
	write_last(s);
	look(s, "after a last write");
	clock_pass(FOLLOWED);
	look(s, "two seconds after a last write");
}

void
story_tell(struct story *s)
{
	s->failed = false;
	s->possible = true;
	s->act = 0;
	s->when = "at the beginning";
	story_prepare();
	model_begin(&s->model);
	readers_open(s);
	for (s->act = 0; s->act < (int)s->length && s->possible && !s->failed; s->act++)
		tell_act(s);
	if (s->possible && !s->failed)
		tell_end(s);
	readers_close(s);
}
