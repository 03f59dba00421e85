/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Where an ACPI table says that the VM generation id lies. Pure: bytes in, an
 * address out.
 *
 * Not an interpreter: the device is found by what its _HID or _CID says, and its ADDR is
 * understood where it is a package, or a method that fills one or returns one: of
 * constants, names, fields in memory, locals and what is made of two of them.
 */
#include "base/bytes.h"
#include "base/util.h"

#include <stdint.h>

/* Half of the address: a number, or where in physical memory the number is. */
struct aml_half {
	uint64_t value;
	unsigned memory_bytes; /* so many at the address value hold the number; 0: value is it */
};

/* Added up, the second one 32 bits higher. */
struct aml_address {
	struct aml_half low, high;
};

/*
 * Returns 0; -ENOENT when the table has no such device; -ENOEXEC when it has
 * one whose ADDR is none of the shapes.
 */
must_check int aml_vmgenid(struct bytes table, struct aml_address *ret_address);
