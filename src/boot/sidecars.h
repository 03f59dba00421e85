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
	struct bytes file; /* of an addon that sidecars_read() has read */
	char why_not[256]; /* it is left alone by the stub, or "" */
	char *cmdline;	   /* what an addon adds to the command line, or NULL */
	uint64_t initrd_bytes, ucode_bytes;
};

struct sidecars {
	struct sidecar sidecar[MAX_SIDECARS_SHOWN];
	unsigned n;
};

/*
 * Those that an image with this version of systemd-stub takes, in the order in which it does; none
 * for an image without one (0). Nothing is read of them.
 */
must_check int sidecars_list(unsigned stub, const struct esp *esp, struct sidecars *ret,
			     struct why *why);
/* All of one, to be freed. */
must_check int sidecar_read(const struct esp *esp, const struct sidecar *sidecar, uint8_t **ret_p,
			    size_t *ret_n);
/* The bytes of the addons in a list, and then what they hold: that is parsed here. */
must_check int sidecars_read(const struct esp *esp, struct sidecars *list, struct why *why);
must_check int sidecars_look(const struct pe_image *image, struct sidecars *list, struct why *why);
void sidecars_free(struct sidecars *sidecars);
