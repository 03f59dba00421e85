// SPDX-License-Identifier: MIT
/*
 * In the place of firmware's boot manager: starts images as a list says, each with its load
 * options and initrd. The list is \rows, UTF-16: of each row the paths of image and initrd, and
 * the options, each with a NUL behind it; what is empty is not given. Where such an image would end
 * boot services we leave it as it stands, and the next one has its turn; so where it gives up: not
 * all stubs live through that, 257 then uses memory that it has freed. With "!" in front of its
 * path it may go. Text goes to the serial port as UTF-8, without the lines of a terminal.
 */
#include "lib.h"

enum { MAX_NAME = 512, EFI_RESET_SHUTDOWN = 2 };

static struct serial_io *serial;
static efi_status_t(EFIAPI *exit_boot_services)(handle_t image, uint64_t key);
static efi_status_t(EFIAPI *stall)(uint64_t microseconds);
static void *left[5];
static bool gave_up;

struct initrd {
	struct load_file2 load_file2;
	uint8_t *data, path[32];
	uint64_t n;
	handle_t handle;
};

/* The other half of both is in start(). */
static efi_status_t EFIAPI leave(handle_t image, uint64_t key)
{
	gave_up = false;
	__builtin_longjmp(left, 1);
}

/* A stub that gives up lets people read why. Drivers wait for less. */
static efi_status_t EFIAPI leave_or_stall(uint64_t microseconds)
{
	if (microseconds < 1000000)
		return stall(microseconds);
	gave_up = true;
	__builtin_longjmp(left, 1);
}

static void put(uint8_t byte)
{
	uint64_t n = 1;

	serial->write(serial, &n, &byte);
}

static efi_status_t EFIAPI write_text(struct text_output *this, const char16 *text)
{
	for (; *text; text++) {
		if (*text < 0x80) {
			put((uint8_t)*text);
			continue;
		}
		if (*text < 0x800) {
			put((uint8_t)(0xc0 | *text >> 6));
		} else {
			put((uint8_t)(0xe0 | *text >> 12));
			put((uint8_t)(0x80 | (*text >> 6 & 0x3f)));
		}
		put((uint8_t)(0x80 | (*text & 0x3f)));
	}
	return EFI_SUCCESS;
}

/* The whole file in memory of its own, with zeros behind it. */
static efi_status_t read_whole(const char16 *path, uint8_t **ret_data, uint64_t *ret_n)
{
	static uint8_t info[MAX_NAME];
	struct file_system *fs = NULL;
	struct file *root, *file;
	uint64_t n = sizeof(info);
	efi_status_t status =
		bs->handle_protocol(own_image()->device, &simple_file_system_guid, &fs);

	if (status == EFI_SUCCESS)
		status = fs->open_volume(fs, &root);
	if (status == EFI_SUCCESS)
		status = root->open(root, &file, path, FILE_READ, 0);
	if (status == EFI_SUCCESS)
		status = file->get_info(file, &file_info_guid, &n, info);
	if (status != EFI_SUCCESS)
		return status;
	n = ((struct file_info *)info)->file_size;
	status = bs->allocate_pool(EFI_LOADER_DATA, n + 8, (void **)ret_data);
	if (status != EFI_SUCCESS)
		return status;
	memset(*ret_data, 0, n + 8);
	*ret_n = n;
	return file->read(file, ret_n, *ret_data);
}

static efi_status_t EFIAPI load_initrd(struct load_file2 *this, struct device_path *path,
				       uint8_t boot_policy, uint64_t *n_bytes, void *buffer)
{
	struct initrd *initrd = (void *)this;
	const uint64_t room = *n_bytes;

	*n_bytes = initrd->n;
	if (!buffer || room < initrd->n)
		return EFI_BUFFER_TOO_SMALL;
	memcpy(buffer, initrd->data, initrd->n);
	return EFI_SUCCESS;
}

static efi_status_t offer(struct initrd *initrd, const char16 *path)
{
	efi_status_t status = read_whole(path, &initrd->data, &initrd->n);

	initrd->load_file2.load_file = load_initrd;
	path_end(path_node(initrd->path, 4, 3, &initrd_media_guid, 16));
	if (status == EFI_SUCCESS)
		status = bs->install_protocol(&initrd->handle, &device_path_guid, 0, initrd->path);
	if (status == EFI_SUCCESS)
		status = bs->install_protocol(&initrd->handle, &load_file2_guid, 0,
					      &initrd->load_file2);
	return status;
}

/* Ours and the one of the image that was left, so that the next one finds none. */
static void withdraw(void)
{
	uint8_t path[32];
	struct device_path *dp = (void *)path;
	void *interface = NULL;
	handle_t h = NULL;

	path_end(path_node(path, 4, 3, &initrd_media_guid, 16));
	while (bs->locate_device_path(&load_file2_guid, &dp, &h) == EFI_SUCCESS) {
		bs->handle_protocol(h, &load_file2_guid, &interface);
		if (bs->uninstall_protocol(h, &load_file2_guid, interface) != EFI_SUCCESS)
			return;
		bs->handle_protocol(h, &device_path_guid, &interface);
		bs->uninstall_protocol(h, &device_path_guid, interface);
		dp = (void *)path;
	}
}

/* What the image before this one has set: each is to be the first. */
static void forget(void)
{
	static char16 name[MAX_NAME];
	struct efi_guid vendor = { 0 };
	uint64_t n = sizeof(name);

	name[0] = 0;
	while (rt->get_next_variable_name(&n, name, &vendor) == EFI_SUCCESS) {
		if (guid_same(&vendor, &systemd_guid) &&
		    rt->set_variable(name, &vendor, 0, 0, NULL) == EFI_SUCCESS)
			name[0] = 0;
		n = sizeof(name);
	}
}

/* A frame of its own: what the caller has in registers is as it was, however this one returns. */
static __attribute__((noinline)) efi_status_t start(const char16 *path, char16 *options)
{
	struct loaded_image *image = NULL;
	handle_t h = NULL;
	efi_status_t status = load_beside(path, &h);

	if (status != EFI_SUCCESS)
		return status;
	bs->handle_protocol(h, &loaded_image_guid, &image);
	if (*options) {
		image->load_options = options;
		image->load_options_bytes = (uint32_t)(2 * (strlen16(options) + 1));
	}
	if (__builtin_setjmp(left))
		return gave_up ? EFI_ABORTED : EFI_SUCCESS;
	return bs->start_image(h, NULL, NULL);
}

static efi_status_t run_row(const char16 *path, const char16 *initrd_path, char16 *options)
{
	static struct initrd initrd;
	efi_status_t status = EFI_SUCCESS;

	initrd.handle = NULL;
	withdraw();
	forget();
	bs->exit_boot_services = *path == '!' ? exit_boot_services : leave;
	bs->stall = *path == '!' ? stall : leave_or_stall;
	if (*initrd_path)
		status = offer(&initrd, initrd_path);
	if (status == EFI_SUCCESS)
		status = start(*path == '!' ? path + 1 : path, options);
	return status;
}

efi_status_t payload(void)
{
	uint8_t *rows = NULL;
	uint64_t n = 0, i;
	char16 *text[4];

	require(bs->locate_protocol(&serial_io_guid, NULL, &serial));
	require(read_whole(u"\\rows", &rows, &n));
	st->con_out->output_string = write_text;
	exit_boot_services = bs->exit_boot_services;
	stall = bs->stall;
	text[3] = (char16 *)rows;
	for (n = 0; *text[3]; n++) {
		for (i = 0, text[0] = text[3]; i < 3; i++)
			text[i + 1] = text[i] + strlen16(text[i]) + 1;
		print("\nROW %u\n", n);
		print("\nEND %u %r\n", n, run_row(text[0], text[1], text[2]));
	}
	rt->reset_system(EFI_RESET_SHUTDOWN, EFI_SUCCESS, 0, NULL);
	return EFI_SUCCESS;
}
