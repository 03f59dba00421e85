/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * What is staged for the next kernel was made from random numbers that every clone
 * has: `bardo restage` makes it anew. It needs rights that the daemon gives up, so a
 * child that keeps them waits for the daemon's word; the word is one byte, and says only that.
 */
#include "base/util.h"
#include "base/why.h"

/* Start the child. The descriptor to write to, or a negative errno. */
must_check int restage_open(const char *bardo, struct why *why);
/*
 * Without a child: the word goes to the file FOLDER/cloned, which others watch, a unit of
 * systemd's for one. Returns as restage_open().
 */
must_check int restage_open_note(const char *folder, struct why *why);
/* Never waits: a word that is not read yet stands for this one too. */
void restage_ask(int fd);
