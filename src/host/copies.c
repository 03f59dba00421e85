// SPDX-License-Identifier: MIT
#include "host/copies.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct table_copy *copies_find(const struct copies *c, uint64_t addr, uint64_t n_bytes)
{
	for (unsigned i = 0; i < c->n; i++)
		if (c->copy[i].addr == addr && c->copy[i].n_bytes >= n_bytes)
			return &c->copy[i];
	return NULL;
}

static int reserve(struct copies *c)
{
	unsigned cap = c->cap ? c->cap * 2 : 32;
	struct table_copy *copy;

	if (c->n < c->cap)
		return 0;
	if (cap > COPIES_MAX)
		return -E2BIG;
	copy = reallocarray(c->copy, cap, sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	c->copy = copy;
	c->cap = cap;
	return 0;
}

/* Room for one more copy; its bytes are the caller's to fill. */
static int begin(struct copies *c, uint64_t n_bytes, uint8_t **ret_data)
{
	uint8_t *data;
	int r;

	if (n_bytes > COPIES_MAX_BYTES - c->n_bytes)
		return -E2BIG;
	r = reserve(c);
	if (r < 0)
		return r;
	data = malloc(n_bytes ? n_bytes : 1);
	if (!data)
		return -ENOMEM;
	*ret_data = data;
	return 0;
}

static void finish(struct copies *c, uint64_t addr, uint64_t n_bytes, uint8_t *data)
{
	c->copy[c->n++] = (struct table_copy){ addr, n_bytes, data };
	c->n_bytes += n_bytes;
}

int copies_add(struct copies *c, const struct phys *phys, uint64_t addr, uint64_t n_bytes,
	       struct bytes *ret_data)
{
	const struct table_copy *old = copies_find(c, addr, n_bytes);
	uint8_t *data;
	int r;

	if (old) {
		if (ret_data)
			*ret_data = (struct bytes){ old->data, n_bytes };
		return 0;
	}
	r = begin(c, n_bytes, &data);
	if (r < 0)
		return r;
	if (n_bytes > UINT64_MAX - addr || !phys->read(phys->context, addr, data, n_bytes)) {
		free(data);
		return -ENODATA;
	}
	finish(c, addr, n_bytes, data);
	if (ret_data)
		*ret_data = (struct bytes){ data, n_bytes };
	return 0;
}

int copies_add_bytes(struct copies *c, uint64_t addr, struct bytes bytes)
{
	uint8_t *data;
	int r;

	if (copies_find(c, addr, bytes.n))
		return 0;
	r = begin(c, bytes.n, &data);
	if (r < 0)
		return r;
	if (bytes.n)
		memcpy(data, bytes.p, bytes.n);
	finish(c, addr, bytes.n, data);
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct table_copy *x = a, *y = b;

	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

void copies_sort(struct copies *c)
{
	if (c->n)
		qsort(c->copy, c->n, sizeof(*c->copy), compare);
}

void copies_free(struct copies *c)
{
	for (unsigned i = 0; i < c->n; i++)
		free(c->copy[i].data);
	free(c->copy);
	*c = (struct copies){ NULL, 0, 0, 0 };
}
