/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The plugin: is it where smtpd's libsasl2 looks, and does it load?
 */
#include "config.h"

#include <dlfcn.h>
#include <glob.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

#define PLUGIN_FILE "libgsasldb.so"

static const char *file_to_load;	/* in the child */

/* Nothing if it loads, else why it does not. */
static void
say_why(const struct check *c, FILE *out)
{
	void *handle = dlopen(file_to_load, RTLD_NOW | RTLD_LOCAL);

	(void)c;
	if (handle == NULL)
		fputs(dlerror(), out);
	else if (dlsym(handle, "sasl_auxprop_plug_init") == NULL)
		fputs("it is no auxprop plugin of libsasl2", out);
	if (handle != NULL)
		dlclose(handle);
}

/* NULL: it loads. */
static const char *
why_not(struct check *c, const char *path)
{
	const char *said, *colon;
	int signal_number;

	file_to_load = path;
	said = ask_child(c, say_why, &signal_number);
	if (said == NULL)
		return check_text(c, "loading it ends with signal %d", signal_number);
	if (*said == '\0')
		return NULL;
	colon = strstr(said, ": ");	/* dlerror() begins with the path */
	return colon != NULL ? colon + 2 : said;
}

/* The plugin in a directory of the list; NULL: in none. */
static const char *
find_plugin(struct check *c, const char *list)
{
	const char *dir;
	size_t len;

	while ((dir = word_next(&list, ":", &len)) != NULL) {
		const char *path = check_text(c, "%.*s/" PLUGIN_FILE, (int)len, dir);

		if (access(path, F_OK) == 0)
			return path;
	}
	return NULL;
}

/* Puts a copy that loads in place: where "make install" put it, or this build's, or a new one. */
static const char *
remedy_install(struct check *c, const char *to)
{
	char self[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	const char *from, *dirs = PLUGIN_DIR;

	if (len > 0) {
		self[len] = '\0';
		if (strrchr(self, '/') != NULL)
			*strrchr(self, '/') = '\0';
		dirs = check_text(c, "%s:%s/.libs", dirs, self);
	}
	from = find_plugin(c, dirs);
	if (from != NULL && strcmp(from, to) != 0 && why_not(c, from) == NULL)
		return check_text(c, "rm -f %s\ninstall -m 644 %s %s", check_quote(c, to), check_quote(c, from),
		    check_quote(c, to));
	return check_text(c, "./configure --with-plugindir=%.*s && make && make install",
	    (int)(strrchr(to, '/') - to), to);
}

static void
find_missing(struct check *c)
{
	const char *dirs = c->plugin_dirs;

	if (find_plugin(c, dirs) == NULL)
		check_find(c, remedy_install(c, check_text(c, "%.*s/" PLUGIN_FILE, (int)strcspn(dirs, ":"),
		    dirs)), "the plugin is not installed where libsasl2 looks: there is no " PLUGIN_FILE " in %s",
		    dirs);
}

static void
find_broken(struct check *c)
{
	const char *path = find_plugin(c, c->plugin_dirs), *why;

	if (path != NULL && (why = why_not(c, path)) != NULL)
		check_find(c, remedy_install(c, path), "%s: cannot be loaded: %s", path, why);
}

/* The plugin of anybody that ends a process which loads it; NULL: none alone does. */
static const char *
find_killer(struct check *c)
{
	const char *list = c->plugin_dirs, *dir;
	size_t len;

	while ((dir = word_next(&list, ":", &len)) != NULL) {
		const char *pattern = check_text(c, "%.*s/*.so", (int)len, dir), *killer = NULL;
		int signal_number;
		glob_t files;

		if (glob(pattern, 0, NULL, &files) != 0)
			continue;
		for (size_t i = 0; i < files.gl_pathc && killer == NULL; i++) {
			file_to_load = files.gl_pathv[i];
			if (ask_child(c, say_why, &signal_number) == NULL)
				killer = check_text(c, "%s", file_to_load);
		}
		globfree(&files);
		if (killer != NULL)
			return killer;
	}
	return NULL;
}

static void
find_crash(struct check *c)
{
	const char *killer;

	if (c->mechs_signal == 0)
		return;
	killer = find_killer(c);
	if (killer != NULL)
		check_find(c, check_text(c, "mv %s %s", check_quote(c, killer), check_quote(c,
		    check_text(c, "%s.bad", killer))), "%s: smtpd dies when it loads this plugin", killer);
	else
		check_find(c, check_text(c, "SASL_PATH=%s pluginviewer -s", check_quote(c, c->plugin_dirs)),
		    "libsasl2 dies of signal %d when it is used as smtpd does", c->mechs_signal);
}

static const struct check_row rows[] = {
	{SEVERITY_ERROR, "plugin-missing", 0, find_missing},
	{SEVERITY_ERROR, "plugin-broken", 0, find_broken},
	{SEVERITY_ERROR, "plugin-crash", 0, find_crash},
};
const struct check_subject check_plugin = {rows, sizeof(rows) / sizeof(rows[0])};
