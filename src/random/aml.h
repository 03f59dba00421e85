/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Where an ACPI table says that the VM generation id lies. Pure: bytes in, an
 * address out.
 *
 * Not an interpreter: a device that names VM_Gen_Counter is found by its bytes,
 * and its ADDR is understood in the three shapes that hypervisors write: a
 * package of constants (Firecracker), a method that stores constants, names and
 * their sums (QEMU), names of fields in memory (Hyper-V).
 */
#include "base/bytes.h"
#include "base/util.h"

#include <stdint.h>

/* Half of the address: a number, or where in physical memory the number is. */
struct aml_half {
	uint64_t value;
	bool in_memory; /* value is the address of 4 bytes that hold the number */
};

struct aml_address {
	struct aml_half low, high;
};

/*
 * Returns 0; -ENOENT when the table has no such device; -ENOEXEC when it has
 * one whose ADDR is none of the shapes.
 */
must_check int aml_vmgenid(struct bytes table, struct aml_address *ret_address);
