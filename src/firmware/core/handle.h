/* SPDX-License-Identifier: MIT */
#pragma once
/* Handles and the protocols on them (UEFI 2.10, 7.3). */
#include "firmware/core/guid.h"
#include "firmware/core/index.h"
#include "firmware/core/names.h"
#include "firmware/core/service.h"

#include <stdbool.h>
#include <stdint.h>

/* One use of a protocol, as OpenProtocol notes it. */
struct open_protocol {
	efi_handle_t agent, controller;
	uint32_t attributes;
	uint32_t count;
};

struct opening {
	struct index_node node;
	struct opening *next, *previous;
	struct open_protocol entry;
};

struct protocol {
	struct index_node node;
	struct protocol *next, *previous; /* on the same handle */
	struct efi_guid guid;
	efi_addr_t interface;		   /* as the image sees it; may be 0 */
	const struct service_group *group; /* ours, or NULL: the image's own */
	void *object;			   /* what our functions work on */
	struct index_node path;		   /* path_index.c: of a device path */
	struct handle *handle;		   /* that it is noted for there, or NULL */
	struct opening *first_open, *last_open;
	struct index openings;
	unsigned n_open, n_by_driver, n_exclusive; /* of the openings; those with such attributes */
};

/* Handles with what each connection asks for: found without a look at all others. */
enum { LISTED_DRIVERS, LISTED_PLATFORM_OVERRIDES, N_LISTED };

struct handle {
	struct handle *next, *previous;
	efi_handle_t name;
	struct protocol *protocols; /* newest first; no protocols: the handle is gone */
	struct index by_guid;
	struct {
		struct handle *next, *previous;
	} listed[N_LISTED];
	uint64_t changed; /* the last of all changes that was one of this handle */
	uint64_t born;	  /* the changes there were before it */
};

struct notification;

struct handles {
	struct names names;
	struct index by_path;
	struct handle *first, *last; /* oldest first */
	struct {
		struct handle *first, *last;
	} listed[N_LISTED];		    /* in the order in which they got it */
	struct notification *notifications; /* RegisterProtocolNotify */
	uint64_t n_registrations;
	uint64_t changes; /* protocols put on and taken off, so far */
};

enum {
	OPEN_BY_HANDLE_PROTOCOL = 0x01,
	OPEN_GET_PROTOCOL = 0x02,
	OPEN_TEST_PROTOCOL = 0x04,
	OPEN_BY_CHILD_CONTROLLER = 0x08,
	OPEN_BY_DRIVER = 0x10,
	OPEN_EXCLUSIVE = 0x20,
};

void handles_open(struct firmware *fw);
void handles_free(struct firmware *fw);

/* NULL when there is no such handle. */
struct handle *handle_find(struct firmware *fw, efi_handle_t name);
struct protocol *handle_protocol(const struct handle *handle, const struct efi_guid *guid);
/* Both in one; NULL when there is no such handle, or it has none. */
struct protocol *protocol_find(struct firmware *fw, efi_handle_t name, const struct efi_guid *guid);

/* For install.c. A new handle, NULL: no more; and one that never got a protocol, away again. */
struct handle *handle_new(struct firmware *fw);
void handle_drop(struct firmware *fw, struct handle *handle);
/* A protocol onto a handle, NULL: no memory; off it again, and the handle with its last one. */
struct protocol *handle_put(struct firmware *fw, struct handle *handle, const struct efi_guid *guid,
			    efi_addr_t interface);
void handle_take(struct firmware *fw, struct handle *handle, struct protocol *p);

/* opening.c: false without memory */
bool opening_note(struct protocol *p, efi_handle_t agent, efi_handle_t controller,
		  uint32_t attributes);
struct opening *opening_find(const struct protocol *p, efi_handle_t agent, efi_handle_t controller,
			     uint32_t attributes);
void opening_drop(struct protocol *p, struct opening *o);
void openings_free(struct protocol *p);

/* The object behind the interface that a call came in on; NULL: not one of the group's. */
void *call_object(struct call *call, const struct service_group *group);

/* Its first handle, in order of creation, and interface; 0 when nobody has it. */
efi_handle_t protocol_locate(struct firmware *fw, const struct efi_guid *guid,
			     efi_addr_t *ret_interface);

/*
 * Forget an agent's uses of all protocols: its image is gone.
 */
void handles_forget_agent(struct firmware *fw, efi_handle_t agent);
