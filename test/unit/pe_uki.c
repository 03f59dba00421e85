// SPDX-License-Identifier: MIT
/* Profiles, texts, stub versions and certificate tables of made-up images. */
#include "pe/certificates.h"
#include "pe/uki.h"
#include "tap.h"
#include "tiny_pe.h"

#include <errno.h>
#include <stdlib.h>

static struct bytes text_of(const char *text)
{
	return (struct bytes){ (const uint8_t *)text, strlen(text) };
}

static void test_fields(void)
{
	static const struct {
		const char *text, *key, *want;
	} rows[] = {
		{ "ID=debian\nVERSION=12\n", "ID", "debian" },
		{ "ID=debian\nVERSION=12", "VERSION", "12" },
		{ "XID=no\nID=yes", "ID", "yes" },
		{ "IDX=no", "ID", NULL },
		{ "#ID=no", "ID", NULL },
		{ "ID=\"a \\\"b\\\" c\" behind", "ID", "a \"b\" c" },
		{ "ID='a \\ b'", "ID", "a \\ b" },
		{ "ID=", "ID", "" },
		{ "ID=\"open", "ID", "open" },
		{ "ID", "ID", NULL },
		{ "", "ID", NULL },
		{ "\nID=behind an empty line", "ID", "behind an empty line" },
	};
	char out[64];
	int r;

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		strcpy(out, "untouched");
		r = uki_text_field(text_of(rows[i].text), rows[i].key, out, sizeof(out));
		check_msg(rows[i].want ? r == 0 && !strcmp(out, rows[i].want)
				       : r == -ENOENT && !strcmp(out, "untouched"),
			  "field %u: %d %s", i, r, out);
	}
	check(uki_text_field(text_of("ID=abcdef"), "ID", out, 4) == 0 && !strcmp(out, "abc"));
}

/* Two sections of the tiny image become profiles. */
static void test_profiles(void)
{
	struct tiny_pe t = tiny_new(NULL, 0);
	struct pe_image pe;
	unsigned n = 77;

	require(pe_image_parse((struct bytes){ t.p, TINY_BYTES }, PE_MACHINE_OURS, UINT32_MAX, &pe,
			       NULL) == 0);
	check(uki_count_profiles(&pe) == 0 && uki_find_profile(&pe, "0", &n) == -ENODATA);
	memcpy(t.p + tiny_section(0, 0), ".profile", 8);
	memcpy(t.p + tiny_section(1, 0), ".profile", 8);
	strcpy((char *)t.p + TINY_TEXT_DATA, "ID=one\nTITLE=two\n");
	strcpy((char *)t.p + TINY_DATA_DATA, "ID=two\nTITLE='The second'\n");
	check(uki_count_profiles(&pe) == 2);
	check(uki_find_profile(&pe, "0", &n) == 0 && n == 0);
	check(uki_find_profile(&pe, "1", &n) == 0 && n == 1);
	n = 77;
	check(uki_find_profile(&pe, "2", &n) == -ENOENT && n == 77);
	check(uki_find_profile(&pe, "99999999999999999999", &n) == -ENOENT && n == 77);
	check(uki_find_profile(&pe, "one", &n) == 0 && n == 0);
	check_msg(uki_find_profile(&pe, "two", &n) == 0 && n == 1, "an ID goes before a title");
	check(uki_find_profile(&pe, "The second", &n) == 0 && n == 1);
	check(uki_find_profile(&pe, "", &n) == -ENOENT &&
	      uki_find_profile(&pe, "-1", &n) == -ENOENT);
}

static struct bytes of(const struct tiny_pe *t)
{
	return (struct bytes){ t->p, TINY_BYTES };
}

static bool says(struct bytes section, const char *text)
{
	return section.n && !strcmp((const char *)section.p, text);
}

/* .cmdline .profile .cmdline: a profile's own, else what is in front of all. */
static void test_sections(void)
{
	struct tiny_pe t = tiny_new(NULL, 0);
	struct pe_image pe;

	require(pe_image_parse(of(&t), PE_MACHINE_OURS, UINT32_MAX, &pe, NULL) == 0);
	memcpy(t.p + tiny_section(0, 0), ".cmdline", 8);
	memcpy(t.p + tiny_section(1, 0), ".cmdline", 8);
	strcpy((char *)t.p + TINY_TEXT_DATA, "base");
	strcpy((char *)t.p + TINY_DATA_DATA, "second");
	strcpy((char *)t.p + TINY_RELOC_DATA, "third");
	check(says(uki_section(&pe, 0, ".cmdline"), "base"));
	check(uki_section(&pe, 0, ".linux").n == 0);
	memcpy(t.p + tiny_section(1, 0), ".profile", 8);
	memcpy(t.p + tiny_section(2, 0), ".cmdline", 8);
	check(says(uki_section(&pe, 0, ".cmdline"), "third"));
	check(says(uki_section(&pe, 1, ".cmdline"), "base"));
	check(says(uki_section(&pe, 0, ".profile"), "second"));
	memcpy(t.p + tiny_section(0, 0), ".profile", 8);
	check(uki_section(&pe, 0, ".cmdline").n == 0);
	check(says(uki_section(&pe, 1, ".cmdline"), "third"));
}

static void name(struct tiny_pe *t, unsigned i, const char *text);

/* A base kernel, and profiles with and without one of their own. */
static void test_kernels(void)
{
	struct tiny_pe t = tiny_new(NULL, 0);
	struct bytes kernel = { 0 }, all;
	struct pe_image pe;

	require(pe_image_parse(of(&t), PE_MACHINE_OURS, UINT32_MAX, &pe, NULL) == 0);
	check(uki_kernel(&pe, 0, &kernel) == -ENOENT);
	name(&t, 0, ".linux");
	check(uki_kernel(&pe, 0, &kernel) == 0 && kernel.p == t.p + TINY_TEXT_DATA);
	name(&t, 1, ".linux");
	check(uki_kernel(&pe, 0, &kernel) == -ENOTUNIQ);
	name(&t, 1, ".profile");
	name(&t, 2, ".linux");
	check(uki_kernel(&pe, 0, &kernel) == 0 && kernel.p == t.p + TINY_RELOC_DATA);
	check(uki_kernel(&pe, 1, &kernel) == 0 && kernel.p == t.p + TINY_TEXT_DATA);
	check(uki_kernel(&pe, UKI_NO_PROFILES, &kernel) == -ENOTUNIQ);
	name(&t, 0, ".text");
	check(uki_kernel(&pe, 1, &kernel) == -ENODATA);
	check(uki_kernel(&pe, UKI_NO_PROFILES, &all) == 0 && all.p == t.p + TINY_RELOC_DATA);
	name(&t, 0, ".profile");
	check(uki_kernel(&pe, 0, &kernel) == -ENODATA && kernel.p == t.p + TINY_TEXT_DATA);
	check(uki_kernel(&pe, 1, &kernel) == 0 && kernel.p == t.p + TINY_RELOC_DATA);
}

static void name(struct tiny_pe *t, unsigned i, const char *text)
{
	memset(t->p + tiny_section(i, 0), 0, 8);
	memcpy(t->p + tiny_section(i, 0), text, strlen(text));
}

/* An image with a stub of some version and .uname 6.1; an addon with two sections. */
static void test_addons(void)
{
	static const struct {
		unsigned stub;
		const char *first, *second, *text; /* of the second */
		int want;
		const char *words;
	} rows[] = {
		{ 252, ".cmdline", ".data", "", -EOPNOTSUPP,
		  "252 does not support addons (254 does)" },
		{ 254, ".cmdline", ".data", "", 0, "" },
		{ 254, ".cmdline", ".initrd", "", -EOPNOTSUPP, "254 takes no .initrd" },
		{ 254, ".ucode", ".data", "", -EOPNOTSUPP, "254 takes no .ucode" },
		{ 257, ".ucode", ".initrd", "", 0, "" },
		{ 262, ".text", ".data", "", -EINVAL, "contains no .cmdline" },
		{ 262, ".cmdline", ".linux", "", -EINVAL, "contains a kernel" },
		{ 262, ".cmdline", ".uname", "6.1", 0, "" },
		{ 262, ".cmdline", ".uname", "6.2", -EINVAL, "another kernel" },
		{ 0, ".cmdline", ".initrd", "", 0, "" },
	};
	struct tiny_pe t = tiny_new(NULL, 0), addon;
	struct pe_image pe;
	struct why why;
	int r;

	require(pe_image_parse(of(&t), PE_MACHINE_OURS, UINT32_MAX, &pe, NULL) == 0);
	name(&t, 0, ".uname");
	memset(t.p + TINY_TEXT_DATA, 0, TINY_TEXT_BYTES);
	strcpy((char *)t.p + TINY_TEXT_DATA, "6.1");
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		memset(t.p + TINY_DATA_DATA, 0, 0x80);
		if (rows[i].stub)
			sprintf((char *)t.p + TINY_DATA_DATA, "#### LoaderInfo: systemd-stub %u ",
				rows[i].stub);
		addon = tiny_new(NULL, 0);
		name(&addon, 0, rows[i].first);
		name(&addon, 1, rows[i].second);
		memset(addon.p + TINY_DATA_DATA, 0, 0x80);
		strcpy((char *)addon.p + TINY_DATA_DATA, rows[i].text);
		if (rows[i].text[0])
			tiny_put32(&addon, tiny_section(1, TINY_VIRTUAL_SIZE), 3);
		why.text[0] = '\0';
		r = uki_check_addon(&pe, of(&addon), &why);
		check_msg(r == rows[i].want && strstr(why.text, rows[i].words),
			  "stub %u, addon with %s and %s: %s", rows[i].stub, rows[i].first,
			  rows[i].second, why.text);
	}
	addon = tiny_new(NULL, 0);
	name(&addon, 0, ".cmdline");
	tiny_put16(&addon, TINY_MACHINE, UNIT_OTHER_PE);
	check(uki_check_addon(&pe, of(&addon), &why) == -ENOTSUP &&
	      strstr(why.text, UNIT_OTHER_PE_NAME));
}

static void test_stub(void)
{
	struct tiny_pe t = tiny_new(NULL, 0);
	struct pe_image pe;

	require(pe_image_parse((struct bytes){ t.p, TINY_BYTES }, PE_MACHINE_OURS, UINT32_MAX, &pe,
			       NULL) == 0);
	check(uki_stub_version(&pe) == 0);
	strcpy((char *)t.p + TINY_DATA_DATA, "#### LoaderInfo: systemd-boot 262.1-1 ####");
	check(uki_stub_version(&pe) == 0);
	strcpy((char *)t.p + TINY_DATA_DATA, "##### LoaderInfo: systemd-stub 262.1-1 ####");
	check(uki_stub_version(&pe) == 262);
	/* the number at the very end of a section */
	memcpy(t.p + TINY_DATA_DATA + 0x80 - 33, "#### LoaderInfo: systemd-stub 254", 33);
	strcpy((char *)t.p + TINY_DATA_DATA, "x");
	check(uki_stub_version(&pe) == 254);
}

static void test_certificates(void)
{
	uint8_t file[64] = { [16] = 24, 0, 0, 0, 0, 2, 2, 0, [40] = 20, 0, 0, 0, 0, 2, 1, 0 };
	struct pe_image pe = { .file = { file, sizeof(file) }, .certificates = { 16, 48 } };
	struct pe_certificate c;
	unsigned n_bad = 0;
	uint32_t at = 0;

	check(pe_certificate_next(&pe, &at, &c) == 1 && c.type == PE_CERTIFICATE_PKCS7 &&
	      c.data.p == file + 24 && c.data.n == 16);
	check(pe_certificate_next(&pe, &at, &c) == 1 && c.type == 1 && c.data.n == 12);
	check(pe_certificate_next(&pe, &at, &c) == 0);
	pe.certificates.size = 0;
	at = 0;
	check(pe_certificate_next(&pe, &at, &c) == 0);
	pe.certificates = (struct pe_directory){ 17, 48 };
	check(pe_certificate_next(&pe, &at, &c) == -EBADMSG);
	pe.certificates = (struct pe_directory){ 16, 48 };
	for (uint64_t length = 0; length < 0x100000000; length = length * 2 + 1) {
		file[16] = (uint8_t)length;
		file[17] = (uint8_t)(length >> 8);
		file[18] = (uint8_t)(length >> 16);
		file[19] = (uint8_t)(length >> 24);
		at = 0;
		n_bad += (pe_certificate_next(&pe, &at, &c) == 1) != (length >= 8 && length <= 48);
		n_bad += at > 48;
	}
	check_msg(n_bad == 0, "an entry lies inside the table or is none");
}

/* Zeros behind a kernel are a tool's, anything else may be its own. */
static void test_cut(void)
{
	const struct tiny_pe t = tiny_new(NULL, 0);
	uint8_t room[sizeof(t.p) + 100] = { 0 };
	const struct bytes padded = { room, sizeof(room) }, text = text_of("no image, and zeros");
	size_t n;

	memcpy(room, t.p, sizeof(t.p));
	n = uki_cut_kernel((struct bytes){ t.p, sizeof(t.p) }).n;
	check(n <= sizeof(t.p) && n > TINY_RELOC_DATA);
	check(uki_cut_kernel(padded).n == n && uki_cut_kernel(padded).p == room);
	room[sizeof(room) - 1] = 1;
	check(uki_cut_kernel(padded).n == sizeof(room));
	check(uki_cut_kernel(text).n == text.n);
}

int main(void)
{
	test_cut();
	test_kernels();
	test_fields();
	test_profiles();
	test_sections();
	test_addons();
	test_stub();
	test_certificates();
	return tap_done();
}
