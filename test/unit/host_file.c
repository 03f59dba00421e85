// SPDX-License-Identifier: MIT
#include "host/file.h"
#include "unit/tree.h"

#include <errno.h>
#include <limits.h>

/* Around the sizes at which the buffer grows. */
static void test_sizes(void)
{
	static const size_t sizes[] = { 0, 1, 4094, 4095, 4096, 8191, 8192, 100000 };
	static char big[100000];
	struct tree t = tree_new();
	struct host_file file;

	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (char)(i % 251);
	for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
		tree_put_bytes(&t, "/sys/big", big, sizes[i]);
		require(host_file_read(t.root, "/sys/big", &file) == 0);
		check_msg(file.n_bytes == sizes[i] && memcmp(file.text, big, sizes[i]) == 0 &&
				  file.text[sizes[i]] == 0,
			  "%zu bytes", sizes[i]);
		host_file_free(&file);
		check(file.text == NULL && file.n_bytes == 0);
	}
	tree_drop(&t);
}

static void test_errors(void)
{
	static char long_path[PATH_MAX + 1];
	struct host_file file = { NULL, 77 };
	struct tree t = tree_new();
	char line[8] = "before";

	check(host_file_read(t.root, "/nothing", &file) == -ENOENT);
	check(host_file_read(t.root, "", &file) == -EISDIR);
	memset(long_path, '/', sizeof(long_path) - 1);
	check(host_file_read(t.root, long_path, &file) == -ENAMETOOLONG);
	check(host_file_line(t.root, long_path, line, sizeof(line)) == -ENAMETOOLONG);
	check(host_file_link(t.root, long_path, line, sizeof(line)) == -ENAMETOOLONG);
	check(!host_file_exists(t.root, long_path));
	check(file.n_bytes == 77 && strcmp(line, "before") == 0);
	check(host_file_read("", "/dev/zero", &file) == -EFBIG);
	tree_drop(&t);
}

static void test_lines(void)
{
	struct tree t = tree_new();
	char line[8];

	tree_put(&t, "/a", "one\ntwo\n");
	check(host_file_line(t.root, "/a", line, sizeof(line)) == 0 && strcmp(line, "one") == 0);
	tree_put(&t, "/a", "too long for it\n");
	check(host_file_line(t.root, "/a", line, sizeof(line)) == 0);
	check(strcmp(line, "too lon") == 0);
	tree_put(&t, "/a", "");
	check(host_file_line(t.root, "/a", line, sizeof(line)) == 0 && line[0] == 0);
	tree_link(&t, "/l", "user:[1]2345");
	check(host_file_link(t.root, "/l", line, sizeof(line)) == 0);
	check(strcmp(line, "user:[1") == 0);
	check(host_file_link(t.root, "/a", line, sizeof(line)) == -EINVAL);
	check(host_file_exists(t.root, "/a") && !host_file_exists(t.root, "/b"));
	tree_drop(&t);
}

static int number(const char *text, int base, uint64_t *ret)
{
	struct tree t = tree_new();
	int r;

	tree_put(&t, "/a", text);
	*ret = 77;
	r = host_file_number(t.root, "/a", base, ret);
	tree_drop(&t);
	return r;
}

static void test_numbers(void)
{
	static const char *const wrong[] = {
		"", "\n", "x", "12x", "12 ", "-1", "-0", "0x10", "18446744073709551616",
	};
	uint64_t v;

	check(number("12\n", 10, &v) == 0 && v == 12);
	check(number("18446744073709551615\n", 10, &v) == 0 && v == UINT64_MAX);
	check(number("0x1f\n", 16, &v) == 0 && v == 0x1f);
	check(number("0x1f\n", 0, &v) == 0 && v == 0x1f);
	check(number("31\n", 0, &v) == 0 && v == 31);
	for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++)
		check_msg(number(wrong[i], 10, &v) == -EBADMSG && v == 77, "text %u is no number",
			  i);
}

int main(void)
{
	test_numbers();
	test_sizes();
	test_errors();
	test_lines();
	return tap_done();
}
