// SPDX-License-Identifier: MIT
/* 7.2 AllocatePages, FreePages, GetMemoryMap; ExitBootServices with stale keys is ebs_stale.c. */
#include "lib.h"

enum { PAGE = 4096 };

static uint64_t pages(uint32_t type, uint64_t n)
{
	uint64_t addr = 0;

	return bs->allocate_pages(EFI_ALLOCATE_ANY_PAGES, type, n, &addr) == EFI_SUCCESS ? addr : 0;
}

static efi_status_t at(uint32_t how, uint64_t n, uint64_t addr)
{
	return bs->allocate_pages(how, EFI_LOADER_DATA, n, &addr);
}

static void test_types(void)
{
	/* OEM and OS types are anybody's: the map carries them through */
	static const uint32_t good[] = { 0, 1, 2, 3, 4, 5, 6, 9, 10, 0x70000001, 0x80000001 };
	/* between the last one defined and the OEM range; never to be asked for by name */
	static const uint32_t bad[] = { EFI_CONVENTIONAL_MEMORY, EFI_PERSISTENT_MEMORY,
					EFI_MAX_MEMORY_TYPE, 0x1000, 0x6fffffff };
	unsigned i, n_wrong = 0;
	uint64_t addr;

	for (i = 0; i < sizeof(good) / sizeof(*good); i++) {
		addr = pages(good[i], 3);
		if (addr == 0 || addr % PAGE || map_pages_of_type(addr, 3, good[i]) != 3) {
			print("# type 0x%x at 0x%x\n", (uint64_t)good[i], addr);
			n_wrong++;
		}
		if (addr == 0)
			continue;
		memset((void *)addr, 0x5a, 3 * PAGE);
		n_wrong += bs->free_pages(addr, 3) != EFI_SUCCESS;
		/* EDK2 keeps bins for some types and goes on calling free pages in them so */
		n_wrong += on_bardo() && map_pages_of_type(addr, 3, EFI_CONVENTIONAL_MEMORY) != 3;
	}
	check_text(n_wrong == 0, "AllocatePages of each type: aligned, usable, so in the map");
	n_wrong = 0;
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		addr = 0;
		if (bs->allocate_pages(EFI_ALLOCATE_ANY_PAGES, bad[i], 1, &addr) !=
		    EFI_INVALID_PARAMETER) {
			print("# type 0x%x\n", (uint64_t)bad[i]);
			n_wrong++;
		}
	}
	check_text(n_wrong == 0, "AllocatePages of a bad type is EFI_INVALID_PARAMETER");
}

static void test_limits(void)
{
	static const uint64_t limits[] = { UINT64_MAX, 0xffffffffffff, 0xffffffff, 0x7fffffff,
					   0x7ffffff,  0x1ffffff,      0x1000fff,  0x1000000 };
	unsigned i, n_wrong = 0;
	uint64_t addr;

	for (i = 0; i < sizeof(limits) / sizeof(*limits); i++) {
		addr = limits[i];
		/* a small limit may find nothing free below, but must not be overstepped */
		if (bs->allocate_pages(EFI_ALLOCATE_MAX_ADDRESS, EFI_LOADER_DATA, 2, &addr) !=
		    EFI_SUCCESS) {
			n_wrong += limits[i] > 0x7ffffff;
			continue;
		}
		n_wrong += addr % PAGE != 0 || addr + 2 * PAGE - 1 > limits[i];
		n_wrong += bs->free_pages(addr, 2) != EFI_SUCCESS;
	}
	check_text(n_wrong == 0, "AllocateMaxAddress keeps all pages at or below the limit");
	fails(at(EFI_ALLOCATE_MAX_ADDRESS, 1, 0xfff - 1));
	fails(at(EFI_ALLOCATE_MAX_ADDRESS, 1, 0));
}

static void test_refusals(void)
{
	uint64_t addr;

	addr = 0x1000000;
	is(bs->allocate_pages(EFI_MAX_ALLOCATE_TYPE, EFI_LOADER_DATA, 1, &addr),
	   EFI_INVALID_PARAMETER);
	is(bs->allocate_pages(UINT32_MAX, EFI_LOADER_DATA, 1, &addr), EFI_INVALID_PARAMETER);
	is(bs->allocate_pages(EFI_ALLOCATE_ANY_PAGES, EFI_LOADER_DATA, 1, NULL),
	   EFI_INVALID_PARAMETER);
	/* not said by the specification which; never a success that hands out nothing */
	fails(at(EFI_ALLOCATE_ANY_PAGES, 0, 0));
	fails(at(EFI_ALLOCATE_MAX_ADDRESS, 0, UINT64_MAX));
	is_either(at(EFI_ALLOCATE_ANY_PAGES, UINT64_C(1) << 40, 0), EFI_OUT_OF_RESOURCES,
		  EFI_NOT_FOUND);
	/* n * 4096 wraps around to a page */
	if (on_bardo()) /* EDK2 of 2022 hands out one page for this */
		fails(at(EFI_ALLOCATE_ANY_PAGES, (UINT64_C(1) << 52) + 1, 0));
	fails(at(EFI_ALLOCATE_ANY_PAGES, UINT64_MAX, 0));
	fails(at(EFI_ALLOCATE_MAX_ADDRESS, UINT64_MAX, UINT64_MAX));
	fails(at(EFI_ALLOCATE_ADDRESS, UINT64_MAX, 0x1000000));
	/* nothing there: far behind any memory */
	is_either(at(EFI_ALLOCATE_ADDRESS, 1, UINT64_C(1) << 51), EFI_NOT_FOUND,
		  EFI_OUT_OF_RESOURCES);
	fails(at(EFI_ALLOCATE_ADDRESS, 1, UINT64_MAX - 0xfff));
	addr = pages(EFI_LOADER_DATA, 2);
	check(addr != 0);
	is_either(at(EFI_ALLOCATE_ADDRESS, 1, addr), EFI_NOT_FOUND, EFI_OUT_OF_RESOURCES);
	is(bs->free_pages(addr + 1, 1), EFI_INVALID_PARAMETER);
	succeeds(bs->free_pages(addr, 2));
	fails(at(EFI_ALLOCATE_ADDRESS, 1, addr + 0x10));
}

static void test_free(void)
{
	uint64_t addr = pages(EFI_LOADER_DATA, 16);

	check(addr != 0);
	check(map_pages_of_type(addr, 16, EFI_LOADER_DATA) == 16);
	succeeds(bs->free_pages(addr, 2));
	succeeds(bs->free_pages(addr + 13 * PAGE, 3));
	succeeds(bs->free_pages(addr + 7 * PAGE, 1));
	check(map_pages_of_type(addr, 16, EFI_LOADER_DATA) == 10);
	check(map_pages_of_type(addr, 2, EFI_CONVENTIONAL_MEMORY) == 2);
	check(map_pages_of_type(addr + 13 * PAGE, 3, EFI_CONVENTIONAL_MEMORY) == 3);
	check(map_pages_of_type(addr + 7 * PAGE, 1, EFI_CONVENTIONAL_MEMORY) == 1);
	/* the hole can be had again, by its address */
	succeeds(at(EFI_ALLOCATE_ADDRESS, 1, addr + 7 * PAGE));
	succeeds(bs->free_pages(addr + 7 * PAGE, 1));
	is(bs->free_pages(addr + 7 * PAGE, 1), EFI_NOT_FOUND);
	is(bs->free_pages(addr, 2), EFI_NOT_FOUND);
	succeeds(bs->free_pages(addr + 2 * PAGE, 5));
	succeeds(bs->free_pages(addr + 8 * PAGE, 5));
	check(map_pages_of_type(addr, 16, EFI_CONVENTIONAL_MEMORY) == 16);
	is(bs->free_pages(addr, 16), EFI_NOT_FOUND);
	is(bs->free_pages(UINT64_C(1) << 51, 1), EFI_NOT_FOUND);
	is_either(bs->free_pages(addr, UINT64_MAX), EFI_NOT_FOUND, EFI_INVALID_PARAMETER);
	is_either(bs->free_pages(addr, 0), EFI_NOT_FOUND, EFI_INVALID_PARAMETER);
}

static bool takes(uint64_t addr, uint64_t n)
{
	return at(EFI_ALLOCATE_ADDRESS, n, addr) == EFI_SUCCESS &&
	       bs->free_pages(addr, n) == EFI_SUCCESS;
}

/* What the map calls free can be had, by the page and whole: KASLR and GRUB pick from it. */
static void test_every_range(void)
{
	unsigned n_wrong = 0, n_ranges = 0;
	uint64_t start, n;
	struct map map;

	if (!succeeds(map_get(&map)))
		return;
	for_each_descriptor(d, &map)
	{
		start = d->physical_start;
		n = d->n_pages;
		if (d->type != EFI_CONVENTIONAL_MEMORY || start == 0)
			continue;
		n_ranges++;
		if (!takes(start, 1) || !takes(start + (n - 1) * PAGE, 1) ||
		    !takes(start + n / 2 * PAGE, 1) || !takes(start, n)) {
			print("# 0x%x pages at 0x%x\n", n, start);
			n_wrong++;
		}
	}
	map_free(&map);
	check_text(n_ranges > 0 && n_wrong == 0,
		   "AllocateAddress gets each free range: head, tail, middle, all of it");
}

static void test_map_call(void)
{
	uint64_t n = 0, key = 0, each = 0;
	uint32_t version = 99;

	is(bs->get_memory_map(&n, NULL, &key, &each, &version), EFI_BUFFER_TOO_SMALL);
	check(n >= sizeof(struct efi_memory_descriptor));
	check(each >= sizeof(struct efi_memory_descriptor) && each % 8 == 0);
	check(version == EFI_MEMORY_DESCRIPTOR_VERSION);
	is(bs->get_memory_map(NULL, NULL, &key, &each, &version), EFI_INVALID_PARAMETER);
	n = 1 << 20;
	is(bs->get_memory_map(&n, NULL, &key, &each, &version), EFI_INVALID_PARAMETER);
}

static bool overlaps(const struct map *map, const struct efi_memory_descriptor *a)
{
	for_each_descriptor(
		b, map) if (a != b && a->physical_start < b->physical_start + b->n_pages * PAGE &&
			    b->physical_start < a->physical_start + a->n_pages * PAGE) return true;
	return false;
}

static void test_map_content(void)
{
	unsigned n_overlaps = 0, n_odd = 0, n_not_wb = 0;
	struct loaded_image *image = own_image();
	struct map map;

	if (!succeeds(map_get(&map)))
		return;
	check(map.n_bytes % map.descriptor_bytes == 0);
	for_each_descriptor(d, &map)
	{
		n_overlaps += overlaps(&map, d);
		n_odd += d->physical_start % PAGE != 0 || d->n_pages == 0 ||
			 (d->type >= EFI_MAX_MEMORY_TYPE && d->type < 0x70000000);
		n_not_wb += d->type == EFI_CONVENTIONAL_MEMORY && !(d->attribute & EFI_MEMORY_WB);
	}
	check(n_overlaps == 0);
	check(n_odd == 0);
	check_text(n_not_wb == 0, "free memory is write-back");
	check_text(map_pages_of_type((uint64_t)image->image_base & ~0xfffull, 1, EFI_LOADER_CODE) ==
			   1,
		   "the image lies in EfiLoaderCode");
	check_text(map_pages_of_type((uint64_t)&map & ~0xfffull, 1, EFI_CONVENTIONAL_MEMORY) == 0,
		   "the stack is not free memory");
	check_text(map_pages_of_type((uint64_t)st & ~0xfffull, 1, EFI_RUNTIME_SERVICES_DATA) == 1,
		   "the system table lies in EfiRuntimeServicesData");
	map_free(&map);
}

static void test_key(void)
{
	static uint8_t room[64 << 10];
	uint64_t n = sizeof(room), each, key[5], addr;
	uint32_t version;
	void *pool;

	/* no check in between: a firmware may allocate to print */
	bs->get_memory_map(&n, room, &key[0], &each, &version);
	n = sizeof(room);
	bs->get_memory_map(&n, room, &key[1], &each, &version);
	check_text(key[0] == key[1], "nothing happened: the same key");
	addr = pages(EFI_LOADER_DATA, 1);
	n = sizeof(room);
	bs->get_memory_map(&n, room, &key[2], &each, &version);
	check_text(key[2] != key[1], "a page allocated: another key");
	bs->free_pages(addr, 1);
	n = sizeof(room);
	bs->get_memory_map(&n, room, &key[3], &each, &version);
	check_text(key[3] != key[2], "a page freed: another key");
	/* bigger than any block that a pool might have in stock */
	bs->allocate_pool(EFI_LOADER_DATA, 1 << 20, &pool);
	n = sizeof(room);
	bs->get_memory_map(&n, room, &key[4], &each, &version);
	check_text(key[4] != key[3], "a MiB of pool: another key");
	bs->free_pool(pool);
}

efi_status_t payload(void)
{
	test_types();
	test_limits();
	test_refusals();
	test_free();
	test_every_range();
	test_map_call();
	test_map_content();
	test_key();
	return tap_done();
}
