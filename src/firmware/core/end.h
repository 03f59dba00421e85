/* SPDX-License-Identifier: MIT */
#pragma once
/* How a run ends before its image does. Whoever has called into the guest looks at fw->ended. */
#include <stdbool.h>

struct firmware;

/* End the run: the image did what no image may. */
void violation(struct firmware *fw, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* End the run: we cannot go on (fw->why may hold a reason already). */
void broken(struct firmware *fw, int r, const char *what);
/* True when the wall clock limit has passed; then the run has ended. */
bool out_of_time(struct firmware *fw);
