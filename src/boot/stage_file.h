/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * --handover file: kernel, initrd and command line for kexec_file_load(2). Those of a
 * unified kernel image are what its stub has put together when it enters the kernel: the
 * stub runs, and what it did besides is lost.
 */
#include "boot/initrds.h"
#include "boot/run.h"
#include "handover/handover.h"

struct file_report {
	uint64_t kernel_bytes, initrd_bytes, cmdline_bytes;
};

/*
 * The kernel that boot_image_kernel() has taken out of an image, with what that has started it with
 * in run, whose memory is erased behind it, staged or not.
 */
must_check int stage_unified(int kernel, struct run_result *run,
			     const struct handover_options *options, struct file_report *ret_report,
			     struct why *why);
/* A kernel as it lies there: a descriptor. */
must_check int stage_open_plain(const char *kernel, struct why *why);
/* The same staged; cmdline may be NULL. */
must_check int stage_plain(int kernel, const struct initrd_set *initrds, const char *cmdline,
			   const struct handover_options *options, struct file_report *ret_report,
			   struct why *why);
