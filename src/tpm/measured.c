// SPDX-License-Identifier: MIT
#include "tpm/measured.h"
#include "base/bytes.h"
#include "tpm/pcrs.h"
#include "tpm/write.h"

#include <errno.h>

enum {
	HEAD_BYTES = 8,
	FLAGS = MEASURED_LOGGED | MEASURED_EXTENDED | MEASURED_UNLOGGED,
};

size_t measured_write(const struct tpm_banks *banks, unsigned flags,
		      const struct tpm_record *record, uint8_t *to, size_t room)
{
	const size_t n = room < HEAD_BYTES ? 0
					   : tpm_record_write(banks, record, to + HEAD_BYTES,
							      room - HEAD_BYTES);

	if (!n)
		return 0;
	bytes_put_le(to, flags, 4);
	bytes_put_le(to + 4, n, 4);
	return HEAD_BYTES + n;
}

static bool holds(const struct measured *m)
{
	const bool is_extended = m->flags & MEASURED_EXTENDED;
	const bool is_logged = m->flags & MEASURED_LOGGED;

	return m->flags && (!(m->flags & MEASURED_UNLOGGED) || (is_extended && !is_logged)) &&
	       !(m->flags & ~(unsigned)FLAGS) && m->record.pcr < TPM_PCRS &&
	       is_extended == (m->record.type != EV_NO_ACTION) &&
	       (!is_extended || tpm_pcr_takes_extends(m->record.pcr));
}

int measured_next(struct bytes all, const struct tpm_banks *banks, size_t *inout_at,
		  struct measured *ret, struct why *why)
{
	struct measured m;
	uint32_t flags, n;
	int r;

	if (*inout_at == all.n)
		return 0;
	if (!bytes_le32(all, *inout_at, &flags) || !bytes_le32(all, *inout_at + 4, &n) ||
	    !bytes_sub(all, *inout_at + HEAD_BYTES, n, &m.bytes))
		return why_set(why, -EBADMSG, "offset %zu: a measurement is cut off", *inout_at);
	m.flags = flags;
	r = tpm_record_parse(m.bytes, banks, &m.record, why);
	if (r < 0)
		return r;
	if (!holds(&m))
		return why_set(why, -EBADMSG, "offset %zu: a measurement that cannot be",
			       *inout_at);
	*inout_at += HEAD_BYTES + n;
	*ret = m;
	return 1;
}

struct measured_gaps measured_gaps_of(struct bytes all, const struct tpm_banks *banks)
{
	struct measured_gaps gaps = { 0 };
	struct measured m;
	size_t at = 0;

	while (measured_next(all, banks, &at, &m, NULL) > 0) {
		if (m.flags & MEASURED_UNLOGGED)
			gaps.n_full++;
		else if (!(m.flags & MEASURED_LOGGED))
			gaps.n_silent++;
	}
	return gaps;
}
