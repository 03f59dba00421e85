/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * memfd_create(2) of a file that nobody executes by its name, sealable and closed by exec: a
 * descriptor or a negative errno. Kernels since 6.3 name in their log who does not say so, and
 * may refuse him (vm.memfd_noexec); mapping it executable stays possible.
 */
int memfd_open(const char *name);
/* Nobody changes it any more, or its length, whoever has it open: 0 or a negative errno. */
int memfd_seal(int fd);
