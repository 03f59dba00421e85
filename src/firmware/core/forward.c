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
	const uint32_t own = EFI_RT_SUPPORTED_GET_VARIABLE |
			     EFI_RT_SUPPORTED_GET_NEXT_VARIABLE_NAME |
			     (RUNTIME_MOVES ? EFI_RT_SUPPORTED_SET_VIRTUAL_ADDRESS_MAP |
						      EFI_RT_SUPPORTED_CONVERT_POINTER
					    : 0) |
			     (RUNTIME_RESETS ? EFI_RT_SUPPORTED_RESET_SYSTEM : 0);

	return own | (fw->config.runtime ? fw->config.runtime_supported & EFI_RT_SUPPORTED_ALL
					 : EFI_RT_SUPPORTED_QUERY_VARIABLE_INFO);
}
