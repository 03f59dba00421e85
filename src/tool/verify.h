/* SPDX-License-Identifier: MIT */
#pragma once
/* What `bardo verify` shows, to people and to programs. */
#include "trust/policy.h"
#include "trust/verdict.h"

struct verified {
	const char *path;
	struct trust_question question;
	struct verdict verdict;
};

void verified_print(const struct verified *shown);
void verified_print_json(const struct verified *shown);
