// SPDX-License-Identifier: MIT
#include "boot/run.h"

#include <stdlib.h>
#include <string.h>

static void tell(void (*event)(void *context), const struct run_events *events)
{
	if (event)
		event(events->context);
}

/* It is the firmware's, and goes with it. */
static void erase_text(char **text)
{
	if (*text)
		explicit_bzero(*text, strlen(*text));
	*text = NULL;
}

/* What boots next is read now, while there is a firmware to ask. */
static void read_booted(struct firmware *fw, struct run_result *result)
{
	struct firmware_linux l;

	firmware_frozen(fw, &result->frozen);
	result->has_linux = firmware_linux(fw, &l, &result->linux_why) == 0;
	if (result->has_linux) {
		result->options.text = l.cmdline;
		result->initrd = l.initrd;
	} else if (firmware_options(fw, &result->options.text, &result->options.why) < 0) {
		result->options.text = NULL;
	}
}

int run_image(const struct firmware_config *config, const struct run_events *events,
	      struct run_result *ret_result, struct why *why)
{
	struct run_result result = { 0 };
	struct firmware *fw;
	int r;

	r = firmware_new(config, &fw, why);
	if (r < 0)
		return r;
	tell(events->starts, events);
	r = firmware_run(fw, &result.end, &result.status, &result.why);
	/* before a word of ours: the image may have left the terminal red, with no cursor */
	firmware_stop(fw);
	tell(events->stopped, events);
	firmware_explain(fw);
	if (r < 0) {
		*why = result.why;
		firmware_free(fw);
		return r;
	}
	firmware_summarize(fw, &result.summary);
	if (result.end == FIRMWARE_BOOT)
		read_booted(fw, &result);
	result.firmware = fw;
	*ret_result = result;
	return 0;
}

void run_wipe(struct run_result *result)
{
	firmware_wipe(result->firmware);
	erase_text(&result->options.text);
}

void run_release(struct run_result *result)
{
	erase_text(&result->options.text);
	firmware_free(result->firmware);
	*result = (struct run_result){ 0 };
}
