/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds reasons in records, and in the permissions of files.  Knows nothing of libsasl2.
 */
#include "config.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "account.h"
#include "files.h"
#include "text.h"
#include "verify_reason.h"

/* ---- records ---- */

bool
reason_serves(const struct record *r, enum mech mech)
{
	for (int m = 0; m < MECH_COUNT; m++) {
		bool plain = mech == MECH_PLAIN && mech_info((enum mech)m)->kind == KIND_SCRAM;

		if (r->secrets[m].text != NULL && (m == (int)mech || m == MECH_CLEARTEXT || plain))
			return true;
	}
	return false;
}

/* Is it the password, for this mechanism, which reason_serves()? */
static enum status
check_password(bool *match, const struct record *r, enum mech mech, const char *password, size_t len,
    struct fault *f)
{
	enum mech from = r->secrets[mech].text != NULL ? mech : MECH_CLEARTEXT;

	if (mech == MECH_PLAIN)
		return account_check_password(match, r, password, len, f);
	return secret_verify(match, from, r->secrets[from].text, &r->name, password, len, f);
}

/* A DIGEST-MD5 secret is of the realm as it was spelled when the password was set. */
static bool
digest_of_other_realm(char out[REASON_MAX], const struct record *r, const struct name *name, enum mech mech)
{
	const char *text = r->secrets[mech].text;
	struct secret_facts facts;

	if (mech != MECH_DIGEST_MD5 || text == NULL)
		return false;
	secret_facts(&facts, mech, text);
	if (facts.realm == NULL || strcmp(facts.realm, name->realm_typed) == 0)
		return false;
	snprintf(out, REASON_MAX, "its secret is of the realm spelled %s, not %s (set the password again with "
	    "the realm as the program spells it)", facts.realm, name->realm_typed);
	return true;
}

static bool
inactive(char out[REASON_MAX], const struct record *r)
{
	bool disabled = r->disabled != 0;
	char when[TEXT_TIME_SIZE];

	if (record_active(r, (int64_t)time(NULL)))
		return false;
	text_time(when, disabled ? r->disabled : r->expires);
	snprintf(out, REASON_MAX, "%s since %s", disabled ? "disabled" : "expired", when);
	return true;
}

const char *
reason_find(char out[REASON_MAX], const struct record *r, const struct name *name, enum mech mech,
    const char *password, size_t len)
{
	char names[256];
	struct fault f = {.status = ST_OK};
	bool serves = reason_serves(r, mech), match = false;
	enum status status = serves ? check_password(&match, r, mech, password, len, &f) : ST_NOTFOUND;

	if (!serves)
		snprintf(out, REASON_MAX, "no secret for it (%s@%s has %s)", name->user, name->realm,
		    record_secret_count(r) > 0 ? record_mech_names(r, names, sizeof(names)) : "none at all");
	else if (status == ST_COSTLY)
		snprintf(out, REASON_MAX, "its secret is too costly to check: %s (set the password again with "
		    "saslpasswd)", f.text);
	else if (status != ST_OK)
		snprintf(out, REASON_MAX, "its secret cannot be used: %s", f.text);
	else if (!match)
		strcpy(out, "wrong password");
	else if (!inactive(out, r) && !digest_of_other_realm(out, r, name, mech))
		return NULL;
	return out;
}

/* ---- permissions ---- */

/* May this process (its effective user) do that?  False only if permissions forbid it. */
static bool
may(const char *path, int mode)
{
	return eaccess(path, mode) == 0 || errno != EACCES;
}

/* The first folder on the way to path that cannot be entered; malloc, NULL if there is none. */
static char *
closed_folder(const char *path)
{
	char *folder = strdup(path);

	for (char *slash = folder; slash != NULL; *slash = '/') {
		slash = strchr(slash + 1, '/');
		if (slash == NULL)
			break;
		*slash = '\0';
		if (!may(folder, X_OK))
			return folder;
	}
	free(folder);
	return NULL;
}

static const char *
group_name(char *out, size_t size, gid_t gid)
{
	const struct group *group = getgrgid(gid);

	if (group != NULL)
		snprintf(out, size, "%s", group->gr_name);
	else
		snprintf(out, size, "%lu", (unsigned long)gid);
	return out;
}

/*
 * The remedy for files, which pw must be able to read.  Where a group can read them already, somebody needs
 * that; else they are given to pw's group.
 */
static void
tell_remedy(struct fault *f, const char *first, const char *files, const struct passwd *pw)
{
	char group[256];
	struct stat st;

	if (stat(first, &st) == 0 && st.st_gid != 0 && (st.st_mode & S_IRGRP) != 0)
		fault_set(f, ST_PERM, 0, "%s: cannot be read by %s: usermod -a -G %s %s, and restart the "
		    "program", first, pw->pw_name, group_name(group, sizeof(group), st.st_gid), pw->pw_name);
	else
		fault_set(f, ST_PERM, 0, "%s: cannot be read by %s: chgrp %s%s; chmod 640%s", first, pw->pw_name,
		    group_name(group, sizeof(group), pw->pw_gid), files, files);
}

void
reason_unreadable(const char *path, const struct passwd *pw, struct fault *f)
{
	char files[sizeof(f->text) / 3] = "", *folder = closed_folder(path);
	const char *first = NULL;
	struct paths paths = {0};

	if (folder != NULL) {
		fault_set(f, ST_PERM, 0, "%s: cannot be entered by %s: chmod a+x %s", folder, pw->pw_name,
		    folder);
		free(folder);
		return;
	}
	if (paths_resolve(&paths, path, NULL) == ST_OK) {
		const char *const all[] = {paths.left, paths.right, paths.state};

		for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
			size_t used = strlen(files);

			if (may(all[i], R_OK))
				continue;
			if (first == NULL)
				first = all[i];
			/* half a command would be worse than none for that file */
			if (snprintf(files + used, sizeof(files) - used, " %s", all[i]) >=
			    (int)(sizeof(files) - used))
				files[used] = '\0';
		}
		if (first != NULL)
			tell_remedy(f, first, files, pw);
	}
	paths_free(&paths);
}
