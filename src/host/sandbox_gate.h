/* SPDX-License-Identifier: MIT */
#pragma once
/* What of a machine's settings, or of this process's, forbids what a sandbox is built of. */
#include "base/why.h"

/* By files below root, "" for the running system: 0, or -EPERM and the setting by its name. */
must_check int sandbox_gate(const char *root, struct why *why);

/*
 * A sandbox failed with r, which *why says: the setting that may be why is put behind that, where
 * one is known. Returns r.
 */
int sandbox_gate_explain(const char *root, int r, struct why *why);

/* The same for a process that got no namespaces of its own. */
void namespace_gate_explain(const char *root, struct why *why);
