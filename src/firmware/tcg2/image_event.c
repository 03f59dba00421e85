// SPDX-License-Identifier: MIT
#include "firmware/tcg2/image_event.h"
#include "firmware/core/access.h"
#include "firmware/core/image.h"
#include "firmware/core/state.h"
#include "pe/authenticode.h"

#include <string.h>

/* UEFI_IMAGE_LOAD_EVENT (PC Client Platform Firmware Profile, 10.2.3) */
struct load_event {
	uint64_t location, n_bytes, link_address, path_bytes;
};
static_assert(sizeof(struct load_event) == 32, "UEFI_IMAGE_LOAD_EVENT");

enum { MOST_PATH_BYTES = 4096, CODE_PCR = 4, DRIVER_PCR = 2 };

efi_status_t image_measure(struct firmware *fw, struct tcg2 *t, const struct measurement *m,
			   const struct pe_image *pe)
{
	struct bytes *piece =
		heap_new(&fw->heap, (pe->n_sections + PE_SIGNED_PIECES) * sizeof(*piece));
	struct measurement with_pieces = *m;
	efi_status_t status;

	if (!piece)
		return EFI_OUT_OF_RESOURCES;
	with_pieces.piece = piece;
	with_pieces.n_pieces = pe_signed_pieces(pe, piece);
	status = tcg2_measure(fw, t, &with_pieces);
	heap_free(&fw->heap, piece);
	return status;
}

static uint32_t event_type(const struct pe_image *pe)
{
	switch (pe->subsystem) {
	case PE_SUBSYSTEM_EFI_BOOT_DRIVER:
		return EV_EFI_BOOT_SERVICES_DRIVER;
	case PE_SUBSYSTEM_EFI_RUNTIME_DRIVER:
		return EV_EFI_RUNTIME_SERVICES_DRIVER;
	default:
		return EV_EFI_BOOT_SERVICES_APPLICATION;
	}
}

void image_event(struct firmware *fw, struct tcg2 *t, const struct pe_image *pe,
		 const struct image *image)
{
	uint8_t event[sizeof(struct load_event) + MOST_PATH_BYTES];
	struct bytes path = device_path_at(fw, image->device_path);
	struct load_event head = {
		.location = image->base,
		.n_bytes = pe->size,
		.link_address = pe->base,
	};
	const uint32_t type = event_type(pe);
	struct measurement m = {
		.flags = MEASURED_LOGGED | MEASURED_EXTENDED,
		.pcr = type == EV_EFI_BOOT_SERVICES_APPLICATION ? CODE_PCR : DRIVER_PCR,
		.type = type,
	};

	if (path.n > MOST_PATH_BYTES)
		path.n = 0;
	head.path_bytes = path.n;
	memcpy(event, &head, sizeof(head));
	if (path.n)
		memcpy(event + sizeof(head), path.p, path.n);
	m.event = (struct bytes){ event, sizeof(head) + path.n };
	(void)image_measure(fw, t, &m, pe);
}
