/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Of root's rights each stage of each verb keeps those that it or one behind it has a use for. A
 * fault of ours is then worth no more to whoever finds one.
 */
enum stage {
	STAGE_READ,    /* files, and what the kernel shows to root */
	STAGE_WRITE,   /* files, and asks a TPM */
	STAGE_LISTS,   /* what this machine trusts: shim's lists among it */
	STAGE_RUN,     /* an image, behind walls, to its end */
	STAGE_PREDICT, /* the same, and what this machine allows to be staged */
	STAGE_STATUS,  /* what this machine allows, tried */
	STAGE_LOAD,    /* an image that is run and staged */
	STAGE_KERNEL,  /* a kernel of which no code runs before the jump */
	STAGE_RENEW,   /* is what is staged of this clone? */
	STAGE_EXEC,    /* the same, and of this machine's memory, before the jump */
	STAGE_JUMP,    /* what ran is staged, and jumped into */
	STAGE_WATCH,   /* generationd, until it shuts itself in */
	N_STAGES,
};

/* Give up for good what it does not need. Where a filter forbids that, we go on as we are. */
void stage_enter(enum stage stage);
