/* SPDX-License-Identifier: MIT */
#pragma once
/* What image.c asks of the images that it starts, and what they answer. */
#include "lib.h"

enum order_what {
	ORDER_RETURN,
	ORDER_EXIT,
	ORDER_NEST,
	ORDER_HANDLER,
	ORDER_EXIT_PARENT,
	ORDER_UNLOAD_PARENT,
	ORDER_INSTALL,
};

struct order {
	enum order_what what;
	efi_status_t answer;
	const void *file; /* for ORDER_NEST; for ORDER_INSTALL the protocol */
	uint64_t n_file;
	bool refuse_unload;
	/* the child's answers */
	handle_t self, inner_parent, made;
	efi_status_t status;
	unsigned n_started, n_unloaded, came_back;
};
