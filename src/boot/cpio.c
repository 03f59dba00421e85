// SPDX-License-Identifier: MIT
#include "boot/cpio.h"

#include <stdio.h>
#include <string.h>

enum { HEADER_BYTES = 110 };

uint64_t cpio_bytes(const char *name, uint64_t n_data)
{
	return align_up(HEADER_BYTES + strlen(name) + 1, CPIO_ALIGN) + align_up(n_data, CPIO_ALIGN);
}

static void pad(struct cpio *a)
{
	while (a->n % CPIO_ALIGN)
		a->p[a->n++] = 0;
}

/* Numbers of eight hexadecimal digits, parts on multiples of 4. */
void cpio_add(struct cpio *a, unsigned mode, const char *name, struct bytes data)
{
	const size_t n_name = strlen(name) + 1;
	char header[HEADER_BYTES + 1];

	snprintf(header, sizeof(header),
		 "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x",
		 mode ? ++a->inode : 0, mode, 0, 0, 1, 0, (uint32_t)data.n, 0, 0, 0, 0,
		 (uint32_t)n_name, 0);
	memcpy(a->p + a->n, header, HEADER_BYTES);
	memcpy(a->p + a->n + HEADER_BYTES, name, n_name);
	a->n += HEADER_BYTES + n_name;
	pad(a);
	if (data.n)
		memcpy(a->p + a->n, data.p, data.n);
	a->n += data.n;
	pad(a);
}
