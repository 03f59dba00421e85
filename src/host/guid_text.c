// SPDX-License-Identifier: MIT
#include "host/guid_text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

bool guid_parse(const char *text, size_t n, uint8_t ret_guid[static 16])
{
	static const uint8_t place[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
	char byte[3] = "";
	uint8_t guid[16];
	unsigned k = 0;

	if (n != GUID_DIGITS)
		return false;
	for (size_t i = 0; i < n;) {
		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (text[i++] != '-')
				return false;
			continue;
		}
		if (!isxdigit((unsigned char)text[i]) || !isxdigit((unsigned char)text[i + 1]))
			return false;
		memcpy(byte, text + i, 2);
		guid[place[k++]] = (uint8_t)strtoul(byte, NULL, 16);
		i += 2;
	}
	memcpy(ret_guid, guid, sizeof(guid));
	return true;
}
