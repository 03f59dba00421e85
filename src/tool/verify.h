/* SPDX-License-Identifier: MIT */
#pragma once
/* What `bardo verify` shows, to people and to programs. */
#include "boot/arguments.h"
#include "trust/policy.h"
#include "trust/verdict.h"

struct verified {
	const char *path;
	struct trust_question question;
	struct verdict verdict;
	struct arguments arguments;
};

void verified_print(const struct verified *shown);
void verified_print_json(const struct verified *shown);

/* Whose word each argument is, a line each, or a member of an object; of lists their names. */
void arguments_print(const struct arguments *arguments, const struct trust_list *list);
void arguments_print_json(const struct arguments *arguments, const struct trust_list *list);
