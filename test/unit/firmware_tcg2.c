// SPDX-License-Identifier: MIT
/* EFI_TCG2_PROTOCOL on the fake machine: argument rules, what is noted, extended, logged, handed
 * on. */
#include "firmware/core/install.h"
#include "firmware/core/measurer.h"
#include "firmware/core/tables.h"
#include "firmware/core/guid.h"
#include "firmware/tcg2/measure.h"
#include "pe/authenticode.h"
#include "tap.h"
#include "unit/fake_machine.h"
#include "unit/tiny_log.h"

enum { SIZE = 0x100, EVENT = 0x200, DATA = 0x400, OUT = 0x800 }; /* in the image's data */
enum { CAPABILITY, EVENT_LOG, MEASURE, SUBMIT, ACTIVE, SET_ACTIVE, RESULT };
enum { LOGGED_AND_EXTENDED = MEASURED_LOGGED | MEASURED_EXTENDED, SHA256_BANK = 1 };

static struct tiny_log tiny;
static struct tpm_pcrs pcrs;
static struct firmware_tpm tpm;

static void no_step(struct fake_step *step)
{
	step->kind = FAKE_LEAVE;
}

/* What is active is a bit for each of four banks, the log's are the first. */
static void open_tpm(uint32_t active, unsigned n_log_banks)
{
	static struct tpm_banks log_banks;
	struct firmware_config config = fake_config();
	struct why why;

	log_banks = tiny_banks_four;
	log_banks.n = n_log_banks;
	tiny_log_fill(&tiny, &log_banks);
	tpm_pcrs_reset(&pcrs, &tiny_banks_four);
	memset(pcrs.value[SHA256_BANK][4], 0x44, 32);
	tpm = (struct firmware_tpm){ &pcrs, n_log_banks, active, { tiny.bytes, tiny.n } };
	config.tpm = &tpm;
	if (fake_open(config, no_step, &why) < 0) {
		printf("Bail out! %s\n", why.text);
		exit(1);
	}
	fake.base = fake.firmware->images.first->base;
}

static efi_status_t ask(unsigned service, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	const struct service *s = &part_tcg2.groups[0]->service[service];
	struct call call = { .fw = fake.firmware, .service = s, .arg = { 1, a, b, c, d } };

	return s->answer(&call);
}

static void put32(unsigned offset, uint32_t v)
{
	memcpy(fake_at(fake_data(offset)), &v, sizeof(v));
}

static uint32_t get32(uint64_t at)
{
	uint32_t v;

	memcpy(&v, fake_at(at), sizeof(v));
	return v;
}

static void put_event(uint32_t n_bytes, uint32_t header, uint32_t pcr, uint32_t type)
{
	put32(EVENT, n_bytes);
	put32(EVENT + 4, header);
	put32(EVENT + 8, 1);
	put32(EVENT + 10, pcr);
	put32(EVENT + 14, type);
	memcpy(fake_at(fake_data(EVENT + 18)), "what it is", 10);
}

static efi_status_t measure(uint64_t flags, uint64_t n)
{
	return ask(MEASURE, flags, fake_data(DATA), n, fake_data(EVENT));
}

/* Number i of what was noted. */
static bool noted(unsigned i, struct measured *ret)
{
	const struct bytes all = tcg2_measured(fake.firmware);
	size_t at = 0;

	do {
		if (measured_next(all, &tiny_banks_four, &at, ret, NULL) <= 0)
			return false;
	} while (i-- > 0);
	return true;
}

static unsigned count_noted(void)
{
	struct measured m;
	unsigned n = 0;

	while (noted(n, &m))
		n++;
	return n;
}

static const uint8_t *pcr_now(unsigned bank, unsigned pcr)
{
	const struct tcg2 *t = part_state(fake.firmware, &part_tcg2);

	return t->pcrs.value[bank][pcr];
}

/* The kexec in four PCRs, then the image. */
static void test_begin(void)
{
	static const uint8_t want[] = { 4, 11, 12, 13 };
	const struct tiny_pe file = tiny_new(NULL, 0);
	struct bytes piece[8];
	uint8_t digest[TPM_MAX_DIGEST];
	struct pe_image pe;
	struct measured m;
	unsigned n;

	open_tpm(0xf, 4);
	for (unsigned i = 0; i < 4; i++) {
		require(noted(i, &m));
		check(m.record.pcr == want[i] && m.record.type == EV_EVENT_TAG &&
		      m.flags == LOGGED_AND_EXTENDED && m.record.event.n == 8 + 13 &&
		      !memcmp(m.record.event.p + 8, "kexec:bardo:1", 13));
	}
	require(noted(4, &m) && count_noted() == 5);
	require(pe_image_parse(tiny_bytes(file.p, sizeof(file.p)), PE_MACHINE_OURS, UINT64_MAX, &pe,
			       NULL) == 0);
	n = pe_signed_pieces(&pe, piece);
	for (unsigned b = 0; b < 4; b++) {
		require(tpm_hash(tiny_banks_four.bank[b].id, piece, n, digest));
		check(!memcmp(m.record.digest[b], digest, tiny_banks_four.bank[b].n_bytes));
	}
	check(m.record.pcr == 4 && m.record.type == EV_EFI_BOOT_SERVICES_APPLICATION);
	fake_close();
}

/* Each PCR is what all that was noted makes of what it was. */
static void test_pcrs(void)
{
	static struct tpm_pcrs replayed;
	struct measured m;
	unsigned lost = 0;

	open_tpm(0xf, 4);
	put_event(4 + 14 + 10, 14, 9, EV_IPL);
	memcpy(fake_at(fake_data(DATA)), "hello", 5);
	check(measure(0, 5) == EFI_SUCCESS);
	replayed = pcrs;
	for (unsigned i = 0; noted(i, &m); i++)
		tpm_pcrs_apply(&replayed, &m.record, &lost);
	for (unsigned b = 0; b < 4; b++)
		for (unsigned i = 0; i < TPM_PCRS; i++)
			if (memcmp(replayed.value[b][i], pcr_now(b, i), TPM_MAX_DIGEST) != 0)
				check_msg(false, "bank %u PCR %u", b, i);
	check(memcmp(pcr_now(SHA256_BANK, 4), pcrs.value[SHA256_BANK][4], 32) != 0);
	/* as a TPM would have it, from PCR 9 of zeros */
	check(pcr_now(SHA256_BANK, 9)[0] == 0x98 && pcr_now(SHA256_BANK, 9)[1] == 0x51);
	check(noted(5, &m) && m.record.event.n == 10 &&
	      !memcmp(m.record.event.p, "what it is", 10));
	check(memcmp(pcr_now(SHA256_BANK, 7), pcrs.value[SHA256_BANK][7], 32) == 0);
	fake_close();
}

static void test_arguments(void)
{
	const uint64_t nowhere = UINT64_C(0xdead0000);

	open_tpm(0xf, 4);
	put_event(4 + 14 + 10, 14, 9, EV_IPL);
	check(ask(MEASURE, 0, fake_data(DATA), 5, 0) == EFI_INVALID_PARAMETER);
	check(ask(MEASURE, 0, 0, 5, fake_data(EVENT)) == EFI_INVALID_PARAMETER);
	check(ask(MEASURE, 0, nowhere, 5, fake_data(EVENT)) == EFI_INVALID_PARAMETER);
	check(ask(MEASURE, 0, fake_data(DATA), 5, nowhere) == EFI_INVALID_PARAMETER);
	check(ask(MEASURE, 0, fake_data(DATA), UINT64_MAX, fake_data(EVENT)) ==
	      EFI_INVALID_PARAMETER);
	put_event(17, 14, 9, EV_IPL);
	check(measure(0, 5) == EFI_INVALID_PARAMETER);
	put_event(18, UINT32_MAX, 9, EV_IPL);
	check(measure(0, 5) == EFI_INVALID_PARAMETER);
	put_event(UINT32_MAX, 14, 9, EV_IPL);
	check(measure(0, 5) == EFI_INVALID_PARAMETER);
	put_event(18, 14, 24, EV_IPL);
	check(measure(0, 5) == EFI_INVALID_PARAMETER);
	for (uint32_t pcr = 17; pcr <= 22; pcr++) {
		put_event(18, 14, pcr, EV_IPL);
		check(measure(0, 5) == EFI_DEVICE_ERROR);
	}
	put_event(18, 14, 24, EV_NO_ACTION);
	check(measure(0, 5) == EFI_UNSUPPORTED);
	check(measure(0x10, 5) == EFI_INVALID_PARAMETER);
	put_event(18, 14, 9, EV_IPL);
	check(measure(0x10, 5) == EFI_UNSUPPORTED);
	check(count_noted() == 5);
	check(measure(0, 0) == EFI_SUCCESS && count_noted() == 6);
	fake_close();
}

static void test_flags(void)
{
	const struct tiny_pe file = tiny_new(NULL, 0);
	struct measured m, image;
	uint8_t before[32];

	open_tpm(0xf, 4);
	put_event(18, 14, 9, EV_IPL);
	check(measure(1, 5) == EFI_SUCCESS);
	check(noted(5, &m) && m.flags == MEASURED_EXTENDED);
	memcpy(before, pcr_now(SHA256_BANK, 9), 32);
	put_event(18, 14, 9, EV_NO_ACTION);
	check(ask(MEASURE, 0, 0, 0, fake_data(EVENT)) == EFI_SUCCESS);
	check(noted(6, &m) && m.flags == MEASURED_LOGGED && m.record.digest[0][0] == 0);
	check(measure(1, 5) == EFI_SUCCESS && count_noted() == 7);
	check(!memcmp(before, pcr_now(SHA256_BANK, 9), 32));
	/* an image has the digest that the firmware measures when it loads it */
	put_event(18, 14, 4, EV_EFI_BOOT_SERVICES_APPLICATION);
	memcpy(fake_at(FAKE_HIGH), file.p, sizeof(file.p));
	check(ask(MEASURE, 0x10, FAKE_HIGH, sizeof(file.p), fake_data(EVENT)) ==
	      EFI_INVALID_PARAMETER); /* free memory is nobody's */
	memcpy(fake_at(fake_data(OUT)), file.p, min_u64(sizeof(file.p), FAKE_DATA_BYTES - OUT));
	if (sizeof(file.p) <= FAKE_DATA_BYTES - OUT) {
		check(ask(MEASURE, 0x10, fake_data(OUT), sizeof(file.p), fake_data(EVENT)) ==
		      EFI_SUCCESS);
		require(noted(7, &m) && noted(4, &image));
		check(!memcmp(m.record.digest[1], image.record.digest[1], 32));
	}
	fake_close();
}

static void test_capability(void)
{
	uint8_t *c;

	open_tpm(0x3, 4);
	c = fake_at(fake_data(OUT));
	check(ask(CAPABILITY, 0, 0, 0, 0) == EFI_INVALID_PARAMETER);
	c[0] = 27;
	check(ask(CAPABILITY, fake_data(OUT), 0, 0, 0) == EFI_BUFFER_TOO_SMALL && c[0] == 36 &&
	      c[1] == 0);
	c[0] = 28;
	check(ask(CAPABILITY, fake_data(OUT), 0, 0, 0) == EFI_SUCCESS && c[0] == 28 && c[1] == 1 &&
	      c[2] == 0 && c[4] == 0 && c[28] == 0);
	c[0] = 36;
	check(ask(CAPABILITY, fake_data(OUT), 0, 0, 0) == EFI_SUCCESS && c[0] == 36 && c[2] == 1);
	check(c[8] == 3 && c[12] == 2 && c[16] == 1 && c[28] == 2 && c[32] == 3);
	check(ask(ACTIVE, 0, 0, 0, 0) == EFI_INVALID_PARAMETER);
	check(ask(ACTIVE, fake_data(OUT), 0, 0, 0) == EFI_SUCCESS && get32(fake_data(OUT)) == 3);
	check(ask(SET_ACTIVE, 0, 0, 0, 0) == EFI_INVALID_PARAMETER);
	check(ask(SET_ACTIVE, 4, 0, 0, 0) == EFI_INVALID_PARAMETER);
	check(ask(SET_ACTIVE, 2, 0, 0, 0) == EFI_UNSUPPORTED);
	check(ask(SET_ACTIVE, 3, 0, 0, 0) == EFI_SUCCESS);
	check(ask(RESULT, 0, fake_data(OUT), 0, 0) == EFI_INVALID_PARAMETER);
	check(ask(RESULT, fake_data(OUT), fake_data(SIZE), 0, 0) == EFI_SUCCESS);
	fake_close();
}

/* Records of a log in guest memory up to its last, whose address is known; -1: it does not hold. */
static int count_log(uint64_t at, uint64_t last, const struct tpm_banks *banks)
{
	const struct tpm_log log = { { fake_at(at), last - at + 4096 }, true, *banks, 0 };
	struct tpm_record r = { 0 };
	struct tpm_log open;
	size_t next;
	int n = 0;

	if (tpm_log_open(log.bytes, &open, NULL) < 0 || open.banks.n != banks->n)
		return -1;
	for (next = open.begin; r.offset < last - at; n++)
		if (tpm_log_next(&open, &next, &r, NULL) <= 0)
			return -1;
	return r.offset == last - at ? n : -1;
}

static void test_log(unsigned n_log_banks)
{
	struct tpm_banks banks = tiny_banks_four;
	uint64_t at, last, final;

	banks.n = n_log_banks;
	open_tpm(0xf, n_log_banks);
	final = table_find(fake.firmware, &guid_tcg2_final_events);
	check(final && fake_u64(final) == 1 && fake_u64(final + 8) == 0);
	check(ask(EVENT_LOG, 1, 0, 0, 0) == EFI_INVALID_PARAMETER);
	check(ask(EVENT_LOG, 3, 0, 0, 0) == EFI_INVALID_PARAMETER);
	check(ask(EVENT_LOG, 2, 0xdead0000, 0, 0) == EFI_INVALID_PARAMETER);
	put_event(18, 14, 9, EV_IPL);
	check(measure(0, 5) == EFI_SUCCESS);
	*(uint8_t *)fake_at(fake_data(OUT + 16)) = 7;
	check(ask(EVENT_LOG, 2, fake_data(OUT), fake_data(OUT + 8), fake_data(OUT + 16)) ==
	      EFI_SUCCESS);
	at = fake_u64(fake_data(OUT));
	last = fake_u64(fake_data(OUT + 8));
	check(*(uint8_t *)fake_at(fake_data(OUT + 16)) == 0);
	check(count_log(at, last, &banks) == (int)tiny.n_records + 6);
	check(!memcmp(fake_at(at), tiny.bytes, tiny.n) && fake_u64(final + 8) == 0);
	check(ask(EVENT_LOG, 2, 0, 0, 0) == EFI_SUCCESS);
	/* from now on in both */
	check(measure(0, 5) == EFI_SUCCESS && measure(1, 5) == EFI_SUCCESS);
	check(ask(EVENT_LOG, 2, fake_data(OUT), fake_data(OUT + 8), 0) == EFI_SUCCESS);
	check(count_log(at, fake_u64(fake_data(OUT + 8)), &banks) == (int)tiny.n_records + 7);
	check(fake_u64(final + 8) == 1 && get32(final + 16) == 9);
	check(get32(final + 16 + 8) == n_log_banks);
	fake_close();
}

/* The log has an end, PCRs have none. */
static void test_full(void)
{
	unsigned n = 0;
	uint8_t before[32];
	struct measured m;

	open_tpm(0xf, 4);
	put_event(4 + 14 + 1000, 14, 9, EV_IPL);
	while (measure(0, 5) == EFI_SUCCESS && n < 1000)
		n++;
	check_msg(n > 40 && n < 64, "%u events of 1000 bytes fit", n);
	memcpy(before, pcr_now(SHA256_BANK, 9), 32);
	put_event(18, 14, 9, EV_IPL);
	check(measure(0, 5) == EFI_VOLUME_FULL); /* though it is small: no gap */
	check(memcmp(before, pcr_now(SHA256_BANK, 9), 32) != 0);
	require(noted(5 + n + 1, &m));
	check(m.flags == (MEASURED_EXTENDED | MEASURED_UNLOGGED) && m.record.event.n == 0);
	check(ask(EVENT_LOG, 2, 0, 0, fake_data(OUT)) == EFI_SUCCESS);
	check(*(uint8_t *)fake_at(fake_data(OUT)) == 1);
	for (n = 0; !fake.firmware->ended && n < 100000; n++)
		measure(0, 5);
	check_msg(fake.firmware->end == FIRMWARE_VIOLATION && n > 1000, "stopped after %u", n);
	fake_close();
}

/* What the next kernel finds: its last record, in n bytes behind the table that leads to them. */
static bool last_handed_on(uint32_t *ret_n, struct tpm_record *ret_last)
{
	const uint64_t table = table_find(fake.firmware, &guid_linux_tpm_event_log);
	struct tpm_log log;
	size_t at;
	int r;

	*ret_n = get32(table);
	if (tpm_log_open(tiny_bytes(fake_at(table + 9), *ret_n), &log, NULL) < 0)
		return false;
	for (at = log.begin; (r = tpm_log_next(&log, &at, ret_last, NULL)) > 0;)
		;
	return r == 0;
}

static void leave_as_linux(void)
{
	require(ask(EVENT_LOG, 2, 0, 0, 0) == EFI_SUCCESS);
	require(table_install(fake.firmware, &guid_linux_tpm_event_log, fake_data(OUT)) ==
		EFI_SUCCESS);
	measure_leave(fake.firmware);
	check(!fake.firmware->ended);
}

/* It says itself which PCRs it does not lead to: by its last record, though it is full. */
static void test_gaps(bool is_full)
{
	const char *want =
		is_full ? "bardo: does not lead to PCR 5 9 14" : "bardo: does not lead to PCR 14";
	struct tpm_record last;
	uint32_t n;

	open_tpm(0xf, 4);
	put_event(4 + 14 + 1000, 14, 9, EV_IPL);
	while (is_full && measure(0, 5) == EFI_SUCCESS)
		;
	put_event(18, 14, 14, EV_IPL);
	check(measure(1, 5) == EFI_SUCCESS); /* nobody wanted a record */
	leave_as_linux();
	check(last_handed_on(&n, &last));
	check(last.type == EV_NO_ACTION && last.pcr == 0 && last.digest[0][0] == 0);
	check_msg(last.event.n == strlen(want) && !memcmp(last.event.p, want, last.event.n), "%.*s",
		  (int)last.event.n, (const char *)last.event.p);
	fake_close();
}

/* A log that is as long as a kernel takes has room for the mark alone; a longer one, for none. */
static void test_long(void)
{
	static uint8_t log[FIRMWARE_LOG_MOST_BYTES];
	struct firmware_config config = fake_config();
	struct tpm_record r = { .type = EV_NO_ACTION }, last;
	struct why why;
	uint32_t n;

	tiny_log_fill(&tiny, &tiny_banks_four);
	memcpy(log, tiny.bytes, tiny.n);
	tpm_pcrs_reset(&pcrs, &tiny_banks_four);
	/* a record more, so that too little is left for one of the kexec */
	r.event.n = sizeof(log) - tiny.n - tpm_record_bytes(&tiny_banks_four, 0) - 400;
	n = (uint32_t)(tiny.n +
		       tpm_record_write(&tiny_banks_four, &r, log + tiny.n, sizeof(log) - tiny.n));
	require(n == sizeof(log) - 400);
	tpm = (struct firmware_tpm){ &pcrs, 4, 0xf, { log, n } };
	config.tpm = &tpm;
	if (!check_msg(fake_open(config, no_step, &why) == 0, "%s", why.text))
		return;
	leave_as_linux();
	check(last_handed_on(&n, &last) && n <= sizeof(log));
	check(last.event.n == strlen("bardo: does not lead to PCR 4 5 11 12 13"));
	fake_close();
	tpm.log.n = sizeof(log);
	check(fake_open(config, no_step, &why) == -EFBIG &&
	      strstr(why.text, "the event log has 4190208 bytes, and is full"));
}

static void test_final_full(void)
{
	const uint64_t room = 16 << 10;
	uint64_t final;
	unsigned n = 0;

	open_tpm(0xf, 4);
	final = table_find(fake.firmware, &guid_tcg2_final_events);
	check(ask(EVENT_LOG, 2, 0, 0, 0) == EFI_SUCCESS);
	put_event(4 + 14 + 1000, 14, 9, EV_IPL);
	while (measure(0, 5) == EFI_SUCCESS && n < 1000)
		n++;
	check_msg(n > 8 && n < 16, "%u events of 1000 bytes fit", n);
	check(ask(EVENT_LOG, 2, 0, 0, 0) == EFI_SUCCESS);
	check(fake_u64(final + 8) == n && *(uint8_t *)fake_at(final + room - 1) == 0);
	fake_close();
}

/* The table that Linux's stub makes leads to ours, which has all of it. */
static void test_hand_on(bool makes_table)
{
	struct tpm_banks banks = tiny_banks_four;
	uint64_t table;

	open_tpm(0xf, 4);
	check(ask(EVENT_LOG, 2, 0, 0, 0) == EFI_SUCCESS);
	if (makes_table)
		require(table_install(fake.firmware, &guid_linux_tpm_event_log, fake_data(OUT)) ==
			EFI_SUCCESS);
	measure_stay(fake.firmware);
	measure_leave(fake.firmware);
	check(!fake.firmware->ended);
	table = table_find(fake.firmware, &guid_linux_tpm_event_log);
	check(count_noted() == 8 && !table == !makes_table);
	if (makes_table) {
		struct tpm_record r = { 0 };
		struct tpm_log log;
		size_t at;
		unsigned n = 0;

		require(tpm_log_open(tiny_bytes(fake_at(table + 9), get32(table)), &log, NULL) ==
			0);
		for (at = log.begin; tpm_log_next(&log, &at, &r, NULL) > 0; n++)
			;
		check(at == log.bytes.n && n == tiny.n_records + 8 && r.pcr == 5);
		check(r.event.n == 40 &&
		      !memcmp(r.event.p, "Exit Boot Services Returned with Success", 40));
		check(*(uint8_t *)fake_at(table + 8) == 2);
		/* none of the final events is to be added to it */
		check(get32(table + 4) == 3 * tpm_record_bytes(&banks, 0) + 40 + 29 + 40);
	}
	fake_close();
}

/* TPM2_PCR_Read of PCR 4 and 9 of SHA-256, and of a bank that is not active. */
static void test_submit(void)
{
	static const uint8_t command[] = { 0x80, 1, 0,	0, 0,	 26, 0, 0, 1,  0x7e, 0,	   0, 0,
					   2,	 0, 11, 3, 0x10, 2,  0, 0, 12, 3,    0xff, 0, 0 };
	const uint8_t *a;

	open_tpm(0x3, 4);
	memcpy(fake_at(fake_data(DATA)), command, sizeof(command));
	check(ask(SUBMIT, 0, fake_data(DATA), 100, fake_data(OUT)) == EFI_INVALID_PARAMETER);
	check(ask(SUBMIT, 26, 0, 100, fake_data(OUT)) == EFI_INVALID_PARAMETER);
	check(ask(SUBMIT, 26, fake_data(DATA), 0, fake_data(OUT)) == EFI_INVALID_PARAMETER);
	check(ask(SUBMIT, 26, fake_data(DATA), 100, 0) == EFI_INVALID_PARAMETER);
	check(ask(SUBMIT, 4097, fake_data(DATA), 100, fake_data(OUT)) == EFI_INVALID_PARAMETER);
	check(ask(SUBMIT, 26, fake_data(DATA), 4097, fake_data(OUT)) == EFI_INVALID_PARAMETER);
	check(ask(SUBMIT, 26, fake_data(DATA), 50, fake_data(OUT)) == EFI_BUFFER_TOO_SMALL);
	check(ask(SUBMIT, 26, fake_data(DATA), 200, fake_data(OUT)) == EFI_SUCCESS);
	a = fake_at(fake_data(OUT));
	check(a[1] == 1 && a[5] == 14 + 4 + 12 + 4 + 2 * 34 && a[9] == 0 && a[17] == 2);
	check(a[21] == 0x10 && a[22] == 2 && a[23] == 0 && a[27] == 0 && a[33] == 2);
	check(a[35] == 32 && !memcmp(a + 36, pcr_now(SHA256_BANK, 4), 32));
	check(!memcmp(a + 36 + 34, pcr_now(SHA256_BANK, 9), 32));
	/* a size that is not so, and another command */
	check(ask(SUBMIT, 25, fake_data(DATA), 200, fake_data(OUT)) == EFI_SUCCESS &&
	      a[9] == 0x42 && a[8] == 1);
	*(uint8_t *)fake_at(fake_data(DATA) + 9) = 0x7b;
	check(ask(SUBMIT, 26, fake_data(DATA), 200, fake_data(OUT)) == EFI_UNSUPPORTED);
	fake_close();
}

static void test_absent(void)
{
	efi_addr_t any;
	struct why why;

	require(fake_open(fake_config(), no_step, &why) == 0);
	check(!protocol_locate(fake.firmware, &guid_tcg2, &any));
	check(!table_find(fake.firmware, &guid_tcg2_final_events));
	check(tcg2_measured(fake.firmware).n == 0);
	measure_leave(fake.firmware);
	check(!fake.firmware->ended);
	fake_close();
}

int main(void)
{
	test_begin();
	test_pcrs();
	test_arguments();
	test_flags();
	test_capability();
	test_log(4);
	test_log(1);
	test_full();
	test_gaps(true);
	test_gaps(false);
	test_long();
	test_final_full();
	test_hand_on(true);
	test_hand_on(false);
	test_submit();
	test_absent();
	return tap_done();
}
