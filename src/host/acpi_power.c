// SPDX-License-Identifier: MIT
#include "host/acpi_power.h"
#include "host/copies.h"

#include <string.h>

enum {
	TABLE_HEADER_BYTES = 36,
	/* of the FADT (5.2.9) */
	PM1A_CONTROL = 64, /* a port, and of 4 bytes */
	PM1B_CONTROL = 68,
	PM1_CONTROL_BYTES = 89,
	FLAGS = 112,
	RESET_REGISTER = 116, /* this and the others are generic addresses (5.2.3.2) */
	RESET_VALUE = 128,
	X_PM1A_CONTROL = 172,
	X_PM1B_CONTROL = 184,
	SLEEP_CONTROL = 244,
	/* of its flags */
	HAS_RESET = 1 << 10,
	HARDWARE_REDUCED = 1 << 20,
	/* of a PM1 control register, and of a sleep control register (4.8.3.2.1, 4.8.3.7) */
	PM1_TYPE_SHIFT = 10,
	PM1_TYPE = 7 << PM1_TYPE_SHIFT,
	PM1_ENABLE = 1 << 13,
	SLEEP_TYPE_SHIFT = 2,
	SLEEP_ENABLE = 1 << 5,
	MOST_TYPE = 7,
};

/* What a machine writes to sleep in state S5; -1 says that nobody knows. */
struct sleep_type {
	int a, b;
};

static struct bytes table_of(const struct copies *c, unsigned i)
{
	return (struct bytes){ c->copy[i].data, c->copy[i].n_bytes };
}

static bool is_table(struct bytes table, const char signature[static 4])
{
	return table.n >= TABLE_HEADER_BYTES && !memcmp(table.p, signature, 4);
}

static uint8_t byte_at(struct bytes table, uint64_t at)
{
	uint8_t v = 0;

	(void)bytes_u8(table, at, &v);
	return v;
}

static uint32_t word_at(struct bytes table, uint64_t at)
{
	uint32_t v = 0;

	(void)bytes_le32(table, at, &v);
	return v;
}

/* A constant of AML (20.2.3) that fits the register's 3 bits; moves *at behind it. */
static int constant(struct bytes code, uint64_t *at)
{
	enum { ZERO = 0x00, ONE = 0x01, BYTE = 0x0a, WORD = 0x0b, DWORD = 0x0c };
	const uint8_t op = byte_at(code, *at);
	unsigned n_bytes = op == BYTE ? 1 : op == WORD ? 2 : op == DWORD ? 4 : 0;
	uint32_t v = 0;

	if (op != ZERO && op != ONE && !n_bytes)
		return -1;
	for (unsigned i = 0; i < n_bytes; i++)
		v |= (uint32_t)byte_at(code, *at + 1 + i) << 8 * i;
	*at += 1 + n_bytes;
	v = n_bytes ? v : op;
	return v <= MOST_TYPE ? (int)v : -1;
}

/*
 * Name(\_S5, Package() { a, b, ...}) (7.4.2.6): a definition of constants, so that no interpreter
 * is needed; the same bytes by chance are not in anybody's tables.
 */
static bool find_s5(struct bytes code, struct sleep_type *ret_type)
{
	enum { PACKAGE = 0x12, LENGTH_SHIFT = 6 };
	static const char name[] = { '_', 'S', '5', '_', PACKAGE };

	for (uint64_t at = TABLE_HEADER_BYTES; at + sizeof(name) < code.n; at++) {
		uint64_t value = at + sizeof(name);
		struct sleep_type type;

		if (memcmp(code.p + at, name, sizeof(name)) != 0)
			continue;
		/* the length's own further bytes, then the number of elements */
		value += 1 + (byte_at(code, value) >> LENGTH_SHIFT) + 1;
		type.a = constant(code, &value);
		type.b = constant(code, &value);
		if (type.a < 0)
			continue;
		*ret_type = type;
		return true;
	}
	return false;
}

static struct sleep_type sleep_type_of(const struct copies *c)
{
	struct sleep_type type = { -1, -1 };

	for (unsigned i = 0; i < c->n; i++)
		if ((is_table(table_of(c, i), "DSDT") || is_table(table_of(c, i), "SSDT")) &&
		    find_s5(table_of(c, i), &type))
			break;
	return type;
}

/* The register of a generic address; n_bytes 0 where there is none that we could write. */
static struct acpi_write register_at(struct bytes fadt, uint64_t at)
{
	struct acpi_write w = { .space = byte_at(fadt, at) };
	const uint8_t bits = byte_at(fadt, at + 1);

	if (!bytes_le64(fadt, at + 4, &w.addr) || !w.addr || w.space > ACPI_PCI ||
	    (w.space == ACPI_IO && w.addr > UINT16_MAX))
		return (struct acpi_write){ 0 };
	w.n_bytes = bits > 16 ? 4 : bits > 8 ? 2 : 1;
	return w;
}

/* A PM1 control register, in its old form where there is no new one; PCI has none of these. */
static struct acpi_write pm1_at(struct bytes fadt, uint64_t at, uint64_t old)
{
	struct acpi_write w = register_at(fadt, at);

	if (!w.n_bytes && byte_at(fadt, PM1_CONTROL_BYTES) >= 2) {
		w = (struct acpi_write){ .addr = word_at(fadt, old), .space = ACPI_IO };
		w.n_bytes = w.addr && w.addr <= UINT16_MAX ? 2 : 0;
	}
	/* some tables have 32 bits of width; the register itself is 16 (4.8.3.2.1) */
	if (w.n_bytes)
		w.n_bytes = w.space == ACPI_PCI ? 0 : 2;
	return w;
}

static void fill_pm1(struct acpi_write *w, int type)
{
	if (type < 0)
		w->n_bytes = 0;
	w->value = (uint32_t)type << PM1_TYPE_SHIFT | PM1_ENABLE;
	w->keep = ~(uint32_t)(PM1_TYPE | PM1_ENABLE);
}

static void find_off(struct bytes fadt, struct sleep_type type, struct acpi_write off[static 2])
{
	if (word_at(fadt, FLAGS) & HARDWARE_REDUCED) {
		off[0] = register_at(fadt, SLEEP_CONTROL);
		off[0].value = (uint32_t)type.a << SLEEP_TYPE_SHIFT | SLEEP_ENABLE;
		if (off[0].space == ACPI_PCI)
			off[0].n_bytes = 0;
		return;
	}
	off[0] = pm1_at(fadt, X_PM1A_CONTROL, PM1A_CONTROL);
	off[1] = pm1_at(fadt, X_PM1B_CONTROL, PM1B_CONTROL);
	fill_pm1(&off[0], type.a);
	fill_pm1(&off[1], type.b);
}

void acpi_power_find(const struct copies *c, struct acpi_power *ret_power)
{
	const struct sleep_type type = sleep_type_of(c);
	struct acpi_power power = { 0 };

	for (unsigned i = 0; i < c->n; i++) {
		const struct bytes fadt = table_of(c, i);

		if (!is_table(fadt, "FACP"))
			continue;
		if (word_at(fadt, FLAGS) & HAS_RESET) {
			power.reset = register_at(fadt, RESET_REGISTER);
			power.reset.value = byte_at(fadt, RESET_VALUE);
		}
		if (type.a >= 0)
			find_off(fadt, type, power.off);
		break;
	}
	*ret_power = power;
}
