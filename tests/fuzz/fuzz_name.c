/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_name: what is a name, and its key.  The input: flags, then three strings with a NUL after each: "user" or
 * "user@realm", the realm that was asked for (flag 1), the default realm (flag 2).  libidn is the reference
 * for UTF-8.
 */
#include <config.h>

#include <stdbool.h>
#include <string.h>
#include <stringprep.h>

#include "fuzz.h"
#include "name.h"

const char fuzz_name[] = "name";

/* The characters of UTF-8, or NULL if it is none. */
static uint32_t *
decode(const char *text, size_t len, size_t *count)
{
	*count = 0;
	return len == 0 ? calloc(1, sizeof(uint32_t)) : stringprep_utf8_to_ucs4(text, (ssize_t)len, count);
}

/* The rules of name.h, once more. */
static bool
can_be_part(const char *text, size_t len)
{
	size_t count;
	uint32_t *chars;
	bool good;

	if (len == 0 || len > 255 || text[0] == ' ' || text[len - 1] == ' ')
		return false;
	chars = decode(text, len, &count);
	good = chars != NULL;
	for (size_t i = 0; good && i < count; i++)
		good = chars[i] >= 0x20 && !(chars[i] >= 0x7f && chars[i] <= 0x9f);
	free(chars);
	return good;
}

static bool
same_realm(const char *a, const char *b)
{
	for (; *a != '\0' && *b != '\0'; a++, b++) {
		char x = *a >= 'A' && *a <= 'Z' ? (char)(*a | 0x20) : *a;
		char y = *b >= 'A' && *b <= 'Z' ? (char)(*b | 0x20) : *b;

		if (x != y)
			return false;
	}
	return *a == *b;
}

static bool
can_be_name(const char *spec, const char *realm, const char *default_realm)
{
	const char *at = strchr(spec, '@'), *chosen = realm;

	if (chosen == NULL)
		chosen = at != NULL ? at + 1 : default_realm;
	return can_be_part(spec, at != NULL ? (size_t)(at - spec) : strlen(spec)) && chosen != NULL &&
	    can_be_part(chosen, strlen(chosen)) &&
	    (realm == NULL || at == NULL || same_realm(realm, at + 1));
}

/* The same name, whichever way it is said; and the key has both parts, and nothing else. */
static void
expect_name(const struct name *n)
{
	char whole[2 * NAME_BYTES_MAX + 2], key[NAME_KEY_MAX], folded[NAME_BYTES_MAX + 1];
	struct name again;
	size_t key_len = name_key(n, key), user_len = strlen(n->user);

	FUZZ_EXPECT(strchr(n->user, '@') == NULL);
	FUZZ_EXPECT(same_realm(n->realm, n->realm_typed) && strpbrk(n->realm, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == NULL);
	FUZZ_EXPECT(name_fold_realm(folded, n->realm_typed, NULL) == ST_OK && strcmp(folded, n->realm) == 0);
	FUZZ_EXPECT(name_parse(&again, n->user, n->realm_typed, "x", NULL) == ST_OK);
	FUZZ_EXPECT(memcmp(&again, n, sizeof again) == 0);
	snprintf(whole, sizeof whole, "%s@%s", n->user, n->realm_typed);
	FUZZ_EXPECT(name_parse(&again, whole, NULL, "x", NULL) == ST_OK);
	FUZZ_EXPECT(memcmp(&again, n, sizeof again) == 0);
	FUZZ_EXPECT(name_parse(&again, whole, n->realm, NULL, NULL) == ST_OK);
	FUZZ_EXPECT(key_len == user_len + 1 + strlen(n->realm));
	FUZZ_EXPECT(memcmp(key, n->user, user_len + 1) == 0);
	FUZZ_EXPECT(memcmp(key + user_len + 1, n->realm, key_len - user_len - 1) == 0);
}

static void
try_name(const char *spec, const char *realm, const char *default_realm)
{
	static const struct name none;
	struct name n;
	struct fault f = {0};
	enum status status = name_parse(&n, spec, realm, default_realm, &f);

	FUZZ_EXPECT((status == ST_OK) == can_be_name(spec, realm, default_realm));
	if (status == ST_OK) {
		expect_name(&n);
		return;
	}
	FUZZ_EXPECT(status == ST_BADNAME && f.status == ST_BADNAME && memcmp(&n, &none, sizeof n) == 0);
	fuzz_expect_words(f.text);
}

static void
try_encodings(const char *text)
{
	size_t len = strlen(text), count;
	char *latin1 = malloc(len + 1), shown[40];
	uint32_t *chars = decode(text, len, &count);
	bool fits = chars != NULL;
	long got;

	FUZZ_EXPECT(latin1 != NULL && utf8_valid(text, len) == (chars != NULL));
	for (size_t i = 0; fits && i < count; i++)
		fits = chars[i] <= 0xff;
	got = utf8_to_latin1(latin1, text, len);
	FUZZ_EXPECT(got == (fits ? (long)count : -1));
	for (long i = 0; i < got; i++)
		FUZZ_EXPECT((unsigned char)latin1[i] == chars[i]);
	free(chars);
	free(latin1);
	for (size_t size = 1; size <= sizeof shown; size++) {
		escape_for_log(shown, size, text);
		FUZZ_EXPECT(strlen(shown) < size);
		if (shown[0] != '\0')
			fuzz_expect_words(shown);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text, *part[3];

	if (size < 1)
		return 0;
	text = fuzz_string(data + 1, size - 1);
	try_encodings(text);
	part[0] = text;
	for (int i = 1; i < 3; i++) {
		size_t len = strlen(part[i - 1]);

		part[i] = part[i - 1] + len + (part[i - 1] + len < text + size - 1);
	}
	try_name(part[0], data[0] & 1 ? part[1] : NULL, data[0] & 2 ? part[2] : NULL);
	free(text);
	return 0;
}
