// SPDX-License-Identifier: MIT
#include "inspect/image.h"
#include "pe/authenticode.h"
#include "pe/certificates.h"
#include "pe/setup_header.h"
#include "seed/setup_data.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECTOR_BYTES = 512, MAX_VERSION_BYTES = 256 };

enum { FILE_GAP = 4096 }; /* the largest alignment that linkers pad to */

/* Room for one more that is odd about it; NULL, into which nothing is said, behind the last. */
static struct why *odd(struct inspection *in)
{
	return in->n_odd < MAX_ODD ? &in->odd[in->n_odd++] : NULL;
}

static bool hash(struct bytes data, char out[static SHA256_TEXT])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n;

	if (!EVP_Digest(data.p, data.n, digest, &n, EVP_sha256(), NULL) || n != 32)
		return false;
	for (unsigned i = 0; i < n; i++)
		sprintf(out + 2 * i, "%02x", digest[i]);
	return true;
}

/* Does one of that name stand before number i, with no .profile between, which begins a new set? */
static bool is_second(const struct inspection *in, unsigned i)
{
	const char *name = in->section[i].name;

	/* of these a stub takes the one that fits the machine */
	if (!strcmp(name, ".dtbauto") || !strcmp(name, ".efifw") || !strcmp(name, ".profile"))
		return false;
	for (unsigned k = i; k-- > 0 && strcmp(in->section[k].name, ".profile");)
		if (!strcmp(in->section[k].name, name))
			return true;
	return false;
}

static void look_at_section(struct inspection *in, unsigned i)
{
	const struct pe_section *s = &in->section[i];

	if (s->permissions & PE_WRITE && s->permissions & PE_EXECUTE)
		why_set(odd(in), 0, "section %s is writable and executable", s->name);
	if (is_second(in, i))
		why_set(odd(in), 0, "section %s exists more than once", s->name);
	if (s->rva % in->pe.alignment)
		why_set(odd(in), 0, "section %s is not aligned to %u", s->name, in->pe.alignment);
	if (i && s->rva < in->section[i - 1].rva)
		why_set(odd(in), 0, "section %s lies before %s, which comes before it", s->name,
			in->section[i - 1].name);
}

static bool is_zero(struct bytes b)
{
	return b.n == 0 || (b.p[0] == 0 && !memcmp(b.p, b.p + 1, b.n - 1));
}

/* Texts are read up to a NUL, here and by stubs: what stands behind one nobody sees. */
static void look_at_text(struct inspection *in, const struct pe_section *s)
{
	static const char *const texts[] = { ".cmdline", ".osrel", ".uname", ".sbat", ".profile" };
	struct bytes rest;
	size_t n;

	for (unsigned i = 0; i < ARRAY_SIZE(texts); i++) {
		if (strcmp(s->name, texts[i]) || !s->data.n)
			continue;
		n = strnlen((const char *)s->data.p, s->data.n);
		if (bytes_sub(s->data, n, s->data.n - n, &rest) && !is_zero(rest))
			why_set(odd(in), 0,
				"section %s has %zu bytes behind a NUL, where no text goes on",
				s->name, rest.n - 1);
	}
}

/* A list of setup_data belongs into memory: in a file it is what `bardo seed append` has left. */
static void look_at_list(struct inspection *in, struct bytes kernel, const char *whose)
{
	uint64_t first;

	if (boot_params_first(kernel, &first, NULL) == 0 && first)
		why_set(odd(in), 0, "%s setup header leads to a list of setup_data at %#jx", whose,
			(uintmax_t)first);
}

static int by_place(const void *a, const void *b)
{
	const struct bytes *x = a, *y = b;

	return x->p < y->p ? -1 : x->p > y->p;
}

/* Bytes between what the headers and the sections take; up to a page of zeros is padding. */
static void look_between(struct inspection *in, uint64_t from, uint64_t to, const char *where)
{
	struct bytes gap;

	if (from >= to || !bytes_sub(in->pe.file, from, to - from, &gap))
		return;
	if (gap.n >= FILE_GAP || !is_zero(gap))
		why_set(odd(in), 0, "%zu bytes %s belong to no section", gap.n, where);
}

static void look_for_gaps(struct inspection *in)
{
	struct bytes raw[MAX_SECTIONS] = { 0 };
	uint64_t at = in->pe.header_size, end = in->pe.file.n, from;
	const struct pe_directory *certificates = &in->pe.certificates;
	unsigned n = 0;

	for (unsigned i = 0; i < in->n_sections; i++)
		if (in->section[i].raw.n)
			raw[n++] = in->section[i].raw;
	qsort(raw, n, sizeof(*raw), by_place);
	for (unsigned i = 0; i < n; i++) {
		from = (uint64_t)(raw[i].p - in->pe.file.p);
		look_between(in, at, from, "before a section");
		if (from < at)
			why_set(odd(in), 0, "two sections share bytes of the file at %#jx",
				(uintmax_t)from);
		at = max_u64(at, from + raw[i].n);
	}
	if (certificates->size && (uint64_t)certificates->rva + certificates->size <= end) {
		look_between(in, (uint64_t)certificates->rva + certificates->size, end,
			     "behind the certificates");
		end = certificates->rva;
	}
	look_between(in, at, end, "behind the last section");
}

static void look_at_file(struct inspection *in)
{
	const uint32_t noted = pe_checksum_noted(&in->pe);
	uint32_t entry;

	look_for_gaps(in);
	look_at_list(in, in->pe.file, "its");
	look_at_list(in, uki_section(&in->pe, 0, ".linux"), "its kernel's");
	if (!in->pe.nx_compat)
		why_set(odd(in), 0,
			"has no NX_COMPAT: all of it is mapped writable and executable");
	if (in->pe.machine != PE_MACHINE_OURS)
		why_set(odd(in), 0, "is for another machine (%#x)", in->pe.machine);
	if (pe_image_entry(&in->pe, &entry, NULL) < 0)
		why_set(odd(in), 0, "has no entry point: it is an addon or cannot be started");
	if (noted && noted != pe_checksum(&in->pe))
		why_set(odd(in), 0, "its checksum is %#x, the file's is %#x", noted,
			pe_checksum(&in->pe));
}

static void look_at_signature(struct inspection *in, struct bytes pkcs7)
{
	struct signature *s = &in->signature[in->n_signatures];
	const unsigned n = in->n_signatures + 1;

	if (in->n_signatures == MAX_SIGNATURES) {
		why_set(odd(in), 0, "it has more than %d signatures", MAX_SIGNATURES);
		return;
	}
	in->n_signatures++;
	signature_read(&in->pe, pkcs7, s);
	if (s->n_behind)
		why_set(odd(in), 0, "signature %u: %zu bytes behind its PKCS #7 are not part of it",
			n, s->n_behind);
	if (s->problem)
		why_set(odd(in), 0, "signature %u: %s", n, s->problem);
	if (s->of_this_file == SIGNATURE_NO)
		why_set(odd(in), 0,
			"signature %u is of another file: this one was changed after signing", n);
	if (s->by_its_key == SIGNATURE_NO)
		why_set(odd(in), 0, "signature %u was not made with the key of its certificate", n);
}

static void look_at_signatures(struct inspection *in)
{
	const struct pe_directory *table = &in->pe.certificates;
	struct pe_certificate c;
	uint32_t at = 0;
	int r;

	while ((r = pe_certificate_next(&in->pe, &at, &c)) > 0) {
		if (c.type == PE_CERTIFICATE_PKCS7)
			look_at_signature(in, c.data);
		else
			why_set(odd(in), 0, "a certificate of type %u, which UEFI does not verify",
				c.type);
	}
	if (r < 0 && (uint64_t)table->rva + table->size > in->pe.file.n)
		why_set(odd(in), 0,
			"its certificate table, %#x+%#x, reaches past the end of the file (%#zx)",
			table->rva, table->size, in->pe.file.n);
	else if (r < 0)
		why_set(odd(in), 0, "its certificate table is damaged at %#x of %#x", at,
			table->size);
}

static int look_at_sections(struct inspection *in, struct why *why)
{
	if (in->pe.n_sections > MAX_SECTIONS)
		return why_set(why, -E2BIG, "has %u sections, more than %d", in->pe.n_sections,
			       MAX_SECTIONS);
	in->n_sections = in->pe.n_sections;
	for (unsigned i = 0; i < in->n_sections; i++) {
		struct bytes data;

		in->section[i] = pe_image_section(&in->pe, i);
		/* that of a kernel is its file's, whatever a tool has put behind it */
		data = in->section[i].data;
		if (!strcmp(in->section[i].name, ".linux"))
			data = uki_cut_kernel(data);

		if (!hash(data, in->sha256[i]))
			return why_set(why, -EIO, "SHA-256 is not available");
		look_at_section(in, i);
		look_at_text(in, &in->section[i]);
	}
	return 0;
}

int inspection_look(struct bytes file, struct inspection *in, struct why *why)
{
	int r = pe_image_parse(file, PE_MACHINE_OURS, UINT64_MAX, &in->pe, why);

	if (r < 0 && pe_image_parse(file, PE_MACHINE_X86_64, UINT64_MAX, &in->pe, NULL) < 0 &&
	    pe_image_parse(file, PE_MACHINE_ARM64, UINT64_MAX, &in->pe, NULL) < 0) {
		/* its sections are wrong: which, is what somebody wants to see who made it */
		if (pe_image_parse_headers(file, PE_MACHINE_OURS, &in->pe, NULL) < 0)
			return r;
		why_set(odd(in), 0,
			"bardo run refuses it: %s: ukify(1) places sections as firmware wants them",
			why->text);
	}
	if (!hash(file, in->file_sha256))
		return why_set(why, -EIO, "SHA-256 is not available");
	r = look_at_sections(in, why);
	if (r < 0)
		return r;
	in->stub = uki_stub_version(&in->pe);
	look_at_file(in);
	look_at_signatures(in);
	return 0;
}

struct bytes inspection_profile_text(const struct inspection *in, unsigned profile,
				     const char *name)
{
	struct bytes text = uki_section(&in->pe, profile, name);

	if (text.n)
		text.n = strnlen((const char *)text.p, text.n);
	while (text.n && strchr(" \n\r\t", text.p[text.n - 1]))
		text.n--;
	return text;
}

struct bytes inspection_text(const struct inspection *in, const char *name)
{
	return inspection_profile_text(in, 0, name);
}

/* A bzImage without a stub around it: its setup header leads to its version (x86 boot
 * protocol 2.00). */
static struct bytes setup_version(struct bytes file)
{
	const struct bytes none = { NULL, 0 };
	struct bytes sectors, text;
	const uint8_t *end;
	uint16_t at;

	if (!setup_header_is_in(file) || !bytes_le16(file, SETUP_VERSION_AT, &at) || !at ||
	    !bytes_sub(file, SETUP_SECTORS, 1, &sectors) ||
	    /* it lies in the setup code */
	    at >= sectors.p[0] * SECTOR_BYTES ||
	    !bytes_sub(file, SETUP_BASE + (uint64_t)at, 1, &text))
		return none;
	text.n = min_u64(file.n - SETUP_BASE - at, MAX_VERSION_BYTES);
	end = memchr(text.p, 0, text.n);
	text.n = end ? (size_t)(end - text.p) : 0;
	return text.n ? text : none;
}

struct bytes inspection_kernel(const struct inspection *in)
{
	const struct bytes uname = inspection_text(in, ".uname");

	return uname.p ? uname : setup_version(in->pe.file);
}

const char *inspection_kind(const struct inspection *in, char text[static 64])
{
	const bool linux_in = uki_section(&in->pe, 0, ".linux").n;

	if (in->stub)
		snprintf(text, 64, "%s, systemd-stub %u",
			 linux_in ? "unified kernel image" : "stub", in->stub);
	else
		snprintf(text, 64, "%s",
			 linux_in			     ? "unified kernel image"
			 : setup_version(in->pe.file).n	     ? "Linux kernel with EFI stub"
			 : inspection_text(in, ".cmdline").n ? "addon"
							     : "EFI image");
	return text;
}
