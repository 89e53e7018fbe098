/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * name: what a user and a realm may be, and the key that they make.  Knows nothing of records.
 */
#include <config.h>

#include <string.h>

#include "name.h"
#include "text.h"

bool
utf8_valid(const char *text, size_t len)
{
	for (size_t i = 0, n; i < len; i += n) {
		n = text_utf8_char(text + i, len - i);
		if (n == 0)
			return false;
	}
	return true;
}

long
utf8_to_latin1(char *out, const char *text, size_t len)
{
	const unsigned char *s = (const unsigned char *)text;
	long n = 0;

	for (size_t i = 0; i < len; n++) {
		size_t unit = text_utf8_char(text + i, len - i);

		if (unit == 0 || s[i] > 0xc3)	/* C3 BF is U+00FF */
			return -1;
		out[n] = (char)(unit == 1 ? s[i] : (s[i] & 3) << 6 | (s[i + 1] & 0x3f));
		i += unit;
	}
	return n;
}

/* C0, DEL and C1 (U+0080 to U+009F, which UTF-8 writes as C2 80 to C2 9F). */
static bool
has_control(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < 0x20 || c == 0x7f)
			return true;
		if (c == 0xc2 && i + 1 < len && (unsigned char)text[i + 1] < 0xa0)
			return true;
	}
	return false;
}

/* Copies len bytes of text into out if they can be a name; what is "user" or "realm", for the message. */
static enum status
check_part(char out[NAME_BYTES_MAX + 1], const char *what, const char *text, size_t len, struct fault *f)
{
	char shown[2 * NAME_BYTES_MAX];	/* leaves room for the reason */
	const char *why = NULL;

	if (len == 0)
		return fault_set(f, ST_BADNAME, 0, "%s: is empty", what);
	if (len > NAME_BYTES_MAX)
		return fault_set(f, ST_BADNAME, 0, "%s: longer than %d bytes", what, NAME_BYTES_MAX);
	if (!utf8_valid(text, len))
		why = "is not UTF-8";
	else if (has_control(text, len))
		why = "holds a control character";
	else if (text[0] == ' ' || text[len - 1] == ' ')
		why = "begins or ends with a space";
	memcpy(out, text, len);
	out[len] = '\0';
	if (why == NULL)
		return ST_OK;
	fault_set(f, ST_BADNAME, 0, "%s \"%s\": %s", what, escape_for_log(shown, sizeof shown, out), why);
	return ST_BADNAME;
}

static void
fold(char *realm)
{
	for (; *realm != '\0'; realm++) {
		if (*realm >= 'A' && *realm <= 'Z')
			*realm = (char)(*realm - 'A' + 'a');
	}
}

enum status
name_fold_realm(char out[NAME_BYTES_MAX + 1], const char *realm, struct fault *f)
{
	char checked[NAME_BYTES_MAX + 1];
	enum status st = check_part(checked, "realm", realm, strlen(realm), f);

	if (st != ST_OK)
		return st;
	fold(checked);
	strcpy(out, checked);
	return ST_OK;
}

/* Does the realm in spec (after the '@') say the same as the one that was asked for? */
static enum status
check_agreement(const char *folded, const char *in_spec, struct fault *f)
{
	char other[NAME_BYTES_MAX + 1], a[NAME_BYTES_MAX + 1], b[NAME_BYTES_MAX + 1];
	enum status st = name_fold_realm(other, in_spec, f);

	if (st != ST_OK)
		return st;
	if (strcmp(folded, other) == 0)
		return ST_OK;
	return fault_set(f, ST_BADNAME, 0, "realm: \"%s\" was asked for, but the user name says \"%s\"",
	    escape_for_log(a, sizeof a, folded), escape_for_log(b, sizeof b, other));
}

/* *out is all zeros. */
static enum status
parse(struct name *out, const char *spec, const char *realm, const char *default_realm, struct fault *f)
{
	size_t user_len = strcspn(spec, "@");
	const char *in_spec = spec[user_len] == '@' ? spec + user_len + 1 : NULL;
	const char *chosen = realm != NULL ? realm : in_spec != NULL ? in_spec : default_realm;
	enum status st = check_part(out->user, "user", spec, user_len, f);

	if (st != ST_OK)
		return st;
	if (chosen == NULL)
		return fault_set(f, ST_BADNAME, 0, "realm: none was given");
	st = check_part(out->realm_typed, "realm", chosen, strlen(chosen), f);
	if (st != ST_OK)
		return st;
	strcpy(out->realm, out->realm_typed);
	fold(out->realm);
	return realm != NULL && in_spec != NULL ? check_agreement(out->realm, in_spec, f) : ST_OK;
}

enum status
name_parse(struct name *out, const char *spec, const char *realm, const char *default_realm,
    struct fault *f)
{
	enum status st;

	memset(out, 0, sizeof *out);
	st = parse(out, spec, realm, default_realm, f);
	if (st != ST_OK)
		memset(out, 0, sizeof *out);
	return st;
}

size_t
name_key(const struct name *name, char out[NAME_KEY_MAX])
{
	size_t user_len = strlen(name->user), realm_len = strlen(name->realm);

	memcpy(out, name->user, user_len + 1);
	memcpy(out + user_len + 1, name->realm, realm_len);
	return user_len + 1 + realm_len;
}
