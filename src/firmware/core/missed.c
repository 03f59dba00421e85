// SPDX-License-Identifier: MIT
#include "firmware/core/missed.h"
#include "base/why.h"
#include "firmware/core/guid.h"
#include "firmware/core/result.h"
#include "firmware/core/state.h"

void missed_note(struct firmware *fw, efi_handle_t handle, const struct efi_guid *guid)
{
	struct missed *m = &fw->missed;

	if (m->folder && (!handle || handle == m->folder) &&
	    (guid_equal(guid, &guid_block_io) || guid_equal(guid, &guid_block_io2) ||
	     guid_equal(guid, &guid_disk_io)))
		m->blocks = true;
}

void firmware_missed(const struct firmware *fw, struct why *ret_missed)
{
	*ret_missed = fw->missed.unseen;
	if (!ret_missed->text[0] && fw->missed.blocks)
		why_set(ret_missed, 0,
			"looked for the disk that it comes from (Block I/O), and a folder has "
			"none: --disk offers one, and so does --esp with a mounted file system "
			"whose disk can be read");
}
