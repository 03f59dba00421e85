// SPDX-License-Identifier: MIT
/* Who has a protocol open, in order of opening, and each found at once. */
#include "firmware/core/handle.h"
#include "firmware/core/index.h"

#include <stddef.h>

static uint64_t hash_of(const struct protocol *p, const struct open_protocol *e)
{
	const uint64_t word[] = { e->agent, e->controller, e->attributes };

	return index_hash(p->openings.heap, word, 3);
}

static struct opening *opening_of(struct index_node *node)
{
	return (struct opening *)((char *)node - offsetof(struct opening, node));
}

struct opening *opening_find(const struct protocol *p, efi_handle_t agent, efi_handle_t controller,
			     uint32_t attributes)
{
	const struct open_protocol e = { agent, controller, attributes, 0 };
	struct index_node *node = index_first(&p->openings, hash_of(p, &e));

	for (; node; node = index_next(node)) {
		struct opening *o = opening_of(node);

		if (o->entry.agent == agent && o->entry.controller == controller &&
		    o->entry.attributes == attributes)
			return o;
	}
	return NULL;
}

static void count(struct protocol *p, const struct opening *o, unsigned by)
{
	p->n_open += by;
	p->n_by_driver += o->entry.attributes & OPEN_BY_DRIVER ? by : 0;
	p->n_exclusive += o->entry.attributes & OPEN_EXCLUSIVE ? by : 0;
}

bool opening_note(struct protocol *p, efi_handle_t agent, efi_handle_t controller,
		  uint32_t attributes)
{
	struct opening *o = opening_find(p, agent, controller, attributes);

	if (o) {
		o->entry.count++;
		return true;
	}
	o = heap_new(p->openings.heap, sizeof(*o));
	if (!o)
		return false;
	o->entry = (struct open_protocol){ agent, controller, attributes, 1 };
	o->previous = p->last_open;
	*(p->last_open ? &p->last_open->next : &p->first_open) = o;
	p->last_open = o;
	index_add(&p->openings, &o->node, hash_of(p, &o->entry));
	count(p, o, 1);
	return true;
}

void opening_drop(struct protocol *p, struct opening *o)
{
	count(p, o, -1u);
	index_remove(&p->openings, &o->node);
	*(o->previous ? &o->previous->next : &p->first_open) = o->next;
	*(o->next ? &o->next->previous : &p->last_open) = o->previous;
	heap_free(p->openings.heap, o);
}

void openings_free(struct protocol *p)
{
	while (p->first_open)
		opening_drop(p, p->first_open);
	index_free(&p->openings);
}
