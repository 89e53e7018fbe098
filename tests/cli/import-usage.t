#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# gsasldb and its verbs: a wrong command line: 64, what is wrong, and the usage.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

usage() { # NAME REGEX VERB ARGUMENT ...
	run gsasldb "${@:3}"
	[ "$rc" -eq 64 ] && [ ! -s "$WORK/out" ] && [ "$(wc -l <"$WORK/err")" -eq 2 ] &&
		sed -n 1p "$WORK/err" | grep -qE -- "^gsasldb: $2" && sed -n 2p "$WORK/err" | grep -qE "^gsasldb: usage: gsasldb "
	result $? "$1" "64, /$2/ and the usage"
}
usage "no verb" 'VERB: is missing'
usage "an unknown verb" 'exterminate: there is no such verb' exterminate
usage "an unknown option before the verb" "invalid option -- 'x'" -x
usage "the database before the verb" "invalid option -- 'f'" -f "$DB" stat
usage "the verb is not first" 'VERB: must come first' -- stat
for verb in import export stat init compact exists disable enable expire; do
	usage "$verb: an unknown option" "unrecognized option '--exterminate'" "$verb" --exterminate
	usage "$verb: an option without its argument" "option requires an argument -- 'f'" "$verb" -f
	err_like "usage: gsasldb $verb " "$verb: its own usage"
done
for verb in import init compact; do
	usage "$verb: --wait" '--wait: must be a number of seconds' "$verb" --wait 1s
done
for verb in disable enable; do
	usage "$verb: --wait" '--wait: must be a number of seconds' "$verb" --wait '' ann
done
usage "expire: --wait" '--wait: must be a number of seconds' expire --wait -1 ann never
for verb in exists disable enable expire; do
	usage "$verb: no user" 'USER: is missing' "$verb" -f "$DB"
done
for verb in exists disable enable; do
	usage "$verb: two users" 'too many arguments' "$verb" -f "$DB" ann bob
done
usage "expire: no date" 'DATE: is missing' expire ann
usage "expire: too much" 'too many arguments' expire ann never ever
for verb in export stat init compact; do
	usage "$verb: an argument" 'too many arguments' "$verb" -f "$DB" x
done
usage "import: two inputs" 'INPUT: at most one' import -f "$DB" a b
usage "import: an unknown format" '--format: must be one of jsonl colon tsv crypt' import --format xml
usage "import: an unknown mechanism" 'mechanism "ROT13": unknown' import -m ROT13
usage "import: --map-realm without =" '--map-realm: must be OLD=NEW' import --map-realm new.test
usage "export: an unknown format" '--format: must be jsonl, dovecot or postgres' export --format xml
is "$(files)" "" "nothing was made"

finish
