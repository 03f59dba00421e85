/* SPDX-License-Identifier: MIT */
#pragma once
/* Which records of two event logs are the same. */
#include "measure/history.h"

enum differ_mark { DIFFER_BOTH, DIFFER_FIRST, DIFFER_SECOND };

/* What a record was extended with, in the banks that both logs have: event texts may differ. */
bool differ_same(const struct history *a, unsigned i, const struct history *b, unsigned k);

/*
 * Go along both logs: in DIFFER_BOTH record i of the first is record k of the second, else it is in
 * one alone. Returns how many were not in both; -E2BIG: so many that it is no use.
 */
must_check int differ(const struct history *a, const struct history *b,
		      void (*tell)(void *context, enum differ_mark mark, unsigned i, unsigned k),
		      void *context, struct why *why);
