// SPDX-License-Identifier: MIT
#include "host/smbios.h"
#include "host/x86_64/bios_area.h"
#include "tap.h"
#include "unit/tiny_tables.h"

#include <stdlib.h>

static void test_parse(void)
{
	struct tiny_tables t = tt_new();
	struct smbios_entry e = { 0 };

	check(smbios_entry_parse((struct bytes){ t.p + TT_SM3, 24 }, &e));
	check(e.is_64 && e.n_bytes == 24 && e.table == TT_ADDR + TT_SM3_TABLE);
	check(e.table_bytes == TT_SM3_TABLE_BYTES);
	check(smbios_entry_parse((struct bytes){ t.p + TT_SM, 31 }, &e));
	check(!e.is_64 && e.n_bytes == 31 && e.table == TT_ADDR + TT_SM_TABLE);
	check(e.table_bytes == TT_SM_TABLE_BYTES);
}

/* 30 is what SMBIOS 2.1 said and firmware still copies. */
static void test_odd_length(void)
{
	struct tiny_tables t = tt_new();
	struct smbios_entry e = { 0 };

	t.p[TT_SM + 5] = 30;
	tt_sum(&t, TT_SM, 31, TT_SM + 4);
	check(smbios_entry_parse((struct bytes){ t.p + TT_SM, 31 }, &e) && e.n_bytes == 31);
}

/* Each shorter entry in a block of its own, and each byte changed. */
static void test_broken(void)
{
	static const struct {
		unsigned off, n;
	} rows[] = { { TT_SM3, 24 }, { TT_SM, 31 } };
	struct tiny_tables t = tt_new();
	unsigned n_taken = 0;
	struct smbios_entry e;
	uint8_t *block;

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		for (unsigned n = 0; n < rows[i].n; n++) {
			block = malloc(n + 1);
			memcpy(block, t.p + rows[i].off, n);
			n_taken += smbios_entry_parse((struct bytes){ block, n }, &e);
			free(block);
			t.p[rows[i].off + n]++;
			n_taken += smbios_entry_parse(
				(struct bytes){ t.p + rows[i].off, rows[i].n }, &e);
			t.p[rows[i].off + n]--;
		}
	}
	check_msg(n_taken == 0, "broken entry points taken: %u", n_taken);
	tt_put(&t, TT_SM + 16, 'X', 1);
	tt_sum(&t, TT_SM, 31, TT_SM + 4);
	check(!smbios_entry_parse((struct bytes){ t.p + TT_SM, 31 }, &e));
}

static void test_find_and_collect(void)
{
	struct tiny_tables t = tt_new();
	struct bytes memory = { t.p, sizeof(t.p) };
	struct phys phys = { tt_read, &memory };
	struct copies c = { NULL, 0, 0, 0 };
	struct smbios_records records = { 0 };
	uint64_t sm3, sm;

	smbios_find(&phys, &sm3, &sm);
	check(sm3 == TT_ADDR + TT_SM3 && sm == TT_ADDR + TT_SM);
	check(smbios_collect(&phys, sm3, &c) == 0 && c.n == 2);
	check(smbios_collect(&phys, sm, &c) == 0 && c.n == 4);
	check(smbios_collect(&phys, sm, &c) == 0 && c.n == 4);
	check(tt_copy_at(c.copy, c.n, TT_SM3_TABLE)->n_bytes == TT_SM3_TABLE_BYTES);
	check(tt_copy_at(c.copy, c.n, TT_SM_TABLE)->data[0] == '2');
	check(smbios_records_find(&c, sm3, &records) && records.start == TT_ADDR + TT_SM3_TABLE &&
	      records.n_bytes == TT_SM3_TABLE_BYTES && records.major == 3 && records.minor == 2);
	check(smbios_records_find(&c, sm, &records) && records.start == TT_ADDR + TT_SM_TABLE &&
	      records.n_bytes == TT_SM_TABLE_BYTES && records.major == 2 && records.minor == 8);
	check(!smbios_records_find(&c, sm + 1, &records) && !smbios_records_find(&c, 0, &records));
	copies_free(&c);
	memory.n = TT_SM3_TABLE; /* the tables are unreadable: the entry point alone */
	check(smbios_collect(&phys, sm3, &c) == 0 && c.n == 1);
	check(!smbios_records_find(&c, sm3, &records));
	copies_free(&c);
	memory.n = TT_SM3;
	smbios_find(&phys, &sm3, &sm);
	check(sm3 == 0 && sm == 0);
	check(smbios_collect(&phys, TT_ADDR + TT_SM3, &c) == 0 && c.n == 0);
	check(smbios_collect(&phys, UINT64_MAX - 3, &c) == 0 && c.n == 0);
	copies_free(&c);
}

int main(void)
{
	test_parse();
	test_odd_length();
	test_broken();
	test_find_and_collect();
	return tap_done();
}
