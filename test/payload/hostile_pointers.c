// SPDX-License-Identifier: MIT
/*
 * Each pointer argument of each service, one at a time, points nowhere good:
 * an EFI error and no crash. Not for real firmware, which believes its callers.
 */
#include "hostile.h"

enum { N_ARGS = 6 };

/*
 * One letter for each argument: R points to bytes to read, W to bytes to write,
 * H is a handle, E an event; r, w may be NULL; * may be anything, only the
 * machine has to live; - is not changed.
 */
struct row {
	const char *name;
	const void *const *service;
	const char *kinds;
	const void *good[N_ARGS];
};

typedef efi_status_t(EFIAPI *service_fn)(const void *, const void *, const void *, const void *,
					 const void *, const void *);

static const struct efi_guid guid = { 0xfadefade, 2, 2, { 5, 5, 5, 5, 5, 5, 5, 5 } };
static uint64_t big = 4096, word, word2, word3;
static uint8_t bytes[4096], path[32];
static char16 name[256] = u"Pointers";
static struct efi_guid vendor;
static void *path_pointer;
static handle_t handle;
static event_t event, events[1];

static void EFIAPI nothing(event_t e, void *context)
{
}

#define N(x) ((const void *)(uintptr_t)(x))
#define BS(service) #service, (const void *const *)offsetof(struct boot_services, service)
#define RT(service) #service, (const void *const *)offsetof(struct runtime_services, service)

static const struct row boot_rows[] = {
	{ BS(allocate_pages), "---W", { N(0), N(2), N(1), &word } },
	{ BS(free_pages), "R-", { bytes, N(1) } },
	{ BS(get_memory_map), "WWwww", { &big, bytes, &word, &word2, &word3 } },
	{ BS(allocate_pool), "--W", { N(2), N(16), &word } },
	{ BS(free_pool), "R", { bytes } },
	{ BS(create_event), "---*W", { N(0x200), N(8), (const void *)nothing, NULL, &word } },
	{ BS(set_timer), "E--", { NULL, N(0), N(0) } },
	{ BS(wait_for_event), "-RW", { N(1), events, &word } },
	{ BS(signal_event), "E", { NULL } },
	{ BS(check_event), "E", { NULL } },
	{ BS(close_event), "E", { NULL } },
	{ BS(install_protocol), "WR-*", { &word3, &guid, N(0), bytes } },
	{ BS(reinstall_protocol), "HR**", { NULL, &guid, bytes, bytes } },
	{ BS(uninstall_protocol), "HR*", { NULL, &guid, bytes } },
	{ BS(handle_protocol), "HRW", { NULL, &loaded_image_guid, &word } },
	{ BS(register_protocol_notify), "REW", { &guid, NULL, &word } },
	{ BS(locate_handle), "-R-WW", { N(2), &loaded_image_guid, NULL, &big, bytes } },
	{ BS(locate_device_path), "RWW", { &loaded_image_guid, &path_pointer, &word } },
	{ BS(install_configuration_table), "R*", { &guid, bytes } },
	{ BS(load_image), "-H*R-W", { N(0), NULL, path, bytes, N(4096), &word } },
	{ BS(start_image), "Hww", { NULL, &word, &word2 } },
	{ BS(exit), "H---", { NULL, N(1), N(8), bytes } },
	{ BS(unload_image), "H", { NULL } },
	{ BS(exit_boot_services), "H-", { NULL, N(0) } },
	{ BS(get_next_monotonic_count), "W", { &word } },
	{ BS(set_watchdog_timer), "---*", { N(0), N(0x10000), N(16), bytes } },
	{ BS(connect_controller), "H**-", { NULL, NULL, NULL, N(0) } },
	{ BS(disconnect_controller), "H**", { NULL, NULL, NULL } },
	{ BS(open_protocol), "HRW**-", { NULL, &loaded_image_guid, &word, NULL, NULL, N(2) } },
	{ BS(close_protocol), "HRH*", { NULL, &loaded_image_guid, NULL, NULL } },
	{ BS(open_protocol_information), "HRWW", { NULL, &loaded_image_guid, &word, &word2 } },
	{ BS(protocols_per_handle), "HWW", { NULL, &word, &word2 } },
	{ BS(locate_handle_buffer), "-R-WW", { N(2), &loaded_image_guid, NULL, &word, &word2 } },
	{ BS(locate_protocol), "R*W", { &device_path_to_text_guid, NULL, &word } },
	/* no GUID: the list is empty */
	{ BS(install_multiple), "Wr*-", { &word3, &guid, bytes, NULL } },
	{ BS(uninstall_multiple), "Hr*-", { NULL, &guid, bytes, NULL } },
	{ BS(calculate_crc32), "R-W", { bytes, N(16), &word } },
	{ BS(create_event_ex),
	  "---*rW",
	  { N(0x200), N(8), (const void *)nothing, NULL, &guid, &word } },
};

static const struct row runtime_rows[] = {
	{ RT(get_time), "Ww", { bytes, bytes + 64 } },
	{ RT(set_time), "*", { bytes } },
	{ RT(get_wakeup_time), "***", { bytes, bytes, bytes } },
	{ RT(set_wakeup_time), "-*", { N(1), bytes } },
	{ RT(set_virtual_address_map), "---*", { N(48), N(48), N(1), bytes } },
	{ RT(convert_pointer), "-*", { N(0), &word } },
	{ RT(get_variable), "RRwWW", { name, &guid, bytes, &big, bytes + 64 } },
	{ RT(get_next_variable_name), "WWW", { &big, name, &vendor } },
	{ RT(set_variable), "RR--R", { name, &guid, N(6), N(16), bytes } },
	{ RT(get_next_high_monotonic_count), "*", { &word } },
	{ RT(update_capsule), "*-*", { bytes, N(1), NULL } },
	{ RT(query_capsule_capabilities), "*-**", { bytes, N(1), bytes, bytes } },
	{ RT(query_variable_info), "-WWW", { N(6), &word, &word2, &word3 } },
};

#define CON(service) "con_out " #service, (const void *const *)offsetof(struct text_output, service)
static const struct row console_rows[] = {
	{ CON(output_string), "*R", { NULL, name } },
	{ CON(test_string), "*R", { NULL, name } },
	{ CON(query_mode), "*-WW", { NULL, N(0), &word, &word2 } },
	{ CON(set_mode), "*-", { NULL, N(0) } },
	{ CON(set_attribute), "*-", { NULL, N(7) } },
	{ CON(clear_screen), "*", { NULL } },
	{ CON(set_cursor_position), "*--", { NULL, N(1), N(1) } },
	{ CON(enable_cursor), "*-", { NULL, N(1) } },
	{ CON(reset), "*-", { NULL, N(0) } },
};

#define IN(service) "con_in " #service, (const void *const *)offsetof(struct text_input, service)
static const struct row input_rows[] = {
	{ IN(reset), "*-", { NULL, N(0) } },
	{ IN(read_key_stroke), "*W", { NULL, bytes } },
};

#define EX(service) "ex " #service, (const void *const *)offsetof(struct text_input_ex, service)
static const struct row ex_rows[] = {
	{ EX(read_key_stroke_ex), "*W", { NULL, bytes } },
	{ EX(set_state), "**", { NULL, bytes } },
};

#define RNG(service) "rng " #service, (const void *const *)offsetof(struct rng, service)
static const struct row rng_rows[] = {
	{ RNG(get_info), "*WW", { NULL, &big, bytes } },
	{ RNG(get_rng), "*r-W", { NULL, &rng_raw_guid, N(16), bytes } },
};

#define MA(service)                                                                                \
	"attr " #service, (const void *const *)offsetof(struct memory_attribute, service)
static const struct row attribute_rows[] = {
	{ MA(get), "*R-W", { NULL, bytes, N(4096), &word } },
	{ MA(set), "*R--", { NULL, N(1), N(4096), N(EFI_MEMORY_RO) } },
	{ MA(clear), "*R--", { NULL, N(1), N(4096), N(EFI_MEMORY_RO) } },
};

#define TT(service)                                                                                \
	"text " #service, (const void *const *)offsetof(struct device_path_to_text, service)
static const struct row text_rows[] = {
	{ TT(path), "*--", { path, N(0), N(0) } },
	{ TT(node), "*--", { path, N(0), N(0) } },
};

static uint64_t bad[16];
static unsigned n_bad, n_calls, n_wrong;

static void find_bad(void)
{
	uint64_t end = address_outside() - (64 << 20);
	const uint64_t list[] = {
		0,
		0x10,
		0xfff,
		address_outside(),
		0x7ffffffff000,
		0x800000000000,
		0x8000000000000000,
		0xffffffff81000000,
		0xffff888000001000,
		~0ull,
		~0ull - 7,
		end - 1,
		end - 2,
	};

	memcpy(bad, list, sizeof(list));
	n_bad = sizeof(list) / sizeof(*list);
}

/* What earlier calls may have changed, as it should be. */
static void prepare(void)
{
	big = sizeof(bytes) - 64;
	word3 = 0;
	memcpy(name, u"Pointers", sizeof(u"Pointers"));
	vendor = guid;
	path_pointer = path;
	bs->signal_event(event);
	events[0] = event;
}

static void attack(const struct row *row, const void *table, unsigned i, uint64_t value)
{
	const void *arg[N_ARGS];
	const void *const *slot = (const void *)((const uint8_t *)table + (uint64_t)row->service);
	efi_status_t status;
	unsigned k;

	prepare();
	memcpy(arg, row->good, sizeof(arg));
	for (k = 0; row->kinds[k]; k++)
		if (row->kinds[k] == 'H' || row->kinds[k] == 'E')
			arg[k] = row->kinds[k] == 'H' ? self : event;
	if (row->good[0] == NULL && row->kinds[0] == '*' && table != bs)
		arg[0] = table;
	arg[i] = (const void *)value;
	status = ((service_fn)*slot)(arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
	n_calls++;
	if (row->kinds[i] == '*' || (value == 0 && row->kinds[i] >= 'a'))
		return;
	if (!status_is_error(status)) {
		n_wrong++;
		print("# %s argument %u = 0x%x: %r\n", row->name, (uint64_t)i + 1, value, status);
	}
}

static void attack_rows(const struct row *rows, unsigned n, const void *table)
{
	const struct row *row;
	unsigned i, b;

	for (row = rows; row < rows + n; row++)
		for (i = 0; row->kinds[i]; i++) {
			if (row->kinds[i] == '-')
				continue;
			for (b = 0; b < n_bad; b++)
				attack(row, table, i, bad[b]);
			/* code is there, and nobody writes to it */
			if (row->kinds[i] == 'W' || row->kinds[i] == 'w')
				attack(row, table, i, (uint64_t)attack_rows & ~7ull);
			if (row->kinds[i] == 'H' || row->kinds[i] == 'E')
				attack(row, table, i, (uint64_t)bytes);
		}
}

#define ROWS(rows, table) attack_rows((rows), sizeof(rows) / sizeof(*(rows)), (table))

static void a_pointers(void)
{
	struct text_input_ex *ex = NULL;
	struct memory_attribute *ma = NULL;
	struct device_path_to_text *to_text = NULL;
	struct rng *rng = NULL;

	find_bad();
	path_end(path_node(path, 1, 4, &guid, 16));
	bs->create_event(EVT_TIMER, 0, NULL, NULL, &event);
	bs->install_protocol(&handle, &guid, 0, path);
	rt->set_variable(name, &guid, 6, 16, bytes);
	ROWS(boot_rows, bs);
	ROWS(runtime_rows, rt);
	ROWS(console_rows, st->con_out);
	ROWS(input_rows, st->con_in);
	if (bs->handle_protocol(st->con_in_handle, &text_input_ex_guid, &ex) == EFI_SUCCESS)
		ROWS(ex_rows, ex);
	if (bs->locate_protocol(&rng_guid, NULL, &rng) == EFI_SUCCESS)
		ROWS(rng_rows, rng);
	if (bs->locate_protocol(&memory_attribute_guid, NULL, &ma) == EFI_SUCCESS)
		ROWS(attribute_rows, ma);
	if (bs->locate_protocol(&device_path_to_text_guid, NULL, &to_text) == EFI_SUCCESS)
		ROWS(text_rows, to_text);
	print("\n# %u calls\n", (uint64_t)n_calls);
	check_text(n_wrong == 0, "each bad pointer to each service is an EFI error");
	check(bs->get_next_monotonic_count(&word) == EFI_SUCCESS && word > 0);
}

/* Sizes of all ones, and one around which an addition wraps, where a size is asked for. */
static void sizes(uint64_t n)
{
	uint64_t key, each, got = n;
	uint32_t version, crc;
	struct rng *rng = NULL;
	void *p = NULL;
	handle_t h;

	if (bs->get_memory_map(&got, bytes, &key, &each, &version) == EFI_SUCCESS)
		check(got < sizeof(bytes) * 64);
	fails(bs->calculate_crc32(bytes, n, &crc));
	fails(bs->allocate_pool(EFI_LOADER_DATA, n, &p));
	fails(bs->load_image(false, self, NULL, bytes, n, &h));
	fails(bs->wait_for_event(n, events, &key));
	fails(rt->set_variable(u"Size", &guid, 6, n, bytes));
	fails(rt->set_variable(u"Size", &guid, 6 | EFI_VARIABLE_APPEND_WRITE, n, bytes));
	got = n;
	is(rt->get_variable(u"Size", &guid, NULL, &got, bytes), EFI_NOT_FOUND);
	memset(name, 0, sizeof(name));
	got = n;
	/* a lie about the buffer's size that does not matter: the name is short */
	rt->get_next_variable_name(&got, name, &vendor);
	got = n;
	bs->locate_handle(BY_PROTOCOL, &loaded_image_guid, NULL, &got, (handle_t *)bytes);
	check(got < sizeof(bytes));
	if (bs->locate_protocol(&rng_guid, NULL, &rng) == EFI_SUCCESS)
		fails(rng->get_rng(rng, NULL, n, bytes));
	bs->set_watchdog_timer(0, 0x10000, n, (char16 *)bytes);
	fails(rt->set_virtual_address_map(n, n, 1, bytes));
	fails(bs->free_pages((uint64_t)bytes & ~0xfffull, n));
}

static void a_sizes_all_ones(void)
{
	sizes(~0ull);
}

static void a_sizes_sign(void)
{
	sizes(1ull << 63);
}

static void a_sizes_wrap(void)
{
	sizes(0ull - (uint64_t)bytes + 8);
}

/* No status to answer with: these may end the program, and nothing else. */
static void a_copy_mem_outside(void)
{
	bs->copy_mem((void *)address_outside(), bytes, 16);
}

static void a_copy_mem_from_kernel(void)
{
	bs->copy_mem(bytes, (void *)0xffffffff81000000, 16);
}

static void a_copy_mem_huge(void)
{
	bs->copy_mem(bytes, bytes + 1, ~0ull);
}

static void a_set_mem_outside(void)
{
	bs->set_mem((void *)address_outside(), 16, 1);
}

static void a_set_mem_huge(void)
{
	bs->set_mem(bytes, ~0ull, 1);
}

static void a_set_mem_code(void)
{
	bs->set_mem((void *)a_set_mem_code, 16, 0xc3);
}

/* Lists without an end */

static void a_endless_path(void)
{
	static uint8_t endless[8] = { 1, 4, 0, 0 }; /* a node of no length */
	struct device_path *p = (void *)endless;
	struct device_path_to_text *to_text = NULL;
	handle_t h = NULL;

	fails(bs->locate_device_path(&loaded_image_guid, &p, &h));
	fails(bs->load_image(false, self, p, bytes, sizeof(bytes), &h));
	h = NULL;
	bs->install_protocol(&h, &device_path_guid, 0, endless);
	p = (void *)path;
	path_end(path_node(path, 1, 4, &guid, 16));
	fails(bs->locate_device_path(&device_path_guid, &p, &h));
	if (bs->locate_protocol(&device_path_to_text_guid, NULL, &to_text) == EFI_SUCCESS)
		to_text->path((void *)endless, false, false);
	h = NULL;
	bs->install_multiple(&h, &device_path_guid, path, NULL);
	check(true);
}

static void a_endless_string(void)
{
	uint64_t n = 64 << 20;
	char16 *text;

	if (bs->allocate_pool(EFI_LOADER_DATA, n, (void **)&text) != EFI_SUCCESS)
		return;
	bs->set_mem(text, n, 'x');
	fails(rt->get_variable(text, &guid, NULL, &word, bytes));
	fails(rt->set_variable(text, &guid, 6, 1, bytes));
	st->con_out->test_string(st->con_out, text);
	check(true);
}

static void a_endless_install(void)
{
	handle_t h = NULL;

	/* the list is never ended: what lies on the stack is taken for GUIDs */
	bs->install_multiple(&h, &guid, bytes, &acpi20_guid, bytes, &rng_raw_guid, bytes,
			     0x8000000000000000, 0x8000000000000000);
	check(true);
}

#define A(name)                                                                                    \
	{                                                                                          \
#name, a_##name                                                                    \
	}
static const struct attack attacks[] = {
	A(pointers),	     A(sizes_all_ones),	      A(sizes_sign),	A(sizes_wrap),
	A(copy_mem_outside), A(copy_mem_from_kernel), A(copy_mem_huge), A(set_mem_outside),
	A(set_mem_huge),     A(set_mem_code),	      A(endless_path),	A(endless_string),
	A(endless_install),
};

efi_status_t payload(void)
{
	return ATTACK_RUN(attacks);
}
