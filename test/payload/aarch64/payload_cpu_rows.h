/* SPDX-License-Identifier: MIT */
#pragma once
/* What each attack of hostile_cpu.c is to come to, and why. Arm ARM is DDI 0487. */

#define HAS_FRAMEBUFFER false

#define FEATURE_OR_UNDEFINED                                                                       \
	"undefined on a processor without it, or where Linux does not give it to programs: "       \
	"Documentation/arch/arm64/elf_hwcaps.rst"

#define NOT_IN_TCG                                                                                 \
	"a fault by the Arm ARM; QEMU's TCG looks at neither the stack's alignment "               \
	"nor at addresses whose cache lines are cleaned"

static const struct row cpu_rows[] = {
	ROW("hostile_cpu", "syscall", STOPPED),
	ROW("hostile_cpu", "syscall_exit", STOPPED),
	ROW("hostile_cpu", "syscall_kill", STOPPED),
	ROW("hostile_cpu", "syscall_sigreturn", STOPPED),
	ROW("hostile_cpu", "syscall_minus_one", STOPPED),
	ROW("hostile_cpu", "syscall_arm_private", STOPPED),
	ROW("hostile_cpu", "svc_immediate", STOPPED),
	ROW("hostile_cpu", "brk", STOPPED),
	ROW("hostile_cpu", "brk_ff", STOPPED),
	ROW("hostile_cpu", "hlt", STOPPED),
	ROW("hostile_cpu", "semihosting", STOPPED),
	ROW("hostile_cpu", "udf", STOPPED),
	ROW("hostile_cpu", "zeros", STOPPED, .err = "all zeros"),
	ROW("hostile_cpu", "eret", STOPPED),
	ROW("hostile_cpu", "hvc", ANSWERED),
	ROW("hostile_cpu", "smc", ANSWERED),
	ROW("hostile_cpu", "el2_read", STOPPED),
	ROW("hostile_cpu", "el2_write", STOPPED),
	ROW("hostile_cpu", "el3_read", STOPPED),
	ROW("hostile_cpu", "translation_off", ANSWERED),
	ROW("hostile_cpu", "debug_registers", ANSWERED),
	ROW("hostile_cpu", "os_lock", ANSWERED),
	ROW("hostile_cpu", "spsel", STOPPED),
	ROW("hostile_cpu", "thread_pointer", ANSWERED),
	ROW("hostile_cpu", "counters", ANSWERED),
	EITHER("hostile_cpu", "float",
	       "whether traps can be had is the processor's: Arm ARM, FPCR"),
	ROW("hostile_cpu", "float_gate", ANSWERED),
	EITHER("hostile_cpu", "sve", FEATURE_OR_UNDEFINED),
	EITHER("hostile_cpu", "sme", FEATURE_OR_UNDEFINED),
	EITHER("hostile_cpu", "sign", FEATURE_OR_UNDEFINED),
	ROW("hostile_cpu", "sign_hint", ANSWERED),
	ROW("hostile_cpu", "alignment", STOPPED),
	ROW("hostile_cpu", "pc_odd", STOPPED),
	EITHER("hostile_cpu", "stack_odd", NOT_IN_TCG),
	ROW("hostile_cpu", "tagged", ANSWERED),
	ROW("hostile_cpu", "tagged_negative", ANSWERED),
	ROW("hostile_cpu", "tagged_code", ANSWERED),
	ROW("hostile_cpu", "decode_edge", STOPPED),
	ROW("hostile_cpu", "code_written", ANSWERED),
	EITHER("hostile_cpu", "cache_outside", NOT_IN_TCG),
	EITHER("hostile_cpu", "cache_kernel", NOT_IN_TCG),
	ROW("hostile_cpu", "zero_code", STOPPED),
	ROW("hostile_cpu", "loop_interrupts_off", STOPPED, .args = "--timeout 1"),
	ROW("hostile_cpu", "wfi_for_ever", STOPPED, .args = "--timeout 1"),
	ROW("hostile_cpu", "stack_null", STOPPED),
	ROW("hostile_cpu", "stack_kernel", STOPPED),
	ROW("hostile_cpu", "stack_null_gate", STOPPED),
	ROW("hostile_cpu", "stack_top_gate", STOPPED),
	ROW("hostile_cpu", "stack_odd_callback", ANSWERED),
};
