// SPDX-License-Identifier: MIT
/*
 * The input is a report, or what a firmware process says is one: whatever is taken obeys the terms.
 * Seeds are the changes of a good one that its own encoder can make.
 */
#include "fuzz/fuzz.h"
#include "keeper/message.h"
#include "unit_machine.h"

#include <stdlib.h>
#include <string.h>

static const struct ram_range ram[] = { { 0x10000, 0x80000 }, { 0x100000, 0x400000 } };
static const struct tpm_banks banks = { { { 4, 20 }, { 0x0b, 32 } }, 2 };
static const struct report_terms terms = {
	.ram = ram,
	.n_ram = ARRAY_SIZE(ram),
	.resume = { 0x300000, 0x340000 },
	.n_ends = 4,
	.boot_end = 1,
	.n_given = 2,
	.banks = &banks,
};

static bool inside(struct ram_range r, const struct ram_range *in, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (in[i].start <= r.start && r.start < r.end && r.end <= in[i].end)
			return true;
	return false;
}

static void look_at_pages(const struct report *r)
{
	fuzz_assert(r->n_pages > 0 && r->n_pages <= REPORT_MOST_PAGES);
	for (unsigned i = 0; i < r->n_pages; i++) {
		const struct ram_range p = r->pages[i];

		fuzz_assert((p.start | p.end) % PAGE_BYTES == 0 && inside(p, ram, ARRAY_SIZE(ram)));
		fuzz_assert(p.end <= terms.resume.start || p.start >= terms.resume.end);
		fuzz_assert(!i || p.start >= r->pages[i - 1].end);
	}
}

static void look_at_measured(const struct report *r)
{
	struct measured m;
	size_t at = 0;

	while (at < r->measured.n) {
		fuzz_assert(measured_next(r->measured, &banks, &at, &m, NULL) == 1);
		fuzz_assert(m.record.pcr < TPM_PCRS && m.flags && m.flags < 7);
	}
}

static void look_at(const struct report *r)
{
	const struct ram_range pc = { machine_pc(&r->regs), machine_pc(&r->regs) + 1 };

	look_at_pages(r);
	fuzz_assert(inside(pc, r->pages, r->n_pages));
	fuzz_assert(unit_state_harmless(&r->regs, &r->fpu));
	fuzz_assert(r->n_secret <= REPORT_MOST_SECRETS);
	fuzz_assert(!r->seed.end || inside(r->seed, r->pages, r->n_pages));
	fuzz_assert(!r->initrd.end || inside(r->initrd, r->pages, r->n_pages));
	fuzz_assert(r->options || r->options_error < 0);
	look_at_measured(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	struct report report;
	struct why why;

	if (report_decode((struct bytes){ data, n_bytes }, &terms, &report, &why) < 0) {
		fuzz_assert(strlen(why.text) < sizeof(why.text));
		return 0;
	}
	fuzz_assert(report.frozen == (report.error == 0 && report.end == terms.boot_end));
	for (const char *c = report.why.text; *c; c++)
		fuzz_assert((unsigned char)*c >= ' ' && *c != 0x7f);
	if (report.frozen)
		look_at(&report);
	report_free(&report);
	return 0;
}

size_t fuzz_seed(unsigned i, uint8_t *data, size_t cap)
{
	static struct ram_range pages[] = { { 0x100000, 0x200000 }, { 0x340000, 0x350000 } };
	static struct report r;
	static uint8_t measured[256];
	const struct tpm_record record = { .pcr = 4, .type = EV_IPL };
	uint8_t *bytes;
	size_t n;

	r = (struct report){ .end = i == 1 ? 2 : 1, .why = { "ended" }, .frozen = i != 1 };
	if (r.frozen) {
		r.pages = pages;
		r.n_pages = i == 2 ? 1 : 2;
		r.secret = pages;
		r.n_secret = i == 3;
		r.options = (char *)(i == 4 ? "" : "quiet");
		r.regs = unit_regs(0x100010, 0x100100, 0);
		if (i == 5)
			unit_state_possible(&r.regs, &r.fpu);
		r.measured =
			(struct bytes){ measured, measured_write(&banks, MEASURED_EXTENDED, &record,
								 measured, sizeof(measured)) };
	}
	if (i > 5 || report_encode(&r, &bytes, &n, NULL) < 0)
		return 0;
	n = n <= cap ? n : 0;
	memcpy(data, bytes, n);
	free(bytes);
	return n;
}
