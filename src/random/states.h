/* SPDX-License-Identifier: MIT */
#pragma once
/* States for threads: taken at a thread's first draw, given back at its end. */
#include "random/state.h"

/* A state that nobody else has, or NULL. Signals are blocked meanwhile. */
struct state *states_take(void);
void states_give(struct state *s);

/*
 * Counts forks: all states of a parent's threads are free in the child, also the
 * one of the thread that forked.
 */
uint32_t states_epoch(void);

/* How many states are taken, and how many exist; tests. */
void states_count(unsigned *ret_taken, unsigned *ret_all);
