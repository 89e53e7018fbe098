/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check: what keeps Postfix and this plugin from working together.
 *
 * First everything is gathered once (gather_*.c), then the checks look at it (one file for each subject).
 * To add a check: a function in the file of its subject and a row in the table at the end of that file; and
 * a test in tests/cli/check-*.t that breaks it, runs the remedy and sees it gone.
 */
#ifndef GSASLDB_CHECK_H
#define GSASLDB_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "appconf.h"
#include "files.h"
#include "mech.h"
#include "plugin/plugin.h"
#include "status.h"
#include "store.h"

/* ---- findings ---- */

enum severity {
	SEVERITY_ERROR,		/* somebody cannot log in or send, or somebody could who must not */
	SEVERITY_WARNING,
	SEVERITY_ADVICE
};

struct finding {
	enum severity severity;
	const char *id;
	const char *what;
	const char *remedy;	/* shell commands, a line each, that can be run as they stand */
};

struct check;

/* What must be known for a check to make sense; a check without it is not run. */
#define NEED_POSTFIX 1u		/* Postfix answered, and master.cf has an smtpd */
#define NEED_AUTH 2u		/* some smtpd offers AUTH by Cyrus SASL */
#define NEED_CONF 4u		/* its smtpd.conf could be read */
#define NEED_SELECTED 8u	/* smtpd.conf selects us */
#define NEED_MECHS 16u		/* libsasl2 said what it offers */
#define NEED_DB 32u		/* there is something at the database's path */
#define NEED_USERS 64u		/* the users could be counted, and there are some */

struct check_row {
	enum severity severity;
	const char *id;		/* stable: scripts know it */
	unsigned needs;
	void (*look)(struct check *c);
};

struct check_subject {
	const struct check_row *rows;
	size_t count;
};

extern const struct check_subject check_postfix, check_plugin, check_conf, check_mechs, check_files, check_users,
    check_secrets;

/* ---- Postfix ---- */

enum param {
	PARAM_CONFIG_DIR, PARAM_CONFIG_PATH, PARAM_COMPATIBILITY, PARAM_INTERFACES, PARAM_ENVIRONMENT, PARAM_MAIL_OWNER,
	PARAM_MYHOSTNAME, PARAM_QUEUE, PARAM_AUTH_ENABLE, PARAM_LOCAL_DOMAIN, PARAM_FILTER, PARAM_SASL_PATH,
	PARAM_OPTIONS, PARAM_TLS_OPTIONS, PARAM_SASL_TYPE, PARAM_AUTH_ONLY, PARAM_TLS_LEVEL, PARAM_USE_TLS,
	PARAM_ENFORCE_TLS, PARAM_WRAPPERMODE, PARAM_CERT, PARAM_CHAIN, PARAM_DCERT, PARAM_ECCERT,
	PARAM_DISCARD, PARAM_CLIENT, PARAM_HELO, PARAM_SENDER, PARAM_RELAY, PARAM_RECIPIENT,
	PARAM_COUNT
};

struct override {
	const char *name, *value;	/* -o NAME=VALUE, nothing expanded */
};

/* Mechanisms that a session is offered, as libsasl2 says: names with a space before, between and after. */
struct session {
	bool possible;
	const char *offers;
};

/* One smtpd of master.cf. */
struct service {
	const char *name;			/* "submission/inet" */
	bool chrooted;
	struct override *overrides;
	size_t override_count;
	const char *value[PARAM_COUNT];		/* with its -o, and all $names expanded; never NULL */
	bool auth;				/* it offers AUTH by Cyrus SASL */
	const char *realm;			/* of users who write none */
	char realm_key[NAME_BYTES_MAX + 1];	/* as the database knows it; "": it cannot be one */
	struct session clear, tls;
};

const char *param_name(enum param p);
bool param_yes(const struct service *s, enum param p);
bool service_has_tls(const struct service *s);

/* ---- users ---- */

/* A set of secrets: bits 1 << enum mech, and this one. */
#define SECRETS_WEAK_PLAIN (1u << MECH_COUNT)	/* PLAIN by MD4, MD5, SHA-1 or DES */
#define SECRETS_SETS (1u << (MECH_COUNT + 1))

/* The users who have exactly one set of secrets. */
struct secret_set {
	uint64_t users, active;
	const struct name *example;
};

struct realm_count {
	const char *realm;
	uint64_t users;
};

struct users {
	uint64_t count, disabled, expired, costly, low_iterations, low_mixed;
	unsigned low_mechs;		/* bits: where they are low; mixed: users with others too */
	const struct name *disabled_one, *expired_one, *costly_one, *low_one;
	const char *costly_why;
	struct secret_set set[SECRETS_SETS];
	void *realms;				/* tsearch(3) of struct realm_count */
	size_t realm_count;
	const struct realm_count *some_realm;
	uint64_t digest_same, digest_other;	/* DIGEST-MD5 secrets of a realm in the spelling that is offered */
	const struct name *digest_one;		/* a user with another spelling */
	const char *digest_spelling, *digest_offered;
};

uint64_t users_in_realm(const struct users *u, const char *realm_key);

/* ---- all that is known ---- */

struct check {
	const char *config_dir;		/* what --config-dir says, or NULL */
	const char *file;		/* what -f says, or NULL */

	bool have_postfix;
	const char *postfix_said;	/* why postconf gave no answer; NULL: it is not installed */
	struct service main;		/* main.cf without any -o */
	struct service *services;
	size_t service_count;
	const struct service *first;	/* the first with auth, or NULL */

	const char *conf_path;		/* where smtpd reads it, or would; NULL: not known */
	const char *conf_dirs;		/* separated by colons */
	enum status conf_status;	/* ST_OK; ST_NOTFOUND: no file; ST_CONFIG: syntax; ... */
	struct fault conf_fault;
	struct appconf conf;
	struct selection selection;	/* as the plugin understands it */
	struct options options;

	const char *db;			/* path of the database */
	struct paths paths;		/* all NULL if it cannot be resolved */
	enum status db_status;		/* of the walk over all users */
	struct fault db_fault;
	struct store *store;
	struct users users;

	const char *plugin_dirs;	/* where libsasl2 looks, separated by colons */
	bool have_mechs;
	int mechs_signal;		/* by which libsasl2 died when it was asked; 0: none */
	const char *installed;		/* all mechanisms, as in struct session */

	const char *postconf, *postfix, *db_option;	/* for remedies: "postconf -c DIR", "postfix -c DIR",
							 * " -f PATH" */
	const struct check_row *row;	/* the one that looks now */
	struct finding *findings;
	size_t finding_count;
	struct text *texts;
	bool no_memory;
};

void check_gather(struct check *c);
void check_run(struct check *c);
void check_free(struct check *c);

/* ---- for the checks ---- */

/* Notes a finding of the row that looks now; the same remedy for it is not noted twice.  WHAT is one line. */
void check_find(struct check *c, const char *remedy, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A string that lives as long as c.  Never NULL. */
const char *check_text(struct check *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* text as one word of a shell command. */
const char *check_quote(struct check *c, const char *text);

/* "1 user (ann@example.test)", "7 users (one is ann@example.test)". */
const char *check_users_text(struct check *c, uint64_t count, const struct name *example);

/* Takes over memory from malloc(). */
void *check_keep(struct check *c, void *memory);

/* Remedies: a parameter of Postfix (s NULL: in main.cf; else where that smtpd has it from), a key of
 * smtpd.conf, a line of it commented out. */
const char *remedy_param(struct check *c, const struct service *s, enum param p, const char *value);
const char *remedy_conf(struct check *c, const char *key, const char *value);
const char *remedy_conf_drop(struct check *c, unsigned line);

/* Remedy: what makes a database and its companions whole, and loses nothing that is (saving.c). */
const char *remedy_files(struct check *c, const char *path);

/* Where a symbolic link leads to in the end, though nothing may be there; another path: itself. */
const char *link_end(struct check *c, const char *path);

/* Words of a list; at most len bytes of the next word, NULL at its end. */
const char *word_next(const char **list, const char *separators, size_t *len);
bool word_in(const char *list, const char *separators, const char *word);	/* without regard to case */

/* ---- what other processes say (ask.c) ---- */

/* The standard output of a program (argv[0] is found on PATH) to the end; NULL: it could not be started, or
 * failed; then *error has its last message, or NULL if there is no such program. */
const char *ask_program(struct check *c, char *const argv[], const char **error);

/* The same as a stream, for much output; ask_close() returns whether the program succeeded. */
struct ask {
	FILE *out;
	pid_t pid;
};
bool ask_open(struct ask *a, char *const argv[]);
bool ask_close(struct ask *a);

/* What say() writes in a child process; NULL: the child died, and *signal says by what (0: it could not be
 * started). */
const char *ask_child(struct check *c, void (*say)(const struct check *c, FILE *out), int *signal_number);

/* ---- gathering, in this order ---- */

void gather_postfix(struct check *c);
void gather_conf(struct check *c);
void gather_sasl(struct check *c);
void gather_users(struct check *c);

#endif
