// SPDX-License-Identifier: MIT
/*
 * Reading the frozen variable store. Nothing here writes to it, so that two
 * calls at once cannot disturb each other.
 */
#include "guest/runtime.h"

#include <string.h>

typedef const struct runtime_variable *variable;

static const efi_char16_t *variable_name(variable v)
{
	return (const void *)(v + 1);
}

static const uint8_t *variable_data(variable v)
{
	return (const uint8_t *)(v + 1) + v->name_bytes;
}

/*
 * The record at *at or the first visible one behind it, with *at moved behind
 * it; NULL at the end. The store is ours, but lies in memory that a confused
 * kernel may have scribbled on: a record that does not fit ends the list.
 */
static variable store_next(const struct runtime_data *d, uint64_t *at)
{
	const uint8_t *store = (const void *)(d + 1);
	variable v;
	uint64_t left;

	while (*at <= d->store_bytes && d->store_bytes - *at >= sizeof(*v)) {
		left = d->store_bytes - *at;
		v = (const void *)(store + *at);
		if (v->n_bytes > left || v->n_bytes < sizeof(*v) || v->n_bytes % 8 ||
		    (uint64_t)v->name_bytes + v->data_bytes > v->n_bytes - sizeof(*v))
			return NULL;
		*at += v->n_bytes;
		if (v->attributes & EFI_VARIABLE_RUNTIME_ACCESS)
			return v;
	}
	return NULL;
}

static bool guid_equal(const struct efi_guid *a, const struct efi_guid *b)
{
	const uint8_t *x = (const void *)a, *y = (const void *)b;
	unsigned i;

	for (i = 0; i < sizeof(*a); i++) {
		if (x[i] != y[i])
			return false;
	}
	return true;
}

/* Stops at the record's end: the caller's name may be longer than any memory it owns. */
static bool name_equal(variable v, const efi_char16_t *name)
{
	const efi_char16_t *own = variable_name(v);
	uint32_t i;

	for (i = 0; i < v->name_bytes / sizeof(*own); i++) {
		if (own[i] != name[i])
			return false;
		if (!own[i])
			return true;
	}
	return false;
}

/* The variable, and in *at where the one behind it starts. */
static variable store_find(const struct runtime_data *d, const efi_char16_t *name,
			   const struct efi_guid *vendor, uint64_t *at)
{
	variable v;

	*at = 0;
	while ((v = store_next(d, at))) {
		if (guid_equal(&v->vendor, vendor) && name_equal(v, name))
			return v;
	}
	return NULL;
}

efi_api efi_status_t runtime_get_variable(const efi_char16_t *name, const struct efi_guid *vendor,
					  uint32_t *attributes, uint64_t *n_bytes, void *data)
{
	uint64_t at, room;
	variable v;

	if (!name || !vendor || !n_bytes)
		return EFI_INVALID_PARAMETER;
	v = store_find(runtime_data(), name, vendor, &at);
	if (!v)
		return EFI_NOT_FOUND;
	room = *n_bytes;
	if (room >= v->data_bytes && !data)
		return EFI_INVALID_PARAMETER;
	*n_bytes = v->data_bytes;
	if (attributes)
		*attributes = v->attributes;
	if (room < v->data_bytes)
		return EFI_BUFFER_TOO_SMALL;
	memcpy(data, variable_data(v), v->data_bytes);
	return EFI_SUCCESS;
}

static bool has_end(const efi_char16_t *name, uint64_t n_bytes)
{
	uint64_t i;

	for (i = 0; i < n_bytes / sizeof(*name); i++) {
		if (!name[i])
			return true;
	}
	return false;
}

efi_api efi_status_t runtime_get_next_variable_name(uint64_t *name_bytes, efi_char16_t *name,
						    struct efi_guid *vendor)
{
	const struct runtime_data *d = runtime_data();
	uint64_t at = 0, room;
	variable v;

	if (!name_bytes || !name || !vendor || !has_end(name, *name_bytes))
		return EFI_INVALID_PARAMETER;
	if (name[0] && !store_find(d, name, vendor, &at))
		return EFI_INVALID_PARAMETER;
	v = store_next(d, &at);
	if (!v)
		return EFI_NOT_FOUND;
	room = *name_bytes;
	*name_bytes = v->name_bytes;
	if (room < v->name_bytes)
		return EFI_BUFFER_TOO_SMALL;
	memcpy(name, variable_name(v), v->name_bytes);
	*vendor = v->vendor;
	return EFI_SUCCESS;
}

/* Only combinations that a variable seen from here can have are no mistake. */
static bool attributes_valid(uint32_t attributes)
{
	const uint32_t access = EFI_VARIABLE_BOOTSERVICE_ACCESS | EFI_VARIABLE_RUNTIME_ACCESS;

	return (attributes & access) == access;
}

efi_api efi_status_t runtime_query_variable_info(uint32_t attributes, uint64_t *max_storage,
						 uint64_t *free_storage, uint64_t *max_variable)
{
	const struct runtime_data *d = runtime_data();

	if (!max_storage || !free_storage || !max_variable || !attributes_valid(attributes))
		return EFI_INVALID_PARAMETER;
	if (attributes & EFI_VARIABLE_HARDWARE_ERROR_RECORD)
		return EFI_UNSUPPORTED;
	*max_storage = d->max_storage_bytes;
	*free_storage = d->free_storage_bytes;
	*max_variable = d->max_variable_bytes;
	return EFI_SUCCESS;
}
