#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The example for Ansible, run by Ansible: the first run changes something, the second nothing.
# shellcheck source-path=SCRIPTDIR source=../cli/lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

need ansible-playbook
export HOME=$WORK LC_ALL=C.UTF-8 # Ansible wants the locale, and keeps files at home
printf '{"sasl_users": [{"user": "hoge", "password": "hoge"}], "sasl_hosts": "localhost", "sasl_database": "%s"}' \
	"$DB" >"$WORK/vault.json"
for want in changed=1 changed=0; do
	run timeout 120 ansible-playbook -i localhost, -c local -e "@$WORK/vault.json" "$SRCDIR/examples/ansible/users.yml"
	is_rc 0 "$want: exit code"
	out_like "$want .*failed=0 " "$want"
done
is "$(sasldblistusers -f "$DB" --count)" 1 "the user is there"

finish
