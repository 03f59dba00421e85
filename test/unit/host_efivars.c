// SPDX-License-Identifier: MIT
/* efivarfs as a folder of made-up files. */
#include "host/efivars.h"
#include "tree.h"

#include <errno.h>

#define FOLDER "/sys/firmware/efi/efivars/"
#define LOADER "-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
#define GLOBAL "-8be4df61-93ca-11d2-aa0d-00e098032b8c"

static void test_remove(const struct tree *t)
{
	static const char name[] = FOLDER "LoaderEntryOneShot" LOADER;

	check(host_loader_variable_remove(t->root, "LoaderEntryOneShot") == 0);
	tree_put_bytes(t, name, "\7\0\0\0a\0", 6);
	/* another vendor's of that name stays */
	tree_put_bytes(t, FOLDER "LoaderEntryOneShot" GLOBAL, "\7\0\0\0a\0", 6);
	check(host_loader_variable_remove(t->root, "LoaderEntryOneShot") == 0);
	check(access(tree_path(t, name), F_OK) < 0);
	check(access(tree_path(t, FOLDER "LoaderEntryOneShot" GLOBAL), F_OK) == 0);
	tree_put(t, FOLDER "Folder" LOADER "/x", "");
	check(host_loader_variable_remove(t->root, "Folder") == -EISDIR);
}

int main(void)
{
	static const uint8_t global[16] = { 0x61, 0xdf, 0xe4, 0x8b, 0xca, 0x93, 0xd2, 0x11,
					    0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c };
	struct host_variables all = { 0 };
	struct tree t = tree_new();

	check(host_variables_read(t.root, &all) == 0 && all.n == 0);
	tree_put_bytes(&t, FOLDER "SetupMode" GLOBAL, "\6\0\0\0\0", 5);
	tree_put_bytes(&t, FOLDER "SecureBoot" GLOBAL, "\6\0\0\0\1", 5);
	tree_put_bytes(&t, FOLDER "Empty-Name" GLOBAL, "\7\0\0\0", 4);
	/* none of these is a variable */
	tree_put_bytes(&t, FOLDER "Short" GLOBAL, "\6\0\0", 3);
	tree_put_bytes(&t, FOLDER GLOBAL, "\6\0\0\0\1", 5);
	tree_put_bytes(&t, FOLDER "Bad_8be4df61-93ca-11d2-aa0d-00e098032b8c", "\6\0\0\0\1", 5);
	tree_put_bytes(&t, FOLDER "NoGuid", "\6\0\0\0\1", 5);
	tree_put_bytes(&t, FOLDER "Bad-8be4df61-93ca-11d2-aa0d-00e098032b8x", "\6\0\0\0\1", 5);
	tree_put_bytes(&t, FOLDER "Bad-8be4df6193ca--11d2-aa0d-00e098032b8c", "\6\0\0\0\1", 5);
	check(host_variables_read(t.root, &all) == 0);
	check_msg(all.n == 3, "%u variables", all.n);
	require(all.n == 3);
	check(!strcmp(all.variable[0].name, "Empty-Name") && all.variable[0].data.n == 0);
	check(!strcmp(all.variable[1].name, "SecureBoot") && all.variable[1].attributes == 6);
	check(all.variable[1].data.n == 1 && all.variable[1].data.p[0] == 1);
	check(!strcmp(all.variable[2].name, "SetupMode") && all.variable[2].data.p[0] == 0);
	check(!memcmp(all.variable[2].vendor, global, 16));
	host_variables_free(&all);
	check(all.n == 0 && all.variable == NULL);
	test_remove(&t);
	tree_drop(&t);
	return tap_done();
}
