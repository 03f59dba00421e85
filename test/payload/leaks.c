// SPDX-License-Identifier: MIT
/* What is given back comes back: free memory is the same after many rounds as after a few. */
#include "lib.h"

static const struct efi_guid guid = { 0x1eaf1eaf, 3, 3, { 4, 4, 4, 4, 4, 4, 4, 4 } };

static uint64_t free_pages(void)
{
	uint64_t n = 0;
	struct map map;

	if (map_get(&map) != EFI_SUCCESS)
		return 0;
	for_each_descriptor(d, &map) n += d->type == EFI_CONVENTIONAL_MEMORY ? d->n_pages : 0;
	map_free(&map);
	return n;
}

static void round_memory(void)
{
	uint64_t addr = 0;
	void *p;

	bs->allocate_pages(EFI_ALLOCATE_ANY_PAGES, EFI_LOADER_DATA, 7, &addr);
	bs->free_pages(addr + 4096, 3);
	bs->free_pages(addr, 1);
	bs->free_pages(addr + 4 * 4096, 3);
	bs->allocate_pool(EFI_BOOT_SERVICES_DATA, 3000, &p);
	bs->free_pool(p);
	bs->allocate_pool(EFI_LOADER_DATA, 100000, &p);
	bs->free_pool(p);
}

static void EFIAPI nothing(event_t event, void *context)
{
}

static void round_handles(void)
{
	struct open_information *info;
	handle_t h = NULL, *all;
	struct efi_guid **guids;
	event_t event;
	uint64_t n;
	void *p;

	bs->create_event(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, nothing, NULL, &event);
	bs->register_protocol_notify(&guid, event, &p);
	bs->install_multiple(&h, &guid, NULL, &acpi20_guid, NULL, NULL);
	bs->open_protocol(h, &guid, &p, self, NULL, OPEN_GET_PROTOCOL);
	bs->open_protocol_information(h, &guid, &info, &n);
	bs->free_pool(info);
	bs->protocols_per_handle(h, &guids, &n);
	bs->free_pool(guids);
	bs->locate_handle_buffer(ALL_HANDLES, NULL, NULL, &n, &all);
	bs->free_pool(all);
	bs->close_protocol(h, &guid, self, NULL);
	bs->uninstall_multiple(h, &guid, NULL, &acpi20_guid, NULL, NULL);
	bs->close_event(event);
}

static void round_tables(void)
{
	rt->set_variable(u"Leak", &guid, 6, sizeof(guid), &guid);
	rt->set_variable(u"Leak", &guid, 6, 0, NULL);
	bs->install_configuration_table(&guid, (void *)&guid);
	bs->install_configuration_table(&guid, NULL);
}

static void round_text(void)
{
	struct device_path_to_text *to_text;
	struct loaded_image *image = own_image();
	char16 *text;

	if (bs->locate_protocol(&device_path_to_text_guid, NULL, &to_text) != EFI_SUCCESS)
		return;
	text = to_text->path(image->file_path, false, false);
	if (text)
		bs->free_pool(text);
}

static bool leaks(void (*round)(void))
{
	uint64_t n;
	unsigned i;

	for (i = 0; i < 300; i++)
		round();
	n = free_pages();
	for (i = 0; i < 1000; i++)
		round();
	if (free_pages() != n)
		print("# %u free pages, then %u\n", n, free_pages());
	return free_pages() < n;
}

efi_status_t payload(void)
{
	check(!leaks(round_memory));
	check(!leaks(round_handles));
	check(!leaks(round_tables));
	check(!leaks(round_text));
	return tap_done();
}
