/* SPDX-License-Identifier: MIT */
#pragma once
/* An image that does nothing any more but wait, as programs do for ever once they have failed. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct firmware;

enum { STILL_S = 10 }; /* programs that go on show an error for 3 to 5 s */

struct still {
	uint64_t since_ns; /* nothing but waiting since then */
	uint64_t call;	   /* number of the last one meanwhile */
	bool told;
	char said[160], line[160]; /* its last whole line with something on it; the one behind it */
	size_t n_line;
};

/* It has written this. */
void still_said(struct firmware *fw, const char *utf8, size_t n);
/*
 * It waits, by so many calls of its own (1 for Stall, 0 for a halted processor): where that is all
 * that it has done for long enough, this is told, and may end it.
 */
void still_look(struct firmware *fw, uint64_t now, uint64_t n_own);
