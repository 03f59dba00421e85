// SPDX-License-Identifier: MIT
/* What is measured by hand of a kernel, each record, and what it is a digest of. */
#include "measure/kernel.h"
#include "pe/authenticode.h"
#include "tap.h"
#include "tpm/measured.h"
#include "unit/tiny_log.h"
#include "unit/tiny_pe.h"

static struct tpm_pcrs pcrs;
static const struct tpm_now now = { .pcrs = &pcrs, .n_log_banks = 4, .active = 0xf };

struct seen {
	unsigned n;
	struct measured of[16];
};

static void see(struct bytes measured, struct seen *seen)
{
	size_t at = 0;

	seen->n = 0;
	while (measured_next(measured, &pcrs.banks, &at, &seen->of[seen->n], NULL) > 0)
		require(++seen->n < ARRAY_SIZE(seen->of));
}

static bool is_digest_of(const struct measured *m, const struct bytes *piece, unsigned n)
{
	uint8_t digest[TPM_MAX_DIGEST];

	for (unsigned b = 0; b < pcrs.banks.n; b++)
		if (!tpm_hash(pcrs.banks.bank[b].id, piece, n, digest) ||
		    memcmp(digest, m->record.digest[b], pcrs.banks.bank[b].n_bytes) != 0)
			return false;
	return true;
}

static bool is_tagged(const struct measured *m, uint32_t pcr, uint32_t tag, const char *text,
		      size_t n_text, struct bytes what)
{
	uint8_t event[64];
	const size_t n = tpm_tagged_write(tag, tiny_bytes(text, n_text), event, sizeof(event));

	return m->flags == (MEASURED_LOGGED | MEASURED_EXTENDED) && m->record.pcr == pcr &&
	       m->record.type == EV_EVENT_TAG && m->record.event.n == n &&
	       !memcmp(m->record.event.p, event, n) && is_digest_of(m, &what, 1);
}

static void check_kexec(const struct seen *seen)
{
	static const uint8_t want[] = { 4, 11, 12, 13 };

	for (unsigned i = 0; i < ARRAY_SIZE(want); i++)
		check_msg(is_tagged(&seen->of[i], want[i], 0x62617264, "kexec:bardo:1", 13,
				    tiny_bytes("kexec:bardo:1", 13)),
			  "record %u", i);
}

static void test_all(void)
{
	static const uint8_t options[] = { 'a', 0, ' ', 0, 0xe4, 0, 0, 0 };
	const struct tiny_pe file = tiny_new(NULL, 0);
	const struct kernel_given given = { tiny_bytes(file.p, sizeof(file.p)), "a ä",
					    tiny_bytes("cpio", 4) };
	struct bytes measured, piece[8];
	struct pe_image pe;
	struct seen seen;
	struct why why = { "" };

	require(kernel_measure(&now, &given, &measured, &why) == 0);
	see(measured, &seen);
	require(seen.n == 7);
	check_kexec(&seen);
	require(pe_image_parse(given.kernel, PE_MACHINE_OURS, UINT64_MAX, &pe, NULL) == 0);
	check(seen.of[4].record.pcr == 4 &&
	      seen.of[4].record.type == EV_EFI_BOOT_SERVICES_APPLICATION &&
	      seen.of[4].record.event.n == 32 &&
	      is_digest_of(&seen.of[4], piece, pe_signed_pieces(&pe, piece)));
	check(is_tagged(&seen.of[5], 9, 0x8f3b22ed, "LOADED_IMAGE::LoadOptions", 26,
			tiny_bytes(options, sizeof(options))));
	check(is_tagged(&seen.of[6], 9, 0x8f3b22ec, "Linux initrd", 13, given.initrd));
	free((void *)measured.p);
}

/* No image, no command line, no initrd; and a command line that is no text. */
static void test_less(void)
{
	static const uint8_t options[] = { 0xff, 0, 'b', 0, 0, 0 };
	struct kernel_given given = { tiny_bytes("anything", 8), NULL, { 0 } };
	struct bytes measured;
	struct seen seen;
	struct why why = { "" };

	require(kernel_measure(&now, &given, &measured, &why) == 0);
	see(measured, &seen);
	require(seen.n == 5);
	check_kexec(&seen);
	check(seen.of[4].record.pcr == 4 && seen.of[4].record.type == EV_IPL &&
	      is_digest_of(&seen.of[4], &given.kernel, 1));
	free((void *)measured.p);
	given.cmdline = "\xff"
			"b";
	require(kernel_measure(&now, &given, &measured, &why) == 0);
	see(measured, &seen);
	require(seen.n == 6);
	check(is_digest_of(&seen.of[5], &(struct bytes){ options, sizeof(options) }, 1));
	free((void *)measured.p);
}

/* All banks that there can be here have room. */
static void test_most(void)
{
	const struct kernel_given given = { tiny_bytes("k", 1), "c", tiny_bytes("i", 1) };
	struct bytes measured;
	struct seen seen;
	struct why why = { "" };

	const struct tpm_algorithm *a;

	pcrs.banks.n = 0;
	for (unsigned i = 0; (a = tpm_algorithm_at(i)) && pcrs.banks.n < TPM_MAX_BANKS; i++)
		if (tpm_hash_has(a->id))
			pcrs.banks.bank[pcrs.banks.n++] = (struct tpm_bank){ a->id, a->n_bytes };
	check(pcrs.banks.n > 4);
	require(kernel_measure(&now, &given, &measured, &why) == 0);
	see(measured, &seen);
	check(seen.n == 7);
	free((void *)measured.p);
}

int main(void)
{
	require(tpm_hash_prepare() == 0);
	tpm_pcrs_reset(&pcrs, &tiny_banks_four);
	test_all();
	test_less();
	test_most();
	return tap_done();
}
