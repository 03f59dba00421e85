// SPDX-License-Identifier: MIT
#include "firmware/core/measurer.h"
#include "firmware/core/state.h"

void measure_image(struct firmware *fw, const struct pe_image *pe, const struct image *image)
{
	if (fw->measurer)
		fw->measurer->image(fw, pe, image);
}

void measure_stay(struct firmware *fw)
{
	if (fw->measurer)
		fw->measurer->stays(fw);
}

void measure_leave(struct firmware *fw)
{
	if (fw->measurer)
		fw->measurer->leaves(fw);
}
