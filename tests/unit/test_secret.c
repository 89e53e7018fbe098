/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_secret: makes, checks, verifies and serves the secret of each mechanism, and each way to fail.
 */
#include <config.h>

#include <errno.h>
#include <openssl/err.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "secret.h"
#include "wrap.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"	/* 40 */
#define B64_20 "AAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define B64_32 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static const struct name joerg = {"j\303\266rg", "example.org", "Example.ORG"};

static struct mech_spec
spec_of(const char *list)
{
	struct mech_specs specs;

	assert_int_equal(mech_specs_parse(&specs, list, NULL), ST_OK);
	assert_int_equal(specs.count, 1);
	return specs.spec[0];
}

static bool
verifies(enum mech mech, const char *text, const char *password, size_t len)
{
	bool match = true;
	struct fault f;

	assert_int_equal(secret_verify(&match, mech, text, &joerg, password, len, &f), ST_OK);
	return match;
}

/* ---- known answers ---- */

struct known {
	enum mech mech;
	const char *password;
	const char *text;	/* for joerg */
};

/* Printed by known_answers.py --constants. */
static const struct known known[] = {
	{MECH_CLEARTEXT, "pencil",
	    "pencil"},
	{MECH_CRAM_MD5, "pencil",
	    "10194e83a4d66441242de72d8040db3ae0ac477f6c8fafe2032cb7de878c3a24"},
	{MECH_DIGEST_MD5, "pencil",
	    "04db04f422238d750d255630ce737b44 Example.ORG"},
	{MECH_PLAIN, "pencil",
	    "smd5 3031323334353637383961626364656600e1dd2cc2ab715d8d21a1a062e529c1d4"},
	{MECH_SCRAM_SHA_1, "pencil",
	    "4096:MDEyMzQ1Njc4OWFiY2RlZg==$rPJ7iPSJer+bnDr9PCWJNRIA68M=:rcHjOyVIe4jH3uaHsm83lApzxlo="},
	{MECH_SCRAM_SHA_224, "pencil",
	    "4096:MDEyMzQ1Njc4OWFiY2RlZg==$sH7mpvzowBqswSP7PX+9x6Uo7+zd09LzoiZ6Qw==:j1wWLnOy2+FulWzWbCslqBta69zMEnnlqQ4qXA=="},
	{MECH_SCRAM_SHA_256, "pencil",
	    "4096:MDEyMzQ1Njc4OWFiY2RlZg==$nQpbZ77WudtqufPwikHXGRt6g2QJ4zns8bZLw273DRM=:jn2amWP1q1h+jgjy0YTO14S6/F02SV7taipOeB7ef20="},
	{MECH_SCRAM_SHA_384, "pencil",
	    "4096:MDEyMzQ1Njc4OWFiY2RlZg==$RJHQI8XfQaX8f/4wJlAsy9k88qYUvhmTwzSw3YQT5gGYZ6VDLc6qAG4P86Tyi68T:I6o3CElF32z4Fl0z/96gPYgcECCtBLzniauJ3i/ubv9hdk3jErhkj/UmOp6Q+ApN"},
	{MECH_SCRAM_SHA_512, "pencil",
	    "4096:MDEyMzQ1Njc4OWFiY2RlZg==$50q+37QH8XpaNkNxjgBGkxqXkoXVH2Lh3lHJ07g7AOGVlU4FcOi+wjKQc80Fl2VeSw/SniKUPcJigYjLk6Y/2w==:fgiGfVDf7076b3mVdGf4ced4bUxY4L8AjpHsD8KRzbGOujkLSpj40lrcb9IvGqJ4Uv3dBiyDgUgoQnoVamua2Q=="},
	{MECH_CLEARTEXT, "p\303\244ss \302\252",
	    "p\303\244ss \302\252"},
	{MECH_CRAM_MD5, "p\303\244ss \302\252",
	    "0be4fa2d1d4a725e4d8f54b98d6974b07f6d70d19400667d1cf5ec145992ae18"},
	{MECH_DIGEST_MD5, "p\303\244ss \302\252",
	    "29b764fa912c965125378729d3b65c87 Example.ORG"},
	{MECH_PLAIN, "p\303\244ss \302\252",
	    "smd5 3031323334353637383961626364656600b6e0bed39c9834a37229cf5145924615"},
	{MECH_SCRAM_SHA_1, "p\303\244ss \302\252",
	    "4096:MDEyMzQ1Njc4OWFiY2RlZg==$eCNBbeeodTfMizOVjp0O1W2j6IE=:KEu3+LiqhQAS0AvA74D40XP7vEY="},
	{MECH_SCRAM_SHA_224, "p\303\244ss \302\252",
	    "4096:MDEyMzQ1Njc4OWFiY2RlZg==$nHAcRTtrwtJJV5tTe9dh20dHuDbeApHrSC2G6A==:wmK4Lwsk6HmkxnfVx6n1Qi+IYbcQBO8A2cySVw=="},
	{MECH_SCRAM_SHA_256, "p\303\244ss \302\252",
	    "4096:MDEyMzQ1Njc4OWFiY2RlZg==$5Tln802HDWAPCBMN8H7Kzy1G8TuFOVIvU1GWSFSWXfs=:e15dJLjpTfSowDPtm7XFhgbVGhXczjwFOZvfJt0LbDY="},
	{MECH_SCRAM_SHA_384, "p\303\244ss \302\252",
	    "4096:MDEyMzQ1Njc4OWFiY2RlZg==$YNzw7dbAA8yrPhX6YfRkvlJAcTEfdfXlSOzKsLpQYDnBmg4ihWUPMzVClEciGyKF:JoHRcF1d8H8jsZmOdRXUu1ckHWAFZNa0UqSygu8arWly0Et3WwpWY9aycHGF381d"},
	{MECH_SCRAM_SHA_512, "p\303\244ss \302\252",
	    "4096:MDEyMzQ1Njc4OWFiY2RlZg==$RwgBXm5BL/ZEPwT5NZ+OJXHD5lECnNznVlrUSEMdet2zdMy5GQfo/l4X4vISuqmLDmhIyzdQ4XIlRD0do0KWNA==:V5eeTEZ5UCmMnqWAON/IDdx1ec1369+NIPsviae+oIhNWjmQ//+a+wg935RCeKxIOEmbUCZhnD1VGaYlcO5JQw=="},
	{MECH_CLEARTEXT, "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy",
	    "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"},
	{MECH_CRAM_MD5, "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy",
	    "16da1d679bf293fd1e426918d34d66dd5698d632f2048e04d7fa7ee1811adceb"},
	{MECH_DIGEST_MD5, "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy",
	    "9b82d3c1001109bec4571d77c535a5ac Example.ORG"},
	{MECH_PLAIN, "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy",
	    "smd5 30313233343536373839616263646566000edefa256ab0749302bcadd0b2bf43e3"},
	{MECH_SCRAM_SHA_1, "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy",
	    "4096:MDEyMzQ1Njc4OWFiY2RlZg==$2wQ9TYk6pDiwDHkig3dVY7731yY=:8sqrAjoVPvv83qXCBRdTRJNSS+8="},
	{MECH_SCRAM_SHA_224, "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy",
	    "4096:MDEyMzQ1Njc4OWFiY2RlZg==$lJUl/72nDTYI+tDPAlZ7NRlA/V2IhifvZ90o4g==:nKfDWdkQPMWrZdD1k2BBUUJNdc3GcqvJwfyGwQ=="},
	{MECH_SCRAM_SHA_256, "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy",
	    "4096:MDEyMzQ1Njc4OWFiY2RlZg==$zPSVYvo4cjMqqoKkL/weD61BsRuq9J2oeUeZ6GCZa0M=:F30L7OlvBCKMVTAkqQsn8nBjcdz5orX5J0UjzOevZQo="},
	{MECH_SCRAM_SHA_384, "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy",
	    "4096:MDEyMzQ1Njc4OWFiY2RlZg==$TnQnScUfhjALpXrEv1VFgYykE//kt/I8YnO7w2WF+QH3HmEgoqX4zskF3DqhzK6X:VfOQaJGDC9FPp2OoKdEgsS+42Ti6cOe3acPQscLMp6RqhHedS0bAHQOcvJSPOi7Z"},
	{MECH_SCRAM_SHA_512, "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy",
	    "4096:MDEyMzQ1Njc4OWFiY2RlZg==$Bn9m8jq1+GN6CzeSZCc6np1s/a8WTEQ9tf9++MnI/1S4ZFa77utnpK+5zT4yLw2YL7tC7T5cODAJmlHivVJ7ZA==:u5u9ypJ88mgZnR7SZRBSjqsJedFn3kv+HUCB9gHQqa5RfhhnkukElWPjX7l1ogMEHExT5lrIzoPIhIPKh72WpA=="},
	{MECH_CLEARTEXT, "\345\257\206\347\240\201",
	    "\345\257\206\347\240\201"},
	{MECH_CRAM_MD5, "\345\257\206\347\240\201",
	    "8f313453d55eeddda67dbc4f4a5f3865017bde3dbe44bcd72783f7cb34f3abcb"},
	{MECH_DIGEST_MD5, "\345\257\206\347\240\201",
	    "c7f937f1eb819430fb04ea7926b6541e Example.ORG"},
	{MECH_PLAIN, "\345\257\206\347\240\201",
	    "smd5 3031323334353637383961626364656600af8ea4b104f63fe2019635553e3d7176"},
	{MECH_SCRAM_SHA_1, "\345\257\206\347\240\201",
	    "4096:MDEyMzQ1Njc4OWFiY2RlZg==$VDwHZW6UA72K18hO6K1rLgkbMBM=:I3GfJPxdBcSn5QBuAO2fFE7lrUI="},
	{MECH_SCRAM_SHA_224, "\345\257\206\347\240\201",
	    "4096:MDEyMzQ1Njc4OWFiY2RlZg==$l1oPKTkIGHHBJ7HVVChl5ytQzvQBMnBuEBs5eA==:fGFDKkZa1eUY6sog4zMFt4q4WEi+BNp/b7hBGg=="},
	{MECH_SCRAM_SHA_256, "\345\257\206\347\240\201",
	    "4096:MDEyMzQ1Njc4OWFiY2RlZg==$hh9ybN1g0Y/x7gKuRkOoAGg2y1rFkzDCQnGWzFi7GoE=:kfgS1XtwpVvBayk6/NI/VvlNK68JfhZJ6ttyfihQu5w="},
	{MECH_SCRAM_SHA_384, "\345\257\206\347\240\201",
	    "4096:MDEyMzQ1Njc4OWFiY2RlZg==$Ep8SlYnvTjjwdxJkdxk7revIYi7xhv1XYzwLYzbblbfDrFdvfe4eGPgL5mfDqwWd:cCukklTqGAQnAoFaM9oqRc8o+UYxCbwdjNHuguKPwXO5D0bKrMpZV35snTK5QHkV"},
	{MECH_SCRAM_SHA_512, "\345\257\206\347\240\201",
	    "4096:MDEyMzQ1Njc4OWFiY2RlZg==$7TuOJiBw4JVTGjwdFm1f9A1tbiU7o2nmdAov8V9vEypnfE9jccKID/YM9y6P9gL2BM9GgKSsXQEUHlhDpKIpZg==:s10GClZGpVrWCGHFhIAn09uemT/zSsIecWVWXsfFrFuOIrfHJ3y6DoReUHIYA7QjjQqkVD+h3XWwi4hwl0np+Q=="},
};

static void
verifies_known_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(known); i++) {
		const struct known *k = &known[i];
		char other[80];
		size_t len = strlen(k->password);

		assert_int_equal(secret_check(k->mech, k->text, NULL), ST_OK);
		assert_true(verifies(k->mech, k->text, k->password, len));
		assert_false(verifies(k->mech, k->text, k->password, len - 1));
		snprintf(other, sizeof other, "%s", k->password);
		other[len - 1] ^= 1;
		assert_false(verifies(k->mech, k->text, other, len));
	}
}

/* Each character of a stored form matters: with another one it is refused, or the password is wrong. */
static void
other_secrets_do_not_verify(void **state)
{
	(void)state;
	for (size_t i = 0; i < MECH_COUNT; i++) {
		const struct known *k = &known[i];
		char *text = strdup(k->text);
		size_t end = strcspn(text, ":");	/* SCRAM: iterations are not tried, they are slow */

		/* nor SCRAM's ServerKey, which is the server's proof to the client */
		for (size_t at = text[end] == '\0' ? 0 : end; text[at] != '\0'; at++) {
			bool match = true;

			if (at > end && text[at] == ':')
				break;
			text[at] ^= 1;
			secret_verify(&match, k->mech, text, &joerg, k->password, strlen(k->password), NULL);
			assert_false(match);
			text[at] ^= 1;
		}
		free(text);
	}
}

static void
digest_is_for_one_user(void **state)
{
	struct name other = joerg;
	bool match;

	(void)state;
	assert_int_equal(known[2].mech, MECH_DIGEST_MD5);
	strcpy(other.realm_typed, "elsewhere");		/* the secret has its own */
	assert_int_equal(secret_verify(&match, MECH_DIGEST_MD5, known[2].text, &other, "pencil", 6, NULL),
	    ST_OK);
	assert_true(match);
	strcpy(other.user, "jorg");
	assert_int_equal(secret_verify(&match, MECH_DIGEST_MD5, known[2].text, &other, "pencil", 6, NULL),
	    ST_OK);
	assert_false(match);
}

/* Made by openssl passwd, which has its own code; published by those who designed the schemes; in PHP's
 * manual ("rasmuslerdorf"). */
static const struct known crypt_known[] = {
	{MECH_PLAIN, "Hello world!", "crypt $6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJ"
	    "uesI68u4OTLiBFdcbYEdFCoEOfaS35inz1"},
	{MECH_PLAIN, "Hello world!", "crypt $5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5"},
	{MECH_PLAIN, "U*U", "crypt $2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"},
	{MECH_PLAIN, "U*U", "crypt $2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"},
	{MECH_PLAIN, "rasmuslerdorf", "crypt $1$rasmusle$rISCgZzpwk3UhDidwXvin0"},
	{MECH_PLAIN, "rasmuslerdorf", "crypt rl.3StKT.4T8M"},
	{MECH_PLAIN, "rasmuslerdorf", "crypt _J9..rasmBYk8r9AiWNc"},
	{MECH_PLAIN, "password", "crypt $3$$8846f7eaee8fb117ad06bdd830b7586c"},
	/* a password in ISO 8859-1, as an imported one may be */
	{MECH_PLAIN, "p\344ss", "smd5 30313233343536373839616263646566006e0a3af3fa107c065f4ee2d0d913ebdf"},
};

static void
verifies_imported_plain(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(crypt_known); i++) {
		const struct known *k = &crypt_known[i];

		assert_int_equal(secret_check(k->mech, k->text, NULL), ST_OK);
		assert_true(verifies(k->mech, k->text, k->password, strlen(k->password)));
		assert_false(verifies(k->mech, k->text, k->password, 2));
	}
	/* as crypt(3) does: descrypt looks at 8 characters, whoever made it has lived with that */
	assert_true(verifies(MECH_PLAIN, "crypt rl.3StKT.4T8M", "rasmusle", 8));
	assert_false(verifies(MECH_PLAIN, "crypt rl.3StKT.4T8M", "rasmusl", 7));
}

/* Nobody has a password that cannot be stored. */
static void
implausible_passwords_do_not_verify(void **state)
{
	char big[PASSWORD_BYTES_MAX + 2], text[PASSWORD_BYTES_MAX + 2];

	(void)state;
	assert_false(verifies(MECH_CLEARTEXT, "pencil", "", 0));
	assert_false(verifies(MECH_CLEARTEXT, "pencil", "pencil\0", 7));
	assert_true(verifies(MECH_CLEARTEXT, "pencil", "pencil\0", 6));
	memset(big, 'a', sizeof big);
	memset(text, 'a', sizeof text);
	text[PASSWORD_BYTES_MAX] = '\0';
	assert_true(verifies(MECH_CLEARTEXT, text, big, PASSWORD_BYTES_MAX));
	assert_false(verifies(MECH_CLEARTEXT, text, big, PASSWORD_BYTES_MAX + 1));
}

/* ---- password_check ---- */

struct password_case {
	const char *password;
	size_t len;
	const char *words;	/* NULL: fine */
};

static void
checks_passwords(void **state)
{
	char big[PASSWORD_BYTES_MAX + 1];
	const struct password_case cases[] = {
		{"a", 1, NULL},
		{"a", 0, "is empty"},
		{big, PASSWORD_BYTES_MAX, NULL},
		{big, PASSWORD_BYTES_MAX + 1, "longer than 511 bytes"},
		{"\303\244", 2, NULL},
		{"\303\244", 1, "not UTF-8"},
		{"a\001\n", 3, NULL},
		{"a\0b", 3, "NUL"},
	};

	(void)state;
	memset(big, 'a', sizeof big);
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct password_case *c = &cases[i];
		struct mech_spec spec = spec_of("CLEARTEXT");
		struct secret secret = {.text = big};
		struct fault f;
		enum status expected = c->words == NULL ? ST_OK : ST_BADVALUE;

		assert_int_equal(password_check(c->password, c->len, &f), expected);
		if (c->words != NULL)
			assert_non_null(strstr(f.text, c->words));
		assert_int_equal(secret_make(&secret, &spec, &joerg, c->password, c->len, &f), expected);
		assert_true((secret.text != NULL) == (c->words == NULL));
		secret_free(&secret);
	}
}

/* ---- secret_check ---- */

struct check_case {
	enum mech mech;
	const char *text;
	bool good;
};

static const struct check_case check_cases[] = {
	{MECH_CLEARTEXT, "a\\\\b\\n\\x01\\x7f", true},
	{MECH_CLEARTEXT, "", false},
	{MECH_CLEARTEXT, "a\\b", false},
	{MECH_CLEARTEXT, "a\\", false},
	{MECH_CLEARTEXT, "a\\x0", false},
	{MECH_CLEARTEXT, "a\\x0A", false},	/* upper case */
	{MECH_CLEARTEXT, "a\\x0a", false},	/* is written \n */
	{MECH_CLEARTEXT, "a\\x41", false},	/* needs no escape */
	{MECH_CLEARTEXT, "a\\x00", false},	/* no password has it */
	{MECH_CLEARTEXT, "a\tb", false},
	{MECH_CLEARTEXT, "a\344", false},
	{MECH_CRAM_MD5, A "aaaaaaaaaaaaaaaaaaaaaaaa", true},
	{MECH_CRAM_MD5, A "aaaaaaaaaaaaaaaaaaaaaaa", false},
	{MECH_CRAM_MD5, A "aaaaaaaaaaaaaaaaaaaaaaaaaa", false},
	{MECH_CRAM_MD5, A "aaaaaaaaaaaaaaaaaaaaaaag", false},
	{MECH_CRAM_MD5, A "aaaaaaaaaaaaaaaaaaaaaaaA", false},
	{MECH_CRAM_MD5, "", false},
	{MECH_DIGEST_MD5, "0123456789abcdef0123456789abcdef My Realm", true},
	{MECH_DIGEST_MD5, "0123456789abcdef0123456789abcdef", false},
	{MECH_DIGEST_MD5, "0123456789abcdef0123456789abcdef ", false},
	{MECH_DIGEST_MD5, "0123456789abcdef0123456789abcdef r ", false},
	{MECH_DIGEST_MD5, "0123456789abcdef0123456789abcdef r\001", false},
	{MECH_DIGEST_MD5, "0123456789abcdef0123456789abcdeF r", false},
	{MECH_DIGEST_MD5, "0123456789abcdef0123456789abcd r", false},
	{MECH_DIGEST_MD5, "0123456789abcdef0123456789abcdef00 r", false},
	{MECH_DIGEST_MD5, "", false},
	{MECH_PLAIN, "smd5 00000000000000000000000000000000" "00" "00000000000000000000000000000000", true},
	{MECH_PLAIN, "smd5 00000000000000000000000000000000" "01" "00000000000000000000000000000000", false},
	{MECH_PLAIN, "smd5 00000000000000000000000000000000" "00" "000000000000000000000000000000", false},
	{MECH_PLAIN, "smd5 ", false},
	{MECH_PLAIN, "smd4 00000000000000000000000000000000" "00" "00000000000000000000000000000000", false},
	{MECH_PLAIN, "crypt rl.3StKT.4T8M", true},
	{MECH_PLAIN, "crypt rl.3StKT.4T8", false},
	{MECH_PLAIN, "crypt rl.3StKT.4T8M.", false},
	{MECH_PLAIN, "crypt rl.3StKT.4T$M", false},
	{MECH_PLAIN, "rl.3StKT.4T8M", false},
	{MECH_PLAIN, "crypt  rl.3StKT.4T8M", false},
	{MECH_PLAIN, "crypt rl.3StKT.4T8M ", false},
	{MECH_PLAIN, "crypt ", false},
	{MECH_PLAIN, "crypt *", false},
	{MECH_PLAIN, "crypt !$1$rasmusle$rISCgZzpwk3UhDidwXvin0", false},	/* a locked account */
	{MECH_PLAIN, "crypt $1$rasmusle$rISCgZzpwk3UhDidwXvin0", true},
	{MECH_PLAIN, "crypt $1$rasmusle$rISCgZzpwk3UhDidwXvin", false},
	{MECH_PLAIN, "crypt $1$rasmusle$rISCgZzpwk3UhDidwXvin0x", false},
	{MECH_PLAIN, "crypt $1$rasmusle", false},
	{MECH_PLAIN, "crypt $1$ras:usle$rISCgZzpwk3UhDidwXvin0", false},
	{MECH_PLAIN, "crypt $1$ras\nusle$rISCgZzpwk3UhDidwXvin0", false},
	{MECH_PLAIN, "crypt $1$ras\344sle$rISCgZzpwk3UhDidwXvin0", false},
	{MECH_PLAIN, "crypt $1$rasmusle$rISCgZzpwk3UhD\ndwXvin0", false},
	{MECH_PLAIN, "crypt $1$rasmusle$rISCgZzpwk3UhDidwXvi\303\266", false},
	{MECH_PLAIN, "crypt $9$nobody$knows", false},
	{MECH_PLAIN, "crypt $3$$8846f7eaee8fb117ad06bdd830b7586c", true},
	{MECH_SCRAM_SHA_1, "4096:QQ==$" B64_20 ":" B64_20, true},
	{MECH_SCRAM_SHA_1, "4095:QQ==$" B64_20 ":" B64_20, false},
	{MECH_SCRAM_SHA_1, "10000000:QQ==$" B64_20 ":" B64_20, true},
	{MECH_SCRAM_SHA_1, "10000001:QQ==$" B64_20 ":" B64_20, false},
	{MECH_SCRAM_SHA_1, "04096:QQ==$" B64_20 ":" B64_20, false},
	{MECH_SCRAM_SHA_1, "4294971392:QQ==$" B64_20 ":" B64_20, false},	/* 2^32 + 4096 */
	{MECH_SCRAM_SHA_1, "+4096:QQ==$" B64_20 ":" B64_20, false},
	{MECH_SCRAM_SHA_1, ":QQ==$" B64_20 ":" B64_20, false},
	{MECH_SCRAM_SHA_1, "4096:$" B64_20 ":" B64_20, false},
	{MECH_SCRAM_SHA_1, "4096:QR==$" B64_20 ":" B64_20, false},		/* loose bits */
	{MECH_SCRAM_SHA_1, "4096:QQ$" B64_20 ":" B64_20, false},
	{MECH_SCRAM_SHA_1, "4096:Q===$" B64_20 ":" B64_20, false},
	{MECH_SCRAM_SHA_1, "4096:====$" B64_20 ":" B64_20, false},
	{MECH_SCRAM_SHA_1, "4096:Q-==$" B64_20 ":" B64_20, false},
	{MECH_SCRAM_SHA_1, "4096:QQ==$" B64_20 ":" B64_20 " ", false},
	{MECH_SCRAM_SHA_1, "4096:QQ==$" B64_20 ":" B64_20 "AAAA", false},
	{MECH_SCRAM_SHA_1, "4096:QQ==$" B64_20 ":", false},
	{MECH_SCRAM_SHA_1, "4096:QQ==$" B64_20, false},
	{MECH_SCRAM_SHA_1, "4096:QQ==$:" B64_20, false},
	{MECH_SCRAM_SHA_1, "4096:QQ==:" B64_20 ":" B64_20, false},
	{MECH_SCRAM_SHA_1, "4096:QQ==$" B64_32 ":" B64_32, false},
	{MECH_SCRAM_SHA_256, "4096:QQ==$" B64_32 ":" B64_32, true},
	{MECH_SCRAM_SHA_256, "4096:QQ==$" B64_32 ":" B64_20, false},
	{MECH_SCRAM_SHA_256, "4096:QQ==$" B64_20 ":" B64_32, false},
	{MECH_SCRAM_SHA_256, "4096:" A A A A "aaaaaaaaaaZ=$" B64_32 ":" B64_32, false},
	{MECH_SCRAM_SHA_256, "4096:" A A A A "aaaaaaaaaaA=$" B64_32 ":" B64_32, true},	/* 128 bytes */
	{MECH_SCRAM_SHA_256, "4096:" A A A A "aaaaaaaaaaaa$" B64_32 ":" B64_32, false},	/* 129 */
	{MECH_SCRAM_SHA_256, "", false},
};

static void
checks_stored_forms(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(check_cases); i++) {
		const struct check_case *c = &check_cases[i];
		enum status expected = c->good ? ST_OK : ST_BADVALUE;
		unsigned char out[SECRET_PROPERTY_MAX];
		size_t len = 1;
		bool match = true;
		struct fault f = {0};

		assert_int_equal(secret_check(c->mech, c->text, &f), expected);
		assert_true(c->good || strncmp(f.text, mech_info(c->mech)->name, 5) == 0);
		if (c->good)
			continue;
		assert_int_equal(secret_verify(&match, c->mech, c->text, &joerg, "a", 1, NULL), ST_BADVALUE);
		assert_false(match);
		assert_int_equal(secret_property(c->mech, c->text, out, &len, NULL), ST_BADVALUE);
		assert_int_equal(len, 0);
	}
}

static void
checks_long_texts(void **state)
{
	char text[4 * PASSWORD_BYTES_MAX + 8];

	(void)state;
	for (size_t i = 0; i <= PASSWORD_BYTES_MAX; i++)
		memcpy(text + 4 * i, "\\x01", 5);
	assert_int_equal(secret_check(MECH_CLEARTEXT, text + 4, NULL), ST_OK);
	assert_int_equal(secret_check(MECH_CLEARTEXT, text, NULL), ST_BADVALUE);
	memset(text, 'a', 2000);
	text[2000] = '\0';
	assert_int_equal(secret_check(MECH_CLEARTEXT, text, NULL), ST_BADVALUE);
	memcpy(text, "crypt $3$", 9);	/* of no fixed length */
	assert_int_equal(secret_check(MECH_PLAIN, text, NULL), ST_BADVALUE);
	text[100] = '\0';
	assert_int_equal(secret_check(MECH_PLAIN, text, NULL), ST_OK);
}

/* ---- secret_check_cost ---- */

struct bound_case {
	enum mech mech;
	const char *text;
	const char *words;	/* NULL: it may be checked */
};

static const struct bound_case bound_cases[] = {
	{MECH_CLEARTEXT, "hoge", NULL},
	{MECH_CRAM_MD5, A "aaaaaaaaaaaaaaaaaaaaaaaa", NULL},
	{MECH_DIGEST_MD5, "0123456789abcdef0123456789abcdef r", NULL},
	{MECH_PLAIN, "smd5 00000000000000000000000000000000" "00" "00000000000000000000000000000000", NULL},
	{MECH_PLAIN, "crypt $2b$04$abcdefghijklmnopqrstuuabcdefghijklmnopqrstuvwxyzabcde", NULL},
	{MECH_PLAIN, "crypt $2b$31$abcdefghijklmnopqrstuuabcdefghijklmnopqrstuvwxyzabcde",
	    "PLAIN: bcrypt cost 31 is above the bound of 13"},
	{MECH_PLAIN, "crypt $sha1$-1$salt$abcdefghijklmnopqrstuvwxyzab",
	    "PLAIN: the sha1crypt string has parameters that are not taken"},
	{MECH_PLAIN, "crypt _zzzzsaltabcdefghijk", "PLAIN: bsdicrypt rounds 16777215 are above the bound of 1000000"},
	{MECH_SCRAM_SHA_1, "4096:QQ==$" B64_20 ":" B64_20, NULL},
	{MECH_SCRAM_SHA_1, "1000001:QQ==$" B64_20 ":" B64_20,
	    "SCRAM-SHA-1: 1000001 iterations are above the bound of 1000000"},
	{MECH_SCRAM_SHA_256, "10000000:QQ==$" B64_32 ":" B64_32,
	    "SCRAM-SHA-256: 10000000 iterations are above the bound of 1000000"},
};

/* What costs too much has the form of a secret all the same, and nothing is hashed to find that out. */
static void
checks_costs(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bound_cases); i++) {
		const struct bound_case *c = &bound_cases[i];
		enum status expected = c->words == NULL ? ST_OK : ST_COSTLY;
		struct fault f = {0};
		bool match = true;

		assert_int_equal(secret_check(c->mech, c->text, NULL), ST_OK);
		assert_int_equal(secret_check_cost(c->mech, c->text, &f), expected);
		if (c->words != NULL)
			assert_string_equal(f.text, c->words);
		wrap_crypt_calls = wrap_pbkdf2_calls = 0;
		assert_int_equal(secret_verify(&match, c->mech, c->text, &joerg, "a", 1, NULL), expected);
		assert_false(match);
		if (c->words != NULL)
			assert_int_equal(wrap_crypt_calls + wrap_pbkdf2_calls, 0);
	}
	assert_int_equal(secret_check_cost(MECH_SCRAM_SHA_1, "1000000:QQ==$" B64_20 ":" B64_20, NULL), ST_OK);
}

/* ---- secret_make ---- */

struct make_case {
	const char *spec;
	const char *scheme;	/* facts */
	unsigned iterations;
	bool salted, weak, property;
	const char *prefix;	/* of the text */
};

static const struct make_case make_cases[] = {
	{"CLEARTEXT", NULL, 0, false, true, true, "p\303\244ss\\n"},
	{"CRAM-MD5", NULL, 0, false, true, true, ""},
	{"DIGEST-MD5", NULL, 0, false, true, true, ""},
	{"PLAIN", "yescrypt", 0, true, false, false, "crypt $y$j9T$"},
	{"PLAIN:gost-yescrypt", "gost-yescrypt", 0, true, false, false, "crypt $gy$j9T$"},
	{"PLAIN:scrypt", "scrypt", 0, true, false, false, "crypt $7$CU..../...."},
	{"PLAIN:bcrypt", "bcrypt", 0, true, false, false, "crypt $2b$10$"},
	{"PLAIN:sha512crypt", "sha512crypt", 0, true, false, false, "crypt $6$rounds=100000$"},
	{"PLAIN:sha256crypt", "sha256crypt", 0, true, false, false, "crypt $5$rounds=100000$"},
	{"PLAIN:smd5", "smd5", 0, true, true, true, "smd5 "},
	{"SCRAM-SHA-1", NULL, 4096, true, false, true, "4096:"},
	{"SCRAM-SHA-224", NULL, 10000, true, false, true, "10000:"},
	{"SCRAM-SHA-256", NULL, 10000, true, false, true, "10000:"},
	{"SCRAM-SHA-256:15000", NULL, 15000, true, false, true, "15000:"},
	{"SCRAM-SHA-384", NULL, 10000, true, false, true, "10000:"},
	{"SCRAM-SHA-512", NULL, 10000, true, false, true, "10000:"},
};
static const char made_password[] = "p\303\244ss\n";

static void
check_facts(const struct make_case *c, enum mech mech, const char *text)
{
	struct secret_facts facts;

	secret_facts(&facts, mech, text);
	if (c->scheme != NULL)
		assert_string_equal(facts.scheme->name, c->scheme);
	else
		assert_null(facts.scheme);
	assert_int_equal(facts.iterations, c->iterations);
	assert_int_equal(facts.weak, c->weak);
	if (mech == MECH_DIGEST_MD5)
		assert_string_equal(facts.realm, "Example.ORG");
	else
		assert_null(facts.realm);
}

static void
makes_secrets(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(make_cases); i++) {
		const struct make_case *c = &make_cases[i];
		struct mech_spec spec = spec_of(c->spec);
		struct secret one, two;
		unsigned char value[SECRET_PROPERTY_MAX];
		size_t len = strlen(made_password), value_len;

		if (strcmp(c->spec, "PLAIN:scrypt") == 0)
			continue;	/* half a second each; known_answers.py makes one */
		assert_int_equal(secret_make(&one, &spec, &joerg, made_password, len, NULL), ST_OK);
		assert_int_equal(secret_make(&two, &spec, &joerg, made_password, len, NULL), ST_OK);
		assert_int_equal(strcmp(one.text, two.text) != 0, c->salted);
		assert_int_equal(strncmp(one.text, c->prefix, strlen(c->prefix)), 0);
		assert_int_equal(secret_check(spec.mech, one.text, NULL), ST_OK);
		assert_true(verifies(spec.mech, one.text, made_password, len));
		assert_false(verifies(spec.mech, one.text, made_password, len - 1));
		assert_int_equal(secret_property(spec.mech, one.text, value, &value_len, NULL),
		    c->property ? ST_OK : ST_NOTFOUND);
		assert_true(c->property == (value_len > 0));
		check_facts(c, spec.mech, one.text);
		secret_free(&one);
		secret_free(&two);
		assert_null(one.text);
		secret_free(&one);
	}
}

static void
refuses_what_bcrypt_would_cut(void **state)
{
	static const char *const lists[] = {"PLAIN:bcrypt", "PLAIN:smd5", "PLAIN:sha256crypt"};
	char password[PASSWORD_BYTES_MAX];

	(void)state;
	memset(password, 'a', sizeof password);
	for (size_t i = 0; i < COUNT(lists); i++) {
		struct mech_spec spec = spec_of(lists[i]);
		unsigned max = spec.scheme->password_max;
		struct secret secret;
		struct fault f;

		assert_int_equal(max, i == 0 ? 72 : PASSWORD_BYTES_MAX);
		assert_int_equal(secret_make(&secret, &spec, &joerg, password, max, &f), ST_OK);
		assert_true(verifies(MECH_PLAIN, secret.text, password, max));
		secret_free(&secret);
		if (max == PASSWORD_BYTES_MAX)
			continue;
		assert_int_equal(secret_make(&secret, &spec, &joerg, password, max + 1, &f), ST_BADVALUE);
		assert_null(secret.text);
		assert_string_equal(f.text, "password: longer than 72 bytes, and bcrypt would cut it");
	}
}

/* ---- secret_property ---- */

struct property_case {
	enum mech mech;
	const char *text, *value;
	size_t len;
};

static const struct property_case property_cases[] = {
	{MECH_CLEARTEXT, "a\\\\\\n\\x01", "a\\\n\001", 4},
	{MECH_CRAM_MD5, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1dfeff",
	    "\000\001\002\003\004\005\006\007\010\011\012\013\014\015\016\017"
	    "\020\021\022\023\024\025\026\027\030\031\032\033\034\035\376\377", 32},
	{MECH_DIGEST_MD5, "000102030405060708090a0b0c0dfeff r",
	    "\000\001\002\003\004\005\006\007\010\011\012\013\014\015\376\377", 16},
	{MECH_PLAIN, "smd5 303132333435363738396162636465660030313233343536373839616263646566",
	    "0123456789abcdef\0000123456789abcdef", 33},
	{MECH_SCRAM_SHA_1, "4096:QQ==$" B64_20 ":" B64_20, "SCRAM-SHA-1$4096:QQ==$" B64_20 ":" B64_20, 79},
	{MECH_SCRAM_SHA_256, "4096:QQ==$" B64_32 ":" B64_32, "SCRAM-SHA-256$4096:QQ==$" B64_32 ":" B64_32,
	    113},
};

static void
serves_properties(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(property_cases); i++) {
		const struct property_case *c = &property_cases[i];
		unsigned char out[SECRET_PROPERTY_MAX];
		size_t len;

		assert_int_equal(secret_property(c->mech, c->text, out, &len, NULL), ST_OK);
		assert_int_equal(len, c->len);
		assert_memory_equal(out, c->value, len);
	}
}

static void
longest_properties_fit(void **state)
{
	char text[SECRET_PROPERTY_MAX], password[PASSWORD_BYTES_MAX + 1];
	unsigned char out[SECRET_PROPERTY_MAX];
	size_t len;

	(void)state;
	memset(password, 'a', PASSWORD_BYTES_MAX);
	password[PASSWORD_BYTES_MAX] = '\0';
	assert_int_equal(secret_property(MECH_CLEARTEXT, password, out, &len, NULL), ST_OK);
	assert_int_equal(len, PASSWORD_BYTES_MAX);
	snprintf(text, sizeof text, "10000000:" A A A A "aaaaaaaaaaA=$%.86s==:%.86s==", A A A, A A A);
	text[strlen(text) - 3] = 'A';	/* the loose bits of 64 bytes' last digit are zero */
	text[strlen(text) - 92] = 'A';
	assert_int_equal(secret_property(MECH_SCRAM_SHA_512, text, out, &len, NULL), ST_OK);
	assert_int_equal(len, strlen(text) + strlen("SCRAM-SHA-512$"));
}

/* ---- PLAIN: as received, then prepared; and the same for users who do not exist ---- */

struct tries_case {
	const char *password;
	unsigned tries;		/* of crypt(3), for a wrong password */
};

static void
tries_plain_once_or_twice(void **state)
{
	char expands[3 * 170 + 1];
	const struct tries_case cases[] = {
		{"wrong", 1},
		{"tab\t", 1},
		{"p\303\244ss", 1},		/* SASLprep does not change it */
		{"\302\252", 2},		/* to "a" */
		{"I\302\255X", 2},		/* to "IX" */
		{"\302\252\n", 1},		/* forbidden */
		{"\302\255", 1},		/* to nothing */
		{"\302\252\344", 1},		/* no UTF-8 */
		{expands, 1},			/* longer than crypt(3) takes */
		{"", 0},
	};
	struct mech_spec spec = spec_of("PLAIN:sha256crypt");
	struct secret secret;

	(void)state;
	for (size_t i = 0; i < 170; i++)
		memcpy(expands + 3 * i, "\357\267\272", 4);
	assert_int_equal(secret_make(&secret, &spec, &joerg, "right", 5, NULL), ST_OK);
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *password = cases[i].password;

		wrap_crypt_calls = 0;
		assert_false(verifies(MECH_PLAIN, secret.text, password, strlen(password)));
		assert_int_equal(wrap_crypt_calls, cases[i].tries);
		wrap_crypt_calls = 0;
		secret_pretend(&spec, password, strlen(password));
		assert_int_equal(wrap_crypt_calls, cases[i].tries);
	}
	secret_free(&secret);
}

static void
prepares_only_what_was_received(void **state)
{
	struct mech_spec spec = spec_of("PLAIN:smd5");
	struct secret plain, special;

	(void)state;
	assert_int_equal(secret_make(&plain, &spec, &joerg, "a", 1, NULL), ST_OK);
	assert_int_equal(secret_make(&special, &spec, &joerg, "\302\252", 2, NULL), ST_OK);
	assert_true(verifies(MECH_PLAIN, plain.text, "\302\252", 2));
	assert_true(verifies(MECH_PLAIN, special.text, "\302\252", 2));
	assert_false(verifies(MECH_PLAIN, special.text, "a", 1));
	secret_free(&plain);
	secret_free(&special);
}

/* Scheme, cost and iterations are those of a new secret; crypt(3) itself need not run for that. */
static void
pretends_at_the_same_cost(void **state)
{
	(void)state;
	wrap_fail_crypt = EINVAL;
	for (size_t i = 0; i < COUNT(make_cases); i++) {
		const struct make_case *c = &make_cases[i];
		struct mech_spec spec = spec_of(c->spec);
		bool is_crypt = strncmp(c->prefix, "crypt ", 6) == 0;

		wrap_crypt_calls = wrap_pbkdf2_calls = 0;
		wrap_pbkdf2_iterations = 0;
		secret_pretend(&spec, "wrong", 5);
		assert_int_equal(wrap_crypt_calls, is_crypt ? 1 : 0);
		if (is_crypt)
			assert_memory_equal(wrap_crypt_setting, c->prefix + 6, strlen(c->prefix + 6));
		assert_int_equal(wrap_pbkdf2_calls, c->iterations > 0 ? 1 : 0);
		assert_int_equal(wrap_pbkdf2_iterations, c->iterations);
	}
	wrap_fail_crypt = 0;
}

static void
pretends_for_any_password(void **state)
{
	static const char junk[1000] = "\377\376";
	struct mech_spec spec = spec_of("SCRAM-SHA-1");

	(void)state;
	wrap_pbkdf2_calls = 0;
	secret_pretend(&spec, junk, 0);
	secret_pretend(&spec, junk, sizeof junk);
	secret_pretend(&spec, junk, 3);
	assert_int_equal(wrap_pbkdf2_calls, 0);
	secret_pretend(&spec, junk, 2);
	assert_int_equal(wrap_pbkdf2_calls, 1);
}

/* ---- failures ---- */

static enum status
make_once(const char *list, struct fault *f)
{
	struct mech_spec spec = spec_of(list);
	struct secret secret;
	enum status st = secret_make(&secret, &spec, &joerg, "p\303\244ss", 5, f);

	assert_true((st == ST_OK) == (secret.text != NULL));
	secret_free(&secret);
	return st;
}

static enum status
verify_once(enum mech mech, const char *text, struct fault *f)
{
	bool match = true;
	enum status st = secret_verify(&match, mech, text, &joerg, "\302\252", 2, f);

	assert_false(match);
	return st;
}

static void
fails_without_random_bytes(void **state)
{
	struct fault f;

	(void)state;
	wrap_fail_entropy = true;
	assert_int_equal(make_once("SCRAM-SHA-256", &f), ST_IO);
	assert_int_equal(f.sys, EIO);
	assert_int_equal(make_once("PLAIN:smd5", &f), ST_IO);
	assert_int_equal(make_once("CRAM-MD5", &f), ST_OK);
	wrap_fail_entropy = false;
	wrap_fail_gensalt = true;
	assert_int_equal(make_once("PLAIN", &f), ST_IO);
	wrap_fail_gensalt = false;
}

static void
fails_without_libcrypto(void **state)
{
	struct fault f;

	(void)state;
	ERR_clear_error();
	ERR_raise(ERR_LIB_USER, 42);	/* the host's own */
	wrap_fail_digest = true;
	assert_int_equal(make_once("SCRAM-SHA-256", &f), ST_IO);
	assert_string_equal(f.text, "SCRAM-SHA-256: libcrypto does not do it");
	assert_int_equal(make_once("DIGEST-MD5", &f), ST_IO);
	assert_int_equal(make_once("PLAIN:smd5", &f), ST_IO);
	assert_int_equal(make_once("CRAM-MD5", &f), ST_OK);
	for (size_t i = 0; i < MECH_COUNT; i++) {
		bool needs = known[i].mech != MECH_CLEARTEXT && known[i].mech != MECH_CRAM_MD5;

		assert_int_equal(verify_once(known[i].mech, known[i].text, &f), needs ? ST_IO : ST_OK);
	}
	wrap_fail_digest = false;
	assert_int_equal(ERR_GET_REASON(ERR_peek_error()), 42);
	assert_int_equal(ERR_GET_REASON(ERR_peek_last_error()), 42);
	ERR_clear_error();
}

static void
fails_with_crypt(void **state)
{
	struct fault f;

	(void)state;
	wrap_fail_crypt = ENOMEM;
	assert_int_equal(make_once("PLAIN", &f), ST_NOMEM);
	assert_int_equal(verify_once(MECH_PLAIN, crypt_known[0].text, &f), ST_NOMEM);
	wrap_fail_crypt = EINVAL;
	assert_int_equal(make_once("PLAIN", &f), ST_NOMEM);
	assert_int_equal(verify_once(MECH_PLAIN, crypt_known[0].text, &f), ST_BADVALUE);
	assert_null(strstr(f.text, "$"));
	wrap_fail_crypt = 0;
}

static void
survives_failed_allocations(void **state)
{
	static const char *const lists[] = {"CLEARTEXT", "CRAM-MD5", "DIGEST-MD5", "PLAIN:sha256crypt",
	    "SCRAM-SHA-1"};
	struct fault f;

	(void)state;
	for (size_t i = 0; i < COUNT(lists); i++) {
		enum status st = ST_NOMEM;

		for (unsigned n = 1; st != ST_OK; n++) {
			wrap_fail_allocation(n);
			st = make_once(lists[i], &f);
			assert_int_equal(st, wrap_end_allocation() ? ST_NOMEM : ST_OK);
		}
	}
	for (size_t i = 0; i <= MECH_COUNT; i++) {
		const struct known *k = i < MECH_COUNT ? &known[i] : &crypt_known[4];
		enum status st = ST_NOMEM;

		for (unsigned n = 1; st != ST_OK; n++) {
			wrap_fail_allocation(n);
			st = verify_once(k->mech, k->text, &f);
			assert_int_equal(st, wrap_end_allocation() ? ST_NOMEM : ST_OK);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verifies_known_answers),
		cmocka_unit_test(other_secrets_do_not_verify),
		cmocka_unit_test(digest_is_for_one_user),
		cmocka_unit_test(verifies_imported_plain),
		cmocka_unit_test(implausible_passwords_do_not_verify),
		cmocka_unit_test(checks_passwords),
		cmocka_unit_test(checks_stored_forms),
		cmocka_unit_test(checks_long_texts),
		cmocka_unit_test(checks_costs),
		cmocka_unit_test(makes_secrets),
		cmocka_unit_test(refuses_what_bcrypt_would_cut),
		cmocka_unit_test(serves_properties),
		cmocka_unit_test(longest_properties_fit),
		cmocka_unit_test(tries_plain_once_or_twice),
		cmocka_unit_test(prepares_only_what_was_received),
		cmocka_unit_test(pretends_at_the_same_cost),
		cmocka_unit_test(pretends_for_any_password),
		cmocka_unit_test(fails_without_random_bytes),
		cmocka_unit_test(fails_without_libcrypto),
		cmocka_unit_test(fails_with_crypt),
		cmocka_unit_test(survives_failed_allocations),
	};

	return cmocka_run_group_tests_name("secret", tests, NULL, NULL);
}
