// SPDX-License-Identifier: MIT
#include "keeper/processor.h"
#include "base/util.h"

#include <string.h>
#include <sys/ptrace.h>

/*
 * What a process can have between two instructions: carry to overflow, interrupts on, resume,
 * alignment checks, identification. Not the trap flag, a privilege level or virtual 8086 mode.
 */
bool keeper_flags_are_possible(const struct machine_regs *g)
{
	enum { POSSIBLE = 0x250ed7, ALWAYS = 0x2 };

	return !(g->rflags & ~(uint64_t)POSSIBLE) && g->rflags & ALWAYS;
}

/* Intel SDM volume 1, 10.5.1 and 13.4.2: what is reserved is 0, and loading it otherwise faults. */
bool keeper_fpu_is_possible(const struct machine_fpu *f)
{
	enum { MXCSR = 24, HEADER = 512, XCOMP_BV = HEADER + 8, BODY = HEADER + 64 };
	uint32_t mxcsr;

	memcpy(&mxcsr, f->fxsave + MXCSR, sizeof(mxcsr));
	if (mxcsr >> 16 || (f->n_xsave && (f->n_xsave < BODY || f->n_xsave > sizeof(f->xsave))))
		return false;
	for (unsigned i = XCOMP_BV; f->n_xsave && i < BODY; i++)
		if (f->xsave[i])
			return false;
	return true;
}

void keeper_state_places(const struct machine_regs *regs, struct ram_range ret_place[static 2])
{
	enum { WORD = 8 };

	ret_place[0] = (struct ram_range){ regs->rip, regs->rip + 1 };
	ret_place[1] = (struct ram_range){ regs->rsp - WORD, regs->rsp };
}

const int keeper_ptrace_requests[] = {
	PTRACE_SETREGS,	  PTRACE_SYSEMU,    PTRACE_GETREGS,   PTRACE_CONT,	PTRACE_GETSIGINFO,
	PTRACE_GETREGSET, PTRACE_SETREGSET, PTRACE_GETFPREGS, PTRACE_SETFPREGS,
};
const unsigned keeper_n_ptrace_requests = ARRAY_SIZE(keeper_ptrace_requests);

void keeper_clear_vectors(void)
{
	if (__builtin_cpu_supports("avx512f"))
		__asm__ volatile("vpxorq %%zmm16, %%zmm16, %%zmm16\n\t"
				 "vmovdqa64 %%zmm16, %%zmm17\n\t"
				 "vmovdqa64 %%zmm16, %%zmm18\n\t"
				 "vmovdqa64 %%zmm16, %%zmm19\n\t"
				 "vmovdqa64 %%zmm16, %%zmm20\n\t"
				 "vmovdqa64 %%zmm16, %%zmm21\n\t"
				 "vmovdqa64 %%zmm16, %%zmm22\n\t"
				 "vmovdqa64 %%zmm16, %%zmm23\n\t"
				 "vmovdqa64 %%zmm16, %%zmm24\n\t"
				 "vmovdqa64 %%zmm16, %%zmm25\n\t"
				 "vmovdqa64 %%zmm16, %%zmm26\n\t"
				 "vmovdqa64 %%zmm16, %%zmm27\n\t"
				 "vmovdqa64 %%zmm16, %%zmm28\n\t"
				 "vmovdqa64 %%zmm16, %%zmm29\n\t"
				 "vmovdqa64 %%zmm16, %%zmm30\n\t"
				 "vmovdqa64 %%zmm16, %%zmm31"
				 :
				 :
				 : "memory");
	if (__builtin_cpu_supports("avx")) {
		__asm__ volatile("vzeroall" : : : "memory");
		return;
	}
	__asm__ volatile("xorps %%xmm0, %%xmm0\n\txorps %%xmm1, %%xmm1\n\t"
			 "xorps %%xmm2, %%xmm2\n\txorps %%xmm3, %%xmm3\n\t"
			 "xorps %%xmm4, %%xmm4\n\txorps %%xmm5, %%xmm5\n\t"
			 "xorps %%xmm6, %%xmm6\n\txorps %%xmm7, %%xmm7\n\t"
			 "xorps %%xmm8, %%xmm8\n\txorps %%xmm9, %%xmm9\n\t"
			 "xorps %%xmm10, %%xmm10\n\txorps %%xmm11, %%xmm11\n\t"
			 "xorps %%xmm12, %%xmm12\n\txorps %%xmm13, %%xmm13\n\t"
			 "xorps %%xmm14, %%xmm14\n\txorps %%xmm15, %%xmm15"
			 :
			 :
			 : "memory");
}
