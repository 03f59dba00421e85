/* SPDX-License-Identifier: MIT */
#pragma once
/* What is printed of an image that has run or is staged. */
#include "boot/run.h"
#include "boot/runtime.h"
#include "boot/stage_file.h"
#include "handover/handover.h"

/* Behind FIRMWARE_BOOT. */
void report_run(const struct run_result *run);
void report_staged(const struct handover_report *report);
/* Whether the next kernel can call this machine's firmware, or why not. */
void print_runtime(const struct runtime_view *runtime);
void report_files(const struct file_report *report);
