// SPDX-License-Identifier: MIT
#include "boot/taken.h"
#include "boot/input.h"
#include "pe/uki.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int check_addon(const struct pe_image *image, const char *path, struct why *why)
{
	struct bytes file = { 0 };
	struct why inner;
	int r = input_read(path, default_memory_limit(), &file, why);

	if (r < 0)
		return r;
	r = uki_check_addon(image, file, &inner);
	input_free(&file);
	return r < 0 ? why_set(why, r, "--addon %s: %s", path, inner.text) : 0;
}

int check_addons(const struct boot_image *image, const struct esp_options *options, struct why *why)
{
	struct pe_image pe;
	int r = 0;

	/* a program without stub may do with them what it likes, if it reads them */
	if (!image->stub || pe_image_parse(image->file, PE_MACHINE_OURS, UINT64_MAX, &pe, NULL) < 0)
		return 0;
	for (unsigned i = 0; i < options->n_addons && r == 0; i++)
		r = check_addon(&pe, options->addon[i], why);
	return r;
}

/* As stubs do it: control characters are blanks, those at the ends go. */
static char *plain(char *text)
{
	char *end = text + strlen(text);

	for (char *c = text; *c; c++)
		if ((unsigned char)*c < ' ')
			*c = ' ';
	while (end > text && end[-1] == ' ')
		*--end = '\0';
	return text + strspn(text, " ");
}

/* The command line that was given is to be among the options that the kernel was started with. */
static int check_cmdline(const struct boot_request *request, unsigned stub,
			 const struct run_text *taken, struct why *why)
{
	char *options, *given;
	bool arrived;

	if (!request->cmdline || !stub)
		return 0;
	if (!taken->text)
		return why_set(why, -EBADMSG, "%s: %s", request->image, taken->why.text);
	options = strdup(taken->text);
	given = strdup(request->cmdline);
	if (!options || !given) {
		free(options);
		free(given);
		return why_errno(why, -ENOMEM, "options");
	}
	arrived = strstr(plain(options), plain(given));
	free(options);
	free(given);
	return arrived ? 0
		       : why_set(why, -EOPNOTSUPP,
				 "%s: its systemd-stub %u did not take --cmdline: it keeps its own "
				 "under Secure Boot and in a confidential VM",
				 request->image, stub);
}

int check_taken(const struct boot_request *request, unsigned stub, const struct esp *esp,
		const struct run_result *run, struct why *why)
{
	const char *unread;

	if (run->end != FIRMWARE_BOOT)
		return 0;
	if (request->n_initrds && !run->summary.initrd_taken)
		return why_set(why, -EOPNOTSUPP, "%s: did not ask for an initrd: --initrd is lost",
			       request->image);
	unread = esp_unread(esp);
	if (unread)
		return why_set(why, -EOPNOTSUPP, "%s: did not read %s, which it was given",
			       request->image, unread);
	return check_cmdline(request, stub, &run->options, why);
}
