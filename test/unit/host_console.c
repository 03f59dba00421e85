// SPDX-License-Identifier: MIT
/* The port of the console, by what the command line says. */
#include "host/console.h"
#include "unit/tree.h"

int main(void)
{
	static const struct {
		const char *cmdline;
		uint64_t port;
	} rows[] = {
		{ "root=/dev/vda1 console=ttyS0,115200 quiet", 0x3f8 },
		{ "console=ttyS1\n", 0x2f8 },
		{ "console=tty0 console=ttyS2", 0x3e8 },
		{ "console=ttyS3", 0x2e8 },
		{ "console=ttyS4", 0 }, /* no port that everybody knows */
		{ "console=ttyS", 0 },
		{ "console=tty0 quiet", 0 },
		{ "", 0 },
	};
	struct tree t = tree_new();

	check_msg(host_console(t.root) == 0, "no /proc/cmdline");
	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		tree_put(&t, "/proc/cmdline", rows[i].cmdline);
		check_msg(host_console(t.root) == rows[i].port, "command line %u", i);
	}
	tree_drop(&t);
	return tap_done();
}
