/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wrap: stands between lib/ and what it calls, so that a test can make a call fail, or see what it was asked.
 * A test that uses it is linked with wrap.c and with -Wl,--wrap= for each function there.
 */
#ifndef GSASLDB_TEST_WRAP_H
#define GSASLDB_TEST_WRAP_H

#include <stdbool.h>

/* The nth allocation from now on fails, once (1: the next). */
void wrap_fail_allocation(unsigned nth);

/* Ends that; did one fail? */
bool wrap_end_allocation(void);

/* As long as they are set, these fail. */
extern bool wrap_fail_entropy;	/* getentropy(): EIO */
extern bool wrap_fail_digest;	/* EVP_MD_fetch() and EVP_DigestInit_ex(), with an error in OpenSSL's queue */
extern bool wrap_fail_gensalt;	/* crypt_gensalt_rn(): EINVAL */
extern int wrap_fail_crypt;	/* crypt_rn() with this errno */

/* What was asked of crypt_rn() and PKCS5_PBKDF2_HMAC(). */
extern unsigned wrap_crypt_calls;
extern char wrap_crypt_setting[256];	/* of the last call */
extern unsigned wrap_pbkdf2_calls;
extern int wrap_pbkdf2_iterations;	/* of the last call */

#endif
