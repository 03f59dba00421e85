// SPDX-License-Identifier: MIT
/*
 * EFI_LOAD_FILE2_PROTOCOL (UEFI 2.10, 13.2) on the device path that Linux asks
 * for its initrd: all --initrd files, one behind the other.
 */
#include "base/util.h"
#include "base/why.h"
#include "firmware/core/access.h"
#include "firmware/core/config.h"
#include "firmware/core/end.h"
#include "firmware/core/guid.h"
#include "firmware/core/install.h"
#include "firmware/core/memory.h"
#include "firmware/core/part.h"
#include "firmware/core/service.h"
#include "firmware/core/state.h"
#include "firmware/media/media.h"

#include <errno.h>
#include <string.h>

enum {
	CPIO_ALIGNMENT = 4, /* where the kernel looks for the next archive */
	BYTES_AT_ONCE = 16 << 20,
};

/* Where file i begins. */
static uint64_t start_of(const struct firmware *fw, unsigned i)
{
	uint64_t at = 0;

	while (i-- > 0)
		at += align_up(fw->config.initrd[i].n_bytes, CPIO_ALIGNMENT);
	return at;
}

static uint64_t total(const struct firmware *fw)
{
	const unsigned last = fw->config.n_initrd - 1; /* offered when there is one */

	return start_of(fw, last) + fw->config.initrd[last].n_bytes;
}

/* The limits hold inside of it too. */
static bool read_file(struct firmware *fw, const struct firmware_file *f, uint8_t *out)
{
	uint64_t piece;

	for (uint64_t at = 0; at < f->n_bytes; at += piece) {
		piece = min_u64(f->n_bytes - at, BYTES_AT_ONCE);
		if (at && out_of_time(fw))
			return false;
		if (f->read(f->context, at, out + at, piece) < 0) {
			violation(fw, "initrd %s cannot be read any more", f->name);
			return false;
		}
	}
	return true;
}

static bool read_all(struct firmware *fw, uint8_t *out)
{
	const uint64_t n = total(fw);

	for (unsigned i = 0; i < fw->config.n_initrd; i++) {
		const struct firmware_file *f = &fw->config.initrd[i];
		uint64_t at = start_of(fw, i), end = at + f->n_bytes;

		if (!read_file(fw, f, out + at))
			return false;
		memset(out + end, 0, min_u64(start_of(fw, i + 1), n) - end);
	}
	return true;
}

static efi_status_t load_file(struct call *c)
{
	struct firmware *fw = c->fw;
	const uint64_t need = total(fw);
	uint64_t room;
	uint8_t *out;

	if (c->arg[2]) /* boot policy: only LoadFile knows what to boot */
		return EFI_UNSUPPORTED;
	if (!c->arg[1] || device_path_bytes(fw, c->arg[1]) == 0 ||
	    !guest_get_u64(fw, c->arg[3], &room))
		return EFI_INVALID_PARAMETER;
	if (device_path_bytes(fw, c->arg[1]) != 4)
		return EFI_NOT_FOUND; /* nothing lies below it */
	if (!guest_put_u64(fw, c->arg[3], need))
		return EFI_INVALID_PARAMETER;
	if (!c->arg[4] || room < need)
		return EFI_BUFFER_TOO_SMALL;
	out = guest_write(fw, c->arg[4], need);
	if (!out)
		return EFI_INVALID_PARAMETER;
	if (!read_all(fw, out))
		return EFI_DEVICE_ERROR;
	fw->summary.initrd_taken = true;
	return EFI_SUCCESS;
}

static const struct service services[] = {
	{ "LoadFile",
	  0,
	  load_file,
	  { ARG_THIS, ARG_PATH, ARG_BOOL, ARG_INOUT, ARG_ADDR },
	  "The initrds, on VenMedia(5568e427-68fc-4f3d-ac74-ca555231cc68), when there are any." },
};

static const struct service_group group_load_file2 = {
	.name = "EFI_LOAD_FILE2_PROTOCOL",
	.section = "13.2",
	.guid = &guid_load_file2,
	.n_slots = 1,
	.service = services,
	.n = ARRAY_SIZE(services),
};

static int initrd_open(struct firmware *fw, struct why *why)
{
	/* MEDIA_VENDOR_DP (10.3.5.3), then the end */
	uint8_t path[24] = { 4, 3, 20, 0, [20] = 0x7f, 0xff, 4, 0 };
	efi_handle_t handle = 0;
	efi_addr_t at;

	if (!fw->config.n_initrd)
		return 0;
	memcpy(path + 4, &guid_linux_initrd_media, 16);
	if (pool_allocate(fw, EFI_BOOT_SERVICES_DATA, sizeof(path), &at) != EFI_SUCCESS)
		return why_set(why, -ENOMEM, "no room for a device path");
	guest_put(fw, at, path, sizeof(path));
	if (protocol_install(fw, &handle, &guid_device_path, at, NULL, NULL) != EFI_SUCCESS)
		return why_set(why, -ENOMEM, "no room for a handle");
	return protocol_offer(fw, &handle, &group_load_file2, NULL, why);
}

const struct part part_initrd = { .groups = { &group_load_file2 }, .open = initrd_open };
