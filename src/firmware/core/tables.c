// SPDX-License-Identifier: MIT
/* The system table and what hangs on it (UEFI 2.10, 4). */
#include "firmware/core/tables.h"
#include "base/bytes.h"
#include "base/util.h"
#include "base/why.h"
#include "firmware/core/access.h"
#include "firmware/core/attributes_table.h"
#include "firmware/core/crc32.h"
#include "firmware/core/event.h"
#include "firmware/core/forward.h"
#include "firmware/core/gate.h"
#include "firmware/core/guid.h"
#include "firmware/core/host_tables.h"
#include "firmware/core/memory.h"
#include "firmware/core/services.h"
#include "firmware/core/state.h"
#include "firmware/core/variable.h"

#include <errno.h>
#include <string.h>

enum {
	FIRMWARE_REVISION = 1,
	MAX_TABLES = 128,
	VENDOR_OFFSET = 128, /* in the page of the system table */
	RUNTIME_OFFSET = 256,
	PROPERTIES_OFFSET = 512,
	TABLES_OFFSET = 1024,
};

static const efi_char16_t vendor[] = { 'b', 'a', 'r', 'd', 'o', 0 };

static void update_crc(struct firmware *fw, efi_addr_t table)
{
	struct efi_table_header header;
	const void *p;

	guest_put_u32(fw, table + offsetof(struct efi_table_header, crc32), 0);
	if (!guest_get(fw, table, &header, sizeof(header)))
		return; /* the image gave the table's memory away: its loss */
	/* as long as the image says, which is to be as long as it was made */
	header.header_bytes = (uint32_t)min_u64(header.header_bytes, PAGE_BYTES);
	p = guest_read(fw, table, header.header_bytes);
	if (p)
		guest_put_u32(fw, table + offsetof(struct efi_table_header, crc32),
			      crc32_of(p, header.header_bytes));
}

static void put_header(struct firmware *fw, efi_addr_t table, uint64_t signature, unsigned n_bytes)
{
	const struct efi_table_header header = {
		.signature = signature,
		.revision = EFI_REVISION,
		.header_bytes = n_bytes,
	};

	guest_put(fw, table, &header, sizeof(header));
}

/* Fill in the gates of every group that belongs to this table. */
static void put_gates(struct firmware *fw, efi_addr_t table, enum service_table which)
{
	for (unsigned g = 0; g < fw->groups.n; g++) {
		const struct service_group *group = fw->groups.group[g];

		if (group->table != which)
			continue;
		for (unsigned i = 0; i < group->n; i++)
			guest_put_u64(fw, table + 8u * group->service[i].slot,
				      service_gate(fw, &group->service[i]));
	}
}

static int allocate(struct firmware *fw, uint32_t type, uint64_t n_bytes, efi_addr_t *ret_addr)
{
	*ret_addr = 0;
	return memory_allocate(fw, EFI_ALLOCATE_ANY_PAGES, type, pages_for(n_bytes), ret_addr) ==
			       EFI_SUCCESS
		       ? 0
		       : -ENOMEM;
}

/*
 * The code that stays, and its data. The function pointers of the runtime table
 * lead there from the beginning, so that nobody holds one that turns invalid;
 * until boot services end that code hands every call to us.
 */
static int runtime_open(struct firmware *fw)
{
	const struct bytes blob = runtime_blob();
	struct runtime_code_header code;
	struct runtime_data data = {
		.magic = RUNTIME_DATA_MAGIC,
		.at_boot = 1,
		.system_table = fw->system_table,
		.runtime_table = fw->runtime_services,
	};
	int r;

	fw->runtime_data_bytes = sizeof(data) + VARIABLE_STORE_BYTES + fw->variables.host_bytes;
	fw->runtime_tables_bytes = forward_bytes(fw);
	r = allocate(fw, EFI_RUNTIME_SERVICES_CODE, blob.n, &fw->runtime_code);
	if (r == 0)
		r = allocate(fw, EFI_RUNTIME_SERVICES_DATA,
			     fw->runtime_data_bytes + fw->runtime_tables_bytes, &fw->runtime_data);
	if (r < 0)
		return r;
	guest_put(fw, fw->runtime_code, blob.p, blob.n);
	guest_put_u64(fw, fw->runtime_code + offsetof(struct runtime_code_header, data),
		      fw->runtime_data);
	memcpy(&code, blob.p, sizeof(code));
	for (unsigned i = 0; i < RUNTIME_N_SERVICES; i++) {
		data.boot_gate[i] = service_gate(fw, &group_runtime.service[i]);
		guest_put_u64(fw, fw->runtime_services + 8 * (RT_FIRST + i),
			      fw->runtime_code + code.entry[i]);
	}
	guest_put(fw, fw->runtime_data, &data, sizeof(data));
	memory_protect(fw, fw->runtime_code, fw->runtime_code + align_up(blob.n, PAGE_BYTES),
		       MACHINE_READ | MACHINE_EXEC);
	return 0;
}

static void install_properties(struct firmware *fw)
{
	const struct efi_rt_properties_table properties = {
		.version = 1,
		.n_bytes = sizeof(properties),
		.supported = forward_supported(fw),
	};

	guest_put(fw, fw->system_table + PROPERTIES_OFFSET, &properties, sizeof(properties));
	table_install(fw, &guid_rt_properties, fw->system_table + PROPERTIES_OFFSET);
}

int tables_open(struct firmware *fw, struct why *why)
{
	struct efi_system_table table;
	int r;

	r = allocate(fw, EFI_RUNTIME_SERVICES_DATA,
		     TABLES_OFFSET + MAX_TABLES * sizeof(struct efi_configuration_table),
		     &fw->system_table);
	if (r == 0)
		r = allocate(fw, EFI_BOOT_SERVICES_DATA, 8 * BS_TABLE_WORDS, &fw->boot_services);
	if (r < 0)
		return why_set(why, r, "no room for the system table");
	fw->runtime_services = fw->system_table + RUNTIME_OFFSET;
	fw->tables = fw->system_table + TABLES_OFFSET;
	table = (struct efi_system_table){
		.firmware_vendor = fw->system_table + VENDOR_OFFSET,
		.firmware_revision = FIRMWARE_REVISION,
		.runtime_services = fw->runtime_services,
		.boot_services = fw->boot_services,
		.tables = fw->tables,
	};
	guest_put(fw, fw->system_table, &table, sizeof(table));
	guest_put(fw, fw->system_table + VENDOR_OFFSET, vendor, sizeof(vendor));
	put_header(fw, fw->system_table, EFI_SYSTEM_TABLE_SIGNATURE, sizeof(table));
	put_header(fw, fw->boot_services, EFI_BOOT_SERVICES_SIGNATURE, 8 * BS_TABLE_WORDS);
	put_header(fw, fw->runtime_services, EFI_RUNTIME_SERVICES_SIGNATURE, 8 * RT_TABLE_WORDS);
	put_gates(fw, fw->boot_services, SERVICE_BOOT);
	r = runtime_open(fw);
	if (r < 0)
		return why_set(why, r, "no room for the runtime services");
	update_crc(fw, fw->boot_services);
	update_crc(fw, fw->runtime_services);
	r = host_tables_open(fw, why);
	if (r == 0)
		r = attributes_table_open(fw, why);
	if (r == 0)
		install_properties(fw);
	return r;
}

void table_set_console(struct firmware *fw, enum console_slot slot, efi_handle_t handle,
		       efi_addr_t interface)
{
	efi_addr_t at =
		fw->system_table + offsetof(struct efi_system_table, con_in_handle) + 16u * slot;

	guest_put_u64(fw, at, handle);
	guest_put_u64(fw, at + 8, interface);
	update_crc(fw, fw->system_table);
}

/* Index of a table, n_tables when it is not there. */
static unsigned index_of(struct firmware *fw, const struct efi_guid *guid)
{
	struct efi_configuration_table t;
	unsigned i;

	for (i = 0; i < fw->n_tables; i++)
		if (guest_get(fw, fw->tables + i * sizeof(t), &t, sizeof(t)) &&
		    guid_equal(&t.guid, guid))
			break;
	return i;
}

static bool remove_table(struct firmware *fw, unsigned i)
{
	const size_t one = sizeof(struct efi_configuration_table);
	uint8_t *p = guest_write(fw, fw->tables, fw->n_tables * one);

	if (!p)
		return false;
	memmove(p + i * one, p + (i + 1) * one, (fw->n_tables - i - 1) * one);
	fw->n_tables--;
	return true;
}

static void update_count(struct firmware *fw)
{
	guest_put_u64(fw, fw->system_table + offsetof(struct efi_system_table, n_tables),
		      fw->n_tables);
	update_crc(fw, fw->system_table);
}

efi_addr_t table_find(struct firmware *fw, const struct efi_guid *guid)
{
	const unsigned i = index_of(fw, guid);
	struct efi_configuration_table t;

	return i < fw->n_tables && guest_get(fw, fw->tables + i * sizeof(t), &t, sizeof(t))
		       ? t.table
		       : 0;
}

bool table_install_silently(struct firmware *fw, const struct efi_guid *guid, efi_addr_t table)
{
	const struct efi_configuration_table entry = { *guid, table };
	const unsigned i = index_of(fw, guid);

	if (i == MAX_TABLES ||
	    !guest_put(fw, fw->tables + i * sizeof(entry), &entry, sizeof(entry)))
		return false;
	fw->n_tables += i == fw->n_tables;
	update_count(fw);
	return true;
}

efi_status_t table_install(struct firmware *fw, const struct efi_guid *guid, efi_addr_t table)
{
	const unsigned i = index_of(fw, guid);

	if (!table) {
		if (i == fw->n_tables || !remove_table(fw, i))
			return EFI_NOT_FOUND;
		update_count(fw);
	} else if (!table_install_silently(fw, guid, table)) {
		return EFI_OUT_OF_RESOURCES;
	}
	event_signal_group(fw, guid);
	return EFI_SUCCESS;
}

/* What went with boot services is gone from the table too (7.4.6). */
void tables_end_boot_services(struct firmware *fw)
{
	const efi_addr_t t = fw->system_table;

	for (unsigned slot = 0; slot < 3; slot++) {
		guest_put_u64(fw, t + offsetof(struct efi_system_table, con_in_handle) + 16 * slot,
			      0);
		guest_put_u64(fw, t + offsetof(struct efi_system_table, con_in) + 16 * slot, 0);
	}
	guest_put_u64(fw, t + offsetof(struct efi_system_table, boot_services), 0);
	update_crc(fw, t);
}
