/* SPDX-License-Identifier: MIT */
#pragma once
/* The log and the table of final events in guest memory, written anew from what was measured. */
#include "firmware/tcg2/measure.h"

struct why;

/* The machine's log for the next kernel, where the image sees no TPM: as it is, or none. */
must_check int event_log_pass_on(struct firmware *fw, struct why *why);

must_check int event_log_open(struct firmware *fw, struct tcg2 *t, struct why *why);
/* False when the image gave that memory away; *ret_last: address of the last record, or 0. */
bool event_log_write(struct firmware *fw, struct tcg2 *t, efi_addr_t *ret_last);
/* The head of the next kernel's table as well, for one that made a table. */
bool event_log_hand_on(struct firmware *fw, struct tcg2 *t);
