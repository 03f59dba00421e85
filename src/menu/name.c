// SPDX-License-Identifier: MIT
#include "menu/entry.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

static bool is_name_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c && strchr("+-_.", c));
}

/* The counter at *at, which goes behind it; false when there is none that boot loaders take. */
static bool take_counter(const char **at, int *ret)
{
	long v = 0;
	const char *p = *at;

	for (; *p >= '0' && *p <= '9' && v <= INT_MAX; p++)
		v = v * 10 + (*p - '0');
	if (p == *at || v > INT_MAX)
		return false;
	*at = p;
	*ret = (int)v;
	return true;
}

/* "+LEFT" or "+LEFT-DONE" from plus to end. */
static bool take_counters(const char *plus, const char *end, int *ret_left, int *ret_done)
{
	const char *at = plus + 1;
	int left, done = -1;

	if (!take_counter(&at, &left))
		return false;
	if (*at == '-') {
		at++;
		if (!take_counter(&at, &done))
			return false;
	}
	if (at != end)
		return false;
	*ret_left = left;
	*ret_done = done;
	return true;
}

int menu_entry_name(const char *name, const char *suffix, struct menu_entry *entry)
{
	const size_t n = strlen(name), n_suffix = strlen(suffix);
	const char *dot, *plus;

	for (const char *c = name; *c; c++)
		if (!is_name_char(*c))
			return -EINVAL;
	if (n <= n_suffix || n > NAME_MAX || name[0] == '.' ||
	    strcasecmp(name + n - n_suffix, suffix))
		return -EINVAL;
	dot = name + n - n_suffix;
	for (plus = dot; plus > name && *plus != '+'; plus--)
		;
	entry->tries_left = entry->tries_done = -1;
	entry->id = strdup(name);
	if (!entry->id)
		return -ENOMEM;
	if (plus > name && take_counters(plus, dot, &entry->tries_left, &entry->tries_done))
		memcpy(entry->id + (plus - name), dot, n_suffix + 1);
	return 0;
}
