/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * status: how every function of lib/ says what happened.
 *
 * ST_OK and ST_NOTFOUND are answers; every other value means "could not tell" or "was not done".  Nothing
 * in lib/ prints or exits: the words go into a struct fault, and the edges translate once (tools/cli.c to
 * exit codes, plugin/plugin.c to SASL_* codes).
 */
#ifndef GSASLDB_STATUS_H
#define GSASLDB_STATUS_H

enum status {
	ST_OK,
	ST_NOTFOUND,	/* no such user */
	ST_EXISTS,	/* something is there that must not be */
	ST_BADNAME,	/* a user or realm that cannot be one */
	ST_BADVALUE,	/* a password, secret or mechanism list that cannot be one */
	ST_NODB,	/* there is no database at that path */
	ST_BUSY,	/* another writer holds it longer than we may wait; try again */
	ST_PERM,	/* the operating system forbids it */
	ST_CORRUPT,	/* the database is damaged */
	ST_FOREIGN,	/* the file is something else than our database */
	ST_CANTCREATE,	/* the database or a companion cannot be created */
	ST_RELOAD,	/* the open files are gone and the path is out of reach (chroot, mount); restart the program */
	ST_TOOBIG,	/* a record or list beyond its bound */
	ST_COSTLY,	/* checking a password against this secret would take longer than a login may */
	ST_NOMEM,
	ST_IO,		/* read, write or sync failed; full disk */
	ST_CONFIG	/* a configuration file says something that cannot be */
};

/* The words for a status.  text is one line, "WHAT: WHY", without the program's name and without a newline;
 * it names the thing and, where there is one, the remedy.  It holds no secret; names from outside are
 * escaped. */
struct fault {
	enum status status;
	int sys;		/* errno of the failed call, or 0 */
	char text[768];
};

/*
 * Fills *f (may be NULL) and returns status, so that a caller can write: return fault_set(f, ...).
 * If sys is not 0, ": " and the system's text for it are appended.
 */
enum status fault_set(struct fault *f, enum status status, int sys, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
#ifdef STATIC_ANALYSIS	/* "make lint": no analyser sees across files that it is status which comes back */
#define fault_set(f, status, ...) (fault_set(f, status, __VA_ARGS__), (status))
#endif

/* A few fixed words for the status itself ("no such user"); static storage. */
const char *status_text(enum status status);

/*
 * Copies text into out, with control characters (C0, DEL, C1), Unicode's line ends and changes of direction, and
 * everything that is not valid UTF-8 written as \xHH, so that it can stand in a log line or a message; cut at a
 * whole character to fit into size bytes with the NUL.  Returns out.
 */
const char *escape_for_log(char *out, unsigned long size, const char *text);

#endif
