// SPDX-License-Identifier: MIT
#include "pe/certificates.h"

#include <errno.h>

enum { HEAD_BYTES = 8, ALIGNMENT = 8 };

int pe_certificate_next(const struct pe_image *image, uint32_t *inout_at,
			struct pe_certificate *ret_certificate)
{
	struct pe_certificate c;
	struct bytes table, entry;
	uint32_t length;

	if (image->certificates.size == 0 || *inout_at >= image->certificates.size)
		return 0;
	if (!bytes_sub(image->file, image->certificates.rva, image->certificates.size, &table) ||
	    !bytes_le32(table, *inout_at, &length) || length < HEAD_BYTES ||
	    !bytes_sub(table, *inout_at, length, &entry) || !bytes_le16(entry, 4, &c.revision) ||
	    !bytes_le16(entry, 6, &c.type) ||
	    !bytes_sub(entry, HEAD_BYTES, length - HEAD_BYTES, &c.data))
		return -EBADMSG;
	/* the sum cannot wrap: the entry was inside the table */
	*inout_at = (uint32_t)min_u64(image->certificates.size,
				      align_up((uint64_t)*inout_at + length, ALIGNMENT));
	*ret_certificate = c;
	return 1;
}
