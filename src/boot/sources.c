// SPDX-License-Identifier: MIT
#include "boot/sources.h"
#include "base/clock.h"
#include "boot/framebuffer.h"
#include "boot/taken.h"
#include "handover/handover.h"
#include "host/kernel.h"
#include "host/mmfr0.h"
#include "measure/host_log.h"
#include "pe/setup_header.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#define DEFAULT_MEMORY (UINT64_C(1) << 30) /* of a made-up machine */

void sources_begin(struct sources *sources)
{
	*sources = (struct sources){ .esp.tree.fd = -1 };
}

int sources_read_host(const struct boot_request *request, struct sources *sources, struct why *why)
{
	const uint64_t made_up = request->memory ? request->memory : DEFAULT_MEMORY;
	int r = variable_set_read("", &sources->variables, why);

	if (r == 0 && request->one_shot_is_used)
		variable_set_drop(&sources->variables, "LoaderEntryOneShot");
	if (r == 0)
		r = host_view_read(request->for_this_machine ? 0 : made_up,
				   &sources->variables.host, &sources->host, why);
	if (r == 0 && request->no_firmware)
		runtime_view_without("--no-firmware was given", &sources->runtime);
	else if (r == 0 && request->for_this_machine)
		runtime_view_read("", &sources->variables.host, &sources->host.map,
				  &sources->runtime);
	if (r == 0 && request->hooks.left_out)
		runtime_view_leave_out(&sources->runtime, request->hooks.left_out - 1);
	return r;
}

void sources_keep_partition(const struct boot_request *request, const struct boot_image *image,
			    struct sources *sources)
{
	const bool from_disk = request->n_disks && !request->esp.folder;
	const bool tells = sources->esp.n_node_bytes && !setup_header_is_in(image->file);

	if (from_disk || tells || variable_set_keep(&sources->variables, "LoaderDevicePartUUID"))
		return;
	/* where the kernel alone is handed over, nobody hears what its stub would have said */
	if (image->stub && request->for_this_machine && request->way == HANDOVER_FREEZE &&
	    request->caller.warn)
		request->caller.warn(
			"%s: is on no EFI system partition, and which one this machine was booted "
			"from nobody has told: the next systemd-gpt-auto-generator finds no ESP, "
			"and "
			"no root file system without root=",
			request->image);
}

/* What is not measured changes no PCR: the log as it is leads there behind the jump too. */
static void pass_log_on(const struct boot_request *request, struct sources *s)
{
	struct host_log log;
	struct why why;
	int r;

	if (!request->for_this_machine)
		return;
	r = host_log_read("", NULL, &log, &why);
	if (r < 0 && r != -ENOENT && request->caller.note)
		request->caller.note("the next kernel has no event log: %s", why.text);
	if (r < 0)
		return;
	if (request->way == HANDOVER_FREEZE && log.bytes.n > FIRMWARE_LOG_MOST_BYTES) {
		if (request->caller.note)
			request->caller.note("the next kernel has no event log: this one's has %zu "
					     "bytes, more than a kernel takes",
					     log.bytes.n);
		host_log_free(&log);
		return;
	}
	/* behind kexec_file_load(2) the next kernel finds the firmware's by itself */
	if (request->way == HANDOVER_FREEZE || log.carried || log.n_user) {
		s->event_log = log.bytes;
		log.bytes = (struct bytes){ 0 };
	}
	host_log_free(&log);
}

/* Its firmware's table can be put right where it is there to be read, see acpi_log_withhold(). */
static void look_at_acpi_log(struct sources *s)
{
	if (s->tpm.acpi_log && !host_tables_have(&s->host.tables, "TPM2"))
		why_set(&s->tpm.note, 0,
			"the next kernel shows the firmware's alone, which its ACPI table TPM2 "
			"names");
}

int sources_open_tpm(const struct boot_request *request, struct sources *s, struct why *why)
{
	int r;

	if (request->measure == MEASURE_NOT) {
		pass_log_on(request, s);
		return 0;
	}
	r = tpm_now_read("", &s->tpm, why);
	if (r == -ENODEV && request->measure == MEASURE_IF_THERE)
		return 0;
	if (r < 0)
		return r;
	if (request->way == HANDOVER_FREEZE)
		look_at_acpi_log(s);
	if (s->tpm.note.text[0] && request->caller.note)
		request->caller.note("%s", s->tpm.note.text);
	s->firmware_tpm =
		(struct firmware_tpm){ s->tpm.pcrs, s->tpm.n_log_banks, s->tpm.active, s->tpm.log };
	return 0;
}

/*
 * What an image cannot do without: itself, what a kernel says that it takes to start, and the
 * initrds. Kernels do not all notice that they have less.
 */
static uint64_t least_memory(const struct boot_image *image, const struct initrd_set *initrds)
{
	uint32_t init_size = 0;

	if (setup_header_is_in(image->file))
		(void)bytes_le32(image->file, SETUP_INIT_SIZE, &init_size);
	return max_u64(image->file.n, init_size) + initrd_set_bytes(initrds);
}

static int check_memory(const struct boot_image *image, const struct sources *sources,
			struct why *why)
{
	const uint64_t least = least_memory(image, &sources->initrds);

	if (least <= sources->spare_ram)
		return 0;
	return why_set(why, -ENOMEM, "%s: %ju MiB of memory needed, %ju MiB free", image->path,
		       (uintmax_t)least >> 20, (uintmax_t)sources->spare_ram >> 20);
}

/*
 * To find it takes a while, and kernels with pages of 4 KiB do not ask. Others are told what a
 * process is told, where it cannot be found: that there are no pages of their size.
 */
static uint64_t mmfr0_for(const struct boot_request *request, const struct boot_image *image)
{
	uint64_t value = 0;
	struct why why;

	if (image->small_pages)
		return 0;
	if (!request->for_this_machine)
		return host_mmfr0_made_up();
	if (host_mmfr0("", &value, &why) < 0 && request->caller.warn)
		request->caller.warn("%s: a kernel with pages of 16 or 64 KiB will find that this "
				     "machine has none, "
				     "for what it has is not to be read: %s",
				     request->image, why.text);
	return value;
}

int sources_open(const struct boot_request *request, const struct boot_image *image,
		 struct sources *sources, struct why *why)
{
	int r;

	sources->mmfr0 = mmfr0_for(request, image);
	sources->spare_ram = request->for_this_machine ? host_spare_ram("") : UINT64_MAX;
	r = boot_image_options(image, request->profile, request->cmdline, &sources->options, why);

	if (r == 0)
		r = check_addons(image, &request->esp, why);
	if (r == 0)
		r = esp_open(request->image, image->stub, &request->esp, &sources->esp, why);
	sources->esp.tree.only_images = request->policy == POLICY_SEALED;
	if (r == 0)
		r = initrd_set_open(request, image, &sources->initrds, why);
	if (r == 0)
		r = check_memory(image, sources, why);
	if (r == 0 && !request->n_disks && !request->no_disks && request->policy != POLICY_SEALED)
		disk_set_find(sources->esp.tree.fd, request_boots(request), &sources->disks,
			      request->caller.note);
	else if (r == 0)
		r = disk_set_open(request->disk, request->n_disks, request->disk_writable,
				  request->disk_forced, &sources->disks, why);
	if (r == 0)
		r = disk_set_find_files(&sources->disks, &sources->esp, request->caller.note, why);
	if (r == 0)
		r = framebuffer_offer(request, &sources->framebuffer, why);
	if (r == 0)
		r = sources_read_host(request, sources, why);
	if (r == 0)
		sources_keep_partition(request, image, sources);
	if (r == 0)
		r = sources_open_tpm(request, sources, why);
	return r;
}

void sources_close(struct sources *sources)
{
	free(sources->options);
	esp_close(&sources->esp);
	initrd_set_close(&sources->initrds);
	disk_set_close(&sources->disks);
	framebuffer_withdraw(&sources->framebuffer);
	host_view_free(&sources->host);
	variable_set_free(&sources->variables);
	tpm_now_free(&sources->tpm);
	free((void *)sources->event_log.p);
	sources_begin(sources);
}

uint64_t sources_resume_bytes(const struct boot_request *request, const struct sources *sources)
{
	return request->for_this_machine ? handover_resume_bytes(&sources->host.map) : 0;
}

/* One that nobody is told of: it is no secret of the next kernel's. */
static uint64_t hash_secret(void)
{
	uint64_t n = 0;

	/* at a time when the kernel has none the answers are right all the same */
	return getrandom(&n, sizeof(n), GRND_NONBLOCK) == sizeof(n) ? n : now_ns();
}

void sources_config(const struct boot_request *request, const struct boot_image *image,
		    struct sources *sources, struct firmware_config *ret_config)
{
	const struct host_view *host = &sources->host;

	*ret_config = (struct firmware_config){
		.machine = &machine_process,
		.memory = host->memory.memory,
		.n_memory = host->memory.n,
		.reliable = host->memory.reliable,
		.n_reliable = host->memory.n_reliable,
		.largest_page = MACHINE_LARGEST_PAGE,
		.memory_limit = min_u64(request_memory_limit(request), sources->spare_ram),
		.resume_bytes = sources_resume_bytes(request, sources),
		.acpi20 = host->tables.acpi20,
		.acpi10 = host->tables.acpi10,
		.smbios3 = host->tables.smbios3,
		.smbios = host->tables.smbios,
		.smbios_records = {
			.start = host->tables.records.start,
			.n_bytes = host->tables.records.n_bytes,
			.major = host->tables.records.major,
			.minor = host->tables.records.minor,
		},
		.device_tree = host->tables.device_tree,
		.esrt = host->tables.esrt,
		.mok_variables = host->tables.mok_variables,
		.variables = sources->variables.variable,
		.n_variables = sources->variables.n,
		.pm_timer_port = host->tables.pm_timer_port,
		.mmfr0 = sources->mmfr0,
		.runtime = sources->runtime.firmware.n ? &sources->runtime.firmware : NULL,
		.runtime_supported = sources->runtime.supported,
		.runtime_attributes = host->tables.attributes,
		.power = runtime_power_of(&host->tables.power),
		.permit = sources->admission ? admission_permit : NULL,
		.permit_context = sources->admission,
		.image = image->file,
		.device_nodes = { sources->esp.nodes, sources->esp.n_node_bytes },
		.files = &sources->esp.tree.files,
		.image_path = sources->esp.image_path,
		.options = sources->options,
		.initrd = sources->initrds.file,
		.n_initrd = sources->initrds.n,
		.disks = sources->disks.disk,
		.n_disks = sources->disks.n,
		.framebuffer = sources->framebuffer.pixels ? &sources->framebuffer : NULL,
		.tpm = sources->tpm.pcrs ? &sources->firmware_tpm : NULL,
		.event_log = sources->event_log,
		.image_is_on_disk = request->n_disks && !request->esp.folder,
		.terminal = request->caller.terminal,
		.random = request->caller.random,
		.hash_secret = hash_secret(),
		.trace = request->caller.trace,
		.trace_filter = request->caller.trace_filter,
		.summary = request->caller.summary,
		.timeout_s = request->timeout_s,
	};
}
