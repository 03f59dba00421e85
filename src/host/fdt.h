/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The flattened device tree that the running kernel was booted with, as the next one is to have it.
 * (Devicetree Specification 0.4, chapter 5)
 */
#include "base/bytes.h"
#include "base/why.h"

/*
 * Forget what a tree says of the boot that is over: in /chosen the command line, the initrd, seeds,
 * EFI's tables and what kexec left there. What is left keeps its place. Pure. -EINVAL when tree is
 * none, and why names the offset.
 */
must_check int fdt_forget_boot(struct bytes tree, struct why *why);

/*
 * A number of 32 or 64 bits that /chosen has by that name, before it is forgotten. -ENOENT: it has
 * none. -EINVAL: tree is none, or that is no number.
 */
must_check int fdt_chosen_number(struct bytes tree, const char *name, uint64_t *ret,
				 struct why *why);

/*
 * Is there a node whose property of that name, a list of strings, has text in it? With off_counts
 * also one whose status is not "okay". 1, 0, or -EINVAL when tree is none.
 */
must_check int fdt_has_node(struct bytes tree, const char *name, const char *text, bool off_counts,
			    struct why *why);

/*
 * Entry i of the memory that no program may use (5.3, the reservation block). 1, 0 behind the last
 * one, or -EINVAL when tree is none or the list has no end.
 */
must_check int fdt_reserved(struct bytes tree, unsigned i, uint64_t *ret_start,
			    uint64_t *ret_n_bytes, struct why *why);

/* Where the kernel shows it. */
#define FDT_SOURCE "/sys/firmware/fdt"

/* Of the kernel below root, forgotten so; the caller's to free(). -ENOENT: it has none. */
must_check int fdt_read(const char *root, struct bytes *ret_tree, struct why *why);
