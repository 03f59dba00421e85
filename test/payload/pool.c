// SPDX-License-Identifier: MIT
/* 7.2 AllocatePool and FreePool. */
#include "lib.h"

static const uint32_t types[] = { 0, 1, 2, 3, 4, 5, 6, 9, 10 };
enum { N_TYPES = sizeof(types) / sizeof(*types), N_BLOCKS = 500, N_ROUNDS = 10000 };

static bool one_block(uint32_t type, uint64_t n_bytes)
{
	uint64_t addr, first, last;
	uint8_t *p = NULL;
	bool ok;

	if (bs->allocate_pool(type, n_bytes, (void **)&p) != EFI_SUCCESS || p == NULL)
		return false;
	addr = (uint64_t)p;
	memset(p, 0xa5, n_bytes);
	first = addr & ~0xfffull;
	last = (addr + (n_bytes ? n_bytes - 1 : 0)) & ~0xfffull;
	ok = addr % 8 == 0 && map_pages_of_type(first, 1, type) == 1 &&
	     map_pages_of_type(last, 1, type) == 1;
	return bs->free_pool(p) == EFI_SUCCESS && ok;
}

static void test_sizes(void)
{
	static const uint64_t sizes[] = { 0,	1,    7,     8,	     9,	     63,   64,
					  255,	1000, 2047,  2048,   4000,   4095, 4096,
					  4097, 8192, 65536, 100000, 1 << 20 };
	unsigned i, j, n_wrong = 0;

	for (i = 0; i < N_TYPES; i++)
		for (j = 0; j < sizeof(sizes) / sizeof(*sizes); j++)
			if (!one_block(types[i], sizes[j])) {
				print("# type %u, %u bytes\n", (uint64_t)types[i], sizes[j]);
				n_wrong++;
			}
	check_text(n_wrong == 0, "pool of 0 B to 1 MiB: 8-byte aligned, in the map with its type");
}

static void test_refusals(void)
{
	static const uint32_t bad[] = { EFI_CONVENTIONAL_MEMORY, EFI_PERSISTENT_MEMORY,
					EFI_MAX_MEMORY_TYPE, 0x6fffffff };
	unsigned i, n_wrong = 0;
	void *p;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		n_wrong += bs->allocate_pool(bad[i], 16, &p) != EFI_INVALID_PARAMETER;
	check_text(n_wrong == 0, "AllocatePool of a bad type is EFI_INVALID_PARAMETER");
	is(bs->allocate_pool(EFI_LOADER_DATA, 16, NULL), EFI_INVALID_PARAMETER);
	is(bs->allocate_pool(EFI_LOADER_DATA, UINT64_C(1) << 50, &p), EFI_OUT_OF_RESOURCES);
	if (!on_bardo()) /* EDK2 of 2022 adds its header, wraps around and breaks the heap */
		return;
	is(bs->allocate_pool(EFI_LOADER_DATA, UINT64_MAX, &p), EFI_OUT_OF_RESOURCES);
	is(bs->allocate_pool(EFI_LOADER_DATA, UINT64_MAX - 64, &p), EFI_OUT_OF_RESOURCES);
}

static void test_bad_free(void)
{
	static uint64_t not_pool[64];
	uint8_t *p;

	is(bs->free_pool(NULL), EFI_INVALID_PARAMETER);
	is(bs->free_pool(not_pool + 32), EFI_INVALID_PARAMETER);
	if (!succeeds(bs->allocate_pool(EFI_LOADER_DATA, 1024, (void **)&p)))
		return;
	memset(p, 0, 1024);
	is(bs->free_pool(p + 512), EFI_INVALID_PARAMETER);
	is(bs->free_pool(p + 1), EFI_INVALID_PARAMETER);
	succeeds(bs->free_pool(p));
	/* a second FreePool of it is undefined in the specification: hostile.c asks */
}

struct block {
	uint8_t *p;
	uint64_t n;
	uint8_t fill;
};

static bool block_whole(const struct block *b)
{
	uint64_t i;

	for (i = 0; i < b->n; i++)
		if (b->p[i] != b->fill)
			return false;
	return true;
}

static void test_random_order(void)
{
	static struct block blocks[N_BLOCKS];
	unsigned i, n_wrong = 0, n_allocated = 0;
	struct block *b;

	for (i = 0; n_allocated < N_ROUNDS; i++) {
		b = &blocks[random64() % N_BLOCKS];
		if (b->p) {
			n_wrong += !block_whole(b) || bs->free_pool(b->p) != EFI_SUCCESS;
			b->p = NULL;
			continue;
		}
		b->n = random64() % (random64() % 16 == 0 ? 20000 : 600);
		b->fill = (uint8_t)random64();
		if (bs->allocate_pool(types[1 + random64() % 5], b->n, (void **)&b->p) !=
		    EFI_SUCCESS) {
			b->p = NULL;
			n_wrong++;
		} else {
			memset(b->p, b->fill, b->n);
		}
		n_allocated++;
	}
	for (b = blocks; b < blocks + N_BLOCKS; b++)
		if (b->p)
			n_wrong += !block_whole(b) || bs->free_pool(b->p) != EFI_SUCCESS;
	check_text(n_wrong == 0, "10,000 blocks in random order: none touched by another");
}

efi_status_t payload(void)
{
	test_sizes();
	test_refusals();
	test_bad_free();
	test_random_order();
	return tap_done();
}
