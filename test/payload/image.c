// SPDX-License-Identifier: MIT
/* 7.4 Image services, from buffers: LoadImage, StartImage, Exit, UnloadImage. */
#include "image_order.h"

#define FILE_(name, path)                                                                          \
	__asm__(".section .rdata,\"dr\"\n" #name ":\n.incbin \"" path "\"\n" #name                 \
		"_end:\n.byte 0\n");                                                               \
	extern const uint8_t name[], name##_end[]
FILE_(child_file, "image_child.efi");
FILE_(driver_file, "image_driver.efi");

static uint64_t n_child(void)
{
	return (uint64_t)(child_file_end - child_file);
}

static uint64_t n_driver(void)
{
	return (uint64_t)(driver_file_end - driver_file);
}

static struct loaded_image *loaded(handle_t h)
{
	struct loaded_image *image = NULL;

	bs->handle_protocol(h, &loaded_image_guid, &image);
	return image;
}

/* A child with its order, or NULL. */
static handle_t load(const uint8_t *file, uint64_t n, struct order *order)
{
	struct loaded_image *image;
	handle_t h = NULL;

	if (bs->load_image(false, self, NULL, file, n, &h) != EFI_SUCCESS)
		return NULL;
	image = loaded(h);
	image->load_options = order;
	image->load_options_bytes = sizeof(*order);
	return h;
}

static void test_fields(void)
{
	uint8_t path[128], copy[128], *file_node, *end;
	struct loaded_image *image, *own = own_image();
	struct device_path *kept = NULL;
	handle_t h = NULL;

	check(own && own->revision == 0x1000 && own->system_table == st);
	check((uint8_t *)payload >= (uint8_t *)own->image_base &&
	      (uint8_t *)payload < (uint8_t *)own->image_base + own->image_bytes);
	check(own->code_type == EFI_LOADER_CODE && own->data_type == EFI_LOADER_DATA);

	/* a path to nowhere: with the bytes at hand it need not lead anywhere */
	file_node = path_node(path, 4, 3, &global_variable_guid, 16);
	end = path_end(path_file(file_node, u"\\child.efi"));
	memcpy(copy, path, (size_t)(end - path));
	if (!succeeds(bs->load_image(false, self, (void *)path, child_file, n_child(), &h)))
		return;
	memset(path, 0xee, sizeof(path));
	image = loaded(h);
	check(image != NULL && image->revision == 0x1000 && image->parent == self);
	check(image->system_table == st && image->load_options_bytes == 0);
	check(image->code_type == EFI_LOADER_CODE && image->data_type == EFI_LOADER_DATA);
	check((uint64_t)image->image_base % 4096 == 0 && image->image_bytes >= 4096);
	check(map_pages_of_type((uint64_t)image->image_base, image->image_bytes / 4096,
				EFI_LOADER_CODE) == image->image_bytes / 4096);
	succeeds(bs->handle_protocol(h, &loaded_image_device_path_guid, &kept));
	check_text(kept && memcmp(kept, copy, (size_t)(end - path)) == 0,
		   "the device path was copied");
	/* no device claims any of it: the whole path stays */
	check(image->file_path && memcmp(image->file_path, copy, (size_t)(end - path)) == 0);
	succeeds(bs->unload_image(h));
	is(bs->handle_protocol(h, &loaded_image_guid, &image), EFI_INVALID_PARAMETER);
	is(bs->start_image(h, NULL, NULL), EFI_INVALID_PARAMETER);
}

static void test_answers(void)
{
	static const efi_status_t answers[] = { EFI_SUCCESS, EFI_DEVICE_ERROR, EFI_TIMEOUT, 0x1234,
						EFI_ERROR(0x4000000000000001) };
	unsigned i, n_wrong = 0;
	struct order order;
	char16 *data;
	uint64_t n;
	handle_t h;

	for (i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
		order = (struct order){ .what = ORDER_RETURN, .answer = answers[i] };
		h = load(child_file, n_child(), &order);
		n_wrong += h == NULL || bs->start_image(h, NULL, NULL) != answers[i] ||
			   order.self != h || order.n_started != 1;
	}
	check_text(n_wrong == 0, "StartImage passes the image's status on");
	/* an application that returned is gone */
	is(bs->start_image(h, NULL, NULL), EFI_INVALID_PARAMETER);
	is(bs->unload_image(h), EFI_INVALID_PARAMETER);

	order = (struct order){ .what = ORDER_EXIT, .answer = EFI_VOLUME_FULL };
	h = load(child_file, n_child(), &order);
	data = NULL;
	n = 0;
	is(bs->start_image(h, &n, &data), EFI_VOLUME_FULL);
	check_text(order.came_back == 0, "nothing runs behind Exit()");
	check(n == sizeof(u"deep reason") && data && strcmp16(data, u"deep reason") == 0);
	if (data)
		succeeds(bs->free_pool(data));
	h = load(child_file, n_child(), &order);
	n = 77;
	is(bs->start_image(h, &n, NULL), EFI_VOLUME_FULL);
	check_text(n == 77, "without a place for the data its size is not told");

	order = (struct order){
		.what = ORDER_NEST, .answer = 0x77, .file = child_file, .n_file = n_child()
	};
	h = load(child_file, n_child(), &order);
	is(bs->start_image(h, NULL, NULL), 0x77);
	check_text(order.inner_parent == h, "an image within an image knows its parent");

	order = (struct order){ .what = ORDER_EXIT_PARENT, .answer = 0x78 };
	h = load(child_file, n_child(), &order);
	is(bs->start_image(h, NULL, NULL), 0x78);
	check_text(order.status == EFI_INVALID_PARAMETER,
		   "Exit() of an image that is not the running one is EFI_INVALID_PARAMETER");
}

static void test_driver(void)
{
	struct order order = { .what = ORDER_HANDLER, .answer = EFI_SUCCESS };
	handle_t h = load(driver_file, n_driver(), &order);
	struct loaded_image *image;

	image = loaded(h);
	check(image->code_type == EFI_BOOT_SERVICES_CODE &&
	      image->data_type == EFI_BOOT_SERVICES_DATA);
	succeeds(bs->start_image(h, NULL, NULL));
	check_text(loaded(h) != NULL, "a driver that succeeded stays");
	order.refuse_unload = true;
	is(bs->unload_image(h), EFI_ACCESS_DENIED);
	check(order.n_unloaded == 1 && loaded(h) != NULL);
	order.refuse_unload = false;
	succeeds(bs->unload_image(h));
	check(order.n_unloaded == 2 && loaded(h) == NULL);

	order = (struct order){ .what = ORDER_RETURN, .answer = EFI_SUCCESS };
	h = load(driver_file, n_driver(), &order);
	succeeds(bs->start_image(h, NULL, NULL));
	is(bs->unload_image(h), EFI_UNSUPPORTED);
	image = loaded(h);
	check_text(image && image->image_base, "without a handler it cannot be unloaded");

	order = (struct order){ .what = ORDER_RETURN, .answer = EFI_DEVICE_ERROR };
	h = load(driver_file, n_driver(), &order);
	is(bs->start_image(h, NULL, NULL), EFI_DEVICE_ERROR);
	check_text(loaded(h) == NULL, "a driver that failed does not stay");
}

static handle_t asked_about[8];
static unsigned n_asked;

static efi_status_t EFIAPI supported(struct driver_binding *this, handle_t controller,
				     struct device_path *remaining)
{
	asked_about[n_asked++ % 8] = controller;
	return EFI_UNSUPPORTED;
}

/* What an image made or changed is offered to the drivers when it has come back. */
static void test_connected(void)
{
	struct driver_binding binding = { .supported = supported, .version = 0x10, .image = self };
	struct order order = { .what = ORDER_RETURN };
	handle_t driver = NULL, h;

	succeeds(bs->install_protocol(&driver, &driver_binding_guid, 0, &binding));
	binding.driver_binding_handle = driver;
	h = load(child_file, n_child(), &order);
	n_asked = 0;
	succeeds(bs->start_image(h, NULL, NULL));
	check_text(n_asked == 0, "an image made nothing: no driver is asked");
	order = (struct order){ .what = ORDER_INSTALL, .file = &load_file_guid };
	h = load(child_file, n_child(), &order);
	succeeds(bs->start_image(h, NULL, NULL));
	print("# asked %u times, about 0x%x; made 0x%x, driver 0x%x, self 0x%x\n",
	      (uint64_t)n_asked, (uint64_t)asked_about[0], (uint64_t)order.made, (uint64_t)driver,
	      (uint64_t)self);
	/* EDK2 asks, too, but about another handle */
	check(order.made != NULL && n_asked >= 1);
	check(!on_bardo() || (n_asked == 1 && asked_about[0] == order.made));
	n_asked = 0;
	order.file = &load_file2_guid;
	h = load(child_file, n_child(), &order);
	succeeds(bs->start_image(h, NULL, NULL));
	if (on_bardo())
		check_text(n_asked == 1 && asked_about[0] == order.made,
			   "so when it changed a handle");
	succeeds(bs->uninstall_multiple(order.made, &load_file_guid, NULL, &load_file2_guid, NULL,
					NULL));
	succeeds(bs->uninstall_protocol(driver, &driver_binding_guid, &binding));
}

/* A device of ours that loads files by itself. */
static struct {
	unsigned n_calls;
	uint8_t boot_policy, rest[8];
	bool lie; /* of the size */
} loads;

static efi_status_t EFIAPI load_child(struct load_file2 *this, struct device_path *path,
				      uint8_t boot_policy, uint64_t *n_bytes, void *buffer)
{
	loads.n_calls++;
	loads.boot_policy = boot_policy;
	memcpy(loads.rest, path, 4);
	if (path->type != 0x7f)
		return EFI_NOT_FOUND;
	if (buffer == NULL || *n_bytes < n_child()) {
		*n_bytes = n_child();
		return EFI_BUFFER_TOO_SMALL;
	}
	memcpy(buffer, child_file, n_child());
	*n_bytes = loads.lie ? UINT64_MAX : n_child();
	return EFI_SUCCESS;
}

/* 7.4.1: LoadFile2 first, but LoadFile alone for the boot policy. */
static void test_load_file(void)
{
	static struct load_file2 by_load_file = { load_child }, by_load_file2 = { load_child };
	struct order order = { .what = ORDER_RETURN, .answer = 0x7a };
	uint8_t path[64], deeper[64], *node;
	struct device_path *dp = (void *)path;
	handle_t device = NULL, h = NULL;

	node = path_node(path, 1, 4, &acpi20_guid, 16);
	path_end(node);
	memcpy(deeper, path, 20);
	path_end(path_file(deeper + 20, u"\\nope"));
	succeeds(bs->install_multiple(&device, &device_path_guid, path, &load_file2_guid,
				      &by_load_file2, NULL));
	succeeds(bs->load_image(false, self, dp, NULL, 0, &h));
	check(loads.n_calls == 2 && loads.boot_policy == 0 && loads.rest[0] == 0x7f);
	check(loaded(h)->device == device);
	loaded(h)->load_options = &order;
	is(bs->start_image(h, NULL, NULL), 0x7a);
	fails(bs->load_image(true, self, dp, NULL, 0, &h));
	check_text(loads.n_calls == 2, "LoadFile2 is not asked to boot");
	succeeds(bs->install_protocol(&device, &load_file_guid, 0, &by_load_file));
	loads.n_calls = 0;
	succeeds(bs->load_image(true, self, dp, NULL, 0, &h));
	check(loads.n_calls == 2 && loads.boot_policy == 1);
	succeeds(bs->unload_image(h));
	fails(bs->load_image(false, self, (void *)deeper, NULL, 0, &h));
	check(loads.rest[0] == 4);
	if (on_bardo()) { /* more bytes than there was room for: those that are there */
		loads.lie = true;
		succeeds(bs->load_image(true, self, dp, NULL, 0, &h));
		succeeds(bs->unload_image(h));
	}
	succeeds(bs->uninstall_multiple(device, &device_path_guid, path, &load_file2_guid,
					&by_load_file2, &load_file_guid, &by_load_file, NULL));
	is(bs->load_image(false, self, dp, NULL, 0, &h), EFI_NOT_FOUND);
}

static unsigned n_own_unload;

static efi_status_t EFIAPI own_unload(handle_t image)
{
	n_own_unload++;
	return EFI_SUCCESS;
}

/* An image that waits for another cannot go: EDK2 lets it, and both crash. */
static void test_unload_parent(void)
{
	struct order order = { .what = ORDER_UNLOAD_PARENT, .answer = 0x79 };
	handle_t h;

	if (!on_bardo())
		return;
	own_image()->unload = own_unload;
	h = load(child_file, n_child(), &order);
	is(bs->start_image(h, NULL, NULL), 0x79);
	check(order.status == EFI_INVALID_PARAMETER && n_own_unload == 0);
	own_image()->unload = NULL;
}

static void test_refusals(void)
{
	static uint8_t garbage[4096];
	struct order order = { 0 };
	uint8_t path[8];
	handle_t h = NULL, h2;
	unsigned i;

	for (i = 0; i < sizeof(garbage); i++)
		garbage[i] = (uint8_t)random64();
	path_end(path);
	is_either(bs->load_image(false, self, NULL, garbage, sizeof(garbage), &h), EFI_UNSUPPORTED,
		  EFI_LOAD_ERROR);
	/* how iPXE asks whether a script is an image */
	is_either(bs->load_image(false, self, (void *)path, garbage, sizeof(garbage), &h),
		  EFI_UNSUPPORTED, EFI_LOAD_ERROR);
	fails(bs->load_image(false, self, NULL, child_file, 0, &h));
	fails(bs->load_image(false, self, NULL, child_file, 64, &h));
	fails(bs->load_image(false, self, NULL, child_file, 0x180, &h));
	is(bs->load_image(false, NULL, NULL, child_file, n_child(), &h), EFI_INVALID_PARAMETER);
	is(bs->load_image(false, self, NULL, child_file, n_child(), NULL), EFI_INVALID_PARAMETER);
	/* 7.4.1 has it EFI_NOT_FOUND, EDK2 takes it for a bad parameter */
	is(bs->load_image(false, self, NULL, NULL, 0, &h),
	   on_bardo() ? EFI_NOT_FOUND : EFI_INVALID_PARAMETER);
	h2 = NULL;
	bs->install_protocol(&h2, &acpi20_guid, 0, NULL);
	is(bs->load_image(false, h2, NULL, child_file, n_child(), &h), EFI_INVALID_PARAMETER);
	is(bs->start_image(h2, NULL, NULL), EFI_INVALID_PARAMETER);
	is(bs->unload_image(h2), EFI_INVALID_PARAMETER);
	bs->uninstall_protocol(h2, &acpi20_guid, NULL);
	is(bs->start_image(NULL, NULL, NULL), EFI_INVALID_PARAMETER);
	is(bs->unload_image(NULL), EFI_INVALID_PARAMETER);
	is(bs->exit(NULL, EFI_SUCCESS, 0, NULL), EFI_INVALID_PARAMETER);
	/* Exit() of what was never started unloads it */
	h = load(child_file, n_child(), &order);
	succeeds(bs->exit(h, EFI_SUCCESS, 0, NULL));
	is(bs->unload_image(h), EFI_INVALID_PARAMETER);
	check(order.n_started == 0);
}

/* The child's file, to be changed and freed, and where its PE header begins. */
static uint8_t *child_copy(uint32_t *ret_pe)
{
	uint8_t *file = NULL;

	bs->allocate_pool(EFI_LOADER_DATA, n_child(), (void **)&file);
	memcpy(file, child_file, n_child());
	memcpy(ret_pe, file + 0x3c, 4);
	return file;
}

/*
 * For another processor, or for no firmware: not supported, which is not broken. EDK2 loads 32-bit
 * x86 on x86-64, and refuses to start it.
 */
static void test_unsupported(void)
{
	uint16_t riscv64 = 0x5064, console = 3;
	uint32_t pe;
	uint8_t *file = child_copy(&pe);
	handle_t h = NULL;

	memcpy(file + pe + 4, &riscv64, 2);
	is(bs->load_image(false, self, NULL, file, n_child(), &h), EFI_UNSUPPORTED);
	memcpy(file + pe + 4, child_file + pe + 4, 2);
	memcpy(file + pe + 24 + 68, &console, 2);
	is(bs->load_image(false, self, NULL, file, n_child(), &h), EFI_UNSUPPORTED);
	bs->free_pool(file);
}

/* systemd's addons are images without code: loaded, read, unloaded. */
static void test_addon(void)
{
	struct loaded_image *image;
	uint32_t pe;
	uint8_t *file = child_copy(&pe);
	handle_t h = NULL;

	memset(file + pe + 24 + 16, 0, 4); /* AddressOfEntryPoint */
	succeeds(bs->load_image(false, self, NULL, file, n_child(), &h));
	bs->free_pool(file);
	image = loaded(h);
	check(image && memcmp((uint8_t *)image->image_base + pe, "PE\0", 4) == 0);
	succeeds(bs->unload_image(h));
}

efi_status_t payload(void)
{
	test_fields();
	test_answers();
	test_driver();
	test_unload_parent();
	test_connected();
	test_load_file();
	test_refusals();
	test_unsupported();
	test_addon();
	return tap_done();
}
