/* SPDX-License-Identifier: MIT */
#pragma once
/* What an image is offered besides its own file: opened for it, and closed behind it. */
#include "boot/admission.h"
#include "boot/disk.h"
#include "boot/host.h"
#include "boot/initrds.h"
#include "boot/runtime.h"
#include "boot/variables.h"
#include "firmware/tcg2/tcg2.h"
#include "measure/now.h"

/* Points into itself, so it stays where it is. */
struct sources {
	char *options; /* the image's load options; NULL: none */
	struct esp esp;
	struct initrd_set initrds;
	struct disk_set disks;
	struct firmware_framebuffer framebuffer; /* all zeros: none */
	struct host_view host;
	struct runtime_view runtime; /* of this machine, where it is for it */
	uint64_t spare_ram;	     /* when the image's own file was read */
	uint64_t mmfr0;		     /* where the image may ask for it, see host/mmfr0.h */
	struct variable_set variables;
	struct tpm_now tpm; /* where the request has it measured */
	struct firmware_tpm firmware_tpm;
	struct bytes event_log;	     /* where it has not, for the next kernel; may be none */
	struct admission *admission; /* whoever opens it closes it; NULL: the image may load any */
};

/* To be called first; sources_close() is called in any case. */
void sources_begin(struct sources *sources);
/* All that image is to have when it runs. */
must_check int sources_open(const struct boot_request *request, const struct boot_image *image,
			    struct sources *sources, struct why *why);
/* The host and its variables alone, for who needs no more. */
must_check int sources_read_host(const struct boot_request *request, struct sources *sources,
				 struct why *why);
/*
 * By LoaderDevicePartUUID systemd finds the machine's partitions. A loader or a stub says there
 * which one it comes from; one that comes from none cannot, and a kernel alone does not: then the
 * running system's stays. Where there is none, and firmware's boot of the image would have made
 * one, the caller is warned.
 */
void sources_keep_partition(const struct boot_request *request, const struct boot_image *image,
			    struct sources *sources);
/* The TPM and its log, as the request has them measured into. */
must_check int sources_open_tpm(const struct boot_request *request, struct sources *sources,
				struct why *why);
void sources_close(struct sources *sources);

/* What is kept free of its memory, for the next kernel's start. */
uint64_t sources_resume_bytes(const struct boot_request *request, const struct sources *sources);

/* How image is to run. What it points to is theirs; image's file may go when it has started. */
void sources_config(const struct boot_request *request, const struct boot_image *image,
		    struct sources *sources, struct firmware_config *ret_config);
