// SPDX-License-Identifier: MIT
/* From a boot menu to a request; and the running kernel's command line. */
#include "boot/choice.h"
#include "tree.h"

#include <errno.h>

static struct tree t;

static void test_reused(void)
{
	static const struct {
		const char *running, *want;
	} rows[] = {
		{ "BOOT_IMAGE=/vmlinuz root=/dev/sda1 ro quiet\n", "root=/dev/sda1 ro quiet" },
		{ "initrd=\\a\\b initrd=c root=x", "root=x" },
		{ "  root=x   y  \n", "root=x y" },
		{ "a=\"b  initrd=c\" d", "a=\"b  initrd=c\" d" },
		{ "xinitrd=a BOOT_IMAGE", "xinitrd=a BOOT_IMAGE" },
		{ "BOOT_IMAGE=\"a b\" c", "c" },
		{ "\n", "" },
		{ "", "" },
	};
	static char longest[REUSED_BYTES + 1];
	char to[REUSED_BYTES];

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
		check_msg(choice_reused_cmdline(rows[i].running, to) && !strcmp(to, rows[i].want),
			  "'%s', not '%s'", rows[i].want, to);
	memset(longest, 'x', REUSED_BYTES);
	check(!choice_reused_cmdline(longest, to));
	longest[REUSED_BYTES - 2] = '\0';
	check(choice_reused_cmdline(longest, to) && !strcmp(longest, to));
}

static struct boot_request request_of(const char *entry)
{
	return (struct boot_request){ .entry = entry, .esp.folder = t.root };
}

static bool is_below(const char *path, const char *want)
{
	const size_t n = strlen(t.root);

	return path && !strncmp(path, t.root, n) && !strcmp(path + n, want);
}

static void make_menu(void)
{
	tree_put(&t, "/loader/entries/a.conf",
		 "linux /k\ninitrd /i1\ninitrd /i2\noptions one\noptions two\n");
	tree_put(&t, "/loader/entries/b.conf", "linux /k\ndevicetree /d\n");
	tree_put(&t, "/k", "k");
	tree_put(&t, "/i1", "i");
	tree_put(&t, "/i2", "i");
}

static void test_entry(void)
{
	struct boot_request r = request_of("a");
	struct choice c;
	struct why why = { "" };

	require(choice_make(&r, &c, &why) == 0);
	check(is_below(r.image, "/k") && !strcmp(r.cmdline, "one two"));
	check(r.n_initrds == 2 && is_below(r.initrd[0], "/i1") && is_below(r.initrd[1], "/i2"));
	check(r.esp.folder == t.root && !r.profile && !r.one_shot_is_used);
	choice_free(&c);
	/* what was given stands in front of the entry's */
	r = request_of("a.conf");
	r.cmdline = "mine";
	r.initrd[r.n_initrds++] = "my initrd";
	r.way = HANDOVER_FILE;
	require(choice_make(&r, &c, &why) == 0);
	check(!strcmp(r.cmdline, "mine") && r.n_initrds == 3 && !strcmp(r.initrd[2], "my initrd"));
	check(!r.esp.folder);
	choice_free(&c);
}

static void check_refused(struct boot_request r, int want, const char *words)
{
	const struct boot_request before = r;
	struct choice c;
	struct why why = { "" };
	const int got = choice_make(&r, &c, &why);

	check_msg(got == want && strstr(why.text, words) && r.image == before.image &&
			  r.n_initrds == before.n_initrds,
		  "%s: %d %s", words, got, why.text);
	choice_free(&c);
}

static void test_refused(void)
{
	struct boot_request r = request_of("a");

	check_refused(request_of("c"), -ENOENT, "c: there is no such entry");
	check_refused(request_of("b"), -EOPNOTSUPP, "b.conf: line 2: devicetree: ");
	/* the default one: no other one instead of it */
	check_refused(request_of(NULL), -EOPNOTSUPP, "b.conf: line 2: devicetree: ");
	while (r.n_initrds < MAX_INITRDS - 1)
		r.initrd[r.n_initrds++] = "x";
	check_refused(r, -E2BIG, "a.conf: more than 64 initrds");
	tree_remove(&t, "/loader/entries/a.conf");
	tree_remove(&t, "/loader/entries/b.conf");
	check_refused(request_of(NULL), -ENOENT, "no boot menu");
}

/* An image that was named stays what it is. */
static void test_image(void)
{
	struct boot_request r = { .image = "image", .reuse_cmdline = true };
	struct choice c;
	struct why why = { "" };

	check_msg(choice_make(&r, &c, &why) == 0 && !strcmp(r.image, "image") &&
			  r.cmdline == c.cmdline,
		  "%s", why.text);
	choice_free(&c);
}

int main(void)
{
	t = tree_new();
	test_reused();
	make_menu();
	test_entry();
	test_refused();
	test_image();
	tree_drop(&t);
	return tap_done();
}
