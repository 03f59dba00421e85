// SPDX-License-Identifier: MIT
/*
 * The device that the image comes from. Its path begins with a piece of hardware
 * of bardo's own (10.3.2.4); where the image lies on a partition, that partition's
 * node follows, which is what systemd-stub and boot loaders look for.
 */
#include "firmware/media/file.h"
#include "firmware/core/state.h"

#include <errno.h>
#include <string.h>

enum { NODE_HEAD = 4, VENDOR_NODE = 20 };

static const uint8_t path_end[NODE_HEAD] = { 0x7f, 0xff, 4, 0 };

static uint64_t device_bytes(const struct firmware *fw)
{
	return VENDOR_NODE + fw->config.device_nodes.n;
}

/* The device's nodes without an end; returns behind them. */
static uint8_t *put_device(const struct firmware *fw, uint8_t *p)
{
	const struct bytes nodes = fw->config.device_nodes;

	memcpy(p, (uint8_t[NODE_HEAD]){ 1, 4, VENDOR_NODE, 0 }, NODE_HEAD);
	memcpy(p + NODE_HEAD, &guid_bardo_device, 16);
	if (nodes.n)
		memcpy(p + VENDOR_NODE, nodes.p, nodes.n);
	return p + device_bytes(fw);
}

int device_open(struct firmware *fw, struct why *why)
{
	const uint64_t n = device_bytes(fw) + sizeof(path_end);
	efi_handle_t handle = 0;
	efi_addr_t at;
	uint8_t *p;

	if (fw->config.files && disks_have(fw, fw->config.files))
		return 0; /* the handle is the disk's */
	if (pool_allocate(fw, EFI_BOOT_SERVICES_DATA, n, &at) != EFI_SUCCESS)
		return why_set(why, -ENOMEM, "no room for a device");
	p = guest_write(fw, at, n);
	if (!p)
		return why_set(why, -ENOMEM, "no room for a device");
	memcpy(put_device(fw, p), path_end, sizeof(path_end));
	if (protocol_install(fw, &handle, &guid_device_path, at, NULL, NULL) != EFI_SUCCESS)
		return why_set(why, -ENOMEM, "no room for a device");
	return fw->config.files ? file_system_offer(fw, handle, fw->config.files, why) : 0;
}

/* MEDIA_FILEPATH_DP (10.3.5.4) behind the device. */
efi_addr_t device_image_path(struct firmware *fw, const char *path)
{
	const uint64_t device =
		fw->boot_path ? device_path_bytes(fw, fw->boot_path) - NODE_HEAD : device_bytes(fw);
	const uint64_t room = strlen(path) + 1;
	const uint64_t n = device + NODE_HEAD + 2 * room + sizeof(path_end);
	uint64_t used, node;
	efi_addr_t at;
	uint8_t *p, *text;
	const void *from;

	if (n > UINT16_MAX || pool_allocate(fw, EFI_BOOT_SERVICES_DATA, n, &at) != EFI_SUCCESS)
		return 0;
	p = guest_write(fw, at, n);
	from = fw->boot_path ? guest_read(fw, fw->boot_path, device) : NULL;
	if (!p || (fw->boot_path && !from))
		return 0;
	if (from) {
		memcpy(p, from, device);
		p += device;
	} else {
		p = put_device(fw, p);
	}
	text = p + NODE_HEAD;
	if (!text_from_utf8(path, text, room, &used)) {
		pool_free(fw, at);
		return 0;
	}
	for (uint64_t i = 0; i < used; i++)
		if (text_char(text, i) == '/')
			text[2 * i] = '\\';
	node = NODE_HEAD + 2 * (used + 1);
	memcpy(p, (uint8_t[NODE_HEAD]){ 4, 4, (uint8_t)node, (uint8_t)(node >> 8) }, NODE_HEAD);
	memcpy(p + node, path_end, sizeof(path_end));
	return at;
}
