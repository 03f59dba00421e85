/* SPDX-License-Identifier: MIT */
#pragma once
/* What each attack of hostile_cpu.c is to come to, and why. */

#define HAS_FRAMEBUFFER true

static const struct row cpu_rows[] = {
	ROW("graphics", NULL, PASSES, .args = "--framebuffer"),
	ROW("hostile_cpu", "syscall", STOPPED),
	ROW("hostile_cpu", "syscall_exit", STOPPED),
	ROW("hostile_cpu", "syscall_kill", STOPPED),
	ROW("hostile_cpu", "syscall_sigreturn", STOPPED),
	ROW("hostile_cpu", "syscall_minus_one", STOPPED),
	ROW("hostile_cpu", "syscall_x32", STOPPED),
	ROW("hostile_cpu", "int80", STOPPED),
	ROW("hostile_cpu", "sysenter", STOPPED),
	ROW("hostile_cpu", "vsyscall", STOPPED),
	EITHER("hostile_cpu", "vsyscall_read",
	       "vsyscall=emulate lets it read the page, xonly and none do not: "
	       "Documentation/admin-guide/kernel-parameters.txt"),
	ROW("hostile_cpu", "int3", STOPPED),
	ROW("hostile_cpu", "int1", STOPPED),
	ROW("hostile_cpu", "int_ff", STOPPED),
	ROW("hostile_cpu", "ud2", STOPPED),
	ROW("hostile_cpu", "div0", STOPPED),
	ROW("hostile_cpu", "x87", STOPPED),
	EITHER("hostile_cpu", "sse",
	       "processors raise #XM: SDM, DIVSS; QEMU's TCG only notes it in MXCSR: "
	       "QEMU, target/i386/tcg/fpu_helper.c, update_mxcsr_from_sse_status()"),
	EITHER("hostile_cpu", "alignment",
	       "processors raise #AC: SDM volume 3, 6.15, interrupt 17; QEMU's TCG does "
	       "not: QEMU, target/i386/TODO"),
	ROW("hostile_cpu", "trap_flag", STOPPED),
	ROW("hostile_cpu", "trap_flag_gate", STOPPED),
	ROW("hostile_cpu", "direction_flag", ANSWERED),
	ROW("hostile_cpu", "far_32", STOPPED, .args = "--timeout 2"),
	ROW("hostile_cpu", "far_kernel", STOPPED),
	ROW("hostile_cpu", "far_null", STOPPED),
	EITHER("hostile_cpu", "far_there_and_back",
	       "without 32-bit code (ia32_emulation=0) it faults, and a stop in it ends "
	       "the run: Documentation/admin-guide/kernel-parameters.txt; \"leaves 64-bit "
	       "mode\" in src/machine"),
	ROW("hostile_cpu", "iretq_kernel", STOPPED),
	ROW("hostile_cpu", "iretq_odd", STOPPED),
	ROW("hostile_cpu", "iretq_null_ss", STOPPED),
	ROW("hostile_cpu", "segments", ANSWERED),
	ROW("hostile_cpu", "segment_bad", STOPPED),
	ROW("hostile_cpu", "ldt", STOPPED),
	EITHER("hostile_cpu", "vmcall",
	       "#UD: SDM and APM, VMCALL, and Hyper-V's TLFS, Legal Hypercall Environments; #GP: "
	       "SDM, VMCALL in VMX root "
	       "operation; -EPERM in rax: arch/x86/kvm/x86.c, kvm_emulate_hypercall(), and Xen, "
	       "arch/x86/hvm/hypercall.c, hvm_hypercall()"),
	EITHER("hostile_cpu", "vmmcall",
	       "as vmcall; #UD without a hypervisor that intercepts it: APM, VMMCALL"),
	ROW("hostile_cpu", "backdoor", ANSWERED),
	ROW("hostile_cpu", "backdoor_string", ANSWERED),
	ROW("hostile_cpu", "swapgs", ANSWERED),
	ROW("hostile_cpu", "sysret", STOPPED),
	ROW("hostile_cpu", "ltr", ANSWERED),
	EITHER("hostile_cpu", "xsetbv",
	       "#GP, which is answered, or #UD without OSXSAVE: SDM, XSETBV"),
	ROW("hostile_cpu", "rdpmc", ANSWERED),
	ROW("hostile_cpu", "debug_registers", ANSWERED),
	ROW("hostile_cpu", "decode_edge", STOPPED),
	ROW("hostile_cpu", "decode_prefixes", STOPPED),
	ROW("hostile_cpu", "lock_hlt", STOPPED),
	ROW("hostile_cpu", "ins_null", STOPPED),
	ROW("hostile_cpu", "ins_kernel", STOPPED),
	ROW("hostile_cpu", "ins_code", STOPPED),
	ROW("hostile_cpu", "ins_huge", STOPPED, .args = "--timeout 2"),
	ROW("hostile_cpu", "outs_null", STOPPED),
	ROW("hostile_cpu", "outs_huge", STOPPED, .args = "--timeout 2"),
	ROW("hostile_cpu", "sgdt_null", STOPPED),
	ROW("hostile_cpu", "loop_cli", STOPPED, .args = "--timeout 1"),
	ROW("hostile_cpu", "hlt_for_ever", STOPPED, .args = "--timeout 1"),
	ROW("hostile_cpu", "stack_null", STOPPED),
	ROW("hostile_cpu", "stack_kernel", STOPPED),
	ROW("hostile_cpu", "stack_odd_gate", STOPPED),
	ROW("hostile_cpu", "stack_null_gate", STOPPED),
	ROW("hostile_cpu", "stack_top_gate", STOPPED),
	/* a processor or kernel without these has no such instructions */
	ROW("hostile_cpu", "segment_base", STOPPED, .err = "a segment base|invalid instruction"),
	ROW("hostile_cpu", "segment_base_gate", STOPPED,
	    .err = "a segment base|invalid instruction"),
	ROW("hostile_cpu", "protection_key", STOPPED, .err = "protection key|invalid instruction"),
};
