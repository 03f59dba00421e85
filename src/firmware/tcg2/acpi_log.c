// SPDX-License-Identifier: MIT
/*
 * Three tables lead to the area: the root pointer, the list that it points to, the table TPM2
 * (ACPI 6.5, 5.2.5 to 5.2.8; TCG ACPI Specification, 7.3). Each is copied, the next one's address
 * changed. The machine's stay as they are.
 */
#include "firmware/tcg2/acpi_log.h"
#include "base/bytes.h"
#include "base/why.h"
#include "firmware/core/access.h"
#include "firmware/core/guid.h"
#include "firmware/core/memory.h"
#include "firmware/core/state.h"
#include "firmware/core/tables.h"

#include <errno.h>
#include <string.h>

enum {
	ROOT_SUM = 8,
	ROOT_REVISION = 15,
	ROOT_RSDT = 16,
	ROOT_OLD_BYTES = 20,
	ROOT_XSDT = 24,
	ROOT_SUM_OF_ALL = 32,
	ROOT_BYTES = 36,
};

enum { TABLE_BYTES = 4, TABLE_SUM = 9, TABLE_HEAD_BYTES = 36, LIST_MOST_BYTES = 64 << 10 };
enum { TPM2_LOG_BYTES = 64, TPM2_LOG = 68, TPM2_MOST_BYTES = 1024 };

/* 32-bit lists can name it. */
#define MOST_ADDRESS UINT32_MAX

struct found {
	struct bytes root, list, tpm2;
	unsigned n_address; /* bytes of one in the list */
	uint64_t entry;	    /* where the list names the table */
};

/* The bytes at addr that begin with that signature, as many as they say; else none. */
static struct bytes table_at(struct firmware *fw, uint64_t addr, const char *signature,
			     uint32_t most)
{
	struct bytes t = { guest_read(fw, addr, TABLE_HEAD_BYTES), TABLE_HEAD_BYTES };
	uint32_t n;

	if (!t.p || memcmp(t.p, signature, 4) != 0 || !bytes_le32(t, TABLE_BYTES, &n) ||
	    n < TABLE_HEAD_BYTES || n > most)
		return (struct bytes){ 0 };
	t = (struct bytes){ guest_read(fw, addr, n), n };
	return t.p ? t : (struct bytes){ 0 };
}

static bool find_list(struct firmware *fw, efi_addr_t root, struct found *f)
{
	const uint8_t *p = guest_read(fw, root, ROOT_OLD_BYTES);
	uint64_t xsdt = 0;
	uint32_t rsdt;

	if (!p || memcmp(p, "RSD PTR ", 8) != 0)
		return false;
	f->root = (struct bytes){ p, ROOT_OLD_BYTES };
	if (p[ROOT_REVISION] >= 2) {
		f->root = (struct bytes){ guest_read(fw, root, ROOT_BYTES), ROOT_BYTES };
		if (!f->root.p || !bytes_le64(f->root, ROOT_XSDT, &xsdt))
			return false;
	}
	f->n_address = xsdt ? 8 : 4;
	if (!bytes_le32(f->root, ROOT_RSDT, &rsdt))
		return false;
	f->list = xsdt ? table_at(fw, xsdt, "XSDT", LIST_MOST_BYTES)
		       : table_at(fw, rsdt, "RSDT", LIST_MOST_BYTES);
	return f->list.p;
}

/* A table TPM2 that is in the list and names an area. */
static bool find_tpm2(struct firmware *fw, struct found *f)
{
	uint64_t at = TABLE_HEAD_BYTES, wide, area;
	uint32_t narrow, n;

	for (; at + f->n_address <= f->list.n; at += f->n_address) {
		if (f->n_address == 8 ? !bytes_le64(f->list, at, &wide)
				      : !bytes_le32(f->list, at, &narrow))
			return false;
		f->tpm2 = table_at(fw, f->n_address == 8 ? wide : narrow, "TPM2", TPM2_MOST_BYTES);
		f->entry = at;
		if (f->tpm2.p)
			return bytes_le32(f->tpm2, TPM2_LOG_BYTES, &n) &&
			       bytes_le64(f->tpm2, TPM2_LOG, &area) && n && area;
	}
	return false;
}

/* So that the first n bytes come to 0. */
/* The list and the table at the beginning of a page or of 8 bytes, the root pointer in front. */
enum { LIST_AT = 64 };

static uint64_t tpm2_offset(const struct found *f)
{
	return align_up(LIST_AT + f->list.n, 16);
}

static void copy_tables(const struct found *f, efi_addr_t at, uint8_t *to)
{
	uint8_t *list = to + LIST_AT, *tpm2 = to + tpm2_offset(f);

	memcpy(tpm2, f->tpm2.p, f->tpm2.n);
	bytes_put_le(tpm2 + TPM2_LOG_BYTES, 0, 4);
	bytes_put_le(tpm2 + TPM2_LOG, 0, 8);
	bytes_put_sum(tpm2, f->tpm2.n, TABLE_SUM);
	memcpy(list, f->list.p, f->list.n);
	bytes_put_le(list + f->entry, at + tpm2_offset(f), f->n_address);
	bytes_put_sum(list, f->list.n, TABLE_SUM);
	memcpy(to, f->root.p, f->root.n);
	bytes_put_le(to + (f->n_address == 8 ? ROOT_XSDT : ROOT_RSDT), at + LIST_AT, f->n_address);
	bytes_put_sum(to, ROOT_OLD_BYTES, ROOT_SUM);
	if (f->root.n == ROOT_BYTES)
		bytes_put_sum(to, ROOT_BYTES, ROOT_SUM_OF_ALL);
}

static int withhold(struct firmware *fw, const struct efi_guid *guid, efi_addr_t root,
		    struct why *why)
{
	struct found f = { .n_address = 0 };
	efi_addr_t at = MOST_ADDRESS;
	uint64_t n;
	uint8_t *to;

	if (!root || !find_list(fw, root, &f) || !find_tpm2(fw, &f))
		return 0;
	n = tpm2_offset(&f) + f.tpm2.n;
	if (memory_allocate(fw, EFI_ALLOCATE_MAX_ADDRESS, EFI_ACPI_RECLAIM_MEMORY, pages_for(n),
			    &at) != EFI_SUCCESS)
		return why_set(why, -ENOMEM, "no room for ACPI tables");
	to = guest_write(fw, at, n);
	/* found anew: pointers into guest memory end where its map changes */
	if (!to || !find_list(fw, root, &f) || !find_tpm2(fw, &f))
		return why_set(why, -EIO, "ACPI tables cannot be copied");
	copy_tables(&f, at, to);
	return table_install(fw, guid, at) == EFI_SUCCESS
		       ? 0
		       : why_set(why, -ENOMEM, "no room for ACPI tables");
}

int acpi_log_withhold(struct firmware *fw, struct why *why)
{
	int r = withhold(fw, &guid_acpi20, fw->config.acpi20, why);

	return r < 0 ? r : withhold(fw, &guid_acpi10, fw->config.acpi10, why);
}
