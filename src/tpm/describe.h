/* SPDX-License-Identifier: MIT */
#pragma once
/* What a record is about, for people. Its event is anybody's bytes, and so is the text. Pure. */
#include "tpm/log.h"

enum { TPM_TEXT_BYTES = 256 };

/* As the specification writes it; NULL: a type that is not known here. */
const char *tpm_type_name(uint32_t type);
/* UTF-8, cut off where it is too long; "" when there is nothing to say. */
void tpm_describe(const struct tpm_record *record, char ret_text[static TPM_TEXT_BYTES]);
