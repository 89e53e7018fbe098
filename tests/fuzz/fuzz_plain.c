/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_plain: the message of PLAIN (RFC 4616), as a client sends it.
 */
#include <config.h>

#include <stdbool.h>
#include <string.h>

#include "fuzz.h"
#include "server.h"

const char fuzz_name[] = "plain";

#define NAME_MAX_BYTES 511	/* of what plain.c takes */
#define PASSWORD_MAX_BYTES 1024

/* [authzid] NUL authcid NUL password: exactly two NULs, and the bounds. */
static bool
read_claim(struct claim *claim, const char *text, size_t len)
{
	size_t nuls = 0, authzid_len, authcid_len;

	for (size_t i = 0; i < len; i++)
		nuls += text[i] == '\0';
	if (nuls != 2)
		return false;
	authzid_len = strlen(text);
	authcid_len = strlen(text + authzid_len + 1);
	claim->authzid = text;
	claim->authcid = text + authzid_len + 1;
	claim->password = claim->authcid + authcid_len + 1;
	claim->password_len = strlen(claim->password);
	return authzid_len <= NAME_MAX_BYTES && authcid_len <= NAME_MAX_BYTES && authcid_len > 0 &&
	    claim->password_len <= PASSWORD_MAX_BYTES && claim->password_len > 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_string(data, size);
	sasl_conn_t *conn = server_connect();
	struct claim claim;
	bool good = read_claim(&claim, text, size);
	const char *out;
	unsigned len;
	int result;

	result = sasl_server_start(conn, "PLAIN", (const char *)data, (unsigned)size, &out, &len);
	server_expect(conn, result, good ? &claim : NULL);
	server_disconnect(conn);
	free(text);
	return 0;
}
