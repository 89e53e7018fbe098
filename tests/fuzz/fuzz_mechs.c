/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_mechs: lists of mechanisms (-m, gsasldb_mechs).
 */
#include <config.h>

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "fuzz.h"
#include "mech.h"

const char fuzz_name[] = "mechs";

static void
expect_spec(const struct mech_spec *spec)
{
	enum secret_kind kind;

	FUZZ_EXPECT(spec->mech < MECH_COUNT);
	kind = mech_info(spec->mech)->kind;
	FUZZ_EXPECT((spec->scheme != NULL) == (kind == KIND_PLAIN));
	FUZZ_EXPECT(spec->scheme == NULL || (spec->scheme->makes && spec->scheme->password_max > 0));
	if (kind == KIND_SCRAM)
		FUZZ_EXPECT(spec->iterations >= 4096 && spec->iterations <= 1000000);
	else
		FUZZ_EXPECT(spec->iterations == 0);
}

static bool
same_specs(const struct mech_specs *a, const struct mech_specs *b)
{
	bool same = a->count == b->count;

	for (size_t i = 0; same && i < a->count; i++)
		same = a->spec[i].mech == b->spec[i].mech && a->spec[i].scheme == b->spec[i].scheme &&
		    a->spec[i].iterations == b->spec[i].iterations;
	return same;
}

/* The list with everything said, in lower case, with other separators. */
static void
write_out(char *out, size_t size, const struct mech_specs *specs)
{
	size_t n = 0;

	for (size_t i = 0; i < specs->count; i++) {
		const struct mech_spec *spec = &specs->spec[i];

		n += (size_t)snprintf(out + n, size - n, ", %s", mech_info(spec->mech)->name);
		if (spec->scheme != NULL)
			n += (size_t)snprintf(out + n, size - n, ":%s", spec->scheme->name);
		if (spec->iterations != 0)
			n += (size_t)snprintf(out + n, size - n, ":%u", spec->iterations);
	}
	for (char *p = out; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
}

static void
expect_specs(const struct mech_specs *specs)
{
	struct mech_specs again;
	char list[1024];
	unsigned bits = 0;

	FUZZ_EXPECT(specs->count >= 1 && specs->count <= MECH_COUNT);
	for (size_t i = 0; i < specs->count; i++) {
		expect_spec(&specs->spec[i]);
		FUZZ_EXPECT((bits & 1u << specs->spec[i].mech) == 0);
		bits |= 1u << specs->spec[i].mech;
	}
	FUZZ_EXPECT(mech_specs_bits(specs) == bits);
	write_out(list, sizeof list, specs);
	FUZZ_EXPECT(mech_specs_parse(&again, list, NULL) == ST_OK && same_specs(&again, specs));
}

/* Each word of a good list is a good list, and the only one of its mechanism. */
static void
expect_words_alone(const struct mech_specs *specs, char *list)
{
	char *word, *rest = NULL;
	size_t i = 0;

	for (word = strtok_r(list, ", \t\r\n\v\f", &rest); word != NULL; i++) {
		struct mech_specs one;

		FUZZ_EXPECT(mech_specs_parse(&one, word, NULL) == ST_OK && one.count == 1);
		FUZZ_EXPECT(i < specs->count && one.spec[0].mech == specs->spec[i].mech);
		word = strtok_r(NULL, ", \t\r\n\v\f", &rest);
	}
	FUZZ_EXPECT(i == specs->count);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct mech_specs none;
	char *list = fuzz_string(data, size);
	const struct scheme_info *scheme = mech_scheme_find(list, size);
	struct mech_specs specs;
	struct fault f = {0};
	enum status status = mech_specs_parse(&specs, list, &f);

	if (status == ST_OK) {
		expect_specs(&specs);
		expect_words_alone(&specs, list);
	} else {
		FUZZ_EXPECT(status == ST_BADVALUE && f.status == ST_BADVALUE);
		FUZZ_EXPECT(same_specs(&specs, &none));
		fuzz_expect_words(f.text);
	}
	FUZZ_EXPECT(scheme == NULL || strlen(scheme->name) == size);
	FUZZ_EXPECT(mech_scheme_of(list) != NULL);
	free(list);
	return 0;
}
