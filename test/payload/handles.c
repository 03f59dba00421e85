// SPDX-License-Identifier: MIT
/* 7.3 Protocol handler services. Drivers and controllers: drivers.c */
#include "lib.h"

static const struct efi_guid one = { 0x3a6f2d10, 0x1111, 0x4c3e, { 1, 2, 3, 4, 5, 6, 7, 1 } };
static const struct efi_guid two = { 0x3a6f2d11, 0x2222, 0x4c3e, { 1, 2, 3, 4, 5, 6, 7, 2 } };
static const struct efi_guid three = { 0x3a6f2d12, 0x3333, 0x4c3e, { 1, 2, 3, 4, 5, 6, 7, 3 } };
static int iface[4];
/* no handle: a page of the image, so that looking at it is harmless */
static uint64_t not_a_handle[64];

static void *got(handle_t h, const struct efi_guid *guid)
{
	void *p = &p;

	return bs->handle_protocol(h, guid, &p) == EFI_SUCCESS ? p : &not_a_handle;
}

static void test_install(void)
{
	handle_t h = NULL, bad = not_a_handle + 8;
	void *p = &h;

	is(bs->install_protocol(NULL, &one, 0, &iface[0]), EFI_INVALID_PARAMETER);
	is(bs->install_protocol(&h, NULL, 0, &iface[0]), EFI_INVALID_PARAMETER);
	is(bs->install_protocol(&h, &one, 1, &iface[0]), EFI_INVALID_PARAMETER);
	is(bs->install_protocol(&bad, &one, 0, &iface[0]), EFI_INVALID_PARAMETER);
	check(h == NULL);
	succeeds(bs->install_protocol(&h, &one, 0, &iface[0]));
	check(h != NULL && got(h, &one) == &iface[0]);
	is(bs->install_protocol(&h, &one, 0, &iface[1]), EFI_INVALID_PARAMETER);
	/* a tag: a protocol without an interface */
	succeeds(bs->install_protocol(&h, &two, 0, NULL));
	check(got(h, &two) == NULL);
	is(bs->handle_protocol(h, &three, &p), EFI_UNSUPPORTED);
	check(p == NULL);
	is(bs->handle_protocol(NULL, &one, &p), EFI_INVALID_PARAMETER);
	is(bs->handle_protocol(bad, &one, &p), EFI_INVALID_PARAMETER);
	is(bs->handle_protocol(h, NULL, &p), EFI_INVALID_PARAMETER);
	is(bs->handle_protocol(h, &one, NULL), EFI_INVALID_PARAMETER);

	is(bs->reinstall_protocol(h, &one, &iface[1], &iface[2]), EFI_NOT_FOUND);
	is(bs->reinstall_protocol(h, &three, &iface[0], &iface[2]), EFI_NOT_FOUND);
	is(bs->reinstall_protocol(bad, &one, &iface[0], &iface[2]), EFI_INVALID_PARAMETER);
	is(bs->reinstall_protocol(h, NULL, &iface[0], &iface[2]), EFI_INVALID_PARAMETER);
	succeeds(bs->reinstall_protocol(h, &one, &iface[0], &iface[2]));
	check(got(h, &one) == &iface[2]);

	is(bs->uninstall_protocol(h, &one, &iface[0]), EFI_NOT_FOUND);
	is(bs->uninstall_protocol(h, &three, NULL), EFI_NOT_FOUND);
	is(bs->uninstall_protocol(h, NULL, &iface[2]), EFI_INVALID_PARAMETER);
	is(bs->uninstall_protocol(bad, &one, &iface[2]), EFI_INVALID_PARAMETER);
	succeeds(bs->uninstall_protocol(h, &one, &iface[2]));
	is(bs->handle_protocol(h, &one, &p), EFI_UNSUPPORTED);
	succeeds(bs->uninstall_protocol(h, &two, NULL));
	/* with its last protocol the handle is gone */
	is(bs->handle_protocol(h, &one, &p), EFI_INVALID_PARAMETER);
}

static void test_multiple(void)
{
	uint8_t path[64], *end = path_node(path, 1, 4, &one, sizeof(one));
	handle_t h = NULL, other = NULL;
	void *p;

	path_end(end);
	succeeds(bs->install_multiple(&h, &one, &iface[0], &two, &iface[1], NULL));
	check(got(h, &one) == &iface[0] && got(h, &two) == &iface[1]);
	/* the second is there already: the first must not stay */
	is(bs->install_multiple(&h, &three, &iface[2], &two, &iface[1], NULL),
	   EFI_INVALID_PARAMETER);
	is(bs->handle_protocol(h, &three, &p), EFI_UNSUPPORTED);
	is(bs->install_multiple(&other, &three, &iface[2], &three, &iface[1], NULL),
	   EFI_INVALID_PARAMETER);
	is(bs->locate_protocol(&three, NULL, &p), EFI_NOT_FOUND);
	is(bs->install_multiple(NULL, &one, &iface[0], NULL), EFI_INVALID_PARAMETER);

	is(bs->uninstall_multiple(h, &one, &iface[0], &two, &iface[3], NULL),
	   EFI_INVALID_PARAMETER);
	check(got(h, &one) == &iface[0] && got(h, &two) == &iface[1]);

	/* two handles may not have the same device path */
	other = NULL;
	succeeds(bs->install_multiple(&h, &device_path_guid, path, NULL));
	is(bs->install_multiple(&other, &three, &iface[2], &device_path_guid, path, NULL),
	   EFI_ALREADY_STARTED);
	is(bs->locate_protocol(&three, NULL, &p), EFI_NOT_FOUND);
	succeeds(bs->uninstall_multiple(h, &one, &iface[0], &two, &iface[1], &device_path_guid,
					path, NULL));
	is(bs->handle_protocol(h, &one, &p), EFI_INVALID_PARAMETER);
}

/* Both counts of an agent's opens of one kind, or 0. */
static unsigned opened(handle_t h, handle_t agent, uint32_t attributes)
{
	struct open_information *info;
	uint64_t n, i;
	unsigned count = 0;

	if (bs->open_protocol_information(h, &one, &info, &n) != EFI_SUCCESS)
		return 0;
	for (i = 0; i < n; i++)
		if (info[i].agent == agent && info[i].attributes == attributes)
			count += info[i].open_count;
	bs->free_pool(info);
	return count;
}

static void test_open_arguments(handle_t h, handle_t controller)
{
	static const uint32_t bad[] = { 0, 3, 0x0c, 0x18, 0x40, 0x31, 0x80000000 };
	struct open_information *info;
	unsigned i, n_wrong = 0;
	void *p = &n_wrong;
	uint64_t n;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		n_wrong += bs->open_protocol(h, &one, &p, self, controller, bad[i]) !=
			   EFI_INVALID_PARAMETER;
	check_text(n_wrong == 0, "OpenProtocol with bad attributes is EFI_INVALID_PARAMETER");
	is(bs->open_protocol(NULL, &one, &p, self, NULL, OPEN_GET_PROTOCOL), EFI_INVALID_PARAMETER);
	is(bs->open_protocol(h, NULL, &p, self, NULL, OPEN_GET_PROTOCOL), EFI_INVALID_PARAMETER);
	is(bs->open_protocol(h, &one, NULL, self, NULL, OPEN_GET_PROTOCOL), EFI_INVALID_PARAMETER);
	succeeds(bs->open_protocol(h, &one, NULL, NULL, NULL, OPEN_TEST_PROTOCOL));
	is(bs->open_protocol(h, &three, NULL, NULL, NULL, OPEN_TEST_PROTOCOL), EFI_UNSUPPORTED);
	is(bs->open_protocol(h, &three, &p, self, NULL, OPEN_GET_PROTOCOL), EFI_UNSUPPORTED);
	check(p == NULL);
	is(bs->open_protocol(h, &one, &p, NULL, controller, OPEN_BY_DRIVER), EFI_INVALID_PARAMETER);
	is(bs->open_protocol(h, &one, &p, self, NULL, OPEN_BY_DRIVER), EFI_INVALID_PARAMETER);
	is(bs->open_protocol(h, &one, &p, NULL, NULL, OPEN_EXCLUSIVE), EFI_INVALID_PARAMETER);
	is(bs->open_protocol(h, &one, &p, self, NULL, OPEN_BY_CHILD_CONTROLLER),
	   EFI_INVALID_PARAMETER);
	is(bs->open_protocol(h, &one, &p, self, h, OPEN_BY_CHILD_CONTROLLER),
	   EFI_INVALID_PARAMETER);
	is(bs->close_protocol(h, &one, self, NULL), EFI_NOT_FOUND);
	is(bs->close_protocol(h, &one, NULL, NULL), EFI_INVALID_PARAMETER);
	is(bs->close_protocol(h, &three, self, NULL), EFI_NOT_FOUND);
	is(bs->close_protocol(NULL, &one, self, NULL), EFI_INVALID_PARAMETER);
	is(bs->close_protocol(h, NULL, self, NULL), EFI_INVALID_PARAMETER);
	is(bs->open_protocol_information(h, &three, &info, &n), EFI_NOT_FOUND);
}

static void test_open(void)
{
	handle_t h = NULL, other = NULL;
	void *p = NULL;

	succeeds(bs->install_protocol(&h, &one, 0, &iface[0]));
	succeeds(bs->install_protocol(&other, &two, 0, &iface[1]));
	test_open_arguments(h, other);

	succeeds(bs->open_protocol(h, &one, &p, self, NULL, OPEN_GET_PROTOCOL));
	check(p == &iface[0]);
	succeeds(bs->open_protocol(h, &one, &p, self, NULL, OPEN_GET_PROTOCOL));
	check_text(opened(h, self, OPEN_GET_PROTOCOL) == 2, "two opens by one agent are counted");
	succeeds(bs->open_protocol(h, &one, &p, self, other, OPEN_BY_CHILD_CONTROLLER));
	check(opened(h, self, OPEN_BY_CHILD_CONTROLLER) == 1);
	succeeds(bs->close_protocol(h, &one, self, other));
	check(opened(h, self, OPEN_BY_CHILD_CONTROLLER) == 0);
	/* one close ends all opens of the agent with this controller */
	succeeds(bs->close_protocol(h, &one, self, NULL));
	check(opened(h, self, OPEN_GET_PROTOCOL) == 0);

	succeeds(bs->open_protocol(h, &one, &p, self, h, OPEN_BY_DRIVER));
	is(bs->open_protocol(h, &one, &p, self, h, OPEN_BY_DRIVER), EFI_ALREADY_STARTED);
	is(bs->open_protocol(h, &one, &p, other, h, OPEN_BY_DRIVER), EFI_ACCESS_DENIED);
	is(bs->open_protocol(h, &one, &p, other, h, OPEN_BY_DRIVER | OPEN_EXCLUSIVE),
	   EFI_ACCESS_DENIED);
	succeeds(bs->open_protocol(h, &one, &p, other, NULL, OPEN_GET_PROTOCOL));
	succeeds(bs->close_protocol(h, &one, other, NULL));
	check(opened(h, self, OPEN_BY_DRIVER) == 1);
	succeeds(bs->close_protocol(h, &one, self, h));

	succeeds(bs->open_protocol(h, &one, &p, self, NULL, OPEN_EXCLUSIVE));
	is(bs->open_protocol(h, &one, &p, other, NULL, OPEN_EXCLUSIVE), EFI_ACCESS_DENIED);
	is(bs->open_protocol(h, &one, &p, other, h, OPEN_BY_DRIVER), EFI_ACCESS_DENIED);
	succeeds(bs->open_protocol(h, &one, &p, other, NULL, OPEN_GET_PROTOCOL));
	succeeds(bs->close_protocol(h, &one, other, NULL));
	succeeds(bs->close_protocol(h, &one, self, NULL));
	/* a child's does, by whatever way it is to go */
	succeeds(bs->open_protocol(h, &one, &p, self, other, OPEN_BY_CHILD_CONTROLLER));
	succeeds(bs->open_protocol(h, &one, &p, self, NULL, OPEN_GET_PROTOCOL));
	is(bs->uninstall_protocol(h, &one, &iface[0]), EFI_ACCESS_DENIED);
	is(bs->reinstall_protocol(h, &one, &iface[0], &iface[1]), EFI_ACCESS_DENIED);
	check(got(h, &one) == &iface[0]);
	check_text(opened(h, self, OPEN_GET_PROTOCOL) == 0 &&
			   opened(h, self, OPEN_BY_CHILD_CONTROLLER) == 1,
		   "who only looked was closed all the same");
	succeeds(bs->close_protocol(h, &one, self, other));
	/* opens without a driver do not hold the protocol back */
	succeeds(bs->open_protocol(h, &one, &p, self, NULL, OPEN_GET_PROTOCOL));
	succeeds(bs->uninstall_protocol(h, &one, &iface[0]));
	succeeds(bs->uninstall_protocol(other, &two, &iface[1]));
}

static bool among(handle_t h, const handle_t *handles, uint64_t n)
{
	uint64_t i;

	for (i = 0; i < n; i++)
		if (handles[i] == h)
			return true;
	return false;
}

static void test_locate(void)
{
	handle_t h[3] = { 0 }, found[3] = { 0 }, *all;
	struct efi_guid **guids;
	uint64_t n, n_bytes = 0;
	void *p = &n;

	is(bs->locate_handle(BY_PROTOCOL, &one, NULL, &n_bytes, NULL), EFI_NOT_FOUND);
	is(bs->locate_protocol(&one, NULL, &p), EFI_NOT_FOUND);
	check(p == NULL);
	is(bs->locate_protocol(&one, NULL, NULL), EFI_INVALID_PARAMETER);
	is(bs->locate_handle_buffer(BY_PROTOCOL, &one, NULL, &n, &all), EFI_NOT_FOUND);
	for (n = 0; n < 3; n++)
		succeeds(bs->install_protocol(&h[n], &one, 0, &iface[n]));
	succeeds(bs->install_protocol(&h[1], &two, 0, NULL));

	is(bs->locate_handle(BY_PROTOCOL, &one, NULL, &n_bytes, NULL), EFI_BUFFER_TOO_SMALL);
	check(n_bytes == 24);
	n_bytes = 23;
	is(bs->locate_handle(BY_PROTOCOL, &one, NULL, &n_bytes, found), EFI_BUFFER_TOO_SMALL);
	check(n_bytes == 24);
	succeeds(bs->locate_handle(BY_PROTOCOL, &one, NULL, &n_bytes, found));
	check(among(h[0], found, 3) && among(h[1], found, 3) && among(h[2], found, 3));
	is(bs->locate_handle(BY_PROTOCOL, &one, NULL, NULL, found), EFI_INVALID_PARAMETER);
	is(bs->locate_handle(BY_PROTOCOL, &one, NULL, &n_bytes, NULL), EFI_INVALID_PARAMETER);
	is(bs->locate_handle(BY_PROTOCOL, NULL, NULL, &n_bytes, found), EFI_INVALID_PARAMETER);
	is(bs->locate_handle(BY_REGISTER_NOTIFY, NULL, NULL, &n_bytes, found),
	   EFI_INVALID_PARAMETER);
	is(bs->locate_handle(3, &one, NULL, &n_bytes, found), EFI_INVALID_PARAMETER);

	succeeds(bs->locate_handle_buffer(BY_PROTOCOL, &one, NULL, &n, &all));
	check(n == 3 && among(h[0], all, n) && among(h[1], all, n) && among(h[2], all, n));
	succeeds(bs->free_pool(all));
	succeeds(bs->locate_handle_buffer(ALL_HANDLES, NULL, NULL, &n, &all));
	check(n > 3 && among(h[0], all, n) && among(h[2], all, n) && among(self, all, n));
	succeeds(bs->free_pool(all));
	is(bs->locate_handle_buffer(BY_PROTOCOL, &one, NULL, NULL, &all), EFI_INVALID_PARAMETER);
	is(bs->locate_handle_buffer(BY_PROTOCOL, &one, NULL, &n, NULL), EFI_INVALID_PARAMETER);

	succeeds(bs->locate_protocol(&one, NULL, &p));
	check(p == &iface[0] || p == &iface[1] || p == &iface[2]);

	succeeds(bs->protocols_per_handle(h[1], &guids, &n));
	check(n == 2 && (guid_same(guids[0], &one) || guid_same(guids[1], &one)) &&
	      (guid_same(guids[0], &two) || guid_same(guids[1], &two)));
	succeeds(bs->free_pool(guids));
	is(bs->protocols_per_handle(NULL, &guids, &n), EFI_INVALID_PARAMETER);
	is(bs->protocols_per_handle(h[1], NULL, &n), EFI_INVALID_PARAMETER);
	is(bs->protocols_per_handle(h[1], &guids, NULL), EFI_INVALID_PARAMETER);

	succeeds(bs->uninstall_protocol(h[1], &two, NULL));
	for (n = 0; n < 3; n++)
		succeeds(bs->uninstall_protocol(h[n], &one, &iface[n]));
}

static unsigned n_notified;

static void EFIAPI notified(event_t event, void *context)
{
	n_notified++;
}

static void test_notify(void)
{
	handle_t a = NULL, b = NULL, found[2];
	uint64_t n_bytes = sizeof(found);
	void *key = NULL, *p;
	event_t event;

	succeeds(bs->create_event(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, notified, NULL, &event));
	is(bs->register_protocol_notify(NULL, event, &key), EFI_INVALID_PARAMETER);
	is(bs->register_protocol_notify(&one, NULL, &key), EFI_INVALID_PARAMETER);
	is(bs->register_protocol_notify(&one, event, NULL), EFI_INVALID_PARAMETER);
	succeeds(bs->register_protocol_notify(&one, event, &key));
	is(bs->locate_handle(BY_REGISTER_NOTIFY, NULL, key, &n_bytes, found), EFI_NOT_FOUND);
	n_notified = 0;
	succeeds(bs->install_protocol(&a, &one, 0, &iface[0]));
	succeeds(bs->install_protocol(&b, &two, 0, &iface[0]));
	check(n_notified == 1);
	succeeds(bs->install_protocol(&b, &one, 0, &iface[1]));
	check(n_notified == 2);

	/* one handle a call, until all the new ones were seen */
	n_bytes = sizeof(found);
	succeeds(bs->locate_handle(BY_REGISTER_NOTIFY, NULL, key, &n_bytes, found));
	check(n_bytes == 8 && found[0] == a);
	n_bytes = 4;
	is(bs->locate_handle(BY_REGISTER_NOTIFY, NULL, key, &n_bytes, found), EFI_BUFFER_TOO_SMALL);
	check(n_bytes == 8);
	succeeds(bs->locate_protocol(&one, key, &p));
	check(p == &iface[1]);
	is(bs->locate_protocol(&one, key, &p), EFI_NOT_FOUND);
	n_bytes = sizeof(found);
	is(bs->locate_handle(BY_REGISTER_NOTIFY, NULL, key, &n_bytes, found), EFI_NOT_FOUND);

	succeeds(bs->reinstall_protocol(a, &one, &iface[0], &iface[2]));
	check_text(n_notified == 3, "ReinstallProtocolInterface notifies, too");
	n_bytes = sizeof(found);
	succeeds(bs->locate_handle(BY_REGISTER_NOTIFY, NULL, key, &n_bytes, found));
	check(found[0] == a);
	succeeds(bs->close_event(event));
	succeeds(bs->uninstall_protocol(a, &one, &iface[2]));
	succeeds(bs->uninstall_multiple(b, &one, &iface[1], &two, &iface[0], NULL));
	check(n_notified == 3);
}

/* Of a path with two instances the first is looked for, and no handle that has both. */
static void test_path_instances(void)
{
	uint8_t first[64], other[64], both[128], *end = path_node(first, 1, 4, &one, sizeof(one));
	struct device_path *rest;
	handle_t h = NULL, h2 = NULL, found = NULL;

	path_end(end);
	memcpy(both, first, 20);
	memcpy(both + 20, (uint8_t[]){ 0x7f, 1, 4, 0 }, 4); /* an instance ends */
	path_end(path_node(both + 24, 1, 4, &two, sizeof(two)));
	succeeds(bs->install_multiple(&h, &device_path_guid, first, &three, NULL, NULL));
	succeeds(bs->install_multiple(&h2, &device_path_guid, both, &three, NULL, NULL));
	rest = (void *)both;
	succeeds(bs->locate_device_path(&three, &rest, &found));
	check(found == h && (uint8_t *)rest == both + 20);
	rest = (void *)first;
	succeeds(bs->locate_device_path(&three, &rest, &found));
	check(found == h && (uint8_t *)rest == first + 20);
	succeeds(bs->uninstall_multiple(h2, &device_path_guid, both, &three, NULL, NULL));
	/* of two of one path, which this call does not refuse, the older one */
	memcpy(other, first, sizeof(other));
	h2 = NULL;
	succeeds(bs->install_protocol(&h2, &three, 0, NULL));
	succeeds(bs->install_protocol(&h2, &device_path_guid, 0, other));
	rest = (void *)first;
	succeeds(bs->locate_device_path(&three, &rest, &found));
	check(found == h);
	succeeds(bs->uninstall_multiple(h2, &device_path_guid, other, &three, NULL, NULL));
	/* changed where it is, and then another one in its place */
	other[5] = first[5] ^= 1;
	rest = (void *)other;
	succeeds(bs->locate_device_path(&three, &rest, &found));
	check(found == h && (uint8_t *)rest == other + 20);
	other[5] ^= 3;
	succeeds(bs->reinstall_protocol(h, &device_path_guid, first, other));
	h2 = NULL;
	is(bs->install_multiple(&h2, &device_path_guid, other, NULL), EFI_ALREADY_STARTED);
	rest = (void *)first;
	is(bs->locate_device_path(&three, &rest, &found), EFI_NOT_FOUND);
	succeeds(bs->install_multiple(&h2, &device_path_guid, first, NULL));
	succeeds(bs->uninstall_protocol(h2, &device_path_guid, first));
	succeeds(bs->uninstall_multiple(h, &device_path_guid, other, &three, NULL, NULL));
	h2 = NULL;
	succeeds(bs->install_multiple(&h2, &device_path_guid, other, NULL));
	succeeds(bs->uninstall_protocol(h2, &device_path_guid, other));
}

/* What the firmware offers, said to be new: it works as before. */
static void test_reinstall_own(void)
{
	handle_t *all = NULL;
	struct file_system *fs;
	struct file *root;
	uint64_t n = 0;

	/* elsewhere drivers would come and go */
	if (!on_bardo())
		return;
	succeeds(bs->locate_handle_buffer(BY_PROTOCOL, &simple_file_system_guid, NULL, &n, &all));
	succeeds(bs->handle_protocol(all[0], &simple_file_system_guid, &fs));
	succeeds(bs->reinstall_protocol(all[0], &simple_file_system_guid, fs, fs));
	succeeds(fs->open_volume(fs, &root));
	succeeds(root->close(root));
	bs->free_pool(all);
}

/*
 * What is left out on purpose: nobody here checks signatures as shim does, and a loader that
 * finds its protocol would believe so; and a terminal has no mouse.
 */
static void test_absent(void)
{
	void *p = NULL;

	if (!on_bardo())
		return;
	is(bs->locate_protocol(&shim_lock_guid, NULL, &p), EFI_NOT_FOUND);
	is(bs->locate_protocol(&simple_pointer_guid, NULL, &p), EFI_NOT_FOUND);
	/* so are others looked for that are there */
	succeeds(bs->locate_protocol(&text_input_ex_guid, NULL, &p));
}

efi_status_t payload(void)
{
	test_install();
	test_multiple();
	test_open();
	test_locate();
	test_notify();
	test_path_instances();
	test_absent();
	test_reinstall_own();
	return tap_done();
}
