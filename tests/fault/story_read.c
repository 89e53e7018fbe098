/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who looks, and what is seen.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "story.h"
#include "story_clock.h"
#include "support.h"

bool story_chroots;
const char *story_spares;

static const char *const reader_names[READERS] = {
	"a fresh reader", "a fresh reader without the twin", "a running reader", "a running reader without the twin",
	"a reader in a chroot", "a reader that was idle",
};

/* ---- nobody lets the reader have the twin ---- */

static bool twin_is_refused;

int __real_open(const char *name, int flags, ...);
int __wrap_open(const char *name, int flags, ...);
int __real___open_2(const char *name, int flags);
int __wrap___open_2(const char *name, int flags);

static bool
is_refused(const char *name)
{
	size_t len = strlen(name);

	return twin_is_refused && len > 5 && strcmp(name + len - 5, ".twin") == 0;
}

int
__wrap_open(const char *name, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	if (!is_refused(name))
		return __real_open(name, flags, mode);
	errno = EACCES;
	return -1;
}

int
__wrap___open_2(const char *name, int flags)
{
	if (!is_refused(name))
		return __real___open_2(name, flags);
	errno = EACCES;
	return -1;
}

/* ---- where a reader is ---- */

static int root = -1;

static void
enter(enum reader who)
{
	twin_is_refused = who == READER_ALONE || who == READER_FRESH_ALONE;
	if (who != READER_CHROOT)
		return;
	if (root < 0)
		root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0 || chroot(place.jail) != 0 || chdir("/") != 0)
		bail("chroot: %s", strerror(errno));
}

static void
leave(enum reader who)
{
	twin_is_refused = false;
	if (who == READER_CHROOT && (fchdir(root) != 0 || chroot(".") != 0))
		bail("chroot: %s", strerror(errno));
}

/* ---- one look ---- */

static void
judge(struct story *s, enum reader who, enum user user, struct answer a, const struct fault *f)
{
	bool said = a.status == ST_OK || a.status == ST_NOTFOUND;
	const char *words = said ? version_words(a.version) : status_text(a.status);
	char why[400];
	bool good = model_judge(&s->model, who, user, a, why, sizeof(why));

	if (s->talks)
		printf("#     %s: user %d: %s%s%s%s\n", reader_names[who], (int)user, words, said ? "" : " (",
		    said ? "" : f->text, said ? "" : ")");
	if (!good)
		story_fail(s, (enum kind)(KIND_READER + who), "%s: user %d: %s%s%s%s; allowed: %s", reader_names[who],
		    (int)user, words, said ? "" : " (", said ? "" : f->text, said ? "" : ")", why);
}

static void
check_wait(struct story *s, enum reader who, int64_t begun)
{
	int64_t took = clock_now() - begun, patience = model_patience(&s->model, begun);

	/* a look at the clock costs a little too */
	if (took > patience + SECOND / 50)
		story_fail(s, KIND_WAIT, "%s waited %.3f seconds; allowed: %.3f", reader_names[who],
		    (double)took / SECOND, (double)patience / SECOND);
}

/* Its version; -1: there was no answer. */
static int
look_up(struct story *s, struct store *store, enum reader who, enum user user)
{
	struct answer a = {.version = VERSION_NONE};
	int64_t begun = clock_now();
	struct fault f = {0};
	struct record r;
	struct name name;

	name_of(&name, user);
	a.status = store_get(store, &name, &r, &f);
	check_wait(s, who, begun);
	if (a.status == ST_OK)
		a.version = record_version(&r, user);
	record_clear(&r);
	judge(s, who, user, a, &f);
	return a.status == ST_OK || a.status == ST_NOTFOUND ? a.version : -1;
}

static void
look(struct story *s, enum reader who)
{
	bool fresh = who == READER_FRESH || who == READER_FRESH_ALONE;
	struct store *store = s->stores[who];
	struct answer a = {.status = ST_OK};
	int64_t begun = clock_now();
	struct content seen = {.version = {-1}};
	struct fault f = {0};
	bool whole;
	/* of those that only an act deletes which this story does not have, one reader is enough */
	int users = who == READER_FRESH ? USERS : USER_VICTIM + (int)s->length;

	enter(who);
	if (fresh) {
		a.status = store_open(&store, place.files[FILE_LEFT], &f);
		check_wait(s, who, begun);
	}
	/* nobody can look anything up then, and that is an answer for all */
	if (a.status != ST_OK)
		judge(s, who, USER_PAIR, a, &f);
	whole = a.status == ST_OK;
	for (int user = 0; a.status == ST_OK && user < users && !s->failed; user++) {
		seen.version[user] = look_up(s, store, who, (enum user)user);
		whole = whole && seen.version[user] >= 0;
	}
	if (whole && users == USERS && !s->failed)
		model_saw(&s->model, who, &seen);
	if (fresh && a.status == ST_OK)
		store_close(store);
	leave(who);
}

/* ---- all of them ---- */

static bool
is_spared(enum reader who)
{
	return story_spares != NULL && strstr(reader_names[who], story_spares) != NULL;
}

void
readers_open(struct story *s)
{
	struct fault f;

	for (int who = READER_RUNNING; who < READERS; who++) {
		s->stores[who] = NULL;
		if (who == READER_CHROOT && !story_chroots)
			continue;
		twin_is_refused = who == READER_ALONE;
		if (store_open(&s->stores[who], place.files[FILE_LEFT], &f) != ST_OK)
			bail("store_open: %s", f.text);
		twin_is_refused = false;
		look(s, (enum reader)who);
	}
}

void
readers_close(struct story *s)
{
	for (int who = READER_RUNNING; who < READERS; who++)
		store_close(s->stores[who]);
}

/* The first one's answer says what came of a write that was killed. */
void
readers_look(struct story *s, bool last)
{
	for (int who = 0; who < READERS && !s->failed; who++) {
		if ((who == READER_IDLE && !last) || (who == READER_CHROOT && !story_chroots) ||
		    is_spared((enum reader)who))
			continue;
		look(s, (enum reader)who);
		model_settle(&s->model);
	}
}
