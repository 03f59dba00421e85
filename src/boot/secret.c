// SPDX-License-Identifier: MIT
#include "boot/secret.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
	MAX_SECRET_BYTES = 4096,
	HEADER_BYTES = 110,
	/* three headers with names and padding, and what they hold */
	ARCHIVE_BYTES = MAX_SECRET_BYTES + 512,
};

struct archive {
	uint8_t p[ARCHIVE_BYTES];
	size_t n;
};

static void pad(struct archive *a)
{
	while (a->n % 4)
		a->p[a->n++] = 0;
}

/* One member in the "newc" format: numbers of eight hexadecimal digits, parts on multiples of 4. */
static void add(struct archive *a, unsigned inode, unsigned mode, const char *name,
		const void *data, size_t n_data)
{
	const size_t n_name = strlen(name) + 1;

	a->n += (size_t)snprintf((char *)a->p + a->n, HEADER_BYTES + 1,
				 "070701%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08x",
				 inode, mode, 0, 0, 1, 0, n_data, 0, 0, 0, 0, n_name, 0);
	memcpy(a->p + a->n, name, n_name);
	a->n += n_name;
	pad(a);
	if (n_data)
		memcpy(a->p + a->n, data, n_data);
	a->n += n_data;
	pad(a);
}

static int read_archive(void *context, uint64_t offset, void *buf, size_t n)
{
	const struct archive *a = context;

	if (offset > a->n || n > a->n - offset)
		return -EINVAL;
	memcpy(buf, a->p + offset, n);
	return 0;
}

int boot_secret_read(const char *path, struct firmware_file *ret_file)
{
	scoped_fd fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	uint8_t secret[MAX_SECRET_BYTES];
	struct archive *a;
	ssize_t n;

	*ret_file = (struct firmware_file){ 0 };
	n = fd < 0 ? -1 : read(fd, secret, sizeof(secret));
	if (n <= 0)
		return 0;
	a = calloc(1, sizeof(*a));
	if (a) {
		add(a, 1, S_IFDIR | 0555, ".extra", NULL, 0);
		add(a, 2, S_IFREG | 0400, ".extra/boot-secret", secret, (size_t)n);
		add(a, 0, 0, "TRAILER!!!", NULL, 0);
		*ret_file = (struct firmware_file){
			.name = path,
			.n_bytes = a->n,
			.context = a,
			.read = read_archive,
		};
	}
	explicit_bzero(secret, sizeof(secret));
	return a ? 0 : -ENOMEM;
}

void boot_secret_free(struct firmware_file *file)
{
	if (file->context)
		explicit_bzero(file->context, sizeof(struct archive));
	free(file->context);
	*file = (struct firmware_file){ 0 };
}
