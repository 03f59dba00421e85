// SPDX-License-Identifier: MIT
/* What one service gave out goes into the next, where nobody thinks of it. */
#include "hostile.h"

static const struct efi_guid path_utilities_guid = {
	0x0379be4e, 0xd706, 0x437d, { 0xb0, 0x37, 0xed, 0xb8, 0x2f, 0xb7, 0x72, 0xa4 }
};

typedef efi_status_t(EFIAPI *register_fn)(struct text_input_ex *this, struct key_data *key,
					  void *function, void **ret_handle);
typedef efi_status_t(EFIAPI *unregister_fn)(struct text_input_ex *this, void *handle);

static unsigned n_keys;

static efi_status_t EFIAPI on_key(struct key_data *key)
{
	n_keys++;
	return EFI_SUCCESS;
}

/* The name of a key's notification is an event's, too: closed, and what it was filled again. */
static void a_key_notify_closed(void)
{
	struct key_data key = { .key.unicode = 'a' };
	struct text_input_ex *in = NULL;
	uint8_t data[104];
	char16 name[] = u"name0";
	void *handle = NULL;

	succeeds(bs->handle_protocol(st->con_in_handle, &text_input_ex_guid, &in));
	succeeds(((register_fn)in->register_key_notify)(in, &key, on_key, &handle));
	is(bs->close_event((event_t)handle), EFI_INVALID_PARAMETER);
	memset(data, 0x41, sizeof(data));
	for (unsigned i = 0; i < 10; i++) {
		name[4] = (char16)('0' + i);
		rt->set_variable(name, &global_variable_guid, 2, sizeof(data), data);
	}
	succeeds(in->read_key_stroke_ex(in, &key));
	bs->stall(1);
	check(n_keys == 1);
	succeeds(((unregister_fn)in->unregister_key_notify)(in, handle));
	fails(((unregister_fn)in->unregister_key_notify)(in, handle));
	fails(bs->signal_event((event_t)handle));
}

/* Pages that the pool is made of go back as pages; then the pool is asked for more. */
static void a_pool_pages_freed(void)
{
	uint8_t *(EFIAPI * *create_node)(uint8_t type, uint8_t subtype, uint16_t n_bytes) = NULL;
	uint8_t *before, *node;
	unsigned n_wrong = 0;
	void *p;

	succeeds(bs->locate_protocol(&path_utilities_guid, NULL, &create_node));
	for (unsigned i = 0; i < 64; i++) {
		before = create_node[7](4, 4, 300);
		if (before == NULL)
			break;
		bs->free_pages((uint64_t)before & ~UINT64_C(0xfff), 1);
		node = create_node[7](4, 4, 300);
		n_wrong += node != NULL && (node[0] != 4 || node[2] != (300 & 0xff));
		if (bs->allocate_pool(EFI_BOOT_SERVICES_DATA, 300, &p) == EFI_SUCCESS)
			memset(p, 1, 300); /* it is there to be written to */
	}
	check(n_wrong == 0);
}

/* A file system of ours: while it is asked for one node of a path, the next one grows. */
static uint8_t *grown, *last_page;
static uint64_t ours[16];

static efi_status_t EFIAPI on_open(void *this, void **ret_file)
{
	/* a node that reaches over the end of its pages, which are the last before nothing */
	grown[2] = 0xf0;
	grown[3] = 0xff;
	bs->free_pages((uint64_t)last_page, 1);
	*ret_file = ours;
	return EFI_SUCCESS;
}

static efi_status_t EFIAPI nothing(void)
{
	return EFI_SUCCESS;
}

static void a_path_grows(void)
{
	uint64_t fs[2] = { 0x10000, (uint64_t)on_open }, pages = 0;
	uint8_t *path, *end;
	handle_t device = NULL, image;

	for (unsigned i = 0; i < 16; i++)
		ours[i] = (uint64_t)nothing;
	if (!succeeds(bs->allocate_pages(0, EFI_LOADER_DATA, 2, &pages)))
		return;
	path = (uint8_t *)pages + 4096 - 64;
	last_page = (uint8_t *)pages + 4096;
	end = path_node(path, 4, 3, &global_variable_guid, 16);
	path_end(end);
	succeeds(bs->install_multiple(&device, &device_path_guid, path, &simple_file_system_guid,
				      fs, NULL));
	grown = end;
	end = path_file(grown, u"a");
	path_end(path_file(end, u"b"));
	fails(bs->load_image(false, self, (void *)path, NULL, 0, &image));
}

/* The gates of a protocol that was taken off its handle, and that nobody offers any more. */
static void a_gates_of_nobody(void)
{
	efi_status_t(EFIAPI * get_rng)(struct rng * this, const struct efi_guid *algorithm,
				       uint64_t n_bytes, void *value);
	handle_t *handles = NULL;
	struct rng *rng = NULL;
	uint64_t n = 0, value;

	succeeds(bs->locate_protocol(&rng_guid, NULL, &rng));
	get_rng = rng->get_rng;
	succeeds(get_rng(rng, NULL, sizeof(value), &value));
	succeeds(bs->locate_handle_buffer(BY_PROTOCOL, &rng_guid, NULL, &n, &handles));
	for (uint64_t i = 0; i < n; i++)
		succeeds(bs->uninstall_protocol(handles[i], &rng_guid, rng));
	is(get_rng(rng, NULL, sizeof(value), &value), EFI_UNSUPPORTED);
}

#define A(name)                                                                                    \
	{                                                                                          \
#name, a_##name                                                                    \
	}
static const struct attack attacks[] = {
	A(key_notify_closed),
	A(pool_pages_freed),
	A(path_grows),
	A(gates_of_nobody),
};

efi_status_t payload(void)
{
	return ATTACK_RUN(attacks);
}
