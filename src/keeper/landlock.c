// SPDX-License-Identifier: MIT
#include "keeper/landlock.h"
#include "base/fd.h"

#include <errno.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

/* Documentation/userspace-api/landlock.rst. By ourselves: headers are older than kernels. */
enum {
	VERSION_FLAG = 1,
	RULE_PATH_BENEATH = 1,

	FS_WRITE_FILE = 1 << 1,
	FS_READ_FILE = 1 << 2,
	FS_READ_DIR = 1 << 3,
	FS_REMOVE_DIR = 1 << 4,
	FS_REMOVE_FILE = 1 << 5,
	FS_MAKE_DIR = 1 << 7,
	FS_MAKE_REG = 1 << 8,
	FS_ALL_OF_1 = (1 << 13) - 1,
	FS_REFER = 1 << 13,	/* version 2 */
	FS_TRUNCATE = 1 << 14,	/* 3 */
	FS_IOCTL_DEV = 1 << 15, /* 5 */
	NET_ALL_OF_4 = 3,	/* bind and connect TCP */
	SCOPE_ALL_OF_6 = 3,	/* abstract sockets and signals to others */

	READS = FS_READ_FILE | FS_READ_DIR,
	WRITES = FS_WRITE_FILE | FS_REMOVE_DIR | FS_REMOVE_FILE | FS_MAKE_DIR | FS_MAKE_REG |
		 FS_REFER | FS_TRUNCATE,
};

struct ruleset {
	uint64_t fs, net, scope;
};

struct path_beneath {
	uint64_t allowed;
	int32_t parent_fd;
} __attribute__((packed));

/* All that this version can forbid; what it does not know it refuses to hear of. */
static struct ruleset all_of(int version)
{
	return (struct ruleset){
		.fs = FS_ALL_OF_1 | (version >= 2 ? FS_REFER : 0) |
		      (version >= 3 ? FS_TRUNCATE : 0) | (version >= 5 ? FS_IOCTL_DEV : 0),
		.net = version >= 4 ? NET_ALL_OF_4 : 0,
		.scope = version >= 6 ? SCOPE_ALL_OF_6 : 0,
	};
}

int landlock_restrict(const struct landlock_tree *tree, unsigned n_trees)
{
	const int version =
		(int)syscall(SYS_landlock_create_ruleset, NULL, 0, (unsigned)VERSION_FLAG);
	const struct ruleset all = all_of(version);
	scoped_fd fd = -1;

	if (version < 0)
		return -errno;
	/* a field that is 0 may be there or not, as far as an older kernel is concerned */
	fd = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof(all), 0);
	if (fd < 0)
		return -errno;
	for (unsigned i = 0; i < n_trees; i++) {
		const uint64_t wanted = READS | (tree[i].writable ? WRITES : 0);
		const struct path_beneath rule = { wanted & all.fs, tree[i].fd };

		if (syscall(SYS_landlock_add_rule, fd, RULE_PATH_BENEATH, &rule, 0) < 0)
			return -errno;
	}
	return syscall(SYS_landlock_restrict_self, fd, 0) < 0 ? -errno : 0;
}
