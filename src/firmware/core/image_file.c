// SPDX-License-Identifier: MIT
/*
 * LoadImage without a buffer: whoever offers the device, us or the image itself,
 * is called through its protocol, as any other caller would.
 */
#include "firmware/core/image_file.h"
#include "base/util.h"
#include "firmware/core/access.h"
#include "firmware/core/dispatch.h"
#include "firmware/core/end.h"
#include "firmware/core/guid.h"
#include "firmware/core/handle.h"
#include "firmware/core/memory.h"
#include "firmware/core/state.h"

#include <string.h>

/* The bounds of a path and of a name are ours, in UTF-16 units. */
enum { PATH_UNITS = 4096, NAME_UNITS = 255 };

/* What calls take and leave, in memory of the image. */
struct scratch {
	uint64_t interface, n_bytes;
	struct efi_guid kind;
	uint16_t name[PATH_UNITS];
	uint8_t info[80 + 2 * (NAME_UNITS + 1)]; /* EFI_FILE_INFO */
};

enum {
	MEDIA = 4,
	MEDIA_FILE_PATH = 4,
	SLOT_OPEN_VOLUME = 1,
	SLOT_OPEN = 1,
	SLOT_CLOSE = 2,
	SLOT_READ = 4,
	SLOT_GET_INFO = 8,
	SLOT_LOAD_FILE = 0,
	INFO_FILE_BYTES = 8,
	INFO_ATTRIBUTES = 72,
	ATTRIBUTE_FOLDER = 0x10,
};

#define AT(scratch, member) ((scratch) + offsetof(struct scratch, member))

/* Function number slot of an interface, whoever wrote the pointer there. */
static efi_status_t call(struct firmware *fw, unsigned slot,
			 const uint64_t arg[static GUEST_CALL_ARGS])
{
	uint64_t function;

	if (!guest_get_u64(fw, arg[0] + 8 * slot, &function))
		return EFI_LOAD_ERROR;
	return guest_call_many(fw, function, arg, 0);
}

static void close_file(struct firmware *fw, efi_addr_t file)
{
	if (!fw->ended)
		call(fw, SLOT_CLOSE, (uint64_t[GUEST_CALL_ARGS]){ file });
}

/* The name in a file path node, with a 0 behind it, into scratch. */
static bool copy_name(struct firmware *fw, efi_addr_t node, unsigned length, efi_addr_t scratch)
{
	const uint64_t n = length - 4, room = sizeof(((struct scratch *)0)->name);
	uint8_t *name = guest_write(fw, AT(scratch, name), room);
	const void *from;

	if (!name || length < 4 || n % 2 || n > room - 2)
		return false;
	from = guest_read(fw, node + 4, n);
	if (!from) /* it was a whole path when LoadImage was called; its functions may change it */
		return false;
	memmove(name, from, n);
	memset(name + n, 0, 2);
	return true;
}

/* Go down the path's nodes, one Open each, as EDK2 does; *inout_file is closed on the way. */
static efi_status_t walk(struct firmware *fw, efi_addr_t path, efi_addr_t scratch,
			 efi_addr_t *inout_file)
{
	efi_status_t status = EFI_SUCCESS;
	const uint8_t *node;
	unsigned length;

	for (; status == EFI_SUCCESS; path += length) {
		node = guest_read(fw, path, 4);
		if (!node)
			return EFI_INVALID_PARAMETER;
		length = node[2] | node[3] << 8;
		if (node[0] == 0x7f)
			break;
		if (node[0] != MEDIA || node[1] != MEDIA_FILE_PATH ||
		    !copy_name(fw, path, length, scratch))
			return EFI_UNSUPPORTED;
		status = call(fw, SLOT_OPEN,
			      (uint64_t[GUEST_CALL_ARGS]){ *inout_file, AT(scratch, interface),
							   AT(scratch, name), 1, 0 });
		if (status == EFI_SUCCESS) {
			close_file(fw, *inout_file);
			guest_get_u64(fw, AT(scratch, interface), inout_file);
		}
		if (fw->ended)
			return EFI_ABORTED;
	}
	return status;
}

static efi_status_t file_bytes(struct firmware *fw, efi_addr_t file, efi_addr_t scratch,
			       uint64_t *ret_bytes)
{
	uint64_t attributes = 0, n = 0;
	efi_status_t status;

	guest_put_u64(fw, AT(scratch, n_bytes), sizeof(((struct scratch *)0)->info));
	guest_put(fw, AT(scratch, kind), &guid_file_info, sizeof(guid_file_info));
	status = call(fw, SLOT_GET_INFO,
		      (uint64_t[GUEST_CALL_ARGS]){ file, AT(scratch, kind), AT(scratch, n_bytes),
						   AT(scratch, info) });
	if (status != EFI_SUCCESS)
		return status;
	guest_get_u64(fw, AT(scratch, info) + INFO_FILE_BYTES, &n);
	guest_get_u64(fw, AT(scratch, info) + INFO_ATTRIBUTES, &attributes);
	if (attributes & ATTRIBUTE_FOLDER || n == 0)
		return EFI_LOAD_ERROR;
	*ret_bytes = n;
	return EFI_SUCCESS;
}

static efi_status_t take_buffer(struct firmware *fw, uint64_t n_bytes, struct image_file *file)
{
	if (n_bytes > fw->config.memory_limit)
		return EFI_OUT_OF_RESOURCES;
	file->n_bytes = n_bytes;
	file->n_pages = pages_for(n_bytes);
	return memory_allocate(fw, EFI_ALLOCATE_ANY_PAGES, EFI_BOOT_SERVICES_DATA, file->n_pages,
			       &file->addr);
}

static efi_status_t read_file(struct firmware *fw, efi_addr_t from, efi_addr_t scratch,
			      struct image_file *file)
{
	uint64_t n;
	efi_status_t status = file_bytes(fw, from, scratch, &n);

	if (status == EFI_SUCCESS)
		status = take_buffer(fw, n, file);
	if (status != EFI_SUCCESS)
		return status;
	guest_put_u64(fw, AT(scratch, n_bytes), n);
	status = call(fw, SLOT_READ,
		      (uint64_t[GUEST_CALL_ARGS]){ from, AT(scratch, n_bytes), file->addr });
	if (status == EFI_SUCCESS &&
	    (!guest_get_u64(fw, AT(scratch, n_bytes), &n) || n != file->n_bytes))
		status = EFI_LOAD_ERROR;
	return status;
}

static efi_status_t from_file_system(struct firmware *fw, efi_addr_t interface, efi_addr_t path,
				     efi_addr_t scratch, struct image_file *file)
{
	efi_status_t status;
	efi_addr_t at;

	status = call(fw, SLOT_OPEN_VOLUME,
		      (uint64_t[GUEST_CALL_ARGS]){ interface, AT(scratch, interface) });
	if (status != EFI_SUCCESS || !guest_get_u64(fw, AT(scratch, interface), &at))
		return status == EFI_SUCCESS ? EFI_LOAD_ERROR : status;
	status = walk(fw, path, scratch, &at);
	if (status == EFI_SUCCESS)
		status = read_file(fw, at, scratch, file);
	close_file(fw, at);
	return status;
}

/* 13.1 and 13.2: ask for the size, then for the bytes. */
static efi_status_t from_load_file(struct firmware *fw, efi_addr_t interface, efi_addr_t path,
				   bool boot_policy, efi_addr_t scratch, struct image_file *file)
{
	uint64_t arg[GUEST_CALL_ARGS] = { interface, path, boot_policy, AT(scratch, n_bytes), 0 };
	efi_status_t status;
	uint64_t n = 0;

	guest_put_u64(fw, AT(scratch, n_bytes), 0);
	status = call(fw, SLOT_LOAD_FILE, arg);
	if (status != EFI_BUFFER_TOO_SMALL)
		return status == EFI_SUCCESS ? EFI_LOAD_ERROR : status;
	guest_get_u64(fw, AT(scratch, n_bytes), &n);
	status = n ? take_buffer(fw, n, file) : EFI_LOAD_ERROR;
	if (status != EFI_SUCCESS)
		return status;
	arg[4] = file->addr;
	status = call(fw, SLOT_LOAD_FILE, arg);
	if (guest_get_u64(fw, AT(scratch, n_bytes), &n))
		file->n_bytes = min_u64(n, file->n_bytes);
	return status;
}

efi_handle_t image_device(struct firmware *fw, const struct efi_guid *guid, efi_addr_t *inout_path)
{
	const struct bytes path = device_path_at(fw, *inout_path);
	efi_handle_t found = 0;
	struct protocol *p;
	struct bytes other;
	uint64_t best = 0;

	for (struct handle *h = fw->handles.first; path.n && h && !out_of_time(fw); h = h->next) {
		p = guid && !handle_protocol(h, guid) ? NULL
						      : handle_protocol(h, &guid_device_path);
		other = p ? device_path_at(fw, p->interface) : (struct bytes){ 0 };
		if (other.n <= 4 || other.n > path.n || other.n <= best ||
		    memcmp(path.p, other.p, other.n - 4))
			continue;
		best = other.n;
		found = h->name;
	}
	if (found)
		*inout_path += best - 4;
	return found;
}

static efi_addr_t interface_on(struct firmware *fw, efi_handle_t handle,
			       const struct efi_guid *guid)
{
	struct protocol *p = protocol_find(fw, handle, guid);

	return p ? p->interface : 0;
}

/* LoadFile2 is not for boot policy (13.2). */
static efi_status_t from_device(struct firmware *fw, bool boot_policy, efi_addr_t path,
				efi_addr_t scratch, struct image_file *file)
{
	const struct efi_guid *const guid[] = { &guid_load_file2, &guid_load_file };
	efi_handle_t device;
	efi_addr_t rest;

	for (unsigned i = boot_policy ? 1 : 0; i < ARRAY_SIZE(guid); i++) {
		rest = path;
		device = image_device(fw, guid[i], &rest);
		if (device)
			return from_load_file(fw, interface_on(fw, device, guid[i]), rest,
					      boot_policy, scratch, file);
	}
	return EFI_NOT_FOUND;
}

/* 7.4.1: a file system first; only where there is none, what loads files by itself. */
efi_status_t image_file_read(struct firmware *fw, bool boot_policy, efi_addr_t path,
			     struct image_file *ret_file)
{
	struct image_file file = { 0 };
	efi_addr_t scratch, rest = path;
	efi_handle_t device;
	efi_status_t status;

	status = pool_allocate(fw, EFI_BOOT_SERVICES_DATA, sizeof(struct scratch), &scratch);
	if (status != EFI_SUCCESS)
		return status;
	device = image_device(fw, &guid_simple_file_system, &rest);
	if (device)
		status = from_file_system(fw, interface_on(fw, device, &guid_simple_file_system),
					  rest, scratch, &file);
	else
		status = from_device(fw, boot_policy, path, scratch, &file);
	if (fw->ended)
		return EFI_ABORTED;
	pool_free(fw, scratch);
	if (status == EFI_SUCCESS)
		*ret_file = file;
	else
		image_file_free(fw, &file);
	return status;
}

void image_file_free(struct firmware *fw, const struct image_file *file)
{
	if (file->addr)
		memory_free(fw, file->addr, file->n_pages);
}
