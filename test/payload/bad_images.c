// SPDX-License-Identifier: MIT
/*
 * usage: bad_images IMAGE
 * `bardo run` on what is no image, on pieces of one, and on one with a wrong
 * byte: it may run or be refused with one clear line, nothing else.
 */
#include "runner.h"
#include "tap.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { LIMIT_MS = 15000, PE_AT = 0x3c, OPTIONAL = 24, SECTION_BYTES = 40 };

static uint8_t image[64 << 10], copy[64 << 10];
static size_t n_image, n_headers;
static uint32_t pe;
static char path[64];
static const char *bardo;

static void put(const void *bytes, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	need(fd >= 0 && write(fd, bytes, n) == (ssize_t)n, "a file to run");
	close(fd);
}

/* -1: broke a rule; else the exit status. */
static int outcome(char *const argv[])
{
	struct result r = runner_run(argv, NULL, LIMIT_MS);
	int status = r.status;

	if (result_broken(&r) || status < 0 || status > 1 ||
	    (status == 1 ? !one_line(r.err) : r.err[0] != 0))
		status = -1;
	if (status < 0) {
		printf("# exit status %d%s%s\n", r.status, result_broken(&r) ? ", " : "",
		       result_broken(&r) ? result_broken(&r) : "");
		show("err", r.err);
	}
	result_free(&r);
	return status;
}

static int run(const char *file)
{
	/* so much memory that an image of 4 GiB is too big on any machine */
	char *argv[] = { (char *)bardo, (char *)"run",	    (char *)file, (char *)"--timeout",
			 (char *)"5",	(char *)"--memory", (char *)"1G", NULL };

	return outcome(argv);
}

static int inspect(const char *file)
{
	char *argv[] = { (char *)bardo, (char *)"inspect", (char *)file, NULL };

	return outcome(argv);
}

static void refused(const char *what, const void *bytes, size_t n)
{
	put(bytes, n);
	check_msg(run(path) == 1, "refused in one line: %s", what);
}

/* The image with one field of the optional or file header changed. */
static void refused_field(const char *what, size_t at, uint64_t value, size_t n)
{
	memcpy(copy, image, n_image);
	memcpy(copy + pe + at, &value, n);
	refused(what, copy, n_image);
}

static void test_files(void)
{
	char dir[] = "/tmp/bad_images-XXXXXX", missing[64];
	time_t begun;

	refused("an empty file", "", 0);
	refused("a text", "#!/bin/sh\necho hello\n", 21);
	refused("MZ and nothing else", "MZ", 2);
	memset(copy, 0, sizeof(copy));
	refused("64 KiB of zeros", copy, sizeof(copy));
	memset(copy, 0xff, sizeof(copy));
	refused("64 KiB of ones", copy, sizeof(copy));
	need(mkdtemp(dir) != NULL, "a folder");
	check_msg(run(dir) == 1, "refused in one line: a folder");
	snprintf(missing, sizeof(missing), "%s/missing", dir);
	check_msg(run(missing) == 1, "refused in one line: a file that is not there");
	put(image, n_image);
	need(truncate(path, (off_t)1 << 40) == 0, "a sparse file");
	check_msg(run(path) == 1, "refused in one line: a file of 1 TiB");
	check_msg(inspect(path) == 1, "inspect refuses it too");
	put("", 0);
	need(truncate(path, (off_t)5 << 30) == 0, "a sparse file");
	begun = time(NULL);
	check_msg(run(path) == 1 && inspect(path) == 1, "refused in one line: 5 GiB of zeros");
	check_msg(time(NULL) - begun < 20, "and for its head: it is not read to its end");
	check_msg(inspect(dir) == 1 && inspect(missing) == 1 && inspect("/dev/zero") == 1,
		  "inspect refuses what is no file");
	check_msg(run("/dev/zero") == 1, "refused in one line: a device without end");
	check_msg(run("/proc/self/exe") == 1, "refused in one line: an ELF file");
	rmdir(dir);
}

enum { X64 = 0x8664, ARM64 = 0xaa64 };

static void test_fields(void)
{
	uint16_t own;

	memcpy(&own, image + pe + 4, sizeof(own));
	refused_field("another processor's", 4, own == ARM64 ? X64 : ARM64, 2);
	refused_field("i386", 4, 0x014c, 2);
	refused_field("PE32", OPTIONAL, 0x10b, 2);
	refused_field("a Windows program", OPTIONAL + 68, 3, 2);
	refused_field("no sections", 6, 0, 2);
	refused_field("65,535 sections", 6, 0xffff, 2);
	refused_field("an optional header of 64 KiB", 20, 0xfff0, 2);
	refused_field("SizeOfImage 4 GiB", OPTIONAL + 56, 0xfffff000, 4);
	refused_field("SizeOfImage 0", OPTIONAL + 56, 0, 4);
	refused_field("SizeOfHeaders behind the file", OPTIONAL + 60, 0x7fffffff, 4);
	refused_field("an entry outside", OPTIONAL + 16, 0xfffffff0, 4);
	refused_field("section alignment 3", OPTIONAL + 32, 3, 4);
	refused_field("section alignment 0", OPTIONAL + 32, 0, 4);
	refused_field("a signature that is none", 0, 0x4550ff, 4);
	memcpy(copy, image, n_image);
	memset(copy + PE_AT, 0xff, 4);
	refused("PE header at 4 GiB", copy, n_image);
}

/* Section headers that disagree with each other. */
static void test_sections(void)
{
	size_t first = pe + OPTIONAL + 240;
	uint32_t value;

	memcpy(copy, image, n_image);
	memcpy(copy + first + SECTION_BYTES + 12, copy + first + 12, 4);
	refused("two sections at one address", copy, n_image);
	memcpy(copy, image, n_image);
	value = 0xfffff000;
	memcpy(copy + first + 12, &value, 4);
	refused("a section at 4 GiB", copy, n_image);
	memcpy(copy, image, n_image);
	value = 0x7ffffff0;
	memcpy(copy + first + 16, &value, 4);
	refused("a section of 2 GiB in the file", copy, n_image);
	memcpy(copy, image, n_image);
	memcpy(copy + first + 20, &value, 4);
	refused("a section behind the file", copy, n_image);
}

static void test_truncations(void)
{
	unsigned n_wrong = 0, n_ran = 0;
	size_t n;
	int status;

	for (n = 0; n < n_image; n += n < n_headers ? 13 : 509) {
		put(image, n);
		status = run(path);
		n_wrong += status < 0;
		n_ran += status == 0;
	}
	/* the end is padding that nobody misses */
	check_msg(n_wrong == 0 && n_ran <= 2, "cut short anywhere: refused in one line");
}

static void test_mutations(void)
{
	unsigned n_wrong = 0, n_refused = 0;
	size_t i;
	int status;

	for (i = 0; i < n_headers; i++) {
		/* what DOS would have read is nobody's business */
		if (i >= 2 && i < pe && (i < PE_AT || i >= PE_AT + 4))
			continue;
		memcpy(copy, image, n_image);
		copy[i] ^= i % 2 ? 0xff : 0x80;
		put(copy, n_image);
		status = run(path);
		if (status < 0)
			printf("# byte 0x%zx\n", i);
		n_wrong += status < 0;
		n_refused += status == 1;
	}
	check_msg(n_wrong == 0 && n_refused > 20,
		  "a wrong byte anywhere in the headers: it runs or is refused in one line");
}

int main(int argc, char **argv)
{
	char dir[] = "/tmp/bad_images-XXXXXX", staged = kexec_loaded();
	uint16_t n_sections;
	int fd;

	if (argc != 2)
		return 2;
	bardo = getenv("BARDO") ? getenv("BARDO") : "build/bardo";
	runner_begin();
	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	n_image = fd < 0 ? 0 : (size_t)read(fd, image, sizeof(image));
	need(n_image > 1024 && n_image < sizeof(image), "the image can be read");
	close(fd);
	memcpy(&pe, image + PE_AT, 4);
	memcpy(&n_sections, image + pe + 6, 2);
	n_headers = pe + OPTIONAL + 240 + n_sections * SECTION_BYTES;
	need(mkdtemp(dir) != NULL, "a folder");
	snprintf(path, sizeof(path), "%s/image.efi", dir);
	put(image, n_image);
	check_msg(run(path) == 0, "the image as it is runs");
	test_files();
	test_fields();
	test_sections();
	test_truncations();
	test_mutations();
	check(kexec_loaded() == staged);
	unlink(path);
	rmdir(dir);
	return tap_done();
}
