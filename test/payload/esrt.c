// SPDX-License-Identifier: MIT
/*
 * A firmware whose parts can be updated by capsules, as far as a kernel sees: it finds their
 * table, in memory of the kind that EDK2 uses. One that lacks some runtime services, as it says;
 * and one that has memory which is more reliable than other memory, by its map. Then \kernel.efi is
 * started.
 */
#include "lib.h"

enum {
	BOOT_SERVICES_DATA = 4,
	RUNTIME_SERVICES_CODE = 5,
	RUNTIME_SERVICES_DATA = 6,
	PARTS = 3,
	LARGE_PAGES = 0x4000
};

static const struct efi_guid esrt_guid = {
	0xb122a263, 0x3661, 0x4f68, { 0x99, 0x29, 0x78, 0xf8, 0xb0, 0xd6, 0x21, 0x80 }
};

struct part {
	struct efi_guid class;
	uint32_t type, version, lowest_version, capsule_flags, last_version, last_status;
};

struct esrt {
	uint32_t n, most;
	uint64_t version;
	struct part part[PARTS];
};

static efi_status_t say_what_is_supported(void)
{
	struct efi_rt_properties_table *table = NULL;

	require(bs->allocate_pool(RUNTIME_SERVICES_DATA, sizeof(*table), (void **)&table));
	*table = (struct efi_rt_properties_table){ 1, sizeof(*table),
						   EFI_RT_SUPPORTED_ALL &
							   ~(EFI_RT_SUPPORTED_SET_TIME |
							     EFI_RT_SUPPORTED_SET_WAKEUP_TIME) };
	return bs->install_configuration_table(&rt_properties_guid, table);
}

/* By this table only code of images is code to Linux. */
static const struct efi_guid attributes_guid = {
	0xdcfa911d, 0x26eb, 0x469f, { 0xa2, 0x20, 0x38, 0xb7, 0xdc, 0x46, 0x12, 0x20 }
};

/*
 * UpdateCapsule and QueryCapsuleCapabilities of that firmware, which lie in memory that stays. They
 * take capsules of 128 bytes by the GUID that the first part has, and nothing else.
 */
extern const uint8_t update_capsule[], query_capsule_capabilities[], capsules_end[];
__asm__(".balign 16\n"
	"update_capsule:\n"
	"	mov	(%rcx), %rax\n"
	"	movabs	$0x4c8b5c0e0a1f7d42, %r10\n"
	"	cmp	%r10, (%rax)\n"
	"	jne	1f\n"
	"	cmpl	$128, 24(%rax)\n"
	"	jne	1f\n"
	"	xor	%eax, %eax\n"
	"	ret\n"
	"query_capsule_capabilities:\n"
	"	mov	(%rcx), %rax\n"
	"	movabs	$0x4c8b5c0e0a1f7d42, %r10\n"
	"	cmp	%r10, (%rax)\n"
	"	jne	1f\n"
	"	movq	$4096, (%r8)\n"
	"	movl	$1, (%r9)\n" /* EfiResetWarm */
	"	xor	%eax, %eax\n"
	"	ret\n"
	"1:	movabs	$0x800000000000001a, %rax\n" /* EFI_SECURITY_VIOLATION */
	"	ret\n"
	"capsules_end:\n");

static efi_status_t take_capsules(void)
{
	const uint64_t n = (uint64_t)(capsules_end - update_capsule);
	uint8_t *code = NULL;

	require(bs->allocate_pool(RUNTIME_SERVICES_CODE, n, (void **)&code));
	memcpy(code, update_capsule, n);
	rt->update_capsule = (void *)code;
	rt->query_capsule_capabilities =
		(void *)(code + (query_capsule_capabilities - update_capsule));
	return bs->install_configuration_table(&attributes_guid, NULL);
}

static efi_status_t(EFIAPI *real_map)(uint64_t *n_bytes, void *map, uint64_t *key, uint64_t *each,
				      uint32_t *version);

/* Large pieces of free memory. How they are cut may change from call to call, but not by much. */
static efi_status_t EFIAPI map_with_reliable(uint64_t *n_bytes, void *map, uint64_t *key,
					     uint64_t *each, uint32_t *version)
{
	const efi_status_t status = real_map(n_bytes, map, key, each, version);
	struct efi_memory_descriptor *d;

	for (uint64_t at = 0; status == EFI_SUCCESS && *each && at < *n_bytes; at += *each) {
		d = (void *)((uint8_t *)map + at);
		if (d->type == EFI_CONVENTIONAL_MEMORY && d->n_pages >= LARGE_PAGES)
			d->attribute |= EFI_MEMORY_MORE_RELIABLE;
	}
	return status;
}

efi_status_t payload(void)
{
	struct esrt *table = NULL;
	handle_t image = NULL;

	require(bs->allocate_pool(BOOT_SERVICES_DATA, sizeof(*table), (void **)&table));
	*table = (struct esrt){ PARTS, PARTS, 1, { { { 0 } } } };
	for (uint32_t i = 0; i < PARTS; i++)
		table->part[i] = (struct part){
			{ 0x0a1f7d42 + i, 0x5c0e, 0x4c8b, { 1, 2, 3, 4, 5, 6, 7, 8 } },
			1 + i % 2,
			0x10203 * i,
			i,
			0xffff0000u >> i,
			0xffffffff - i,
			i
		};
	require(bs->install_configuration_table(&esrt_guid, table));
	real_map = bs->get_memory_map;
	bs->get_memory_map = map_with_reliable;
	require(say_what_is_supported());
	require(take_capsules());
	require(load_beside(u"\\kernel.efi", &image));
	return bs->start_image(image, NULL, NULL);
}
