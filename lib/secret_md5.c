/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * secret_md5: the secrets of libsasl2's MD5 mechanisms, in its own binary forms: CRAM-MD5, DIGEST-MD5 and
 * PLAIN:smd5.  Nothing new should be made with MD5; these are what the stock plugins read.
 */
#include <config.h>

#include <openssl/evp.h>
#include <stdint.h>
#include <string.h>

#include "secret_kind.h"
#include "text.h"

#define MD5_BYTES 16
#define MD5_BLOCK 64

/* MD5 of up to five pieces, the rest NULL. */
struct pieces {
	const void *data[5];
	size_t len[5];
};

static enum status
run_md5(unsigned char out[MD5_BYTES], const struct pieces *pieces, struct fault *f)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool good = context != NULL && EVP_DigestInit_ex(context, EVP_md5(), NULL) == 1;

	for (size_t i = 0; good && i < 5 && pieces->data[i] != NULL; i++)
		good = EVP_DigestUpdate(context, pieces->data[i], pieces->len[i]) == 1;
	good = good && EVP_DigestFinal_ex(context, out, NULL) == 1;
	EVP_MD_CTX_free(context);	/* wipes its state */
	if (!good)
		return fault_set(f, ST_IO, 0, "MD5: libcrypto does not do it (FIPS mode?)");
	return ST_OK;
}

/* ---- CRAM-MD5: the HMAC-MD5 state after the key block (RFC 2195 section 2; libsasl2's lib/md5.c) ---- */

/* RFC 1321 section 3.4: floor(2^32 * abs(sin(i + 1))). */
static const uint32_t sine[64] = {
	0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
	0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
	0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
	0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
	0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
	0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
	0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
	0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
};

static uint32_t
rotate(uint32_t x, unsigned bits)
{
	return x << bits | x >> (32 - bits);
}

/*
 * The state after one block from MD5's initial state (RFC 1321 sections 3.3 and 3.4), big-endian words.
 * libcrypto does not give that state away, and it is what libsasl2 stores.
 */
static void
compress_first_block(unsigned char out[MD5_BYTES], const unsigned char block[MD5_BLOCK])
{
	static const uint32_t initial[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
	static const unsigned char shifts[4][4] = {
	    {7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
	uint32_t a = initial[0], b = initial[1], c = initial[2], d = initial[3], x[16], result[4];

	for (unsigned i = 0; i < 16; i++)
		x[i] = (uint32_t)block[4 * i] | (uint32_t)block[4 * i + 1] << 8 |
		    (uint32_t)block[4 * i + 2] << 16 | (uint32_t)block[4 * i + 3] << 24;
	for (unsigned i = 0; i < 64; i++) {
		unsigned round = i / 16, word;
		uint32_t mix, next;

		if (round == 0) {
			mix = (b & c) | (~b & d);
			word = i;
		} else if (round == 1) {
			mix = (b & d) | (c & ~d);
			word = (5 * i + 1) % 16;
		} else if (round == 2) {
			mix = b ^ c ^ d;
			word = (3 * i + 5) % 16;
		} else {
			mix = c ^ (b | ~d);
			word = 7 * i % 16;
		}
		next = b + rotate(a + mix + x[word] + sine[i], shifts[round][i % 4]);
		a = d;
		d = c;
		c = b;
		b = next;
	}
	result[0] = initial[0] + a;
	result[1] = initial[1] + b;
	result[2] = initial[2] + c;
	result[3] = initial[3] + d;
	for (unsigned i = 0; i < MD5_BYTES; i++)
		out[i] = (unsigned char)(result[i / 4] >> (24 - i % 4 * 8));
	explicit_bzero(x, sizeof x);
	explicit_bzero(result, sizeof result);
}

/* Inner state, then outer state: RFC 2104 section 4 describes them. */
static enum status
compute_states(unsigned char out[2 * MD5_BYTES], const char *password, size_t len, struct fault *f)
{
	unsigned char key[MD5_BLOCK] = {0}, block[MD5_BLOCK];
	enum status st = ST_OK;

	if (len > MD5_BLOCK)	/* RFC 2104 section 2 */
		st = run_md5(key, &(struct pieces){{password}, {len}}, f);
	else
		memcpy(key, password, len);
	for (unsigned half = 0; st == ST_OK && half < 2; half++) {
		for (unsigned i = 0; i < MD5_BLOCK; i++)
			block[i] = key[i] ^ (half == 0 ? 0x36 : 0x5c);
		compress_first_block(out + half * MD5_BYTES, block);
	}
	explicit_bzero(key, sizeof key);
	explicit_bzero(block, sizeof block);
	return st;
}

static enum status
cram_make(char text[SECRET_TEXT_MAX], const struct mech_spec *spec, const struct name *name,
    const char *password, size_t len, struct fault *f)
{
	unsigned char states[2 * MD5_BYTES];
	enum status st = compute_states(states, password, len, f);

	(void)spec;
	(void)name;
	if (st == ST_OK)
		text_hex(text, states, sizeof states);
	explicit_bzero(states, sizeof states);
	return st;
}

static bool
cram_decode(unsigned char states[2 * MD5_BYTES], const char *text)
{
	return text_unhex(states, 2 * MD5_BYTES, text, strlen(text));
}

static enum status
cram_check(enum mech mech, const char *text, struct fault *f)
{
	unsigned char states[2 * MD5_BYTES];
	bool good = cram_decode(states, text);

	(void)mech;
	explicit_bzero(states, sizeof states);
	return good ? ST_OK : fault_set(f, ST_BADVALUE, 0, "CRAM-MD5: not 64 lower-case hex digits");
}

static enum status
cram_verify(bool *match, enum mech mech, const char *text, const struct name *name, const char *password,
    size_t len, struct fault *f)
{
	unsigned char stored[2 * MD5_BYTES], states[2 * MD5_BYTES];
	enum status st = compute_states(states, password, len, f);

	(void)mech;
	(void)name;
	*match = st == ST_OK && cram_decode(stored, text) && secret_same(stored, states, sizeof stored);
	explicit_bzero(stored, sizeof stored);
	explicit_bzero(states, sizeof states);
	return st;
}

static enum status
cram_property(enum mech mech, const char *text, unsigned char out[SECRET_PROPERTY_MAX], size_t *out_len,
    struct fault *f)
{
	if (!cram_decode(out, text))
		return cram_check(mech, text, f);
	*out_len = 2 * MD5_BYTES;
	return ST_OK;
}

static bool
cram_decoy(char text[SECRET_TEXT_MAX], const struct mech_spec *spec)
{
	(void)spec;
	memset(text, '0', 4 * MD5_BYTES);
	text[4 * MD5_BYTES] = '\0';
	return true;
}

const struct secret_kind_ops secret_cram_md5 = {
    cram_make, cram_check, NULL, cram_verify, cram_property, NULL, cram_decoy};

/* ---- DIGEST-MD5: MD5(user ":" realm ":" password), RFC 2831 section 2.1.2.1 ---- */

/* A part as it is hashed: in ISO 8859-1 if it lies wholly in it.  Returns its length in out, which has room
 * for len bytes. */
static size_t
in_digest_charset(char *out, const char *part, size_t len)
{
	long converted = utf8_to_latin1(out, part, len);

	if (converted >= 0)
		return (size_t)converted;
	memcpy(out, part, len);
	return len;
}

static enum status
digest_compute(unsigned char out[MD5_BYTES], const char *user, const char *realm, const char *password,
    size_t len, struct fault *f)
{
	char hashed_user[NAME_BYTES_MAX], hashed_realm[NAME_BYTES_MAX], hashed_password[PASSWORD_BYTES_MAX];
	struct pieces pieces = {{hashed_user, ":", hashed_realm, ":", hashed_password}, {0, 1, 0, 1, 0}};
	enum status st;

	pieces.len[0] = in_digest_charset(hashed_user, user, strlen(user));
	pieces.len[2] = in_digest_charset(hashed_realm, realm, strlen(realm));
	pieces.len[4] = in_digest_charset(hashed_password, password, len);
	st = run_md5(out, &pieces, f);
	explicit_bzero(hashed_password, sizeof hashed_password);
	return st;
}

static enum status
digest_make(char text[SECRET_TEXT_MAX], const struct mech_spec *spec, const struct name *name,
    const char *password, size_t len, struct fault *f)
{
	unsigned char hash[MD5_BYTES];
	enum status st = digest_compute(hash, name->user, name->realm_typed, password, len, f);

	(void)spec;
	if (st == ST_OK) {
		text_hex(text, hash, sizeof hash);
		strcat(text, " ");
		strcat(text, name->realm_typed);
	}
	explicit_bzero(hash, sizeof hash);
	return st;
}

/* *realm points into text. */
static bool
digest_decode(unsigned char hash[MD5_BYTES], const char **realm, const char *text)
{
	size_t len = strcspn(text, " ");

	if (text[len] == '\0' || !text_unhex(hash, MD5_BYTES, text, len))
		return false;
	*realm = text + len + 1;
	return true;
}

static enum status
digest_check(enum mech mech, const char *text, struct fault *f)
{
	unsigned char hash[MD5_BYTES];
	const char *realm;
	char folded[NAME_BYTES_MAX + 1];
	bool good = digest_decode(hash, &realm, text);

	(void)mech;
	explicit_bzero(hash, sizeof hash);
	if (!good || name_fold_realm(folded, realm, NULL) != ST_OK)
		return fault_set(f, ST_BADVALUE, 0,
		    "DIGEST-MD5: not 32 lower-case hex digits, a space and a realm");
	return ST_OK;
}

static enum status
digest_verify(bool *match, enum mech mech, const char *text, const struct name *name, const char *password,
    size_t len, struct fault *f)
{
	unsigned char stored[MD5_BYTES], hash[MD5_BYTES];
	const char *realm;
	enum status st;

	(void)mech;
	if (!digest_decode(stored, &realm, text))
		return fault_set(f, ST_BADVALUE, 0, "DIGEST-MD5: no stored form");
	st = digest_compute(hash, name->user, realm, password, len, f);
	*match = st == ST_OK && secret_same(stored, hash, sizeof hash);
	explicit_bzero(stored, sizeof stored);
	explicit_bzero(hash, sizeof hash);
	return st;
}

static enum status
digest_property(enum mech mech, const char *text, unsigned char out[SECRET_PROPERTY_MAX], size_t *out_len,
    struct fault *f)
{
	const char *realm;
	enum status st = digest_check(mech, text, f);

	if (st == ST_OK && digest_decode(out, &realm, text))
		*out_len = MD5_BYTES;
	return st;
}

static void
digest_facts(struct secret_facts *out, const char *text)
{
	const char *space = strchr(text, ' ');

	out->realm = space != NULL ? space + 1 : NULL;
}

static bool
digest_decoy(char text[SECRET_TEXT_MAX], const struct mech_spec *spec)
{
	(void)spec;
	memset(text, '0', 2 * MD5_BYTES);
	strcpy(text + 2 * MD5_BYTES, " nowhere");
	return true;
}

const struct secret_kind_ops secret_digest_md5 = {
    digest_make, digest_check, NULL, digest_verify, digest_property, digest_facts, digest_decoy};

/* ---- PLAIN:smd5, what libsasl2's sasl_checkpass() compares (its lib/checkpw.c) ---- */

#define SMD5_SALT 16

static enum status
smd5_hash(unsigned char out[MD5_BYTES], const unsigned char *salt, const char *password, size_t len,
    struct fault *f)
{
	return run_md5(out, &(struct pieces){{salt, "sasldb", password}, {SMD5_SALT, 6, len}}, f);
}

enum status
smd5_make(unsigned char out[SMD5_BYTES], const char *password, size_t len, struct fault *f)
{
	enum status st = secret_random(out, SMD5_SALT, f);

	if (st != ST_OK)
		return st;
	out[SMD5_SALT] = 0;
	return smd5_hash(out + SMD5_SALT + 1, out, password, len, f);
}

enum status
smd5_verify(bool *match, const unsigned char stored[SMD5_BYTES], const char *password, size_t len,
    struct fault *f)
{
	unsigned char hash[MD5_BYTES];
	enum status st = smd5_hash(hash, stored, password, len, f);

	*match = st == ST_OK && secret_same(stored + SMD5_SALT + 1, hash, sizeof hash);
	explicit_bzero(hash, sizeof hash);
	return st;
}
