// SPDX-License-Identifier: MIT
#include "tool/file_map.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

int file_map(const char *path, struct bytes *ret_file, struct why *why)
{
	scoped_fd fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	void *p;

	if (fd < 0 || fstat(fd, &st) < 0)
		return why_errno(why, -errno, "%s", path);
	if (!S_ISREG(st.st_mode))
		return why_set(why, -EINVAL, "%s: is not a regular file", path);
	if (st.st_size == 0)
		return why_set(why, -EINVAL, "%s: is empty", path);
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return why_errno(why, -errno, "%s", path);
	*ret_file = (struct bytes){ p, (size_t)st.st_size };
	return 0;
}

void file_unmap(struct bytes *file)
{
	if (file->p)
		munmap((void *)file->p, file->n);
	*file = (struct bytes){ 0 };
}
