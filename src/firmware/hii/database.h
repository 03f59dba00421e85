/* SPDX-License-Identifier: MIT */
#pragma once
/* What images register of texts and the like (UEFI 2.10, 34): copies on our side. */
#include "base/bytes.h"
#include "firmware/core/service.h"

struct hii_list {
	struct hii_list *next;
	uint64_t name; /* EFI_HII_HANDLE */
	efi_handle_t driver;
	struct bytes bytes; /* of the package list, its header included */
};

struct hii_list *hii_find(struct firmware *fw, uint64_t name);
/* The handle that the database is offered on. */
efi_handle_t hii_handle(const struct firmware *fw);
