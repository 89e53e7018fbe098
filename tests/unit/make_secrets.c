/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * make_secrets: lets known_answers.py use the library: reads requests from standard input, one a line, and
 * answers each with a line.  USER, REALM and PASSWORD are in hex, fields are separated by TABs:
 *   make SPEC USER REALM PASSWORD         the stored form
 *   verify MECH USER REALM PASSWORD TEXT  "yes" or "no"
 *   property MECH TEXT                    the property's value in hex, or "none"
 *   put FILE USER REALM MECH TEXT         stores it, made or not, and however costly; "done".  FILE is in hex too
 *   record KEY VALUE                      both in hex; the value as the library writes it again, in hex
 * What the library refuses is answered with "error: " and its words.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record.h"
#include "secret.h"
#include "store.h"
#include "text.h"

#define FIELDS_MAX 6

/* Lines come from our own script: anything wrong is a bug there. */
static void
give_up(const char *why)
{
	fprintf(stderr, "make_secrets: %s\n", why);
	exit(2);
}

static size_t
from_hex(char *out, size_t size, const char *hex)
{
	size_t len = strlen(hex) / 2;

	if (len >= size || !text_unhex((unsigned char *)out, len, hex, strlen(hex)))
		give_up("not hex, or too long");
	out[len] = '\0';
	return len;
}

static enum mech
find_mech(const char *name)
{
	enum mech mech;

	if (!mech_find(name, strlen(name), &mech))
		give_up("no such mechanism");
	return mech;
}

static void
get_name(struct name *out, const char *user_hex, const char *realm_hex)
{
	char user[NAME_BYTES_MAX + 1], realm[NAME_BYTES_MAX + 1];

	from_hex(user, sizeof user, user_hex);
	from_hex(realm, sizeof realm, realm_hex);
	if (name_parse(out, user, realm, NULL, NULL) != ST_OK)
		give_up("no name");
}

static void
answer_make(char **field)
{
	struct mech_specs specs;
	struct name name;
	struct secret secret;
	struct fault f;
	char password[PASSWORD_BYTES_MAX + 2];
	size_t len = from_hex(password, sizeof password, field[4]);

	get_name(&name, field[2], field[3]);
	if (mech_specs_parse(&specs, field[1], &f) != ST_OK ||
	    secret_make(&secret, &specs.spec[0], &name, password, len, &f) != ST_OK) {
		printf("error: %s\n", f.text);
		return;
	}
	puts(secret.text);
	secret_free(&secret);
}

static void
answer_verify(char **field)
{
	struct name name;
	struct fault f;
	char password[PASSWORD_BYTES_MAX + 2];
	size_t len = from_hex(password, sizeof password, field[4]);
	bool match;

	get_name(&name, field[2], field[3]);
	if (secret_verify(&match, find_mech(field[1]), field[5], &name, password, len, &f) != ST_OK)
		printf("error: %s\n", f.text);
	else
		puts(match ? "yes" : "no");
}

static void
answer_property(char **field)
{
	unsigned char value[SECRET_PROPERTY_MAX];
	char hex[2 * sizeof value + 1];
	size_t len;
	struct fault f;
	enum status st = secret_property(find_mech(field[1]), field[2], value, &len, &f);

	text_hex(hex, value, len);
	if (st == ST_OK)
		puts(hex);
	else if (st == ST_NOTFOUND)
		puts("none");
	else
		printf("error: %s\n", f.text);
}

/* Into the database that is there, for whoever is there or not. */
static void
answer_put(char **field)
{
	struct store_write_options options = {.wait = 10};
	enum mech mech = find_mech(field[4]);
	struct store_txn *t = NULL;
	struct record r = {0};
	struct name name;
	struct fault f;
	char path[4096];
	enum status st;

	from_hex(path, sizeof path, field[1]);
	get_name(&name, field[2], field[3]);
	st = store_begin(&t, path, &options, &f);
	if (st == ST_OK)
		st = store_txn_get(t, &name, &r, &f);
	if (st == ST_NOTFOUND) {
		record_init(&r, &name, 0);
		st = ST_OK;
	}
	if (st == ST_OK) {
		secret_free(&r.secrets[mech]);
		r.secrets[mech].text = strdup(field[5]);
		st = secret_check(mech, field[5], &f);
	}
	if (st == ST_OK)
		st = store_txn_put(t, &r, &f);
	if (st == ST_OK)
		st = store_commit(t, &f);
	else
		store_abort(t);
	if (st == ST_OK)
		puts("done");
	else
		printf("error: %s\n", f.text);
	record_clear(&r);
}

static void
answer_record(char **field)
{
	struct record r;
	struct fault f;
	char key[NAME_KEY_MAX + 1], value[4096], *again = NULL, *hex;
	size_t key_len = from_hex(key, sizeof key, field[1]), len = from_hex(value, sizeof value, field[2]);

	if (record_parse(&r, key, key_len, value, len, &f) != ST_OK) {
		printf("error: %s\n", f.text);
		return;
	}
	if (record_format(&r, &again, &len, &f) != ST_OK)
		give_up(f.text);
	hex = malloc(2 * len + 1);
	if (hex == NULL)
		give_up("out of memory");
	text_hex(hex, again, len);
	puts(hex);
	free(hex);
	record_free_value(again, len);
	record_clear(&r);
}

int
main(void)
{
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, stdin) > 0) {
		char *field[FIELDS_MAX] = {NULL}, *rest = line;
		size_t n = 0;

		line[strcspn(line, "\n")] = '\0';
		while (n < FIELDS_MAX && rest != NULL)
			field[n++] = strsep(&rest, "\t");
		if (n == 5 && strcmp(field[0], "make") == 0)
			answer_make(field);
		else if (n == 6 && strcmp(field[0], "verify") == 0)
			answer_verify(field);
		else if (n == 6 && strcmp(field[0], "put") == 0)
			answer_put(field);
		else if (n == 3 && strcmp(field[0], "property") == 0)
			answer_property(field);
		else if (n == 3 && strcmp(field[0], "record") == 0)
			answer_record(field);
		else
			give_up("no such request");
		fflush(stdout);
	}
	free(line);
	return 0;
}
