// SPDX-License-Identifier: MIT
#include "firmware/trace/count.h"
#include "base/util.h"
#include "firmware/core/guid.h"

#include <inttypes.h>

void count_call(struct counts *c, uint64_t ns)
{
	if (c->depth < COUNT_DEPTH) {
		c->open[c->depth].began_ns = ns;
		c->open[c->depth].inner_ns = 0;
	}
	c->depth++;
}

/* Whoever starts an image does not take the time of what that calls. */
void count_result(struct counts *c, unsigned place, bool failed, uint64_t ns)
{
	uint64_t all = 0, inner = 0;

	c->depth--;
	if (c->depth < COUNT_DEPTH) {
		all = ns - c->open[c->depth].began_ns;
		inner = c->open[c->depth].inner_ns;
	}
	if (c->depth && c->depth <= COUNT_DEPTH)
		c->open[c->depth - 1].inner_ns += all;
	c->of[place].n_calls++;
	c->of[place].n_errors += failed;
	c->of[place].ns += all - inner;
}

static const char *name_of(const struct groups *groups, unsigned place, char text[static 96])
{
	char digits[GUID_TEXT_BYTES];
	unsigned g = 0;

	while (place >= groups->group[g]->n)
		place -= groups->group[g++]->n;
	snprintf(text, 96, "%s%s%s",
		 groups->group[g]->guid ? guid_name(groups->group[g]->guid, digits) : "",
		 groups->group[g]->guid ? "." : "", groups->group[g]->service[place].name);
	return text;
}

static void print_line(FILE *out, const struct count *c, uint64_t all_ns, const char *name)
{
	char errors[24] = "";

	if (c->n_errors)
		snprintf(errors, sizeof(errors), "%" PRIu64, c->n_errors);
	fprintf(out, "%6.2f %11.6f %11.1f %9" PRIu64 " %9s %s\n",
		all_ns ? 100.0 * (double)c->ns / (double)all_ns : 0, (double)c->ns / 1e9,
		c->n_calls ? (double)c->ns / 1e3 / (double)c->n_calls : 0, c->n_calls, errors,
		name);
}

/* In the order of times, those of the same time by place, c stands behind last. */
static bool behind(const struct count *c, const struct count *last)
{
	return c->ns < last->ns || (c->ns == last->ns && c > last);
}

/* The next one behind last, or the first of all behind NULL; NULL when there is none. */
static const struct count *next(const struct counts *counts, unsigned n, const struct count *last)
{
	const struct count *found = NULL;

	for (const struct count *c = counts->of; c < counts->of + n; c++) {
		if (!c->n_calls || (last && !behind(c, last)))
			continue;
		if (!found || behind(found, c))
			found = c;
	}
	return found;
}

void count_print(const struct counts *counts, const struct groups *groups, FILE *out)
{
	static const char rule[] =
		"------ ----------- ----------- --------- --------- ---------------\n";
	struct count all = { 0 };
	unsigned n = 0;
	char name[96];

	for (unsigned g = 0; g < groups->n; g++)
		n += groups->group[g]->n;
	for (unsigned i = 0; i < n; i++) {
		all.n_calls += counts->of[i].n_calls;
		all.n_errors += counts->of[i].n_errors;
		all.ns += counts->of[i].ns;
	}
	fprintf(out, "%% time     seconds  usecs/call     calls    errors service\n%s", rule);
	for (const struct count *c = next(counts, n, NULL); c; c = next(counts, n, c))
		print_line(out, c, all.ns, name_of(groups, (unsigned)(c - counts->of), name));
	fputs(rule, out);
	print_line(out, &all, all.ns, "total");
}
