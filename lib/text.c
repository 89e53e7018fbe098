/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * text: escaping, hex, base64, times and UTF-8.  Knows bytes and nothing of what they mean.
 */
#include <config.h>

#include <string.h>

#include "text.h"

static const char hex_digits[] = "0123456789abcdef";
static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static bool
is_control(unsigned char c)
{
	return c < 0x20 || c == 0x7f;
}

/* The value of a digit, plus 1; 0: it is none. */
static const unsigned char hex_values[256] = {
	['0'] = 1, ['1'] = 2, ['2'] = 3, ['3'] = 4, ['4'] = 5, ['5'] = 6, ['6'] = 7, ['7'] = 8,
	['8'] = 9, ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
};

static int
hex_value(char c)
{
	return hex_values[(unsigned char)c] - 1;
}

size_t
text_escape(char *out, const char *in, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)in[i];
		char unit[4] = {(char)c};
		size_t unit_len = 1;

		if (c == '\\' || c == '\n') {
			unit[0] = '\\';
			unit[1] = c == '\n' ? 'n' : '\\';
			unit_len = 2;
		} else if (is_control(c)) {
			unit[0] = '\\';
			unit[1] = 'x';
			unit[2] = hex_digits[c >> 4];
			unit[3] = hex_digits[c & 15];
			unit_len = 4;
		}
		if (out != NULL)
			memcpy(out + n, unit, unit_len);
		n += unit_len;
	}
	return n;
}

/* Decodes the escape sequence that in starts with; returns its length, or 0 if it is none of ours. */
static size_t
unescape_unit(char *c, const char *in, size_t len)
{
	int high, low;

	if (len >= 2 && (in[1] == '\\' || in[1] == 'n')) {
		*c = in[1] == 'n' ? '\n' : '\\';
		return 2;
	}
	if (len < 4 || in[1] != 'x')
		return 0;
	high = hex_value(in[2]);
	low = hex_value(in[3]);
	if (high < 0 || low < 0)
		return 0;
	*c = (char)(high << 4 | low);
	return is_control((unsigned char)*c) && *c != '\n' ? 4 : 0;
}

long
text_unescape(char *out, const char *in, size_t len)
{
	long n = 0;

	for (size_t i = 0; i < len; n++) {
		char c = in[i];
		size_t used = 1;

		if (is_control((unsigned char)c))
			return -1;
		if (c == '\\')
			used = unescape_unit(&c, in + i, len - i);
		if (used == 0)
			return -1;
		i += used;
		if (out != NULL)
			out[n] = c;
	}
	return n;
}

void
text_hex(char *out, const void *in, size_t len)
{
	const unsigned char *bytes = in;

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = hex_digits[bytes[i] >> 4];
		out[2 * i + 1] = hex_digits[bytes[i] & 15];
	}
	out[2 * len] = '\0';
}

bool
text_unhex(unsigned char *out, size_t bytes, const char *in, size_t len)
{
	if (len != 2 * bytes)
		return false;
	for (size_t i = 0; i < bytes; i++) {
		int high = hex_value(in[2 * i]), low = hex_value(in[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}

size_t
text_base64(char *out, const void *in, size_t len)
{
	const unsigned char *bytes = in;
	char *start = out;

	for (size_t i = 0; i < len; i += 3) {
		size_t have = len - i < 3 ? len - i : 3;
		uint32_t group = (uint32_t)bytes[i] << 16;

		if (have > 1)
			group |= (uint32_t)bytes[i + 1] << 8;
		if (have > 2)
			group |= bytes[i + 2];
		*out++ = base64_digits[group >> 18];
		*out++ = base64_digits[group >> 12 & 63];
		*out++ = (char)(have > 1 ? base64_digits[group >> 6 & 63] : '=');
		*out++ = (char)(have > 2 ? base64_digits[group & 63] : '=');
	}
	*out = '\0';
	return (size_t)(out - start);
}

/* The value of a digit, plus 1; 0: it is none. */
static const unsigned char base64_values[256] = {
	['A'] = 1, ['B'] = 2, ['C'] = 3, ['D'] = 4, ['E'] = 5, ['F'] = 6, ['G'] = 7, ['H'] = 8,
	['I'] = 9, ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16,
	['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
	['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
	['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40,
	['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
	['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
	['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63, ['/'] = 64,
};

long
text_unbase64(unsigned char *out, size_t max, const char *in, size_t len)
{
	size_t pad = 0, n = 0;
	uint32_t bits = 0;

	if (len % 4 != 0)
		return -1;
	while (pad < 2 && pad < len && in[len - 1 - pad] == '=')
		pad++;
	for (size_t i = 0; i < len - pad; i++) {
		unsigned value = base64_values[(unsigned char)in[i]];

		if (value == 0)
			return -1;
		bits = bits << 6 | (value - 1);
		if (i % 4 == 0)
			continue;
		if (n == max)
			return -1;
		out[n++] = (unsigned char)(bits >> (6 - i % 4 * 2));
	}
	/* the last digit before the padding carries bits that nobody reads: they must be zero */
	if (pad > 0 && (bits & (pad == 2 ? 15 : 3)) != 0)
		return -1;
	return (long)n;
}

/* ---- times ---- */

#define YEAR_MAX 9999
#define DAY_SECONDS 86400

/* Days of a common year before each month; the last: of the year. */
static const unsigned short month_starts[13] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};

/* Days from 1970-01-01 to the first day of year. */
static int64_t
days_before_year(int64_t year)
{
	int64_t y = year - 1;

	return 365 * (year - 1970) + (y / 4 - y / 100 + y / 400) - (1969 / 4 - 1969 / 100 + 1969 / 400);
}

/* Of year before its month (0 to 12). */
static int
days_before_month(int64_t year, int month)
{
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month_starts[month] + (month > 1 && leap);
}

static int
days_in_month(int64_t year, int month)
{
	return days_before_month(year, month + 1) - days_before_month(year, month);
}

static void
put_number(char *out, size_t digits, int64_t value)
{
	while (digits-- > 0) {
		out[digits] = (char)('0' + value % 10);
		value /= 10;
	}
}

static bool
get_number(int64_t *out, const char *in, size_t digits)
{
	*out = 0;
	for (size_t i = 0; i < digits; i++) {
		if (in[i] < '0' || in[i] > '9')
			return false;
		*out = *out * 10 + (in[i] - '0');
	}
	return true;
}

void
text_time(char out[TEXT_TIME_SIZE], int64_t seconds)
{
	int64_t last = days_before_year(YEAR_MAX + 1) * DAY_SECONDS - 1, day, year;
	int month = 0;

	if (seconds < 0)
		seconds = 0;
	if (seconds > last)
		seconds = last;
	day = seconds / DAY_SECONDS;
	seconds %= DAY_SECONDS;
	year = 1970 + day / 366;
	while (days_before_year(year + 1) <= day)
		year++;
	day -= days_before_year(year);
	while (day >= days_before_month(year, month + 1))
		month++;
	day -= days_before_month(year, month);

	memcpy(out, "0000-00-00T00:00:00Z", TEXT_TIME_SIZE);
	put_number(out, 4, year);
	put_number(out + 5, 2, month + 1);
	put_number(out + 8, 2, day + 1);
	put_number(out + 11, 2, seconds / 3600);
	put_number(out + 14, 2, seconds / 60 % 60);
	put_number(out + 17, 2, seconds % 60);
}

bool
text_untime(int64_t *out, const char *in, size_t len)
{
	int64_t year, month, day, hour, minute, second, days;

	if (len != TEXT_TIME_SIZE - 1 || in[4] != '-' || in[7] != '-' || in[10] != 'T' ||
	    in[13] != ':' || in[16] != ':' || in[19] != 'Z')
		return false;
	if (!get_number(&year, in, 4) || !get_number(&month, in + 5, 2) || !get_number(&day, in + 8, 2) ||
	    !get_number(&hour, in + 11, 2) || !get_number(&minute, in + 14, 2) ||
	    !get_number(&second, in + 17, 2))
		return false;
	if (year < 1970 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, (int)month - 1) ||
	    hour > 23 || minute > 59 || second > 59)
		return false;
	days = days_before_year(year) + days_before_month(year, (int)month - 1) + day - 1;
	*out = ((days * 24 + hour) * 60 + minute) * 60 + second;
	return true;
}

/* ---- UTF-8 ---- */

size_t
text_utf8_char(const char *text, size_t len)
{
	const unsigned char *s = (const unsigned char *)text;
	unsigned char least = 0x80, most = 0xbf;	/* of the second byte, RFC 3629 section 4 */
	size_t n;

	if (len == 0)
		return 0;
	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	n = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	if (s[0] == 0xe0)
		least = 0xa0;
	else if (s[0] == 0xed)
		most = 0x9f;
	else if (s[0] == 0xf0)
		least = 0x90;
	else if (s[0] == 0xf4)
		most = 0x8f;
	if (len < n || s[1] < least || s[1] > most)
		return 0;
	for (size_t i = 2; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	}
	return n;
}
