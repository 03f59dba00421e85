// SPDX-License-Identifier: MIT
#include "host/acpi_log.h"
#include "base/bytes.h"
#include "host/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TABLES "/sys/firmware/acpi/tables/"

enum { MAX_LINES = 512, HEADER_BYTES = 36, RSDP_BYTES = 36, ENTRY_BYTES = 8 };

/* Above it are addresses of the kernel's own: tables that AML loaded later. */
static const uint64_t max_address = 1ull << 52;

struct acpi_log {
	struct acpi_line line[MAX_LINES];
	unsigned n;
};

/* A field of fixed width, padded with blanks in the log and in the table alike. */
static const char *take(const char *at, char *field, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (at[i] == 0 || at[i] == '\n')
			return NULL;
	memcpy(field, at, n);
	return at[n] == ' ' || at[n] == ')' ? at + n + 1 : NULL;
}

static const char *take_hex(const char *at, uint32_t *ret)
{
	char *end;

	*ret = (uint32_t)strtoul(at, &end, 16);
	return end == at + 8 && (*end == ' ' || *end == ')') ? end + 1 : NULL;
}

/* "(v01 BOCHS  BXPC     00000001 BXPC 00000001)"; the RSDP's ends behind the first name. */
static bool parse_origin(const char *at, struct acpi_line *l)
{
	char *end;

	if (strncmp(at, " (v", 3) != 0)
		return false;
	l->revision = (uint8_t)strtoul(at + 3, &end, 10);
	if (end != at + 5 || *end != ' ')
		return false;
	at = take(end + 1, l->oem_id, sizeof(l->oem_id));
	if (!at || memcmp(l->signature, "RSDP", 4) == 0)
		return at;
	at = take(at, l->oem_table_id, sizeof(l->oem_table_id));
	at = at ? take_hex(at, &l->oem_revision) : NULL;
	at = at ? take(at, l->creator_id, sizeof(l->creator_id)) : NULL;
	at = at ? take_hex(at, &l->creator_revision) : NULL;
	return at;
}

bool acpi_line_parse(const char *line, struct acpi_line *ret_line)
{
	const char *at = line + strcspn(line, "A\n");
	struct acpi_line l = { .n_bytes = 0 };
	char *end;

	while (*at == 'A' && strncmp(at, "ACPI: ", 6) != 0)
		at += 1 + strcspn(at + 1, "A\n");
	if (*at != 'A')
		return false;
	at = take(at + 6, l.signature, sizeof(l.signature));
	if (!at || strncmp(at, "0x", 2) != 0)
		return false;
	l.addr = strtoull(at, &end, 16);
	if (end != at + 18 || *end != ' ' || l.addr == 0 || l.addr >= max_address)
		return false;
	at = end + 1;
	l.n_bytes = (uint32_t)strtoul(at, &end, 16);
	if (end < at + 6)
		return false;
	if (memcmp(l.signature, "FACS", 4) != 0 && !parse_origin(end, &l))
		return false;
	*ret_line = l;
	return true;
}

static void parse_log(const char *text, struct acpi_log *log)
{
	log->n = 0;
	while (*text && log->n < MAX_LINES) {
		log->n += acpi_line_parse(text, &log->line[log->n]);
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
}

static bool is(const struct acpi_line *l, const char *signature)
{
	return memcmp(l->signature, signature, sizeof(l->signature)) == 0;
}

static const struct acpi_line *find(const struct acpi_log *log, const char *signature)
{
	for (unsigned i = 0; i < log->n; i++)
		if (is(&log->line[i], signature))
			return &log->line[i];
	return NULL;
}

/* As it was but for the address of the RSDT, which nobody who has the XSDT looks at. */
static int add_rsdp(struct copies *c, const struct acpi_line *rsdp, uint64_t xsdt)
{
	uint8_t p[RSDP_BYTES] = "RSD PTR ";

	memcpy(p + 9, rsdp->oem_id, sizeof(rsdp->oem_id));
	p[15] = rsdp->revision;
	bytes_put_le(p + 20, RSDP_BYTES, 4);
	bytes_put_le(p + 24, xsdt, 8);
	bytes_put_sum(p, 20, 8);
	bytes_put_sum(p, RSDP_BYTES, 32);
	return copies_add_bytes(c, rsdp->addr, (struct bytes){ p, RSDP_BYTES });
}

/* The FADT leads to the DSDT and the FACS, the others are the XSDT's. */
static bool is_entry(const struct acpi_line *l)
{
	return !is(l, "RSDP") && !is(l, "XSDT") && !is(l, "RSDT") && !is(l, "DSDT") &&
	       !is(l, "FACS");
}

static int add_xsdt(struct copies *c, const struct acpi_log *log, const struct acpi_line *xsdt)
{
	uint8_t p[HEADER_BYTES + MAX_LINES * ENTRY_BYTES] = "XSDT";
	size_t at = HEADER_BYTES;

	for (unsigned i = 0; i < log->n; i++) {
		if (!is_entry(&log->line[i]))
			continue;
		bytes_put_le(p + at, log->line[i].addr, ENTRY_BYTES);
		at += ENTRY_BYTES;
	}
	/* fewer than it has room for: the kernel left some out, and a 0 is no table */
	if (xsdt->n_bytes < at || xsdt->n_bytes > sizeof(p))
		return 0;
	bytes_put_le(p + 4, xsdt->n_bytes, 4);
	p[8] = xsdt->revision;
	memcpy(p + 10, xsdt->oem_id, sizeof(xsdt->oem_id));
	memcpy(p + 16, xsdt->oem_table_id, sizeof(xsdt->oem_table_id));
	bytes_put_le(p + 24, xsdt->oem_revision, 4);
	memcpy(p + 28, xsdt->creator_id, sizeof(xsdt->creator_id));
	bytes_put_le(p + 32, xsdt->creator_revision, 4);
	bytes_put_sum(p, xsdt->n_bytes, 9);
	return copies_add_bytes(c, xsdt->addr, (struct bytes){ p, xsdt->n_bytes });
}

/* Line i is the how manieth of its signature, and are there more? */
static unsigned instance(const struct acpi_log *log, unsigned i, bool *ret_only)
{
	unsigned before = 0, all = 0;

	for (unsigned j = 0; j < log->n; j++)
		if (is(&log->line[j], log->line[i].signature)) {
			before += j <= i;
			all++;
		}
	*ret_only = all == 1;
	return before;
}

/* Contents by name: "SSDT", or "SSDT1" and so on when there are several. */
static int add_table(const char *root, struct copies *c, const struct acpi_log *log, unsigned i)
{
	const struct acpi_line *l = &log->line[i];
	scoped_host_file file = { NULL, 0 };
	char path[64];
	bool only;
	unsigned n = instance(log, i, &only);
	int r;

	snprintf(path, sizeof(path), only ? TABLES "%.4s" : TABLES "%.4s%u", l->signature, n);
	r = host_file_read(root, path, &file);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	if (file.n_bytes != l->n_bytes || memcmp(file.text, l->signature, 4) != 0)
		return 0;
	return copies_add_bytes(c, l->addr, (struct bytes){ (uint8_t *)file.text, file.n_bytes });
}

static int collect(const char *root, const struct acpi_log *log, uint64_t addr, struct copies *c)
{
	const struct acpi_line *rsdp = find(log, "RSDP"), *xsdt = find(log, "XSDT");
	int r;

	if (!rsdp || rsdp->addr != addr || !xsdt)
		return 0;
	r = add_rsdp(c, rsdp, xsdt->addr);
	if (r == 0)
		r = add_xsdt(c, log, xsdt);
	for (unsigned i = 0; i < log->n && r == 0; i++)
		if (!is(&log->line[i], "RSDP") && !is(&log->line[i], "XSDT"))
			r = add_table(root, c, log, i);
	return r == -ENOMEM ? r : 0;
}

int acpi_log_collect(const char *root, uint64_t rsdp, struct copies *c)
{
	scoped_host_file text = { NULL, 0 };
	struct acpi_log *log;
	int r = host_file_read(root, "/dev/kmsg", &text);

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	log = malloc(sizeof(*log));
	if (!log)
		return -ENOMEM;
	parse_log(text.text, log);
	r = collect(root, log, rsdp, c);
	free(log);
	return r;
}
