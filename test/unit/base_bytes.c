// SPDX-License-Identifier: MIT
#include "base/bytes.h"
#include "base/why.h"
#include "tap.h"

#include <errno.h>
#include <string.h>

static void test_sub(void)
{
	static const uint8_t data[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	const struct bytes b = { data, sizeof(data) };
	struct bytes part;

	check(bytes_sub(b, 0, 8, &part) && part.p == data && part.n == 8);
	check(bytes_sub(b, 8, 0, &part) && part.n == 0);
	check(!bytes_sub(b, 8, 1, &part));
	check(!bytes_sub(b, 9, 0, &part));
	check(!bytes_sub(b, 1, UINT64_MAX, &part));
	check(!bytes_sub(b, UINT64_MAX, 2, &part));
	/* found by fuzzing; clang's UBSan has an eye on it */
	check(bytes_sub((struct bytes){ 0 }, 0, 0, &part) && !part.p && part.n == 0);
}

static void test_fields(void)
{
	static const uint8_t data[8] = { 1, 2, 3, 4, 5, 6, 7, 0x88 };
	const struct bytes b = { data, sizeof(data) };
	uint8_t v8;
	uint16_t v16;
	uint32_t v32;
	uint64_t v64;

	check(bytes_u8(b, 7, &v8) && v8 == 0x88);
	check(bytes_le16(b, 6, &v16) && v16 == 0x8807);
	check(bytes_le32(b, 4, &v32) && v32 == 0x88070605);
	check(bytes_le64(b, 0, &v64) && v64 == 0x8807060504030201);
	check(!bytes_u8(b, 8, &v8));
	check(!bytes_le16(b, 7, &v16));
	check(!bytes_le32(b, 5, &v32));
	check(!bytes_le64(b, 1, &v64));
	check(!bytes_le64(b, UINT64_MAX - 3, &v64));
}

static void test_why(void)
{
	struct why why;

	check(why_set(&why, -ENOEXEC, "%s: offset %d", "x.efi", 3) == -ENOEXEC);
	check(strcmp(why.text, "x.efi: offset 3") == 0);
	check(why_set(NULL, -EPERM, "nobody listens") == -EPERM);
	check(why_errno(&why, -ENOENT, "x.efi") == -ENOENT);
	check(strcmp(why.text, "x.efi: No such file or directory") == 0);
}

static void test_lists(void)
{
	static const uint8_t two[] = "a,b\0microsoft,vmgenid";
	struct bytes all = { two, sizeof(two) }, cut = { two, sizeof(two) - 1 };

	check(bytes_list_has(all, "microsoft,vmgenid") && bytes_list_has(all, "a,b"));
	check(!bytes_list_has(cut, "microsoft,vmgenid"));
	check(!bytes_list_has(all, "vmgenid") && !bytes_list_has(all, "a"));
	check(!bytes_list_has((struct bytes){ 0 }, "a"));
}

int main(void)
{
	test_sub();
	test_fields();
	test_why();
	test_lists();
	return tap_done();
}
