/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * What the image holds instead of pointers: names of our objects. They are no
 * canonical addresses, so that whoever takes one for a pointer finds out at once,
 * and none is given out twice, so that one kept too long finds nothing.
 */
#include "base/heap.h"
#include "base/util.h"

#include <stdint.h>

struct named {
	void *object; /* NULL: free */
	uint32_t serial;
};

struct names {
	struct heap *heap;
	struct named *slot;
	unsigned n, room, first_free; /* below first_free nothing is free */
	uint32_t serial;
	uint8_t kind; /* goes into every name, 1 ... 127 */
	unsigned limit;
};

void names_free(struct names *names);

/* The name of object from now on, or 0 when there are too many. */
uint64_t names_add(struct names *names, void *object);
void *names_find(const struct names *names, uint64_t name);
void names_remove(struct names *names, uint64_t name);
