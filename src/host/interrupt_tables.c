// SPDX-License-Identifier: MIT
/* Words and sizes as in Linux's irq-gic-v3-its.c, from 4.20 on. */
#include "host/interrupt_tables.h"
#include "host/fdt.h"
#include "host/file.h"
#include "host/kernel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	TABLE_BYTES = 64 << 10, /* either kind, for the 2^16 interrupts that Linux uses at most */
	MOST_CPUS = 8192,
	LINE_BYTES = 4096, /* more than a file of /sys has */
	NOT_KERNELS =
		8, /* in /dev/kmsg: what others write has a facility, and so a larger number */
};

static const uint64_t max_address = UINT64_C(1) << 52;

struct found {
	struct memory_layers *layers;
	bool property;		 /* the table that all processors share */
	bool pending[MOST_CPUS]; /* and each one's own */
};

static bool address_behind(const char *line, const char *words, uint64_t *ret)
{
	const char *at = strstr(line, words);

	if (!at)
		return false;
	*ret = strtoull(at + strlen(words), NULL, 16);
	return *ret && *ret % TABLE_BYTES == 0 && *ret < max_address;
}

static int take_line(struct found *f, const char *line)
{
	const char *text = strchr(line, ';'), *cpu;
	unsigned long n;
	uint64_t at;

	if (!text || strtoul(line, NULL, 10) >= NOT_KERNELS)
		return 0;
	if (address_behind(text, "using LPI property table @", &at)) {
		f->property = true;
	} else if (address_behind(text, "LPI pending table @", &at)) {
		cpu = strstr(text, "CPU");
		n = cpu ? strtoul(cpu + 3, NULL, 10) : MOST_CPUS;
		if (n >= MOST_CPUS)
			return 0;
		f->pending[n] = true;
	} else {
		return 0;
	}
	return memory_layers_add(f->layers, at, at + TABLE_BYTES, LAYER_ACPI_RECLAIM);
}

static int read_log(const char *root, struct found *f)
{
	scoped_host_file log = { NULL, 0 };
	char *save = NULL;
	int r = host_file_read(root, "/dev/kmsg", &log);

	if (r < 0)
		return r;
	for (char *line = strtok_r(log.text, "\n", &save); line && r == 0;
	     line = strtok_r(NULL, "\n", &save))
		r = take_line(f, line);
	return r;
}

/* Does each processor of a list like "0-3,8" have its own? */
static bool have_all(const struct found *f, const char *list)
{
	unsigned long n, last;
	char *end;

	for (;; list = end + 1) {
		n = last = strtoul(list, &end, 10);
		if (end == list)
			return false;
		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		for (; n <= last; n++)
			if (n >= MOST_CPUS || !f->pending[n])
				return false;
		if (*end != ',')
			return true;
	}
}

static bool wants_none(const char *root)
{
	scoped_host_file cmdline = { NULL, 0 };

	return host_file_read(root, "/proc/cmdline", &cmdline) == 0 &&
	       host_switch(cmdline.text, "irqchip.gicv3_nolpi=") == SWITCH_ON;
}

int interrupt_tables_add(const char *root, struct bytes tree, struct memory_layers *layers,
			 struct why *why)
{
	struct found f = { .layers = layers };
	char online[LINE_BYTES] = "";
	int r = fdt_has_node(tree, "compatible", "arm,gic-v3-its", false, why);

	if (r < 0)
		return r;
	if (r == 0 || wants_none(root))
		return 0;
	r = read_log(root, &f);
	if (r == 0)
		r = host_file_line(root, "/sys/devices/system/cpu/online", online, sizeof(online));
	if (r < 0)
		return why_errno(why, r,
				 "looking for the memory that the interrupt controller uses");
	if (f.property && have_all(&f, online))
		return 0;
	return why_set(
		why, -EOPNOTSUPP,
		"the kernel's log does not name all the memory that the interrupt controller "
		"(GICv3 with an ITS) goes on using, so the next kernel would take it for free: "
		"log_buf_len= makes room for a longer log, irqchip.gicv3_nolpi=1 uses none");
}
