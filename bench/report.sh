# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2034 # missed is for who reads this file
#
# What the measurements share: figures, each next to its peer.
missed=0

median() {
	sort -n | awk '{ v[NR] = $1 } END { if (NR == 0) exit 1; print v[int((NR + 1) / 2)] }'
}

# report WHAT VALUE UNIT PEER-NAME PEER-VALUE BAR: a line, and whether it holds
report() {
	awk -v what="$1" -v value="$2" -v unit="$3" -v peer="$4" -v of="$5" -v bar="$6" 'BEGIN {
		ratio = of > 0 ? value / of : 999
		printf "%-26s %9.3f %-4s %-34s %9.3f %-4s ratio %.3f, bar %s: %s\n", what, value, unit,
			peer, of, unit, ratio, bar, ratio <= bar ? "holds" : "MISSED"
		exit ratio > bar
	}' || missed=1
}
