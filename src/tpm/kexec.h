/* SPDX-License-Identifier: MIT */
#pragma once
/* In front of all that is measured of what boots next: from here on it is another kernel's. */
#include <stdint.h>

#define KEXEC_TEXT "kexec:bardo:1"
enum { KEXEC_TAG = 0x62617264 };

/* Each PCR that goes on, so that none can be taken for one of a boot by firmware. */
static const uint8_t kexec_pcrs[] = { 4, 11, 12, 13 };
