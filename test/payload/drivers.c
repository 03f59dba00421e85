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
	bool refuse_stop, lie_at_stop;
	handle_t child;
	uint8_t remaining_supported[24], remaining_start[24]; /* EDK2 passes a copy */
} seen;

static void note_remaining(uint8_t to[24], const struct device_path *path)
{
	memset(to, 0, 24);
	if (path)
		memcpy(to, path, path->type == 0x7f ? 4 : 24);
}

static efi_status_t EFIAPI drv_supported(struct driver_binding *this, handle_t controller,
					 struct device_path *remaining)
{
	efi_status_t status;
	void *p;

	seen.n_supported++;
	note_remaining(seen.remaining_supported, remaining);
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
	note_remaining(seen.remaining_start, remaining);
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
	if (seen.refuse_stop || seen.lie_at_stop)
		return seen.refuse_stop ? EFI_DEVICE_ERROR : EFI_SUCCESS;
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
	check_text(seen.n_stop_child == 2 && seen.n_stop == 2,
		   "the only child takes the driver with it");
	/* not a driver's handle; and one that has nothing to do with it, 7.3.13 or EDK2 */
	succeeds(bs->connect_controller(controller, NULL, NULL, false));
	is(bs->disconnect_controller(controller, self, NULL), EFI_INVALID_PARAMETER);
	is_either(bs->disconnect_controller(self, driver.driver_binding_handle, NULL), EFI_SUCCESS,
		  EFI_NOT_FOUND);
	check(seen.n_stop == 2);
	succeeds(bs->disconnect_controller(controller, NULL, NULL));
}

/* The path of a child that is wanted goes to the driver as it is. */
static void test_remaining(handle_t controller)
{
	uint8_t path[32], end[4];

	path_end(path_node(path, 1, 4, &leaf, 16));
	path_end(end);
	succeeds(bs->connect_controller(controller, NULL, (void *)path, false));
	check(memcmp(seen.remaining_supported, path, 24) == 0 &&
	      memcmp(seen.remaining_start, path, 24) == 0);
	is(bs->connect_controller(controller, NULL, (void *)path, false), EFI_NOT_FOUND);
	succeeds(bs->connect_controller(controller, NULL, (void *)end, false));
	succeeds(bs->disconnect_controller(controller, NULL, NULL));
}

static unsigned n_late_start;
static int late_iface;

/* A driver with the higher version that wants what the other one makes. */
static efi_status_t EFIAPI late_supported(struct driver_binding *this, handle_t controller,
					  struct device_path *remaining)
{
	void *p;

	if (seen.child == NULL || bs->handle_protocol(seen.child, &leaf, &p) != EFI_SUCCESS ||
	    bs->handle_protocol(controller, &bus, &p) != EFI_SUCCESS)
		return EFI_UNSUPPORTED;
	return bs->handle_protocol(controller, &nobody, &p) == EFI_SUCCESS ? EFI_ALREADY_STARTED
									   : EFI_SUCCESS;
}

static efi_status_t EFIAPI late_start(struct driver_binding *this, handle_t controller,
				      struct device_path *remaining)
{
	n_late_start++;
	return bs->install_protocol(&controller, &nobody, 0, &late_iface);
}

static efi_status_t EFIAPI late_stop(struct driver_binding *this, handle_t controller,
				     uint64_t n_children, handle_t *children)
{
	return EFI_SUCCESS;
}

static struct driver_binding late = { late_supported, late_start, late_stop, 0x20, NULL, NULL };

static void test_asked_again(handle_t controller)
{
	late.image = self;
	succeeds(bs->install_protocol(&late.driver_binding_handle, &driver_binding_guid, 0, &late));
	seen.child = NULL;
	succeeds(bs->connect_controller(controller, NULL, NULL, false));
	check_text(n_late_start == 1, "who did not want it is asked again when another took it");
	succeeds(bs->uninstall_protocol(controller, &nobody, &late_iface));
	succeeds(bs->disconnect_controller(controller, driver.driver_binding_handle, NULL));
	succeeds(bs->uninstall_protocol(late.driver_binding_handle, &driver_binding_guid, &late));
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
	seen.n_supported = 0;
	is(bs->uninstall_protocol(controller, &bus, &bus_iface), EFI_ACCESS_DENIED);
	check_text(seen.n_supported >= 1, "who cannot be got rid of is connected again");
	is(bs->reinstall_protocol(controller, &bus, &bus_iface, &leaf_iface), EFI_ACCESS_DENIED);
	succeeds(bs->handle_protocol(controller, &bus, &p));
	check(p == &bus_iface);
	seen.refuse_stop = false;
	if (on_bardo()) { /* EDK2 asks for ever */
		seen.lie_at_stop = true;
		is(bs->uninstall_protocol(controller, &bus, &bus_iface), EFI_ACCESS_DENIED);
		seen.lie_at_stop = false;
	}
	/* somebody else's child is in the way, and the driver comes back */
	succeeds(bs->open_protocol(controller, &bus, &p, self, driver.driver_binding_handle,
				   OPEN_BY_CHILD_CONTROLLER));
	seen.n_stop = seen.n_start = 0;
	is(bs->uninstall_protocol(controller, &bus, &bus_iface), EFI_ACCESS_DENIED);
	check(seen.n_stop == 1 && seen.n_start == 1);
	succeeds(bs->close_protocol(controller, &bus, self, driver.driver_binding_handle));
	seen.n_stop = 0;
	succeeds(bs->uninstall_protocol(controller, &bus, &bus_iface));
	check_text(seen.n_stop == 1, "UninstallProtocolInterface stops the driver");
}

/*
 * 7.3.12: the caller's list, the platform, families, the bus, then versions. By these drivers' own
 * versions alone it would be just the other way.
 */
enum { GIVEN, PLATFORM, FAMILY_NEW, FAMILY_OLD, BUS, NEW, OLD, N_ORDERED };

static struct {
	struct driver_binding binding;
	struct driver_family_override family;
} ordered[N_ORDERED];
static unsigned asked[2 * N_ORDERED], n_asked;
static handle_t ordered_controller;

static efi_status_t EFIAPI note_asked(struct driver_binding *this, handle_t controller,
				      struct device_path *remaining)
{
	unsigned i;

	for (i = 0; i < N_ORDERED; i++)
		if (this == &ordered[i].binding && controller == ordered_controller &&
		    n_asked < 2 * N_ORDERED)
			asked[n_asked++] = i;
	return EFI_UNSUPPORTED;
}

static handle_t image_of(unsigned i)
{
	return ordered[i].binding.image;
}

/* The image behind *image in a list of whose drivers the first has had its turn already. */
static efi_status_t next_of(const unsigned *list, unsigned n, handle_t *image)
{
	unsigned i;

	for (i = 0; *image && i < n && image_of(list[i]) != *image; i++)
		;
	if (*image && i == n)
		return EFI_INVALID_PARAMETER;
	i += *image != NULL;
	if (i >= n)
		return EFI_NOT_FOUND;
	*image = image_of(list[i]);
	return EFI_SUCCESS;
}

static efi_status_t EFIAPI platform_get_driver(struct platform_driver_override *this,
					       handle_t controller, handle_t *image)
{
	static const unsigned list[] = { PLATFORM, GIVEN };

	return controller == ordered_controller ? next_of(list, 2, image) : EFI_NOT_FOUND;
}

static efi_status_t EFIAPI bus_get_driver(struct bus_driver_override *this, handle_t *image)
{
	static const unsigned list[] = { FAMILY_OLD, BUS };

	return next_of(list, 2, image);
}

static uint32_t EFIAPI family_get_version(struct driver_family_override *this)
{
	return this == &ordered[FAMILY_NEW].family ? 7 : 6;
}

static void test_order(void)
{
	struct platform_driver_override platform = { platform_get_driver, NULL, NULL };
	struct bus_driver_override bus_override = { bus_get_driver };
	handle_t given[2] = { NULL, NULL }, images[N_ORDERED] = { NULL }, on = NULL;
	static int dummy;
	unsigned i;

	for (i = N_ORDERED; i-- > 0;) {
		succeeds(bs->install_protocol(&images[i], &nobody, 0, &dummy));
		ordered[i].binding = (struct driver_binding){ note_asked, NULL,	     NULL,
							      0x10 + i,	  images[i], NULL };
		ordered[i].family.get_version = family_get_version;
		succeeds(bs->install_protocol(&ordered[i].binding.driver_binding_handle,
					      &driver_binding_guid, 0, &ordered[i].binding));
	}
	ordered[NEW].binding.version = 0x1f;
	for (i = FAMILY_NEW; i <= FAMILY_OLD; i++)
		succeeds(bs->install_protocol(&ordered[i].binding.driver_binding_handle,
					      &driver_family_override_guid, 0, &ordered[i].family));
	succeeds(bs->install_protocol(&on, &platform_driver_override_guid, 0, &platform));
	succeeds(bs->install_protocol(&ordered_controller, &bus_driver_override_guid, 0,
				      &bus_override));
	given[0] = ordered[GIVEN].binding.driver_binding_handle;
	is(bs->connect_controller(ordered_controller, given, NULL, false), EFI_NOT_FOUND);
	check(n_asked == N_ORDERED);
	for (i = 0; i < N_ORDERED; i++)
		check_text(asked[i] == i, "given, platform, families, bus, versions");
	n_asked = 0;
	succeeds(bs->uninstall_protocol(on, &platform_driver_override_guid, &platform));
	is(bs->connect_controller(ordered_controller, NULL, NULL, false), EFI_NOT_FOUND);
	check_text(n_asked == N_ORDERED && asked[0] == FAMILY_NEW && asked[2] == BUS &&
			   asked[3] == NEW && asked[5] == PLATFORM && asked[6] == GIVEN,
		   "without a list and a platform, their versions count");
	for (i = FAMILY_NEW; i <= FAMILY_OLD; i++)
		bs->uninstall_protocol(ordered[i].binding.driver_binding_handle,
				       &driver_family_override_guid, &ordered[i].family);
	for (i = 0; i < N_ORDERED; i++)
		bs->uninstall_protocol(ordered[i].binding.driver_binding_handle,
				       &driver_binding_guid, &ordered[i].binding);
	succeeds(bs->uninstall_protocol(ordered_controller, &bus_driver_override_guid,
					&bus_override));
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
	test_remaining(controller);
	test_asked_again(controller);
	test_take_away(controller);
	test_order();
	succeeds(bs->uninstall_protocol(driver.driver_binding_handle, &driver_binding_guid,
					&driver));
	return tap_done();
}
