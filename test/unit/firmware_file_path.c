// SPDX-License-Identifier: MIT
/* Names as images write them, each as a row. */
#include "firmware/media/file_path.h"
#include "tap.h"

#include <errno.h>
#include <string.h>
#include <uchar.h>

static const struct row {
	const char *folder;
	const char16_t *text;
	int r;
	const char *want;
} rows[] = {
	{ "", u"", 0, "" },
	{ "", u"\\", 0, "" },
	{ "a/b", u"", 0, "a/b" },
	{ "a/b", u".", 0, "a/b" },
	{ "a/b", u"c", 0, "a/b/c" },
	{ "a/b", u"\\c", 0, "c" },
	{ "a/b", u"..", 0, "a" },
	{ "a/b", u"..\\..", 0, "" },
	{ "a", u"..", 0, "" },
	{ "", u"..", -ENOENT, NULL },
	{ "a", u"..\\..\\x", -ENOENT, NULL },
	{ "", u"\\EFI\\\\Linux\\", 0, "EFI/Linux" },
	{ "", u"\\EFI\\.\\BOOT\\..\\Linux\\x.efi", 0, "EFI/Linux/x.efi" },
	{ "", u"a/b", -EINVAL, NULL }, /* what separates names here is none of FAT's letters */
	{ "", u"\\..\\etc", -ENOENT, NULL },
	{ "", u"...", -EINVAL, NULL }, /* nothing is left of it without its dots */
	{ "", u"name. .", 0, "name" }, /* FAT keeps no dots and blanks at the end */
	{ "", u".hidden", 0, ".hidden" },
	{ "", u"a\tb", -EINVAL, NULL },
	{ "", u"a*", -EINVAL, NULL },
	{ "", u"a:b", -EINVAL, NULL },
	{ "", u"\u00e9\u263a", 0, "\xc3\xa9\xe2\x98\xba" },
	{ "", u"\xd834\xdd1e", 0, "\xf0\x9d\x84\x9e" },
};

int main(void)
{
	char16_t long_name[1200];
	char out[FILE_PATH_BYTES], deep[FILE_PATH_BYTES];
	size_t n;
	int r;

	for (const struct row *row = rows; row < rows + ARRAY_SIZE(rows); row++) {
		for (n = 0; row->text[n];)
			n++;
		r = file_path_join(row->folder, row->text, n, out);
		check_msg(r == row->r && (r || !strcmp(out, row->want)), "row %zu: %d \"%s\"",
			  (size_t)(row - rows), r, r ? "" : out);
	}
	for (n = 0; n < 1200; n++)
		long_name[n] = u'x';
	check(file_path_join("", long_name, 255, out) == 0 && strlen(out) == 255);
	check(file_path_join("", long_name, 256, out) == -EINVAL);
	/* every length of what is there already: it fits whole, or is refused */
	for (n = FILE_PATH_BYTES - 40; n < FILE_PATH_BYTES - 1; n++) {
		memset(deep, 'd', n);
		deep[n] = '\0';
		r = file_path_join(deep, long_name, 20, out);
		if (r != -ENAMETOOLONG && (r != 0 || strlen(out) != n + 21))
			break;
	}
	check_msg(n == FILE_PATH_BYTES - 1, "a path at its limit, %zu", n);
	check(!strcmp(file_path_name("a/b/c"), "c") && file_path_folder("a/b/c") == 3);
	check(!strcmp(file_path_name("c"), "c") && file_path_folder("c") == 0);
	check(!strcmp(file_path_name(""), ""));
	return tap_done();
}
