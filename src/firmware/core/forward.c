// SPDX-License-Identifier: MIT
#include "firmware/core/forward.h"
#include "base/util.h"
#include "firmware/core/state.h"
#include "firmware/core/variable.h"
#include "guest_call.h"

static const struct runtime_firmware no_firmware;

static const struct runtime_firmware *firmware_of(const struct firmware *fw)
{
	return fw->config.runtime ? fw->config.runtime : &no_firmware;
}

uint64_t forward_bytes(const struct firmware *fw)
{
	/* the first one's place is a multiple of two pages */
	return (2 + runtime_tables_most(firmware_of(fw), &fw->config.power)) * PAGE_BYTES;
}

/*
 * Made when boot services end: until then the image could have written there. It still may spoil
 * them, and does that to its own kernel.
 */
void forward_make(struct firmware *fw, uint8_t *p, struct runtime_data *data)
{
	const uint64_t at = align_up(fw->runtime_data + fw->runtime_data_bytes, 2 * PAGE_BYTES);
	const uint64_t most = runtime_tables_most(firmware_of(fw), &fw->config.power);
	const struct runtime_own own = {
		.code = fw->runtime_code,
		.code_bytes = runtime_blob().n,
		.data = fw->runtime_data,
		.data_bytes = at + most * PAGE_BYTES - fw->runtime_data,
		.power = &fw->config.power,
	};

	data->power = fw->config.power;
	runtime_tables_make(firmware_of(fw), &own, at, p + (at - fw->runtime_data), most,
			    &data->forward);
}

/* Of the firmware's regions, those that the next kernel has at their place: all or none. */
static uint32_t n_staying(const struct runtime_firmware *f)
{
	return RUNTIME_MOVES ? 0 : f->n;
}

/* Memory that the image may have stays what it is: it is no firmware's. */
int forward_claim(struct firmware *fw)
{
	const struct runtime_firmware *f = firmware_of(fw);
	const struct region *is;
	struct region to;
	int r = 0;

	for (uint32_t i = 0; i < n_staying(f) && r == 0; i++) {
		const uint64_t end = f->region[i].physical + (f->region[i].n_pages << PAGE_SHIFT);
		uint64_t at = f->region[i].physical;

		while (r == 0 && at < end && (is = page_map_behind(&fw->map, at))) {
			to = *is;
			to.start = max_u64(at, is->start);
			to.end = at = min_u64(end, is->end);
			to.type = f->region[i].type;
			if (to.start < to.end && to.owner == REGION_HOST)
				r = page_map_set(&fw->map, &to);
		}
	}
	return r;
}

uint64_t forward_until(const struct firmware *fw, uint64_t at, uint64_t end,
		       uint64_t *ret_attribute)
{
	const struct runtime_firmware *f = firmware_of(fw);

	*ret_attribute = 0;
	for (uint32_t i = 0; i < n_staying(f); i++) {
		const uint64_t start = f->region[i].physical,
			       stop = start + (f->region[i].n_pages << PAGE_SHIFT);

		if (at >= start && at < stop) {
			*ret_attribute = f->region[i].attribute;
			end = min_u64(end, stop);
		} else if (at < start) {
			end = min_u64(end, start);
		}
	}
	return end;
}

/* Best effort: without it, the next boot by bardo has frozen services. */
void forward_tell(struct firmware *fw)
{
	static const struct efi_guid vendor = RUNTIME_RANGES_VENDOR;
	const struct runtime_firmware *f = fw->config.runtime;

	if (f)
		variable_offer(fw, &vendor, RUNTIME_FIRMWARE_VARIABLE,
			       EFI_VARIABLE_BOOTSERVICE_ACCESS | EFI_VARIABLE_RUNTIME_ACCESS,
			       (struct bytes){ (const uint8_t *)f, runtime_firmware_bytes(f->n) },
			       true);
}

/*
 * Variables that the image left are read from the store, and a machine is reset without its
 * firmware too; all else is what the firmware says, where there is one to ask.
 */
uint32_t forward_supported(const struct firmware *fw)
{
	const uint32_t moves =
		EFI_RT_SUPPORTED_SET_VIRTUAL_ADDRESS_MAP | EFI_RT_SUPPORTED_CONVERT_POINTER;
	const uint32_t own = EFI_RT_SUPPORTED_GET_VARIABLE |
			     EFI_RT_SUPPORTED_GET_NEXT_VARIABLE_NAME | (RUNTIME_MOVES ? moves : 0) |
			     (RUNTIME_RESETS ? EFI_RT_SUPPORTED_RESET_SYSTEM : 0);

	/* who stays where it is must never be told otherwise */
	return own | (fw->config.runtime ? fw->config.runtime_supported & EFI_RT_SUPPORTED_ALL &
						   ~(RUNTIME_MOVES ? 0 : moves)
					 : EFI_RT_SUPPORTED_QUERY_VARIABLE_INFO);
}
