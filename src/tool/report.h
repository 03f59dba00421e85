/* SPDX-License-Identifier: MIT */
#pragma once
/* What is printed of an image that has run or is staged. */
#include "boot/pipeline.h"

/* Behind FIRMWARE_BOOT. */
void report_run(const struct run_result *run);
/* For programs, however it has ended; problem NULL: well. */
void report_run_json(const struct pipeline *p, const char *problem);
/* Whose word each thing is that the image got, where signatures are looked at. */
void report_arguments(const struct pipeline *p);
void report_staged(const struct handover_report *report);
/* Whether the next kernel can call this machine's firmware, or why not. */
void print_runtime(const struct runtime_view *runtime);
/* What will be extended at the jump, or why nothing. */
void report_measured(const struct boot_request *request, const struct tpm_now *tpm,
		     struct bytes measured);
/* One line for people where the log will not lead to the PCRs; false: it will. */
bool report_gaps(const char *image, const struct measured_gaps *gaps);
void report_files(const struct file_report *report);
