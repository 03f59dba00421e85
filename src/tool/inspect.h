/* SPDX-License-Identifier: MIT */
#pragma once
/* What `bardo inspect` shows, to people and to programs: an image and the files beside it. */
#include "boot/sidecars.h"
#include "inspect/image.h"

struct inspected {
	const char *path;
	struct inspection image;
	struct sidecars sidecars;
};

void inspected_print(const struct inspected *shown);
void inspected_print_json(const struct inspected *shown);
