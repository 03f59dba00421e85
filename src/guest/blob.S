/* SPDX-License-Identifier: MIT */
/* A linked blob as bytes of the host program; the build names it: BLOB, BLOB_FILE. */
#ifdef __CET__ /* nothing here jumps: the program may have what its other objects allow */
#include <cet.h>
#endif

#define NAME_(blob, end) blob ## _blob_ ## end
#define NAME(blob, end) NAME_(blob, end)

	.section .rodata
	.balign 16
	.globl NAME(BLOB, start), NAME(BLOB, end)
	.hidden NAME(BLOB, start), NAME(BLOB, end)
NAME(BLOB, start):
	.incbin BLOB_FILE
NAME(BLOB, end):
	.section .note.GNU-stack, "", @progbits
