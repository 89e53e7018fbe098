#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Makes the database say what a file of users says, as often as you like.
#
#   provision.sh USERS REALM [DATABASE]
#
# USERS has a line "user:password" for each user and belongs to root alone (mode 0600).  Who is no longer in it
# is removed from the realm; who is unchanged keeps his secrets.  A file that is wrong changes nothing: exit 65.
set -eu
users=$1 realm=$2 database=${3:-/etc/sasldb}
exec gsasldb import --format colon -u "$realm" --replace-realm "$realm" -f "$database" "$users"
