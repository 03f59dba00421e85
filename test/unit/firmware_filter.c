// SPDX-License-Identifier: MIT
/* Which services a filter of the trace means. */
#include "firmware/trace/filter.h"
#include "firmware/firmware.h"
#include "firmware/parts.h"
#include "tap.h"

#include <errno.h>
#include <string.h>

enum { MOST = 512 };

static struct groups groups;
static bool shown[MOST];

static unsigned count_shown(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < MOST; i++)
		n += shown[i];
	return n;
}

static bool is_shown(const char *service)
{
	unsigned place = 0;
	bool found = false;

	for (unsigned g = 0; g < groups.n; g++)
		for (unsigned i = 0; i < groups.group[g]->n; i++, place++)
			if (!strcmp(groups.group[g]->service[i].name, service))
				found |= shown[place];
	return found;
}

/* The services in with are shown, those in without are not; how many are, 0: does not matter. */
static void check_filter(const char *text, const char *const *with, const char *const *without,
			 unsigned n)
{
	struct why why = { "" };
	bool ok;

	memset(shown, 0, sizeof(shown));
	ok = filter_read(&groups, text, shown, &why) == 0;
	for (; *with; with++)
		ok &= is_shown(*with);
	for (; *without; without++)
		ok &= !is_shown(*without);
	check_msg(ok && (!n || count_shown() == n), "%s: %u services, %s", text, count_shown(),
		  why.text);
}

#define LIST(...) ((const char *const[]){ __VA_ARGS__ __VA_OPT__(, ) NULL })

static void test_words(void)
{
	unsigned all = 0;

	for (unsigned g = 0; g < groups.n; g++)
		all += groups.group[g]->n;
	require(all < MOST);
	check_filter("all", LIST("AllocatePool", "Exit"), LIST(), all);
	check_filter("memory", LIST("AllocatePages", "FreePool", "GetMemoryMap"), LIST("Exit"), 5);
	check_filter("pool", LIST("AllocatePool", "FreePool"), LIST("AllocatePages"), 2);
	check_filter("!pool", LIST("AllocatePages", "Exit"), LIST("AllocatePool", "FreePool"),
		     all - 2);
	check_filter("exit", LIST("Exit"), LIST("ExitBootServices"), 1);
	check_filter("EXIT,stall", LIST("Exit", "Stall"), LIST(), 2);
	check_filter("!exit,stall", LIST("AllocatePool"), LIST("Exit", "Stall"), all - 2);
	check_filter("variable", LIST("GetVariable", "SetVariable", "GetNextVariableName"),
		     LIST("GetTime"), 4);
	check_filter("file", LIST("OpenVolume", "LoadFile"), LIST("ReadBlocks"), 0);
	check_filter("disk", LIST("ReadBlocks", "ReadDisk"), LIST("OpenVolume"), 0);
	check_filter("console", LIST("OutputString", "ReadKeyStroke", "Blt"), LIST("Stall"), 0);
	check_filter("protocol", LIST("LocateProtocol", "OpenProtocol", "HandleProtocol"),
		     LIST("LoadImage"), 0);
	check_filter("EFI_RNG_PROTOCOL", LIST("GetRNG"), LIST("Stall"), 2);
	check_filter("random", LIST("GetRNG"), LIST("Stall"), 2);
	check_filter("image,event,time,path,hii,runtime", LIST("LoadImage", "SetTimer", "GetTime"),
		     LIST("Stall"), 0);
}

static void test_wrong(void)
{
	static const char *const rows[] = { "",		 "!",	       ",",	     "pool,",
					    ",pool",	 "pool,,exit", "poo",	     "pools",
					    "pool exit", "!!pool",     "exit,!pool", "*" };
	struct why why;

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		why.text[0] = '\0';
		check_msg(firmware_trace_filter(rows[i], &why) == -EINVAL &&
				  strstr(why.text, "is no service"),
			  "'%s': %s", rows[i], why.text);
	}
	check(firmware_trace_filter("!pool", &why) == 0);
}

int main(void)
{
	groups_list(&firmware_parts, &groups);
	test_words();
	test_wrong();
	return tap_done();
}
