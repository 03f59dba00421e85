/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * A page of firmware tables as they lie at 0xf0000 of a PC: ACPI of revision 2
 * and both SMBIOS entry points, each pointing to what it should.
 */
#include "host/copies.h"

#include <string.h>

enum {
	TT_ADDR = 0xf0000,
	TT_BYTES = 0x800,

	/* offsets */
	TT_RSDP = 0x000,
	TT_RSDT = 0x040,
	TT_XSDT = 0x100,
	TT_FADT = 0x200,
	TT_MADT = 0x300,
	TT_FACS = 0x400,
	TT_DSDT = 0x500,
	TT_SM3 = 0x600,
	TT_SM = 0x640,
	TT_SM3_TABLE = 0x700,
	TT_SM_TABLE = 0x740,

	TT_FADT_BYTES = 244,
	TT_SM3_TABLE_BYTES = 0x40,
	TT_SM_TABLE_BYTES = 0x20,
};

struct tiny_tables {
	uint8_t p[TT_BYTES];
};

static inline void tt_put(struct tiny_tables *t, unsigned off, uint64_t v, unsigned n_bytes)
{
	for (unsigned i = 0; i < n_bytes; i++)
		t->p[off + i] = (uint8_t)(v >> 8 * i);
}

/* Make [start, start + n) sum to zero by the byte at off. */
static inline void tt_sum(struct tiny_tables *t, unsigned start, unsigned n, unsigned off)
{
	uint8_t sum = 0;

	t->p[off] = 0;
	for (unsigned i = 0; i < n; i++)
		sum = (uint8_t)(sum + t->p[start + i]);
	t->p[off] = (uint8_t)-sum;
}

static inline void tt_head(struct tiny_tables *t, unsigned off, const char *signature, uint32_t n)
{
	memcpy(t->p + off, signature, 4);
	tt_put(t, off + 4, n, 4);
}

/* After a change to the root pointer. */
static inline void tt_sum_rsdp(struct tiny_tables *t)
{
	tt_sum(t, TT_RSDP, 20, TT_RSDP + 8);
	tt_sum(t, TT_RSDP, 36, TT_RSDP + 32);
}

static inline void tt_acpi(struct tiny_tables *t)
{
	memcpy(t->p + TT_RSDP, "RSD PTR ", 8);
	t->p[TT_RSDP + 15] = 2;
	tt_put(t, TT_RSDP + 16, TT_ADDR + TT_RSDT, 4);
	tt_put(t, TT_RSDP + 20, 36, 4);
	tt_put(t, TT_RSDP + 24, TT_ADDR + TT_XSDT, 8);
	tt_sum_rsdp(t);
	tt_head(t, TT_RSDT, "RSDT", 36 + 4);
	tt_put(t, TT_RSDT + 36, TT_ADDR + TT_FADT, 4);
	tt_head(t, TT_XSDT, "XSDT", 36 + 2 * 8);
	tt_put(t, TT_XSDT + 36, TT_ADDR + TT_FADT, 8);
	tt_put(t, TT_XSDT + 44, TT_ADDR + TT_MADT, 8);
	tt_head(t, TT_FADT, "FACP", TT_FADT_BYTES);
	tt_put(t, TT_FADT + 40, TT_ADDR + TT_DSDT, 4);
	tt_put(t, TT_FADT + 132, TT_ADDR + TT_FACS, 8);
	tt_put(t, TT_FADT + 140, TT_ADDR + TT_DSDT, 8);
	tt_head(t, TT_MADT, "APIC", 44);
	tt_head(t, TT_FACS, "FACS", 64);
	tt_head(t, TT_DSDT, "DSDT", 40);
}

static inline void tt_smbios(struct tiny_tables *t)
{
	memcpy(t->p + TT_SM3, "_SM3_", 5);
	t->p[TT_SM3 + 6] = 24;
	t->p[TT_SM3 + 7] = 3;
	t->p[TT_SM3 + 8] = 2;
	tt_put(t, TT_SM3 + 12, TT_SM3_TABLE_BYTES, 4);
	tt_put(t, TT_SM3 + 16, TT_ADDR + TT_SM3_TABLE, 8);
	tt_sum(t, TT_SM3, 24, TT_SM3 + 5);
	memcpy(t->p + TT_SM, "_SM_", 4);
	t->p[TT_SM + 5] = 31;
	t->p[TT_SM + 6] = 2;
	t->p[TT_SM + 7] = 8;
	memcpy(t->p + TT_SM + 16, "_DMI_", 5);
	tt_put(t, TT_SM + 22, TT_SM_TABLE_BYTES, 2);
	tt_put(t, TT_SM + 24, TT_ADDR + TT_SM_TABLE, 4);
	tt_sum(t, TT_SM + 16, 15, TT_SM + 21);
	tt_sum(t, TT_SM, 31, TT_SM + 4);
	memset(t->p + TT_SM3_TABLE, '3', TT_SM3_TABLE_BYTES);
	memset(t->p + TT_SM_TABLE, '2', TT_SM_TABLE_BYTES);
}

static inline struct tiny_tables tt_new(void)
{
	struct tiny_tables t = { { 0 } };

	tt_acpi(&t);
	tt_smbios(&t);
	return t;
}

/* Memory that is nothing but these bytes at TT_ADDR. */
static inline bool tt_read(void *context, uint64_t addr, void *to, size_t n_bytes)
{
	const struct bytes *memory = context;
	struct bytes part;

	if (addr < TT_ADDR || !bytes_sub(*memory, addr - TT_ADDR, n_bytes, &part))
		return false;
	memcpy(to, part.p, n_bytes);
	return true;
}

static inline const struct table_copy *tt_copy_at(const struct table_copy *copy, unsigned n,
						  unsigned off)
{
	for (unsigned i = 0; i < n; i++)
		if (copy[i].addr == TT_ADDR + off)
			return &copy[i];
	return NULL;
}
