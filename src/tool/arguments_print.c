// SPDX-License-Identifier: MIT
#include "tool/verify.h"
#include "tool/print.h"

#include <stdio.h>

enum { LABEL_COLUMNS = 16 };

static void print_argument(const struct argument *a, const struct trust_list *list)
{
	printf("%-*s", LABEL_COLUMNS, a->kind);
	if (a->path || a->option) {
		print_safe(bytes_of_text(a->path ? a->path : a->option));
		printf(": ");
	}
	printf("%s", voucher_text(a->by));
	if (a->by == VOUCHER_NOBODY) {
		printf(": ");
		print_safe(bytes_of_text(a->why.text));
	}
	if (a->by == VOUCHER_CALLER && !a->path && !a->option)
		printf(", if one is given");
	if (a->by == VOUCHER_ITSELF) {
		printf(": ");
		print_safe(bytes_of_text(list[a->allowed_by.source].name));
		printf(" %s", a->allowed_by.subject);
	}
	putchar('\n');
}

void arguments_print(const struct arguments *arguments, const struct trust_list *list)
{
	for (unsigned i = 0; i < arguments->n; i++)
		print_argument(&arguments->argument[i], list);
}

void arguments_print_json(const struct arguments *arguments, const struct trust_list *list)
{
	json_open("arguments", '[');
	for (unsigned i = 0; i < arguments->n; i++) {
		const struct argument *a = &arguments->argument[i];
		const bool itself = a->by == VOUCHER_ITSELF;

		json_open(NULL, '{');
		json_text("kind", bytes_of_text(a->kind));
		json_text("path", bytes_of_text(a->path));
		json_text("option", bytes_of_text(a->option));
		json_text("covered_by", bytes_of_text(voucher_name(a->by)));
		json_text("source", bytes_of_text(itself ? list[a->allowed_by.source].name : NULL));
		json_text("subject", bytes_of_text(itself ? a->allowed_by.subject : NULL));
		json_text("reason", bytes_of_text(a->by == VOUCHER_NOBODY ? a->why.text : NULL));
		json_close('}');
	}
	json_close(']');
}
