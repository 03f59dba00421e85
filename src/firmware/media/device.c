// SPDX-License-Identifier: MIT
/*
 * The device that the image comes from. Its path begins with a piece of hardware
 * of bardo's own (10.3.2.4); where the image lies on a partition, that partition's
 * node follows, which is what systemd-stub and boot loaders look for.
 */
#include "base/bytes.h"
#include "base/why.h"
#include "firmware/core/access.h"
#include "firmware/core/guid.h"
#include "firmware/core/install.h"
#include "firmware/core/memory.h"
#include "firmware/core/part.h"
#include "firmware/core/state.h"
#include "firmware/media/disk.h"
#include "firmware/media/file.h"
#include "firmware/media/media.h"

#include <errno.h>
#include <string.h>

enum { NODE_HEAD = 4, VENDOR_NODE = 20 };

static const uint8_t path_end[NODE_HEAD] = { 0x7f, 0xff, 4, 0 };

static bool put_path(struct firmware *fw, efi_addr_t at, uint64_t n)
{
	const struct bytes nodes = fw->config.device_nodes;
	uint8_t *p = guest_write(fw, at, n);

	if (!p)
		return false;
	memcpy(p, (uint8_t[NODE_HEAD]){ 1, 4, VENDOR_NODE, 0 }, NODE_HEAD);
	memcpy(p + NODE_HEAD, &guid_bardo_device, 16);
	if (nodes.n)
		memcpy(p + VENDOR_NODE, nodes.p, nodes.n);
	memcpy(p + VENDOR_NODE + nodes.n, path_end, sizeof(path_end));
	return true;
}

static int device_open(struct firmware *fw, struct why *why)
{
	const uint64_t n = VENDOR_NODE + fw->config.device_nodes.n + sizeof(path_end);
	efi_handle_t handle = 0;
	efi_addr_t at;

	if (fw->config.files && disks_have(fw, fw->config.files))
		return 0; /* the handle is the disk's */
	if (pool_allocate(fw, EFI_BOOT_SERVICES_DATA, n, &at) != EFI_SUCCESS)
		return why_set(why, -ENOMEM, "no room for a device");
	if (!put_path(fw, at, n) ||
	    protocol_install(fw, &handle, &guid_device_path, at, NULL, NULL) != EFI_SUCCESS)
		return why_set(why, -ENOMEM, "no room for a device");
	fw->boot_path = at;
	fw->missed.folder = fw->config.files ? handle : 0;
	return fw->config.files ? file_system_offer(fw, handle, fw->config.files, why) : 0;
}

const struct part part_device = { .open = device_open };
