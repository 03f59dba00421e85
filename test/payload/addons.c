// SPDX-License-Identifier: MIT
/*
 * Loads the addons that lie beside it, as a stub would, and starts none. With "rewrite" it then
 * changes one byte behind the end of the first: whoever looks at that file later sees another one
 * than was loaded.
 */
#include "lib.h"

static efi_status_t rewrite(char16 *path)
{
	struct file_system *fs = NULL;
	struct file *root, *f;
	uint64_t n = 1;

	require(bs->handle_protocol(own_image()->device, &simple_file_system_guid, &fs));
	require(fs->open_volume(fs, &root));
	require(root->open(root, &f, path, FILE_READ | FILE_WRITE, 0));
	require(f->set_position(f, ~0ull));
	require(f->write(f, &n, "x"));
	require(f->close(f));
	return EFI_SUCCESS;
}

efi_status_t payload(void)
{
	static char16 *const paths[] = {
		u"\\uki.efi.extra.d\\one.addon.efi",
		u"\\uki.efi.extra.d\\two.addon.efi",
	};
	handle_t addon;

	for (unsigned i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (load_beside(paths[i], &addon) == EFI_SUCCESS)
			bs->unload_image(addon);
	return option_is("rewrite") ? rewrite(paths[0]) : EFI_SUCCESS;
}
