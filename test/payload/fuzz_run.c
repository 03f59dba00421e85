// SPDX-License-Identifier: MIT
/*
 * usage: fuzz_run DIR FIRST N SECONDS
 * Runs DIR/fuzz.efi with $BARDO for seeds FIRST ... FIRST + N - 1, as many as begin within
 * SECONDS (0: all of them), and prints TAP. Whatever the image does, bardo ends by itself, says at
 * most one line, and no sanitizer has anything to say. Which disks and files there are, and whether
 * they can be written to, follows from the seed as everything does; one alone repeats one run.
 */
#include "runner.h"
#include "tap.h"

#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	LIMIT_MS = 90000, /* for a hang, on whatever machine */
	TIMEOUT_S = 10,
	MAX_ARGS = 40,
	KEYS = 600,
	DISK_BLOCKS = 2048,
	SANITIZER_SPOKE = 99,
};

static char temp[] = "/tmp/fuzz-XXXXXX";
static const char *dir;
static unsigned n_ends[3]; /* by itself, stopped, in time */

struct command {
	char *argv[MAX_ARGS];
	char text[MAX_ARGS][200];
	unsigned n;
};

static void add(struct command *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void add(struct command *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->text[c->n], sizeof(c->text[0]), fmt, ap);
	va_end(ap);
	c->argv[c->n] = c->text[c->n];
	c->argv[++c->n] = NULL;
}

static void shell(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void shell(const char *fmt, ...)
{
	char command[800];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	need(system(command) == 0, command);
}

static void file_make(const char *name, const void *bytes, size_t n)
{
	char path[300];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", temp, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	need(fd >= 0 && write(fd, bytes, n) == (ssize_t)n, name);
	close(fd);
}

static void esp_make(void)
{
	shell("rm -rf %s/esp && mkdir -p %s/esp/folder/deep && cp %s/fuzz_child.efi "
	      "%s/esp/child.efi && cp %s/fuzz_driver.efi %s/esp/folder/child.efi && "
	      "echo hello >%s/esp/hello.txt",
	      temp, temp, dir, temp, dir, temp, temp);
}

static void disk_make(void)
{
	static uint8_t disk[512 * DISK_BLOCKS];

	memset(disk + 512, 0xa5, sizeof(disk) - 512);
	disk[446 + 4] = 0xef;
	memcpy(disk + 446 + 8, (uint32_t[]){ 100, 200 }, 8);
	memcpy(disk + 510, (uint8_t[]){ 0x55, 0xaa }, 2);
	file_make("disk", disk, sizeof(disk));
}

/* A host with a framebuffer (hooks.c), where this is the program for tests. */
static void framebuffer_make(void)
{
	static const uint8_t colours[] = { 8, 16, 8, 8, 8, 0, 8, 24 };
	static uint8_t params[4096], pixels[288 * 48];
	char root[100];

	params[0x0f] = 0x70;
	memcpy(params + 0x12, (uint16_t[]){ 64, 48, 32 }, 6);
	memcpy(params + 0x18, (uint32_t[]){ 0xe0000000 }, 4);
	memcpy(params + 0x24, (uint16_t[]){ 288 }, 2);
	memcpy(params + 0x26, colours, sizeof(colours));
	snprintf(root, sizeof(root), "%s/host", temp);
	shell("mkdir -p %s/dev %s/sys/kernel/boot_params %s/sys/class/graphics/fb0 && cd "
	      "%s/sys/class/graphics/fb0 && echo EFI VGA >name && echo 64,48 >virtual_size && "
	      "echo 288 >stride && echo 32 >bits_per_pixel",
	      root, root, root, root);
	file_make("host/sys/kernel/boot_params/data", params, sizeof(params));
	file_make("host/dev/fb0", pixels, sizeof(pixels));
	setenv("BARDO_TEST_FRAMEBUFFER", root, true);
}

static void command_make(struct command *c, const char *bardo, unsigned seed)
{
	*c = (struct command){ 0 };
	add(c, "%s", bardo);
	add(c, "run");
	add(c, "%s/fuzz.efi", dir);
	add(c, "--cmdline");
	add(c, "%u 2000%s", seed, seed % 4 == 3 ? " timers" : "");
	add(c, "--timeout");
	add(c, "%d", TIMEOUT_S);
	add(c, "--memory");
	add(c, seed % 11 ? "64M" : "12M");
	add(c, "--esp");
	add(c, "%s/esp", temp);
	if (seed % 3 == 1)
		add(c, "--esp-writable");
	if (seed / 3 % 3) {
		add(c, "--disk");
		add(c, "%s/disk", temp);
		if (seed / 3 % 3 == 2)
			add(c, "--disk-writable");
	}
	if (seed % 2)
		add(c, "--framebuffer");
	if (seed / 2 % 2) {
		add(c, "--initrd");
		add(c, "%s/esp/hello.txt", temp);
	}
	if (seed % 5 == 0)
		add(c, "--trace");
}

/* What somebody types: keys that the image asks for, others, halves of sequences. */
static void keys_make(char *keys, unsigned seed)
{
	static const char *const some[] = { "a",	"b",	  "c",	  "d",	   "\033[A",
					    "\033[B",	"\033[D", "\033", "\033[", "\r",
					    "\xc3\xa4", "\001",	  "\xff" };
	uint64_t state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	size_t n = 0;

	while (n < KEYS) {
		state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
		n += (size_t)snprintf(keys + n, 8, "%s",
				      some[(state >> 33) % (sizeof(some) / sizeof(*some))]);
	}
}

/* The last line of it, where a limit or a fault is named. */
static bool says(const struct result *r, const char *text)
{
	return strstr(r->err, text) != NULL;
}

/* What is wrong, or NULL. */
static const char *judge(const struct result *r, bool trace)
{
	if (r->status == -1)
		return "did not end";
	if (r->status == SANITIZER_SPOKE || (result_broken(r) && !trace))
		return result_broken(r) ? result_broken(r) : "a sanitizer spoke";
	if (r->status > 128)
		return "was killed by a signal";
	if (r->status == 1 && !trace && !one_line(r->err))
		return "not one line on stderr";
	/* all the image's doing, none of ours */
	if (says(r, "sandbox: ") || says(r, "Cannot allocate memory"))
		return "bardo itself failed";
	if (r->ms > (TIMEOUT_S + 30) * 1000)
		return "took too long for its limit";
	n_ends[says(r, "its limit") ? 2 : r->status == 1 && r->err[0] ? 1 : 0]++;
	return NULL;
}

static bool run_seed(const char *bardo, unsigned seed)
{
	static char keys[KEYS + 8];
	struct command c;
	struct result r;
	const char *wrong;

	command_make(&c, bardo, seed);
	keys_make(keys, seed);
	r = runner_run(c.argv, keys, LIMIT_MS);
	wrong = judge(&r, seed % 5 == 0);
	if (wrong) {
		printf("# seed %u: %s, exit status %d; repeat it with fuzz_run DIR %u 1 0\n", seed,
		       wrong, r.status, seed);
		for (unsigned i = 0; i < c.n; i++)
			printf("%s%s", i ? " " : "# ", c.argv[i]);
		putchar('\n');
		show("err", strlen(r.err) > 20000 ? r.err + strlen(r.err) - 20000 : r.err);
	}
	if (getenv("VERBOSE"))
		printf("# seed %u: %d, %u ms: %.200s\n", seed, r.status, r.ms, r.err);
	result_free(&r);
	if (seed % 3 == 1)
		esp_make();
	return wrong == NULL;
}

int main(int argc, char **argv)
{
	const char *bardo = getenv("BARDO") ? getenv("BARDO") : "build/bardo";
	unsigned first, n, seconds, i, n_wrong = 0;
	time_t begun;

	if (argc != 5)
		return 2;
	dir = argv[1];
	first = (unsigned)strtoul(argv[2], NULL, 10);
	n = (unsigned)strtoul(argv[3], NULL, 10);
	seconds = (unsigned)strtoul(argv[4], NULL, 10);
	setenv("ASAN_OPTIONS", "exitcode=99", false);
	setenv("UBSAN_OPTIONS", "halt_on_error=1:print_stacktrace=1:exitcode=99", false);
	runner_begin();
	need(mkdtemp(temp) != NULL, "a folder");
	esp_make();
	disk_make();
	framebuffer_make();
	begun = time(NULL);
	for (i = 0; i < n && (!seconds || time(NULL) - begun < seconds); i++)
		n_wrong += !run_seed(bardo, first + i);
	check_msg(n_wrong == 0, "seeds %u to %u: %u ended, %u were stopped, %u ran out of time",
		  first, first + i - 1, n_ends[0], n_ends[1], n_ends[2]);
	shell("rm -r %s", temp);
	return tap_done();
}
