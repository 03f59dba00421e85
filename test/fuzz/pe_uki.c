// SPDX-License-Identifier: MIT
/* The same input as an image with profiles, as a text and as a certificate table. */
#include "fuzz/fuzz.h"
#include "pe/certificates.h"
#include "pe/uki.h"
#include "unit/tiny_pe.h"

static void look(const struct pe_image *image)
{
	struct pe_certificate c;
	unsigned n = 0;
	uint32_t at = 0;

	if (uki_find_profile(image, "one", &n) == 0)
		fuzz_assert(n < uki_count_profiles(image));
	(void)uki_stub_version(image);
	if (uki_check_addon(image, image->file, NULL) == 0)
		fuzz_assert(uki_section(image, 0, ".linux").n == 0);
	for (unsigned i = 0; i < 3; i++) {
		const struct bytes b = uki_section(image, i, ".profile");

		fuzz_assert(!b.n ||
			    (b.p >= image->file.p && b.p + b.n <= image->file.p + image->file.n));
	}
	while (pe_certificate_next(image, &at, &c) > 0)
		fuzz_assert(c.data.p >= image->file.p &&
			    c.data.p + c.data.n <= image->file.p + image->file.n && at > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	const struct bytes input = { data, n_bytes };
	struct pe_image image, table = { .file = input, .certificates = { 0, (uint32_t)n_bytes } };
	struct pe_certificate c;
	uint32_t at = 0;
	char text[16];

	if (pe_image_parse(input, PE_MACHINE_OURS, 1 << 20, &image, NULL) == 0)
		look(&image);
	while (pe_certificate_next(&table, &at, &c) > 0)
		fuzz_assert(c.data.n <= n_bytes && at <= n_bytes);
	if (uki_text_field(input, "ID", text, sizeof(text)) == 0)
		fuzz_assert(memchr(text, 0, sizeof(text)));
	return 0;
}

size_t fuzz_seed(unsigned i, uint8_t *data, size_t cap)
{
	struct tiny_pe t = tiny_new(NULL, 0);
	static const char text[] = "ID=\"a \\\" b\"\nTITLE='c'\n";

	if (i == 0 && cap >= sizeof(text)) {
		memcpy(data, text, sizeof(text));
		return sizeof(text);
	}
	if (i != 1 || cap < sizeof(t.p))
		return 0;
	memcpy(t.p + tiny_section(0, 0), ".profile", 8);
	memcpy(t.p + TINY_TEXT_DATA, "ID=one\n", 7);
	memcpy(t.p + TINY_DATA_DATA, "#### LoaderInfo: systemd-stub 254", 33);
	memcpy(data, t.p, sizeof(t.p));
	return sizeof(t.p);
}
