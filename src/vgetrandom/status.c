// SPDX-License-Identifier: MIT
#include "vgetrandom/status.h"

#include <vgetrandom.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "random/chacha20.h"
#include "random/cpu.h"
#include "random/detector.h"
#include "random/kernel.h"
#include "random/memory.h"
#include "random/self.h"
#include "random/state.h"
#include "random/vmclock.h"
#include "random/vmgenid.h"

/* one sentence for each guard: what it means for numbers drawn after a clone */
static const char *promise(enum guard kind)
{
	switch (kind) {
	case GUARD_VMGENID:
		return "no number repeats in a clone: the VM generation id is looked at before and "
		       "after each";
	case GUARD_VMCLOCK:
		return detector.marker
			       ? "no number repeats in a clone: vmclock's disruption marker is "
				 "looked at before and after each"
			       : "no number repeats in a clone: vmclock's generation counter is "
				 "looked at before and after each";
	case GUARD_PUBLISHED:
		return "numbers may repeat in a clone for some milliseconds, until "
		       "bardo-generationd has noticed";
	default:
		return "nothing is buffered: as good as the kernel, whose numbers may repeat in a "
		       "clone until it has reseeded";
	}
}

struct line {
	const char *name;
	char text[300];
};

enum { N_LINES = 10 };

static void why_not_vmgenid(struct line *l)
{
	const volatile uint64_t *id;
	struct why why;

	l->name = "vmgenid";
	if (vmgenid_map(&id, &why) < 0)
		snprintf(l->text, sizeof(l->text), "no: %s", why.text);
	else
		snprintf(l->text, sizeof(l->text), "yes");
}

static void why_not_vmclock(struct line *l)
{
	scoped_fd fd = vmclock_open(detector_look_for_daemon());
	struct vmclock clock;
	struct why why;

	l->name = "vmclock";
	if (fd < 0)
		snprintf(l->text, sizeof(l->text), "no: /dev/vmclock0: %s", strerror(-fd));
	else if (vmclock_map(fd, &clock, &why) < 0)
		snprintf(l->text, sizeof(l->text), "no: %s", why.text);
	else
		snprintf(l->text, sizeof(l->text), "yes: %s",
			 clock.marker ? "disruption marker" : "generation counter");
}

static void why_not_published(struct line *l)
{
	const bool runs = detector_look_for_daemon();
	const volatile struct published *page = detector_published();

	l->name = "published";
	if (!page)
		snprintf(l->text, sizeof(l->text), "no: no page of bardo-generationd in %s",
			 PUBLISHED_PATH);
	else if (!runs || (page->liveness & LIVENESS_DIED))
		snprintf(l->text, sizeof(l->text), "no: bardo-generationd is not running");
	else if (!published_alive(page))
		snprintf(l->text, sizeof(l->text),
			 "no: bardo-generationd waits for the kernel's next reseed");
	else
		snprintf(l->text, sizeof(l->text), "yes: bardo-generationd looks at %s",
			 guard_name((enum guard)page->source));
}

#define SET(l, n, ...)                                                                             \
	do {                                                                                       \
		(l)->name = (n);                                                                   \
		snprintf((l)->text, sizeof((l)->text), __VA_ARGS__);                               \
	} while (0)

static void collect(struct line lines[N_LINES])
{
	uint64_t generation = vgetrandom_generation();
	enum guard kind = detector_level();

	SET(&lines[0], "guard", "%s", guard_name(kind));
	SET(&lines[1], "promise", "%s", promise(kind));
	why_not_vmgenid(&lines[2]);
	why_not_vmclock(&lines[3]);
	why_not_published(&lines[4]);
	SET(&lines[5], "generation", "%016" PRIx64, generation);
	SET(&lines[6], "kernel", "%s",
	    kernel_vdso_present() ? "getrandom(2) and the vDSO's"
				  : "getrandom(2); its vDSO has none");
	if (self_forks_wipe())
		SET(&lines[7], "memory", "%s, %d bytes a thread",
		    memory_droppable() ? "droppable" : "wiped on fork, not dumped", STATE_BYTES);
	else
		SET(&lines[7], "memory", "nothing is kept: a fork would not wipe it here");
	SET(&lines[8], "chacha20", "%s", chacha20_current()->name);
	SET(&lines[9], "processor", "%s", cpu_random_name() ?: "no random numbers of its own");
}

/* The texts are ours and strerror's; quotes in them would still break a reader. */
static void print_quoted(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			putchar('\\');
		if ((unsigned char)*text >= ' ')
			putchar(*text);
	}
	putchar('"');
}

void status_print(bool json)
{
	struct line lines[N_LINES];
	unsigned i;

	collect(lines);
	if (json)
		putchar('{');
	for (i = 0; i < N_LINES; i++) {
		if (!json) {
			printf("%-11s %s\n", lines[i].name, lines[i].text);
			continue;
		}
		printf("%s\"%s\":", i ? "," : "", lines[i].name);
		print_quoted(lines[i].text);
	}
	if (json)
		puts("}");
}
