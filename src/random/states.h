/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * All states of this process. They are mapped when the library is loaded and never again:
 * a program that filters its system calls may not be able to map any later.
 */
#include "random/state.h"

/* Map them. Without memory that children find empty there are none. */
void states_begin(void);

/* A state that nobody else has, or NULL. */
struct state *states_take(void);
void states_give(struct state *s);

/*
 * One of the few that all threads share, for a draw that has no state of its own; NULL
 * when all are lent. Nobody waits for one: who never returns it (longjmp, the thread was
 * cancelled) has lost it for this process, and does no other harm.
 */
struct state *states_borrow(unsigned from);
void states_return(struct state *s);

/* Tests: as if they had not been mapped yet. */
void states_forget(void);

/* How many states are taken, and how many exist; tests. */
void states_count(unsigned *ret_taken, unsigned *ret_all);
