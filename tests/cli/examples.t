#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The examples do what they say, and a second run changes nothing.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

need python3
EXAMPLES=$SRCDIR/examples

generation() {
	gsasldb stat -f "$DB" --json | grep -oE '"generation":[0-9]+'
}

start_again() {
	rm -f "$DB" "$WORK"/.db.*
}

# twice NAME WHAT-THE-FIRST-SAYS WHAT-THE-SECOND-SAYS COMMAND ...
twice() {
	local before
	run "${@:4}"
	is "$rc:$(cat "$WORK/out")" "0:$2" "$1: the first run"
	before=$(generation)
	run "${@:4}"
	is "$rc:$(cat "$WORK/out")" "0:$3" "$1: the second run says that nothing changed"
	is "$(generation)" "$before" "$1: and wrote nothing"
}

# Yaml as JSON, or nothing: yaml FILE
yaml() {
	/usr/bin/python3 -c 'import json, sys, yaml; json.dump(yaml.safe_load(open(sys.argv[1])), sys.stdout)' "$1" 2>"$WORK/yaml"
}

printf 'hoge:hoge\nann:a:b\n' >"$WORK/users"
twice provision.sh "added 2, changed 0, unchanged 0, removed 0" "added 0, changed 0, unchanged 2, removed 0" \
	"$EXAMPLES/provision.sh" "$WORK/users" mail.example.org "$DB"
printf 'hoge:hoge\n' >"$WORK/users"
run "$EXAMPLES/provision.sh" "$WORK/users" mail.example.org "$DB"
out_is "added 0, changed 0, unchanged 1, removed 1" "provision.sh: who is no longer there is removed"
: >"$WORK/users"
run "$EXAMPLES/provision.sh" "$WORK/users" mail.example.org "$DB"
fails 65 "nothing was changed" "provision.sh: an empty file removes nobody"

start_again
printf 'hoge:hoge\n' >"$WORK/users"
export DATABASE=$DB USERS_FILE=$WORK/users REALM=mail.example.org
twice docker/entrypoint.sh $'added 1, changed 0, unchanged 0, removed 0\nrunning' \
	$'added 0, changed 0, unchanged 1, removed 0\nrunning' "$EXAMPLES/docker/entrypoint.sh" echo running
run env -u REALM "$EXAMPLES/docker/entrypoint.sh" echo running
is "$((rc != 0)):$(cat "$WORK/out")" "1:" "docker/entrypoint.sh: without a realm it does not start"

start_again
if [ -n "$(yaml "$EXAMPLES/cloud-init/user-data.yaml")" ]; then
	yaml "$EXAMPLES/cloud-init/user-data.yaml" | python3 -c '
import json, sys
data = json.load(sys.stdin)
(file,) = data["write_files"]
open(sys.argv[1] + "/sasl_users.jsonl", "w").write(file["content"])
(command,) = data["runcmd"]
print(command.replace("/etc/sasldb", sys.argv[1] + "/db").replace("/root/", sys.argv[1] + "/"))' "$WORK" >"$WORK/runcmd"
	twice cloud-init "added 1, changed 0, unchanged 0, removed 0" "added 0, changed 0, unchanged 1, removed 0" \
		sh "$WORK/runcmd"
else
	skip "cloud-init needs python3-yaml"
fi

finish
