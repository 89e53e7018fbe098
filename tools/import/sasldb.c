/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sasldb: the databases of the stock sasldb plugin (SASL 2: a key is user, NUL, realm, NUL, property) and of
 * SASL 1.5 (a mechanism in place of the property), as GDBM files, or as what db_dump and mdb_dump make of
 * Berkeley DB and LMDB files.  The two have the same shape, so that one reader does for both.
 */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "dump.h"
#include "files.h"
#include "side.h"
#include "text.h"

#define LOCK_WAIT_MS 5000
#define SASL_MECH_MAX 20	/* RFC 2222 section 3 */
#define APOP_SALT 17		/* PLAIN-APOP: a salt and a NUL, then the password */
#define OWN_MAGIC "gsasldb "

struct reader {
	const struct import_options *o;
	const struct import_sink *sink;
	const char *name;	/* of the input */
	bool sasl1;		/* refuse what is SASL 2's */
	unsigned long number;	/* of the record, where there are no lines */
	enum status result;	/* of sink->entry() */
};

/* One key and value. */
struct pair {
	unsigned long line;
	const char *user, *realm, *property;
	size_t user_len, realm_len, property_len;
	const char *value;
	size_t len;
	bool doubtful;		/* dump.h */
};

/* ---- what a property becomes ---- */

typedef enum status take_property(struct entry *e, enum mech mech, const struct pair *p,
    const struct import_sink *sink, struct fault *f);

static enum status
take_password(struct entry *e, enum mech mech, const struct pair *p, const struct import_sink *sink,
    struct fault *f)
{
	(void)mech;
	(void)sink;
	return entry_set_password(e, p->value, p->len, f);
}

static enum status
take_apop(struct entry *e, enum mech mech, const struct pair *p, const struct import_sink *sink,
    struct fault *f)
{
	(void)mech;
	(void)sink;
	if (p->len < APOP_SALT)
		return fault_set(f, ST_BADVALUE, 0, "PLAIN-APOP: is cut off");
	return entry_set_password(e, p->value + APOP_SALT, p->len - APOP_SALT, f);
}

static enum status
take_auth_password(struct entry *e, enum mech mech, const struct pair *p, const struct import_sink *sink,
    struct fault *f)
{
	(void)mech;
	(void)sink;
	return entry_set_auth_password(e, p->value, p->len, f);
}

/* Bytes that are stored in hex, between what the mechanism wants before and after them. */
static enum status
take_bytes(struct entry *e, enum mech mech, const struct pair *p, size_t bytes, const char *before,
    const char *after, struct fault *f)
{
	char text[8 + 2 * 33 + 1 + NAME_BYTES_MAX + 1];
	enum status st;

	if (p->len != bytes)
		return fault_set(f, ST_BADVALUE, 0, "%s: is %zu bytes and not %zu", mech_info(mech)->name,
		    p->len, bytes);
	strcpy(text, before);
	text_hex(text + strlen(before), p->value, bytes);
	strcat(text, after);
	st = entry_set_secret(e, mech, text, strlen(text), f);
	explicit_bzero(text, sizeof text);
	return st;
}

static enum status
take_cram(struct entry *e, enum mech mech, const struct pair *p, const struct import_sink *sink,
    struct fault *f)
{
	(void)sink;
	return take_bytes(e, mech, p, 32, "", "", f);
}

static enum status
take_plain(struct entry *e, enum mech mech, const struct pair *p, const struct import_sink *sink,
    struct fault *f)
{
	(void)sink;
	return take_bytes(e, mech, p, 33, "smd5 ", "", f);
}

/* The realm is hashed: one of an empty realm cannot serve in the realm that the user is put into. */
static enum status
take_digest(struct entry *e, enum mech mech, const struct pair *p, const struct import_sink *sink,
    struct fault *f)
{
	char after[1 + NAME_BYTES_MAX + 1];

	if (p->realm_len == 0) {
		import_lost(e, sink, "DIGEST-MD5, which was made without a realm");
		return ST_NOTFOUND;
	}
	snprintf(after, sizeof after, " %s", e->record.name.realm_typed);
	return take_bytes(e, mech, p, 16, "", after, f);
}

static const struct known {
	const char *property;
	bool sasl1;
	bool fixed;		/* has one length, which a wrongly read escape would change */
	enum mech mech;
	take_property *take;
} known[] = {
	{"userPassword", false, false, MECH_CLEARTEXT, take_password},
	{"authPassword", false, false, MECH_SCRAM_SHA_1, take_auth_password},
	{"cmusaslsecretCRAM-MD5", false, true, MECH_CRAM_MD5, take_cram},
	{"cmusaslsecretDIGEST-MD5", false, true, MECH_DIGEST_MD5, take_digest},
	{"cmusaslsecretPLAIN", false, true, MECH_PLAIN, take_plain},
	{"CRAM-MD5", true, true, MECH_CRAM_MD5, take_cram},
	{"DIGEST-MD5", true, true, MECH_DIGEST_MD5, take_digest},
	{"PLAIN", true, true, MECH_PLAIN, take_plain},
	{"PLAIN-APOP", true, false, MECH_CLEARTEXT, take_apop},
};
#define KNOWN_COUNT (sizeof known / sizeof known[0])

static const struct known *
find_known(const struct pair *p)
{
	for (size_t i = 0; i < KNOWN_COUNT; i++) {
		if (strlen(known[i].property) == p->property_len &&
		    strncasecmp(known[i].property, p->property, p->property_len) == 0 &&
		    (!known[i].sasl1 || memcmp(known[i].property, p->property, p->property_len) == 0))
			return &known[i];
	}
	return NULL;
}

/* Written like the name of a SASL mechanism: SASL 1.5's. */
static bool
is_sasl1(const struct pair *p)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

	if (p->property_len == 0 || p->property_len > SASL_MECH_MAX)
		return false;
	for (size_t i = 0; i < p->property_len; i++) {
		if (memchr(letters, p->property[i], sizeof letters - 1) == NULL)
			return false;
	}
	return true;
}

/* The secret of a mechanism that we do not have. */
static bool
is_other_secret(const struct pair *p)
{
	static const char prefix[] = "cmusaslsecret";
	size_t len = sizeof prefix - 1;

	return is_sasl1(p) || (p->property_len >= len && strncasecmp(p->property, prefix, len) == 0);
}

/* Any other property, which a program may have put there. */
static enum status
take_other(struct entry *e, const struct pair *p, const struct import_sink *sink, struct fault *f)
{
	char name[256], shown[256];

	if (p->property_len >= sizeof name)
		return fault_set(f, ST_BADVALUE, 0, "property: its name is too long");
	memcpy(name, p->property, p->property_len);
	name[p->property_len] = '\0';
	if (!is_other_secret(p))
		return record_set_property(&e->record, name, p->value, p->len, f);
	import_lost(e, sink, escape_for_log(shown, sizeof shown, name));
	return ST_NOTFOUND;
}

/* ---- a record ---- */

/* Cuts the key at its two NULs. */
static bool
split_key(struct pair *p, const char *key, size_t len)
{
	const char *end = key + len, *first = memchr(key, '\0', len), *second = NULL;

	if (first != NULL)
		second = memchr(first + 1, '\0', (size_t)(end - first - 1));
	if (second == NULL || memchr(second + 1, '\0', (size_t)(end - second - 1)) != NULL)
		return false;
	p->user = key;
	p->user_len = (size_t)(first - key);
	p->realm = first + 1;
	p->realm_len = (size_t)(second - p->realm);
	p->property = second + 1;
	p->property_len = (size_t)(end - p->property);
	return true;
}

static enum status
take_name(struct entry *e, const struct pair *p, const struct import_options *o, struct fault *f)
{
	if (memchr(p->user, '@', p->user_len) != NULL)
		return fault_set(f, ST_BADNAME, 0, "user: holds an @");
	if (p->realm_len == 0)
		return entry_set_name(e, p->user, p->user_len, o, f);
	return entry_set_user_realm(e, p->user, p->user_len, p->realm, p->realm_len, o, f);
}

/* Says whose value it is; *f is also where the words are. */
static enum status
blame_user(const struct entry *e, enum status st, struct fault *f)
{
	if (st != ST_BADVALUE)
		return st;
	return fault_set(f, st, 0, "%s@%s: %s", e->record.name.user, e->record.name.realm, f->text);
}

static enum status
take_value(struct entry *e, const struct reader *r, const struct pair *p, struct fault *f)
{
	const struct known *k = find_known(p);

	if (r->sasl1 && !is_sasl1(p))
		return fault_set(f, ST_BADVALUE, 0, "has properties as SASL 2 has them: use --format sasldb");
	if (p->doubtful && (k == NULL || !k->fixed) && !is_other_secret(p))
		return fault_set(f, ST_BADVALUE, 0,
		    "mdb_dump -p does not write a backslash unmistakably: dump it without -p");
	return k != NULL ? k->take(e, k->mech, p, r->sink, f) : take_other(e, p, r->sink, f);
}

static enum status
take_pair(struct reader *r, const struct pair *p, struct fault *f)
{
	struct entry e = {.line = p->line};
	struct fault why;
	enum status st;

	/* SASL 1.5 keeps which mechanisms there are under nobody's name */
	if (p->user_len == 0 && is_sasl1(p))
		return ST_OK;
	st = take_name(&e, p, r->o, &why);
	if (st == ST_OK)
		st = blame_user(&e, take_value(&e, r, p, &why), &why);
	if (st == ST_OK) {
		st = r->result = r->sink->entry(r->sink->arg, &e, f);
	} else if (import_is_fatal(st)) {
		*f = why;
	} else {
		if (st != ST_NOTFOUND)
			r->sink->bad(r->sink->arg, p->line, why.text);
		st = ST_OK;
	}
	entry_clear(&e);
	return st;
}

/* ST_NOTFOUND: enough, the rest is of another kind, too. */
static enum status
take_record(struct reader *r, unsigned long line, const char *key, size_t key_len, const char *value,
    size_t len, bool doubtful, struct fault *f)
{
	struct pair p = {.line = line, .value = value, .len = len, .doubtful = doubtful};
	char words[512];

	if (split_key(&p, key, key_len))
		return take_pair(r, &p, f);
	if (len >= strlen(OWN_MAGIC) && memcmp(value, OWN_MAGIC, strlen(OWN_MAGIC)) == 0) {
		snprintf(words, sizeof words,
		    "%s: is a gsasldb database: use \"gsasldb export\", and import what it writes", r->name);
		r->sink->bad(r->sink->arg, line, words);
		return ST_NOTFOUND;
	}
	r->sink->bad(r->sink->arg, line,
	    "key: is not a user, a realm and a property with NUL bytes between them");
	return ST_OK;
}

static enum status
visit_dump(void *arg, unsigned long line, const char *key, size_t key_len, const char *value, size_t len,
    bool doubtful, struct fault *f)
{
	return take_record(arg, line, key, key_len, value, len, doubtful, f);
}

static enum status
visit_gdbm(void *arg, const char *key, size_t key_len, const char *value, size_t len, struct fault *f)
{
	struct reader *r = arg;

	return take_record(r, ++r->number, key, key_len, value, len, false, f);
}

/* ---- the file ---- */

enum kind {
	FILE_OTHER,
	FILE_GDBM,
	FILE_DUMP,
	FILE_BERKELEY,
	FILE_LMDB
};

static uint32_t
word_at(const char *start, size_t len, size_t offset)
{
	uint32_t word = 0;

	if (len >= offset + sizeof word)
		memcpy(&word, start + offset, sizeof word);
	return word;
}

static bool
is_word(uint32_t word, uint32_t magic)
{
	return word == magic || __builtin_bswap32(word) == magic;
}

static enum kind
kind_of(const char *start, size_t len)
{
	static const char dump[] = "VERSION=3";
	static const uint32_t berkeley[] = {0x00053162, 0x00061561, 0x00042253};	/* btree, hash, queue */
	uint32_t first = word_at(start, len, 0);

	/* all of GDBM's share three bytes */
	if (first >> 8 == 0x13579a || __builtin_bswap32(first) >> 8 == 0x13579a)
		return FILE_GDBM;
	if (len > sizeof dump - 1 && memcmp(start, dump, sizeof dump - 1) == 0 &&
	    (start[sizeof dump - 1] == '\n' || start[sizeof dump - 1] == '\r'))
		return FILE_DUMP;
	for (size_t i = 0; i < sizeof berkeley / sizeof berkeley[0]; i++) {
		if (is_word(word_at(start, len, 12), berkeley[i]))
			return FILE_BERKELEY;
	}
	return is_word(word_at(start, len, 16), 0xbeefc0de) ? FILE_LMDB : FILE_OTHER;
}

/* Also one that read() can only explain: nothing else begins so. */
static bool
recognise_sasldb(const char *start, size_t len)
{
	return kind_of(start, len) != FILE_OTHER;
}

static enum status
bad_input(const struct reader *r, const char *why)
{
	char words[512];

	snprintf(words, sizeof words, "%s: %s", r->name, why);
	r->sink->bad(r->sink->arg, 0, words);
	return ST_OK;
}

static enum status
walk_gdbm(struct reader *r, int fd, struct fault *f)
{
	struct side *side;
	enum status st = side_open(&side, fd, false, r->name, f);

	if (st != ST_OK)
		return st;
	st = side_each(side, visit_gdbm, r, f);
	side_close(side);
	return st;
}

/* The stock tools lock as GDBM does, with flock(2). */
static enum status
read_gdbm(struct reader *r, int fd, struct fault *f)
{
	struct stat info;
	enum status st;

	if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))
		return bad_input(r, "is a GDBM file, which cannot be read from a pipe: give its name");
	st = file_lock(fd, LOCK_SH, LOCK_WAIT_MS, r->name, f);
	if (st != ST_OK)
		return st;
	st = walk_gdbm(r, fd, f);
	file_unlock(fd);
	if (r->result == ST_OK && (st == ST_CORRUPT || st == ST_FOREIGN)) {
		r->sink->bad(r->sink->arg, 0, f->text);
		st = ST_OK;
	}
	return st;
}

static enum status
read_any(struct reader *r, struct input *in, struct fault *f)
{
	const char *start;
	size_t len;
	enum status st = input_peek(in, IMPORT_PEEK, &start, &len, f);

	if (st != ST_OK)
		return st;
	switch (kind_of(start, len)) {
	case FILE_GDBM:
		return read_gdbm(r, in->fd, f);
	case FILE_DUMP:
		return dump_each(in, visit_dump, r, r->sink, f);
	case FILE_BERKELEY:
		return bad_input(r, "is a Berkeley DB file: pipe it through db_dump");
	case FILE_LMDB:
		return bad_input(r, "is an LMDB file: pipe it through \"mdb_dump -n\"");
	case FILE_OTHER:
		break;
	}
	return bad_input(r, "is neither a GDBM file nor what db_dump or mdb_dump writes");
}

static enum status
read_database(struct input *in, const struct import_options *o, const struct import_sink *sink, bool sasl1,
    struct fault *f)
{
	struct reader r = {o, sink, in->name, sasl1, 0, ST_OK};
	struct fault why;
	enum status st = read_any(&r, in, &why);

	if (st == ST_NOTFOUND && r.result == ST_OK)
		return ST_OK;
	if (st != ST_OK && f != NULL)
		*f = why;
	return st;
}

static enum status
read_sasldb(struct input *in, const struct import_options *o, const struct import_sink *sink, struct fault *f)
{
	return read_database(in, o, sink, false, f);
}

static enum status
read_sasldb1(struct input *in, const struct import_options *o, const struct import_sink *sink, struct fault *f)
{
	return read_database(in, o, sink, true, f);
}

const struct import_format import_sasldb = {"sasldb", recognise_sasldb, read_sasldb};
const struct import_format import_sasldb1 = {"sasldb1", NULL, read_sasldb1};
