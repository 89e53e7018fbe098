/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_login: what a client of LOGIN sends, message by message.  The input: the byte that parts the messages, and
 * the messages.
 */
#include <config.h>

#include <stdbool.h>
#include <string.h>

#include "fuzz.h"
#include "server.h"

const char fuzz_name[] = "login";

#define NAME_MAX_BYTES 511	/* of what plain.c takes */
#define PASSWORD_MAX_BYTES 1024

struct message {
	char *text;		/* with a NUL after it */
	size_t len;
};

static struct message
next_message(const uint8_t **at, const uint8_t *end, uint8_t separator)
{
	const uint8_t *stop = memchr(*at, separator, (size_t)(end - *at));
	size_t len = (size_t)((stop != NULL ? stop : end) - *at);
	struct message m = {fuzz_string(*at, len), len};

	*at = stop != NULL ? stop + 1 : end;
	return m;
}

/* One message more, in memory of its size. */
static int
feed(sasl_conn_t *conn, bool first, const struct message *m, const char **out)
{
	char *exact = malloc(m->len > 0 ? m->len : 1);
	unsigned len = 0;
	int result;

	FUZZ_EXPECT(exact != NULL);
	memcpy(exact, m->text, m->len);
	*out = NULL;
	result = first ? sasl_server_start(conn, "LOGIN", exact, (unsigned)m->len, out, &len) :
	    sasl_server_step(conn, exact, (unsigned)m->len, out, &len);
	FUZZ_EXPECT(result != SASL_CONTINUE || (*out != NULL && strlen(*out) == len));
	free(exact);
	return result;
}

static bool
fits(const struct message *m, size_t max)
{
	return m->len > 0 && m->len <= max && strlen(m->text) == m->len;
}

/* The dialogue as it should be; user: the name, once there is one.  True: it goes on. */
static bool
judge(sasl_conn_t *conn, int result, const char *out, bool first, const struct message *m,
    struct message *user)
{
	struct claim claim = {"", user->text, m->text, m->len};

	if (user->text != NULL) {
		server_expect(conn, result, fits(m, PASSWORD_MAX_BYTES) ? &claim : NULL);
		return false;
	}
	if (first && m->len == 0) {
		FUZZ_EXPECT(result == SASL_CONTINUE && strcmp(out, "Username:") == 0);
		return true;
	}
	if (!fits(m, NAME_MAX_BYTES)) {
		FUZZ_EXPECT(result == SASL_BADPROT);
		return false;
	}
	FUZZ_EXPECT(result == SASL_CONTINUE && strcmp(out, "Password:") == 0);
	*user = (struct message){fuzz_string(m->text, m->len), m->len};
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *at = data + 1, *end = data + size;
	struct message user = {NULL, 0}, m;
	bool first = true, goes_on = true;
	sasl_conn_t *conn;
	const char *out;
	int result;

	if (size < 1)
		return 0;
	conn = server_connect();
	while (goes_on && (first || at < end)) {
		m = next_message(&at, end, data[0]);
		result = feed(conn, first, &m, &out);
		goes_on = judge(conn, result, out, first, &m, &user);
		first = false;
		free(m.text);
	}
	/* nobody gets a second try */
	m = next_message(&at, end, data[0]);
	if (!goes_on)
		FUZZ_EXPECT(feed(conn, false, &m, &out) != SASL_CONTINUE);
	free(m.text);
	free(user.text);
	server_disconnect(conn);
	return 0;
}
