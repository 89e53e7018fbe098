/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server: the plugin in a server of libsasl2's, linked into the target, with a few users whose passwords cost
 * nothing to check.
 */
#ifndef GSASLDB_FUZZ_SERVER_H
#define GSASLDB_FUZZ_SERVER_H

#include <stddef.h>

#include <sasl/sasl.h>

/* A new connection. */
sasl_conn_t *server_connect(void);
void server_disconnect(sasl_conn_t *conn);

/* What a client has said, by the mechanism's own rules; NULL: nothing that is one. */
struct claim {
	const char *authzid;	/* "": none */
	const char *authcid;
	const char *password;
	size_t password_len;
};

/* Aborts unless this is the answer that the claim deserves, and the log holds no password. */
void server_expect(sasl_conn_t *conn, int result, const struct claim *claim);

#endif
