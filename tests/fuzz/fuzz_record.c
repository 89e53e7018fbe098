/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_record: the bytes of a record.  The input is a value; one that does not begin with "gsasldb " is what
 * comes after the first line, and gets one with the right checksum.  Its key is that of its own user and realm,
 * or tim's.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "../zero.h"
#include "fuzz.h"
#include "record.h"

const char fuzz_name[] = "record";

#define FIRST_LINE_BYTES 19

struct bytes {
	char *at;
	size_t len;
};

/* What the line of this name holds, if it can be a part of a key. */
static size_t
find_line(char *out, const char *name, const char *value, size_t len)
{
	const char *at = memmem(value, len, name, strlen(name)), *end;

	if (at == NULL || (at != value && at[-1] != '\n'))
		return 0;
	at += strlen(name);
	end = memchr(at, '\n', len - (size_t)(at - value));
	if (end == NULL || end - at > NAME_BYTES_MAX)
		return 0;
	memcpy(out, at, (size_t)(end - at));
	return (size_t)(end - at);
}

static void
make_key(struct bytes *key, const char *value, size_t len)
{
	char user[NAME_BYTES_MAX] = "tim", realm[NAME_BYTES_MAX] = "example.org";
	size_t user_len = find_line(user, "user ", value, len), realm_len = find_line(realm, "realm ", value, len);

	if (user_len == 0)
		user_len = 3;
	if (realm_len == 0)
		realm_len = 11;
	key->len = user_len + 1 + realm_len;
	key->at = malloc(key->len);
	FUZZ_EXPECT(key->at != NULL);
	memcpy(key->at, user, user_len);
	key->at[user_len] = '\0';
	memcpy(key->at + user_len + 1, realm, realm_len);
}

/* The first line of a value whose other lines are these. */
static void
make_first_line(char out[FIRST_LINE_BYTES + 1], const struct bytes *key, const void *rest, size_t len)
{
	uint32_t crc = fuzz_crc32(fuzz_crc32(fuzz_crc32(0, key->at, key->len), "", 1), rest, len);

	snprintf(out, FIRST_LINE_BYTES + 1, "gsasldb 1 %08x\n", crc);
}

static bool
has_checksum(const struct bytes *value, const struct bytes *key)
{
	char first[FIRST_LINE_BYTES + 1];

	if (value->len < FIRST_LINE_BYTES)
		return false;
	make_first_line(first, key, value->at + FIRST_LINE_BYTES, value->len - FIRST_LINE_BYTES);
	return memcmp(value->at, first, FIRST_LINE_BYTES) == 0;
}

static void
make_value(struct bytes *value, const struct bytes *key, const uint8_t *data, size_t size)
{
	char first[FIRST_LINE_BYTES + 1] = "";

	if (size < 8 || memcmp(data, "gsasldb ", 8) != 0)
		make_first_line(first, key, data, size);
	value->len = strlen(first) + size;
	value->at = malloc(value->len);
	FUZZ_EXPECT(value->at != NULL);
	memcpy(value->at, first, strlen(first));
	memcpy(value->at + strlen(first), data, size);
}

/* ---- a record that was read ---- */

static int
compare_lines(const void *a, const void *b)
{
	const struct bytes *x = a, *y = b;
	int order = memcmp(x->at, y->at, x->len < y->len ? x->len : y->len);

	return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

/* The lines after the first, sorted. */
static size_t
sort_lines(struct bytes **out, const struct bytes *value)
{
	char *at = value->at + FIRST_LINE_BYTES, *end = value->at + value->len;
	struct bytes *lines = calloc(value->len, sizeof *lines);
	size_t count = 0;

	FUZZ_EXPECT(lines != NULL);
	while (at < end) {
		char *lf = memchr(at, '\n', (size_t)(end - at));

		FUZZ_EXPECT(lf != NULL);
		lines[count++] = (struct bytes){at, (size_t)(lf - at)};
		at = lf + 1;
	}
	qsort(lines, count, sizeof *lines, compare_lines);
	*out = lines;
	return count;
}

/* Nothing is lost and nothing is added: only the order may be another. */
static void
expect_same_lines(const struct bytes *a, const struct bytes *b)
{
	struct bytes *in_a, *in_b;
	size_t count = sort_lines(&in_a, a);

	FUZZ_EXPECT(a->len == b->len && sort_lines(&in_b, b) == count);
	for (size_t i = 0; i < count; i++)
		FUZZ_EXPECT(compare_lines(&in_a[i], &in_b[i]) == 0);
	free(in_a);
	free(in_b);
}

static void
expect_secrets(const struct record *r)
{
	unsigned char property[SECRET_PROPERTY_MAX];
	struct secret_facts facts;
	struct fault why = {0};
	enum status status;
	size_t len;

	for (unsigned i = 0; i < MECH_COUNT; i++) {
		const char *text = r->secrets[i].text;

		FUZZ_EXPECT((record_secret_bits(r) >> i & 1) == (text != NULL));
		if (text == NULL)
			continue;
		FUZZ_EXPECT(secret_check((enum mech)i, text, NULL) == ST_OK);
		status = secret_check_cost((enum mech)i, text, &why);
		FUZZ_EXPECT(status == ST_OK || status == ST_COSTLY);
		if (status == ST_COSTLY)
			fuzz_expect_words(why.text);
		status = secret_property((enum mech)i, text, property, &len, NULL);
		FUZZ_EXPECT(status == ST_OK ? len > 0 && len <= sizeof property : status == ST_NOTFOUND);
		secret_facts(&facts, (enum mech)i, text);
		FUZZ_EXPECT((facts.scheme != NULL) == (i == MECH_PLAIN));
		FUZZ_EXPECT((facts.realm != NULL) == (i == MECH_DIGEST_MD5));
		FUZZ_EXPECT((facts.iterations != 0) == (mech_info((enum mech)i)->kind == KIND_SCRAM));
	}
}

/* Each property is found, can go, and comes back to the same place. */
static void
expect_properties(const struct record *r)
{
	struct record changed;
	bool same;

	FUZZ_EXPECT(record_copy(&changed, r, NULL) == ST_OK);
	for (size_t i = 0; i < r->property_count; i++) {
		const struct property *p = &r->properties[i];

		FUZZ_EXPECT(record_property(r, p->name) == p);
		FUZZ_EXPECT(record_set_property(&changed, p->name, NULL, 0, NULL) == ST_OK);
		FUZZ_EXPECT(record_property(&changed, p->name) == NULL);
		FUZZ_EXPECT(record_set_property(&changed, p->name, p->value, p->len, NULL) == ST_OK);
	}
	FUZZ_EXPECT(record_same(&same, r, &changed, NULL) == ST_OK && same);
	record_clear(&changed);
}

/* Secrets of a later version can go, and nothing else goes with them. */
static void
expect_later_lines(const struct record *r)
{
	struct record changed;
	bool same;

	FUZZ_EXPECT(record_copy(&changed, r, NULL) == ST_OK);
	record_drop_unknown_secrets(&changed);
	FUZZ_EXPECT(!record_has_unknown_secrets(&changed));
	FUZZ_EXPECT(record_same(&same, r, &changed, NULL) == ST_OK && same == !record_has_unknown_secrets(r));
	FUZZ_EXPECT(record_set_unknown(&changed, r->unknown, true, NULL) == ST_OK);
	FUZZ_EXPECT(!record_has_unknown_secrets(&changed));
	FUZZ_EXPECT(record_set_unknown(&changed, r->unknown, false, NULL) == ST_OK);
	FUZZ_EXPECT(record_same(&same, r, &changed, NULL) == ST_OK && same);
	record_clear(&changed);
}

static void
expect_round_trip(const struct record *r, const struct bytes *key, const struct bytes *value)
{
	struct bytes again, third;
	struct record reread;
	char own_key[NAME_KEY_MAX];

	FUZZ_EXPECT(name_key(&r->name, own_key) == key->len && memcmp(own_key, key->at, key->len) == 0);
	FUZZ_EXPECT(record_is_whole(key->at, key->len, value->at, value->len));
	FUZZ_EXPECT(record_format(r, &again.at, &again.len, NULL) == ST_OK);
	expect_same_lines(value, &again);
	FUZZ_EXPECT(record_parse(&reread, key->at, key->len, again.at, again.len, NULL) == ST_OK);
	FUZZ_EXPECT(record_format(&reread, &third.at, &third.len, NULL) == ST_OK);
	FUZZ_EXPECT(third.len == again.len && memcmp(third.at, again.at, again.len) == 0);
	record_clear(&reread);
	FUZZ_EXPECT(record_reread(&reread, key->at, key->len, again.at, again.len, NULL) == ST_OK);
	record_clear(&reread);
	record_free_value(again.at, again.len);
	record_free_value(third.at, third.len);
}

/* Under another key it is nobody's, even with the checksum that such a record has. */
static void
expect_only_under(struct bytes *key, const struct bytes *value)
{
	struct bytes other;
	struct record r;

	FUZZ_EXPECT(has_checksum(value, key));
	key->at[0] ^= 1;
	FUZZ_EXPECT(record_parse(&r, key->at, key->len, value->at, value->len, NULL) == ST_CORRUPT);
	make_value(&other, key, (uint8_t *)value->at + FIRST_LINE_BYTES, value->len - FIRST_LINE_BYTES);
	FUZZ_EXPECT(has_checksum(&other, key));
	FUZZ_EXPECT(record_parse(&r, key->at, key->len, other.at, other.len, NULL) == ST_CORRUPT);
	key->at[0] ^= 1;
	free(other.at);
}

/* What a lookup takes unseen is refused when it is used, and not before. */
static void
expect_use(const struct record *r)
{
	unsigned char property[SECRET_PROPERTY_MAX];
	struct secret_facts facts;
	bool match;
	size_t len;

	for (unsigned i = 0; i < MECH_COUNT; i++) {
		const char *text = r->secrets[i].text;

		if (text == NULL)
			continue;
		secret_facts(&facts, (enum mech)i, text);
		if (secret_check((enum mech)i, text, NULL) == ST_OK)
			continue;
		FUZZ_EXPECT(secret_property((enum mech)i, text, property, &len, NULL) == ST_BADVALUE);
		FUZZ_EXPECT(secret_verify(&match, (enum mech)i, text, &r->name, "x", 1, NULL) == ST_BADVALUE);
		FUZZ_EXPECT(!match);
	}
}

static void
expect_read(const struct record *parsed, const struct bytes *key, const struct bytes *value)
{
	struct record r;
	struct fault f;
	bool same;
	char *copy = malloc(value->len > 0 ? value->len : 1);
	enum status status;

	FUZZ_EXPECT(copy != NULL);
	memcpy(copy, value->at, value->len);
	status = record_read(&r, key->at, key->len, copy, value->len, &f);
	if (parsed != NULL)
		FUZZ_EXPECT(status == ST_OK && record_same(&same, parsed, &r, NULL) == ST_OK && same);
	if (status == ST_OK)
		expect_use(&r);
	else
		fuzz_expect_words(f.text);
	record_clear(&r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes key, value;
	struct record r;
	struct fault f = {0};
	enum status status;

	make_key(&key, (const char *)data, size);
	make_value(&value, &key, data, size);
	status = record_parse(&r, key.at, key.len, value.at, value.len, &f);
	expect_read(status == ST_OK ? &r : NULL, &key, &value);
	if (status == ST_OK) {
		expect_secrets(&r);
		expect_properties(&r);
		expect_later_lines(&r);
		expect_round_trip(&r, &key, &value);
		expect_only_under(&key, &value);
	} else {
		FUZZ_EXPECT(status == ST_CORRUPT || status == ST_FOREIGN);
		FUZZ_EXPECT(f.status == status && all_zeros(&r, sizeof r));
		fuzz_expect_words(f.text);
	}
	record_clear(&r);
	free(key.at);
	free(value.at);
	return 0;
}
