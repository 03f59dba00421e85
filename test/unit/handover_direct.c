// SPDX-License-Identifier: MIT
#include "handover/direct.h"
#include "seed/setup_data.h"
#include "tap.h"
#include "unit/tiny_kernel.h"

#include <errno.h>
#include <stdlib.h>

#define MIB (UINT64_C(1) << 20)

enum { PARAMS_NODE = 4 * PAGE_BYTES };

static uint8_t image[TINY_KERNEL_BYTES];
static struct why why;

/* A PC with a hole of tables in low memory and 1 GiB above 4 GiB. */
static struct memory_range pc[] = {
	{ 0x1000, 0x9f000, MEMORY_RAM },	{ 0xf0000, 0x100000, MEMORY_RESERVED },
	{ MIB, 3072 * MIB, MEMORY_RAM },	{ 3072 * MIB, 3073 * MIB, MEMORY_ACPI_NVS },
	{ 4096 * MIB, 5120 * MIB, MEMORY_RAM },
};
static const struct memory_map pc_map = { pc, ARRAY_SIZE(pc), 5120 * MIB };

static struct direct_config config_of(const struct memory_map *map)
{
	tiny_kernel_make(image);
	return (struct direct_config){
		.kernel = { image, sizeof(image) },
		.cmdline = "root=/dev/ram0 quiet",
		.initrd_bytes = 5000,
		.resume_bytes = 100 * 1024,
		.acpi_rsdp = 0xf5a30,
		.seed = { 1, 2, 3, [31] = 9 },
		.map = map,
	};
}

static uint64_t field(const uint8_t *params, unsigned at, unsigned n)
{
	uint64_t v = 0;

	memcpy(&v, params + at, n);
	return v;
}

static void test_registers(const struct frozen *f)
{
	check(f->regs.rip == 0x1000000 + 0x200 && f->regs.rsi % PAGE_BYTES == 0);
	check(f->fpu.fxsave[0] == 0x7f && f->fpu.fxsave[1] == 3 && f->fpu.fxsave[25] == 0x1f);
	check(f->resume.end - f->resume.start >= 100 * 1024 && f->resume.end <= 4096 * MIB);
	for (unsigned i = 0; i < f->n_pages; i++)
		check_msg((f->pages[i].start | f->pages[i].end) % PAGE_BYTES == 0 &&
				  f->pages[i].start < f->pages[i].end &&
				  (i == 0 || f->pages[i - 1].end <= f->pages[i].start) &&
				  (f->pages[i].end <= f->resume.start ||
				   f->pages[i].start >= f->resume.end),
			  "pages %u: sorted, apart, not the purgatory's", i);
}

static void test_params(const struct direct_config *c, const struct direct *d)
{
	const uint64_t at = d->frozen.regs.rsi;
	const uint8_t *params = d->ram.host + at;
	struct setup_memory memory;
	struct setup_list list;
	uint64_t first;

	check(c->screen.n == 64 && !memcmp(params, c->screen.p, c->screen.n));
	check(field(params, 0x070, 8) == c->acpi_rsdp && field(params, 0x210, 1) == 0xff);
	check(!strcmp((char *)d->ram.host + field(params, 0x228, 4), c->cmdline));
	check(field(params, 0x21c, 4) == c->initrd_bytes);
	check(d->initrd == d->ram.host + field(params, 0x218, 4));
	check(field(params, 0x218, 4) + c->initrd_bytes <= 0x80000000); /* initrd_addr_max */
	check(params[0x1e8] == c->map->n && field(params, 0x2d0, 8) == 0x1000 &&
	      field(params, 0x2d8, 8) == 0x9e000 && field(params, 0x2e0, 4) == 1);
	check(field(params, 0x2d0 + 20 + 16, 4) == 2 && field(params, 0x2d0 + 60 + 16, 4) == 4);
	check(params[0x1ef] == 0 && field(params, 0x230, 4) == 0x200000);
	require(boot_params_first((struct bytes){ params, PAGE_BYTES }, &first, &why) == 0);
	memory = (struct setup_memory){ d->ram.host + at + PARAMS_NODE, at + PARAMS_NODE,
					PAGE_BYTES };
	require(setup_list_read(first, &memory, &list, &why) == 0);
	check(list.n == 1 && list.entry[0].type == 9 && list.entry[0].n_bytes == 32 &&
	      !memcmp(list.entry[0].data, c->seed, 32));
	check(d->frozen.seed.start == list.entry[0].addr + 16 &&
	      d->frozen.seed.end == d->frozen.seed.start + 32);
}

static void test_good(void)
{
	static const uint8_t screen[64] = { [15] = 0x70, [24] = 0xe0, [63] = 1 };
	struct direct_config c = config_of(&pc_map);
	struct direct d;

	c.screen = (struct bytes){ screen, sizeof(screen) };
	require(direct_build(&c, &d, &why) == 0);
	check(!memcmp(d.ram.host + 0x1000000, image + TINY_KERNEL_SETUP, TINY_KERNEL_CODE));
	test_registers(&d.frozen);
	test_params(&c, &d);
	direct_free(&d);
	check(d.ram.fd == -1 && !d.ram_range);
}

/* What the header says: a field of n bytes at an offset, and what is to come of it. */
static void test_headers(void)
{
	static const struct {
		unsigned at, n;
		uint64_t v;
		int want;
		const char *why;
	} rows[] = {
		{ 0x202, 4, 0, -ENOEXEC, "no \"HdrS\" at 0x202" },
		{ 0x206, 2, 0x20b, -ENOEXEC, "no 64-bit entry (boot protocol 2.11)" },
		{ 0x206, 2, 0x20c, 0, "" },
		{ 0x206, 2, 0x208, -ENOEXEC, "2.08" },
		{ 0x236, 2, 2, -ENOEXEC, "no 64-bit entry" },
		{ 0x201, 1, 0xff, 0, "" },
		{ 0x1f1, 1, 13, -ENOEXEC, "does not fit its size" }, /* no byte behind them */
		{ 0x1f1, 1, 255, -ENOEXEC, "does not fit its size" },
		{ 0x1f1, 1, 0, 0, "" }, /* stands for 4 */
		{ 0x260, 4, TINY_KERNEL_CODE - 1, -ENOEXEC, "does not fit its size" },
		{ 0x260, 4, 0xffffffff, -ENOSPC, "no room for the kernel's 0x100000000 bytes" },
		{ 0x230, 4, 0, -ENOEXEC, "does not fit" },
		{ 0x230, 4, 0x800, -ENOEXEC, "does not fit" },
		{ 0x230, 4, 0x300000, -ENOEXEC, "does not fit" },
		{ 0x238, 4, 19, -ENOEXEC, "command line is longer" },
		{ 0x238, 4, 20, 0, "" },
		{ 0x238, 4, 0xffffffff, 0, "" },
		{ 0x258, 8, UINT64_MAX, 0, "" }, /* goes elsewhere */
		{ 0x22c, 4, 0x1000, -ENOSPC, "no room below 0x1001 for an initrd" },
		{ 0x22c, 4, 0xffffffff, 0, "" },
	};
	struct direct_config c;
	struct direct d;
	int r;

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		c = config_of(&pc_map);
		tiny_kernel_put(image, rows[i].at, rows[i].v, rows[i].n);
		why.text[0] = 0;
		r = direct_build(&c, &d, &why);
		if (!check_msg(r == rows[i].want && (r == 0 || strstr(why.text, rows[i].why)),
			       "%#x is %#jx: %s", rows[i].at, (uintmax_t)rows[i].v, rows[i].why))
			printf("# got %d: %s\n", r, why.text);
		if (r == 0)
			direct_free(&d);
	}
}

static uint64_t entry_with(uint64_t pref, unsigned relocatable, const struct memory_map *map)
{
	struct direct_config c = config_of(map);
	struct direct d;
	uint64_t entry;

	tiny_kernel_put(image, 0x258, pref, 8);
	tiny_kernel_put(image, 0x234, relocatable, 1);
	if (direct_build(&c, &d, &why) < 0)
		return 0;
	entry = d.frozen.regs.rip;
	direct_free(&d);
	return entry;
}

/* A header that claims more than boot parameters have for it, and setup of the oldest kind. */
static void test_extremes(void)
{
	struct direct_config c = config_of(&pc_map);
	struct direct d;

	memset(image + 0x268, 0xee, 0x100);
	tiny_kernel_put(image, 0x201, 0xff, 1);
	tiny_kernel_put(image, 0x1f1, 0, 1);
	image[5 * 512] = 0x77;
	require(direct_build(&c, &d, &why) == 0);
	check(d.ram.host[d.frozen.regs.rsi + 0x28f] == 0xee &&
	      d.ram.host[d.frozen.regs.rsi + 0x290] == 0);
	check(d.ram.host[0x1000000] == 0x77);
	direct_free(&d);
}

static void test_places(void)
{
	struct memory_range gap[] = {
		{ MIB, 0x1100000, MEMORY_RAM },
		{ 0x1100000, 0x1200000, MEMORY_RESERVED },
		{ 0x1300000, 512 * MIB, MEMORY_RAM },
	};
	struct memory_range small[] = { { MIB, 20 * MIB, MEMORY_RAM } };
	const struct memory_map with_gap = { gap, 3, 512 * MIB };
	const struct memory_map little = { small, 1, 20 * MIB };

	check(entry_with(0x2000000, 1, &pc_map) == 0x2000200);
	check(entry_with(0x2000000, 0, &pc_map) == 0x2000200);
	/* there is no RAM for it: the lowest aligned place above 16 MiB, or nowhere */
	check(entry_with(0x1000000, 1, &with_gap) == 0x1400200);
	check(entry_with(0x1000000, 0, &with_gap) == 0 && strstr(why.text, "cannot be moved"));
	check(entry_with(0x100000, 1, &pc_map) == 0x1000200);
	/* above 4 GiB other things would have to be above it too */
	check(entry_with(4096 * MIB, 1, &pc_map) == 0x1000200);
	check(entry_with(4096 * MIB, 0, &pc_map) == 0);
	check(entry_with(4200 * MIB, 1, &pc_map) == 0x1000200);
	check(entry_with(4200 * MIB, 0, &pc_map) == 0 && strstr(why.text, "cannot be moved"));
	check(entry_with(0x1000000, 1, &little) == 0x1000200);
}

static const uint8_t *params_of(const struct direct *d)
{
	return d->ram.host + d->frozen.regs.rsi;
}

/* Entries in boot parameters, and behind them those of the list (SETUP_E820_EXT). */
static bool told_all(const struct memory_map *map, const struct direct *d)
{
	const uint64_t at = d->frozen.regs.rsi, n_bytes = d->frozen.regs.rsp - at;
	const struct setup_memory memory = { d->ram.host + at, at, n_bytes };
	const uint8_t *e = params_of(d) + 0x2d0;
	struct setup_list list;
	uint64_t first;

	if (boot_params_first((struct bytes){ memory.p, PAGE_BYTES }, &first, &why) < 0 ||
	    setup_list_read(first, &memory, &list, &why) < 0 || list.n != (map->n > 128 ? 2 : 1) ||
	    params_of(d)[0x1e8] != min_u64(map->n, 128))
		return false;
	if (list.n == 2 &&
	    (list.entry[1].type != 1 || list.entry[1].n_bytes != (map->n - 128) * 20))
		return false;
	for (unsigned i = 0; i < map->n; i++, e += 20) {
		if (i == 128)
			e = list.entry[1].data;
		if (field(e, 0, 8) != map->range[i].start ||
		    field(e, 8, 8) != map->range[i].end - map->range[i].start ||
		    field(e, 16, 4) != 1)
			return false;
	}
	return true;
}

static void test_memory(void)
{
	static struct memory_range many[1000];
	struct memory_map map = { many, 1000, 16384 * MIB };
	struct direct_config c;
	struct direct d;

	for (unsigned i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = (struct memory_range){ (16 + 16 * i) * MIB, (31 + 16 * i) * MIB,
						 MEMORY_RAM };
	for (map.n = 127; map.n <= 1000; map.n = map.n < 130 ? map.n + 1 : map.n + 870) {
		c = config_of(&map);
		require(direct_build(&c, &d, &why) == 0);
		check_msg(told_all(&map, &d), "a map of %u ranges", map.n);
		direct_free(&d);
	}
	/* what is no business of the next kernel's, and devices that are */
	many[1].kind = MEMORY_HOTPLUGGED;
	many[2].kind = MEMORY_MMIO;
	many[3] = (struct memory_range){ many[3].start, many[3].start + 0x10000, MEMORY_MMIO };
	many[4].kind = MEMORY_SPECIAL;
	many[5].kind = MEMORY_LEFT_BEHIND;
	map.n = 6;
	c = config_of(&map);
	require(direct_build(&c, &d, &why) == 0);
	check(params_of(&d)[0x1e8] == 4 && field(params_of(&d), 0x2d0 + 20 + 16, 4) == 2 &&
	      field(params_of(&d), 0x2d0 + 40 + 16, 4) == 0xefffffff);
	check_msg(field(params_of(&d), 0x2d0 + 60 + 16, 4) == 3, "the last boot's tables stay");
	direct_free(&d);
	c = config_of(&pc_map);
	c.initrd_bytes = 4096 * MIB;
	check(direct_build(&c, &d, &why) == -ENOSPC && strstr(why.text, "initrd"));
	c.initrd_bytes = 0;
	c.cmdline = NULL;
	require(direct_build(&c, &d, &why) == 0);
	check(d.frozen.n_pages == 2 && d.ram.host[d.frozen.regs.rsi + PAGE_BYTES] == 0);
	direct_free(&d);
	map.n = 0;
	c = config_of(&map);
	check(direct_build(&c, &d, &why) == -ENOSPC);
}

/* Each beginning of the file, in memory of its own: a sanitizer sees a byte too far. */
static void test_cut_short(void)
{
	struct direct_config c = config_of(&pc_map);
	struct direct d;
	unsigned good = 0;
	uint8_t *p;

	for (size_t n = 0; n < TINY_KERNEL_SETUP + 0x204; n += n < 0x1e0 ? 97 : 1) {
		p = malloc(n ? n : 1);
		if (!p)
			break;
		memcpy(p, image, n);
		c.kernel = (struct bytes){ p, n };
		why.text[0] = 0;
		if (direct_build(&c, &d, &why) == 0) {
			good += n <= TINY_KERNEL_SETUP + 0x200;
			direct_free(&d);
		} else {
			good += !why.text[0];
		}
		free(p);
	}
	check_msg(good == 0, "no beginning is a kernel, and each says why: %u", good);
}

int main(void)
{
	test_good();
	test_headers();
	test_extremes();
	test_places();
	test_memory();
	test_cut_short();
	return tap_done();
}
