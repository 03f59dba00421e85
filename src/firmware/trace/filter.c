// SPDX-License-Identifier: MIT
#include "firmware/trace/filter.h"

#include <errno.h>
#include <string.h>

/* What the names of a class's groups, or services, begin with or contain. */
static const struct {
	const char *name, *group, *service;
} classes[] = {
	{ "all", "", "" },
	{ "memory", "Memory Allocation", "" },
	{ "pool", "Memory Allocation", "Pool" },
	{ "event", "Event, Timer", "" },
	{ "protocol", "Protocol Handler", "" },
	{ "image", "Image Services", "" },
	{ "runtime", "Runtime Services", "" },
	{ "variable", "Runtime Services", "Variable" },
	{ "time", "Runtime Services", "Time" },
	{ "file", "EFI_FILE_", "" },
	{ "file", "EFI_SIMPLE_FILE_SYSTEM_", "" },
	{ "file", "EFI_LOAD_FILE", "" },
	{ "disk", "EFI_BLOCK_IO_", "" },
	{ "disk", "EFI_DISK_IO_", "" },
	{ "console", "EFI_SIMPLE_TEXT_", "" },
	{ "console", "EFI_GRAPHICS_OUTPUT_", "" },
	{ "console", "EFI_SERIAL_IO_", "" },
	{ "path", "EFI_DEVICE_PATH_", "" },
	{ "hii", "EFI_HII_", "" },
	{ "random", "EFI_RNG_", "" },
};

static bool is_word(const char *name, const char *word, size_t n)
{
	return !strncasecmp(name, word, n) && !name[n];
}

static bool is_meant(const struct service_group *group, const struct service *service,
		     const char *word, size_t n)
{
	for (unsigned i = 0; i < ARRAY_SIZE(classes); i++)
		if (is_word(classes[i].name, word, n) &&
		    !strncmp(group->name, classes[i].group, strlen(classes[i].group)) &&
		    strstr(service->name, classes[i].service))
			return true;
	return is_word(service->name, word, n) || is_word(group->name, word, n);
}

/* False when it means no service at all. */
static bool mark(const struct groups *groups, const char *word, size_t n, bool value, bool *shown)
{
	unsigned place = 0;
	bool any = false;

	for (unsigned g = 0; g < groups->n; g++)
		for (unsigned i = 0; i < groups->group[g]->n; i++, place++)
			if (is_meant(groups->group[g], &groups->group[g]->service[i], word, n)) {
				any = true;
				if (shown)
					shown[place] = value;
			}
	return any;
}

int filter_read(const struct groups *groups, const char *text, bool *shown, struct why *why)
{
	const bool value = text[0] != '!';
	size_t n;

	mark(groups, "all", 3, !value, shown);
	for (text += !value;; text += n + 1) {
		n = strcspn(text, ",");
		if (!mark(groups, text, n, value, shown))
			return why_set(
				why, -EINVAL,
				"'%.*s' is no service and no protocol of EFI's, and not one of "
				"all memory pool event protocol image runtime variable time "
				"file disk console path hii random",
				n > 40 ? 40 : (int)n, text);
		if (!text[n])
			return 0;
	}
}
