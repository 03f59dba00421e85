// SPDX-License-Identifier: MIT
/* Where a running kernel's variables lie, and how its pointers become physical addresses. */
#include "host/kernel_data.h"
#include "unit/tree.h"

#include <elf.h>

enum { PAGES = 0x1000, PHYSICAL = 0x41eb0000 };

#define VIRTUAL UINT64_C(0xffff000001eb0000)
#define SECOND UINT64_C(0xffffbebd5a6b0000)
#define TO_PHYSICAL (PHYSICAL - VIRTUAL)

/* What is mapped at no physical address comes first, and then the kernel's second mapping. */
static void put_core(struct tree *t, uint64_t physical)
{
	static uint8_t core[PAGES];
	const Elf64_Ehdr head = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, 1 },
				  .e_type = ET_CORE,
				  .e_phoff = sizeof(head),
				  .e_phentsize = sizeof(Elf64_Phdr),
				  .e_phnum = 3 };
	const Elf64_Phdr segment[] = {
		{ .p_type = PT_LOAD, .p_paddr = UINT64_MAX, .p_vaddr = 1, .p_memsz = UINT32_MAX },
		{ .p_type = PT_LOAD, .p_paddr = physical, .p_vaddr = SECOND, .p_memsz = 0x360000 },
		{ .p_type = PT_LOAD, .p_paddr = physical, .p_vaddr = VIRTUAL, .p_memsz = 0x361000 },
	};

	memcpy(core, &head, sizeof(head));
	memcpy(core + sizeof(head), segment, sizeof(segment));
	tree_put_bytes(t, "/proc/kcore", core, sizeof(core));
}

static struct kernel_data found(const char *iomem, uint64_t physical)
{
	struct tree t = tree_new();
	struct kernel_data data;

	tree_put(&t, "/proc/iomem", iomem);
	put_core(&t, physical);
	data = kernel_data_find(t.root);
	tree_drop(&t);
	return data;
}

static bool is_nothing(struct kernel_data data)
{
	return !data.start && !data.end && !data.to_physical;
}

int main(void)
{
	static const char iomem[] = "40000000-ffffffff : System RAM\n"
				    "  40210000-41ea0fff : Kernel code\n"
				    "  41eb0000-4220ffff : Kernel data\n";
	const struct kernel_data data = found(iomem, PHYSICAL);
	struct tree t = tree_new();

	check(data.start == PHYSICAL && data.end == 0x42210000);
	check(data.to_physical == TO_PHYSICAL);
	/* in no segment of the core; hidden; of another name; without a core */
	check(is_nothing(found(iomem, PHYSICAL + PAGES)));
	check(is_nothing(found("  00000000-00000000 : Kernel data\n", 0)));
	check(is_nothing(found("  41eb0000-4220ffff : Kernel database\n", PHYSICAL)));
	tree_put(&t, "/proc/iomem", iomem);
	check(is_nothing(kernel_data_find(t.root)));
	tree_drop(&t);
	return tap_done();
}
