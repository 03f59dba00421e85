// SPDX-License-Identifier: MIT
#include "host/acpi_log.h"
#include "host/acpi.h"
#include "unit/tree.h"

#include <errno.h>

#define TABLES "/sys/firmware/acpi/tables/"

static void test_line(void)
{
	struct acpi_line l = { .n_bytes = 0 };

	check(acpi_line_parse(
		"6,301,2711,-;ACPI: APIC 0x000000007F777000 000078 (v01 BOCHS  BXPC   "
		"  00000003 BXPD 00000002)\n",
		&l));
	check(memcmp(l.signature, "APIC", 4) == 0 && l.addr == 0x7f777000 && l.n_bytes == 0x78);
	check(l.revision == 1 && memcmp(l.oem_id, "BOCHS ", 6) == 0);
	check(memcmp(l.oem_table_id, "BXPC    ", 8) == 0 && l.oem_revision == 3);
	check(memcmp(l.creator_id, "BXPD", 4) == 0 && l.creator_revision == 2);
	check(acpi_line_parse("ACPI: RSDP 0x000000007F77D014 000024 (v02 BOCHS )", &l));
	check(l.revision == 2 && l.n_bytes == 36 && memcmp(l.oem_id, "BOCHS ", 6) == 0);
	check(acpi_line_parse("ACPI: FACS 0x000000007F7DC000 000040\n", &l));
	check(l.addr == 0x7f7dc000 && l.n_bytes == 64);
	/* an identity with blanks in it, and the word in what comes before */
	check(acpi_line_parse("xACPI A ACPI: SSDT 0x0000000000001000 1000078 (v02 A B    C D E F  "
			      "00000003      01000013)\n",
			      &l));
	check(l.n_bytes == 0x1000078 && memcmp(l.oem_table_id, "C D E F ", 8) == 0);
	check(memcmp(l.creator_id, "    ", 4) == 0 && l.creator_revision == 0x1000013);
}

static void test_other_lines(void)
{
	static const char *const rows[] = {
		"",
		"ACPI: ",
		"ACPI: Early table checksum verification disabled",
		"ACPI: Reserving FACP table memory at [mem 0x7f778000-0x7f7780f3]",
		"ACPI: SSDT 0xFFFF888100ABCDEF 000078 (v01 BOCHS  BXPC     00000001 BXPC 00000001)",
		"ACPI: SSDT 0x0000000000000000 000078 (v01 BOCHS  BXPC     00000001 BXPC 00000001)",
		"ACPI: SSDT 0x7F77 000078 (v01 BOCHS  BXPC     00000001 BXPC 00000001)",
		"ACPI: SSDT 0x000000007F777000 78 (v01 BOCHS  BXPC     00000001 BXPC 00000001)",
		"ACPI: SSDT 0x000000007F777000 000078",
		"ACPI: SSDT 0x000000007F777000 000078 (v1 BOCHS  BXPC     00000001 BXPC 00000001)",
		"ACPI: SSDT 0x000000007F777000 000078 (v01 BOC\nS  BXPC     00000001 BXPC "
		"00000001)",
		"ACPI: SSDT 0x000000007F777000 000078 (v01 BOCHS",
		"ACPI: SSDT 0x000000007F777000 000078 (v01 BOCHS  BXPC     0000\n0001 BXPC "
		"00000001)",
		"ACPI: SSDT 0x000000007F777000 000078 (v01 BOCHS  BXPC     00000001 BXPC 0000)",
		"\nACPI: FACS 0x000000007F7DC000 000040",
	};
	struct acpi_line l;

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
		check_msg(!acpi_line_parse(rows[i], &l), "no table: %s",
			  rows[i][0] == '\n' ? "on the next line" : "row");
}

#define ORIGIN " (v01 BOCHS  BXPC     00000001 BXPC 00000001)\n"

static const char kmsg[] =
	"5,0,0,-;Linux version 6.1.0\n"
	"6,9,0,-;ACPI: Early table checksum verification disabled\n"
	"6,10,0,-;ACPI: RSDP 0x00000000000F0014 000024 (v02 BOCHS )\n"
	"6,11,0,-;ACPI: XSDT 0x00000000000F0100 000044 (v01 BOCHS  BXPC     00000001      "
	"01000013)\n"
	"6,12,0,-;ACPI: FACP 0x00000000000F0200 000030" ORIGIN
	"6,13,0,-;ACPI: DSDT 0x00000000000F0300 000028" ORIGIN
	"6,14,0,-;ACPI: FACS 0x00000000000F0400 000040\n"
	"6,15,0,-;ACPI: SSDT 0x00000000000F0500 000024" ORIGIN
	"6,16,0,-;ACPI: SSDT 0x00000000000F0600 000025" ORIGIN
	"6,17,0,-;ACPI: HPET 0x00000000000F0700 000038" ORIGIN " SUBSYSTEM=acpi\n";

/* n bytes that call themselves signature. */
static void put_table(const struct tree *t, const char *name, const char *signature, size_t n)
{
	char path[64], bytes[256] = { 0 };

	memcpy(bytes, signature, 4);
	snprintf(path, sizeof(path), TABLES "%s", name);
	tree_put_bytes(t, path, bytes, n);
}

static struct tree machine(void)
{
	struct tree t = tree_new();

	tree_put(&t, "/dev/kmsg", kmsg);
	put_table(&t, "FACP", "FACP", 0x30);
	put_table(&t, "DSDT", "DSDT", 0x28);
	put_table(&t, "FACS", "FACS", 0x40);
	put_table(&t, "SSDT1", "SSDT", 0x24);
	put_table(&t, "SSDT2", "SSDT", 0x25);
	put_table(&t, "HPET", "HPET", 0x38);
	return t;
}

static const struct table_copy *copy_at(const struct copies *c, uint64_t addr)
{
	for (unsigned i = 0; i < c->n; i++)
		if (c->copy[i].addr == addr)
			return &c->copy[i];
	return NULL;
}

static uint8_t sum(const struct table_copy *copy)
{
	uint8_t s = 0;

	for (uint64_t i = 0; i < copy->n_bytes; i++)
		s = (uint8_t)(s + copy->data[i]);
	return s;
}

static void test_collect(void)
{
	static const uint8_t entries[] = {
		0x00, 2, 0xf, 0, 0, 0, 0, 0, 0x00, 5, 0xf, 0, 0, 0, 0, 0,
		0x00, 6, 0xf, 0, 0, 0, 0, 0, 0x00, 7, 0xf, 0, 0, 0, 0, 0
	};
	struct copies c = { NULL, 0, 0, 0 };
	struct tree t = machine();
	const struct table_copy *rsdp, *xsdt;

	check(acpi_log_collect(t.root, 0xf0014, &c) == 0);
	check(c.n == 8);
	rsdp = copy_at(&c, 0xf0014);
	require(rsdp != NULL);
	check(rsdp->n_bytes == 36 && sum(rsdp) == 0 && memcmp(rsdp->data, "RSD PTR ", 8) == 0);
	check(sum(&(struct table_copy){ 0, 20, rsdp->data }) == 0);
	check(memcmp(rsdp->data + 9, "BOCHS \2\0\0\0\0\44\0\0\0\0\1\17\0", 19) == 0);
	xsdt = copy_at(&c, 0xf0100);
	require(xsdt != NULL);
	check(xsdt->n_bytes == 0x44 && sum(xsdt) == 0);
	check(memcmp(xsdt->data, "XSDT\x44\0\0\0\1", 9) == 0);
	check(memcmp(xsdt->data + 10, "BOCHS BXPC    \1\0\0\0    \x13\0\0\1", 26) == 0);
	check(memcmp(xsdt->data + 36, entries, sizeof(entries)) == 0);
	check(copy_at(&c, 0xf0500)->n_bytes == 0x24 && copy_at(&c, 0xf0600)->n_bytes == 0x25);
	copies_free(&c);
	tree_drop(&t);
}

/* Some of it is not there, or is something else. */
static void test_partly(void)
{
	struct copies c = { NULL, 0, 0, 0 };
	struct tree t = machine();

	put_table(&t, "HPET", "HPET", 0x37);
	put_table(&t, "SSDT1", "XXXX", 0x24);
	tree_remove(&t, TABLES "FACP");
	check(acpi_log_collect(t.root, 0xf0014, &c) == 0);
	check(c.n == 5 && !copy_at(&c, 0xf0700) && !copy_at(&c, 0xf0500) && !copy_at(&c, 0xf0200));
	copies_free(&c);
	check(acpi_log_collect(t.root, 0xf0000, &c) == 0 && c.n == 0); /* another root pointer */
	tree_put(&t, "/dev/kmsg", strstr(kmsg, "6,12"));
	check(acpi_log_collect(t.root, 0xf0014, &c) == 0 && c.n == 0); /* the beginning is lost */
	tree_remove(&t, "/dev/kmsg");
	check(acpi_log_collect(t.root, 0xf0014, &c) == 0 && c.n == 0);
	copies_free(&c);
	tree_drop(&t);
}

/* More tables than the XSDT says it has room for: then it is not this XSDT. */
static void test_small_xsdt(void)
{
	struct copies c = { NULL, 0, 0, 0 };
	struct tree t = machine();
	char text[sizeof(kmsg)];

	memcpy(text, kmsg, sizeof(kmsg));
	memcpy(strstr(text, "000044"), "00003c", 6);
	tree_put(&t, "/dev/kmsg", text);
	check(acpi_log_collect(t.root, 0xf0014, &c) == 0 && c.n == 7 && !copy_at(&c, 0xf0100));
	copies_free(&c);
	tree_drop(&t);
}

/* More lines than anyone has tables: the rest is not looked at. */
static void test_many(void)
{
	static char text[700 * 100];
	struct copies c = { NULL, 0, 0, 0 };
	struct tree t = machine();

	strcpy(text, kmsg);
	for (unsigned i = 0; i < 600; i++)
		strcat(text, "ACPI: FACS 0x00000000000F0400 000040\n");
	tree_put(&t, "/dev/kmsg", text);
	check(acpi_log_collect(t.root, 0xf0014, &c) == 0 && c.n == 7); /* no FACS509 to be had */
	copies_free(&c);
	tree_drop(&t);
}

int main(void)
{
	test_line();
	test_other_lines();
	test_collect();
	test_partly();
	test_small_xsdt();
	test_many();
	return tap_done();
}
