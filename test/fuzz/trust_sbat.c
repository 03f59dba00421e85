// SPDX-License-Identifier: MIT
/* A section and a level of any bytes, divided at the first 0xff: an answer, and a reason with it.
 */
#include "fuzz/fuzz.h"
#include "trust/sbat.h"

#include <errno.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	const uint8_t *cut = n_bytes ? memchr(data, 0xff, n_bytes) : NULL;
	const size_t n = cut ? (size_t)(cut - data) : n_bytes;
	const struct bytes section = { data, n };
	const struct bytes level = { cut ? cut + 1 : data, cut ? n_bytes - n - 1 : 0 };
	struct why why = { "" };
	int r = sbat_check(section, level, &why);

	fuzz_assert(r == 0 || ((r == -EBADMSG || r == -EKEYREVOKED) && why.text[0]));
	/* a level of nothing revokes nothing */
	if (r == -EKEYREVOKED)
		fuzz_assert(sbat_check(section, (struct bytes){ 0 }, NULL) != -EKEYREVOKED);
	return 0;
}

size_t fuzz_seed(unsigned i, uint8_t *data, size_t cap)
{
	static const char *const seeds[] = {
		"sbat,1,SBAT Version,sbat,1,https://\nstub,3,A,b,1,u\n\xffsbat,1,2026\nstub,3\n",
		"\xef\xbb\xbfsbat,1,a,b,c,d\r\nstub,2,A,b,1,u\r\n\xffsbat,1\nstub,3\n",
	};

	if (i >= 2 || cap < strlen(seeds[i]))
		return 0;
	memcpy(data, seeds[i], strlen(seeds[i]));
	return strlen(seeds[i]);
}
