// SPDX-License-Identifier: MIT
#include "host/confidential.h"
#include "host/file.h"

/* Of Arm's Confidential Compute Architecture: a guest in a realm has a device for its token. */
#define REALM "/sys/devices/platform/arm-cca-dev/uevent"

bool confidential_guest(const char *root, const char **ret_kind, bool *ret_sure)
{
	scoped_host_file realm = { NULL, 0 };

	if (host_file_read(root, REALM, &realm) < 0)
		return false;
	*ret_kind = "CCA realm";
	*ret_sure = true;
	return true;
}
