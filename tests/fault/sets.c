/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sets.h"
#include "support.h"

/* ---- what may be there ---- */

static unsigned char
version_after(enum write write, unsigned user)
{
	switch (write) {
	case WRITE_ALL:
		return user < SET_REMOVED ? 0 : 2;
	case WRITE_SOME:
		return user >= SET_USERS + SET_ADDED / 2 ? 0 : user >= SET_USERS || user % 5 == 0 ? 2 : 1;
	default:
		return user >= SET_USERS ? 0 : user == 7 ? 2 : 1;
	}
}

struct set old_set, new_sets[WRITES];

void
sets_init(void)
{
	for (unsigned user = 0; user < SET_ALL; user++) {
		old_set.versions[user] = user < SET_USERS;
		for (enum write w = 0; w < WRITES; w++)
			new_sets[w].versions[user] = version_after(w, user);
	}
}

void
set_value(char out[SET_VALUE_MAX], unsigned user, unsigned version)
{
	int len = snprintf(out, SET_VALUE_MAX, "%u %u ", user, version);
	size_t fill = 20 + (user * 7 + version * 13) % 200;

	memset(out + len, 'a' + (int)((user + version) % 26), fill);
	out[(size_t)len + fill] = '\0';
}

static void
set_is_none(struct set *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void
set_is_none(struct set *s, const char *format, ...)
{
	va_list ap;

	if (s->words[0] != '\0')
		return;
	va_start(ap, format);
	vsnprintf(s->words, sizeof(s->words), format, ap);
	va_end(ap);
}

static void
set_add(struct set *s, unsigned user, const char *value)
{
	char expected[SET_VALUE_MAX];
	unsigned version = 0, of_user = SET_ALL;

	if (user >= SET_ALL || sscanf(value, "%u %u ", &of_user, &version) != 2 || of_user != user || version > 2)
		set_is_none(s, "user%u: a wrong secret", user);
	else if (set_value(expected, user, version), strcmp(expected, value) != 0)
		set_is_none(s, "user%u: a damaged secret", user);
	else if (s->versions[user] != 0)
		set_is_none(s, "user%u: is there twice", user);
	else
		s->versions[user] = (unsigned char)version;
}

enum set_kind
set_kind(const struct set *s, enum write write)
{
	if (s->words[0] != '\0')
		return SET_NONE;
	if (memcmp(s->versions, old_set.versions, sizeof(s->versions)) == 0)
		return SET_OLD;
	return memcmp(s->versions, new_sets[write].versions, sizeof(s->versions)) == 0 ? SET_NEW : SET_MIXTURE;
}

const char *
set_words(const struct set *s, enum write write)
{
	static char words[2][400];
	static unsigned turn;
	char *out = words[turn++ % 2];
	unsigned olds = 0, news = 0, neither = 0;

	for (unsigned user = 0; user < SET_ALL; user++) {
		bool is_old = s->versions[user] == old_set.versions[user];
		bool is_new = s->versions[user] == new_sets[write].versions[user];

		olds += is_old && !is_new;
		news += is_new && !is_old;
		neither += !is_old && !is_new;
	}
	snprintf(out, sizeof(words[0]), "%s%s%u as before, %u as after, %u neither%s", s->words,
	    s->words[0] != '\0' ? "; " : "", olds, news, neither, s->extra ? ", and the one more" : "");
	return out;
}

/* ---- processes ---- */

int
run_tool(const char *input, const char *output, char *const argv[])
{
	pid_t pid = fork();
	int status, in, out;

	if (pid == 0) {
		in = open(input, O_RDONLY);
		out = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		if (in < 0 || out < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
			_exit(126);
		execv(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		bail("cannot run %s", argv[0]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

void
first_line(const char *name, char *out, int size)
{
	FILE *in = fopen(name, "r");

	if (in == NULL || fgets(out, size, in) == NULL)
		out[0] = '\0';
	out[strcspn(out, "\n")] = '\0';
	if (in != NULL)
		fclose(in);
}

/* ---- what is there ---- */

/* Is it there, and since when, for a store that is open? */
static void
look_up(struct store *s, const char *user, struct set *out, struct fault *f)
{
	struct name name;
	struct record r;
	enum status status;
	unsigned number;

	if (name_parse(&name, user, SET_REALM, NULL, NULL) != ST_OK)
		bail("name_parse");
	status = store_get(s, &name, &r, f);
	if (status == ST_OK && r.secrets[MECH_CLEARTEXT].text == NULL)
		set_is_none(out, "%s: no secret", user);
	else if (status == ST_OK && sscanf(user, "user%u", &number) == 1)
		set_add(out, number, r.secrets[MECH_CLEARTEXT].text);
	else if (status == ST_OK)
		out->extra = strcmp(r.secrets[MECH_CLEARTEXT].text, "extra") == 0;
	else if (status != ST_NOTFOUND)
		set_is_none(out, "%s: %s", user, f->text);
	record_clear(&r);
}

void
set_read(struct set *out, struct store *s)
{
	struct fault f = {0};
	char user[32];

	memset(out, 0, sizeof(*out));
	for (unsigned i = 0; i < SET_ALL && out->words[0] == '\0'; i++) {
		snprintf(user, sizeof(user), "user%u", i);
		look_up(s, user, out, &f);
	}
	look_up(s, "extra", out, &f);
}

void
set_read_fresh(struct set *out, const char *db)
{
	struct store *s;
	struct fault f;

	memset(out, 0, sizeof(*out));
	if (store_open(&s, db, &f) != ST_OK) {
		set_is_none(out, "a reader: %s", f.text);
		return;
	}
	set_read(out, s);
	store_close(s);
}

void
set_read_export(struct set *out, const char *db, const char *output)
{
	char *const argv[] = {built("gsasldb"), WORD("export"), WORD("-f"), WORD(db), NULL};
	char line[1024], value[1024];
	unsigned user;
	FILE *in;

	memset(out, 0, sizeof(*out));
	if (run_tool("/dev/null", output, argv) != 0) {
		first_line(output, line, sizeof(line));
		set_is_none(out, "%.150s", line);
		return;
	}
	in = fopen(output, "r");
	while (in != NULL && fgets(line, sizeof(line), in) != NULL) {
		if (sscanf(line, "{\"user\":\"user%u\",\"realm\":\"" SET_REALM "\",\"secrets\":{\"CLEARTEXT\":\"%1023[^\"]\"}",
		    &user, value) == 2)
			set_add(out, user, value);
		else if (strstr(line, "{\"user\":\"extra\",") == line && strstr(line, ":{\"CLEARTEXT\":\"extra\"}") != NULL &&
		    !out->extra)
			out->extra = true;
		else
			set_is_none(out, "an export says: %.100s", line);
	}
	if (in != NULL)
		fclose(in);
}

bool
set_is_listed(const struct set *s, const char *db, const char *output)
{
	char *const argv[] = {built("sasldblistusers"), WORD("--tsv"), WORD("-f"), WORD(db), NULL};
	static bool seen[SET_ALL + 1];
	char line[1024];
	unsigned user;
	FILE *in;

	if (run_tool("/dev/null", output, argv) != 0)
		return false;
	memset(seen, 0, sizeof(seen));
	in = fopen(output, "r");
	while (in != NULL && fgets(line, sizeof(line), in) != NULL) {
		if (strncmp(line, "extra\t", 6) == 0)
			seen[SET_ALL] = true;
		else if (sscanf(line, "user%u\t", &user) == 1 && user < SET_ALL)
			seen[user] = true;
		else
			return false;
	}
	if (in != NULL)
		fclose(in);
	for (user = 0; user < SET_ALL; user++)
		if (seen[user] != (s->versions[user] != 0))
			return false;
	return seen[SET_ALL] == s->extra;
}
