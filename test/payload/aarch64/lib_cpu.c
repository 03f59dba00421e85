// SPDX-License-Identifier: MIT
/* Where a payload begins, and bytes moved without a loop that a compiler makes a call of. */
#include "lib.h"

/* Notes what only the first instruction can see. */
__attribute__((naked)) efi_status_t EFIAPI efi_main(handle_t image, struct system_table *table)
{
	__asm__("adrp x9, entry_sp\n\tadd x9, x9, :lo12:entry_sp\n\tmov x10, sp\n\tstr x10, "
		"[x9]\n\t"
		"adrp x9, return_gate\n\tadd x9, x9, :lo12:return_gate\n\tstr x30, [x9]\n\t"
		"b payload_start");
}

void *memcpy(void *to, const void *from, size_t n)
{
	uint8_t *d = to;
	const uint8_t *s = from;
	uint64_t word;

	/* each by an instruction of its own: a fault is at the byte or word that is not there */
	for (; n >= sizeof(word); n -= sizeof(word)) {
		__asm__ volatile("ldr %2, [%1], #8\n\tstr %2, [%0], #8"
				 : "+r"(d), "+r"(s), "=&r"(word)
				 :
				 : "memory");
	}
	for (; n > 0; n--)
		__asm__ volatile("ldrb %w2, [%1], #1\n\tstrb %w2, [%0], #1"
				 : "+r"(d), "+r"(s), "=&r"(word)
				 :
				 : "memory");
	return to;
}

void *memset(void *to, int value, size_t n)
{
	const uint64_t word = (uint8_t)value * 0x0101010101010101u;
	uint8_t *d = to;

	for (; n >= sizeof(word); n -= sizeof(word))
		__asm__ volatile("str %1, [%0], #8" : "+r"(d) : "r"(word) : "memory");
	for (; n > 0; n--)
		__asm__ volatile("strb %w1, [%0], #1" : "+r"(d) : "r"(word) : "memory");
	return to;
}
