/* SPDX-License-Identifier: MIT */
#pragma once
/* The files beside an image that its stub would take up, as the stub looks for them. */
#include "pe/image.h"
#include "boot/esp.h"

enum { MAX_SIDECARS_SHOWN = 256 };

struct sidecar {
	const char *kind; /* "addon", "credential", "extension" */
	char *path;	  /* in the tree that the image comes from */
	uint64_t n_bytes;
	char why_not[256]; /* it is left alone by the stub, or "" */
	char *cmdline;	   /* what an addon adds to the command line, or NULL */
	uint64_t initrd_bytes, ucode_bytes;
};

struct sidecars {
	struct sidecar sidecar[MAX_SIDECARS_SHOWN];
	unsigned n;
};

/* In the order in which the stub takes them; none for an image without systemd-stub. */
must_check int sidecars_find(const struct pe_image *image, const struct esp *esp,
			     struct sidecars *ret, struct why *why);
void sidecars_free(struct sidecars *sidecars);
