/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * What the guest may do with each page of its memory, kept on our side, and the memory under these
 * permissions: nothing needs to be asked of its process.
 */
#include "machine/machine.h"

/* In the list beside MACHINE_*: the process may not execute it yet, see processor_look(). */
enum { PAGES_NOT_LOOKED_AT = 8 };

struct pages {
	const struct ram *ram;
	uint8_t *prot; /* MACHINE_* bits and PAGES_NOT_LOOKED_AT, one byte a page */
	uint64_t n;
};

/* None may be accessed. False: no memory. */
bool pages_open(const struct ram *ram, struct pages *ret_pages);
void pages_close(struct pages *pages);
/* Whole pages, inside one range of ram. */
void pages_protect(struct pages *pages, uint64_t addr, uint64_t n_bytes, unsigned prot);
bool pages_allow(const struct pages *pages, uint64_t addr, size_t n, unsigned prot);
/* False when the guest may not do so with all of it. */
bool pages_read(const struct pages *pages, uint64_t addr, void *buf, size_t n);
bool pages_write(const struct pages *pages, uint64_t addr, const void *buf, size_t n);
