// SPDX-License-Identifier: MIT
/*
 * kexec keeps what it stages in pages of its own until the jump, and leaves them
 * as they are. What must not be found later is erased there too. Where those
 * pages are, the kernel's list says: words with flags in their low bits, which
 * relocate_kernel follows. Where the head of it is differs between processors (purgatory_list.c)
 * and kernels, and nobody promises it; so many words are tried, and a list is believed only
 * when, from end to end, it is a plausible one of what we staged.
 */
#include "guest/purgatory.h"

enum { DESTINATION = 1, INDIRECTION = 2, DONE = 4, SOURCE = 8, FLAGS = PAGE_BYTES - 1 };

static bool inside(const struct purgatory_range *range, unsigned n, uint64_t page)
{
	unsigned i;

	for (i = 0; i < n; i++) {
		if (page >= range[i].addr && page - range[i].addr < range[i].n_bytes)
			return true;
	}
	return false;
}

/* The tables that we stand on map memory and nothing else. */
static bool is_ram(const struct purgatory_params *p, uint64_t page)
{
	return purgatory_is_mapped(&p->state, page);
}

/* All that kexec was to put somewhere: segments, and what of ours is not checked. */
static bool is_staged(const struct purgatory_params *p, uint64_t page)
{
	const struct purgatory_range own = { p->secrets, p->scratch - p->secrets +
								 sizeof(struct purgatory_scratch) };

	return inside(&own, 1, page) || inside(p->segment, p->n_segments, page);
}

static bool starts_segment(const struct purgatory_params *p, uint64_t page)
{
	unsigned i;

	for (i = 0; i < p->n_segments; i++) {
		if (p->segment[i].addr == page)
			return true;
	}
	return false;
}

struct list {
	const struct purgatory_params *params;
	bool erase;	  /* else only look whether it is one */
	uint64_t to;	  /* where the next source page goes */
	uint64_t n_pages; /* seen; without an end a list of junk would not have one */
};

/* A page that is both is where it has to be: then the copy is the thing itself. */
static bool take_source(struct list *l, uint64_t page)
{
	if (!is_staged(l->params, l->to) || !is_ram(l->params, page) ||
	    (page != l->to && is_staged(l->params, page)))
		return false;
	if (l->erase && page != l->to && inside(l->params->erase, l->params->n_erase, l->to))
		purgatory_clear(page, PAGE_BYTES);
	l->to += PAGE_BYTES;
	l->n_pages++;
	return true;
}

/* One word; false when it belongs to no list of ours. *next: where the one behind it is. */
static bool take_entry(struct list *l, uint64_t entry, const uint64_t **next)
{
	const uint64_t page = entry & ~(uint64_t)FLAGS;

	switch (entry & FLAGS) {
	case DESTINATION:
		l->to = page;
		return starts_segment(l->params, page);
	case INDIRECTION:
		*next = (const uint64_t *)page;
		return purgatory_is_old(l->params, page);
	case SOURCE:
		return take_source(l, page);
	default:
		return false;
	}
}

static uint64_t n_staged_pages(const struct purgatory_params *p)
{
	uint64_t n = (p->scratch - p->secrets + sizeof(struct purgatory_scratch)) / PAGE_BYTES;
	unsigned i;

	for (i = 0; i < p->n_segments; i++)
		n += p->segment[i].n_bytes / PAGE_BYTES;
	return n;
}

static bool walk(struct list *l, uint64_t head)
{
	const uint64_t n_pages = n_staged_pages(l->params);
	/* each page of the list holds hundreds of entries, and each segment adds one */
	uint64_t left = 2 * n_pages + 2 * PURGATORY_MAX_SEGMENTS;
	const uint64_t *next;
	uint64_t entry = head;

	l->to = l->n_pages = 0;
	if ((head & FLAGS) != INDIRECTION)
		return false;
	for (next = &head; left && (entry & FLAGS) != DONE; left--) {
		entry = *next++;
		if ((entry & FLAGS) != DONE && !take_entry(l, entry, &next))
			return false;
	}
	return l->n_pages == n_pages;
}

bool purgatory_is_old(const struct purgatory_params *params, uint64_t page)
{
	return is_ram(params, page) && !is_staged(params, page);
}

bool purgatory_forget_list(const struct purgatory_params *params, uint64_t addr)
{
	const uint64_t head = *(const uint64_t *)addr;
	struct list l = { .params = params };

	if (!walk(&l, head))
		return false;
	l.erase = true;
	return walk(&l, head);
}
