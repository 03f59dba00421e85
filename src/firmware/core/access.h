/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Guest memory, and the only way to it: an address with a length becomes host
 * bytes, or NULL when the image could not have touched them itself.
 *
 * The pointers hold until the next change of the memory map; the guest does not
 * run meanwhile, so what was checked stays what it was.
 */
#include "base/bytes.h"
#include "efi/types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct firmware;

/* Either may be NULL, whatever was seen before the image ran last: look before it goes anywhere. */
const void *guest_read(struct firmware *fw, efi_addr_t addr, uint64_t n);
void *guest_write(struct firmware *fw, efi_addr_t addr, uint64_t n);

/* Values, at any alignment; false when the memory is not there. */
bool guest_get(struct firmware *fw, efi_addr_t addr, void *ret_value, size_t n);
bool guest_put(struct firmware *fw, efi_addr_t addr, const void *value, size_t n);
bool guest_get_u64(struct firmware *fw, efi_addr_t addr, uint64_t *ret);
bool guest_put_u64(struct firmware *fw, efi_addr_t addr, uint64_t value);
bool guest_put_u32(struct firmware *fw, efi_addr_t addr, uint32_t value);
bool guest_get_guid(struct firmware *fw, efi_addr_t addr, struct efi_guid *ret);

/*
 * A text ending in 0 of at most max characters: its length without the 0, or a
 * negative number when it runs out of memory or is longer. *ret_text may be
 * unaligned: read it with text_char().
 */
long guest_text(struct firmware *fw, efi_addr_t addr, size_t max, const void **ret_text);

/* Device paths: bytes up to and with the end node, or 0 when it runs out of memory. */
uint64_t device_path_bytes(struct firmware *fw, efi_addr_t path);
/* The same with the bytes; NULL and 0 when there is none. */
struct bytes device_path_at(struct firmware *fw, efi_addr_t path);
