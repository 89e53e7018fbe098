/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * format: the forms in which users come to `gsasldb import`.  To add one: a file with its struct
 * import_format, and a row in format.c.
 *
 * A format turns bytes into entries and judges nothing else: whether the user is there already, what a
 * password becomes, and whether anything is written at all is the importer's business.
 */
#ifndef GSASLDB_IMPORT_FORMAT_H
#define GSASLDB_IMPORT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include "input.h"
#include "name.h"
#include "record.h"
#include "secret.h"
#include "status.h"

/* What the input says of one user; it may say neither a password nor a secret.  Several entries of one user are
 * put together if they do not contradict each other. */
struct entry {
	unsigned long line;	/* or the number of the record; 0: it has none */
	/* The name (realm_typed as it was spelled), secrets (each passes secret_check() and secret_check_cost()), properties; of the
	 * times those whose *_set is true, 0 being never. */
	struct record record;
	bool realm_supplied;	/* by import_options.default_realm */
	bool created_set, changed_set, disabled_set, expires_set;
	bool locked;		/* disabled, the input does not say since when; disabled_set is false then */
	bool whole;		/* the user shall have these secrets and properties and no others */
	char password[PASSWORD_BYTES_MAX + 1];	/* passes password_check(), if password_len is not 0 */
	size_t password_len;	/* 0: there is none */
};

/* Wipes and frees; leaves all zeros. */
void entry_clear(struct entry *e);

/* What every format is told. */
struct import_options {
	const char *realm;		/* -u: of names that have none, and the two must agree; or NULL */
	const char *default_realm;	/* of names without one when there is no -u */
};

/* Where a format puts what it finds. */
struct import_sink {
	void *arg;
	/* Takes the entry and clears it.  Errors end the reading. */
	enum status (*entry)(void *arg, struct entry *e, struct fault *f);
	/* A line (0: none) that is wrong: the words of why, "WHAT: WHY".  Reading goes on. */
	void (*bad)(void *arg, unsigned long line, const char *why);
	/* Something that cannot be kept although nothing is wrong with it ("ann@example.test: OTP"). */
	void (*lost)(void *arg, unsigned long line, const char *what);
};

struct import_format {
	const char *name;
	/* Is it certain that an input that begins so has this form?  NULL: never; --format must name it. */
	bool (*recognise)(const char *start, size_t len);
	/*
	 * Reads everything.  What is wrong with a line goes to sink->bad(), and so does an input that is cut
	 * off or of another form.  Errors: those of sink->entry(), ST_IO, ST_BUSY (somebody writes the file),
	 * ST_NOMEM.
	 */
	enum status (*read)(struct input *in, const struct import_options *o, const struct import_sink *sink,
	    struct fault *f);
};

/* Enough bytes for every recognise(). */
#define IMPORT_PEEK 4096

const struct import_format *import_format_find(const char *name);		/* NULL: there is none */
const struct import_format *import_format_recognise(const char *start, size_t len);	/* NULL: not certain */

/* "jsonl colon tsv ...", for messages; static storage. */
const char *import_format_names(void);

/* ---- for the formats ---- */

/*
 * Reads lines and hands each that is not empty, nor (comments: true) begins with #, to parse, which fills in *e
 * (all zeros but for line) and returns ST_OK, or ST_NOTFOUND (nothing for us on it), or the words of what is
 * wrong.
 */
typedef enum status import_parse_line(struct entry *e, char *line, size_t len, const struct import_options *o,
    const struct import_sink *sink, struct fault *f);
enum status import_read_lines(struct input *in, const struct import_options *o,
    const struct import_sink *sink, bool comments, import_parse_line *parse, struct fault *f);

/* Must the reading end with this status, or is it what is wrong with one line? */
bool import_is_fatal(enum status st);

/* The first line of a start (len bytes) that is neither empty nor a comment, without its end; NULL: there is
 * none. */
const char *import_first_line(const char *start, size_t len, size_t *line_len);

/* Tells sink->lost() "user@realm: WHAT". */
void import_lost(const struct entry *e, const struct import_sink *sink, const char *what);

/* "user" or "user@realm" (len bytes) into e's name.  Errors: ST_BADNAME. */
enum status entry_set_name(struct entry *e, const char *spec, size_t len, const struct import_options *o,
    struct fault *f);

/* The same for an input that has user and realm apart; the user may say the realm once more.
 * Errors: ST_BADNAME. */
enum status entry_set_user_realm(struct entry *e, const char *user, size_t user_len, const char *realm,
    size_t realm_len, const struct import_options *o, struct fault *f);

/* Errors: ST_BADVALUE (password_check(), or there is one already). */
enum status entry_set_password(struct entry *e, const char *password, size_t len, struct fault *f);

/* A stored form (secret.h), checked.  Errors: ST_BADVALUE (also: this mechanism has one already), ST_COSTLY,
 * ST_NOMEM. */
enum status entry_set_secret(struct entry *e, enum mech mech, const char *text, size_t len, struct fault *f);

/*
 * A field of passwd(5), shadow(5) and the like: a string that crypt(3) verifies, locked if a ! is before it; or
 * none, which goes to sink->lost() and is ST_NOTFOUND.  crypt.c.  Errors: as entry_set_secret().
 */
enum status entry_set_crypt(struct entry *e, const char *field, size_t len, const struct import_sink *sink,
    struct fault *f);

/* "4096,salt,StoredKey,ServerKey", as Dovecot and gsasl write it.  verifier.c.
 * Errors: as entry_set_secret(). */
enum status entry_set_scram(struct entry *e, enum mech mech, const char *text, size_t len, struct fault *f);

/* "SCRAM-SHA-256$4096:salt$StoredKey:ServerKey" (RFC 5803).  verifier.c.  Errors: as entry_set_secret(). */
enum status entry_set_auth_password(struct entry *e, const char *text, size_t len, struct fault *f);

extern const struct import_format import_jsonl;		/* jsonl.c */
extern const struct import_format import_colon;		/* passwords.c */
extern const struct import_format import_tsv;		/* passwords.c */
extern const struct import_format import_crypt;		/* crypt.c */
extern const struct import_format import_dovecot;	/* dovecot.c */
extern const struct import_format import_postgres;	/* verifier.c */
extern const struct import_format import_gsasl;		/* verifier.c */
extern const struct import_format import_sasldb;	/* sasldb.c: stock, SASL 2: GDBM, db_dump, mdb_dump */
extern const struct import_format import_sasldb1;	/* sasldb.c: SASL 1.5, GDBM */

#endif
