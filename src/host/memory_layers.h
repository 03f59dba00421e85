/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Several lists say what an address is, and they overlap. Each entry becomes two
 * edges; a sweep over the sorted edges knows at any address which layers cover
 * it, and decides. This is the decision; host/memory_map.c has the lists.
 */
#include "host/memory_map.h"

enum memory_layer {
	LAYER_FIRMWARE_RAM,
	LAYER_KERNEL_RAM,
	LAYER_NESTED_RAM, /* System RAM inside something else of /proc/iomem */
	LAYER_PCI_BUS,	  /* a window of a host bridge */
	LAYER_CRASH_KERNEL,
	LAYER_HOTPLUGGED, /* what the two above make where the firmware gave no RAM */
	/* from here on each one is stronger than all above it */
	LAYER_IN_USE, /* the running kernel's own, until it ends */
	LAYER_SPECIAL,
	LAYER_ACPI_RECLAIM,
	LAYER_ACPI_NVS,
	LAYER_PERSISTENT,
	LAYER_UNUSABLE,
	LAYER_FIRMWARE_RESERVED, /* large, and only the firmware says so */
	LAYER_RESERVED,
	LAYER_MMIO,
	LAYER_LEFT_BEHIND,
	N_LAYERS,
	LAYER_NONE = N_LAYERS,
};

struct memory_edge {
	uint64_t addr;
	enum memory_layer layer;
	int step; /* +1 where the layer begins, -1 where it ends */
};

struct memory_layers {
	struct memory_edge *edge;
	unsigned n, cap;
	bool have_firmware; /* RAM has to be RAM for the firmware too */
};

void memory_layers_free(struct memory_layers *layers);
#define scoped_memory_layers __attribute__((cleanup(memory_layers_free))) struct memory_layers

/* [start, end); nothing where that is empty. 0 or -ENOMEM. */
must_check int memory_layers_add(struct memory_layers *layers, uint64_t start, uint64_t end,
				 enum memory_layer layer);

/*
 * The map that they come to, in pages: 0 or -ENOMEM. Its ranges are the caller's to
 * free (memory_map_free()); top_of_address_space is not set.
 */
must_check int memory_layers_sweep(struct memory_layers *layers, struct memory_map *ret_map);

/* The layer that a range of a finished map is. */
enum memory_layer memory_layer_of_kind(enum memory_kind kind);
