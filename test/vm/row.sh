# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2034 # the variables are for who reads this file
#
# A row of test/vm/cases as shell variables; the columns are explained there.
row_set() {
	name=$1 flow=$2 first=$3 hops=$4 memory=$5 cpu=$6 cpus=$7 firmware=$8 limit=$(($9 * 3))
	n_hops=$(($(echo "$hops" | sed 's/^none$//' | tr ',' ' ' | wc -w) + 1))
}

row_read() {
	# shellcheck disable=SC2046 # a row of words
	row_set $(cat "$1")
}

# Field 1 kind, 2 kernel, 3 compression of hop N; the first kernel is hop 1.
hop_field() {
	if [ "$1" = 1 ]; then
		echo "first:$first" | cut -d : -f "$2"
	else
		echo "$hops" | cut -d , -f $(($1 - 1)) | cut -d : -f "$2"
	fi
}
