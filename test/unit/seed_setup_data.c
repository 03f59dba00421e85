// SPDX-License-Identifier: MIT
#include "seed/setup_data.h"
#include "tap.h"

#include <errno.h>
#include <string.h>

enum { ADDR = 0x1000, N = 4096 };

static uint8_t bytes[N];
static const struct setup_memory memory = { bytes, ADDR, N };
static struct setup_list list;
static struct why why;

static void put(unsigned at, uint64_t v, unsigned n)
{
	memcpy(bytes + at, &v, n);
}

/* An entry at offset at, by hand. */
static void entry(unsigned at, uint64_t next, uint32_t type, uint32_t n_bytes)
{
	put(at, next, 8);
	put(at + 8, type, 4);
	put(at + 12, n_bytes, 4);
}

static int read_list(uint64_t first)
{
	why.text[0] = 0;
	return setup_list_read(first, &memory, &list, &why);
}

static void test_read(void)
{
	memset(bytes, 0x5a, N);
	check_msg(read_list(0) == 0 && list.n == 0, "an empty list");
	entry(0, ADDR + 100, 4711, 20);
	entry(100, ADDR + 200, SETUP_DATA_INDIRECT, 24);
	entry(200, 0, SETUP_DATA_RNG_SEED, N - 200 - 16);
	check_msg(read_list(ADDR) == 0 && list.n == 3,
		  "three entries, unknown type and indirect among them");
	check_msg(list.entry[1].addr == ADDR + 100 && list.entry[2].data == bytes + 216,
		  "each where it lies");
}

static void test_refusals(void)
{
	memset(bytes, 0, N);
	check_msg(read_list(ADDR - 8) == -EFAULT && why.text[0], "starts before the memory");
	check_msg(read_list(ADDR + N - 15) == -EFAULT, "a header that ends outside");
	check_msg(read_list(UINT64_MAX) == -EFAULT, "an address at the end of all");
	entry(0, 0, 9, N - 15);
	check_msg(read_list(ADDR) == -EFAULT && strstr(why.text, "end outside"),
		  "data that end outside");
	entry(0, 0, 9, UINT32_MAX);
	check_msg(read_list(ADDR) == -EFAULT, "a length of all ones");
	entry(0, ADDR, 9, 32);
	check_msg(read_list(ADDR) == -ELOOP, "an entry that is its own next");
	entry(0, ADDR + 64, 9, 32);
	entry(64, ADDR, 9, 32);
	check_msg(read_list(ADDR) == -ELOOP, "a loop of two");
	entry(0, ADDR + 40, 9, 32);
	entry(40, 0, 9, 0);
	check_msg(read_list(ADDR) == -EBADMSG && strstr(why.text, "overlap"), "two that overlap");
	entry(0, 0, SETUP_DATA_INDIRECT, 23);
	check_msg(read_list(ADDR) == -EBADMSG, "an indirect entry that is too short");
	for (unsigned i = 0; i < 65; i++)
		entry(16 * i, i < 64 ? ADDR + 16 * (i + 1) : 0, 1, 0);
	check_msg(read_list(ADDR) == -E2BIG, "65 entries");
	entry(16 * 63, 0, 1, 0);
	check_msg(read_list(ADDR) == 0 && list.n == 64, "64 entries");
}

static void test_append(void)
{
	const uint8_t seed[32] = { 1, 2, 3, [31] = 4 };
	const struct bytes data = { seed, sizeof(seed) };
	uint8_t before[N];
	uint64_t first = 0;

	memset(bytes, 0, N);
	check_msg(setup_list_append(&first, &memory, 64, 9, data, &why) == 0 && first == ADDR + 64,
		  "to an empty list");
	check_msg(setup_list_append(&first, &memory, 0, 9, data, &why) == 0 && first == ADDR + 64,
		  "to a list of one");
	check_msg(read_list(first) == 0 && list.n == 2 && list.entry[1].addr == ADDR &&
			  !memcmp(list.entry[1].data, seed, 32) && list.entry[1].type == 9,
		  "and it is there");
	memcpy(before, bytes, N);
	check_msg(setup_list_append(&first, &memory, 100, 9, data, &why) == -EBADMSG,
		  "over another one");
	check_msg(setup_list_append(&first, &memory, N - 47, 9, data, &why) == -EFAULT, "no room");
	check_msg(setup_list_append(&first, &memory, UINT64_MAX, 9, data, &why) == -EFAULT,
		  "no such offset");
	check_msg(!memcmp(before, bytes, N) && first == ADDR + 64, "failures change nothing");
	check_msg(setup_list_append(&first, &memory, N - 48, 9, data, &why) == 0,
		  "exactly at the end");
	first = 0;
	check_msg(setup_list_append(&first, &(struct setup_memory){ bytes, 0, N }, 0, 9, data,
				    &why) == -EFAULT &&
			  first == 0,
		  "address 0 ends a list and cannot be an entry's");
	check_msg(setup_list_append(&first, &(struct setup_memory){ bytes, UINT64_MAX - N + 1, N },
				    16, 9, data, &why) == -EFAULT &&
			  first == 0,
		  "memory over the end of all addresses");
	check_msg(setup_list_append(&first, &(struct setup_memory){ bytes, UINT64_MAX - N, N }, 16,
				    9, data, &why) == 0 &&
			  first == UINT64_MAX - N + 16,
		  "memory up to their end");
}

static void test_consume(void)
{
	uint8_t seed[SETUP_DATA_MAX_SEED] = { 0 };
	uint64_t first = ADDR;

	memset(bytes, 0x77, N);
	entry(0, ADDR + 100, 1, 3);
	entry(100, ADDR + 200, 9, 0);
	entry(200, ADDR + 300, 9, 32);
	entry(300, 0, 9, 8);
	check_msg(setup_list_consume_seed(first, &memory, seed, &why) == 32,
		  "the first that is not used up");
	check_msg(seed[0] == 0x77 && seed[31] == 0x77 && seed[32] == 0, "its bytes");
	check_msg(bytes[216] == 0 && bytes[247] == 0 && bytes[248] == 0x77,
		  "are erased, and no others");
	check_msg(bytes[212] == 0 && bytes[208] == 9, "its length too");
	check_msg(setup_list_consume_seed(first, &memory, seed, &why) == 8, "then the next");
	check_msg(setup_list_consume_seed(first, &memory, seed, &why) == -ENOENT, "then none");
	entry(0, 0, 9, SETUP_DATA_MAX_SEED + 1);
	check_msg(setup_list_consume_seed(first, &memory, seed, &why) == -EMSGSIZE &&
			  bytes[16] == 0x77,
		  "one that is too long is left alone");
}

static void test_boot_params(void)
{
	uint8_t boot[BOOT_PARAMS_LEAST_BYTES] = { 0 };
	uint64_t first = 1;

	check_msg(boot_params_first((struct bytes){ boot, sizeof(boot) }, &first, &why) == -EBADMSG,
		  "no magic number");
	memcpy(boot + 0x202, "HdrS\x08\x02", 6);
	check_msg(boot_params_first((struct bytes){ boot, sizeof(boot) }, &first, &why) == -EBADMSG,
		  "protocol 2.08 has no list");
	boot[0x206] = 9;
	check_msg(boot_params_first((struct bytes){ boot, sizeof(boot) - 1 }, &first, &why) ==
			  -EBADMSG,
		  "a byte too short");
	check_msg(first == 1, "nothing returned so far");
	boot_params_set_first(boot, 0x123456789abcdef0);
	check_msg(boot_params_first((struct bytes){ boot, sizeof(boot) }, &first, &why) == 0 &&
			  first == 0x123456789abcdef0,
		  "2.09 has one");
	check_msg(boot[0x250] == 0xf0 && boot[0x257] == 0x12, "where the protocol says");
}

int main(void)
{
	test_read();
	test_refusals();
	test_append();
	test_consume();
	test_boot_params();
	return tap_done();
}
