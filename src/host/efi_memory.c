// SPDX-License-Identifier: MIT
#include "host/efi_memory.h"
#include "base/bytes.h"
#include "host/dev_mem.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum {
	/* UEFI 2.10, 4.3: EFI_SYSTEM_TABLE */
	SYSTEM_BYTES = 120,
	SYSTEM_REVISION = 8,
	SYSTEM_N_TABLES = 104,
	SYSTEM_TABLES = 112,
	/* 4.6: EFI_CONFIGURATION_TABLE */
	TABLE_BYTES = 24,
	TABLE_ADDRESS = 16,
	MOST_TABLES = 1024,
};

static const uint64_t max_address = UINT64_C(1) << 52;

int efi_memory_open(const char *root, struct efi_memory *ret_memory, struct why *why)
{
	*ret_memory = (struct efi_memory){ .kcore.fd = -1, .dev_mem = dev_mem_open(root) };
	return kcore_open(root, &ret_memory->kcore, why);
}

void efi_memory_close(struct efi_memory *memory)
{
	if (memory->kcore.fd >= 0)
		kcore_close(&memory->kcore);
	if (memory->dev_mem >= 0)
		close(memory->dev_mem);
	*memory = (struct efi_memory){ .kcore.fd = -1, .dev_mem = -1 };
}

bool efi_memory_read(const struct efi_memory *m, uint64_t addr, void *to, size_t n_bytes)
{
	int dev_mem = m->dev_mem;

	return kcore_read(&m->kcore, addr, to, n_bytes) ||
	       dev_mem_read(&dev_mem, addr, to, n_bytes);
}

int efi_memory_tables(const struct efi_memory *m, uint64_t system, struct efi_tables *ret_tables,
		      struct why *why)
{
	uint8_t head[SYSTEM_BYTES] = { 0 };
	const struct bytes h = { head, sizeof(head) };
	struct efi_tables t = { 0 };

	if (!efi_memory_read(m, system, head, sizeof(head)) || memcmp(head, "IBI SYST", 8) ||
	    !bytes_le32(h, SYSTEM_REVISION, &t.revision) || !bytes_le64(h, SYSTEM_N_TABLES, &t.n) ||
	    !bytes_le64(h, SYSTEM_TABLES, &t.at) || t.n > MOST_TABLES)
		return why_set(why, -EBADMSG, "EFI system table: none at %#jx", (uintmax_t)system);
	*ret_tables = t;
	return 0;
}

int efi_memory_table(const struct efi_memory *m, const struct efi_tables *tables,
		     const uint8_t guid[16], uint64_t *ret_table, struct why *why)
{
	uint8_t table[TABLE_BYTES] = { 0 };
	uint64_t i;

	for (i = 0; i < tables->n; i++) {
		if (tables->at > max_address ||
		    !efi_memory_read(m, tables->at + i * TABLE_BYTES, table, sizeof(table)))
			return why_set(why, -EIO, "EFI system table: its table %ju cannot be read",
				       (uintmax_t)i);
		if (!memcmp(table, guid, 16) &&
		    bytes_le64((struct bytes){ table, sizeof(table) }, TABLE_ADDRESS, ret_table))
			return 0;
	}
	*ret_table = 0;
	return 0;
}
