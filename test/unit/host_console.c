// SPDX-License-Identifier: MIT
/* The port of the console, by what the command line says. */
#include "host/console.h"
#include "unit/tree.h"

#include <string.h>

static void put(uint8_t *p, uint64_t v, unsigned n)
{
	memcpy(p, &v, n);
}

/* A 16550 at an I/O port, in either table, and what is no such thing. */
static void test_tables(struct tree *t)
{
	uint8_t spcr[80] = { 0 }, dbg2[100] = { 0 };
	uint8_t *const first = dbg2 + 44, *const second = first + 24;

	tree_put(t, "/proc/cmdline", "root=/dev/vda1 console=tty0\n");
	put(dbg2 + 36, 44, 4);
	put(dbg2 + 40, 2, 4);
	put(first + 1, 24, 2);
	put(first + 12, 0x8003, 2); /* a network card */
	put(second + 1, 34, 2);
	put(second + 12, 0x8000, 2);
	put(second + 14, 1, 2);
	put(second + 18, 20, 2);
	second[20] = 1;
	put(second + 24, 0x3e8, 8);
	tree_put_bytes(t, "/sys/firmware/acpi/tables/DBG2", dbg2, sizeof(dbg2));
	check(host_console(t->root) == 0x3e8);
	spcr[40] = 1;
	put(spcr + 44, 0x2f8, 8);
	tree_put_bytes(t, "/sys/firmware/acpi/tables/SPCR", spcr, sizeof(spcr));
	check(host_console(t->root) == 0x2f8);
	spcr[36] = 3; /* a PL011 */
	tree_put_bytes(t, "/sys/firmware/acpi/tables/SPCR", spcr, sizeof(spcr));
	check(host_console(t->root) == 0x3e8);
	spcr[36] = 0;
	spcr[40] = 0; /* in memory */
	tree_put_bytes(t, "/sys/firmware/acpi/tables/SPCR", spcr, sizeof(spcr));
	check(host_console(t->root) == 0x3e8);
	for (unsigned n = 0; n < sizeof(dbg2); n++) {
		tree_put_bytes(t, "/sys/firmware/acpi/tables/DBG2", dbg2, n);
		check_msg(host_console(t->root) == (n < 100 ? 0 : 0x3e8), "DBG2 cut to %u", n);
	}
	put(first + 1, 0, 2); /* a length that leads nowhere */
	tree_put_bytes(t, "/sys/firmware/acpi/tables/DBG2", dbg2, sizeof(dbg2));
	check(host_console(t->root) == 0);
	tree_put(t, "/proc/cmdline", "console=ttyS0\n");
	check(host_console(t->root) == 0x3f8);
}

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
		{ "console=ttyS10", 0 },
		{ "console=ttyS0 console=ttyS1,9600n8", 0x2f8 },
		{ "console=ttyS1 console=tty0", 0x2f8 },
		{ "console=ttyS0 console=ttyS7", 0x1234 },
		{ "console=uart8250,io,0x2f8,115200", 0x2f8 },
		{ "console=ttyS0 console=uart,io,3e8", 0x3e8 },
		{ "console=uart8250,mmio32,0xfe000000", 0 },
		{ "console=uart8250,io,0xfffff", 0 },
		{ "noconsole=ttyS0 myconsole=ttyS1", 0 },
		{ "console=ttyS1x", 0 },
		{ "console=ttyS", 0 },
		{ "console=tty0 quiet", 0 },
		{ "", 0 },
	};
	struct tree t = tree_new();

	check_msg(host_console(t.root) == 0, "no /proc/cmdline");
	tree_put(&t, "/sys/class/tty/ttyS7/port", "0x1234\n");
	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		tree_put(&t, "/proc/cmdline", rows[i].cmdline);
		check_msg(host_console(t.root) == rows[i].port, "command line %u", i);
	}
	test_tables(&t);
	tree_drop(&t);
	return tap_done();
}
