// SPDX-License-Identifier: MIT
/*
 * EFI_HII_DATABASE_PROTOCOL (UEFI 2.10, 34.8): package lists in and out. Programs
 * such as the UEFI shell keep their messages in it; nothing of ours is in it.
 */
#include "firmware/hii/database.h"
#include "base/bytes.h"
#include "base/util.h"
#include "base/why.h"
#include "firmware/core/access.h"
#include "firmware/core/guid.h"
#include "firmware/core/install.h"
#include "firmware/core/part.h"
#include "firmware/core/service.h"
#include "firmware/core/state.h"
#include "firmware/hii/hii.h"
#include "firmware/hii/string_package.h"

#include <string.h>

enum { MAX_LIST_BYTES = 16 << 20, MAX_LISTS = 4096 };

/* No pointers: nobody but us follows them. */
#define NAME_KIND ((uint64_t)'H' << 56)

struct database {
	struct hii_list *first;
	uint64_t n; /* lists made so far */
	efi_handle_t handle;
};

static struct database *database_of(const struct firmware *fw)
{
	return part_state(fw, &part_hii_database);
}

efi_handle_t hii_handle(const struct firmware *fw)
{
	return database_of(fw)->handle;
}

struct hii_list *hii_find(struct firmware *fw, uint64_t name)
{
	struct hii_list *l = database_of(fw)->first;

	while (l && l->name != name)
		l = l->next;
	return name ? l : NULL;
}

/* Our own copy of a list: it says itself how long it is. */
static efi_status_t copy_list(struct firmware *fw, efi_addr_t at, struct bytes *ret_bytes)
{
	struct bytes head = { guest_read(fw, at, PACKAGE_LIST_HEADER), PACKAGE_LIST_HEADER };
	const void *from;
	uint8_t *copy;
	uint32_t n;

	if (!at || !head.p || !bytes_le32(head, 16, &n) || n < PACKAGE_LIST_HEADER ||
	    n > MAX_LIST_BYTES)
		return EFI_INVALID_PARAMETER;
	from = guest_read(fw, at, n);
	if (!from)
		return EFI_INVALID_PARAMETER;
	copy = heap_bytes(&fw->heap, n);
	if (!copy)
		return EFI_OUT_OF_RESOURCES;
	memcpy(copy, from, n);
	*ret_bytes = (struct bytes){ copy, n };
	return EFI_SUCCESS;
}

static efi_status_t new_list(struct call *c)
{
	struct firmware *fw = c->fw;
	struct database *d = database_of(fw);
	efi_status_t status;
	struct hii_list *l;

	if (!guest_write(fw, c->arg[3], 8))
		return EFI_INVALID_PARAMETER;
	if (d->n >= MAX_LISTS)
		return EFI_OUT_OF_RESOURCES;
	l = heap_new(&fw->heap, sizeof(*l));
	if (!l)
		return EFI_OUT_OF_RESOURCES;
	status = copy_list(fw, c->arg[1], &l->bytes);
	if (status != EFI_SUCCESS) {
		heap_free(&fw->heap, l);
		return status;
	}
	l->name = NAME_KIND | ++d->n;
	l->driver = c->arg[2];
	l->next = d->first;
	d->first = l;
	guest_put_u64(fw, c->arg[3], l->name);
	return EFI_SUCCESS;
}

static void drop(struct firmware *fw, struct hii_list *l)
{
	heap_bytes_free(&fw->heap, l->bytes.p);
	heap_free(&fw->heap, l);
}

static efi_status_t remove_list(struct call *c)
{
	struct hii_list **link = &database_of(c->fw)->first, *l = hii_find(c->fw, c->arg[1]);

	if (!l)
		return EFI_NOT_FOUND;
	while (*link != l)
		link = &(*link)->next;
	*link = l->next;
	drop(c->fw, l);
	return EFI_SUCCESS;
}

/* All packages of the types that the new list has are replaced; so far: all of them. */
static efi_status_t update_list(struct call *c)
{
	struct hii_list *l = hii_find(c->fw, c->arg[1]);
	efi_status_t status;
	struct bytes bytes;

	if (!l)
		return EFI_NOT_FOUND;
	status = copy_list(c->fw, c->arg[2], &bytes);
	if (status != EFI_SUCCESS)
		return status;
	heap_bytes_free(&c->fw->heap, l->bytes.p);
	l->bytes = bytes;
	return EFI_SUCCESS;
}

static bool has_type(const struct hii_list *l, uint8_t type)
{
	uint64_t at = PACKAGE_LIST_HEADER;
	struct package p;

	while (package_next(l->bytes, &at, &p))
		if (type == 0 || p.type == type) /* 0: EFI_HII_PACKAGE_TYPE_ALL */
			return true;
	return false;
}

static efi_status_t list_lists(struct call *c)
{
	uint64_t room, n = 0;

	if (!guest_get_u64(c->fw, c->arg[3], &room))
		return EFI_INVALID_PARAMETER;
	for (struct hii_list *l = database_of(c->fw)->first; l; l = l->next) {
		if (!has_type(l, (uint8_t)c->arg[1]))
			continue;
		n += 8;
		if (n <= room && !guest_put_u64(c->fw, c->arg[4] + n - 8, l->name))
			return EFI_INVALID_PARAMETER;
	}
	guest_put_u64(c->fw, c->arg[3], n);
	if (n > room)
		return EFI_BUFFER_TOO_SMALL;
	return n ? EFI_SUCCESS : EFI_NOT_FOUND;
}

static efi_status_t export_lists(struct call *c)
{
	uint64_t room, n = 0;

	if (!guest_get_u64(c->fw, c->arg[2], &room))
		return EFI_INVALID_PARAMETER;
	for (struct hii_list *l = database_of(c->fw)->first; l; l = l->next) {
		if (c->arg[1] && l->name != c->arg[1])
			continue;
		n += l->bytes.n;
		if (n <= room &&
		    !guest_put(c->fw, c->arg[3] + n - l->bytes.n, l->bytes.p, l->bytes.n))
			return EFI_INVALID_PARAMETER;
	}
	guest_put_u64(c->fw, c->arg[2], n);
	if (n > room)
		return EFI_BUFFER_TOO_SMALL;
	return n ? EFI_SUCCESS : EFI_NOT_FOUND;
}

static efi_status_t list_driver(struct call *c)
{
	const struct hii_list *l = hii_find(c->fw, c->arg[1]);

	return l && guest_put_u64(c->fw, c->arg[2], l->driver) ? EFI_SUCCESS
							       : EFI_INVALID_PARAMETER;
}

/* A terminal sends characters: there is no layout to tell of. */
static efi_status_t no_layout(struct call *c)
{
	return EFI_NOT_FOUND;
}

static const struct service services[] = {
	{ "NewPackageList", 0, new_list, { ARG_THIS, ARG_ADDR, ARG_HANDLE, ARG_OUT } },
	{ "RemovePackageList", 1, remove_list, { ARG_THIS, ARG_HEX } },
	{ "UpdatePackageList",
	  2,
	  update_list,
	  { ARG_THIS, ARG_HEX, ARG_ADDR },
	  "The new list takes the place of the old one." },
	{ "ListPackageLists", 3, list_lists, { ARG_THIS, ARG_U8, ARG_GUID, ARG_INOUT, ARG_ADDR } },
	{ "ExportPackageLists", 4, export_lists, { ARG_THIS, ARG_HEX, ARG_INOUT, ARG_ADDR } },
	{ "RegisterPackageNotify",
	  5,
	  NULL,
	  { ARG_THIS, ARG_U8, ARG_GUID, ARG_ADDR, ARG_HEX, ARG_OUT },
	  "Setup browsers; there is none." },
	{ "UnregisterPackageNotify",
	  6,
	  NULL,
	  { ARG_THIS, ARG_HEX },
	  "Setup browsers; there is none." },
	{ "FindKeyboardLayouts",
	  7,
	  no_layout,
	  { ARG_THIS, ARG_ADDR, ARG_ADDR },
	  "A terminal has none: EFI_NOT_FOUND." },
	{ "GetKeyboardLayout",
	  8,
	  no_layout,
	  { ARG_THIS, ARG_GUID, ARG_ADDR, ARG_ADDR },
	  "A terminal has none: EFI_NOT_FOUND." },
	{ "SetKeyboardLayout",
	  9,
	  no_layout,
	  { ARG_THIS, ARG_GUID },
	  "A terminal has none: EFI_NOT_FOUND." },
	{ "GetPackageListHandle", 10, list_driver, { ARG_THIS, ARG_HEX, ARG_OUT_HANDLE } },
};

static const struct service_group group_hii_database = {
	.name = "EFI_HII_DATABASE_PROTOCOL",
	.section = "34.8",
	.guid = &guid_hii_database,
	.n_slots = 11,
	.service = services,
	.n = ARRAY_SIZE(services),
};

static int database_open(struct firmware *fw, struct why *why)
{
	return protocol_offer(fw, &database_of(fw)->handle, &group_hii_database, NULL, why);
}

static void database_close(struct firmware *fw)
{
	struct database *d = database_of(fw);
	struct hii_list *l;

	while ((l = d->first)) {
		d->first = l->next;
		drop(fw, l);
	}
}

const struct part part_hii_database = {
	.groups = { &group_hii_database },
	.state_bytes = sizeof(struct database),
	.open = database_open,
	.close = database_close,
};
