// SPDX-License-Identifier: MIT
/* EFI_DEVICE_PATH_FROM_TEXT_PROTOCOL (UEFI 2.10, 10.6.4). */
#include "base/util.h"
#include "base/why.h"
#include "firmware/core/access.h"
#include "firmware/core/guid.h"
#include "firmware/core/install.h"
#include "firmware/core/memory.h"
#include "firmware/core/part.h"
#include "firmware/core/service.h"
#include "firmware/core/state.h"
#include "firmware/device_path/kinds.h"
#include "firmware/device_path/protocols/protocols.h"

#include <string.h>

enum { MAX_UNITS = 1 << 15 };

/* Pool memory that the image frees; 0 for a text that is none, as without memory. */
static efi_status_t convert(struct call *c, bool one_node)
{
	const void *text;
	const long n = c->arg[0] ? guest_text(c->fw, c->arg[0], MAX_UNITS, &text) : -1;
	uint16_t *copy = n < 0 ? NULL : (uint16_t *)heap_bytes(&c->fw->heap, 2 * ((size_t)n + 1));
	uint8_t *path = NULL;
	efi_addr_t at = 0;
	size_t n_path;

	if (copy) {
		memcpy(copy, text, 2 * (size_t)n); /* it may lie at an odd address */
		path = path_parse(&c->fw->heap, copy, (size_t)n, one_node, &n_path);
	}
	if (path && pool_allocate(c->fw, EFI_BOOT_SERVICES_DATA, n_path, &at) == EFI_SUCCESS)
		guest_put(c->fw, at, path, n_path);
	heap_bytes_free(&c->fw->heap, path);
	heap_bytes_free(&c->fw->heap, copy);
	return at;
}

static efi_status_t convert_node(struct call *c)
{
	return convert(c, true);
}

static efi_status_t convert_path(struct call *c)
{
	return convert(c, false);
}

static const char note[] =
	"All nodes that DevicePathToText has names for; NULL where a field is wrong.";

static const struct service services[] = {
	{ "ConvertTextToDeviceNode", 0, convert_node, { ARG_TEXT }, note, RESULT_ADDR },
	{ "ConvertTextToDevicePath", 1, convert_path, { ARG_TEXT }, note, RESULT_ADDR },
};

static const struct service_group group_device_path_from_text = {
	.name = "EFI_DEVICE_PATH_FROM_TEXT_PROTOCOL",
	.section = "10.6",
	.guid = &guid_device_path_from_text,
	.n_slots = 2,
	.service = services,
	.n = ARRAY_SIZE(services),
};

static int device_path_from_text_open(struct firmware *fw, struct why *why)
{
	efi_handle_t handle = 0;

	return protocol_offer(fw, &handle, &group_device_path_from_text, NULL, why);
}

const struct part part_device_path_from_text = {
	.groups = { &group_device_path_from_text },
	.open = device_path_from_text_open,
};
