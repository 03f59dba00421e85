// SPDX-License-Identifier: MIT
#include "fuzz/fuzz.h"
#include "pe/image.h"
#include "pe/reloc.h"
#include "unit/tiny_pe.h"

#include <stdlib.h>

enum { LIMIT = 1 << 20 };

/* What parse promised about each section. */
static void look(const struct pe_image *image)
{
	struct pe_section s, same;
	unsigned sum = 0;
	uint32_t entry;

	for (unsigned i = 0; i < image->n_sections; i++) {
		s = pe_image_section(image, i);
		fuzz_assert(s.data.n <= s.size);
		fuzz_assert((uint64_t)s.rva + s.size <= image->size);
		fuzz_assert(s.size == 0 || s.rva >= image->header_size);
		for (size_t k = 0; k < s.data.n; k++)
			sum += s.data.p[k];
		if (i < 8 && pe_image_find_section(image, s.name, &same) == 0)
			fuzz_assert(same.rva == s.rva);
	}
	if (pe_image_entry(image, &entry, NULL) == 0)
		fuzz_assert(entry < image->size);
	(void)pe_image_is_protectable(image);
	__asm__ volatile("" : : "r"(sum));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	struct pe_image image;
	struct why why = { "" };
	uint8_t *mapped;

	if (pe_image_parse((struct bytes){ data, n_bytes }, PE_MACHINE_OURS, LIMIT, &image, &why) <
	    0) {
		fuzz_assert(why.text[0]);
		return 0;
	}
	look(&image);
	mapped = calloc(1, image.size);
	fuzz_assert(mapped);
	pe_image_map(&image, mapped);
	if (pe_relocate(&image, mapped, image.base + n_bytes * PAGE_BYTES, &why) < 0)
		fuzz_assert(why.text[0]);
	free(mapped);
	return 0;
}

size_t fuzz_seed(unsigned i, uint8_t *data, size_t cap)
{
	struct tiny_pe t = tiny_new(NULL, 0);

	switch (i) {
	case 0:
		break;
	case 1: /* nothing on page boundaries, and no order */
		tiny_put32(&t, TINY_ALIGNMENT, 0x20);
		tiny_put32(&t, tiny_section(0, TINY_RVA), 0x3c00);
		tiny_put32(&t, tiny_section(2, TINY_RVA), 0x1100);
		tiny_put32(&t, TINY_RELOC_DIRECTORY, 0x1100);
		break;
	case 2: /* only at its base */
		tiny_put16(&t, TINY_CHARACTERISTICS, 0x0023);
		tiny_put64(&t, TINY_RELOC_DIRECTORY, 0);
		break;
	case 3: /* relocations over themselves */
		tiny_put32(&t, TINY_RELOC_DATA, TINY_RELOC_RVA);
		tiny_put32(&t, TINY_RELOC_DIRECTORY + 4, 0x80);
		break;
	default:
		return 0;
	}
	if (cap < sizeof(t.p))
		return 0;
	memcpy(data, t.p, sizeof(t.p));
	return sizeof(t.p);
}
