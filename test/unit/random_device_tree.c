// SPDX-License-Identifier: MIT
/* A device tree in files, as /sys/firmware/devicetree/base has it. */
#include "random/device_tree.h"
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char tree[] = "/tmp/bardo-tree-XXXXXX";

static void put(const char *node, const char *property, const void *p, size_t n)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", tree, node);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/%s/%s", tree, node, property);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	require(fd >= 0 && write(fd, p, n) == (ssize_t)n);
	close(fd);
}

#define PUT(node, property, text) put(node, property, text, sizeof(text) - 1)

static int find(uint64_t *ret)
{
	int root = open(tree, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = device_tree_find(root, "microsoft,vmgenid", ret);

	close(root);
	return r;
}

static void drop(const char *what)
{
	char command[160];

	snprintf(command, sizeof(command), "rm -rf %s/%s", tree, what);
	require(system(command) == 0);
}

/* As Firecracker writes it on aarch64: two cells each, above 4 GiB here. */
static void test_root(void)
{
	uint64_t at = 5;

	PUT("", "#address-cells", "\0\0\0\2");
	PUT("", "#size-cells", "\0\0\0\2");
	PUT("chosen", "bootargs", "quiet\0");
	PUT("memory@80000000", "reg", "\0\0\0\0\x80\0\0\0\0\0\0\0\x10\0\0\0");
	PUT("uart@9000000", "compatible", "arm,pl011\0arm,primecell\0");
	check(find(&at) == -ENOENT && at == 5);
	PUT("vmgenid", "compatible", "microsoft,vmgenid\0");
	PUT("vmgenid", "reg", "\0\0\0\3\x7f\xff\xf0\0\0\0\0\0\0\0\0\x10");
	check(find(&at) == 0 && at == 0x37ffff000);
	PUT("vmgenid", "status", "disabled\0");
	check(find(&at) == -ENOENT);
	PUT("vmgenid", "status", "okay\0");
	check(find(&at) == 0);
	PUT("vmgenid", "reg", "\0\0\0\3\x7f\xff");
	at = 5;
	check(find(&at) == -ENOEXEC && at == 5);
	/* the root says one cell: the first one is the address */
	PUT("", "#address-cells", "\0\0\0\1");
	PUT("vmgenid", "reg", "\x80\0\0\0\0\0\x10\0");
	check(find(&at) == 0 && at == 0x80000000);
	PUT("", "#address-cells", "\0\0\0\3");
	check(find(&at) == -ENOEXEC);
	PUT("", "#address-cells", "\0\0\0\2");
	drop("vmgenid");
}

/* On a bus: the same addresses, translated ones, and ones that lead nowhere. */
static void test_bus(void)
{
	uint64_t at = 0;

	PUT("soc", "compatible", "simple-bus\0");
	PUT("soc", "#address-cells", "\0\0\0\1");
	PUT("soc", "#size-cells", "\0\0\0\1");
	PUT("soc/rng@1000", "compatible", "vendor,other\0microsoft,vmgenid\0");
	PUT("soc/rng@1000", "reg", "\0\0\x10\0\0\0\x10\0");
	check(find(&at) == -ENOENT);
	PUT("soc", "ranges", "");
	check(find(&at) == 0 && at == 0x1000);
	PUT("soc", "ranges",
	    "\0\0\x20\0\0\0\0\0\0\0\0\0\0\0\x10\0"
	    "\0\0\0\0\0\0\0\2\x40\0\0\0\0\0\x20\0");
	check(find(&at) == 0 && at == 0x240001000);
	PUT("soc", "ranges", "\0\0\x20\0\0\0\0\0\0\0\0\0\0\0\x10\0");
	check(find(&at) == -ENOEXEC);
}

int main(void)
{
	require(mkdtemp(tree));
	test_root();
	test_bus();
	drop("");
	return tap_done();
}
