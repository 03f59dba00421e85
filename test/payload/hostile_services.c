// SPDX-License-Identifier: MIT
/* Attacks by services: callbacks that never end, nest or leave; limits; gates entered sideways. */
#include "hostile.h"

static const struct efi_guid one = { 0xbadbad00, 1, 1, { 6, 6, 6, 6, 6, 6, 6, 1 } };
static const struct efi_guid two = { 0xbadbad01, 1, 1, { 6, 6, 6, 6, 6, 6, 6, 2 } };
static volatile uint64_t sink;
static void *callback_gate;

static event_t event_with(notify_fn notify, void *context)
{
	event_t event = NULL;

	bs->create_event(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, notify, context, &event);
	return event;
}

/* Callbacks that do not come back */

static void EFIAPI leave(event_t event, void *context)
{
	bs->exit(self, EFI_ABORTED, 0, NULL);
}

static void a_exit_in_callback(void)
{
	bs->signal_event(event_with(leave, NULL));
	check(false);
}

static void a_exit_in_timer(void)
{
	event_t event;

	bs->create_event(EVT_TIMER | EVT_NOTIFY_SIGNAL, TPL_CALLBACK, leave, NULL, &event);
	bs->set_timer(event, TIMER_RELATIVE, 1000);
	for (;;)
		;
}

static void EFIAPI loop_for_ever(event_t event, void *context)
{
	for (;;)
		;
}

static void a_loop_in_callback(void)
{
	bs->signal_event(event_with(loop_for_ever, NULL));
}

static void EFIAPI crash(event_t event, void *context)
{
	*(volatile uint64_t *)sink = 1;
}

static void a_crash_in_callback(void)
{
	bs->signal_event(event_with(crash, NULL));
}

static void EFIAPI wrong_stack(event_t event, void *context)
{
	/* returns to the right gate from another place */
	__asm__ volatile("mov %0, %%rax; sub $4096, %%rsp; push %%rax; ret"
			 : : "r"(__builtin_return_address(0)) : "rax", "memory");
}

static void a_return_with_wrong_stack(void)
{
	bs->signal_event(event_with(wrong_stack, NULL));
	check(true);
}

static void EFIAPI keep_gate(event_t event, void *context)
{
	callback_gate = __builtin_return_address(0);
}

/* The callback's way back, taken when no callback runs. */
static void a_stale_callback_gate(void)
{
	bs->signal_event(event_with(keep_gate, NULL));
	((void (*)(void))callback_gate)();
}

static void EFIAPI main_gate(event_t event, void *context)
{
	((void (*)(void))return_gate)();
}

static void a_main_gate_in_callback(void)
{
	bs->signal_event(event_with(main_gate, NULL));
}

static void a_return_gate(void)
{
	((void (*)(void))return_gate)();
}

static void EFIAPI ebs_inside(event_t event, void *context)
{
	struct map map;

	map_get(&map);
	bs->exit_boot_services(self, map.key);
}

static void a_ebs_in_callback(void)
{
	bs->signal_event(event_with(ebs_inside, NULL));
	check(true);
}

static void a_ebs_in_ebs(void)
{
	event_t event;
	struct map map;

	bs->create_event(EVT_SIGNAL_EXIT_BOOT_SERVICES, TPL_CALLBACK, ebs_inside, NULL, &event);
	map_get(&map);
	bs->exit_boot_services(self, map.key);
	check(true);
}

static void EFIAPI exit_in_ebs(event_t event, void *context)
{
	bs->exit(self, EFI_ABORTED, 0, NULL);
}

static void a_exit_in_ebs(void)
{
	event_t event;
	struct map map;

	bs->create_event(EVT_SIGNAL_EXIT_BOOT_SERVICES, TPL_CALLBACK, exit_in_ebs, NULL, &event);
	map_get(&map);
	bs->exit_boot_services(self, map.key);
	check(true);
}

/* Events: endless in number, in depth, in themselves */

static void EFIAPI signal_again(event_t event, void *context)
{
	sink++;
	bs->signal_event(event);
}

static void a_signal_itself(void)
{
	bs->signal_event(event_with(signal_again, NULL));
}

static event_t ping, pong;

static void EFIAPI signal_other(event_t event, void *context)
{
	bs->signal_event(event == ping ? pong : ping);
}

static void a_signal_each_other(void)
{
	bs->create_event(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, signal_other, NULL, &ping);
	bs->create_event(EVT_NOTIFY_SIGNAL, TPL_NOTIFY, signal_other, NULL, &pong);
	bs->signal_event(ping);
}

/* Lowers the priority within its own function: without a guard that recurses. */
static void EFIAPI lower_and_signal(event_t event, void *context)
{
	bs->signal_event(event);
	bs->restore_tpl(TPL_APPLICATION);
}

static void a_recurse_events(void)
{
	bs->signal_event(event_with(lower_and_signal, NULL));
}

static void EFIAPI check_again(event_t event, void *context)
{
	bs->restore_tpl(TPL_APPLICATION);
	bs->check_event(event);
}

static void a_recurse_check_event(void)
{
	event_t event;

	bs->create_event(EVT_NOTIFY_WAIT, TPL_CALLBACK, check_again, NULL, &event);
	bs->check_event(event);
}

static void EFIAPI close_it(event_t event, void *context)
{
	bs->close_event(event);
	bs->close_event(event);
	bs->signal_event(event);
}

static void a_close_in_notify(void)
{
	event_t event = event_with(close_it, NULL);

	succeeds(bs->signal_event(event));
	fails(bs->signal_event(event));
	fails(bs->close_event(event));
	fails(bs->check_event(event));
	fails(bs->set_timer(event, TIMER_RELATIVE, 1));
}

static void a_million_events(void)
{
	uint64_t n = 0;
	event_t event;

	while (n < 1000000 && bs->create_event(0, 0, NULL, NULL, &event) == EFI_SUCCESS)
		n++;
	print("# %u events\n", n);
	check(true);
}

static void a_thousand_timers(void)
{
	event_t event;
	unsigned i;

	/* the shortest period there is, each with a function: time must go on for the rest */
	for (i = 0; i < 1000; i++) {
		bs->create_event(EVT_TIMER | EVT_NOTIFY_SIGNAL, TPL_CALLBACK, keep_gate, NULL,
				 &event);
		bs->set_timer(event, TIMER_PERIODIC, 1);
	}
	bs->stall(1000);
	check(true);
}

static void a_tpl_nonsense(void)
{
	bs->raise_tpl(~0ull);
	bs->restore_tpl(~0ull);
	bs->raise_tpl(0);
	bs->restore_tpl(1000000);
	bs->restore_tpl(0);
	bs->raise_tpl(TPL_HIGH_LEVEL);
	bs->raise_tpl(TPL_APPLICATION);
	check(true);
}

static void a_timer_nonsense(void)
{
	event_t event, event2;

	bs->create_event(EVT_TIMER, 0, NULL, NULL, &event);
	bs->create_event(EVT_TIMER, 0, NULL, NULL, &event2);
	succeeds(bs->set_timer(event, TIMER_RELATIVE, ~0ull));
	succeeds(bs->set_timer(event2, TIMER_PERIODIC, ~0ull));
	is(bs->check_event(event), EFI_NOT_READY);
	succeeds(bs->set_timer(event2, TIMER_PERIODIC, 0));
}

/* Handles */

static void a_million_handles(void)
{
	uint64_t n = 0;
	handle_t h = NULL;

	while (n < 1000000 && bs->install_protocol(&h, &one, 0, NULL) == EFI_SUCCESS) {
		h = NULL;
		n++;
	}
	print("# %u handles\n", n);
	check(n > 100);
}

static void a_many_protocols(void)
{
	struct efi_guid guid = one;
	handle_t h = NULL;
	uint64_t n = 0;

	for (; n < 100000 && bs->install_protocol(&h, &guid, 0, NULL) == EFI_SUCCESS; n++)
		guid.a++;
	print("# %u protocols\n", n);
	check(n > 100);
}

static void a_many_opens(void)
{
	handle_t h = NULL;
	uint64_t n = 0;
	void *p;

	bs->install_protocol(&h, &one, 0, (void *)&sink);
	while (n < 100000 && bs->open_protocol(h, &one, &p, self, (handle_t)n, OPEN_GET_PROTOCOL) ==
			     EFI_SUCCESS)
		n++;
	check(true);
}

/* The notify function takes away what is just being announced. */
static void EFIAPI uninstall_it(event_t event, void *context)
{
	uint64_t n_bytes = sizeof(handle_t);
	handle_t h;

	if (bs->locate_handle(BY_PROTOCOL, &one, NULL, &n_bytes, &h) == EFI_SUCCESS)
		bs->uninstall_protocol(h, &one, (void *)&sink);
}

static void a_uninstall_in_notify(void)
{
	event_t event = event_with(uninstall_it, NULL);
	handle_t h = NULL;
	void *key, *p;

	succeeds(bs->register_protocol_notify(&one, event, &key));
	succeeds(bs->install_protocol(&h, &one, 0, (void *)&sink));
	fails(bs->handle_protocol(h, &one, &p));
	is(bs->locate_protocol(&one, key, &p), EFI_NOT_FOUND);
	h = NULL;
	bs->install_multiple(&h, &one, (void *)&sink, &two, NULL, &two, NULL, NULL);
	check(true);
}

static void EFIAPI install_more(event_t event, void *context)
{
	handle_t h = NULL;

	bs->install_protocol(&h, &one, 0, (void *)&sink);
}

static void a_install_in_notify(void)
{
	handle_t h = NULL;
	void *key;

	bs->register_protocol_notify(&one, event_with(install_more, NULL), &key);
	bs->install_protocol(&h, &one, 0, (void *)&sink);
}

/* A driver whose every function starts it all over. */

static efi_status_t EFIAPI drv_supported(struct driver_binding *this, handle_t controller,
					 struct device_path *remaining)
{
	return EFI_SUCCESS;
}

static efi_status_t EFIAPI drv_start(struct driver_binding *this, handle_t controller,
				     struct device_path *remaining)
{
	handle_t h = NULL;

	bs->install_protocol(&h, &one, 0, NULL);
	return bs->connect_controller(h, NULL, NULL, true);
}

static efi_status_t EFIAPI drv_stop(struct driver_binding *this, handle_t controller,
				    uint64_t n_children, handle_t *children)
{
	return bs->disconnect_controller(controller, NULL, NULL);
}

static struct driver_binding driver = { drv_supported, drv_start, drv_stop, 0x10, NULL, NULL };

static void a_recurse_connect(void)
{
	handle_t h = NULL;

	driver.image = self;
	bs->install_protocol(&driver.driver_binding_handle, &driver_binding_guid, 0, &driver);
	bs->install_protocol(&h, &one, 0, NULL);
	bs->connect_controller(h, NULL, NULL, true);
	check(true);
}

static void a_recurse_disconnect(void)
{
	handle_t h = NULL;
	void *p;

	driver.image = self;
	bs->install_protocol(&driver.driver_binding_handle, &driver_binding_guid, 0, &driver);
	bs->install_protocol(&h, &one, 0, NULL);
	bs->open_protocol(h, &one, &p, driver.driver_binding_handle, h, OPEN_BY_DRIVER);
	bs->disconnect_controller(h, NULL, NULL);
	check(true);
}

/* A driver binding that is none: its functions lie nowhere, or there is nothing at all. */
static void a_driver_nowhere(void)
{
	handle_t a = NULL, b = NULL, h = NULL;

	bs->install_protocol(&h, &one, 0, NULL);
	bs->install_protocol(&b, &driver_binding_guid, 0, (void *)0x8000000000000000);
	bs->connect_controller(h, NULL, NULL, true);
	bs->disconnect_controller(h, NULL, NULL);
	bs->install_protocol(&a, &driver_binding_guid, 0, NULL);
	bs->connect_controller(h, NULL, NULL, true);
	check(true);
}

static void a_notify_nowhere(void)
{
	bs->signal_event(event_with((notify_fn)0x8000000000000000, NULL));
}

/* Gates entered at every place that is no service's. */

static bool is_service(uint64_t addr)
{
	const uint64_t *p;

	for (p = (uint64_t *)bs; p < (uint64_t *)(bs + 1); p++)
		if (*p == addr)
			return true;
	for (p = (uint64_t *)rt; p < (uint64_t *)(rt + 1); p++)
		if (*p == addr)
			return true;
	return false;
}

static void enter_gates(int64_t start, int64_t step, unsigned n)
{
	uint64_t page = (uint64_t)bs->raise_tpl & ~0xfffull, addr;

	for (; n > 0 && start >= 0 && start < 4096; start += step, n--) {
		addr = page + (uint64_t)start;
		if (!is_service(addr))
			((uint64_t(EFIAPI *)(uint64_t, uint64_t, uint64_t, uint64_t))addr)(0, 0, 0, 0);
	}
	check(true);
}

static void a_gates_upwards(void)
{
	enter_gates(0, 1, 4096);
}

static void a_gates_downwards(void)
{
	enter_gates(4095, -1, 4096);
}

static void a_gates_between(void)
{
	enter_gates((int64_t)((uint64_t)bs->stall & 0xfff) + 1, 8, 4096);
}

/* Returns from a service into a gate instead of to the caller. */
static void a_return_into_gate(void)
{
	__asm__ volatile("sub $0x28, %%rsp; push %0; xor %%ecx, %%ecx; jmp *%1"
			 : : "r"(return_gate), "r"(bs->get_next_monotonic_count)
			 : "rcx", "memory");
}

static void a_return_into_service(void)
{
	/* a chain: each service "returns" into the next, the last one into the return gate */
	__asm__ volatile("sub $0x28, %%rsp; push %0; push %1; push %1; xor %%ecx, %%ecx; jmp *%1"
			 : : "r"(return_gate), "r"(bs->get_next_monotonic_count)
			 : "rcx", "memory");
}

/* Images */

/*
 * The image as it lies in memory, made a file again: each section's bytes are
 * where its address says. (Linked with page sized headers, see meson.build.)
 */
static uint8_t *own_file(uint64_t *n)
{
	struct loaded_image *image = own_image();
	uint8_t *file = NULL, *section;
	uint16_t n_sections, optional_bytes;
	uint32_t pe;

	*n = image->image_bytes;
	if (bs->allocate_pool(EFI_LOADER_DATA, *n, (void **)&file) != EFI_SUCCESS)
		return NULL;
	memcpy(file, image->image_base, *n);
	memcpy(&pe, file + 0x3c, 4);
	/* what is in memory is relocated to there */
	memcpy(file + pe + 24 + 24, &image->image_base, 8);
	memcpy(&n_sections, file + pe + 6, 2);
	memcpy(&optional_bytes, file + pe + 20, 2);
	section = file + pe + 24 + optional_bytes;
	for (; n_sections > 0; n_sections--, section += 40) {
		memcpy(section + 16, section + 8, 4);	/* SizeOfRawData = VirtualSize */
		memcpy(section + 20, section + 12, 4);	/* PointerToRawData = VirtualAddress */
	}
	return file;
}

static void a_recurse_start_image(void)
{
	struct loaded_image *image;
	efi_status_t status;
	uint8_t *file;
	uint64_t n;
	handle_t h;

	file = own_file(&n);
	if (file == NULL)
		return;
	status = bs->load_image(false, self, NULL, file, n, &h);
	bs->free_pool(file);
	if (status != EFI_SUCCESS) {
		/* the bottom: resources, and all of them unwind */
		check(status == EFI_OUT_OF_RESOURCES);
		return;
	}
	bs->handle_protocol(h, &loaded_image_guid, &image);
	image->load_options = own_image()->load_options;
	image->load_options_bytes = own_image()->load_options_bytes;
	status = bs->start_image(h, NULL, NULL);
	check(status == EFI_SUCCESS || status == EFI_OUT_OF_RESOURCES);
}

static void a_load_million(void)
{
	uint64_t n, i = 0;
	uint8_t *file = own_file(&n);
	handle_t h;

	while (i < 1000000 && bs->load_image(false, self, NULL, file, n, &h) == EFI_SUCCESS)
		i++;
	print("# %u images\n", i);
	check(i < 1000000);
}

static void a_load_past_buffer(void)
{
	static uint8_t tail[4096] __attribute__((aligned(4096)));
	uint64_t n;
	uint8_t *file = own_file(&n);
	handle_t h;

	fails(bs->load_image(false, self, NULL, file, ~0ull, &h));
	fails(bs->load_image(false, self, NULL, file, 1ull << 47, &h));
	fails(bs->load_image(false, self, NULL, file, 1ull << 63, &h));
	fails(bs->load_image(false, self, NULL, tail + 4095, 1, &h));
}

/* Each cut of a good file: an error, or an image whose missing part is not read as ours. */
static void a_load_truncated(void)
{
	uint64_t n, cut, n_loaded = 0;
	uint8_t *file = own_file(&n);
	handle_t h;

	n -= 4096;	/* the last page may be padding */
	for (cut = 0; cut < n; cut += cut < 1024 ? 7 : 509)
		if (bs->load_image(false, self, NULL, file, cut, &h) == EFI_SUCCESS) {
			n_loaded++;
			bs->unload_image(h);
		}
	print("# %u loaded\n", n_loaded);
	check(n_loaded == 0);
}

static void a_load_mutated(void)
{
	uint64_t n, i, n_loaded = 0, n_tries = 4000;
	uint8_t *file = own_file(&n), kept;
	handle_t h;

	for (i = 0; i < n_tries; i++) {
		kept = file[i % 1024];
		file[i % 1024] = (uint8_t)random64();
		if (bs->load_image(false, self, NULL, file, n, &h) == EFI_SUCCESS) {
			n_loaded++;
			bs->unload_image(h);
		}
		file[i % 1024] = kept;
	}
	print("# %u of %u loaded\n", n_loaded, n_tries);
	check(bs->load_image(false, self, NULL, file, n, &h) == EFI_SUCCESS);
}

static void a_unload_self(void)
{
	fails(bs->unload_image(self));
}

static efi_status_t EFIAPI unload_again(handle_t image)
{
	return bs->unload_image(image);
}

static void a_recurse_unload(void)
{
	own_image()->unload = unload_again;
	bs->unload_image(self);
	check(true);
}

static void a_start_self(void)
{
	fails(bs->start_image(self, NULL, NULL));
}

static void a_exit_sizes(void)
{
	bs->exit(self, EFI_ABORTED, ~0ull, (char16 *)u"no end");
}

static void a_exit_bad_data(void)
{
	bs->exit(self, EFI_ABORTED, 16, (char16 *)0x8000000000000000);
}

/* Variables */

static void a_variables_full(void)
{
	static uint8_t value[32 << 10];
	char16 name[] = u"V000000";
	efi_status_t status;
	uint64_t n, i;

	for (n = 0; n < 20000; n++) {
		for (i = 0; i < 6; i++)
			name[6 - i] = (char16)('0' + (n >> (3 * i)) % 8);
		status = rt->set_variable(name, &one, 6, sizeof(value), value);
		if (status != EFI_SUCCESS)
			break;
	}
	print("# %u variables\n", n);
	check(status == EFI_OUT_OF_RESOURCES);
	succeeds(rt->set_variable(u"V000000", &one, 6, 0, NULL));
	succeeds(rt->set_variable(u"V000000", &one, 6, 10, value));
}

static void a_variables_small(void)
{
	char16 name[] = u"V000000";
	efi_status_t status = EFI_SUCCESS;
	uint64_t n, i;

	for (n = 0; n < 262144 && status == EFI_SUCCESS; n++) {
		for (i = 0; i < 6; i++)
			name[6 - i] = (char16)('0' + (n >> (3 * i)) % 8);
		status = rt->set_variable(name, &one, 6, 1, "");
	}
	print("# %u variables\n", n);
	check(status == EFI_OUT_OF_RESOURCES || status == EFI_SUCCESS);
}

static void a_reset(void)
{
	rt->reset_system(0, EFI_SUCCESS, 0, NULL);
}

static void a_virtual_map(void)
{
	fails(rt->set_virtual_address_map(~0ull, ~0ull, 1, (void *)0x1000));
	fails(rt->set_virtual_address_map(48, 48, 1, (void *)0x8000000000000000));
	fails(rt->convert_pointer(0, (void **)0x8000000000000000));
}

#define A(name) { #name, a_##name }
static const struct attack attacks[] = {
	A(exit_in_callback), A(exit_in_timer), A(loop_in_callback), A(crash_in_callback),
	A(return_with_wrong_stack), A(stale_callback_gate), A(main_gate_in_callback),
	A(return_gate), A(ebs_in_callback), A(ebs_in_ebs), A(exit_in_ebs), A(signal_itself),
	A(signal_each_other), A(recurse_events), A(recurse_check_event), A(close_in_notify),
	A(million_events), A(thousand_timers), A(tpl_nonsense), A(timer_nonsense),
	A(million_handles), A(many_protocols), A(many_opens), A(uninstall_in_notify),
	A(install_in_notify), A(recurse_connect), A(recurse_disconnect), A(driver_nowhere),
	A(notify_nowhere), A(gates_upwards), A(gates_downwards), A(gates_between),
	A(return_into_gate), A(return_into_service), A(recurse_start_image), A(load_million),
	A(load_past_buffer), A(load_truncated), A(load_mutated), A(unload_self),
	A(recurse_unload), A(start_self), A(exit_sizes), A(exit_bad_data), A(variables_full),
	A(variables_small), A(reset), A(virtual_map),
};

efi_status_t payload(void)
{
	return ATTACK_RUN(attacks);
}
