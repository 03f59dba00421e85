// SPDX-License-Identifier: MIT
/* Who vouches for a certificate: the kernel that runs, asked about a keyring of ours. */
#include "host/file.h"
#include "host/keyring.h"
#include "unit/made_signed.h"
#include "unit/tree.h"

#include <errno.h>
#include <linux/keyctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define KEYS                                                                                       \
	"00f1ab2c I--Q---     1 perm 1f3f0000  1000 65534 keyring   .platform: 1\n"                \
	"11d2aa0d I------     2 perm 1f010000     0     0 keyring   .platform: 2\n"                \
	"12d2aa0d I------     1 perm 1f010000     0     0 asymmetri .machine: X509.rsa 1f []\n"    \
	"13d2aa0d I------     1 perm 1f0b0000     0     0 keyring   .secondary_trusted_keys: 1\n"

static void test_find(void)
{
	struct tree t = tree_new();

	check(host_keyring_find(t.root, ".platform") == -ENOENT);
	tree_put(&t, "/proc/keys", KEYS);
	/* not somebody's own of that name */
	check(host_keyring_find(t.root, ".platform") == 0x11d2aa0d);
	check(host_keyring_find(t.root, ".secondary_trusted_keys") == 0x13d2aa0d);
	check(host_keyring_find(t.root, ".secondary") == -ENOENT);
	/* that is a key */
	check(host_keyring_find(t.root, ".machine") == -ENOENT);
	tree_drop(&t);
}

/* A line that a key's name brings in: no keyring of the kernel's, and the real one is found. */
static void test_false_line(void)
{
	static const char name[] =
		"x\n%08lx I------     2 perm 1f010000     0     0 keyring   %s: 1";
	const long ours =
		syscall(SYS_add_key, "keyring", "bardo-ours", NULL, 0, KEY_SPEC_PROCESS_KEYRING);
	const bool named = ours >= 0 && host_keyring_find("", "bardo-ours") == (int32_t)ours;
	scoped_host_file keys = { NULL, 0 };
	char line[128];

	snprintf(line, sizeof(line), name, ours, "bardo-false");
	if (ours < 0 || syscall(SYS_add_key, "user", line, "x", 1, KEY_SPEC_PROCESS_KEYRING) < 0 ||
	    host_file_read("", "/proc/keys", &keys) < 0 || !strstr(keys.text, "bardo-false: 1")) {
		skip("this kernel shows no keys of ours");
		return;
	}
	check(named == (geteuid() == 0));
	check(host_keyring_find("", "bardo-false") == -ENOENT);
	/* behind a false one, whose number is lower or higher, the real one is still found */
	snprintf(line, sizeof(line), name, 1L, "bardo-ours");
	check(syscall(SYS_add_key, "user", line, "x", 1, KEY_SPEC_PROCESS_KEYRING) > 0);
	check(host_keyring_find("", "bardo-ours") == (named ? (int32_t)ours : -ENOENT));
}

static struct bytes der_of(const struct made_key *k, uint8_t **ret_p)
{
	*ret_p = NULL;

	const int n = i2d_X509(k->certificate, ret_p);

	require(n > 0);
	return (struct bytes){ *ret_p, (size_t)n };
}

static int vouches(int32_t keyring, const struct made_key *k)
{
	uint8_t *p;
	const int r = host_keyring_vouches(keyring, der_of(k, &p));

	OPENSSL_free(p);
	return r;
}

static void test_vouches(void)
{
	struct made_key ca = made_rsa("ca", NULL, MADE_CA), leaf = made_rsa("leaf", &ca, 0),
			other = made_rsa("ca", NULL, MADE_CA), below = made_rsa("leaf", &other, 0);
	const long keyring =
		syscall(SYS_add_key, "keyring", "test", NULL, 0, KEY_SPEC_PROCESS_KEYRING);
	struct bytes der;
	uint8_t *p;
	long key = -1;

	der = der_of(&ca, &p);
	if (keyring >= 0)
		key = syscall(SYS_add_key, "asymmetric", "", der.p, der.n, keyring);
	OPENSSL_free(p);
	if (key < 0) {
		skip("this kernel has no keys of certificates");
	} else {
		check(vouches((int32_t)keyring, &ca) == 1);
		check(vouches((int32_t)keyring, &leaf) == 1);
		/* names are not what counts */
		check(vouches((int32_t)keyring, &other) == 0);
		check(vouches((int32_t)keyring, &below) == 0);
		check(host_keyring_vouches((int32_t)keyring,
					   (struct bytes){ (const uint8_t *)"none", 4 }) == 0);
		/* a keyring that is gone */
		syscall(SYS_keyctl, KEYCTL_INVALIDATE, keyring);
		check(vouches((int32_t)keyring, &leaf) <= 0);
	}
	made_key_free(&ca);
	made_key_free(&leaf);
	made_key_free(&other);
	made_key_free(&below);
}

int main(void)
{
	test_find();
	test_false_line();
	test_vouches();
	return tap_done();
}
