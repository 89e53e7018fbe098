#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What the linker and the compiler were told to harden is in the built files, which "make install" copies as they
# are.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"

need readelf
configured() { # WORD: one of the flags that configure chose
	grep -E '^(HARDEN|PROGRAM)_C?(LD)?FLAGS = |^(C|CPP|LD)FLAGS = ' "$BUILDDIR/Makefile" | grep -qE -- "(^| )$1( |\$)"
}
has() { # REGEX NAME: in what readelf said of the file
	grep -qE -- "$1" "$WORK/elf"
	result $? "$name: $2" "$1"
}
has_not() { # REGEX NAME
	! grep -E -- "$1" "$WORK/elf" >"$WORK/out"
	result $? "$name: $2" "nothing like $1"
}
imports() { # REGEX NAME: a function of the C library
	has "^ *[0-9]+: [0-9a-f]+ +[0-9]+ +FUNC +GLOBAL +DEFAULT +UND $1(@| |\$)" "$2"
}

for file in "$BUILDDIR"/{.libs/libgsasldb.so,saslpasswd,sasldblistusers,gsasldb}; do
	name=${file##*/}
	# a program that libtool wraps in a script would be another file after the installation
	readelf -W -h -l -d --dyn-syms "$file" >"$WORK/elf" 2>"$WORK/err" || bail "readelf $file: $(cat "$WORK/err")"

	has_not '^ +GNU_STACK .* R?WE' "the stack is not executable"
	has '^ +GNU_STACK ' "and the file says so"
	has_not '^ +LOAD .* RWE ' "nothing is writable and executable"
	has_not '\((RPATH|RUNPATH)\)' "libraries come from the system's folders"
	has_not '\(TEXTREL\)|FLAGS\).*TEXTREL' "code is not relocated"
	if configured '-fsanitize=\S+'; then
		skip "$name: GNU_RELRO, BIND_NOW: a build with sanitizers is linked without them"
		skip "$name: FORTIFY_SOURCE: AddressSanitizer looks itself"
	else
		has '^ +GNU_RELRO ' "relocations are read-only after the start"
		has 'FLAGS\).*BIND_NOW|FLAGS_1\).*NOW' "and all are made at the start"
		if configured '-O0' || ! configured '-D_FORTIFY_SOURCE=[0-9]|\S*_FORTIFY_SOURCE\S*'; then
			skip "$name: FORTIFY_SOURCE: configure left it out, for there is no optimization (-O0)"
		else
			imports '__[a-z_]+_chk' "the C library checks sizes (FORTIFY_SOURCE)"
		fi
	fi
	imports __stack_chk_fail "the stack is protected"
	if [ "$name" = libgsasldb.so ]; then
		is "$(awk '/ GLOBAL | WEAK | UNIQUE / && $7 != "UND" && !/asan/ { print $8 }' "$WORK/elf" | sort | tr '\n' ' ')" \
			"sasl_auxprop_plug_init sasl_server_plug_init " "$name: two symbols are exported"
	else
		has 'Type: +DYN ' "is loaded anywhere (PIE)"
		has 'FLAGS_1\).* PIE' "and says so"
	fi
done

finish
