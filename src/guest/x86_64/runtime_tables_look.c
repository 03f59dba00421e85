// SPDX-License-Identifier: MIT
/* What is done under page tables of our own: looking at the caller's, and at devices. */
#include "guest/runtime_tables.h"
#include "base/util.h"
#include "guest/runtime.h"

enum {
	PRESENT = 1 << 0,
	ACCESSED = 1 << 5,
	LARGE = 1 << 7,
	PAGE_ENTRIES = 512,
	BITS_A_LEVEL = 9,
	SPARE = 3, /* of the window; runtime_forward.S has those before it */
	LA57 = 12, /* of CR4 */
	EFER = 0xc0000080,
	NXE = 11, /* of EFER */
};

#define NOT_EXECUTABLE (UINT64_C(1) << 63)
#define ADDRESS UINT64_C(0x000ffffffffff000)

/* runtime_forward.S calls the functions below, under our tables and at their physical addresses. */
hidden efi_api uint64_t under_tables_check(uint64_t data);
hidden efi_api uint64_t under_tables_write(uint64_t write);
hidden efi_api uint64_t runtime_tables_check(struct runtime_data *d);
hidden efi_api uint64_t runtime_tables_write(const struct runtime_write *w);

static uint64_t look(const struct runtime_data *d, uint64_t table, unsigned i)
{
	volatile uint64_t *window = (void *)d->forward.window;
	volatile uint64_t *page = (void *)(RUNTIME_WINDOW + SPARE * PAGE_BYTES);

	window[SPARE] = (table & ADDRESS) | PRESENT | ACCESSED | NOT_EXECUTABLE;
	__asm__ volatile("invlpg (%0)" : : "r"(page) : "memory");
	return page[i];
}

static unsigned n_levels(void)
{
	uint64_t cr4;

	__asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
	return cr4 >> LA57 & 1 ? 5 : 4;
}

/*
 * Do the caller's tables lead from address to this one? Compared with all bits that are an
 * address: where memory is encrypted, one of them says so, and then it is not the same memory.
 */
static bool leads_to(const struct runtime_data *d, uint64_t address, uint64_t physical,
		     bool execute)
{
	uint64_t entry = d->forward.frame[0].root, span;
	unsigned level;

	for (level = n_levels(); level; level--) {
		span = UINT64_C(1) << (PAGE_SHIFT + BITS_A_LEVEL * (level - 1));
		entry = look(d, entry, address / span % PAGE_ENTRIES);
		if (!(entry & PRESENT) || (execute && entry & NOT_EXECUTABLE))
			return false;
		if (level == 1 || (level < 4 && entry & LARGE))
			return ((entry & ADDRESS & ~(span - 1)) | (address & (span - 1))) ==
			       physical;
	}
	return false;
}

/* To the last byte. */
static bool is_mapped(const struct runtime_data *d, uint64_t physical, uint64_t at,
		      uint64_t n_bytes, bool execute)
{
	uint64_t i;

	for (i = 0; i < n_bytes; i += PAGE_BYTES)
		if (!leads_to(d, at + i, physical + i, execute))
			return false;
	return true;
}

efi_api uint64_t runtime_tables_check(struct runtime_data *d)
{
	const struct runtime_forward *f = &d->forward;
	const uint64_t n_bytes = runtime_header.n_bytes;

	return is_mapped(d, f->code, f->code, n_bytes, true) &&
	       is_mapped(d, f->code, f->at_code, n_bytes, true) &&
	       is_mapped(d, f->data, f->at_data, f->tables + f->tables_bytes - f->data, false);
}

efi_api uint64_t runtime_tables_write(const struct runtime_write *w)
{
	volatile uint8_t *byte = (void *)w->address;
	volatile uint16_t *word = (void *)w->address;
	volatile uint32_t *wide = (void *)w->address;

	/* some registers do something when they are read */
	if (w->n_bytes == 1)
		*byte = (uint8_t)((w->keep ? *byte & w->keep : 0) | w->value);
	else if (w->n_bytes == 2)
		*word = (uint16_t)((w->keep ? *word & w->keep : 0) | w->value);
	else
		*wide = (w->keep ? *wide & w->keep : 0) | w->value;
	return 1;
}

/* Our tables have bits that are reserved as long as nobody has enabled them. */
static bool can_forbid_execution(void)
{
	uint32_t low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(EFER));
	return low >> NXE & 1;
}

/*
 * Called where Linux calls SetVirtualAddressMap: interrupts disabled, one processor, and under
 * tables that have us at both addresses. Who does it otherwise gets no forwarding.
 */
void runtime_tables_begin(struct runtime_data *d)
{
	if (d->forward.state != RUNTIME_TABLES_MADE)
		return;
	d->forward.state = can_forbid_execution() && under_tables_check(d->forward.data) == 1
				   ? RUNTIME_TABLES_USED
				   : RUNTIME_TABLES_OFF;
}

bool runtime_write_memory(struct runtime_data *d, const struct runtime_write *w)
{
	const uint64_t at = d->forward.data + ((uint64_t)w - (uint64_t)d);

	return d->forward.state == RUNTIME_TABLES_USED && under_tables_write(at) == 1;
}
