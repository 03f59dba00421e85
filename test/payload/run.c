// SPDX-License-Identifier: MIT
/*
 * usage: run DIR [NAME | -PREFIX]...
 * Runs the payloads of DIR with $BARDO (default build/bardo), each as a row of
 * run_rows.h says, and prints TAP. Whatever a payload does: bardo ends in time,
 * says one line, leaves no process behind and stages nothing.
 */
#include "runner.h"
#include "tap.h"

#include <fcntl.h>
#include <regex.h>
#include <string.h>
#include <unistd.h>

enum expect {
	PASSES,	 /* exit 0, all of its checks ok, nothing on stderr */
	STOPPED, /* exit 1, one line on stderr; the payload's next line was never reached */
	CLEAN,	 /* exit 0 after it ran, or one line and exit 1: who says why both are right */
	ERROR,	 /* exit 1, one line on stderr, out and err as the row says */
	ENDS,	 /* exit 0, out as the row says */
	KILLED,	 /* by us, with SIGKILL */
};

struct row {
	const char *name, *option; /* program and its load options; the options may be NULL */
	enum expect expect;
	const char *out, *err; /* extended regular expressions, NULL: anything */
	const char *args;      /* more of bardo's own, one blank between */
	const char *input;     /* what is typed; NULL: nothing, /dev/null */
	unsigned most_mib;     /* that it may have in use at a time; 0: as much as it likes */
	unsigned most_s;       /* that it may take; 0: as long as it likes */
	const char *who;       /* of CLEAN: who decides, and where that is documented */
};

#include "run_rows.h"

enum { MAX_ARGS = 24, LIMIT_MS = 400000 /* for a hang, on whatever machine */, KILL_MS = 300 };

static uint32_t crc32_of(const uint8_t *p, size_t n)
{
	uint32_t crc = ~0u;
	unsigned bit;

	for (; n > 0; n--, p++) {
		crc ^= *p;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

/*
 * Two files of odd lengths: what the payload sees is one behind the other, the
 * second one where the kernel looks for the next archive, at a multiple of 4.
 */
static void initrd_make(const char *dir)
{
	enum { FIRST = 300001, SECOND = 70003, PAD = 3 };
	static uint8_t bytes[FIRST + PAD + SECOND];
	char path[2][150];
	unsigned i;
	int fd;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = i - FIRST < PAD ? 0 : (uint8_t)(i * 2654435761u >> 24);
	for (i = 0; i < 2; i++) {
		snprintf(path[i], sizeof(path[i]), "%s/initrd%u", dir, i);
		fd = open(path[i], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		need(fd >= 0 && write(fd, bytes + i * (FIRST + PAD), i ? SECOND : FIRST) ==
					(i ? SECOND : FIRST),
		     "initrd files can be written");
		close(fd);
	}
	snprintf(initrd_args, sizeof(initrd_args), "--initrd %s --initrd %s", path[0], path[1]);
	snprintf(initrd_says, sizeof(initrd_says), "^initrd %zu bytes crc 0x%x", sizeof(bytes),
		 crc32_of(bytes, sizeof(bytes)));
}

static void file_make(const char *dir, const char *name, const void *bytes, size_t n)
{
	char path[300];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	need(fd >= 0 && write(fd, bytes, n) == (ssize_t)n, name);
	close(fd);
}

/* The tree that file.c wants to see, with a program of ours in it. */
static void esp_make(const char *temp, const char *payloads)
{
	static uint8_t deep[70001];
	char esp[100], command[600];
	unsigned i;

	snprintf(esp, sizeof(esp), "%s/esp", temp);
	snprintf(command, sizeof(command),
		 "mkdir -p %s/Folder/Inner && cp %s/image_child.efi %s/Folder/child.efi && "
		 "ln -s /etc/passwd %s/link-out",
		 esp, payloads, esp, esp);
	need(system(command) == 0, "a folder tree");
	for (i = 0; i < sizeof(deep); i++)
		deep[i] = (uint8_t)(i * 7);
	file_make(esp, "hello.txt", "hello, file\n", 12);
	file_make(esp, "empty", "", 0);
	file_make(esp, "Folder/Inner/deep.bin", deep, sizeof(deep));
	snprintf(command, sizeof(command), "mkdir -p %s/lots/many", temp);
	need(system(command) == 0, "a folder of many files");
	for (i = 0; i < 3000; i++) {
		snprintf(command, sizeof(command), "lots/many/file-with-a-name-%u", i);
		file_make(temp, command, "", 0);
	}
	snprintf(many_args, sizeof(many_args), "--memory 64M --esp %s/lots", temp);
	snprintf(esp_args, sizeof(esp_args), "--esp %s", esp);
	snprintf(esp_rw_args, sizeof(esp_rw_args), "--esp %s --esp-writable", esp);
	snprintf(esp_overlay_args, sizeof(esp_overlay_args),
		 "--esp %s --addon %s/hello.txt --credential key=%s/hello.txt", esp, esp, esp);
}

enum { DISK_BLOCK = 512, DISK_BLOCKS = 2048, DISK_PART = 100, DISK_PART_BLOCKS = 200 };

static uint8_t disk_byte(unsigned at)
{
	return (uint8_t)(at / DISK_BLOCK + at % DISK_BLOCK);
}

/* The disk of disk.c: a pattern, and an MBR with one partition. */
static void disk_make(const char *temp)
{
	static uint8_t disk[DISK_BLOCK * DISK_BLOCKS];
	const uint32_t place[] = { DISK_PART, DISK_PART_BLOCKS };

	for (unsigned i = DISK_BLOCK; i < sizeof(disk); i++)
		disk[i] = disk_byte(i);
	memcpy(disk + 440, (uint8_t[]){ 0xef, 0xcd, 0xab, 0xbe }, 4);
	disk[446 + 4] = 0x83;
	memcpy(disk + 446 + 8, place, sizeof(place));
	memcpy(disk + 510, (uint8_t[]){ 0x55, 0xaa }, 2);
	file_make(temp, "disk", disk, sizeof(disk));
	snprintf(disk_args, sizeof(disk_args), "--disk %s/disk", temp);
	snprintf(disk_rw_args, sizeof(disk_rw_args), "%s --disk-writable", disk_args);
}

/* What disk.c wrote is there, and nothing else has changed. */
static bool disk_check(const char *temp)
{
	enum { FROM = (DISK_PART + 10) * DISK_BLOCK, TO = FROM + 2 * DISK_BLOCK };
	uint8_t disk[DISK_BLOCK * DISK_BLOCKS];
	bool written, ok = true;
	char path[120];
	int fd;

	snprintf(path, sizeof(path), "%s/disk", temp);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	need(fd >= 0 && read(fd, disk, sizeof(disk)) == sizeof(disk), path);
	close(fd);
	for (unsigned i = DISK_BLOCK; i < sizeof(disk); i++) {
		written = (i >= FROM && i < TO) || (i >= TO + 3 && i < TO + 7);
		ok &= disk[i] == (written ? 0xa5 : disk_byte(i));
	}
	return ok && disk[440] == 0xef;
}

enum { FB_WIDTH = 64, FB_HEIGHT = 48, FB_LINE = 288 };

/* A host with a framebuffer, for graphics.c: its boot parameters, and a file as its device. */
static void framebuffer_make(const char *temp)
{
	static const uint8_t colours[] = { 8, 16, 8, 8, 8, 0, 8, 24 };
	static uint8_t params[4096], pixels[FB_LINE * FB_HEIGHT];
	char root[100], command[600];

	params[0x0f] = 0x70;
	memcpy(params + 0x12, (uint16_t[]){ FB_WIDTH, FB_HEIGHT, 32 }, 6);
	memcpy(params + 0x18, (uint32_t[]){ 0xe0000000 }, 4);
	memcpy(params + 0x24, (uint16_t[]){ FB_LINE }, 2);
	memcpy(params + 0x26, colours, sizeof(colours));
	memset(pixels, 0xee, sizeof(pixels));
	snprintf(root, sizeof(root), "%s/host", temp);
	snprintf(
		command, sizeof(command),
		"mkdir -p %s/dev %s/sys/kernel/boot_params %s/sys/class/graphics/fb0 && "
		"cd %s/sys/class/graphics/fb0 && echo EFI VGA >name && echo 64,48 >virtual_size && "
		"echo 288 >stride && echo 32 >bits_per_pixel",
		root, root, root, root);
	need(system(command) == 0, "a made-up host");
	file_make(root, "sys/kernel/boot_params/data", params, sizeof(params));
	file_make(root, "dev/fb0", pixels, sizeof(pixels));
	setenv("BARDO_TEST_FRAMEBUFFER", root, true);
}

/* What graphics.c left on it: black, a pixel, and what lies behind each line as it was. */
static bool framebuffer_check(const char *temp)
{
	uint8_t pixels[FB_LINE * FB_HEIGHT];
	unsigned x, y, want;
	char path[120];
	int fd;

	snprintf(path, sizeof(path), "%s/host/dev/fb0", temp);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	need(fd >= 0 && read(fd, pixels, sizeof(pixels)) == sizeof(pixels), path);
	close(fd);
	for (y = 0; y < FB_HEIGHT; y++)
		for (x = 0; x < FB_LINE; x++) {
			want = x >= 4 * FB_WIDTH      ? 0xee
			       : y == 2 && x == 4 + 0 ? 0x01
			       : y == 2 && x == 4 + 2 ? 0xaa
						      : 0;
			if (pixels[y * FB_LINE + x] != want)
				return false;
		}
	return true;
}

static unsigned split(char *words, char **argv)
{
	unsigned n = 0;
	char *word;

	for (word = strtok(words, " "); word; word = strtok(NULL, " "))
		argv[n++] = word;
	return n;
}

static struct result run(const char *bardo, const char *dir, const struct row *row)
{
	char *argv[MAX_ARGS] = { (char *)bardo, (char *)"run" };
	char words[400] = "", image[300];
	unsigned n = 3;

	snprintf(image, sizeof(image), "%s/%s.efi", dir, row->name);
	argv[2] = image;
	if (row->option) {
		argv[n++] = (char *)"--cmdline";
		argv[n++] = (char *)row->option;
	}
	if (row->args) {
		strncpy(words, row->args, sizeof(words) - 1);
		n += split(words, argv + n);
	}
	argv[n] = NULL;
	return runner_run(argv, row->input, row->expect == KILLED ? KILL_MS : LIMIT_MS);
}

static bool matches(const char *text, const char *pattern)
{
	regex_t re;
	bool ok;

	if (pattern == NULL)
		return true;
	if (regcomp(&re, pattern, REG_EXTENDED | REG_NEWLINE | REG_NOSUB) != 0)
		return false;
	ok = regexec(&re, text, 0, NULL, 0) == 0;
	regfree(&re);
	return ok;
}

/* Its checks all ok, and as many as its plan says. */
static bool tap_whole(const char *out)
{
	const char *plan = strncmp(out, "1..", 3) == 0 ? out : strstr(out, "\n1..");
	unsigned n;

	if (plan == NULL || count_lines(out, "not ok") > 0)
		return false;
	n = (unsigned)strtoul(plan + (*plan == '\n' ? 4 : 3), NULL, 10);
	return n > 0 && n == count_lines(out, "ok ");
}

/* What is wrong with it, or NULL. */
static const char *judge(const struct row *row, const struct result *r)
{
	if (result_broken(r))
		return result_broken(r);
	if (row->expect == KILLED)
		return r->status == -1 ? NULL : "ended before it was killed";
	if (r->status == -1)
		return "did not end";
	if (row->most_mib && r->most_kib >> 10 > row->most_mib)
		return "has more memory in use than it may";
	if (row->most_s && r->ms > row->most_s * 1000)
		return "takes longer than it may";
	if (r->status != 0 && r->status != 1)
		return "exit status is neither 0 nor 1";
	if (!matches(r->out, row->out) || !matches(r->err, row->err))
		return "did not say what it should";
	switch (row->expect) {
	case PASSES:
		return r->status != 0	    ? "exit status"
		       : !tap_whole(r->out) ? "checks"
		       : r->err[0]	    ? "stderr"
					    : NULL;
	case STOPPED:
		return r->status != 1	   ? "exit status"
		       : !one_line(r->err) ? "not one line on stderr"
		       : strstr(r->out, "came back") || count_lines(r->out, "not ok") ? "went on"
										      : NULL;
	case CLEAN:
		return r->status == 1 && !one_line(r->err) ? "not one line on stderr"
		       : r->status == 0 && !matches(r->out, "^# came back|^entry ") ? "never ran"
		       : count_lines(r->out, "not ok")				    ? "checks"
										    : NULL;
	case ERROR:
		return r->status != 1	   ? "exit status"
		       : !one_line(r->err) ? "not one line on stderr"
					   : NULL;
	case ENDS:
		return r->status != 0 ? "exit status" : r->err[0] ? "stderr" : NULL;
	case KILLED:
		break;
	}
	return "no such expectation";
}

/* Of a long report of checks only what is wrong. */
static void show_checks(const char *text)
{
	bool wrong = false;

	while (*text) {
		if (strncmp(text, "ok ", 3) == 0)
			wrong = false;
		else if (strncmp(text, "not ok", 6) == 0)
			wrong = true;
		if (wrong || (text[0] == '#' && strncmp(text, "# at", 4) != 0))
			printf("# out: %.*s\n", (int)strcspn(text, "\n"), text);
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
}

static void run_row(const char *bardo, const char *dir, const struct row *row)
{
	struct result r = run(bardo, dir, row);
	const char *wrong = judge(row, &r);
	const char *text = getenv("VERBOSE");

	check_msg(wrong == NULL, "%s%s%s%s%s%s", row->name, row->option ? " " : "",
		  row->option ? row->option : "", row->expect == KILLED ? ", killed" : "",
		  wrong ? ": " : "", wrong ? wrong : "");
	if (r.ms > 1000 || wrong || text)
		printf("# took %u ms, %u MiB at most\n", r.ms, r.most_kib >> 10);
	if (wrong || text) {
		printf("# exit status %d\n", r.status);
		if (text)
			show("out", r.out);
		else
			show_checks(r.out);
		show("err", r.err);
	}
	result_free(&r);
}

/* By the row's name, or its option; -NAME by how its name begins. */
static bool means(const char *name, const struct row *row)
{
	if (*name == '-')
		return strncmp(row->name, name + 1, strlen(name + 1)) == 0;
	return strcmp(name, row->name) == 0 || (row->option && strcmp(name, row->option) == 0);
}

static bool means_any(const char *name, const struct row *row, unsigned n)
{
	for (; n > 0; n--, row++)
		if (means(name, row))
			return true;
	return false;
}

/* names: those that are wanted, or none of them for all; and who is left out. */
static bool chosen(const struct row *row, char **names)
{
	bool all = true, named = false;

	for (; *names; names++)
		if (**names != '-') {
			all = false;
			named |= means(*names, row);
		} else if (means(*names, row)) {
			return false;
		}
	return all || named;
}

static void run_rows(const char *bardo, const char *dir, char **names, const struct row *row,
		     unsigned n)
{
	for (; n > 0; n--, row++) {
		need((row->expect == CLEAN) == (row->who != NULL), row->name);
		if (chosen(row, names))
			run_row(bardo, dir, row);
	}
}

int main(int argc, char **argv)
{
	const char *bardo = getenv("BARDO") ? getenv("BARDO") : "build/bardo";
	char temp[] = "/tmp/payload-XXXXXX", staged = kexec_loaded(), path[64];

	if (argc < 2)
		return 2;
	for (int i = 2; i < argc; i++)
		need(means_any(argv[i], rows, sizeof(rows) / sizeof(*rows)) ||
			     means_any(argv[i], cpu_rows, sizeof(cpu_rows) / sizeof(*cpu_rows)),
		     "a name that no row has");
	runner_begin();
	need(mkdtemp(temp) != NULL, "a folder for initrd files");
	initrd_make(temp);
	esp_make(temp, argv[1]);
	framebuffer_make(temp);
	disk_make(temp);
	run_rows(bardo, argv[1], argv + 2, rows, sizeof(rows) / sizeof(*rows));
	run_rows(bardo, argv[1], argv + 2, cpu_rows, sizeof(cpu_rows) / sizeof(*cpu_rows));
	if (HAS_FRAMEBUFFER && chosen(&(struct row){ .name = "graphics" }, argv + 2))
		check(framebuffer_check(temp));
	if (chosen(&(struct row){ .name = "disk" }, argv + 2))
		check(disk_check(temp));
	check(kexec_loaded() == staged);
	snprintf(path, sizeof(path), "rm -r %s", temp);
	need(system(path) == 0, "the folder can go again");
	return tap_done();
}
