// SPDX-License-Identifier: MIT
#include "host/tables.h"
#include "unit/tiny_tables.h"
#include "unit/tree.h"

/* Physical memory: nothing but t at its place. */
static void put_memory(const struct tree *tree, const struct tiny_tables *t)
{
	static uint8_t memory[1 << 20];

	memset(memory, 0, sizeof(memory));
	memcpy(memory + TT_ADDR, t->p, sizeof(t->p));
	tree_put_bytes(tree, "/dev/mem", memory, sizeof(memory));
}

static void test_nothing(void)
{
	struct tree tree = tree_new();
	struct host_tables t;
	struct why why;

	check(host_tables_read_below(tree.root, &t, &why) == 0);
	check(!t.acpi20 && !t.acpi10 && !t.smbios3 && !t.smbios && !t.n_copies);
	host_tables_free(&t);
	tree_drop(&tree);
}

static void test_bios(void)
{
	struct tiny_tables tables = tt_new();
	struct tree tree = tree_new();
	struct host_tables t;
	bool sorted = true;

	put_memory(&tree, &tables);
	check(host_tables_read_below(tree.root, &t, NULL) == 0);
	check(t.acpi20 == TT_ADDR + TT_RSDP && t.acpi10 == 0);
	check(t.smbios3 == TT_ADDR + TT_SM3 && t.smbios == TT_ADDR + TT_SM);
	check(t.records.start == TT_ADDR + TT_SM3_TABLE);
	check(t.n_copies == 7 + 4);
	for (unsigned i = 1; i < t.n_copies; i++)
		sorted &= t.copy[i - 1].addr < t.copy[i].addr;
	check(sorted);
	check(memcmp(tt_copy_at(t.copy, t.n_copies, TT_DSDT)->data, "DSDT", 4) == 0);
	host_tables_free(&t);
	check(t.copy == NULL && t.acpi20 == 0);
	tree_drop(&tree);
}

static void test_old_acpi(void)
{
	struct tiny_tables tables = tt_new();
	struct tree tree = tree_new();
	struct host_tables t;

	tables.p[TT_RSDP + 15] = 0;
	tt_sum(&tables, TT_RSDP, 20, TT_RSDP + 8);
	put_memory(&tree, &tables);
	check(host_tables_read_below(tree.root, &t, NULL) == 0);
	check(t.acpi10 == TT_ADDR + TT_RSDP && t.acpi20 == 0);
	host_tables_free(&t);
	tree_drop(&tree);
}

/* EFI says where, and is believed even where memory cannot be read. */
static void test_systab(void)
{
	struct tiny_tables tables = tt_new();
	struct tree tree = tree_new();
	struct host_tables t;

	tree_put(&tree, "/sys/firmware/efi/systab",
		 "ACPI20=0xf0000\nACPI=0x7fb5d000\nSMBIOS3=0xf0600\nSMBIOS=0xf0640\n");
	check(host_tables_read_below(tree.root, &t, NULL) == 0);
	check(t.acpi20 == 0xf0000 && t.acpi10 == 0x7fb5d000);
	check(t.smbios3 == 0xf0600 && t.smbios == 0xf0640);
	check(t.n_copies == 0);
	host_tables_free(&t);
	put_memory(&tree, &tables);
	check(host_tables_read_below(tree.root, &t, NULL) == 0);
	check(t.n_copies == 7 + 4);
	host_tables_free(&t);
	tree_put(&tree, "/sys/firmware/efi/systab", "SMBIOS=0xf0640\n");
	check(host_tables_read_below(tree.root, &t, NULL) == 0);
	check(t.smbios3 == 0 && t.smbios == 0xf0640 && t.acpi20 == 0xf0000);
	check(t.records.start == TT_ADDR + TT_SM_TABLE);
	host_tables_free(&t);
	tree_put(&tree, "/sys/firmware/efi/systab", "ACPI=0x7fb5d000\n");
	check(host_tables_read_below(tree.root, &t, NULL) == 0);
	check(t.acpi10 == 0x7fb5d000 && t.acpi20 == 0 && t.smbios3 == 0xf0600);
	host_tables_free(&t);
	tree_drop(&tree);
}

static void test_boot_params(void)
{
	uint8_t params[4096] = { 0 };
	struct tree tree = tree_new();
	struct host_tables t;

	params[0x71] = 0x50;
	params[0x73] = 0x7f;
	tree_put_bytes(&tree, "/sys/kernel/boot_params/data", params, sizeof(params));
	check(host_tables_read_below(tree.root, &t, NULL) == 0);
	check(t.acpi20 == 0x7f005000 && t.n_copies == 0);
	host_tables_free(&t);
	tree_put_bytes(&tree, "/sys/kernel/boot_params/data", params, 0x74);
	check(host_tables_read_below(tree.root, &t, NULL) == 0 && t.acpi20 == 0);
	host_tables_free(&t);
	tree_drop(&tree);
}

/* The kernel's copies serve where /dev/mem does not. */
static void test_dmi_files(void)
{
	struct tiny_tables tables = tt_new();
	struct tree tree = tree_new();
	const struct table_copy *copy;
	struct host_tables t;

	tree_put(&tree, "/sys/firmware/efi/systab", "SMBIOS3=0x7f000000\n");
	tree_put_bytes(&tree, "/sys/firmware/dmi/tables/smbios_entry_point", tables.p + TT_SM3, 24);
	tree_put(&tree, "/sys/firmware/dmi/tables/DMI", "structures");
	check(host_tables_read_below(tree.root, &t, NULL) == 0);
	check(t.smbios3 == 0x7f000000 && t.n_copies == 2);
	check(t.copy[1].addr == 0x7f000000 && t.copy[1].n_bytes == 24);
	copy = tt_copy_at(t.copy, t.n_copies, TT_SM3_TABLE);
	check(copy && copy->n_bytes == 10 && memcmp(copy->data, "structures", 10) == 0);
	host_tables_free(&t);
	/* an entry point of the kind whose address nobody knows */
	tree_put_bytes(&tree, "/sys/firmware/dmi/tables/smbios_entry_point", tables.p + TT_SM, 31);
	check(host_tables_read_below(tree.root, &t, NULL) == 0 && t.n_copies == 0);
	host_tables_free(&t);
	tree_drop(&tree);
}

int main(void)
{
	test_nothing();
	test_bios();
	test_old_acpi();
	test_systab();
	test_boot_params();
	test_dmi_files();
	return tap_done();
}
