// SPDX-License-Identifier: MIT
#include "host/acpi.h"
#include "host/x86_64/bios_area.h"
#include "tap.h"
#include "unit/tiny_tables.h"

/* Collect from t, with only its first n bytes there; print the offsets of the copies. */
static const char *collected(const struct tiny_tables *t, size_t n)
{
	struct bytes memory = { t->p, n };
	struct phys phys = { tt_read, &memory };
	struct copies c = { NULL, 0, 0, 0 };
	static char text[512];
	int r = acpi_collect(&phys, TT_ADDR + TT_RSDP, &c);

	copies_sort(&c);
	snprintf(text, sizeof(text), r < 0 ? "error " : "");
	for (unsigned i = 0; i < c.n; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%llx+%llx ",
			 (unsigned long long)c.copy[i].addr - TT_ADDR,
			 (unsigned long long)c.copy[i].n_bytes);
	copies_free(&c);
	return text;
}

static void expect(const char *what, const struct tiny_tables *t, size_t n, const char *want)
{
	const char *got = collected(t, n);

	if (!check_msg(strcmp(got, want) == 0, "%s", what))
		printf("# got  %s\n# want %s\n", got, want);
}

static void test_collect(void)
{
	struct tiny_tables t = tt_new();

	expect("all of it", &t, TT_BYTES, "0+24 40+28 100+34 200+f4 300+2c 400+40 500+28 ");
	expect("the end is unreadable", &t, TT_FACS + 10, "0+24 40+28 100+34 200+f4 300+2c ");
	expect("only the root pointer", &t, 36, "0+24 ");
	expect("nothing", &t, 0, "");
	t.p[TT_RSDP + 9]++;
	expect("a bad checksum", &t, TT_BYTES, "");
}

static void test_old_root(void)
{
	struct tiny_tables t = tt_new();

	t.p[TT_RSDP + 15] = 0;
	tt_sum(&t, TT_RSDP, 20, TT_RSDP + 8);
	expect("revision 0 has no XSDT", &t, TT_BYTES, "0+14 40+28 200+f4 400+40 500+28 ");
	t.p[TT_RSDP + 9]++;
	expect("revision 0, a bad checksum", &t, TT_BYTES, "");
}

/* What a table may say of itself and others. */
static void test_lies(void)
{
	static const struct {
		unsigned off, n_bytes;
		uint64_t v;
		const char *want, *what;
	} rows[] = {
		{ TT_XSDT + 4, 4, 35, "0+24 40+28 200+f4 400+40 500+28 ",
		  "XSDT shorter than its head" },
		{ TT_XSDT + 4, 4, 0xffffffff, "0+24 40+28 200+f4 400+40 500+28 ", "huge XSDT" },
		{ TT_XSDT + 4, 4, 36 + 15, "0+24 40+28 100+33 200+f4 400+40 500+28 ",
		  "half an entry" },
		{ TT_XSDT + 44, 8, UINT64_MAX, "0+24 40+28 100+34 200+f4 400+40 500+28 ",
		  "a table at the end of addresses" },
		{ TT_XSDT + 44, 8, 0, "0+24 40+28 100+34 200+f4 400+40 500+28 ", "no table" },
		{ TT_XSDT + 44, 8, TT_ADDR + TT_XSDT, "0+24 40+28 100+34 200+f4 400+40 500+28 ",
		  "XSDT in the XSDT" },
		{ TT_MADT, 4, 0xffffffff, "0+24 40+28 100+34 200+f4 400+40 500+28 ",
		  "no signature" },
		{ TT_MADT + 4, 4, 0x1000001, "0+24 40+28 100+34 200+f4 400+40 500+28 ",
		  "huge table" },
		{ TT_FADT + 4, 4, 140, "0+24 40+28 100+34 200+8c 300+2c 400+40 500+28 ",
		  "FADT without X_DSDT" },
		{ TT_FADT + 4, 4, 40, "0+24 40+28 100+34 200+28 300+2c ", "FADT without DSDT" },
		{ TT_FACS + 4, 4, 63, "0+24 40+28 100+34 200+f4 300+2c 500+28 ", "short FACS" },
	};
	struct tiny_tables t;

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		t = tt_new();
		tt_put(&t, rows[i].off, rows[i].v, rows[i].n_bytes);
		expect(rows[i].what, &t, TT_BYTES, rows[i].want);
	}
}

/* As much memory as anyone may ask for: only the limit keeps a huge table out. */
static bool read_endless(void *context, uint64_t addr, void *to, size_t n_bytes)
{
	memset(to, 0, n_bytes);
	for (size_t i = 0; i < n_bytes; i++)
		(void)tt_read(context, addr + i, (uint8_t *)to + i, 1);
	return true;
}

static void test_limit(void)
{
	struct tiny_tables t = tt_new();
	struct bytes memory = { t.p, sizeof(t.p) };
	struct phys phys = { read_endless, &memory };
	struct copies c = { NULL, 0, 0, 0 };

	tt_put(&t, TT_MADT + 4, (16 << 20) + 1, 4);
	check(acpi_collect(&phys, TT_ADDR + TT_RSDP, &c) == 0 && c.n == 6);
	copies_free(&c);
}

static void test_find(void)
{
	struct tiny_tables t = tt_new(), moved = { { 0 } };
	struct bytes memory = { t.p, sizeof(t.p) };
	struct phys phys = { tt_read, &memory };
	uint64_t addr = 0;
	uint8_t revision = 9;

	check(acpi_rsdp_find(&phys, &addr) && addr == TT_ADDR + TT_RSDP);
	check(acpi_rsdp_check(&phys, addr, &revision) && revision == 2);
	memcpy(moved.p + TT_BYTES - 48, t.p + TT_RSDP, 36);
	memory.p = moved.p;
	check(acpi_rsdp_find(&phys, &addr) && addr == TT_ADDR + TT_BYTES - 48);
	moved.p[TT_BYTES - 48 + 33]++; /* only the second checksum notices */
	check(!acpi_rsdp_find(&phys, &addr));
	moved.p[TT_BYTES - 48 + 33]--;
	memory.n = TT_BYTES - 48 + 35;
	check(!acpi_rsdp_find(&phys, &addr));
	check(!acpi_rsdp_check(&phys, UINT64_MAX, &revision));
}

/* The first KiB of the EBDA, which the BIOS data area points to. */
static bool read_ebda(void *context, uint64_t addr, void *to, size_t n_bytes)
{
	const struct tiny_tables *t = context;
	static const uint8_t segment[2] = { 0xc0, 0x9f };

	if (addr == 0x40e && n_bytes == 2) {
		memcpy(to, segment, 2);
		return true;
	}
	if (addr < 0x9fc00 || addr + n_bytes > 0x9fc00 + 1024)
		return false;
	memcpy(to, t->p + addr - 0x9fc00, n_bytes);
	return true;
}

static void test_ebda(void)
{
	struct tiny_tables t = { { 0 } }, source = tt_new();
	struct phys phys = { read_ebda, &t };
	uint64_t addr;

	memcpy(t.p + 0x3d0, source.p + TT_RSDP, 36);
	check(acpi_rsdp_find(&phys, &addr) && addr == 0x9fc00 + 0x3d0);
}

static void test_pm_timer(void)
{
	struct tiny_tables t = tt_new();
	struct bytes memory = { t.p, TT_BYTES };
	struct phys phys = { tt_read, &memory };
	struct copies c = { NULL, 0, 0, 0 };

	tt_put(&t, TT_FADT + 76, 0x608, 4);
	check(acpi_collect(&phys, TT_ADDR + TT_RSDP, &c) == 0 && acpi_pm_timer_port(&c) == 0);
	copies_free(&c);
	t.p[TT_FADT + 91] = 4;
	check(acpi_collect(&phys, TT_ADDR + TT_RSDP, &c) == 0 && acpi_pm_timer_port(&c) == 0x608);
	copies_free(&c);
	check(acpi_pm_timer_port(&c) == 0);
}

int main(void)
{
	test_pm_timer();
	test_collect();
	test_old_root();
	test_lies();
	test_limit();
	test_find();
	test_ebda();
	return tap_done();
}
