#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Draws the two plots from the results of bench/bench.sh (needs gnuplot):
#
#   bench/plot.sh RESULTS.CSV FOLDER     makes lookups.svg and writers.svg there
set -eu
HERE=$(cd "$(dirname "$0")" && pwd)
RESULTS=$1 FOLDER=$2
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

python3 "$HERE/report.py" --plot-lookups "$RESULTS" >"$WORK/lookups"
python3 "$HERE/report.py" --plot-writers "$RESULTS" >"$WORK/writers"
cat >"$WORK/style" <<'END'
set terminal svg size 640,400 dynamic font "sans-serif,13" background "white"
set border 3 lc rgb "#666666"
set tics nomirror
set grid ytics lc rgb "#dddddd"
set logscale y
set key outside below center horizontal
set format y "%g"
END
gnuplot <<END
load "$WORK/style"
set output "$FOLDER/lookups.svg"
set title "What a lookup costs"
set ylabel "microseconds, median"
set xlabel "users"
set logscale x
set xtics ("1,000" 1000, "100,000" 100000, "1,000,000" 1000000)
set xrange [700:1400000]
set yrange [0.1:200]
plot "$WORK/lookups" using 1:4 with linespoints pt 7 lc rgb "#b22222" title "stock sasldb (Berkeley DB)", \
	"" using 1:2 with linespoints pt 7 lc rgb "#1f5fa8" title "gsasldb", \
	"" using 1:3 with linespoints pt 6 lc rgb "#1f5fa8" title "gsasldb\\\\_map: yes", \
	"" using 1:5 with linespoints pt 1 lc rgb "#888888" title "bare gdbm\\\\_fetch"
END
gnuplot <<END
load "$WORK/style"
set output "$FOLDER/writers.svg"
set title "A password check while somebody writes"
set ylabel "microseconds"
set xlabel "writes a second"
set xrange [-0.5:4.5]
plot "$WORK/writers" using 1:6:xtic(2) with linespoints pt 6 lc rgb "#b22222" title "stock, 99 %", \
	"" using 1:5 with linespoints pt 7 lc rgb "#b22222" title "stock, median", \
	"" using 1:4 with linespoints pt 6 lc rgb "#1f5fa8" title "gsasldb, 99 %", \
	"" using 1:3 with linespoints pt 7 lc rgb "#1f5fa8" title "gsasldb, median"
END
