// SPDX-License-Identifier: MIT
/*
 * A signed unified kernel image and a signed addon with each field of each header changed in turn,
 * to values that have made parsers fail: none crashes, and none is allowed but by a change of the
 * few bytes that no signature covers. Pairs of changes, too.
 */
#include "made_signed.h"
#include "tiny_pe.h"
#include "trust/policy.h"
#include "trust/verdict.h"

struct field {
	const char *name;
	size_t at;
	unsigned n_bytes;
	bool uncovered; /* signing itself writes it, and nobody reads it */
};

enum { MOST_FIELDS = 96 };

static struct field field[MOST_FIELDS];
static unsigned n_fields, n_mutants, n_allowed, n_wrong;
static struct made db;

static void add_field(const char *name, size_t at, unsigned n_bytes, bool uncovered)
{
	made_need(n_fields < MOST_FIELDS);
	field[n_fields++] = (struct field){ name, at, n_bytes, uncovered };
}

static void list_fields(const struct made *file, size_t table)
{
	static const struct field optional[] = {
		{ "Magic", 0, 2 },
		{ "SizeOfCode", 4, 4 },
		{ "AddressOfEntryPoint", 16, 4 },
		{ "BaseOfCode", 20, 4 },
		{ "ImageBase", 24, 8 },
		{ "SectionAlignment", 32, 4 },
		{ "FileAlignment", 36, 4 },
		{ "SizeOfImage", 56, 4 },
		{ "SizeOfHeaders", 60, 4 },
		{ "CheckSum", 64, 4, true },
		{ "Subsystem", 68, 2 },
		{ "DllCharacteristics", 70, 2 },
		{ "SizeOfStackReserve", 72, 8 },
		{ "LoaderFlags", 104, 4 },
		{ "NumberOfRvaAndSizes", 108, 4 },
	};
	static const struct field section[] = {
		{ "Name", 0, 4 },
		{ "VirtualSize", 8, 4 },
		{ "VirtualAddress", 12, 4 },
		{ "SizeOfRawData", 16, 4 },
		{ "PointerToRawData", 20, 4 },
		{ "NumberOfRelocations", 32, 2 },
		{ "Characteristics", 36, 4 },
	};

	n_fields = 0;
	add_field("e_magic", 0, 2, false);
	add_field("e_lfanew", 0x3c, 4, false);
	add_field("Signature", TINY_PE, 4, false);
	add_field("Machine", TINY_MACHINE, 2, false);
	add_field("NumberOfSections", TINY_N_SECTIONS, 2, false);
	add_field("TimeDateStamp", TINY_COFF + 4, 4, false);
	add_field("PointerToSymbolTable", TINY_COFF + 8, 4, false);
	add_field("SizeOfOptionalHeader", TINY_OPTIONAL_BYTES, 2, false);
	add_field("Characteristics", TINY_CHARACTERISTICS, 2, false);
	for (unsigned i = 0; i < ARRAY_SIZE(optional); i++)
		add_field(optional[i].name, TINY_OPTIONAL + optional[i].at, optional[i].n_bytes,
			  optional[i].uncovered);
	for (unsigned i = 3; i < 7; i++) {
		add_field("directory", TINY_OPTIONAL + 112 + 8 * i, 4, false);
		add_field("directory size", TINY_OPTIONAL + 116 + 8 * i, 4, false);
	}
	for (unsigned s = 0; s < 3; s++)
		for (unsigned i = 0; i < ARRAY_SIZE(section); i++)
			add_field(section[i].name, tiny_section(s, (unsigned)section[i].at),
				  section[i].n_bytes, false);
	add_field("dwLength", table, 4, false);
	add_field("wRevision", table + 4, 2, true);
	add_field("wCertificateType", table + 6, 2, false);
	/* the first lengths of the PKCS #7 */
	for (unsigned i = 0; i < 24; i++)
		add_field("DER", table + 8 + i, 1, false);
	require(table + 40 < file->n);
}

/* In a block of its own, so that a sanitizer sees where it ends. */
static bool allowed(const struct made *file, struct verdict *v)
{
	uint8_t *copy = malloc(file->n);
	const struct trust_list list = { "db", LIST_VARIABLE, false, made_bytes(&db) };
	const struct trust_question q = { .file = { copy, file->n },
					  .list = &list,
					  .n_lists = 1,
					  .sbat_level = { (const uint8_t *)"sbat,1\n", 7 } };

	made_need(copy);
	memcpy(copy, file->p, file->n);
	policy_judge(&q, v);
	free(copy);
	return v->allowed;
}

static uint64_t get(const struct made *file, const struct field *f)
{
	uint64_t v = 0;

	for (unsigned i = f->n_bytes; i-- > 0;)
		v = v << 8 | file->p[f->at + i];
	return v;
}

static void set(struct made *file, const struct field *f, uint64_t v)
{
	for (unsigned i = 0; i < f->n_bytes; i++)
		file->p[f->at + i] = (uint8_t)(v >> 8 * i);
}

/*
 * May a change of this field be allowed? The length of the table's entry may count its padding, as
 * some signing programs have it.
 */
static bool is_free(const struct made *original, const struct made *file, const struct field *f)
{
	return f->uncovered || (!strcmp(f->name, "dwLength") && get(file, f) > get(original, f) &&
				align_up(get(file, f), 8) == align_up(get(original, f), 8));
}

static void try(struct made *file, const struct field *f, bool uncovered, const char *with)
{
	struct verdict v;

	n_mutants++;
	if (!allowed(file, &v)) {
		/* a denial gives its reason, and nothing else that would be believed */
		n_wrong += !verdict_is_sound(&v, 1);
		return;
	}
	n_allowed++;
	if (!uncovered || !verdict_is_sound(&v, 1)) {
		n_wrong++;
		printf("# allowed: %s at 0x%zx is 0x%llx%s%s\n", f->name, f->at,
		       (unsigned long long)get(file, f), with ? ", with " : "", with ? with : "");
	}
}

static const uint64_t values[] = {
	0,	    1,		2,	    7,		8,	    9,
	0x10,	    0x28,	0x7f,	    0x80,	0xff,	    0x100,
	0x200,	    0x3ff,	0x400,	    0x401,	0xfff,	    0x1000,
	0x7fff,	    0x8000,	0xffff,	    0x10000,	0x7fffffff, 0x80000000,
	0xfffffff0, 0xfffffff7, 0xfffffff8, 0xfffffffe, 0xffffffff, UINT64_MAX,
};

static uint64_t value(const struct made *file, const struct field *f, unsigned i)
{
	const uint64_t old = get(file, f);

	if (i < ARRAY_SIZE(values))
		return values[i];
	switch (i - ARRAY_SIZE(values)) {
	case 0:
		return old + 1;
	case 1:
		return old - 1;
	case 2:
		return old + 8;
	case 3:
		return old - 8;
	case 4:
		return old << 1;
	case 5:
		return file->n;
	default:
		return file->n - old;
	}
}

enum { N_VALUES = ARRAY_SIZE(values) + 7 };

static void mutate(const struct made *file)
{
	struct made work;

	for (unsigned i = 0; i < n_fields; i++)
		for (unsigned k = 0; k < N_VALUES; k++) {
			work = *file;
			set(&work, &field[i], value(file, &field[i], k));
			if (memcmp(work.p, file->p, file->n) != 0)
				try(&work, &field[i], is_free(file, &work, &field[i]), NULL);
		}
}

/* Two at once, by a sequence that is the same each time. */
static void mutate_pairs(const struct made *file, unsigned n)
{
	uint64_t state = 0x9e3779b97f4a7c15;
	struct made work;

	for (unsigned i = 0; i < n; i++) {
		const struct field *f[2];

		work = *file;
		for (unsigned k = 0; k < 2; k++) {
			state ^= state << 13;
			state ^= state >> 7;
			state ^= state << 17;
			f[k] = &field[state % n_fields];
			set(&work, f[k], value(file, f[k], (unsigned)(state >> 32) % N_VALUES));
		}
		/* what the first wrote the second may have put back */
		if (get(&work, f[0]) != get(file, f[0]) && get(&work, f[1]) != get(file, f[1]))
			try(&work, f[0], is_free(file, &work, f[0]) && is_free(file, &work, f[1]),
			    f[1]->name);
	}
}

/* Sections with the names and texts that a stub looks for, and an .sbat. */
static struct made image(bool addon, const struct made_key *by)
{
	static const char sbat[] = "sbat,1,SBAT Version,sbat,1,u\nstub,1,a,b,1,u\n";
	struct tiny_pe t = tiny_new(NULL, 0);
	struct made file = { .n = 0 };

	memset(t.p + TINY_DATA_DATA, 0, 0x80);
	memcpy(t.p + TINY_DATA_DATA, sbat, sizeof(sbat));
	memcpy(t.p + tiny_section(0, 0), addon ? ".cmdline" : ".linux\0\0", 8);
	memcpy(t.p + tiny_section(1, 0), ".sbat\0\0", 8);
	if (addon) {
		tiny_put32(&t, TINY_ENTRY, 0);
		memcpy(t.p + TINY_TEXT_DATA, "quiet", 6);
	}
	made_put(&file, t.p, sizeof(t.p));
	made_sign(&file, by, NULL, 256);
	return file;
}

static void test(bool addon, const struct made_key *by)
{
	struct made file = image(addon, by);
	struct verdict v;

	n_mutants = n_allowed = n_wrong = 0;
	require(allowed(&file, &v) && v.sbat == SBAT_PASSED);
	list_fields(&file, TINY_BYTES);
	mutate(&file);
	mutate_pairs(&file, 1000);
	check_msg(n_mutants > 3000 && n_allowed > 0 && n_wrong == 0,
		  "%s: %u mutants, %u allowed, by what no signature covers; %u wrongly",
		  addon ? "addon" : "unified kernel image", n_mutants, n_allowed, n_wrong);
}

int main(void)
{
	struct made_key own = made_key("own", NULL, 0);

	made_list_certificate(&db, &own);
	test(false, &own);
	test(true, &own);
	made_key_free(&own);
	return tap_done();
}
