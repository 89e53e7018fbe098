/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * secret_crypt: PLAIN, a one-way hash: "crypt" SP a crypt(3) string, or "smd5" SP hex.  Which schemes there
 * are is the table in mech.c; whatever crypt(3) knows is kept, and verified within the bounds of the table.
 */
#include <config.h>

#include <crypt.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "secret_kind.h"
#include "text.h"

#define CRYPT_TAG "crypt "
#define SMD5_TAG "smd5 "

/* Where the crypt(3) string begins, or NULL if it is an smd5 one. */
static const char *
crypt_part(const char *text)
{
	size_t tag = strlen(CRYPT_TAG);

	return strncmp(text, CRYPT_TAG, tag) == 0 ? text + tag : NULL;
}

/* Byte 16 separates the salt from the hash. */
static bool
smd5_part(unsigned char out[SMD5_BYTES], const char *text)
{
	size_t tag = strlen(SMD5_TAG);

	return strncmp(text, SMD5_TAG, tag) == 0 &&
	    text_unhex(out, SMD5_BYTES, text + tag, strlen(text + tag)) && out[16] == 0;
}

/* crypt(3) of a password that is not NUL-terminated, into output.  Errors: ST_NOMEM, ST_BADVALUE. */
static enum status
run_crypt(char output[CRYPT_OUTPUT_SIZE], const char *setting, const char *password, size_t len,
    struct fault *f)
{
	char phrase[PASSWORD_BYTES_MAX + 1];
	struct crypt_data *data = calloc(1, sizeof *data);	/* 32 kB: not for a daemon's stack */
	enum status st = ST_OK;

	if (data == NULL)
		return fault_set(f, ST_NOMEM, 0, "crypt: out of memory");
	memcpy(phrase, password, len);
	phrase[len] = '\0';
	errno = 0;
	if (crypt_rn(phrase, setting, data, sizeof *data) != NULL)
		memcpy(output, data->output, CRYPT_OUTPUT_SIZE);
	else if (errno == ENOMEM)
		st = fault_set(f, ST_NOMEM, 0, "crypt: out of memory");
	else
		st = fault_set(f, ST_BADVALUE, errno, "PLAIN: crypt(3) refuses its setting");
	explicit_bzero(phrase, sizeof phrase);
	secret_wipe_free(data, sizeof *data);
	return st;
}

static enum status
make_crypt(char text[SECRET_TEXT_MAX], const struct scheme_info *scheme, const char *password, size_t len,
    struct fault *f)
{
	char setting[CRYPT_GENSALT_OUTPUT_SIZE], output[CRYPT_OUTPUT_SIZE];
	enum status st;

	if (crypt_gensalt_rn(scheme->prefix, scheme->cost, NULL, 0, setting, sizeof setting) == NULL)
		return fault_set(f, ST_IO, errno, "PLAIN: a new salt for %s", scheme->name);
	st = run_crypt(output, setting, password, len, f);
	/* the setting is libxcrypt's own, and yescrypt says EINVAL when it gets no memory */
	if (st == ST_BADVALUE)
		st = fault_set(f, ST_NOMEM, 0, "PLAIN: %s: out of memory", scheme->name);
	if (st == ST_OK) {
		strcpy(text, CRYPT_TAG);
		strcat(text, output);
	}
	explicit_bzero(output, sizeof output);
	return st;
}

static enum status
make(char text[SECRET_TEXT_MAX], const struct mech_spec *spec, const struct name *name, const char *password,
    size_t len, struct fault *f)
{
	const struct scheme_info *scheme = spec->scheme;
	unsigned char smd5[SMD5_BYTES];
	enum status st;

	(void)name;
	if (len > scheme->password_max)
		return fault_set(f, ST_BADVALUE, 0, "password: longer than %u bytes, and %s would cut it",
		    scheme->password_max, scheme->name);
	if (scheme->prefix != NULL)
		return make_crypt(text, scheme, password, len, f);
	st = smd5_make(smd5, password, len, f);
	if (st == ST_OK) {
		strcpy(text, SMD5_TAG);
		text_hex(text + strlen(SMD5_TAG), smd5, sizeof smd5);
	}
	explicit_bzero(smd5, sizeof smd5);
	return st;
}

/* crypt_checksalt() knows the prefix, and refuses whatever cannot stand in a line of text. */
static enum status
check_crypt(const char *stored, struct fault *f)
{
	const struct scheme_info *scheme = mech_scheme_of(stored);
	const char *dollar = strrchr(stored, '$');
	size_t hash_chars = strlen(dollar != NULL ? dollar + 1 : stored);

	if (strlen(stored) >= CRYPT_OUTPUT_SIZE || crypt_checksalt(stored) == CRYPT_SALT_INVALID)
		return fault_set(f, ST_BADVALUE, 0, "PLAIN: not a string that crypt(3) knows");
	if (scheme->hash_chars != 0 && hash_chars != scheme->hash_chars)
		return fault_set(f, ST_BADVALUE, 0, "PLAIN: the %s string is cut or too long", scheme->name);
	return ST_OK;
}

static enum status
check(enum mech mech, const char *text, struct fault *f)
{
	const char *stored = crypt_part(text);
	unsigned char smd5[SMD5_BYTES];
	bool good;

	(void)mech;
	if (stored != NULL)
		return check_crypt(stored, f);
	good = smd5_part(smd5, text);
	explicit_bzero(smd5, sizeof smd5);
	if (!good)
		return fault_set(f, ST_BADVALUE, 0, "PLAIN: neither crypt nor smd5");
	return ST_OK;
}

static enum status
check_cost(enum mech mech, const char *text, struct fault *f)
{
	const char *stored = crypt_part(text);

	(void)mech;
	return stored != NULL ? mech_crypt_cost(stored, f) : ST_OK;
}

static enum status
verify_once(bool *match, const char *text, const char *password, size_t len, struct fault *f)
{
	const char *stored = crypt_part(text);
	char output[CRYPT_OUTPUT_SIZE] = "";
	unsigned char smd5[SMD5_BYTES];
	enum status st;

	if (stored != NULL) {
		st = run_crypt(output, stored, password, len, f);
		if (st == ST_OK && strlen(output) == strlen(stored))
			*match = secret_same(output, stored, strlen(stored));
		explicit_bzero(output, sizeof output);
		return st;
	}
	if (!smd5_part(smd5, text))
		return fault_set(f, ST_BADVALUE, 0, "PLAIN: neither crypt nor smd5");
	st = smd5_verify(match, smd5, password, len, f);
	explicit_bzero(smd5, sizeof smd5);
	return st;
}

static enum status
verify(bool *match, enum mech mech, const char *text, const struct name *name, const char *password,
    size_t len, struct fault *f)
{
	char *prepared = NULL;
	size_t prepared_len = 0;
	enum status st;

	(void)mech;
	(void)name;
	st = verify_once(match, text, password, len, f);
	if (st != ST_OK || *match)
		goto out;
	/* RFC 4616 section 2 wants both sides prepared; what was typed at the tool may be so already */
	st = secret_prepare(&prepared, &prepared_len, password, len, f);
	if (st != ST_OK || prepared_len > PASSWORD_BYTES_MAX)
		goto out;
	if (prepared_len != len || memcmp(prepared, password, len) != 0)
		st = verify_once(match, text, prepared, prepared_len, f);
out:
	secret_wipe_free(prepared, prepared_len);
	return st;
}

static enum status
property(enum mech mech, const char *text, unsigned char out[SECRET_PROPERTY_MAX], size_t *out_len,
    struct fault *f)
{
	enum status st;

	if (smd5_part(out, text)) {
		*out_len = SMD5_BYTES;
		return ST_OK;
	}
	st = check(mech, text, f);
	return st == ST_OK ? ST_NOTFOUND : st;
}

static void
facts(struct secret_facts *out, const char *text)
{
	const char *stored = crypt_part(text);

	out->scheme = stored != NULL ? mech_scheme_of(stored) : mech_scheme_find("smd5", 4);
}

/* A crypt(3) setting is all that crypt(3) reads of a stored string. */
static bool
decoy(char text[SECRET_TEXT_MAX], const struct mech_spec *spec)
{
	static const char salt[64];
	const struct scheme_info *scheme = spec->scheme;
	char *at;

	if (scheme->prefix == NULL) {
		strcpy(text, SMD5_TAG);
		at = text + strlen(text);
		memset(at, '0', 2 * SMD5_BYTES);
		at[2 * SMD5_BYTES] = '\0';
		return true;
	}
	strcpy(text, CRYPT_TAG);
	at = text + strlen(text);
	return crypt_gensalt_rn(scheme->prefix, scheme->cost, salt, sizeof salt, at,
	    CRYPT_GENSALT_OUTPUT_SIZE) != NULL;
}

const struct secret_kind_ops secret_plain = {make, check, check_cost, verify, property, facts, decoy};
