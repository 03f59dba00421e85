// SPDX-License-Identifier: MIT
/* The input is a device path in guest memory; behind it nothing may be touched. */
#include "firmware/core/access.h"
#include "firmware/core/memory.h"
#include "firmware/device_path/protocols/protocols.h"
#include "fuzz/fuzz.h"
#include "unit/fake_machine.h"

#include <sys/mman.h>

enum { ROOM_PAGES = 17, MAX_INPUT = ROOM_PAGES * PAGE_BYTES, TEXT = 1 << 16 };

static uint64_t room; /* the pages behind it belong to nobody and fault */

static void open_once(void)
{
	struct why why;

	if (fake.firmware)
		return;
	fuzz_assert(fake_open(fake_config(), NULL, &why) == 0);
	fuzz_assert(memory_allocate(fake.firmware, EFI_ALLOCATE_ANY_PAGES, EFI_LOADER_DATA,
				    ROOM_PAGES + 1, &room) == EFI_SUCCESS);
	fuzz_assert(memory_free(fake.firmware, room + MAX_INPUT, 1) == EFI_SUCCESS);
	fuzz_assert(mprotect(fake_at(room + MAX_INPUT), PAGE_BYTES, PROT_NONE) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	static char text[TEXT], small[TEXT];
	uint64_t at, path_bytes;
	bool fits;

	open_once();
	if (n_bytes > MAX_INPUT)
		return 0;
	at = room + MAX_INPUT - n_bytes;
	memcpy(fake_at(at), data, n_bytes);
	path_bytes = device_path_bytes(fake.firmware, at);
	fuzz_assert(path_bytes <= n_bytes);
	fits = device_path_text(fake.firmware, at, text, sizeof(text));
	fuzz_assert(!fits || path_bytes);
	fuzz_assert(!fits || strlen(text) < sizeof(text));
	if (!fits)
		return 0;
	/* the same text in all the room it needs, none in a byte less */
	fuzz_assert(device_path_text(fake.firmware, at, small, strlen(text) + 1));
	fuzz_assert(!strcmp(text, small));
	fuzz_assert(!text[0] || !device_path_text(fake.firmware, at, small, strlen(text)));
	return 0;
}

size_t fuzz_seed(unsigned i, uint8_t *data, size_t cap)
{
#define END "\x7f\xff\x04"
	static const struct {
		const char *bytes;
		size_t n;
	} seed[] = {
#define SEED(bytes) { bytes END, sizeof(bytes) + 3 }
		SEED("\x02\x01\x0c\x00\xd0\x41\x03\x0a\x00\x00\x00\x00\x01\x01\x06\x00\x02\x1f"),
		SEED("\x03\x17\x10\x00\x01\x00\x00\x00\x01\x02\x03\x04\x05\x06\x07\x08"),
		SEED("\x03\x18\x08\x00http\x7f\x01\x04\x00\x03\x05\x06\x00\x03\x04"),
		SEED("\x04\x04\x0c\x00"
		     "a\0\xe4\0\x3d\xd8\x00\xde"),
		SEED("\x01\x04\x16\x00\x78\x56\x34\x12\x34\x12\x78\x56\1\2\3\4\5\6\7\x08\xab\xcd"),
		SEED("\x04\x01\x2a\x00\x01\0\0\0\x00\x08\0\0\0\0\0\0\x00\x10\0\0\0\0\0\0"
		     "0123456789abcdef\x02\x02"),
		SEED("\x03\x0b\x25\x00"
		     "0123456789abcdef0123456789abcdef\x01\x03\x12\x0a\x00\x01\x00\xff\xff\x02"
		     "\x00"),
	};

	if (i >= ARRAY_SIZE(seed) || cap < seed[i].n)
		return 0;
	memcpy(data, seed[i].bytes, seed[i].n);
	return seed[i].n;
}
