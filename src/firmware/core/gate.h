/* SPDX-License-Identifier: MIT */
#pragma once
/* The addresses that the image calls: one gate for each row of the table of services. */
#include "firmware/core/service.h"

enum {
	GATE_BYTES = 16, /* one gate every so many bytes, so that a near miss is seen as one */
};

/* Of all rows, and one more to return from calls into the guest. */
unsigned gates_needed(const struct firmware *fw);
efi_addr_t service_gate(const struct firmware *fw, const struct service *service);
efi_addr_t return_gate(const struct firmware *fw);
/* The row whose gate is at addr; NULL: none begins there. */
const struct service *service_at(const struct firmware *fw, uint64_t addr);
/* The group that has this row. */
const struct service_group *service_group_of(const struct firmware *fw,
					     const struct service *service);
