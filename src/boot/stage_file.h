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
 * in run, whose memory is erased behind it, staged or not; the event log, as sources have it,
 * behind that's initrd.
 */
must_check int stage_unified(int kernel, struct run_result *run, const struct sources *sources,
			     const struct handover_options *options, struct file_report *ret_report,
			     struct why *why);
/* A kernel as it lies there: a descriptor. */
must_check int stage_open_plain(const char *kernel, struct why *why);
/* The same staged; initrd is instead of those, -1: as they are; cmdline may be NULL. */
must_check int stage_plain(int kernel, const struct initrd_set *initrds, int initrd,
			   const char *cmdline, const struct handover_options *options,
			   struct file_report *ret_report, struct why *why);
/*
 * Behind that: the running kernel reads the file itself, and who changed it meanwhile would boot
 * what nobody has measured. -ESTALE: it is not what was measured.
 */
must_check int stage_check_unchanged(int kernel, struct bytes measured, const char *path,
				     struct why *why);
