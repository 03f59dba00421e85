// SPDX-License-Identifier: MIT
#include "trust/verdict.h"

#include <string.h>

/* Names come escaped: anything else than ASCII was written by somebody else. */
static bool name_is_sound(const char text[static NAME_BYTES])
{
	const char *end = memchr(text, 0, NAME_BYTES);

	for (const char *c = text; end && c < end; c++)
		if (*c < ' ' || *c > '~')
			return false;
	return end;
}

bool verdict_entry_is_sound(const struct verdict_entry *e, unsigned n_sources)
{
	return (e->source < n_sources || e->source == VERDICT_NO_SOURCE) && e->kind <= ENTRY_TBS &&
	       e->bank < N_BANKS && name_is_sound(e->subject);
}

static bool signature_is_sound(const struct verdict_signature *s, unsigned n_sources)
{
	return name_is_sound(s->subject) && name_is_sound(s->issuer) && name_is_sound(s->problem) &&
	       s->bank < N_BANKS && s->of_this_file <= ANSWER_YES && s->by_its_key <= ANSWER_YES &&
	       verdict_entry_is_sound(&s->allowed_by, n_sources) &&
	       verdict_entry_is_sound(&s->denied_by, n_sources);
}

bool verdict_is_sound(struct verdict *v, unsigned n_sources)
{
	if (v->allowed > 1 || v->banks >= 1U << N_BANKS || v->sbat > SBAT_FAILED ||
	    v->sealed > SEALED_ALL || v->has_kernel > 1 || v->has_file > 1 || !why_clean(&v->why) ||
	    !v->allowed == !v->why.text[0] || !verdict_entry_is_sound(&v->allowed_by, n_sources) ||
	    !verdict_entry_is_sound(&v->denied_by, n_sources))
		return false;
	for (unsigned i = 0; i < VERDICT_SIGNATURES; i++)
		if (!signature_is_sound(&v->signature[i], n_sources))
			return false;
	/* what allows is an entry, and nothing has denied */
	return !v->allowed || (v->allowed_by.source != VERDICT_NO_SOURCE &&
			       v->denied_by.source == VERDICT_NO_SOURCE && v->sbat != SBAT_FAILED);
}
