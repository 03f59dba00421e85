// SPDX-License-Identifier: MIT
/* An image from its file to its end: the stages, in the order that matters. */
#include "base/fd.h"
#include "handover/direct.h"
#include "host/kernel.h"
#include "host/kexec_gate.h"
#include "machine/frozen.h"
#include "tool/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_MEMORY (UINT64_C(1) << 30) /* of a made-up machine */

/* Kernel random numbers, or no image runs: there is nothing to fall back to. */
void tool_random(void *buf, size_t n)
{
	uint8_t *p = buf;
	ssize_t got;

	while (n) {
		got = getrandom(p, n, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			fail("getrandom(2) gives nothing: %s", strerror(errno));
			abort();
		}
		p += got;
		n -= (size_t)got;
	}
}

static int open_file(struct boot *b, const char *path, int *ret_fd, uint64_t *ret_bytes)
{
	scoped_fd fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return why_errno(&b->why, -errno, "%s", path);
	if (fstat(fd, &st) < 0)
		return why_errno(&b->why, -errno, "%s", path);
	if (!S_ISREG(st.st_mode))
		return why_set(&b->why, -EINVAL, "%s: is not a regular file", path);
	if (st.st_size == 0)
		return why_set(&b->why, -EINVAL, "%s: is empty", path);
	*ret_bytes = (uint64_t)st.st_size;
	*ret_fd = fd_take(&fd);
	return 0;
}

static int open_image(struct boot *b)
{
	scoped_fd fd = -1;
	uint64_t n;
	void *p;
	int r;

	r = open_file(b, b->options->image, &fd, &n);
	if (r < 0)
		return r;
	/* a private copy where it is touched: nobody changes it behind a check */
	p = mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return why_errno(&b->why, -errno, "%s", b->options->image);
	b->image = (struct bytes){ p, n };
	return 0;
}

static void close_image(struct boot *b)
{
	if (b->image.p)
		munmap((void *)b->image.p, b->image.n);
	b->image = (struct bytes){ 0 };
}

static int read_file(void *context, uint64_t offset, void *buf, size_t n)
{
	const int fd = *(int *)context;
	uint8_t *p = buf;
	ssize_t got;

	while (n) {
		got = pread(fd, p, n, (off_t)offset);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			return -EIO; /* shorter than when it was opened */
		p += got;
		offset += (uint64_t)got;
		n -= (size_t)got;
	}
	return 0;
}

static int open_initrds(struct boot *b)
{
	int r;

	for (unsigned i = 0; i < b->options->n_initrds; i++) {
		struct firmware_file *f = &b->initrd[i];

		r = open_file(b, b->options->initrd[i], &b->initrd_fd[i], &f->n_bytes);
		if (r < 0)
			return r;
		f->name = b->options->initrd[i];
		f->context = &b->initrd_fd[i];
		f->read = read_file;
	}
	return 0;
}

/* Without the right to see it, a machine is made up: good enough to run programs on. */
static int read_host(struct boot *b)
{
	const uint64_t made_up = b->options->memory ? b->options->memory : DEFAULT_MEMORY;
	int r;

	r = memory_map_read(&b->map, &b->why);
	if (r == 0)
		r = host_tables_read(&b->tables, &b->why);
	else if (r < 0 && !b->for_this_machine)
		r = memory_map_synthetic(made_up, &b->map, &b->why);
	return r < 0 ? r : boot_describe_memory(b);
}

static bool tells_secrets(void)
{
	const char *text = getenv("BARDO_TEST_SEED");

	return text && strstr(text, "secrets");
}

/* Test hook. In digits: the bytes themselves must not get into more memory. */
static void tell(const char *what, const void *secret, size_t n)
{
	const uint8_t *byte = secret;

	printf("@secret %s ", what);
	for (size_t i = 0; i < n; i++)
		printf("%02x", byte[i]);
	putchar('\n');
}

static void told_random(void *buf, size_t n)
{
	tool_random(buf, n);
	tell("rng", buf, n);
}

static int open_firmware(struct boot *b)
{
	const struct firmware_config config = {
		.machine = &machine_process,
		.memory = b->memory,
		.n_memory = b->n_memory,
		.memory_limit = b->options->memory
					? b->options->memory
					: max_u64(host_total_ram() / 2, DEFAULT_MEMORY / 4),
		.resume_bytes = b->for_this_machine ? handover_resume_bytes(&b->map) : 0,
		.acpi20 = b->tables.acpi20,
		.acpi10 = b->tables.acpi10,
		.smbios3 = b->tables.smbios3,
		.smbios = b->tables.smbios,
		.image = b->image,
		.image_path = b->options->image,
		.options = b->options->cmdline,
		.initrd = b->initrd,
		.n_initrd = b->options->n_initrds,
		.terminal = tty_open(),
		.random = tells_secrets() ? told_random : tool_random,
		.trace = b->options->trace ? stderr : NULL,
		.timeout_s = b->options->timeout_s,
	};
	struct why why;
	int r;

	r = firmware_new(&config, &b->firmware, &why);
	close_image(b); /* it is in guest memory now */
	return r < 0 ? why_set(&b->why, r, "%s: %s", b->options->image, why.text) : 0;
}

static int run_firmware(struct boot *b)
{
	struct why why;
	int r;

	progress("running %s", b->options->image);
	r = firmware_run(b->firmware, &b->end, &b->status, &why);
	tty_close();
	if (r < 0)
		return why_set(&b->why, r, "%s: %s", b->options->image, why.text);
	if (b->end == FIRMWARE_VIOLATION || b->end == FIRMWARE_RESET)
		return why_set(&b->why, -EPROTO, "%s: %s", b->options->image, why.text);
	return 0;
}

static int ask_gates(struct boot *b)
{
	return b->for_this_machine ? kexec_gate(&b->why) : 0;
}

static void boot_begin(struct boot *b, const struct run_options *options, bool for_this_machine)
{
	*b = (struct boot){ .options = options, .for_this_machine = for_this_machine };
	for (unsigned i = 0; i < MAX_INITRDS; i++)
		b->initrd_fd[i] = -1;
	if (for_this_machine)
		generation_read(&b->generation);
}

int boot_run(struct boot *b, const struct run_options *options, bool for_this_machine)
{
	int (*const stage[])(struct boot *) = {
		ask_gates, /* nothing runs that could not be staged */
		open_image, open_initrds, read_host, open_firmware, run_firmware,
	};

	boot_begin(b, options, for_this_machine);
	for (unsigned i = 0; i < ARRAY_SIZE(stage); i++)
		if (stage[i](b) < 0)
			return fail("%s", b->why.text);
	return 0;
}

void boot_close(struct boot *b)
{
	firmware_free(b->firmware);
	for (unsigned i = 0; i < MAX_INITRDS; i++)
		fd_close(&b->initrd_fd[i]);
	for (unsigned i = 0; i < b->n_pages; i++)
		free(b->page[i]);
	free(b->page);
	free(b->memory);
	host_tables_free(&b->tables);
	memory_map_free(&b->map);
	close_image(b);
}

static double mib(uint64_t n_bytes)
{
	return (double)n_bytes / (1 << 20);
}

void boot_print_summary(const struct boot *b)
{
	struct firmware_summary s;

	firmware_summarize(b->firmware, &s);
	fflush(stderr);
	printf("entry           %#" PRIx64 "\n", s.entry);
	printf("calls           %" PRIu64 "\n", s.n_calls);
	printf("time in image   %.1f ms\n", (double)s.image_ns / 1e6);
	printf("time in bardo   %.1f ms\n", (double)s.service_ns / 1e6);
	for (uint32_t t = 0; t < EFI_MAX_MEMORY_TYPE; t++)
		if (s.bytes_by_type[t])
			printf("memory          %8.1f MiB %s\n", mib(s.bytes_by_type[t]),
			       firmware_memory_type_name(t));
	fflush(stdout);
}

/* The port of the serial line that the running kernel has its console on; 0 when it has none. */
static uint16_t console_port(void)
{
	static const uint16_t port[] = { 0x3f8, 0x2f8, 0x3e8, 0x2e8 };
	scoped_fd fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
	char text[4096], *at;
	ssize_t n;

	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (n < 0)
		return 0;
	text[n] = '\0';
	at = strstr(text, "console=ttyS");
	at = at ? at + strlen("console=ttyS") : NULL;
	return at && *at >= '0' && *at <= '3' ? port[*at - '0'] : 0;
}

/* Test hooks, by name; what the purgatory then says goes to the console. */
static uint32_t seed_flags(void)
{
	const char *text = getenv("BARDO_TEST_SEED");

	if (!text)
		return 0;
	return (strstr(text, "show") ? PURGATORY_SEED_SHOW : 0) |
	       (strstr(text, "all") ? PURGATORY_SEED_SHOW_ALL : 0) |
	       (strstr(text, "notime") ? PURGATORY_SEED_NO_TIME : 0) |
	       (strstr(text, "nogen") ? PURGATORY_SEED_NO_GENERATION : 0);
}

/* How to do this again: the folder, then the words of a `load`. */
static bool note_again(const struct boot *b, char *line, size_t room)
{
	const char *word[128] = { NULL, "bardo", "load" };
	char folder[4096];
	unsigned n = 3, i;

	if (!b->options->argv || !getcwd(folder, sizeof(folder)))
		return false;
	word[0] = folder;
	for (i = 1; b->options->argv[i] && n < ARRAY_SIZE(word); i++)
		word[n++] = b->options->argv[i];
	return !b->options->argv[i] && record_join(word, n, line, room);
}

static int stage_frozen(struct boot *b, const struct frozen *frozen,
			struct handover_report *ret_report)
{
	char again[4096];
	const struct handover_options options = {
		.generation = b->generation.text,
		.again = note_again(b, again, sizeof(again)) ? again : NULL,
		.tell = tells_secrets() ? tell : NULL,
		.image = b->options->image,
		.vmgenid = b->generation.vmgenid,
		.vmclock = b->generation.vmclock,
		.console_port = console_port(),
		.seed_flags = seed_flags(),
		.flip_bit = getenv("BARDO_TEST_FLIP") != NULL,
	};

	return handover_stage(frozen, &b->map, &options, ret_report, &b->why);
}

static void print_report(const struct handover_report *report)
{
	printf("staged          %8.1f MiB in %u segments\n", mib(report->staged_bytes),
	       report->n_segments);
	printf("cleared         %8.1f MiB at the jump\n", mib(report->zero_bytes));
	printf("time to stage   plan %.1f ms, digest %.1f ms, kexec_load %.1f ms\n",
	       (double)report->plan_ns / 1e6, (double)report->digest_ns / 1e6,
	       (double)report->kexec_load_ns / 1e6);
	fflush(stdout);
}

int boot_stage(struct boot *b)
{
	struct handover_report report;
	struct frozen frozen;
	int r;

	firmware_stop(b->firmware);
	firmware_frozen(b->firmware, &frozen);
	progress("staging");
	r = stage_frozen(b, &frozen, &report);
	firmware_wipe(b->firmware);
	if (r < 0)
		return fail("%s: %s", b->options->image, b->why.text);
	boot_print_summary(b);
	print_report(&report);
	return 0;
}

static int fill_initrd(struct boot *b, uint8_t *to)
{
	for (unsigned i = 0; i < b->options->n_initrds; i++) {
		const struct firmware_file *f = &b->initrd[i];
		const int r = f->read(f->context, 0, to, f->n_bytes);

		if (r < 0)
			return why_errno(&b->why, r, "%s", f->name);
		/* one behind the other, each where the kernel looks for the next */
		to += align_up(f->n_bytes, 4);
	}
	return 0;
}

static int stage_direct(struct boot *b)
{
	struct direct_config config = {
		.kernel = b->image,
		.cmdline = b->options->cmdline,
		.resume_bytes = handover_resume_bytes(&b->map),
		.acpi_rsdp = b->tables.acpi20 ? b->tables.acpi20 : b->tables.acpi10,
		.map = &b->map,
	};
	struct handover_report report;
	struct direct direct;
	struct why why;
	int r;

	for (unsigned i = 0; i < b->options->n_initrds; i++)
		config.initrd_bytes += align_up(b->initrd[i].n_bytes, 4);
	(tells_secrets() ? told_random : tool_random)(config.seed, sizeof(config.seed));
	r = direct_build(&config, &direct, &why);
	explicit_bzero(config.seed, sizeof(config.seed));
	if (r < 0)
		return why_set(&b->why, r, "%s: %s", b->options->image, why.text);
	r = fill_initrd(b, direct.initrd);
	if (r == 0)
		r = stage_frozen(b, &direct.frozen, &report);
	direct_free(&direct);
	if (r == 0)
		print_report(&report);
	return r;
}

int boot_stage_direct(struct boot *b, const struct run_options *options)
{
	int (*const stage[])(struct boot *) = {
		ask_gates, open_image, open_initrds, read_host, stage_direct,
	};

	boot_begin(b, options, true);
	for (unsigned i = 0; i < ARRAY_SIZE(stage); i++)
		if (stage[i](b) < 0)
			return fail("%s", b->why.text);
	return 0;
}
