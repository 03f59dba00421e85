// SPDX-License-Identifier: MIT
#include "firmware/core/image.h"
#include "base/bytes.h"
#include "base/util.h"
#include "base/why.h"
#include "firmware/core/access.h"
#include "firmware/core/dispatch.h"
#include "firmware/core/driver.h"
#include "firmware/core/end.h"
#include "firmware/core/event.h"
#include "firmware/core/freeze.h"
#include "firmware/core/guid.h"
#include "firmware/core/handle.h"
#include "firmware/core/image_file.h"
#include "firmware/core/install.h"
#include "firmware/core/measurer.h"
#include "firmware/core/memory.h"
#include "firmware/core/page_map.h"
#include "firmware/core/services.h"
#include "firmware/core/state.h"
#include "firmware/core/tracer.h"
#include "pe/reloc.h"

#include <errno.h>
#include <string.h>

/* 9.1 EFI_LOADED_IMAGE_PROTOCOL */
struct loaded_image {
	uint32_t revision, padding1;
	efi_handle_t parent;
	efi_addr_t system_table;
	efi_handle_t device;
	efi_addr_t file_path, reserved;
	uint32_t n_options_bytes, padding2;
	efi_addr_t options, base;
	uint64_t size;
	uint32_t code_type, data_type;
	efi_addr_t unload;
};
static_assert(sizeof(struct loaded_image) == 96, "EFI_LOADED_IMAGE_PROTOCOL");

enum { LOADED_IMAGE_REVISION = 0x1000 };

struct image *image_find(struct firmware *fw, efi_handle_t handle)
{
	struct image *image = fw->images.first;

	while (image && image->handle != handle)
		image = image->next;
	return image;
}

void images_free(struct firmware *fw)
{
	struct image *image;

	while ((image = fw->images.first)) {
		fw->images.first = image->next;
		heap_free(&fw->heap, image);
	}
}

static uint32_t code_type(const struct pe_image *pe)
{
	switch (pe->subsystem) {
	case PE_SUBSYSTEM_EFI_BOOT_DRIVER:
		return EFI_BOOT_SERVICES_CODE;
	case PE_SUBSYSTEM_EFI_RUNTIME_DRIVER:
		return EFI_RUNTIME_SERVICES_CODE;
	default:
		return EFI_LOADER_CODE;
	}
}

/* Data goes with the code: LoaderData is one more than LoaderCode, and so on. */
static uint32_t data_type(const struct pe_image *pe)
{
	return code_type(pe) + 1;
}

/* Below end, if it can choose. */
static efi_status_t allocate(struct firmware *fw, const struct pe_image *pe, struct image *image,
			     uint64_t end)
{
	image->n_pages = pages_for(pe->size);
	image->base = pe->base;
	if (pe->relocs_stripped)
		return memory_allocate(fw, EFI_ALLOCATE_ADDRESS, code_type(pe), image->n_pages,
				       &image->base);
	return memory_allocate_below(fw, code_type(pe), image->n_pages,
				     max_u64(pe->alignment, PAGE_BYTES), end, &image->base);
}

/* W^X, section by section, for images that say they can live with it. */
static void protect(struct firmware *fw, const struct pe_image *pe, const struct image *image)
{
	struct pe_section s;
	unsigned prot;

	if (!pe_image_is_protectable(pe))
		return;
	memory_protect(fw, image->base, image->base + (image->n_pages << PAGE_SHIFT), MACHINE_READ);
	for (unsigned i = 0; i < pe->n_sections; i++) {
		s = pe_image_section(pe, i);
		prot = MACHINE_READ | (s.permissions & PE_WRITE ? MACHINE_WRITE : 0) |
		       (s.permissions & PE_EXECUTE ? MACHINE_EXEC : 0);
		if (s.size && prot != MACHINE_READ)
			memory_protect(fw, image->base + s.rva,
				       image->base + align_up(s.rva + s.size, PAGE_BYTES), prot);
	}
}

/* Its bytes at the place that it has; -ERANGE: its code does not run so high. */
static int map_image(struct firmware *fw, const struct pe_image *pe, const struct image *image,
		     struct why *why)
{
	pe_image_map(pe, fw->ram.host + image->base);
	return pe_relocate(pe, fw->ram.host + image->base, image->base, why);
}

/* Where there is room, and below 4 GiB if its addresses have 32 bits. */
static efi_status_t place_image(struct firmware *fw, const struct pe_image *pe, struct image *image,
				struct why *why)
{
	efi_status_t status = EFI_SUCCESS;
	int r = -ERANGE;

	for (unsigned bits = 64; bits >= 32 && r == -ERANGE && status == EFI_SUCCESS; bits -= 32) {
		if (image->base)
			memory_free(fw, image->base, image->n_pages);
		image->base = 0;
		status = allocate(fw, pe, image, UINT64_MAX >> (64 - bits));
		if (status == EFI_SUCCESS)
			r = map_image(fw, pe, image, why);
	}
	if (status != EFI_SUCCESS) {
		why_set(why, 0, "no room for its %#x bytes of memory", pe->size);
		image->base = 0;
		return status;
	}
	return r < 0 ? EFI_LOAD_ERROR : EFI_SUCCESS;
}

static void prepare_image(struct firmware *fw, const struct pe_image *pe, struct image *image)
{
	uint32_t entry;

	if (pe_image_entry(pe, &entry, NULL) == 0)
		image->entry = image->base + entry;
	image->nx_compat = pe->nx_compat;
	image->application = pe->subsystem == PE_SUBSYSTEM_EFI_APPLICATION;
	protect(fw, pe, image);
	if (!pe->nx_compat && !fw->data_executable)
		memory_allow_execution(fw);
}

/* A copy of a device path, from byte at on, in memory of ours; 0 when there is none. */
static efi_addr_t copy_path(struct firmware *fw, efi_addr_t path)
{
	/* allocating moves no memory, so it may be held meanwhile */
	const struct bytes from = device_path_at(fw, path);
	efi_addr_t copy;

	if (!from.n || pool_allocate(fw, EFI_BOOT_SERVICES_DATA, from.n, &copy) != EFI_SUCCESS)
		return 0;
	return guest_put(fw, copy, from.p, from.n) ? copy : 0;
}

static efi_status_t describe(struct firmware *fw, const struct pe_image *pe, struct image *image,
			     efi_addr_t path)
{
	struct loaded_image li = {
		.revision = LOADED_IMAGE_REVISION,
		.parent = image->parent,
		.system_table = fw->system_table,
		.base = image->base,
		.size = pe->size,
		.code_type = code_type(pe),
		.data_type = data_type(pe),
	};
	efi_status_t status;

	image->device_path = copy_path(fw, path);
	if (path)
		li.device = image_device(fw, NULL, &path);
	image->file_path = li.file_path = copy_path(fw, path);
	status = pool_allocate(fw, EFI_BOOT_SERVICES_DATA, sizeof(li), &image->loaded_image);
	if (status != EFI_SUCCESS)
		return status;
	guest_put(fw, image->loaded_image, &li, sizeof(li));
	status = protocol_install(fw, &image->handle, &guid_loaded_image, image->loaded_image, NULL,
				  NULL);
	if (status != EFI_SUCCESS)
		return status;
	return protocol_install(fw, &image->handle, &guid_loaded_image_device_path,
				image->device_path, NULL, NULL);
}

/* Everything that loading made, also when it was not finished. */
static void unload(struct firmware *fw, struct image *image)
{
	struct image **link = &fw->images.first;

	if (image->handle) {
		protocol_drop(fw, image->handle, &guid_loaded_image, image->loaded_image);
		protocol_drop(fw, image->handle, &guid_loaded_image_device_path,
			      image->device_path);
		handles_forget_agent(fw, image->handle);
	}
	pool_free(fw, image->loaded_image);
	pool_free(fw, image->device_path);
	pool_free(fw, image->file_path);
	if (image->base)
		memory_free(fw, image->base, image->n_pages);
	while (*link && *link != image)
		link = &(*link)->next;
	if (*link)
		*link = image->next;
	heap_free(&fw->heap, image);
}

efi_status_t image_load(struct firmware *fw, efi_handle_t parent, efi_addr_t device_path,
			struct bytes file, struct image **ret_image, struct why *why)
{
	struct image *image;
	struct pe_image pe;
	efi_status_t status;
	int r;

	r = pe_image_parse(file, PE_MACHINE_OURS, fw->config.memory_limit, &pe, why);
	if (r < 0)
		return r == -EFBIG     ? EFI_OUT_OF_RESOURCES
		       : r == -ENOTSUP ? EFI_UNSUPPORTED
				       : EFI_LOAD_ERROR;
	image = heap_new(&fw->heap, sizeof(*image));
	if (!image)
		return EFI_OUT_OF_RESOURCES;
	image->parent = parent;
	status = place_image(fw, &pe, image, why);
	if (status == EFI_SUCCESS) {
		prepare_image(fw, &pe, image);
		status = describe(fw, &pe, image, device_path);
	}
	if (status != EFI_SUCCESS) {
		unload(fw, image);
		return status;
	}
	measure_image(fw, &pe, image);
	image->next = fw->images.first;
	fw->images.first = image;
	*ret_image = image;
	return EFI_SUCCESS;
}

efi_status_t image_start(struct firmware *fw, struct image *image)
{
	const uint64_t arg[4] = { image->handle, fw->system_table };
	const efi_handle_t handle = image->handle, outer = fw->images.running;
	uint64_t tpl = fw->events.tpl;
	efi_status_t status;

	image->started = image->entered = true;
	fw->images.running = handle;
	status = guest_call(fw, image->entry, arg, handle);
	image = image_find(fw, handle);
	if (image)
		image->entered = false;
	fw->images.running = outer;
	fw->events.tpl = tpl;
	return status;
}

static efi_status_t load_image(struct call *c)
{
	struct firmware *fw = c->fw;
	struct image_file read = { 0 };
	struct image *image;
	efi_status_t status;
	struct bytes file;
	struct why why;

	if (!guest_write(fw, c->arg[5], 8) || !image_find(fw, c->arg[1]) ||
	    (c->arg[2] && !device_path_bytes(fw, c->arg[2])))
		return EFI_INVALID_PARAMETER;
	if (!c->arg[2] && !c->arg[3])
		return EFI_NOT_FOUND;
	if (!c->arg[3]) {
		status = image_file_read(fw, c->arg[0], c->arg[2], &read);
		if (status != EFI_SUCCESS)
			return status;
		c->arg[3] = read.addr;
		c->arg[4] = read.n_bytes;
	}
	file = (struct bytes){ guest_read(fw, c->arg[3], c->arg[4]), c->arg[4] };
	if (!file.p) {
		image_file_free(fw, &read);
		return EFI_INVALID_PARAMETER;
	}
	if (fw->config.permit && fw->config.permit(fw->config.permit_context, file, &why) < 0)
		status = EFI_ACCESS_DENIED;
	else
		status = image_load(fw, c->arg[1], c->arg[2], file, &image, &why);
	image_file_free(fw, &read);
	if (status == EFI_LOAD_ERROR || status == EFI_UNSUPPORTED || status == EFI_ACCESS_DENIED)
		trace_note(fw, why.text);
	if (status == EFI_SUCCESS)
		guest_put_u64(fw, c->arg[5], image->handle);
	return status;
}

/* Of drivers that know nothing of binding: what they made is for others to find (7.4). */
static void connect_changed(struct firmware *fw, uint64_t since)
{
	efi_handle_t *changed;
	unsigned n = 0;

	if (fw->handles.changes == since || !fw->handles.listed[LISTED_DRIVERS].first)
		return;
	for (struct handle *h = fw->handles.first; h; h = h->next)
		n += h->changed > since;
	changed = heap_new(&fw->heap, (n + 1) * sizeof(*changed));
	n = 0;
	for (struct handle *h = fw->handles.first; h && changed; h = h->next)
		if (h->changed > since)
			changed[n++] = h->name;
	driver_connect_each(fw, changed, n);
	heap_free(&fw->heap, changed);
}

static efi_status_t start_image(struct call *c)
{
	struct firmware *fw = c->fw;
	struct image *image = image_find(fw, c->arg[0]);
	const uint64_t changes = fw->handles.changes;
	/* who does not ask for the data is not told its size either (7.4) */
	const efi_addr_t ret_data = c->arg[2], ret_bytes = ret_data ? c->arg[1] : 0;
	efi_status_t status;

	if (!image || image->started || (ret_bytes && !guest_write(fw, ret_bytes, 8)) ||
	    (ret_data && !guest_write(fw, ret_data, 8)))
		return EFI_INVALID_PARAMETER;
	if (!image->entry)
		return EFI_UNSUPPORTED;
	if (fw->depth >= MAX_DEPTH)
		return EFI_OUT_OF_RESOURCES;
	status = image_start(fw, image);
	image = image_find(fw, c->arg[0]);
	if (fw->ended || !image)
		return status;
	if (ret_bytes)
		guest_put_u64(fw, ret_bytes, image->exit_data_bytes);
	if (ret_data)
		guest_put_u64(fw, ret_data, image->exit_data);
	if (image->application || status != EFI_SUCCESS)
		unload(fw, image);
	connect_changed(fw, changes);
	return status;
}

/* Leave the running image from wherever it called: its frame ends here. */
static efi_status_t exit_image(struct call *c)
{
	struct firmware *fw = c->fw;
	struct image *image = image_find(fw, c->arg[0]);

	if (!image)
		return EFI_INVALID_PARAMETER;
	if (!image->started) {
		unload(fw, image);
		return EFI_SUCCESS;
	}
	if (image->handle != fw->images.running)
		return EFI_INVALID_PARAMETER;
	if (fw->frame->image != image->handle) {
		violation(fw, "calls Exit inside a notification function");
		return EFI_ABORTED;
	}
	if (c->arg[2] && guest_read(fw, c->arg[3], c->arg[2])) {
		image->exit_data = c->arg[3];
		image->exit_data_bytes = c->arg[2];
	}
	fw->frame->done = true;
	fw->frame->status = c->arg[1];
	return EFI_SUCCESS;
}

static efi_status_t unload_image(struct call *c)
{
	struct firmware *fw = c->fw;
	struct image *image = image_find(fw, c->arg[0]);
	const uint64_t arg[4] = { c->arg[0] };
	struct loaded_image li;
	efi_status_t status;

	/* one that waits for another to end is needed yet, as is the one that asks */
	if (!image || image->entered)
		return EFI_INVALID_PARAMETER;
	if (image->started) {
		if (!guest_get(fw, image->loaded_image, &li, sizeof(li)) || !li.unload)
			return EFI_UNSUPPORTED;
		status = guest_call(fw, li.unload, arg, 0);
		if (status != EFI_SUCCESS || fw->ended)
			return status;
	}
	image = image_find(fw, c->arg[0]);
	if (image)
		unload(fw, image);
	return EFI_SUCCESS;
}

static efi_status_t exit_boot_services(struct call *c)
{
	struct firmware *fw = c->fw;

	if (!image_find(fw, c->arg[0]))
		return EFI_INVALID_PARAMETER;
	/* who is notified returns to us, and there will be nobody to return to */
	if (!fw->frame->image) {
		violation(fw, "calls ExitBootServices inside a notification function");
		return EFI_ABORTED;
	}
	/* what is done here may change the map, and then the key is stale (7.4.6) */
	if (!fw->events.told_of_exit)
		event_signal_group(fw, &guid_event_before_exit_boot_services);
	fw->events.told_of_exit = true;
	events_run(fw);
	if (fw->ended)
		return EFI_ABORTED;
	if (c->arg[1] != fw->map.key) {
		measure_stay(fw);
		return EFI_INVALID_PARAMETER;
	}
	fw->events.timers_off = true;
	event_signal_group(fw, &guid_event_exit_boot_services);
	events_run(fw);
	if (!fw->ended)
		boot_freeze(fw);
	return EFI_SUCCESS;
}

static const struct service services[] = {
	{ "LoadImage",
	  BS_LOAD_IMAGE,
	  load_image,
	  { ARG_BOOL, ARG_HANDLE, ARG_PATH, ARG_ADDR, ARG_SIZE, ARG_OUT_HANDLE },
	  "From a buffer, or by device path from SimpleFileSystem, LoadFile2 or LoadFile. "
	  "EFI_ACCESS_DENIED for a file that --policy denies. HII resources in the file are not "
	  "offered; no image seen so "
	  "far looks for them." },
	{ "StartImage", BS_START_IMAGE, start_image, { ARG_HANDLE, ARG_OUT, ARG_OUT } },
	{ "Exit", BS_EXIT, exit_image, { ARG_HANDLE, ARG_STATUS, ARG_SIZE, ARG_TEXT } },
	{ "UnloadImage", BS_UNLOAD_IMAGE, unload_image, { ARG_HANDLE } },
	{ "ExitBootServices", BS_EXIT_BOOT_SERVICES, exit_boot_services, { ARG_HANDLE, ARG_SIZE } },
};

const struct service_group group_images = {
	.name = "Image Services",
	.section = "7.4",
	.table = SERVICE_BOOT,
	.service = services,
	.n = ARRAY_SIZE(services),
};
