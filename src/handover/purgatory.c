// SPDX-License-Identifier: MIT
#include "handover/purgatory.h"
#include "fdt/fdt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct purgatory_header *blob_header(void)
{
	return (const void *)purgatory_blob().p;
}

static bool is_memory(enum memory_kind kind)
{
	switch (kind) {
	case MEMORY_RAM:
	case MEMORY_CRASH_KERNEL:
	case MEMORY_LEFT_BEHIND:
	case MEMORY_HOTPLUGGED: /* kexec's copies may lie there */
	case MEMORY_ACPI_RECLAIM:
	case MEMORY_ACPI_NVS:
		return true;
	case MEMORY_RESERVED:
	case MEMORY_MMIO:
	case MEMORY_UNUSABLE:
	case MEMORY_PERSISTENT:
	case MEMORY_SPECIAL:
		break;
	}
	return false;
}

static int compare_ranges(const void *a, const void *b)
{
	const struct paging_range *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/*
 * Sorted ranges that overlap, or touch and are alike, become one. What is memory in either is
 * memory. Returns how many are left.
 */
static unsigned join(struct paging_range *range, unsigned n)
{
	unsigned to = 0;

	for (unsigned i = 1; i < n; i++) {
		const bool alike = range[i].device == range[to].device;

		if (range[i].start >= range[to].end + alike) {
			range[++to] = range[i];
			continue;
		}
		range[to].end = max_u64(range[to].end, range[i].end);
		range[to].device &= range[i].device;
	}
	return n ? to + 1 : 0;
}

/* The page that holds addr, where there is one. */
static void add_page(struct paging_range *range, unsigned *n, uint64_t addr, bool device)
{
	const uint64_t start = align_down(addr, PAGE_BYTES);

	if (addr && addr < PAGING_LIMIT)
		range[(*n)++] = (struct paging_range){ start, start + PAGE_BYTES, device };
}

int purgatory_map_memory(const struct memory_map *map, const struct purgatory_seed *seed,
			 uint64_t console, struct purgatory_mapped *ret_mapped)
{
	enum { MOST_PAGES = 3 };
	struct paging_range *range = calloc(map->n + MOST_PAGES, sizeof(*range));
	unsigned n = 0;

	if (!range)
		return -ENOMEM;
	for (unsigned i = 0; i < map->n; i++)
		if (is_memory(map->range[i].kind) && map->range[i].start < PAGING_LIMIT)
			range[n++] =
				(struct paging_range){ map->range[i].start,
						       min_u64(map->range[i].end, PAGING_LIMIT) };
	add_page(range, &n, seed->vmgenid, false);
	add_page(range, &n, seed->vmclock, false);
	if (PAGING_MAPS_CONSOLE)
		add_page(range, &n, console, true);
	qsort(range, n, sizeof(*range), compare_ranges);
	*ret_mapped = (struct purgatory_mapped){ range, join(range, n), paging_has_giant_pages() };
	return 0;
}

struct purgatory_layout purgatory_lay_out(uint64_t start, const struct purgatory_mapped *mapped)
{
	struct purgatory_layout l = { .code = start, .mapped = mapped };

	l.params = l.code + align_up(purgatory_blob().n, PAGE_BYTES);
	l.tables = l.params + align_up(sizeof(struct purgatory_params), PAGE_BYTES);
	l.secrets = l.tables + paging_bytes(mapped->range, mapped->n, mapped->giant_pages);
	l.scratch = l.secrets + align_up(sizeof(struct purgatory_secrets), PAGE_BYTES);
	l.end = l.scratch + sizeof(struct purgatory_scratch);
	return l;
}

uint64_t purgatory_entry(const struct purgatory_layout *layout)
{
	return layout->code + blob_header()->entry;
}

static void fill_ranges(const struct purgatory_layout *l, const struct segment_plan *plan,
			struct purgatory_params *params)
{
	unsigned i;

	params->segment[0] = (struct purgatory_range){ l->code, l->secrets - l->code };
	for (i = 0; i < plan->n_stage; i++)
		params->segment[i + 1] =
			(struct purgatory_range){ plan->stage[i].start,
						  plan->stage[i].end - plan->stage[i].start };
	params->n_segments = plan->n_stage + 1;
	for (i = 0; i < plan->n_zero; i++)
		params->zero[i] =
			(struct purgatory_range){ plan->zero[i].start,
						  plan->zero[i].end - plan->zero[i].start };
	params->n_zero = plan->n_zero;
}

static void fill_header(const struct purgatory_layout *l, uint8_t *code)
{
	struct purgatory_header *header = (void *)code;

	memcpy(code, purgatory_blob().p, purgatory_blob().n);
	header->params = l->params;
	header->stack_top = l->end;
}

void purgatory_fill(const struct purgatory_layout *l, const struct frozen *frozen,
		    const struct segment_plan *plan, uint64_t console, uint8_t *image)
{
	struct purgatory_params *params = (void *)(image + (l->params - l->code));
	const struct paging_roots roots =
		paging_build(image + (l->tables - l->code), l->tables, l->mapped->range,
			     l->mapped->n, l->mapped->giant_pages);

	fill_header(l, image);
	purgatory_fill_state(frozen, &roots, &params->state);
	params->secrets = l->secrets;
	params->scratch = l->scratch;
	params->digest_kind = DIGEST_MAC;
	params->console = console;
	fill_ranges(l, plan, params);
}

/* One more range whose copies are to go. When there is no room left the last one grows over it. */
static void note_erase(struct purgatory_params *params, uint64_t start, uint64_t end)
{
	struct purgatory_range *last = params->erase + params->n_erase - 1;

	start = align_down(start, PAGE_BYTES);
	end = align_up(end, PAGE_BYTES);
	if (params->n_erase == PURGATORY_MAX_ERASE) {
		end = max_u64(end, last->addr + last->n_bytes);
		start = min_u64(start, last->addr);
		*last = (struct purgatory_range){ start, end - start };
	} else {
		params->erase[params->n_erase++] = (struct purgatory_range){ start, end - start };
	}
}

static void fill_erase(const struct purgatory_layout *l, const struct frozen *frozen,
		       struct purgatory_params *params)
{
	unsigned i;

	note_erase(params, l->secrets, l->scratch);
	if (params->seed.n_bytes)
		note_erase(params, frozen->seed.start, frozen->seed.end);
	for (i = 0; i < frozen->n_secret; i++)
		note_erase(params, frozen->secret[i].start, frozen->secret[i].end);
}

void purgatory_fill_variables(const struct purgatory_layout *l, const struct kernel_data *variables,
			      uint8_t *image)
{
	struct purgatory_params *params = (void *)(image + (l->params - l->code));

	params->variables = (struct purgatory_variables){
		{ variables->start, variables->end - variables->start },
		variables->to_physical,
		l->mapped->n ? l->mapped->range[l->mapped->n - 1].end : 0,
	};
}

/* Of a tree that begins in this page, as much as Linux's stub makes room for; 0: there is none. */
static uint64_t tree_bytes(const uint8_t *page)
{
	enum { MOST = 2 << 20 };
	uint32_t n = 0;

	return fdt_total((struct bytes){ page, PAGE_BYTES }, &n) ? min_u64(n, MOST) : 0;
}

void purgatory_fill_trees(const struct purgatory_layout *l, const struct segment_plan *plan,
			  const uint8_t *const *stage, uint8_t *image)
{
	struct purgatory_params *params = (void *)(image + (l->params - l->code));

	for (unsigned i = 0; i < plan->n_stage; i++) {
		const struct ram_range *run = &plan->stage[i];

		for (uint64_t at = run->start; at < run->end; at += PAGE_BYTES) {
			const uint64_t n = tree_bytes(stage[i] + (at - run->start));

			if (n)
				note_erase(params, at, at + n);
		}
	}
}

static bool is_checked(const struct purgatory_params *params, struct ram_range bytes)
{
	unsigned i;

	for (i = 1; i < params->n_segments; i++) {
		if (bytes.start >= params->segment[i].addr &&
		    bytes.end <= params->segment[i].addr + params->segment[i].n_bytes)
			return true;
	}
	return false;
}

int purgatory_fill_seed(const struct purgatory_layout *l, const struct frozen *frozen,
			const struct purgatory_seed *seed, uint8_t *image, struct why *why)
{
	struct purgatory_params *params = (void *)(image + (l->params - l->code));
	const uint64_t id[] = { seed->vmgenid, seed->vmclock };
	unsigned i;

	params->seed = *seed;
	params->seed.addr = frozen->seed.start;
	params->seed.n_bytes = frozen->seed.end - frozen->seed.start;
	if (params->seed.n_bytes && !is_checked(params, frozen->seed))
		return why_set(why, -EFAULT, "the seed at %#llx-%#llx is in no staged segment",
			       (long long)frozen->seed.start, (long long)frozen->seed.end);
	for (i = 0; i < ARRAY_SIZE(id); i++) {
		if (id[i] % 8 || id[i] >= PAGING_LIMIT)
			return why_set(why, -EFAULT, "the VM generation at %#llx cannot be mapped",
				       (long long)id[i]);
	}
	fill_erase(l, frozen, params);
	return 0;
}

static struct digest_value segment_digest(const struct mac_key *key, unsigned index,
					  const struct purgatory_range *segment,
					  const uint8_t *bytes)
{
	struct digest digest;
	uint64_t at;

	digest_start(&digest, key, segment->addr, segment->n_bytes);
	for (at = 0; at < segment->n_bytes; at += PAGE_BYTES)
		digest_page(&digest, bytes + at);
	return digest_finish(&digest, index);
}

void purgatory_seal(const struct purgatory_layout *l, const struct purgatory_keys *key,
		    const uint8_t *const *stage, uint8_t *image)
{
	const struct purgatory_params *params = (const void *)(image + (l->params - l->code));
	struct purgatory_secrets *secrets = (void *)(image + (l->secrets - l->code));
	unsigned i;

	static_assert(sizeof(secrets->seed_key) == sizeof(key->seed), "one key");
	secrets->key = key->mac;
	memcpy(secrets->seed_key, key->seed, sizeof(key->seed));
	for (i = 0; i < params->n_segments; i++)
		secrets->value[i] =
			segment_digest(&key->mac, i, &params->segment[i], i ? stage[i - 1] : image);
}
