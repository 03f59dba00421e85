// SPDX-License-Identifier: MIT
/* What GetInfo and SetInfo speak of (UEFI 2.10, 13.5.16 to 13.5.18). */
#include "base/text.h"
#include "firmware/core/access.h"
#include "firmware/core/config.h"
#include "firmware/core/guid.h"
#include "firmware/core/service.h"
#include "firmware/core/state.h"
#include "firmware/media/file.h"
#include "firmware/media/file_path.h"

#include <errno.h>
#include <string.h>
#include <time.h>

/* EFI_FILE_INFO without its name */
struct file_info {
	uint64_t n_bytes_here, n_bytes, allocated;
	struct efi_time created, accessed, modified;
	uint64_t attributes;
};
static_assert(sizeof(struct file_info) == 80, "EFI_FILE_INFO");

/* EFI_FILE_SYSTEM_INFO without its label; the structure's own size has padding behind it */
struct file_system_info {
	uint64_t n_bytes_here;
	uint8_t read_only, padding[7];
	uint64_t total, free;
	uint32_t block;
} __attribute__((packed));
static_assert(sizeof(struct file_system_info) == 36, "EFI_FILE_SYSTEM_INFO");

enum {
	ATTRIBUTE_READ_ONLY = 0x01,
	ATTRIBUTE_FOLDER = 0x10,
	ATTRIBUTE_ARCHIVE = 0x20,
	ATTRIBUTES = 0x37,
	TEXT_UNITS = FILE_NAME_UNITS + 1,
	UNSPECIFIED_TIME_ZONE = 0x7ff,
};

efi_status_t file_status(int64_t r)
{
	switch (-r) {
	case 0:
		return EFI_SUCCESS;
	case ENOENT:
	case ENOTDIR:
		return EFI_NOT_FOUND;
	case EROFS:
		return EFI_WRITE_PROTECTED;
	case EACCES:
	case EPERM:
	case EEXIST:
	case EISDIR:
	case ENOTEMPTY:
	case EXDEV:
	case ELOOP:
	case ETXTBSY:
		return EFI_ACCESS_DENIED;
	case EINVAL:
	case ENAMETOOLONG:
		return EFI_INVALID_PARAMETER;
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return EFI_VOLUME_FULL;
	case ENOMEM:
	case EMFILE:
	case ENFILE:
		return EFI_OUT_OF_RESOURCES;
	case EUCLEAN:
		return EFI_VOLUME_CORRUPTED;
	default:
		return EFI_DEVICE_ERROR;
	}
}

static struct efi_time efi_time_of(int64_t seconds)
{
	const time_t t = (time_t)seconds;
	struct tm tm;

	if (!gmtime_r(&t, &tm))
		return (struct efi_time){ 0 };
	return (struct efi_time){
		.year = (uint16_t)(tm.tm_year + 1900),
		.month = (uint8_t)(tm.tm_mon + 1),
		.day = (uint8_t)tm.tm_mday,
		.hour = (uint8_t)tm.tm_hour,
		.minute = (uint8_t)tm.tm_min,
		.second = (uint8_t)tm.tm_sec,
	};
}

/* A time that is all 0 means that it is to stay as it was. */
static int64_t seconds_of(const struct efi_time *t, int64_t was)
{
	struct tm tm = {
		.tm_year = t->year - 1900,
		.tm_mon = t->month - 1,
		.tm_mday = t->day,
		.tm_hour = t->hour,
		.tm_min = t->minute,
		.tm_sec = t->second,
	};

	if (t->year == 0)
		return was;
	return timegm(&tm) + (t->time_zone == UNSPECIFIED_TIME_ZONE ? 0 : t->time_zone * 60);
}

/* A structure of head bytes with a text behind it, as the caller's buffer wants it. */
static efi_status_t put(struct firmware *fw, const void *head, size_t n_head, const char *text,
			efi_addr_t out, efi_addr_t inout_room)
{
	uint8_t utf16[2 * TEXT_UNITS];
	uint64_t n, room, need;

	if (!text_from_utf8(text, utf16, TEXT_UNITS, &n))
		return EFI_VOLUME_CORRUPTED;
	need = n_head + 2 * (n + 1);
	if (!guest_get_u64(fw, inout_room, &room) || !guest_put_u64(fw, inout_room, need))
		return EFI_INVALID_PARAMETER;
	if (room < need)
		return EFI_BUFFER_TOO_SMALL;
	if (!out || !guest_write(fw, out, need))
		return EFI_INVALID_PARAMETER;
	if (n_head) {
		guest_put(fw, out, head, n_head);
		guest_put_u64(fw, out, need); /* both structures begin with their size */
	}
	guest_put(fw, out + n_head, utf16, 2 * (n + 1));
	return EFI_SUCCESS;
}

efi_status_t file_info_put(struct firmware *fw, const struct firmware_node *node, const char *name,
			   bool read_only, efi_addr_t out, efi_addr_t inout_room)
{
	const struct file_info info = {
		.n_bytes = node->folder ? 0 : node->n_bytes,
		.allocated = node->folder ? 0 : node->allocated,
		.created = efi_time_of(node->created),
		.accessed = efi_time_of(node->accessed),
		.modified = efi_time_of(node->modified),
		.attributes = (node->folder ? ATTRIBUTE_FOLDER : ATTRIBUTE_ARCHIVE) |
			      (node->read_only || read_only ? ATTRIBUTE_READ_ONLY : 0),
	};

	return put(fw, &info, sizeof(info), name, out, inout_room);
}

static efi_status_t put_file_system(struct call *c, const struct firmware_file_system *fs)
{
	struct file_system_info info = { .read_only = !fs->writable };
	uint64_t total, free_bytes;
	uint32_t block;
	int r = fs->space(fs->context, &total, &free_bytes, &block);

	if (r < 0)
		return file_status(r);
	info.total = total;
	info.free = free_bytes;
	info.block = block;
	return put(c->fw, &info, sizeof(info), fs->label, c->arg[3], c->arg[2]);
}

efi_status_t file_get_info(struct call *c, struct open_file *f)
{
	const char *name = file_path_name(f->path);
	struct firmware_node node;
	struct efi_guid kind;
	int r;

	if (!guest_get_guid(c->fw, c->arg[1], &kind))
		return EFI_INVALID_PARAMETER;
	if (guid_equal(&kind, &guid_file_system_info))
		return put_file_system(c, f->fs);
	if (guid_equal(&kind, &guid_file_system_label))
		return put(c->fw, NULL, 0, f->fs->label, c->arg[3], c->arg[2]);
	if (!guid_equal(&kind, &guid_file_info))
		return EFI_UNSUPPORTED;
	r = f->fs->describe(f->file, &node);
	if (r < 0)
		return file_status(r);
	/* as it is spelled there, unless it got another name since it was opened */
	if (!strcasecmp(node.name, name))
		name = node.name;
	return file_info_put(c->fw, &node, name, !f->fs->writable, c->arg[3], c->arg[2]);
}

/* Give it the name in the structure: relative to its own folder, or to the root. */
static efi_status_t rename_to(struct call *c, struct open_file *f, uint64_t n_bytes)
{
	char to[FILE_PATH_BYTES], folder[FILE_PATH_BYTES];
	const size_t n_folder = file_path_folder(f->path);
	const void *text;
	char *path;
	long n;
	int r;

	n = guest_text(c->fw, c->arg[3] + sizeof(struct file_info),
		       (n_bytes - sizeof(struct file_info)) / 2, &text);
	if (n < 0)
		return EFI_INVALID_PARAMETER;
	memcpy(folder, f->path, n_folder);
	folder[n_folder] = '\0';
	r = n ? file_path_join(folder, text, (size_t)n, to) : 0;
	if (r < 0)
		return file_status(r);
	if (n == 0 || !strcmp(to, f->path))
		return EFI_SUCCESS;
	if (!f->writable || !f->path[0])
		return EFI_ACCESS_DENIED;
	r = f->fs->rename(f->fs->context, f->path, to);
	path = r == 0 ? file_path_keep(c->fw, to) : NULL;
	if (path) {
		heap_bytes_free(&c->fw->heap, f->path);
		f->path = path;
	}
	return r == 0 && !path ? EFI_OUT_OF_RESOURCES : file_status(r);
}

/* What is asked for, compared with what is: only a difference is a change. */
static unsigned differences(const struct file_info *info, const struct firmware_node *was,
			    struct firmware_node *ret_to)
{
	unsigned what = 0;

	*ret_to = *was;
	ret_to->n_bytes = info->n_bytes;
	ret_to->accessed = seconds_of(&info->accessed, was->accessed);
	ret_to->modified = seconds_of(&info->modified, was->modified);
	ret_to->read_only = info->attributes & ATTRIBUTE_READ_ONLY;
	if (!was->folder && ret_to->n_bytes != was->n_bytes)
		what |= FIRMWARE_CHANGE_SIZE;
	if (ret_to->accessed != was->accessed || ret_to->modified != was->modified)
		what |= FIRMWARE_CHANGE_TIMES;
	if (ret_to->read_only != was->read_only)
		what |= FIRMWARE_CHANGE_READ_ONLY;
	return what;
}

static efi_status_t set_file_info(struct call *c, struct open_file *f)
{
	struct firmware_node was, to;
	struct file_info info;
	efi_status_t status;
	unsigned what;
	int r;

	if (c->arg[2] < sizeof(info) + 2)
		return EFI_BAD_BUFFER_SIZE;
	if (!guest_get(c->fw, c->arg[3], &info, sizeof(info)) ||
	    info.attributes & ~(uint64_t)ATTRIBUTES ||
	    !(info.attributes & ATTRIBUTE_FOLDER) != !f->folder)
		return EFI_INVALID_PARAMETER;
	r = f->fs->describe(f->file, &was);
	if (r < 0)
		return file_status(r);
	what = differences(&info, &was, &to);
	if (!f->writable && what & ~(unsigned)FIRMWARE_CHANGE_READ_ONLY)
		return EFI_ACCESS_DENIED;
	status = rename_to(c, f, c->arg[2]);
	if (status != EFI_SUCCESS || !what)
		return status;
	return file_status(f->fs->change(f->file, &to, what));
}

efi_status_t file_set_info(struct call *c, struct open_file *f)
{
	struct efi_guid kind;

	if (!guest_get_guid(c->fw, c->arg[1], &kind))
		return EFI_INVALID_PARAMETER;
	if (!guid_equal(&kind, &guid_file_info) && !guid_equal(&kind, &guid_file_system_info) &&
	    !guid_equal(&kind, &guid_file_system_label))
		return EFI_UNSUPPORTED;
	if (!f->fs->writable)
		return EFI_WRITE_PROTECTED;
	return guid_equal(&kind, &guid_file_info) ? set_file_info(c, f) : EFI_UNSUPPORTED;
}
