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
#include "host/fdt.h"
#include "host/file.h"
#include "host/shown_tables.h"
#include "host/smbios.h"
#include "host/table_roots.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define SYSTAB "/sys/firmware/efi/systab"
#define DMI_ENTRY "/sys/firmware/dmi/tables/smbios_entry_point"
#define DMI_TABLE "/sys/firmware/dmi/tables/DMI"

/* Page by page: /dev/mem refuses a read as a whole that touches a page it hides. */
/*
 * read(2) ends where the kernel's own mapping of memory does, and a small
 * machine's tables lie right behind that: there, mmap(2) still shows them.
 */
static bool read_by_mapping(int fd, uint64_t addr, void *to, size_t n_bytes)
{
	const uint64_t page = align_down(addr, PAGE_BYTES);
	const uint8_t *p = mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, fd, (off_t)page);

	if (p == MAP_FAILED)
		return false;
	memcpy(to, p + (addr - page), n_bytes);
	munmap((void *)p, PAGE_BYTES);
	return true;
}

static bool read_in_page(int fd, uint64_t addr, void *to, size_t n_bytes)
{
	ssize_t got = pread(fd, to, n_bytes, (off_t)addr);

	/* EFAULT is /dev/mem's word alone: behind a file's end a mapping would kill us */
	if (got < 0 && errno == EFAULT)
		return read_by_mapping(fd, addr, to, n_bytes);
	return got == (ssize_t)n_bytes;
}

static bool read_dev_mem(void *context, uint64_t addr, void *to, size_t n_bytes)
{
	int fd = *(int *)context;
	uint8_t *p = to;
	size_t step;

	if (fd < 0 || addr > INT64_MAX - n_bytes)
		return false;
	while (n_bytes) {
		step = min_u64(n_bytes, PAGE_BYTES - addr % PAGE_BYTES);
		if (!read_in_page(fd, addr, p, step))
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
	scoped_fd fd = open_dev_mem(root);
	struct phys phys = { read_dev_mem, &fd };
	struct host_tables t = { 0 };
	struct copies c = { NULL, 0, 0, 0 };
	int r;

	read_systab(root, &t);
	table_roots_find(root, &phys, &t);
	r = read_device_tree(root, &t, why);
	if (r < 0)
		return r;
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
	*tables = (struct host_tables){ 0 };
}

bool host_tables_have(const struct host_tables *tables, const char *signature)
{
	for (unsigned i = 0; i < tables->n_copies; i++)
		if (tables->copy[i].n_bytes >= 4 && !memcmp(tables->copy[i].data, signature, 4))
			return true;
	return false;
}
