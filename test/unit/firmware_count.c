// SPDX-License-Identifier: MIT
/* Counts of calls, some of them within others, and their table. */
#include "firmware/trace/count.h"
#include "firmware/parts.h"
#include "tap.h"

#include <stdlib.h>
#include <string.h>

static struct groups groups;
static struct count table[512];
static struct counts counts = { .of = table };

static unsigned place_of(const char *service)
{
	unsigned place = 0;

	for (unsigned g = 0; g < groups.n; g++)
		for (unsigned i = 0; i < groups.group[g]->n; i++, place++)
			if (!strcmp(groups.group[g]->service[i].name, service))
				return place;
	tap_require(false, __FILE__, __LINE__, service);
	return 0;
}

static void check_count(const char *service, uint64_t n_calls, uint64_t n_errors, uint64_t ns)
{
	const struct count *c = &table[place_of(service)];

	check_msg(c->n_calls == n_calls && c->n_errors == n_errors && c->ns == ns,
		  "%s: %ju calls, %ju errors, %ju ns", service, (uintmax_t)c->n_calls,
		  (uintmax_t)c->n_errors, (uintmax_t)c->ns);
}

/* A call that took from began to ended, with nothing in it. */
static void call(const char *service, bool failed, uint64_t began, uint64_t ended)
{
	count_call(&counts, began);
	count_result(&counts, place_of(service), failed, ended);
}

static void test_nested(void)
{
	count_call(&counts, 100);
	call("LoadImage", true, 150, 170);
	count_call(&counts, 200);
	call("Stall", false, 210, 211);
	call("Stall", true, 220, 222);
	count_result(&counts, place_of("StartImage"), false, 300);
	count_result(&counts, place_of("StartImage"), false, 1000);
	/* 900 less 20 and 100; 100 less 3 */
	check_count("StartImage", 2, 0, 780 + 97);
	check_count("LoadImage", 1, 1, 20);
	check_count("Stall", 2, 1, 3);
	check(counts.depth == 0);
}

/* Deeper ones count, and their time is nobody's. */
static void test_deep(void)
{
	for (unsigned i = 0; i < 2 * COUNT_DEPTH; i++)
		count_call(&counts, i);
	for (unsigned i = 0; i < 2 * COUNT_DEPTH; i++)
		count_result(&counts, place_of("Exit"), false, 1000);
	check(table[place_of("Exit")].n_calls == 2 * COUNT_DEPTH && counts.depth == 0);
	check(table[place_of("Exit")].ns == 1000);
}

static void test_table(void)
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	require(out);
	memset(table, 0, sizeof(table));
	call("Stall", false, 0, 3000000);
	call("Exit", true, 0, 500000);
	call("GetRNG", false, 0, 500000);
	call("Stall", false, 0, 0);
	count_print(&counts, &groups, out);
	fclose(out);
	if (!check(!strcmp(text,
			   "% time     seconds  usecs/call     calls    errors service\n"
			   "------ ----------- ----------- --------- --------- ---------------\n"
			   " 75.00    0.003000      1500.0         2           Stall\n"
			   " 12.50    0.000500       500.0         1         1 Exit\n"
			   " 12.50    0.000500       500.0         1           Rng.GetRNG\n"
			   "------ ----------- ----------- --------- --------- ---------------\n"
			   "100.00    0.004000      1000.0         4         1 total\n")))
		for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
			printf("# %s\n", line);
	free(text);
}

int main(void)
{
	groups_list(&firmware_parts, &groups);
	test_nested();
	test_deep();
	test_table();
	return tap_done();
}
