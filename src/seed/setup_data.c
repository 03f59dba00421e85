// SPDX-License-Identifier: MIT
#include "seed/setup_data.h"
#include "base/bytes.h"

#include <errno.h>
#include <string.h>

enum { ENTRY_NEXT = 0, ENTRY_TYPE = 8, ENTRY_LENGTH = 12, INDIRECT_BYTES = 24 };

static struct bytes all_of(const struct setup_memory *m)
{
	return (struct bytes){ m->p, m->n };
}

/* Addresses in memory that goes on at 0 behind the last one would not compare. */
static int check_memory(const struct setup_memory *m, struct why *why)
{
	if (m->addr > UINT64_MAX - m->n)
		return why_set(why, -EFAULT, "setup_data: no memory is at %#llx + %#zx",
			       (long long)m->addr, m->n);
	return 0;
}

static uint64_t end_of(const struct setup_entry *e)
{
	return e->addr + SETUP_DATA_HEADER_BYTES + e->n_bytes;
}

static int entry_read(uint64_t addr, const struct setup_memory *m, struct setup_entry *ret_entry,
		      struct why *why)
{
	struct setup_entry e = { .addr = addr };
	struct bytes header, data;

	if (addr < m->addr ||
	    !bytes_sub(all_of(m), addr - m->addr, SETUP_DATA_HEADER_BYTES, &header))
		return why_set(why, -EFAULT,
			       "setup_data: entry at %#llx is not inside %#llx + %#zx",
			       (long long)addr, (long long)m->addr, m->n);
	bytes_le64(header, ENTRY_NEXT, &e.next);
	bytes_le32(header, ENTRY_TYPE, &e.type);
	bytes_le32(header, ENTRY_LENGTH, &e.n_bytes);
	if (!bytes_sub(all_of(m), addr - m->addr + SETUP_DATA_HEADER_BYTES, e.n_bytes, &data))
		return why_set(why, -EFAULT,
			       "setup_data: data of the entry at %#llx, %#x bytes, "
			       "end outside %#llx + %#zx",
			       (long long)addr, e.n_bytes, (long long)m->addr, m->n);
	if (e.type == SETUP_DATA_INDIRECT && e.n_bytes < INDIRECT_BYTES)
		return why_set(why, -EBADMSG,
			       "setup_data: indirect entry at %#llx has %#x bytes, "
			       "not %#x",
			       (long long)addr, e.n_bytes, INDIRECT_BYTES);
	e.data = m->p + (data.p - m->p);
	*ret_entry = e;
	return 0;
}

/* Is e apart from all that are in the list? */
static int entry_is_apart(const struct setup_list *list, const struct setup_entry *e,
			  struct why *why)
{
	const struct setup_entry *other;

	for (other = list->entry; other < list->entry + list->n; other++) {
		if (e->addr == other->addr)
			return why_set(why, -ELOOP, "setup_data: the list has a loop at %#llx",
				       (long long)e->addr);
		if (e->addr < end_of(other) && other->addr < end_of(e))
			return why_set(why, -EBADMSG,
				       "setup_data: entries at %#llx and %#llx overlap",
				       (long long)other->addr, (long long)e->addr);
	}
	return 0;
}

int setup_list_read(uint64_t first, const struct setup_memory *memory, struct setup_list *ret_list,
		    struct why *why)
{
	struct setup_list list = { .n = 0 };
	struct setup_entry e;
	uint64_t at;
	int r;

	r = check_memory(memory, why);
	if (r < 0)
		return r;
	for (at = first; at; at = e.next) {
		r = entry_read(at, memory, &e, why);
		if (r == 0)
			r = entry_is_apart(&list, &e, why);
		if (r < 0)
			return r;
		if (list.n == SETUP_DATA_MAX_ENTRIES)
			return why_set(why, -E2BIG, "setup_data: more than %u entries", list.n);
		list.entry[list.n++] = e;
	}
	*ret_list = list;
	return 0;
}

int setup_list_append(uint64_t *first, const struct setup_memory *memory, uint64_t offset,
		      uint32_t type, struct bytes data, struct why *why)
{
	struct setup_list list;
	struct setup_entry e = { .type = type };
	uint8_t *to;
	int r;

	r = setup_list_read(*first, memory, &list, why);
	if (r < 0)
		return r;
	if (list.n == SETUP_DATA_MAX_ENTRIES)
		return why_set(why, -E2BIG, "setup_data: %u entries already", list.n);
	if (offset > memory->n || memory->n - offset < SETUP_DATA_HEADER_BYTES ||
	    memory->n - offset - SETUP_DATA_HEADER_BYTES < data.n || data.n > UINT32_MAX)
		return why_set(why, -EFAULT,
			       "setup_data: no room for %zu bytes at offset %#llx of %#zx", data.n,
			       (long long)offset, memory->n);
	/* 0 ends a list, so nothing can be there */
	e.addr = memory->addr + offset;
	if (!e.addr)
		return why_set(why, -EFAULT, "setup_data: no entry can be at 0");
	e.n_bytes = (uint32_t)data.n;
	r = entry_is_apart(&list, &e, why);
	if (r < 0)
		return r;
	to = memory->p + offset;
	bytes_put_le(to + ENTRY_NEXT, 0, 8);
	bytes_put_le(to + ENTRY_TYPE, type, 4);
	bytes_put_le(to + ENTRY_LENGTH, data.n, 4);
	memcpy(to + SETUP_DATA_HEADER_BYTES, data.p, data.n);
	if (list.n)
		bytes_put_le(list.entry[list.n - 1].data - SETUP_DATA_HEADER_BYTES + ENTRY_NEXT,
			     e.addr, 8);
	else
		*first = e.addr;
	return 0;
}

int setup_list_consume_seed(uint64_t first, const struct setup_memory *memory,
			    uint8_t ret_seed[static SETUP_DATA_MAX_SEED], struct why *why)
{
	struct setup_list list;
	struct setup_entry *e;
	int r;

	r = setup_list_read(first, memory, &list, why);
	if (r < 0)
		return r;
	for (e = list.entry; e < list.entry + list.n; e++) {
		if (e->type != SETUP_DATA_RNG_SEED || e->n_bytes == 0)
			continue;
		if (e->n_bytes > SETUP_DATA_MAX_SEED)
			return why_set(why, -EMSGSIZE,
				       "setup_data: seed of %u bytes at %#llx, at most %u",
				       e->n_bytes, (long long)e->addr, SETUP_DATA_MAX_SEED);
		memcpy(ret_seed, e->data, e->n_bytes);
		explicit_bzero(e->data, e->n_bytes);
		/* with a length the next reader would take the zeros for a seed */
		bytes_put_le(e->data - SETUP_DATA_HEADER_BYTES + ENTRY_LENGTH, 0, 4);
		return (int)e->n_bytes;
	}
	return why_set(why, -ENOENT, "setup_data: no unused seed");
}

int boot_params_first(struct bytes boot, uint64_t *ret_first, struct why *why)
{
	struct bytes magic;
	uint16_t version;

	if (boot.n < BOOT_PARAMS_LEAST_BYTES || !bytes_sub(boot, BOOT_PARAMS_MAGIC, 4, &magic) ||
	    memcmp(magic.p, "HdrS", 4) != 0)
		return why_set(why, -EBADMSG,
			       "neither a kernel image nor boot parameters: "
			       "no \"HdrS\" at %#x",
			       BOOT_PARAMS_MAGIC);
	bytes_le16(boot, BOOT_PARAMS_VERSION, &version);
	if (version < BOOT_PROTOCOL_SETUP_DATA)
		return why_set(why, -EBADMSG, "boot protocol %u.%02u has no setup_data",
			       version >> 8, version & 0xff);
	bytes_le64(boot, BOOT_PARAMS_SETUP_DATA, ret_first);
	return 0;
}

void boot_params_set_first(uint8_t *boot, uint64_t first)
{
	bytes_put_le(boot + BOOT_PARAMS_SETUP_DATA, first, 8);
}
