/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * secret_scram: the SCRAM verifier (RFC 5802 section 3, stored as RFC 5803 has it), one code for every hash.
 */
#include <config.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

#include "secret_kind.h"
#include "text.h"

#define SALT_BYTES 16		/* of new ones, as libsasl2's own */
#define SALT_BYTES_MAX 128	/* of imported ones; what the stock plugin sends must fit in its message */
#define KEY_BYTES_MAX 64	/* SHA-512 */

struct verifier {
	unsigned iterations;
	size_t salt_len;
	unsigned char salt[SALT_BYTES_MAX];
	unsigned char stored_key[KEY_BYTES_MAX];
	unsigned char server_key[KEY_BYTES_MAX];
};

static bool
decode_iterations(unsigned *out, const char *text, size_t len)
{
	unsigned value = 0;

	if (len == 0 || len > 8 || text[0] == '0')
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		value = value * 10 + (unsigned)(text[i] - '0');
	}
	*out = value;
	return value >= SCRAM_ITERATIONS_MIN && value <= SCRAM_ITERATIONS_STORED_MAX;
}

/* iterations ":" salt "$" StoredKey ":" ServerKey */
static bool
decode(struct verifier *v, enum mech mech, const char *text)
{
	size_t key_bytes = mech_info(mech)->digest_bytes;
	const char *salt, *stored, *server;
	long salt_len;

	salt = strchr(text, ':');
	stored = salt != NULL ? strchr(salt, '$') : NULL;
	server = stored != NULL ? strchr(stored, ':') : NULL;
	if (server == NULL || !decode_iterations(&v->iterations, text, (size_t)(salt - text)))
		return false;
	salt++;
	stored++;
	server++;
	salt_len = text_unbase64(v->salt, sizeof v->salt, salt, (size_t)(stored - 1 - salt));
	if (salt_len <= 0)
		return false;
	v->salt_len = (size_t)salt_len;
	return text_unbase64(v->stored_key, key_bytes, stored, (size_t)(server - 1 - stored)) ==
	    (long)key_bytes &&
	    text_unbase64(v->server_key, key_bytes, server, strlen(server)) == (long)key_bytes;
}

static void
encode(char text[SECRET_TEXT_MAX], enum mech mech, const struct verifier *v)
{
	size_t key_bytes = mech_info(mech)->digest_bytes;
	char *at = text + snprintf(text, SECRET_TEXT_MAX, "%u:", v->iterations);

	at += text_base64(at, v->salt, v->salt_len);
	*at++ = '$';
	at += text_base64(at, v->stored_key, key_bytes);
	*at++ = ':';
	text_base64(at, v->server_key, key_bytes);
}

/* StoredKey and ServerKey from the prepared password, for the salt and iterations in v. */
static bool
derive_keys(struct verifier *v, const EVP_MD *md, const char *password, size_t len)
{
	unsigned char salted[KEY_BYTES_MAX], client_key[KEY_BYTES_MAX];
	int bytes = EVP_MD_get_size(md);
	bool good;

	good = PKCS5_PBKDF2_HMAC(password, (int)len, v->salt, (int)v->salt_len, (int)v->iterations, md,
	    bytes, salted) == 1 &&
	    HMAC(md, salted, bytes, (const unsigned char *)"Client Key", 10, client_key, NULL) != NULL &&
	    EVP_Digest(client_key, (size_t)bytes, v->stored_key, NULL, md, NULL) == 1 &&
	    HMAC(md, salted, bytes, (const unsigned char *)"Server Key", 10, v->server_key, NULL) != NULL;
	explicit_bzero(salted, sizeof salted);
	explicit_bzero(client_key, sizeof client_key);
	return good;
}

static enum status
compute(struct verifier *v, enum mech mech, const char *password, size_t len, struct fault *f)
{
	const struct mech_info *info = mech_info(mech);
	char *prepared = NULL;
	size_t prepared_len = 0;
	EVP_MD *md = NULL;
	enum status st;

	st = secret_prepare(&prepared, &prepared_len, password, len, f);
	if (st != ST_OK)
		goto out;
	md = EVP_MD_fetch(NULL, info->digest, NULL);
	if (md == NULL || !derive_keys(v, md, prepared, prepared_len))
		st = fault_set(f, ST_IO, 0, "%s: libcrypto does not do it", info->name);
out:
	EVP_MD_free(md);
	secret_wipe_free(prepared, prepared_len);
	return st;
}

static enum status
make(char text[SECRET_TEXT_MAX], const struct mech_spec *spec, const struct name *name, const char *password,
    size_t len, struct fault *f)
{
	struct verifier v = {.iterations = spec->iterations, .salt_len = SALT_BYTES};
	enum status st = secret_random(v.salt, v.salt_len, f);

	(void)name;
	if (st == ST_OK)
		st = compute(&v, spec->mech, password, len, f);
	if (st == ST_OK)
		encode(text, spec->mech, &v);
	explicit_bzero(&v, sizeof v);
	return st;
}

static enum status
check(enum mech mech, const char *text, struct fault *f)
{
	struct verifier v;
	bool good = decode(&v, mech, text);

	explicit_bzero(&v, sizeof v);
	if (!good)
		return fault_set(f, ST_BADVALUE, 0,
		    "%s: not iterations:salt$StoredKey:ServerKey, base64, iterations %u to %u",
		    mech_info(mech)->name, SCRAM_ITERATIONS_MIN, SCRAM_ITERATIONS_MAX);
	return ST_OK;
}

static enum status
check_cost(enum mech mech, const char *text, struct fault *f)
{
	unsigned iterations = 0;

	if (decode_iterations(&iterations, text, strcspn(text, ":")) && iterations <= SCRAM_ITERATIONS_MAX)
		return ST_OK;
	return fault_set(f, ST_COSTLY, 0, "%s: %u iterations are above the bound of %u", mech_info(mech)->name,
	    iterations, SCRAM_ITERATIONS_MAX);
}

static enum status
verify(bool *match, enum mech mech, const char *text, const struct name *name, const char *password,
    size_t len, struct fault *f)
{
	struct verifier stored, v;
	enum status st = ST_OK;

	(void)name;
	if (!decode(&stored, mech, text))
		return fault_set(f, ST_BADVALUE, 0, "%s: no stored form", mech_info(mech)->name);
	v = stored;
	st = compute(&v, mech, password, len, f);
	*match = st == ST_OK && secret_same(stored.stored_key, v.stored_key, mech_info(mech)->digest_bytes);
	explicit_bzero(&stored, sizeof stored);
	explicit_bzero(&v, sizeof v);
	return st;
}

static enum status
property(enum mech mech, const char *text, unsigned char out[SECRET_PROPERTY_MAX], size_t *out_len,
    struct fault *f)
{
	enum status st = check(mech, text, f);

	if (st == ST_OK)
		*out_len = (size_t)snprintf((char *)out, SECRET_PROPERTY_MAX, "%s$%s", mech_info(mech)->name, text);
	return st;
}

static void
facts(struct secret_facts *out, const char *text)
{
	decode_iterations(&out->iterations, text, strcspn(text, ":"));
}

static bool
decoy(char text[SECRET_TEXT_MAX], const struct mech_spec *spec)
{
	struct verifier v = {.iterations = spec->iterations, .salt_len = SALT_BYTES};

	encode(text, spec->mech, &v);
	return true;
}

const struct secret_kind_ops secret_scram = {make, check, check_cost, verify, property, facts, decoy};
