// SPDX-License-Identifier: MIT
/*
 * The image's own sections are where and what they should be. Built three
 * ways: as ever, without NX_COMPAT (then code is writable and data runs, as
 * images of before 2020 expect) and with sections that share pages.
 */
#include "lib.h"

static uint32_t zeroes[5000], filled[3] = { 1, 2, 3 };
static const char text[] = "constant";

/* addresses in data: wrong unless relocations were applied */
static const void *const addresses[] = { text, zeroes, filled, (void *)payload };
#ifdef RWX_IMAGE
static uint8_t code_in_data[] __attribute__((aligned(4))) = CPU_RETURNS(42);
#endif

#ifdef RWX_IMAGE
static void test_rwx(void)
{
	static const uint8_t is[] = CPU_RETURNS(40), wanted[] = CPU_RETURNS(41);
	uint8_t *p = (uint8_t *)cpu_forty;

	check(((int (*)(void))code_in_data)() == 42);
	check(memcmp(p, is, sizeof(is)) == 0);
	memcpy(p, wanted, sizeof(wanted));
	cpu_code_written(p, sizeof(wanted));
	check_text(((int (*volatile)(void))cpu_forty)() == 41, "code wrote to code");
}
#endif

efi_status_t payload(void)
{
	struct loaded_image *image = own_image();
	const uint8_t *base = image->image_base;
	unsigned i, n_wrong = 0;
	uint32_t pe;

	for (i = 0; i < 5000; i++)
		n_wrong += zeroes[i] != 0;
	check_text(n_wrong == 0, "what is not in the file is zero");
	check(filled[0] == 1 && filled[2] == 3 && memcmp(text, "constant", 9) == 0);
	check(addresses[0] == text && *(const void *const volatile *)&addresses[1] == zeroes);
	check(*(const void *const volatile *)&addresses[2] == filled);
	check(*(const void *const volatile *)&addresses[3] == (void *)payload);
	memcpy(&pe, base + 0x3c, 4);
	check_text(base[0] == 'M' && memcmp(base + pe, "PE\0", 4) == 0, "the headers are mapped");
	check((uint8_t *)&zeroes[4999] < base + image->image_bytes);
	zeroes[4999] = 1;
	check(cpu_forty() == 40);
#ifdef RWX_IMAGE
	test_rwx();
#endif
	return tap_done();
}
