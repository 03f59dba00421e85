// SPDX-License-Identifier: MIT
/* More of everything than there is room for, and arguments that would take all day. */
#include "hostile.h"

enum { LIST_HEAD = 20, SMALLEST_FILL = 4096, TEXT_UNITS = 65000, PATTERN_UNITS = 1000 };

static const struct efi_guid hii_database_guid = {
	0xef9fc172, 0xa1b2, 0x4693, { 0xb3, 0x27, 0x6d, 0x32, 0xfc, 0x41, 0x60, 0x42 }
};
static const struct efi_guid unicode_guid = {
	0x1d85cd7f, 0xf43d, 0x11d2, { 0x9a, 0x0c, 0x00, 0x90, 0x27, 0x3f, 0xc1, 0x4d }
};
static const struct efi_guid tag_guid = { 0x7a61, 0x1, 0x2, { 1, 2, 3, 4, 5, 6, 7, 8 } };

struct hii_database {
	efi_status_t(EFIAPI *new_list)(struct hii_database *this, const void *list, handle_t driver,
				       void **ret_handle);
	efi_status_t(EFIAPI *remove)(struct hii_database *this, void *list);
};

static struct hii_database *hii;

/* Lists as large as there is room for, until there is none but for n_left bytes. */
static uint64_t fill(uint64_t n_left)
{
	uint64_t at = 0, total = 0, n;
	void *kept = NULL;
	uint32_t size;

	bs->locate_protocol(&hii_database_guid, NULL, &hii);
	if (bs->allocate_pages(0, EFI_LOADER_DATA, (16 << 20) / 4096, &at) != EFI_SUCCESS)
		return 0;
	if (n_left) {
		size = (uint32_t)n_left;
		memcpy((void *)(at + 16), &size, 4);
		succeeds(hii->new_list(hii, (void *)at, self, &kept));
	}
	for (n = 16 << 20; n >= SMALLEST_FILL; n /= 2) {
		size = (uint32_t)n;
		memcpy((void *)(at + 16), &size, 4);
		for (void *list; hii->new_list(hii, (void *)at, self, &list) == EFI_SUCCESS;)
			total += n;
	}
	is(hii->new_list(hii, (void *)at, self, &kept), EFI_OUT_OF_RESOURCES);
	bs->free_pages(at, (16 << 20) / 4096);
	if (n_left)
		succeeds(hii->remove(hii, kept));
	return total;
}

static void a_hii_lists(void)
{
	const uint64_t n = fill(0);

	print("# %u MiB of lists\n", n >> 20);
	check(n > 16 << 20 && n <= 64 << 20);
}

/* So many of them until there is no room, which is said as it is to be. */
static void ends(const char *what, efi_status_t (*one)(unsigned i))
{
	efi_status_t status = EFI_SUCCESS;
	unsigned n = 0;

	fill(256 << 10);
	while (n < 1000000 && (status = one(n)) == EFI_SUCCESS)
		n++;
	print("# %u %s\n", (uint64_t)n, what);
	check_text(n > 100, "some fit");
	is(status, EFI_OUT_OF_RESOURCES);
}

static efi_status_t one_event(unsigned i)
{
	event_t event;

	return bs->create_event(0, 0, NULL, NULL, &event);
}

static void a_events(void)
{
	ends("events", one_event);
}

static efi_status_t one_handle(unsigned i)
{
	handle_t handle = NULL;

	return bs->install_protocol(&handle, &tag_guid, 0, NULL);
}

static void a_handles(void)
{
	ends("handles", one_handle);
}

static efi_status_t one_protocol(unsigned i)
{
	struct efi_guid guid = tag_guid;
	handle_t handle = self;

	memcpy(&guid, &i, sizeof(i));
	return bs->install_protocol(&handle, &guid, 0, NULL);
}

static void a_protocols(void)
{
	ends("protocols", one_protocol);
}

/* A handle that is somebody: without room for it, that is what it comes to. */
static efi_status_t renew(handle_t *handle)
{
	*handle = NULL;
	return bs->install_protocol(handle, &tag_guid, 0, NULL);
}

static efi_status_t one_opening(unsigned i)
{
	static handle_t agent, controller;
	efi_status_t status = EFI_SUCCESS;
	void *p;

	if (i % 2000 == 0) /* another agent: the same opening again is only counted */
		status = renew(&agent);
	if (i % 20 == 0 && status == EFI_SUCCESS)
		status = renew(&controller);
	if (status != EFI_SUCCESS)
		return status;
	return bs->open_protocol(self, &loaded_image_guid, &p, agent, controller,
				 OPEN_BY_CHILD_CONTROLLER);
}

static void a_openings(void)
{
	ends("openings", one_opening);
}

static efi_status_t one_registration(unsigned i)
{
	static event_t event;
	void *registration;

	if (!event)
		bs->create_event(0, 0, NULL, NULL, &event);
	return bs->register_protocol_notify(&tag_guid, event, &registration);
}

static void a_registrations(void)
{
	ends("registrations", one_registration);
}

/* Each registration keeps the handles that it was not asked about yet. */
static efi_status_t one_pending(unsigned i)
{
	handle_t handle = NULL;

	for (unsigned k = 0; i == 0 && k < 100; k++)
		one_registration(k);
	return bs->install_protocol(&handle, &tag_guid, 0, NULL);
}

static void a_pending(void)
{
	ends("handles that 100 registrations keep", one_pending);
}

static efi_status_t one_key(unsigned i)
{
	typedef efi_status_t(EFIAPI * register_fn)(struct text_input_ex * this,
						   struct key_data * key, void *function,
						   void **ret_handle);
	struct key_data key = { .key.unicode = 'a' };
	struct text_input_ex *in = NULL;
	void *handle;

	bs->handle_protocol(st->con_in_handle, &text_input_ex_guid, &in);
	return ((register_fn)in->register_key_notify)(in, &key, (void *)one_key, &handle);
}

static void a_keys(void)
{
	ends("key notifications", one_key);
}

static efi_status_t one_variable(unsigned i)
{
	char16 name[] = u"variable....";

	for (unsigned k = 0; k < 4; k++)
		name[8 + k] = (char16)('a' + (i >> 4 * k & 15));
	return rt->set_variable(name, &tag_guid, 2, 8, name);
}

static void a_variables(void)
{
	ends("variables", one_variable);
}

static efi_status_t one_of_group(unsigned i)
{
	return bs->create_event_ex(0, 0, NULL, NULL, &tag_guid, &(event_t){ NULL });
}

static void a_groups(void)
{
	ends("events of a group", one_of_group);
}

static efi_status_t one_pool(unsigned i)
{
	void *p;

	return bs->allocate_pool(EFI_LOADER_DATA, 16, &p);
}

static void a_pool(void)
{
	ends("pieces of pool", one_pool);
}

/* The run's folder "many" has some thousand files; each opening of it that is read keeps them. */
static efi_status_t one_listing(unsigned i)
{
	static struct file *root;
	struct file_system *fs = NULL;
	static uint8_t info[1024];
	uint64_t n = sizeof(info);
	struct file *folder;
	efi_status_t status;

	if (!root) {
		bs->locate_protocol(&simple_file_system_guid, NULL, &fs);
		fs->open_volume(fs, &root);
	}
	status = root->open(root, &folder, u"many", FILE_READ, 0);
	for (unsigned k = 0; k < 3 && status == EFI_SUCCESS; k++, n = sizeof(info))
		status = folder->read(folder, &n, info);
	return status;
}

static void a_listings(void)
{
	efi_status_t status = EFI_SUCCESS;
	unsigned n = 0;

	fill(2 << 20);
	while (n < 1000 && (status = one_listing(n)) == EFI_SUCCESS)
		n++;
	print("# %u listings\n", (uint64_t)n);
	check(n > 0);
	is(status, EFI_OUT_OF_RESOURCES);
}

/* What would match in the end, if it were tried everywhere. */
static void a_match(void)
{
	uint64_t(EFIAPI * *collation)(void *this, const char16 *a, const char16 *b) = NULL;
	static char16 text[TEXT_UNITS + 1], pattern[PATTERN_UNITS + 3];

	succeeds(bs->locate_protocol(&unicode_guid, NULL, &collation));
	for (unsigned i = 0; i < TEXT_UNITS; i++)
		text[i] = 'a';
	pattern[0] = '*';
	for (unsigned i = 1; i <= PATTERN_UNITS; i++)
		pattern[i] = 'a';
	pattern[PATTERN_UNITS + 1] = 'b';
	check(!collation[1](collation, text, pattern));
	text[TEXT_UNITS - 1] = 'b';
	check(collation[1](collation, text, pattern));
}

/* A pattern that no name could have. */
static void a_match_long(void)
{
	uint64_t(EFIAPI * *collation)(void *this, const char16 *a, const char16 *b) = NULL;
	static char16 text[TEXT_UNITS + 1];

	succeeds(bs->locate_protocol(&unicode_guid, NULL, &collation));
	for (unsigned i = 0; i < TEXT_UNITS; i++)
		text[i] = 'a';
	collation[1](collation, text, text);
}

/* All the memory there is, again and again. */
static void a_crc_of_all(void)
{
	uint64_t at = 0, n = 256 << 20;
	uint32_t crc;

	if (!succeeds(bs->allocate_pages(0, EFI_LOADER_DATA, n / 4096, &at)))
		return;
	for (unsigned i = 0; i < 1000; i++)
		bs->calculate_crc32((void *)at, n, &crc);
}

/* All that is kept for it, then all the memory there is, and a word into each page of it. */
static void a_touch(void)
{
	enum { PAGES = 256 };
	uint64_t at = 0, n = 0;
	efi_status_t status;

	fill(0);

	while ((status = bs->allocate_pages(0, EFI_LOADER_DATA, PAGES, &at)) == EFI_SUCCESS) {
		for (unsigned i = 0; i < PAGES; i++)
			*(volatile uint64_t *)(at + i * 4096) = i + 1;
		n += PAGES;
	}
	print("# %u MiB\n", n / PAGES);
	check(n > PAGES);
	is(status, EFI_OUT_OF_RESOURCES);
}

/* Every second page another permission: more mappings than the host has. */
static void a_mappings(void)
{
	struct memory_attribute *a = NULL;
	uint64_t at = 0, n = 140000;

	succeeds(bs->locate_protocol(&memory_attribute_guid, NULL, &a));
	if (!succeeds(bs->allocate_pages(0, EFI_LOADER_DATA, n, &at)))
		return;
	for (uint64_t i = 0; i < n; i += 2)
		if (a->set(a, at + i * 4096, 4096, 0x20000) != EFI_SUCCESS)
			break;
}

#define A(name)                                                                                    \
	{                                                                                          \
#name, a_##name                                                                    \
	}
static const struct attack attacks[] = {
	A(hii_lists), A(events),     A(handles),    A(protocols), A(openings), A(registrations),
	A(pending),   A(keys),	     A(variables),  A(groups),	  A(pool),     A(listings),
	A(match),     A(match_long), A(crc_of_all), A(mappings),  A(touch),
};

efi_status_t payload(void)
{
	return ATTACK_RUN(attacks);
}
