// SPDX-License-Identifier: MIT
/* The rows as a document. */
#include "firmware/core/groups.h"
#include "firmware/core/guid.h"
#include "firmware/core/host_tables.h"
#include "firmware/core/service.h"
#include "firmware/trace/trace.h"

#include <inttypes.h>

static void print_group(FILE *out, const struct service_group *g)
{
	char digits[GUID_TEXT_BYTES];

	fprintf(out, "\n## %s\n\nUEFI 2.10, %s.", g->name, g->section);
	if (g->guid)
		fprintf(out, " %s, installed as \"%s\".", "A protocol", guid_name(g->guid, digits));
	fputs("\n\n| service | answer | note |\n|---|---|---|\n", out);
	for (unsigned i = 0; i < g->n; i++)
		fprintf(out, "| %s | %s | %s |\n", g->service[i].name,
			g->service[i].answer ? "yes" : "EFI_UNSUPPORTED",
			g->service[i].note ? g->service[i].note : "");
}

static void print_tables(FILE *out)
{
	fputs("\n## Configuration tables\n\nUEFI 2.10, 4.6, and Linux's own. Of the machine's "
	      "tables the "
	      "image and the next kernel find these.\n\n| table | handed on | note "
	      "|\n|---|---|---|\n",
	      out);
	for (unsigned i = 0; i < n_host_tables; i++)
		fprintf(out, "| %s | %s | %s |\n", host_table[i].name, host_table[i].answer,
			host_table[i].note ? host_table[i].note : "");
}

void baseline_print(const struct groups *groups, FILE *out)
{
	fputs("<!-- SPDX-License-Identifier: MIT -->\n# What an image is offered\n\n"
	      "`make doc` makes this file from the table of services. For a protocol that is not\n"
	      "listed here, LocateProtocol returns EFI_NOT_FOUND.\n\n"
	      "What is said of the next kernel holds where `bardo status` calls the firmware "
	      "forwarded. Where it is frozen\non arm64, the next kernel has of the runtime "
	      "services "
	      "GetVariable, GetNextVariableName and\nQueryVariableInfo, and Linux resets the "
	      "machine "
	      "by PSCI.\n",
	      out);
	for (unsigned i = 0; i < groups->n; i++)
		print_group(out, groups->group[i]);
	print_tables(out);
}
