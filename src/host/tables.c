// SPDX-License-Identifier: MIT
/*
 * Addresses come from EFI's system table where the kernel shows it, else from where this kind
 * of machine has them. The SMBIOS table's contents come from sysfs if they can, since that
 * works without /dev/mem.
 */
#include "host/tables.h"
#include "base/fd.h"
#include "host/acpi.h"
#include "host/acpi_log.h"
#include "host/copies.h"
#include "host/dev_mem.h"
#include "host/fdt.h"
#include "host/file.h"
#include "host/shown_tables.h"
#include "host/smbios.h"
#include "host/table_roots.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SYSTAB "/sys/firmware/efi/systab"
#define DMI_ENTRY "/sys/firmware/dmi/tables/smbios_entry_point"
#define DMI_TABLE "/sys/firmware/dmi/tables/DMI"

/* "KEY=0x<address>" on a line of its own; 0 when there is none. */
static uint64_t systab_address(const char *text, const char *key)
{
	size_t n = strlen(key);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, n) == 0 && line[n] == '=')
			return strtoull(line + n + 1, NULL, 16);
	}
	return 0;
}

static void read_systab(const char *root, struct host_tables *t)
{
	scoped_host_file systab = { NULL, 0 };

	if (host_file_read(root, SYSTAB, &systab) < 0)
		return;
	t->acpi20 = systab_address(systab.text, "ACPI20");
	t->acpi10 = systab_address(systab.text, "ACPI");
	t->smbios3 = systab_address(systab.text, "SMBIOS3");
	t->smbios = systab_address(systab.text, "SMBIOS");
}

/* Entry point and table from sysfs, if they are the ones that t speaks of. */
static int collect_dmi_files(const char *root, const struct host_tables *t, struct copies *c)
{
	scoped_host_file entry = { NULL, 0 }, table = { NULL, 0 };
	struct smbios_entry e;
	struct bytes b;
	uint64_t addr;
	int r;

	if (host_file_read(root, DMI_ENTRY, &entry) < 0 ||
	    host_file_read(root, DMI_TABLE, &table) < 0)
		return 0;
	b = (struct bytes){ (uint8_t *)entry.text, entry.n_bytes };
	if (!smbios_entry_parse(b, &e))
		return 0;
	addr = e.is_64 ? t->smbios3 : t->smbios;
	if (addr == 0)
		return 0;
	r = copies_add_bytes(c, addr, b);
	if (r == 0)
		r = copies_add_bytes(c, e.table,
				     (struct bytes){ (uint8_t *)table.text, table.n_bytes });
	return r == -ENOMEM ? r : 0;
}

/* From memory; what is not to be had there, from the kernel's log and files. */
static int collect_acpi(const char *root, const struct phys *phys, uint64_t addr, struct copies *c)
{
	unsigned before = c->n;
	int r = acpi_collect(phys, addr, c);

	return r < 0 || c->n > before ? r : acpi_log_collect(root, addr, c);
}

static int collect(const char *root, const struct phys *phys, const struct host_tables *t,
		   struct copies *c)
{
	int r = collect_dmi_files(root, t, c);

	if (r == 0 && t->acpi20)
		r = collect_acpi(root, phys, t->acpi20, c);
	if (r == 0 && t->acpi10)
		r = acpi_collect(phys, t->acpi10, c);
	if (r == 0 && t->smbios3)
		r = smbios_collect(phys, t->smbios3, c);
	if (r == 0 && t->smbios)
		r = smbios_collect(phys, t->smbios, c);
	return r;
}

/* Only a damaged one is an error. A machine with ACPI has described itself there. */
static int read_device_tree(const char *root, struct host_tables *t, struct why *why)
{
	struct why inner;
	const int r = t->acpi20 || t->acpi10 ? 0 : fdt_read(root, &t->device_tree, &inner);

	return r == -EINVAL ? why_set(why, r, "%s", inner.text) : 0;
}

static int read_shown(const char *root, struct host_tables *t)
{
	int r = shown_esrt(root, &t->esrt);

	return r == 0 ? shown_mok_variables(root, &t->mok_variables) : r;
}

int host_tables_read_below(const char *root, struct host_tables *ret_tables, struct why *why)
{
	scoped_fd fd = dev_mem_open(root);
	struct phys phys = { dev_mem_read, &fd };
	struct host_tables t = { 0 };
	struct copies c = { NULL, 0, 0, 0 };
	int r;

	read_systab(root, &t);
	table_roots_find(root, &phys, &t);
	r = read_device_tree(root, &t, why);
	if (r < 0) {
		host_tables_free(&t);
		return r;
	}
	r = collect(root, &phys, &t, &c);
	if (r == 0)
		r = read_shown(root, &t);
	if (r < 0) {
		host_tables_free(&t);
		copies_free(&c);
		return why_set(why, r, "out of memory reading the firmware's tables");
	}
	copies_sort(&c);
	t.pm_timer_port = acpi_pm_timer_port(&c);
	acpi_power_find(&c, &t.power);
	if (!smbios_records_find(&c, t.smbios3, &t.records))
		(void)smbios_records_find(&c, t.smbios, &t.records);
	t.copy = c.copy;
	t.n_copies = c.n;
	*ret_tables = t;
	return 0;
}

int host_tables_read(struct host_tables *ret_tables, struct why *why)
{
	return host_tables_read_below("", ret_tables, why);
}

void host_tables_free(struct host_tables *tables)
{
	for (unsigned i = 0; i < tables->n_copies; i++)
		free(tables->copy[i].data);
	free(tables->copy);
	free((void *)tables->device_tree.p);
	free((void *)tables->esrt.p);
	free((void *)tables->mok_variables.p);
	free((void *)tables->attributes.p);
	*tables = (struct host_tables){ 0 };
}

bool host_tables_have(const struct host_tables *tables, const char *signature)
{
	for (unsigned i = 0; i < tables->n_copies; i++)
		if (tables->copy[i].n_bytes >= 4 && !memcmp(tables->copy[i].data, signature, 4))
			return true;
	return false;
}
