// SPDX-License-Identifier: MIT
#include "handover/record.h"
#include "tap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char dir[] = "/tmp/bardo-test-XXXXXX";
static struct why why;

static struct record sample(void)
{
	struct record r = { .image = "/boot/a b.efi",
			    .boot_id = "01234567-89ab-cdef-0123-456789abcdef",
			    .time = 1700000000,
			    .entry = 0x12340040,
			    .n_segments = 2,
			    .segment = { { 0x12340000, 0x5000 },
					 { UINT64_C(0x100000000), 0x1000 } } };

	return r;
}

static void test_round_trip(void)
{
	struct record in = sample(), out = { 0 }, none = in;

	check(record_read(dir, &none, &why) == -ENOENT && strstr(why.text, "nothing of bardo's"));
	check(none.n_segments == 2);
	require(record_write(dir, &in, &why) == 0);
	require(record_read(dir, &out, &why) == 0);
	check(memcmp(&in, &out, sizeof(in)) == 0);
	require(record_write(dir, &in, &why) == 0); /* over the old one */
	check(record_remove(dir, &why) == 0);
	check(record_remove(dir, &why) == 0);
	in.n_segments = 0;
	in.by_file = true;
	memset(in.segment, 0, sizeof(in.segment));
	strcpy(in.generation, "vmgenid:0123");
	in.memory = UINT64_C(0xfedcba9876543210);
	strcpy(in.again, "/a%20b bardo load x");
	strcpy(in.measured, "0123456789abcdef");
	require(record_write(dir, &in, &why) == 0 && record_read(dir, &out, &why) == 0);
	check(memcmp(&in, &out, sizeof(in)) == 0);
	check(record_remove(dir, &why) == 0);
	check(record_read(dir, &out, &why) == -ENOENT);
}

/* Beside the record, for root alone; what no record has is gone. */
static void test_measured(void)
{
	char id[2][40], path[128];
	uint8_t *got = NULL;
	struct stat st;
	size_t n = 0;

	require(record_measured_write(dir, "first", 5, id[0], &why) == 0);
	require(record_measured_write(dir, "second", 6, id[1], &why) == 0);
	check(strcmp(id[0], id[1]) != 0);
	snprintf(path, sizeof(path), "%s/measured-%s", dir, id[1]);
	check(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
	require(record_measured_read(dir, id[1], &got, &n, &why) == 0);
	check(n == 6 && !memcmp(got, "second", 6));
	free(got);
	record_measured_remove(dir, id[1]);
	check(record_measured_read(dir, id[0], &got, &n, &why) == -ENOENT &&
	      strstr(why.text, id[0]));
	check(chmod(path, 0660) == 0 && record_measured_read(dir, id[1], &got, &n, &why) == -EPERM);
	check(chmod(path, 0600) == 0 && truncate(path, 0) == 0 &&
	      record_measured_read(dir, id[1], &got, &n, &why) == -EBADMSG);
	record_measured_remove(dir, "");
	check(stat(path, &st) < 0);
}

/* A name cannot write lines of its own. */
static void test_hostile_name(void)
{
	struct record in = sample(), out;

	strcpy(in.image, "x\nboot_id ffffffff\nsegment 0x1 0x2");
	require(record_write(dir, &in, &why) == 0 && record_read(dir, &out, &why) == 0);
	check(strcmp(out.image, "x?boot_id ffffffff?segment 0x1 0x2") == 0);
	check(strcmp(out.boot_id, in.boot_id) == 0 && out.n_segments == 2);
}

static void write_raw(const char *text)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "%s/staged", dir);
	f = fopen(path, "w");
	require(f);
	fputs(text, f);
	fclose(f);
}

static void test_bad_files(void)
{
	static const char *const bad[] = {
		"",
		"\n",
		"hello\n",
		"image x\n",
		"boot_id 0123-4\n",
		"segment 1 2\n",
		"boot_id 0\nsegment 0x1\n",
		"boot_id 0\nsegment 1 2\nmore\n",
		"boot_id 0\nhandover file\nsegment 1 2\n",
		"boot_id 0\nhandover other\n",
	};
	struct record out;
	unsigned i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		write_raw(bad[i]);
		check_msg(record_read(dir, &out, &why) == -EBADMSG, "bad file %u", i);
	}
	write_raw("boot_id 0\nsegment 1 2\n");
	check(record_read(dir, &out, &why) == 0);
	write_raw("boot_id 0\nsegment 1 2\nsegment 1 2\nsegment 1 2\nsegment 1 2\nsegment 1 2\n"
		  "segment 1 2\nsegment 1 2\nsegment 1 2\nsegment 1 2\nsegment 1 2\nsegment 1 2\n"
		  "segment 1 2\nsegment 1 2\nsegment 1 2\nsegment 1 2\nsegment 1 2\nsegment 1 2\n");
	check(record_read(dir, &out, &why) == -EBADMSG);
}

/* While another image takes its place the record claims both, and then again the one. */
static void test_replacing(void)
{
	const struct record in = sample();
	struct record out;

	require(record_write(dir, &in, &why) == 0);
	check(record_replacing(dir, "b.efi\nboot_id 0", &why) == 0);
	check(record_read(dir, &out, &why) == 0 && strcmp(out.replacing, "b.efi?boot_id 0") == 0);
	check(strcmp(out.image, in.image) == 0 && strcmp(out.boot_id, in.boot_id) == 0);
	check(record_not_replaced(dir, &why) == 0 && record_read(dir, &out, &why) == 0);
	check(memcmp(&in, &out, sizeof(in)) == 0);
	require(record_remove(dir, &why) == 0);
	check(record_replacing(dir, "b.efi", &why) == -ENOENT);
	check(record_not_replaced(dir, &why) == -ENOENT);
}

/* Who could write it could have root run what he likes. */
static void test_owner(void)
{
	const struct record in = sample();
	struct record out;
	struct stat st;
	char path[64];
	mode_t mask;

	snprintf(path, sizeof(path), "%s/staged", dir);
	mask = umask(0);
	require(record_write(dir, &in, &why) == 0);
	check(stat(path, &st) == 0 && (st.st_mode & 0777) == 0644);
	umask(077);
	require(record_write(dir, &in, &why) == 0);
	umask(mask);
	check(stat(path, &st) == 0 && (st.st_mode & 0777) == 0644);
	for (mode_t others = 020; others; others = others == 020 ? 02 : 0) {
		require(chmod(path, 0644 | others) == 0);
		check_msg(record_read(dir, &out, &why) == -EPERM, "writable for %#o", others);
	}
	require(chmod(path, 0644) == 0);
	check(record_read(dir, &out, &why) == 0);
	if (geteuid() == 0) {
		require(chown(path, 4711, 0) == 0);
		check(record_read(dir, &out, &why) == -EPERM && strstr(why.text, "staged"));
	}
	unlink(path);
	require(mkfifo(path, 0644) == 0);
	check(record_read(dir, &out, &why) == -EPERM);
	unlink(path);
	require(symlink("/etc/hostname", path) == 0);
	check(record_read(dir, &out, &why) == -ELOOP);
	check(record_remove(dir, &why) == 0);
}

/* Words as a line and back, whatever is in them; a line that has no room for them is none. */
static void test_words(void)
{
	static const char *const words[] = {
		"/a folder", "bardo",	 "load", "", "--cmdline", "root=/dev/x quiet 100%\n\t",
		"%20",	     "\x80\xff", "",
	};
	const unsigned n = sizeof(words) / sizeof(words[0]);
	char line[256], *back[16];
	unsigned same = 0;

	require(record_join(words, n, line, sizeof(line)));
	for (const char *c = line; *c; c++)
		same += *c < ' ' || *c == 0x7f;
	check_msg(same == 0, "a line of printable characters: %s", line);
	check(record_words(line, back, 16) == n);
	for (unsigned i = 0; i < n; i++)
		check_msg(!strcmp(back[i], words[i]), "word %u", i);
	require(record_join(words, n, line, sizeof(line)));
	check(record_words(line, back, 3) == 3 && !strcmp(back[2], "load"));
	for (size_t room = 0; room < 60; room++) {
		memset(line, 0x55, sizeof(line));
		check_msg(!record_join(words, n, line, room) && line[room] == 0x55,
			  "room for %zu bytes", room);
	}
}

static unsigned count_files(void)
{
	DIR *d = opendir(dir);
	unsigned n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n - 2;
}

/* Killed anywhere in writing and removing: a whole record or none, no other file. */
static void test_killed(void)
{
	const struct record in = sample();
	unsigned i, whole = 0, none = 0;
	struct record out;
	pid_t pid;

	for (i = 0; i < 200; i++) {
		const struct timespec t = { 0, (long)i * 20000 };

		pid = fork();
		if (pid < 0)
			break;
		while (pid == 0) {
			if (record_write(dir, &in, NULL) < 0 || record_remove(dir, NULL) < 0)
				_exit(1);
		}
		nanosleep(&t, NULL);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		if (record_read(dir, &out, NULL) == 0 && memcmp(&in, &out, sizeof(in)) == 0)
			whole += count_files() == 1;
		else
			none += count_files() == 0;
	}
	printf("# %u times whole, %u times none\n", whole, none);
	check_msg(whole + none == 200, "200 kills");
}

static void test_lock(void)
{
	char sub[64], below[80];
	int fd, other;

	snprintf(sub, sizeof(sub), "%s/new", dir);
	fd = record_lock(sub, &why);
	require(fd >= 0);
	other = record_lock(sub, &why);
	check(other == -EBUSY && strstr(why.text, "another bardo"));
	close(fd);
	other = record_lock(sub, &why);
	check(other >= 0);
	close(other);
	check(record_remove(sub, &why) == 0 && rmdir(sub) == 0);
	check(record_remove(sub, &why) == 0);
	check(record_lock("/dev/null/bardo", &why) == -ENOTDIR);
	/* in an initramfs that has not even the folder above it */
	snprintf(below, sizeof(below), "%s/run/bardo", sub);
	other = record_lock(below, &why);
	check(other >= 0 && rmdir(below) == 0);
	close(other);
	*strrchr(below, '/') = 0;
	check(rmdir(below) == 0 && rmdir(sub) == 0);
}

static void test_boot_id(void)
{
	char a[40], b[40];

	check(record_boot_id(a, &why) == 0 && strlen(a) == 36);
	check(record_boot_id(b, &why) == 0 && strcmp(a, b) == 0);
}

int main(void)
{
	require(mkdtemp(dir));
	test_round_trip();
	test_measured();
	test_hostile_name();
	test_bad_files();
	test_owner();
	test_words();
	check(record_remove(dir, &why) == 0);
	test_replacing();
	test_killed();
	check(record_remove(dir, &why) == 0);
	test_lock();
	test_boot_id();
	rmdir(dir);
	return tap_done();
}
