// SPDX-License-Identifier: MIT
#include "host/acpi_power.h"
#include "host/acpi.h"
#include "tap.h"
#include "unit/tiny_tables.h"

enum {
	FADT_PM1A = 64,
	FADT_PM1B = 68,
	FADT_PM1_BYTES = 89,
	FADT_FLAGS = 112,
	FADT_RESET = 116,
	FADT_RESET_VALUE = 128,
	FADT_X_PM1A = 172,
	FADT_SLEEP = 244,
	HAS_RESET = 1 << 10,
	REDUCED = 1 << 20,
};

/* QEMU's PC: Name(_S5, Package() { 0, 0, 0, 0 }). */
static const uint8_t s5_pc[] = { 0x08, '_', 'S', '5', '_', 0x12, 0x06, 0x04, 0, 0, 0, 0 };
/* Another one's, at the root, the numbers as bytes. */
static const uint8_t s5_bytes[] = { 0x08, '\\', '_',  'S',  '5',  '_',	0x12, 0x0a,
				    0x04, 0x0a, 0x05, 0x0a, 0x03, 0x00, 0x00 };
/* A length of two bytes, and a word. */
static const uint8_t s5_long[] = {
	0x08, '_', 'S', '5', '_', 0x12, 0x41, 0x01, 0x04, 0x0b, 7, 0, 1
};

static struct tiny_tables tables;

static void begin(const uint8_t *s5, size_t n)
{
	tables = tt_new();
	if (n)
		memcpy(tables.p + TT_DSDT + 40, s5, n);
	tt_put(&tables, TT_DSDT + 4, 40 + (uint32_t)n, 4);
}

static void fadt(unsigned off, uint64_t v, unsigned n)
{
	tt_put(&tables, TT_FADT + off, v, n);
}

static void address(unsigned off, uint8_t space, uint8_t bits, uint64_t v)
{
	fadt(off, space, 1);
	fadt(off + 1, bits, 1);
	fadt(off + 4, v, 8);
}

static struct acpi_power found(void)
{
	struct bytes memory = { tables.p, TT_BYTES };
	struct phys phys = { tt_read, &memory };
	struct copies c = { NULL, 0, 0, 0 };
	struct acpi_power p;

	check(acpi_collect(&phys, TT_ADDR + TT_RSDP, &c) == 0);
	acpi_power_find(&c, &p);
	copies_free(&c);
	return p;
}

static void test_nothing(void)
{
	struct copies c = { NULL, 0, 0, 0 };
	struct acpi_power p;

	acpi_power_find(&c, &p);
	check(!p.reset.n_bytes && !p.off[0].n_bytes && !p.off[1].n_bytes);
	begin(NULL, 0);
	p = found();
	check(!p.reset.n_bytes && !p.off[0].n_bytes && !p.off[1].n_bytes);
}

static void test_reset(void)
{
	struct acpi_power p;

	begin(NULL, 0);
	address(FADT_RESET, ACPI_IO, 8, 0xcf9);
	fadt(FADT_RESET_VALUE, 0x0f, 1);
	check(!found().reset.n_bytes); /* the flags do not say that there is one */
	fadt(FADT_FLAGS, HAS_RESET, 4);
	p = found();
	check(p.reset.space == ACPI_IO && p.reset.addr == 0xcf9 && p.reset.n_bytes == 1 &&
	      p.reset.value == 0x0f && p.reset.keep == 0);
	address(FADT_RESET, ACPI_MEMORY, 32, 0xfed80040);
	p = found();
	check(p.reset.space == ACPI_MEMORY && p.reset.addr == 0xfed80040 && p.reset.n_bytes == 4);
	address(FADT_RESET, ACPI_PCI, 8, 0x1f000000dc);
	check(found().reset.space == ACPI_PCI && found().reset.addr == 0x1f000000dc);
	address(FADT_RESET, ACPI_IO, 8, 0x10cf9);
	check(!found().reset.n_bytes);
	address(FADT_RESET, 0x7f, 8, 0xcf9);
	check(!found().reset.n_bytes);
	address(FADT_RESET, ACPI_IO, 8, 0);
	check(!found().reset.n_bytes);
}

static bool off_is(const struct acpi_write *w, uint64_t addr, uint32_t type)
{
	return w->space == ACPI_IO && w->addr == addr && w->n_bytes == 2 &&
	       w->value == (type << 10 | 1 << 13) && (uint16_t)w->keep == 0xc3ff;
}

static void test_pm1(void)
{
	struct acpi_power p;

	begin(s5_pc, sizeof(s5_pc));
	fadt(FADT_PM1A, 0x604, 4);
	fadt(FADT_PM1_BYTES, 2, 1);
	p = found();
	check(off_is(&p.off[0], 0x604, 0) && !p.off[1].n_bytes);
	begin(s5_bytes, sizeof(s5_bytes));
	fadt(FADT_PM1A, 0x604, 4);
	fadt(FADT_PM1B, 0x608, 4);
	fadt(FADT_PM1_BYTES, 2, 1);
	p = found();
	check(off_is(&p.off[0], 0x604, 5) && off_is(&p.off[1], 0x608, 3));
	/* the new form, with more bits than the register has */
	address(FADT_X_PM1A, ACPI_IO, 32, 0x1004);
	p = found();
	check(off_is(&p.off[0], 0x1004, 5) && off_is(&p.off[1], 0x608, 3));
	begin(s5_long, sizeof(s5_long));
	fadt(FADT_PM1A, 0x604, 4);
	fadt(FADT_PM1_BYTES, 2, 1);
	p = found();
	check(off_is(&p.off[0], 0x604, 7));
}

/* What cannot be a type switches nothing off; and the table may end anywhere. */
static void test_bad_s5(void)
{
	uint8_t s5[sizeof(s5_bytes)];

	memcpy(s5, s5_bytes, sizeof(s5));
	s5[10] = 8;
	begin(s5, sizeof(s5));
	fadt(FADT_PM1A, 0x604, 4);
	fadt(FADT_PM1_BYTES, 2, 1);
	check(!found().off[0].n_bytes);
	s5[9] = 0x5b; /* no constant */
	begin(s5, sizeof(s5));
	fadt(FADT_PM1A, 0x604, 4);
	fadt(FADT_PM1_BYTES, 2, 1);
	check(!found().off[0].n_bytes);
	for (size_t n = 0; n < sizeof(s5_bytes); n++) {
		begin(s5_bytes, n);
		fadt(FADT_PM1A, 0x604, 4);
		fadt(FADT_PM1_BYTES, 2, 1);
		(void)found();
	}
	check(true);
}

/* Hardware-reduced ACPI: the sleep control register, and no PM1. */
static void test_reduced(void)
{
	struct acpi_power p;

	begin(s5_bytes, sizeof(s5_bytes));
	/* room for it: the table behind is not looked at */
	tt_put(&tables, TT_FADT + 4, 268, 4);
	tt_put(&tables, TT_XSDT + 4, 36 + 8, 4);
	fadt(FADT_FLAGS, REDUCED, 4);
	fadt(FADT_PM1A, 0x604, 4);
	address(FADT_SLEEP, ACPI_MEMORY, 8, 0xfea00200);
	p = found();
	check(p.off[0].space == ACPI_MEMORY && p.off[0].addr == 0xfea00200 &&
	      p.off[0].n_bytes == 1 && p.off[0].value == (5 << 2 | 1 << 5) && !p.off[0].keep &&
	      !p.off[1].n_bytes);
	/* cut before it */
	tt_put(&tables, TT_FADT + 4, 244, 4);
	check(!found().off[0].n_bytes);
}

int main(void)
{
	test_nothing();
	test_reset();
	test_pm1();
	test_bad_s5();
	test_reduced();
	return tap_done();
}
