#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Static analysis of the whole tree, and of its documents: "make lint".  Every tool runs, also after another one has
# complained, on all cores; exit code 1 if one complained or is not installed.  The versions are Debian 12's.
#
#   BUILDDIR    where config.h is; the sources are only read
#   CC          gcc; CPPFLAGS: where the libraries' headers are

set -u
export LC_ALL=C CC=${CC:-gcc}
BUILDDIR=$(cd "${BUILDDIR:?}" && pwd) || exit
cd "$(dirname "$0")/.." || exit
export FLAGS="-std=gnu11 -DHAVE_CONFIG_H -DSTATIC_ANALYSIS -DPLUGIN_DIR=PACKAGE -I$BUILDDIR -I. -Ilib -Itools \
	-Itools/import -Itools/check -Itests/plugin ${CPPFLAGS-}"
JOBS=$(nproc)
failed=0

main() {
	local code test_code shell python manuals documents versions

	mapfile -t code < <(find lib plugin tools -name '*.c' | sort)
	mapfile -t test_code < <(find bench tests -name '*.c' | sort)
	mapfile -t shell < <(find .ci bench completions debian demo examples run-tests tests -type f ! -path '*/corpus/*' \
		-exec grep -lE '^#!/bin/(ba)?sh$|^# shellcheck shell=' {} + 2>/dev/null | sort)
	mapfile -t python < <(find bench doc tests -name '*.py' | sort)
	mapfile -t manuals < <(find man -name '*.[1-9]' | sort)
	mapfile -t documents < <(find ./*.md doc examples -name '*.md' | sort)
	mapfile -t versions < <(find NEWS debian/changelog 2>/dev/null)

	complaints=$(mktemp) || exit
	trap 'rm -f "$complaints"' EXIT
	lint clang-tidy tidy "${code[@]}" "${test_code[@]}"
	lint "$CC" analyse "${code[@]}"
	lint cppcheck read_all "--enable=warning,performance,portability,style ${code[*]}" \
		"--enable=warning,performance ${test_code[*]}"
	lint shellcheck read_shell "${shell[@]}"
	lint mandoc read_manual "${manuals[@]}"
	lint python3 compile "${python[@]}"
	lint links links "${documents[@]}"
	lint blocks blocks README.ja.md
	lint version version "${versions[@]}"
	exit $failed
}

# ---- the tools; each function prints its complaints of one file ----

# One file a process: of several, clang-tidy 14 takes the va_lists in all but the first for uninitialized.
tidy() { # FILE
	# shellcheck disable=SC2086 # words
	clang-tidy --quiet "$1" -- $FLAGS 2>&1 | grep -vE '^[0-9]+ (warning|error)s?( and [0-9]+ errors?)? (generated|treated)'
}

# Not its search for leaks: gcc 12 loses sight of memory that is stored behind two pointers.  LeakSanitizer and
# tests/fault look for leaks.
analyse() { # FILE
	# shellcheck disable=SC2086 # words
	"$CC" $FLAGS -O2 -fanalyzer -Wno-analyzer-malloc-leak -S -o /dev/null "$1" 2>&1
}

# Many files in one process.  Suppressed: variables stand at the head of their function (KNF); "a < b ? a : b", whose
# range 2.10 reckons wrong; members of a union; functions that are not reentrant, for clang-tidy knows where there
# are threads.  In tests a failed realloc() ends the test.
read_all() { # OPTIONS-AND-FILES
	local unwanted=(variableScope knownConditionTrueFalse unusedStructMember getgrgidCalled getgrnamCalled
		getpwnamCalled getpwuidCalled 'memleakOnRealloc:tests/*')

	# shellcheck disable=SC2086 # words
	cppcheck --quiet --template=gcc --inline-suppr --library=posix,gnu -D_GNU_SOURCE ${FLAGS/-std=gnu11/--std=c11} \
		"${unwanted[@]/#/--suppress=}" $1 2>&1
}

read_shell() { # FILE
	shellcheck -x "$1" 2>&1
}

# Which other manual pages there are is a question of the machine.
read_manual() { # FILE
	mandoc -T lint "$1" 2>&1 | grep -vE 'referenced manual not found|: outdated mandoc.db|mandoc.db: '
}

compile() { # FILE
	python3 -c 'import sys; compile(open(sys.argv[1], "rb").read(), sys.argv[1], "exec")' "$1" 2>&1
}

# What a document links to or shows, and is not there.
links() { # FILE
	local target

	grep -oE '\]\([^)]+\)' "$1" | while read -r target; do
		target=${target#"]("} target=${target%")"}
		[[ $target = *://* ]] || [ -e "${1%/*}/${target%%#*}" ] || echo "$1: $target: is not there"
	done
}

# How the commands of the guide differ from README.md's.
blocks() { # FILE
	diff -u --label README.md --label "$1" <(marked_blocks README.md) <(marked_blocks "$1")
}

marked_blocks() { # FILE
	awk '/^<!-- bare-system: / { marked = 1; fences = 0 }
		marked { print }
		marked && /^```/ && ++fences == 2 { marked = 0 }' "$1"
}

# The first version in the file must be configure.ac's.
version() { # FILE
	local ours theirs

	ours=$(sed -n 's/^AC_INIT(\[gsasldb\], \[\(.*\)\])$/\1/p' configure.ac)
	theirs=$(grep -m 1 -oE '[0-9]+\.[0-9]+\.[0-9]+' "$1")
	[ "$ours" = "$theirs" ] || echo "$1: is of version $theirs, configure.ac of $ours"
}

# ---- running them ----

# What a function says of one file, at once, so that two do not mix; it fails if there is anything.
one() { # FUNCTION FILE
	local said

	said=$("$1" "$2")
	[ -z "$said" ] || { printf '%s\n' "$said"; return 1; }
}
export -f one tidy analyse read_all read_shell read_manual compile links blocks marked_blocks version

lint() { # PROGRAM FUNCTION ARGUMENT...
	local start=$SECONDS result=clean

	if ! command -v "$1" >/dev/null; then
		result="is not installed"
	elif ! printf '%s\0' "${@:3}" | xargs -0 -n 1 -P "$JOBS" bash -c 'one "$@"' one "$2" >"$complaints"; then
		result="complains:"
	fi
	printf '%-12s %3d s  %s\n' "$1" $((SECONDS - start)) "$result"
	[ "$result" = clean ] || failed=1
	[ "$result" != "complains:" ] || cat "$complaints"
}

main
