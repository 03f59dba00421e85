// SPDX-License-Identifier: MIT
/* The input is an event log: what is taken lies inside, is written again as it was, and described.
 */
#include "fuzz/fuzz.h"
#include "tpm/describe.h"
#include "tpm/pcrs.h"
#include "unit/tiny_log.h"

static void look_at(const struct tpm_log *log, const struct tpm_record *r, size_t end)
{
	const uint8_t *begin = log->bytes.p, *behind = begin + end;
	uint8_t *again = malloc(end - r->offset);
	char text[TPM_TEXT_BYTES];

	fuzz_assert(again && (r->pcr < TPM_PCRS || r->type == EV_NO_ACTION));
	fuzz_assert(r->event.p + r->event.n == behind && r->event.p > begin);
	for (unsigned b = 0; b < log->banks.n; b++)
		fuzz_assert(r->digest[b] > begin && r->digest[b] < r->event.p);
	tpm_describe(r, text);
	fuzz_assert(memchr(text, '\0', sizeof(text)));
	/* the digests may stand in another order, so only the length is known */
	if (log->agile)
		fuzz_assert(tpm_record_write(&log->banks, r, again, end - r->offset) ==
			    end - r->offset);
	free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	static struct tpm_pcrs pcrs;
	struct tpm_record record;
	struct tpm_log log;
	struct why why;
	unsigned lost = 0;
	size_t at;
	int r = tpm_log_open((struct bytes){ data, n_bytes }, &log, &why);

	if (r < 0)
		return 0;
	fuzz_assert(log.banks.n >= 1 && log.banks.n <= TPM_MAX_BANKS);
	tpm_pcrs_reset(&pcrs, &log.banks);
	for (at = log.begin; (r = tpm_log_next(&log, &at, &record, &why)) > 0;) {
		look_at(&log, &record, at);
		tpm_pcrs_apply(&pcrs, &record, &lost);
	}
	fuzz_assert(r < 0 || at == n_bytes);
	return 0;
}

size_t fuzz_seed(unsigned i, uint8_t *data, size_t cap)
{
	static struct tiny_log tiny;

	if (i > 2)
		return 0;
	tiny_log_fill(&tiny, i == 1 ? &tiny_banks_one : &tiny_banks_four);
	if (i == 2) { /* an old one, of what is in it */
		memset(tiny.bytes, 0, 64);
		tiny.n = 64;
	}
	if (tiny.n > cap)
		return 0;
	memcpy(data, tiny.bytes, tiny.n);
	return tiny.n;
}
