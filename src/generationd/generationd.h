/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The daemon behind /run/bardo/generation: it sees what unprivileged processes may
 * not, and tells them. Returns the exit status: 0, 1 (failed and said why) or 2
 * (wrong command line).
 */
int generationd_main(int argc, char **argv);
