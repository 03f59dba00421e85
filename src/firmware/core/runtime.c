// SPDX-License-Identifier: MIT
/* The table of runtime services (UEFI 2.10, 8) while boot services last, and the small ones. */
#include "base/util.h"
#include "firmware/core/access.h"
#include "firmware/core/end.h"
#include "firmware/core/event.h"
#include "firmware/core/guid.h"
#include "firmware/core/result.h"
#include "firmware/core/services.h"
#include "firmware/core/state.h"

static efi_status_t reset_system(struct call *c)
{
	static const char *const how[] = { "a cold reset", "a warm reset", "to be switched off",
					   "a platform-specific reset" };
	struct firmware *fw = c->fw;

	event_signal_group(fw, &guid_event_reset_system);
	events_run(fw);
	if (fw->ended)
		return EFI_SUCCESS;
	violation(fw, "asks for %s", how[min_u64(c->arg[0], 3)]);
	fw->end = FIRMWARE_RESET;
	fw->end_status = c->arg[1];
	return EFI_SUCCESS;
}

static efi_status_t get_next_high_monotonic_count(struct call *c)
{
	/* the lower half starts anew, as behind a reset */
	uint64_t high = (c->fw->monotonic_count >> 32) + 1;

	if (!guest_put_u32(c->fw, c->arg[0], (uint32_t)high))
		return EFI_INVALID_PARAMETER;
	c->fw->monotonic_count = high << 32;
	return EFI_SUCCESS;
}

static const struct service services[] = {
	{ "GetTime",
	  RT_SLOT(GET_TIME),
	  get_time,
	  { ARG_ADDR, ARG_ADDR },
	  "Until ExitBootServices; in the next kernel, the firmware's." },
	{ "SetTime",
	  RT_SLOT(SET_TIME),
	  NULL,
	  { ARG_ADDR },
	  "Setting the host's clock is not an image's business. In the next kernel, the "
	  "firmware's." },
	{ "GetWakeupTime",
	  RT_SLOT(GET_WAKEUP_TIME),
	  NULL,
	  { ARG_ADDR, ARG_ADDR, ARG_ADDR },
	  "Nobody asks before ExitBootServices. In the next kernel, the firmware's." },
	{ "SetWakeupTime",
	  RT_SLOT(SET_WAKEUP_TIME),
	  NULL,
	  { ARG_BOOL, ARG_ADDR },
	  "Nobody asks before ExitBootServices. In the next kernel, the firmware's." },
	{ "SetVirtualAddressMap",
	  RT_SLOT(SET_VIRTUAL_ADDRESS_MAP),
	  NULL,
	  { ARG_SIZE, ARG_SIZE, ARG_U32, ARG_ADDR },
	  "Behind ExitBootServices, answered by the code that stays; before it, not allowed "
	  "(8.4)." },
	{ "ConvertPointer",
	  RT_SLOT(CONVERT_POINTER),
	  NULL,
	  { ARG_HEX, ARG_INOUT },
	  "Inside SetVirtualAddressMap, answered by the code that stays; before it, not allowed "
	  "(8.4)." },
	{ "GetVariable",
	  RT_SLOT(GET_VARIABLE),
	  get_variable,
	  { ARG_TEXT, ARG_GUID, ARG_OUT_U32, ARG_INOUT, ARG_ADDR },
	  "In the next kernel what the image left, else the firmware's." },
	{ "GetNextVariableName",
	  RT_SLOT(GET_NEXT_VARIABLE_NAME),
	  get_next_variable_name,
	  { ARG_INOUT, ARG_TEXT, ARG_GUID },
	  "In the next kernel the firmware's, then what only the image had." },
	{ "SetVariable",
	  RT_SLOT(SET_VARIABLE),
	  set_variable,
	  { ARG_TEXT, ARG_GUID, ARG_VARIABLE_ATTRIBUTES, ARG_SIZE, ARG_ADDR },
	  "Authenticated variables and error records: EFI_UNSUPPORTED. Of the host's those that "
	  "say what it trusts, and LoaderBootSecret: EFI_WRITE_PROTECTED. "
	  "In the next kernel, the firmware's." },
	{ "GetNextHighMonotonicCount",
	  RT_SLOT(GET_NEXT_HIGH_MONOTONIC_COUNT),
	  get_next_high_monotonic_count,
	  { ARG_OUT_U32 },
	  "Until ExitBootServices; in the next kernel, the firmware's." },
	{ "ResetSystem",
	  RT_SLOT(RESET_SYSTEM),
	  reset_system,
	  { ARG_RESET_TYPE, ARG_STATUS, ARG_SIZE, ARG_ADDR },
	  "Ends the run. In the next kernel by the machine's firmware, or by the registers that "
	  "the "
	  "ACPI tables name, and otherwise as any PC is reset.",
	  .result = RESULT_VOID },
	{ "UpdateCapsule",
	  RT_SLOT(UPDATE_CAPSULE),
	  NULL,
	  { ARG_ADDR, ARG_SIZE, ARG_ADDR },
	  "Only in the next kernel, the firmware's." },
	{ "QueryCapsuleCapabilities",
	  RT_SLOT(QUERY_CAPSULE_CAPABILITIES),
	  NULL,
	  { ARG_ADDR, ARG_SIZE, ARG_OUT, ARG_ADDR },
	  "Only in the next kernel, the firmware's." },
	{ "QueryVariableInfo",
	  RT_SLOT(QUERY_VARIABLE_INFO),
	  query_variable_info,
	  { ARG_VARIABLE_ATTRIBUTES, ARG_OUT, ARG_OUT, ARG_OUT },
	  "In the next kernel, the firmware's." },
};

const struct service_group group_runtime = {
	.name = "Runtime Services",
	.section = "8",
	.table = SERVICE_RUNTIME,
	.service = services,
	.n = ARRAY_SIZE(services),
};
