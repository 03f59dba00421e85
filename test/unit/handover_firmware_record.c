// SPDX-License-Identifier: MIT
#include "handover/firmware_record.h"
#include "guest/runtime_tables.h"
#include "tap.h"

#include <string.h>

static struct runtime_firmware note = {
	.system_table = 0x3fef5018,
	.version = RUNTIME_FIRMWARE_VERSION,
	.n = 2,
	.region = { { 0x3fef4000, 0xfffffffeffaf4000, 0x84, 15, 6, 0 },
		    { 0x3f5ec000, 0xfffffffeff1ec000, 0x100, 15, 5, 0 } },
};

static char firmware_name[] = RUNTIME_FIRMWARE_VARIABLE, ranges_name[] = RUNTIME_RANGES_VARIABLE;

static struct host_variable variable(char *name, uint32_t attributes, const void *p, size_t n)
{
	static const struct efi_guid vendor = RUNTIME_RANGES_VENDOR;
	struct host_variable v = { .name = name, .attributes = attributes, .data = { p, n } };

	memcpy(v.vendor, &vendor, sizeof(vendor));
	return v;
}

static int read_these(struct host_variable *v, unsigned n, struct host_runtime *rt, struct why *why)
{
	const struct host_variables all = { v, n };

	*rt = (struct host_runtime){ .n = 77 };
	return firmware_record_read(&all, rt, why);
}

static void refused(const struct runtime_firmware *f, size_t n, const char *want)
{
	struct host_variable v = variable(firmware_name, 6, f, n);
	struct host_runtime rt;
	struct why why;

	check_msg(read_these(&v, 1, &rt, &why) < 0 && rt.n == 77 && strstr(why.text, want),
		  "%s: %s", want, why.text);
}

static void test_read(void)
{
	struct host_variable v[] = {
		variable(ranges_name, 6, "", 0),
		variable(firmware_name, 6, &note, runtime_firmware_bytes(2)),
	};
	struct host_runtime rt;
	struct why why;

	check(read_these(v, 2, &rt, &why) == 1 && rt.n == 2 && rt.system_table == 0x3fef5018);
	check(rt.region[1].physical == 0x3f5ec000 && rt.region[1].virtual == 0xfffffffeff1ec000 &&
	      rt.region[1].n_pages == 0x100 && rt.region[1].attribute == 15 &&
	      rt.region[1].type == 5);
	check(read_these(v, 0, &rt, &why) == 0);
	check_msg(read_these(v, 1, &rt, &why) < 0 && strstr(why.text, "without it"),
		  "booted by bardo, and nothing noted");
	/* written by somebody into the machine's own variables */
	v[1].attributes = 7;
	check(read_these(v + 1, 1, &rt, &why) == 0 && !is_firmware_variable(&v[1]));
	v[1].attributes = 6;
	v[1].vendor[3] ^= 1;
	check(read_these(v + 1, 1, &rt, &why) == 0 && !is_firmware_variable(&v[1]));
}

static void test_refused(void)
{
	struct runtime_firmware bad = note;

	refused(&note, 0, "length of 0");
	refused(&note, 15, "length of 15");
	refused(&note, runtime_firmware_bytes(2) - 1, "2 regions");
	refused(&note, runtime_firmware_bytes(3), "2 regions");
	bad.version++;
	refused(&bad, runtime_firmware_bytes(2), "version 2");
	bad = note;
	bad.n = RUNTIME_MAX_REGIONS + 1;
	refused(&bad, sizeof(bad), "257 regions");
	bad.n = UINT32_MAX;
	refused(&bad, sizeof(bad), "4294967295 regions");
}

int main(void)
{
	test_read();
	test_refused();
	return tap_done();
}
