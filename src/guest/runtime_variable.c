// SPDX-License-Identifier: MIT
/*
 * The variables that the image left, and behind them those of the machine's firmware, where that
 * can be called. Of a record nothing changes but its kind, in one write, so that two calls at once
 * cannot disturb each other.
 */
#include "guest/runtime.h"

#include <string.h>

typedef struct runtime_variable *variable;

static efi_char16_t *variable_name(variable v)
{
	return (void *)(v + 1);
}

static const uint8_t *variable_data(variable v)
{
	return (const uint8_t *)(v + 1) + v->name_bytes;
}

/*
 * The record at *at, with *at moved behind it; NULL at the end. The store is ours, but lies in
 * memory that a confused kernel may have scribbled on: a record that does not fit ends the list.
 * So does the first copy of the firmware's, which stand last, where that can be asked: it often
 * has a hundred variables, and each call would look at all of them.
 */
static variable record_next(struct runtime_data *d, uint64_t *at)
{
	uint8_t *store = (void *)(d + 1);
	variable v;
	uint64_t left;

	if (*at > d->store_bytes || d->store_bytes - *at < sizeof(*v))
		return NULL;
	left = d->store_bytes - *at;
	v = (void *)(store + *at);
	if (v->n_bytes > left || v->n_bytes < sizeof(*v) || v->n_bytes % 8 ||
	    (uint64_t)v->name_bytes + v->data_bytes > v->n_bytes - sizeof(*v) ||
	    (v->kind == RUNTIME_VARIABLE_OF_HOST && runtime_forwards(d)))
		return NULL;
	*at += v->n_bytes;
	return v;
}

/* Is it one that callers get to see from here, and not from the firmware? */
static bool is_shown(variable v)
{
	return v->attributes & EFI_VARIABLE_RUNTIME_ACCESS &&
	       (v->kind == RUNTIME_VARIABLE_OWN || v->kind == RUNTIME_VARIABLE_OF_HOST);
}

/* The record at *at or the first one behind it that is shown. */
static variable shown_next(struct runtime_data *d, uint64_t *at)
{
	variable v;

	do
		v = record_next(d, at);
	while (v && !is_shown(v));
	return v;
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

/*
 * The record of that name, whatever has become of the variable, and in *at where the one behind it
 * starts.
 */
static variable record_find(struct runtime_data *d, const efi_char16_t *name,
			    const struct efi_guid *vendor, uint64_t *at)
{
	variable v;

	*at = 0;
	while ((v = record_next(d, at))) {
		if (guid_equal(&v->vendor, vendor) && name_equal(v, name))
			return v;
	}
	return NULL;
}

efi_api efi_status_t runtime_get_variable(const efi_char16_t *name, const struct efi_guid *vendor,
					  uint32_t *attributes, uint64_t *n_bytes, void *data)
{
	struct runtime_data *d = runtime_data();
	uint64_t at, room;
	variable v;

	if (!name || !vendor || !n_bytes)
		return EFI_INVALID_PARAMETER;
	v = record_find(d, name, vendor, &at);
	if (!v || !is_shown(v))
		return runtime_forwards(d) && !(v && v->kind == RUNTIME_VARIABLE_DELETED)
			       ? firmware_get_variable(name, vendor, attributes, n_bytes, data)
			       : EFI_NOT_FOUND;
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

/*
 * Where the machine's firmware finds what lies in our data: at its physical address. At the one
 * that we use now, it may have something of its own.
 */
static void *for_firmware(const struct runtime_data *d, const void *ours)
{
	return (void *)(d->forward.data + ((uint64_t)ours - (uint64_t)d));
}

static bool firmware_has(const efi_char16_t *name, const struct efi_guid *vendor)
{
	uint64_t n_bytes = 0;
	uint32_t attributes;
	const efi_status_t status =
		firmware_get_variable(name, vendor, &attributes, &n_bytes, NULL);

	return status == EFI_BUFFER_TOO_SMALL || status == EFI_SUCCESS;
}

static bool is_deleted(struct runtime_data *d, const efi_char16_t *name,
		       const struct efi_guid *vendor)
{
	uint64_t at;
	variable v = record_find(d, name, vendor, &at);

	return v && v->kind == RUNTIME_VARIABLE_DELETED;
}

/* The firmware's next one that was not deleted. At its end, *name_bytes is what it was. */
static efi_status_t next_of_firmware(struct runtime_data *d, uint64_t *name_bytes,
				     efi_char16_t *name, struct efi_guid *vendor)
{
	const uint64_t room = *name_bytes;
	efi_status_t status;

	do {
		*name_bytes = room;
		status = firmware_get_next_variable_name(name_bytes, name, vendor);
	} while (status == EFI_SUCCESS && is_deleted(d, name, vendor));
	if (status == EFI_NOT_FOUND)
		*name_bytes = room;
	return status;
}

/* The first one from *at on that the firmware's own list has not shown. */
static variable next_of_ours(struct runtime_data *d, uint64_t *at)
{
	variable v;

	do
		v = shown_next(d, at);
	while (v && runtime_forwards(d) &&
	       firmware_has(for_firmware(d, variable_name(v)), for_firmware(d, &v->vendor)));
	return v;
}

/*
 * The firmware's variables as it lists them, then those that it has not. Where a caller stands in
 * that list, the name alone tells: nothing is remembered between two calls. What the firmware says
 * of a name that it does not know differs by its age, so that is never asked.
 */
efi_api efi_status_t runtime_get_next_variable_name(uint64_t *name_bytes, efi_char16_t *name,
						    struct efi_guid *vendor)
{
	struct runtime_data *d = runtime_data();
	uint64_t at = 0, room;
	efi_status_t status;
	variable v;

	if (!name_bytes || !name || !vendor || !has_end(name, *name_bytes))
		return EFI_INVALID_PARAMETER;
	if (runtime_forwards(d) && (!name[0] || firmware_has(name, vendor))) {
		status = next_of_firmware(d, name_bytes, name, vendor);
		if (status != EFI_NOT_FOUND)
			return status;
	} else if (name[0]) {
		v = record_find(d, name, vendor, &at);
		if (!v || !is_shown(v))
			return EFI_INVALID_PARAMETER;
	}
	v = next_of_ours(d, &at);
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

/* May what stands in front of the firmware's be written like this, so that it can be forgotten? */
static efi_status_t may_write(variable v, uint32_t attributes)
{
	/* how this boot went, for one: no firmware has it, and none would take it now */
	if (v->kind == RUNTIME_VARIABLE_OWN && !(v->attributes & EFI_VARIABLE_NON_VOLATILE))
		return EFI_WRITE_PROTECTED;
	/* to something else than the caller has seen */
	return attributes & EFI_VARIABLE_APPEND_WRITE ? EFI_UNSUPPORTED : EFI_SUCCESS;
}

/*
 * The firmware's answer is the answer, and what the image had left gives way to it. What only the
 * image had, the firmware cannot delete.
 */
efi_api efi_status_t runtime_set_variable(const efi_char16_t *name, const struct efi_guid *vendor,
					  uint32_t attributes, uint64_t n_bytes, const void *data)
{
	const uint32_t access = EFI_VARIABLE_BOOTSERVICE_ACCESS | EFI_VARIABLE_RUNTIME_ACCESS;
	struct runtime_data *d = runtime_data();
	efi_status_t status;
	uint64_t at;
	variable v;

	if (!runtime_forwards(d))
		return EFI_UNSUPPORTED;
	if (!name || !vendor)
		return EFI_INVALID_PARAMETER;
	v = record_find(d, name, vendor, &at);
	if (v && v->kind != RUNTIME_VARIABLE_OWN && v->kind != RUNTIME_VARIABLE_DELETED)
		v = NULL;
	status = v ? may_write(v, attributes) : EFI_SUCCESS;
	if (status != EFI_SUCCESS)
		return status;
	status = firmware_set_variable(name, vendor, attributes, n_bytes, data);
	if (status == EFI_NOT_FOUND && v && v->kind == RUNTIME_VARIABLE_OWN &&
	    (!n_bytes || !(attributes & access)))
		status = EFI_SUCCESS;
	if (status == EFI_SUCCESS && v)
		v->kind = RUNTIME_VARIABLE_PAST;
	return status;
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
	if (runtime_forwards(d))
		return firmware_query_variable_info(attributes, max_storage, free_storage,
						    max_variable);
	if (attributes & EFI_VARIABLE_HARDWARE_ERROR_RECORD)
		return EFI_UNSUPPORTED;
	*max_storage = d->max_storage_bytes;
	*free_storage = d->free_storage_bytes;
	*max_variable = d->max_variable_bytes;
	return EFI_SUCCESS;
}
