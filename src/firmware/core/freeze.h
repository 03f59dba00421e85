/* SPDX-License-Identifier: MIT */
#pragma once
struct firmware;

/* Boot services are over, and with them the run; the state stays as the caller left it. */
void boot_freeze(struct firmware *fw);
