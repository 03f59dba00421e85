/* SPDX-License-Identifier: MIT */
#pragma once
/* The policy's verdict on an image, from a process that can do nothing but come to it. */
#include "trust/policy.h"
#include "trust/verdict.h"

/*
 * 0 and a verdict whose numbers are in their ranges; or a negative errno, when there is none, which
 * allows nothing. Certificates, signatures and lists are parsed in that process and nowhere else.
 */
must_check int verify(const struct trust_question *question, struct verdict *ret_verdict,
		      struct why *why);
