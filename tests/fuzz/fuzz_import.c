/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_import: the formats of gsasldb import.  The first byte says which (a digit; 9: the one that is
 * recognised), the second whether a realm is asked for (u); the rest is the input.
 */
#include <config.h>

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "format.h"
#include "fuzz.h"

const char fuzz_name[] = "import";

static const char *const formats[] = {"jsonl", "colon", "tsv", "crypt", "dovecot", "postgres", "gsasl",
    "sasldb", "sasldb1", NULL};
#define FORMAT_COUNT (sizeof formats / sizeof formats[0])

static void
expect_name(const struct name *name)
{
	struct name again;

	FUZZ_EXPECT(name_parse(&again, name->user, name->realm_typed, NULL, NULL) == ST_OK);
	FUZZ_EXPECT(strcmp(again.user, name->user) == 0);
	FUZZ_EXPECT(strcmp(again.realm, name->realm) == 0);
}

/* A record that can be written can be read, with the same in it. */
static void
expect_record(const struct record *r)
{
	struct record again;
	char key[NAME_KEY_MAX], *value;
	size_t len;

	if (record_format(r, &value, &len, NULL) == ST_TOOBIG)
		return;
	FUZZ_EXPECT(record_parse(&again, key, name_key(&r->name, key), value, len, NULL) == ST_OK);
	FUZZ_EXPECT(again.property_count == r->property_count);
	FUZZ_EXPECT(record_secret_count(&again) == record_secret_count(r));
	FUZZ_EXPECT(again.disabled == r->disabled && again.expires == r->expires);
	FUZZ_EXPECT((again.unknown == NULL) == (r->unknown == NULL));
	record_clear(&again);
	record_free_value(value, len);
}

static enum status
take_entry(void *arg, struct entry *e, struct fault *f)
{
	(void)arg;
	(void)f;
	expect_name(&e->record.name);
	if (e->password_len > 0)
		FUZZ_EXPECT(password_check(e->password, e->password_len, NULL) == ST_OK);
	FUZZ_EXPECT(e->password[e->password_len] == '\0');
	for (unsigned i = 0; i < MECH_COUNT; i++) {
		const char *text = e->record.secrets[i].text;

		if (text != NULL)
			FUZZ_EXPECT(secret_check((enum mech)i, text, NULL) == ST_OK &&
			    secret_check_cost((enum mech)i, text, NULL) == ST_OK);
	}
	FUZZ_EXPECT(!e->locked || !e->disabled_set);
	expect_record(&e->record);
	entry_clear(e);
	return ST_OK;
}

static void
take_words(void *arg, unsigned long line, const char *words)
{
	(void)arg;
	(void)line;
	fuzz_expect_words(words);
}

/* GDBM needs a file; one does for all inputs. */
static int
make_file(const uint8_t *data, size_t size)
{
	static int fd = -1;

	if (fd < 0)
		fd = memfd_create("input", MFD_CLOEXEC);
	FUZZ_EXPECT(fd >= 0 && ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t)size &&
	    lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

static const struct import_format *
choose_format(struct input *in, uint8_t which)
{
	const char *name = formats[(uint8_t)(which - '0') % FORMAT_COUNT], *start;
	struct fault f;
	size_t len;

	if (name != NULL)
		return import_format_find(name);
	FUZZ_EXPECT(input_peek(in, IMPORT_PEEK, &start, &len, &f) == ST_OK);
	return import_format_recognise(start, len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct import_sink sink = {NULL, take_entry, take_words, take_words};
	struct import_options options = {NULL, "default.test"};
	const struct import_format *format;
	struct input in;
	struct fault f;

	if (size < 2)
		return 0;
	if (data[1] == 'u')
		options.realm = "Example.ORG";
	FUZZ_EXPECT(input_open(&in, make_file(data + 2, size - 2), "input", &f) == ST_OK);
	format = choose_format(&in, data[0]);
	/* a damaged GDBM file may lie about where its parts are, which is an error of reading */
	if (format != NULL && format->read(&in, &options, &sink, &f) != ST_OK)
		FUZZ_EXPECT(f.status == ST_IO || f.status == ST_NOMEM);
	input_close(&in);
	return 0;
}
