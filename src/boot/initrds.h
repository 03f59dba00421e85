/* SPDX-License-Identifier: MIT */
#pragma once
/* The initrds that were given, and the running system's boot secret as one more. */
#include "boot/image.h"
#include "boot/request.h"

/* All zeros: none. What is open points into it, so it stays where it is. */
struct initrd_set {
	struct firmware_file file[MAX_INITRDS + 1]; /* those that were given, then the secret */
	unsigned n, n_given;
	int fd[MAX_INITRDS];
	unsigned n_open;
	struct firmware_file secret;
};

/*
 * Where no EFI code runs: -EINVAL when the command line has an initrd=, which only a kernel's EFI
 * stub loads.
 */
must_check int initrd_check_cmdline(const struct boot_request *request, struct why *why);

/*
 * Those of the request, for image's stub to take; and the secret, where a stub would take that
 * besides and the machine is this one.
 */
must_check int initrd_set_open(const struct boot_request *request, const struct boot_image *image,
			       struct initrd_set *set, struct why *why);
void initrd_set_close(struct initrd_set *set);

/* Those that were given one behind the other, each where the kernel looks for the next. */
uint64_t initrd_set_bytes(const struct initrd_set *set);
/* Without what fills up the last: so many EFI code is offered. */
uint64_t initrd_set_offered(const struct initrd_set *set);
must_check int initrd_set_fill(const struct initrd_set *set, uint8_t *to, struct why *why);
/* All of them likewise in a file without a name: a descriptor or a negative errno. */
must_check int initrd_set_join(const struct initrd_set *set, struct why *why);
