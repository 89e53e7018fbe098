/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * secret: checks arguments, hands over to the kind of the mechanism, and what the kinds share: SASLprep,
 * random bytes, comparing, wiping.  What a stored form looks like only the kinds know.
 */
#include <config.h>

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <stringprep.h>
#include <unistd.h>

#include "secret.h"
#include "secret_kind.h"

static const struct secret_kind_ops *
kind_of(enum mech mech)
{
	switch (mech_info(mech)->kind) {
	case KIND_CLEARTEXT:
		return &secret_cleartext;
	case KIND_CRAM_MD5:
		return &secret_cram_md5;
	case KIND_DIGEST_MD5:
		return &secret_digest_md5;
	case KIND_PLAIN:
		return &secret_plain;
	case KIND_SCRAM:
		return &secret_scram;
	}
	abort();	/* not reached: the compiler checks that every kind is here */
}

void
secret_free(struct secret *s)
{
	if (s->text != NULL && !s->inside)
		secret_wipe_free(s->text, strlen(s->text));
	s->text = NULL;
	s->inside = false;
}

enum status
password_check(const char *password, size_t len, struct fault *f)
{
	if (len == 0)
		return fault_set(f, ST_BADVALUE, 0, "password: is empty");
	if (len > PASSWORD_BYTES_MAX)
		return fault_set(f, ST_BADVALUE, 0, "password: longer than %d bytes", PASSWORD_BYTES_MAX);
	if (memchr(password, '\0', len) != NULL)
		return fault_set(f, ST_BADVALUE, 0, "password: holds a NUL byte");
	if (!utf8_valid(password, len))
		return fault_set(f, ST_BADVALUE, 0, "password: is not UTF-8");
	return ST_OK;
}

enum status
secret_make(struct secret *out, const struct mech_spec *spec, const struct name *name,
    const char *password, size_t len, struct fault *f)
{
	char text[SECRET_TEXT_MAX] = "";
	enum status st;

	*out = (struct secret){NULL, false};
	st = password_check(password, len, f);
	if (st != ST_OK)
		return st;
	/* a host's own TLS code looks at the thread's error queue: leave nothing there */
	ERR_set_mark();
	st = kind_of(spec->mech)->make(text, spec, name, password, len, f);
	ERR_pop_to_mark();
	if (st == ST_OK) {
		out->text = strdup(text);
		if (out->text == NULL)
			st = fault_set(f, ST_NOMEM, 0, "secret: out of memory");
	}
	explicit_bzero(text, sizeof text);
	return st;
}

enum status
secret_check(enum mech mech, const char *text, struct fault *f)
{
	return kind_of(mech)->check(mech, text, f);
}

enum status
secret_check_cost(enum mech mech, const char *text, struct fault *f)
{
	return kind_of(mech)->check_cost != NULL ? kind_of(mech)->check_cost(mech, text, f) : ST_OK;
}

/* Could anybody have this password?  Not if it cannot be stored.  It need not be UTF-8: an imported crypt(3)
 * string may be of a password in another encoding. */
static bool
is_plausible(const char *password, size_t len)
{
	return len > 0 && len <= PASSWORD_BYTES_MAX && memchr(password, '\0', len) == NULL;
}

enum status
secret_verify(bool *match, enum mech mech, const char *text, const struct name *name, const char *password,
    size_t len, struct fault *f)
{
	bool verified = false;
	enum status st;

	*match = false;
	st = secret_check(mech, text, f);
	if (st == ST_OK)
		st = secret_check_cost(mech, text, f);
	if (st != ST_OK || !is_plausible(password, len))
		return st;
	ERR_set_mark();
	st = kind_of(mech)->verify(&verified, mech, text, name, password, len, f);
	ERR_pop_to_mark();
	*match = st == ST_OK && verified;
	return st;
}

void
secret_pretend(const struct mech_spec *spec, const char *password, size_t len)
{
	static const struct name nobody = {"nobody", "nowhere", "nowhere"};
	char text[SECRET_TEXT_MAX] = "";
	bool verified = false;

	/* what is stored is public, so nothing is to be wiped; kinds wipe what comes from the password */
	if (!is_plausible(password, len))
		return;
	ERR_set_mark();
	if (kind_of(spec->mech)->decoy(text, spec))
		kind_of(spec->mech)->verify(&verified, spec->mech, text, &nobody, password, len, NULL);
	ERR_pop_to_mark();
}

enum status
secret_property(enum mech mech, const char *text, unsigned char out[SECRET_PROPERTY_MAX], size_t *out_len,
    struct fault *f)
{
	*out_len = 0;
	return kind_of(mech)->property(mech, text, out, out_len, f);
}

void
secret_facts(struct secret_facts *out, enum mech mech, const char *text)
{
	memset(out, 0, sizeof *out);
	if (kind_of(mech)->facts != NULL)
		kind_of(mech)->facts(out, text);
	out->weak = mech_info(mech)->weak || (out->scheme != NULL && out->scheme->weak);
}

/* ---- shared by the kinds ---- */

void
secret_wipe_free(void *memory, size_t size)
{
	if (memory != NULL)
		explicit_bzero(memory, size);
	free(memory);
}

enum status
secret_random(unsigned char *out, size_t len, struct fault *f)
{
	if (getentropy(out, len) != 0)
		return fault_set(f, ST_IO, errno, "random bytes");
	return ST_OK;
}

bool
secret_same(const void *a, const void *b, size_t len)
{
	return CRYPTO_memcmp(a, b, len) == 0;
}

/* SASLprep maps or forbids nothing in printable ASCII, and forbids the other ASCII characters: either way
 * such a password stays as it is, and the library need not see it. */
static bool
is_ascii(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)text[i] >= 0x80)
			return false;
	}
	return true;
}

/* NFKC makes at most 18 characters of one (U+FDFA). */
#define EXPANSION_MAX 18

/*
 * *out is NULL on return if SASLprep refuses the password or leaves nothing of it.  Our buffers are wiped;
 * libidn frees one copy (of NFKC) that it does not wipe, and offers no way to.
 */
static enum status
run_saslprep(char **out, size_t *out_len, const char *password, size_t len, struct fault *f)
{
	size_t count = 0, max;
	uint32_t *given, *work = NULL;
	enum status st = ST_NOMEM;
	int rc;

	*out = NULL;
	given = stringprep_utf8_to_ucs4(password, (ssize_t)len, &count);
	max = count * EXPANSION_MAX + 1;	/* the library wants one to spare */
	if (given != NULL)
		work = calloc(max, sizeof *work);
	if (work == NULL)
		goto out;
	memcpy(work, given, count * sizeof *work);
	rc = stringprep_4i(work, &count, max, 0, stringprep_saslprep);
	if (rc == STRINGPREP_OK && count > 0)
		*out = stringprep_ucs4_to_utf8(work, (ssize_t)count, NULL, out_len);
	if (rc == STRINGPREP_MALLOC_ERROR || (rc == STRINGPREP_OK && count > 0 && *out == NULL))
		goto out;
	st = ST_OK;
out:
	secret_wipe_free(given, given != NULL ? (max - 1) / EXPANSION_MAX * sizeof *given : 0);
	secret_wipe_free(work, max * sizeof *work);
	return st == ST_OK ? st : fault_set(f, st, 0, "SASLprep: out of memory");
}

enum status
secret_prepare(char **out, size_t *out_len, const char *password, size_t len, struct fault *f)
{
	*out = NULL;
	*out_len = 0;
	if (!is_ascii(password, len) && utf8_valid(password, len)) {
		enum status st = run_saslprep(out, out_len, password, len, f);

		if (st != ST_OK || *out != NULL)
			return st;
	}
	*out = strndup(password, len);
	*out_len = len;
	return *out != NULL ? ST_OK : fault_set(f, ST_NOMEM, 0, "password: out of memory");
}
