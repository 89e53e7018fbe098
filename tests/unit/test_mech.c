/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_mech: the tables of mechanisms and schemes, and the lists that name them.
 */
#include <config.h>

#include <crypt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mech.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct mech_case {
	enum mech mech;
	const char *name, *property, *digest;
	unsigned bytes, iterations;
	bool weak, readable;
};

static const struct mech_case mech_cases[] = {
	{MECH_CLEARTEXT, "CLEARTEXT", "userPassword", NULL, 0, 0, true, true},
	{MECH_CRAM_MD5, "CRAM-MD5", "cmusaslsecretCRAM-MD5", NULL, 0, 0, true, false},
	{MECH_DIGEST_MD5, "DIGEST-MD5", "cmusaslsecretDIGEST-MD5", NULL, 0, 0, true, false},
	{MECH_PLAIN, "PLAIN", "cmusaslsecretPLAIN", NULL, 0, 0, false, false},
	{MECH_SCRAM_SHA_1, "SCRAM-SHA-1", "authPassword", "SHA1", 20, 4096, false, false},
	{MECH_SCRAM_SHA_224, "SCRAM-SHA-224", "authPassword", "SHA224", 28, 10000, false, false},
	{MECH_SCRAM_SHA_256, "SCRAM-SHA-256", "authPassword", "SHA256", 32, 10000, false, false},
	{MECH_SCRAM_SHA_384, "SCRAM-SHA-384", "authPassword", "SHA384", 48, 10000, false, false},
	{MECH_SCRAM_SHA_512, "SCRAM-SHA-512", "authPassword", "SHA512", 64, 10000, false, false},
};

static void
has_the_table(void **state)
{
	(void)state;
	assert_int_equal(COUNT(mech_cases), MECH_COUNT);
	for (size_t i = 0; i < COUNT(mech_cases); i++) {
		const struct mech_case *c = &mech_cases[i];
		const struct mech_info *info = mech_info(c->mech);

		assert_int_equal(c->mech, i);
		assert_string_equal(info->name, c->name);
		assert_string_equal(info->property, c->property);
		if (c->digest != NULL)
			assert_string_equal(info->digest, c->digest);
		assert_int_equal(info->digest_bytes, c->bytes);
		assert_int_equal(info->iterations, c->iterations);
		assert_int_equal(info->weak, c->weak);
		assert_int_equal(info->readable, c->readable);
	}
}

static void
finds_names(void **state)
{
	enum mech mech;

	(void)state;
	for (size_t i = 0; i < MECH_COUNT; i++) {
		assert_true(mech_find(mech_cases[i].name, strlen(mech_cases[i].name), &mech));
		assert_int_equal(mech, i);
	}
	assert_true(mech_find("scram-sha-1", 11, &mech));
	assert_int_equal(mech, MECH_SCRAM_SHA_1);
	assert_true(mech_find("Login", 5, &mech));
	assert_int_equal(mech, MECH_PLAIN);
	assert_true(mech_find("PLAIN:x", 5, &mech));
	assert_false(mech_find("PLAIN", 4, &mech));
	assert_false(mech_find("PLAINS", 6, &mech));
	assert_false(mech_find("", 0, &mech));
	assert_false(mech_find("GSSAPI", 6, &mech));
}

struct scheme_case {
	const char *text, *name;
	bool makes, weak;
	unsigned password_max;
};

static const struct scheme_case scheme_cases[] = {
	{"$y$j9T$salt$hash", "yescrypt", true, false, 511},
	{"$gy$j9T$salt$hash", "gost-yescrypt", true, false, 511},
	{"$7$CU..../....salt$hash", "scrypt", true, false, 511},
	{"$2b$10$x", "bcrypt", true, false, 72},
	{"$2y$10$x", "bcrypt", false, false, 72},
	{"$2a$10$x", "bcrypt", false, false, 72},
	{"$6$salt$hash", "sha512crypt", true, false, 511},
	{"$5$salt$hash", "sha256crypt", true, false, 511},
	{"$1$salt$hash", "md5crypt", false, true, 511},
	{"ab0123456789.", "descrypt", false, true, 8},
	{"$2x$10$x", "bcrypt", false, false, 72},
	{"$sha1$1$salt$hash", "sha1crypt", false, true, 511},
	{"$md5$salt$hash", "sunmd5", false, true, 511},
	{"_J9..rasmBYk8r9AiWNc", "bsdicrypt", false, true, 511},
	{"$3$$hash", "nt", false, true, 511},
	{"$9$hash", "crypt", false, true, 511},
	{"", "crypt", false, true, 511},
};

static void
knows_schemes(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(scheme_cases); i++) {
		const struct scheme_case *c = &scheme_cases[i];
		const struct scheme_info *scheme = mech_scheme_of(c->text);

		assert_string_equal(scheme->name, c->name);
		assert_int_equal(scheme->makes, c->makes);
		assert_int_equal(scheme->weak, c->weak);
		assert_int_equal(scheme->password_max, c->password_max);
	}
	assert_string_equal(mech_scheme_find("BCRYPT", 6)->prefix, "$2b$");
	assert_null(mech_scheme_find("smd5", 4)->prefix);
	assert_true(mech_scheme_find("smd5", 4)->weak);
	assert_null(mech_scheme_find("bcrypt", 5));
	assert_null(mech_scheme_find("crypt", 5));
	assert_string_equal(mech_scheme_default()->prefix, crypt_preferred_method());
	assert_true(mech_scheme_default()->makes);
}

/* ---- costs ---- */

struct cost_case {
	const char *text;
	const char *words;	/* NULL: within the bound */
};

/* The numbers of scrypt and yescrypt are written by a program of its own, not by libxcrypt. */
static const struct cost_case cost_cases[] = {
	{"$2b$13$abcdefghijklmnopqrstuu", NULL},
	{"$2b$14$abcdefghijklmnopqrstuu", "bcrypt cost 14 is above the bound of 13"},
	{"$2a$13$abcdefghijklmnopqrstuu", NULL},
	{"$2a$14$abcdefghijklmnopqrstuu", "bcrypt cost 14 is above the bound of 13"},
	{"$2y$13$abcdefghijklmnopqrstuu", NULL},
	{"$2y$14$abcdefghijklmnopqrstuu", "bcrypt cost 14 is above the bound of 13"},
	{"$2x$13$abcdefghijklmnopqrstuu", NULL},
	{"$2x$14$abcdefghijklmnopqrstuu", "bcrypt cost 14 is above the bound of 13"},
	{"$2b$31$abcdefghijklmnopqrstuu", "bcrypt cost 31 is above the bound of 13"},
	{"$2b$00$", NULL},
	{"$2b$", "the bcrypt string has parameters that are not taken"},
	{"$2b$1$abc", "the bcrypt string has parameters that are not taken"},
	{"$2b$1", "the bcrypt string has parameters that are not taken"},
	{"$2b$010$abc", "the bcrypt string has parameters that are not taken"},
	{"$2b$+9$abc", "the bcrypt string has parameters that are not taken"},
	{"$2b$ 9$abc", "the bcrypt string has parameters that are not taken"},
	{"$2b$:0$abc", "the bcrypt string has parameters that are not taken"},
	{"$2b$0:$abc", "the bcrypt string has parameters that are not taken"},
	{"$6$salt$hash", NULL},
	{"$6$", NULL},
	{"$6$Rounds=9$hash", NULL},
	{"$6$rounds=656000$salt$hash", NULL},
	{"$6$rounds=656001$salt$hash", "sha512crypt rounds 656001 are above the bound of 656000"},
	{"$6$rounds=999999999$salt$hash", "sha512crypt rounds 999999999 are above the bound of 656000"},
	{"$6$rounds=$salt", "the sha512crypt string has parameters that are not taken"},
	{"$6$rounds=5000", "the sha512crypt string has parameters that are not taken"},
	{"$6$rounds=5000x$s", "the sha512crypt string has parameters that are not taken"},
	{"$6$rounds=05000$s", "the sha512crypt string has parameters that are not taken"},
	{"$6$rounds=-5000$s", "the sha512crypt string has parameters that are not taken"},
	{"$6$rounds=+5000$s", "the sha512crypt string has parameters that are not taken"},
	{"$6$rounds= 5000$s", "the sha512crypt string has parameters that are not taken"},
	{"$6$rounds=0x99$s", "the sha512crypt string has parameters that are not taken"},
	{"$6$rounds=18446744073709556616$s", "the sha512crypt string has parameters that are not taken"},
	{"$6$rounds=10000000001$s", "the sha512crypt string has parameters that are not taken"},
	{"$5$salt$hash", NULL},
	{"$5$", NULL},
	{"$5$Rounds=9$hash", NULL},
	{"$5$rounds=535000$salt$hash", NULL},
	{"$5$rounds=535001$salt$hash", "sha256crypt rounds 535001 are above the bound of 535000"},
	{"$5$rounds=999999999$salt$hash", "sha256crypt rounds 999999999 are above the bound of 535000"},
	{"$5$rounds=$salt", "the sha256crypt string has parameters that are not taken"},
	{"$5$rounds=5000", "the sha256crypt string has parameters that are not taken"},
	{"$5$rounds=5000x$s", "the sha256crypt string has parameters that are not taken"},
	{"$5$rounds=05000$s", "the sha256crypt string has parameters that are not taken"},
	{"$5$rounds=-5000$s", "the sha256crypt string has parameters that are not taken"},
	{"$5$rounds=+5000$s", "the sha256crypt string has parameters that are not taken"},
	{"$5$rounds= 5000$s", "the sha256crypt string has parameters that are not taken"},
	{"$5$rounds=0x99$s", "the sha256crypt string has parameters that are not taken"},
	{"$5$rounds=18446744073709556616$s", "the sha256crypt string has parameters that are not taken"},
	{"$5$rounds=10000000001$s", "the sha256crypt string has parameters that are not taken"},
	{"$sha1$480000$salt$hash", NULL},
	{"$sha1$480001$salt$hash", "sha1crypt rounds 480001 are above the bound of 480000"},
	{"$sha1$4294967295$salt$hash", "sha1crypt rounds 4294967295 are above"},
	{"$sha1$", "the sha1crypt string has parameters that are not taken"},
	{"$sha1$$salt$hash", "the sha1crypt string has parameters that are not taken"},
	{"$sha1$0$salt$hash", "the sha1crypt string has parameters that are not taken"},
	{"$sha1$-1$salt$hash", "the sha1crypt string has parameters that are not taken"},
	{"$sha1$ 5$salt$hash", "the sha1crypt string has parameters that are not taken"},
	{"$sha1$5", "the sha1crypt string has parameters that are not taken"},
	{"$sha1$05$salt", "the sha1crypt string has parameters that are not taken"},
	{"$sha1$5x$salt", "the sha1crypt string has parameters that are not taken"},
	{"$sha1$18446744073709551617$salt", "the sha1crypt string has parameters that are not taken"},
	{"$sha1$5$ssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssss$hash", NULL},
	{"$sha1$5$sssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssss$hash", "the sha1crypt string has parameters that are not taken"},
	{"$md5$salt$hash", NULL},
	{"$md5$salt$$hash", NULL},
	{"$md5,rounds=245904$salt$hash", NULL},
	{"$md5$rounds=245904$salt$hash", NULL},
	{"$md5,rounds=245905$salt$hash", "sunmd5 rounds 250001 are above the bound of 250000"},
	{"$md5$rounds=245905$salt$hash", "sunmd5 rounds 250001 are above the bound of 250000"},
	{"$md5,rounds=4294967295$salt$hash", "sunmd5 rounds 4294971391 are above"},
	{"$md5", "the sunmd5 string has parameters that are not taken"},
	{"$md5x$salt", "the sunmd5 string has parameters that are not taken"},
	{"$md5,salt$hash", "the sunmd5 string has parameters that are not taken"},
	{"$md5,", "the sunmd5 string has parameters that are not taken"},
	{"$md5,rounds=$salt", "the sunmd5 string has parameters that are not taken"},
	{"$md5,rounds=0$salt", "the sunmd5 string has parameters that are not taken"},
	{"$md5$rounds=-1$salt", "the sunmd5 string has parameters that are not taken"},
	{"$md5$rounds=9", "the sunmd5 string has parameters that are not taken"},
	{"_.7o1salthashhashhas", NULL},
	{"_/7o1salthashhashhas", "bsdicrypt rounds 1000001 are above the bound of 1000000"},
	{"_zzzzsalthashhashhas", "bsdicrypt rounds 16777215 are above"},
	{"_J9..rasmBYk8r9AiWNc", NULL},
	{"_", "the bsdicrypt string has parameters that are not taken"},
	{"_zzz", "the bsdicrypt string has parameters that are not taken"},
	{"_J9.:rasm", "the bsdicrypt string has parameters that are not taken"},
	{"$1$salt$hash", NULL},
	{"$3$$hash", NULL},
	{"ab0123456789.", NULL},
	{"$9$rounds=1$salt$hash", "what it costs to check this crypt(3) string is not known"},
	{"", "is not known"},
	{"$sm3$salt$hash", "is not known"},
	{"$7$CU..../....saltsaltsaltsalt$", NULL},
	{"$7$H/..../....saltsaltsaltsalt$", NULL},
	{"$7$E6..../....saltsaltsaltsalt$", NULL},
	{"$7$B/...../...saltsaltsaltsalt$", NULL},
	{"$7$B./.../....saltsaltsaltsalt$", NULL},
	{"$7$5./..../...saltsaltsaltsalt$", NULL},
	{"$7$D6....0....saltsaltsaltsalt$", NULL},
	{"$7$DU..../....saltsaltsaltsalt$", "scrypt work of 131072 kB is above the bound of 65536 kB"},
	{"$7$CV..../....saltsaltsaltsalt$", "scrypt work of 67584 kB is above the bound of 65536 kB"},
	{"$7$CU....0....saltsaltsaltsalt$", "scrypt work of 131072 kB is above the bound of 65536 kB"},
	{"$7$I/..../....saltsaltsaltsalt$", "scrypt work of 131072 kB is above the bound of 65536 kB"},
	{"$7$6./..../...saltsaltsaltsalt$", "scrypt work of 131072 kB is above the bound of 65536 kB"},
	{"$7$I6..../....saltsaltsaltsalt$", "scrypt work of 1048576 kB is above the bound of 65536 kB"},
	{"$7$z/..../....saltsaltsaltsalt$", "scrypt work of 536870912 kB is above"},
	{"$7$U./..../...saltsaltsaltsalt$", "scrypt work of 2199023255552 kB is above"},
	{"$7$.U..../....saltsaltsaltsalt$", "the scrypt string has parameters that are not taken"},
	{"$7$C...../....saltsaltsaltsalt$", "the scrypt string has parameters that are not taken"},
	{"$7$CU.........saltsaltsaltsalt$", "the scrypt string has parameters that are not taken"},
	{"$7$///.../....saltsaltsaltsalt$", "the scrypt string has parameters that are not taken"},
	{"$7$//....//...saltsaltsaltsalt$", "the scrypt string has parameters that are not taken"},
	{"$7$/zzzzz/....saltsaltsaltsalt$", "the scrypt string has parameters that are not taken"},
	{"$7$//....zzzzzsaltsaltsaltsalt$", "the scrypt string has parameters that are not taken"},
	{"$7$", "the scrypt string has parameters that are not taken"},
	{"$7$C", "the scrypt string has parameters that are not taken"},
	{"$7$CU...", "the scrypt string has parameters that are not taken"},
	{"$7$CU..../...", "the scrypt string has parameters that are not taken"},
	{"$7$:U..../....salt", "the scrypt string has parameters that are not taken"},
	{"$7$CU...:/....salt", "the scrypt string has parameters that are not taken"},
	{"$7$C$..../....salt", "the scrypt string has parameters that are not taken"},
	{"$y$jBT$V3KMV3KMV3KMV3KMV3KMV3KM$", NULL},
	{"$y$j9T$V3KMV3KMV3KMV3KMV3KMV3KM$", NULL},
	{"$y$jG.$V3KMV3KMV3KMV3KMV3KMV3KM$", NULL},
	{"$y$jAkD$V3KMV3KMV3KMV3KMV3KMV3KM$", NULL},
	{"$y$jAT..$V3KMV3KMV3KMV3KMV3KMV3KM$", NULL},
	{"$y$jAT/.$V3KMV3KMV3KMV3KMV3KMV3KM$", NULL},
	{"$y$j9T/0$V3KMV3KMV3KMV3KMV3KMV3KM$", NULL},
	{"$y$j9T0..$V3KMV3KMV3KMV3KMV3KMV3KM$", NULL},
	{"$y$j4kD.kC$V3KMV3KMV3KMV3KMV3KMV3KM$", NULL},
	{"$y$jA./kC$V3KMV3KMV3KMV3KMV3KMV3KM$", NULL},
	{"$y$.BT$V3KMV3KMV3KMV3KMV3KMV3KM$", NULL},
	{"$y$/BT$V3KMV3KMV3KMV3KMV3KMV3KM$", NULL},
	{"$y$nFBT$V3KMV3KMV3KMV3KMV3KMV3KM$", NULL},
	{"$y$jCT$V3KMV3KMV3KMV3KMV3KMV3KM$", "yescrypt work of 131072 kB is above the bound of 65536 kB"},
	{"$y$jBU$V3KMV3KMV3KMV3KMV3KMV3KM$", "yescrypt work of 67584 kB is above the bound of 65536 kB"},
	{"$y$jBT..$V3KMV3KMV3KMV3KMV3KMV3KM$", "yescrypt work of 131072 kB is above the bound of 65536 kB"},
	{"$y$jBT/.$V3KMV3KMV3KMV3KMV3KMV3KM$", "yescrypt work of 131072 kB is above the bound of 65536 kB"},
	{"$y$jAT//$V3KMV3KMV3KMV3KMV3KMV3KM$", "yescrypt work of 98304 kB is above the bound of 65536 kB"},
	{"$y$jH.$V3KMV3KMV3KMV3KMV3KMV3KM$", "yescrypt work of 131072 kB is above the bound of 65536 kB"},
	{"$y$jA./kD$V3KMV3KMV3KMV3KMV3KMV3KM$", "yescrypt work of 66560 kB is above the bound of 65536 kB"},
	{"$y$j5kD.kC$V3KMV3KMV3KMV3KMV3KMV3KM$", "yescrypt work of 131072 kB is above the bound of 65536 kB"},
	{"$y$jU.$V3KMV3KMV3KMV3KMV3KMV3KM$", "yescrypt work of 536870912 kB is above"},
	{"$y$jkC.$V3KMV3KMV3KMV3KMV3KMV3KM$", "yescrypt work of 536870912 kB is above"},
	{"$y$jzyxvrD.$V3KMV3KMV3KMV3KMV3KMV3KM$", "above the bound"},
	{"$y$j.kE$V3KMV3KMV3KMV3KMV3KMV3KM$", "the yescrypt string has parameters that are not taken"},
	{"$y$j...kD$V3KMV3KMV3KMV3KMV3KMV3KM$", "the yescrypt string has parameters that are not taken"},
	{"$y$j../kE$V3KMV3KMV3KMV3KMV3KMV3KM$", "the yescrypt string has parameters that are not taken"},
	{"$y$j.zyxvrD$V3KMV3KMV3KMV3KMV3KMV3KM$", "the yescrypt string has parameters that are not taken"},
	{"$y$j...zyxvrC$V3KMV3KMV3KMV3KMV3KMV3KM$", "the yescrypt string has parameters that are not taken"},
	{"$y$j../zyxvrD$V3KMV3KMV3KMV3KMV3KMV3KM$", "the yescrypt string has parameters that are not taken"},
	{"$y$nG..$V3KMV3KMV3KMV3KMV3KMV3KM$", "the yescrypt string has parameters that are not taken"},
	{"$y$j9T1.$V3KMV3KMV3KMV3KMV3KMV3KM$", "the yescrypt string has parameters that are not taken"},
	{"$y$", "the yescrypt string has parameters that are not taken"},
	{"$y$j", "the yescrypt string has parameters that are not taken"},
	{"$y$j9", "the yescrypt string has parameters that are not taken"},
	{"$y$j9T", "the yescrypt string has parameters that are not taken"},
	{"$y$j9T/", "the yescrypt string has parameters that are not taken"},
	{"$y$j9T.", "the yescrypt string has parameters that are not taken"},
	{"$y$j9T/.", "the yescrypt string has parameters that are not taken"},
	{"$y$j9TE.$salt", "the yescrypt string has parameters that are not taken"},
	{"$y$j9T6.$salt", "the yescrypt string has parameters that are not taken"},
	{"$y$:9T$salt", "the yescrypt string has parameters that are not taken"},
	{"$y$j:T$salt", "the yescrypt string has parameters that are not taken"},
	{"$y$j9:$salt", "the yescrypt string has parameters that are not taken"},
	{"$y$j9T:$salt", "the yescrypt string has parameters that are not taken"},
	{"$y$j9T.:$salt", "the yescrypt string has parameters that are not taken"},
	{"$y$j9T/:$salt", "the yescrypt string has parameters that are not taken"},
	{"$y$j9T$", NULL},
	{"$y$jz....$salt", "the yescrypt string has parameters that are not taken"},
	{"$y$j9Tx$salt", "the yescrypt string has parameters that are not taken"},
	{"$y$$", "the yescrypt string has parameters that are not taken"},
	{"$gy$jBT$V3KMV3KMV3KMV3KMV3KMV3KM$", NULL},
	{"$gy$j9T$V3KMV3KMV3KMV3KMV3KMV3KM$", NULL},
	{"$gy$jG.$V3KMV3KMV3KMV3KMV3KMV3KM$", NULL},
	{"$gy$jAkD$V3KMV3KMV3KMV3KMV3KMV3KM$", NULL},
	{"$gy$jAT..$V3KMV3KMV3KMV3KMV3KMV3KM$", NULL},
	{"$gy$jAT/.$V3KMV3KMV3KMV3KMV3KMV3KM$", NULL},
	{"$gy$j9T/0$V3KMV3KMV3KMV3KMV3KMV3KM$", NULL},
	{"$gy$j9T0..$V3KMV3KMV3KMV3KMV3KMV3KM$", NULL},
	{"$gy$j4kD.kC$V3KMV3KMV3KMV3KMV3KMV3KM$", NULL},
	{"$gy$jA./kC$V3KMV3KMV3KMV3KMV3KMV3KM$", NULL},
	{"$gy$.BT$V3KMV3KMV3KMV3KMV3KMV3KM$", NULL},
	{"$gy$/BT$V3KMV3KMV3KMV3KMV3KMV3KM$", NULL},
	{"$gy$nFBT$V3KMV3KMV3KMV3KMV3KMV3KM$", NULL},
	{"$gy$jCT$V3KMV3KMV3KMV3KMV3KMV3KM$", "gost-yescrypt work of 131072 kB is above the bound of 65536 kB"},
	{"$gy$jBU$V3KMV3KMV3KMV3KMV3KMV3KM$", "gost-yescrypt work of 67584 kB is above the bound of 65536 kB"},
	{"$gy$jBT..$V3KMV3KMV3KMV3KMV3KMV3KM$", "gost-yescrypt work of 131072 kB is above the bound of 65536 kB"},
	{"$gy$jBT/.$V3KMV3KMV3KMV3KMV3KMV3KM$", "gost-yescrypt work of 131072 kB is above the bound of 65536 kB"},
	{"$gy$jAT//$V3KMV3KMV3KMV3KMV3KMV3KM$", "gost-yescrypt work of 98304 kB is above the bound of 65536 kB"},
	{"$gy$jH.$V3KMV3KMV3KMV3KMV3KMV3KM$", "gost-yescrypt work of 131072 kB is above the bound of 65536 kB"},
	{"$gy$jA./kD$V3KMV3KMV3KMV3KMV3KMV3KM$", "gost-yescrypt work of 66560 kB is above the bound of 65536 kB"},
	{"$gy$j5kD.kC$V3KMV3KMV3KMV3KMV3KMV3KM$", "gost-yescrypt work of 131072 kB is above the bound of 65536 kB"},
	{"$gy$jU.$V3KMV3KMV3KMV3KMV3KMV3KM$", "gost-yescrypt work of 536870912 kB is above"},
	{"$gy$jkC.$V3KMV3KMV3KMV3KMV3KMV3KM$", "gost-yescrypt work of 536870912 kB is above"},
	{"$gy$jzyxvrD.$V3KMV3KMV3KMV3KMV3KMV3KM$", "above the bound"},
	{"$gy$j.kE$V3KMV3KMV3KMV3KMV3KMV3KM$", "the gost-yescrypt string has parameters that are not taken"},
	{"$gy$j...kD$V3KMV3KMV3KMV3KMV3KMV3KM$", "the gost-yescrypt string has parameters that are not taken"},
	{"$gy$j../kE$V3KMV3KMV3KMV3KMV3KMV3KM$", "the gost-yescrypt string has parameters that are not taken"},
	{"$gy$j.zyxvrD$V3KMV3KMV3KMV3KMV3KMV3KM$", "the gost-yescrypt string has parameters that are not taken"},
	{"$gy$j...zyxvrC$V3KMV3KMV3KMV3KMV3KMV3KM$", "the gost-yescrypt string has parameters that are not taken"},
	{"$gy$j../zyxvrD$V3KMV3KMV3KMV3KMV3KMV3KM$", "the gost-yescrypt string has parameters that are not taken"},
	{"$gy$nG..$V3KMV3KMV3KMV3KMV3KMV3KM$", "the gost-yescrypt string has parameters that are not taken"},
	{"$gy$j9T1.$V3KMV3KMV3KMV3KMV3KMV3KM$", "the gost-yescrypt string has parameters that are not taken"},
	{"$gy$", "the gost-yescrypt string has parameters that are not taken"},
	{"$gy$j", "the gost-yescrypt string has parameters that are not taken"},
	{"$gy$j9", "the gost-yescrypt string has parameters that are not taken"},
	{"$gy$j9T", "the gost-yescrypt string has parameters that are not taken"},
	{"$gy$j9T/", "the gost-yescrypt string has parameters that are not taken"},
	{"$gy$j9T.", "the gost-yescrypt string has parameters that are not taken"},
	{"$gy$j9T/.", "the gost-yescrypt string has parameters that are not taken"},
	{"$gy$j9TE.$salt", "the gost-yescrypt string has parameters that are not taken"},
	{"$gy$j9T6.$salt", "the gost-yescrypt string has parameters that are not taken"},
	{"$gy$:9T$salt", "the gost-yescrypt string has parameters that are not taken"},
	{"$gy$j:T$salt", "the gost-yescrypt string has parameters that are not taken"},
	{"$gy$j9:$salt", "the gost-yescrypt string has parameters that are not taken"},
	{"$gy$j9T:$salt", "the gost-yescrypt string has parameters that are not taken"},
	{"$gy$j9T.:$salt", "the gost-yescrypt string has parameters that are not taken"},
	{"$gy$j9T/:$salt", "the gost-yescrypt string has parameters that are not taken"},
	{"$gy$j9T$", NULL},
	{"$gy$jz....$salt", "the gost-yescrypt string has parameters that are not taken"},
	{"$gy$j9Tx$salt", "the gost-yescrypt string has parameters that are not taken"},
	{"$gy$$", "the gost-yescrypt string has parameters that are not taken"},
};

static void
bounds_costs(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cost_cases); i++) {
		const struct cost_case *c = &cost_cases[i];
		struct fault f = {0};
		enum status status = mech_crypt_cost(c->text, &f);

		if (status != (c->words == NULL ? ST_OK : ST_COSTLY))
			print_error("%s: %s\n", c->text, f.text);
		assert_int_equal(status, c->words == NULL ? ST_OK : ST_COSTLY);
		if (c->words == NULL)
			continue;
		if (strncmp(f.text, "PLAIN: ", 7) != 0 || strstr(f.text, c->words) == NULL)
			print_error("%s: %s\n", c->text, f.text);
		assert_memory_equal(f.text, "PLAIN: ", 7);
		assert_non_null(strstr(f.text, c->words));
	}
	assert_int_equal(mech_crypt_cost("$2b$14$", NULL), ST_COSTLY);
}

/* What libxcrypt itself writes for each cost that it offers. */
static void
reads_what_libxcrypt_writes(void **state)
{
	static const struct {
		const char *prefix;
		unsigned long least, bound, most;	/* counts of crypt_gensalt(3) */
	} cases[] = {
		{"$y$", 1, 7, 11},
		{"$gy$", 1, 7, 11},
		{"$7$", 6, 7, 11},
		{"$2b$", 4, 13, 31},
	};
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		for (unsigned long n = cases[i].least; n <= cases[i].most; n++) {
			assert_non_null(crypt_gensalt_rn(cases[i].prefix, n, NULL, 0, setting, sizeof setting));
			assert_int_equal(mech_crypt_cost(setting, NULL), n <= cases[i].bound ? ST_OK : ST_COSTLY);
		}
	}
}

/* New secrets are within the bounds, whatever libxcrypt's own default is. */
static void
makes_within_bounds(void **state)
{
	static const char *const names[] = {"yescrypt", "gost-yescrypt", "scrypt", "bcrypt", "sha512crypt",
	    "sha256crypt"};
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		const struct scheme_info *scheme = mech_scheme_find(names[i], strlen(names[i]));

		assert_true(scheme->makes && scheme->cost != 0);
		assert_non_null(crypt_gensalt_rn(scheme->prefix, scheme->cost, NULL, 0, setting, sizeof setting));
		assert_int_equal(mech_crypt_cost(setting, NULL), ST_OK);
	}
}

static void
gives_defaults(void **state)
{
	(void)state;
	for (size_t i = 0; i < MECH_COUNT; i++) {
		struct mech_spec spec = mech_spec_default((enum mech)i);

		assert_int_equal(spec.mech, i);
		assert_int_equal(spec.iterations, mech_cases[i].iterations);
		assert_ptr_equal(spec.scheme, i == MECH_PLAIN ? mech_scheme_default() : NULL);
	}
}

struct list_case {
	const char *list;
	size_t count;			/* 0: refused ... */
	struct {
		enum mech mech;
		const char *scheme;	/* NULL: the default, or none */
		unsigned iterations;
	} spec[5];
	const char *words;		/* ... and the fault says this */
};

static const struct list_case list_cases[] = {
	{"SCRAM-SHA-256 SCRAM-SHA-1 PLAIN DIGEST-MD5 CRAM-MD5", 5,
	    {{MECH_SCRAM_SHA_256, NULL, 10000}, {MECH_SCRAM_SHA_1, NULL, 4096}, {MECH_PLAIN, NULL, 0},
	    {MECH_DIGEST_MD5, NULL, 0}, {MECH_CRAM_MD5, NULL, 0}}, NULL},
	{" plain , cram-md5\t\n", 2, {{MECH_PLAIN, NULL, 0}, {MECH_CRAM_MD5, NULL, 0}}, NULL},
	{"", 0, {{0}}, "names no mechanism"},
	{" ,, ", 0, {{0}}, "names no mechanism"},
	{"LOGIN", 1, {{MECH_PLAIN, NULL, 0}}, NULL},
	{"LOGIN PLAIN", 0, {{0}}, "\"PLAIN\": named twice"},
	{"CLEARTEXT,CLEARTEXT", 0, {{0}}, "named twice"},
	{"PLAIN:bcrypt", 1, {{MECH_PLAIN, "bcrypt", 0}}, NULL},
	{"PLAIN:SHA512crypt", 1, {{MECH_PLAIN, "sha512crypt", 0}}, NULL},
	{"login:smd5", 1, {{MECH_PLAIN, "smd5", 0}}, NULL},
	{"PLAIN:rot13", 0, {{0}}, "\"PLAIN:rot13\": no such scheme; there are: yescrypt gost-yescrypt scrypt "
	    "bcrypt sha512crypt sha256crypt smd5"},
	{"PLAIN:", 0, {{0}}, "no such scheme"},
	{"PLAIN:descrypt", 0, {{0}}, "\"PLAIN:descrypt\": an old scheme"},
	{"PLAIN:md5crypt", 0, {{0}}, "an old scheme"},
	{"SCRAM-SHA-256:15000", 1, {{MECH_SCRAM_SHA_256, NULL, 15000}}, NULL},
	{"SCRAM-SHA-512:4096", 1, {{MECH_SCRAM_SHA_512, NULL, 4096}}, NULL},
	{"SCRAM-SHA-512:4095", 0, {{0}}, "iterations must be 4096 to 1000000"},
	{"SCRAM-SHA-512:1000001", 0, {{0}}, "iterations must be 4096 to 1000000"},
	{"SCRAM-SHA-512:1000000", 1, {{MECH_SCRAM_SHA_512, NULL, 1000000}}, NULL},
	{"SCRAM-SHA-512:10000001", 0, {{0}}, "iterations must be"},
	{"SCRAM-SHA-512:", 0, {{0}}, "iterations must be"},
	{"SCRAM-SHA-512:5000x", 0, {{0}}, "iterations must be"},
	{"SCRAM-SHA-512:-5000", 0, {{0}}, "iterations must be"},
	{"SCRAM-SHA-512:18446744073709556616", 0, {{0}}, "iterations must be"},
	{"SCRAM-SHA-512:4294977296", 0, {{0}}, "iterations must be"},
	{"CRAM-MD5:x", 0, {{0}}, "\"CRAM-MD5:x\": CRAM-MD5 takes nothing after a colon"},
	{"DIGEST-MD5:", 0, {{0}}, "takes nothing"},
	{"CLEARTEXT:x", 0, {{0}}, "takes nothing"},
	{"PLAIN GSSAPI", 0, {{0}}, "\"GSSAPI\": unknown; there are: CLEARTEXT CRAM-MD5 DIGEST-MD5 PLAIN "
	    "SCRAM-SHA-1 SCRAM-SHA-224 SCRAM-SHA-256 SCRAM-SHA-384 SCRAM-SHA-512"},
	{"PLAIN;CRAM-MD5", 0, {{0}}, "unknown"},
	{"X\033[2J", 0, {{0}}, "\"X\\x1b[2J\": unknown"},
	{":bcrypt", 0, {{0}}, "unknown"},
};

static void
check_specs(const struct list_case *c, const struct mech_specs *specs)
{
	assert_int_equal(specs->count, c->count);
	for (size_t i = 0; i < c->count; i++) {
		const struct scheme_info *scheme = mech_scheme_default();

		assert_int_equal(specs->spec[i].mech, c->spec[i].mech);
		assert_int_equal(specs->spec[i].iterations, c->spec[i].iterations);
		if (c->spec[i].scheme != NULL)
			scheme = mech_scheme_find(c->spec[i].scheme, strlen(c->spec[i].scheme));
		assert_ptr_equal(specs->spec[i].scheme, c->spec[i].mech == MECH_PLAIN ? scheme : NULL);
	}
}

/* What libxcrypt calls its preferred method; the real one unless it is another library's turn. */
static const char *preferred;
static bool other_library;
const char *__real_crypt_preferred_method(void);
const char *__wrap_crypt_preferred_method(void);

const char *
__wrap_crypt_preferred_method(void)
{
	return other_library ? preferred : __real_crypt_preferred_method();
}

static void
default_scheme_is_the_preferred_one(void **state)
{
	static const struct {
		const char *prefix, *scheme;
	} cases[] = {
		{"$6$", "sha512crypt"},
		{"$2b$", "bcrypt"},
		{"$1$", "yescrypt"},	/* one that we do not make */
		{"$new$", "yescrypt"},	/* nor know */
		{NULL, "yescrypt"},	/* none, says a library without any */
	};

	(void)state;
	other_library = true;
	for (size_t i = 0; i < COUNT(cases); i++) {
		preferred = cases[i].prefix;
		assert_string_equal(mech_scheme_default()->name, cases[i].scheme);
		assert_string_equal(mech_spec_default(MECH_PLAIN).scheme->name, cases[i].scheme);
	}
	other_library = false;
}

static void
parses_lists(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(list_cases); i++) {
		const struct list_case *c = &list_cases[i];
		struct mech_specs specs;
		struct fault f = {0};
		enum status st;

		memset(&specs, 'x', sizeof specs);
		st = mech_specs_parse(&specs, c->list, &f);
		assert_int_equal(st, c->count > 0 ? ST_OK : ST_BADVALUE);
		check_specs(c, &specs);
		if (c->count == 0)
			assert_non_null(strstr(f.text, c->words));
	}
	assert_int_equal(mech_specs_parse(&(struct mech_specs){0}, "x", NULL), ST_BADVALUE);
}

static void
default_list_is_the_promised_one(void **state)
{
	struct mech_specs specs;

	(void)state;
	assert_string_equal(mech_default_list, list_cases[0].list);
	assert_int_equal(mech_specs_parse(&specs, mech_default_list, NULL), ST_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_the_table),
		cmocka_unit_test(finds_names),
		cmocka_unit_test(knows_schemes),
		cmocka_unit_test(bounds_costs),
		cmocka_unit_test(reads_what_libxcrypt_writes),
		cmocka_unit_test(makes_within_bounds),
		cmocka_unit_test(gives_defaults),
		cmocka_unit_test(default_scheme_is_the_preferred_one),
		cmocka_unit_test(parses_lists),
		cmocka_unit_test(default_list_is_the_promised_one),
	};

	return cmocka_run_group_tests_name("mech", tests, NULL, NULL);
}
