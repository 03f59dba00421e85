// SPDX-License-Identifier: MIT
#include "base/fd.h"
#include "base/util.h"
#include "base/why.h"
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static void test_align(void)
{
	static const struct {
		uint64_t v, align, down, up;
	} rows[] = {
		{ 0, 4096, 0, 0 },
		{ 1, 4096, 0, 4096 },
		{ 4095, 4096, 0, 4096 },
		{ 4096, 4096, 4096, 4096 },
		{ 0x12345, 1, 0x12345, 0x12345 },
		{ 0xffffffffffffe001, 4096, 0xffffffffffffe000, 0xfffffffffffff000 },
		{ 0xfffffffffffff001, 4096, 0xfffffffffffff000, 0 }, /* up wraps, as it says */
		{ 0x7fffffff, 1ull << 32, 0, 1ull << 32 },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		check(align_down(rows[i].v, rows[i].align) == rows[i].down);
		check(align_up(rows[i].v, rows[i].align) == rows[i].up);
	}
}

static void test_numbers(void)
{
	check(pages_for(0) == 0 && pages_for(1) == 1 && pages_for(4096) == 1);
	check(pages_for(4097) == 2 && pages_for(UINT64_MAX - 4095) == (1ull << 52) - 1);
	check(min_u64(1, UINT64_MAX) == 1 && min_u64(UINT64_MAX, 1) == 1);
	check(max_u64(1, UINT64_MAX) == UINT64_MAX && max_u64(2, 1) == 2);
}

static int open_null(void)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static void test_fd(void)
{
	int inside = -1, taken = -1;

	{
		scoped_fd fd = open_null();

		inside = fd;
		require(is_open(inside));
	}
	check(!is_open(inside));
	{
		scoped_fd fd = open_null();

		taken = fd_take(&fd);
		check(fd == -1);
	}
	check(is_open(taken));
	fd_close(&taken);
	check(taken == -1);
	fd_close(&taken); /* and again: nothing */
	check(taken == -1);
}

/* A line that is too long loses its end, never its terminator. */
static void test_long_why(void)
{
	char text[400];
	struct why why;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	check(why_set(&why, -EIO, "%s", text) == -EIO);
	check(strlen(why.text) == sizeof(why.text) - 1);
	check(why_errno(&why, -EIO, "%s", text) == -EIO);
	check(strlen(why.text) == sizeof(why.text) - 1);
	text[sizeof(why.text) - 4] = 0;
	check(why_errno(&why, -EIO, "%s", text) == -EIO);
	check(strcmp(why.text + sizeof(why.text) - 4, ": I") == 0);
	check(why_errno(NULL, -EIO, "%s", text) == -EIO);
}

int main(void)
{
	test_align();
	test_numbers();
	test_fd();
	test_long_why();
	return tap_done();
}
