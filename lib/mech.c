/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mech: the tables of mechanisms and PLAIN schemes, and the lists that name them.  Knows no secret.
 */
#include <config.h>

#include <crypt.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "mech.h"
#include "secret.h"

const char mech_default_list[] = "SCRAM-SHA-256 SCRAM-SHA-1 PLAIN DIGEST-MD5 CRAM-MD5";

#define SCRAM_ROW(name, digest, bytes, iterations) \
	{name, KIND_SCRAM, "authPassword", digest, bytes, iterations, false, false}

static const struct mech_info mechs[MECH_COUNT] = {
	[MECH_CLEARTEXT] = {"CLEARTEXT", KIND_CLEARTEXT, "userPassword", NULL, 0, 0, true, true},
	[MECH_CRAM_MD5] = {"CRAM-MD5", KIND_CRAM_MD5, "cmusaslsecretCRAM-MD5", NULL, 0, 0, true, false},
	[MECH_DIGEST_MD5] = {"DIGEST-MD5", KIND_DIGEST_MD5, "cmusaslsecretDIGEST-MD5", NULL, 0, 0, true,
	    false},
	[MECH_PLAIN] = {"PLAIN", KIND_PLAIN, "cmusaslsecretPLAIN", NULL, 0, 0, false, false},
	[MECH_SCRAM_SHA_1] = SCRAM_ROW("SCRAM-SHA-1", "SHA1", 20, 4096),
	[MECH_SCRAM_SHA_224] = SCRAM_ROW("SCRAM-SHA-224", "SHA224", 28, 10000),
	[MECH_SCRAM_SHA_256] = SCRAM_ROW("SCRAM-SHA-256", "SHA256", 32, 10000),
	[MECH_SCRAM_SHA_384] = SCRAM_ROW("SCRAM-SHA-384", "SHA384", 48, 10000),
	[MECH_SCRAM_SHA_512] = SCRAM_ROW("SCRAM-SHA-512", "SHA512", 64, 10000),
};

#define NO_LIMIT PASSWORD_BYTES_MAX

/*
 * The first is the default where libxcrypt prefers one that is not here.  Of several rows with one name, the
 * first makes new secrets.  libxcrypt's own default cost for bcrypt and the SHA schemes is from another
 * decade (1 or 2 ms); these are 20 to 60 ms on a machine of 2020, less than yescrypt.
 *
 * A bound is there because anybody can make the server hash, by sending some password for a user: one hash
 * takes at most about a second of one processor, and 64 MB.  Most take much less: bcrypt is hashed a second
 * time where SASLprep changes the password, and the SHA schemes take as many rounds as passlib (and so
 * Ansible) writes by default, 0.2 seconds for 10 bytes, but the longest password multiplies that by ten.
 */
static const struct scheme_info schemes[] = {
	{"yescrypt", "$y$", NO_LIMIT, 43, 5, COST_YESCRYPT, 65536, true, false},
	{"gost-yescrypt", "$gy$", NO_LIMIT, 43, 5, COST_YESCRYPT, 65536, true, false},
	{"scrypt", "$7$", NO_LIMIT, 43, 7, COST_SCRYPT, 65536, true, false},
	{"bcrypt", "$2b$", 72, 53, 10, COST_LOG2, 13, true, false},
	{"bcrypt", "$2y$", 72, 53, 0, COST_LOG2, 13, false, false},
	{"bcrypt", "$2a$", 72, 53, 0, COST_LOG2, 13, false, false},
	{"bcrypt", "$2x$", 72, 53, 0, COST_LOG2, 13, false, false},
	{"sha512crypt", "$6$", NO_LIMIT, 86, 100000, COST_ROUNDS, 656000, true, false},
	{"sha256crypt", "$5$", NO_LIMIT, 43, 100000, COST_ROUNDS, 535000, true, false},
	{"sha1crypt", "$sha1$", NO_LIMIT, 28, 0, COST_NUMBER, 480000, false, true},
	{"sunmd5", "$md5", NO_LIMIT, 22, 0, COST_SUNMD5, 250000, false, true},
	{"md5crypt", "$1$", NO_LIMIT, 22, 0, COST_FIXED, 0, false, true},
	{"bsdicrypt", "_", NO_LIMIT, 20, 0, COST_BSDI, 1000000, false, true},
	{"descrypt", "", 8, 13, 0, COST_FIXED, 0, false, true},
	{"nt", "$3$", NO_LIMIT, 0, 0, COST_FIXED, 0, false, true},
	{"smd5", NULL, NO_LIMIT, 0, 0, COST_FIXED, 0, true, true},
};
#define SCHEME_COUNT (sizeof schemes / sizeof schemes[0])

/* What a libxcrypt that is newer than the table may verify: nobody has measured it. */
static const struct scheme_info other_scheme = {"crypt", "", NO_LIMIT, 0, 0, COST_UNKNOWN, 0, false, true};

const struct mech_info *
mech_info(enum mech mech)
{
	return &mechs[mech];
}

static bool
same_word(const char *name, const char *word, size_t len)
{
	return strlen(name) == len && strncasecmp(name, word, len) == 0;
}

bool
mech_find(const char *name, size_t len, enum mech *out)
{
	if (same_word("LOGIN", name, len)) {
		*out = MECH_PLAIN;
		return true;
	}
	for (size_t i = 0; i < MECH_COUNT; i++) {
		if (same_word(mechs[i].name, name, len)) {
			*out = (enum mech)i;
			return true;
		}
	}
	return false;
}

/* descrypt has no prefix, and all others begin with '$' or '_' (crypt(5)). */
static bool
is_descrypt(const char *s)
{
	return s[0] != '\0' && s[0] != '$' && s[0] != '_';
}

const struct scheme_info *
mech_scheme_of(const char *crypt_string)
{
	for (size_t i = 0; i < SCHEME_COUNT; i++) {
		const char *prefix = schemes[i].prefix;

		if (prefix == NULL)
			continue;
		if (prefix[0] == '\0' ? is_descrypt(crypt_string)
				      : strncmp(crypt_string, prefix, strlen(prefix)) == 0)
			return &schemes[i];
	}
	return &other_scheme;
}

const struct scheme_info *
mech_scheme_find(const char *name, size_t len)
{
	for (size_t i = 0; i < SCHEME_COUNT; i++) {
		if (same_word(schemes[i].name, name, len))
			return &schemes[i];
	}
	return NULL;
}

const struct scheme_info *
mech_scheme_default(void)
{
	const char *preferred = crypt_preferred_method();

	for (size_t i = 0; preferred != NULL && i < SCHEME_COUNT; i++) {
		const struct scheme_info *s = &schemes[i];

		if (s->makes && s->prefix != NULL && strcmp(s->prefix, preferred) == 0)
			return s;
	}
	return &schemes[0];
}

struct mech_spec
mech_spec_default(enum mech mech)
{
	struct mech_spec spec = {mech, NULL, mechs[mech].iterations};

	if (mechs[mech].kind == KIND_PLAIN)
		spec.scheme = mech_scheme_default();
	return spec;
}

/* ---- lists ---- */

/* The mechanisms, or the schemes that can be made, for a message. */
static const char *
list_mechs(char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < MECH_COUNT && n < size; i++)
		n += (size_t)snprintf(out + n, size - n, "%s%s", n == 0 ? "" : " ", mechs[i].name);
	return out;
}

static const char *
list_schemes(char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < SCHEME_COUNT && n < size; i++) {
		if (schemes[i].makes)
			n += (size_t)snprintf(out + n, size - n, "%s%s", n == 0 ? "" : " ", schemes[i].name);
	}
	return out;
}

static enum status
parse_scheme(struct mech_spec *spec, const char *shown, const char *text, size_t len, struct fault *f)
{
	char list[256];

	spec->scheme = mech_scheme_find(text, len);
	if (spec->scheme == NULL)
		return fault_set(f, ST_BADVALUE, 0, "mechanism \"%s\": no such scheme; there are: %s", shown,
		    list_schemes(list, sizeof list));
	if (!spec->scheme->makes)
		return fault_set(f, ST_BADVALUE, 0,
		    "mechanism \"%s\": an old scheme that new secrets are not made with; there are: %s",
		    shown, list_schemes(list, sizeof list));
	return ST_OK;
}

static enum status
parse_iterations(struct mech_spec *spec, const char *shown, const char *text, size_t len, struct fault *f)
{
	unsigned long value = 0;
	bool good = len > 0 && len <= 8;

	for (size_t i = 0; good && i < len; i++) {
		good = text[i] >= '0' && text[i] <= '9';
		value = value * 10 + (unsigned long)(text[i] - '0');
	}
	if (!good || value < SCRAM_ITERATIONS_MIN || value > SCRAM_ITERATIONS_MAX)
		return fault_set(f, ST_BADVALUE, 0, "mechanism \"%s\": iterations must be %u to %u", shown,
		    SCRAM_ITERATIONS_MIN, SCRAM_ITERATIONS_MAX);
	spec->iterations = (unsigned)value;
	return ST_OK;
}

/* One word of a list. */
static enum status
parse_word(struct mech_spec *spec, const char *word, size_t len, struct fault *f)
{
	const char *colon = memchr(word, ':', len);
	size_t name_len = colon != NULL ? (size_t)(colon - word) : len;
	size_t rest = colon != NULL ? len - name_len - 1 : 0;
	char copy[64], shown[4 * sizeof copy], list[256];
	enum mech mech;

	snprintf(copy, sizeof copy, "%.*s", (int)(len < sizeof copy ? len : sizeof copy - 1), word);
	escape_for_log(shown, sizeof shown, copy);
	if (!mech_find(word, name_len, &mech))
		return fault_set(f, ST_BADVALUE, 0, "mechanism \"%s\": unknown; there are: %s", shown,
		    list_mechs(list, sizeof list));
	*spec = mech_spec_default(mech);
	if (colon == NULL)
		return ST_OK;
	if (mechs[mech].kind == KIND_PLAIN)
		return parse_scheme(spec, shown, colon + 1, rest, f);
	if (mechs[mech].kind == KIND_SCRAM)
		return parse_iterations(spec, shown, colon + 1, rest, f);
	return fault_set(f, ST_BADVALUE, 0, "mechanism \"%s\": %s takes nothing after a colon", shown,
	    mechs[mech].name);
}

enum status
mech_specs_parse(struct mech_specs *out, const char *list, struct fault *f)
{
	static const char separators[] = ", \t\r\n\v\f";
	struct mech_specs specs = {0};
	bool seen[MECH_COUNT] = {false};

	memset(out, 0, sizeof *out);
	for (const char *word = list + strspn(list, separators); *word != '\0';) {
		size_t len = strcspn(word, separators);
		struct mech_spec spec;
		enum status st = parse_word(&spec, word, len, f);

		if (st != ST_OK)
			return st;
		if (seen[spec.mech])
			return fault_set(f, ST_BADVALUE, 0, "mechanism \"%s\": named twice in the list",
			    mechs[spec.mech].name);
		seen[spec.mech] = true;
		specs.spec[specs.count++] = spec;
		word += len;
		word += strspn(word, separators);
	}
	if (specs.count == 0)
		return fault_set(f, ST_BADVALUE, 0, "mechanism list: names no mechanism");
	*out = specs;
	return ST_OK;
}

unsigned
mech_specs_bits(const struct mech_specs *specs)
{
	unsigned bits = 0;

	for (size_t i = 0; i < specs->count; i++)
		bits |= 1u << specs->spec[i].mech;
	return bits;
}
