// SPDX-License-Identifier: MIT
/* usage: tiny_log_write BANKS: the log of tiny_log.h with 1 or 4 banks on standard output */
#include "unit/tiny_log.h"

#include <stdio.h>

int main(int argc, char **argv)
{
	static struct tiny_log tiny;

	if (argc != 2)
		return 2;
	tiny_log_fill(&tiny, argv[1][0] == '1' ? &tiny_banks_one : &tiny_banks_four);
	return fwrite(tiny.bytes, 1, tiny.n, stdout) == tiny.n && fflush(stdout) == 0 ? 0 : 1;
}
