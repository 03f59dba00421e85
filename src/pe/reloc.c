// SPDX-License-Identifier: MIT
/*
 * The table is part of the image it changes: it is read from memory that any
 * section may have filled and that its own entries may rewrite. So each step
 * checks what it reads at the moment it reads it. (PE Format, "The .reloc
 * Section".)
 */
#include "pe/reloc.h"

#include <errno.h>

enum { BLOCK_PAGE = 0, BLOCK_SIZE = 4, BLOCK_BYTES = 8, ENTRY_BYTES = 2 };
enum { TYPE_SHIFT = 12, OFFSET_MASK = 0xfff };
enum { TYPE_ABSOLUTE = 0, TYPE_HIGH = 1, TYPE_LOW = 2, TYPE_HIGHLOW = 3, TYPE_DIR64 = 10 };

struct patch {
	const struct pe_image *image;
	uint8_t *mapped;
	uint64_t delta; /* modulo 2^64: down is as good as up */
	uint64_t top;	/* where the image ends */
};

/*
 * Add delta's bits from shift on to the number of n bytes at rva, modulo its size: EDK2 does so in
 * PE32+ images too, whose 32-bit addresses hold where the image lies below 4 GiB.
 */
static int patch_number(const struct patch *p, uint64_t rva, unsigned n, unsigned shift,
			struct why *why)
{
	struct bytes memory = { p->mapped, p->image->size }, number;
	uint64_t v = 0;

	if (!bytes_sub(memory, rva, n, &number))
		return why_set(why, -ENOEXEC,
			       "base relocations: address 0x%llx is outside the image (0x%x)",
			       (unsigned long long)rva, p->image->size);
	if (p->delta == 0)
		return 0;
	if (n < 8 && p->top > UINT64_C(1) << 32)
		return why_set(why, -ERANGE,
			       "base relocations: a 32-bit address at 0x%llx, and the image lies "
			       "above 4 GiB",
			       (unsigned long long)rva);
	for (unsigned i = 0; i < n; i++)
		v |= (uint64_t)number.p[i] << 8 * i;
	v += p->delta >> shift;
	bytes_put_le(p->mapped + rva, v, n);
	return 0;
}

static int patch_one(const struct patch *p, uint32_t page, uint16_t entry, struct why *why)
{
	unsigned type = entry >> TYPE_SHIFT;
	uint64_t rva = (uint64_t)page + (entry & OFFSET_MASK);

	switch (type) {
	case TYPE_ABSOLUTE: /* padding */
		return 0;
	case TYPE_DIR64:
		return patch_number(p, rva, 8, 0, why);
	case TYPE_HIGHLOW:
		return patch_number(p, rva, 4, 0, why);
	case TYPE_HIGH:
		return patch_number(p, rva, 2, 16, why);
	case TYPE_LOW:
		return patch_number(p, rva, 2, 0, why);
	default:
		return why_set(why, -ENOEXEC, "base relocations: unknown type %u at 0x%llx", type,
			       (unsigned long long)rva);
	}
}

/* The block at the start of rest, which is at rva. */
static int patch_block(const struct patch *p, struct bytes rest, uint64_t rva, uint32_t *ret_size,
		       struct why *why)
{
	uint32_t page = 0, size = 0;
	uint16_t entry;
	int r;

	(void)bytes_le32(rest, BLOCK_PAGE, &page);
	(void)bytes_le32(rest, BLOCK_SIZE, &size);
	if (size < BLOCK_BYTES || size > rest.n || size % ENTRY_BYTES)
		return why_set(
			why, -ENOEXEC,
			"base relocations: block at 0x%llx has size 0x%x, of 0x%zx bytes left",
			(unsigned long long)rva, size, rest.n);
	for (uint32_t off = BLOCK_BYTES; off < size; off += ENTRY_BYTES) {
		if (!bytes_le16(rest, off, &entry))
			return -ENOEXEC; /* not reached: size is even and inside rest */
		r = patch_one(p, page, entry, why);
		if (r < 0)
			return r;
	}
	*ret_size = size;
	return 0;
}

int pe_relocate(const struct pe_image *image, uint8_t *mapped, uint64_t base, struct why *why)
{
	struct patch p = { image, mapped, base - image->base, base + image->size };
	struct bytes memory = { mapped, image->size }, rest;
	uint64_t rva = image->relocations.rva, end = rva + image->relocations.size;
	uint32_t block_size = 0;
	int r;

	if (image->relocs_stripped && p.delta)
		return why_set(
			why, -ENOEXEC,
			"the image has no relocations and runs only at 0x%llx, not at 0x%llx",
			(unsigned long long)image->base, (unsigned long long)base);
	/* What is too short for a block is padding: gnu-efi's has two such bytes. */
	while (end - rva >= BLOCK_BYTES) {
		if (!bytes_sub(memory, rva, end - rva, &rest))
			return why_set(why, -ENOEXEC, "base relocations: outside the image");
		r = patch_block(&p, rest, rva, &block_size, why);
		if (r < 0)
			return r;
		rva += block_size;
	}
	return 0;
}
