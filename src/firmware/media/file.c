// SPDX-License-Identifier: MIT
/*
 * EFI_SIMPLE_FILE_SYSTEM_PROTOCOL and EFI_FILE_PROTOCOL over a tree of files
 * that somebody on our side keeps: names are made one form here, so that what
 * arrives there cannot lead anywhere else.
 */
#include "firmware/media/file.h"
#include "base/text.h"
#include "base/util.h"
#include "base/why.h"
#include "firmware/core/access.h"
#include "firmware/core/config.h"
#include "firmware/core/end.h"
#include "firmware/core/guid.h"
#include "firmware/core/handle.h"
#include "firmware/core/install.h"
#include "firmware/core/memory.h"
#include "firmware/core/part.h"
#include "firmware/core/service.h"
#include "firmware/core/state.h"
#include "firmware/core/tracer.h"
#include "firmware/media/file_path.h"
#include "firmware/media/media.h"

#include <errno.h>
#include <string.h>

enum {
	MAX_OPEN_FILES = 4096,
	BYTES_AT_ONCE = 16 << 20,
	REVISION = 0x10000, /* 1.0 of both: no tokens */
	ATTRIBUTE_FOLDER = 0x10,
	ATTRIBUTES = 0x37,
};

#define OPEN_READ UINT64_C(1)
#define OPEN_WRITE UINT64_C(2)
#define OPEN_CREATE (UINT64_C(1) << 63)

struct files {
	struct open_file *first; /* most recently used */
	unsigned n;
};

static struct files *files_of(const struct firmware *fw)
{
	return part_state(fw, &part_files);
}

char *file_path_keep(struct firmware *fw, const char *path)
{
	const size_t n = strlen(path) + 1;
	char *copy = (char *)heap_bytes(&fw->heap, n);

	if (copy)
		memcpy(copy, path, n);
	return copy;
}

static void file_free(struct firmware *fw, struct open_file *f)
{
	f->fs->close(f->file);
	pool_free(fw, f->interface);
	heap_bytes_free(&fw->heap, f->path);
	heap_free(&fw->heap, f);
}

static void files_close(struct firmware *fw)
{
	struct files *files = files_of(fw);
	struct open_file *f;

	while ((f = files->first)) {
		files->first = f->next;
		f->fs->close(f->file);
		heap_bytes_free(&fw->heap, f->path);
		heap_free(&fw->heap, f);
	}
}

/* The file behind an interface; it comes to the front, for it will be asked for again. */
static struct open_file *file_find(struct firmware *fw, efi_addr_t interface)
{
	struct files *files = files_of(fw);
	struct open_file **link = &files->first, *f;

	while (*link && (*link)->interface != interface)
		link = &(*link)->next;
	f = *link;
	if (f) {
		*link = f->next;
		f->next = files->first;
		files->first = f;
	}
	return f;
}

/* Take it out of the list and free it. */
static void file_drop(struct firmware *fw, struct open_file *f)
{
	struct files *files = files_of(fw);

	f = file_find(fw, f->interface);
	files->first = f->next;
	files->n--;
	file_free(fw, f);
}

/* A handle on what was opened; takes over file. */
static efi_status_t file_new(struct firmware *fw, struct firmware_file_system *fs, void *file,
			     const char *path, bool writable, struct open_file **ret_file)
{
	struct files *files = files_of(fw);
	struct open_file *f = heap_new(&fw->heap, sizeof(*f));
	efi_status_t status = EFI_OUT_OF_RESOURCES;
	struct firmware_node node;
	int r;

	if (!f) {
		fs->close(file);
		return status;
	}
	r = fs->describe(file, &node);
	*f = (struct open_file){ .fs = fs,
				 .file = file,
				 .path = file_path_keep(fw, path),
				 .folder = r == 0 && node.folder,
				 .writable = writable };
	if (r < 0)
		status = file_status(r);
	else if (f->path && files->n < MAX_OPEN_FILES)
		status = interface_make(fw, &group_file, &f->interface);
	if (status != EFI_SUCCESS) {
		fs->close(file);
		heap_bytes_free(&fw->heap, f->path);
		heap_free(&fw->heap, f);
		return status;
	}
	guest_put_u64(fw, f->interface, REVISION);
	f->next = files->first;
	files->first = f;
	files->n++;
	*ret_file = f;
	return EFI_SUCCESS;
}

/* Open a path and put the new interface where ret points. */
static efi_status_t open_path(struct firmware *fw, struct firmware_file_system *fs,
			      const char *path, unsigned flags, efi_addr_t ret)
{
	struct open_file *f;
	efi_status_t status;
	void *file;
	int r;

	if (flags && !fs->writable)
		return EFI_WRITE_PROTECTED;
	r = fs->open(fs->context, path, flags, &file);
	if (r < 0 && fs->trouble)
		trace_note(fw, fs->trouble);
	if (r < 0)
		return file_status(r);
	status = file_new(fw, fs, file, path, flags & FIRMWARE_OPEN_WRITE, &f);
	if (status == EFI_SUCCESS)
		guest_put_u64(fw, ret, f->interface);
	return status;
}

static efi_status_t open_volume(struct call *c)
{
	struct firmware_file_system *fs = call_object(c, &group_simple_file_system);

	if (!fs || !guest_write(c->fw, c->arg[1], 8))
		return EFI_INVALID_PARAMETER;
	return open_path(c->fw, fs, "", 0, c->arg[1]);
}

static efi_status_t open_flags(uint64_t mode, uint64_t attributes, unsigned *ret_flags)
{
	switch (mode) {
	case OPEN_READ:
		*ret_flags = 0;
		return EFI_SUCCESS;
	case OPEN_READ | OPEN_WRITE:
		*ret_flags = FIRMWARE_OPEN_WRITE;
		return EFI_SUCCESS;
	case OPEN_READ | OPEN_WRITE | OPEN_CREATE:
		if (attributes & ~(uint64_t)ATTRIBUTES)
			return EFI_INVALID_PARAMETER;
		*ret_flags = FIRMWARE_OPEN_WRITE | FIRMWARE_OPEN_CREATE |
			     (attributes & ATTRIBUTE_FOLDER ? FIRMWARE_OPEN_FOLDER : 0);
		return EFI_SUCCESS;
	default:
		return EFI_INVALID_PARAMETER;
	}
}

static efi_status_t open_file(struct call *c)
{
	struct open_file *f = file_find(c->fw, c->arg[0]);
	char path[FILE_PATH_BYTES];
	efi_status_t status;
	unsigned flags;
	const void *text;
	long n;
	int r;

	n = f ? guest_text(c->fw, c->arg[2], FILE_PATH_BYTES, &text) : -1;
	if (n < 0 || !guest_write(c->fw, c->arg[1], 8))
		return EFI_INVALID_PARAMETER;
	status = open_flags(c->arg[3], c->arg[4], &flags);
	if (status != EFI_SUCCESS)
		return status;
	/* nothing lies below a file, but the root can be found from everywhere */
	if (!f->folder && n && text_char(text, 0) != '\\')
		return EFI_NOT_FOUND;
	r = file_path_join(f->path, text, (size_t)n, path);
	if (r < 0)
		return file_status(r);
	return open_path(c->fw, f->fs, path, flags, c->arg[1]);
}

static efi_status_t close_file(struct call *c)
{
	struct open_file *f = file_find(c->fw, c->arg[0]);

	if (!f)
		return EFI_INVALID_PARAMETER;
	file_drop(c->fw, f);
	return EFI_SUCCESS;
}

/* Whatever comes of it, the handle is closed (13.5.4). */
static efi_status_t delete_file(struct call *c)
{
	struct open_file *f = file_find(c->fw, c->arg[0]);
	int r = -EACCES;

	if (!f)
		return EFI_INVALID_PARAMETER;
	if (f->writable && f->path[0])
		r = f->fs->remove(f->fs->context, f->path);
	file_drop(c->fw, f);
	return r < 0 ? EFI_WARNING(2) : EFI_SUCCESS;
}

/* A folder may be large, or its disk slow: the limits hold meanwhile. */
static int list_entry(struct firmware *fw, struct open_file *f, uint64_t i,
		      struct firmware_node *ret_node)
{
	int r;

	do
		r = f->fs->entry(f->file, i, ret_node);
	while (r == -EAGAIN && !out_of_time(fw));
	return r;
}

/* The next entry of a folder. All but the root begin with themselves and the one above, as on FAT.
 */
static efi_status_t read_folder(struct call *c, struct open_file *f)
{
	const uint64_t n_dots = f->path[0] ? 2 : 0;
	struct firmware_node node;
	efi_status_t status;
	const char *name;
	int r;

	if (f->position < n_dots) {
		r = f->fs->describe(f->file, &node);
		name = f->position ? ".." : ".";
	} else {
		r = list_entry(c->fw, f, f->position - n_dots, &node);
		name = node.name;
	}
	if (r == -ENOENT)
		return guest_put_u64(c->fw, c->arg[1], 0) ? EFI_SUCCESS : EFI_INVALID_PARAMETER;
	if (r < 0)
		return file_status(r);
	status = file_info_put(c->fw, &node, name, !f->fs->writable, c->arg[2], c->arg[1]);
	if (status == EFI_SUCCESS)
		f->position++;
	return status;
}

/* Of as much as there may be memory: the limits hold inside of it too. Bytes, or a negative errno.
 */
static int64_t in_pieces(struct firmware *fw, struct open_file *f, bool writing, uint8_t *p,
			 uint64_t n)
{
	uint64_t done = 0, piece;
	int64_t r;

	for (; done < n && (done == 0 || !out_of_time(fw)); done += piece) {
		piece = min_u64(n - done, BYTES_AT_ONCE);
		r = writing ? f->fs->write(f->file, f->position + done, p + done, piece)
			    : f->fs->read(f->file, f->position + done, p + done, piece);
		if (r < (int64_t)piece)
			return r < 0 && !done ? r : (int64_t)done + (r < 0 ? 0 : r);
	}
	return (int64_t)done;
}

static efi_status_t read_file(struct call *c)
{
	struct open_file *f = file_find(c->fw, c->arg[0]);
	struct firmware_node node;
	uint64_t n;
	int64_t got;
	void *out;

	if (!f || !guest_get_u64(c->fw, c->arg[1], &n) || !guest_write(c->fw, c->arg[1], 8))
		return EFI_INVALID_PARAMETER;
	if (f->folder)
		return read_folder(c, f);
	got = f->fs->describe(f->file, &node);
	if (got < 0)
		return file_status(got);
	if (f->position > node.n_bytes)
		return EFI_DEVICE_ERROR;
	n = min_u64(n, node.n_bytes - f->position);
	out = n ? guest_write(c->fw, c->arg[2], n) : NULL;
	if (n && !out)
		return EFI_INVALID_PARAMETER;
	got = in_pieces(c->fw, f, false, out, n);
	if (got < 0)
		return file_status(got);
	f->position += (uint64_t)got;
	guest_put_u64(c->fw, c->arg[1], (uint64_t)got);
	return EFI_SUCCESS;
}

static efi_status_t write_file(struct call *c)
{
	struct open_file *f = file_find(c->fw, c->arg[0]);
	const void *in;
	int64_t done;
	uint64_t n;

	if (!f || !guest_get_u64(c->fw, c->arg[1], &n) || !guest_write(c->fw, c->arg[1], 8))
		return EFI_INVALID_PARAMETER;
	if (f->folder)
		return EFI_UNSUPPORTED;
	if (!f->writable)
		return f->fs->writable ? EFI_ACCESS_DENIED : EFI_WRITE_PROTECTED;
	in = guest_read(c->fw, c->arg[2], n);
	if (n && !in)
		return EFI_INVALID_PARAMETER;
	done = in_pieces(c->fw, f, true, (uint8_t *)in, n);
	if (done < 0)
		return file_status(done);
	f->position += (uint64_t)done;
	guest_put_u64(c->fw, c->arg[1], (uint64_t)done);
	return (uint64_t)done == n ? EFI_SUCCESS : EFI_VOLUME_FULL;
}

static efi_status_t get_position(struct call *c)
{
	struct open_file *f = file_find(c->fw, c->arg[0]);

	if (!f)
		return EFI_INVALID_PARAMETER;
	if (f->folder)
		return EFI_UNSUPPORTED;
	return guest_put_u64(c->fw, c->arg[1], f->position) ? EFI_SUCCESS : EFI_INVALID_PARAMETER;
}

static efi_status_t set_position(struct call *c)
{
	struct open_file *f = file_find(c->fw, c->arg[0]);
	struct firmware_node node;
	int r;

	if (!f)
		return EFI_INVALID_PARAMETER;
	if (f->folder && c->arg[1])
		return EFI_UNSUPPORTED;
	f->position = c->arg[1];
	if (c->arg[1] == UINT64_MAX) {
		r = f->fs->describe(f->file, &node);
		f->position = r < 0 ? 0 : node.n_bytes;
	}
	return EFI_SUCCESS;
}

static efi_status_t get_info(struct call *c)
{
	struct open_file *f = file_find(c->fw, c->arg[0]);

	return f ? file_get_info(c, f) : EFI_INVALID_PARAMETER;
}

static efi_status_t set_info(struct call *c)
{
	struct open_file *f = file_find(c->fw, c->arg[0]);

	return f ? file_set_info(c, f) : EFI_INVALID_PARAMETER;
}

static efi_status_t flush_file(struct call *c)
{
	struct open_file *f = file_find(c->fw, c->arg[0]);

	if (!f)
		return EFI_INVALID_PARAMETER;
	if (!f->writable)
		return f->fs->writable ? EFI_ACCESS_DENIED : EFI_WRITE_PROTECTED;
	return file_status(f->fs->flush(f->file));
}

static const char no_tokens[] = "Revision 1 of the protocol does not have it.";

static const struct service file_services[] = {
	{ "Open",
	  1,
	  open_file,
	  { ARG_THIS, ARG_OUT, ARG_TEXT, ARG_HEX, ARG_HEX },
	  "Writing: only with --esp-writable, else EFI_WRITE_PROTECTED." },
	{ "Close", 2, close_file, { ARG_THIS } },
	{ "Delete", 3, delete_file, { ARG_THIS } },
	{ "Read", 4, read_file, { ARG_THIS, ARG_INOUT, ARG_ADDR } },
	{ "Write", 5, write_file, { ARG_THIS, ARG_INOUT, ARG_ADDR } },
	{ "GetPosition", 6, get_position, { ARG_THIS, ARG_OUT } },
	{ "SetPosition", 7, set_position, { ARG_THIS, ARG_SIZE } },
	{ "GetInfo",
	  8,
	  get_info,
	  { ARG_THIS, ARG_GUID, ARG_INOUT, ARG_ADDR },
	  "EFI_FILE_INFO, EFI_FILE_SYSTEM_INFO, EFI_FILE_SYSTEM_VOLUME_LABEL." },
	{ "SetInfo",
	  9,
	  set_info,
	  { ARG_THIS, ARG_GUID, ARG_SIZE, ARG_ADDR },
	  "EFI_FILE_INFO: name, size, times, read-only. A volume's label stays as it is." },
	{ "Flush", 10, flush_file, { ARG_THIS } },
	{ "OpenEx",
	  11,
	  NULL,
	  { ARG_THIS, ARG_OUT, ARG_TEXT, ARG_HEX, ARG_HEX, ARG_ADDR },
	  no_tokens },
	{ "ReadEx", 12, NULL, { ARG_THIS, ARG_ADDR }, no_tokens },
	{ "WriteEx", 13, NULL, { ARG_THIS, ARG_ADDR }, no_tokens },
	{ "FlushEx", 14, NULL, { ARG_THIS, ARG_ADDR }, no_tokens },
};

const struct service_group group_file = {
	.name = "EFI_FILE_PROTOCOL",
	.section = "13.5",
	.n_slots = 15,
	.service = file_services,
	.n = ARRAY_SIZE(file_services),
};

static const struct service services[] = {
	{ "OpenVolume",
	  1,
	  open_volume,
	  { ARG_THIS, ARG_OUT },
	  "The folder tree that the image comes from, or --esp; and what is on the disks that are "
	  "offered, as far as the "
	  "host's kernel knows it." },
};

const struct service_group group_simple_file_system = {
	.name = "EFI_SIMPLE_FILE_SYSTEM_PROTOCOL",
	.section = "13.4",
	.guid = &guid_simple_file_system,
	.n_slots = 2,
	.service = services,
	.n = ARRAY_SIZE(services),
};

int file_system_offer(struct firmware *fw, efi_handle_t handle, struct firmware_file_system *fs,
		      struct why *why)
{
	struct protocol *p;
	int r = protocol_offer(fw, &handle, &group_simple_file_system, fs, why);

	if (r < 0)
		return r;
	fs->heap = &fw->heap;
	p = handle_protocol(handle_find(fw, handle), &guid_simple_file_system);
	guest_put_u64(fw, p->interface, REVISION);
	return 0;
}

const struct part part_files = {
	.groups = { &group_simple_file_system, &group_file },
	.state_bytes = sizeof(struct files),
	.close = files_close,
};
