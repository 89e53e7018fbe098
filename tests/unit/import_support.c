/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "import_support.h"
#include "text.h"
#include "wrap.h"

const char *import_password;
enum status import_sink_answer;

static char transcript[65536];
static size_t transcript_len;

static void put(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void
put(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	transcript_len += (size_t)vsnprintf(transcript + transcript_len, sizeof transcript - transcript_len, format,
	    arguments);
	va_end(arguments);
	assert_true(transcript_len < sizeof transcript);
}

static void
put_escaped(const char *what, const char *name, const char *value, size_t len)
{
	char escaped[4096];

	assert_true(4 * len < sizeof escaped);
	escaped[text_escape(escaped, value, len)] = '\0';
	put(" %s%s=%s", what, name, escaped);
}

static void
put_time(const char *what, bool set, int64_t seconds)
{
	char text[TEXT_TIME_SIZE];

	text_time(text, seconds);
	if (set)
		put(" %s=%s", what, seconds != 0 ? text : "never");
}

static void
put_secret(const struct record *r, enum mech mech)
{
	const char *text = r->secrets[mech].text;
	bool match;

	if (text == NULL)
		return;
	assert_int_equal(secret_check(mech, text, NULL), ST_OK);
	if (import_password == NULL) {
		put(" %s=%s", mech_info(mech)->name, text);
		return;
	}
	assert_int_equal(secret_verify(&match, mech, text, &r->name, import_password, strlen(import_password), NULL),
	    ST_OK);
	put(" %s %s", mech_info(mech)->name, match ? "right" : "WRONG");
}

static enum status
take_entry(void *arg, struct entry *e, struct fault *f)
{
	const struct record *r = &e->record;

	(void)arg;
	put("%lu %s@%s", e->line, r->name.user, r->name.realm_typed);
	if (e->password_len > 0) {
		assert_int_equal(password_check(e->password, e->password_len, NULL), ST_OK);
		assert_int_equal(e->password[e->password_len], 0);
		put_escaped("pw", "", e->password, e->password_len);
	}
	for (unsigned i = 0; i < MECH_COUNT; i++)
		put_secret(r, (enum mech)i);
	put("%s", e->locked ? " locked" : "");
	put_time("disabled", e->disabled_set, r->disabled);
	put_time("expires", e->expires_set, r->expires);
	put_time("created", e->created_set, r->created);
	put_time("changed", e->changed_set, r->changed);
	put("%s", e->whole ? " whole" : "");
	for (size_t i = 0; i < r->property_count; i++)
		put_escaped("property ", r->properties[i].name, r->properties[i].value, r->properties[i].len);
	if (r->unknown != NULL)
		put_escaped("unknown", "", r->unknown, strlen(r->unknown));
	put("\n");
	entry_clear(e);
	return import_sink_answer == ST_OK ? ST_OK : fault_set(f, import_sink_answer, 0, "the sink says no");
}

static void
take_bad(void *arg, unsigned long line, const char *why)
{
	(void)arg;
	put("%lu bad %s\n", line, why);
}

static void
take_lost(void *arg, unsigned long line, const char *what)
{
	(void)arg;
	put("%lu lost %s\n", line, what);
}

int
import_file(const void *in, size_t len)
{
	int fd = memfd_create("input", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, in, len), len);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

const char *
import_transcript_fd(const char *format, const char *realm, int fd, enum status *st, struct fault *f)
{
	const struct import_options options = {realm, "default.test"};
	const struct import_sink sink = {NULL, take_entry, take_bad, take_lost};
	const struct import_format *found = import_format_find(format);
	struct input in;

	transcript_len = 0;
	transcript[0] = '\0';
	assert_non_null(found);
	*st = input_open(&in, fd, "input", f);
	if (*st == ST_OK)
		*st = found->read(&in, &options, &sink, f);
	input_close(&in);
	return transcript;
}

const char *
import_transcript(const char *format, const char *realm, const void *in, size_t len)
{
	int fd = import_file(in, len);
	struct fault f = {0};
	enum status st;

	import_transcript_fd(format, realm, fd, &st, &f);
	close(fd);
	assert_string_equal(f.status != ST_OK && st != ST_OK ? f.text : "", "");
	assert_int_equal(st, ST_OK);
	return transcript;
}

void
import_check(const struct example *examples, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct example *e = &examples[i];

		assert_string_equal(import_transcript(e->format, e->realm, e->in, strlen(e->in)), e->out);
	}
}

void
import_check_memory(const char *format, const void *in, size_t len)
{
	bool failed = true;
	unsigned n;

	for (n = 1; failed; n++) {
		int fd = import_file(in, len);
		struct fault f = {0};
		enum status st;

		wrap_fail_allocation(n);
		import_transcript_fd(format, NULL, fd, &st, &f);
		failed = wrap_end_allocation();
		close(fd);
		assert_int_equal(st, failed ? ST_NOMEM : ST_OK);
		assert_int_equal(f.status, failed ? ST_NOMEM : f.status);
		assert_true(!failed || strstr(f.text, "out of memory") != NULL);
	}
	assert_true(n > 2);	/* some did */
}
