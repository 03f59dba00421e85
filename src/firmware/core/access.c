// SPDX-License-Identifier: MIT
#include "firmware/core/access.h"
#include "base/text.h"
#include "base/util.h"
#include "firmware/core/page_map.h"
#include "firmware/core/state.h"

#include <string.h>

static uint8_t *bytes_at(struct firmware *fw, efi_addr_t addr, uint64_t n, unsigned prot)
{
	const struct region *r;
	uint64_t end;

	if (n > UINT64_MAX - addr)
		return NULL;
	end = addr + n;
	for (uint64_t at = addr;; at = r->end) {
		r = page_map_find(&fw->map, at);
		if (!r || (r->prot & prot) != prot)
			return NULL;
		if (r->end >= end)
			return fw->ram.host + addr;
	}
}

const void *guest_read(struct firmware *fw, efi_addr_t addr, uint64_t n)
{
	return bytes_at(fw, addr, n, MACHINE_READ);
}

void *guest_write(struct firmware *fw, efi_addr_t addr, uint64_t n)
{
	return bytes_at(fw, addr, n, MACHINE_READ | MACHINE_WRITE);
}

bool guest_get(struct firmware *fw, efi_addr_t addr, void *ret_value, size_t n)
{
	const void *p = guest_read(fw, addr, n);

	if (!p)
		return false;
	memmove(ret_value, p, n);
	return true;
}

bool guest_put(struct firmware *fw, efi_addr_t addr, const void *value, size_t n)
{
	void *p = guest_write(fw, addr, n);

	if (!p)
		return false;
	memmove(p, value, n); /* the value may lie in guest memory itself */
	return true;
}

bool guest_get_u64(struct firmware *fw, efi_addr_t addr, uint64_t *ret)
{
	return guest_get(fw, addr, ret, sizeof(*ret));
}

bool guest_put_u64(struct firmware *fw, efi_addr_t addr, uint64_t value)
{
	return guest_put(fw, addr, &value, sizeof(value));
}

bool guest_put_u32(struct firmware *fw, efi_addr_t addr, uint32_t value)
{
	return guest_put(fw, addr, &value, sizeof(value));
}

bool guest_get_guid(struct firmware *fw, efi_addr_t addr, struct efi_guid *ret)
{
	return guest_get(fw, addr, ret, sizeof(*ret));
}

long guest_text(struct firmware *fw, efi_addr_t addr, size_t max, const void **ret_text)
{
	const uint8_t *text = guest_read(fw, addr, 2);
	uint64_t known = 2;

	for (size_t i = 0; text && i <= max; i++) {
		if (2 * i + 2 > known) {
			/* as far as this page goes, then page by page */
			known = align_up(addr + 2 * i + 2, PAGE_BYTES) - addr;
			if (!guest_read(fw, addr, known)) {
				known = 2 * i + 2;
				if (!guest_read(fw, addr, known))
					return -1;
			}
		}
		if (text_char(text, i) == 0) {
			*ret_text = text;
			return (long)i;
		}
	}
	return -1;
}

uint64_t device_path_bytes(struct firmware *fw, efi_addr_t path)
{
	const uint8_t *node;
	uint64_t n = 0;
	unsigned length;

	for (unsigned i = 0; i < 1024; i++) {
		node = guest_read(fw, path + n, 4);
		if (!node)
			return 0;
		length = node[2] | node[3] << 8;
		if (length < 4 || !guest_read(fw, path + n, length))
			return 0;
		n += length;
		if (node[0] == 0x7f && node[1] == 0xff)
			return n;
	}
	return 0;
}

struct bytes device_path_at(struct firmware *fw, efi_addr_t path)
{
	const uint64_t n = path ? device_path_bytes(fw, path) : 0;
	const void *p = n ? guest_read(fw, path, n) : NULL;

	return (struct bytes){ p, p ? n : 0 };
}
