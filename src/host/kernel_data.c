// SPDX-License-Identifier: MIT
#include "host/kernel_data.h"
#include "host/file.h"
#include "host/kcore.h"

#include <stdio.h>
#include <string.h>

enum { MOST_KERNEL = 1 << 30 };

bool kernel_part_find(const char *root, const char *name, uint64_t *ret_start, uint64_t *ret_end)
{
	scoped_host_file iomem = { NULL, 0 };
	uintmax_t start, end;
	char wanted[32];
	const char *line;

	if (host_file_read(root, "/proc/iomem", &iomem) < 0)
		return false;
	snprintf(wanted, sizeof(wanted), " : %s\n", name);
	line = strstr(iomem.text, wanted);
	while (line && line > iomem.text && line[-1] != '\n')
		line--;
	if (!line || sscanf(line, "%jx-%jx", &start, &end) != 2 || end <= start ||
	    end - start > MOST_KERNEL)
		return false;
	*ret_start = start;
	*ret_end = end + 1;
	return true;
}

struct kernel_data kernel_data_find(const char *root)
{
	struct kernel_data data = { 0 };
	struct why ignored;
	struct kcore k;

	if (kcore_open(root, &k, &ignored) < 0)
		return data;
	if (kernel_part_find(root, "Kernel data", &data.start, &data.end) &&
	    !kcore_to_physical(&k, data.start, &data.to_physical))
		data = (struct kernel_data){ 0 };
	kcore_close(&k);
	return data;
}
