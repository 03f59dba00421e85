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

#define DIR_NAME ".extra"
#define FILE_NAME ".extra/boot-secret"

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
	const size_t room =
		cpio_bytes(DIR_NAME, 0) + cpio_bytes(FILE_NAME, secret.n) + cpio_bytes(CPIO_END, 0);
	struct archive *a = calloc(1, sizeof(*a) + room);
	struct cpio cpio;

	if (!a)
		return NULL;
	cpio = (struct cpio){ .p = a->p };
	cpio_add(&cpio, S_IFDIR | 0555, DIR_NAME, (struct bytes){ 0 });
	cpio_add(&cpio, S_IFREG | 0400, FILE_NAME, secret);
	cpio_add(&cpio, 0, CPIO_END, (struct bytes){ 0 });
	a->n = cpio.n;
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
