/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * A kernel that is started without its EFI stub, measured as firmware and that stub would measure
 * it. No boot services are left then, and no record says so.
 */
#include "measure/now.h"

struct kernel_given {
	struct bytes kernel; /* its file */
	const char *cmdline; /* NULL: none */
	struct bytes initrd;
};

/* For measured_next(), with the banks of now; to be freed. */
must_check int kernel_measure(const struct tpm_now *now, const struct kernel_given *given,
			      struct bytes *ret_measured, struct why *why);
