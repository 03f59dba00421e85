// SPDX-License-Identifier: MIT
/* What is forgotten of a device tree, what is not, and trees that are none. */
#include "host/fdt.h"
#include "made_fdt.h"
#include "tap.h"

#include <errno.h>

static struct made_fdt f;

/* A machine with a boot behind it; the same words elsewhere are somebody else's. */
static struct bytes tree(void)
{
	memset(&f, 0, sizeof(f));
	made_fdt_begin(&f, "");
	made_fdt_property(&f, "compatible", "x\0", 2);
	made_fdt_property(&f, "bootargs", "of the root", 12);
	made_fdt_begin(&f, "chosen");
	made_fdt_property(&f, "bootargs", "root=/dev/old", 14);
	made_fdt_property(&f, "stdout-path", "/uart", 6);
	made_fdt_property(&f, "linux,initrd-start", "\0\0\0\x48\0\0\0\0", 8);
	made_fdt_property(&f, "kaslr-seed", "12345678", 8);
	made_fdt_begin(&f, "chosen");
	made_fdt_property(&f, "rng-seed", "of a child", 11);
	made_fdt_end(&f);
	made_fdt_end(&f);
	made_fdt_begin(&f, "cpus");
	made_fdt_property(&f, "linux,initrd-end", "of cpus", 8);
	made_fdt_end(&f);
	made_fdt_end(&f);
	made_fdt_word(&f, 9);
	return made_fdt_whole(&f);
}

static bool has(struct bytes b, const char *text)
{
	return memmem(b.p, b.n, text, strlen(text)) != NULL;
}

static void test_forgotten(void)
{
	struct bytes t = tree();
	struct why why;

	check(fdt_forget_boot(t, &why) == 0);
	check(!has(t, "root=/dev/old") && !has(t, "12345678"));
	check(has(t, "/uart") && has(t, "of the root") && has(t, "of a child") &&
	      has(t, "of cpus"));
	/* the same once more, and the file is as long as before */
	check(fdt_forget_boot(t, &why) == 0 && t.n == made_fdt_whole(&f).n);
}

static void refused(size_t at, uint32_t value, const char *words)
{
	struct bytes t = tree();
	struct why why;

	memcpy(f.whole + at, &(uint32_t){ htobe32(value) }, 4);
	check_msg(fdt_forget_boot(t, &why) == -EINVAL && strstr(why.text, words), "%zu: %#x: %s",
		  at, value, why.text);
}

static void test_refused(void)
{
	struct bytes t = tree();
	struct why why;

	for (size_t n = 0; n < t.n; n++) {
		const struct bytes cut = { t.p, n };

		if (fdt_forget_boot(cut, &why) != -EINVAL)
			break;
		if (n + 1 == t.n)
			check(true);
	}
	refused(0, 0xd00dfeee, "header");
	refused(4, 0x7fffffff, "header");
	refused(4, 39, "header");
	refused(8, 0xfffffff0, "header");
	refused(12, 0x7fffffff, "header");
	refused(36, 0xffffffff, "header");
	refused(MADE_FDT_HEADER, 5, "token at 0 of");
	refused(MADE_FDT_HEADER, 2, "token");
	/* the first property: its length, and its name */
	refused(MADE_FDT_HEADER + 12, 0xfffffff0, "token");
	refused(MADE_FDT_HEADER + 16, 0xfffffff0, "token");
	/* structure that ends early */
	refused(36, (uint32_t)(f.n_structure - 4), "token");
}

int main(void)
{
	struct bytes none;
	struct why why;

	test_forgotten();
	test_refused();
	check(fdt_read("/nowhere", &none, &why) == -ENOENT);
	return tap_done();
}
