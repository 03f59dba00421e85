// SPDX-License-Identifier: MIT
/* Initrds that are given, one behind the other. */
#include "boot/initrds.h"
#include "boot/output.h"
#include "tree.h"

#include <errno.h>

static const struct boot_image plain = { .path = "plain" };

/* Lengths that are no multiples of 4, and one that is more than is read at once. */
enum { LARGE = (1 << 16) + 5, JOINED = 4 + 4 + LARGE + 3 };

static struct initrd_set set;

static void close_set(void)
{
	initrd_set_close(&set);
	memset(&set, 0, sizeof(set));
}

static bool is_joined(const uint8_t *p, const uint8_t *large)
{
	return !memcmp(p, "abc\0four", 8) && !memcmp(p + 8, large, LARGE) &&
	       !memcmp(p + 8 + LARGE, "\0\0\0", 3);
}

static void test_joined(const struct boot_request *request, const uint8_t *large)
{
	static uint8_t filled[JOINED], read[JOINED + 1];
	struct why why;
	int fd;

	require(initrd_set_open(request, &plain, &set, &why) == 0);
	check(set.n == 3 && set.n_given == 3 && initrd_set_bytes(&set) == JOINED);
	check(set.file[1].n_bytes == 4 && !strcmp(set.file[1].name, request->initrd[1]));
	check(initrd_set_fill(&set, filled, &why) == 0 && is_joined(filled, large));
	fd = initrd_set_join(&set, &why);
	require(fd >= 0);
	check(pread(fd, read, sizeof(read), 0) == JOINED && is_joined(read, large));
	close(fd);
	close_set();
}

/* A file that got shorter while it was open is not made up for. */
static void test_cut(const struct boot_request *request)
{
	static uint8_t filled[JOINED];
	struct why why;

	require(initrd_set_open(request, &plain, &set, &why) == 0);
	require(truncate(request->initrd[1], 2) == 0);
	check(initrd_set_fill(&set, filled, &why) == -EIO &&
	      !strncmp(why.text, request->initrd[1], strlen(request->initrd[1])));
	check(initrd_set_join(&set, &why) == -EIO);
	close_set();
}

static void test_refused(const struct boot_request *good)
{
	struct boot_image image = { .path = "uki",
				    .stub = STUB_MERGES_INITRDS - 1,
				    .has_initrd = true };
	struct boot_request request = *good;
	struct why why;

	check(initrd_set_open(&request, &image, &set, &why) == -EOPNOTSUPP && !set.n_open);
	check(!strncmp(why.text, "uki: has an initrd, and its systemd-stub 260 takes", 50));
	/* with none of its own it may leave room for this one */
	image.has_initrd = false;
	check(initrd_set_open(&request, &image, &set, &why) == 0 && set.n == 3);
	close_set();
	image.has_initrd = true;
	image.stub = STUB_MERGES_INITRDS;
	check(initrd_set_open(&request, &image, &set, &why) == 0 && set.n == 3);
	close_set();
	/* the first stays open until the set is closed */
	request.initrd[1] = "/nonexistent";
	check(initrd_set_open(&request, &image, &set, &why) == -ENOENT && set.n_open == 1);
	close_set();
	request.n_initrds = 0;
	image.stub = STUB_MERGES_INITRDS - 1;
	check(initrd_set_open(&request, &image, &set, &why) == 0 && set.n == 0);
	check(initrd_set_bytes(&set) == 0);
	close_set();
}

static void test_word(void)
{
	static const struct {
		const char *cmdline;
		bool names;
	} rows[] = {
		{ NULL, false },
		{ "", false },
		{ "initrd=a", true },
		{ "quiet initrd=\\a", true },
		{ "a=initrd=b noinitrd=1 rd.initrd=x", false },
		{ "x=1\tinitrd=", true },
		{ "initrd", false },
	};
	const struct boot_image has = { .path = "uki",
					.has_initrd = true,
					.stub = STUB_MERGES_INITRDS };
	struct why why = { "" };

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct boot_request request = { .cmdline = rows[i].cmdline };
		const int want = rows[i].names ? -EINVAL : 0;

		check_msg(initrd_check_cmdline(&request, &why) == want, "%s: no stub",
			  rows[i].cmdline);
		check_msg(initrd_set_open(&request, &has, &set, &why) == want, "%s: beside",
			  rows[i].cmdline);
		close_set();
		check(initrd_set_open(&request, &plain, &set, &why) == 0);
		close_set();
	}
}

int main(void)
{
	static const char *const names[] = { "/a", "/b", "/c" };
	struct boot_request request = { .n_initrds = 3 };
	struct tree t = tree_new();
	static uint8_t large[LARGE];
	char path[3][128];

	for (unsigned i = 0; i < LARGE; i++)
		large[i] = (uint8_t)(i * 7 + (i >> 10));
	tree_put(&t, "/a", "abc");
	tree_put(&t, "/b", "four");
	tree_put_bytes(&t, "/c", large, sizeof(large));
	for (unsigned i = 0; i < 3; i++) {
		snprintf(path[i], sizeof(path[i]), "%s%s", t.root, names[i]);
		request.initrd[i] = path[i];
	}
	test_joined(&request, large);
	test_refused(&request);
	test_cut(&request);
	test_word();
	tree_drop(&t);
	return tap_done();
}
