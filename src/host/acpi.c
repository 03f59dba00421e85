// SPDX-License-Identifier: MIT
#include "host/acpi.h"
#include "base/bytes.h"

#include <errno.h>
#include <string.h>

enum {
	RSDP_REVISION = 15,
	RSDP_RSDT = 16,
	RSDP_BYTES_1 = 20, /* of revision 0 */
	RSDP_XSDT = 24,
	RSDP_BYTES_2 = 36,
};

enum {
	TABLE_LENGTH = 4,
	TABLE_HEADER_BYTES = 36,
	FACS_MIN_BYTES = 64,
	FADT_FACS = 36,
	FADT_DSDT = 40,
	FADT_PM_TIMER = 76,
	FADT_PM_TIMER_BYTES = 91,
	FADT_X_FACS = 132,
	FADT_X_DSDT = 140,
};

enum { MAX_TABLE_BYTES = 16 << 20, MAX_ROOT_BYTES = 64 << 10 };

/* Read the root pointer; rsdp.n says how long it is by its revision. */
static bool read_rsdp(const struct phys *phys, uint64_t addr, uint8_t p[static RSDP_BYTES_2],
		      size_t *ret_n)
{
	if (!phys->read(phys->context, addr, p, RSDP_BYTES_1) || memcmp(p, "RSD PTR ", 8) != 0 ||
	    bytes_sum((struct bytes){ p, RSDP_BYTES_1 }))
		return false;
	*ret_n = RSDP_BYTES_1;
	if (p[RSDP_REVISION] < 2)
		return true;
	if (addr > UINT64_MAX - RSDP_BYTES_2 ||
	    !phys->read(phys->context, addr + RSDP_BYTES_1, p + RSDP_BYTES_1,
			RSDP_BYTES_2 - RSDP_BYTES_1))
		return false;
	*ret_n = RSDP_BYTES_2;
	return !bytes_sum((struct bytes){ p, RSDP_BYTES_2 });
}

bool acpi_rsdp_check(const struct phys *phys, uint64_t addr, uint8_t *ret_revision)
{
	uint8_t p[RSDP_BYTES_2];
	size_t n;

	if (!read_rsdp(phys, addr, p, &n))
		return false;
	*ret_revision = p[RSDP_REVISION] < 2 ? 0 : p[RSDP_REVISION];
	return true;
}

static bool is_signature(const uint8_t *p)
{
	for (unsigned i = 0; i < 4; i++)
		if (p[i] < '!' || p[i] > '~')
			return false;
	return true;
}

/* A table by its own length, which must be between min and max; all of it or nothing. */
static int add_table(struct copies *c, const struct phys *phys, uint64_t addr, uint32_t min,
		     uint32_t max, struct bytes *ret_table)
{
	uint8_t head[8];
	uint32_t n = 0;

	if (addr == 0 || !phys->read(phys->context, addr, head, sizeof(head)) ||
	    !is_signature(head))
		return -ENODATA;
	(void)bytes_le32((struct bytes){ head, sizeof(head) }, TABLE_LENGTH, &n);
	if (n < min || n > max)
		return -ENODATA;
	return copies_add(c, phys, addr, n, ret_table);
}

/* Only a lack of memory ends the collecting. */
static int forgive(int r)
{
	return r == -ENOMEM ? r : 0;
}

/* The address at off, of 8 or 4 bytes; 0 where the table is too short for it. */
static uint64_t address_at(struct bytes table, uint64_t off, unsigned n_bytes)
{
	uint64_t wide = 0;
	uint32_t narrow = 0;

	if (n_bytes == 8)
		(void)bytes_le64(table, off, &wide);
	else
		(void)bytes_le32(table, off, &narrow);
	return n_bytes == 8 ? wide : narrow;
}

static int add_fadt_tables(struct copies *c, const struct phys *phys, struct bytes fadt)
{
	static const struct {
		unsigned off, n_bytes;
		uint32_t min;
	} rows[] = {
		{ FADT_FACS, 4, FACS_MIN_BYTES },
		{ FADT_X_FACS, 8, FACS_MIN_BYTES },
		{ FADT_DSDT, 4, TABLE_HEADER_BYTES },
		{ FADT_X_DSDT, 8, TABLE_HEADER_BYTES },
	};
	int r;

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		r = add_table(c, phys, address_at(fadt, rows[i].off, rows[i].n_bytes), rows[i].min,
			      MAX_TABLE_BYTES, NULL);
		if (forgive(r) < 0)
			return r;
	}
	return 0;
}

/* An RSDT (entries of 4 bytes) or XSDT (8), and the tables it names. */
static int add_root(struct copies *c, const struct phys *phys, uint64_t addr, unsigned entry_bytes)
{
	struct bytes root, table;
	int r = add_table(c, phys, addr, TABLE_HEADER_BYTES, MAX_ROOT_BYTES, &root);

	if (r < 0)
		return forgive(r);
	for (uint64_t off = TABLE_HEADER_BYTES; off + entry_bytes <= root.n; off += entry_bytes) {
		r = add_table(c, phys, address_at(root, off, entry_bytes), TABLE_HEADER_BYTES,
			      MAX_TABLE_BYTES, &table);
		if (r == 0 && memcmp(table.p, "FACP", 4) == 0)
			r = add_fadt_tables(c, phys, table);
		if (forgive(r) < 0)
			return r;
	}
	return 0;
}

int acpi_collect(const struct phys *phys, uint64_t addr, struct copies *c)
{
	uint8_t p[RSDP_BYTES_2];
	struct bytes rsdp = { p, 0 };
	int r;

	if (!read_rsdp(phys, addr, p, &rsdp.n))
		return 0;
	r = copies_add_bytes(c, addr, rsdp);
	if (r < 0)
		return forgive(r);
	r = add_root(c, phys, address_at(rsdp, RSDP_RSDT, 4), 4);
	if (r < 0)
		return r;
	return add_root(c, phys, address_at(rsdp, RSDP_XSDT, 8), 8);
}

uint16_t acpi_pm_timer_port(const struct copies *c)
{
	for (unsigned i = 0; i < c->n; i++) {
		const struct bytes table = { c->copy[i].data, c->copy[i].n_bytes };
		uint32_t port;
		uint8_t n;

		if (table.n >= 4 && !memcmp(table.p, "FACP", 4) &&
		    bytes_u8(table, FADT_PM_TIMER_BYTES, &n) && n == 4 &&
		    bytes_le32(table, FADT_PM_TIMER, &port) && port <= UINT16_MAX)
			return (uint16_t)port;
	}
	return 0;
}
