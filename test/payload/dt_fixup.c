// SPDX-License-Identifier: MIT
/* EFI Device Tree Fixup Protocol Specification: a tree of our own, which the machine's firmware
 * fixes. */
#include "lib.h"

enum { APPLY = 1, RESERVE = 2, PAGE = 4096, ROOM = 64 * PAGE };

static struct dt_fixup *p;
static uint8_t *tree; /* of ROOM bytes, in pages of ours */
static uint64_t n_tree;

static uint32_t word_at(unsigned at)
{
	return (uint32_t)tree[at] << 24 | (uint32_t)tree[at + 1] << 16 |
	       (uint32_t)tree[at + 2] << 8 | tree[at + 3];
}

static void put_word(uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		tree[n_tree++] = (uint8_t)(v >> (24 - 8 * i));
}

/* A root with one property; the page at that address is reserved. */
static void tree_make(uint64_t reserved)
{
	static const uint32_t header[] = { 0xd00dfeed, 117, 72, 112, 40, 17, 16, 0, 5, 40 };

	n_tree = 0;
	memset(tree, 0, ROOM);
	for (unsigned i = 0; i < 10; i++)
		put_word(header[i]);
	put_word((uint32_t)(reserved >> 32));
	put_word((uint32_t)reserved);
	put_word(0);
	put_word(reserved ? PAGE : 0);
	n_tree += 16;
	put_word(1); /* a node without a name */
	put_word(0);
	put_word(3); /* name = "ours" */
	put_word(5);
	put_word(0);
	memcpy(tree + n_tree, "ours", 4);
	n_tree += 8;
	put_word(2);
	put_word(4); /* nothing */
	put_word(9);
	memcpy(tree + n_tree, "name", 5);
	n_tree += 5;
}

static bool has(const char *text, uint64_t n, uint64_t n_bytes)
{
	for (uint64_t i = 0; i + n <= n_bytes; i++)
		if (!memcmp(tree + i, text, n))
			return true;
	return false;
}

static void test_arguments(void)
{
	uint64_t n = ROOM;

	tree_make(0);
	is(p->fixup(NULL, tree, &n, APPLY), EFI_INVALID_PARAMETER);
	is(p->fixup(p, NULL, &n, APPLY), EFI_INVALID_PARAMETER);
	is(p->fixup(p, tree, NULL, APPLY), EFI_INVALID_PARAMETER);
	is(p->fixup(p, tree, &n, 0), EFI_INVALID_PARAMETER);
	is(p->fixup(p, tree, &n, 0x100 | APPLY), EFI_INVALID_PARAMETER);
	tree[0] = 0;
	is(p->fixup(p, tree, &n, APPLY), EFI_INVALID_PARAMETER);
	tree[0] = 0xd0;
	check(n == ROOM);
	n = n_tree - 1;
	is(p->fixup(p, tree, &n, RESERVE), EFI_BUFFER_TOO_SMALL);
	check(n >= n_tree);
}

static void test_apply(void)
{
	uint64_t n = n_tree, need;

	tree_make(0);
	is(p->fixup(p, tree, &n, APPLY), EFI_BUFFER_TOO_SMALL);
	check(n >= n_tree + 4096 && n <= ROOM);
	check_text(word_at(4) == n_tree && word_at(8) == 72, "the tree is as it was");
	need = n;
	succeeds(p->fixup(p, tree, &n, APPLY));
	check(word_at(0) == 0xd00dfeed && word_at(4) <= need);
	check_text(word_at(4) - word_at(12) - word_at(32) >= 4096, "room for who comes next");
	check(has("ours", 5, need) && has("chosen", 7, need));
}

static void test_reserve(void)
{
	uint64_t page = 0, n = ROOM;

	succeeds(bs->allocate_pages(0, 4, 1, &page));
	succeeds(bs->free_pages(page, 1));
	tree_make(page);
	check(map_pages_of_type(page, 1, EFI_CONVENTIONAL_MEMORY) == 1);
	succeeds(p->fixup(p, tree, &n, RESERVE));
	check(map_pages_of_type(page, 1, EFI_CONVENTIONAL_MEMORY) == 0);
	check_text(n == ROOM && word_at(4) == n_tree, "the tree is as it was");
}

efi_status_t payload(void)
{
	bool described = false;

	for (uint64_t i = 0; i < st->n_tables; i++)
		described |= guid_same(&st->tables[i].guid, &device_tree_guid);
	if (!described || bs->locate_protocol(&dt_fixup_guid, NULL, (void **)&p) != EFI_SUCCESS) {
		check_text(!described || !on_bardo(), "who has a tree has fixups");
		is(bs->locate_protocol(&dt_fixup_guid, NULL, (void **)&p), EFI_NOT_FOUND);
		return tap_done();
	}
	check(p->revision >= 0x10000);
	require(bs->allocate_pages(0, 4, ROOM / PAGE, (uint64_t *)&tree));
	test_arguments();
	test_apply();
	test_reserve();
	return tap_done();
}
