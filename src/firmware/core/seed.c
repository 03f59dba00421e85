// SPDX-License-Identifier: MIT
/*
 * The next kernel's seed table, LINUX_EFI_RANDOM_SEED: 32-bit length, then that
 * many bytes. Linux's stub makes one from EFI_RNG_PROTOCOL, systemd's from a file
 * besides; where nobody does, we do. The purgatory makes its bytes
 * anew. A table of the machine that bardo runs on is never shown to the image: that seed
 * was used.
 */
#include "firmware/core/seed.h"
#include "base/bytes.h"
#include "base/util.h"
#include "base/why.h"
#include "firmware/core/access.h"
#include "firmware/core/end.h"
#include "firmware/core/guid.h"
#include "firmware/core/memory.h"
#include "firmware/core/page_map.h"
#include "firmware/core/part.h"
#include "firmware/core/state.h"
#include "firmware/core/tables.h"
#include "firmware/core/variable.h"

#include <errno.h>
#include <string.h>

enum {
	LENGTH_BYTES = 4,
	SEED_BYTES = 32,   /* fills the kernel's generator */
	MOST_BYTES = 1024, /* as much as Linux takes */
	TOKEN_BYTES = 32,
};

/*
 * ExitBootServices may not change the memory map any more: its caller holds the key
 * of the one it got. So the spare table's page is taken before the image runs.
 */
static int reserve(struct firmware *fw, struct why *why)
{
	efi_addr_t at = 0;

	if (memory_allocate(fw, EFI_ALLOCATE_ANY_PAGES, EFI_ACPI_RECLAIM_MEMORY, 1, &at) !=
	    EFI_SUCCESS)
		return why_set(why, -ENOMEM, "no room for a seed");
	fw->spare_seed = at;
	return 0;
}

/*
 * What systemd's boot loader and stub mix into their seed, and nobody knows who has but a
 * copy of the disk: a variable of the machine. One that has none gets one for this boot.
 */
static int offer_token(struct firmware *fw, struct why *why)
{
	const uint32_t attributes = EFI_VARIABLE_NON_VOLATILE | EFI_VARIABLE_BOOTSERVICE_ACCESS;
	uint8_t token[TOKEN_BYTES];
	efi_status_t status;

	fw->config.random(token, sizeof(token));
	status = variable_offer(fw, &guid_systemd_loader, "LoaderSystemToken", attributes,
				(struct bytes){ token, sizeof(token) }, false);
	explicit_bzero(token, sizeof(token));
	return status == EFI_SUCCESS ? 0 : why_set(why, -ENOMEM, "no room for LoaderSystemToken");
}

/* The bytes of the table at addr, if all of it is memory that goes on with the image. */
static bool table_bytes(struct firmware *fw, efi_addr_t addr, struct ram_range *ret_bytes)
{
	uint32_t n;

	if (!addr || addr > UINT64_MAX - LENGTH_BYTES - MOST_BYTES ||
	    !guest_get(fw, addr, &n, sizeof(n)) || n < SEED_BYTES || n > MOST_BYTES ||
	    !page_map_owned(&fw->map, align_down(addr, PAGE_BYTES),
			    align_up(addr + LENGTH_BYTES + n, PAGE_BYTES), REGION_IMAGE))
		return false;
	*ret_bytes = (struct ram_range){ addr + LENGTH_BYTES, addr + LENGTH_BYTES + n };
	return true;
}

/*
 * A table that is not sound gets replaced, not repaired: it is the image's to say
 * what lies there. One that is too short for a whole seed counts as none.
 */
bool seed_freeze(struct firmware *fw)
{
	struct {
		uint32_t n_bytes;
		uint8_t bytes[SEED_BYTES];
	} spare = { .n_bytes = SEED_BYTES };
	bool ok;

	/* without part_seed there is none to take its place */
	if (table_bytes(fw, table_find(fw, &guid_linux_random_seed), &fw->seed) || !fw->spare_seed)
		return true;
	fw->config.random(spare.bytes, sizeof(spare.bytes));
	ok = guest_put(fw, fw->spare_seed, &spare, sizeof(spare));
	explicit_bzero(&spare, sizeof(spare));
	if (!ok || !table_bytes(fw, fw->spare_seed, &fw->seed) ||
	    !table_install_silently(fw, &guid_linux_random_seed, fw->spare_seed)) {
		violation(fw, "gave away the memory of its seed");
		return false;
	}
	return true;
}

static int seed_open(struct firmware *fw, struct why *why)
{
	const int r = reserve(fw, why);

	return r < 0 ? r : offer_token(fw, why);
}

const struct part part_seed = { .open = seed_open };
