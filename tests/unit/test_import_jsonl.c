/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_import_jsonl: what gsasldb export writes, read again, and each key that is wrong.
 */
#include <config.h>

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "import_support.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MD5CRYPT "$1$rasmusle$rISCgZzpwk3UhDidwXvin0"
#define NO_TIME "is not a time like \"2026-11-24T03:04:05Z\"\n"
#define NO_UNKNOWN "1 bad unknown: is not made of lines that a later version could have written\n"
#define IS_WHOLE(x) "1 ann@r " x " whole\n"

/* A whole record. */
static const char whole[] =
    "{\"user\":\"j\\u00f6rg\",\"realm\":\"example.org\",\"secrets\":{\"CLEARTEXT\":\"back\\\\\\\\slash\\\\n\","
    "\"PLAIN\":\"crypt " MD5CRYPT "\",\"DIGEST-MD5\":\"0123456789abcdef0123456789abcdef Example.ORG\"},"
    "\"disabled\":\"2027-02-28T23:59:59Z\",\"expires\":\"2028-02-29T12:00:00Z\","
    "\"created\":\"2026-11-24T03:04:05Z\",\"changed\":\"2027-01-01T00:00:00Z\","
    "\"properties\":{\"homeDirectory\":\"/home/j\303\266rg\",\"note\":\"two words\\u0000\","
    "\"photo\":{\"base64\":\"/9j/AA==\"},\"none\":{\"base64\":\"\"}},\"unknown\":\"FUTURE kept as it is\\nlater too\\n\"}\n";

static const struct example good[] = {
	{"jsonl", NULL, whole,
	    "1 j\303\266rg@example.org CLEARTEXT=back\\\\slash\\n"
	    " DIGEST-MD5=0123456789abcdef0123456789abcdef Example.ORG PLAIN=crypt " MD5CRYPT
	    " disabled=2027-02-28T23:59:59Z expires=2028-02-29T12:00:00Z created=2026-11-24T03:04:05Z"
	    " changed=2027-01-01T00:00:00Z whole property homeDirectory=/home/j\303\266rg property none="
	    " property note=two words\\x00 property photo=\377\330\377\\x00"
	    " unknown=FUTURE kept as it is\\nlater too\\n\n"},
	{"jsonl", "r", "\n\r\n{\"user\":\"ann\",\"password\":\"hoge\"}\r\n\n { \"user\" : \"bob\" } ",
	    "3 ann@r pw=hoge\n5 bob@r\n"},
	{"jsonl", NULL, "{\"user\":\"ann@Example.ORG\"}", "1 ann@Example.ORG\n"},
	{"jsonl", NULL, "{\"user\":\"ann@Example.ORG\",\"realm\":\"example.org\"}", "1 ann@example.org\n"},
	{"jsonl", NULL, "{\"user\":\"ann\"}", "1 ann@default.test\n"},
	{"jsonl", "r", "{\"user\":\"ann\",\"realm\":\"R\"}", "1 ann@R\n"},
	{"jsonl", "r", "{\"user\":\"ann\",\"disabled\":null,\"expires\":null}",
	    "1 ann@r disabled=never expires=never\n"},
	{"jsonl", "r", "{\"user\":\"ann\",\"disabled\":false,\"expires\":\"2026-11-24\"}",
	    "1 ann@r disabled=never expires=2026-11-24T00:00:00Z\n"},
	{"jsonl", "r", "{\"user\":\"ann\",\"disabled\":true}", "1 ann@r locked\n"},
	{"jsonl", "r", "{\"user\":\"ann\",\"secrets\":{}}", "1 ann@r whole\n"},
	{"jsonl", "r", "{\"user\":\"ann\",\"secrets\":{\"LOGIN\":\"crypt " MD5CRYPT "\"}}",
	    IS_WHOLE("PLAIN=crypt " MD5CRYPT)},
	{"jsonl", "r", "{\"user\":\"ann\",\"unknown\":\"\",\"properties\":{}}", "1 ann@r\n"},
	{"jsonl", "r", "{\"user\":\"ann\",\"password\":\"\\u5bc6 \\n\"}", "1 ann@r pw=\345\257\206 \\n\n"},
};

static const struct example wrong[] = {
	{"jsonl", "r", "hoge\n", "1 bad line: is not JSON (column 4)\n"},
	{"jsonl", "r", "# x\n", "1 bad line: is not JSON (column 1)\n"},
	{"jsonl", "r", " \n", "1 bad line: the JSON is cut off (column 1)\n"},
	{"jsonl", "r", "{\"user\":\"ann\",\"password\":\"hoge\"\n{\"user\":\"b\"}",
	    "1 bad line: the JSON is cut off (column 31)\n2 b@r\n"},
	{"jsonl", "r", "{\"user\":\"ann\",\"password\":hoge}", "1 bad line: is not JSON (column 29)\n"},
	{"jsonl", "r", "{\"user\":\"ann\"} x", "1 bad line: something follows the JSON object (column 16)\n"},
	{"jsonl", "r", "{\"user\":\"a\344\"}", "1 bad line: is not UTF-8 (column 10)\n"},
	{"jsonl", "r", "[]", "1 bad line: is not a JSON object\n"},
	{"jsonl", "r", "{}", "1 bad user: is missing\n"},
	{"jsonl", "r", "{\"user\":\"ann\",\"user\":\"b\"}", "1 bad line: a key is there twice (column 20)\n"},
	{"jsonl", "r", "{\"user\":\"ann\",\"a\\u0000\":1}", "1 bad line: a key holds a NUL character (column 23)\n"},
	{"jsonl", "r", "{\"user\":1}", "1 bad user: is not a string\n"},
	{"jsonl", "r", "{\"user\":\"ann\",\"realm\":null}", "1 bad realm: is not a string\n"},
	{"jsonl", "r", "{\"user\":\"ann\",\"realm\":\"\"}", "1 bad realm: is empty\n"},
	{"jsonl", "r", "{\"user\":\"ann\",\"realm\":\"s\"}",
	    "1 bad realm: \"r\" was asked for, but the user name says \"s\"\n"},
	{"jsonl", NULL, "{\"user\":\"ann@r\",\"realm\":\"s\"}", "1 bad realm: is not the one that the user name says\n"},
	{"jsonl", "r", "{\"user\":\"\"}", "1 bad user: is empty\n"},
	{"jsonl", "r", "{\"user\":\"a\\u0000\"}", "1 bad user: holds a NUL byte\n"},
	{"jsonl", NULL, "{\"user\":\"a\",\"realm\":\"a\\u0000\"}", "1 bad realm: holds a NUL byte\n"},
	{"jsonl", "r", "{\"user\":\"ann\",\"Password\":\"hoge\"}", "1 bad Password: no such key\n"},
	{"jsonl", "r", "{\"user\":\"ann\",\"x\\n\":1}", "1 bad x\\x0a: no such key\n"},
	{"jsonl", "r", "{\"user\":\"ann\",\"password\":\"hoge\",\"secrets\":{}}",
	    "1 bad password: and secrets are both given\n"},
	{"jsonl", "r", "{\"user\":\"ann\",\"password\":\"\"}", "1 bad password: is empty\n"},
	{"jsonl", "r", "{\"user\":\"ann\",\"password\":null}", "1 bad password: is not a string\n"},
	{"jsonl", "r", "{\"user\":\"ann\",\"password\":\"ho\\u0000ge\"}", "1 bad password: holds a NUL byte\n"},
	{"jsonl", "r", "{\"user\":\"ann\",\"secrets\":[]}", "1 bad secrets: is not an object of mechanisms\n"},
	{"jsonl", "r", "{\"user\":\"ann\",\"secrets\":{\"OTP\":\"x\"}}", "1 bad OTP: no such mechanism\n"},
	{"jsonl", "r", "{\"user\":\"ann\",\"secrets\":{\"PLAIN\":1}}", "1 bad PLAIN: is not a string\n"},
	{"jsonl", "r", "{\"user\":\"ann\",\"secrets\":{\"PLAIN\":\"hoge\"}}", "1 bad PLAIN: neither crypt nor smd5\n"},
	{"jsonl", "r", "{\"user\":\"ann\",\"secrets\":{\"CLEARTEXT\":\"a\\u0000\"}}",
	    "1 bad CLEARTEXT: holds a NUL byte or a line feed\n"},
	{"jsonl", "r", "{\"user\":\"ann\",\"secrets\":{\"CLEARTEXT\":\"a\\n\"}}",
	    "1 bad CLEARTEXT: holds a NUL byte or a line feed\n"},
	{"jsonl", "r", "{\"user\":\"ann\",\"secrets\":{\"PLAIN\":\"crypt " MD5CRYPT "\",\"login\":\"x\"}}",
	    "1 bad PLAIN: is there twice\n"},
	{"jsonl", "r", "{\"user\":\"ann\",\"disabled\":1}", "1 bad disabled: " NO_TIME},
	{"jsonl", "r", "{\"user\":\"ann\",\"disabled\":\"yes\"}", "1 bad disabled: " NO_TIME},
	{"jsonl", "r", "{\"user\":\"ann\",\"disabled\":\"1970-01-01\"}",
	    "1 bad disabled: 1970-01-01 cannot be stored; true disables as well\n"},
	{"jsonl", "r", "{\"user\":\"ann\",\"expires\":\"2026-02-29\"}", "1 bad expires: " NO_TIME},
	{"jsonl", "r", "{\"user\":\"ann\",\"expires\":\"2026-11-24T03:04:05+00\"}", "1 bad expires: " NO_TIME},
	{"jsonl", "r", "{\"user\":\"ann\",\"expires\":false}", "1 bad expires: " NO_TIME},
	{"jsonl", "r", "{\"user\":\"ann\",\"expires\":\"1970-01-01T00:00:00Z\"}",
	    "1 bad expires: 1970-01-01 cannot be stored\n"},
	{"jsonl", "r", "{\"user\":\"ann\",\"created\":null}", "1 bad created: " NO_TIME},
	{"jsonl", "r", "{\"user\":\"ann\",\"changed\":5}", "1 bad changed: " NO_TIME},
	{"jsonl", "r", "{\"user\":\"ann\",\"properties\":1}", "1 bad properties: is not an object\n"},
	{"jsonl", "r", "{\"user\":\"ann\",\"properties\":{\"a\":1}}",
	    "1 bad a: is neither a string nor {\"base64\": \"...\"}\n"},
	{"jsonl", "r", "{\"user\":\"ann\",\"properties\":{\"a\":{\"base64\":\"AA==\",\"x\":1}}}",
	    "1 bad a: is neither a string nor {\"base64\": \"...\"}\n"},
	{"jsonl", "r", "{\"user\":\"ann\",\"properties\":{\"a\":{\"base64\":\"AA=\"}}}", "1 bad a: is not base64\n"},
	{"jsonl", "r", "{\"user\":\"ann\",\"properties\":{\"a b\":\"\"}}",
	    "1 bad property: a name is 1 to 255 printable ASCII characters without a space\n"},
	{"jsonl", "r", "{\"user\":\"ann\",\"unknown\":1}", "1 bad unknown: is not a string\n"},
	/* lines that this version does know */
	{"jsonl", "r", "{\"user\":\"ann\",\"unknown\":\"user b\\n\"}", NO_UNKNOWN},
	{"jsonl", "r", "{\"user\":\"ann\",\"unknown\":\"disabled 2026-11-24T03:04:05Z\\n\"}", NO_UNKNOWN},
	{"jsonl", "r", "{\"user\":\"ann\",\"unknown\":\"x y\\nCLEARTEXT hoge\\n\"}", NO_UNKNOWN},
	{"jsonl", "r", "{\"user\":\"ann\",\"unknown\":\"property a b\\n\"}", NO_UNKNOWN},
	/* and that are none */
	{"jsonl", "r", "{\"user\":\"ann\",\"unknown\":\"x y\"}", NO_UNKNOWN},
	{"jsonl", "r", "{\"user\":\"ann\",\"unknown\":\"x\\n\"}", NO_UNKNOWN},
	{"jsonl", "r", "{\"user\":\"ann\",\"unknown\":\" x\\n\"}", NO_UNKNOWN},
	{"jsonl", "r", "{\"user\":\"ann\",\"unknown\":\"x y\\n\\u0000\"}", NO_UNKNOWN},
};

static void
reads_what_export_writes(void **state)
{
	(void)state;
	import_check(good, COUNT(good));
}

static void
refuses_what_is_wrong(void **state)
{
	(void)state;
	import_check(wrong, COUNT(wrong));
}

/* jansson goes down to a depth of 2,048 by itself; it must say no, and not fall. */
static void
bounds_depth_and_size(void **state)
{
	static char deep[INPUT_LINE_MAX];
	static char big[200000];
	const char *out;

	(void)state;
	memset(deep, '[', sizeof deep);
	out = import_transcript("jsonl", "r", deep, sizeof deep);
	assert_memory_equal(out, "1 bad line: is not JSON (column ", 32);
	memset(big, 'x', sizeof big);
	memcpy(big, "{\"user\":\"ann\",\"unknown\":\"x ", 27);
	memcpy(big + sizeof big - 4, "\\n\"}", 4);
	assert_string_equal(import_transcript("jsonl", "r", big, sizeof big), NO_UNKNOWN);
	memcpy(big, "{\"user\":\"", 9);
	memset(big + 9, 'u', 40);
	assert_memory_equal(import_transcript("jsonl", "r", big, sizeof big), "1 bad ", 6);
}

/* What other users of jansson in the process have set stays set. */
static void
puts_back_the_allocator(void **state)
{
	json_malloc_t before, after;
	json_free_t free_before, free_after;

	(void)state;
	json_get_alloc_funcs(&before, &free_before);
	import_transcript("jsonl", "r", whole, sizeof whole - 1);
	json_get_alloc_funcs(&after, &free_after);
	assert_ptr_equal(before, after);
	assert_ptr_equal(free_before, free_after);
}

static void
reports_no_memory(void **state)
{
	(void)state;
	import_check_memory("jsonl", whole, sizeof whole - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_what_export_writes),
	    cmocka_unit_test(refuses_what_is_wrong),
	    cmocka_unit_test(bounds_depth_and_size),
	    cmocka_unit_test(puts_back_the_allocator),
	    cmocka_unit_test(reports_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
