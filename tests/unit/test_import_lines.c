/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_import_lines: the lines of gsasldb import, and the forms of passwords and of crypt(3) strings.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "import_support.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define A16 "aaaaaaaaaaaaaaaa"
#define A64 A16 A16 A16 A16
#define A255 A64 A64 A64 A16 A16 A16 "aaaaaaaaaaaaaaa"

/* ---- colon and tsv ---- */

static const struct example passwords[] = {
	{"colon", NULL, "ann:hoge\n", "1 ann@default.test pw=hoge\n"},
	{"colon", NULL, "ann@Example.ORG:hoge\n", "1 ann@Example.ORG pw=hoge\n"},
	{"colon", NULL, "ann@e.org:: a:b \n", "1 ann@e.org pw=: a:b \n"},
	{"colon", "e.org", "ann:hoge\n", "1 ann@e.org pw=hoge\n"},
	{"colon", "e.org", "ann@E.org:hoge\n", "1 ann@E.org pw=hoge\n"},
	{"colon", "e.org", "ann@f.org:hoge\n",
	    "1 bad realm: \"e.org\" was asked for, but the user name says \"f.org\"\n"},
	{"colon", NULL, "", ""},
	{"colon", NULL, "\n\r\n# ann:hoge\n#\n", ""},
	{"colon", NULL, "\357\273\277ann:hoge\r\nbob:x", "1 ann@default.test pw=hoge\n2 bob@default.test pw=x\n"},
	{"colon", NULL, "ann:h\357\273\277\n", "1 ann@default.test pw=h\357\273\277\n"},
	{"colon", NULL, "ann: #\n", "1 ann@default.test pw= #\n"},
	{"colon", NULL, "ann:\r\r\n", "1 ann@default.test pw=\\x0d\n"},
	{"colon", NULL, "hoge\nann:hoge\n",
	    "1 bad line: is not USER:PASSWORD, there is no colon\n2 ann@default.test pw=hoge\n"},
	{"colon", NULL, "ann:\n", "1 bad password: is empty\n"},
	{"colon", NULL, "ann:h\344\n", "1 bad password: is not UTF-8\n"},
	{"colon", NULL, ":hoge\n", "1 bad user: is empty\n"},
	{"colon", NULL, "ann@:hoge\n", "1 bad realm: is empty\n"},
	{"colon", NULL, " ann:hoge\n", "1 bad user \" ann\": begins or ends with a space\n"},
	{"colon", NULL, A255 "@" A255 ":hoge\n", "1 " A255 "@" A255 " pw=hoge\n"},
	{"colon", NULL, A255 "@" A255 "a:hoge\n", "1 bad user: longer than 255 bytes\n"},
	{"colon", NULL, A255 "a:hoge\n", "1 bad user: longer than 255 bytes\n"},
	{"colon", NULL, "ann:" A255 A255 "a\n", "1 ann@default.test pw=" A255 A255 "a\n"},
	{"colon", NULL, "ann:" A255 A255 "aa\n", "1 bad password: longer than 511 bytes\n"},

	{"tsv", NULL, "ann\tExample.ORG\thoge\n", "1 ann@Example.ORG pw=hoge\n"},
	{"tsv", NULL, "ann\t\thoge\n", "1 ann@default.test pw=hoge\n"},
	{"tsv", "e.org", "ann\t\thoge\n", "1 ann@e.org pw=hoge\n"},
	{"tsv", "e.org", "ann\tE.org\thoge\n", "1 ann@E.org pw=hoge\n"},
	{"tsv", "e.org", "ann\tf.org\thoge\n",
	    "1 bad realm: \"e.org\" was asked for, but the user name says \"f.org\"\n"},
	{"tsv", NULL, "ann@e.org\tE.ORG\t a:b \n", "1 ann@E.ORG pw= a:b \n"},
	{"tsv", NULL, "ann@e.org\t\thoge\n", "1 ann@e.org pw=hoge\n"},
	{"tsv", NULL, "ann@e.org\tf.org\thoge\n", "1 bad realm: is not the one that the user name says\n"},
	{"tsv", NULL, "ann@e.org\t" A255 "a\thoge\n", "1 bad realm: longer than 255 bytes\n"},
	{"tsv", NULL, "ann\t" A255 "a\thoge\n", "1 bad realm: longer than 255 bytes\n"},
	{"tsv", NULL, A255 "a\te.org\thoge\n", "1 bad user: longer than 255 bytes\n"},
	{"tsv", NULL, "# ann\te.org\thoge\n", ""},
	{"tsv", NULL, "ann\thoge\n", "1 bad line: is not USER, TAB, REALM, TAB, PASSWORD\n"},
	{"tsv", NULL, "ann:hoge\n", "1 bad line: is not USER, TAB, REALM, TAB, PASSWORD\n"},
	{"tsv", NULL, "ann\te.org\tho\tge\n", "1 bad line: is not USER, TAB, REALM, TAB, PASSWORD\n"},
	{"tsv", NULL, "ann\te.org\t\n", "1 bad password: is empty\n"},
	{"tsv", NULL, "\te.org\thoge\n", "1 bad user: is empty\n"},
};

static void
reads_passwords(void **state)
{
	(void)state;
	import_check(passwords, COUNT(passwords));
}

static void
refuses_nul_bytes(void **state)
{
	static const char lines[] = "a\0n:hoge\nann:ho\0ge\nb:c\n", tsv[] = "a\0n\te\tx\nann\te\0\tx\nann\te\tx\0\n";

	(void)state;
	assert_string_equal(import_transcript("colon", NULL, lines, sizeof lines - 1),
	    "1 bad user: holds a NUL byte\n2 bad password: holds a NUL byte\n3 b@default.test pw=c\n");
	assert_string_equal(import_transcript("tsv", NULL, tsv, sizeof tsv - 1),
	    "1 bad user: holds a NUL byte\n2 bad realm: holds a NUL byte\n3 bad password: holds a NUL byte\n");
}

/* ---- crypt ---- */

#define MD5CRYPT "$1$rasmusle$rISCgZzpwk3UhDidwXvin0"

static const struct example crypts[] = {
	{"crypt", NULL, "ann:" MD5CRYPT "\n", "1 ann@default.test PLAIN=crypt " MD5CRYPT "\n"},
	{"crypt", NULL, "ann@E.org:" MD5CRYPT ":\n", "1 ann@E.org PLAIN=crypt " MD5CRYPT "\n"},
	{"crypt", NULL, "ann:!" MD5CRYPT "\n", "1 ann@default.test PLAIN=crypt " MD5CRYPT " locked\n"},
	{"crypt", NULL, "ann:!!" MD5CRYPT "\n", "1 ann@default.test PLAIN=crypt " MD5CRYPT " locked\n"},
	{"crypt", "e.org", "a:*\nb:!\nc:!!\nd:x\ne:!*\nf:\ng:*LK*\nroot:x:0:0:root:/root:/bin/sh\n",
	    "1 lost a@e.org: no password\n2 lost b@e.org: no password\n3 lost c@e.org: no password\n"
	    "4 lost d@e.org: no password\n5 lost e@e.org: no password\n6 lost f@e.org: no password\n"
	    "7 lost g@e.org: no password\n8 lost root@e.org: no password\n"},
	{"crypt", NULL, "ann:" MD5CRYPT ":19000:0:99999:7:::\n",
	    "1 ann@default.test PLAIN=crypt " MD5CRYPT " expires=never\n"},
	/* date -u -d '2026-11-24' +%s / 86400 */
	{"crypt", NULL, "ann:!" MD5CRYPT ":19000:0:99999:7::20781:\n",
	    "1 ann@default.test PLAIN=crypt " MD5CRYPT " locked expires=2026-11-24T00:00:00Z\n"},
	{"crypt", NULL, "ann:" MD5CRYPT ":19000:0:99999:7::20781\n",	/* eight fields */
	    "1 ann@default.test PLAIN=crypt " MD5CRYPT "\n"},
	{"crypt", NULL, "ann:" MD5CRYPT ":19000:0:99999:7::20781::\n",	/* ten */
	    "1 ann@default.test PLAIN=crypt " MD5CRYPT "\n"},
	{"crypt", NULL, "ann:" MD5CRYPT ":1:2:3:4:5:2932896:\n",
	    "1 ann@default.test PLAIN=crypt " MD5CRYPT " expires=9999-12-31T00:00:00Z\n"},
	{"crypt", NULL, "ann:" MD5CRYPT ":1:2:3:4:5:2932897:\nb:" MD5CRYPT ":1:2:3:4:5:0:\n",
	    "1 bad expiry (field 8): must be empty (never) or 1 to 2932896 days since 1970\n"
	    "2 bad expiry (field 8): must be empty (never) or 1 to 2932896 days since 1970\n"},
	{"crypt", NULL, "ann:" MD5CRYPT ":1:2:3:4:5:99999999999999999999999999:\n",
	    "1 bad expiry (field 8): must be empty (never) or 1 to 2932896 days since 1970\n"},
	{"crypt", NULL, "ann:" MD5CRYPT ":1:2:3:4:5:-1:\n", "1 bad expiry (field 8): is no number of days\n"},
	{"crypt", NULL, "ann\n", "1 bad line: is not USER:HASH, there is no colon\n"},
	{"crypt", NULL, "a b@c :" MD5CRYPT "\n", "1 bad realm \"c \": begins or ends with a space\n"},
	{"crypt", NULL, "ann:$1$rasmusle$rISCgZzpwk3UhDidwXvin\n",
	    "1 bad PLAIN: the md5crypt string is cut or too long\n"},
	{"crypt", NULL, "ann:hoge\n", "1 bad PLAIN: the descrypt string is cut or too long\n"},
	{"crypt", NULL, "ann:$q$x$y\n", "1 bad PLAIN: not a string that crypt(3) knows\n"},
	{"crypt", NULL, "ann:$5$" A255 A255 "\n", "1 bad hash: not a string that crypt(3) knows\n"},
	/* htpasswd -nbm ann hoge; htpasswd -nbs ann hoge */
	{"crypt", NULL, "ann:$apr1$N2tshcmq$4OH7kiH0xCT53V1CQYt3m1\nann:{SHA}MfMN28sb+ERldvDmSqTIip8FXjw=\n",
	    "1 bad hash: crypt(3) does not know htpasswd's $apr1$ and {SHA}; \"htpasswd -B\" makes hashes that it "
	    "does\n"
	    "2 bad hash: crypt(3) does not know htpasswd's $apr1$ and {SHA}; \"htpasswd -B\" makes hashes that it "
	    "does\n"},
};

static void
reads_crypt_strings(void **state)
{
	static const char nul[] = "ann:" MD5CRYPT "\0\n";

	(void)state;
	import_check(crypts, COUNT(crypts));
	assert_string_equal(import_transcript("crypt", NULL, nul, sizeof nul - 1),
	    "1 bad hash: not a string that crypt(3) knows\n");
}

/* Of the password "hoge". */
static const char made_elsewhere[] =
    /* htpasswd -nbB ann hoge, and with -d and -5 */
    "ann:$2y$05$uc3QY/OIYUqoWtFjLujp/u2bB7hNV5QdVw0EUEbjW/x.hZ/9ThL0a\n\n"
    "ann:4g.AfqZzI92AA\n\n"
    "ann:$6$FDtb6XRVAFmBUsQi$vfaPcVWefs7Zvh.tzXEj9VWN6zd1HQZ5WxPqA/jbj5qF/FV36V7TyqBANqM9ogTX9Z0Q96uycNrDXB0lDqvCm1\n"
    /* mkpasswd -m yescrypt hoge, and with gost-yescrypt and md5crypt */
    "ann:$y$j9T$3mtcAsZE7xlgysMYvwhWf1$yO4ltlLa71S2xHBjkSj9R0YCiCIkXufJM9u6Hz2iLo4\n"
    "ann:$gy$j9T$sRLopsqJXFKYarnrzAG40/$wW8t8oywF8OqFTDuqQ5y2CahyRqvOX2U4LGGVEOOiY7\n"
    "ann:$1$hVaDL5OL$yMnVXHlM8mIVOjflbIlPI0\n";

static void
takes_hashes_of_other_programs(void **state)
{
	(void)state;
	import_password = "hoge";
	assert_string_equal(import_transcript("crypt", "r", made_elsewhere, sizeof made_elsewhere - 1),
	    "1 ann@r PLAIN right\n3 ann@r PLAIN right\n5 ann@r PLAIN right\n6 ann@r PLAIN right\n"
	    "7 ann@r PLAIN right\n8 ann@r PLAIN right\n");
	import_password = "hog";
	assert_string_equal(import_transcript("crypt", "r", made_elsewhere, 65), "1 ann@r PLAIN WRONG\n");
	import_password = NULL;
}

/* ---- lines ---- */

#define LONG (10 * 1000 * 1000)

/* A line of len bytes, and another one. */
static const char *
read_long_line(size_t len, const char *end)
{
	static char text[LONG + 100];

	memset(text, 'x', len);
	strcpy(text + len, end);
	return import_transcript("colon", "r", text, len + strlen(end));
}

static void
bounds_lines(void **state)
{
	static const char no_colon[] = "1 bad line: is not USER:PASSWORD, there is no colon\n";
	static const char too_long[] = "1 bad line: longer than 1000000 bytes\n";
	static const char both[] = "1 bad line: longer than 1000000 bytes\n2 a@r pw=b\n";

	(void)state;
	assert_string_equal(read_long_line(LONG, "\na:b\n"), both);
	assert_string_equal(read_long_line(LONG, ""), too_long);
	assert_string_equal(read_long_line(INPUT_LINE_MAX, ""), no_colon);
	assert_string_equal(read_long_line(INPUT_LINE_MAX, "\n"), no_colon);
	assert_string_equal(read_long_line(INPUT_LINE_MAX, "\r\n"), no_colon);
	assert_string_equal(read_long_line(INPUT_LINE_MAX + 1, ""), too_long);
	assert_string_equal(read_long_line(INPUT_LINE_MAX + 1, "\na:b"), both);
	assert_string_equal(read_long_line(INPUT_LINE_MAX + 1, "\r\na:b"), both);
	assert_string_equal(read_long_line(INPUT_LINE_MAX + 2, "\na:b"), both);
	assert_string_equal(read_long_line(INPUT_LINE_MAX + 3, "\r\na:b"), both);
}

/* More than the buffer holds, in lines that lie across its end. */
static void
reads_many_lines(void **state)
{
	enum { LINES = 300000 };
	static char text[LINES * 12];
	struct input in;
	int fd;
	char *line;
	size_t len;
	struct fault f;

	(void)state;
	for (size_t i = 0; i < LINES; i++)
		memcpy(text + i * 12, "ann@x:hoge\r\n", 12);
	fd = import_file(text, sizeof text);
	assert_int_equal(input_open(&in, fd, "input", &f), ST_OK);
	for (size_t i = 0; i < LINES; i++) {
		assert_int_equal(input_line(&in, &line, &len, &f), ST_OK);
		assert_int_equal(len, 10);
		assert_string_equal(line, "ann@x:hoge");
	}
	assert_int_equal(in.line, LINES);
	assert_int_equal(input_line(&in, &line, &len, &f), ST_NOTFOUND);
	assert_null(line);
	input_close(&in);
	close(fd);
}

static bool
is_wiped(const struct input *in, const char *secret)
{
	return memmem(in->buffer, INPUT_LINE_MAX, secret, strlen(secret)) == NULL;
}

static void
wipes_lines(void **state)
{
	static const char text[] = "first\nsecond\nthird";
	int fd = import_file(text, sizeof text - 1);
	struct input in;
	char *line;
	const char *start;
	size_t len;
	struct fault f;

	(void)state;
	assert_int_equal(input_open(&in, fd, "input", &f), ST_OK);
	assert_int_equal(input_peek(&in, 4096, &start, &len, &f), ST_OK);
	assert_int_equal(len, sizeof text - 1);
	assert_memory_equal(start, text, len);
	assert_int_equal(input_line(&in, &line, &len, &f), ST_OK);
	assert_string_equal(line, "first");
	assert_int_equal(input_peek(&in, 1, &start, &len, &f), ST_OK);
	assert_true(is_wiped(&in, "first"));
	assert_memory_equal(start, "second", 6);
	assert_int_equal(input_line(&in, &line, &len, &f), ST_OK);
	assert_int_equal(input_line(&in, &line, &len, &f), ST_OK);
	assert_string_equal(line, "third");
	assert_true(is_wiped(&in, "second"));
	assert_int_equal(input_line(&in, &line, &len, &f), ST_NOTFOUND);
	assert_true(is_wiped(&in, "third"));
	input_close(&in);
	assert_null(in.buffer);
	close(fd);
}

static void
reports_a_failing_read(void **state)
{
	static const char *const formats[] = {"jsonl", "colon", "tsv", "crypt", "dovecot", "postgres", "gsasl",
	    "sasldb", "sasldb1"};
	int fds[2];
	enum status st;
	struct fault f;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	for (size_t i = 0; i < COUNT(formats); i++) {
		import_transcript_fd(formats[i], NULL, fds[1], &st, &f);	/* the end to write to */
		assert_int_equal(st, ST_IO);
		assert_string_equal(f.text, "input: Bad file descriptor");
	}
	close(fds[0]);
	close(fds[1]);
}

/* One byte at a time. */
static void
reads_slow_pipes(void **state)
{
	static const char text[] = "\357\273\277ann:hoge\nbob:x\n";
	int fds[2];
	enum status st;
	struct fault f;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	if (fork() == 0) {
		for (size_t i = 0; i < sizeof text - 1; i++) {
			if (write(fds[1], text + i, 1) != 1)
				_exit(1);
			usleep(1000);
		}
		_exit(0);
	}
	close(fds[1]);
	assert_string_equal(import_transcript_fd("colon", "r", fds[0], &st, &f), "1 ann@r pw=hoge\n2 bob@r pw=x\n");
	assert_int_equal(st, ST_OK);
	close(fds[0]);
}

/* ---- the table of formats ---- */

static void
knows_its_formats(void **state)
{
	(void)state;
	assert_string_equal(import_format_names(),
	    "jsonl colon tsv crypt dovecot postgres gsasl sasldb sasldb1");
	assert_string_equal(import_format_find("tsv")->name, "tsv");
	assert_null(import_format_find("TSV"));
	assert_null(import_format_find(""));
}

static void
recognises_only_what_is_certain(void **state)
{
	static const struct {
		const char *start;
		size_t len;
		const char *format;
	} starts[] = {
#define START(text, format) {text, sizeof text - 1, format}
		START("{\"user\":", "jsonl"),
		START("\r\n {  \"user\":", "jsonl"),
		START("{}", NULL),
		START("{", NULL),
		START("  ", NULL),
		START("{SCRAM-SHA-256}4096,a,b,c", NULL),
		START("", NULL),
		START("ann:hoge\n", NULL),
		START("ann\te.org\thoge\n", NULL),
		START("ann:$1$rasmusle$rISCgZzpwk3UhDidwXvin0\n", NULL),
		START("ann:{PLAIN}hoge\n", NULL),
		START("ann\tSCRAM-SHA-256$4096:", "postgres"),
		START("# roles\n\nann\tSCRAM-SHA-1$4096:", "postgres"),
		START("ann\tSCRAM-SHA-257$4096:", NULL),
		START("ann\tPLAIN$4096:", NULL),
		START("ann\tmd5075f7b8609b15968fc562a1b99327864\n", NULL),
		START("bob\t\nann\tSCRAM-SHA-256$4096:", NULL),
		START("ann:{SCRAM-SHA-256}4096,a,b,c\n", "gsasl"),
		START("ann@e.org {SCRAM-SHA-1}4096,a,b,c", "gsasl"),
		START("ann:{SCRAM-SHA-256}4096,a,b,c:1:1\n", NULL),
		START("ann:{SCRAM-SHA-256}\n", NULL),
		START("ann:{CRAM-MD5}a,b\n", NULL),
		START("ann{SCRAM-SHA-256}4096,a,b,c\n", NULL),
		START("VERSION=3\nformat=print\n", "sasldb"),
		START("VERSION=3\r\n", "sasldb"),
		START("VERSION=3", NULL),
		START("VERSION=4\n", NULL),
		START("\xcf\x9a\x57\x13", "sasldb"),
		START("\x13\x57\x9a\xce", "sasldb"),
		START("\xcf\x9a\x57", NULL),
		START("aaaabbbbcccc\x61\x15\x06\x00", "sasldb"),	/* Berkeley DB, hash */
		START("aaaabbbbcccc\x00\x05\x31\x62", "sasldb"),	/* btree, the other byte order */
		START("aaaabbbbccccdddd\xde\xc0\xef\xbe", "sasldb"),	/* LMDB */
		START("aaaabbbbccccdddd\xde\xc0\xef", NULL),
#undef START
	};

	(void)state;
	for (size_t i = 0; i < COUNT(starts); i++) {
		char *copy = malloc(starts[i].len + 1);	/* of the exact size, for AddressSanitizer */
		const struct import_format *found;

		assert_non_null(copy);
		memcpy(copy, starts[i].start, starts[i].len);
		copy = realloc(copy, starts[i].len > 0 ? starts[i].len : 1);
		found = import_format_recognise(copy, starts[i].len);
		assert_string_equal(found != NULL ? found->name : "none",
		    starts[i].format != NULL ? starts[i].format : "none");
		free(copy);
	}
}

/* ---- failures ---- */

static void
ends_when_the_sink_says_no(void **state)
{
	static const char text[] = "ann:hoge\nbob:x\n";
	int fd = import_file(text, sizeof text - 1);
	enum status st;
	struct fault f;

	(void)state;
	import_sink_answer = ST_BADVALUE;
	assert_string_equal(import_transcript_fd("colon", "r", fd, &st, &f), "1 ann@r pw=hoge\n");
	import_sink_answer = ST_OK;
	assert_int_equal(st, ST_BADVALUE);
	assert_string_equal(f.text, "the sink says no");
	close(fd);
}

static void
reports_no_memory(void **state)
{
	static const char hash[] = "ann:" MD5CRYPT "\n";

	(void)state;
	import_check_memory("crypt", hash, sizeof hash - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_passwords),
	    cmocka_unit_test(refuses_nul_bytes),
	    cmocka_unit_test(reads_crypt_strings),
	    cmocka_unit_test(takes_hashes_of_other_programs),
	    cmocka_unit_test(bounds_lines),
	    cmocka_unit_test(reads_many_lines),
	    cmocka_unit_test(wipes_lines),
	    cmocka_unit_test(reports_a_failing_read),
	    cmocka_unit_test(reads_slow_pipes),
	    cmocka_unit_test(knows_its_formats),
	    cmocka_unit_test(recognises_only_what_is_certain),
	    cmocka_unit_test(ends_when_the_sink_says_no),
	    cmocka_unit_test(reports_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
