/* SPDX-License-Identifier: MIT */
#pragma once
/* Flags of clone(2) for a child in as many namespaces of its own as the host permits. */
#include <sched.h>

#define SPACES_BUT_USER                                                                            \
	(CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP)

/*
 * Of a process that is in all of them already its child needs two: to be nobody's equal, and to
 * see nobody. The others hold what is nobody else's anyway, and a network takes long to make.
 */
#define SPACES_WITHIN (CLONE_NEWUSER | CLONE_NEWPID)

/* To be tried one after the other: who is not root gets the others by a user namespace only. */
static const unsigned long spaces_flags[] = { CLONE_NEWUSER | SPACES_BUT_USER, SPACES_BUT_USER, 0 };
