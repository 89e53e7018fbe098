/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * serve: a server program with the plugin, for the scripts of tests/cli that need one which goes on running.
 *
 *   serve DATABASE [UID [OPTION]]
 *
 * Loads the plugin (as UID, if given, and with a line more in its conf file); then, for each line "USER PASSWORD" on standard input, lets that user
 * log in by CRAM-MD5 and prints a line: "in", "no" or "later".  "ready" comes first.  What the plugin logs goes
 * to standard error.
 */
#include <config.h>

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
	return seteuid(0) != 0 && argc > 2;	/* the harness removes what it made */
}
