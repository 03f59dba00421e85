// SPDX-License-Identifier: MIT
/*
 * The page tables under which firmware is called, walked as a processor walks them (Intel SDM
 * volume 3, 4.5), with 4 and with 5 levels; and a caller's upper half put in as the code that
 * stays does it.
 */
#include "guest/runtime_tables.h"
#include "base/util.h"
#include "tap.h"

#include <stdlib.h>
#include <string.h>

#define AT UINT64_C(0x3fe00000)
#define CODE UINT64_C(0x3fd12000)
#define DATA UINT64_C(0x3fd20000)
#define ADDRESS UINT64_C(0x000ffffffffff000)
#define NOT_EXECUTABLE (UINT64_C(1) << 63)

enum { PRESENT = 1, WRITABLE = 2, USER = 4, UNCACHED = 16, LARGE = 128, GLOBAL = 256 };

/* What OVMF has, as Linux maps it. */
static const struct runtime_firmware ovmf = {
	.system_table = 0x3fef5018,
	.version = RUNTIME_FIRMWARE_VERSION,
	.n = 5,
	.region = {
		{ 0xffc00000, 0xfffffffeffc00000, 0x400, 0x8000000000000001, 11, 0 },
		{ 0x3fef4000, 0xfffffffeffaf4000, 0x84, 0x800000000000000f, 6, 0 },
		{ 0x3f5ec000, 0xfffffffeff1ec000, 0x100, 0x800000000000000f, 5, 0 },
		{ 0x3f4ec000, 0xfffffffeff0ec000, 0x100, 0x800000000000000f, 6, 0 },
		{ 0x3eaa0000, 0xfffffffefe6a0000, 0x102, 0x800000000000000f, 6, 0 },
	},
};

static const struct runtime_firmware none;

struct made {
	uint64_t most, n;
	uint8_t *bytes;
	struct runtime_own own;
	struct runtime_power power;
	struct runtime_forward forward;
};

static struct made make_at(const struct runtime_firmware *f, struct runtime_power power,
			   uint64_t data, uint64_t at)
{
	struct made m = { .power = power };

	m.most = runtime_tables_most(f, &power);
	m.bytes = malloc(m.most * PAGE_BYTES);
	require(m.bytes);
	memset(m.bytes, 0xa5, m.most * PAGE_BYTES);
	m.own = (struct runtime_own){ CODE, 6000, data, at + m.most * PAGE_BYTES - data, &m.power };
	m.n = runtime_tables_make(f, &m.own, at, m.bytes, m.most, &m.forward);
	return m;
}

static struct made make(const struct runtime_firmware *f)
{
	return make_at(f, (struct runtime_power){ 0 }, DATA, AT);
}

static void drop(struct made *m)
{
	free(m->bytes);
}

static uint64_t *entry(const struct made *m, uint64_t table, uint64_t i)
{
	if (table < m->forward.tables || table - m->forward.tables >= m->n * PAGE_BYTES)
		return NULL;
	return (uint64_t *)(m->bytes + (table - m->forward.tables)) + i;
}

/* The last entry on the way to address, and in *ret_span what it stands for; 0 when there is none.
 */
static uint64_t walk(const struct made *m, unsigned levels, uint64_t address, uint64_t *ret_span)
{
	uint64_t table =
		m->forward.tables + (levels == 5 ? RUNTIME_ROOT5 : RUNTIME_ROOT4) * PAGE_BYTES;

	for (unsigned level = levels; level; level--) {
		const unsigned shift = 12 + 9 * (level - 1);
		const uint64_t *e = entry(m, table, address >> shift & 511);

		if (!e || !(*e & PRESENT))
			return 0;
		*ret_span = UINT64_C(1) << shift;
		if (level == 1 || (level < 4 && *e & LARGE))
			return *e;
		table = *e & ADDRESS;
	}
	return 0;
}

static bool leads(const struct made *m, uint64_t address, uint64_t physical, uint64_t flags)
{
	const uint64_t mask = NOT_EXECUTABLE | UNCACHED | GLOBAL | USER | WRITABLE;

	for (unsigned levels = 4; levels <= 5; levels++) {
		uint64_t span = 0;
		const uint64_t e = walk(m, levels, address, &span);

		if (!e || (e & mask) != flags ||
		    ((e & ADDRESS & ~(span - 1)) | (address & (span - 1))) != physical)
			return false;
	}
	return true;
}

static bool leads_nowhere(const struct made *m, uint64_t address)
{
	uint64_t span;

	return !walk(m, 4, address, &span) && !walk(m, 5, address, &span);
}

static void check_region(const struct made *m, const struct runtime_region *r)
{
	const uint64_t flags = WRITABLE |
			       (r->type == EFI_RUNTIME_SERVICES_CODE ? 0 : NOT_EXECUTABLE) |
			       (r->attribute & EFI_MEMORY_WB ? 0 : UNCACHED);
	bool all = true;

	for (uint64_t i = 0; i < r->n_pages * PAGE_BYTES; i += PAGE_BYTES)
		all &= leads(m, r->physical + i, r->physical + i, flags) &&
		       leads(m, r->virtual + i + 4095, r->physical + i + 4095, flags);
	check_msg(all, "%#jx is at both its addresses", (uintmax_t)r->physical);
}

static void check_own(const struct made *m)
{
	const struct runtime_own *o = &m->own;
	bool all = true;

	check(leads(m, 0, 0, WRITABLE | NOT_EXECUTABLE));
	check(leads(m, o->code, o->code, 0) && leads(m, o->code + 5999, o->code + 5999, 0));
	check(leads_nowhere(m, o->code + 2 * PAGE_BYTES));
	for (uint64_t a = o->data; a < o->data + o->data_bytes; a += PAGE_BYTES)
		all &= leads(m, a, a, WRITABLE | NOT_EXECUTABLE);
	check_msg(all, "data and tables are where they are");
	check(leads_nowhere(m, o->data - 1) && leads_nowhere(m, o->data + o->data_bytes));
}

static void test_ovmf(void)
{
	struct made m = make(&ovmf);

	check(runtime_firmware_fault(&ovmf) == NULL);
	check(m.forward.state == RUNTIME_TABLES_MADE && m.n <= m.most);
	check(m.forward.tables == AT && m.forward.tables_bytes == m.n * PAGE_BYTES);
	check(m.forward.code == CODE && m.forward.data == DATA);
	check(m.forward.system_table == ovmf.system_table);
	for (unsigned i = 0; i < ovmf.n; i++)
		check_region(&m, &ovmf.region[i]);
	check_own(&m);
	/* the highest half is the caller's, and there is none yet */
	check(leads_nowhere(&m, 0xffff800000000000) && leads_nowhere(&m, 0xffffffff81000000));
	check_msg(m.n <= 24, "%ju tables", (uintmax_t)m.n);
	/* an NMI's entry takes bit 12 for the sign of a user's tables */
	check(((AT + RUNTIME_ROOT4 * PAGE_BYTES) & 0x1fff) == 0 &&
	      ((AT + RUNTIME_ROOT5 * PAGE_BYTES) & 0x1fff) == 0);
	drop(&m);
}

/* The window's table is the one that an address in the window is looked up in. */
static void test_window(void)
{
	struct made m = make(&ovmf);
	uint64_t *e;

	for (unsigned i = 0; i < 4; i++) {
		check(leads_nowhere(&m, RUNTIME_WINDOW + i * PAGE_BYTES));
		e = entry(&m, m.forward.window, i);
		require(e);
		*e = (0x1234000 + i * PAGE_BYTES) | PRESENT | NOT_EXECUTABLE;
		check(leads(&m, RUNTIME_WINDOW + i * PAGE_BYTES, 0x1234000 + i * PAGE_BYTES,
			    NOT_EXECUTABLE));
	}
	drop(&m);
}

/* What a caller has above and below the firmware, put where the code that stays puts it. */
static void test_upper_half(void)
{
	struct made m = make(&ovmf);
	uint64_t span;

	*entry(&m, AT + RUNTIME_ROOT4 * PAGE_BYTES, 256) =
		(AT + RUNTIME_TOP3 * PAGE_BYTES) | PRESENT;
	*entry(&m, AT + RUNTIME_TOP3 * PAGE_BYTES, 0) = 0x40000000 | PRESENT | LARGE;
	*entry(&m, AT + RUNTIME_TOP3 * PAGE_BYTES, 510) = 0x80000000 | PRESENT | LARGE;
	check(leads(&m, 0xffffffff81000000, 0x81000000, 0));
	check(leads(&m, 0xffffff8000000000, 0x40000000, 0));
	check((walk(&m, 4, 0xffff800000000000, &span) & ADDRESS) == 0x40000000);
	for (unsigned i = 0; i < ovmf.n; i++)
		check_region(&m, &ovmf.region[i]);
	drop(&m);
}

/* A machine without firmware to call, and one with registers in memory: QEMU's microvm. */
static void test_registers(void)
{
	const struct runtime_power power = {
		.reset = { 0xfea00202, 0x42, 0, RUNTIME_MEMORY, 1, { 0 } },
		.off = { { 0xfea00200, 0x34, 0, RUNTIME_MEMORY, 1, { 0 } },
			 { 0x604, 0x34, 0, RUNTIME_IO, 2, { 0 } } },
	};
	struct made m = make_at(&none, power, DATA, AT);

	check(m.forward.state == RUNTIME_TABLES_MADE && m.forward.system_table == 0);
	check(leads(&m, 0xfea00202, 0xfea00202, WRITABLE | UNCACHED | NOT_EXECUTABLE));
	check(leads_nowhere(&m, 0xfea01000) && leads_nowhere(&m, 0xfe9ff000));
	check_own(&m);
	drop(&m);
	/* the firmware's own flags stay */
	m = make_at(
		&ovmf,
		(struct runtime_power){ .reset = { 0x3f5ec010, 1, 0, RUNTIME_MEMORY, 4, { 0 } } },
		DATA, AT);
	check_region(&m, &ovmf.region[2]);
	drop(&m);
	/* right before and right behind what it has, and half of it there */
	m = make_at(
		&ovmf,
		(struct runtime_power){ .reset = { 0xffbffff0, 1, 0, RUNTIME_MEMORY, 1, { 0 } },
					.off = { { 0x3ff78000, 1, 0, RUNTIME_MEMORY, 2, { 0 } },
						 { 0x3f4ebffe, 1, 0, RUNTIME_MEMORY, 4, { 0 } } } },
		DATA, AT);
	for (unsigned i = 0; i < ovmf.n; i++)
		check_region(&m, &ovmf.region[i]);
	check(leads(&m, 0xffbffff0, 0xffbffff0, WRITABLE | UNCACHED | NOT_EXECUTABLE));
	check(leads(&m, 0x3ff78000, 0x3ff78000, WRITABLE | UNCACHED | NOT_EXECUTABLE));
	check(leads(&m, 0x3f4ebffe, 0x3f4ebffe, WRITABLE | UNCACHED | NOT_EXECUTABLE));
	check(m.forward.state == RUNTIME_TABLES_MADE && m.n <= m.most);
	drop(&m);
}

/* Wherever our own lie, and whatever the firmware's sizes: as many tables as were promised do. */
static void test_room(void)
{
	static const uint64_t places[] = { 0x1fe000, 0x3fffe000, 0x7fffffe000, 0x2345678000,
					   0x7ffffffe000 };
	static const uint64_t sizes[] = { 1, 511, 512, 513, 1024, 1025, 5000, 300000 };
	struct runtime_firmware f = { .n = 2 };
	bool all = true, close = true;

	for (unsigned i = 0; i < ARRAY_SIZE(places); i++)
		for (unsigned j = 0; j < ARRAY_SIZE(sizes); j++)
			for (unsigned shift = 0; shift < 3; shift++) {
				struct made m;

				/* at the same place of 2 MiB, a page behind it, and at different
				 * ones */
				f.region[0] =
					(struct runtime_region){ 0x80000000 + (shift ? 4096 : 0),
								 RUNTIME_FIRMWARE_START +
									 (shift == 1 ? 4096 : 0),
								 sizes[j],
								 EFI_MEMORY_WB,
								 5,
								 0 };
				f.system_table = f.region[0].physical;
				f.region[1] = f.region[0];
				f.region[1].physical += UINT64_C(1) << 40;
				f.region[1].virtual += UINT64_C(1) << 32;
				m = make_at(&f, (struct runtime_power){ 0 },
					    align_down(places[i] - 800000, PAGE_BYTES), places[i]);
				all &= runtime_firmware_fault(&f) == NULL &&
				       m.forward.state == RUNTIME_TABLES_MADE;
				close &= m.most - m.n < 24;
				drop(&m);
			}
	check_msg(all, "there is room");
	check_msg(close, "and not much more than is needed");
	{
		struct made m = make(&ovmf);

		m.own.power = &m.power;
		for (uint64_t n = RUNTIME_FIXED_TABLES; n < m.n; n++) {
			runtime_tables_make(&ovmf, &m.own, AT, m.bytes, n, &m.forward);
			check_msg(m.forward.state == RUNTIME_TABLES_OFF, "%ju are too few",
				  (uintmax_t)n);
		}
		drop(&m);
	}
}

/* Firmware that tells code and data of each of its drivers apart, as UEFI 2.5 had it, and MMIO of
 * its devices. */
static void test_many(void)
{
	struct runtime_firmware f = { .version = RUNTIME_FIRMWARE_VERSION };
	struct made m;

	for (; f.n < RUNTIME_MAX_REGIONS; f.n++)
		f.region[f.n] = (struct runtime_region){
			.physical = 0x30000000 + f.n * UINT64_C(0x7000),
			.virtual = RUNTIME_FIRMWARE_END - (f.n + 1) * UINT64_C(0x207000),
			.n_pages = 1 + f.n % 7,
			.attribute = f.n % 3 == 2 ? EFI_MEMORY_UC : EFI_MEMORY_WB,
			.type = f.n % 3 ? 6 : EFI_RUNTIME_SERVICES_CODE,
		};
	f.system_table = f.region[1].physical + 24;
	check(runtime_firmware_fault(&f) == NULL);
	m = make(&f);
	check(m.forward.state == RUNTIME_TABLES_MADE && m.n <= m.most);
	for (unsigned i = 0; i < f.n; i++)
		check_region(&m, &f.region[i]);
	check_own(&m);
	drop(&m);
}

static void fault(const char *what, struct runtime_firmware f)
{
	check_msg(runtime_firmware_fault(&f) != NULL, "%s", what);
}

static void test_faults(void)
{
	struct runtime_firmware f;

	f = ovmf;
	f.system_table = 0x3ff78000;
	fault("a system table behind the region", f);
	f = none;
	fault("nothing at all", f);
	f = ovmf;
	f.n = RUNTIME_MAX_REGIONS + 1;
	fault("too many", f);
	f = ovmf;
	f.region[1].physical += 1;
	fault("half a page", f);
	f = ovmf;
	f.region[1].virtual += 0x800;
	fault("half a page of the other address", f);
	f = ovmf;
	f.region[2].n_pages = 0;
	fault("no pages", f);
	f = ovmf;
	f.region[2].n_pages = UINT64_MAX / PAGE_BYTES + 2;
	fault("a size that overflows", f);
	f = ovmf;
	f.region[2].n_pages = UINT64_MAX;
	fault("the largest size", f);
	f = ovmf;
	f.region[0].physical = RUNTIME_WINDOW - PAGE_BYTES;
	fault("into the window", f);
	f = ovmf;
	f.region[0].physical = UINT64_MAX - 4095;
	fault("the last page of all", f);
	f = ovmf;
	f.region[4].physical = 0;
	fault("page 0", f);
	f = ovmf;
	f.region[0].virtual = RUNTIME_FIRMWARE_END - 0x1000;
	fault("over the end of Linux's range", f);
	f = ovmf;
	f.region[0].virtual = 0xffffffff81000000;
	fault("at the kernel's own addresses", f);
	f = ovmf;
	f.region[0].virtual = RUNTIME_FIRMWARE_START - PAGE_BYTES;
	fault("below Linux's range", f);
	f = ovmf;
	f.region[3].physical += 0xff000 + 0x1000;
	fault("over another one", f);
	f = ovmf;
	f.region[3].virtual = f.region[2].virtual + 0xff000;
	fault("over another one's other address", f);
}

int main(void)
{
	test_ovmf();
	test_window();
	test_upper_half();
	test_registers();
	test_room();
	test_many();
	test_faults();
	return tap_done();
}
