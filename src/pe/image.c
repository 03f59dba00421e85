// SPDX-License-Identifier: MIT
/*
 * Headers are cut out of the file once, by length; the fields in them are then
 * read by name and cannot be missing.
 */
#include "pe/image.h"

#include <errno.h>
#include <string.h>

enum { DOS_BYTES = 64, DOS_PE_OFFSET = 0x3c };

enum {
	PE_SIGNATURE_BYTES = 4,
	COFF_MACHINE = 0,
	COFF_N_SECTIONS = 2,
	COFF_OPTIONAL_BYTES = 16,
	COFF_CHARACTERISTICS = 18,
	COFF_BYTES = 20,
};

enum {
	OPTIONAL_MAGIC = 0,
	OPTIONAL_ENTRY = 16,
	OPTIONAL_BASE = 24,
	OPTIONAL_ALIGNMENT = 32,
	OPTIONAL_SIZE = 56,
	OPTIONAL_HEADER_SIZE = 60,
	OPTIONAL_SUBSYSTEM = 68,
	OPTIONAL_DLL_CHARACTERISTICS = 70,
	OPTIONAL_N_DIRECTORIES = 108,
	OPTIONAL_DIRECTORIES = 112,
	DIRECTORY_BYTES = 8,
};

enum {
	SECTION_NAME_BYTES = 8,
	SECTION_VIRTUAL_SIZE = 8,
	SECTION_RVA = 12,
	SECTION_RAW_SIZE = 16,
	SECTION_RAW_OFFSET = 20,
	SECTION_CHARACTERISTICS = 36,
	SECTION_BYTES = 40,
};

enum { DIRECTORY_CERTIFICATES = 4, DIRECTORY_RELOCATIONS = 5, DIRECTORY_DEBUG = 6 };
enum { MAGIC_PE32 = 0x10b, MAGIC_PE32_PLUS = 0x20b };
enum { COFF_RELOCS_STRIPPED = 0x0001, DLL_NX_COMPAT = 0x0100 };

#define SECTION_EXECUTE 0x20000000u
#define SECTION_READ 0x40000000u
#define SECTION_WRITE 0x80000000u

enum {
	/* A kernel with a device tree for every laptop has a few hundred. */
	MAX_SECTIONS = 1024,
	/* Largest page size a section could ask to be aligned to. */
	MAX_ALIGNMENT = 2 << 20,
};

struct section_header {
	struct bytes name;
	uint32_t virtual_size, rva, raw_size, raw_offset, characteristics;
};

/* Room to print a name that may hold anything. */
struct printable {
	char text[SECTION_NAME_BYTES + 1];
};

static uint16_t le16(struct bytes header, unsigned off)
{
	uint16_t v = 0;

	(void)bytes_le16(header, off, &v);
	return v;
}

static uint32_t le32(struct bytes header, unsigned off)
{
	uint32_t v = 0;

	(void)bytes_le32(header, off, &v);
	return v;
}

static uint64_t le64(struct bytes header, unsigned off)
{
	uint64_t v = 0;

	(void)bytes_le64(header, off, &v);
	return v;
}

static const char *machine_name(uint16_t machine)
{
	static const struct {
		uint16_t machine;
		const char *name;
	} rows[] = {
		{ PE_MACHINE_X86_64, "x86-64" }, { PE_MACHINE_ARM64, "ARM64" },
		{ 0x014c, "32-bit x86" },	 { 0x01c0, "32-bit ARM" },
		{ 0x01c2, "32-bit ARM" },	 { 0x01c4, "32-bit ARM" },
		{ 0x0200, "Itanium" },		 { 0x0ebc, "EFI byte code" },
		{ 0x5032, "32-bit RISC-V" },	 { 0x5064, "64-bit RISC-V" },
		{ 0x6232, "32-bit LoongArch" },	 { 0x6264, "64-bit LoongArch" },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].machine == machine)
			return rows[i].name;
	return NULL;
}

static struct printable printable(const char name[static SECTION_NAME_BYTES])
{
	struct printable p = { "" };

	for (unsigned i = 0; i < SECTION_NAME_BYTES && name[i]; i++)
		p.text[i] = name[i] > ' ' && name[i] <= '~' ? name[i] : '?';
	return p;
}

static struct section_header section_header(const struct pe_image *image, unsigned i)
{
	struct section_header s = { 0 };
	struct bytes h;

	if (!bytes_sub(image->file, image->section_table + (uint64_t)i * SECTION_BYTES,
		       SECTION_BYTES, &h))
		return s; /* parse looked: the whole table is there */
	s.name = (struct bytes){ h.p, SECTION_NAME_BYTES };
	s.virtual_size = le32(h, SECTION_VIRTUAL_SIZE);
	s.rva = le32(h, SECTION_RVA);
	s.raw_size = le32(h, SECTION_RAW_SIZE);
	s.raw_offset = le32(h, SECTION_RAW_OFFSET);
	s.characteristics = le32(h, SECTION_CHARACTERISTICS);
	return s;
}

static unsigned permissions_of(uint32_t characteristics)
{
	return (characteristics & SECTION_READ ? PE_READ : 0) |
	       (characteristics & SECTION_WRITE ? PE_WRITE : 0) |
	       (characteristics & SECTION_EXECUTE ? PE_EXECUTE : 0);
}

struct pe_section pe_image_section(const struct pe_image *image, unsigned i)
{
	struct section_header h = section_header(image, i);
	struct pe_section s = { .rva = h.rva };

	if (h.name.n)
		memcpy(s.name, h.name.p, h.name.n);
	s.permissions = permissions_of(h.characteristics);
	/*
	 * As firmware does it: without a virtual size the raw one counts, with one
	 * the padding of the file behind it is not part of the image, and data at
	 * offset 0 is no data (a .bss whose linker filled in the raw size).
	 */
	s.size = h.virtual_size ? h.virtual_size : h.raw_size;
	if (h.raw_offset) {
		(void)bytes_sub(image->file, h.raw_offset, min_u64(h.raw_size, s.size), &s.data);
		(void)bytes_sub(image->file, h.raw_offset, h.raw_size, &s.raw);
	}
	return s;
}

static int find_pe_header(struct bytes file, uint64_t *ret_offset, struct why *why)
{
	uint32_t offset;
	struct bytes dos, signature;

	if (file.n == 0)
		return why_set(why, -ENOEXEC, "the file is empty");
	if (file.n < 2 || file.p[0] != 'M' || file.p[1] != 'Z')
		return why_set(why, -ENOEXEC, "not a PE file: it does not begin with MZ");
	if (!bytes_sub(file, 0, DOS_BYTES, &dos))
		return why_set(why, -ENOEXEC, "DOS header: the file ends in it (%zu bytes)",
			       file.n);
	offset = le32(dos, DOS_PE_OFFSET);
	if (!bytes_sub(file, offset, PE_SIGNATURE_BYTES, &signature))
		return why_set(why, -ENOEXEC,
			       "PE header: its offset 0x%x, from offset 0x3c, is past the end of "
			       "the file (0x%zx)",
			       offset, file.n);
	if (memcmp(signature.p, "PE\0", PE_SIGNATURE_BYTES) != 0)
		return why_set(why, -ENOEXEC, "PE header: no PE signature at 0x%x", offset);
	*ret_offset = (uint64_t)offset + PE_SIGNATURE_BYTES;
	return 0;
}

static int check_machine(uint16_t machine, uint16_t wanted, struct why *why)
{
	const char *name = machine_name(machine), *wanted_name = machine_name(wanted);

	if (machine == wanted)
		return 0;
	if (!wanted_name)
		wanted_name = "another";
	if (!name)
		return why_set(why, -ENOTSUP, "for an unknown machine (0x%x), this machine is %s",
			       machine, wanted_name);
	return why_set(why, -ENOTSUP, "for %s, this machine is %s", name, wanted_name);
}

static int check_magic(uint16_t magic, struct why *why)
{
	switch (magic) {
	case MAGIC_PE32_PLUS:
		return 0;
	case MAGIC_PE32:
		return why_set(why, -ENOTSUP,
			       "PE32, the 32-bit format: only PE32+ images can be started");
	default:
		return why_set(why, -ENOEXEC, "optional header: magic 0x%x, not 0x20b (PE32+)",
			       magic);
	}
}

static struct pe_directory directory(struct bytes optional, unsigned i)
{
	uint64_t off = OPTIONAL_DIRECTORIES + i * DIRECTORY_BYTES;
	struct pe_directory d = { 0, 0 };

	if (i < le32(optional, OPTIONAL_N_DIRECTORIES)) {
		(void)bytes_le32(optional, off, &d.rva);
		(void)bytes_le32(optional, off + 4, &d.size);
	}
	return d;
}

static int parse_directories(struct bytes optional, struct pe_image *image, struct why *why)
{
	uint32_t n = le32(optional, OPTIONAL_N_DIRECTORIES);
	struct pe_directory r;

	if ((uint64_t)n * DIRECTORY_BYTES > optional.n - OPTIONAL_DIRECTORIES)
		return why_set(why, -ENOEXEC,
			       "optional header: %u data directories do not fit its %zu bytes", n,
			       optional.n);
	image->certificates = directory(optional, DIRECTORY_CERTIFICATES);
	image->debug = directory(optional, DIRECTORY_DEBUG);
	r = directory(optional, DIRECTORY_RELOCATIONS);
	if (r.size && (uint64_t)r.rva + r.size > image->size)
		return why_set(why, -ENOEXEC,
			       "base relocations: 0x%x+0x%x reach past the end of the image (0x%x)",
			       r.rva, r.size, image->size);
	image->relocations = r;
	return 0;
}

static int check_sizes(const struct pe_image *image, uint64_t max_size, struct why *why)
{
	uint32_t align = image->alignment;

	if (image->size == 0)
		return why_set(why, -ENOEXEC, "optional header: SizeOfImage is 0");
	if (image->size > max_size)
		return why_set(
			why, -EFBIG,
			"optional header: SizeOfImage 0x%x is larger than the limit (0x%llx)",
			image->size, (unsigned long long)max_size);
	if (align == 0 || (align & (align - 1)) || align > MAX_ALIGNMENT)
		return why_set(why, -ENOEXEC,
			       "optional header: SectionAlignment 0x%x is not a power of two up to "
			       "0x%x",
			       align, MAX_ALIGNMENT);
	if (image->header_size > image->size)
		return why_set(
			why, -ENOEXEC,
			"optional header: SizeOfHeaders 0x%x is larger than SizeOfImage (0x%x)",
			image->header_size, image->size);
	if (image->header_size > image->file.n)
		return why_set(
			why, -ENOEXEC,
			"optional header: SizeOfHeaders 0x%x is larger than the file (0x%zx)",
			image->header_size, image->file.n);
	return 0;
}

static int parse_optional(struct bytes optional, uint64_t max_size, struct pe_image *image,
			  struct why *why)
{
	int r;

	if (optional.n < OPTIONAL_DIRECTORIES)
		return why_set(why, -ENOEXEC, "optional header: %zu bytes, PE32+ has at least %u",
			       optional.n, OPTIONAL_DIRECTORIES);
	image->entry = le32(optional, OPTIONAL_ENTRY);
	image->base = le64(optional, OPTIONAL_BASE);
	image->alignment = le32(optional, OPTIONAL_ALIGNMENT);
	image->size = le32(optional, OPTIONAL_SIZE);
	image->header_size = le32(optional, OPTIONAL_HEADER_SIZE);
	image->subsystem = le16(optional, OPTIONAL_SUBSYSTEM);
	image->nx_compat = le16(optional, OPTIONAL_DLL_CHARACTERISTICS) & DLL_NX_COMPAT;
	if (image->subsystem < PE_SUBSYSTEM_EFI_APPLICATION ||
	    image->subsystem > PE_SUBSYSTEM_EFI_RUNTIME_DRIVER)
		return why_set(why, -ENOTSUP,
			       "optional header: subsystem %u is not an EFI application or driver",
			       image->subsystem);
	r = check_sizes(image, max_size, why);
	if (r < 0)
		return r;
	return parse_directories(optional, image, why);
}

static int check_section(const struct pe_image *image, unsigned i, struct why *why)
{
	struct section_header h = section_header(image, i);
	struct pe_section s = pe_image_section(image, i);
	struct printable name = printable(s.name);

	if (h.raw_offset && (uint64_t)h.raw_offset + h.raw_size > image->file.n)
		return why_set(why, -ENOEXEC,
			       "section %u (%s): raw data 0x%x+0x%x reaches past the end of the "
			       "file (0x%zx)",
			       i, name.text, h.raw_offset, h.raw_size, image->file.n);
	if ((uint64_t)s.rva + s.size > image->size)
		return why_set(
			why, -ENOEXEC,
			"section %u (%s): memory 0x%x+0x%x reaches past the end of the image "
			"(0x%x)",
			i, name.text, s.rva, s.size, image->size);
	if (s.size && s.rva < image->header_size)
		return why_set(
			why, -ENOEXEC,
			"section %u (%s): memory 0x%x+0x%x overlaps the headers (0x%x bytes)", i,
			name.text, s.rva, s.size, image->header_size);
	return 0;
}

/* Section i against those before it. */
static int check_overlap(const struct pe_image *image, unsigned i, struct why *why)
{
	struct pe_section s = pe_image_section(image, i), other;

	for (unsigned j = 0; j < i; j++) {
		other = pe_image_section(image, j);
		if (other.size == 0 || s.rva >= other.rva + other.size ||
		    other.rva >= s.rva + s.size)
			continue;
		return why_set(why, -ENOEXEC,
			       "section %u (%s): memory 0x%x+0x%x overlaps section %u (%s) at "
			       "0x%x+0x%x",
			       i, printable(s.name).text, s.rva, s.size, j,
			       printable(other.name).text, other.rva, other.size);
	}
	return 0;
}

static int check_sections(const struct pe_image *image, struct why *why)
{
	uint32_t top = 0; /* end of the sections so far */
	struct pe_section s;
	int r;

	for (unsigned i = 0; i < image->n_sections; i++) {
		r = check_section(image, i, why);
		if (r < 0)
			return r;
		s = pe_image_section(image, i);
		if (s.size == 0)
			continue;
		/* Linkers sort sections, so that hardly anyone is compared with all. */
		if (s.rva < top) {
			r = check_overlap(image, i, why);
			if (r < 0)
				return r;
		}
		top = (uint32_t)max_u64(top, s.rva + s.size);
	}
	return 0;
}

static int check_section_table(const struct pe_image *image, struct why *why)
{
	uint64_t end = image->section_table + (uint64_t)image->n_sections * SECTION_BYTES;

	if (image->n_sections > MAX_SECTIONS)
		return why_set(why, -ENOEXEC, "COFF header: %u sections, more than %u",
			       image->n_sections, MAX_SECTIONS);
	if (end > image->header_size)
		return why_set(
			why, -ENOEXEC,
			"section table: %u sections at 0x%llx reach past SizeOfHeaders (0x%x)",
			image->n_sections, (unsigned long long)image->section_table,
			image->header_size);
	return 0;
}

/* The COFF header and what follows it up to the section table. */
static int parse_headers(struct bytes file, uint64_t coff_offset, uint16_t machine,
			 uint64_t max_size, struct pe_image *image, struct why *why)
{
	uint64_t optional_offset = coff_offset + COFF_BYTES;
	uint16_t optional_bytes;
	struct bytes coff, optional;
	int r;

	if (!bytes_sub(file, coff_offset, COFF_BYTES, &coff))
		return why_set(why, -ENOEXEC, "COFF header: the file ends in it (0x%zx)", file.n);
	image->machine = le16(coff, COFF_MACHINE);
	image->n_sections = le16(coff, COFF_N_SECTIONS);
	image->relocs_stripped = le16(coff, COFF_CHARACTERISTICS) & COFF_RELOCS_STRIPPED;
	r = check_machine(image->machine, machine, why);
	if (r < 0)
		return r;
	optional_bytes = le16(coff, COFF_OPTIONAL_BYTES);
	if (!bytes_sub(file, optional_offset, optional_bytes, &optional))
		return why_set(
			why, -ENOEXEC,
			"optional header: 0x%llx+0x%x reaches past the end of the file (0x%zx)",
			(unsigned long long)optional_offset, optional_bytes, file.n);
	r = check_magic(le16(optional, OPTIONAL_MAGIC), why);
	if (r < 0)
		return r;
	image->optional_header = optional_offset;
	image->section_table = optional_offset + optional_bytes;
	return parse_optional(optional, max_size, image, why);
}

static int parse_table(struct bytes file, uint16_t machine, uint64_t max_size,
		       struct pe_image *ret_image, struct why *why)
{
	struct pe_image image = { .file = file };
	uint64_t coff_offset = 0;
	int r = find_pe_header(file, &coff_offset, why);

	if (r == 0)
		r = parse_headers(file, coff_offset, machine, max_size, &image, why);
	if (r == 0)
		r = check_section_table(&image, why);
	if (r == 0)
		*ret_image = image;
	return r;
}

int pe_image_parse_headers(struct bytes file, uint16_t machine, struct pe_image *ret_image,
			   struct why *why)
{
	return parse_table(file, machine, UINT64_MAX, ret_image, why);
}

int pe_image_parse(struct bytes file, uint16_t machine, uint64_t max_size,
		   struct pe_image *ret_image, struct why *why)
{
	struct pe_image image = { 0 };
	int r = parse_table(file, machine, max_size, &image, why);

	if (r == 0)
		r = check_sections(&image, why);
	if (r == 0)
		*ret_image = image;
	return r;
}

/* The whole eight bytes must match: ".linux" is not ".linuxrc". */
static bool name_is(const struct pe_section *s, const char *wanted)
{
	return strlen(wanted) <= SECTION_NAME_BYTES &&
	       strncmp(s->name, wanted, SECTION_NAME_BYTES) == 0;
}

int pe_image_find_section(const struct pe_image *image, const char *name,
			  struct pe_section *ret_section)
{
	struct pe_section s, found;
	bool any = false;

	for (unsigned i = 0; i < image->n_sections; i++) {
		s = pe_image_section(image, i);
		if (!name_is(&s, name))
			continue;
		if (any)
			return -ENOTUNIQ;
		found = s;
		any = true;
	}
	if (!any)
		return -ENOENT;
	*ret_section = found;
	return 0;
}
