// SPDX-License-Identifier: MIT
/* What a kernel shows of a TPM, made by hand: its PCRs are read whole, or there is a reason. */
#include "measure/host_pcrs.h"
#include "tap.h"
#include "unit/tree.h"

#include <errno.h>
#include <string.h>

static struct tpm_pcrs pcrs;

static void put_bank(const struct tree *t, const char *name, unsigned n_bytes)
{
	char path[128], text[2 * TPM_MAX_DIGEST + 2];

	for (unsigned i = 0; i < TPM_PCRS; i++) {
		snprintf(path, sizeof(path), "/sys/class/tpm/tpm0/pcr-%s/%u", name, i);
		for (unsigned k = 0; k < n_bytes; k++)
			snprintf(text + 2 * (size_t)k, 4, "%02X\n", k == 0 ? i : 0xab);
		tree_put(t, path, text);
	}
}

static void test_read(void)
{
	struct tree t = tree_new();
	struct why why = { "" };

	tree_put(&t, "/sys/class/tpm/tpm0/tpm_version_major", "2\n");
	put_bank(&t, "sha256", 32);
	put_bank(&t, "sha1", 20);
	require(host_pcrs_read(t.root, &pcrs, &why) == 0);
	check(pcrs.banks.n == 2 && pcrs.banks.bank[0].id == 4 && pcrs.banks.bank[1].id == 0x000b);
	check(pcrs.value[0][23][0] == 23 && pcrs.value[1][11][0] == 11);
	check(pcrs.value[0][1][19] == 0xab && pcrs.value[1][1][31] == 0xab);
	tree_drop(&t);
}

static void expect(const char *what, const struct tree *t, int want, const char *text)
{
	struct why why = { "" };
	int r;

	pcrs.banks.n = 7;
	r = host_pcrs_read(t->root, &pcrs, &why);
	check_msg(r == want && strstr(why.text, text), "%s: %d %s", what, r, why.text);
	check(pcrs.banks.n == 7);
}

static void test_bad(void)
{
	struct tree t = tree_new();

	expect("no TPM", &t, -ENODEV, "no TPM 2.0");
	tree_put(&t, "/sys/class/tpm/tpm0/tpm_version_major", "1\n");
	expect("TPM 1.2", &t, -ENODEV, "no TPM 2.0");
	tree_put(&t, "/sys/class/tpm/tpm0/tpm_version_major", "2\n");
	expect("no bank", &t, -ENODEV, "no bank");
	put_bank(&t, "sha256", 32);
	tree_put(&t, "/sys/class/tpm/tpm0/pcr-sha256/5", "AB\n");
	expect("too short", &t, -EBADMSG, "pcr-sha256/5: is no digest of 32 bytes");
	put_bank(&t, "sha256", 33);
	expect("too long", &t, -EBADMSG, "pcr-sha256/0: is no digest of 32 bytes");
	put_bank(&t, "sha256", 32);
	tree_put(&t, "/sys/class/tpm/tpm0/pcr-sha256/5", "\n");
	expect("empty", &t, -EBADMSG, "pcr-sha256/5");
	tree_remove(&t, "/sys/class/tpm/tpm0/pcr-sha256/5");
	expect("missing", &t, -ENOENT, "pcr-sha256/5");
	put_bank(&t, "sha256", 32);
	put_bank(&t, "whirlpool", 32);
	expect("unknown", &t, -ENOTSUP, "whirlpool");
	tree_drop(&t);
}

int main(void)
{
	test_read();
	test_bad();
	return tap_done();
}
