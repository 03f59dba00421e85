// SPDX-License-Identifier: MIT
/*
 * What was given on the command line has to arrive. A stub that does not know a kind of file, or a
 * kernel that asks for no initrd, drops it without a word; then the next kernel would come up
 * without it. So nothing is staged that did not take all it was given.
 */
#include "pe/uki.h"
#include "tool/input.h"
#include "tool/tool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int check_addon(struct boot *b, const struct pe_image *image, const char *path)
{
	struct bytes file = { 0 };
	struct why why;
	int r = input_read(path, default_memory_limit(), &file, &b->why);

	if (r < 0)
		return r;
	r = uki_check_addon(image, file, &why);
	input_free(&file);
	return r < 0 ? why_set(&b->why, r, "--addon %s: %s", path, why.text) : 0;
}

int boot_check_addons(struct boot *b)
{
	struct pe_image image;
	struct why why;
	int r = 0;

	/* a program without stub may do with them what it likes, if it reads them */
	if (!b->stub || pe_image_parse(b->image, PE_MACHINE_X86_64, UINT64_MAX, &image, &why) < 0)
		return 0;
	for (unsigned i = 0; i < b->options->esp.n_addons && r == 0; i++)
		r = check_addon(b, &image, b->options->esp.addon[i]);
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
static int check_cmdline(struct boot *b)
{
	char *options, *given;
	struct why why;
	bool arrived;
	int r;

	if (!b->options->cmdline || !b->stub)
		return 0;
	r = firmware_options(b->firmware, &options, &why);
	if (r < 0)
		return why_set(&b->why, r, "%s: %s", b->options->image, why.text);
	given = strdup(b->options->cmdline);
	arrived = given && strstr(plain(options), plain(given));
	r = given ? 0 : -ENOMEM;
	free(options);
	free(given);
	if (r < 0)
		return why_errno(&b->why, r, "options");
	return arrived ? 0
		       : why_set(&b->why, -EOPNOTSUPP,
				 "%s: its systemd-stub %u did not use --cmdline: it uses its own "
				 "under Secure Boot and in a confidential VM",
				 b->options->image, b->stub);
}

int boot_check_taken(struct boot *b)
{
	struct firmware_summary summary;
	const char *unread;

	if (b->end != FIRMWARE_BOOT)
		return 0;
	firmware_summarize(b->firmware, &summary);
	if (b->options->n_initrds && !summary.initrd_taken)
		return why_set(&b->why, -EOPNOTSUPP, "%s: did not read the initrd of --initrd",
			       b->options->image);
	unread = esp_unread(&b->esp);
	if (unread)
		return why_set(&b->why, -EOPNOTSUPP, "%s: did not read %s", b->options->image,
			       unread);
	return check_cmdline(b);
}
