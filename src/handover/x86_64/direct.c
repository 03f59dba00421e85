// SPDX-License-Identifier: MIT
#include "handover/direct.h"
#include "base/bytes.h"
#include "host/kernel.h"
#include "seed/setup_data.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The setup header, in a kernel image and in boot parameters alike; then boot parameters only. */
enum {
	HEADER = 0x1f1,
	HEADER_LENGTH = 0x201, /* of what follows 0x202 */
	TYPE_OF_LOADER = 0x210,
	RAMDISK_IMAGE = 0x218,
	RAMDISK_SIZE = 0x21c,
	CMD_LINE_PTR = 0x228,
	INITRD_ADDR_MAX = 0x22c,
	KERNEL_ALIGNMENT = 0x230,
	RELOCATABLE = 0x234,
	XLOADFLAGS = 0x236,
	CMDLINE_SIZE = 0x238,
	PREF_ADDRESS = 0x258,
	INIT_SIZE = 0x260,
	HEADER_END = 0x290,	  /* in boot parameters something else follows */
	SCREEN_INFO_BYTES = 0x40, /* the first thing in boot parameters */
	ACPI_RSDP = 0x070,
	E820_ENTRIES = 0x1e8,
	E820_TABLE = 0x2d0,
};

enum {
	SECTOR_BYTES = 512,
	ENTRY_64 = 0x200,
	XLF_KERNEL_64 = 1,
	PROTOCOL_64 = 0x20c,
	LOADER_UNDEFINED = 0xff,
	E820_MAX = 128,
	E820_BYTES = 20,
	CMDLINE_OFFSET = PAGE_BYTES,
	CMDLINE_MAX = 3 * PAGE_BYTES,
	NODE_OFFSET = CMDLINE_OFFSET + CMDLINE_MAX,
	MORE_ENTRIES_OFFSET = 512, /* in the nodes' page, behind the seed's */
	LARGE_MMIO = 256 << 10,	   /* what efi_remove_e820_mmio() takes for one */
	MXCSR_OFFSET = 24,
	MXCSR_DEFAULT = 0x1f80,
	FCW_DEFAULT = 0x37f,
};

#define LOWEST (UINT64_C(16) << 20)
#define FOUR_GIB (UINT64_C(1) << 32)

struct kernel {
	struct bytes header;  /* from HEADER on */
	struct bytes payload; /* the protected-mode part */
	uint64_t pref_address, init_bytes, align;
	uint64_t initrd_end; /* as high as it may go */
	bool relocatable;
};

static int kernel_read(const struct direct_config *c, struct kernel *ret_kernel, struct why *why)
{
	struct kernel k = { .align = 0 };
	uint16_t version = 0, flags = 0;
	uint8_t sectors = 0, length = 0, relocatable = 0;
	uint32_t align = 0, init = 0, cmdline_max = 0, initrd_max = 0;
	uint64_t first;

	if (boot_params_first(c->kernel, &first, why) < 0)
		return -ENOEXEC;
	bytes_le16(c->kernel, BOOT_PARAMS_VERSION, &version);
	if (!bytes_u8(c->kernel, HEADER, &sectors) ||
	    !bytes_u8(c->kernel, HEADER_LENGTH, &length) ||
	    !bytes_le16(c->kernel, XLOADFLAGS, &flags) ||
	    !bytes_u8(c->kernel, RELOCATABLE, &relocatable) ||
	    !bytes_le32(c->kernel, KERNEL_ALIGNMENT, &align) ||
	    !bytes_le32(c->kernel, INIT_SIZE, &init) ||
	    !bytes_le64(c->kernel, PREF_ADDRESS, &k.pref_address) ||
	    !bytes_le32(c->kernel, CMDLINE_SIZE, &cmdline_max) ||
	    !bytes_le32(c->kernel, INITRD_ADDR_MAX, &initrd_max) ||
	    !bytes_sub(c->kernel, HEADER, min_u64(0x202u + length, HEADER_END) - HEADER, &k.header))
		return why_set(why, -ENOEXEC, "the kernel's setup header is cut short");
	if (version < PROTOCOL_64 || !(flags & XLF_KERNEL_64))
		return why_set(why, -ENOEXEC,
			       "the kernel has no 64-bit entry (boot protocol %u.%02u)",
			       version >> 8, version & 0xff);
	if (c->cmdline && strlen(c->cmdline) > min_u64(cmdline_max, CMDLINE_MAX - 1))
		return why_set(why, -ENOEXEC, "the command line is longer than the kernel takes");
	first = (uint64_t)((sectors ? sectors : 4) + 1) * SECTOR_BYTES;
	if (!bytes_sub(c->kernel, first, c->kernel.n - first, &k.payload) ||
	    k.payload.n < ENTRY_64 + 1 || init < k.payload.n || align < PAGE_BYTES ||
	    align & (align - 1))
		return why_set(why, -ENOEXEC, "the kernel's setup header does not fit its size");
	k.init_bytes = align_up(init, PAGE_BYTES);
	k.align = align;
	k.initrd_end = (uint64_t)initrd_max + 1;
	k.relocatable = relocatable;
	*ret_kernel = k;
	return 0;
}

/* Is [start, start + n) RAM from LOWEST on and below 4 GiB? */
static bool is_ram(const struct memory_map *map, uint64_t start, uint64_t n)
{
	for (unsigned i = 0; i < map->n; i++)
		if (map->range[i].kind == MEMORY_RAM && start >= LOWEST &&
		    start >= map->range[i].start && start < min_u64(map->range[i].end, FOUR_GIB) &&
		    n <= min_u64(map->range[i].end, FOUR_GIB) - start)
			return true;
	return false;
}

/* Where the kernel wants to be, else the lowest place that it can be moved to. */
static uint64_t place_kernel(const struct kernel *k, const struct memory_map *map)
{
	uint64_t at;

	if (is_ram(map, k->pref_address, k->init_bytes) || !k->relocatable)
		return is_ram(map, k->pref_address, k->init_bytes) ? k->pref_address : 0;
	for (unsigned i = 0; i < map->n; i++) {
		at = align_up(max_u64(map->range[i].start, LOWEST), k->align);
		if (map->range[i].kind == MEMORY_RAM && is_ram(map, at, k->init_bytes))
			return at;
	}
	return 0;
}

/* n bytes as high as possible, below top and not below bottom, the kernel's end. */
static uint64_t place_high(const struct memory_map *map, uint64_t bottom, uint64_t top, uint64_t n)
{
	uint64_t at;

	for (unsigned i = map->n; i-- > 0;) {
		const struct memory_range *m = &map->range[i];
		const uint64_t end = min_u64(m->end, top);

		if (m->kind != MEMORY_RAM || end < n)
			continue;
		at = align_down(end - n, PAGE_BYTES);
		if (at >= m->start && at >= bottom)
			return at;
	}
	return 0;
}

static uint32_t e820_type(enum memory_kind kind)
{
	switch (kind) {
	case MEMORY_RAM:
	case MEMORY_CRASH_KERNEL:
		return 1;
	case MEMORY_ACPI_RECLAIM:
	case MEMORY_LEFT_BEHIND: /* the tables lie there, and no EFI image makes them anew */
		return 3;
	case MEMORY_ACPI_NVS:
		return 4;
	case MEMORY_UNUSABLE:
		return 5;
	case MEMORY_PERSISTENT:
		return 7;
	case MEMORY_SPECIAL:
		return 0xefffffff; /* Linux's own number for soft reserved memory */
	case MEMORY_HOTPLUGGED:	   /* is not told */
	case MEMORY_MMIO:
	case MEMORY_RESERVED:
		break;
	}
	return 2;
}

/* Linux takes a large device out of its map again, or no other device could have that place. */
static bool is_told(const struct memory_range *m)
{
	return m->kind != MEMORY_HOTPLUGGED &&
	       (m->kind != MEMORY_MMIO || m->end - m->start < LARGE_MMIO);
}

static unsigned count_told(const struct memory_map *map)
{
	unsigned n = 0;

	for (unsigned i = 0; i < map->n; i++)
		n += is_told(&map->range[i]);
	return n;
}

/* Of the entries that boot parameters have no room for, with the list node in front of them. */
static uint64_t more_entries_bytes(const struct memory_map *map)
{
	const unsigned n = count_told(map);

	return n > E820_MAX ? SETUP_DATA_HEADER_BYTES + (uint64_t)(n - E820_MAX) * E820_BYTES : 0;
}

/* Boot parameters, command line, list nodes, and a page whose end is the stack's. */
static uint64_t params_bytes(const struct memory_map *map)
{
	return NODE_OFFSET + PAGE_BYTES + align_up(more_entries_bytes(map), PAGE_BYTES);
}

/* One after the other: the first ones in boot parameters, the rest at more. */
static void put_memory_map(const struct memory_map *map, uint8_t *params, uint8_t *more)
{
	uint8_t *e = params + E820_TABLE;
	unsigned n = 0;

	for (unsigned i = 0; i < map->n; i++) {
		if (!is_told(&map->range[i]))
			continue;
		if (n++ == E820_MAX)
			e = more;
		bytes_put_le(e, map->range[i].start, 8);
		bytes_put_le(e + 8, map->range[i].end - map->range[i].start, 8);
		bytes_put_le(e + 16, e820_type(map->range[i].kind), 4);
		e += E820_BYTES;
	}
	params[E820_ENTRIES] = (uint8_t)min_u64(n, E820_MAX);
}

/* The list's nodes: the seed, and in the next page what the memory map has too much of. */
static int put_nodes(const struct direct_config *c, uint64_t at, uint8_t *params, struct why *why)
{
	const struct setup_memory memory = { params + NODE_OFFSET, at + NODE_OFFSET,
					     params_bytes(c->map) - NODE_OFFSET };
	uint8_t *const more = memory.p + MORE_ENTRIES_OFFSET + SETUP_DATA_HEADER_BYTES;
	const uint64_t n_more = more_entries_bytes(c->map);
	uint64_t first = 0;
	int r;

	put_memory_map(c->map, params, more);
	r = setup_list_append(&first, &memory, 0, SETUP_DATA_RNG_SEED,
			      (struct bytes){ c->seed, sizeof(c->seed) }, why);
	if (r == 0 && n_more)
		r = setup_list_append(&first, &memory, MORE_ENTRIES_OFFSET, SETUP_DATA_E820_EXT,
				      (struct bytes){ more, n_more - SETUP_DATA_HEADER_BYTES },
				      why);
	if (r == 0)
		boot_params_set_first(params, first);
	return r;
}

static int fill_params(const struct direct_config *c, const struct kernel *k, uint64_t at,
		       uint64_t initrd, uint8_t *params, struct why *why)
{
	if (c->screen.n == SCREEN_INFO_BYTES)
		memcpy(params, c->screen.p, c->screen.n);
	memcpy(params + HEADER, k->header.p, k->header.n);
	params[TYPE_OF_LOADER] = LOADER_UNDEFINED;
	bytes_put_le(params + ACPI_RSDP, c->acpi_rsdp, 8);
	bytes_put_le(params + RAMDISK_IMAGE, initrd, 4);
	bytes_put_le(params + RAMDISK_SIZE, c->initrd_bytes, 4);
	bytes_put_le(params + CMD_LINE_PTR, at + CMDLINE_OFFSET, 4);
	if (c->cmdline)
		memcpy(params + CMDLINE_OFFSET, c->cmdline, strlen(c->cmdline) + 1);
	return put_nodes(c, at, params, why);
}

static int open_ram(const struct memory_map *map, struct direct *d, struct why *why)
{
	unsigned n = 0;
	int r;

	d->ram_range = calloc(map->n, sizeof(*d->ram_range));
	if (!d->ram_range)
		return why_errno(why, -ENOMEM, "direct");
	for (unsigned i = 0; i < map->n; i++)
		if (map->range[i].kind == MEMORY_RAM)
			d->ram_range[n++] =
				(struct ram_range){ map->range[i].start, map->range[i].end };
	if (!n)
		return why_set(why, -ENOSPC, "no RAM");
	r = ram_open(d->ram_range, n, &d->ram, why);
	/* an initrd may hold keys */
	if (r == 0 && host_swaps(""))
		ram_lock(&d->ram);
	return r;
}

static void freeze(struct direct *d, uint64_t kernel, uint64_t params, uint64_t resume,
		   uint64_t resume_bytes, unsigned n_pages)
{
	const uint64_t seed = params + NODE_OFFSET + SETUP_DATA_HEADER_BYTES;

	d->frozen = (struct frozen){
		.regs = { .rip = kernel + ENTRY_64,
			  .rsi = params,
			  .rsp = d->page[n_pages - 1].end },
		.ram = &d->ram,
		.pages = d->page,
		.n_pages = n_pages,
		.resume = { resume, resume + resume_bytes },
		.seed = { seed, seed + 32 },
	};
	bytes_put_le(d->frozen.fpu.fxsave, FCW_DEFAULT, 2);
	bytes_put_le(d->frozen.fpu.fxsave + MXCSR_OFFSET, MXCSR_DEFAULT, 4);
}

static int build(const struct direct_config *c, struct direct *d, struct why *why)
{
	const uint64_t resume_bytes = align_up(c->resume_bytes, PAGE_BYTES);
	const uint64_t initrd_pages = align_up(c->initrd_bytes, PAGE_BYTES);
	uint64_t kernel, end, resume, params, initrd;
	struct kernel k = { .align = 0 };
	unsigned n = 0;
	int r;

	r = kernel_read(c, &k, why);
	if (r == 0)
		r = open_ram(c->map, d, why);
	if (r < 0)
		return r;
	kernel = place_kernel(&k, c->map);
	end = kernel + k.init_bytes;
	resume = place_high(c->map, end, FOUR_GIB, resume_bytes);
	params = place_high(c->map, end, resume, params_bytes(c->map));
	initrd = place_high(c->map, end, min_u64(params, k.initrd_end), initrd_pages);
	if (!kernel)
		return why_set(why, -ENOSPC, "no room for the kernel's %#llx bytes%s",
			       (long long)k.init_bytes,
			       k.relocatable ? " below 4 GiB" : ", which cannot be moved");
	if (!resume || !params || !initrd)
		return why_set(why, -ENOSPC,
			       "no room below %#llx for an initrd of %#llx bytes and the rest",
			       (long long)min_u64(k.initrd_end, FOUR_GIB),
			       (long long)c->initrd_bytes);
	memcpy(d->ram.host + kernel, k.payload.p, k.payload.n);
	d->initrd = d->ram.host + initrd;
	d->page[n++] = (struct ram_range){ kernel, kernel + align_up(k.payload.n, PAGE_BYTES) };
	if (initrd_pages)
		d->page[n++] = (struct ram_range){ initrd, initrd + initrd_pages };
	d->page[n++] = (struct ram_range){ params, params + params_bytes(c->map) };
	freeze(d, kernel, params, resume, resume_bytes, n);
	return fill_params(c, &k, params, initrd, d->ram.host + params, why);
}

int direct_build(const struct direct_config *config, struct direct *ret_direct, struct why *why)
{
	int r;

	*ret_direct = (struct direct){ .ram = { .fd = -1 } };
	r = build(config, ret_direct, why);
	if (r < 0)
		direct_free(ret_direct);
	return r;
}

void direct_free(struct direct *d)
{
	for (unsigned i = 0; i < d->frozen.n_pages; i++)
		ram_wipe(&d->ram, d->page[i].start, d->page[i].end);
	ram_close(&d->ram);
	free(d->ram_range);
	*d = (struct direct){ .ram = { .fd = -1 } };
}
