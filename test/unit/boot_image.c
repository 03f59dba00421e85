// SPDX-License-Identifier: MIT
/* What is taken out of an image before it runs, of made-up ones. */
#include "boot/image.h"
#include "boot/output.h"
#include "tap.h"
#include "tiny_pe.h"

#include <errno.h>
#include <unistd.h>

static void name_section(struct tiny_pe *t, unsigned i, const char *name, const char *text)
{
	static const unsigned data[] = { TINY_TEXT_DATA, TINY_DATA_DATA };

	memset(t->p + tiny_section(i, 0), 0, 8);
	memcpy(t->p + tiny_section(i, 0), name, strlen(name));
	strcpy((char *)t->p + data[i], text);
}

static struct boot_image image_of(const struct tiny_pe *t, unsigned stub)
{
	return (struct boot_image){ "tiny.efi", { t->p, TINY_BYTES }, stub };
}

static void test_open(void)
{
	char path[] = "/tmp/bardo-image-XXXXXX";
	struct tiny_pe t = tiny_new(NULL, 0);
	struct boot_image image = { .stub = 77 };
	struct why why;
	int fd = mkstemp(path);

	name_section(&t, 1, ".sdmagic", "#### LoaderInfo: systemd-stub 254 ####");
	require(fd >= 0 && output_append(fd, t.p, TINY_BYTES) == 0);
	check(boot_image_open(path, TINY_BYTES - 1, &image, &why) == -EFBIG && image.stub == 77);
	check(boot_image_open("/nonexistent", 1 << 20, &image, &why) == -ENOENT);
	check(!strncmp(why.text, "/nonexistent: ", 14) && image.stub == 77);
	require(boot_image_open(path, TINY_BYTES, &image, &why) == 0);
	check(image.path == path && image.stub == 254 && image.file.n == TINY_BYTES);
	/* what was read is what stays: to who writes to the file, and to a fault of ours */
	require(ftruncate(fd, 0) == 0);
	check(!memcmp(image.file.p, t.p, TINY_BYTES));
	require(pwrite(fd, t.p, TINY_BYTES, 0) == TINY_BYTES);
	check(pread(fd, (void *)image.file.p, 1, 0) < 0 && errno == EFAULT);
	check(!image.has_pcrsig);
	boot_image_close(&image);
	check(!image.file.p && image.stub == 254);
	name_section(&t, 0, ".pcrsig", "{}");
	require(pwrite(fd, t.p, TINY_BYTES, 0) == TINY_BYTES);
	check(boot_image_open(path, TINY_BYTES, &image, &why) == 0 && image.has_pcrsig);
	boot_image_close(&image);
	/* what is no image is told so by who loads it */
	require(pwrite(fd, "XX", 2, 0) == 2);
	check(boot_image_open(path, TINY_BYTES, &image, &why) == 0 && image.stub == 0);
	boot_image_close(&image);
	close(fd);
	unlink(path);
}

static void expect_options(const struct boot_image *image, const char *profile, const char *cmdline,
			   int want_r, const char *want)
{
	static char untouched[] = "untouched";
	char *options = untouched;
	struct why why = { "" };
	int r = boot_image_options(image, profile, cmdline, &options, &why);

	check_msg(r == want_r, "profile %s, %s: %d %s", profile, cmdline, r, why.text);
	if (r < 0) {
		check_msg(options == untouched && strstr(why.text, want), "why: %s", why.text);
		return;
	}
	check_msg(want ? options && !strcmp(options, want) : !options, "options: %s", options);
	free(options);
}

static void test_options(void)
{
	struct tiny_pe t = tiny_new(NULL, 0);
	struct boot_image image = image_of(&t, 0);

	expect_options(&image, NULL, NULL, 0, NULL);
	expect_options(&image, NULL, "", 0, "");
	expect_options(&image, NULL, "a b", 0, "a b");
	expect_options(&image, "0", NULL, -ENODATA, "tiny.efi: has no profiles");
	name_section(&t, 0, ".profile", "ID=one\n");
	name_section(&t, 1, ".profile", "ID=two\nTITLE='The second'\n");
	expect_options(&image, "two", NULL, 0, "@1");
	expect_options(&image, "The second", "a b", 0, "@1 a b");
	expect_options(&image, "0", "a", 0, "@0 a");
	expect_options(&image, "three", "a", -ENOENT,
		       "tiny.efi: has no profile three: bardo inspect lists its 2");
	image.stub = 256;
	expect_options(&image, "two", NULL, -EOPNOTSUPP, "the systemd-stub 256 of tiny.efi");
	image.stub = 257;
	expect_options(&image, "two", NULL, 0, "@1");
	t.p[0] = 0;
	expect_options(&image, "two", NULL, -ENOEXEC, "tiny.efi: ");
}

static void test_kernel(void)
{
	struct tiny_pe t = tiny_new(NULL, 0);
	static const char *const no_number[] = { "@1x", "@4294967297", "@", " @1", "@-1", "@1\tx" };
	struct boot_image image = image_of(&t, 0);
	char text[16] = "";
	struct why why;
	int fd;

	check(!boot_image_is_unified(&image) &&
	      boot_image_kernel(&image, NULL, NULL, &why) == -ENOENT);
	check(!strcmp(why.text, "tiny.efi: has no kernel (.linux)"));
	name_section(&t, 1, ".linux", "a kernel");
	check(boot_image_is_unified(&image));
	fd = boot_image_kernel(&image, NULL, NULL, &why);
	require(fd >= 0);
	check(output_bytes(fd) == 0x80 && pread(fd, text, sizeof(text), 0) == sizeof(text));
	check(!strcmp(text, "a kernel"));
	check(pwrite(fd, "b", 1, 0) < 0 && errno == EPERM && ftruncate(fd, 1) < 0);
	close(fd);
	/* nobody can tell which of two it is, but that there is one */
	name_section(&t, 0, ".linux", "another");
	check(boot_image_is_unified(&image) &&
	      boot_image_kernel(&image, NULL, NULL, &why) == -ENOTUNIQ);
	check(!strcmp(why.text, "tiny.efi: has more than one kernel (.linux)"));
	/* each profile has its own */
	name_section(&t, 0, ".profile", "ID=main");
	image.stub = 257;
	check(boot_image_is_unified(&image));
	fd = boot_image_kernel(&image, NULL, "quiet", &why);
	check(fd >= 0 && close(fd) == 0);
	fd = boot_image_kernel(&image, "main", NULL, &why);
	check(fd >= 0 && close(fd) == 0);
	check(boot_image_kernel(&image, NULL, "@1 quiet", &why) == -ENODATA);
	check(!strcmp(why.text, "tiny.efi: has no kernel (.linux)"));
	check(boot_image_kernel(&image, NULL, "@1", &why) == -ENODATA);
	/* what is no profile's number to the stub is none here */
	for (unsigned i = 0; i < ARRAY_SIZE(no_number); i++) {
		fd = boot_image_kernel(&image, NULL, no_number[i], &why);
		check_msg(fd >= 0 && close(fd) == 0, "%s", no_number[i]);
	}
	/* a stub that knows no profiles takes what is behind one, too */
	image.stub = 254;
	fd = boot_image_kernel(&image, NULL, "@1 quiet", &why);
	check(fd >= 0 && close(fd) == 0);
	t.p[0] = 0;
	check(!boot_image_is_unified(&image));
}

int main(void)
{
	test_open();
	test_options();
	test_kernel();
	return tap_done();
}
