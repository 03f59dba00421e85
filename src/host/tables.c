// SPDX-License-Identifier: MIT
/*
 * Addresses come from the kernel where it tells them (EFI's system table, the
 * boot parameters), else from a look into the BIOS area. The SMBIOS table's
 * contents come from sysfs if they can, since that works without /dev/mem.
 */
#include "host/tables.h"
#include "base/fd.h"
#include "host/acpi.h"
#include "host/acpi_log.h"
#include "host/copies.h"
#include "host/file.h"
#include "host/smbios.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SYSTAB "/sys/firmware/efi/systab"
#define BOOT_PARAMS "/sys/kernel/boot_params/data"
#define DMI_ENTRY "/sys/firmware/dmi/tables/smbios_entry_point"
#define DMI_TABLE "/sys/firmware/dmi/tables/DMI"

enum { BOOT_PARAMS_RSDP = 0x70 };

/* Page by page: /dev/mem refuses a read as a whole that touches a page it hides. */
static bool read_dev_mem(void *context, uint64_t addr, void *to, size_t n_bytes)
{
	int fd = *(int *)context;
	uint8_t *p = to;
	size_t step;

	if (fd < 0 || addr > INT64_MAX - n_bytes)
		return false;
	while (n_bytes) {
		step = min_u64(n_bytes, PAGE_BYTES - addr % PAGE_BYTES);
		if (pread(fd, p, step, (off_t)addr) != (ssize_t)step)
			return false;
		p += step;
		addr += step;
		n_bytes -= step;
	}
	return true;
}

static int open_dev_mem(const char *root)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/dev/mem", root) >= (int)sizeof(path))
		return -1;
	return open(path, O_RDONLY | O_CLOEXEC);
}

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

/* What a boot loader or kexec told this kernel, since there was no EFI to ask. */
static uint64_t boot_params_rsdp(const char *root)
{
	scoped_host_file params = { NULL, 0 };
	uint64_t addr = 0;

	if (host_file_read(root, BOOT_PARAMS, &params) == 0)
		(void)bytes_le64((struct bytes){ (uint8_t *)params.text, params.n_bytes },
				 BOOT_PARAMS_RSDP, &addr);
	return addr;
}

static void find_acpi(const char *root, const struct phys *phys, struct host_tables *t)
{
	uint64_t addr = boot_params_rsdp(root);
	uint8_t revision;

	if (t->acpi20 || t->acpi10)
		return;
	if (addr == 0 && !acpi_rsdp_find(phys, &addr))
		return;
	/* Unreadable, it is taken for a new one: revision 0 went out with 32-bit firmware. */
	if (acpi_rsdp_check(phys, addr, &revision) && revision == 0)
		t->acpi10 = addr;
	else
		t->acpi20 = addr;
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

int host_tables_read_below(const char *root, struct host_tables *ret_tables, struct why *why)
{
	scoped_fd fd = open_dev_mem(root);
	struct phys phys = { read_dev_mem, &fd };
	struct host_tables t = { 0 };
	struct copies c = { NULL, 0, 0, 0 };
	int r;

	read_systab(root, &t);
	find_acpi(root, &phys, &t);
	if (t.smbios3 == 0 && t.smbios == 0)
		smbios_find(&phys, &t.smbios3, &t.smbios);
	r = collect(root, &phys, &t, &c);
	if (r < 0) {
		copies_free(&c);
		return why_set(why, r, "out of memory reading the firmware's tables");
	}
	copies_sort(&c);
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
	*tables = (struct host_tables){ 0 };
}
