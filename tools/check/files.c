/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The three files of the database: are they there and whole, who owns them, who may read and write them,
 * and can Postfix's user really open them?
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "check.h"

/* ---- helpers ---- */

/* The file, the folder in it: quoted. */
static const char *
all_files(struct check *c)
{
	const char *const files[] = {c->paths.left, c->paths.right, c->paths.state};
	const char *list = "";
	struct stat st;

	for (size_t i = 0; i < 3; i++)
		if (lstat(files[i], &st) == 0 && S_ISREG(st.st_mode))
			list = check_text(c, "%s %s", list, check_quote(c, files[i]));
	return list;
}

/* The user that smtpd becomes; NULL: not known. */
static const struct passwd *
daemon_user(const struct check *c)
{
	return c->have_postfix ? getpwnam(c->main.value[PARAM_MAIL_OWNER]) : NULL;
}

/* Modes of all files that are there, or-ed. */
static unsigned
modes(const struct check *c)
{
	const char *const files[] = {c->paths.left, c->paths.right, c->paths.state};
	unsigned all = 0;
	struct stat st;

	for (size_t i = 0; i < 3; i++)
		if (lstat(files[i], &st) == 0 && S_ISREG(st.st_mode))
			all |= st.st_mode;
	return all;
}

/* ---- is it there, and what is it? ---- */

static bool
postfix_runs(struct check *c)
{
	FILE *in = fopen(check_text(c, "%s/pid/master.pid", c->main.value[PARAM_QUEUE]), "r");
	char line[32] = "";
	long pid;

	if (in == NULL)
		return false;
	if (fgets(line, sizeof(line), in) == NULL)
		line[0] = '\0';
	fclose(in);
	pid = strtol(line, NULL, 10);
	return pid > 0 && pid <= INT_MAX && kill((pid_t)pid, 0) == 0;
}

static bool
any_chrooted(const struct check *c)
{
	for (size_t i = 0; i < c->service_count; i++)
		if (c->services[i].auth && c->services[i].chrooted)
			return true;
	return false;
}

static void
find_missing(struct check *c)
{
	const char *path = link_end(c, c->db), *slash = strrchr(path, '/'), *remedy;
	bool jail = any_chrooted(c);
	struct store_prospects p = {0};
	struct stat st;

	if (c->db_status != ST_NODB)
		return;
	remedy = remedy_files(c, path);
	if (slash != NULL && slash != path) {
		const char *folder = check_text(c, "%.*s", (int)(slash - path), path);

		if (stat(folder, &st) != 0)
			remedy = check_text(c, "mkdir -p %s\n%s", check_quote(c, folder), remedy);
	}
	if (jail && postfix_runs(c))
		remedy = check_text(c, "%s\n%s reload", remedy, c->postfix);
	store_look_ahead(path, &p, NULL);
	check_find(c, remedy, "%s: there is no database%s%s", c->db,
	    p.twin_users > 0 ? " any more, but its twin has users" : "",
	    jail ? "; it must be there when smtpd starts, for it runs in a chroot" : "");
}

static void
find_damaged(struct check *c)
{
	if (c->db_status == ST_FOREIGN || c->db_status == ST_CORRUPT)
		check_find(c, remedy_files(c, c->db), "%s", c->db_fault.text);
}

/* The system has the word: nothing that can be mended from here. */
static void
find_failing(struct check *c)
{
	switch (c->db_status) {
	case ST_PERM:
		if (geteuid() != 0)	/* not-root says so */
			return;
		break;
	case ST_IO:
	case ST_BUSY:
	case ST_NOMEM:
	case ST_RELOAD:
		break;
	default:
		return;
	}
	check_find(c, check_text(c, "gsasldb stat%s", c->db_option), "%s", c->db_fault.text);
}

static void
find_overwritten(struct check *c)
{
	struct fault f;

	/* trouble with a companion is companion-refused's business */
	if (c->store == NULL || !store_trouble(c->store, &f) || strstr(f.text, c->paths.left) != f.text)
		return;
	check_find(c, remedy_files(c, c->db), "%s; nothing can be changed", f.text);
}

/* ---- the companions ---- */

/* Is it one that readers do not use, or that writers do not touch?  True: *f has the words. */
static bool
is_refused(const char *path, bool strange, const struct stat *left, struct fault *f)
{
	struct stat st;
	enum status status;
	int fd;

	f->sys = 0;
	status = file_open(&fd, path, O_RDONLY, left, &st, f);
	if (status != ST_OK)
		return status == ST_FOREIGN || (status == ST_PERM && f->sys != EACCES);
	close(fd);
	if (strange)
		fault_set(f, ST_PERM, 0, "%s: belongs to root, and the database does not, and it is none of its files", path);
	return strange;
}

/* Where the database itself cannot be used, the remedy for that is one for its companions too. */
static void
find_refused(struct check *c)
{
	struct store_prospects p = {0};
	struct stat left;
	struct fault f;

	if (c->db_status == ST_FOREIGN || c->db_status == ST_CORRUPT || stat(c->paths.left, &left) != 0)
		return;
	store_look_ahead(c->db, &p, NULL);
	if (is_refused(c->paths.right, p.twin_strange, &left, &f))
		check_find(c, remedy_files(c, c->db), "%s", f.text);
	if (is_refused(c->paths.state, p.state_strange, &left, &f))
		check_find(c, remedy_files(c, c->db), "%s", f.text);
}

/* What there is of the files, if the database can be read; false: there is nothing to say. */
static bool
inspect(const struct check *c, struct store_facts *facts)
{
	return c->db_status == ST_OK && store_inspect(c->paths.left, facts, NULL) == ST_OK;
}

static void
find_companion_missing(struct check *c)
{
	struct store_facts facts;

	if (inspect(c, &facts) && (!facts.have_twin || !facts.have_state || facts.twin_stale))
		check_find(c, remedy_files(c, c->db), "%s: is missing, or not as the last write left it: logins are slower "
		    "and may wait for a writer", facts.have_state ? c->paths.right : c->paths.state);
}

static void
find_unfinished(struct check *c)
{
	struct store_facts facts;

	if (inspect(c, &facts) && facts.unfinished)
		check_find(c, remedy_files(c, c->db), "%s: a write was cut off; the next one mends it, and logins go on",
		    c->paths.left);
}

static void
find_by_hand(struct check *c)
{
	struct store_facts facts;
	struct fault f;

	if (inspect(c, &facts) && facts.by_hand && facts.have_twin && facts.have_state && !store_trouble(c->store, &f))
		check_find(c, remedy_files(c, c->db), "%s: was restored or changed by something else than our tools: "
		    "logins are slower and may wait for a writer until its twin is made anew", c->paths.left);
}

static void
find_network(struct check *c)
{
	int fd = open(c->paths.left, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	bool remote = fd != -1 && file_is_remote(fd);
	const char *local = "/var/lib/sasldb";

	if (fd != -1)
		close(fd);
	if (!remote || c->conf_status != ST_OK)
		return;
	check_find(c, check_text(c, "gsasldb export -f %s | gsasldb import -f %s\n%s", check_quote(c, c->paths.left),
	    local, remedy_conf(c, "gsasldb_path", local)), "%s: is on a network file system: changes may not be "
	    "seen, or may damage it", c->paths.left);
}

/* ---- who may what ---- */

static void
find_world(struct check *c)
{
	unsigned mode = modes(c) & 07;

	if (mode != 0)
		check_find(c, check_text(c, "chmod o-rwx%s", all_files(c)), "%s: everybody on this machine may %s "
		    "the database or a companion", c->paths.left, (mode & 2) != 0 ? "write" : "read");
}

/* With an ACL the group's bits are its mask. */
static void
find_group_writable(struct check *c)
{
	if ((modes(c) & S_IWGRP) != 0 &&
	    getxattr(c->paths.left, "system.posix_acl_access", NULL, 0) <= 0)
		check_find(c, check_text(c, "chmod g-w%s", all_files(c)), "%s: the group may write the database: "
		    "so may whoever breaks into smtpd", c->paths.left);
}

static void
find_owner(struct check *c)
{
	const struct passwd *pw = daemon_user(c);
	struct stat st;

	if (pw != NULL && pw->pw_uid != 0 && stat(c->paths.left, &st) == 0 && st.st_uid == pw->pw_uid)
		check_find(c, check_text(c, "chown root%s", all_files(c)), "%s: belongs to %s: whoever breaks into "
		    "smtpd may write the database", c->paths.left, pw->pw_name);
}

static void
find_folder(struct check *c)
{
	struct stat st;

	if (stat(c->paths.dir, &st) == 0 && (st.st_mode & S_IWOTH) != 0)
		check_find(c, check_text(c, "chmod o-w %s", check_quote(c, c->paths.dir)), "%s: everybody may write "
		    "the folder, and so replace the database", c->paths.dir);
}

/* ---- can Postfix's user read it? ---- */

/* In a child that has become that user: the folders he may not pass, and the files that he cannot open. */
static void
say_unreadable(const struct check *c, FILE *out)
{
	const char *const files[] = {c->paths.left, c->paths.right, c->paths.state};
	const struct passwd *pw = daemon_user(c);
	char part[4096];

	if (pw == NULL || initgroups(pw->pw_name, pw->pw_gid) != 0 || setgid(pw->pw_gid) != 0 ||
	    setuid(pw->pw_uid) != 0)
		return;
	for (const char *p = c->paths.left; (p = strchr(p + 1, '/')) != NULL;) {
		if ((size_t)snprintf(part, sizeof(part), "%.*s", (int)(p - c->paths.left), c->paths.left) <
		    sizeof(part) && access(part, X_OK) != 0 && errno == EACCES) {
			fprintf(out, "folder %s\n", part);
			return;
		}
	}
	for (size_t i = 0; i < 3; i++) {
		int fd = open(files[i], O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);

		if (fd == -1 && errno == EACCES)
			fprintf(out, "file %s\n", files[i]);
		if (fd != -1)
			close(fd);
	}
}

/* The group that should read: gsasldb_group, or the default, if the user is in it; else his own. */
static const char *
reading_group(struct check *c, const struct passwd *pw)
{
	const struct appconf_item *item = appconf_get(&c->conf, "gsasldb_group");
	const struct group *gr = getgrnam(item != NULL ? item->value : DB_GROUP);

	if (gr != NULL && gr->gr_gid == pw->pw_gid)
		return check_text(c, "%s", gr->gr_name);
	for (char **member = gr != NULL ? gr->gr_mem : NULL; member != NULL && *member != NULL; member++)
		if (strcmp(*member, pw->pw_name) == 0)
			return check_text(c, "%s", gr->gr_name);
	gr = getgrgid(pw->pw_gid);
	return gr != NULL ? check_text(c, "%s", gr->gr_name) : check_text(c, "%lu", (unsigned long)pw->pw_gid);
}

static void
find_unreadable(struct check *c)
{
	const struct passwd *pw = geteuid() == 0 ? daemon_user(c) : NULL;
	const char *said, *group, *path, *list = "", *user;
	int signal_number;

	if (pw == NULL || c->paths.left == NULL)
		return;
	user = check_text(c, "%s", pw->pw_name);
	group = check_quote(c, reading_group(c, pw));
	said = ask_child(c, say_unreadable, &signal_number);
	if (said == NULL || *said == '\0')
		return;
	while (*said != '\0') {
		size_t len = strcspn(said, "\n");
		bool folder = strncmp(said, "folder ", 7) == 0;

		path = check_text(c, "%.*s", (int)(len - (folder ? 7 : 5)), said + (folder ? 7 : 5));
		said += len + (said[len] == '\n');
		if (folder) {
			check_find(c, check_text(c, "chmod o+x %s", check_quote(c, path)), "%s: the user %s, as "
			    "whom smtpd runs, may not pass this folder to %s", path, user, c->paths.left);
			return;
		}
		list = check_text(c, "%s %s", list, check_quote(c, path));
	}
	check_find(c, check_text(c, "chgrp %s%s\nchmod g+r%s", group, list, list),
	    "the user %s, as whom smtpd runs, cannot read%s", user, list);
}

/* ---- a jail ---- */

/* Only while the database is well: until then it may be the last one that is. */
static void
find_jail_copy(struct check *c)
{
	const char *const places[] = {c->paths.left, "/etc/sasldb2"};
	struct stat ours, st;

	if (stat(c->paths.left, &ours) != 0)
		return;
	for (size_t i = 0; any_chrooted(c) && i < 2; i++) {
		const char *copy = check_text(c, "%s%s", c->main.value[PARAM_QUEUE], places[i]);

		/* a folder that is mounted there has the database itself */
		if (stat(copy, &st) == 0 && !same_file(&st, &ours))
			check_find(c, check_text(c, "rm %s", check_quote(c, copy)), "%s: nobody reads this copy in "
			    "smtpd's chroot; its secrets only lie about", copy);
	}
}

static const struct check_row rows[] = {
	{SEVERITY_ERROR, "database-missing", 0, find_missing},
	{SEVERITY_ERROR, "database-damaged", 0, find_damaged},
	{SEVERITY_ERROR, "database-failing", 0, find_failing},
	{SEVERITY_WARNING, "database-overwritten", NEED_DB, find_overwritten},
	{SEVERITY_WARNING, "companion-refused", NEED_DB, find_refused},
	{SEVERITY_WARNING, "companion-missing", NEED_DB, find_companion_missing},
	{SEVERITY_WARNING, "write-unfinished", NEED_DB, find_unfinished},
	{SEVERITY_WARNING, "changed-by-hand", NEED_DB, find_by_hand},
	{SEVERITY_WARNING, "network-file-system", NEED_DB, find_network},
	{SEVERITY_ERROR, "everybody", NEED_DB, find_world},
	{SEVERITY_WARNING, "group-writable", NEED_DB, find_group_writable},
	{SEVERITY_WARNING, "daemon-owns", NEED_DB, find_owner},
	{SEVERITY_ERROR, "folder-writable", NEED_DB, find_folder},
	{SEVERITY_ERROR, "unreadable", NEED_DB, find_unreadable},
	{SEVERITY_ADVICE, "jail-copy", NEED_POSTFIX | NEED_USERS, find_jail_copy},
};
const struct check_subject check_files = {rows, sizeof(rows) / sizeof(rows[0])};
