// SPDX-License-Identifier: MIT
/* 37.7 Memory Attribute protocol on pages of our own. That they bite: hostile_memory.c */
#include "lib.h"

static struct memory_attribute *ma;

static uint64_t get(uint64_t addr, uint64_t n_pages)
{
	uint64_t attributes = ~0ull;

	return ma->get(ma, addr, n_pages * 4096, &attributes) == EFI_SUCCESS ? attributes : ~0ull;
}

static void test_set(uint64_t a)
{
	volatile uint8_t *p = (void *)a;
	uint64_t attributes;

	check_text(get(a, 4) == EFI_MEMORY_XP || get(a, 4) == 0, "data pages: XP or nothing");
	succeeds(ma->clear(ma, a, 4 * 4096, EFI_MEMORY_XP));
	check(get(a, 4) == 0);
	p[0] = 7;
	succeeds(ma->set(ma, a + 4096, 2 * 4096, EFI_MEMORY_RO));
	check(get(a + 4096, 2) == EFI_MEMORY_RO);
	check(get(a, 1) == 0 && get(a + 3 * 4096, 1) == 0);
	is(ma->get(ma, a, 2 * 4096, &attributes), EFI_NO_MAPPING);
	check_text(p[4096] == p[4097], "a read-only page reads");
	succeeds(ma->set(ma, a + 4096, 4096, EFI_MEMORY_RO));
	check(get(a + 4096, 1) == EFI_MEMORY_RO);
	succeeds(ma->set(ma, a + 4096, 4096, EFI_MEMORY_XP));
	check(get(a + 4096, 1) == (EFI_MEMORY_RO | EFI_MEMORY_XP));
	succeeds(ma->clear(ma, a + 4096, 2 * 4096, EFI_MEMORY_RO));
	check(get(a + 4096, 1) == EFI_MEMORY_XP && get(a + 8192, 1) == 0);
	p[4096] = 9;
	check_text(p[4096] == 9, "writable again");
	succeeds(ma->clear(ma, a, 4 * 4096, EFI_MEMORY_RO | EFI_MEMORY_XP | EFI_MEMORY_RP));
	check(get(a, 4) == 0);
	succeeds(ma->set(ma, a, 4 * 4096, EFI_MEMORY_RP));
	check(get(a, 4) == EFI_MEMORY_RP);
	succeeds(ma->clear(ma, a, 4 * 4096, EFI_MEMORY_RP));
	check_text(p[4096] == 9, "the bytes were kept");
}

/* Code may be written, then run, as the kernel's stub does with its trampoline. */
static void test_code(void)
{
	static const uint8_t code[] = CPU_RETURNS(42);
	uint64_t a = 0;

	succeeds(bs->allocate_pages(EFI_ALLOCATE_ANY_PAGES, EFI_LOADER_CODE, 1, &a));
	ma->clear(ma, a, 4096, EFI_MEMORY_RO);
	memcpy((void *)a, code, sizeof(code));
	cpu_code_written((void *)a, sizeof(code));
	succeeds(ma->set(ma, a, 4096, EFI_MEMORY_RO));
	succeeds(ma->clear(ma, a, 4096, EFI_MEMORY_XP));
	check(((int (*)(void))a)() == 42);
	/* another type's page, made executable */
	succeeds(ma->clear(ma, a, 4096, EFI_MEMORY_RO));
	succeeds(bs->free_pages(a, 1));
	succeeds(bs->allocate_pages(EFI_ALLOCATE_ANY_PAGES, EFI_LOADER_DATA, 1, &a));
	memcpy((void *)a, code, sizeof(code));
	cpu_code_written((void *)a, sizeof(code));
	succeeds(ma->clear(ma, a, 4096, EFI_MEMORY_XP));
	check(((int (*)(void))a)() == 42);
	succeeds(bs->free_pages(a, 1));
}

efi_status_t payload(void)
{
	uint64_t a = 0, attributes;

	if (!on_bardo() && bs->locate_protocol(&memory_attribute_guid, NULL, &ma) != EFI_SUCCESS) {
		skip("EDK2 before 2023 has no Memory Attribute protocol");
		return tap_done();
	}
	require(bs->locate_protocol(&memory_attribute_guid, NULL, &ma));
	require(bs->allocate_pages(EFI_ALLOCATE_ANY_PAGES, EFI_LOADER_DATA, 4, &a));
	memset((void *)a, 0, 4 * 4096);
	test_set(a);
	is(ma->get(ma, a, 0, &attributes), EFI_INVALID_PARAMETER);
	is(ma->get(ma, a, 4096, NULL), EFI_INVALID_PARAMETER);
	is(ma->set(ma, a, 0, EFI_MEMORY_RO), EFI_INVALID_PARAMETER);
	is(ma->set(ma, a, 4096, 0), EFI_INVALID_PARAMETER);
	is(ma->set(ma, a, 4096, EFI_MEMORY_WB), EFI_INVALID_PARAMETER);
	is(ma->clear(ma, a, 4096, EFI_MEMORY_RUNTIME), EFI_INVALID_PARAMETER);
	/* no memory, or half a page: which error is not said */
	is_either(ma->set(ma, a + 1, 4096, EFI_MEMORY_RO), EFI_UNSUPPORTED, EFI_INVALID_PARAMETER);
	is_either(ma->set(ma, a, 100, EFI_MEMORY_RO), EFI_UNSUPPORTED, EFI_INVALID_PARAMETER);
	fails(ma->set(ma, 1ull << 51, 4096, EFI_MEMORY_RO));
	fails(ma->set(ma, a, UINT64_MAX - 0xfff, EFI_MEMORY_RO));
	check(get(a, 4) == 0);
	succeeds(bs->free_pages(a, 4));
	test_code();
	return tap_done();
}
