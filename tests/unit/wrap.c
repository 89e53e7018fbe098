/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wrap: what the linker puts in the place of malloc() and others (ld(1), --wrap).
 */
#include <config.h>

#include <errno.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stddef.h>
#include <stdio.h>

#include "wrap.h"

bool wrap_fail_entropy, wrap_fail_digest, wrap_fail_gensalt;
int wrap_fail_crypt;
unsigned wrap_crypt_calls, wrap_pbkdf2_calls;
char wrap_crypt_setting[256];
int wrap_pbkdf2_iterations;

static unsigned countdown;
static bool failed;

/* Declares what the linker calls __real_NAME and __wrap_NAME. */
#define WRAP(type, name, ...) \
	type __real_##name(__VA_ARGS__); \
	type __wrap_##name(__VA_ARGS__)

WRAP(void *, malloc, size_t size);
WRAP(void *, calloc, size_t count, size_t size);
WRAP(void *, realloc, void *memory, size_t size);
WRAP(char *, strdup, const char *s);
WRAP(char *, strndup, const char *s, size_t n);
WRAP(int, getentropy, void *out, size_t len);
WRAP(char *, crypt_rn, const char *phrase, const char *setting, void *data, int size);
WRAP(char *, crypt_gensalt_rn, const char *prefix, unsigned long count, const char *rbytes, int nrbytes,
    char *out, int size);
WRAP(EVP_MD *, EVP_MD_fetch, OSSL_LIB_CTX *context, const char *algorithm, const char *properties);
WRAP(int, EVP_DigestInit_ex, EVP_MD_CTX *context, const EVP_MD *md, ENGINE *engine);
WRAP(int, PKCS5_PBKDF2_HMAC, const char *password, int len, const unsigned char *salt, int salt_len,
    int iterations, const EVP_MD *md, int key_len, unsigned char *out);

void
wrap_fail_allocation(unsigned nth)
{
	countdown = nth;
	failed = false;
}

bool
wrap_end_allocation(void)
{
	countdown = 0;
	return failed;
}

static bool
allocation_fails(void)
{
	if (countdown == 0 || --countdown > 0)
		return false;
	failed = true;
	errno = ENOMEM;
	return true;
}

void *
__wrap_malloc(size_t size)
{
	return allocation_fails() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
	return allocation_fails() ? NULL : __real_calloc(count, size);
}

void *
__wrap_realloc(void *memory, size_t size)
{
	return allocation_fails() ? NULL : __real_realloc(memory, size);
}

char *
__wrap_strdup(const char *s)
{
	return allocation_fails() ? NULL : __real_strdup(s);
}

char *
__wrap_strndup(const char *s, size_t n)
{
	return allocation_fails() ? NULL : __real_strndup(s, n);
}

int
__wrap_getentropy(void *out, size_t len)
{
	if (!wrap_fail_entropy)
		return __real_getentropy(out, len);
	errno = EIO;
	return -1;
}

char *
__wrap_crypt_rn(const char *phrase, const char *setting, void *data, int size)
{
	wrap_crypt_calls++;
	snprintf(wrap_crypt_setting, sizeof wrap_crypt_setting, "%s", setting);
	if (wrap_fail_crypt == 0)
		return __real_crypt_rn(phrase, setting, data, size);
	errno = wrap_fail_crypt;
	return NULL;
}

char *
__wrap_crypt_gensalt_rn(const char *prefix, unsigned long count, const char *rbytes, int nrbytes, char *out,
    int size)
{
	if (!wrap_fail_gensalt)
		return __real_crypt_gensalt_rn(prefix, count, rbytes, nrbytes, out, size);
	errno = EINVAL;
	return NULL;
}

static bool
digest_fails(void)
{
	if (wrap_fail_digest)
		ERR_raise(ERR_LIB_EVP, ERR_R_FETCH_FAILED);
	return wrap_fail_digest;
}

EVP_MD *
__wrap_EVP_MD_fetch(OSSL_LIB_CTX *context, const char *algorithm, const char *properties)
{
	return digest_fails() ? NULL : __real_EVP_MD_fetch(context, algorithm, properties);
}

int
__wrap_EVP_DigestInit_ex(EVP_MD_CTX *context, const EVP_MD *md, ENGINE *engine)
{
	return digest_fails() ? 0 : __real_EVP_DigestInit_ex(context, md, engine);
}

int
__wrap_PKCS5_PBKDF2_HMAC(const char *password, int len, const unsigned char *salt, int salt_len,
    int iterations, const EVP_MD *md, int key_len, unsigned char *out)
{
	wrap_pbkdf2_calls++;
	wrap_pbkdf2_iterations = iterations;
	return __real_PKCS5_PBKDF2_HMAC(password, len, salt, salt_len, iterations, md, key_len, out);
}
