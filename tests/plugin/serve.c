/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * serve: a server program with the plugin, for the scripts of tests/cli that need one which goes on running.
 *
 *   serve DATABASE [UID [OPTION]]
 *
 * Loads the plugin (as UID, if given, and with a line more in its conf file); then, for each line "USER PASSWORD" on standard input, lets that user
 * log in by CRAM-MD5 and prints a line: "in", "no" or "later".  "ready" comes first.  A line "/FOLDER" is no login:
 * the server goes into that chroot and prints "chrooted".  What the plugin logs goes to standard error.
 */
#include <config.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"

static const char *
answer(int result)
{
	switch (result) {
	case SASL_OK:
		return "in";
	case SASL_NOUSER:
	case SASL_BADAUTH:
		return "no";
	default:
		return "later";
	}
}

static int outside = -1;	/* what "/" was before the chroot */

static void
go_into(const char *folder)
{
	outside = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (outside < 0 || chroot(folder) != 0 || chdir("/") != 0)
		bail("cannot go into %s", folder);
	puts("chrooted");
	fflush(stdout);
}

/* Out again, for the harness removes what it made. */
static bool
go_out(void)
{
	return outside < 0 || (fchdir(outside) == 0 && chroot(".") == 0);
}

int
main(int argc, char **argv)
{
	char conf[1024], line[1024], *password;
	struct log log = {0};

	if (argc < 2)
		bail("usage: serve DATABASE [UID [OPTION]]");
	harness_start();
	if (argc > 2 && (setegid((gid_t)atoi(argv[2])) != 0 || seteuid((uid_t)atoi(argv[2])) != 0))
		bail("cannot become %s", argv[2]);
	snprintf(conf, sizeof(conf), "auxprop_plugin: gsasldb\ngsasldb_path: %s\nlog_level: 7\n%s\n", argv[1],
	    argc > 3 ? argv[3] : "");
	server_start(conf);
	puts("ready");
	while (fgets(line, sizeof(line), stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '/') {
			go_into(line);
			continue;
		}
		password = strchr(line, ' ');
		if (password == NULL)
			bail("not \"USER PASSWORD\": %s", line);
		*password++ = '\0';
		puts(answer(try_login("CRAM-MD5", line, password, &log)));
		fflush(stdout);
		if (log.text != NULL)
			fputs(log.text, stderr);
		log_clear(&log);
	}
	server_stop();
	/* the harness removes what it made */
	return (seteuid(0) != 0 && argc > 2) || !go_out();
}
