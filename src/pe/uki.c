// SPDX-License-Identifier: MIT
#include "pe/uki.h"

#include <errno.h>
#include <string.h>

/* The line of text at *inout_at, without its end; false behind the last. */
static bool next_line(struct bytes text, size_t *inout_at, struct bytes *ret_line)
{
	const uint8_t *end;
	struct bytes rest;

	if (!bytes_sub(text, *inout_at, text.n - *inout_at, &rest) || rest.n == 0 || !rest.p[0])
		return false;
	end = memchr(rest.p, '\n', rest.n);
	*ret_line = (struct bytes){ rest.p, end ? (size_t)(end - rest.p) : rest.n };
	*inout_at += ret_line->n + 1;
	if (*inout_at > text.n)
		*inout_at = text.n;
	return true;
}

/* Copy a value: inside quotes of one kind, a backslash takes the next byte as it is. */
static void copy_value(struct bytes value, char *out, size_t room)
{
	const uint8_t quote = value.n && strchr("\"'", value.p[0]) ? value.p[0] : 0;
	size_t n = 0;

	for (size_t i = quote ? 1 : 0; i < value.n && n + 1 < room; i++) {
		if (!value.p[i] || (quote && value.p[i] == quote))
			break;
		if (quote == '"' && value.p[i] == '\\' && i + 1 < value.n)
			i++;
		out[n++] = (char)value.p[i];
	}
	if (room)
		out[n] = '\0';
}

int uki_text_field(struct bytes text, const char *key, char *out, size_t room)
{
	const size_t n_key = strlen(key);
	struct bytes line, value;
	size_t at = 0;

	while (next_line(text, &at, &line)) {
		if (line.n <= n_key || memcmp(line.p, key, n_key) || line.p[n_key] != '=')
			continue;
		if (!bytes_sub(line, n_key + 1, line.n - n_key - 1, &value))
			break;
		copy_value(value, out, room);
		return 0;
	}
	return -ENOENT;
}

unsigned uki_count_profiles(const struct pe_image *image)
{
	unsigned n = 0;

	for (unsigned i = 0; i < image->n_sections; i++)
		n += !strcmp(pe_image_section(image, i).name, ".profile");
	return n;
}

struct bytes uki_profile(const struct pe_image *image, unsigned wanted)
{
	struct pe_section s = { 0 };

	for (unsigned i = 0; i < image->n_sections; i++) {
		s = pe_image_section(image, i);
		if (!strcmp(s.name, ".profile") && wanted-- == 0)
			break;
	}
	return s.data;
}

struct bytes uki_section(const struct pe_image *image, unsigned profile, const char *name)
{
	struct bytes base = { 0 };
	unsigned n_profiles = 0;
	struct pe_section s;

	for (unsigned i = 0; i < image->n_sections; i++) {
		s = pe_image_section(image, i);
		n_profiles += !strcmp(s.name, ".profile");
		if (strcmp(s.name, name))
			continue;
		if (n_profiles == profile + 1)
			return s.data;
		if (n_profiles == 0 && !base.n)
			base = s.data;
	}
	return base;
}

int uki_kernel(const struct pe_image *image, unsigned profile, struct bytes *ret_kernel)
{
	unsigned n_profiles = 0, n_base = 0, n_own = 0, n = 0;
	struct bytes base = { 0 }, own = { 0 };

	for (unsigned i = 0; i < image->n_sections; i++) {
		const struct pe_section s = pe_image_section(image, i);

		n_profiles += profile != UKI_NO_PROFILES && !strcmp(s.name, ".profile");
		if (strcmp(s.name, ".linux"))
			continue;
		n++;
		if (n_profiles == profile + 1) {
			own = s.data;
			n_own++;
		} else if (n_profiles == 0) {
			base = s.data;
			n_base++;
		}
	}
	if (!n_base && !n_own)
		return n ? -ENODATA : -ENOENT;
	if (n_own > 1 || (!n_own && n_base > 1))
		return -ENOTUNIQ;
	*ret_kernel = uki_cut_kernel(n_own ? own : base);
	return 0;
}

static bool is_number(const char *text, unsigned *ret_number)
{
	unsigned v = 0;

	for (const char *c = text; *c; c++) {
		if (*c < '0' || *c > '9' || v > 1000000)
			return false;
		v = v * 10 + (unsigned)(*c - '0');
	}
	*ret_number = v;
	return text[0];
}

int uki_find_profile(const struct pe_image *image, const char *wanted, unsigned *ret_profile)
{
	const unsigned n = uki_count_profiles(image);
	static const char *const key[] = { "ID", "TITLE" };
	char text[256];
	unsigned number;

	if (n == 0)
		return -ENODATA;
	/* what is no profile's number may be an ID or a title of digits */
	if (is_number(wanted, &number) && number < n) {
		*ret_profile = number;
		return 0;
	}
	for (unsigned k = 0; k < sizeof(key) / sizeof(key[0]); k++)
		for (unsigned i = 0; i < n; i++)
			if (uki_text_field(uki_profile(image, i), key[k], text, sizeof(text)) ==
				    0 &&
			    !strcmp(text, wanted)) {
				*ret_profile = i;
				return 0;
			}
	return -ENOENT;
}

struct bytes uki_cut_kernel(struct bytes kernel)
{
	struct pe_image image;
	uint64_t end;

	if (pe_image_parse_headers(kernel, PE_MACHINE_OURS, &image, NULL) < 0)
		return kernel;
	end = max_u64(image.header_size,
		      (uint64_t)image.certificates.rva + image.certificates.size);
	for (unsigned i = 0; i < image.n_sections; i++) {
		const struct pe_section s = pe_image_section(&image, i);

		if (s.raw.n)
			end = max_u64(end, (uint64_t)(s.raw.p - kernel.p) + s.raw.n);
	}
	for (uint64_t i = end; i < kernel.n; i++)
		if (kernel.p[i])
			return kernel;
	kernel.n = min_u64(kernel.n, end);
	return kernel;
}

bool uki_has_initrd(const struct pe_image *image)
{
	struct pe_section s;

	for (unsigned i = 0; i < image->n_sections; i++) {
		s = pe_image_section(image, i);
		if (!strcmp(s.name, ".profile"))
			return false;
		if (!strcmp(s.name, ".initrd") && s.data.n)
			return true;
	}
	return false;
}

unsigned uki_stub_version(const struct pe_image *image)
{
	static const char before[] = "#### LoaderInfo: systemd-stub ";
	struct pe_section s;
	unsigned version = 0;

	/* before 255 it stands in the data, so all of it is looked through */
	for (unsigned i = 0; i < image->n_sections && !version; i++) {
		s = pe_image_section(image, i);
		if (s.data.n <= sizeof(before) || !strcmp(s.name, ".linux") ||
		    !strcmp(s.name, ".initrd"))
			continue;
		for (size_t at = 0; at + sizeof(before) < s.data.n && !version; at++) {
			if (s.data.p[at] != '#' ||
			    memcmp(s.data.p + at, before, sizeof(before) - 1))
				continue;
			at += sizeof(before) - 1;
			while (at < s.data.n && s.data.p[at] >= '0' && s.data.p[at] <= '9' &&
			       version < 100000)
				version = version * 10 + s.data.p[at++] - '0';
		}
	}
	return version;
}

/* What an addon can bring, and the first stub that takes it from one. */
static int check_contents(const struct pe_image *addon, unsigned stub, struct why *why)
{
	static const struct {
		const char *name;
		unsigned since;
	} rows[] = {
		{ ".cmdline", UKI_STUB_ADDONS },
		{ ".dtb", 255 },
		{ ".dtbauto", 257 },
		{ ".initrd", 257 },
		{ ".ucode", 257 },
	};
	bool any = false;

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		if (!uki_section(addon, 0, rows[i].name).n)
			continue;
		any = true;
		if (stub && stub < rows[i].since)
			return why_set(why, -EOPNOTSUPP,
				       "systemd-stub %u takes no %s from an addon (%u does)", stub,
				       rows[i].name, rows[i].since);
	}
	return any ? 0 : why_set(why, -EINVAL, "contains no .cmdline, .initrd or .ucode");
}

int uki_check_addon(const struct pe_image *image, struct bytes file, struct why *why)
{
	const struct bytes kernel = uki_section(image, 0, ".uname");
	const unsigned stub = uki_stub_version(image);
	struct pe_image addon;
	struct bytes uname;
	int r;

	if (stub && stub < UKI_STUB_ADDONS)
		return why_set(why, -EOPNOTSUPP,
			       "systemd-stub %u does not support addons (%d does)", stub,
			       UKI_STUB_ADDONS);
	r = pe_image_parse(file, image->machine, UINT32_MAX, &addon, why);
	if (r < 0)
		return r;
	if (uki_section(&addon, 0, ".linux").n)
		return why_set(why, -EINVAL, "contains a kernel, so it is not an addon");
	uname = uki_section(&addon, 0, ".uname");
	if (kernel.n && uname.n && (kernel.n < uname.n || memcmp(kernel.p, uname.p, uname.n)))
		return why_set(why, -EINVAL,
			       "is for another kernel: its .uname differs from the image's");
	return check_contents(&addon, stub, why);
}
