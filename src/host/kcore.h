/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The RAM that the kernel maps, by physical address, and its own memory, by its address:
 * /proc/kcore is an ELF core file whose segments say where each one lies. /dev/mem hides most of
 * it.
 */
#include "base/why.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kcore_segment {
	uint64_t addr;		  /* physical; addr + n_bytes fits, or it is KCORE_NOWHERE */
	uint64_t virtual_address; /* of the kernel's */
	uint64_t n_bytes, offset; /* offset + n_bytes fits */
};

#define KCORE_NOWHERE UINT64_MAX

struct kcore {
	int fd;
	struct kcore_segment *segment;
	unsigned n;
};

/* Of the kernel below root. -EBADMSG when it is no such file. */
must_check int kcore_open(const char *root, struct kcore *ret_kcore, struct why *why);

/* All or nothing, of one segment. */
bool kcore_read(const struct kcore *kcore, uint64_t addr, void *to, size_t n_bytes);
/* The same, by the kernel's address. */
bool kcore_read_virtual(const struct kcore *kcore, uint64_t addr, void *to, size_t n_bytes);

/*
 * What to add to the kernel's address of what lies there for addr, the physical one. The kernel
 * itself is mapped twice: this is about the mapping of all RAM, the larger one.
 */
bool kcore_to_physical(const struct kcore *kcore, uint64_t addr, uint64_t *ret_difference);

void kcore_close(struct kcore *kcore);
