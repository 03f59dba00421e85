// SPDX-License-Identifier: MIT
/* 7.3 LocateDevicePath, ConnectController, DisconnectController with a driver of our own. */
#include "lib.h"

static const struct efi_guid bus = { 0x7bd0c2a0, 0xaaaa, 0x4d11, { 8, 7, 6, 5, 4, 3, 2, 1 } };
static const struct efi_guid leaf = { 0x7bd0c2a1, 0xbbbb, 0x4d11, { 8, 7, 6, 5, 4, 3, 2, 2 } };
static const struct efi_guid nobody = { 0x7bd0c2a2, 0xcccc, 0x4d11, { 8, 7, 6, 5, 4, 3, 2, 3 } };
static int bus_iface, leaf_iface;

/* Offset of the remaining part of a path, or -1 with the status kept. */
static efi_status_t locate_status;
static handle_t located;

static int64_t locate(const struct efi_guid *guid, uint8_t *path)
{
	struct device_path *p = (void *)path;

	located = NULL;
	locate_status = bs->locate_device_path(guid, &p, &located);
	return locate_status == EFI_SUCCESS ? (uint8_t *)p - path : -1;
}

static void test_locate_device_path(void)
{
	uint8_t short_path[64], long_path[64], asked[128], *p;
	handle_t a = NULL, b = NULL;
	struct device_path *dp;

	path_end(path_node(short_path, 1, 4, &bus, 16));
	path_end(path_node(path_node(long_path, 1, 4, &bus, 16), 4, 3, &leaf, 16));
	succeeds(bs->install_multiple(&a, &bus, &bus_iface, &device_path_guid, short_path, NULL));
	succeeds(bs->install_multiple(&b, &bus, &bus_iface, &device_path_guid, long_path, NULL));

	p = path_node(asked, 1, 4, &bus, 16);
	path_end(path_file(path_node(p, 4, 3, &leaf, 16), u"\\a"));
	check_text(locate(&bus, asked) == 40 && located == b, "the longest match is taken");
	path_end(p);
	check_text(locate(&bus, asked) == 20 && located == a, "an exact match leaves the end node");
	path_end(path_node(p, 4, 3, &nobody, 16));
	check_text(locate(&bus, asked) == 20 && located == a, "half a match is one");
	path_end(path_node(asked, 1, 4, &nobody, 16));
	check(locate(&bus, asked) == -1 && locate_status == EFI_NOT_FOUND);
	path_end(path_node(asked, 1, 4, &bus, 16));
	check(locate(&nobody, asked) == -1 && locate_status == EFI_NOT_FOUND);
	path_end(asked);
	check(locate(&bus, asked) == -1 && locate_status == EFI_NOT_FOUND);

	dp = NULL;
	is(bs->locate_device_path(&bus, &dp, &located), EFI_INVALID_PARAMETER);
	is(bs->locate_device_path(&bus, NULL, &located), EFI_INVALID_PARAMETER);
	dp = (void *)short_path;
	is(bs->locate_device_path(NULL, &dp, &located), EFI_INVALID_PARAMETER);
	is(bs->locate_device_path(&bus, &dp, NULL), EFI_INVALID_PARAMETER);
	check_text(dp == (void *)short_path, "a failure leaves the path where it was");
	succeeds(bs->uninstall_multiple(a, &bus, &bus_iface, &device_path_guid, short_path, NULL));
	succeeds(bs->uninstall_multiple(b, &bus, &bus_iface, &device_path_guid, long_path, NULL));
}

static struct {
	unsigned n_supported, n_start, n_stop_child, n_stop;
	bool refuse_stop;
	handle_t child;
} seen;

static efi_status_t EFIAPI drv_supported(struct driver_binding *this, handle_t controller,
					 struct device_path *remaining)
{
	efi_status_t status;
	void *p;

	seen.n_supported++;
	status = bs->open_protocol(controller, &bus, &p, this->driver_binding_handle, controller,
				   OPEN_BY_DRIVER);
	if (status == EFI_SUCCESS)
		bs->close_protocol(controller, &bus, this->driver_binding_handle, controller);
	return status;
}

static efi_status_t EFIAPI drv_start(struct driver_binding *this, handle_t controller,
				     struct device_path *remaining)
{
	efi_status_t status;
	void *p;

	seen.n_start++;
	status = bs->open_protocol(controller, &bus, &p, this->driver_binding_handle, controller,
				   OPEN_BY_DRIVER);
	if (status != EFI_SUCCESS)
		return status;
	seen.child = NULL;
	bs->install_protocol(&seen.child, &leaf, 0, &leaf_iface);
	return bs->open_protocol(controller, &bus, &p, this->driver_binding_handle, seen.child,
				 OPEN_BY_CHILD_CONTROLLER);
}

static efi_status_t EFIAPI drv_stop(struct driver_binding *this, handle_t controller,
				    uint64_t n_children, handle_t *children)
{
	if (seen.refuse_stop)
		return EFI_DEVICE_ERROR;
	if (n_children == 0) {
		seen.n_stop++;
		return bs->close_protocol(controller, &bus, this->driver_binding_handle,
					  controller);
	}
	seen.n_stop_child++;
	if (n_children != 1 || children[0] != seen.child)
		return EFI_DEVICE_ERROR;
	bs->close_protocol(controller, &bus, this->driver_binding_handle, seen.child);
	bs->uninstall_protocol(seen.child, &leaf, &leaf_iface);
	return EFI_SUCCESS;
}

static struct driver_binding driver = { drv_supported, drv_start, drv_stop, 0x10, NULL, NULL };

static void test_connect(handle_t controller)
{
	handle_t drivers[2] = { driver.driver_binding_handle, NULL };
	void *p;

	is(bs->connect_controller(NULL, NULL, NULL, false), EFI_INVALID_PARAMETER);
	is(bs->disconnect_controller(NULL, NULL, NULL), EFI_INVALID_PARAMETER);
	succeeds(bs->connect_controller(controller, NULL, NULL, false));
	check(seen.n_supported >= 1 && seen.n_start == 1);
	succeeds(bs->locate_protocol(&leaf, NULL, &p));
	is(bs->connect_controller(controller, NULL, NULL, false), EFI_NOT_FOUND);
	check(seen.n_start == 1);
	/* a handle, but no child of it: EDK2 says not found, the table of codes has no case for it
	 */
	is_either(bs->disconnect_controller(controller, NULL, controller), EFI_INVALID_PARAMETER,
		  EFI_NOT_FOUND);
	succeeds(bs->disconnect_controller(controller, NULL, NULL));
	check_text(seen.n_stop_child == 1 && seen.n_stop == 1, "Stop: the children, then the rest");
	is(bs->locate_protocol(&leaf, NULL, &p), EFI_NOT_FOUND);
	succeeds(bs->disconnect_controller(controller, NULL, NULL));
	check(seen.n_stop == 1);
	/* named drivers */
	succeeds(bs->connect_controller(controller, drivers, NULL, true));
	check(seen.n_start == 2);
	succeeds(bs->disconnect_controller(controller, driver.driver_binding_handle, seen.child));
	check(seen.n_stop_child == 2);
}

/* 7.3.9: who wants it exclusively, or gone, makes the firmware stop the driver first. */
static void test_take_away(handle_t controller)
{
	void *p;

	bs->disconnect_controller(controller, NULL, NULL);
	succeeds(bs->connect_controller(controller, NULL, NULL, false));
	seen.n_stop = 0;
	succeeds(bs->open_protocol(controller, &bus, &p, self, NULL, OPEN_EXCLUSIVE));
	check_text(seen.n_stop == 1, "an exclusive open stops the driver");
	succeeds(bs->close_protocol(controller, &bus, self, NULL));
	seen.n_start = 0;
	succeeds(bs->connect_controller(controller, NULL, NULL, false));
	check(seen.n_start == 1);
	seen.refuse_stop = true;
	is(bs->uninstall_protocol(controller, &bus, &bus_iface), EFI_ACCESS_DENIED);
	succeeds(bs->handle_protocol(controller, &bus, &p));
	seen.refuse_stop = false;
	seen.n_stop = 0;
	succeeds(bs->uninstall_protocol(controller, &bus, &bus_iface));
	check_text(seen.n_stop == 1, "UninstallProtocolInterface stops the driver");
}

efi_status_t payload(void)
{
	handle_t controller = NULL;

	test_locate_device_path();
	driver.image = self;
	require(bs->install_protocol(&driver.driver_binding_handle, &driver_binding_guid, 0,
				     &driver));
	require(bs->install_protocol(&controller, &bus, 0, &bus_iface));
	test_connect(controller);
	test_take_away(controller);
	succeeds(bs->uninstall_protocol(driver.driver_binding_handle, &driver_binding_guid,
					&driver));
	return tap_done();
}
