// SPDX-License-Identifier: MIT
/* The three shapes of ADDR that hypervisors write, and everything cut off. */
#include "random/aml.h"
#include "tap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Scope (\_SB) { Device (VGEN) {..} } and Name (VGIA, ..), as QEMU's SSDT has them */
static const uint8_t qemu[] = {
	'S',
	'S',
	'D',
	'T',
	0,
	0,
	0,
	0,
	0x08,
	'V',
	'G',
	'I',
	'A',
	0x0c,
	0x00,
	0xf0,
	0xff,
	0x1f,
	0x10,
	0x4b,
	0x06,
	0x5c,
	'_',
	'S',
	'B',
	'_',
	0x5b,
	0x82,
	0x42,
	0x06,
	'V',
	'G',
	'E',
	'N',
	0x08,
	'_',
	'H',
	'I',
	'D',
	0x0d,
	'Q',
	'E',
	'M',
	'U',
	'V',
	'G',
	'I',
	'D',
	0,
	0x08,
	'_',
	'C',
	'I',
	'D',
	0x0d,
	'V',
	'M',
	'_',
	'G',
	'e',
	'n',
	'_',
	'C',
	'o',
	'u',
	'n',
	't',
	'e',
	'r',
	0,
	0x08,
	'_',
	'D',
	'D',
	'N',
	0x0d,
	'V',
	'M',
	'_',
	'G',
	'e',
	'n',
	'_',
	'C',
	'o',
	'u',
	'n',
	't',
	'e',
	'r',
	0,
	/* Method (ADDR) { Local0 = Package (2) {}; Local0[0] = VGIA + 0x28; Local0[1] = 0; .. } */
	0x14,
	0x20,
	'A',
	'D',
	'D',
	'R',
	0,
	0x70,
	0x12,
	0x02,
	0x02,
	0x60,
	0x70,
	0x72,
	'V',
	'G',
	'I',
	'A',
	0x0a,
	0x28,
	0x00,
	0x88,
	0x60,
	0x00,
	0x00,
	0x70,
	0x00,
	0x88,
	0x60,
	0x01,
	0x00,
	0xa4,
	0x60,
	0,
	0,
};

/* Device (\_SB.VGEN) { .. Name (ADDR, Package (2) { low, high }) }, Firecracker's */
static const uint8_t firecracker[] = {
	0x5b, 0x82, 0x43, 0x05, 0x2e, '_',  'S',  'B',	'_',  'V',  'G', 'E', 'N',  0x08, '_',
	'H',  'I',  'D',  0x0d, 'F',  'C',  'V',  'M',	'G',  'I',  'D', 0,   0x08, '_',  'C',
	'I',  'D',  0x0d, 'V',	'M',  '_',  'G',  'e',	'n',  '_',  'C', 'o', 'u',  'n',  't',
	'e',  'r',  0,	  0x08, '_',  'D',  'D',  'N',	0x0d, 'V',  'M', '_', 'G',  'e',  'n',
	'_',  'C',  'o',  'u',	'n',  't',  'e',  'r',	0,    0x08, 'A', 'D', 'D',  'R',  0x12,
	0x0a, 0x02, 0x0c, 0xf0, 0xff, 0x0d, 0x00, 0x0b, 0x34, 0x12,
};

/* fields in memory, and _CID a package of names: Hyper-V's */
static const uint8_t hyperv[] = {
	/* OperationRegion (BIOS, SystemMemory, 0x12345000, 0xff) */
	0x5b,
	0x80,
	'B',
	'I',
	'O',
	'S',
	0x00,
	0x0c,
	0x00,
	0x50,
	0x34,
	0x12,
	0x0a,
	0xff,
	/* Field (BIOS, DWordAcc) { MODE, 32, Offset (0x10), GCAL, 32, GCAH, 32 } */
	0x5b,
	0x81,
	0x18,
	'B',
	'I',
	'O',
	'S',
	0x03,
	'M',
	'O',
	'D',
	'E',
	0x20,
	0x00,
	0x40,
	0x06,
	'G',
	'C',
	'A',
	'L',
	0x20,
	'G',
	'C',
	'A',
	'H',
	0x20,
	0,
	0x5b,
	0x82,
	0x43,
	0x07,
	0x2e,
	'_',
	'S',
	'B',
	'_',
	'G',
	'E',
	'N',
	'C',
	0x08,
	'_',
	'H',
	'I',
	'D',
	0x0d,
	'M',
	'S',
	'F',
	'T',
	'1',
	'0',
	'0',
	'2',
	0,
	0x08,
	'_',
	'C',
	'I',
	'D',
	0x12,
	0x1c,
	0x02,
	0x0d,
	'V',
	'M',
	'_',
	'G',
	'e',
	'n',
	'_',
	'C',
	'o',
	'u',
	'n',
	't',
	'e',
	'r',
	0,
	0x0d,
	'V',
	'M',
	'G',
	'E',
	'N',
	'C',
	'T',
	'R',
	0,
	/* Method (ADDR) { Name (LPKG, ..); LPKG[0] = GCAL; LPKG[1] = GCAH; Return (LPKG) } */
	0x14,
	0x2d,
	'A',
	'D',
	'D',
	'R',
	0x00,
	0x08,
	'L',
	'P',
	'K',
	'G',
	0x12,
	0x04,
	0x02,
	0x00,
	0x00,
	0x70,
	'G',
	'C',
	'A',
	'L',
	0x88,
	'L',
	'P',
	'K',
	'G',
	0x00,
	0x00,
	0x70,
	'G',
	'C',
	'A',
	'H',
	0x88,
	'L',
	'P',
	'K',
	'G',
	0x01,
	0x00,
	0xa4,
	'L',
	'P',
	'K',
	'G',
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
};

static const struct row {
	const char *name;
	struct bytes table;
	struct aml_address want;
} rows[] = {
	{ "QEMU", { qemu, sizeof(qemu) }, { { 0x1ffff028, false }, { 0, false } } },
	{ "Firecracker",
	  { firecracker, sizeof(firecracker) },
	  { { 0xdfff0, false }, { 0x1234, false } } },
	{ "Hyper-V", { hyperv, sizeof(hyperv) }, { { 0x12345010, true }, { 0x12345014, true } } },
};

static bool same(struct aml_half a, struct aml_half b)
{
	return a.value == b.value && a.in_memory == b.in_memory;
}

static void test_shape(const struct row *row)
{
	struct aml_address got = { 0 };

	check_msg(aml_vmgenid(row->table, &got) == 0, "%s: found", row->name);
	check_msg(same(got.low, row->want.low) && same(got.high, row->want.high), "%s: %#jx %#jx",
		  row->name, (uintmax_t)got.low.value, (uintmax_t)got.high.value);
}

/* A heap block of exactly that size, so that a sanitizer sees one byte too far. */
static int with_copy(const uint8_t *p, size_t n, size_t at, uint8_t value)
{
	uint8_t *copy = malloc(n ? n : 1);
	struct aml_address got;
	int r;

	memcpy(copy, p, n);
	if (at < n)
		copy[at] = value;
	r = aml_vmgenid((struct bytes){ copy, n }, &got);
	free(copy);
	return r;
}

/* Every prefix, and every byte with every value: no answer but the three. */
static void test_damage(const struct row *row)
{
	unsigned odd = 0;
	size_t n, v;
	int r;

	for (n = 0; n <= row->table.n; n++) {
		r = with_copy(row->table.p, n, n, 0);
		odd += r != 0 && r != -ENOENT && r != -ENOEXEC;
	}
	for (n = 0; n < row->table.n; n++) {
		for (v = 0; v < 256; v++) {
			r = with_copy(row->table.p, row->table.n, n, (uint8_t)v);
			odd += r != 0 && r != -ENOENT && r != -ENOEXEC;
		}
	}
	check_msg(odd == 0, "%s: every prefix and every byte", row->name);
}

int main(void)
{
	struct aml_address got = { .low = { 1, false } };
	uint8_t other[sizeof(firecracker)];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		test_shape(&rows[i]);
		test_damage(&rows[i]);
	}
	check(aml_vmgenid((struct bytes){ qemu, 0 }, &got) == -ENOENT);
	memcpy(other, firecracker, sizeof(other));
	memcpy(other + 70, "ADDQ", 4);
	check(memcmp(firecracker + 70, "ADDR", 4) == 0);
	check(aml_vmgenid((struct bytes){ other, sizeof(other) }, &got) == -ENOEXEC);
	check(got.low.value == 1);
	return tap_done();
}
