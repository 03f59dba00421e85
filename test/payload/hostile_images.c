// SPDX-License-Identifier: MIT
/* Attacks by images: this one again and again, cut short, with one byte changed. */
#include "hostile.h"

/* Images */

/*
 * The image as it lies in memory, made a file again: each section's bytes are
 * where its address says. (Linked with page sized headers, see meson.build.)
 */
static uint8_t *own_file(uint64_t *n)
{
	struct loaded_image *image = own_image();
	uint8_t *file = NULL, *section;
	uint16_t n_sections, optional_bytes;
	uint32_t pe;

	*n = image->image_bytes;
	if (bs->allocate_pool(EFI_LOADER_DATA, *n, (void **)&file) != EFI_SUCCESS)
		return NULL;
	memcpy(file, image->image_base, *n);
	memcpy(&pe, file + 0x3c, 4);
	/* what is in memory is relocated to there */
	memcpy(file + pe + 24 + 24, &image->image_base, 8);
	memcpy(&n_sections, file + pe + 6, 2);
	memcpy(&optional_bytes, file + pe + 20, 2);
	section = file + pe + 24 + optional_bytes;
	for (; n_sections > 0; n_sections--, section += 40) {
		memcpy(section + 16, section + 8, 4);  /* SizeOfRawData = VirtualSize */
		memcpy(section + 20, section + 12, 4); /* PointerToRawData = VirtualAddress */
	}
	return file;
}

static void a_recurse_start_image(void)
{
	struct loaded_image *image;
	efi_status_t status;
	uint8_t *file;
	uint64_t n;
	handle_t h;

	file = own_file(&n);
	if (file == NULL)
		return;
	status = bs->load_image(false, self, NULL, file, n, &h);
	bs->free_pool(file);
	if (status != EFI_SUCCESS) {
		/* the bottom: resources, and all of them unwind */
		check(status == EFI_OUT_OF_RESOURCES);
		return;
	}
	bs->handle_protocol(h, &loaded_image_guid, &image);
	image->load_options = own_image()->load_options;
	image->load_options_bytes = own_image()->load_options_bytes;
	status = bs->start_image(h, NULL, NULL);
	check(status == EFI_SUCCESS || status == EFI_OUT_OF_RESOURCES);
}

static void a_load_million(void)
{
	uint64_t n, i = 0;
	uint8_t *file = own_file(&n);
	handle_t h;

	while (i < 1000000 && bs->load_image(false, self, NULL, file, n, &h) == EFI_SUCCESS)
		i++;
	print("# %u images\n", i);
	check(i > 10 && i < 1000000);
}

static void a_load_past_buffer(void)
{
	static uint8_t tail[4096] __attribute__((aligned(4096)));
	uint64_t n;
	uint8_t *file = own_file(&n);
	handle_t h;

	fails(bs->load_image(false, self, NULL, file, ~0ull, &h));
	fails(bs->load_image(false, self, NULL, file, 1ull << 47, &h));
	fails(bs->load_image(false, self, NULL, file, 1ull << 63, &h));
	fails(bs->load_image(false, self, NULL, tail + 4095, 1, &h));
}

/* Each cut of a good file: an error, or an image whose missing part is not read as ours. */
static void a_load_truncated(void)
{
	uint64_t n, cut, n_loaded = 0;
	uint8_t *file = own_file(&n);
	handle_t h;

	n -= 4096; /* the last page may be padding */
	for (cut = 0; cut < n; cut += cut < 1024 ? 7 : 509)
		if (bs->load_image(false, self, NULL, file, cut, &h) == EFI_SUCCESS) {
			n_loaded++;
			bs->unload_image(h);
		}
	print("# %u loaded\n", n_loaded);
	check(n_loaded == 0);
}

/* Each byte of the headers, with a few values: refused, or loaded and thrown away. */
static void a_load_mutated(void)
{
	uint64_t n, i, n_loaded = 0, n_headers = 0;
	uint8_t *file = own_file(&n), kept;
	handle_t h;

	for (i = 0; i < 4096; i++)
		if (file[i])
			n_headers = i + 1;
	for (i = 0; i < 5 * n_headers; i++) {
		kept = file[i % n_headers];
		file[i % n_headers] = i < n_headers ? 0xff : (uint8_t)random64();
		if (bs->load_image(false, self, NULL, file, n, &h) == EFI_SUCCESS) {
			n_loaded++;
			bs->unload_image(h);
		}
		file[i % n_headers] = kept;
	}
	print("# %u of %u loaded\n", n_loaded, 5 * n_headers);
	check(n_loaded < 5 * n_headers);
	check(bs->load_image(false, self, NULL, file, n, &h) == EFI_SUCCESS);
}

static void a_unload_self(void)
{
	fails(bs->unload_image(self));
}

static efi_status_t EFIAPI unload_again(handle_t image)
{
	return bs->unload_image(image);
}

static void a_recurse_unload(void)
{
	own_image()->unload = unload_again;
	bs->unload_image(self);
	check(true);
}

static void a_start_self(void)
{
	fails(bs->start_image(self, NULL, NULL));
}

static void a_exit_sizes(void)
{
	bs->exit(self, EFI_ABORTED, ~0ull, (char16 *)u"no end");
}

static void a_exit_bad_data(void)
{
	bs->exit(self, EFI_ABORTED, 16, (char16 *)0x8000000000000000);
}

#define A(name)                                                                                    \
	{                                                                                          \
#name, a_##name                                                                    \
	}
static const struct attack attacks[] = {
	A(recurse_start_image), A(load_million),  A(load_past_buffer), A(load_truncated),
	A(load_mutated),	A(unload_self),	  A(recurse_unload),   A(start_self),
	A(exit_sizes),		A(exit_bad_data),
};

efi_status_t payload(void)
{
	return ATTACK_RUN(attacks);
}
