// SPDX-License-Identifier: MIT
/* Attacks by services: handles and drivers without end, gates entered sideways, variables. */
#include "hostile.h"

static const struct efi_guid one = { 0xbadbad00, 1, 1, { 6, 6, 6, 6, 6, 6, 6, 1 } };
static const struct efi_guid two = { 0xbadbad01, 1, 1, { 6, 6, 6, 6, 6, 6, 6, 2 } };
static volatile uint64_t sink;

static event_t event_with(notify_fn notify, void *context)
{
	event_t event = NULL;

	bs->create_event(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, notify, context, &event);
	return event;
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
	while (n < 100000 &&
	       bs->open_protocol(h, &one, &p, self, (handle_t)n, OPEN_GET_PROTOCOL) == EFI_SUCCESS)
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

/* Whoever chooses the drivers has always one more, takes away what is being looked at, and is
 * nowhere.
 */
static handle_t removed;

static efi_status_t EFIAPI one_more_driver(struct platform_driver_override *this,
					   handle_t controller, handle_t *image)
{
	*image = self;
	return EFI_SUCCESS;
}

static uint32_t EFIAPI remove_driver(struct driver_family_override *this)
{
	bs->uninstall_protocol(removed, &driver_binding_guid, &driver);
	return 1;
}

static void a_drivers_overridden(void)
{
	struct platform_driver_override platform = { one_more_driver, NULL, NULL };
	struct driver_family_override family = { remove_driver };
	handle_t h = NULL, on = NULL, nowhere = NULL;

	driver.image = self;
	bs->install_protocol(&removed, &driver_binding_guid, 0, &driver);
	bs->install_protocol(&h, &one, 0, NULL);
	bs->install_protocol(&on, &driver_binding_guid, 0, &driver);
	bs->install_protocol(&on, &driver_family_override_guid, 0, &family);
	bs->install_protocol(&on, &platform_driver_override_guid, 0, &platform);
	bs->install_protocol(&h, &bus_driver_override_guid, 0, (void *)0x8000000000000000);
	bs->install_protocol(&nowhere, &driver_binding_guid, 0, &driver);
	bs->install_protocol(&nowhere, &driver_family_override_guid, 0, NULL);
	bs->connect_controller(h, NULL, NULL, true);
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
			((uint64_t(EFIAPI *)(uint64_t, uint64_t, uint64_t, uint64_t))addr)(0, 0, 0,
											   0);
	}
	check(true);
}

static void a_gates_upwards(void)
{
	enter_gates(0, CPU_INSN_ALIGN, 4096);
}

static void a_gates_downwards(void)
{
	enter_gates(4096 - CPU_INSN_ALIGN, -CPU_INSN_ALIGN, 4096);
}

static void a_gates_between(void)
{
	enter_gates((int64_t)((uint64_t)bs->stall & 0xfff) + CPU_INSN_ALIGN, 8, 4096);
}

/* Returns from a service into a gate instead of to the caller. */
static void a_return_into_gate(void)
{
	cpu_enter((void *)bs->get_next_monotonic_count, return_gate);
}

static void a_return_into_service(void)
{
	cpu_enter_twice((void *)bs->get_next_monotonic_count, return_gate);
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

#define A(name)                                                                                    \
	{                                                                                          \
#name, a_##name                                                                    \
	}
static const struct attack attacks[] = {
	A(million_handles),	A(many_protocols),    A(many_opens),
	A(uninstall_in_notify), A(install_in_notify), A(recurse_connect),
	A(recurse_disconnect),	A(driver_nowhere),    A(drivers_overridden),
	A(notify_nowhere),	A(gates_upwards),     A(gates_downwards),
	A(gates_between),	A(return_into_gate),  A(return_into_service),
	A(variables_full),	A(variables_small),   A(reset),
	A(virtual_map),
};

efi_status_t payload(void)
{
	return ATTACK_RUN(attacks);
}
