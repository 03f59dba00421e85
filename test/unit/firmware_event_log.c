// SPDX-License-Identifier: MIT
/*
 * The next kernel looks for its event log where ours is: no ACPI table leads to another one, and an
 * image without a TPM hands on what there is.
 */
#include "firmware/core/guid.h"
#include "firmware/core/tables.h"
#include "firmware/tcg2/measure.h"
#include "tap.h"
#include "unit/fake_machine.h"
#include "unit/tiny_log.h"

/* What lies at 0xf0000: the root pointer, its list, tables. */
enum {
	HERE = 0xf0000,
	LIST = 0x40,
	OTHER = 0x100,
	TPM2 = 0x200,
	AREA = 0xe1000,
	ROOT_2_BYTES = 36,
	HEAD_BYTES = 36,
	TPM2_BYTES = 76,
};

static uint8_t page[PAGE_BYTES];
static struct firmware_memory memory[16];

static void no_step(struct fake_step *step)
{
	step->kind = FAKE_LEAVE;
}

static void put(uint8_t *to, uint64_t v, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		to[i] = (uint8_t)(v >> 8 * i);
}

static uint64_t get(const uint8_t *from, unsigned n)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < n; i++)
		v |= (uint64_t)from[i] << 8 * i;
	return v;
}

static bool sums(const uint8_t *p, size_t n)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum = (uint8_t)(sum + p[i]);
	return sum == 0;
}

static void put_table(unsigned at, const char *signature, uint32_t n)
{
	memcpy(page + at, signature, 4);
	put(page + at + 4, n, 4);
}

/* A root pointer of revision 0 or 2, and a list of two tables. */
static void make_tables(unsigned revision)
{
	const unsigned n = revision ? 8 : 4;

	memset(page, 0, sizeof(page));
	memcpy(page, "RSD PTR ", 8);
	page[15] = (uint8_t)revision;
	put(page + (revision ? 24 : 16), HERE + LIST, n);
	put_table(LIST, revision ? "XSDT" : "RSDT", HEAD_BYTES + 2 * n);
	put(page + LIST + HEAD_BYTES, HERE + OTHER, n);
	put(page + LIST + HEAD_BYTES + n, HERE + TPM2, n);
	put_table(OTHER, "APIC", HEAD_BYTES);
	put_table(TPM2, "TPM2", TPM2_BYTES);
	page[TPM2 + 48] = 7; /* how the device is started */
	put(page + TPM2 + 64, 0x10000, 4);
	put(page + TPM2 + 68, AREA, 8);
}

static struct firmware_config config_with_tables(bool is_old)
{
	struct firmware_config config = fake_config();

	memcpy(memory, config.memory, config.n_memory * sizeof(*memory));
	memory[1].copy = page;
	config.memory = memory;
	config.acpi20 = is_old ? 0 : HERE;
	config.acpi10 = is_old ? HERE : 0;
	return config;
}

static void open_measured(bool is_old)
{
	static struct tiny_log tiny;
	static struct tpm_pcrs pcrs;
	static struct firmware_tpm tpm;
	struct firmware_config config = config_with_tables(is_old);
	struct why why;

	tiny_log_fill(&tiny, &tiny_banks_one);
	tpm_pcrs_reset(&pcrs, &tiny_banks_one);
	tpm = (struct firmware_tpm){ &pcrs, 1, 1, { tiny.bytes, tiny.n } };
	config.tpm = &tpm;
	if (fake_open(config, no_step, &why) < 0) {
		printf("Bail out! %s\n", why.text);
		exit(1);
	}
}

static void test_withheld(unsigned revision)
{
	const struct efi_guid *guid = revision ? &guid_acpi20 : &guid_acpi10;
	const unsigned n = revision ? 8 : 4;
	const uint8_t *root, *list, *tpm2;
	uint8_t before[PAGE_BYTES];
	uint64_t at;

	make_tables(revision);
	memcpy(before, page, sizeof(before));
	open_measured(!revision);
	at = table_find(fake.firmware, guid);
	require(at && at != HERE && at <= UINT32_MAX);
	root = fake_at(at);
	check(!memcmp(root, "RSD PTR ", 8) && sums(root, 20) && root[15] == revision);
	check(!revision || sums(root, ROOT_2_BYTES));
	list = fake_at(get(root + (revision ? 24 : 16), n));
	check(!memcmp(list, revision ? "XSDT" : "RSDT", 4) && sums(list, HEAD_BYTES + 2 * n));
	check(get(list + HEAD_BYTES, n) == HERE + OTHER);
	tpm2 = fake_at(get(list + HEAD_BYTES + n, n));
	check(!memcmp(tpm2, "TPM2", 4) && sums(tpm2, TPM2_BYTES) && tpm2[48] == 7);
	check(get(tpm2 + 64, 4) == 0 && get(tpm2 + 68, 8) == 0);
	/* nobody writes to the machine's own */
	check(!memcmp(fake_at(HERE), before, sizeof(before)));
	fake_close();
}

/* Tables that lead nowhere stay as they are. */
static void test_kept(const char *what)
{
	open_measured(false);
	check_msg(table_find(fake.firmware, &guid_acpi20) == HERE, "%s", what);
	fake_close();
}

static void test_others(void)
{
	make_tables(2);
	put(page + TPM2 + 68, 0, 8);
	test_kept("no area");
	make_tables(2);
	put(page + TPM2 + 64, 0, 4);
	test_kept("an area of 0 bytes");
	make_tables(2);
	put_table(TPM2, "TPM2", 52);
	test_kept("a table without the fields");
	make_tables(2);
	put_table(TPM2, "TPM2", 70);
	test_kept("a table that ends in a field");
	make_tables(2);
	put_table(TPM2, "TPM2", UINT32_MAX);
	test_kept("a table without an end");
	make_tables(2);
	put_table(TPM2, "TCPA", TPM2_BYTES);
	test_kept("no such table");
	make_tables(2);
	put_table(LIST, "XSDT", HEAD_BYTES + 8 + 7);
	test_kept("a list that ends in an address");
	make_tables(2);
	put(page + LIST + HEAD_BYTES + 8, UINT64_MAX - 3, 8);
	test_kept("an address of nothing");
	make_tables(2);
	put(page + 24, HERE + 0x1000 - 8, 8);
	test_kept("a list behind what can be read");
	make_tables(2);
	page[0] = 'x';
	test_kept("no root pointer");
}

/* Not measured: the log as it is, and nothing of the protocol. */
static void test_passed_on(bool is_agile)
{
	static const uint8_t old[32 + 4] = { 4, 0, 0, 0, 8, [28] = 4 };
	static struct tiny_log tiny;
	struct firmware_config config = config_with_tables(false);
	struct why why;
	uint64_t at;

	make_tables(2);
	tiny_log_fill(&tiny, &tiny_banks_four);
	config.event_log = is_agile ? tiny_bytes(tiny.bytes, tiny.n) : tiny_bytes(old, sizeof(old));
	require(fake_open(config, no_step, &why) == 0);
	at = table_find(fake.firmware, &guid_linux_tpm_event_log);
	require(at);
	check(get(fake_at(at), 4) == config.event_log.n && get(fake_at(at + 4), 4) == 0);
	check(get(fake_at(at + 8), 1) == (is_agile ? 2 : 1));
	check(!memcmp(fake_at(at + 9), config.event_log.p, config.event_log.n));
	check(!table_find(fake.firmware, &guid_tcg2_final_events));
	check(table_find(fake.firmware, &guid_acpi20) == HERE);
	fake_close();
	config.event_log.n--;
	if (!is_agile)
		check(fake_open(config, no_step, &why) == -EBADMSG);
}

int main(void)
{
	test_withheld(2);
	test_withheld(0);
	test_others();
	test_passed_on(true);
	test_passed_on(false);
	return tap_done();
}
