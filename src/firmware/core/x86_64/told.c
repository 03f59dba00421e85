// SPDX-License-Identifier: MIT
/*
 * What a Linux kernel will find when it starts: its EFI stub, or who started it without one, has
 * filled in boot parameters, a page of their own. Just before ExitBootServices the stub notes in
 * them which system table it was called with; that is how they are found. (Linux,
 * Documentation/arch/x86/zero-page.rst and boot.rst.)
 */
#include "base/bytes.h"
#include "firmware/core/access.h"
#include "firmware/core/page_map.h"
#include "firmware/core/result.h"
#include "firmware/core/state.h"

#include <errno.h>
#include <string.h>

enum {
	INITRD_HIGH = 0x0c0,
	INITRD_BYTES_HIGH = 0x0c4,
	CMDLINE_HIGH = 0x0c8,
	EFI_SIGNATURE = 0x1c0, /* "EL64": what follows is a 64-bit firmware's */
	SYSTEM_TABLE = 0x1c4,
	SYSTEM_TABLE_HIGH = 0x1d8,
	LOADER = 0x210,
	INITRD = 0x218,
	INITRD_BYTES = 0x21c,
	CMDLINE = 0x228,
	CMDLINE_MOST = 0x238,
	PARAMS_BYTES = 0x300, /* all that is looked at */
	MOST_BYTES = 1 << 16,
	DEFAULT_MOST = 2047, /* COMMAND_LINE_SIZE without its 0, where the stub copies no header */
};

enum { LOADER_EFI_STUB = 0x21 }; /* the kernel's own, which made them of its load options */

static uint32_t le32(struct bytes page, unsigned off)
{
	uint32_t v = 0;

	(void)bytes_le32(page, off, &v);
	return v;
}

static uint64_t in_halves(struct bytes page, unsigned low, unsigned high)
{
	return le32(page, low) | (uint64_t)le32(page, high) << 32;
}

static bool is_params(struct firmware *fw, struct bytes page)
{
	return !memcmp(page.p + EFI_SIGNATURE, "EL64", 4) && page.p[LOADER] &&
	       in_halves(page, SYSTEM_TABLE, SYSTEM_TABLE_HIGH) == fw->system_table;
}

static bool find_in(struct firmware *fw, const struct region *r, struct bytes *ret_params)
{
	struct ram_range run;

	/* pages that nobody has written are left alone: to read one is to have it */
	for (uint64_t from = r->start; ram_data(&fw->ram, from, r->end, &run); from = run.end)
		for (uint64_t at = run.start; at < run.end; at += PAGE_BYTES) {
			const uint8_t *p = guest_read(fw, at, PARAMS_BYTES);
			const struct bytes page = { p, PARAMS_BYTES };

			if (p && is_params(fw, page)) {
				*ret_params = page;
				return true;
			}
		}
	return false;
}

static bool find(struct firmware *fw, struct bytes *ret_params)
{
	for (unsigned i = 0; i < fw->map.n; i++)
		if (fw->map.region[i].owner == REGION_IMAGE &&
		    find_in(fw, &fw->map.region[i], ret_params))
			return true;
	return false;
}

/* The text at at, which a 0 ends, or NULL. */
static const uint8_t *text_at(struct firmware *fw, efi_addr_t at, size_t *ret_n)
{
	const uint8_t *p, *end;
	uint64_t known = 0, next;

	while (known < MOST_BYTES) {
		next = align_up(at + known + 1, PAGE_BYTES) - at;
		p = guest_read(fw, at, next);
		if (!p)
			return NULL;
		end = memchr(p + known, 0, next - known);
		if (end) {
			*ret_n = (size_t)(end - p);
			return p;
		}
		known = next;
	}
	return NULL;
}

struct ram_range firmware_told_initrd(struct firmware *fw)
{
	struct bytes params;
	uint64_t at;

	if (!find(fw, &params))
		return (struct ram_range){ 0 };
	at = in_halves(params, INITRD, INITRD_HIGH);
	return (struct ram_range){ at, at + in_halves(params, INITRD_BYTES, INITRD_BYTES_HIGH) };
}

int firmware_told(struct firmware *fw, struct firmware_told *ret_told)
{
	const uint8_t *text = NULL;
	struct bytes params;
	bool by_itself;
	uint32_t most;
	uint64_t at;
	size_t n = 0;

	if (!find(fw, &params))
		return -ENOENT;
	by_itself = params.p[LOADER] == LOADER_EFI_STUB;
	at = in_halves(params, CMDLINE, CMDLINE_HIGH);
	if (at) {
		text = text_at(fw, at, &n);
		/* a boot loader may copy it there when boot services have ended, as GRUB does */
		if (!text)
			return by_itself ? -EBADMSG : -ENOENT;
	}
	heap_free(NULL, fw->told);
	fw->told = heap_new(NULL, n + 1);
	if (!fw->told)
		return -ENOMEM;
	if (text)
		memcpy(fw->told, text, n);
	fw->told[n] = '\0';
	most = le32(params, CMDLINE_MOST);
	*ret_told = (struct firmware_told){
		.cmdline = fw->told,
		.most = most ? most : DEFAULT_MOST,
		.by_itself = by_itself,
	};
	return 0;
}
