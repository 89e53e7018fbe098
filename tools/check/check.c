/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check: the frame in which the checks are run: which subjects there are, findings, strings, remedies.
 * Knows no single check.
 */
#include "config.h"

#include <search.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "check.h"

/* In the order in which a person would look. */
static const struct check_subject *const subjects[] = {&check_postfix, &check_plugin, &check_conf, &check_files,
    &check_mechs, &check_users, &check_secrets};
#define SUBJECT_COUNT (sizeof(subjects) / sizeof(subjects[0]))

void
check_gather(struct check *c)
{
	gather_postfix(c);
	gather_conf(c);
	gather_users(c);
	gather_sasl(c);
}

static unsigned
known(const struct check *c)
{
	return (c->have_postfix && c->service_count > 0 ? NEED_POSTFIX : 0) |
	    (c->first != NULL ? NEED_AUTH : 0) |
	    (c->conf_status == ST_OK ? NEED_CONF : 0) |
	    (c->conf_status == ST_OK && c->selection.ours ? NEED_SELECTED : 0) |
	    (c->have_mechs ? NEED_MECHS : 0) |
	    (c->db_status != ST_NODB && c->paths.left != NULL ? NEED_DB : 0) |
	    (c->db_status == ST_OK && c->users.count > 0 ? NEED_USERS : 0);
}

void
check_run(struct check *c)
{
	unsigned have = known(c);

	for (size_t i = 0; i < SUBJECT_COUNT; i++) {
		for (size_t k = 0; k < subjects[i]->count; k++) {
			c->row = &subjects[i]->rows[k];
			if ((c->row->needs & ~have) == 0)
				c->row->look(c);
		}
	}
}

/* ---- strings ---- */

struct text {
	struct text *next;
	void *memory;
};

void *
check_keep(struct check *c, void *memory)
{
	struct text *t = memory == NULL ? NULL : malloc(sizeof(*t));

	if (t == NULL) {
		c->no_memory = true;
		free(memory);
		return NULL;
	}
	t->memory = memory;
	t->next = c->texts;
	c->texts = t;
	return memory;
}

const char *
check_text(struct check *c, const char *format, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, format);
	if (vasprintf(&text, format, ap) == -1)
		text = NULL;
	va_end(ap);
	text = check_keep(c, text);
	return text != NULL ? text : "";
}

const char *
check_quote(struct check *c, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@%+,=";
	char *out, *to;

	if (*text != '\0' && text[strspn(text, plain)] == '\0')
		return text;
	to = out = malloc(4 * strlen(text) + 3);
	if (out != NULL) {
		*to++ = '\'';
		for (const char *p = text; *p != '\0'; p++)
			to = *p == '\'' ? stpcpy(to, "'\\''") : (*to = *p, to + 1);
		strcpy(to, "'");
	}
	out = check_keep(c, out);
	return out != NULL ? out : "";
}

const char *
word_next(const char **list, const char *separators, size_t *len)
{
	const char *word = *list + strspn(*list, separators);

	*len = strcspn(word, separators);
	*list = word + *len;
	return *len == 0 ? NULL : word;
}

const char *
check_users_text(struct check *c, uint64_t count, const struct name *example)
{
	return check_text(c, "%llu user%s (%s%s@%s)", (unsigned long long)count, count == 1 ? "" : "s",
	    count == 1 ? "" : "one is ", example->user, example->realm);
}

bool
word_in(const char *list, const char *separators, const char *word)
{
	const char *w;
	size_t len;

	while ((w = word_next(&list, separators, &len)) != NULL)
		if (len == strlen(word) && strncasecmp(w, word, len) == 0)
			return true;
	return false;
}

/* ---- findings and remedies ---- */

void
check_find(struct check *c, const char *remedy, const char *format, ...)
{
	struct finding *more, *f;
	char *what = NULL;
	va_list ap;

	for (size_t i = 0; i < c->finding_count; i++)
		if (c->findings[i].id == c->row->id && strcmp(c->findings[i].remedy, remedy) == 0)
			return;
	va_start(ap, format);
	if (vasprintf(&what, format, ap) == -1)
		what = NULL;
	va_end(ap);
	what = check_keep(c, what);
	more = reallocarray(c->findings, c->finding_count + 1, sizeof(*more));
	if (more == NULL || what == NULL) {
		c->no_memory = true;
		return;
	}
	c->findings = more;
	f = &more[c->finding_count++];
	*f = (struct finding){c->row->severity, c->row->id, what, remedy};
}

/* postconf -P takes no spaces; in Postfix's lists a comma is as good. */
static const char *
without_spaces(struct check *c, const char *list)
{
	const char *word, *out = "";
	size_t len;

	if (list[strcspn(list, " \t{")] == '\0' || strchr(list, '{') != NULL)
		return list;
	while ((word = word_next(&list, ", \t", &len)) != NULL)
		out = check_text(c, "%s%s%.*s", out, *out != '\0' ? "," : "", (int)len, word);
	return out;
}

const char *
remedy_param(struct check *c, const struct service *s, enum param p, const char *value)
{
	for (size_t i = 0; s != NULL && i < s->override_count; i++)
		if (strcmp(s->overrides[i].name, param_name(p)) == 0)
			return check_text(c, "%s -P %s", c->postconf, check_quote(c, check_text(c,
			    "%s/%s=%s", s->name, param_name(p), without_spaces(c, value))));
	return check_text(c, "%s -e %s", c->postconf,
	    check_quote(c, check_text(c, "%s = %s", param_name(p), value)));
}

/* sed takes a backslash for itself. */
static const char *
sed_text(struct check *c, const char *key, const char *value)
{
	char *out = malloc(2 * strlen(value) + 1), *to = out;

	for (const char *p = value; out != NULL && *p != '\0'; p++) {
		if (*p == '\\')
			*to++ = '\\';
		*to++ = *p;
	}
	if (out != NULL)
		*to = '\0';
	out = check_keep(c, out);
	return check_text(c, "%s: %s", key, out != NULL ? out : "");
}

const char *
remedy_conf(struct check *c, const char *key, const char *value)
{
	const struct appconf_item *item = appconf_get(&c->conf, key);
	const char *path = check_quote(c, c->conf_path);
	struct stat st;

	if (item != NULL)
		return check_text(c, "sed -i %s %s", check_quote(c, check_text(c, "%uc %s", item->line,
		    sed_text(c, key, value))), path);
	/* nothing can be appended to a last line that is not there */
	if (stat(c->conf_path, &st) == 0 && st.st_size > 0)
		return check_text(c, "sed -i %s %s", check_quote(c, check_text(c, "$a %s",
		    sed_text(c, key, value))), path);
	return check_text(c, "echo %s >>%s", check_quote(c, check_text(c, "%s: %s", key, value)), path);
}

const char *
remedy_conf_drop(struct check *c, unsigned line)
{
	return check_text(c, "sed -i '%us/^/# /' %s", line, check_quote(c, c->conf_path));
}

/* ---- the end ---- */

static void
keep_node(void *node)
{
	(void)node;	/* it is one of the texts */
}

void
check_free(struct check *c)
{
	tdestroy(c->users.realms, keep_node);
	while (c->texts != NULL) {
		struct text *t = c->texts;

		c->texts = t->next;
		free(t->memory);
		free(t);
	}
	free(c->findings);
	appconf_free(&c->conf);
	options_free(&c->options);
	store_close(c->store);
	paths_free(&c->paths);
	memset(c, 0, sizeof(*c));
}
