/* SPDX-License-Identifier: MIT */
#pragma once
/* Who measures what boots, when somebody does. */
#include "efi/types.h"

struct firmware;
struct image;
struct pe_image;

struct measurer {
	/* It was loaded from the bytes that pe is about. */
	void (*image)(struct firmware *fw, const struct pe_image *pe, const struct image *image);
	/* ExitBootServices was refused: its caller will ask again. */
	void (*stays)(struct firmware *fw);
	/* Boot services end; memory can be written, and the map stays as it is. */
	void (*leaves)(struct firmware *fw);
};

/* Nothing when nobody measures. */
void measure_image(struct firmware *fw, const struct pe_image *pe, const struct image *image);
void measure_stay(struct firmware *fw);
void measure_leave(struct firmware *fw);
