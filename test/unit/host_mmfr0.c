// SPDX-License-Identifier: MIT
/* What an arm64 kernel keeps to itself of its processor, in a made-up /proc/kcore. */
#include "host/mmfr0.h"
#include "unit/tree.h"

#include <elf.h>
#include <errno.h>

/* The kernel's text is mapped by its own addresses, the second time by physical ones. */
enum { HEAD = 4096, TEXT = 0x3000, REGISTER = 0x2800, PHYSICAL = 0x40210000, NUMBER = 0x180700 };

#define VIRTUAL UINT64_C(0xffff800008000000)
#define KEPT UINT64_C(0x101122)
#define TOLD UINT64_C(0x111ff000022)

static uint8_t core[HEAD + TEXT];

static void put(uint64_t at, uint64_t value)
{
	memcpy(core + HEAD + at, &value, sizeof(value));
}

static void entry(uint64_t at, uint64_t number, uint64_t reg)
{
	put(at, number);
	put(at + 8, reg);
}

static void make(void)
{
	const Elf64_Ehdr head = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, 1 },
				  .e_type = ET_CORE,
				  .e_phoff = sizeof(head),
				  .e_phentsize = sizeof(Elf64_Phdr),
				  .e_phnum = 2 };
	const Elf64_Phdr segment[] = {
		{ .p_type = PT_LOAD,
		  .p_paddr = UINT64_MAX,
		  .p_vaddr = VIRTUAL,
		  .p_memsz = TEXT,
		  .p_offset = HEAD },
		{ .p_type = PT_LOAD,
		  .p_paddr = PHYSICAL,
		  .p_vaddr = VIRTUAL + 0x10000000,
		  .p_memsz = TEXT,
		  .p_offset = HEAD },
	};

	memset(core, 0, sizeof(core));
	memcpy(core, &head, sizeof(head));
	memcpy(core + sizeof(head), segment, sizeof(segment));
	/* struct arm64_ftr_reg: the field that processes see is the lowest one */
	put(REGISTER + 16, 0xff);
	put(REGISTER + 24, KEPT);
	put(REGISTER + 32, 0x111ff000000);
}

static void finds(const char *iomem, uint64_t wanted)
{
	struct tree t = tree_new();
	uint64_t value = 0;
	struct why why = { "" };
	int r;

	tree_put(&t, "/proc/iomem", iomem);
	tree_put_bytes(&t, "/proc/kcore", core, sizeof(core));
	r = mmfr0_find(t.root, TOLD, &value, &why);
	check(r == (wanted ? 0 : -ENODATA) && value == wanted);
	check(!wanted == !!why.text[0]);
	tree_drop(&t);
}

int main(void)
{
	static const char iomem[] = "40000000-ffffffff : System RAM\n"
				    "  40210000-40212fff : Kernel code\n"
				    "  41eb0000-4220ffff : Kernel data\n";
	struct tree t = tree_new();
	uint64_t value = 0;
	struct why why;

	/* no entry, one of another register, one that is no pointer, one that leads elsewhere */
	make();
	finds(iomem, 0);
	entry(0x100, NUMBER + 1, VIRTUAL + REGISTER);
	finds(iomem, 0);
	entry(0x1008, NUMBER, 5);
	entry(0x1018, NUMBER, VIRTUAL + TEXT - 8);
	entry(0x1028, NUMBER, VIRTUAL + REGISTER + 8);
	finds(iomem, 0);
	/* behind all of them the right one, the last in the text, and not where it ends */
	entry(TEXT - 16, NUMBER, VIRTUAL + REGISTER);
	finds(iomem, KEPT);
	finds("  40210000-40212ff7 : Kernel code\n", 0);
	/* a register that tells processes something else */
	put(REGISTER + 32, 0x111ff000001);
	finds(iomem, 0);
	put(REGISTER + 32, 0x111ff000000);
	finds(iomem, KEPT);
	/* addresses that are hidden, missing, turned round or beyond all */
	finds("  00000000-00000000 : Kernel code\n", 0);
	finds("  40210000-40212fff : Kernel data\n", 0);
	finds("  40212fff-40210000 : Kernel code\n", 0);
	finds("  0-ffffffffffffffff : Kernel code\n", 0);
	finds("", 0);
	check(mmfr0_find(t.root, TOLD, &value, &why) == -ENODATA && value == 0);
	check(strstr(why.text, "/proc/kcore: No such file"));
	tree_drop(&t);
	return tap_done();
}
