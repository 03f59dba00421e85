// SPDX-License-Identifier: MIT
/* Who relies on a signed policy of PCR 11 is told; nobody else is. */
#include "host/signed_policy.h"
#include "tap.h"
#include "unit/tree.h"

#include <string.h>

static bool ask(const struct tree *t, const char *crypttab, bool image, struct why *why)
{
	why->text[0] = '\0';
	tree_put(t, "/etc/crypttab", crypttab);
	return signed_policy_in_use(t->root, image, why);
}

static void test_crypttab(const struct tree *t)
{
	static const char *const others[] = {
		"",
		"# root /dev/sda2 - tpm2-device=auto,tpm2-signature=/x\n",
		"root /dev/sda2\n",
		"root /dev/sda2 - luks\n",
		"root /dev/sda2 - tpm2-device=auto\n",
		"root /dev/sda2 tpm2-device=auto,tpm2-signature=/x luks\n",
		"root /dev/sda2 - tpm2-devices=auto,tpm2-signature=/x\n",
		"root /dev/sda2 - tpm2-device=auto,tpm2-signatures=/x\n",
		"root /dev/sda2 - tpm2-device=auto,tpm2-pcrlock=/var/lib/systemd/pcrlock.json\n",
	};
	struct why why;

	for (unsigned i = 0; i < sizeof(others) / sizeof(*others); i++)
		check_msg(!ask(t, others[i], false, &why), "%s", why.text);
	check(ask(t, "a b\nroot\t/dev/sda2 - luks,tpm2-device=auto,tpm2-signature=/x", false,
		  &why) &&
	      strstr(why.text, "/etc/crypttab: root may"));
}

/* The booted image brought signatures, which systemd takes without being told. */
static void test_found(const struct tree *t)
{
	static const char plain[] = "root /dev/sda2 - tpm2-device=auto\n";
	struct why why;

	check(!ask(t, plain, false, &why));
	tree_put(t, "/run/systemd/tpm2-pcr-signature.json", "{}");
	check(ask(t, plain, false, &why) && strstr(why.text, ": root may"));
	check(!ask(t, "root /dev/sda2 - tpm2-device=auto,tpm2-pcrlock=/x\n", false, &why));
	check(!ask(t, "root /dev/sda2 none luks\n", false, &why));
}

int main(void)
{
	struct tree t = tree_new();
	struct why why;

	/* without a TPM nothing goes by one */
	check(!ask(&t, "root /dev/sda2 - tpm2-device=auto,tpm2-signature=/x", true, &why));
	tree_put(&t, "/sys/class/tpm/tpm0/tpm_version_major", "2\n");
	test_crypttab(&t);
	test_found(&t);
	check(ask(&t, "", true, &why) && strstr(why.text, ".pcrsig"));
	tree_remove(&t, "/etc/crypttab");
	check(signed_policy_in_use(t.root, true, &why) &&
	      !signed_policy_in_use(t.root, false, &why));
	tree_drop(&t);
	return tap_done();
}
