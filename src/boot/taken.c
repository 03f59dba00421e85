// SPDX-License-Identifier: MIT
#include "boot/taken.h"
#include "boot/input.h"
#include "boot/look.h"
#include "host/confidential.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int check_addon(const struct boot_image *image, const char *path, struct why *why)
{
	struct bytes file = { 0 };
	struct why inner;
	int r = input_read_image(path, default_memory_limit(), &file, why);

	if (r < 0)
		return r;
	r = look_addon(image->file, file, &inner);
	input_free(&file);
	return r < 0 ? why_set(why, r, "--addon %s: %s", path, inner.text) : 0;
}

int check_addons(const struct boot_image *image, const struct esp_options *options, struct why *why)
{
	int r = 0;

	/* a program without stub may do with them what it likes, if it reads them */
	for (unsigned i = 0; image->stub && i < options->n_addons && r == 0; i++)
		r = check_addon(image, options->addon[i], why);
	return r;
}

static bool is_control(char c)
{
	return (c && (unsigned char)c < ' ') || c == 0x7f;
}

static bool has_control(const char *text)
{
	while (*text && !is_control(*text))
		text++;
	return *text;
}

static bool is_blank(char c)
{
	return c == ' ' || is_control(c);
}

/* As stubs do it: control characters are blanks, those at the ends go. */
static char *plain(char *text)
{
	char *end = text + strlen(text);

	for (char *c = text; *c; c++)
		if (is_blank(*c))
			*c = ' ';
	while (end > text && end[-1] == ' ')
		*--end = '\0';
	return text + strspn(text, " ");
}

/* Why a stub leaves load options alone. */
static int stub_refuses(const struct boot_request *request, unsigned stub,
			const struct variable_set *variables, struct why *why)
{
	const char *kind;
	bool sure;

	if (has_control(request->cmdline))
		return why_set(why, -EOPNOTSUPP,
			       "%s: its systemd-stub %u did not use --cmdline, which has a control "
			       "character in it",
			       request->image, stub);
	if (variable_set_secure_boot(variables))
		return why_set(why, -EOPNOTSUPP,
			       "%s: its systemd-stub %u did not use --cmdline: under Secure Boot "
			       "it uses its own",
			       request->image, stub);
	if (confidential_guest("", &kind, &sure))
		return why_set(why, -EOPNOTSUPP,
			       "%s: its systemd-stub %u did not use --cmdline: in a confidential "
			       "VM (%s) it uses its own",
			       request->image, stub, kind);
	return why_set(why, -EOPNOTSUPP, "%s: its systemd-stub %u did not use --cmdline",
		       request->image, stub);
}

/* The part of the load options that a stub hands on: "@N" in front is for itself. */
static char *without_profile(char *text)
{
	const size_t n = text[0] == '@' ? strspn(text + 1, "0123456789") : 0;

	return n ? text + 1 + n : text;
}

/* Arguments of a program, as a shell gives them, its name first; a kernel is not told these. */
static bool is_for_program(const char *cmdline)
{
	const size_t n = strcspn(cmdline, " ");

	return n > 4 && !strncasecmp(cmdline + n - 4, ".efi", 4);
}

static int contains(const char *text, const char *given, bool stub, bool *ret)
{
	char *whole = strdup(text), *part = strdup(given);
	int r = whole && part ? 0 : -ENOMEM;

	if (r == 0)
		*ret = strstr(plain(whole), plain(stub ? without_profile(part) : part));
	free(whole);
	free(part);
	return r;
}

/* The command line that was given is to be in the one that the kernel was started with. */
static int check_cmdline(const struct boot_request *request, unsigned stub,
			 const struct variable_set *variables, const struct run_result *run,
			 struct why *why)
{
	const char *text = run->told.text ? run->told.text : run->options.text;
	bool arrived;
	int r;

	/* what is no Linux does with its options what it likes */
	if (!request->cmdline || (!stub && (!run->told.text || is_for_program(request->cmdline))))
		return 0;
	if (!text)
		return why_set(why, -EBADMSG, "%s: %s", request->image, run->options.why.text);
	r = contains(text, request->cmdline, stub, &arrived);
	if (r < 0)
		return why_errno(why, r, "options");
	if (arrived)
		return 0;
	return stub ? stub_refuses(request, stub, variables, why)
		    : why_set(why, -EOPNOTSUPP,
			      "%s: started a Linux kernel without --cmdline: a boot loader takes "
			      "kernels' command lines from its configuration",
			      request->image);
}

/*
 * What a kernel keeps of its command line: Linux's EFI stub ends it at a line break, and where it
 * is too long at a blank, and says nothing.
 */
static int check_told(const struct boot_request *request, const struct run_result *run,
		      struct why *why)
{
	const char *told = run->told.text, *options = run->options.text;
	size_t n, n_options;

	if (run->told_error == -EBADMSG)
		return why_set(why, -EBADMSG,
			       "%s: its kernel's command line lies outside its memory",
			       request->image);
	if (!told)
		return 0;
	n = strlen(told);
	if (n > run->told_most)
		return why_set(why, -E2BIG,
			       "%s: its kernel's command line has %zu bytes, and the kernel keeps "
			       "%u",
			       request->image, n, run->told_most);
	if (!run->told_by_itself || !options)
		return 0;
	n_options = strlen(options);
	while (n_options && is_blank(options[n_options - 1]))
		n_options--;
	if (n >= n_options && !strncmp(told, options, n_options))
		return 0;
	if (!strncmp(told, options, n) && options[n] == '\n')
		return why_set(why, -EINVAL,
			       "%s: its kernel's command line has a line break behind %zu bytes, "
			       "and the kernel reads no further",
			       request->image, n);
	return why_set(why, -E2BIG,
		       "%s: its kernel was told %zu bytes of a command line of %zu: it keeps at "
		       "most %u",
		       request->image, n, n_options, run->told_most);
}

/* Who wants to offer an initrd and finds ours in its place gives up, and says no more than that. */
static int check_rivals(const struct boot_request *request, unsigned stub,
			const struct run_result *run, struct why *why)
{
	if (run->end != FIRMWARE_EXITED || run->status != EFI_ALREADY_STARTED ||
	    !request->n_initrds)
		return 0;
	return stub ? why_set(why, -EOPNOTSUPP,
			      "%s: makes an initrd, and its systemd-stub %u takes no --initrd "
			      "besides (%d does)",
			      request->image, stub, STUB_MERGES_INITRDS)
		    : why_set(why, -EOPNOTSUPP,
			      "%s: offers an initrd to the kernel that it starts, and takes no "
			      "--initrd besides",
			      request->image);
}

int check_taken(const struct boot_request *request, unsigned stub, const struct sources *sources,
		const struct run_result *run, struct why *why)
{
	const char *unread;
	int r;

	if (run->end != FIRMWARE_BOOT)
		return check_rivals(request, stub, run, why);
	if (request->n_initrds && !run->summary.initrd_taken)
		return why_set(why, -EOPNOTSUPP, "%s: did not read the initrd of --initrd",
			       request->image);
	unread = esp_unread(&sources->esp);
	if (unread)
		return why_set(why, -EOPNOTSUPP, "%s: did not read %s", request->image, unread);
	r = check_told(request, run, why);
	return r < 0 ? r : check_cmdline(request, stub, &sources->variables, run, why);
}
