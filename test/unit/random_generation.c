// SPDX-License-Identifier: MIT
#include "random/generation.h"
#include "base/util.h"
#include "tap.h"

static void test_compare(void)
{
	static const struct {
		const char *a, *b;
		enum generation_match want;
	} rows[] = {
		{ "", "", GENERATION_UNKNOWN },
		{ "vmgenid:01", "", GENERATION_UNKNOWN },
		{ "vmgenid:01", "vmgenid:01", GENERATION_SAME },
		{ "vmgenid:01", "vmgenid:02", GENERATION_OTHER },
		{ "vmgenid:01", "vmgenid:010", GENERATION_OTHER },
		{ "vmgenid:01", "vmclock:01", GENERATION_UNKNOWN },
		/* vmclock's driver came later: the same machine */
		{ "vmgenid:01", "vmgenid:01,vmclock:5", GENERATION_SAME },
		{ "vmgenid:01", "vmgenid:02,vmclock:5", GENERATION_OTHER },
		{ "vmgenid:01,vmclock:5", "vmclock:5", GENERATION_SAME },
		{ "vmgenid:01,vmclock:5", "vmclock:6", GENERATION_OTHER },
		{ "vmgenid:01,vmclock:5", "vmgenid:01,vmclock:6", GENERATION_OTHER },
		{ "vmgenid:01,vmclock:5", "vmgenid:02,vmclock:5", GENERATION_OTHER },
		{ "vmgenid:01,vmclock:5", "vmclock:5,vmgenid:01", GENERATION_SAME },
		{ "vm:01", "vmgenid:01", GENERATION_UNKNOWN },
		/* of a record that somebody wrote */
		{ ",,:", ",", GENERATION_SAME },
		{ "x", "vmgenid:01", GENERATION_UNKNOWN },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
		check_msg(generation_compare(rows[i].a, rows[i].b) == rows[i].want &&
				  generation_compare(rows[i].b, rows[i].a) == rows[i].want,
			  "\"%s\" and \"%s\"", rows[i].a, rows[i].b);
}

static void test_iomem(void)
{
	static const struct {
		const char *text;
		uint64_t at;
	} rows[] = {
		{ "", 0 },
		{ "00000000-00000fff : Reserved\n", 0 },
		{ "00001000-0009fbff : System RAM\nfea00000-feafffff : PCI\n"
		  "  feb00000-feb00fff : AMZNC10C:00\n",
		  0xfeb00000 },
		{ "feb00000-feb00fff : VMCLOCK:00", 0xfeb00000 },
		{ "  2000000000-2000000fff : VMCLOCK:00\n", UINT64_C(0x2000000000) },
		/* its driver's lines below it, and names that are like it */
		{ "feb00000-feb00fff : AMZNC10C:00\n  feb00000-feb00fff : vmclock0\n", 0xfeb00000 },
		{ "feb00000-feb00fff : XVMCLOCK:00\n", 0 },
		{ "feb00000-feb00fff : VMCLOCKS\n", 0 },
		/* what others than root see, and an address that no page has */
		{ "00000000-00000000 : VMCLOCK:00\n", 0 },
		{ "feb00800-feb00fff : VMCLOCK:00\n", 0 },
		{ " : VMCLOCK:00\n", 0 },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
		check_msg(generation_vmclock_in(rows[i].text) == rows[i].at, "iomem %u: %#jx", i,
			  (uintmax_t)rows[i].at);
}

int main(void)
{
	test_compare();
	test_iomem();
	return tap_done();
}
