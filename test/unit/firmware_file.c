// SPDX-License-Identifier: MIT
/* A folder whose listing takes its time: the image's limits hold meanwhile. */
#include "firmware/core/guid.h"
#include "firmware/core/handle.h"
#include "tap.h"
#include "unit/fake_machine.h"

enum {
	ROOT = 0, /* in the image's data */
	N_BYTES = 8,
	BUFFER = 16,
	OPEN_VOLUME = 8, /* in EFI_SIMPLE_FILE_SYSTEM_PROTOCOL */
	READ = 32,	 /* in EFI_FILE_PROTOCOL */
};

static unsigned n_asked, n_pieces, step_number;

static int open_root(void *context, const char *path, unsigned flags, void **ret_file)
{
	*ret_file = &n_asked;
	return 0;
}

static void close_root(void *file)
{
}

static int describe_root(void *file, struct firmware_node *ret_node)
{
	*ret_node = (struct firmware_node){ .folder = true };
	return 0;
}

/* Empty, which it takes so many pieces to find out. */
static int entry_of_root(void *file, uint64_t i, struct firmware_node *ret_node)
{
	return ++n_asked < n_pieces ? -EAGAIN : -ENOENT;
}

static struct firmware_file_system slow = {
	.label = "slow",
	.open = open_root,
	.close = close_root,
	.describe = describe_root,
	.entry = entry_of_root,
};

static uint64_t file_system(void)
{
	for (struct handle *h = fake.firmware->handles.first; h; h = h->next) {
		struct protocol *p = handle_protocol(h, &guid_simple_file_system);

		if (p && p->object == &slow)
			return p->interface;
	}
	return 0;
}

/* OpenVolume, Read, and its status is the image's. */
static void read_root(struct fake_step *s)
{
	const uint64_t fs = file_system(), root = fake_u64(fake_data(ROOT));

	switch (step_number++) {
	case 0:
		*s = (struct fake_step){ .gate = fake_u64(fs + OPEN_VOLUME),
					 .arg = { fs, fake_data(ROOT) } };
		break;
	case 1:
		fake_put_u64(fake_data(N_BYTES), 512);
		*s = (struct fake_step){ .gate = fake_u64(root + READ),
					 .arg = { root, fake_data(N_BYTES), fake_data(BUFFER) } };
		break;
	default:
		*s = (struct fake_step){ .kind = FAKE_LEAVE, .status = fake.result };
	}
}

static enum firmware_end read_in_pieces(unsigned n, uint64_t *ret_status, struct why *why)
{
	struct firmware_config config = fake_config();
	enum firmware_end end = FIRMWARE_BOOT;

	config.files = &slow;
	n_pieces = n;
	n_asked = step_number = 0;
	require(fake_open(config, read_root, why) == 0);
	check(firmware_run(fake.firmware, &end, ret_status, why) == 0);
	return end;
}

int main(void)
{
	uint64_t status = 1;
	struct why why = { "" };

	check(read_in_pieces(1000, &status, &why) == FIRMWARE_EXITED && status == EFI_SUCCESS);
	check(n_asked == 1000 && fake_u64(fake_data(N_BYTES)) == 0);
	fake_close();
	/* a look at the clock takes a microsecond, the limit is 5 s */
	check(read_in_pieces(UINT32_MAX, &status, &why) == FIRMWARE_VIOLATION);
	check_msg(strstr(why.text, "ran for 5 s"), "%s", why.text);
	check(n_asked > 1000);
	fake_close();
	return tap_done();
}
