// SPDX-License-Identifier: MIT
/* Where a payload begins, and bytes moved without a loop that a compiler makes a call of. */
#include "lib.h"

/* Notes what only the first instruction can see. */
__attribute__((naked)) efi_status_t EFIAPI efi_main(handle_t image, struct system_table *table)
{
	__asm__("mov %rsp, entry_sp(%rip); mov (%rsp), %rax; mov %rax, return_gate(%rip);"
		"jmp payload_start");
}

void *memcpy(void *to, const void *from, size_t n)
{
	void *d = to;

	__asm__ volatile("rep movsb" : "+D"(d), "+S"(from), "+c"(n) : : "memory");
	return to;
}

void *memset(void *to, int value, size_t n)
{
	void *d = to;

	__asm__ volatile("rep stosb" : "+D"(d), "+c"(n) : "a"(value) : "memory");
	return to;
}
