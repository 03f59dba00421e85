// SPDX-License-Identifier: MIT
#include "measure/kernel.h"
#include "base/text.h"
#include "base/util.h"
#include "keeper/compute.h"
#include "pe/authenticode.h"
#include "tpm/hash.h"
#include "tpm/kexec.h"
#include "tpm/measured.h"
#include "tpm/write.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Linux, drivers/firmware/efi/libstub: what it says of its load options and initrd, the NUL too. */
#define OPTIONS_TEXT "LOADED_IMAGE::LoadOptions"
#define INITRD_TEXT "Linux initrd"
enum { OPTIONS_TAG = (int)0x8f3b22ed, INITRD_TAG = (int)0x8f3b22ec };

/* UEFI_IMAGE_LOAD_EVENT (PC Client Platform Firmware Profile, 10.2.3), without a device path. */
enum { LOAD_EVENT_BYTES = 32, LOAD_EVENT_LENGTH = 8 };

enum { CODE_PCR = 4, GIVEN_PCR = 9, MOST_EVENT = 64, MOST_RECORDS = ARRAY_SIZE(kexec_pcrs) + 3 };

struct notes {
	const struct tpm_banks *banks;
	uint8_t *p;
	size_t n, room;
};

static bool hash(const struct tpm_banks *banks, const struct bytes *piece, unsigned n,
		 tpm_digests ret_digests)
{
	return tpm_hash_banks(banks, piece, n, NULL, NULL, ret_digests);
}

static void note(struct notes *notes, uint32_t pcr, uint32_t type, struct bytes event,
		 tpm_digests digest)
{
	struct tpm_record r = { .pcr = pcr, .type = type, .event = event };

	for (unsigned b = 0; b < notes->banks->n; b++)
		r.digest[b] = digest[b];
	notes->n += measured_write(notes->banks, MEASURED_LOGGED | MEASURED_EXTENDED, &r,
				   notes->p + notes->n, notes->room - notes->n);
}

static bool note_tagged(struct notes *notes, uint32_t pcr, uint32_t tag, struct bytes text,
			struct bytes what)
{
	uint8_t event[MOST_EVENT];
	const size_t n = tpm_tagged_write(tag, text, event, sizeof(event));
	tpm_digests digest = { 0 };

	if (!hash(notes->banks, &what, 1, digest))
		return false;
	note(notes, pcr, EV_EVENT_TAG, (struct bytes){ event, n }, digest);
	return true;
}

static bool note_kexec(struct notes *notes)
{
	static const struct bytes text = { (const uint8_t *)KEXEC_TEXT, sizeof(KEXEC_TEXT) - 1 };

	for (unsigned i = 0; i < ARRAY_SIZE(kexec_pcrs); i++)
		if (!note_tagged(notes, kexec_pcrs[i], KEXEC_TAG, text, text))
			return false;
	return true;
}

struct question {
	const struct tpm_banks *banks;
	struct bytes file;
};

struct answer {
	tpm_digests digest;
	uint8_t done, is_pe; /* 0 or 1 */
};

/* Authenticode's of an image; of what is none, that of its bytes. */
static void digest_kernel(void *context, void *answer)
{
	const struct question *q = context;
	struct answer *a = answer;
	struct bytes *piece;
	struct pe_image pe;

	a->is_pe = pe_image_parse(q->file, PE_MACHINE_OURS, UINT64_MAX, &pe, NULL) == 0;
	if (!a->is_pe) {
		a->done = hash(q->banks, &q->file, 1, a->digest);
		return;
	}
	piece = calloc(pe.n_sections + PE_SIGNED_PIECES, sizeof(*piece));
	a->done = piece && hash(q->banks, piece, pe_signed_pieces(&pe, piece), a->digest);
	free(piece);
}

static int note_kernel(struct notes *notes, struct bytes file, struct why *why)
{
	static const struct bytes name = { (const uint8_t *)"kernel", 6 };
	struct question q = { notes->banks, file };
	uint8_t event[LOAD_EVENT_BYTES] = { 0 };
	struct answer a;
	int r = keeper_compute(digest_kernel, &q, &a, sizeof(a), why);

	if (r < 0)
		return r;
	if (a.done != 1 || a.is_pe > 1)
		return why_impossible(why, "digests");
	bytes_put_le(event + LOAD_EVENT_LENGTH, file.n, 8);
	if (a.is_pe)
		note(notes, CODE_PCR, EV_EFI_BOOT_SERVICES_APPLICATION,
		     (struct bytes){ event, sizeof(event) }, a.digest);
	else
		note(notes, CODE_PCR, EV_IPL, name, a.digest);
	return 0;
}

/* UTF-16, and the bytes of what is no UTF-8 as they are: nobody gives a stub such a thing. */
static size_t widen(const char *text, uint8_t *to, size_t room)
{
	uint64_t n;

	if (!text_from_utf8(text, to, room, &n))
		for (n = 0; text[n]; n++)
			bytes_put_le(to + 2 * n, (uint8_t)text[n], 2);
	return 2 * (n + 1);
}

/* As the stub is given it, with the end; the digest is over that. */
static int note_cmdline(struct notes *notes, const char *cmdline, struct why *why)
{
	static const struct bytes text = { (const uint8_t *)OPTIONS_TEXT, sizeof(OPTIONS_TEXT) };
	const size_t room = strlen(cmdline) + 1;
	uint8_t *options = calloc(room, 2);
	bool ok;

	if (!options)
		return why_errno(why, -ENOMEM, "command line");
	ok = note_tagged(notes, GIVEN_PCR, (uint32_t)OPTIONS_TAG, text,
			 (struct bytes){ options, widen(cmdline, options, room) });
	free(options);
	return ok ? 0 : why_set(why, -EIO, "the command line cannot be measured");
}

static int measure(struct notes *notes, const struct kernel_given *given, struct why *why)
{
	static const struct bytes text = { (const uint8_t *)INITRD_TEXT, sizeof(INITRD_TEXT) };
	int r;

	if (!note_kexec(notes))
		return why_set(why, -EIO, "the kexec cannot be measured");
	r = note_kernel(notes, given->kernel, why);
	if (r == 0 && given->cmdline)
		r = note_cmdline(notes, given->cmdline, why);
	if (r == 0 && given->initrd.n &&
	    !note_tagged(notes, GIVEN_PCR, (uint32_t)INITRD_TAG, text, given->initrd))
		r = why_set(why, -EIO, "the initrd cannot be measured");
	return r;
}

/* Flags and a length are in front of each record. */
static size_t room_for(const struct tpm_banks *banks)
{
	return MOST_RECORDS * (8 + tpm_record_bytes(banks, MOST_EVENT));
}

int kernel_measure(const struct tpm_now *now, const struct kernel_given *given,
		   struct bytes *ret_measured, struct why *why)
{
	struct notes notes = { .banks = &now->pcrs->banks };
	int r;

	notes.room = room_for(notes.banks);
	notes.p = malloc(notes.room);
	r = notes.p ? measure(&notes, given, why) : why_errno(why, -ENOMEM, "measurements");
	if (r < 0)
		free(notes.p);
	else
		*ret_measured = (struct bytes){ notes.p, notes.n };
	return r;
}
