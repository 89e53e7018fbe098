/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * logins: one table of users, one of logins: who can log in by what, and what the log says if he cannot.
 */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "harness.h"

#define SCRAM "SCRAM-SHA-1 SCRAM-SHA-224 SCRAM-SHA-256 SCRAM-SHA-384 SCRAM-SHA-512"
#define STOCK "CRAM-MD5 DIGEST-MD5 " SCRAM	/* served through the lookup */
#define OURS "PLAIN LOGIN"			/* our own mechanisms */
#define EVERY OURS " " STOCK

#define LONG50 "01234567890123456789012345678901234567890123456789"
#define LONG250 LONG50 LONG50 LONG50 LONG50 LONG50
#define LONG511 LONG250 LONG250 "01234567890"

/* Passwords of which no part is a word that a log may hold. */
#define GOOD "tuna melt"
#define BAD "cold tuna"
#define LATIN "r\303\244uch\303\266l"

static const struct user {
	const char *who;
	const char *mechs;
	const char *password;
	void (*edit)(struct record *r);
} users[] = {
	{"hoge@example.test", STOCK " PLAIN", GOOD, NULL},
	{"bare@example.test", "CRAM-MD5", GOOD, NULL},
	{"hash@example.test", "PLAIN", GOOD, NULL},
	{"bcrypt@example.test", "PLAIN:bcrypt", GOOD, NULL},
	{"scram@example.test", "SCRAM-SHA-256:20000 SCRAM-SHA-512", GOOD, NULL},
	{"digest@example.test", "DIGEST-MD5", GOOD, NULL},
	{"smd5@example.test", "PLAIN:smd5", GOOD, NULL},
	{"clear@example.test", "CLEARTEXT", GOOD, NULL},
	{"mixed@example.test", "CLEARTEXT", "legible one", NULL},
	{"mixed@example.test", "SCRAM-SHA-256 CRAM-MD5 DIGEST-MD5", GOOD, NULL},
	{"off@example.test", STOCK " PLAIN", GOOD, disable_user},
	{"past@example.test", STOCK " PLAIN", GOOD, expire_user},
	{"long@example.test", STOCK " PLAIN", LONG511, NULL},
	{"gr\303\266\303\237e@example.test", STOCK " PLAIN", LATIN, NULL},
	{"\346\227\245\346\234\254@example.test", STOCK " PLAIN", "\343\203\221\343\202\271", NULL},
	{"hoge@b\303\274cher.test", STOCK " PLAIN", GOOD, NULL},
	{"hoge@mail.example.test", STOCK " PLAIN", "trout of the house", NULL},
	{"hoge@Mixed.Test", STOCK " PLAIN", "mixed grill", NULL},
	{"%s%n@example.test", STOCK " PLAIN", GOOD, NULL},
};

/* Results beside libsasl2's own. */
#define RIGHT SASL_OK
#define WRONG SASL_BADAUTH
#define UNKNOWN 1000	/* SASL_NOUSER from libsasl2's mechanisms, SASL_BADAUTH from ours */

static const struct login {
	const char *conf;	/* more lines of the conf file; one that begins with '=' is the whole */
	const char *realm;	/* the server's */
	const char *mechs;
	const char *user;
	const char *password;
	int expected;
	const char *line;	/* in the log, once; NULL: no line of ours about this user */
} logins[] = {
	/* who he is */
	{"", REALM, EVERY, "hoge", GOOD, RIGHT, NULL},
	{"", REALM, OURS, "hoge", BAD, WRONG, ": wrong password for user hoge in realm example.test"},
	{"", REALM, STOCK, "hoge", BAD, WRONG, NULL},
	{"", REALM, OURS, "hoge", "tuna mel", WRONG, "wrong password for"},
	{"", REALM, OURS, "hoge", "tuna melt ", WRONG, "wrong password for"},
	{"", REALM, EVERY, "nobody", GOOD, UNKNOWN, "no such user nobody in realm example.test in /tmp/"},
	{"", REALM, EVERY, "HOGE", GOOD, UNKNOWN, "no such user HOGE in realm example.test in /tmp/"},
	{"", REALM, EVERY, "a\tb", GOOD, UNKNOWN, "user \"a\\x09b\": holds a control character"},
	{"", REALM, EVERY, "%s%n", GOOD, RIGHT, NULL},
	{"", REALM, EVERY, "%d%s%n%n", GOOD, UNKNOWN, "no such user %d%s%n%n in realm"},
	{"", REALM, EVERY, LONG250 "012345", GOOD, UNKNOWN, "user: longer than 255 bytes"},
	{"", REALM, STOCK, LONG511 "0", GOOD, UNKNOWN, "too long"},

	/* his realm */
	{"", REALM, OURS " CRAM-MD5 " SCRAM, "hoge@example.test", GOOD, RIGHT, NULL},
	{"", REALM, OURS " CRAM-MD5 " SCRAM, "hoge@Example.TEST", GOOD, RIGHT, NULL},
	{"", REALM, "DIGEST-MD5", "hoge@example.test", GOOD, WRONG, NULL},
	{"", REALM, EVERY, "hoge@other.test", GOOD, UNKNOWN, "no such user hoge in realm other.test"},
	{"", REALM, EVERY, "hoge@", GOOD, UNKNOWN, "realm: is empty"},
	{"", "Example.Test", OURS " CRAM-MD5 " SCRAM, "hoge", GOOD, RIGHT, NULL},
	{"", "Example.Test", "DIGEST-MD5", "hoge", GOOD, UNKNOWN,
	    "has a DIGEST-MD5 secret for the realm spelled example.test"},
	{"", "Mixed.Test", EVERY, "hoge", "mixed grill", RIGHT, NULL},
	{"", NULL, EVERY, "hoge", "trout of the house", RIGHT, NULL},
	{"", NULL, STOCK, "hoge", GOOD, WRONG, NULL},
	{"", NULL, OURS, "hoge", GOOD, WRONG, "wrong password for user hoge in realm mail.example.test"},
	{"", "", OURS " CRAM-MD5 " SCRAM, "hoge@mail.example.test", "trout of the house", RIGHT, NULL},
	{"gsasldb_realms: other.test, Example.TEST\n", REALM, EVERY, "hoge", GOOD, RIGHT, NULL},
	{"gsasldb_realms: other.test\n", REALM, EVERY, "hoge", GOOD, UNKNOWN,
	    "realm example.test: not one of gsasldb_realms"},

	/* what he has */
	{"", REALM, "CRAM-MD5", "bare", GOOD, RIGHT, NULL},
	{"", REALM, "PLAIN", "bare", GOOD, WRONG, "user bare in realm example.test has no secret for PLAIN; he has: CRAM-MD5"},
	{"", REALM, "LOGIN", "bare", GOOD, WRONG, "has no secret for LOGIN; he has: CRAM-MD5"},
	{"", REALM, "DIGEST-MD5", "bare", GOOD, UNKNOWN, "has no secret for DIGEST-MD5; he has: CRAM-MD5"},
	{"", REALM, "SCRAM-SHA-1", "bare", GOOD, UNKNOWN, "has no secret for SCRAM-SHA-1; he has: CRAM-MD5"},
	{"", REALM, "SCRAM-SHA-256", "bare", GOOD, UNKNOWN, "has no secret for SCRAM-SHA-256; he has: CRAM-MD5"},
	{"", REALM, OURS, "hash", GOOD, RIGHT, NULL},
	{"", REALM, "CRAM-MD5", "hash", GOOD, UNKNOWN, "has no secret for CRAM-MD5; he has: PLAIN"},
	{"", REALM, OURS, "bcrypt", GOOD, RIGHT, NULL},
	{"", REALM, OURS " SCRAM-SHA-256 SCRAM-SHA-512", "scram", GOOD, RIGHT, NULL},
	{"", REALM, OURS, "scram", BAD, WRONG, "wrong password for user scram"},
	{"", REALM, "SCRAM-SHA-256 SCRAM-SHA-512", "scram", BAD, WRONG, NULL},
	{"", REALM, "SCRAM-SHA-1", "scram", GOOD, UNKNOWN, "has no secret for SCRAM-SHA-1; he has: SCRAM-SHA-256 SCRAM-SHA-512"},
	{"", REALM, "SCRAM-SHA-384", "scram", GOOD, UNKNOWN, "has no secret for SCRAM-SHA-384; he has"},
	{"", REALM, "DIGEST-MD5", "digest", GOOD, RIGHT, NULL},
	{"", REALM, "CRAM-MD5", "digest", GOOD, UNKNOWN, "he has: DIGEST-MD5"},
	{"", REALM, EVERY, "clear", GOOD, RIGHT, NULL},
	{"", REALM, OURS, "clear", BAD, WRONG, "wrong password for user clear"},
	{"", REALM, STOCK, "clear", BAD, WRONG, NULL},
	{"", REALM, "SCRAM-SHA-256 CRAM-MD5 DIGEST-MD5", "mixed", GOOD, RIGHT, NULL},
	{"", REALM, "SCRAM-SHA-256 CRAM-MD5 DIGEST-MD5", "mixed", "legible one", WRONG, NULL},
	{"", REALM, "SCRAM-SHA-1 SCRAM-SHA-512", "mixed", "legible one", RIGHT, NULL},
	{"", REALM, OURS, "mixed", GOOD, RIGHT, NULL},

	/* may he */
	{"", REALM, STOCK, "off", GOOD, SASL_NOUSER, "user off in realm example.test is disabled"},
	{"", REALM, OURS, "off", GOOD, SASL_DISABLED, "user off in realm example.test is disabled"},
	{"", REALM, OURS, "off", BAD, WRONG, "wrong password for user off"},
	{"", REALM, STOCK, "past", GOOD, SASL_NOUSER, "user past in realm example.test has expired"},
	{"", REALM, OURS, "past", GOOD, SASL_EXPIRED, "user past in realm example.test has expired"},
	{"", REALM, OURS, "past", BAD, WRONG, "wrong password for user past"},

	/* other scripts */
	{"", REALM, EVERY, "gr\303\266\303\237e", LATIN, RIGHT, NULL},
	{"", REALM, STOCK, "gr\303\266\303\237e", "ordinary", WRONG, NULL},
	{"", REALM, OURS, "gr\303\266\303\237e", "ordinary", WRONG, "wrong password for user gr"},
	{"", REALM, EVERY, "gr\303\266sse", LATIN, UNKNOWN, "no such user gr\303\266sse in"},
	{"", REALM, EVERY, "\346\227\245\346\234\254", "\343\203\221\343\202\271", RIGHT, NULL},
	{"", REALM, STOCK, "\346\227\245\346\234\254", "\343\203\221", WRONG, NULL},
	{"", REALM, OURS, "\346\227\245\346\234\254", "\343\203\221", WRONG, "wrong password for user"},
	{"", "b\303\274cher.test", EVERY, "hoge", GOOD, RIGHT, NULL},
	{"", "b\303\274cher.test", STOCK, "hoge", BAD, WRONG, NULL},
	{"", "b\303\274cher.test", OURS, "hoge", BAD, WRONG, "wrong password for user hoge in realm b"},
	{"", REALM, OURS, "gr\366\337e", GOOD, SASL_BADPROT, "a user name that is not UTF-8"},
	{"", REALM, OURS, "hoge", "r\344uch\366l", WRONG, "wrong password for user hoge"},
	{"", REALM, EVERY, "long", LONG511, RIGHT, NULL},
	{"", REALM, OURS, "long", LONG511 "0", WRONG, "wrong password for user long"},
	{"", REALM, OURS, "long", LONG250 LONG250 "0123456789", WRONG, "wrong password for user long"},

	/* the stock PLAIN and LOGIN: a crypt(3) hash is of no use to them */
	{"gsasldb_plain: no\n", REALM, OURS, "hash", GOOD, SASL_NOUSER,
	    "user hash in realm example.test has no secret for"},
	{"gsasldb_plain: no\n", REALM, OURS, "smd5", GOOD, RIGHT, NULL},
	{"gsasldb_plain: no\n", REALM, OURS, "smd5", BAD, WRONG, NULL},
	{"gsasldb_plain: no\n", REALM, OURS, "clear", GOOD, RIGHT, NULL},
	{"gsasldb_plain: no\n", REALM, OURS, "nobody", GOOD, SASL_NOUSER, "no such user nobody"},
	{"gsasldb_plain: no\n", REALM, STOCK, "hoge", GOOD, RIGHT, NULL},
	{"gsasldb_plain: auto\n", REALM, OURS, "smd5", GOOD, RIGHT, NULL},

	/* companions that are mapped */
	{"gsasldb_map: yes\n", REALM, "SCRAM-SHA-1", "hoge", GOOD, RIGHT, NULL},
	{"gsasldb_map: yes\n", REALM, "SCRAM-SHA-1", "hoge", BAD, WRONG, NULL},

	/* options that cannot be: nobody is served, and that is not the user's fault */
	{"gsasldb_mechs: PLAIN FOO\n", REALM, "PLAIN", "hoge", GOOD, SASL_UNAVAIL,
	    "option gsasldb_mechs: \"PLAIN FOO\""},
	{"gsasldb_mechs: PLAIN FOO\n", REALM, EVERY, "hoge", GOOD, SASL_UNAVAIL, NULL},
	{"gsasldb_mechs: PLAIN FOO\n", REALM, EVERY, "nobody", GOOD, SASL_UNAVAIL, NULL},
	{"gsasldb_map: both\n", REALM, "LOGIN", "hoge", GOOD, SASL_UNAVAIL,
	    "option gsasldb_map: \"both\": must be \"yes\" or \"no\""},
	{"gsasldb_plain: maybe\n", REALM, "LOGIN", "hoge", GOOD, SASL_UNAVAIL,
	    "option gsasldb_plain: \"maybe\": must be \"auto\", \"yes\" or \"no\""},
	{"gsasldb_realms: ,\n", REALM, "CRAM-MD5", "hoge", GOOD, SASL_UNAVAIL,
	    "option gsasldb_realms: \",\": names no realm"},
	{"=auxprop_plugin: gsasldb\ngsasldb_path: sasldb\n", REALM, "SCRAM-SHA-1", "hoge", GOOD,
	    SASL_UNAVAIL, "option gsasldb_path: \"sasldb\": must be an absolute path"},

	/* selected in other words */
	{"=auxprop_plugin: GSASLDB\ngsasldb_path: %s/sasldb\n", REALM, EVERY, "hoge", GOOD, RIGHT, NULL},
	{"=auxprop_plugin: gsasldb\npwcheck_method: saslauthd auxprop\ngsasldb_path: %s/sasldb\n", REALM,
	    EVERY, "hoge", GOOD, RIGHT, NULL},

	/* not selected: only the stock sasldb counts, and we say nothing */
	{"=auxprop_plugin: sasldb\nsasldb_path: %s/stockdb\n", REALM, EVERY, "stock", "stock of fish", RIGHT, NULL},
	{"=auxprop_plugin: sasldb\nsasldb_path: %s/stockdb\n", REALM, EVERY, "stock", BAD, WRONG, NULL},
	{"=auxprop_plugin: sasldb\nsasldb_path: %s/stockdb\n", REALM, EVERY, "hash", GOOD, SASL_NOUSER, NULL},
	{"=sasldb_path: %s/stockdb\ngsasldb_path: %s/sasldb\n", REALM, EVERY, "stock", "stock of fish", RIGHT, NULL},
	{"=sasldb_path: %s/stockdb\ngsasldb_path: %s/sasldb\n", REALM, EVERY, "hoge", GOOD, SASL_NOUSER, NULL},
	{"=auxprop_plugin: gsasldb\npwcheck_method: saslauthd\nsaslauthd_path: %s/none\ngsasldb_path: %s/sasldb\n",
	    REALM, STOCK, "hoge", GOOD, SASL_NOMECH, NULL},

	/* both: whom one does not have, the other may */
	{"=auxprop_plugin: gsasldb sasldb\nsasldb_path: %s/stockdb\ngsasldb_path: %s/sasldb\n", REALM, EVERY,
	    "hoge", GOOD, RIGHT, NULL},
	{"=auxprop_plugin: gsasldb sasldb\nsasldb_path: %s/stockdb\ngsasldb_path: %s/sasldb\n", REALM, OURS,
	    "hoge", BAD, WRONG, "wrong password for user hoge"},
	{"=auxprop_plugin: gsasldb sasldb\nsasldb_path: %s/stockdb\ngsasldb_path: %s/sasldb\n", REALM, OURS,
	    "stock", "stock of fish", RIGHT, NULL},
	{"=auxprop_plugin: gsasldb sasldb\nsasldb_path: %s/stockdb\ngsasldb_path: %s/sasldb\n", REALM, STOCK,
	    "stock", "stock of fish", RIGHT, "4 no such user stock"},
	{"=auxprop_plugin: gsasldb sasldb\nsasldb_path: %s/stockdb\ngsasldb_path: %s/sasldb\n", REALM, OURS,
	    "stock", BAD, WRONG, "refused the password too"},
	{"=auxprop_plugin: gsasldb sasldb\nsasldb_path: %s/stockdb\ngsasldb_path: %s/sasldb\n", REALM, EVERY,
	    "nobody", GOOD, UNKNOWN, "no such user nobody in realm example.test in /tmp/"},
	{"=auxprop_plugin: sasldb gsasldb\nsasldb_path: %s/stockdb\ngsasldb_path: %s/sasldb\n", REALM, EVERY,
	    "hoge", GOOD, RIGHT, NULL},
};

/* Lines that only we write. */
static bool
we_spoke(const struct log *log)
{
	return log_has(log, "in realm") || log_has(log, "gsasldb");
}

static void
check_login(const struct login *l, const char *mech)
{
	const struct attempt a = {.mech = mech, .user = l->user, .password = l->password,
	    .server_realm = l->realm};
	bool ours = strcmp(mech, "PLAIN") == 0 || strcmp(mech, "LOGIN") == 0;
	int expected = l->expected == UNKNOWN ? (ours ? SASL_BADAUTH : SASL_NOUSER) : l->expected;
	struct log log = {0};
	int result;
	bool good;

	result = log_in(&a, &log, NULL);
	good = result == expected;
	if (l->line != NULL)
		good = good && log_count(&log, l->line) == 1;
	else if (strcmp(mech, "DIGEST-MD5") != 0)	/* its limit is told at some time or other */
		good = good && !we_spoke(&log);
	good = good && !log_leaks(&log) && !log_has(&log, l->password);
	ok(good, "%s %.40s at %s, \"%.20s\": %s", mech, l->user, l->realm == NULL ? "(host)" : l->realm,
	    l->password, sasl_errstring(expected, NULL, NULL));
	if (!good)
		note("got %d (%s), expected %d and the line \"%s\"; conf %s; the log:\n%s", result,
		    sasl_errstring(result, NULL, NULL), expected, l->line == NULL ? "(none)" : l->line,
		    l->conf, log.text == NULL ? "(empty)" : log.text);
	log_clear(&log);
}

static void
start_for(const char *conf)
{
	char whole[1024];

	if (conf[0] == '=')
		snprintf(whole, sizeof(whole), "%s", conf + 1);
	else
		snprintf(whole, sizeof(whole), "%s%s", SELECTED, conf);
	server_start(whole);
}

static void
make_stock_database(void)
{
	const char *const argv[] = {"/usr/sbin/saslpasswd2", "-c", "-p", "-f", in_scratch("stockdb"), "-u", REALM,
	    "stock", NULL};
	FILE *conf = fopen(in_scratch("conf/saslpasswd.conf"), "w");

	fputs("auxprop_plugin: sasldb\n", conf);
	fclose(conf);
	if (run_stock(argv, "stock of fish") != 0)
		bail("the stock saslpasswd2 failed (Debian package sasl2-bin)");
}

int
main(void)
{
	const char *conf = NULL;
	size_t i;

	harness_start();
	make_stock_database();
	for (i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
		give_password(users[i].who, users[i].mechs, users[i].password);
		if (users[i].edit != NULL)
			edit_user(users[i].who, users[i].edit);
	}
	remember_secrets();
	for (i = 0; i < sizeof(logins) / sizeof(logins[0]); i++) {
		char mechs[256], *mech, *rest = NULL;

		if (conf == NULL || strcmp(conf, logins[i].conf) != 0) {
			if (conf != NULL)
				server_stop();
			conf = logins[i].conf;
			start_for(conf);
		}
		snprintf(mechs, sizeof(mechs), "%s", logins[i].mechs);
		for (mech = strtok_r(mechs, " ", &rest); mech != NULL; mech = strtok_r(NULL, " ", &rest))
			check_login(&logins[i], mech);
	}
	server_stop();
	return done();
}
