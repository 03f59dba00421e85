// SPDX-License-Identifier: MIT
/*
 * The whole way without a command line: images of a few instructions in the sandbox, on a
 * made-up machine. What the pipeline has to say arrives here, and nothing is printed.
 */
#include "boot/pipeline.h"
#include "unit/made_caller.h"
#include "unit/tiny_pe.h"
#include "unit/tree.h"

#include <errno.h>

static char said[256];
static unsigned n_stopped;
static struct tree folder;

static void __attribute__((format(printf, 1, 2))) hear(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(said + strlen(said), sizeof(said) - strlen(said), fmt, ap);
	va_end(ap);
}

static void stopped(void)
{
	n_stopped++;
}

static struct boot_request request_of(const char *image)
{
	said[0] = '\0';
	n_stopped = 0;
	return (struct boot_request){
		.image = image,
		.memory = 64 << 20,
		.timeout_s = 100,
		.esp.folder = folder.root,
		.caller = {
			.terminal = made_terminal,
			.stopped = stopped,
			.random = random_bytes,
			.progress = hear,
			.note = hear,
		},
	};
}

/* An image with this code, below the folder. */
static const char *image_with(const void *code, size_t n)
{
	const struct tiny_pe t = tiny_new(code, n);

	tree_put_bytes(&folder, "/tiny.efi", t.p, TINY_BYTES);
	return tree_path(&folder, "/tiny.efi");
}

static void test_exits(void)
{
	static const uint8_t code[] = UNIT_RETURNS(7);
	const struct boot_request request = request_of(image_with(code, sizeof(code)));
	struct pipeline p;
	struct why why = { "" };
	int r;

	require(pipeline_open(&p, &request, &why) == 0);
	check(p.image.file.n == TINY_BYTES && !p.generation.text[0]);
	r = pipeline_run(&p, &why);
	check_msg(r == 0, "run: %d %s", r, why.text);
	check(p.run.end == FIRMWARE_EXITED && p.run.status == 7 && n_stopped == 1);
	check_msg(!strncmp(said, "running /", 9) && strstr(said, "tiny.efi"), "said: %s", said);
	check(!p.image.file.p); /* its memory is given back when it starts */
	pipeline_close(&p);
}

static void test_violates(void)
{
	static const uint8_t code[] = { 0xf4, 0x0f, 0x0b }; /* hlt; ud2 */
	struct boot_request request = request_of(image_with(code, sizeof(code)));
	struct pipeline p;
	struct why why = { "" };

	request.caller.progress = NULL; /* nobody has to listen */
	request.caller.stopped = NULL;
	request.caller.note = NULL;
	require(pipeline_open(&p, &request, &why) == 0);
	check(pipeline_run(&p, &why) == -EPROTO && p.run.end == FIRMWARE_VIOLATION);
	check_msg(!strncmp(why.text, request.image, strlen(request.image)) &&
			  strstr(why.text, p.run.why.text),
		  "why: %s", why.text);
	pipeline_close(&p);
}

/* Each of them says what, and leaves nothing open: LeakSanitizer looks on. */
static void test_refused(void)
{
	struct boot_request request = request_of("/nonexistent");
	struct why why = { "" };
	struct pipeline p;

	check(pipeline_open(&p, &request, &why) == -ENOENT && strstr(why.text, "/nonexistent"));
	pipeline_close(&p);
	tree_put(&folder, "/text", "no image");
	request = request_of(tree_path(&folder, "/text"));
	check(pipeline_open(&p, &request, &why) == 0);
	check(pipeline_run(&p, &why) == -ENOEXEC && !said[0] && !n_stopped);
	pipeline_close(&p);
	request = request_of(image_with(NULL, 0));
	request.disk[request.n_disks++] = request.image; /* this one is opened and described */
	request.disk[request.n_disks++] = folder.root;
	check(pipeline_open(&p, &request, &why) == 0);
	check(pipeline_run(&p, &why) == -EINVAL && strstr(why.text, "neither a file nor a block"));
	pipeline_close(&p);
}

/* What an image brings arrives, or it is not staged. */
static void test_initrd_lost(void)
{
	const struct boot_request request = request_of("x.efi");
	struct pipeline p = {
		.request = &request,
		.image.has_initrd = true,
		.run = { .has_linux = true, .ram.fd = -1 },
	};
	struct file_report report;
	struct why why = { "" };

	check(pipeline_stage_unified(&p, &report, &why) == -EBADMSG &&
	      strstr(why.text, "x.efi: has an initrd, and its kernel tells of none"));
}

int main(void)
{
	folder = tree_new();
	test_exits();
	test_violates();
	test_refused();
	test_initrd_lost();
	tree_drop(&folder);
	return tap_done();
}
