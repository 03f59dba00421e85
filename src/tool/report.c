// SPDX-License-Identifier: MIT
#include "tool/report.h"
#include "tpm/measured.h"
#include "tool/print.h"
#include "tool/tool.h"
#include "tool/verify.h"

#include <inttypes.h>
#include <stdio.h>

void report_run(const struct run_result *run)
{
	const struct firmware_summary *s = &run->summary;

	fflush(stderr);
	printf("entry           %#" PRIx64 "\n", s->entry);
	printf("calls           %" PRIu64 "\n", s->n_calls);
	/* what the image that booted was told: of a kernel, its command line */
	if (run->options.text && run->options.text[0]) {
		printf("options         ");
		print_safe(bytes_of_text(run->options.text));
		putchar('\n');
	}
	printf("time in image   %.1f ms\n", (double)s->image_ns / 1e6);
	printf("time in bardo   %.1f ms\n", (double)s->service_ns / 1e6);
	for (uint32_t t = 0; t < EFI_MAX_MEMORY_TYPE; t++)
		if (s->bytes_by_type[t])
			printf("memory          %8.1f MiB %s\n", mib(s->bytes_by_type[t]),
			       firmware_memory_type_name(t));
	fflush(stdout);
}

static void json_memory(const struct firmware_summary *s)
{
	json_open("memory_bytes", '{');
	for (uint32_t t = 0; t < EFI_MAX_MEMORY_TYPE; t++)
		if (s->bytes_by_type[t])
			json_number(firmware_memory_type_name(t), s->bytes_by_type[t]);
	json_close('}');
}

static void find_arguments(const struct pipeline *p, struct arguments *ret)
{
	struct why why;

	*ret = (struct arguments){ 0 };
	if (pipeline_arguments(p, ret, &why) < 0)
		fail("%s", why.text);
}

void report_arguments(const struct pipeline *p)
{
	struct arguments arguments;

	find_arguments(p, &arguments);
	arguments_print(&arguments, p->admission.trust.list);
	arguments_free(&arguments);
	fflush(stdout);
}

static void json_arguments(const struct pipeline *p)
{
	struct arguments arguments;

	find_arguments(p, &arguments);
	arguments_print_json(&arguments, p->admission.trust.list);
	arguments_free(&arguments);
}

void report_run_json(const struct pipeline *p, const char *problem)
{
	static const char *const ends[] = {
		[FIRMWARE_EXITED] = "exit",
		[FIRMWARE_BOOT] = "boot",
		[FIRMWARE_RESET] = "reset",
		[FIRMWARE_VIOLATION] = "violation",
	};
	const struct run_result *run = &p->run;
	const struct firmware_summary *s = &run->summary;

	json_begin();
	json_text("image", bytes_of_text(p->request->image));
	json_text("end", bytes_of_text(ends[run->end]));
	json_text("status", bytes_of_text(firmware_status_name(run->status)));
	json_text("problem", bytes_of_text(problem));
	json_text("options", bytes_of_text(run->options.text));
	json_number("entry", s->entry);
	json_number("calls", s->n_calls);
	json_number("image_ns", s->image_ns);
	json_number("bardo_ns", s->service_ns);
	json_memory(s);
	json_arguments(p);
	json_end();
}

void report_staged(const struct handover_report *report)
{
	printf("staged          %8.1f MiB in %u segments\n", mib(report->staged_bytes),
	       report->n_segments);
	printf("cleared         %8.1f MiB at the jump\n", mib(report->zero_bytes));
	printf("time to stage   plan %.1f ms, digest %.1f ms, kexec_load %.1f ms\n",
	       (double)report->plan_ns / 1e6, (double)report->digest_ns / 1e6,
	       (double)report->kexec_load_ns / 1e6);
	fflush(stdout);
}

void print_runtime(const struct runtime_view *runtime)
{
	const char *service, *before = ", without ";
	unsigned bit = 0;

	if (!runtime->firmware.n) {
		printf("firmware        frozen: %s\n", runtime->frozen.text);
		return;
	}
	printf("firmware        forwarded");
	for (; (service = runtime_view_lacks(runtime, &bit)); before = ", ")
		printf("%s%s", before, service);
	putchar('\n');
}

bool report_gaps(const char *image, const struct measured_gaps *gaps)
{
	const unsigned n = gaps->n_full + gaps->n_silent;

	if (!n)
		return false;
	fail("%s: %u of its measurements are not in the event log, %s: it does not lead to the "
	     "PCRs behind the jump",
	     image, n, gaps->n_full ? "which is full" : "as the image wants it");
	return true;
}

void report_measured(const struct boot_request *request, const struct tpm_now *tpm,
		     struct bytes measured)
{
	struct measured_gaps gaps;
	struct measured m;
	unsigned n = 0;
	size_t at = 0;

	if (!tpm->pcrs) {
		printf("measured        nothing: %s\n",
		       request->measure != MEASURE_NOT ? "there is no TPM 2.0"
		       : commit_is_sure()	       ? "as asked for"
						       : COMMIT_HOOK " is missing");
		return;
	}
	while (measured_next(measured, &tpm->pcrs->banks, &at, &m, NULL) > 0)
		n += m.flags & MEASURED_EXTENDED ? 1 : 0;
	printf("measured        %u times, to be extended at the jump\n", n);
	if (tpm->note.text[0])
		printf("event log       %s\n", tpm->note.text);
	fflush(stdout);
	gaps = measured_gaps_of(measured, &tpm->pcrs->banks);
	report_gaps(request->image, &gaps);
}

void report_files(const struct file_report *report)
{
	printf("staged          kernel %.1f MiB, initrd %.1f MiB, command line %" PRIu64
	       " bytes, by kexec_file_load\n",
	       mib(report->kernel_bytes), mib(report->initrd_bytes), report->cmdline_bytes);
	printf("left behind     what EFI code makes besides: tables, variables, "
	       "a random address\n");
}
