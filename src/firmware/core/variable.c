// SPDX-License-Identifier: MIT
/* Runtime services' variables while boot services last; behind that guest/runtime.c takes over. */
#include "firmware/core/variable.h"
#include "base/bytes.h"
#include "base/text.h"
#include "base/util.h"
#include "base/why.h"
#include "firmware/core/access.h"
#include "firmware/core/config.h"
#include "firmware/core/guid.h"
#include "firmware/core/services.h"
#include "firmware/core/state.h"

#include <errno.h>
#include <string.h>

enum {
	ACCESS = EFI_VARIABLE_BOOTSERVICE_ACCESS | EFI_VARIABLE_RUNTIME_ACCESS,
	KNOWN = EFI_VARIABLE_NON_VOLATILE | ACCESS | EFI_VARIABLE_APPEND_WRITE,
	/* refused by name: nobody here can check a signature over a variable */
	NAME_UNITS = 512, /* of a name that the host has */
	AUTHENTICATED = EFI_VARIABLE_AUTHENTICATED_WRITE_ACCESS |
			EFI_VARIABLE_TIME_BASED_AUTHENTICATED_WRITE_ACCESS,
};

/* Some are secrets, LoaderSystemToken for one: their bytes are erased. */
static void variable_free(struct firmware *fw, struct variable *v)
{
	heap_bytes_free(&fw->heap, v->name);
	heap_free(&fw->heap, v);
}

static void free_all(struct firmware *fw, struct variable **list)
{
	struct variable *v;

	while ((v = *list)) {
		*list = v->next;
		variable_free(fw, v);
	}
}

void variables_free(struct firmware *fw)
{
	free_all(fw, &fw->variables.first);
	free_all(fw, &fw->variables.deleted);
}

static uint64_t record_bytes(uint64_t name_bytes, uint64_t data_bytes)
{
	return align_up(sizeof(struct runtime_variable) + name_bytes + data_bytes, 8);
}

static uint64_t bytes_of(const struct variable *v)
{
	return record_bytes(v->name_bytes, v->data_bytes);
}

/* Used up by one kind: those the next kernel sees, or the others; the host's have room of their
 * own. */
static uint64_t used_bytes(const struct firmware *fw, bool runtime)
{
	uint64_t n = 0;

	for (const struct variable *v = fw->variables.first; v; v = v->next)
		if (!v->of_host && !(v->attributes & EFI_VARIABLE_RUNTIME_ACCESS) == !runtime)
			n += bytes_of(v);
	return n;
}

static uint64_t room_for(bool runtime)
{
	return runtime ? VARIABLE_STORE_BYTES : VARIABLE_BOOT_BYTES;
}

static struct variable **find_in(struct variable **link, const void *name, uint64_t name_bytes,
				 const struct efi_guid *vendor)
{
	for (; *link; link = &(*link)->next)
		if ((*link)->name_bytes == name_bytes && guid_equal(&(*link)->vendor, vendor) &&
		    !memcmp((*link)->name, name, name_bytes))
			break;
	return link;
}

static struct variable **find(struct firmware *fw, const void *name, uint64_t name_bytes,
			      const struct efi_guid *vendor)
{
	return find_in(&fw->variables.first, name, name_bytes, vendor);
}

/* Name and vendor of a call; the name's bytes include its 0. */
static bool read_name(struct call *c, const void **ret_name, uint64_t *ret_bytes,
		      struct efi_guid *ret_vendor)
{
	long n = guest_text(c->fw, c->arg[0], VARIABLE_MAX_BYTES / 2, ret_name);

	if (n < 0 || !guest_get_guid(c->fw, c->arg[1], ret_vendor))
		return false;
	*ret_bytes = 2 * ((uint64_t)n + 1);
	return true;
}

efi_status_t get_variable(struct call *c)
{
	struct firmware *fw = c->fw;
	struct efi_guid vendor;
	struct variable *v;
	const void *name;
	uint64_t name_bytes = 0, room;

	if (!read_name(c, &name, &name_bytes, &vendor) || name_bytes == 2 ||
	    !guest_get_u64(fw, c->arg[3], &room))
		return name_bytes == 2 ? EFI_NOT_FOUND : EFI_INVALID_PARAMETER;
	v = *find(fw, name, name_bytes, &vendor);
	if (!v)
		return EFI_NOT_FOUND;
	if (c->arg[2] && !guest_put_u32(fw, c->arg[2], v->attributes))
		return EFI_INVALID_PARAMETER;
	if (!guest_put_u64(fw, c->arg[3], v->data_bytes))
		return EFI_INVALID_PARAMETER;
	if (room < v->data_bytes)
		return EFI_BUFFER_TOO_SMALL;
	if (!c->arg[4] || !guest_put(fw, c->arg[4], v->data, v->data_bytes))
		return EFI_INVALID_PARAMETER;
	return EFI_SUCCESS;
}

static struct variable *variable_new(struct firmware *fw, const void *name, uint64_t name_bytes,
				     const struct efi_guid *vendor, uint32_t attributes,
				     struct bytes old, struct bytes data)
{
	struct variable *v = heap_new(&fw->heap, sizeof(*v));

	if (!v)
		return NULL;
	v->name = heap_bytes(&fw->heap, name_bytes + old.n + data.n);
	if (!v->name) {
		heap_free(&fw->heap, v);
		return NULL;
	}
	v->vendor = *vendor;
	v->attributes = attributes & ~(uint32_t)EFI_VARIABLE_APPEND_WRITE;
	v->name_bytes = (uint32_t)name_bytes;
	v->data_bytes = (uint32_t)(old.n + data.n);
	v->data = v->name + name_bytes;
	memcpy(v->name, name, name_bytes);
	if (old.n)
		memcpy(v->data, old.p, old.n);
	if (data.n)
		memcpy(v->data + old.n, data.p, data.n);
	return v;
}

/* Put v where link points, in place of what is there; NULL takes away what is there. */
static void put(struct firmware *fw, struct variable **link, struct variable *v)
{
	struct variable *old = *link, *next = old ? old->next : NULL;

	if (v)
		v->next = next;
	*link = v ? v : next;
	if (old)
		variable_free(fw, old);
}

/*
 * Take it away. Of the host's the name is kept: its firmware still has it, and the next kernel is
 * to miss it all the same.
 */
static void delete (struct firmware *fw, struct variable **link)
{
	struct variable *v = *link;

	if (!v->of_host && !v->in_place) {
		put(fw, link, NULL);
		return;
	}
	*link = v->next;
	explicit_bzero(v->data, v->data_bytes);
	v->data_bytes = 0;
	v->of_host = false;
	v->next = fw->variables.deleted;
	fw->variables.deleted = v;
}

/* Is it in place of one of the host's? That is deleted no more. */
static bool takes_place(struct firmware *fw, const struct variable *old, const struct variable *v)
{
	struct variable **deleted =
		find_in(&fw->variables.deleted, v->name, v->name_bytes, &v->vendor);

	if (old)
		return old->of_host || old->in_place;
	if (!*deleted)
		return false;
	put(fw, deleted, NULL);
	return true;
}

static efi_status_t attributes_allowed(uint32_t attributes, const struct variable *old)
{
	if (attributes & (AUTHENTICATED | EFI_VARIABLE_HARDWARE_ERROR_RECORD))
		return EFI_UNSUPPORTED;
	if (attributes & ~(uint32_t)KNOWN)
		return EFI_INVALID_PARAMETER;
	if (attributes & EFI_VARIABLE_RUNTIME_ACCESS &&
	    !(attributes & EFI_VARIABLE_BOOTSERVICE_ACCESS))
		return EFI_INVALID_PARAMETER;
	/* kept, but for nobody; a deletion has no attributes at all */
	if ((attributes & (ACCESS | EFI_VARIABLE_NON_VOLATILE)) == EFI_VARIABLE_NON_VOLATILE)
		return EFI_INVALID_PARAMETER;
	if (old && attributes &&
	    (attributes & ~(uint32_t)EFI_VARIABLE_APPEND_WRITE) != old->attributes)
		return EFI_INVALID_PARAMETER;
	return EFI_SUCCESS;
}

/*
 * The host's that tell the truth about the machine: what only its firmware may
 * write, and what is made anew at each boot (SecureBoot, MokListRT).
 */
static bool is_locked(const struct variable *v)
{
	return v && v->of_host &&
	       (v->attributes & AUTHENTICATED || !(v->attributes & EFI_VARIABLE_NON_VOLATILE));
}

/*
 * A secret that an image makes here would be another one than the machine's, and
 * what the host had sealed with that would be lost: so none can be made.
 */
static bool is_secret(const void *name, uint64_t name_bytes, const struct efi_guid *vendor)
{
	static const uint16_t secret[] = u"LoaderBootSecret";

	return name_bytes == sizeof(secret) && !memcmp(name, secret, sizeof(secret)) &&
	       guid_equal(vendor, &guid_systemd_loader);
}

static efi_status_t write_variable(struct firmware *fw, struct variable **link, const void *name,
				   uint64_t name_bytes, const struct efi_guid *vendor,
				   uint32_t attributes, struct bytes data)
{
	struct bytes kept = { NULL, 0 };
	const bool runtime = attributes & EFI_VARIABLE_RUNTIME_ACCESS;
	struct variable *old = *link, *v;
	uint64_t need;

	if (old && attributes & EFI_VARIABLE_APPEND_WRITE)
		kept = (struct bytes){ old->data, old->data_bytes };
	if (name_bytes + kept.n + data.n > VARIABLE_MAX_BYTES)
		return EFI_OUT_OF_RESOURCES;
	need = used_bytes(fw, runtime) - (old && !old->of_host ? bytes_of(old) : 0) +
	       record_bytes(name_bytes, kept.n + data.n);
	if (need > room_for(runtime))
		return EFI_OUT_OF_RESOURCES;
	v = variable_new(fw, name, name_bytes, vendor, attributes, kept, data);
	if (!v)
		return EFI_OUT_OF_RESOURCES;
	v->in_place = takes_place(fw, old, v);
	put(fw, link, v);
	return EFI_SUCCESS;
}

efi_status_t variable_offer(struct firmware *fw, const struct efi_guid *vendor, const char *name,
			    uint32_t attributes, struct bytes data, bool replace)
{
	efi_char16_t wide[32];
	struct variable **link;
	uint64_t n = 0;

	do {
		wide[n] = (uint8_t)name[n];
	} while (name[n++] && n < ARRAY_SIZE(wide));
	link = find(fw, wide, n * sizeof(wide[0]), vendor);
	return *link && !replace ? EFI_SUCCESS
				 : write_variable(fw, link, wide, n * sizeof(wide[0]), vendor,
						  attributes, data);
}

efi_status_t set_variable(struct call *c)
{
	const uint32_t attributes = (uint32_t)c->arg[2];
	struct efi_guid vendor;
	struct variable **link;
	efi_status_t status;
	struct bytes data;
	const void *name;
	uint64_t name_bytes;

	if (!read_name(c, &name, &name_bytes, &vendor) || name_bytes == 2)
		return EFI_INVALID_PARAMETER;
	link = find(c->fw, name, name_bytes, &vendor);
	if (is_locked(*link) || is_secret(name, name_bytes, &vendor))
		return EFI_WRITE_PROTECTED;
	status = attributes_allowed(attributes, *link);
	if (status != EFI_SUCCESS)
		return status;
	if (c->arg[3] > VARIABLE_MAX_BYTES)
		return EFI_INVALID_PARAMETER;
	if (!(attributes & ACCESS) ||
	    (c->arg[3] == 0 && !(attributes & EFI_VARIABLE_APPEND_WRITE))) {
		if (!*link)
			return EFI_NOT_FOUND;
		delete (c->fw, link);
		return EFI_SUCCESS;
	}
	data = (struct bytes){ guest_read(c->fw, c->arg[4], c->arg[3]), c->arg[3] };
	if (c->arg[3] && (!c->arg[4] || !data.p))
		return EFI_INVALID_PARAMETER;
	if (c->arg[3] == 0) /* appending nothing changes nothing */
		return EFI_SUCCESS;
	return write_variable(c->fw, link, name, name_bytes, &vendor, attributes, data);
}

static int add_host_variable(struct firmware *fw, const struct firmware_variable *from)
{
	uint16_t name[NAME_UNITS];
	struct variable **link, *v;
	uint64_t n, need;

	if (!text_from_utf8(from->name, name, NAME_UNITS, &n) || n == 0 ||
	    from->data.n > VARIABLE_MAX_BYTES)
		return 0; /* none that could be asked for */
	need = record_bytes(2 * (n + 1), from->data.n);
	if (fw->variables.host_bytes + need > VARIABLE_HOST_BYTES)
		return 0;
	link = find(fw, name, 2 * (n + 1), &from->vendor);
	if (*link)
		return 0;
	v = variable_new(fw, name, 2 * (n + 1), &from->vendor, from->attributes,
			 (struct bytes){ 0 }, from->data);
	if (!v)
		return -ENOMEM;
	v->of_host = true;
	put(fw, link, v);
	fw->variables.host_bytes += need;
	return 0;
}

int variables_open(struct firmware *fw, struct why *why)
{
	int r = 0;

	for (unsigned i = 0; i < fw->config.n_variables && r == 0; i++)
		r = add_host_variable(fw, &fw->config.variables[i]);
	return r < 0 ? why_errno(why, r, "variables") : 0;
}

/* The variable behind the named one, in the order they were made; an empty name asks for the first.
 */
efi_status_t get_next_variable_name(struct call *c)
{
	struct firmware *fw = c->fw;
	struct efi_guid vendor;
	struct variable *v;
	const void *name;
	uint64_t room;
	long n;

	if (!guest_get_u64(fw, c->arg[0], &room) || !guest_get_guid(fw, c->arg[2], &vendor))
		return EFI_INVALID_PARAMETER;
	n = guest_text(fw, c->arg[1], min_u64(room, VARIABLE_MAX_BYTES) / 2, &name);
	/* the 0 has to be within the size that was given */
	if (n < 0 || 2 * ((uint64_t)n + 1) > room)
		return EFI_INVALID_PARAMETER;
	v = fw->variables.first;
	if (n > 0) {
		v = *find(fw, name, 2 * ((uint64_t)n + 1), &vendor);
		if (!v)
			return EFI_INVALID_PARAMETER;
		v = v->next;
	}
	if (!v)
		return EFI_NOT_FOUND;
	if (!guest_put_u64(fw, c->arg[0], v->name_bytes))
		return EFI_INVALID_PARAMETER;
	if (room < v->name_bytes)
		return EFI_BUFFER_TOO_SMALL;
	if (!guest_write(fw, c->arg[2], sizeof(vendor)) ||
	    !guest_put(fw, c->arg[1], v->name, v->name_bytes))
		return EFI_INVALID_PARAMETER;
	guest_put(fw, c->arg[2], &v->vendor, sizeof(v->vendor));
	return EFI_SUCCESS;
}

efi_status_t query_variable_info(struct call *c)
{
	const uint32_t attributes = (uint32_t)c->arg[0];
	const bool runtime = attributes & EFI_VARIABLE_RUNTIME_ACCESS;
	uint64_t room = room_for(runtime);

	if (attributes & (AUTHENTICATED | EFI_VARIABLE_HARDWARE_ERROR_RECORD))
		return EFI_UNSUPPORTED;
	if (!(attributes & ACCESS) || attributes & ~(uint32_t)KNOWN ||
	    (runtime && !(attributes & EFI_VARIABLE_BOOTSERVICE_ACCESS)))
		return EFI_INVALID_PARAMETER;
	if (!guest_put_u64(c->fw, c->arg[1], room) ||
	    !guest_put_u64(c->fw, c->arg[2], room - used_bytes(c->fw, runtime)) ||
	    !guest_put_u64(c->fw, c->arg[3], VARIABLE_MAX_BYTES))
		return EFI_INVALID_PARAMETER;
	return EFI_SUCCESS;
}

static uint64_t put_record(uint8_t *records, const struct variable *v,
			   enum runtime_variable_kind kind)
{
	/* a name alone is never longer than what the host's took, and has that one's room */
	const uint32_t data_bytes = kind == RUNTIME_VARIABLE_DELETED ? 0 : v->data_bytes;
	const struct runtime_variable record = {
		.n_bytes = (uint32_t)record_bytes(v->name_bytes, data_bytes),
		.attributes = v->attributes,
		.vendor = v->vendor,
		.name_bytes = v->name_bytes,
		.data_bytes = data_bytes,
		.kind = kind,
	};

	memcpy(records, &record, sizeof(record));
	memcpy(records + sizeof(record), v->name, v->name_bytes + record.data_bytes);
	return record.n_bytes;
}

uint64_t variables_store(const struct firmware *fw, uint8_t *records)
{
	const struct variable *v;
	uint64_t n = 0;

	for (v = fw->variables.first; v; v = v->next) {
		if (v->attributes & EFI_VARIABLE_RUNTIME_ACCESS && !v->of_host)
			n += put_record(records + n, v, RUNTIME_VARIABLE_OWN);
		else if (!(v->attributes & EFI_VARIABLE_RUNTIME_ACCESS) && v->in_place)
			/* of one that was for the next kernel too */
			n += put_record(records + n, v, RUNTIME_VARIABLE_DELETED);
	}
	for (v = fw->variables.deleted; v; v = v->next)
		n += put_record(records + n, v, RUNTIME_VARIABLE_DELETED);
	for (v = fw->variables.first; v; v = v->next) {
		if (v->attributes & EFI_VARIABLE_RUNTIME_ACCESS && v->of_host)
			n += put_record(records + n, v, RUNTIME_VARIABLE_OF_HOST);
	}
	return n;
}
