/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mech_cost: reads what a crypt(3) string costs, and compares it with the bound of its scheme.  The forms are
 * those of crypt(5).  Whatever is not exactly such a form counts as too costly: what crypt(3) would make of it
 * is not to be found out at a login.  Knows no password.
 */
#include <config.h>

#include <stdint.h>
#include <string.h>

#include "mech.h"

#define SHA_ROUNDS_DEFAULT 5000
#define SUNMD5_ROUNDS_BASE 4096
#define SHA1_SALT_MAX 64
#define DIGITS_MAX 10		/* crypt(3) knows no number beyond 32 bits */

/*
 * Of the parameters of scrypt and yescrypt beside N: real strings have r 8 or 32 and p 1.  Each unit of p
 * takes 96 kB in yescrypt, and each of r times p its own pass of PBKDF2, which work_kb() does not count.  t makes more turns.
 */
#define SCRYPT_R_MAX 64
#define SCRYPT_P_MAX 64
#define YESCRYPT_T_MAX 64
#define YESCRYPT_FLAVOUR_MAX 257	/* 0: scrypt; 1; from 2 on: the flags of the usual one */
#define N_LOG2_COUNTED 32

/* "0" is 2: the digits of crypt(5)'s base 64 begin with '.' and '/'. */
static int
digit_of(char c)
{
	static const char digits[] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	const char *at = c != '\0' ? strchr(digits, c) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

/* Each function below that takes **at reads from there on, moves it behind what it has read, and is false if
 * that is not there. */

static bool
read_word(const char **at, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(*at, word, len) != 0)
		return false;
	*at += len;
	return true;
}

/* A decimal number without a sign, a blank or a leading zero, and the '$' after it. */
static bool
read_decimal(uint64_t *out, const char **at)
{
	size_t len = strspn(*at, "0123456789");

	if (len == 0 || len > DIGITS_MAX || (*at)[0] == '0' || (*at)[len] != '$')
		return false;
	*out = 0;
	for (size_t i = 0; i < len; i++)
		*out = *out * 10 + (uint64_t)((*at)[i] - '0');
	*at += len + 1;
	return true;
}

/* So many digits, the least significant first. */
static bool
read_fixed(uint64_t *out, const char **at, unsigned count)
{
	*out = 0;
	for (unsigned i = 0; i < count; i++) {
		int digit = digit_of(**at);

		if (digit < 0)
			return false;
		*out |= (uint64_t)digit << (6 * i);
		(*at)++;
	}
	return true;
}

/*
 * yescrypt's numbers: the first digit says how many follow (48 of the 64 none, 8 one, and so on), the most
 * significant first; the smallest number of each length comes after the largest that is shorter.
 */
static bool
read_varying(uint64_t *out, const char **at, uint64_t least)
{
	static const int first_digits[] = {48, 8, 4, 2, 1, 1};
	int digit = digit_of(**at);
	uint64_t value, skipped = 0;
	unsigned more = 0;

	if (digit < 0)
		return false;
	for (; digit >= first_digits[more]; more++) {
		digit -= first_digits[more];
		skipped += (uint64_t)first_digits[more] << (6 * more);
	}
	value = (uint64_t)digit;
	(*at)++;
	for (; more > 0; more--) {
		digit = digit_of(**at);
		if (digit < 0)
			return false;
		value = value << 6 | (uint64_t)digit;
		(*at)++;
	}
	*out = least + skipped + value;
	return true;
}

/* ---- the forms; at is behind the prefix ---- */

static bool
read_log2(uint64_t *out, const char *at)
{
	if (at[0] < '0' || at[0] > '9' || at[1] < '0' || at[1] > '9' || at[2] != '$')
		return false;
	*out = (uint64_t)(at[0] - '0') * 10 + (uint64_t)(at[1] - '0');
	return true;
}

static bool
read_rounds(uint64_t *out, const char *at)
{
	if (read_word(&at, "rounds="))
		return read_decimal(out, &at);
	*out = SHA_ROUNDS_DEFAULT;
	return true;
}

static bool
read_sunmd5(uint64_t *out, const char *at)
{
	bool comma = *at == ',';

	if (!read_word(&at, ",") && !read_word(&at, "$"))
		return false;
	*out = 0;
	if (read_word(&at, "rounds=") ? !read_decimal(out, &at) : comma)
		return false;
	*out += SUNMD5_ROUNDS_BASE;
	return true;
}

/* NetBSD's: the number, and a salt that crypt(3) has room for. */
static bool
read_number(uint64_t *out, const char *at)
{
	return read_decimal(out, &at) && strcspn(at, "$") <= SHA1_SALT_MAX;
}

/* 128 N r bytes are filled, and read once, p times; what yescrypt's t adds is one more turn at most for each. */
static uint64_t
work_kb(uint64_t n_log2, uint64_t r, uint64_t p, uint64_t turns)
{
	if (n_log2 > N_LOG2_COUNTED)
		n_log2 = N_LOG2_COUNTED;	/* far above every bound */
	return ((r * p * turns * 128 << n_log2) + 1023) / 1024;
}

static bool
read_scrypt(uint64_t *out, const char *at)
{
	uint64_t n_log2, r, p;

	if (!read_fixed(&n_log2, &at, 1) || !read_fixed(&r, &at, 5) || !read_fixed(&p, &at, 5) || n_log2 < 1 ||
	    r < 1 || r > SCRYPT_R_MAX || p < 1 || p > SCRYPT_P_MAX)
		return false;
	*out = work_kb(n_log2, r, p, 1);
	return true;
}

/* Which of the optional numbers there are; two more bits stand for what crypt(3) refuses. */
#define HAS_P 1u
#define HAS_T 2u

static bool
read_yescrypt(uint64_t *out, const char *at)
{
	uint64_t flavour, n_log2, r, p = 1, t = 0, has = 0;

	if (!read_varying(&flavour, &at, 0) || !read_varying(&n_log2, &at, 1) || !read_varying(&r, &at, 1))
		return false;
	if (*at != '$' && (!read_varying(&has, &at, 1) || has > (HAS_P | HAS_T)))
		return false;
	if (((has & HAS_P) != 0 && !read_varying(&p, &at, 2)) || ((has & HAS_T) != 0 && !read_varying(&t, &at, 1)))
		return false;
	if (*at != '$' || flavour > YESCRYPT_FLAVOUR_MAX || r > SCRYPT_R_MAX || p > SCRYPT_P_MAX ||
	    t > YESCRYPT_T_MAX)
		return false;
	*out = work_kb(n_log2, r, p, t + 1);
	return true;
}

/* False: what it costs cannot be read. */
static bool
read_cost(uint64_t *out, enum cost_form form, const char *at)
{
	switch (form) {
	case COST_UNKNOWN:
		break;
	case COST_FIXED:
		*out = 0;
		return true;
	case COST_LOG2:
		return read_log2(out, at);
	case COST_ROUNDS:
		return read_rounds(out, at);
	case COST_NUMBER:
		return read_number(out, at);
	case COST_SUNMD5:
		return read_sunmd5(out, at);
	case COST_BSDI:
		return read_fixed(out, &at, 4);
	case COST_SCRYPT:
		return read_scrypt(out, at);
	case COST_YESCRYPT:
		return read_yescrypt(out, at);
	}
	return false;
}

static enum status
above_bound(const struct scheme_info *scheme, uint64_t cost, struct fault *f)
{
	switch (scheme->cost_form) {
	case COST_LOG2:
		return fault_set(f, ST_COSTLY, 0, "PLAIN: %s cost %llu is above the bound of %lu", scheme->name,
		    (unsigned long long)cost, scheme->bound);
	case COST_SCRYPT:
	case COST_YESCRYPT:
		return fault_set(f, ST_COSTLY, 0, "PLAIN: %s work of %llu kB is above the bound of %lu kB",
		    scheme->name, (unsigned long long)cost, scheme->bound);
	default:
		return fault_set(f, ST_COSTLY, 0, "PLAIN: %s rounds %llu are above the bound of %lu", scheme->name,
		    (unsigned long long)cost, scheme->bound);
	}
}

enum status
mech_crypt_cost(const char *crypt_string, struct fault *f)
{
	const struct scheme_info *scheme = mech_scheme_of(crypt_string);
	uint64_t cost;

	if (scheme->cost_form == COST_UNKNOWN)
		return fault_set(f, ST_COSTLY, 0, "PLAIN: what it costs to check this crypt(3) string is not known");
	if (!read_cost(&cost, scheme->cost_form, crypt_string + strlen(scheme->prefix)))
		return fault_set(f, ST_COSTLY, 0, "PLAIN: the %s string has parameters that are not taken", scheme->name);
	return cost <= scheme->bound ? ST_OK : above_bound(scheme, cost, f);
}
