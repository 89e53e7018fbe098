/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads a program's conf file: the tools must use the database that the daemon uses.  Follows load_config()
 * and sasl_config_init() of libsasl2 2.1.28.  Knows what a conf file looks like, not what the keys mean.
 */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "appconf.h"

#define POSTFIX_CONFIG_DIRECTORY "/etc/postfix"
#define LINE_BYTES_MAX 4094	/* of a conf file; libsasl2 cuts longer lines in two */

/* Runs postconf with its standard output into fd. */
static int
spawn_postconf(pid_t *pid, int fd)
{
	char name[] = "postconf", option[] = "-h", parameter[] = "config_directory";
	char *argv[] = {name, option, parameter, NULL};
	posix_spawn_file_actions_t actions;
	int error;

	error = posix_spawn_file_actions_init(&actions);
	if (error != 0)
		return error;
	error = posix_spawn_file_actions_adddup2(&actions, fd, STDOUT_FILENO);
	if (error == 0)
		error = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	if (error == 0)
		error = posix_spawnp(pid, name, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

void
appconf_extend_path(void)
{
	const char *path = getenv("PATH");
	char *longer;

	if (asprintf(&longer, "%s:/usr/sbin:/usr/local/sbin", path != NULL ? path : "/usr/bin:/bin") == -1)
		return;
	setenv("PATH", longer, 1);
	free(longer);
}

/* What postconf says is Postfix's configuration directory, into out; false if it says nothing. */
static bool
ask_postconf(char *out, size_t size)
{
	FILE *in = NULL;
	int ends[2], error;
	bool ok;
	pid_t pid;

	appconf_extend_path();
	if (pipe2(ends, O_CLOEXEC) == -1)
		return false;
	error = spawn_postconf(&pid, ends[1]);
	close(ends[1]);
	if (error == 0)
		in = fdopen(ends[0], "r");
	ok = in != NULL && fgets(out, (int)size, in) != NULL && out[0] == '/';
	if (in != NULL)
		fclose(in);
	else
		close(ends[0]);
	while (error == 0 && waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		;
	if (ok)
		out[strcspn(out, "\n")] = '\0';
	return ok;
}

/* The directories to look in, separated by colons; malloc, or NULL. */
static char *
list_directories(const char *appname)
{
	const char *dirs = secure_getenv("SASL_CONF_PATH");
	char postfix[4096], *list;

	if (dirs == NULL)
		dirs = SASL_CONF_DIRS;
	if (strcmp(appname, "smtpd") != 0)
		return strdup(dirs);
	if (!ask_postconf(postfix, sizeof(postfix)))
		strcpy(postfix, POSTFIX_CONFIG_DIRECTORY);
	return asprintf(&list, "%s/sasl:%s", postfix, dirs) == -1 ? NULL : list;
}

/* Opens path if it is there; *out stays NULL and the result ST_OK if it is not. */
static enum status
try_open(FILE **out, const char *path, struct fault *f)
{
	*out = fopen(path, "re");
	if (*out != NULL || errno == ENOENT || errno == ENOTDIR)
		return ST_OK;
	return fault_set(f, errno == EACCES ? ST_PERM : ST_IO, errno, "%s: cannot be read", path);
}

/* Opens the first APPNAME.conf of the list; conf->path becomes its name. */
static enum status
search(FILE **out, struct appconf *conf, const char *appname, const char *list, struct fault *f)
{
	enum status status;

	for (const char *dir = list; *out == NULL;) {
		size_t len = strcspn(dir, ":");

		if (asprintf(&conf->path, "%.*s/%s.conf", (int)len, dir, appname) == -1) {
			conf->path = NULL;
			return fault_set(f, ST_NOMEM, 0, "out of memory");
		}
		status = try_open(out, conf->path, f);
		if (status != ST_OK || *out != NULL)
			return status;
		free(conf->path);
		conf->path = NULL;
		if (dir[len] == '\0')
			break;
		dir += len + 1;
	}
	return fault_set(f, ST_CONFIG, 0, "%s.conf: not found in any directory of %s", appname, list);
}

static enum status
find(FILE **out, struct appconf *conf, const char *appname, struct fault *f)
{
	enum status status;
	char *list;

	if (strchr(appname, '/') != NULL) {
		conf->path = strdup(appname);
		if (conf->path == NULL)
			return fault_set(f, ST_NOMEM, 0, "out of memory");
		status = try_open(out, appname, f);
		if (status == ST_OK && *out == NULL)
			status = fault_set(f, ST_CONFIG, 0, "%s: there is no such file", appname);
		return status;
	}
	list = list_directories(appname);
	if (list == NULL)
		return fault_set(f, ST_NOMEM, 0, "out of memory");
	status = search(out, conf, appname, list, f);
	free(list);
	return status;
}

/*
 * Splits a line in place.  *key stays NULL if there is nothing on it.  False: the line is neither empty, nor
 * a comment, nor "key: value".
 */
static bool
split_line(char *line, char **key, char **value)
{
	char *p = line, *end;

	*key = *value = NULL;
	p += strspn(p, " \t\n\v\f\r");
	if (*p == '\0' || *p == '#')
		return true;
	*key = p;
	for (; isalnum((unsigned char)*p) || *p == '-' || *p == '_'; p++)
		*p = (char)tolower((unsigned char)*p);
	if (*p != ':')
		return false;
	*p++ = '\0';
	p += strspn(p, " \t\n\v\f\r");
	*value = p;
	for (end = p + strlen(p); end > p && isspace((unsigned char)end[-1]); end--)
		;
	*end = '\0';
	return end > p;
}

static enum status
add_item(struct appconf *conf, const char *key, const char *value, unsigned line, struct fault *f)
{
	struct appconf_item *items = reallocarray(conf->items, conf->count + 1, sizeof(*items));

	if (items != NULL) {
		struct appconf_item *item = &items[conf->count];

		conf->items = items;
		item->line = line;
		item->key = strdup(key);
		item->value = strdup(value);
		conf->count++;
		if (item->key != NULL && item->value != NULL)
			return ST_OK;
	}
	return fault_set(f, ST_NOMEM, 0, "out of memory");
}

static enum status
read_lines(struct appconf *conf, FILE *in, struct fault *f)
{
	enum status status = ST_OK;
	char *line = NULL, *key, *value;
	size_t size = 0;
	ssize_t len;

	for (unsigned number = 1; status == ST_OK && (len = getline(&line, &size, in)) != -1; number++) {
		if (strlen(line) != (size_t)len || len > LINE_BYTES_MAX || !split_line(line, &key, &value))
			status = fault_set(f, ST_CONFIG, 0,
			    "%s: line %u: must be \"key: value\" or a # comment", conf->path, number);
		else if (key != NULL)
			status = add_item(conf, key, value, number, f);
	}
	if (status == ST_OK && ferror(in))
		status = fault_set(f, ST_IO, errno, "%s: cannot be read", conf->path);
	free(line);
	return status;
}

enum status
appconf_load(struct appconf *out, const char *appname, struct fault *f)
{
	enum status status;
	FILE *in = NULL;

	memset(out, 0, sizeof(*out));
	status = find(&in, out, appname, f);
	if (status == ST_OK)
		status = read_lines(out, in, f);
	if (in != NULL)
		fclose(in);
	if (status != ST_OK)
		appconf_free(out);
	return status;
}

void
appconf_free(struct appconf *conf)
{
	for (size_t i = 0; i < conf->count; i++) {
		free(conf->items[i].key);
		free(conf->items[i].value);
	}
	free(conf->items);
	free(conf->path);
	memset(conf, 0, sizeof(*conf));
}

const struct appconf_item *
appconf_get(const struct appconf *conf, const char *key)
{
	for (size_t i = 0; i < conf->count; i++)
		if (strcmp(conf->items[i].key, key) == 0)
			return &conf->items[i];
	return NULL;
}
