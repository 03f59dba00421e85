// SPDX-License-Identifier: MIT
#include "boot/cpio.h"

#include <stdio.h>
#include <string.h>

enum { HEADER_BYTES = 110 };

/* A member by this name is the end. */
static const struct cpio_member end = { 0, "TRAILER!!!", { NULL, 0 } };

static uint64_t bytes_of(const struct cpio_member *m)
{
	return align_up(HEADER_BYTES + strlen(m->name) + 1, CPIO_ALIGN) +
	       align_up(m->data.n, CPIO_ALIGN);
}

uint64_t cpio_bytes(const struct cpio_member *member, unsigned n)
{
	uint64_t sum = bytes_of(&end);

	for (unsigned i = 0; i < n; i++)
		sum += bytes_of(&member[i]);
	return sum;
}

/* Numbers of eight hexadecimal digits, parts on multiples of 4. */
static uint8_t *add(uint8_t *to, unsigned inode, const struct cpio_member *m)
{
	const uint64_t n_name = strlen(m->name) + 1;
	char header[HEADER_BYTES + 1];

	memset(to, 0, bytes_of(m));
	snprintf(header, sizeof(header),
		 "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", inode, m->mode, 0, 0,
		 1, 0, (uint32_t)m->data.n, 0, 0, 0, 0, (uint32_t)n_name, 0);
	memcpy(to, header, HEADER_BYTES);
	memcpy(to + HEADER_BYTES, m->name, n_name);
	if (m->data.n)
		memcpy(to + align_up(HEADER_BYTES + n_name, CPIO_ALIGN), m->data.p, m->data.n);
	return to + bytes_of(m);
}

void cpio_write(const struct cpio_member *member, unsigned n, uint8_t *to)
{
	for (unsigned i = 0; i < n; i++)
		to = add(to, i + 1, &member[i]);
	add(to, 0, &end);
}
