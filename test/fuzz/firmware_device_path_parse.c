// SPDX-License-Identifier: MIT
/* Whatever is typed for a device path: it is one or none, and what it says comes back the same. */
#include "base/util.h"
#include "firmware/device_path/kinds.h"
#include "fuzz/fuzz.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_UNITS = 4096, TEXT = 1 << 20 };

/* Nodes one behind the other, the end behind the last and nowhere else. */
static void look(const uint8_t *path, size_t n)
{
	size_t at = 0, length;

	for (;; at += length) {
		fuzz_assert(n - at >= PATH_NODE_HEAD);
		length = (size_t)(path[at + 2] | path[at + 3] << 8);
		fuzz_assert(length >= PATH_NODE_HEAD && length <= n - at);
		if (path[at] == PATH_END && path[at + 1] == 0xff)
			break;
		fuzz_assert(path[at] != PATH_END || (path[at + 1] == 1 && length == 4));
	}
	fuzz_assert(at + 4 == n);
}

static char *text_of(const uint8_t *path, size_t n)
{
	char *text = malloc(TEXT);

	fuzz_assert(text && path_print((struct bytes){ path, n }, text, TEXT));
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	static uint16_t units[MAX_UNITS], again[TEXT];
	const size_t n = n_bytes / 2 < MAX_UNITS ? n_bytes / 2 : MAX_UNITS;
	char *first, *second;
	uint8_t *path, *other;
	uint64_t n_again;
	size_t n_path, n_other;

	memcpy(units, data, 2 * n);
	for (size_t i = 0; i < n; i++)
		if (!units[i]) /* no text goes on behind it */
			return 0;
	heap_bytes_free(NULL, path_parse(NULL, units, n, true, &n_path));
	path = path_parse(NULL, units, n, false, &n_path);
	if (!path)
		return 0;
	look(path, n_path);
	first = text_of(path, n_path);
	fuzz_assert(text_from_utf8(first, again, TEXT, &n_again));
	other = path_parse(NULL, again, n_again, false, &n_other);
	fuzz_assert(other);
	look(other, n_other);
	second = text_of(other, n_other);
	fuzz_assert(!strcmp(first, second));
	free(first);
	free(second);
	heap_bytes_free(NULL, path);
	heap_bytes_free(NULL, other);
	return 0;
}

size_t fuzz_seed(unsigned i, uint8_t *data, size_t cap)
{
	static const char *const seed[] = {
		"PciRoot(0x0)/Pci(1,2)/Sata(0,0xffff,0)/"
		"HD(1,GPT,12345678-9abc-def0-0102-030405060708,"
		"0x800,0x1000)/\\EFI\\x.efi",
		"USB(1,2),HD(1,MBR,0x1),HD(3,0,0)",
		"MAC(525400123456,1)/Uri(http://a/b(c))",
		"VenHw(12345678-9abc-def0-0102-030405060708,aabb)/Ctrl(1)",
		"NVMe(1,11-22-33-44-55-66-77-88)",
		"RamDisk(0,1,2,12345678-9abc-def0-0102-030405060708)",
		"Acpi(PNP0A03,0)/Ata(Primary,Slave,1)/Path(9,1,cc)/Msg(77,00)",
	};
	size_t n;

	if (i >= ARRAY_SIZE(seed))
		return 0;
	n = strlen(seed[i]);
	for (size_t k = 0; k < n && 2 * k + 1 < cap; k++) {
		data[2 * k] = (uint8_t)seed[i][k];
		data[2 * k + 1] = 0;
	}
	return 2 * n;
}
