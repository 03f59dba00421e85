// SPDX-License-Identifier: MIT
/*
 * Groups of events: who is in one is found without a look at all others. An image may have as many
 * events as there is room for, all in one group or each in its own, and all due at once.
 */
#include "firmware/core/event.h"
#include "firmware/core/guid.h"
#include "firmware/core/state.h"

#include <string.h>

static uint64_t hash_of(const struct firmware *fw, const struct efi_guid *guid)
{
	uint64_t word[2];

	memcpy(word, guid, sizeof(word));
	return index_hash(&fw->heap, word, 2);
}

struct event_group *event_group_find(const struct firmware *fw, const struct efi_guid *guid)
{
	struct index_node *node = index_first(&fw->events.groups, hash_of(fw, guid));

	while (node && !guid_equal(&((struct event_group *)node)->guid, guid))
		node = index_next(node);
	return (struct event_group *)node;
}

static struct event_group *group_of(struct firmware *fw, const struct efi_guid *guid)
{
	struct event_group *g = event_group_find(fw, guid);

	if (g)
		return g;
	g = heap_new(&fw->heap, sizeof(*g));
	if (!g)
		return NULL;
	g->guid = *guid;
	index_add(&fw->events.groups, &g->node, hash_of(fw, guid));
	return g;
}

bool event_group_join(struct firmware *fw, struct event *e, const struct efi_guid *guid)
{
	struct event_group *g = group_of(fw, guid);

	if (!g)
		return false;
	e->group = g;
	e->previous_of_group = g->last;
	*(g->last ? &g->last->next_of_group : &g->first) = e;
	g->last = e;
	return true;
}

void event_group_leave(struct firmware *fw, struct event *e)
{
	struct event_group *g = e->group;

	if (!g)
		return;
	*(e->previous_of_group ? &e->previous_of_group->next_of_group : &g->first) =
		e->next_of_group;
	*(e->next_of_group ? &e->next_of_group->previous_of_group : &g->last) =
		e->previous_of_group;
	e->group = NULL;
	if (g->first)
		return;
	index_remove(&fw->events.groups, &g->node);
	heap_free(&fw->heap, g);
}
