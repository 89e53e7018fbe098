#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Entry point of a container with Postfix: the users come from a secret that is mounted, at each start.
#
#   REALM        what smtpd_sasl_local_domain says; never the container's own random name
#   USERS_FILE   lines "user:password" [/run/secrets/sasl_users]
#   DATABASE     [/etc/sasldb]
set -eu
: "${REALM:?must be the realm of the users}"
gsasldb import --format colon -u "$REALM" --replace-realm "$REALM" -f "${DATABASE:-/etc/sasldb}" \
	"${USERS_FILE:-/run/secrets/sasl_users}"
exec "$@"
