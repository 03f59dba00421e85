/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * A service is a row: its name, what its arguments are, and the function that
 * answers it. Dispatch, the trace and doc/baseline.md all come from these rows.
 */
#include "efi/types.h"
#include "machine_regs.h"

#include <stdbool.h>
#include <stdint.h>

struct firmware;
struct service;

enum { SERVICE_MAX_ARGS = 10 };

/* How wide an argument is and how the trace shows it. */
enum arg_kind {
	ARG_NONE,
	ARG_THIS, /* the interface it was called on */
	ARG_HANDLE,
	ARG_EVENT,
	ARG_GUID, /* EFI_GUID * */
	ARG_TEXT, /* CHAR16 * */
	ARG_PATH, /* EFI_DEVICE_PATH_PROTOCOL * */
	ARG_ADDR, /* a pointer or address, shown as one */
	ARG_SIZE, /* UINTN */
	ARG_U32,
	ARG_U16,
	ARG_U8,
	ARG_BOOL,
	ARG_HEX, /* UINT64 flags */
	ARG_STATUS,
	ARG_TPL,
	ARG_MEMORY_TYPE,
	ARG_ALLOCATE_TYPE,
	ARG_SEARCH_TYPE,
	ARG_TIMER_TYPE,
	ARG_RESET_TYPE,
	ARG_OPEN_ATTRIBUTES,
	ARG_VARIABLE_ATTRIBUTES,
	/* pointers to a value that the trace shows after the call */
	ARG_OUT, /* UINT64 or pointer */
	ARG_OUT_HANDLE,
	ARG_OUT_U32,
	ARG_INOUT, /* shown before and after */
};

struct call {
	struct firmware *fw;
	const struct service *service;
	uint64_t arg[SERVICE_MAX_ARGS];
	struct machine_regs regs; /* of the caller */
	uint64_t number;	  /* the first one is 1 */
};

struct service {
	const char *name;
	uint8_t slot; /* place in the table or interface, in pointers behind its start */
	efi_status_t (*answer)(struct call *call); /* NULL: EFI_UNSUPPORTED */
	enum arg_kind args[SERVICE_MAX_ARGS];
	const char *note; /* what is particular; for an absent one, who would want it */
	enum { RESULT_STATUS, RESULT_VOID, RESULT_TPL, RESULT_ADDR } result;
};

enum service_table {
	SERVICE_PROTOCOL,
	SERVICE_BOOT,	 /* EFI_BOOT_SERVICES, in several groups */
	SERVICE_RUNTIME, /* EFI_RUNTIME_SERVICES */
};

struct service_group {
	const char *name;    /* EFI_..._PROTOCOL, as the specification calls it */
	const char *section; /* of UEFI 2.10 */
	enum service_table table;
	const struct efi_guid *guid; /* of a protocol */
	uint8_t n_slots;	     /* of a protocol's interface, data members included */
	const struct service *service;
	unsigned n;
};

/*
 * Argument i, behind the declared ones, of a service that takes any number.
 * The run ends when the caller's stack is not readable; then this is 0.
 */
uint64_t call_arg(struct call *call, unsigned i);
