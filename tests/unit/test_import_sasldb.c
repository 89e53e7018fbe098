/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_import_sasldb: the stock sasldb and SASL 1.5's, as GDBM files and as dumps.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "import_support.h"
#include "side.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Of "hoge", by known_answers.py: cram_states(), digest_text("ann", "Example.ORG"), smd5_text(), scram_text(). */
#define CRAM "cd8dc06b0705f6586c217966d1f6afb4e3fbee7ac657e9e5538c323ec263a5ff"
#define DIGEST "342994b37adfe8f8073fe484f8ad98ae"
#define SMD5 "30313233343536373839616263646566003ff25d0f606d8be83e3493102c65c61a"
#define SCRAM "4096:MDEyMzQ1Njc4OWFiY2RlZg==$X4v227bpDhi5vdOMNiUOdTSgeJS63VmgN3aeXLPOUUc=:HGluUDab/sPujRkuXuG7NMdXWeWogLOEc2+yn2r6c1A="

/* ---- GDBM ---- */

struct item {
	const char *key;	/* with / for NUL */
	const char *value;
	bool hex;		/* the value is in hex */
};

static void
store_item(struct side *s, const struct item *item)
{
	char key[600], value[600];
	size_t key_len = strlen(item->key), len = strlen(item->value);

	for (size_t i = 0; i < key_len; i++)
		key[i] = item->key[i] == '/' ? '\0' : item->key[i];
	memcpy(value, item->value, len);
	for (size_t i = 0; item->hex && i < len / 2; i++) {
		unsigned byte;

		assert_int_equal(sscanf(item->value + 2 * i, "%2x", &byte), 1);
		value[i] = (char)byte;
	}
	assert_int_equal(side_store(s, key, key_len, value, item->hex ? len / 2 : len, NULL, NULL), ST_OK);
}

/* A GDBM file in memory.  The order of its records is that of their hashes. */
static int
make_gdbm(const struct item *items, size_t count)
{
	int fd = memfd_create("gdbm", MFD_CLOEXEC);
	struct side *s;

	assert_int_equal(side_create(fd, "gdbm", NULL), ST_OK);
	assert_int_equal(side_open(&s, fd, SIDE_WRITE, "gdbm", NULL), ST_OK);
	for (size_t i = 0; i < count; i++)
		store_item(s, &items[i]);
	assert_int_equal(side_finish(s, NULL), ST_OK);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static const char *
read_gdbm(const char *format, const char *realm, const struct item *items, size_t count)
{
	int fd = make_gdbm(items, count);
	struct fault f;
	enum status st;
	const char *out = import_transcript_fd(format, realm, fd, &st, &f);

	assert_int_equal(st, ST_OK);
	close(fd);
	return out;
}

static const char *
read_item(const char *format, const char *realm, const char *key, const char *value, bool hex)
{
	return read_gdbm(format, realm, &(struct item){key, value, hex}, 1);
}

static const struct {
	const char *format, *realm, *key, *value;
	bool hex;
	const char *out;
} records[] = {
	{"sasldb", NULL, "ann/Example.ORG/userPassword", "ho:ge\n", false, "1 ann@Example.ORG pw=ho:ge\\n\n"},
	{"sasldb", "example.org", "ann/Example.ORG/userPassword", "hoge", false, "1 ann@Example.ORG pw=hoge\n"},
	{"sasldb", "r", "ann//userPassword", "hoge", false, "1 ann@r pw=hoge\n"},
	{"sasldb", "r", "ann/s/userPassword", "hoge", false,
	    "1 bad realm: \"r\" was asked for, but the user name says \"s\"\n"},
	{"sasldb", NULL, "ann/Example.ORG/cmusaslsecretCRAM-MD5", CRAM, true, "1 ann@Example.ORG CRAM-MD5=" CRAM "\n"},
	{"sasldb", NULL, "ann/Example.ORG/cmusaslsecretDIGEST-MD5", DIGEST, true,
	    "1 ann@Example.ORG DIGEST-MD5=" DIGEST " Example.ORG\n"},
	{"sasldb", NULL, "ann/Example.ORG/cmusaslsecretPLAIN", SMD5, true, "1 ann@Example.ORG PLAIN=smd5 " SMD5 "\n"},
	{"sasldb", NULL, "ann/r/authPassword", "SCRAM-SHA-256$" SCRAM, false, "1 ann@r SCRAM-SHA-256=" SCRAM "\n"},
	{"sasldb", NULL, "ann/r/cmusaslsecretOTP", "x", false, "1 lost ann@r: cmusaslsecretOTP\n"},
	{"sasldb", NULL, "ann/r/homeDirectory", "/h\n", false, "1 ann@r property homeDirectory=/h\\n\n"},
	{"sasldb", "r", "ann//cmusaslsecretDIGEST-MD5", DIGEST, true,
	    "1 lost ann@r: DIGEST-MD5, which was made without a realm\n"},

	{"sasldb", NULL, "ann/r/userPassword", "", false, "1 bad ann@r: password: is empty\n"},
	{"sasldb", NULL, "ann/r/userPassword", "686fff", true, "1 bad ann@r: password: is not UTF-8\n"},
	{"sasldb", NULL, "ann/r/userPassword", "680067", true, "1 bad ann@r: password: holds a NUL byte\n"},
	{"sasldb", NULL, "ann/r/cmusaslsecretCRAM-MD5", DIGEST, true,
	    "1 bad ann@r: CRAM-MD5: is 16 bytes and not 32\n"},
	{"sasldb", NULL, "ann/r/cmusaslsecretDIGEST-MD5", CRAM, true,
	    "1 bad ann@r: DIGEST-MD5: is 32 bytes and not 16\n"},
	{"sasldb", NULL, "ann/r/cmusaslsecretPLAIN", CRAM "ff", true, "1 bad ann@r: PLAIN: neither crypt nor smd5\n"},
	{"sasldb", NULL, "ann/r/authPassword", "hoge", false,
	    "1 bad ann@r: verifier: is not SCRAM-SHA-...$iterations:salt$StoredKey:ServerKey\n"},
	{"sasldb", NULL, "ann/r/a property", "x", false,
	    "1 bad ann@r: property: a name is 1 to 255 printable ASCII characters without a space\n"},
	{"sasldb", NULL, "ann/r/", "x", false,
	    "1 bad ann@r: property: a name is 1 to 255 printable ASCII characters without a space\n"},
	{"sasldb", NULL, "a@b/r/userPassword", "hoge", false, "1 bad user: holds an @\n"},
	{"sasldb", NULL, "/r/userPassword", "hoge", false, "1 bad user: is empty\n"},
	{"sasldb", NULL, "ann/r", "hoge", false,
	    "1 bad key: is not a user, a realm and a property with NUL bytes between them\n"},
	{"sasldb", NULL, "ann", "hoge", false,
	    "1 bad key: is not a user, a realm and a property with NUL bytes between them\n"},
	{"sasldb", NULL, "ann/r/userPassword/", "hoge", false,
	    "1 bad key: is not a user, a realm and a property with NUL bytes between them\n"},
	{"sasldb", NULL, "ann/r", "gsasldb 1 00000000\n", false,
	    "1 bad input: is a gsasldb database: use \"gsasldb export\", and import what it writes\n"},

	{"sasldb1", NULL, "ann/Example.ORG/CRAM-MD5", CRAM, true, "1 ann@Example.ORG CRAM-MD5=" CRAM "\n"},
	{"sasldb1", NULL, "ann/Example.ORG/DIGEST-MD5", DIGEST, true,
	    "1 ann@Example.ORG DIGEST-MD5=" DIGEST " Example.ORG\n"},
	{"sasldb1", NULL, "ann/r/PLAIN", SMD5, true, "1 ann@r PLAIN=smd5 " SMD5 "\n"},
	{"sasldb1", NULL, "ann/r/PLAIN-APOP", "3031323334353637383961626364656600686f6765", true, "1 ann@r pw=hoge\n"},
	{"sasldb1", NULL, "ann/r/PLAIN-APOP", "30313233", true, "1 bad ann@r: PLAIN-APOP: is cut off\n"},
	{"sasldb1", NULL, "ann/r/PLAIN-APOP", "3031323334353637383961626364656600", true,
	    "1 bad ann@r: password: is empty\n"},
	{"sasldb1", NULL, "ann/r/SCRAM-MD5", "x", false, "1 lost ann@r: SCRAM-MD5\n"},
	{"sasldb1", NULL, "//CRAM-MD5", "", false, ""},
	{"sasldb1", NULL, "ann/r/CRAM-MD5", DIGEST, true, "1 bad ann@r: CRAM-MD5: is 16 bytes and not 32\n"},
	{"sasldb1", NULL, "ann/r/userPassword", "hoge", false,
	    "1 bad ann@r: has properties as SASL 2 has them: use --format sasldb\n"},
	/* the same file, recognised */
	{"sasldb", NULL, "ann/r/PLAIN", SMD5, true, "1 ann@r PLAIN=smd5 " SMD5 "\n"},
	{"sasldb", NULL, "ann/r/SCRAM-MD5", "x", false, "1 lost ann@r: SCRAM-MD5\n"},
};

static void
reads_gdbm_files(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(records); i++)
		assert_string_equal(read_item(records[i].format, records[i].realm, records[i].key, records[i].value,
		    records[i].hex), records[i].out);
}

static const struct item ann[] = {
	{"ann/Example.ORG/userPassword", "hoge", false},
	{"ann/Example.ORG/cmusaslsecretCRAM-MD5", CRAM, true},
	{"ann/Example.ORG/cmusaslsecretDIGEST-MD5", DIGEST, true},
	{"ann/Example.ORG/cmusaslsecretPLAIN", SMD5, true},
	{"ann/Example.ORG/authPassword", "SCRAM-SHA-256$" SCRAM, false},
};

static void
takes_secrets_that_verify(void **state)
{
	const char *out;

	(void)state;
	import_password = "hoge";
	out = read_gdbm("sasldb", NULL, ann, COUNT(ann));
	import_password = NULL;
	assert_non_null(strstr(out, "pw=hoge\n"));
	assert_non_null(strstr(out, "CRAM-MD5 right\n"));
	assert_non_null(strstr(out, "DIGEST-MD5 right\n"));
	assert_non_null(strstr(out, "PLAIN right\n"));
	assert_non_null(strstr(out, "SCRAM-SHA-256 right\n"));
	assert_null(strstr(out, "WRONG"));
	assert_null(strstr(out, "bad"));
}

/* Of many records that are not ours only the first is said. */
static void
stops_at_our_own_database(void **state)
{
	struct item items[20];
	char keys[20][16];

	(void)state;
	for (size_t i = 0; i < COUNT(items); i++) {
		snprintf(keys[i], sizeof keys[i], "user%zu/r", i);
		items[i] = (struct item){keys[i], "gsasldb 1 00000000\n", false};
	}
	assert_string_equal(read_gdbm("sasldb", NULL, items, COUNT(items)),
	    "1 bad input: is a gsasldb database: use \"gsasldb export\", and import what it writes\n");
}

static void
refuses_damaged_files(void **state)
{
	int fd = make_gdbm(ann, COUNT(ann));
	struct fault f;
	enum status st;
	const char *out;

	(void)state;
	assert_int_equal(ftruncate(fd, 5000), 0);
	out = import_transcript_fd("sasldb", NULL, fd, &st, &f);
	assert_int_equal(st, ST_OK);
	assert_memory_equal(out, "0 bad input: is damaged", 23);
	assert_int_equal(ftruncate(fd, 4), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	out = import_transcript_fd("sasldb", NULL, fd, &st, &f);
	assert_int_equal(st, ST_OK);
	assert_memory_equal(out, "0 bad input: ", 13);
	close(fd);
}

static void
refuses_other_files(void **state)
{
	static const char berkeley[] = "aaaabbbbcccc\x61\x15\x06\x00", lmdb[] = "aaaabbbbccccdddd\xde\xc0\xef\xbe";
	static const char neither[] = "0 bad input: is neither a GDBM file nor what db_dump or mdb_dump writes\n";
	int fds[2];
	enum status st;
	struct fault f;

	(void)state;
	assert_string_equal(import_transcript("sasldb", NULL, berkeley, sizeof berkeley - 1),
	    "0 bad input: is a Berkeley DB file: pipe it through db_dump\n");
	assert_string_equal(import_transcript("sasldb1", NULL, lmdb, sizeof lmdb - 1),
	    "0 bad input: is an LMDB file: pipe it through \"mdb_dump -n\"\n");
	assert_string_equal(import_transcript("sasldb", NULL, "ann:hoge\n", 9), neither);
	assert_string_equal(import_transcript("sasldb", NULL, "", 0), neither);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "\xcf\x9a\x57\x13", 4), 4);
	close(fds[1]);
	assert_string_equal(import_transcript_fd("sasldb", NULL, fds[0], &st, &f),
	    "0 bad input: is a GDBM file, which cannot be read from a pipe: give its name\n");
	assert_int_equal(st, ST_OK);
	close(fds[0]);
}

/* A lock that somebody else has is waited for, but not for ever. */
static void
respects_a_lock(void **state)
{
	int fd = make_gdbm(ann, 1), other;
	char path[64];
	struct fault f;
	enum status st;

	(void)state;
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	other = open(path, O_RDWR | O_CLOEXEC);
	assert_true(other >= 0);
	assert_int_equal(flock(other, LOCK_SH), 0);
	assert_string_equal(import_transcript_fd("sasldb", NULL, fd, &st, &f), "1 ann@Example.ORG pw=hoge\n");
	assert_int_equal(flock(other, LOCK_EX | LOCK_NB), 0);	/* it was given back */
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_string_equal(import_transcript_fd("sasldb", NULL, fd, &st, &f), "");
	assert_int_equal(st, ST_BUSY);
	close(other);
	close(fd);
}

/* ---- dumps ---- */

#define BDB "VERSION=3\nformat=bytevalue\ntype=hash\ndb_pagesize=4096\nHEADER=END\n"
#define BDB_P "VERSION=3\nformat=print\ntype=hash\ndb_pagesize=4096\nHEADER=END\n"
#define MDB "VERSION=3\nformat=bytevalue\ntype=btree\nmapsize=1048576\nmaxreaders=126\ndb_pagesize=4096\nHEADER=END\n"
#define MDB_P "VERSION=3\nformat=print\ntype=btree\nmapsize=1048576\nmaxreaders=126\ndb_pagesize=4096\nHEADER=END\n"
#define ANN " 616e6e004578616d706c652e4f5247007573657250617373776f7264\n"
#define ANN_P " ann\\00Example.ORG\\00userPassword\n"
#define END "DATA=END\n"
#define CUT "dump: is cut off, there is no DATA=END\n"
#define BACKSLASH "mdb_dump -p does not write a backslash unmistakably: dump it without -p\n"

static const struct example dumps[] = {
	/* saslpasswd2 (2.1.28), then db_dump and db_dump -p (5.3.28); mdb_load, then mdb_dump -n (0.9.24) */
	{"sasldb", NULL, BDB ANN " 686f6765\n" END, "6 ann@Example.ORG pw=hoge\n"},
	{"sasldb", NULL, BDB_P ANN_P " hoge\n" END, "6 ann@Example.ORG pw=hoge\n"},
	{"sasldb", NULL, MDB ANN " 686f6765\n" END, "8 ann@Example.ORG pw=hoge\n"},
	{"sasldb", NULL, MDB_P ANN_P " hoge\n" END, "8 ann@Example.ORG pw=hoge\n"},
	/* the same with the password ho\ge LF */
	{"sasldb", NULL, BDB ANN " 686f5c67650a\n" END, "6 ann@Example.ORG pw=ho\\\\ge\\n\n"},
	{"sasldb", NULL, BDB_P ANN_P " ho\\\\ge\\0a\n" END, "6 ann@Example.ORG pw=ho\\\\ge\\n\n"},
	{"sasldb", NULL, MDB_P ANN_P " ho\\ge\\0a\n" END, "9 bad dump: " BACKSLASH},
	{"sasldb", NULL, MDB_P ANN_P " ho\\\\ge\n" END, "9 bad dump: " BACKSLASH},
	{"sasldb", NULL, MDB_P ANN_P " hoge\\0a\n" END, "8 bad ann@example.org: " BACKSLASH},
	/* bytes that have one length cannot be taken for others */
	{"sasldb", NULL, MDB_P " a\\00r\\00cmusaslsecretDIGEST-MD5\n 0123456789abcde\\ff\n" END,
	    "8 a@r DIGEST-MD5=303132333435363738396162636465ff r\n"},
	{"sasldb", NULL, MDB_P " a\\00r\\00cmusaslsecretOTP\n x\\0a\n" END, "8 lost a@r: cmusaslsecretOTP\n"},

	{"sasldb", NULL, BDB END, ""},
	{"sasldb", NULL, BDB ANN " 686f6765\n" END BDB_P ANN_P " x\n" END,
	    "6 ann@Example.ORG pw=hoge\n14 ann@Example.ORG pw=x\n"},
	{"sasldb", NULL, "VERSION=3\r\nformat=print\r\nHEADER=END\r\n a\\00r\\00userPassword\r\n x\r\nDATA=END\r\n",
	    "4 a@r pw=x\n"},
	{"sasldb", NULL, BDB_P ANN_P " \n" END, "6 bad ann@example.org: password: is empty\n"},
	{"sasldb", NULL, BDB_P " ann\n x\n" ANN_P " hoge\n" END,
	    "6 bad key: is not a user, a realm and a property with NUL bytes between them\n"
	    "8 ann@Example.ORG pw=hoge\n"},
	{"sasldb", NULL, BDB_P " ann\\00r\n gsasldb 1 00000000\\0a\n" ANN_P " hoge\n" END,
	    "6 bad input: is a gsasldb database: use \"gsasldb export\", and import what it writes\n"},
	{"sasldb1", NULL, BDB_P " a\\00r\\00PLAIN\n 0123456789abcdef\\000123456789abcdef\n" END,
	    "6 a@r PLAIN=smd5 303132333435363738396162636465660030313233343536373839616263646566\n"},

	{"sasldb", NULL, BDB ANN " 686f6765\n", "6 ann@Example.ORG pw=hoge\n7 bad " CUT},
	{"sasldb", NULL, BDB ANN, "6 bad " CUT},
	{"sasldb", NULL, BDB ANN END, "7 bad dump: a key has no value\n"},
	{"sasldb", NULL, "VERSION=3\nformat=print\n", "2 bad dump: is cut off in its header\n"},
	{"sasldb", NULL, "VERSION=3\nformat=octal\nHEADER=END\n" END, "2 bad dump: its format is neither bytevalue nor print\n"},
	{"sasldb", NULL, "VERSION=3\nkeys=0\nHEADER=END\n" END, "2 bad dump: is without keys\n"},
	{"sasldb", NULL, "VERSION=3\nhoge\nHEADER=END\n" END, "2 bad dump: a line of the header is not NAME=VALUE\n"},
	{"sasldb", NULL, BDB END "more\n", "7 bad dump: does not begin with VERSION=3\n"},
	{"sasldb", NULL, BDB "ann\n" END, "6 bad dump: a line of data does not begin with a space\n"},
	{"sasldb", NULL, BDB "\n" END, "6 bad dump: a line of data does not begin with a space\n"},
	{"sasldb", NULL, BDB ANN " 686\n" ANN " 6G\n" ANN " zz\n zz\n 6f\n" ANN " 6f\n" END,
	    "7 bad dump: is not hex digits\n9 bad dump: is not hex digits\n11 bad dump: is not hex digits\n"
	    "12 bad dump: is not hex digits\n14 ann@Example.ORG pw=o\n"},
	{"sasldb", NULL, BDB_P ANN_P " \\\n" ANN_P " \\0\n" ANN_P " \\61\n" ANN_P " \\zz\n" END,
	    "7 bad dump: an escape is wrong\n9 bad dump: an escape is wrong\n11 bad dump: an escape is wrong\n"
	    "13 bad dump: an escape is wrong\n"},
};

static void
reads_dumps(void **state)
{
	(void)state;
	import_check(dumps, COUNT(dumps));
}

/* A key or a value that is too long costs its record and no other. */
static void
bounds_dumps(void **state)
{
	static char text[2 * INPUT_LINE_MAX];
	size_t len;

	(void)state;
	strcpy(text, BDB_P ANN_P " ");
	len = strlen(text);
	memset(text + len, 'x', INPUT_LINE_MAX + 1);
	strcpy(text + len + INPUT_LINE_MAX + 1, "\n" ANN_P " hoge\n" END);
	assert_string_equal(import_transcript("sasldb", NULL, text, strlen(text)),
	    "7 bad line: longer than 1000000 bytes\n8 ann@Example.ORG pw=hoge\n");

	strcpy(text, BDB_P " ");
	len = strlen(text);
	memset(text + len, 'x', 2000);
	strcpy(text + len + 2000, "\n x\n" ANN_P " hoge\n" END);
	assert_string_equal(import_transcript("sasldb", NULL, text, strlen(text)),
	    "6 bad key: is too long for a user's\n8 ann@Example.ORG pw=hoge\n");

	strcpy(text, "VERSION=3\nx=");
	memset(text + 12, 'x', INPUT_LINE_MAX);
	strcpy(text + 12 + INPUT_LINE_MAX, "\nHEADER=END\n" END);
	assert_string_equal(import_transcript("sasldb", NULL, text, strlen(text)),
	    "2 bad line: longer than 1000000 bytes\n");
}

static void
ends_when_the_sink_says_no(void **state)
{
	int fd = make_gdbm(ann, COUNT(ann));
	struct fault f;
	enum status st;

	(void)state;
	/* even with what would be said of a damaged file, or means "enough" here */
	for (unsigned i = 0; i < 3; i++) {
		import_sink_answer = i == 0 ? ST_CORRUPT : i == 1 ? ST_NOTFOUND : ST_IO;
		import_transcript_fd("sasldb", NULL, fd, &st, &f);
		assert_int_equal(st, import_sink_answer);
		assert_string_equal(f.text, "the sink says no");
		assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	}
	import_sink_answer = ST_OK;
	close(fd);
}

static void
reports_no_memory(void **state)
{
	static const struct item items[] = {
		{"ann/Example.ORG/cmusaslsecretCRAM-MD5", CRAM, true},
		{"ann/Example.ORG/homeDirectory", "/h", false},
	};
	static const char dump[] = BDB ANN " 686f6765\n" END;
	char bytes[65536];
	ssize_t len;
	int fd = make_gdbm(items, COUNT(items));

	(void)state;
	len = read(fd, bytes, sizeof bytes);
	assert_true(len > 0);
	import_check_memory("sasldb", bytes, (size_t)len);
	import_check_memory("sasldb", dump, sizeof dump - 1);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_gdbm_files),
	    cmocka_unit_test(takes_secrets_that_verify),
	    cmocka_unit_test(stops_at_our_own_database),
	    cmocka_unit_test(refuses_damaged_files),
	    cmocka_unit_test(refuses_other_files),
	    cmocka_unit_test(respects_a_lock),
	    cmocka_unit_test(reads_dumps),
	    cmocka_unit_test(bounds_dumps),
	    cmocka_unit_test(ends_when_the_sink_says_no),
	    cmocka_unit_test(reports_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
