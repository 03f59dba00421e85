/* SPDX-License-Identifier: MIT */
#pragma once
/* What each payload is to come to; struct row is in run.c. One row: one run of bardo. */

static char initrd_args[400]; /* two files, and what the payload says of them */
static char initrd_says[80];
static char esp_args[400], esp_rw_args[400], esp_overlay_args[400]; /* a folder as the ESP */

static char many_args[400]; /* an ESP with a folder of many files */
static char disk_args[200], disk_rw_args[240];

/* MiB that a run may have in use, of 64 for the image and 64 for all else; a sanitizer needs more.
 */
#ifdef __SANITIZE_ADDRESS__
#define BOUND 640
#else
#define BOUND 128
#endif

#define ANSWERED PASSES
#define ROW(name_, option_, expect_, ...)                                                          \
	{                                                                                          \
		.name = name_, .option = option_, .expect = expect_, __VA_ARGS__                   \
	}

/*
 * More than one outcome is right: it comes back with its checks ok, or it is stopped with
 * one line. who_ says what decides, and where each of the two is written down. SDM and APM
 * are Intel's and AMD's manuals by instruction; files are the kernel's unless another
 * project is named.
 */
#define EITHER(name_, option_, who_, ...)                                                          \
	{                                                                                          \
		.name = name_, .option = option_, .expect = CLEAN, .who = who_, __VA_ARGS__        \
	}
#define TIME_OR_END "its time limit ends it on a slow machine: bardo-run(1), --timeout"
#define WITHOUT_NX "a processor without NX runs data: cpu_runs_data()"
#define TABLES_OR_END                                                                              \
	"UEFI 7.2 leaves open what freed or overwritten firmware memory does: refused, or fatal"

static const struct row rows[] = {
	ROW("exit_success", NULL, ENDS, .out = "^said before leaving"),
	ROW("exit_error", NULL, ERROR, .err = "EFI_DEVICE_ERROR$"),
	ROW("exit_error", "number", ERROR, .err = "ended with 0x123456, which is no error"),
	ROW("exit_data", NULL, ERROR, .err = "EFI_DEVICE_ERROR"),
	ROW("stand_still", NULL, STOPPED,
	    .err = "stands still: .* 10 s, and its last words are \"assertion 'pages' failed\""),
	ROW("memory", NULL, PASSES),
	ROW("pool", NULL, PASSES),
	ROW("handles", NULL, PASSES),
	ROW("drivers", NULL, PASSES),
	ROW("events", NULL, PASSES),
	ROW("image", NULL, PASSES),
	ROW("variables", NULL, PASSES),
	ROW("tables", NULL, PASSES),
	ROW("console", NULL, PASSES),
	ROW("console_input", NULL, PASSES, .input = "aZ\r\033[A"),
	/* nobody types; Enter is read where any key is asked for */
	ROW("any_key", NULL, PASSES),
	ROW("any_key", "typed", PASSES, .input = "x"),
	ROW("registers", NULL, PASSES),
	ROW("leaks", NULL, PASSES),
	ROW("options", NULL, PASSES, .out = "^0 bytes$"),
	ROW("options", "root=/dev/vda1", PASSES, .out = "^30 bytes: root=/dev/vda1$"),
	/* two, three and four bytes of UTF-8; the last is a surrogate pair */
	ROW("options", "\u00e9=\u263a \U0001d11e", PASSES,
	    .out = "^14 bytes: \u00e9=\u263a \U0001d11e$"),
	/* what a terminal would obey is not shown: CSI in one character, DEL */
	ROW("options",
	    "\xc2\x9b"
	    "31mred\x7f\xc2\x85",
	    PASSES, .out = "^20 bytes: 31mred$"),
	ROW("rng", NULL, PASSES),
	ROW("smbios", NULL, PASSES),
	ROW("dt_fixup", NULL, PASSES),
	ROW("memattr", NULL, PASSES),
	ROW("devpath", NULL, PASSES),
	ROW("initrd", NULL, PASSES, .out = initrd_says, .args = initrd_args),
	ROW("initrd", "none", PASSES),
	ROW("file", NULL, PASSES, .args = esp_args),
	ROW("file", "rw", PASSES, .args = esp_rw_args),
	ROW("file", "overlay", PASSES, .args = esp_overlay_args),
	ROW("misc", NULL, PASSES),
	ROW("misc", "watchdog", STOPPED, .err = "its watchdog of 1 s expired .code 0x12345."),
	ROW("misc", "reset", STOPPED, .out = "^told of the reset$", .err = "a cold reset"),
	ROW("serial", NULL, PASSES, .input = "key\033[A", .out = "^serial re]0;d \xc3\xa4\\.$"),
	ROW("disk", NULL, PASSES, .args = disk_args),
	ROW("disk", "rw", PASSES, .args = disk_rw_args),
	ROW("own_disk", NULL, ERROR, .err = "EFI_UNSUPPORTED: looked for the disk"),
	ROW("own_disk", "open", ERROR, .err = "EFI_UNSUPPORTED: looked for the disk"),
	ROW("own_disk", "any", ERROR, .err = "EFI_NOT_FOUND: looked for the disk"),
	ROW("own_disk", "other", ERROR, .err = "EFI_UNSUPPORTED$"),
	ROW("own_disk", "any", ENDS, .args = disk_args),
	ROW("own_disk", NULL, ENDS, .args = disk_args),
	ROW("graphics", "none", PASSES),
	ROW("many", NULL, PASSES),
	ROW("many", "protocols", PASSES),
	ROW("ebs", NULL, ENDS, .out = "^order 12345"),
	ROW("ebs_stale", NULL, PASSES),
	ROW("privileged", NULL, PASSES),
	ROW("layout", NULL, PASSES),
	ROW("nonx", NULL, PASSES),
	ROW("align", NULL, PASSES),
	ROW("service_cost", NULL, ENDS, .out = "^GetNextMonotonicCount [0-9]+ ns per call"),

	ROW("hostile_waits", "loop", STOPPED, .args = "--timeout 1"),
	/* bardo is killed in the middle: its sandbox goes with it */
	ROW("hostile_waits", "loop", KILLED),
	ROW("hostile_waits", "stall_for_ever", KILLED),
	ROW("hostile_waits", "loop_services", KILLED),
	ROW("hostile_waits", "loop_services", STOPPED, .args = "--timeout 1"),
	ROW("hostile_waits", "stall_for_ever", STOPPED, .args = "--timeout 1"),
	ROW("hostile_waits", "wait_for_ever", STOPPED, .args = "--timeout 1"),
	ROW("hostile_waits", "stack_overflow", STOPPED),

	ROW("hostile_memory", "read_outside", STOPPED),
	ROW("hostile_memory", "write_outside", STOPPED),
	ROW("hostile_memory", "run_outside", STOPPED),
	ROW("hostile_memory", "read_null", STOPPED, .err = "touches page 0.*: 0, by"),
	ROW("hostile_memory", "write_null", STOPPED, .err = "touches page 0.*: 0, by"),
	ROW("hostile_memory", "run_null", STOPPED, .err = "touches page 0.*: 0, by"),
	ROW("hostile_memory", "read_kernel", STOPPED),
	ROW("hostile_memory", "write_noncanonical", STOPPED),
	ROW("hostile_memory", "run_noncanonical", STOPPED),
	ROW("hostile_memory", "read_libc", STOPPED),
	ROW("hostile_memory", "read_program", STOPPED),
	ROW("hostile_memory", "write_code", STOPPED),
	ROW("hostile_memory", "write_constant", STOPPED),
	ROW("hostile_memory", "write_headers", STOPPED),
	EITHER("hostile_memory", "run_data", WITHOUT_NX),
	EITHER("hostile_memory", "run_stack", WITHOUT_NX),
	ROW("hostile_memory", "write_ro_page", STOPPED),
	ROW("hostile_memory", "read_rp_page", STOPPED),
	EITHER("hostile_memory", "run_xp_page", WITHOUT_NX),
	ROW("hostile_memory", "service_ro_page", ANSWERED),
	EITHER("hostile_memory", "protect_all", TABLES_OR_END),
	ROW("hostile_memory", "clear_gates", STOPPED),
	ROW("hostile_memory", "write_gate", STOPPED),
	ROW("hostile_memory", "use_freed", STOPPED),
	EITHER("hostile_memory", "free_stack", TABLES_OR_END),
	EITHER("hostile_memory", "free_image", TABLES_OR_END),
	EITHER("hostile_memory", "free_system_table", TABLES_OR_END),
	EITHER("hostile_memory", "free_boot_services", TABLES_OR_END),
	ROW("hostile_memory", "free_gates", ANSWERED),
	ROW("hostile_memory", "free_tables_pool", ANSWERED),
	ROW("hostile_memory", "corrupt_system_table", ANSWERED),
	ROW("hostile_memory", "corrupt_system_table_n", ANSWERED),
	ROW("hostile_memory", "corrupt_boot_services", ANSWERED),
	ROW("hostile_memory", "corrupt_boot_services_exit", ANSWERED),
	ROW("hostile_memory", "call_corrupted", STOPPED),
	ROW("hostile_memory", "corrupt_console", ANSWERED),
	ROW("hostile_memory", "corrupt_loaded_image", ANSWERED),
	ROW("hostile_memory", "corrupt_loaded_image_exit", ERROR),
	EITHER("hostile_memory", "corrupt_runtime_data", TABLES_OR_END),
	ROW("hostile_memory", "bomb_pages", ANSWERED),
	ROW("hostile_memory", "bomb_touch", ANSWERED, .args = "--memory 256M"),
	ROW("hostile_memory", "bomb_single_pages", ANSWERED),
	ROW("hostile_memory", "bomb_pool", ANSWERED, .args = "--memory 256M"),
	ROW("hostile_memory", "bomb_pool_small", ANSWERED),
	ROW("hostile_memory", "bomb_and_on", ANSWERED, .args = "--memory 256M"),

	ROW("hostile_callbacks", "exit_in_callback", STOPPED),
	ROW("hostile_callbacks", "exit_in_timer", STOPPED),
	ROW("hostile_callbacks", "loop_in_callback", STOPPED, .args = "--timeout 1"),
	ROW("hostile_callbacks", "crash_in_callback", STOPPED),
	ROW("hostile_callbacks", "return_with_wrong_stack", STOPPED),
	ROW("hostile_callbacks", "stale_callback_gate", STOPPED),
	ROW("hostile_callbacks", "main_gate_in_callback", STOPPED),
	ROW("hostile_callbacks", "return_gate", STOPPED),
	ROW("hostile_callbacks", "ebs_in_callback", STOPPED),
	ROW("hostile_callbacks", "ebs_in_ebs", STOPPED),
	ROW("hostile_callbacks", "exit_in_ebs", STOPPED),
	ROW("hostile_callbacks", "signal_itself", STOPPED, .args = "--timeout 1"),
	ROW("hostile_callbacks", "signal_each_other", STOPPED, .args = "--timeout 1"),
	ROW("hostile_callbacks", "recurse_events", STOPPED, .args = "--timeout 3"),
	ROW("hostile_callbacks", "recurse_check_event", STOPPED, .args = "--timeout 3"),
	ROW("hostile_callbacks", "close_in_notify", ANSWERED),
	EITHER("hostile_callbacks", "million_events", TIME_OR_END, .args = "--timeout 8"),
	EITHER("hostile_callbacks", "thousand_timers", TIME_OR_END, .args = "--timeout 1"),
	EITHER("hostile_callbacks", "tpl_nonsense",
	       "RestoreTPL to a level above the present one is undefined: UEFI 7.1"),
	ROW("hostile_callbacks", "timer_nonsense", ANSWERED),
	EITHER("hostile_services", "million_handles", TIME_OR_END, .args = "--timeout 8"),
	EITHER("hostile_services", "many_protocols", TIME_OR_END, .args = "--timeout 2"),
	EITHER("hostile_services", "many_opens", TIME_OR_END, .args = "--timeout 2"),
	ROW("hostile_services", "uninstall_in_notify", ANSWERED),
	EITHER("hostile_services", "install_in_notify", TIME_OR_END, .args = "--timeout 1"),
	ROW("hostile_services", "recurse_connect", ANSWERED, .args = "--timeout 120"),
	ROW("hostile_services", "recurse_disconnect", ANSWERED, .args = "--timeout 120"),
	ROW("hostile_services", "driver_nowhere", ANSWERED),
	ROW("hostile_services", "drivers_overridden", ANSWERED, .args = "--timeout 120"),
	ROW("hostile_services", "notify_nowhere", STOPPED),
	ROW("hostile_services", "gates_upwards", STOPPED),
	ROW("hostile_services", "gates_downwards", STOPPED),
	ROW("hostile_services", "gates_between", STOPPED),
	ROW("hostile_services", "return_into_gate", STOPPED),
	ROW("hostile_services", "return_into_service", STOPPED, .args = "--timeout 1"),
	EITHER("hostile_images", "recurse_start_image", TIME_OR_END, .args = "--timeout 5"),
	ROW("hostile_images", "load_million", ANSWERED, .args = "--memory 64M"),
	ROW("hostile_images", "load_past_buffer", ANSWERED),
	ROW("hostile_images", "load_truncated", ANSWERED),
	ROW("hostile_images", "load_mutated", ANSWERED),
	ROW("hostile_images", "unload_self", ANSWERED),
	ROW("hostile_images", "recurse_unload", ANSWERED, .args = "--timeout 120"),
	ROW("hostile_images", "start_self", ANSWERED),
	ROW("hostile_images", "exit_sizes", ERROR),
	ROW("hostile_images", "exit_bad_data", ERROR),
	ROW("hostile_services", "variables_full", ANSWERED),
	EITHER("hostile_services", "variables_small", TIME_OR_END, .args = "--timeout 8"),
	ROW("hostile_services", "reset", STOPPED, .err = "a cold reset"),
	ROW("hostile_services", "virtual_map", ANSWERED),

	ROW("hostile_chains", "key_notify_closed", ANSWERED, .input = "a"),
	ROW("hostile_chains", "pool_pages_freed", ANSWERED),
	ROW("hostile_chains", "path_grows", ANSWERED),
	ROW("hostile_chains", "gates_of_nobody", ANSWERED),
	/* whatever it is that they pile up, it stays within the same bounds */
	ROW("hostile_limits", "hii_lists", ANSWERED, .args = "--memory 64M", .most_mib = BOUND),
	ROW("hostile_limits", "events", ANSWERED, .args = "--memory 64M", .most_mib = BOUND),
	ROW("hostile_limits", "handles", ANSWERED, .args = "--memory 64M", .most_mib = BOUND),
	ROW("hostile_limits", "protocols", ANSWERED, .args = "--memory 64M", .most_mib = BOUND),
	ROW("hostile_limits", "openings", ANSWERED, .args = "--memory 64M", .most_mib = BOUND),
	ROW("hostile_limits", "registrations", ANSWERED, .args = "--memory 64M", .most_mib = BOUND),
	ROW("hostile_limits", "pending", ANSWERED, .args = "--memory 64M", .most_mib = BOUND),
	ROW("hostile_limits", "keys", ANSWERED, .args = "--memory 64M", .most_mib = BOUND),
	ROW("hostile_limits", "variables", ANSWERED, .args = "--memory 64M", .most_mib = BOUND),
	ROW("hostile_limits", "groups", ANSWERED, .args = "--memory 64M", .most_mib = BOUND),
	ROW("hostile_limits", "pool", ANSWERED, .args = "--memory 64M", .most_mib = BOUND),
	ROW("hostile_limits", "listings", ANSWERED, .args = many_args, .most_mib = BOUND),
	ROW("hostile_limits", "match", ANSWERED, .args = "--timeout 20"),
	ROW("hostile_limits", "match_long", STOPPED, .err = "does not end soon enough"),
	ROW("hostile_limits", "crc_of_all", STOPPED, .args = "--memory 400M --timeout 1",
	    .err = "ran for 1 s", .most_s = 20),
	ROW("hostile_limits", "mappings", STOPPED, .args = "--memory 700M", .err = "max_map_count"),
	/* one call for what many have made: it is quick, or looks at the time itself */
	ROW("hostile_time", "free_regions", ANSWERED, .args = "--memory 300M"),
	ROW("hostile_time", "attributes", ANSWERED, .args = "--memory 300M"),
	ROW("hostile_time", "drivers", ANSWERED, .args = "--memory 700M"),
	ROW("hostile_time", "timers", ANSWERED),
	ROW("hostile_time", "groups", ANSWERED),
	ROW("hostile_time", "registrations", ANSWERED),
	ROW("hostile_time", "keys", ANSWERED),
	ROW("hostile_time", "children", ANSWERED),
	ROW("hostile_time", "children_asked", ANSWERED),
	ROW("hostile_time", "children_of_image", ANSWERED),
	ROW("hostile_pointers", "pointers", ANSWERED),
	ROW("hostile_pointers", "sizes_all_ones", ANSWERED),
	ROW("hostile_pointers", "sizes_sign", ANSWERED),
	ROW("hostile_pointers", "sizes_wrap", ANSWERED),
	ROW("hostile_pointers", "copy_mem_outside", STOPPED),
	ROW("hostile_pointers", "copy_mem_from_kernel", STOPPED),
	ROW("hostile_pointers", "copy_mem_huge", STOPPED),
	ROW("hostile_pointers", "set_mem_outside", STOPPED),
	ROW("hostile_pointers", "set_mem_huge", STOPPED),
	ROW("hostile_pointers", "set_mem_code", STOPPED),
	ROW("hostile_pointers", "endless_path", ANSWERED),
	ROW("hostile_pointers", "endless_string", ANSWERED),
	ROW("hostile_pointers", "endless_install", ANSWERED),
};

#include "payload_cpu_rows.h"
