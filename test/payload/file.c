// SPDX-License-Identifier: MIT
/*
 * 13.4 and 13.5 Simple File System and File, on a tree the runner made:
 * \hello.txt "hello, file\n", \Folder\Inner\deep.bin of 70,001 bytes i * 7, and
 * \empty. Load option "rw": it may be written; "overlay": sidecars are shown.
 */
#include "lib.h"

static struct file *root;

static struct file *open(struct file *from, const char16 *name, uint64_t mode)
{
	struct file *f = NULL;

	return from->open(from, &f, name, mode, 0) == EFI_SUCCESS ? f : NULL;
}

static void test_open(void)
{
	struct file *f = NULL, *folder;

	check(root->revision == 0x10000);
	succeeds(root->open(root, &f, u"\\hello.txt", FILE_READ, 0));
	succeeds(f->close(f));
	is(f->close(f), EFI_INVALID_PARAMETER);
	is(root->open(root, &f, u"hello.tx", FILE_READ, 0), EFI_NOT_FOUND);
	is(root->open(root, &f, u"hello.txt", 0, 0), EFI_INVALID_PARAMETER);
	is(root->open(root, &f, u"hello.txt", FILE_WRITE, 0), EFI_INVALID_PARAMETER);
	is(root->open(root, NULL, u"hello.txt", FILE_READ, 0), EFI_INVALID_PARAMETER);
	is(root->open(root, &f, NULL, FILE_READ, 0), EFI_INVALID_PARAMETER);
	/* upper and lower case are the same, on every folder of the way */
	folder = open(root, u"FOLDER\\inner", FILE_READ);
	check(folder != NULL);
	if (folder == NULL)
		return;
	f = open(folder, u"DEEP.BIN", FILE_READ);
	check(f != NULL && f->close(f) == EFI_SUCCESS);
	f = open(folder, u"..\\..\\hello.txt", FILE_READ);
	check(f != NULL && f->close(f) == EFI_SUCCESS);
	f = open(folder, u"\\hello.txt", FILE_READ);
	check(f != NULL);
	fails(folder->open(folder, &root, u"..\\..\\..\\etc\\passwd", FILE_READ, 0));
	check_text(open(f, u"x", FILE_READ) == NULL, "nothing lies below a file");
	succeeds(f->close(f));
	check_text(open(root, u"link-out", FILE_READ) == NULL,
		   "a link out of the tree leads nowhere");
	check_text(open(root, u"a/b", FILE_READ) == NULL, "a slash is no separator");
	succeeds(folder->close(folder));
}

static void test_read(void)
{
	static uint8_t buffer[80000];
	struct file *f = open(root, u"Folder\\Inner\\deep.bin", FILE_READ);
	uint64_t n = 10, position = 7, i, n_wrong = 0;

	check(f != NULL);
	if (f == NULL)
		return;
	succeeds(f->read(f, &n, buffer));
	check(n == 10 && buffer[0] == 0 && buffer[9] == 63);
	check(f->get_position(f, &position) == EFI_SUCCESS && position == 10);
	succeeds(f->set_position(f, 0));
	n = sizeof(buffer);
	buffer[70001] = 0x77;
	succeeds(f->read(f, &n, buffer));
	for (i = 0; i < 70001; i++)
		n_wrong += buffer[i] != (uint8_t)(i * 7);
	check(n == 70001 && n_wrong == 0 && buffer[70001] == 0x77);
	n = 5;
	succeeds(f->read(f, &n, buffer));
	check_text(n == 0, "nothing is left at the end");
	succeeds(f->set_position(f, UINT64_MAX));
	check(f->get_position(f, &position) == EFI_SUCCESS && position == 70001);
	succeeds(f->set_position(f, 70002));
	n = 1;
	is(f->read(f, &n, buffer), EFI_DEVICE_ERROR);
	n = 1;
	fails(f->write(f, &n, buffer));
	succeeds(f->close(f));
	f = open(root, u"empty", FILE_READ);
	n = 1;
	check(f && f->read(f, &n, buffer) == EFI_SUCCESS && n == 0);
	if (f)
		f->close(f);
}

static void test_info(void)
{
	union {
		struct file_info file;
		struct file_system_info system;
		uint8_t bytes[600];
	} info;
	struct file *f = open(root, u"folder\\inner\\DEEP.bin", FILE_READ);
	uint64_t n = 0;

	check(f != NULL);
	if (f == NULL)
		return;
	is(f->get_info(f, &file_info_guid, &n, NULL), EFI_BUFFER_TOO_SMALL);
	check(n == 80 + 2 * 9);
	n--;
	is(f->get_info(f, &file_info_guid, &n, &info), EFI_BUFFER_TOO_SMALL);
	succeeds(f->get_info(f, &file_info_guid, &n, &info));
	check(info.file.size == 98 && info.file.file_size == 70001 &&
	      !(info.file.attribute & 0x10));
	check_text(strcmp16(info.file.name, u"deep.bin") == 0, "as it is spelled on the disk");
	check(info.file.modified.year >= 2020 && info.file.modified.month >= 1);
	n = sizeof(info);
	is(f->get_info(f, &global_variable_guid, &n, &info), EFI_UNSUPPORTED);
	succeeds(f->get_info(f, &file_system_info_guid, &n, &info));
	check(info.system.size == n && info.system.volume_size >= info.system.free_space);
	check(info.system.read_only == !option_is("rw"));
	n = sizeof(info);
	succeeds(f->get_info(f, &file_system_label_guid, &n, &info));
	f->close(f);
	n = sizeof(info);
	succeeds(root->get_info(root, &file_info_guid, &n, &info));
	check(info.file.attribute & 0x10 && info.file.name[0] == 0);
}

/* How often a folder shows a name. */
static unsigned listed(struct file *folder, const char16 *name)
{
	union {
		struct file_info file;
		uint8_t bytes[600];
	} info;
	unsigned n_found = 0, n_all = 0;
	uint64_t n;

	for (; n_all < 100; n_all++) {
		n = sizeof(info);
		if (folder->read(folder, &n, &info) != EFI_SUCCESS || n == 0)
			break;
		n_found += strcmp16(info.file.name, name) == 0;
	}
	return n_found;
}

static void test_folder(void)
{
	struct file *f = open(root, u"Folder", FILE_READ);
	uint64_t n = 0;
	uint8_t byte;

	check(listed(root, u"hello.txt") == 1 && listed(root, u"hello.txt") == 0);
	succeeds(root->set_position(root, 0));
	check(listed(root, u"Folder") == 1);
	is(root->set_position(root, 1), EFI_UNSUPPORTED);
	is(root->get_position(root, &n), EFI_UNSUPPORTED);
	succeeds(root->set_position(root, 0));
	check_text(listed(root, u".") == 0, "the root has no name for itself");
	check(f && listed(f, u"..") == 1);
	if (f == NULL)
		return;
	f->set_position(f, 0);
	is(f->read(f, &n, &byte), EFI_BUFFER_TOO_SMALL);
	check(n == 80 + 2 * 2);
	f->set_position(f, 0);
	check(listed(f, u"Inner") == 1);
	f->close(f);
	root->set_position(root, 0);
}

static void test_read_only(void)
{
	struct file *f = NULL;

	is(root->open(root, &f, u"hello.txt", FILE_READ | FILE_WRITE, 0), EFI_WRITE_PROTECTED);
	is(root->open(root, &f, u"new", FILE_READ | FILE_WRITE | FILE_CREATE, 0),
	   EFI_WRITE_PROTECTED);
	f = open(root, u"hello.txt", FILE_READ);
	is(f->flush(f), EFI_WRITE_PROTECTED);
	is(f->delete (f), EFI_WARNING(2));
	is(f->close(f), EFI_INVALID_PARAMETER);
	check_text(open(root, u"hello.txt", FILE_READ) != NULL, "it is still there");
}

enum { FILE_READ_ONLY = 1 };

union file_bytes {
	struct file_info file;
	uint8_t bytes[600];
};

static bool get_file(struct file *f, union file_bytes *info)
{
	uint64_t n = sizeof(*info);

	return succeeds(f->get_info(f, &file_info_guid, &n, info));
}

/* Times that somebody chose stay with a file, and so does that nobody may write to it. */
static void test_change(struct file *folder)
{
	const struct efi_time when = {
		.year = 2001, .month = 2, .day = 3, .hour = 4, .minute = 5, .second = 6
	};
	struct file *f = NULL, *other = NULL;
	union file_bytes info;

	succeeds(folder->open(folder, &f, u"old", FILE_READ | FILE_WRITE | FILE_CREATE, 0));
	if (!f || !get_file(f, &info))
		return;
	info.file.modified = when;
	info.file.attribute |= FILE_READ_ONLY;
	succeeds(f->set_info(f, &file_info_guid, sizeof(info), &info));
	if (get_file(f, &info)) {
		check(info.file.modified.year == when.year && info.file.modified.day == when.day &&
		      info.file.modified.second == when.second);
		check(info.file.attribute & FILE_READ_ONLY);
	}
	f->close(f);
	is(folder->open(folder, &other, u"old", FILE_READ | FILE_WRITE, 0), EFI_ACCESS_DENIED);
	f = open(folder, u"old", FILE_READ);
	if (!f || !get_file(f, &info))
		return;
	info.file.attribute &= ~FILE_READ_ONLY;
	succeeds(f->set_info(f, &file_info_guid, sizeof(info), &info));
	f->close(f);
	f = open(folder, u"old", FILE_READ | FILE_WRITE);
	check(f != NULL);
	if (f)
		succeeds(f->delete (f));
}

static void test_write(void)
{
	const uint64_t mode = FILE_READ | FILE_WRITE | FILE_CREATE;
	struct file *f = NULL, *folder = NULL;
	union file_bytes info;
	uint8_t back[8];
	uint64_t n = 5;

	succeeds(root->open(root, &folder, u"made", mode, 0x10));
	succeeds(folder->open(folder, &f, u"one.txt", mode, 0));
	succeeds(f->write(f, &n, "12345"));
	succeeds(f->flush(f));
	f->set_position(f, 1);
	n = 8;
	succeeds(f->read(f, &n, back));
	check(n == 4 && back[0] == '2' && back[3] == '5');
	/* a smaller size and another name, in one go */
	if (!get_file(f, &info))
		return;
	info.file.file_size = 3;
	memcpy(info.file.name, u"two.txt", sizeof(u"two.txt"));
	is(f->set_info(f, &file_info_guid, 40, &info), EFI_BAD_BUFFER_SIZE);
	succeeds(f->set_info(f, &file_info_guid, sizeof(info), &info));
	f->close(f);
	check(open(folder, u"one.txt", FILE_READ) == NULL);
	f = open(folder, u"TWO.TXT", FILE_READ);
	n = 8;
	check(f && f->read(f, &n, back) == EFI_SUCCESS && n == 3);
	n = 1;
	is(f->write(f, &n, back), EFI_ACCESS_DENIED);
	f->close(f);
	f = open(root, u"made", FILE_READ | FILE_WRITE);
	is(f->delete (f), EFI_WARNING(2));
	f = open(folder, u"two.txt", FILE_READ | FILE_WRITE);
	succeeds(f->delete (f));
	test_change(folder);
	succeeds(folder->delete (folder));
	check(open(root, u"made", FILE_READ) == NULL);
}

/* What --addon and --credential show beside the image, and nowhere else. */
static void test_overlay(void)
{
	struct file *f = open(root, u"file.efi.extra.d", FILE_READ);
	uint8_t back[16];
	uint64_t n = 16;

	check(f != NULL);
	if (f == NULL)
		return;
	check(listed(f, u"hello.txt.addon.efi") == 1);
	f->set_position(f, 0);
	check(listed(f, u"key.cred") == 1);
	f->close(f);
	f = open(root, u"\\file.EFI.extra.d\\KEY.cred", FILE_READ);
	check(f && f->read(f, &n, back) == EFI_SUCCESS && n == 12 && back[0] == 'h');
}

/* 7.4.1 LoadImage with a path alone: the child's device and file are told apart. */
static void test_load(void)
{
	struct loaded_image *child = NULL, *own = own_image();
	struct device_path *device = NULL;
	uint8_t path[256], *end;
	uint64_t n = 0;
	handle_t h = NULL;

	if (!succeeds(bs->handle_protocol(own->device, &device_path_guid, &device)))
		return;
	for (const uint8_t *p = (void *)device; p[0] != 0x7f; p += p[2] | p[3] << 8)
		n += p[2] | (uint64_t)p[3] << 8;
	memcpy(path, device, n);
	end = path_end(path_file(path + n, u"\\Folder\\child.efi"));
	succeeds(bs->load_image(false, self, (void *)path, NULL, 0, &h));
	succeeds(bs->handle_protocol(h, &loaded_image_guid, &child));
	check(child && child->device == own->device);
	check(child && memcmp(child->file_path, path + n, (size_t)(end - path) - n) == 0);
	succeeds(bs->unload_image(h));
	path_end(path_file(path + n, u"\\Folder\\nobody.efi"));
	is(bs->load_image(false, self, (void *)path, NULL, 0, &h), EFI_NOT_FOUND);
	path_end(path_file(path + n, u"\\hello.txt"));
	fails(bs->load_image(false, self, (void *)path, NULL, 0, &h));
	path_end(path_file(path + n, u"\\Folder"));
	fails(bs->load_image(false, self, (void *)path, NULL, 0, &h));
}

efi_status_t payload(void)
{
	struct file_system *fs = NULL;

	require(bs->handle_protocol(own_image()->device, &simple_file_system_guid, &fs));
	is(fs->open_volume(fs, NULL), EFI_INVALID_PARAMETER);
	require(fs->open_volume(fs, &root));
	test_open();
	test_read();
	test_info();
	test_folder();
	if (option_is("rw"))
		test_write();
	else
		test_read_only();
	if (option_is("overlay"))
		test_overlay();
	test_load();
	succeeds(root->close(root));
	return tap_done();
}
