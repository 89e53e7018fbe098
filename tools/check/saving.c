/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which commands make a database whole again.  They remove nothing: what nobody can use is moved aside, and what is
 * overwritten by a person's word is copied first.  Run twice, or after those of another finding, they do no harm.
 */
#include "config.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

#define LINKS_MAX 8

enum way {
	WAY_REPAIR,		/* as it is */
	WAY_TWIN_ASIDE,		/* without its twin */
	WAY_REMOVED,		/* only the twin is there */
	WAY_FROM_TWIN, WAY_FROM_DATABASE,	/* where nobody can know, the one with good records */
	WAY_ANEW		/* neither is a database */
};

/* What is planned for one database. */
struct plan {
	enum way way;
	const char *option;		/* " -f PATH" */
	const struct paths *paths;
	struct store_prospects prospects;
	const char *commands;		/* a line each, with its newline */
	bool twin_moved;
};

static void
add(struct check *c, struct plan *p, const char *command)
{
	p->commands = check_text(c, "%s%s\n", p->commands, command);
}

static const char *
move_aside(struct check *c, const char *path)
{
	return check_text(c, "mv -T --backup=numbered %s %s", check_quote(c, path),
	    check_quote(c, check_text(c, "%s.bad", path)));
}

static const char *
init_command(struct check *c, const char *option)
{
	const struct appconf_item *group = appconf_get(&c->conf, "gsasldb_group");

	return check_text(c, "gsasldb init%s%s%s", option, group != NULL ? " -g " : "",
	    group != NULL ? check_quote(c, group->value) : "");
}

/* ---- the companions ---- */

/* Whose the database will be. */
static uid_t
owner(const struct plan *p)
{
	struct stat st;

	if (p->way == WAY_ANEW || stat(p->prospects.have_database ? p->paths->left : p->paths->right, &st) != 0)
		return geteuid();
	return st.st_uid;
}

/* Makes of a companion that is refused one that is not, or moves it aside. */
static void
free_companion(struct check *c, struct plan *p, const char *path, bool strange)
{
	const char *quoted = check_quote(c, path), *copy = check_quote(c, check_text(c, "%s.new", path));
	struct stat st;

	if (lstat(path, &st) != 0)
		return;
	if (!S_ISREG(st.st_mode) || strange || (st.st_uid != owner(p) && st.st_uid != 0)) {
		add(c, p, move_aside(c, path));
		p->twin_moved = p->twin_moved || path == p->paths->right;
	} else if (st.st_nlink > 1)
		add(c, p, check_text(c, "cp -p --remove-destination %s %s && mv %s %s", quoted, copy, copy, quoted));
}

/* ---- the database ---- */

/* The program that writes a stock sasldb as text; NULL: it is none that we know. */
static const char *
dump_program(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	const char *kind = fd == -1 ? NULL : file_kind(fd);

	if (fd != -1)
		close(fd);
	if (kind == NULL)
		return NULL;
	return strstr(kind, "Berkeley") != NULL ? "db_dump" : strstr(kind, "LMDB") != NULL ? "mdb_dump -n" : NULL;
}

static bool
is_empty(const char *path)
{
	struct stat st;

	return lstat(path, &st) != 0 || (S_ISREG(st.st_mode) && st.st_size == 0);
}

/* By a person's word: what is overwritten is kept. */
static void
add_repair_from(struct check *c, struct plan *p, const char *side, const char *overwritten)
{
	if (!is_empty(overwritten))
		add(c, p, check_text(c, "cp -pT --backup=numbered %s %s", check_quote(c, overwritten),
		    check_quote(c, check_text(c, "%s.bad", overwritten))));
	add(c, p, check_text(c, "gsasldb repair%s --from %s", p->option, side));
}

/* Neither side is one. */
static void
add_begin_anew(struct check *c, struct plan *p)
{
	const char *path = p->paths->left, *dump = dump_program(path);
	struct stat st;

	if (lstat(path, &st) == 0 && !(is_empty(path) && is_empty(p->paths->state)))
		add(c, p, move_aside(c, path));
	if (!p->twin_moved && !is_empty(p->paths->right) && !(p->prospects.twin_good && p->prospects.twin_users == 0))
		add(c, p, move_aside(c, p->paths->right));
	add(c, p, init_command(c, p->option));
	if (dump != NULL)
		add(c, p, check_text(c, "%s %s | gsasldb import%s --format sasldb", dump,
		    check_quote(c, check_text(c, "%s.bad", path)), p->option));
}

static enum way
choose_way(const struct store_prospects *s)
{
	if (!s->have_database)
		return s->twin_good && s->twin_users > 0 ? WAY_REMOVED : WAY_ANEW;
	/* it says that it is whole, and is not: as none it is made anew */
	if (s->clean && s->database_good && !s->twin_good)
		return WAY_TWIN_ASIDE;
	if (s->mends && (s->database_good || s->twin_good))
		return WAY_REPAIR;
	if (s->twin_good && (s->twin_whole || !s->database_good))
		return WAY_FROM_TWIN;
	return s->database_good ? WAY_FROM_DATABASE : WAY_ANEW;
}

static void
plan_database(struct check *c, struct plan *p)
{
	struct stat st;

	switch (p->way) {
	case WAY_REMOVED:
		if (lstat(p->paths->left, &st) == 0)	/* a folder, or the like */
			add(c, p, move_aside(c, p->paths->left));
		add(c, p, check_text(c, "gsasldb repair%s --from twin", p->option));
		break;
	case WAY_FROM_TWIN:
		add_repair_from(c, p, "twin", p->paths->left);
		break;
	case WAY_FROM_DATABASE:
		add_repair_from(c, p, "database", p->paths->right);
		break;
	case WAY_TWIN_ASIDE:
		add(c, p, move_aside(c, p->paths->right));
		add(c, p, check_text(c, "gsasldb repair%s", p->option));
		break;
	case WAY_REPAIR:
		add(c, p, check_text(c, "gsasldb repair%s", p->option));
		break;
	case WAY_ANEW:
		add_begin_anew(c, p);
	}
}

/* Without the newline at its end. */
static const char *
finished(struct check *c, const struct plan *p)
{
	return check_text(c, "%.*s", (int)strlen(p->commands) - 1, p->commands);
}

const char *
remedy_files(struct check *c, const char *path)
{
	struct plan p = {.commands = "", .option = c->db_option};
	const char *remedy;
	struct paths paths;
	struct fault f;

	if (strcmp(path, c->db) != 0)
		p.option = check_text(c, " -f %s", check_quote(c, path));
	if (paths_resolve(&paths, path, &f) != ST_OK)
		return f.status == ST_FOREIGN	/* links that form a loop */
		    ? check_text(c, "%s\n%s", move_aside(c, path), init_command(c, p.option)) : init_command(c, p.option);
	p.paths = &paths;
	if (store_look_ahead(path, &p.prospects, &f) == ST_OK) {
		p.way = choose_way(&p.prospects);
		free_companion(c, &p, paths.right, p.prospects.twin_strange);
		free_companion(c, &p, paths.state, p.prospects.state_strange);
		plan_database(c, &p);
	} else
		add(c, &p, check_text(c, "gsasldb repair%s", p.option));
	remedy = finished(c, &p);
	paths_free(&paths);
	return remedy;
}

const char *
link_end(struct check *c, const char *path)
{
	char target[PATH_MAX];

	for (int i = 0; i < LINKS_MAX; i++) {
		ssize_t n = readlink(path, target, sizeof(target) - 1);
		const char *slash = strrchr(path, '/');

		if (n < 0)
			return path;
		target[n] = '\0';
		path = target[0] == '/' || slash == NULL ? check_text(c, "%s", target)
		    : check_text(c, "%.*s/%s", (int)(slash - path), path, target);
	}
	return path;
}
