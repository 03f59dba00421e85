// SPDX-License-Identifier: MIT
/* EFI_DEVICE_PATH_UTILITIES_PROTOCOL (UEFI 2.10, 10.5). */
#include "base/bytes.h"
#include "base/util.h"
#include "base/why.h"
#include "firmware/core/access.h"
#include "firmware/core/guid.h"
#include "firmware/core/install.h"
#include "firmware/core/memory.h"
#include "firmware/core/part.h"
#include "firmware/core/service.h"
#include "firmware/core/state.h"
#include "firmware/device_path/protocols/protocols.h"

#include <string.h>

enum { END = 0x7f, END_INSTANCE = 0x01, END_ENTIRE = 0xff, END_BYTES = 4 };

static const uint8_t end_node[END_BYTES] = { END, END_ENTIRE, END_BYTES, 0 };

/* Pool memory with bytes of up to three sources behind one another; 0 when there is none. */
static efi_status_t joined(struct firmware *fw, struct bytes a, struct bytes b, struct bytes c)
{
	const struct bytes part[] = { a, b, c };
	efi_addr_t at, to;

	if (pool_allocate(fw, EFI_BOOT_SERVICES_DATA, a.n + b.n + c.n, &at) != EFI_SUCCESS)
		return 0;
	to = at;
	for (unsigned i = 0; i < ARRAY_SIZE(part); i++) {
		if (part[i].n)
			guest_put(fw, to, part[i].p, part[i].n);
		to += part[i].n;
	}
	return at;
}

/* Without its end node; allocating moves no memory, so it may be held meanwhile. */
static struct bytes nodes_at(struct firmware *fw, efi_addr_t addr)
{
	struct bytes path = device_path_at(fw, addr);

	path.n -= path.n ? END_BYTES : 0;
	return path;
}

static const struct bytes end = { end_node, END_BYTES }, nothing = { NULL, 0 };

static efi_status_t get_size(struct call *c)
{
	return c->arg[0] ? device_path_bytes(c->fw, c->arg[0]) : 0;
}

static efi_status_t duplicate(struct call *c)
{
	struct bytes path = device_path_at(c->fw, c->arg[0]);

	return path.n ? joined(c->fw, path, nothing, nothing) : 0;
}

/* Either may be missing; both: an end node (10.5). */
static efi_status_t append_path(struct call *c)
{
	return joined(c->fw, nodes_at(c->fw, c->arg[0]), nodes_at(c->fw, c->arg[1]), end);
}

static efi_status_t append_node(struct call *c)
{
	const uint8_t *node = c->arg[1] ? guest_read(c->fw, c->arg[1], 4) : NULL;
	struct bytes bytes = nothing;

	if (node) {
		bytes.n = (size_t)(node[2] | node[3] << 8);
		bytes.p = guest_read(c->fw, c->arg[1], bytes.n);
		if (bytes.n < 4 || !bytes.p)
			return 0;
	}
	return joined(c->fw, nodes_at(c->fw, c->arg[0]), bytes, end);
}

static efi_status_t append_instance(struct call *c)
{
	static const uint8_t split[] = { END, END_INSTANCE, END_BYTES, 0 };
	struct bytes first = nodes_at(c->fw, c->arg[0]), second = device_path_at(c->fw, c->arg[1]);

	if (!second.n)
		return 0;
	if (!c->arg[0])
		return joined(c->fw, second, nothing, nothing);
	return joined(c->fw, first, (struct bytes){ split, sizeof(split) }, second);
}

/* Bytes up to the first end node of either kind, which *ret_last tells. */
static uint64_t instance_bytes(struct bytes path, bool *ret_last)
{
	uint64_t n = 0;

	while (n + END_BYTES <= path.n && path.p[n] != END)
		n += (uint64_t)(path.p[n + 2] | path.p[n + 3] << 8);
	*ret_last = n + END_BYTES >= path.n;
	return n;
}

static efi_status_t next_instance(struct call *c)
{
	struct bytes path;
	efi_addr_t at, copy;
	uint64_t n;
	bool last;

	if (!guest_get_u64(c->fw, c->arg[0], &at) || !guest_write(c->fw, c->arg[0], 8))
		return 0;
	path = device_path_at(c->fw, at);
	if (!path.n)
		return 0;
	n = instance_bytes(path, &last);
	copy = joined(c->fw, (struct bytes){ path.p, n }, end, nothing);
	if (copy) {
		guest_put_u64(c->fw, c->arg[0], last ? 0 : at + n + END_BYTES);
		if (c->arg[1])
			guest_put_u64(c->fw, c->arg[1], n + END_BYTES);
	}
	return copy;
}

static efi_status_t is_multi_instance(struct call *c)
{
	struct bytes path = device_path_at(c->fw, c->arg[0]);
	bool last = true;

	if (path.n)
		instance_bytes(path, &last);
	return !last;
}

static efi_status_t create_node(struct call *c)
{
	const uint8_t head[] = { (uint8_t)c->arg[0], (uint8_t)c->arg[1], (uint8_t)c->arg[2],
				 (uint8_t)(c->arg[2] >> 8) };
	efi_addr_t at;
	void *node;

	if (c->arg[2] < sizeof(head) ||
	    pool_allocate(c->fw, EFI_BOOT_SERVICES_DATA, c->arg[2], &at) != EFI_SUCCESS)
		return 0;
	node = guest_write(c->fw, at, c->arg[2]);
	if (!node)
		return 0;
	memset(node, 0, c->arg[2]);
	memcpy(node, head, sizeof(head));
	return at;
}

static const struct service services[] = {
	{ "GetDevicePathSize", 0, get_size, { ARG_PATH }, .result = RESULT_ADDR },
	{ "DuplicateDevicePath", 1, duplicate, { ARG_PATH }, .result = RESULT_ADDR },
	{ "AppendDevicePath", 2, append_path, { ARG_PATH, ARG_PATH }, .result = RESULT_ADDR },
	{ "AppendDeviceNode", 3, append_node, { ARG_PATH, ARG_ADDR }, .result = RESULT_ADDR },
	{ "AppendDevicePathInstance",
	  4,
	  append_instance,
	  { ARG_PATH, ARG_PATH },
	  .result = RESULT_ADDR },
	{ "GetNextDevicePathInstance",
	  5,
	  next_instance,
	  { ARG_INOUT, ARG_OUT },
	  .result = RESULT_ADDR },
	{ "IsDevicePathMultiInstance", 6, is_multi_instance, { ARG_PATH }, .result = RESULT_ADDR },
	{ "CreateDeviceNode", 7, create_node, { ARG_U8, ARG_U8, ARG_U16 }, .result = RESULT_ADDR },
};

static const struct service_group group_device_path_utilities = {
	.name = "EFI_DEVICE_PATH_UTILITIES_PROTOCOL",
	.section = "10.5",
	.guid = &guid_device_path_utilities,
	.n_slots = 8,
	.service = services,
	.n = ARRAY_SIZE(services),
};

static int device_path_utilities_open(struct firmware *fw, struct why *why)
{
	efi_handle_t handle = 0;

	return protocol_offer(fw, &handle, &group_device_path_utilities, NULL, why);
}

const struct part part_device_path_utilities = {
	.groups = { &group_device_path_utilities },
	.open = device_path_utilities_open,
};
