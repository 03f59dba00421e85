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
/*
 * Gates lie side by side, and so one can be found that was never handed out: behind it may be
 * nothing to work on. group_offered(): one of our own protocols is on one more handle, or with by
 * -1 on one less. Files are on none; they are looked for by their interfaces.
 */
void group_offered(struct firmware *fw, const struct service_group *group, int by);
bool service_is_offered(const struct firmware *fw, const struct service *service);
/* The group that has this row. */
const struct service_group *service_group_of(const struct firmware *fw,
					     const struct service *service);
