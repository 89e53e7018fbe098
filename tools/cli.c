/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tools have in common.  Here, and only here, a status becomes an exit code and a fault becomes
 * words on standard error.  Knows nothing of records and passwords.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "appconf.h"
#include "cli.h"

#define MESSAGE_MAX 2048

const char *cli_program = "gsasldb";

/*
 * A closed descriptor is opened the wrong way round: it is taken, and using it is still an error.
 */
static void
take_standard_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) == -1 && errno == EBADF)
			/* cppcheck-suppress leakReturnValNotUsed ; it stays open as long as the program runs */
			open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

void
cli_start(char **argv)
{
	take_standard_descriptors();
	if (argv[0] != NULL) {
		char *slash = strrchr(argv[0], '/');

		if (slash != NULL)
			argv[0] = slash + 1;
		cli_program = argv[0];
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	umask(077);
	openlog(cli_program, LOG_PID, LOG_AUTHPRIV);
}

void
cli_message(const char *format, ...)
{
	char text[MESSAGE_MAX], safe[4 * MESSAGE_MAX];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	fprintf(stderr, "%s: %s\n", cli_program, escape_for_log(safe, sizeof(safe), text));
}

/* ---- exit codes ---- */

enum exit_code
cli_exit_code(enum status status)
{
	switch (status) {
	case ST_OK:
		return EXIT_DONE;
	case ST_NOTFOUND:
		return EXIT_NO;
	case ST_BADNAME:
	case ST_BADVALUE:
	case ST_CORRUPT:
	case ST_FOREIGN:
	case ST_TOOBIG:
	case ST_COSTLY:
		return EXIT_BADDATA;
	case ST_NODB:
		return EXIT_NODB;
	case ST_EXISTS:
	case ST_CANTCREATE:
		return EXIT_CANTCREATE;
	case ST_IO:
		return EXIT_IO;
	case ST_BUSY:
	case ST_RELOAD:
		return EXIT_BUSY;
	case ST_PERM:
		return EXIT_PERM;
	case ST_CONFIG:
		return EXIT_CONFIG;
	case ST_NOMEM:
		break;
	}
	return EXIT_INTERNAL;
}

enum exit_code
cli_fault(const struct fault *f)
{
	const char *text = f->text[0] != '\0' ? f->text : status_text(f->status);

	if (f->status == ST_PERM && geteuid() != 0)
		cli_message("%s (run as root, or as the owner of the file)", text);
	else
		cli_message("%s", text);
	return cli_exit_code(f->status);
}

enum exit_code
cli_finish(enum exit_code code)
{
	bool failed = ferror(stdout) != 0;

	errno = 0;
	if (fclose(stdout) == 0 && !failed)
		return code;
	if (code != EXIT_DONE)		/* the reason has been said */
		return code;
	cli_message("standard output: cannot be written%s%s", errno != 0 ? ": " : "",
	    errno != 0 ? strerror(errno) : "");
	return EXIT_IO;
}

/* ---- the place of the database, and the realm ---- */

/* Takes from the conf file what -f and -g leave open.  Borrows: the strings are conf's. */
static enum status
read_conf(struct cli_place *p, const struct appconf *conf, const char **path, const char **group,
    struct fault *f)
{
	const struct appconf_item *item;
	struct fault why;

	item = appconf_get(conf, "gsasldb_path");
	if (item != NULL && *path == NULL) {
		if (item->value[0] != '/')
			return fault_set(f, ST_CONFIG, 0,
			    "%s: line %u: gsasldb_path: must be an absolute path", conf->path, item->line);
		*path = item->value;
	}
	item = appconf_get(conf, "gsasldb_group");
	if (item != NULL && *group == NULL)
		*group = item->value;
	item = appconf_get(conf, "gsasldb_mechs");
	if (item != NULL && mech_specs_parse(&p->mechs, item->value, &why) != ST_OK)
		return fault_set(f, ST_CONFIG, 0, "%s: line %u: gsasldb_mechs: %s", conf->path, item->line,
		    why.text);
	return ST_OK;
}

enum status
cli_place_find(struct cli_place *out, const char *file, const char *appname, const char *group,
    struct fault *f)
{
	struct appconf conf = {0};
	enum status status;

	memset(out, 0, sizeof(*out));
	status = mech_specs_parse(&out->mechs, mech_default_list, f);
	if (status != ST_OK)
		return status;
	if (appname != NULL) {
		status = appconf_load(&conf, appname, f);
		if (status == ST_OK)
			status = read_conf(out, &conf, &file, &group, f);
		if (status != ST_OK)
			goto out;
	}
	out->path = strdup(file != NULL ? file : DB_PATH);
	if (geteuid() == 0)
		out->group = strdup(group != NULL ? group : DB_GROUP);
	if (out->path == NULL || (geteuid() == 0 && out->group == NULL))
		status = fault_set(f, ST_NOMEM, 0, "out of memory");
out:
	appconf_free(&conf);
	if (status != ST_OK)
		cli_place_free(out);
	return status;
}

void
cli_place_free(struct cli_place *p)
{
	free(p->path);
	free(p->group);
	memset(p, 0, sizeof(*p));
}

/* As libsasl2 does it, so that the two agree on the realm. */
const char *
cli_default_realm(void)
{
	static char host[NAME_BYTES_MAX + 2];	/* one byte more than a realm may have: too long is an error */
	struct addrinfo hints = {0}, *found = NULL;

	if (gethostname(host, sizeof(host)) == -1)
		strcpy(host, "localhost");
	host[sizeof(host) - 1] = '\0';
	hints.ai_flags = AI_CANONNAME;
	hints.ai_socktype = SOCK_STREAM;
	if (strchr(host, '.') == NULL && getaddrinfo(host, NULL, &hints, &found) == 0) {
		const char *full = found->ai_canonname;

		if (full != NULL && strchr(full, '.') != NULL && strlen(full) < sizeof(host))
			strcpy(host, full);
		freeaddrinfo(found);
	}
	for (char *p = host; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	return host;
}

enum status
cli_name(struct name *out, const char *spec, const char *realm, struct fault *f)
{
	const char *host = NULL;
	enum status status;

	if (realm == NULL && strchr(spec, '@') == NULL)
		host = cli_default_realm();
	status = name_parse(out, spec, realm, host, f);
	if (status == ST_OK && host != NULL)
		cli_message("realm: %s (the host's name; -u chooses another)", out->realm_typed);
	return status;
}

const char *
cli_mech_names(char out[CLI_MECH_NAMES_MAX], unsigned mechs)
{
	size_t used = 0;

	out[0] = '\0';
	for (int m = 0; m < MECH_COUNT; m++)
		if ((mechs & 1u << m) != 0)
			used += (size_t)snprintf(out + used, CLI_MECH_NAMES_MAX - used, "%s%s",
			    used > 0 ? "," : "", mech_info((enum mech)m)->name);
	return out;
}

const char *
cli_caller(void)
{
	static char name[256];
	const struct passwd *pw;

	if (name[0] == '\0') {
		pw = getpwuid(getuid());
		snprintf(name, sizeof(name), "%s", pw != NULL ? pw->pw_name : "?");
	}
	return name;
}

void
cli_audit(const char *format, ...)
{
	char text[MESSAGE_MAX], safe[4 * MESSAGE_MAX], by[512];
	const char *sudo_user = getuid() == 0 ? getenv("SUDO_USER") : NULL;
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text) - sizeof(by), format, ap);
	va_end(ap);
	snprintf(by, sizeof(by), " by uid=%lu(%s)%s%.255s", (unsigned long)getuid(),
	    cli_caller(), sudo_user != NULL ? " sudo_user=" : "",
	    sudo_user != NULL ? sudo_user : "");
	strcat(text, by);
	syslog(LOG_NOTICE, "%s", escape_for_log(safe, sizeof(safe), text));
}
