/* SPDX-License-Identifier: MIT */
#pragma once
/* ACPI tables that name a VM generation id, as three hypervisors write them. */
#include "base/bytes.h"

/* Scope (\_SB) { Device (VGEN) {..} } and Name (VGIA, ..), as QEMU's SSDT has them */
static const char tiny_aml_qemu[] =
	"SSDT\x00\x00\x00\x00\x08VGIA\x0c\x00\xf0\xff\x1f\x10K\x06\\_SB_[\x82"
	"B\x06VG"
	"EN\x08_HID\x0dQEMUVGID\x00\x08_CID\x0dVM_Gen_Counter\x00\x08_DDN\x0dVM_Gen_Cou"
	"nter\x00"
	/* Method (ADDR) { Local0 = Package (2) {}; Local0[0] = VGIA + 0x28; Local0[1] = 0; .. } */
	"\x14 ADDR\x00p\x12\x02\x02`prVGIA\x0a(\x00\x88`\x00\x00p\x00\x88`\x01\x00\xa4`"
	"\x00\x00";

/* Device (\_SB.VGEN) { .. Name (ADDR, Package (2) { low, high }) }, Firecracker's */
static const char tiny_aml_firecracker[] = "[\x82"
					   "C\x05._SB_VGEN\x08_HID\x0d"
					   "FCVMGID\x00\x08_CID\x0dVM_Gen_Counter\x00"
					   "\x08_DDN\x0dVM_Gen_Counter\x00\x08"
					   "ADDR\x12\x0a\x02\x0c\xf0\xff\x0d\x00\x0b"
					   "4\x12";

/* fields in memory, and _CID a package of names: Hyper-V's */
static const char tiny_aml_hyperv[] =
	/* OperationRegion (BIOS, SystemMemory, 0x12345000, 0xff) */
	"[\x80"
	"BIOS\x00\x0c\x00P4\x12\x0a\xff"
	/* Field (BIOS, DWordAcc) { MODE, 32, Offset (0x10), GCAL, 32, GCAH, 32 } */
	"[\x81\x18"
	"BIOS\x03MODE \x00@\x06GCAL GCAH \x00[\x82"
	"C\x07._SB_GENC\x08_HID"
	"\x0dMSFT1002\x00\x08_CID\x12\x1c\x02\x0dVM_Gen_Counter\x00\x0dVMGENCTR\x00"
	/* Method (ADDR) { Name (LPKG, ..); LPKG[0] = GCAL; LPKG[1] = GCAH; Return (LPKG) } */
	"\x14-ADDR\x00\x08LPKG\x12\x04\x02\x00\x00pGCAL\x88LPKG\x00\x00pGCAH\x88LPKG"
	"\x01\x00\xa4LPKG\x00\x00\x00\x00\x00\x00\x00\x00\x00";

/* without the 0 that C puts behind a text */
static const struct bytes tiny_aml[] = {
	{ (const uint8_t *)tiny_aml_qemu, sizeof(tiny_aml_qemu) - 1 },
	{ (const uint8_t *)tiny_aml_firecracker, sizeof(tiny_aml_firecracker) - 1 },
	{ (const uint8_t *)tiny_aml_hyperv, sizeof(tiny_aml_hyperv) - 1 },
};
enum { TINY_AML_QEMU, TINY_AML_FIRECRACKER, TINY_AML_HYPERV, N_TINY_AML };
