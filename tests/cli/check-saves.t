#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Whatever is done to the files, in one way or two: the remedies that check prints, in their order or in reverse, lose no
# user who was in a whole side, and then there is nothing more to say about the files.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

need_root
need perl python3
[ ! -w /dev/shm ] || [ -n "${IN_MEMORY:-}" ] || {
	rm -rf "$WORK"
	trap - EXIT
	IN_MEMORY=1 TMPDIR=/dev/shm exec bash "$0" # nothing here is about what a disk keeps
}
DATA=$WORK/data DB=$WORK/data/db TWIN=$WORK/data/.db.twin STATE=$WORK/data/.db.state
# No Postfix: its findings are of no interest here.
mkdir "$WORK/bin" "$DATA"
printf '#!/bin/sh\nexit 1\n' >"$WORK/bin/postconf"
chmod +x "$WORK/bin/postconf"
PATH=$WORK/bin:$PATH

create ann -m CRAM-MD5
cp "$DB" "$WORK/older"
create bob -m CRAM-MD5
gsasldb export -f "$DB" >"$WORK/users"
cp -a "$DATA" "$WORK/good"

# ---- what can happen; $lost_left, $lost_twin: what it destroys; $apart: the twin is whole and must not be used ----

garbage() {
	head -c 5000 /dev/zero | tr '\0' x >"$1"
}
cut() {
	python3 -IS "$SRCDIR/tests/cli/cut.py" "$1" "$DB" "$WORK/older"
}
halve() {
	truncate -s $(($(stat -c %s "$1") / 2)) "$1"
}
turn() { # FILE: into a link
	mv "$1" "$1.target"
	ln -s "$1.target" "$1"
}
break_files() { # WAY
	case $1 in
	*left*) lost_left=yes ;;
	twin-linked) ;;
	twin-turned | twin-owner) apart=yes ;;
	*twin*) lost_twin=yes ;;
	esac
	case $1 in
	cut-left) cut left ;;
	cut-twin) cut right ;;
	left-garbage) garbage "$DB" ;;
	left-empty) : >"$DB" ;;
	left-removed) rm "$DB" ;;
	left-halved) halve "$DB" ;;
	left-record) sed -i 's/user ann/user eve/' "$DB" ;;
	twin-garbage) garbage "$TWIN" ;;
	twin-empty) : >"$TWIN" ;;
	twin-removed) rm "$TWIN" ;;
	twin-halved) halve "$TWIN" ;;
	twin-record) sed -i 's/user ann/user eve/' "$TWIN" ;;
	twin-linked) ln "$TWIN" "$TWIN.second" ;;
	twin-turned) turn "$TWIN" ;;
	twin-owner) chown 65534 "$TWIN" ;;
	state-garbage) garbage "$STATE" ;;
	state-removed) rm "$STATE" ;;
	state-halved) halve "$STATE" ;;
	state-linked) ln "$STATE" "$STATE.second" ;;
	state-turned) turn "$STATE" ;;
	state-owner) chown 65534 "$STATE" ;;
	esac
}
# In the order in which two of them happen; those of a kind exclude each other, and some are as good as another.
ways=(cut-left cut-twin left-{garbage,empty,removed,halved,record} twin-{garbage,removed,record,linked,turned,owner}
	state-{garbage,removed,linked,turned,owner})
alone=(twin-{empty,halved} state-halved)

# The remedies of check for the files, in $WORK/remedy.1 and on; $remedies: how many there are, each once.
look() {
	rm -f "$WORK"/remedy.*
	gsasldb check -f "$DB" --json >"$WORK/out" 2>"$WORK/err"
	remedies=$(perl -e '
		my ($to, %seen) = @ARGV;
		while (<STDIN>) {
			next unless /"id":"(database-[a-z]+|companion-[a-z]+|write-unfinished|changed-by-hand)"/;
			next unless /"remedy":"((?:[^"\\]|\\.)*)"/ && !$seen{$1}++;
			open(my $out, ">", "$to." . keys %seen) or die;
			print $out $1 =~ s/\\(.)/$1 eq "n" ? "\n" : $1/ger, "\n";
		}
		print scalar keys %seen' "$WORK/remedy" <"$WORK/out")
}

# Is somebody lost?
everybody_is_there() {
	if [ -z "$lost_left" ] || [ -z "$lost_twin$apart" ]; then
		gsasldb export -f "$DB" 2>&1 | cmp -s - "$WORK/users"
	elif [ -z "$lost_twin" ]; then # the twin that is not to be trusted is still somewhere
		[ -n "$(find "$DATA" -type f -exec cmp -s {} "$WORK/good/db" \; -print)" ]
	fi
}

broken_by() { # WAY...
	local way

	lost_left='' lost_twin='' apart=''
	rm -rf "$DATA"
	cp -a "$WORK/good" "$DATA"
	[[ $1 = cut-* ]] || python3 -IS "$SRCDIR/tests/cli/cut.py" clean "$DB" # the copies are other files
	for way; do break_files "$way"; done
	touch -ch -d '1 minute ago' "$DB" # it is at rest
	look
}

pasted() { # "NUMBER ..." WAY...: nothing if all is well, else what is not
	local i

	for i in $1; do cat "$WORK/remedy.$i"; done >"$WORK/paste"
	sh "$WORK/paste" >"$WORK/pasted" 2>&1
	everybody_is_there || { echo "$*: somebody is lost"; sed 's/^/  /' "$WORK/paste" "$WORK/pasted"; }
	look
	[ "$remedies" -eq 0 ] || { echo "$*: there is more to find"; sed 's/^/  /' "$WORK/paste" "$WORK/pasted" "$WORK/out"; }
}

saved() { # WAY...: the same, in both orders
	local several

	broken_by "$@"
	several=$((remedies > 1))
	# logins do not meet a record that is damaged in the database alone
	[ "$remedies" -gt 0 ] || [ "$*" = left-record ] || echo "$*: nothing is found"
	pasted "$(seq 1 "$remedies")" "$@"
	[ "$several" -eq 1 ] || return
	broken_by "$@"
	pasted "$(seq "$remedies" -1 1)" "$@"
}

count=0
for ((one = 0; one < ${#ways[@]}; one++)); do
	{
		saved "${ways[one]}"
		for ((two = one + 1; two < ${#ways[@]}; two++)); do
			[ "${ways[one]%%-*}" != "${ways[two]%%-*}" ] || continue
			saved "${ways[one]}" "${ways[two]}"
			count=$((count + 1))
		done
	} >"$WORK/report"
	is "$(cat "$WORK/report")" "" "${ways[one]}: alone, and with each other one after it"
done
for one in "${alone[@]}"; do
	is "$(saved "$one")" "" "$one: alone"
done
ok "there were pairs" test "$count" -gt 100

finish
