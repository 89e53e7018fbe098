/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * secret_cleartext: the password itself, escaped; only where an administrator asked for it.
 */
#include <config.h>

#include <string.h>

#include "secret_kind.h"
#include "text.h"

/* The password, NUL-padded to a fixed size; 0 if text is no stored form, else its length. */
static size_t
decode(char password[PASSWORD_BYTES_MAX + 1], const char *text)
{
	size_t text_len = strlen(text);
	long len = text_unescape(NULL, text, text_len);

	memset(password, 0, PASSWORD_BYTES_MAX + 1);
	if (len <= 0 || len > PASSWORD_BYTES_MAX)
		return 0;
	text_unescape(password, text, text_len);
	return (size_t)len;
}

static enum status
make(char text[SECRET_TEXT_MAX], const struct mech_spec *spec, const struct name *name, const char *password,
    size_t len, struct fault *f)
{
	(void)spec;
	(void)name;
	(void)f;
	text[text_escape(text, password, len)] = '\0';
	return ST_OK;
}

static enum status
check(enum mech mech, const char *text, struct fault *f)
{
	char password[PASSWORD_BYTES_MAX + 1];
	size_t len = decode(password, text);
	enum status st = ST_OK;

	(void)mech;
	if (len == 0 || password_check(password, len, NULL) != ST_OK)
		st = fault_set(f, ST_BADVALUE, 0, "CLEARTEXT: not an escaped password");
	explicit_bzero(password, sizeof password);
	return st;
}

static enum status
verify(bool *match, enum mech mech, const char *text, const struct name *name, const char *password,
    size_t len, struct fault *f)
{
	char stored[PASSWORD_BYTES_MAX + 1], given[PASSWORD_BYTES_MAX + 1] = {0};

	(void)mech;
	(void)name;
	(void)f;
	/* padded and compared as a whole, so that the time says nothing of the length either; no password
	 * holds a NUL */
	decode(stored, text);
	memcpy(given, password, len);
	*match = secret_same(stored, given, sizeof stored);
	explicit_bzero(stored, sizeof stored);
	explicit_bzero(given, sizeof given);
	return ST_OK;
}

static enum status
property(enum mech mech, const char *text, unsigned char out[SECRET_PROPERTY_MAX], size_t *out_len,
    struct fault *f)
{
	char password[PASSWORD_BYTES_MAX + 1];
	enum status st = check(mech, text, f);

	if (st != ST_OK)
		return st;
	*out_len = decode(password, text);
	memcpy(out, password, *out_len);
	explicit_bzero(password, sizeof password);
	return ST_OK;
}

static bool
decoy(char text[SECRET_TEXT_MAX], const struct mech_spec *spec)
{
	(void)spec;
	strcpy(text, "x");
	return true;
}

const struct secret_kind_ops secret_cleartext = {make, check, NULL, verify, property, NULL, decoy};
