// SPDX-License-Identifier: MIT
/* What is kept for the jump comes back as it was, or is refused; it holds for PCRs as they were. */
#include "unit/tiny_log.h"
#include "measure/commit.h"
#include "measure/host_log.h"
#include "measure/outcome.h"
#include "tap.h"
#include "unit/tree_pcrs.h"

#include <errno.h>

static struct tpm_pcrs pcrs;
static struct commit commit;
static uint8_t measured[4096];
static size_t n_measured;

/* A machine whose TPM has SHA-1 and SHA-256, and a log of SHA-256 alone. */
static void make_machine(const struct tree *t, struct tiny_log *tiny)
{
	tiny_log_fill(tiny, &tiny_banks_one);
	tpm_pcrs_reset(&pcrs, &tiny_banks_four);
	pcrs.value[0][3][0] = 0x77;
	pcrs.value[1][3][0] = 0x78;
	tree_put(t, "/sys/class/tpm/tpm0/tpm_version_major", "2\n");
	tree_put_bank(t, &pcrs, 0);
	tree_put_bank(t, &pcrs, 1);
	tree_put_bytes(t, HOST_LOG, tiny->bytes, tiny->n);
}

static void add(const struct tpm_now *now, uint32_t pcr, unsigned flags)
{
	static const uint8_t digest[TPM_MAX_DIGEST] = { 5 };
	const struct tpm_record r = { .pcr = pcr, .type = EV_IPL, .digest = { digest, digest } };

	n_measured += measured_write(&now->pcrs->banks, flags, &r, measured + n_measured,
				     sizeof(measured) - n_measured);
}

static void test_now(const struct tree *t, struct tpm_now *now)
{
	static struct tiny_log tiny;
	struct why why = { "" };

	make_machine(t, &tiny);
	require(tpm_now_read(t->root, now, &why) == 0);
	/* the log's bank first */
	check(now->n_log_banks == 1 && now->active == 3 && now->pcrs->banks.n == 2);
	check(now->pcrs->banks.bank[0].id == 0x0b && now->pcrs->value[0][3][0] == 0x78);
	check(now->pcrs->banks.bank[1].id == 4 && now->pcrs->value[1][3][0] == 0x77);
	/* these PCRs are not what the log leads to: that is said behind it */
	check(now->unled == 0x1aff && now->log.n == tiny.n + tpm_record_bytes(&tiny_banks_one, 51));
	check(!memcmp(now->log.p, tiny.bytes, tiny.n) &&
	      !memcmp(now->log.p + now->log.n - 51,
		      "bardo: does not lead to PCR 0 1 2 3 4 5 6 7 9 11 12", 51));
	check(strstr(now->note.text, "does not lead"));
}

static void test_outcome(const struct tpm_now *now)
{
	static struct tiny_log tiny;
	struct outcome o;
	struct why why = { "" };

	tiny_log_fill(&tiny, &tiny_banks_one);
	add(now, 3, MEASURED_LOGGED | MEASURED_EXTENDED);
	add(now, 4, MEASURED_EXTENDED);
	require(outcome_make(now, (struct bytes){ measured, n_measured }, &o, &why) == 0);
	check(o.n_before == tiny.n_records + 1 && o.history.n == tiny.n_records + 2 &&
	      o.gaps.n_silent == 1 && o.gaps.n_full == 0);
	check(o.history.record[o.n_before].record.pcr == 3);
	for (unsigned b = 0; b < 2; b++)
		for (unsigned i = 0; i < TPM_PCRS; i++)
			if ((memcmp(o.pcrs->value[b][i], now->pcrs->value[b][i], 64) != 0) !=
			    (i == 3 || i == 4))
				check_msg(false, "bank %u PCR %u", b, i);
	outcome_free(&o);
}

static void test_kept(const struct tpm_now *now, uint8_t **ret, size_t *ret_n)
{
	struct why why = { "" };

	require(commit_encode(now, (struct bytes){ measured, n_measured }, ret, ret_n, &why) == 0);
	require(commit_decode((struct bytes){ *ret, *ret_n }, &commit, &why) == 0);
	check(commit.active == 3 && commit.measured.n == n_measured &&
	      !memcmp(commit.measured.p, measured, n_measured));
	check(!memcmp(commit.before.value, now->pcrs->value, sizeof(commit.before.value)));
}

static void expect_bad(const char *what, const uint8_t *bytes, size_t n, size_t at, uint8_t v)
{
	uint8_t *copy = malloc(n + !n);
	struct why why = { "" };

	require(copy);
	memcpy(copy, bytes, n);
	if (at < n)
		copy[at] = v;
	check_msg(commit_decode((struct bytes){ copy, n }, &commit, &why) == -EBADMSG, "%s: %s",
		  what, why.text);
	free(copy);
}

static void test_bad(const uint8_t *bytes, size_t n)
{
	expect_bad("empty", bytes, 0, SIZE_MAX, 0);
	expect_bad("cut off", bytes, n - 1, SIZE_MAX, 0);
	expect_bad("cut off early", bytes, 20, SIZE_MAX, 0);
	expect_bad("another file", bytes, n, 0, 'x');
	expect_bad("no bank is active", bytes, n, 4, 0);
	expect_bad("a bank that there is not", bytes, n, 4, 7);
	expect_bad("another length", bytes, n, 8, 1);
	expect_bad("no flags", bytes, n, n - n_measured, 0);
	expect_bad("a PCR that there is not", bytes, n, n - n_measured + 8, 24);
}

/* One that the kernel takes from another place is not the next kernel's to see. */
static void test_acpi_log(const struct tree *t)
{
	static const size_t sizes[] = { 52, 76, 76, 75 };
	static uint8_t table[76];
	static struct tiny_log tiny;
	struct tpm_now now;
	struct why why = { "" };

	tiny_log_fill(&tiny, &tiny_banks_one);
	tree_put_bytes(t, HOST_LOG, tiny.bytes, tiny.n);
	for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
		table[66] = 1;
		table[70] = i == 1 ? 0 : 0x10;
		tree_put_bytes(t, "/sys/firmware/acpi/tables/TPM2", table, sizes[i]);
		require(tpm_now_read(t->root, &now, &why) == 0);
		check_msg(now.acpi_log == (i == 2), "table %u", i);
		tpm_now_free(&now);
	}
}

/* Without a log, or with an old one, it begins anew and says so; one that lies is refused. */
static void test_other_logs(const struct tree *t)
{
	static const uint8_t old[32];
	struct host_log log;
	struct tpm_now now;
	struct why why = { "" };

	tree_put(t, "/sys/class/tpm/tpm0/tpm_version_major", "2\n");
	tree_put_bank(t, &pcrs, 0);
	tree_remove(t, HOST_LOG);
	check(host_log_read(t->root, NULL, &log, &why) == -ENOENT);
	require(tpm_now_read(t->root, &now, &why) == 0);
	check(strstr(now.note.text, "No such file") && now.n_log_banks == 2 && now.active == 3);
	check(now.log.n > tpm_header_bytes(&now.pcrs->banks) && now.unled == 1 << 3);
	tpm_now_free(&now);
	tree_put_bytes(t, HOST_LOG, old, sizeof(old));
	require(tpm_now_read(t->root, &now, &why) == 0);
	check(strstr(now.note.text, "TPM 1.2"));
	tpm_now_free(&now);
	require(host_log_read(t->root, NULL, &log, &why) == 0);
	check(log.bytes.n == sizeof(old) && !log.history.log.agile && !log.note.text[0]);
	host_log_free(&log);
	tree_put_bytes(t, HOST_LOG, old, sizeof(old) - 1);
	check(host_log_read(t->root, NULL, &log, &why) == -EBADMSG);
	check(tpm_now_read(t->root, &now, &why) == -EBADMSG && !now.pcrs &&
	      strstr(why.text, "binary_bios_measurements: offset 0: "));
	test_acpi_log(t);
	tree_remove(t, "/sys/class/tpm/tpm0/tpm_version_major");
	check(tpm_now_read(t->root, &now, &why) == -ENODEV && !now.pcrs);
}

int main(void)
{
	struct tree t = tree_new();
	struct tpm_now now;
	uint8_t *bytes;
	size_t n;

	test_now(&t, &now);
	test_outcome(&now);
	test_kept(&now, &bytes, &n);
	test_bad(bytes, n);
	test_other_logs(&t);
	free(bytes);
	tpm_now_free(&now);
	tree_drop(&t);
	return tap_done();
}
