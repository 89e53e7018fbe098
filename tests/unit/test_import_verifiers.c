/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_import_verifiers: Dovecot's passwd-file, PostgreSQL's and gsasl's SCRAM verifiers.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "import_support.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- Dovecot ---- */

/* doveadm pw -s SCHEME -p hoge -u ann@Example.ORG (2.3.19); {PLAIN-TRUNC} and {SSHA}, too. */
static const char dovecot_made[] =
    "ann@Example.ORG:{CRYPT}$2y$05$JOzt/jIIp692W6QQd3VBj.3T7CCVrpXPQUQbGj2.MuVctNLowMWz2\n"
    "ann@Example.ORG:{DES-CRYPT}SawDHWW2azE8s\n"
    "ann@Example.ORG:{BLF-CRYPT}$2y$05$dTCHc0yY02HqssLAka/r9OiyyXVehy91UppbRHPwRKU16plNBcp/a\n"
    "ann@Example.ORG:{SHA256-CRYPT}$5$NHGZOiUeC363O0qC$aL0Q9Z9oLOiryl0xQ44e5GsBJql3QfVehq3DUmrc.k9\n"
    "ann@Example.ORG:{SHA512-CRYPT}$6$dRc/i0kpe3C4vcJn$kznAMFpWVDBI.sDoe1xl/tO8Nh47ohYKOk8OmwKpbSaafWxrb.Twn.y9Ekrj9gwLHx1AaqYHB5OJS2BpbgRKV/\n"
    "ann@Example.ORG:{MD5-CRYPT}$1$MZZZ9OXI$HfKtxVsJgeOQb88Md0rHM1\n"
    "ann@Example.ORG:{SCRAM-SHA-1}4096,G6WENbkxGzH+WE9sBmsOVw==,fK0TP+s43oLaXLoHQyv21EPIpFw=,j0occah71TsXv+Fck8rQsPAllUw=\n"
    "ann@Example.ORG:{SCRAM-SHA-256}4096,89/FD/aVgci8PD9CwIiWNw==,3H/f/DfLmeYN2MgaPdkOsByd4bPzkNuFCPyaLvN8bXU=,Fxz/Q613s/4WUKmupQWi4xm3MEP5Z6tamerHPp3XTj0=\n"
    "ann@Example.ORG:{CRAM-MD5}7aeefbe3e5e957c63e328c53ffa563c26bc08dcd58f605076679216cb4aff6d1\n"
    "ann@Example.ORG:{HMAC-MD5}7aeefbe3e5e957c63e328c53ffa563c26bc08dcd58f605076679216cb4aff6d1\n"
    "ann@Example.ORG:{CRAM-MD5.B64}eu774+XpV8Y+MoxT/6VjwmvAjc1Y9gUHZnkhbLSv9tE=\n"
    "ann@Example.ORG:{DIGEST-MD5}342994b37adfe8f8073fe484f8ad98ae\n"
    "ann@Example.ORG:{DIGEST-MD5.HEX}342994b37adfe8f8073fe484f8ad98ae\n"
    "ann@Example.ORG:{DIGEST-MD5.BASE64}NCmUs3rf6PgHP+SE+K2Yrg==\n"
    "ann@Example.ORG:{SHA256-CRYPT.B64}JDUkYWpMa09hbWZSSHQ4bjhXdSRVbndnUHo5aVlmLnE4RURWZ3ZtMnl2VkxTTk1ubWlOTEpHaXJaSWlmNWcu\n"
    "ann@Example.ORG:{SCRAM-SHA-256.B64}NDA5NixWV1U5T0RybTdjRzVHNmtYb2k5QnV3PT0sblNmVnRjcHN3dm9BMlFuWDNEUW9SMlJBUEYvRm1obk9vdGRZd1ZDYk5YRT0sSlRxZHd4VGR5bGJSTVlOc3daaVA0djJVdVBtdTkrYURBTTFmYXZnQ3Q4cz0=\n";

static void
takes_what_doveadm_makes(void **state)
{
	(void)state;
	import_password = "hoge";
	/* -u spells the realm otherwise: the hash still has the line's */
	assert_string_equal(import_transcript("dovecot", "example.org", dovecot_made, sizeof dovecot_made - 1),
	    "1 ann@Example.ORG PLAIN right\n"
	    "2 ann@Example.ORG PLAIN right\n"
	    "3 ann@Example.ORG PLAIN right\n"
	    "4 ann@Example.ORG PLAIN right\n"
	    "5 ann@Example.ORG PLAIN right\n"
	    "6 ann@Example.ORG PLAIN right\n"
	    "7 ann@Example.ORG SCRAM-SHA-1 right\n"
	    "8 ann@Example.ORG SCRAM-SHA-256 right\n"
	    "9 ann@Example.ORG CRAM-MD5 right\n"
	    "10 ann@Example.ORG CRAM-MD5 right\n"
	    "11 ann@Example.ORG CRAM-MD5 right\n"
	    "12 ann@Example.ORG DIGEST-MD5 right\n"
	    "13 ann@Example.ORG DIGEST-MD5 right\n"
	    "14 ann@Example.ORG DIGEST-MD5 right\n"
	    "15 ann@Example.ORG PLAIN right\n"
	    "16 ann@Example.ORG SCRAM-SHA-256 right\n");
	import_password = NULL;
}

#define CRAM "7aeefbe3e5e957c63e328c53ffa563c26bc08dcd58f605076679216cb4aff6d1"
#define OUR_CRAM "cd8dc06b0705f6586c217966d1f6afb4e3fbee7ac657e9e5538c323ec263a5ff"	/* known_answers.py */
#define CANNOT ": cannot be imported; these can: CRYPT, DES-CRYPT, BLF-CRYPT, MD5-CRYPT, SHA256-CRYPT, " \
	"SHA512-CRYPT, SCRAM-SHA-1, SCRAM-SHA-256, CRAM-MD5, DIGEST-MD5, PLAIN, CLEARTEXT\n"
#define NO_REALM "1 bad DIGEST-MD5: the line has no realm, and the hash is of one; say USER@REALM, or -u REALM, as it " \
	"was spelled when the hash was made\n"

static const struct example dovecot[] = {
	{"dovecot", "r", "ann:{PLAIN}hoge\nann:{clear}ho}ge\nann:{CLEARTEXT} x \nann:{PLAIN.b64}aG9nZQ==\n"
	    "ann:{PLAIN.hex}686F6765\n",
	    "1 ann@r pw=hoge\n2 ann@r pw=ho}ge\n3 ann@r pw= x \n4 ann@r pw=hoge\n5 ann@r pw=hoge\n"},
	{"dovecot", "r", "ann:{CRAM-MD5}" CRAM "\n", "1 ann@r CRAM-MD5=" OUR_CRAM "\n"},
	{"dovecot", "r", "ann:$1$MZZZ9OXI$HfKtxVsJgeOQb88Md0rHM1:1000:1000::/home/ann:/bin/sh:\n",
	    "1 ann@r PLAIN=crypt $1$MZZZ9OXI$HfKtxVsJgeOQb88Md0rHM1\n"},
	{"dovecot", "r", "ann:{PLAIN}hoge:1:1::/h::nologin\nann:{PLAIN}hoge:1:1::/h::a=b nologin=Go:away x\n"
	    "ann:{PLAIN}hoge:1:1::/h::a=b  nologin= \n"
	    "ann:{PLAIN}hoge:1:1::/h::nologins x=nologin xnologin\nann:{PLAIN}hoge:1:1:nologin:nologin:nologin\n",
	    "1 ann@r pw=hoge locked\n2 ann@r pw=hoge locked\n3 ann@r pw=hoge locked\n4 ann@r pw=hoge\n"
	    "5 ann@r pw=hoge\n"},
	{"dovecot", "r", "ann:::::::\nann:*:1:1\nann:{CRYPT}!\nann:{CRYPT}!$1$MZZZ9OXI$HfKtxVsJgeOQb88Md0rHM1\n",
	    "1 lost ann@r: no password\n2 lost ann@r: no password\n3 lost ann@r: no password\n"
	    "4 ann@r PLAIN=crypt $1$MZZZ9OXI$HfKtxVsJgeOQb88Md0rHM1 locked\n"},
	/* the realm of a digest must be known, not guessed */
	{"dovecot", "Example.ORG", "ann:{DIGEST-MD5}342994b37adfe8f8073fe484f8ad98ae\n",
	    "1 ann@Example.ORG DIGEST-MD5=342994b37adfe8f8073fe484f8ad98ae Example.ORG\n"},
	{"dovecot", NULL, "ann@Example.ORG:{DIGEST-MD5}342994b37adfe8f8073fe484f8ad98ae\n",
	    "1 ann@Example.ORG DIGEST-MD5=342994b37adfe8f8073fe484f8ad98ae Example.ORG\n"},
	{"dovecot", NULL, "ann:{DIGEST-MD5}342994b37adfe8f8073fe484f8ad98ae\n", NO_REALM},
	{"dovecot", "r", "ann:{SSHA}kFnh0dhGQ9SvGp0EbqQPY+fMDCC+TtI4\n", "1 bad scheme {SSHA}" CANNOT},
	{"dovecot", "r", "ann:{PLAIN-TRUNC}hoge\n", "1 bad scheme {PLAIN-TRUNC}" CANNOT},
	{"dovecot", "r", "ann:{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1$1bl$8\n", "1 bad scheme {ARGON2ID}" CANNOT},
	{"dovecot", "r", "ann:{CRYPT.x}hoge\nann:{}hoge\nann:{SCRAM-SHA-512}4096,\n",
	    "1 bad scheme {CRYPT.x}" CANNOT "2 bad scheme {}" CANNOT "3 bad scheme {SCRAM-SHA-512}" CANNOT},
	{"dovecot", "r", "ann:{aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}hoge\n", "1 bad scheme" CANNOT},
	{"dovecot", "r", "ann:{CRAM-MD5}" CRAM "0\nann:{CRAM-MD5}aG9nZQ==\nann:{CRAM-MD5.hex}zz\nann:{PLAIN.hex}123\n",
	    "1 bad CRAM-MD5: is not base64\n2 bad CRAM-MD5: is not 32 bytes\n3 bad CRAM-MD5: is not hex digits\n"
	    "4 bad PLAIN: is not hex digits\n"},
	{"dovecot", "r", "ann:{DIGEST-MD5}aG9nZQ==\n", "1 bad DIGEST-MD5: is not 16 bytes\n"},
	{"dovecot", "r", "ann:{PLAIN}\nann:{PLAIN.hex}00\nann:{PLAIN\n",
	    "1 bad password: is empty\n2 bad password: holds a NUL byte\n"
	    "3 bad PLAIN: not a string that crypt(3) knows\n"},
	{"dovecot", "r", "ann:{CRYPT.hex}2431240a\n", "1 bad PLAIN: holds a NUL byte or a line feed\n"},
	{"dovecot", "r", "ann:{SCRAM-SHA-1}4096,a,b\nann:{SCRAM-SHA-1}4096,a,b,c,d\n",
	    "1 bad SCRAM-SHA-1: is not iterations,salt,StoredKey,ServerKey\n"
	    "2 bad SCRAM-SHA-1: is not iterations,salt,StoredKey,ServerKey\n"},
	{"dovecot", "r", "ann\n:{PLAIN}x\n#ann:{PLAIN}x\n\n",
	    "1 bad line: is not USER:{SCHEME}PASSWORD, there is no colon\n2 bad user: is empty\n"},
};

static void
reads_passwd_files(void **state)
{
	(void)state;
	import_check(dovecot, COUNT(dovecot));
}

/* ---- PostgreSQL ---- */

/* psql -AtF $'\t' -c "select rolname, rolpassword from pg_authid" (15.18); the passwords are "hoge". */
static const char postgres_made[] =
    "postgres\t\n"
    "ann\tSCRAM-SHA-256$4096:Or/8tPiigtbAGnJsJW5Ppw==$EJpVXFCGmxVp0nhKBDskcvQ8zbOVYpNEjj6S2AY+iGk=:ahCVdAvjOvwYkAtVCmQ1RpuKeBqCvxTjdhKkUliOAtQ=\n"
    "old\tmd5075f7b8609b15968fc562a1b99327864\n";

/* RFC 5803, by known_answers.py */
#define SHA1 "4096:MDEyMzQ1Njc4OWFiY2RlZg==$dx9GygiN/TjNp3Ll89bxKP0ldi0=:hGKPRl5ly86Mrkww61EsOyaAuZM="
#define NO_VERIFIER "1 bad verifier: is not SCRAM-SHA-...$iterations:salt$StoredKey:ServerKey\n"
#define ITERATIONS "iterations 4096 to 1000000"

static const struct example postgres[] = {
	{"postgres", "r", "ann@R\tSCRAM-SHA-1$" SHA1 "\n", "1 ann@R SCRAM-SHA-1=" SHA1 "\n"},
	{"postgres", "r", "ann\tSCRAM-SHA-256$" SHA1 "\n",
	    "1 bad SCRAM-SHA-256: not iterations:salt$StoredKey:ServerKey, base64, " ITERATIONS "\n"},
	{"postgres", "r", "ann\tSCRAM-SHA-1:" SHA1 "\n",
	    "1 bad verifier: is not SCRAM-SHA-...$iterations:salt$StoredKey:ServerKey\n"},
	{"postgres", "r", "ann\tPLAIN$" SHA1 "\n", NO_VERIFIER},
	{"postgres", "r", "ann\tSCRAM-SHA-3$" SHA1 "\n", NO_VERIFIER},
	{"postgres", "r", "ann\tmd5\n", NO_VERIFIER},
	{"postgres", "r", "ann:x\n", "1 bad line: is not USER, TAB, VERIFIER, there is no tab\n"},
	{"postgres", "r", "\tSCRAM-SHA-1$" SHA1 "\n", "1 bad user: is empty\n"},
};

static void
reads_postgres(void **state)
{
	(void)state;
	import_password = "hoge";
	assert_string_equal(import_transcript("postgres", "r", postgres_made, sizeof postgres_made - 1),
	    "1 lost postgres@r: no password\n"
	    "2 ann@r SCRAM-SHA-256 right\n"
	    "3 bad verifier: no SASL mechanism can use PostgreSQL's md5; set the password again with "
	    "password_encryption = 'scram-sha-256'\n");
	import_password = NULL;
	import_check(postgres, COUNT(postgres));
}

/* ---- gsasl ---- */

/* gsasl --mkpasswd -m SCRAM-SHA-1 -p hoge, and with SCRAM-SHA-256 (2.2.0) */
#define GSASL_1 "{SCRAM-SHA-1}65536,E9Za9XO6JkIadfV3,S0kyH/1agJqvZriAlFnzzLAb7Ss=,Clp93sH06P0ieTTHhpgFjuOG5KQ="
#define GSASL_256 \
	"{SCRAM-SHA-256}65536,jcYczc3rg4y0TiEy,WJeMWq5RZF0MjCUYDVmJHaGwv/IM7kurnNgICCjplVc=,ObWJrKt5uUVhqY3b2xHVJwTaAc91as9PjXNR528lCvc="
#define NO_GSASL "1 bad line: is not USER:{SCRAM-SHA-...}iterations,salt,StoredKey,ServerKey\n"

static const struct example gsasl[] = {
	{"gsasl", "r", "ann@R " GSASL_1 "\n{b} \t" GSASL_256 "\n:c:  " GSASL_1 "\n",
	    "1 ann@R SCRAM-SHA-1 right\n2 bad user \"{b} \": begins or ends with a space\n3 :c@r SCRAM-SHA-1 right\n"},
	{"gsasl", "r", "ann:" GSASL_256 "\n{b}\t" GSASL_256 "\nc" GSASL_1 "\n",
	    "1 ann@r SCRAM-SHA-256 right\n2 {b}@r SCRAM-SHA-256 right\n"
	    "3 bad line: is not USER:{SCRAM-SHA-...}iterations,salt,StoredKey,ServerKey\n"},
	{"gsasl", "r", GSASL_1 "\n", NO_GSASL},
	{"gsasl", "r", ":" GSASL_1 "\n", NO_GSASL},
	{"gsasl", "r", "ann:{CRAM-MD5}x\n", NO_GSASL},
	{"gsasl", "r", "ann:hoge\n", NO_GSASL},
	{"gsasl", "r", "ann:" GSASL_1 ",x\n", "1 bad SCRAM-SHA-1: is not iterations,salt,StoredKey,ServerKey\n"},
	{"gsasl", "r", "ann:" GSASL_1 ":1:2\n",
	    "1 bad SCRAM-SHA-1: not iterations:salt$StoredKey:ServerKey, base64, " ITERATIONS "\n"},
};

static void
reads_gsasl(void **state)
{
	(void)state;
	import_password = "hoge";
	import_check(gsasl, COUNT(gsasl));
	import_password = NULL;
}

/* ---- no memory ---- */

static void
reports_no_memory(void **state)
{
	static const char scram[] = "ann:" GSASL_1 "\n", cram[] = "ann:{CRAM-MD5}" CRAM "\n";

	(void)state;
	import_check_memory("gsasl", scram, sizeof scram - 1);
	import_check_memory("dovecot", cram, sizeof cram - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(takes_what_doveadm_makes),
	    cmocka_unit_test(reads_passwd_files),
	    cmocka_unit_test(reads_postgres),
	    cmocka_unit_test(reads_gsasl),
	    cmocka_unit_test(reports_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
