/* SPDX-License-Identifier: MIT */
#pragma once
/* What the next kernel is to reach of this machine behind the jump: its firmware, its reset. */
#include "firmware/firmware.h"
#include "host/acpi_power.h"
#include "host/efivars.h"
#include "host/memory_map.h"

struct runtime_view {
	struct runtime_firmware firmware; /* of no regions: its services are frozen */
	uint32_t supported;		  /* EFI_RT_SUPPORTED_*, as it says itself */
	struct why frozen;		  /* why, if they are */
};

/* root is "" for this machine. Nothing fails: what cannot be forwarded is frozen. */
void runtime_view_read(const char *root, const struct host_variables *variables,
		       const struct memory_map *map, struct runtime_view *ret_view);
/* The same of this machine, for who has looked at nothing of it yet. */
void runtime_view_here(struct runtime_view *ret_view);
/* Frozen, because somebody wants it so. */
void runtime_view_without(const char *why, struct runtime_view *ret_view);

/*
 * The services of a firmware that is forwarded which it says it does not have: by name, the first
 * one from *bit on, with *bit moved behind it; NULL at the end. Not those that bardo has itself.
 */
const char *runtime_view_lacks(const struct runtime_view *view, unsigned *bit);

/* As if region i did not exist: what becomes of a firmware that is not all there? */
void runtime_view_leave_out(struct runtime_view *view, unsigned i);

struct runtime_power runtime_power_of(const struct acpi_power *power);
