// SPDX-License-Identifier: MIT
/*
 * TCG EFI Protocol, 6: argument rules, and what each measurement makes of the PCR and the log,
 * which has an end. Options: only (a measurement without a record), full (more than the log takes).
 * At the end bardo sees the image boot: `bardo predict` says what came of it.
 */
#include "lib.h"

enum { PCR = 14, EV_IPL = 13, EV_NO_ACTION = 3, SHA256_BANK = 2, DIGEST_BYTES = 32 };
enum { EXTEND_ONLY = 1, PE_COFF_IMAGE = 0x10 };

static struct tcg2 *tcg2;
static struct tcg2_event event;

/* Of n bytes. */
static void make_event(uint32_t n, uint32_t pcr, uint32_t type)
{
	event.n_bytes = 18 + n;
	event.header_bytes = 14;
	event.header_version = 1;
	event.pcr = pcr;
	event.type = type;
	memset(event.event, 'e', n);
}

static efi_status_t measure(uint64_t flags)
{
	static const char data[] = "data";

	return tcg2->hash_log_extend_event(tcg2, flags, (uint64_t)data, 4, &event);
}

/* TPM2_PCR_Read of one PCR of SHA-256; PCRs of ours answer as a TPM does. */
static bool pcr_read(uint8_t to[DIGEST_BYTES])
{
	static const uint8_t command[] = { 0x80,	   1, 0, 0, 0, 20, 0,  0, 1,
					   0x7e,	   0, 0, 0, 1, 0,  11, 3, 0,
					   1 << (PCR - 8), 0 };
	uint8_t answer[128] = { 0 };

	if (tcg2->submit_command(tcg2, sizeof(command), command, sizeof(answer), answer) !=
		    EFI_SUCCESS ||
	    answer[9] != 0 || answer[27] != 1 || answer[29] != DIGEST_BYTES)
		return false;
	memcpy(to, answer + 30, DIGEST_BYTES);
	return true;
}

/* Does it change the PCR? */
static bool extends(uint64_t flags, efi_status_t want)
{
	uint8_t before[DIGEST_BYTES], behind[DIGEST_BYTES];
	const bool ok = pcr_read(before) && measure(flags) == want && pcr_read(behind);

	return ok && memcmp(before, behind, DIGEST_BYTES) != 0;
}

static void check_capability(void)
{
	struct tcg2_capability c = { .n_bytes = 10 };
	uint32_t banks = 0;

	is(tcg2->get_capability(tcg2, NULL), EFI_INVALID_PARAMETER);
	is(tcg2->get_capability(tcg2, &c), EFI_BUFFER_TOO_SMALL);
	c.n_bytes = 28;
	succeeds(tcg2->get_capability(tcg2, &c));
	check(c.n_bytes == 28 && c.structure_major == 1 && c.present == 1);
	c.n_bytes = sizeof(c);
	succeeds(tcg2->get_capability(tcg2, &c));
	check(c.n_bytes == sizeof(c) && c.structure_minor == 1 && (c.logs & 2));
	is(tcg2->get_active_pcr_banks(tcg2, NULL), EFI_INVALID_PARAMETER);
	succeeds(tcg2->get_active_pcr_banks(tcg2, &banks));
	check(banks == c.active && (banks & SHA256_BANK));
	is(tcg2->set_active_pcr_banks(tcg2, 0), EFI_INVALID_PARAMETER);
}

static void check_arguments(void)
{
	uint64_t log, last;
	uint8_t truncated;

	make_event(10, PCR, EV_IPL);
	is(tcg2->hash_log_extend_event(tcg2, 0, (uint64_t)&event, 4, NULL), EFI_INVALID_PARAMETER);
	is(tcg2->hash_log_extend_event(tcg2, 0, 0, 4, &event), EFI_INVALID_PARAMETER);
	event.n_bytes = 17;
	is(measure(0), EFI_INVALID_PARAMETER);
	make_event(10, 24, EV_IPL);
	is(measure(0), EFI_INVALID_PARAMETER);
	make_event(10, PCR, EV_IPL);
	is(measure(PE_COFF_IMAGE), EFI_UNSUPPORTED);
	is(tcg2->get_event_log(tcg2, 8, &log, &last, &truncated), EFI_INVALID_PARAMETER);
	is(tcg2->submit_command(tcg2, 0, &event, 100, &log), EFI_INVALID_PARAMETER);
	is(tcg2->submit_command(tcg2, 20, NULL, 100, &log), EFI_INVALID_PARAMETER);
}

/* The log has an end, PCRs have none. */
static void fill(void)
{
	efi_status_t status = EFI_SUCCESS;
	unsigned n = 0;

	make_event(1000, PCR, EV_IPL);
	while (status == EFI_SUCCESS && n++ < 1000)
		status = measure(0);
	is(status, EFI_VOLUME_FULL);
	check_text(extends(0, EFI_VOLUME_FULL), "what the log does not take is extended");
	make_event(0, PCR, EV_IPL);
	check_text(extends(0, EFI_VOLUME_FULL), "a small one behind it too, and no record");
}

static efi_status_t leave(void)
{
	struct map map = { 0 };

	if (map_get(&map) != EFI_SUCCESS || bs->exit_boot_services(self, map.key) != EFI_SUCCESS)
		return EFI_ABORTED;
	for (;;)
		cpu_pause();
}

efi_status_t payload(void)
{
	uint64_t log = 0, last = 0;
	uint8_t truncated = 2;
	efi_status_t status;

	require(bs->locate_protocol(&tcg2_guid, NULL, &tcg2));
	check_capability();
	check_arguments();
	make_event(10, PCR, EV_IPL);
	check_text(extends(0, EFI_SUCCESS), "a measurement extends its PCR");
	make_event(10, PCR, EV_NO_ACTION);
	check_text(!extends(0, EFI_SUCCESS), "a statement does not");
	make_event(10, PCR, EV_IPL);
	if (option_is("only"))
		check_text(extends(EXTEND_ONLY, EFI_SUCCESS), "one without a record does");
	if (option_is("full"))
		fill();
	succeeds(tcg2->get_event_log(tcg2, 2, &log, &last, &truncated));
	check(log && last > log && truncated == option_is("full"));
	status = tap_done();
	return on_bardo() && status == EFI_SUCCESS ? leave() : status;
}
