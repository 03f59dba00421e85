// SPDX-License-Identifier: MIT
#include "tool/log_print.h"
#include "tool/print.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* What the kernel measures with IMA goes there, and into a list of its own. */
enum { IMA_PCR = 10, SHA256 = 0x000b };

/* The bank that people look at: SHA-256, or else the first. */
static unsigned main_bank(const struct tpm_banks *banks)
{
	const int b = tpm_bank_find(banks, SHA256);

	return b < 0 ? 0 : (unsigned)b;
}

static const char *bank_name(const struct tpm_bank *bank, char text[static 16])
{
	const struct tpm_algorithm *a = tpm_algorithm(bank->id);

	snprintf(text, 16, "%#06x", bank->id);
	return a ? a->name : text;
}

static void print_hex(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		printf("%02x", p[i]);
}

static void print_type(uint32_t type)
{
	const char *name = tpm_type_name(type);

	if (name)
		printf(" %-32s ", name);
	else
		printf(" %#-32" PRIx32 " ", type);
}

static void print_record(const struct history *h, unsigned i, const char *mark)
{
	const struct history_record *r = &h->record[i];
	const unsigned b = main_bank(&h->log.banks);

	printf("%s%5u ", mark, i);
	if (r->record.pcr < TPM_PCRS)
		printf("%3u", r->record.pcr);
	else
		printf("  -");
	print_type(r->record.type);
	print_hex(r->record.digest[b], h->log.banks.bank[b].n_bytes);
	printf("%s", r->text[0] ? "  " : "");
	print_safe(bytes_of_text(r->text));
	putchar('\n');
}

static uint32_t named(const struct history *h)
{
	uint32_t pcrs = 0;

	for (unsigned i = 0; i < h->n; i++)
		if (h->record[i].record.type != EV_NO_ACTION)
			pcrs |= UINT32_C(1) << h->record[i].record.pcr;
	return pcrs;
}

/* UNLED: there is no record to lead there, and nobody says that there is. */
enum verdict { UNKNOWN, MATCH, MISMATCH, UNLED };

static const uint8_t *real_value(const struct log_shown *s, unsigned bank, unsigned pcr)
{
	const int b =
		s->real ? tpm_bank_find(&s->real->banks, s->history->log.banks.bank[bank].id) : -1;

	return b < 0 ? NULL : s->real->value[b][pcr];
}

static enum verdict judge(const struct log_shown *s, unsigned bank, unsigned pcr)
{
	const struct history *h = s->history;
	const uint8_t *real = real_value(s, bank, pcr);

	if (!real || h->lost >> bank & 1)
		return UNKNOWN;
	if (!memcmp(real, h->replayed->value[bank][pcr], h->log.banks.bank[bank].n_bytes))
		return MATCH;
	return pcr == IMA_PCR ? UNLED : MISMATCH;
}

/* Is there anything to say of it? What the log has, and what the TPM has without it. */
static bool is_shown(const struct log_shown *s, unsigned bank, unsigned pcr, uint32_t in_log)
{
	return in_log >> pcr & 1 || judge(s, bank, pcr) >= MISMATCH;
}

static void print_verdict(const struct log_shown *s, unsigned bank, unsigned pcr)
{
	switch (judge(s, bank, pcr)) {
	case MATCH:
		printf("  match");
		break;
	case MISMATCH:
		printf("  MISMATCH: the TPM has ");
		print_hex(real_value(s, bank, pcr), s->history->log.banks.bank[bank].n_bytes);
		break;
	case UNLED:
		printf("  not to be replayed: IMA has a list of its own, the TPM has ");
		print_hex(real_value(s, bank, pcr), s->history->log.banks.bank[bank].n_bytes);
		break;
	case UNKNOWN:
		if (s->real)
			printf("  the TPM has no such bank");
		break;
	}
	putchar('\n');
}

static void print_pcrs(const struct log_shown *s)
{
	const struct history *h = s->history;
	const uint32_t in_log = named(h);
	char text[16];

	printf("\nPCR bank     value by this log\n");
	for (unsigned b = 0; b < h->log.banks.n; b++) {
		const char *name = bank_name(&h->log.banks.bank[b], text);

		if (h->lost >> b & 1)
			printf("  - %-8s cannot be computed here\n", name);
		for (unsigned i = 0; i < TPM_PCRS && !(h->lost >> b & 1); i++) {
			if (!is_shown(s, b, i, in_log))
				continue;
			printf("%3u %-8s ", i, name);
			print_hex(h->replayed->value[b][i], h->log.banks.bank[b].n_bytes);
			print_verdict(s, b, i);
		}
	}
	for (unsigned b = 0; s->real && b < s->real->banks.n; b++)
		if (tpm_bank_find(&h->log.banks, s->real->banks.bank[b].id) < 0)
			printf("  - %-8s is active in the TPM and not in this log\n",
			       bank_name(&s->real->banks.bank[b], text));
}

void log_print(const struct log_shown *shown)
{
	char text[16];
	const struct tpm_banks *banks = &shown->history->log.banks;

	printf("    # PCR %-32s %s\n", "type", bank_name(&banks->bank[main_bank(banks)], text));
	for (unsigned i = 0; i < shown->history->n; i++)
		print_record(shown->history, i, "");
	print_pcrs(shown);
}

static void json_digests(const struct tpm_banks *banks, const struct tpm_record *r)
{
	char text[16];

	json_open("digests", '{');
	for (unsigned b = 0; b < banks->n; b++)
		json_hex(bank_name(&banks->bank[b], text),
			 (struct bytes){ r->digest[b], banks->bank[b].n_bytes });
	json_close('}');
}

static void json_record(const struct history *h, unsigned i)
{
	const struct history_record *r = &h->record[i];
	const char *name = tpm_type_name(r->record.type);

	json_number("number", i);
	json_number("offset", r->record.offset);
	if (r->record.pcr < TPM_PCRS)
		json_number("pcr", r->record.pcr);
	else
		json_word("pcr", "null");
	json_number("type", r->record.type);
	json_text("type_name", bytes_of_text(name));
	json_digests(&h->log.banks, &r->record);
	json_hex("event", r->record.event);
	json_text("text", bytes_of_text(r->text));
}

static void json_pcr(const struct log_shown *s, unsigned b, unsigned i)
{
	static const char *const words[] = { "null", "true", "false", "null" };
	const struct history *h = s->history;
	const uint8_t *real = real_value(s, b, i);
	const size_t n = h->log.banks.bank[b].n_bytes;
	char text[16];

	json_open(NULL, '{');
	json_number("pcr", i);
	json_text("bank", bytes_of_text(bank_name(&h->log.banks.bank[b], text)));
	json_hex("replayed", (struct bytes){ h->replayed->value[b][i], n });
	if (real)
		json_hex("tpm", (struct bytes){ real, n });
	else
		json_word("tpm", "null");
	json_word("match", words[judge(s, b, i)]);
	json_close('}');
}

void log_print_json(const struct log_shown *shown)
{
	const struct history *h = shown->history;
	const uint32_t in_log = named(h);

	json_begin();
	json_text("file", bytes_of_text(shown->path));
	json_open("records", '[');
	for (unsigned i = 0; i < h->n; i++) {
		json_open(NULL, '{');
		json_record(h, i);
		json_close('}');
	}
	json_close(']');
	json_open("pcrs", '[');
	for (unsigned b = 0; b < h->log.banks.n; b++)
		for (unsigned i = 0; i < TPM_PCRS && !(h->lost >> b & 1); i++)
			if (is_shown(shown, b, i, in_log))
				json_pcr(shown, b, i);
	json_close(']');
	json_end();
}

struct diff {
	const struct log_shown *expected, *shown;
	bool json;
};

static void tell(void *context, enum differ_mark mark, unsigned i, unsigned k)
{
	const struct diff *d = context;
	const struct log_shown *side = mark == DIFFER_FIRST ? d->expected : d->shown;
	const unsigned number = mark == DIFFER_FIRST ? i : k;

	if (mark == DIFFER_BOTH)
		return;
	if (!d->json) {
		print_record(side->history, number, mark == DIFFER_FIRST ? "-" : "+");
		return;
	}
	json_open(NULL, '{');
	json_text("only_in", bytes_of_text(side->path));
	json_record(side->history, number);
	json_close('}');
}

static int print_diff(struct diff *d, struct why *why)
{
	return differ(d->expected->history, d->shown->history, tell, d, why);
}

int log_print_diff(const struct log_shown *expected, const struct log_shown *shown, struct why *why)
{
	return print_diff(&(struct diff){ expected, shown, false }, why);
}

int log_print_diff_json(const struct log_shown *expected, const struct log_shown *shown,
			struct why *why)
{
	int n;

	json_begin();
	json_open("differences", '[');
	n = print_diff(&(struct diff){ expected, shown, true }, why);
	json_close(']');
	json_end();
	return n;
}

static bool is_changed(const struct tpm_now *now, const struct outcome *o, unsigned b, unsigned pcr)
{
	return memcmp(now->pcrs->value[b][pcr], o->pcrs->value[b][pcr], TPM_MAX_DIGEST) != 0;
}

void outcome_print(const char *image, const struct tpm_now *now, const struct outcome *outcome)
{
	const struct history *h = &outcome->history;
	const struct tpm_banks *banks = &h->log.banks;
	char text[16];

	printf("    # PCR %-32s %s\n", "type", bank_name(&banks->bank[main_bank(banks)], text));
	for (unsigned i = outcome->n_before; i < h->n; i++)
		print_record(h, i, "");
	if (outcome->gaps.n_full + outcome->gaps.n_silent)
		printf("and %u measurements that are not in the log\n",
		       outcome->gaps.n_full + outcome->gaps.n_silent);
	printf("\nPCR bank     value behind the jump into ");
	print_safe(bytes_of_text(image));
	putchar('\n');
	for (unsigned b = 0; b < outcome->pcrs->banks.n; b++)
		for (unsigned i = 0; i < TPM_PCRS && now->active >> b & 1; i++) {
			printf("%3u %-8s ", i, bank_name(&outcome->pcrs->banks.bank[b], text));
			print_hex(outcome->pcrs->value[b][i], outcome->pcrs->banks.bank[b].n_bytes);
			printf("%s\n", is_changed(now, outcome, b, i) ? "" : "  as it is now");
		}
}

void outcome_print_json(const char *image, const struct tpm_now *now, const struct outcome *outcome)
{
	const struct history *h = &outcome->history;
	char text[16];

	json_begin();
	json_text("image", bytes_of_text(image));
	json_open("records", '[');
	for (unsigned i = outcome->n_before; i < h->n; i++) {
		json_open(NULL, '{');
		json_record(h, i);
		json_close('}');
	}
	json_close(']');
	json_number("not_in_log", outcome->gaps.n_full + outcome->gaps.n_silent);
	json_open("pcrs", '[');
	for (unsigned b = 0; b < outcome->pcrs->banks.n; b++)
		for (unsigned i = 0; i < TPM_PCRS && now->active >> b & 1; i++) {
			const struct tpm_bank *bank = &outcome->pcrs->banks.bank[b];

			json_open(NULL, '{');
			json_number("pcr", i);
			json_text("bank", bytes_of_text(bank_name(bank, text)));
			json_hex("value",
				 (struct bytes){ outcome->pcrs->value[b][i], bank->n_bytes });
			json_bool("changed", is_changed(now, outcome, b, i));
			json_close('}');
		}
	json_close(']');
	json_end();
}

/* A component as systemd-pcrlock(8) reads them. */
void outcome_print_pcrlock(const struct outcome *outcome)
{
	const struct history *h = &outcome->history;
	char text[16];

	json_begin();
	json_open("records", '[');
	for (unsigned i = outcome->n_before; i < h->n; i++) {
		const struct tpm_record *r = &h->record[i].record;

		if (r->type == EV_NO_ACTION)
			continue;
		json_open(NULL, '{');
		json_number("pcr", r->pcr);
		json_open("digests", '[');
		for (unsigned b = 0; b < h->log.banks.n; b++) {
			const struct tpm_bank *bank = &h->log.banks.bank[b];

			json_open(NULL, '{');
			json_text("hashAlg", bytes_of_text(bank_name(bank, text)));
			json_hex("digest", (struct bytes){ r->digest[b], bank->n_bytes });
			json_close('}');
		}
		json_close(']');
		json_close('}');
	}
	json_close(']');
	json_end();
}
