// SPDX-License-Identifier: MIT
/* Made-up processors: a few leaves each. */
#include "base/util.h"
#include "host_cpuid.h"
#include "unit/tree.h"

struct leaf {
	uint32_t leaf;
	struct cpuid r;
};

#define GUEST                                                                                      \
	{                                                                                          \
		1,                                                                                 \
		{                                                                                  \
			.ecx = UINT32_C(1) << 31                                                   \
		}                                                                                  \
	}
#define AMD(bits)                                                                                  \
	{                                                                                          \
		0x8000001f,                                                                        \
		{                                                                                  \
			.eax = bits                                                                \
		}                                                                                  \
	}
/* "Microsoft Hv" and how far its leaves go */
#define HYPERV                                                                                     \
	{                                                                                          \
		0x40000000,                                                                        \
		{                                                                                  \
			0x4000000c, 0x7263694d, 0x666f736f, 0x76482074                             \
		}                                                                                  \
	}

static const struct processor {
	const char *name;
	struct leaf leaf[4];
	const char *kind; /* NULL: it is none */
	bool amd;	  /* whether it is on is somebody else's to say */
} processors[] = {
	{ "bare metal that can have such guests", { AMD(0x1f) }, NULL, false },
	{ "a plain guest", { GUEST, { 0x21, { 0 } } }, NULL, false },
	{ "a guest with SME alone", { GUEST, AMD(1) }, NULL, false },
	{ "SEV", { GUEST, AMD(2) }, "SEV", true },
	{ "SEV-ES", { GUEST, AMD(0xa) }, "SEV-ES", true },
	{ "SEV-SNP", { GUEST, AMD(0x1a) }, "SEV-SNP", true },
	/* "Inte" "lTDX" "    " in ebx, edx, ecx */
	{ "TDX", { GUEST, { 0x21, { 0, 0x65746e49, 0x20202020, 0x5844546c } } }, "TDX", false },
	{ "Hyper-V", { GUEST, HYPERV, { 0x40000003, { 0 } } }, NULL, false },
	{ "Hyper-V that knows isolation",
	  { GUEST, HYPERV, { 0x40000003, { .ebx = 1 << 22 } }, { 0x4000000c, { .ebx = 0 } } },
	  NULL,
	  false },
	{ "Hyper-V with isolation",
	  { GUEST, HYPERV, { 0x40000003, { .ebx = 1 << 22 } }, { 0x4000000c, { .ebx = 2 } } },
	  "Hyper-V isolation",
	  false },
};

static const struct processor *now;

static struct cpuid made_up(uint32_t leaf)
{
	for (unsigned i = 0; i < ARRAY_SIZE(now->leaf); i++)
		if (now->leaf[i].leaf == leaf)
			return now->leaf[i].r;
	return (struct cpuid){ 0 };
}

static void put_status(const struct tree *t, uint64_t status)
{
	int fd = open(tree_path(t, "/dev/cpu/0/msr"), O_WRONLY | O_CREAT, 0600);

	require(fd >= 0 && pwrite(fd, &status, 8, 0xc0010131) == 8);
	close(fd);
}

static void test_processors(void)
{
	const char *kind = NULL;
	struct tree t = tree_new();
	bool sure = false, is;

	for (unsigned i = 0; i < ARRAY_SIZE(processors); i++) {
		now = &processors[i];
		is = confidential_guest_by(t.root, made_up, &kind, &sure);
		check_msg(is == !!now->kind &&
				  (!is || (!strcmp(kind, now->kind) && sure != now->amd)),
			  "%s", now->name);
	}
	tree_drop(&t);
}

/* What an AMD guest could have on, and has or has not. */
static void test_amd(void)
{
	const char *kind;
	bool sure;
	struct tree t = tree_new();

	now = &processors[4];
	tree_put(&t, "/dev/kmsg", "6,600,70,-;usb 1-1: the log goes back no further\n");
	check(confidential_guest_by(t.root, made_up, &kind, &sure) && !sure);
	tree_put(&t, "/dev/kmsg",
		 "5,0,0,-;Linux version 6.1.0\n6,1,0,-;Memory Encryption Features "
		 "active: AMD SEV SEV-ES\n");
	check(confidential_guest_by(t.root, made_up, &kind, &sure) && sure);
	tree_put(&t, "/dev/kmsg", "5,0,0,-;Linux version 6.1.0\n6,1,0,-;Memory: 1G\n");
	check(!confidential_guest_by(t.root, made_up, &kind, &sure));
	/* the processor's own word counts for more */
	put_status(&t, 3);
	check(confidential_guest_by(t.root, made_up, &kind, &sure) && sure);
	put_status(&t, 2);
	tree_remove(&t, "/dev/kmsg");
	check(!confidential_guest_by(t.root, made_up, &kind, &sure));
	tree_drop(&t);
}

int main(void)
{
	test_processors();
	test_amd();
	return tap_done();
}
