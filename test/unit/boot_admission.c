// SPDX-License-Identifier: MIT
/* Who runs by which policy, on images that are signed here; and that what was judged is what runs.
 */
#include "boot/pipeline.h"
#include "unit/made_caller.h"
#include "unit/made_signed.h"
#include "unit/tiny_pe.h"
#include "unit/tree.h"

#include <errno.h>
#include <linux/keyctl.h>
#include <openssl/pem.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CERTIFICATE "/root/etc/bardo/trust.d/own.der"
#define SECURE_BOOT "/root/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define LOCKDOWN "/root/sys/kernel/security/lockdown"

static struct made_key own, other;
static struct tree folder;
static char said[512];

static void __attribute__((format(printf, 1, 2))) hear(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(said, sizeof(said), fmt, ap);
	va_end(ap);
}

static struct boot_request request_of(enum boot_policy policy)
{
	static char root[128], image[128];

	snprintf(root, sizeof(root), "%s/root", folder.root);
	snprintf(image, sizeof(image), "%s/esp/tiny.efi", folder.root);
	said[0] = '\0';
	return (struct boot_request){
		.image = image,
		.memory = 64 << 20,
		.timeout_s = 100,
		.policy = policy,
		.hooks.trust_root = root,
		.caller = {
			.terminal = made_terminal,
			.random = random_bytes,
			.judged = hear,
		},
	};
}

/* An image that exits with this status, signed where by is not NULL, with what by leads to. */
static void put_image_of(uint8_t status, const struct made_key *by, const struct made_key *ca)
{
	const uint8_t code[] = UNIT_RETURNS(status);
	const struct tiny_pe t = tiny_new(code, sizeof(code));
	struct made file = { .n = 0 };

	made_put(&file, t.p, TINY_BYTES);
	if (by)
		made_sign(&file, by, ca, 256);
	tree_put_bytes(&folder, "/esp/tiny.efi", file.p, file.n);
}

static void put_image(uint8_t status, const struct made_key *by)
{
	put_image_of(status, by, NULL);
}

/* May it run? Whether this machine allows kexec does not count. */
static int opened(const struct boot_request *request, struct why *why)
{
	struct boot_image image = { 0 };
	struct admission a = { 0 };
	int r;

	why->text[0] = '\0';
	r = boot_image_open(request->image, 1 << 20, &image, why);
	if (r == 0)
		r = admission_open(request, &image, &a, why);
	admission_close(&a);
	boot_image_close(&image);
	return r;
}

static void test_enforce(void)
{
	struct boot_request request = request_of(POLICY_ENFORCE);
	struct why why;

	put_image(7, &own);
	check(opened(&request, &why) == 0 && !said[0]);
	put_image(7, NULL);
	check(opened(&request, &why) == -EACCES && strstr(why.text, "tiny.efi: denied: it is not"));
	put_image(7, &other);
	check(opened(&request, &why) == -EACCES && strstr(why.text, "leads to no certificate"));
	request = request_of(POLICY_REPORT);
	check(opened(&request, &why) == 0 &&
	      strstr(said, "tiny.efi: would be denied: signature 1"));
	/* a list that is damaged, of an administrator that is not careful */
	tree_put(&folder, "/root/etc/bardo/trust.d/damaged", "?");
	put_image(7, &own);
	request = request_of(POLICY_ENFORCE);
	check(opened(&request, &why) == -EACCES && strstr(why.text, "trust.d/damaged: is neither"));
	tree_remove(&folder, "/root/etc/bardo/trust.d/damaged");
}

/* A machine that insists, and one that does not; run jumps nowhere and insists on nothing. */
static void test_host(void)
{
	struct boot_request request = request_of(POLICY_HOST);
	struct why why;

	put_image(7, NULL);
	check(opened(&request, &why) == 0);
	request.for_this_machine = true;
	check(opened(&request, &why) == 0);
	tree_put_bytes(&folder, SECURE_BOOT, "\6\0\0\0\0", 5);
	check(opened(&request, &why) == 0);
	tree_put_bytes(&folder, SECURE_BOOT, "\6\0\0\0\1", 5);
	check(opened(&request, &why) == -EACCES);
	tree_put_bytes(&folder, SECURE_BOOT, "\6\0\0", 3);
	check(opened(&request, &why) == -EACCES);
	request.for_this_machine = false;
	check(opened(&request, &why) == 0);
	request.as_if_booted = true; /* what is predicted is judged as what boots */
	check(opened(&request, &why) == -EACCES);
	request.as_if_booted = false;
	request.for_this_machine = true;
	request.policy = POLICY_REPORT;
	check(opened(&request, &why) == -EACCES && strstr(why.text, "insists on signatures"));
	request.policy = POLICY_HOST;
	tree_remove(&folder, SECURE_BOOT);
	tree_put(&folder, LOCKDOWN, "[none] integrity confidentiality\n");
	tree_remove(&folder, "/root/sys/firmware/efi/efivars");
	tree_remove(&folder, "/root/sys/firmware/efi");
	check(opened(&request, &why) == 0);
	tree_put(&folder, LOCKDOWN, "none [integrity] confidentiality\n");
	check(opened(&request, &why) == -EACCES);
	put_image(7, &own);
	check(opened(&request, &why) == 0);
	tree_remove(&folder, LOCKDOWN);
}

/* A keyring of the running kernel's with this certificate in it; -1: it has none. */
static long keyring_of(const struct made_key *k)
{
	const long keyring =
		syscall(SYS_add_key, "keyring", "test", NULL, 0, KEY_SPEC_PROCESS_KEYRING);
	uint8_t *der = NULL;
	const int n = i2d_X509(k->certificate, &der);
	long key = keyring < 0 ? -1 : syscall(SYS_add_key, "asymmetric", "", der, n, keyring);

	OPENSSL_free(der);
	return key < 0 ? -1 : keyring;
}

/* "tbs:" and the digest by which the kernel's blacklist knows a certificate. */
static void revoked(const struct made_key *k, char text[static 80])
{
	uint8_t digest[EVP_MAX_MD_SIZE], *der = NULL;
	const int n = i2d_re_X509_tbs(k->certificate, &der);

	require(n > 0 && EVP_Digest(der, (size_t)n, digest, NULL, EVP_sha256(), NULL));
	for (unsigned i = 0; i < 32; i++)
		snprintf(text + 2 * (size_t)i, 3, "%02x", digest[i]);
	OPENSSL_free(der);
}

/*
 * By way of a certificate that the signature brings along; that it is one of an authority, and has
 * signed the signer's, the kernel is not asked.
 */
static void test_chain(const struct boot_request *request, const struct made_key *ca,
		       const struct made_key *no_ca)
{
	struct made_key middle = made_rsa("middle", ca, MADE_CA);
	struct made_key below = made_rsa("below", &middle, 0), apart = made_rsa("apart", NULL, 0);
	struct made_key wrong = made_rsa("wrong", no_ca, 0);
	struct why why;

	put_image_of(7, &below, &middle);
	check_msg(opened(request, &why) == 0, "by one between %s", why.text);
	put_image(7, &below);
	check(opened(request, &why) == -EACCES);
	put_image_of(7, &apart, &middle);
	check(opened(request, &why) == -EACCES);
	put_image_of(7, &wrong, no_ca);
	check(opened(request, &why) == -EACCES);
	made_key_free(&middle);
	made_key_free(&below);
	made_key_free(&apart);
	made_key_free(&wrong);
}

/* Whom no list knows and the running kernel does; what denies still denies. */
static void test_keyrings(void)
{
	struct made_key ca = made_rsa("ca", NULL, MADE_CA), leaf = made_rsa("leaf", &ca, 0);
	struct made_key stranger = made_rsa("leaf", NULL, 0);
	struct boot_request request = request_of(POLICY_ENFORCE);
	const long keyring = keyring_of(&ca);
	char keys[512], tbs[80];
	struct why why;
	int n;

	put_image(7, &leaf);
	check(opened(&request, &why) == -EACCES && strstr(why.text, "leads to no certificate"));
	if (keyring < 0) {
		skip("this kernel has no keys of certificates");
	} else {
		n = snprintf(keys, sizeof(keys),
			     "%08lx I--Q---  1 perm 1f3f0000  0  0 keyring   .platform: 1\n",
			     keyring);
		tree_put(&folder, "/root/proc/keys", keys);
		check_msg(opened(&request, &why) == 0, "by .platform %s", why.text);
		put_image(7, &stranger);
		check(opened(&request, &why) == -EACCES);
		test_chain(&request, &ca, &leaf);
		put_image(7, &leaf);
		revoked(&leaf, tbs);
		snprintf(keys + n, sizeof(keys) - (size_t)n,
			 "1 I------ 1 perm 1f030000 0 0 blacklist tbs:%s: \n", tbs);
		tree_put(&folder, "/root/proc/keys", keys);
		check(opened(&request, &why) == -EACCES && strstr(why.text, "is denied by"));
		tree_remove(&folder, "/root/proc/keys");
	}
	made_key_free(&ca);
	made_key_free(&leaf);
	made_key_free(&stranger);
}

static void test_sealed(void)
{
	struct boot_request request = request_of(POLICY_SEALED);
	struct why why;

	put_image(7, &own);
	check(opened(&request, &why) == 0);
	request.cmdline = "quiet";
	check(opened(&request, &why) == -EACCES && strstr(why.text, "what --cmdline gives it"));
	request.cmdline = NULL;
	request.n_initrds = 1;
	check(opened(&request, &why) == -EACCES && strstr(why.text, "--initrd"));
	request.n_initrds = 0;
	request.profile = "1";
	check(opened(&request, &why) == -EACCES && strstr(why.text, "--profile"));
	request.profile = NULL;
	request.esp.n_credentials = 1;
	check(opened(&request, &why) == -EACCES && strstr(why.text, "--credential"));
	request.esp.n_credentials = 0;
	request.n_disks = 1;
	check(opened(&request, &why) == -EACCES && strstr(why.text, "--disk"));
}

static int open_in(struct host_tree *tree, const char *path)
{
	void *file;
	int r = tree->files.open(tree->files.context, path, 0, &file);

	if (r == 0)
		tree->files.close(file);
	return r;
}

/* What a sealed image sees of its ESP. */
static void test_tree(void)
{
	struct firmware_node node;
	unsigned n_files = 0;
	struct host_tree tree;
	char path[128];
	struct why why;
	void *file;

	tree_put(&folder, "/esp/tiny.efi.extra.d/a.addon.efi", "a");
	tree_put(&folder, "/esp/tiny.efi.extra.d/B.EFI", "b");
	tree_put(&folder, "/esp/tiny.efi.extra.d/c.cred", "c");
	tree_put(&folder, "/esp/tiny.efi.extra.d/d.raw", "d");
	snprintf(path, sizeof(path), "%s/esp", folder.root);
	require(tree_open(path, false, &tree, &why) == 0);
	check(open_in(&tree, "tiny.efi.extra.d/c.cred") == 0);
	tree.only_images = true;
	check(open_in(&tree, "tiny.efi.extra.d/c.cred") == -ENOENT);
	check(open_in(&tree, "tiny.efi.extra.d/D.RAW") == -ENOENT);
	check(open_in(&tree, "tiny.efi.extra.d/a.addon.efi") == 0);
	check(open_in(&tree, "tiny.efi.extra.d/b.efi") == 0);
	require(tree.files.open(tree.files.context, "tiny.efi.extra.d", 0, &file) == 0);
	while (tree.files.entry(file, n_files, &node) == 0)
		n_files++;
	check_msg(n_files == 2, "%u files", n_files);
	tree.files.close(file);
	tree_close(&tree);
}

/* A large folder is listed in pieces, so that whoever asked can look at the time. */
static void test_large_folder(void)
{
	enum { FILES = 200 };
	unsigned n_files = 0, n_pieces = 0;
	struct firmware_node node;
	struct host_tree tree;
	char path[128];
	struct why why;
	void *file;
	int r;

	for (unsigned i = 0; i < FILES; i++) {
		snprintf(path, sizeof(path), "/large/%u", i);
		tree_put(&folder, path, "x");
	}
	snprintf(path, sizeof(path), "%s/large", folder.root);
	require(tree_open(path, false, &tree, &why) == 0);
	require(tree.files.open(tree.files.context, "", 0, &file) == 0);
	while ((r = tree.files.entry(file, 0, &node)) == -EAGAIN)
		n_pieces++;
	check(r == 0 && n_pieces >= 2 && n_pieces < FILES);
	for (n_files = 1; tree.files.entry(file, n_files, &node) == 0;)
		n_files++;
	check_msg(n_files == FILES, "%u files", n_files);
	/* one that is left in the middle, and one that begins anew */
	check(tree.files.entry(file, 0, &node) == -EAGAIN);
	tree.files.close(file);
	tree_close(&tree);
}

/* Somebody who writes to the file meanwhile has another image run by nobody. */
static void test_change(void)
{
	struct boot_request request = request_of(POLICY_ENFORCE);
	struct pipeline p;
	struct why why = { "" };
	int r;

	put_image(7, &own);
	require(pipeline_open(&p, &request, &why) == 0);
	put_image(9, NULL);
	r = pipeline_run(&p, &why);
	check_msg(r == 0 && p.run.end == FIRMWARE_EXITED && p.run.status == 7, "status %u: %s",
		  (unsigned)p.run.status, why.text);
	pipeline_close(&p);
	check(opened(&request, &why) == -EACCES);
	/* and of one that is denied nothing runs */
	require(pipeline_open(&p, &request, &why) == 0);
	check(pipeline_run(&p, &why) == -EACCES && !p.run.summary.n_calls);
	pipeline_close(&p);
}

int main(void)
{
	uint8_t *der = NULL;
	int n;

	own = made_key("own", NULL, 0);
	other = made_key("other", NULL, 0);
	folder = tree_new();
	n = i2d_X509(own.certificate, &der);
	tree_put_bytes(&folder, CERTIFICATE, der, (size_t)n);
	OPENSSL_free(der);
	test_enforce();
	test_host();
	test_keyrings();
	test_sealed();
	test_tree();
	test_large_folder();
	test_change();
	tree_drop(&folder);
	made_key_free(&own);
	made_key_free(&other);
	return tap_done();
}
