#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# make coverage: runs make check in a build that counts, and prints how many lines and branches of lib/ and
# plugin/ ran.  Fails if a test fails, or if too few ran of all of them together.  coverage/index.html shows
# which did not.
#
#   coverage.sh SOURCE-DIRECTORY       in the build directory; MAKE and GCOV as make has them

set -eu
export LC_ALL=C
LINES_MIN=90 BRANCHES_MIN=80

command -v gcovr >/dev/null || {
	echo "make coverage needs gcovr" >&2
	exit 1
}

# One file of counts for each object, which every process adds to when it exits.  They are made now, for all to
# write, since some tests run as another user.
find . -name '*.gcda' -delete
(
	umask 0
	find . -name '*.gcno' | sed 's/gcno$/gcda/' | while IFS= read -r counts; do
		: >"$counts"
	done
)
mkdir -p coverage
rm -f coverage/*

# Where a process cannot get at its counts any more (a chroot, a limit on files) it says so on standard error,
# which tests look at.
checked=0
STRESS_SHORT=yes GCOV_ERROR_FILE=$PWD/coverage/gcov.log ${MAKE:-make} -k check >coverage/check.log 2>&1 </dev/null || {
	checked=$?
	grep -E '^(FAIL|ERROR):' coverage/check.log || tail -n 20 coverage/check.log
	echo "make check failed: coverage/check.log"
}

# A branch that gcc makes on a line without code (the end of a scope) is none of ours.
gcovr -j 2 --root "$1" --object-directory . --gcov-executable "$GCOV" --exclude-unreachable-branches \
	--filter "$1/lib/" --filter "$1/plugin/" --csv coverage/table.csv --html-details coverage/index.html
awk -F, -v lines_min=$LINES_MIN -v branches_min=$BRANCHES_MIN '
	function row(name, lines, hit, branches, taken) {
		printf "%-26s %5d of %5d  %5.1f %%   %5d of %5d  %5.1f %%\n", name, hit, lines,
		    lines ? 100 * hit / lines : 100, taken, branches, branches ? 100 * taken / branches : 100
	}
	NR == 1 {
		for (i = 1; i <= NF; i++)
			column[$i] = i
		printf "%-26s %14s %17s\n", "file", "lines", "branches"
		next
	}
	{
		row($1, $column["line_total"], $column["line_covered"], $column["branch_total"], $column["branch_covered"])
		lines += $column["line_total"]
		hit += $column["line_covered"]
		branches += $column["branch_total"]
		taken += $column["branch_covered"]
	}
	END {
		row("together", lines, hit, branches, taken)
		if (hit * 100 < lines * lines_min || taken * 100 < branches * branches_min || lines == 0) {
			printf "less than %d %% of lines or %d %% of branches\n", lines_min, branches_min
			exit 1
		}
	}' coverage/table.csv
exit "$checked"
