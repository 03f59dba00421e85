// SPDX-License-Identifier: MIT
/* What of the machine's variables an image begins with. */
#include "boot/variables.h"
#include "tree.h"

#define FOLDER "/sys/firmware/efi/efivars/"
#define GLOBAL "-8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define LOADER "-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"

int main(void)
{
	static const struct efi_guid loader = EFI_GUID(0x4a67b082, 0x0a4c, 0x41cf, 0xb6, 0xc7, 0x44,
						       0x0b, 0x29, 0xbb, 0x8c, 0x4f);
	struct variable_set set = { 0 };
	struct tree t = tree_new();
	struct why why;

	check(variable_set_read(t.root, &set, &why) == 0 && set.n == 0);
	variable_set_free(&set);
	/* of the loader's own the one that survives a reboot, not the one that tells of this boot
	 */
	tree_put_bytes(&t, FOLDER "LoaderEntryDefault" LOADER, "\7\0\0\0e\0", 6);
	tree_put_bytes(&t, FOLDER "LoaderInfo" LOADER, "\6\0\0\0i\0", 6);
	tree_put_bytes(&t, FOLDER "SecureBoot" GLOBAL, "\6\0\0\0\1", 5);
	require(variable_set_read(t.root, &set, &why) == 0);
	require(set.n == 2);
	check(!strcmp(set.variable[0].name, "LoaderEntryDefault") &&
	      set.variable[0].attributes == 7 && set.variable[0].data.n == 2);
	check(!memcmp(&set.variable[0].vendor, &loader, sizeof(loader)));
	check(!strcmp(set.variable[1].name, "SecureBoot") && set.variable[1].data.p[0] == 1);
	/* that one too where somebody asks for it, which is of this boot alone */
	variable_set_keep(&set, "LoaderEntryDefault");
	variable_set_keep(&set, "SecureBoot");
	check(set.n == 2);
	variable_set_keep(&set, "LoaderInfo");
	check(set.n == 3 && !strcmp(set.variable[2].name, "LoaderInfo") &&
	      set.variable[2].attributes == 6);
	variable_set_drop(&set, "LoaderInfo");
	/* another vendor's of that name stays */
	variable_set_drop(&set, "SecureBoot");
	check(set.n == 2);
	variable_set_drop(&set, "LoaderEntryDefault");
	check(set.n == 1 && !strcmp(set.variable[0].name, "SecureBoot"));
	variable_set_free(&set);
	check(!set.variable && !set.n);
	tree_drop(&t);
	return tap_done();
}
