// SPDX-License-Identifier: MIT
/* The input is 8 bytes of where the list starts, then the memory it lies in, at BASE. */
#include "fuzz/fuzz.h"
#include "seed/setup_data.h"

#include <stdlib.h>
#include <string.h>

#define BASE UINT64_C(0x1000)

static void check_list(const struct setup_list *list, const struct setup_memory *m)
{
	const struct setup_entry *e;

	for (unsigned i = 0; i < list->n; i++) {
		e = &list->entry[i];
		fuzz_assert(e->addr >= m->addr && e->data >= m->p + 16);
		fuzz_assert(e->data + e->n_bytes <= m->p + m->n);
		for (unsigned j = 0; j < i; j++)
			fuzz_assert(list->entry[j].data + list->entry[j].n_bytes <= e->data - 16 ||
				    e->data + e->n_bytes <= list->entry[j].data - 16);
	}
}

/* What could be read can be appended to and consumed, and both do just that. */
static void change(uint64_t first, const struct setup_memory *m, unsigned n)
{
	uint8_t seed[SETUP_DATA_MAX_SEED], fresh[8] = { 1 };
	struct setup_list list;
	struct why why;
	int r;

	if (m->n >= 24 && setup_list_append(&first, m, (m->n - 24) & ~7u, SETUP_DATA_RNG_SEED,
					    (struct bytes){ fresh, 8 }, &why) == 0) {
		fuzz_assert(setup_list_read(first, m, &list, &why) == 0 && list.n == ++n);
		fuzz_assert(!memcmp(list.entry[n - 1].data, fresh, 8));
	}
	while ((r = setup_list_consume_seed(first, m, seed, &why)) > 0)
		;
	fuzz_assert(r < 0 && why.text[0]);
	fuzz_assert(setup_list_read(first, m, &list, &why) == 0 && list.n == n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	struct setup_memory m = { NULL, BASE, n_bytes - 8 };
	struct setup_list list;
	struct why why = { "" };
	uint64_t first;

	if (n_bytes < 8)
		return 0;
	memcpy(&first, data, 8);
	m.p = malloc(m.n ? m.n : 1); /* of its own, so that a sanitizer sees its end */
	fuzz_assert(m.p);
	memcpy(m.p, data + 8, m.n);
	if (setup_list_read(first, &m, &list, &why) < 0) {
		fuzz_assert(why.text[0] && !strchr(why.text, '\n'));
	} else {
		check_list(&list, &m);
		change(first, &m, list.n);
	}
	free(m.p);
	return 0;
}

static size_t put(uint8_t *data, size_t at, uint64_t next, uint32_t type, uint32_t n_bytes)
{
	memcpy(data + 8 + at, &next, 8);
	memcpy(data + 16 + at, &type, 4);
	memcpy(data + 20 + at, &n_bytes, 4);
	return 24 + at + n_bytes;
}

size_t fuzz_seed(unsigned i, uint8_t *data, size_t cap)
{
	static const struct {
		uint64_t next[3];
		uint32_t type[3], n_bytes[3];
	} seeds[] = {
		{ { BASE + 64, BASE + 128, 0 }, { 9, 1, 9 }, { 32, 8, 16 } },
		{ { BASE + 64, BASE, 0 }, { 9, 9, 9 }, { 32, 32, 32 } },
		{ { BASE + 20, 0, 0 }, { 9, 9, 9 }, { 32, 32, 32 } },
		{ { BASE + 64, BASE + 128, 0 }, { 0x80000000, 9, 0x80000009 }, { 24, 0, 24 } },
		{ { BASE + 4096, 0, 0 }, { 9, 9, 9 }, { 32, 32, 32 } },
	};
	const uint64_t first = BASE;
	size_t n = 0;

	if (i >= ARRAY_SIZE(seeds) || cap < 256)
		return 0;
	memset(data, 0, 256);
	memcpy(data, &first, 8);
	for (unsigned j = 0; j < 3; j++)
		n = put(data, 64 * j, seeds[i].next[j], seeds[i].type[j], seeds[i].n_bytes[j]);
	return n;
}
