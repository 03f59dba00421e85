// SPDX-License-Identifier: MIT
/* This machine's log goes on with what systemd says it measured, and then leads to the PCRs. */
#include "measure/host_log.h"
#include "measure/now.h"
#include "tap.h"
#include "unit/tiny_cel.h"
#include "unit/tiny_log.h"
#include "unit/tree_pcrs.h"

#include <errno.h>
#include <sys/stat.h>

static struct tiny_log tiny;
static struct tpm_pcrs pcrs;

static void extend(const char *word, unsigned pcr)
{
	const struct bytes b = tiny_bytes(word, strlen(word));
	uint8_t digest[TPM_MAX_DIGEST];

	for (unsigned i = 0; i < pcrs.banks.n; i++)
		require(tpm_hash(pcrs.banks.bank[i].id, &b, 1, digest) &&
			tpm_pcr_extend(&pcrs, i, pcr, digest));
}

/* The firmware's log, and behind it "shutdown" in PCR 11. */
static void make_machine(const struct tree *t, const struct tpm_banks *banks)
{
	struct tpm_record r;
	struct tpm_log log;
	unsigned lost = 0;
	size_t at;

	tiny_log_fill(&tiny, banks);
	tpm_pcrs_reset(&pcrs, banks);
	require(tpm_log_open(tiny_bytes(tiny.bytes, tiny.n), &log, NULL) == 0);
	for (at = log.begin; tpm_log_next(&log, &at, &r, NULL) > 0;)
		tpm_pcrs_apply(&pcrs, &r, &lost);
	extend("shutdown", 11);
	tree_put(t, "/sys/class/tpm/tpm0/tpm_version_major", "2\n");
	for (unsigned i = 0; i < banks->n; i++)
		tree_put_bank(t, &pcrs, i);
	tree_put_bytes(t, HOST_LOG, tiny.bytes, tiny.n);
}

static void test_leads(const struct tree *t)
{
	struct host_log log;
	struct tpm_now now;
	struct why why = { "" };
	const struct history_record *last;

	tree_put(t, HOST_USER_LOG, tiny_cel_1);
	require(host_log_read(t->root, NULL, &log, &why) == 0);
	check(log.n_user == 1 && log.history.n == tiny.n_records + 1 && !log.note.text[0]);
	last = &log.history.record[log.history.n - 1];
	check(last->record.pcr == 11 && last->record.type == EV_EVENT_TAG);
	check_msg(!strcmp(last->text, "0x62617273 systemd:phase:shutdown"), "%s", last->text);
	host_log_free(&log);
	require(tpm_now_read(t->root, &now, &why) == 0);
	check(now.unled == 0 && !now.note.text[0] && now.log.n > tiny.n);
	tpm_now_free(&now);
}

/* Not led to is PCR 11 where systemd's list is not to be had, and said. */
static void test_noted(const struct tree *t, const char *what, const char *text, const char *wanted)
{
	struct tpm_now now;
	struct why why = { "" };

	tree_put(t, HOST_USER_LOG, text);
	require(tpm_now_read(t->root, &now, &why) == 0);
	check_msg(now.unled == 1 << 11 && strstr(now.note.text, wanted), "%s: %s", what,
		  now.note.text);
	check(!memcmp(now.log.p + now.log.n - 9, "to PCR 11", 9));
	tpm_now_free(&now);
}

static void test_marked(const struct tree *t)
{
	struct host_log log;
	struct why why = { "" };

	tree_put(t, HOST_USER_LOG, tiny_cel_1);
	require(chmod(tree_path(t, HOST_USER_LOG), 01600) == 0);
	require(host_log_read(t->root, NULL, &log, &why) == 0);
	check(log.n_user == 1 && strstr(log.note.text, "incomplete"));
	host_log_free(&log);
	require(chmod(tree_path(t, HOST_USER_LOG), 0600) == 0);
}

/* What the list has and the TPM has not is no better: "final" in PCR 15. */
static void test_lies(const struct tree *t)
{
	char both[sizeof(tiny_cel_1) + sizeof(tiny_cel_2)] = "";
	struct tpm_now now;
	struct why why = { "" };

	strcat(strcat(both, tiny_cel_1), tiny_cel_2);
	tree_put(t, HOST_USER_LOG, both);
	require(tpm_now_read(t->root, &now, &why) == 0);
	check(now.unled == 1 << 15 && strstr(now.note.text, "does not lead"));
	tpm_now_free(&now);
}

/* Many of them: more than a process may hand back at once are refused in one line. */
static void test_many(const struct tree *t)
{
	const size_t one = sizeof(tiny_cel_1) - 1, n = 6000;
	char *all = malloc(n * one + 1);
	struct host_log log;
	struct why why = { "" };

	require(all);
	for (size_t i = 0; i < n; i++)
		memcpy(all + i * one, tiny_cel_1, one);
	all[n * one] = '\0';
	tree_put(t, HOST_USER_LOG, all);
	require(host_log_read(t->root, NULL, &log, &why) == 0);
	check_msg(log.n_user == 0 && strstr(log.note.text, "more than"), "%s", log.note.text);
	host_log_free(&log);
	free(all);
}

static size_t last_record(void)
{
	struct tpm_record r = { .offset = 0 };
	struct tpm_log log;
	size_t at;

	require(tpm_log_open(tiny_bytes(tiny.bytes, tiny.n), &log, NULL) == 0);
	for (at = log.begin; tpm_log_next(&log, &at, &r, NULL) > 0;)
		;
	return r.offset;
}

/* TCG_EfiSpecIDEvent's specErrata: 32 bytes of a record, a signature of 16, then 4 + 1 + 1 */
enum { HEADER_ERRATA = 32 + 16 + 4 + 1 + 1 };

/* What came with the initrd is the log where it goes on from the kernel's; else that is said. */
static void test_carried(const struct tree *t, const struct tpm_banks *banks)
{
	static struct tiny_log other;
	const size_t shorter = last_record();
	const struct {
		const char *what;
		const struct tiny_log *kernel; /* NULL: none */
		size_t n_kernel, n_carried;
		const char *note; /* NULL: it is the log */
	} rows[] = {
		{ "it goes on", &tiny, shorter, tiny.n, NULL },
		{ "the kernel has it", &tiny, tiny.n, tiny.n, NULL },
		{ "the kernel has none", NULL, 0, tiny.n, NULL },
		{ "the kernel has more", &tiny, tiny.n, shorter, "does not begin with" },
		{ "the kernel has another", &other, 0, tiny.n, "does not begin with" },
		{ "it is cut off", &tiny, shorter, tiny.n - 1, "behind the end" },
		{ "it is empty", NULL, 0, 0, "a record is cut off" },
	};
	struct host_log log;
	struct why why;
	int r;

	tiny_log_begin(&other, banks);
	tiny_log_add(&other, 1, EV_IPL, tiny_bytes("b", 1), tiny_bytes("b", 1));
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		tree_remove(t, HOST_LOG);
		if (rows[i].kernel)
			tree_put_bytes(t, HOST_LOG, rows[i].kernel->bytes,
				       rows[i].n_kernel ? rows[i].n_kernel : other.n);
		tree_put_bytes(t, HOST_CARRIED_LOG, tiny.bytes, rows[i].n_carried);
		r = host_log_read(t->root, rows[i].kernel ? NULL : banks, &log, &why);
		if (r < 0) {
			check_msg(false, "%s: %s", rows[i].what, why.text);
			continue;
		}
		check_msg(log.carried == !rows[i].note, "%s: %d", rows[i].what, log.carried);
		check_msg(rows[i].note ? strstr(log.note.text, rows[i].note) != NULL
				       : log.bytes.n == tiny.n && !log.note.text[0],
			  "%s: %s", rows[i].what, log.note.text);
		host_log_free(&log);
	}
	/* its header need not be like that of ours */
	tree_remove(t, HOST_LOG);
	tiny.bytes[HEADER_ERRATA] ^= 1;
	tree_put_bytes(t, HOST_CARRIED_LOG, tiny.bytes, tiny.n);
	tiny.bytes[HEADER_ERRATA] ^= 1;
	require(host_log_read(t->root, banks, &log, &why) == 0);
	check_msg(log.carried && log.history.n == tiny.n_records, "%s", log.note.text);
	host_log_free(&log);
	/* where nobody begins one either */
	tree_remove(t, HOST_CARRIED_LOG);
	check(host_log_read(t->root, NULL, &log, &why) == -ENOENT);
	tree_put_bytes(t, HOST_CARRIED_LOG, tiny.bytes, tiny.n);
	require(host_log_read(t->root, NULL, &log, &why) == 0);
	check(log.carried && log.history.n == tiny.n_records);
	host_log_free(&log);
	tree_remove(t, HOST_CARRIED_LOG);
}

int main(void)
{
	struct tree t = tree_new();

	make_machine(&t, &tiny_banks_one);
	test_leads(&t);
	make_machine(&t, &tiny_banks_four);
	test_leads(&t);
	test_noted(&t, "no records", "", "does not lead");
	test_noted(&t, "cut off", "\x1e{\"pcr\":11", "offset 10: not a record");
	test_noted(&t, "a bank is missing",
		   "{\"pcr\":11,\"digests\":[{\"hashAlg\":\"sha1\",\"digest\":"
		   "\"00112233445566778899aabbccddeeff00112233\"}]}",
		   "no digest of a bank");
	test_lies(&t);
	test_marked(&t);
	test_many(&t);
	tree_remove(&t, HOST_USER_LOG);
	test_carried(&t, &tiny_banks_four);
	tree_drop(&t);
	return tap_done();
}
