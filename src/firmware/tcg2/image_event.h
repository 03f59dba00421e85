/* SPDX-License-Identifier: MIT */
#pragma once
/* Images that are loaded, and that ask for one to be measured. */
#include "firmware/tcg2/measure.h"

struct image;
struct pe_image;

/* Its digest is Authenticode's. */
efi_status_t image_measure(struct firmware *fw, struct tcg2 *t, const struct measurement *m,
			   const struct pe_image *pe);
/* Of an image that the firmware has loaded, what firmware measures. */
void image_event(struct firmware *fw, struct tcg2 *t, const struct pe_image *pe,
		 const struct image *image);
