/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * folder: see folder.h.
 */
#include <config.h>

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "folder.h"

static char folder[64];
static pid_t owner;

const char *
folder_file(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s%s%s", folder, name[0] != '\0' ? "/" : "", name);
	return path;
}

static bool
begins(const char *text, const char *prefix)
{
	return prefix != NULL && strncmp(text, prefix, strlen(prefix)) == 0;
}

void
folder_clear(const char *keep)
{
	DIR *d = opendir(folder);
	struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL)
		if (!begins(e->d_name, keep) && strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			unlink(folder_file(e->d_name));
	closedir(d);
}

bool
folder_has(const char *prefix)
{
	DIR *d = opendir(folder);
	struct dirent *e;
	bool found = false;

	while (d != NULL && !found && (e = readdir(d)) != NULL)
		found = begins(e->d_name, prefix);
	closedir(d);
	return found;
}

static void
remove_folder(void)
{
	if (getpid() != owner)
		return;
	folder_clear(NULL);
	rmdir(folder);
}

/* Whoever ends a test does not care what else it was at. */
static void
remove_and_die(int number)
{
	remove_folder();
	signal(number, SIG_DFL);
	raise(number);
}

void
folder_make(const char *name)
{
	snprintf(folder, sizeof(folder), "/dev/shm/%s.XXXXXX", name);
	if (mkdtemp(folder) == NULL) {
		snprintf(folder, sizeof(folder), "/tmp/%s.XXXXXX", name);
		if (mkdtemp(folder) == NULL) {
			printf("Bail out! no folder can be made\n");
			exit(99);
		}
	}
	owner = getpid();
	atexit(remove_folder);
	signal(SIGTERM, remove_and_die);
	signal(SIGINT, remove_and_die);
	signal(SIGHUP, remove_and_die);
}
