// SPDX-License-Identifier: MIT
#include "host/signed_policy.h"
#include "host/file.h"

#include <string.h>

/* One of a list with commas: NAME alone, or NAME=anything. */
static bool has_option(const char *options, const char *name)
{
	const size_t n = strlen(name);

	for (; *options; options += *options == ',') {
		const size_t one = strcspn(options, ",");

		if (one >= n && !strncmp(options, name, n) && (one == n || options[n] == '='))
			return true;
		options += one;
	}
	return false;
}

/* Where systemd-cryptsetup looks for signatures by itself: the image that was booted had some. */
static bool has_signatures(const char *root)
{
	static const char *const path[] = {
		"/etc/systemd/tpm2-pcr-signature.json",
		"/run/systemd/tpm2-pcr-signature.json",
		"/usr/lib/systemd/tpm2-pcr-signature.json",
	};

	for (unsigned i = 0; i < ARRAY_SIZE(path); i++)
		if (host_file_exists(root, path[i]))
			return true;
	return false;
}

/* "NAME DEVICE KEY OPTIONS" (crypttab(5)) of a volume that a signature unlocks. */
static bool goes_by_signature(char *line, bool signatures, const char **ret_name)
{
	static const char blanks[] = " \t\r";
	char *rest = NULL, *name = strtok_r(line, blanks, &rest), *options = NULL;

	for (unsigned i = 0; name && i < 3; i++)
		options = strtok_r(NULL, blanks, &rest);
	if (!name || *name == '#' || !options || !has_option(options, "tpm2-device"))
		return false;
	*ret_name = name;
	return has_option(options, "tpm2-signature") ||
	       (signatures && !has_option(options, "tpm2-pcrlock"));
}

static bool crypttab_has_one(const char *root, struct why *ret_why)
{
	const bool signatures = has_signatures(root);
	scoped_host_file file = { NULL, 0 };
	char *rest = NULL;
	const char *name;

	if (host_file_read(root, "/etc/crypttab", &file) < 0)
		return false;
	for (char *line = strtok_r(file.text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest))
		if (goes_by_signature(line, signatures, &name)) {
			why_set(ret_why, 0,
				"/etc/crypttab: %s may be unlocked by a signed policy of PCR 11, "
				"which cannot match behind a kexec: the next kernel asks for "
				"another key",
				name);
			return true;
		}
	return false;
}

bool signed_policy_in_use(const char *root, bool image_has_one, struct why *ret_why)
{
	uint64_t version;

	if (host_file_number(root, "/sys/class/tpm/tpm0/tpm_version_major", 10, &version) < 0 ||
	    version != 2)
		return false;
	if (crypttab_has_one(root, ret_why))
		return true;
	if (image_has_one)
		why_set(ret_why, 0,
			"its .pcrsig, a signed policy of PCR 11, cannot match behind a kexec: what "
			"is bound to it asks for another key");
	return image_has_one;
}
