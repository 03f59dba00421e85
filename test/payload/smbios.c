// SPDX-License-Identifier: MIT
/* UEFI PI 1.8, volume 5, 6.1: the machine's SMBIOS records, one behind the other and by type. */
#include "lib.h"

enum { NO_HANDLE = 0xfffe, END_OF_TABLE = 127, MOST = 2000 };

/* As many as there are of that type, each whole and no handle twice in a row. */
static unsigned count(struct smbios *smbios, uint8_t *type)
{
	struct smbios_record *r = NULL;
	uint16_t handle = NO_HANDLE, before;
	unsigned n = 0, n_wrong = 0;

	do {
		before = handle;
		if (smbios->get_next(smbios, &handle, type, &r, NULL) != EFI_SUCCESS)
			break;
		n_wrong += r->n_bytes < 4 || r->handle != handle || handle == before ||
			   r->type == END_OF_TABLE || (type && r->type != *type);
	} while (++n < MOST);
	check(n_wrong == 0 && n < MOST);
	check_text(handle == NO_HANDLE, "behind the last one it begins again");
	return n;
}

efi_status_t payload(void)
{
	struct smbios *smbios = NULL;
	struct smbios_record *r = NULL;
	uint16_t handle = NO_HANDLE;
	handle_t producer = self;
	uint8_t type = 1;
	unsigned n_all;

	if (bs->locate_protocol(&smbios_guid, NULL, (void **)&smbios) != EFI_SUCCESS) {
		/* a machine without it, or one whose memory is not to be read */
		check_text(on_bardo(), "a machine without SMBIOS");
		is(bs->locate_protocol(&smbios_guid, NULL, (void **)&smbios), EFI_NOT_FOUND);
		return tap_done();
	}
	check(smbios->major >= 2 && smbios->major < 10 && smbios->minor < 20);
	n_all = count(smbios, NULL);
	check(n_all > 2);
	/* every machine has a name (SMBIOS 3.7, 6.2) */
	check(count(smbios, &type) == 1);
	type = 0xfd;
	check(count(smbios, &type) < n_all);
	type = 1;
	succeeds(smbios->get_next(smbios, &handle, &type, &r, &producer));
	check(r->type == 1 && r->handle == handle && type == 1 && producer != self);
	is(smbios->get_next(smbios, NULL, NULL, &r, NULL), EFI_INVALID_PARAMETER);
	return tap_done();
}
