// SPDX-License-Identifier: MIT
/* An image from its file to its end: the stages, in the order that matters. */
#include "base/fd.h"
#include "host/kernel.h"
#include "host/kexec_gate.h"
#include "pe/uki.h"
#include "tool/input.h"
#include "tool/print.h"
#include "tool/tool.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { STUB_MERGES_INITRDS = 261 }; /* the first that adds its own to what is offered */

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
			fail("getrandom(2) fails: %s", strerror(errno));
			abort();
		}
		p += got;
		n -= (size_t)got;
	}
}

uint64_t default_memory_limit(void)
{
	return max_u64(host_total_ram() / 2, DEFAULT_MEMORY / 4);
}

static uint64_t memory_limit(const struct boot *b)
{
	return b->options->memory ? b->options->memory : default_memory_limit();
}

/* The version of the stub in the image; 0: it has none, or it is no image, which is found out
 * later. */
static unsigned stub_version(const struct boot *b)
{
	struct pe_image pe;

	return pe_image_parse(b->image, PE_MACHINE_X86_64, UINT64_MAX, &pe, NULL) < 0
		       ? 0
		       : uki_stub_version(&pe);
}

static int open_image(struct boot *b)
{
	int r = input_read(b->options->image, memory_limit(b), &b->image, &b->why);

	if (r == 0)
		b->stub = stub_version(b);
	return r;
}

/* The stub can make no secret here (firmware/core/variable.c): the running system's goes on. */
static int take_boot_secret(struct boot *b)
{
	int r;

	if (b->stub < STUB_MERGES_INITRDS || !b->for_this_machine)
		return 0;
	r = boot_secret_read("/run/systemd/stub/boot-secret", &b->secret);
	if (r == 0 && b->secret.n_bytes)
		b->initrd[b->n_initrds++] = b->secret;
	return r < 0 ? why_errno(&b->why, r, "boot secret") : 0;
}

static int open_initrds(struct boot *b)
{
	int r;

	/* an older one finds the place where it wants to put its own taken, and gives up */
	if (b->options->n_initrds && b->stub && b->stub < STUB_MERGES_INITRDS)
		return why_set(&b->why, -EOPNOTSUPP,
			       "%s: its systemd-stub %u does not support --initrd (%d does)",
			       b->options->image, b->stub, STUB_MERGES_INITRDS);
	for (unsigned i = 0; i < b->options->n_initrds; i++) {
		struct firmware_file *f = &b->initrd[i];

		r = input_open(b->options->initrd[i], &b->initrd_fd[i], &f->n_bytes, &b->why);
		if (r < 0)
			return r;
		f->name = b->options->initrd[i];
		f->context = &b->initrd_fd[i];
		f->read = input_read_at;
	}
	b->n_initrds = b->options->n_initrds;
	return take_boot_secret(b);
}

static int open_esp(struct boot *b)
{
	return esp_open(b->options->image, &b->options->esp, &b->esp, &b->why);
}

/* A profile of a unified kernel image is chosen by "@N" in front of its load options. */
static int choose_profile(struct boot *b)
{
	const char *name = b->options->profile, *cmdline = b->options->cmdline;
	struct pe_image pe;
	struct why why;
	unsigned n;
	int r;

	b->load_options = cmdline ? strdup(cmdline) : NULL;
	if (!name)
		return cmdline && !b->load_options ? why_errno(&b->why, -ENOMEM, "options") : 0;
	free(b->load_options);
	b->load_options = NULL;
	r = pe_image_parse(b->image, PE_MACHINE_X86_64, UINT64_MAX, &pe, &why);
	if (r < 0)
		return why_set(&b->why, r, "%s: %s", b->options->image, why.text);
	if (b->stub && b->stub < UKI_STUB_PROFILES)
		return why_set(
			&b->why, -EOPNOTSUPP,
			"--profile: the systemd-stub %u of %s does not support profiles (%d does)",
			b->stub, b->options->image, UKI_STUB_PROFILES);
	r = uki_find_profile(&pe, name, &n);
	if (r == -ENODATA)
		return why_set(&b->why, r, "%s: has no profiles", b->options->image);
	if (r < 0)
		return why_set(&b->why, r, "%s: has no profile %s: bardo inspect lists its %u",
			       b->options->image, name, uki_count_profiles(&pe));
	if (asprintf(&b->load_options, "@%u%s%s", n, cmdline ? " " : "", cmdline ? cmdline : "") <
	    0)
		return why_errno(&b->why, -ENOMEM, "options");
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

/*
 * systemd's loader and stub say in volatile variables how the boot went that they
 * were part of. That is not the one that is about to begin, and where they find
 * such a variable they leave it as it is: so those are left out.
 */
static bool is_of_this_boot(const struct host_variable *v)
{
	static const struct efi_guid loader = EFI_GUID(0x4a67b082, 0x0a4c, 0x41cf, 0xb6, 0xc7, 0x44,
						       0x0b, 0x29, 0xbb, 0x8c, 0x4f);

	return !memcmp(v->vendor, &loader, sizeof(loader)) &&
	       !(v->attributes & EFI_VARIABLE_NON_VOLATILE);
}

static int read_variables(struct boot *b)
{
	const struct host_variable *v;
	struct firmware_variable *to;
	int r = host_variables_read("", &b->host_variables);

	if (r == 0 && b->host_variables.n) {
		b->variables = calloc(b->host_variables.n, sizeof(*b->variables));
		r = b->variables ? 0 : -ENOMEM;
	}
	for (unsigned i = 0; r == 0 && i < b->host_variables.n; i++) {
		v = &b->host_variables.variable[i];
		if (is_of_this_boot(v))
			continue;
		to = &b->variables[b->n_variables++];
		*to = (struct firmware_variable){ .name = v->name,
						  .attributes = v->attributes,
						  .data = v->data };
		memcpy(&to->vendor, v->vendor, sizeof(to->vendor));
	}
	return r < 0 ? why_errno(&b->why, r, "variables") : 0;
}

static int open_firmware(struct boot *b)
{
	const struct firmware_config config = {
		.machine = &machine_process,
		.memory = b->memory,
		.n_memory = b->n_memory,
		.memory_limit = memory_limit(b),
		.resume_bytes = b->for_this_machine ? handover_resume_bytes(&b->map) : 0,
		.acpi20 = b->tables.acpi20,
		.acpi10 = b->tables.acpi10,
		.smbios3 = b->tables.smbios3,
		.smbios = b->tables.smbios,
		.variables = b->variables,
		.n_variables = b->n_variables,
		.pm_timer_port = b->tables.pm_timer_port,
		.image = b->image,
		.device_nodes = { b->esp.nodes, b->esp.n_node_bytes },
		.files = &b->esp.tree.files,
		.image_path = b->esp.image_path,
		.options = b->load_options,
		.initrd = b->initrd,
		.n_initrd = b->n_initrds,
		.disks = b->disk,
		.n_disks = b->options->n_disks,
		.framebuffer = b->options->framebuffer ? &b->framebuffer : NULL,
		.image_is_on_disk = b->options->n_disks && !b->options->esp.folder,
		.terminal = tty_open(),
		.random = hooks_random(),
		.trace = b->options->trace ? stderr : NULL,
		.timeout_s = b->options->timeout_s,
	};
	struct why why;
	int r;

	r = firmware_new(&config, &b->firmware, &why);
	input_free(&b->image); /* it is in guest memory now */
	return r < 0 ? why_set(&b->why, r, "%s: %s", b->options->image, why.text) : 0;
}

static int run_firmware(struct boot *b)
{
	struct why why;
	int r;

	progress("running %s", b->options->image);
	r = firmware_run(b->firmware, &b->end, &b->status, &why);
	/* before a word of ours: the image may have left the terminal red, with no cursor */
	firmware_stop(b->firmware);
	tty_close();
	firmware_explain(b->firmware);
	if (r < 0)
		return why_set(&b->why, r, "%s: %s", b->options->image, why.text);
	if (b->end == FIRMWARE_VIOLATION || b->end == FIRMWARE_RESET)
		return why_set(&b->why, -EPROTO, "%s: %s", b->options->image, why.text);
	return 0;
}

static int ask_gates(struct boot *b)
{
	if (!b->for_this_machine)
		return 0;
	return b->options->way == HANDOVER_FILE ? kexec_gate_file("", &b->why)
						: kexec_gate(&b->why);
}

static void boot_begin(struct boot *b, const struct run_options *options, bool for_this_machine)
{
	*b = (struct boot){ .options = options, .for_this_machine = for_this_machine };
	b->esp.tree.fd = -1;
	b->kernel_fd = -1;
	for (unsigned i = 0; i < MAX_INITRDS; i++)
		b->initrd_fd[i] = -1;
	for (unsigned i = 0; i < MAX_DISKS; i++)
		b->disk_fd[i] = -1;
	if (for_this_machine)
		generation_read(&b->generation);
}

static int run_stages(struct boot *b, int (*const stage[])(struct boot *), unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (stage[i](b) < 0)
			return fail("%s", b->why.text);
	return 0;
}

int boot_open(struct boot *b, const struct run_options *options, bool for_this_machine)
{
	int (*const stage[])(struct boot *) = { open_image };

	boot_begin(b, options, for_this_machine);
	return run_stages(b, stage, ARRAY_SIZE(stage));
}

int boot_run(struct boot *b)
{
	int (*const stage[])(struct boot *) = {
		ask_gates, /* nothing runs that could not be staged */
		boot_keep_kernel, choose_profile,  boot_check_addons,	 open_esp,
		open_initrds,	  boot_open_disks, boot_find_disk_files, boot_open_framebuffer,
		read_host,	  read_variables,  open_firmware,	 run_firmware,
		boot_check_taken,
	};

	return run_stages(b, stage, ARRAY_SIZE(stage));
}

void boot_close(struct boot *b)
{
	firmware_free(b->firmware);
	boot_secret_free(&b->secret);
	esp_close(&b->esp);
	free(b->load_options);
	for (unsigned i = 0; i < MAX_INITRDS; i++)
		fd_close(&b->initrd_fd[i]);
	boot_close_disks(b);
	boot_close_framebuffer(b);
	fd_close(&b->kernel_fd);
	for (unsigned i = 0; i < b->n_pages; i++)
		free(b->page[i]);
	free(b->page);
	free(b->memory);
	free(b->variables);
	host_variables_free(&b->host_variables);
	host_tables_free(&b->tables);
	memory_map_free(&b->map);
	input_free(&b->image);
}

/* What the image that booted was told: of a kernel, its command line. */
static void print_options(const struct boot *b)
{
	char *text;

	if (firmware_options(b->firmware, &text, NULL) < 0)
		return;
	if (text[0]) {
		printf("options         ");
		print_safe(bytes_of_text(text));
		putchar('\n');
	}
	free(text);
}

void boot_print_summary(const struct boot *b)
{
	struct firmware_summary s;

	firmware_summarize(b->firmware, &s);
	fflush(stderr);
	printf("entry           %#" PRIx64 "\n", s.entry);
	printf("calls           %" PRIu64 "\n", s.n_calls);
	print_options(b);
	printf("time in image   %.1f ms\n", (double)s.image_ns / 1e6);
	printf("time in bardo   %.1f ms\n", (double)s.service_ns / 1e6);
	for (uint32_t t = 0; t < EFI_MAX_MEMORY_TYPE; t++)
		if (s.bytes_by_type[t])
			printf("memory          %8.1f MiB %s\n", mib(s.bytes_by_type[t]),
			       firmware_memory_type_name(t));
	fflush(stdout);
}

int boot_stage_direct(struct boot *b)
{
	int (*const stage[])(struct boot *) = { ask_gates, open_initrds, read_host,
						boot_stage_kernel };

	return run_stages(b, stage, ARRAY_SIZE(stage));
}

int boot_stage_file(struct boot *b)
{
	int (*const stage[])(struct boot *) = { ask_gates, open_initrds, boot_stage_plain };

	return run_stages(b, stage, ARRAY_SIZE(stage));
}
