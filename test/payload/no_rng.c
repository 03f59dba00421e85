// SPDX-License-Identifier: MIT
/*
 * A boot loader that takes the random number protocol away before it starts \kernel.efi with
 * its own options: Linux's stub makes no seed table then. Says so if one is there all the
 * same: the running machine's, which is used up, or the stub's own.
 */
#include "lib.h"

static const struct efi_guid seed_guid = {
	0x1ce1e5bc, 0x7ceb, 0x42f2, { 0x81, 0xe5, 0x8a, 0xad, 0xf1, 0x80, 0xf5, 0x7b }
};
static efi_status_t(EFIAPI *install)(const struct efi_guid *guid, void *table);

static efi_status_t EFIAPI watched_install(const struct efi_guid *guid, void *table)
{
	if (guid_same(guid, &seed_guid) && table)
		print("no_rng: the image made a seed table\n");
	return install(guid, table);
}

static void look_for_old(void)
{
	uint64_t i;

	for (i = 0; i < st->n_tables; i++)
		if (guid_same(&st->tables[i].guid, &seed_guid))
			print("no_rng: there is an old seed table\n");
}

efi_status_t payload(void)
{
	struct loaded_image *child = NULL, *own = own_image();
	struct rng *rng = NULL;
	handle_t image = NULL, *h = NULL;
	uint64_t n = 0;

	look_for_old();
	require(bs->locate_handle_buffer(2, &rng_guid, NULL, &n, &h));
	require(bs->handle_protocol(h[0], &rng_guid, &rng));
	require(bs->uninstall_protocol(h[0], &rng_guid, rng));
	is(bs->locate_protocol(&rng_guid, NULL, &rng), EFI_NOT_FOUND);
	require(load_beside(u"\\kernel.efi", &image));
	require(bs->handle_protocol(image, &loaded_image_guid, &child));
	child->load_options = own->load_options;
	child->load_options_bytes = own->load_options_bytes;
	install = bs->install_configuration_table;
	bs->install_configuration_table = watched_install;
	print("no_rng: starts the kernel\n");
	return bs->start_image(image, NULL, NULL);
}
