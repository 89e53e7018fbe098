#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Secrets of mechanisms that only a later version knows go when the password changes, and only then.
# shellcheck disable=SC2016  # hashes have dollars
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

LATER='NEW-MECH_2 secret\nfuture line\nSCRAM-SHA3 other\n'

# The user ann with secrets of a later version.
make_ann() {
	rm -f "$WORK"/*db* "$WORK"/.*db*
	create ann -m CRAM-MD5,DIGEST-MD5
	printf '{"user":"ann","realm":"%s","unknown":"%s"}\n' "$REALM" "$LATER" |
		gsasldb import -f "$DB" >/dev/null || bail "cannot import"
}

later_is() { # LINES NAME
	is "$(exported ann unknown)" "$1" "$2"
}

keeps() { # NAME COMMAND ...
	input hoge
	run "${@:2}"
	is_rc 0 "$1: exit code"
	later_is "$LATER" "$1: they stay"
}

drops() { # NAME COMMAND ...
	make_ann
	run "${@:2}"
	is_rc 0 "$1: exit code"
	later_is 'future line\n' "$1: they go, and the other line stays"
}

make_ann
keeps disable gsasldb disable -f "$DB" -u "$REALM" ann
keeps enable gsasldb enable -f "$DB" -u "$REALM" ann
keeps expire gsasldb expire -f "$DB" -u "$REALM" ann 2030-01-01
keeps "-d -m" saslpasswd -d -f "$DB" -u "$REALM" -m CRAM-MD5 ann
keeps "an export that is imported" bash -c "gsasldb export -f '$DB' | gsasldb import -f '$DB'"
printf '{"user":"ann","realm":"%s","properties":{"a":"b"}}\n' "$REALM" >"$WORK/more"
keeps "a property" gsasldb import -f "$DB" "$WORK/more"
printf 'ann:hoge\n' >"$WORK/more"
keeps "an import of the same password" gsasldb import -f "$DB" -u "$REALM" --format colon "$WORK/more"

input new
drops "saslpasswd" saslpasswd -f "$DB" -u "$REALM" ann
drops "saslpasswd -m" saslpasswd -f "$DB" -u "$REALM" -m SCRAM-SHA-1 ann
drops "saslpasswd -m --only" saslpasswd -f "$DB" -u "$REALM" -m SCRAM-SHA-1 --only ann
printf 'ann:new\n' >"$WORK/in"
drops "import" gsasldb import -f "$DB" -u "$REALM" --format colon
drops "import -m" gsasldb import -f "$DB" -u "$REALM" --format colon -m SCRAM-SHA-1
printf 'ann:$1$rasmusle$rISCgZzpwk3UhDidwXvin0\n' >"$WORK/in"
drops "import of a hash" gsasldb import -f "$DB" -u "$REALM" --format crypt
printf '{"user":"ann","realm":"%s","password":"new","unknown":"%s"}\n' "$REALM" "$LATER" >"$WORK/in"
drops "import of a password and of those lines" gsasldb import -f "$DB"

# the last secret that this version knows
make_ann
run saslpasswd -d -f "$DB" -u "$REALM" -m CRAM-MD5,DIGEST-MD5 ann
is_rc 0 "-d -m of all that are known: exit code"
err_is "saslpasswd: ann@$REALM: stays, with secrets that only a later version knows (NEW-MECH_2 SCRAM-SHA3); -d without -m deletes the user" \
	"it is said that the user stays"
later_is "$LATER" "with the others"
input new
run saslpasswd -f "$DB" -u "$REALM" -m CRAM-MD5 ann
succeeds "a password for such a user"
later_is 'future line\n' "the others go"
run saslpasswd -d -f "$DB" -u "$REALM" -m CRAM-MD5 ann
succeeds "-d -m of the last one, where no others are"
run sasldblistusers -f "$DB" ann
fails 1 'no such user' "the user is gone"
make_ann
run saslpasswd -d -f "$DB" -u "$REALM" ann
succeeds "-d"
run sasldblistusers -f "$DB" ann
fails 1 'no such user' "the user is gone"

finish
