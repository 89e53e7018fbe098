/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * report: every line that the plugin logs goes through here.  Knows no passwords and no secrets, and must
 * not be given any.
 */
#include <config.h>

#include <grp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include "plugin.h"

#define LINE_MAX_BYTES 2048
#define QUIET_SECONDS 60	/* a fault that comes and goes is told at most this often */

void
report(const sasl_server_params_t *sparams, int level, const char *format, ...)
{
	char line[LINE_MAX_BYTES];
	va_list ap;

	va_start(ap, format);
	vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	/* libsasl2's own formatting knows only a few conversions, and none with a width. */
	sparams->utils->log(sparams->utils->conn, level, "%s", line);
}

const char *
report_name(char out[REPORT_NAME_MAX], const char *name)
{
	char escaped[REPORT_NAME_MAX];
	const char *p = escape_for_log(escaped, sizeof(escaped), name);
	size_t n = 0;

	for (; *p != '\0' && n + sizeof("\\x20") <= REPORT_NAME_MAX; p++) {
		if (*p == ' ')
			n = (size_t)(stpcpy(out + n, "\\x20") - out);
		else
			out[n++] = *p;
	}
	out[n] = '\0';
	return out;
}

const char *
report_who(char out[REPORT_WHO_MAX], const struct name *name)
{
	char user[REPORT_NAME_MAX], realm[REPORT_NAME_MAX];

	snprintf(out, REPORT_WHO_MAX, "user %s in realm %s", report_name(user, name->user),
	    report_name(realm, name->realm));
	return out;
}

/* The group that lets this process read the database: its own, if that is one that can be given files. */
static const char *
group_for_reading(char *out, size_t size)
{
	struct group group, *found = NULL;
	char buffer[4096];
	gid_t gid = getegid();

	if (gid != 0 && getgrgid_r(gid, &group, buffer, sizeof(buffer), &found) == 0 && found != NULL &&
	    strcmp(found->gr_name, "nogroup") != 0 && strcmp(found->gr_name, "nobody") != 0)
		snprintf(out, size, "%s", found->gr_name);
	else
		snprintf(out, size, "%s", plugin.options.group);
	return out;
}

/* Who this process is, whose the file is, and the commands that bring the two together. */
static const char *
describe_permissions(char *out, size_t size, const char *path)
{
	unsigned uid = (unsigned)geteuid(), gid = (unsigned)getegid();
	char group[256], shown[512];
	struct stat st;

	if (stat(path, &st) != 0) {
		snprintf(out, size, " (this process has uid %u and gid %u)", uid, gid);
		return out;
	}
	escape_for_log(shown, sizeof(shown), path);
	snprintf(out, size, " (this process has uid %u and gid %u; the file has uid %u, gid %u and mode "
	    "%04o; to let it read: chgrp %s %s; chmod 640 %s)", uid, gid, (unsigned)st.st_uid,
	    (unsigned)st.st_gid, (unsigned)st.st_mode & 07777u, group_for_reading(group, sizeof(group)),
	    shown, shown);
	return out;
}

static int64_t
clock_seconds(void)
{
	struct timespec t = {0};

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec + 1;	/* 0 is "never" */
}

/* Was this fault told less than a minute ago? */
static bool
told_lately(struct fault_log *log, int fault)
{
	int64_t when = atomic_load(&log->when[fault]);

	return when != 0 && clock_seconds() - when < QUIET_SECONDS;
}

void
report_outcome(struct fault_log *log, const sasl_server_params_t *sparams, const char *path,
    const struct fault *f)
{
	char more[LINE_MAX_BYTES], shown[1024];
	int fault = f->status == ST_NOTFOUND ? ST_OK : (int)f->status;
	int said = atomic_load(&log->said);

	if (fault == said || (fault != ST_OK && told_lately(log, fault)))
		return;
	if (!atomic_compare_exchange_strong(&log->said, &said, fault))
		return;		/* another thread says it */
	if (fault == ST_OK) {
		report(sparams, SASL_LOG_ERR, "%s: can be used again",
		    escape_for_log(shown, sizeof(shown), path));
		return;
	}
	atomic_store(&log->when[fault], clock_seconds());
	more[0] = '\0';
	if (fault == ST_PERM && log == &plugin.reading)
		describe_permissions(more, sizeof(more), path);
	else if (fault == ST_NODB)
		snprintf(more, sizeof(more), " (it has no users until it is made: saslpasswd -c; a program "
		    "in a chroot must be restarted then)");
	report(sparams, SASL_LOG_ERR, "%s%s", f->text, more);
}
