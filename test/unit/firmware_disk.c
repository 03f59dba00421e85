// SPDX-License-Identifier: MIT
/* Which handles there are of disks, and which one the image comes from. */
#include "tap.h"
#include "unit/fake_machine.h"

enum { BLOCK = 512, LOADED_IMAGE_DEVICE = 24 };

static int read_zeros(void *context, uint64_t offset, void *buf, size_t n)
{
	memset(buf, 0, n);
	return 0;
}

static struct firmware_file_system own = { .label = "own" }, other = { .label = "other" };
static struct firmware_partition partition[2][3];
static struct firmware_disk disk[2];

/* Two disks: partitions 1 and 3 of either, of which 3 is an ESP; a GPT and an MBR. */
static struct firmware_config make(void)
{
	struct firmware_config config = fake_config();

	for (unsigned i = 0; i < 2; i++) {
		partition[i][0] = (struct firmware_partition){ 1, 10, 20, { 1, 1 } };
		partition[i][1] =
			(struct firmware_partition){ 3, 30, 40, { 3, 3 }, .is_esp = true };
		disk[i] = (struct firmware_disk){
			.name = "disk",
			.n_bytes = 100 * BLOCK + 1,
			.block_bytes = BLOCK,
			.scheme = i ? FIRMWARE_SCHEME_MBR : FIRMWARE_SCHEME_GPT,
			.partition = partition[i],
			.n_partitions = 2,
			.read = read_zeros,
		};
	}
	config.disks = disk;
	config.n_disks = 2;
	config.files = &own;
	return config;
}

static bool open_with(struct firmware_config config)
{
	struct why why;

	return fake_open(config, NULL, &why) == 0;
}

static unsigned count(const struct efi_guid *guid)
{
	unsigned n = 0;

	for (struct handle *h = fake.firmware->handles.first; h; h = h->next)
		n += handle_protocol(h, guid) != NULL;
	return n;
}

static const struct firmware_file_system *files_of(struct handle *h)
{
	struct protocol *p = h ? handle_protocol(h, &guid_simple_file_system) : NULL;

	return p ? p->object : NULL;
}

static struct handle *handle_of(const struct firmware_file_system *files)
{
	for (struct handle *h = fake.firmware->handles.first; h; h = h->next)
		if (files_of(h) == files)
			return h;
	return NULL;
}

/* The handle that LoadedImage says the image comes from. */
static struct handle *device(void)
{
	return handle_find(fake.firmware, fake_u64(fake.firmware->images.first->loaded_image +
						   LOADED_IMAGE_DEVICE));
}

/* Disk, and number of the partition or 0, that the path on a handle leads to; -1: no disk's. */
static int place(struct handle *h)
{
	const struct protocol *p = h ? handle_protocol(h, &guid_device_path) : NULL;
	const uint8_t *path = p ? fake_at(p->interface) : NULL;

	if (!path || path[2] != 24)
		return -1;
	path += 24;
	return path[-4] * 10 + (path[0] == 4 ? path[4] : 0);
}

static void test_handles(void)
{
	struct firmware_config config = make();
	const uint8_t *node;

	partition[1][0].files = &other;
	require(open_with(config));
	check_msg(count(&guid_block_io) == 6 && count(&guid_disk_io) == 6,
		  "two disks and four partitions");
	check(count(&guid_simple_file_system) == 2 && place(handle_of(&other)) == 11);
	check_msg(place(handle_of(&own)) == -1 && device() == handle_of(&own),
		  "what lies on no disk has a handle of its own");
	node = (const uint8_t *)fake_at(
		       handle_protocol(handle_of(&other), &guid_device_path)->interface) +
	       24;
	check_msg(node[8] == 10 && node[16] == 20 && node[24] == 1 && node[25] == 1 &&
			  node[40] == 1 && node[41] == 1,
		  "start, blocks, signature, scheme");
	fake_close();
}

static void test_device(void)
{
	struct firmware_config config = make();

	partition[1][0].files = &own;
	partition[1][1].files = &other;
	config.image_is_on_disk = true;
	require(open_with(config));
	check_msg(count(&guid_simple_file_system) == 2 && place(handle_of(&own)) == 11,
		  "the files that lie on a partition are on its handle alone");
	check_msg(device() == handle_of(&own) && handle_protocol(device(), &guid_block_io) != NULL,
		  "and the image comes from there, whatever ESPs there are");
	fake_close();

	config = make();
	disk[1].n_partitions = 0;
	disk[1].scheme = FIRMWARE_SCHEME_NONE;
	disk[1].files = &own;
	require(open_with(config));
	check_msg(place(device()) == 10 && count(&guid_simple_file_system) == 1,
		  "the same on a disk without a table");
	fake_close();
}

static void test_boot_disk(void)
{
	struct firmware_config config = make();

	config.image_is_on_disk = true;
	partition[0][1].files = &other;
	require(open_with(config));
	check_msg(place(device()) == 3, "the first ESP of all");
	check(device() == handle_of(&other) && place(handle_of(&own)) == -1);
	fake_close();

	config = make();
	config.image_is_on_disk = true;
	config.files = NULL;
	partition[0][1].is_esp = partition[1][1].is_esp = false;
	disk[0].files = &other;
	require(open_with(config));
	check_msg(place(device()) == 0, "without one, the first disk");
	fake_close();
}

int main(void)
{
	test_handles();
	test_device();
	test_boot_disk();
	return tap_done();
}
