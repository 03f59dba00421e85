// SPDX-License-Identifier: MIT
#include "boot/secret.h"
#include "base/fd.h"
#include "boot/cpio.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_SECRET_BYTES = 4096 };

struct archive {
	size_t n;
	uint8_t p[];
};

static int read_archive(void *context, uint64_t offset, void *buf, size_t n)
{
	const struct archive *a = context;

	if (offset > a->n || n > a->n - offset)
		return -EINVAL;
	memcpy(buf, a->p + offset, n);
	return 0;
}

static struct archive *make_archive(struct bytes secret)
{
	const struct cpio_member members[] = {
		{ S_IFDIR | 0555, ".extra", { 0 } },
		{ S_IFREG | 0400, ".extra/boot-secret", secret },
	};
	const uint64_t n = cpio_bytes(members, ARRAY_SIZE(members));
	struct archive *a = calloc(1, sizeof(*a) + n);

	if (!a)
		return NULL;
	cpio_write(members, ARRAY_SIZE(members), a->p);
	a->n = n;
	return a;
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
	a = make_archive((struct bytes){ secret, (size_t)n });
	if (a)
		*ret_file = (struct firmware_file){
			.name = path,
			.n_bytes = a->n,
			.context = a,
			.read = read_archive,
		};
	explicit_bzero(secret, sizeof(secret));
	return a ? 0 : -ENOMEM;
}

void boot_secret_free(struct firmware_file *file)
{
	struct archive *a = file->context;

	if (a)
		explicit_bzero(a, sizeof(*a) + a->n);
	free(a);
	*file = (struct firmware_file){ 0 };
}
