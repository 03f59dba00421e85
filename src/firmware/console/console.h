/* SPDX-License-Identifier: MIT */
#pragma once
#include "firmware/core/part.h"

/* The terminal, then what is offered on it: the others need it opened before them. */
extern const struct part part_terminal, part_text_output, part_text_input, part_serial_io;
/* The screen, if there is one to draw on. */
extern const struct part part_graphics_output;
