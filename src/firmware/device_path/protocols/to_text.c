// SPDX-License-Identifier: MIT
/* EFI_DEVICE_PATH_TO_TEXT_PROTOCOL (UEFI 2.10, 10.6.2). */
#include "base/bytes.h"
#include "base/text.h"
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

enum { MAX_TEXT = 1 << 16 };

bool device_path_text(struct firmware *fw, efi_addr_t path, char *out, size_t room)
{
	const struct bytes bytes = device_path_at(fw, path);

	return bytes.n && path_print(bytes, out, room);
}

/* Text to the image: pool memory that it frees. 0, as the specification has it, when there is none.
 */
static efi_status_t give(struct firmware *fw, const char *text)
{
	const uint64_t n = 2 * (strlen(text) + 1);
	efi_addr_t at;
	uint64_t used;
	void *out;

	if (pool_allocate(fw, EFI_BOOT_SERVICES_DATA, n, &at) != EFI_SUCCESS)
		return 0;
	out = guest_write(fw, at, n);
	if (out && text_from_utf8(text, out, n / 2, &used))
		return at;
	pool_free(fw, at); /* a URI may hold any bytes, also such as are no UTF-8 */
	return 0;
}

static efi_status_t convert_path(struct call *c)
{
	char *text = (char *)heap_bytes(&c->fw->heap, MAX_TEXT);
	efi_status_t at = 0;

	if (text && c->arg[0] && device_path_text(c->fw, c->arg[0], text, MAX_TEXT))
		at = give(c->fw, text);
	heap_bytes_free(&c->fw->heap, text);
	return at;
}

static efi_status_t convert_node(struct call *c)
{
	const uint8_t *head = c->arg[0] ? guest_read(c->fw, c->arg[0], PATH_NODE_HEAD) : NULL;
	struct bytes node = { NULL, head ? (size_t)(head[2] | head[3] << 8) : 0 };
	char *text = (char *)heap_bytes(&c->fw->heap, MAX_TEXT);
	efi_status_t at = 0;

	if (node.n >= PATH_NODE_HEAD)
		node.p = guest_read(c->fw, c->arg[0], node.n);
	if (text && node.p && path_print_node(node, text, MAX_TEXT))
		at = give(c->fw, text);
	heap_bytes_free(&c->fw->heap, text);
	return at;
}

static const struct service services[] = {
	{ "ConvertDeviceNodeToText",
	  0,
	  convert_node,
	  { ARG_PATH, ARG_BOOL, ARG_BOOL },
	  .result = RESULT_ADDR },
	{ "ConvertDevicePathToText",
	  1,
	  convert_path,
	  { ARG_PATH, ARG_BOOL, ARG_BOOL },
	  .result = RESULT_ADDR },
};

static const struct service_group group_device_path_to_text = {
	.name = "EFI_DEVICE_PATH_TO_TEXT_PROTOCOL",
	.section = "10.6",
	.guid = &guid_device_path_to_text,
	.n_slots = 2,
	.service = services,
	.n = ARRAY_SIZE(services),
};

static int device_path_to_text_open(struct firmware *fw, struct why *why)
{
	efi_handle_t handle = 0;

	return protocol_offer(fw, &handle, &group_device_path_to_text, NULL, why);
}

const struct part part_device_path_to_text = {
	.groups = { &group_device_path_to_text },
	.open = device_path_to_text_open,
};
