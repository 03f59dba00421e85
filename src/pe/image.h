/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * A PE32+ file, looked at and never changed. Pure: no I/O, no allocation, no
 * EFI, no policy about who signed it. The image borrows the file's bytes, and
 * they must not change under it: what was checked once is not checked again.
 *
 * (PE Format, revision of 2024: "PE header", "Section Table".)
 */
#include "base/bytes.h"
#include "base/why.h"
#include "pe_machine.h"

enum {
	PE_MACHINE_X86_64 = 0x8664,
	PE_MACHINE_ARM64 = 0xaa64,
};

enum {
	PE_SUBSYSTEM_EFI_APPLICATION = 10,
	PE_SUBSYSTEM_EFI_BOOT_DRIVER = 11,
	PE_SUBSYSTEM_EFI_RUNTIME_DRIVER = 12,
};

enum {
	PE_READ = 1 << 0,
	PE_WRITE = 1 << 1,
	PE_EXECUTE = 1 << 2,
};

/* A part of the image; of the file for the certificate table, which is never mapped. */
struct pe_directory {
	uint32_t rva; /* the certificate table's: an offset in the file */
	uint32_t size;
};

struct pe_image {
	struct bytes file;
	uint64_t optional_header, section_table; /* offsets in the file */
	unsigned n_sections;

	uint16_t machine;
	uint16_t subsystem;
	uint64_t base;	      /* ImageBase: where it would like to be */
	uint32_t size;	      /* SizeOfImage: bytes of memory it takes */
	uint32_t header_size; /* SizeOfHeaders: mapped at the start, inside file and size */
	uint32_t alignment; /* SectionAlignment, a power of two: what base must be a multiple of */
	uint32_t entry;	    /* RVA, unchecked: see pe_image_entry() */
	bool nx_compat;
	bool relocs_stripped; /* runs at base and nowhere else */

	struct pe_directory relocations;  /* inside size; size 0: position independent */
	struct pe_directory certificates; /* as the file says, unchecked */
	struct pe_directory debug;	  /* as the file says, unchecked */
};

struct pe_section {
	char name[9];	      /* eight bytes of the file and a NUL */
	uint32_t rva;	      /* of any alignment: objcopy adds sections anywhere */
	uint32_t size;	      /* in memory; [rva, rva + size) is inside image->size */
	struct bytes data;    /* for its first bytes, at most size; the rest is zero */
	struct bytes raw;     /* all that the file has of it, padding included; n 0: nothing */
	unsigned permissions; /* PE_READ and so on, as the file says */
};

/*
 * Read the headers of a file made for machine, at most max_size bytes large in
 * memory. Everything the other functions rely on is checked here: sections lie
 * inside the image, overlap neither each other nor the headers, and their data
 * lies inside the file.
 *
 * Returns 0, -ENOEXEC for a file that is no such image, -ENOTSUP for a sound one of another
 * machine or subsystem, -EFBIG for one larger than max_size.
 */
must_check int pe_image_parse(struct bytes file, uint16_t machine, uint64_t max_size,
			      struct pe_image *ret_image, struct why *why);

/*
 * Only up to the section table, for who shows what is wrong with a file: its sections may lie
 * anywhere. Such an image must not be mapped.
 */
must_check int pe_image_parse_headers(struct bytes file, uint16_t machine,
				      struct pe_image *ret_image, struct why *why);

/* Section i, which must be below n_sections. */
struct pe_section pe_image_section(const struct pe_image *image, unsigned i);

/*
 * Look up a section by its whole name. Returns 0, -ENOENT, or -ENOTUNIQ when two
 * sections have the name: what one reader verified the other might not run.
 */
must_check int pe_image_find_section(const struct pe_image *image, const char *name,
				     struct pe_section *ret_section);

/* Where to start: the entry point if it lies in a section or the headers, else -ENOEXEC. */
must_check int pe_image_entry(const struct pe_image *image, uint32_t *ret_rva, struct why *why);

/*
 * May each section get its own page permissions? If not, the whole image has to
 * be one range that is readable, writable and executable: it does not say
 * NX_COMPAT, or sections share pages, or one wants to be written and executed.
 */
bool pe_image_is_protectable(const struct pe_image *image);

/*
 * Copy headers and sections to mapped, where image->size bytes are there and
 * zero. Gaps and the tails of sections are left alone, so that fresh memory
 * stays untouched there.
 */
void pe_image_map(const struct pe_image *image, uint8_t *mapped);
