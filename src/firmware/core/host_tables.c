// SPDX-License-Identifier: MIT
#include "firmware/core/host_tables.h"
#include "base/bytes.h"
#include "base/util.h"
#include "base/why.h"
#include "firmware/core/access.h"
#include "firmware/core/guid.h"
#include "firmware/core/memory.h"
#include "firmware/core/state.h"
#include "firmware/core/tables.h"

#include <errno.h>

#define ADDRESS(guid, member) &(guid), .address = offsetof(struct firmware_config, member)
#define COPY(guid, member) &(guid), .copy = offsetof(struct firmware_config, member)

#define FROM_SYSFS "Made again from what the kernel shows in /sys"

const struct host_table host_table[] = {
	{ "ACPI 2.0 and later", "where it lies", NULL, ADDRESS(guid_acpi20, acpi20) },
	{ "ACPI 1.0", "where it lies", NULL, ADDRESS(guid_acpi10, acpi10) },
	{ "SMBIOS 3", "where it lies", NULL, ADDRESS(guid_smbios3, smbios3) },
	{ "SMBIOS", "where it lies", NULL, ADDRESS(guid_smbios, smbios) },
	{ "device tree", "a copy",
	  "On machines without ACPI. For one of the image's own there is EFI_DT_FIXUP_PROTOCOL.",
	  COPY(guid_device_tree, device_tree) },
	{ "EFI_RT_PROPERTIES_TABLE", "bardo's own",
	  "The services that the next kernel has: those that the machine's firmware says it has, "
	  "where they are forwarded." },
	{ "EFI_SYSTEM_RESOURCE_TABLE", "a copy",
	  FROM_SYSFS "/firmware/efi/esrt: fwupd looks there for what capsules can update.",
	  COPY(guid_esrt, esrt) },
	{ "LINUX_EFI_MOK_VARIABLE_TABLE", "a copy",
	  FROM_SYSFS "/firmware/efi/mok-variables: the kernel's keyrings trust these keys.",
	  COPY(guid_linux_mok_variables, mok_variables) },
	{ "LINUX_EFI_TPM_EVENT_LOG", "a copy",
	  "PCRs are the same behind a kexec. Where bardo measures, its records are behind the "
	  "machine's." },
	{ "EFI_TCG2_FINAL_EVENTS_TABLE", "bardo's own",
	  "Where bardo measures. The kernel has put the firmware's into its log." },
	{ "LINUX_EFI_RANDOM_SEED", "bardo's own",
	  "The machine's was used: each boot has a new one." },
	{ "LINUX_EFI_INITRD_MEDIA", "no", "An initrd is of one boot." },
	{ "LINUX_EFI_SCREEN_INFO, EDID", "no", "The next kernel's stub makes its own." },
	{ "EFI_MEMORY_ATTRIBUTES_TABLE", "bardo's own; x86: no",
	  "On arm64, where the machine's firmware is called as it lies: its regions and bardo's. "
	  "On x86 the next kernel's memory map has none of the firmware's." },
	{ "LINUX_EFI_MEMRESERVE", "no", "Names memory of a kernel that has ended." },
	{ "LINUX_EFI_COCO_SECRET_AREA", "no", "A secret that is given once." },
	{ "LINUX_EFI_UNACCEPTED_MEM", "no", "bardo refuses confidential guests." },
	{ "UV system table, RCI2, DXE services, HOB list and others of a vendor's", "no",
	  "They lead to memory or code of the firmware that the next kernel cannot reach." },
};
const unsigned n_host_tables = ARRAY_SIZE(host_table);

/* Memory that the kernel keeps, since it reads tables as long as it runs. (4.6.1.3) */
static efi_addr_t put_copy(struct firmware *fw, struct bytes bytes)
{
	efi_addr_t at = 0;

	if (memory_allocate(fw, EFI_ALLOCATE_ANY_PAGES, EFI_ACPI_RECLAIM_MEMORY, pages_for(bytes.n),
			    &at) != EFI_SUCCESS ||
	    !guest_put(fw, at, bytes.p, bytes.n))
		return 0;
	return at;
}

static int open_one(struct firmware *fw, const struct host_table *t, struct why *why)
{
	const uint8_t *config = (const uint8_t *)&fw->config;
	const struct bytes *copy;
	efi_addr_t at = 0;

	if (t->address)
		at = *(const uint64_t *)(const void *)(config + t->address);
	if (t->copy) {
		copy = (const void *)(config + t->copy);
		at = copy->n ? put_copy(fw, *copy) : 0;
		if (copy->n && !at)
			return why_set(why, -ENOMEM, "no room for the machine's %s", t->name);
	}
	/* an address that is 0 is no table */
	if (at)
		table_install(fw, t->guid, at);
	return 0;
}

int host_tables_open(struct firmware *fw, struct why *why)
{
	int r = 0;

	for (unsigned i = 0; i < n_host_tables && r == 0; i++)
		if (host_table[i].guid)
			r = open_one(fw, &host_table[i], why);
	return r;
}
