// SPDX-License-Identifier: MIT
/* What of the machine's variables an image begins with. */
#include "boot/sources.h"
#include "pe/setup_header.h"
#include "tree.h"

#include <stdarg.h>

#define FOLDER "/sys/firmware/efi/efivars/"
#define GLOBAL "-8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define LOADER "-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"

static char warned[256];

static void warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(warned, sizeof(warned), fmt, ap);
	va_end(ap);
}

/* Which partition the machine was booted from goes on where nothing of the boot says another. */
static void test_partition(const struct tree *t, bool known)
{
	static const uint8_t kernel[SETUP_MAGIC_END] = { [SETUP_MAGIC] = 'H', 'd', 'r', 'S' };
	static const struct {
		const char *where;
		bool on_esp, disk, folder;
		unsigned stub;
		bool is_kernel, keeps, warns;
	} rows[] = {
		{ "a folder", false, false, false, 257, false, true, true },
		{ "--esp, a folder", false, false, true, 257, false, true, true },
		{ "--esp, a folder, and --disk", false, true, true, 257, false, true, true },
		{ "an ESP", true, false, false, 257, false, false, false },
		{ "a disk", false, true, false, 0, false, false, false },
		{ "a loader in a folder", false, false, false, 0, false, true, false },
		{ "a loader on an ESP", true, false, false, 0, false, false, false },
		{ "a kernel in a folder", false, false, false, 0, true, true, false },
		{ "a kernel on an ESP", true, false, false, 0, true, true, false },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct boot_image image = {
			"x.efi",
			{ rows[i].is_kernel ? kernel : NULL,
			  rows[i].is_kernel ? sizeof(kernel) : 0 },
			rows[i].stub,
		};
		struct boot_request request = { .image = "x.efi",
						.n_disks = rows[i].disk,
						.esp.folder = rows[i].folder ? "/esp" : NULL,
						.for_this_machine = true,
						.caller.warn = warn };
		struct sources s = { .esp.n_node_bytes = rows[i].on_esp ? DEVICE_NODE_BYTES : 0 };
		struct why why;

		require(variable_set_read(t->root, &s.variables, &why) == 0);
		warned[0] = '\0';
		sources_keep_partition(&request, &image, &s);
		check_msg(s.variables.n == (known && rows[i].keeps), "%s: %u", rows[i].where,
			  s.variables.n);
		check_msg(!warned[0] == (known || !rows[i].warns), "%s: %s", rows[i].where, warned);
		check(!warned[0] || strstr(warned, "x.efi: is on no EFI system partition"));
		/* an image that only runs here, or is not what goes on */
		warned[0] = '\0';
		request.for_this_machine = false;
		variable_set_drop(&s.variables, "LoaderDevicePartUUID");
		sources_keep_partition(&request, &image, &s);
		request.for_this_machine = true;
		request.way = HANDOVER_FILE;
		variable_set_drop(&s.variables, "LoaderDevicePartUUID");
		sources_keep_partition(&request, &image, &s);
		check_msg(!warned[0], "%s: %s", rows[i].where, warned);
		variable_set_free(&s.variables);
	}
}

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
	check(!variable_set_keep(&set, "LoaderEntryDefault"));
	check(!variable_set_keep(&set, "SecureBoot"));
	check(set.n == 2);
	check(variable_set_keep(&set, "LoaderInfo"));
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
	t = tree_new();
	test_partition(&t, false);
	tree_put_bytes(&t, FOLDER "LoaderDevicePartUUID" LOADER, "\6\0\0\0u\0", 6);
	test_partition(&t, true);
	tree_drop(&t);
	return tap_done();
}
