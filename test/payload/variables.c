// SPDX-License-Identifier: MIT
/* 8.2 Variable services, volatile variables only: the oracle's flash is none of ours to wear. */
#include "lib.h"

static const struct efi_guid mine = { 0x91d3a5b0, 0x2f2f, 0x4a4a, { 1, 1, 2, 3, 5, 8, 13, 21 } };
static const struct efi_guid other = { 0x91d3a5b1, 0x2f2f, 0x4a4a, { 1, 1, 2, 3, 5, 8, 13, 21 } };
enum {
	BS = EFI_VARIABLE_BOOTSERVICE_ACCESS,
	RT = EFI_VARIABLE_RUNTIME_ACCESS,
	APPEND = EFI_VARIABLE_APPEND_WRITE,
};

static efi_status_t set(const char16 *name, uint32_t attributes, uint64_t n, const void *data)
{
	return rt->set_variable(name, &mine, attributes, n, data);
}

static uint8_t buffer[128 << 10];
static uint64_t n_got;
static uint32_t attributes_got;

static efi_status_t get(const char16 *name, uint64_t room)
{
	n_got = room;
	attributes_got = 0x5555;
	memset(buffer, 0xcc, 64);
	return rt->get_variable(name, &mine, &attributes_got, &n_got, buffer);
}

static void test_get(void)
{
	uint64_t n;

	is(get(u"Missing", 16), EFI_NOT_FOUND);
	check_text(n_got == 16 && buffer[0] == 0xcc, "a miss leaves size and data as they were");
	succeeds(set(u"A", BS | RT, 5, "hello"));
	succeeds(get(u"A", sizeof(buffer)));
	check(n_got == 5 && memcmp(buffer, "hello", 5) == 0 && buffer[5] == 0xcc);
	check(attributes_got == (BS | RT));
	is(get(u"A", 4), EFI_BUFFER_TOO_SMALL);
	check(n_got == 5 && buffer[0] == 0xcc);
	succeeds(get(u"A", 5));
	n = 0;
	is(rt->get_variable(u"A", &mine, NULL, &n, NULL), EFI_BUFFER_TOO_SMALL);
	check(n == 5);
	is(rt->get_variable(u"A", &mine, NULL, &n, NULL), EFI_INVALID_PARAMETER);
	n = sizeof(buffer);
	succeeds(rt->get_variable(u"A", &mine, NULL, &n, buffer));
	is(rt->get_variable(u"A", &other, NULL, &n, buffer), EFI_NOT_FOUND);
	is(rt->get_variable(u"a", &mine, NULL, &n, buffer), EFI_NOT_FOUND);
	is(rt->get_variable(u"AA", &mine, NULL, &n, buffer), EFI_NOT_FOUND);
	is(rt->get_variable(NULL, &mine, NULL, &n, buffer), EFI_INVALID_PARAMETER);
	is(rt->get_variable(u"A", NULL, NULL, &n, buffer), EFI_INVALID_PARAMETER);
	is(rt->get_variable(u"A", &mine, NULL, NULL, buffer), EFI_INVALID_PARAMETER);
	is_either(rt->get_variable(u"", &mine, NULL, &n, buffer), EFI_NOT_FOUND,
		  EFI_INVALID_PARAMETER);
}

static void test_set(void)
{
	succeeds(set(u"A", BS | RT, 3, "new"));
	succeeds(get(u"A", 64));
	check_text(n_got == 3 && memcmp(buffer, "new", 3) == 0, "a write replaces the value");
	succeeds(set(u"A", BS | RT | APPEND, 4, "born"));
	succeeds(get(u"A", 64));
	check(n_got == 7 && memcmp(buffer, "newborn", 7) == 0 && attributes_got == (BS | RT));
	succeeds(set(u"A", BS | RT | APPEND, 0, NULL));
	succeeds(get(u"A", 64));
	check_text(n_got == 7, "an append of nothing is nothing, no deletion");
	is(set(u"A", BS, 1, "x"), EFI_INVALID_PARAMETER);
	succeeds(get(u"A", 64));
	check_text(n_got == 7, "other attributes do not replace a variable");

	succeeds(set(u"A", BS | RT, 0, NULL));
	is(get(u"A", 64), EFI_NOT_FOUND);
	is(set(u"A", BS | RT, 0, NULL), EFI_NOT_FOUND);
	succeeds(set(u"A", BS | RT, 1, "a"));
	is(set(u"A", EFI_VARIABLE_NON_VOLATILE, 1, "a"), EFI_INVALID_PARAMETER);
	succeeds(get(u"A", 64));
	succeeds(set(u"A", 0, 0, NULL));
	is(set(u"A", EFI_VARIABLE_NON_VOLATILE, 1, "a"), EFI_INVALID_PARAMETER);
	succeeds(set(u"B", BS, 1, "b"));
	succeeds(get(u"B", 64));
	check(attributes_got == BS);
	succeeds(set(u"B", 0, 1, "b"));
	is(get(u"B", 64), EFI_NOT_FOUND);
	succeeds(set(u"C", BS | APPEND, 2, "cc"));
	succeeds(get(u"C", 64));
	check_text(n_got == 2 && attributes_got == BS, "an append may begin a variable");
	succeeds(set(u"C", BS, 0, NULL));

	is(set(NULL, BS, 1, "x"), EFI_INVALID_PARAMETER);
	is(set(u"", BS, 1, "x"), EFI_INVALID_PARAMETER);
	is(rt->set_variable(u"A", NULL, BS, 1, "x"), EFI_INVALID_PARAMETER);
	is(set(u"A", BS, 1, NULL), EFI_INVALID_PARAMETER);
	is(set(u"A", RT, 1, "x"), EFI_INVALID_PARAMETER);
	is_either(set(u"A", BS | 0x1000, 1, "x"), EFI_INVALID_PARAMETER, EFI_UNSUPPORTED);
	/* not signed, if such variables are known at all */
	fails(set(u"A", BS | EFI_VARIABLE_AUTHENTICATED_WRITE_ACCESS, 1, "x"));
	fails(set(u"A", BS | EFI_VARIABLE_TIME_BASED_AUTHENTICATED_WRITE_ACCESS, 1, "x"));
	is(get(u"A", 64), EFI_NOT_FOUND);
}

static void test_big(void)
{
	uint64_t max_storage = 0, remaining = 0, max = 0;
	uint32_t crc;

	succeeds(rt->query_variable_info(BS | RT, &max_storage, &remaining, &max));
	check(max_storage > 0 && remaining <= max_storage && max > 0 && max <= max_storage);
	is(rt->query_variable_info(0, &max_storage, &remaining, &max), EFI_INVALID_PARAMETER);
	is(rt->query_variable_info(RT, &max_storage, &remaining, &max), EFI_INVALID_PARAMETER);
	is(rt->query_variable_info(BS, NULL, &remaining, &max), EFI_INVALID_PARAMETER);
	is(rt->query_variable_info(BS, &max_storage, NULL, &max), EFI_INVALID_PARAMETER);
	is(rt->query_variable_info(BS, &max_storage, &remaining, NULL), EFI_INVALID_PARAMETER);
	if (on_bardo()) /* EDK2's largest is 8 to 33 KiB, as its build says */
		check(max >= (64 << 10));
	for (max = 0; max < sizeof(buffer); max += 8)
		memcpy(buffer + max, &(uint64_t){ random64() }, 8);
	crc = crc32(0, buffer, 64 << 10);
	succeeds(rt->query_variable_info(BS, &max_storage, &remaining, &max));
	if (max < sizeof(buffer) || on_bardo())
		is(set(u"Bigger", BS, max + 1, buffer), EFI_INVALID_PARAMETER);
	if (set(u"Big", BS | RT, 64 << 10, buffer) != EFI_SUCCESS) {
		check(!on_bardo());
		return;
	}
	memset(buffer, 0, sizeof(buffer));
	succeeds(get(u"Big", sizeof(buffer)));
	check_text(n_got == 64 << 10 && crc32(0, buffer, n_got) == crc, "64 KiB come back whole");
	succeeds(set(u"Big", BS | RT, 0, NULL));
}

/* Counts our own variables among all there are; n_wrong: steps that were not as they should. */
static unsigned enumerate(unsigned *n_wrong)
{
	static char16 name[512], again[512];
	struct efi_guid guid = { 0 };
	efi_status_t status;
	unsigned n_mine = 0;
	uint64_t n;

	name[0] = 0;
	for (;;) {
		/* the size is asked for first: the answer must be exact */
		n = 2 * (strlen16(name) + 1);
		memcpy(again, name, n);
		status = rt->get_next_variable_name(&n, name, &guid);
		if (status == EFI_BUFFER_TOO_SMALL) {
			*n_wrong += strcmp16(again, name) != 0;
			status = rt->get_next_variable_name(&n, name, &guid);
		}
		if (status != EFI_SUCCESS)
			break;
		*n_wrong += n != 2 * (strlen16(name) + 1);
		n_mine += guid_same(&guid, &mine) || guid_same(&guid, &other);
	}
	*n_wrong += status != EFI_NOT_FOUND;
	return n_mine;
}

static void test_names(void)
{
	char16 long_name[301], name[64] = u"No such variable";
	struct efi_guid guid = mine;
	unsigned n_wrong = 0, i;
	uint64_t n = sizeof(name);

	is_either(rt->get_next_variable_name(&n, name, &guid), EFI_INVALID_PARAMETER,
		  EFI_NOT_FOUND);
	name[0] = 0;
	is(rt->get_next_variable_name(NULL, name, &guid), EFI_INVALID_PARAMETER);
	is(rt->get_next_variable_name(&n, NULL, &guid), EFI_INVALID_PARAMETER);
	is(rt->get_next_variable_name(&n, name, NULL), EFI_INVALID_PARAMETER);
	for (i = 0; i < 64; i++)
		name[i] = 'x'; /* no end within the size */
	n = 8;
	is(rt->get_next_variable_name(&n, name, &guid), EFI_INVALID_PARAMETER);

	for (i = 0; i < 300; i++)
		long_name[i] = (char16)('a' + i % 26);
	long_name[300] = 0;
	check(enumerate(&n_wrong) == 0 && n_wrong == 0);
	succeeds(set(u"A", BS | RT, 1, "a"));
	succeeds(rt->set_variable(u"A", &other, BS, 1, "b"));
	succeeds(set(u"Unicode \u263a", BS | RT, 1, "c"));
	succeeds(set(long_name, BS | RT, 1, "d"));
	check_text(enumerate(&n_wrong) == 4, "GetNextVariableName names each once");
	check(n_wrong == 0);
	succeeds(get(u"A", 64));
	check_text(buffer[0] == 'a', "one name, two vendors, two variables");
	succeeds(set(u"A", BS | RT, 0, NULL));
	succeeds(rt->set_variable(u"A", &other, BS, 0, NULL));
	succeeds(set(u"Unicode \u263a", BS | RT, 0, NULL));
	succeeds(set(long_name, BS | RT, 0, NULL));
	check(enumerate(&n_wrong) == 0 && n_wrong == 0);
}

/* As the boot loaders ask: there and one byte long, or not there. Anything else locks them up. */
static void test_secure_boot(void)
{
	efi_status_t status;
	uint64_t n = 0;

	status = rt->get_variable(u"SecureBoot", &global_variable_guid, NULL, &n, NULL);
	check((status == EFI_BUFFER_TOO_SMALL && n == 1) || (status == EFI_NOT_FOUND && n == 0));
}

efi_status_t payload(void)
{
	test_get();
	test_set();
	test_big();
	test_names();
	test_secure_boot();
	return tap_done();
}
