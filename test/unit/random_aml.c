// SPDX-License-Identifier: MIT
/* The three shapes of ADDR that hypervisors write, and everything cut off. */
#include "random/aml.h"
#include "tap.h"
#include "unit/tiny_aml.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct row {
	const char *name;
	struct aml_address want;
} rows[N_TINY_AML] = {
	[TINY_AML_QEMU] = { "QEMU", { { 0x1ffff028, 0 }, { 0, 0 } } },
	[TINY_AML_FIRECRACKER] = { "Firecracker", { { 0xdfff0, 0 }, { 0x1234, 0 } } },
	[TINY_AML_HYPERV] = { "Hyper-V", { { 0x12345010, 4 }, { 0x12345014, 4 } } },
};

static bool same(struct aml_half a, struct aml_half b)
{
	return a.value == b.value && a.memory_bytes == b.memory_bytes;
}

static void test_shape(const struct row *row, struct bytes table)
{
	struct aml_address got = { 0 };

	check_msg(aml_vmgenid(table, &got) == 0, "%s: found", row->name);
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
static void test_damage(const struct row *row, struct bytes table)
{
	unsigned odd = 0;
	size_t n, v;
	int r;

	for (n = 0; n <= table.n; n++) {
		r = with_copy(table.p, n, n, 0);
		odd += r != 0 && r != -ENOENT && r != -ENOEXEC;
	}
	for (n = 0; n < table.n; n++) {
		for (v = 0; v < 256; v++) {
			r = with_copy(table.p, table.n, n, (uint8_t)v);
			odd += r != 0 && r != -ENOENT && r != -ENOEXEC;
		}
	}
	check_msg(odd == 0, "%s: every prefix and every byte", row->name);
}

int main(void)
{
	struct aml_address got = { .low = { 1, 0 } };
	uint8_t other[sizeof(tiny_aml_firecracker) - 1];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		test_shape(&rows[i], tiny_aml[i]);
		test_damage(&rows[i], tiny_aml[i]);
	}
	check(aml_vmgenid((struct bytes){ 0 }, &got) == -ENOENT);
	memcpy(other, tiny_aml_firecracker, sizeof(other));
	memcpy(other + 70, "ADDQ", 4);
	check(memcmp(tiny_aml_firecracker + 70, "ADDR", 4) == 0);
	check(aml_vmgenid((struct bytes){ other, sizeof(other) }, &got) == -ENOEXEC);
	check(got.low.value == 1);
	return tap_done();
}
