// SPDX-License-Identifier: MIT
#include "firmware/core/names.h"

/* kind at bit 56 and bit 55 clear or set the other way: not canonical; slot from bit 4 up */
enum { KIND_SHIFT = 56, SERIAL_SHIFT = 28, SLOT_SHIFT = 4, SLOT_BITS = 24, SERIAL_BITS = 28 };

static uint64_t name_of(const struct names *names, unsigned i)
{
	return (uint64_t)names->kind << KIND_SHIFT |
	       (uint64_t)names->slot[i].serial << SERIAL_SHIFT | (uint64_t)i << SLOT_SHIFT;
}

void names_free(struct names *names)
{
	heap_free(names->heap, names->slot);
}

static int grow(struct names *names)
{
	unsigned room = names->room ? names->room * 2 : 64;
	struct named *p;

	p = heap_resize(names->heap, names->slot, room * sizeof(*p));
	if (!p)
		return -1;
	names->slot = p;
	names->room = room;
	return 0;
}

uint64_t names_add(struct names *names, void *object)
{
	unsigned i = names->first_free;

	while (i < names->n && names->slot[i].object)
		i++;
	if (i == names->n) {
		if (i >= names->limit || (i == names->room && grow(names) < 0))
			return 0;
		names->n++;
	}
	names->first_free = i + 1;
	names->serial = (names->serial + 1) & ((1u << SERIAL_BITS) - 1);
	names->slot[i] = (struct named){ object, names->serial };
	return name_of(names, i);
}

static unsigned slot_of(uint64_t name)
{
	return (unsigned)(name >> SLOT_SHIFT) & ((1u << SLOT_BITS) - 1);
}

void *names_find(const struct names *names, uint64_t name)
{
	unsigned i = slot_of(name);

	if (i >= names->n || !names->slot[i].object || name_of(names, i) != name)
		return NULL;
	return names->slot[i].object;
}

void names_remove(struct names *names, uint64_t name)
{
	unsigned i = slot_of(name);

	if (!names_find(names, name))
		return;
	names->slot[i].object = NULL;
	if (i < names->first_free)
		names->first_free = i;
}
