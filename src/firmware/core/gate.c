// SPDX-License-Identifier: MIT
#include "firmware/core/gate.h"
#include "firmware/core/service.h"
#include "firmware/core/state.h"

unsigned gates_needed(const struct firmware *fw)
{
	unsigned n = 1; /* to return from calls into the guest */

	for (unsigned i = 0; i < fw->groups.n; i++)
		n += fw->groups.group[i]->n;
	return n;
}

efi_addr_t return_gate(const struct firmware *fw)
{
	return fw->gates + (gates_needed(fw) - 1) * GATE_BYTES;
}

efi_addr_t service_gate(const struct firmware *fw, const struct service *service)
{
	unsigned before = 0;

	for (unsigned i = 0; i < fw->groups.n; i++) {
		const struct service_group *g = fw->groups.group[i];

		if (service >= g->service && service < g->service + g->n)
			return fw->gates + (before + (unsigned)(service - g->service)) * GATE_BYTES;
		before += g->n;
	}
	return 0;
}

const struct service *service_at(const struct firmware *fw, uint64_t addr)
{
	uint64_t i = (addr - fw->gates) / GATE_BYTES;

	if ((addr - fw->gates) % GATE_BYTES)
		return NULL;
	for (unsigned g = 0; g < fw->groups.n; g++) {
		if (i < fw->groups.group[g]->n)
			return &fw->groups.group[g]->service[i];
		i -= fw->groups.group[g]->n;
	}
	return NULL;
}

const struct service_group *service_group_of(const struct firmware *fw,
					     const struct service *service)
{
	for (unsigned i = 0; i < fw->groups.n; i++)
		if (service >= fw->groups.group[i]->service &&
		    service < fw->groups.group[i]->service + fw->groups.group[i]->n)
			return fw->groups.group[i];
	return NULL;
}

static unsigned index_of(const struct firmware *fw, const struct service_group *group)
{
	unsigned i = 0;

	while (fw->groups.group[i] != group)
		i++;
	return i;
}

void group_offered(struct firmware *fw, const struct service_group *group, int by)
{
	fw->n_offered[index_of(fw, group)] += (unsigned)by;
}

bool service_is_offered(const struct firmware *fw, const struct service *service)
{
	const struct service_group *group = service_group_of(fw, service);

	return group->table != SERVICE_PROTOCOL || !group->guid ||
	       fw->n_offered[index_of(fw, group)];
}
