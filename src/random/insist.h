/* SPDX-License-Identifier: MIT */
#pragma once
/* Words from an instruction that may say "not now". */
#include "base/util.h"

#include <stddef.h>

enum { INSIST_WORDS_MOST = 8 };

/*
 * Fill at most INSIST_WORDS_MOST words by step, which gives one word or says that it has
 * none now. False when it goes on saying so; nothing was written then.
 */
bool insist(bool (*step)(uint64_t *), uint64_t *words, size_t n_words);
