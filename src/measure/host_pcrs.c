// SPDX-License-Identifier: MIT
#include "measure/host_pcrs.h"
#include "base/util.h"
#include "host/file.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define TPM "/sys/class/tpm/tpm0"

enum { PATH_BYTES = 128 };

static int digit(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
				      : -1;
}

/* Two digits a byte, and nothing behind the last. */
static bool take_hex(const char *text, uint8_t *to, size_t n)
{
	for (size_t i = 0; i < n; i++, text += 2) {
		const int high = digit(text[0]), low = high < 0 ? -1 : digit(text[1]);

		if (low < 0)
			return false;
		to[i] = (uint8_t)(high << 4 | low);
	}
	return *text == '\0';
}

static int read_bank(const char *root, const struct tpm_algorithm *a, struct tpm_pcrs *to,
		     struct why *why)
{
	char path[PATH_BYTES], line[2 * TPM_MAX_DIGEST + 2];
	const unsigned b = to->banks.n;
	int r;

	to->banks.bank[b] = (struct tpm_bank){ a->id, a->n_bytes };
	for (unsigned i = 0; i < TPM_PCRS; i++) {
		snprintf(path, sizeof(path), TPM "/pcr-%s/%u", a->kernel, i);
		r = host_file_line(root, path, line, sizeof(line));
		if (r < 0)
			return why_errno(why, r, "%s", path);
		if (!take_hex(line, to->value[b][i], a->n_bytes))
			return why_set(why, -EBADMSG, "%s: is no digest of %u bytes", path,
				       a->n_bytes);
	}
	to->banks.n++;
	return 0;
}

static const struct tpm_algorithm *find(const char *kernel)
{
	const struct tpm_algorithm *a = NULL;

	for (unsigned i = 0; (a = tpm_algorithm_at(i)); i++)
		if (!strcmp(a->kernel, kernel))
			return a;
	return NULL;
}

/* A bank that is active and that nobody extends is one that vouches for what did not happen. */
static int check_known(const char *root, struct why *why)
{
	char path[PATH_BYTES + 256];
	const struct dirent *e;
	DIR *dir;
	int r = 0;

	snprintf(path, sizeof(path), "%s" TPM, root);
	dir = opendir(path);
	if (!dir)
		return why_errno(why, -errno, "%s", path);
	while (r == 0 && (e = readdir(dir)))
		if (!strncmp(e->d_name, "pcr-", 4) && !find(e->d_name + 4))
			r = why_set(why, -ENOTSUP,
				    "the TPM's bank %s is of an algorithm that is not known here",
				    e->d_name + 4);
	closedir(dir);
	return r;
}

int host_pcrs_read(const char *root, struct tpm_pcrs *ret_pcrs, struct why *why)
{
	struct tpm_pcrs pcrs = { .banks.n = 0 };
	const struct tpm_algorithm *a;
	uint64_t version;
	char path[PATH_BYTES];
	int r;

	if (host_file_number(root, TPM "/tpm_version_major", 10, &version) < 0 || version != 2)
		return why_set(why, -ENODEV, "there is no TPM 2.0");
	r = check_known(root, why);
	for (unsigned i = 0; r == 0 && (a = tpm_algorithm_at(i)); i++) {
		snprintf(path, sizeof(path), TPM "/pcr-%s", a->kernel);
		if (host_file_exists(root, path))
			r = read_bank(root, a, &pcrs, why);
	}
	if (r < 0)
		return r;
	if (pcrs.banks.n == 0)
		return why_set(why, -ENODEV, "no bank of the TPM's PCRs can be seen");
	*ret_pcrs = pcrs;
	return 0;
}
