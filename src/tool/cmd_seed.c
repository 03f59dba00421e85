// SPDX-License-Identifier: MIT
/* seed: the x86 boot protocol's random seeds in files, for whoever starts a VMM. */
#include "base/fd.h"
#include "seed/mix.h"
#include "seed/setup_data.h"
#include "tool/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NODE_BYTES_MOST = 1 << 20, BOOT_BYTES = BOOT_PARAMS_LEAST_BYTES, HEAD_BYTES = 4096 };

/* The two files as bytes, and what the list in them is. */
struct seed_files {
	const char *boot_path, *node_path;
	uint64_t addr; /* where the node file will lie */
	bool given;
	bool break_signature;
	int boot_fd, node_fd;
	bool is_signed;
	uint8_t boot[BOOT_BYTES];
	uint8_t *node;
	size_t node_bytes, node_room;
	uint64_t first;
	struct why why;
};

static struct setup_memory memory_of(const struct seed_files *f)
{
	return (struct setup_memory){ f->node, f->addr, f->node_bytes };
}

/* Locked until it is closed: two who consume at once must not get the same seed. */
static int open_locked(const char *path, int flags, int *ret_fd, uint64_t *ret_bytes,
		       struct why *why)
{
	scoped_fd fd = open(path, flags | O_CLOEXEC | O_NONBLOCK, 0600);
	struct stat st;

	if (fd < 0 || flock(fd, flags == O_RDONLY ? LOCK_SH : LOCK_EX) < 0 || fstat(fd, &st) < 0)
		return why_errno(why, -errno, "%s", path);
	if (!S_ISREG(st.st_mode))
		return why_set(why, -EINVAL, "%s: is not a regular file", path);
	*ret_bytes = (uint64_t)st.st_size;
	*ret_fd = fd_take(&fd);
	return 0;
}

/* Does an EFI image begin here that has a certificate table? Its directory's entry says so. */
static bool is_signed(const uint8_t *p, size_t n)
{
	enum { PE_OFFSET = 0x3c, OPTIONAL = 24, CERTIFICATES = 112 + 4 * 8 + 4 };
	const struct bytes head = { p, n };
	uint32_t pe, n_bytes;

	return n > 2 && !memcmp(p, "MZ", 2) && bytes_le32(head, PE_OFFSET, &pe) &&
	       bytes_le32(head, (uint64_t)pe + OPTIONAL + CERTIFICATES, &n_bytes) && n_bytes;
}

/* What the change would spoil for others: a signature, and the file by its other names. */
static int check_change(const struct seed_files *f, struct why *why)
{
	struct stat st;

	if (fstat(f->boot_fd, &st) < 0)
		return why_errno(why, -errno, "%s", f->boot_path);
	if (st.st_nlink > 1)
		return why_set(
			why, -EMLINK,
			"%s: has %ju names (hard links), and would change under all of them: "
			"change a copy",
			f->boot_path, (uintmax_t)st.st_nlink);
	if (f->is_signed && !f->break_signature)
		return why_set(why, -EPERM,
			       "%s: is signed, and the change breaks the signature until seed "
			       "remove: --break-signature allows it",
			       f->boot_path);
	return 0;
}

static int open_boot(struct seed_files *f, int flags)
{
	uint8_t head[HEAD_BYTES];
	struct why why;
	uint64_t n_bytes;
	ssize_t n;
	int r;

	r = open_locked(f->boot_path, flags, &f->boot_fd, &n_bytes, &f->why);
	if (r < 0)
		return r;
	n = pread(f->boot_fd, head, sizeof(head), 0);
	if (n < 0)
		return why_errno(&f->why, -errno, "%s", f->boot_path);
	f->is_signed = is_signed(head, (size_t)n);
	n = (ssize_t)min_u64((uint64_t)n, sizeof(f->boot));
	memcpy(f->boot, head, (size_t)n);
	r = boot_params_first((struct bytes){ f->boot, (size_t)n }, &f->first, &why);
	return r < 0 ? why_set(&f->why, r, "%s: %s", f->boot_path, why.text) : 0;
}

/* One that is to be created is empty until there is something to put in. */
static int open_node(struct seed_files *f, int flags)
{
	uint64_t n_bytes = 0;
	ssize_t n;
	int r = 0;

	if (access(f->node_path, F_OK) == 0 || errno != ENOENT || !(flags & O_CREAT))
		r = open_locked(f->node_path, flags & ~O_CREAT, &f->node_fd, &n_bytes, &f->why);
	if (r < 0)
		return r;
	if (n_bytes > NODE_BYTES_MOST)
		return why_set(&f->why, -EFBIG, "%s: more than %u bytes", f->node_path,
			       NODE_BYTES_MOST);
	f->node_bytes = n_bytes;
	/* for one more entry, in one piece: what is moved leaves its bytes where it was */
	f->node_room = align_up(n_bytes, 8) + SETUP_DATA_HEADER_BYTES + SEED_BYTES;
	f->node = calloc(1, f->node_room);
	if (!f->node)
		return why_errno(&f->why, -ENOMEM, "%s", f->node_path);
	n = f->node_fd < 0 ? 0 : pread(f->node_fd, f->node, f->node_bytes, 0);
	if (n != (ssize_t)f->node_bytes)
		return why_errno(&f->why, n < 0 ? -errno : -EIO, "%s", f->node_path);
	return 0;
}

static void close_files(struct seed_files *f)
{
	if (f->node)
		explicit_bzero(f->node, f->node_room);
	free(f->node);
	fd_close(&f->boot_fd);
	fd_close(&f->node_fd);
}

static int write_file(int fd, const char *path, const uint8_t *p, size_t n_bytes, struct why *why)
{
	size_t at;
	ssize_t n;

	for (at = 0; at < n_bytes; at += (size_t)n) {
		n = pwrite(fd, p + at, n_bytes - at, (off_t)at);
		if (n <= 0)
			return why_errno(why, n < 0 ? -errno : -EIO, "%s", path);
	}
	return fdatasync(fd) < 0 ? why_errno(why, -errno, "%s", path) : 0;
}

static int write_node(struct seed_files *f)
{
	const bool is_new = f->node_fd < 0;
	uint64_t n_bytes;
	int r = 0;

	if (is_new)
		r = open_locked(f->node_path, O_RDWR | O_CREAT | O_EXCL, &f->node_fd, &n_bytes,
				&f->why);
	if (r < 0)
		return r;
	r = write_file(f->node_fd, f->node_path, f->node, f->node_bytes, &f->why);
	if (r < 0 && is_new)
		unlink(f->node_path);
	return r;
}

static int append(struct seed_files *f)
{
	const struct setup_memory memory = { f->node, f->addr, f->node_room };
	uint8_t seed[SEED_BYTES];
	int r = f->first ? 0 : check_change(f, &f->why); /* a list that is there begins as before */

	if (r < 0)
		return r;
	tool_random(seed, sizeof(seed));
	r = setup_list_append(&f->first, &memory, align_up(f->node_bytes, 8), SETUP_DATA_RNG_SEED,
			      (struct bytes){ seed, sizeof(seed) }, &f->why);
	explicit_bzero(seed, sizeof(seed));
	if (r < 0)
		return r;
	f->node_bytes = f->node_room;
	/* the node first: a list must not point to what is not there */
	r = write_node(f);
	if (r < 0)
		return r;
	boot_params_set_first(f->boot, f->first);
	return write_file(f->boot_fd, f->boot_path, f->boot, sizeof(f->boot), &f->why);
}

/* As it was before the first append: a signature holds again. */
static int remove_list(struct seed_files *f)
{
	if (!f->first)
		return why_set(&f->why, -ENOENT, "%s: leads to no list", f->boot_path);
	boot_params_set_first(f->boot, 0);
	return write_file(f->boot_fd, f->boot_path, f->boot, sizeof(f->boot), &f->why);
}

static void show_entry(const struct setup_entry *e)
{
	printf("%#" PRIx64 " type %#" PRIx32 " %" PRIu32 " bytes", e->addr, e->type, e->n_bytes);
	if (e->type == SETUP_DATA_INDIRECT)
		printf(", indirect: not followed");
	if (e->type == SETUP_DATA_RNG_SEED && !e->n_bytes)
		printf(", random seed, used up");
	if (e->type == SETUP_DATA_RNG_SEED && e->n_bytes)
		printf(", random seed, fingerprint %016" PRIx64,
		       seed_fingerprint(e->data, e->n_bytes));
	putchar('\n');
}

static int show(struct seed_files *f)
{
	const struct setup_memory memory = memory_of(f);
	struct setup_list list;
	int r;

	r = setup_list_read(f->first, &memory, &list, &f->why);
	for (unsigned i = 0; r == 0 && i < list.n; i++)
		show_entry(&list.entry[i]);
	return r;
}

/* Erased in the file before it is handed on: a seed may get lost, but not be used twice. */
static int consume(struct seed_files *f)
{
	const struct setup_memory memory = memory_of(f);
	uint8_t seed[SETUP_DATA_MAX_SEED];
	int n, r;

	if (isatty(STDOUT_FILENO))
		return why_set(&f->why, -EINVAL,
			       "a seed is binary: redirect standard output to a file");
	n = setup_list_consume_seed(f->first, &memory, seed, &f->why);
	if (n < 0)
		return n;
	r = write_node(f);
	if (r == 0 && write(STDOUT_FILENO, seed, (size_t)n) != n)
		r = why_errno(&f->why, -EIO, "standard output");
	explicit_bzero(seed, sizeof(seed));
	return r;
}

enum { NO_NODE = -1 }; /* it may be lost */

static const struct action {
	const char *name;
	int boot_flags, node_flags;
	int (*run)(struct seed_files *f);
} actions[] = {
	{ "append", O_RDWR, O_RDWR | O_CREAT, append },
	{ "show", O_RDONLY, O_RDONLY, show },
	{ "consume", O_RDONLY, O_RDWR, consume },
	{ "remove", O_RDWR, NO_NODE, remove_list },
};

static int run_action(const struct action *a, struct seed_files *f)
{
	int r;

	f->boot_fd = f->node_fd = -1;
	r = open_boot(f, a->boot_flags);
	if (r == 0 && a->node_flags != NO_NODE)
		r = open_node(f, a->node_flags);
	if (r == 0)
		r = a->run(f);
	close_files(f);
	return r < 0 ? fail("seed %s: %s", a->name, f->why.text) : EXIT_DONE;
}

static bool parse_address(const char *text, struct seed_files *f)
{
	char *end;

	errno = 0;
	f->addr = strtoull(text, &end, 0);
	f->given = true;
	return !errno && end != text && !*end && text[0] != '-' && f->addr && f->addr % 8 == 0;
}

static int act(char **argv, int argc, struct seed_files *f)
{
	const struct action *a = actions;

	if (!argc)
		return usage_error(&verb_seed, "needs append, show, consume or remove");
	while (a < actions + ARRAY_SIZE(actions) && strcmp(argv[0], a->name))
		a++;
	if (a == actions + ARRAY_SIZE(actions))
		return usage_error(&verb_seed, "%s: must be append, show, consume or remove",
				   argv[0]);
	if (a->node_flags == NO_NODE ? argc != 2 || f->given : argc != 3 || !f->given)
		return usage_error(&verb_seed, "%s needs %s", a->name,
				   a->node_flags == NO_NODE ? "one file, and no --address"
							    : "two files and --address");
	f->boot_path = argv[1];
	f->node_path = argv[2];
	return run_action(a, f);
}

static int cmd_seed(int argc, char **argv)
{
	static const struct option options[] = {
		{ "address", required_argument, NULL, 'a' },
		{ "break-signature", no_argument, NULL, 'b' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct seed_files f = { .addr = 0 };
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":", options, NULL)) >= 0) {
		if (c == 'h') {
			print_verb_help(&verb_seed);
			return EXIT_DONE;
		}
		if (c == 'b') {
			f.break_signature = true;
			continue;
		}
		if (c != 'a')
			return usage_error(&verb_seed, "unknown option or no value: %s",
					   argv[optind - 1]);
		if (!parse_address(optarg, &f))
			return usage_error(&verb_seed, "--address %s: not a multiple of 8", optarg);
	}
	return act(argv + optind, argc - optind, &f);
}

const struct verb verb_seed = {
	"seed",
	"append|show|consume --address ADDRESS BOOT NODE | remove BOOT",
	"Give a random seed to a kernel that a VMM starts",
	cmd_seed,
	"  append           add a fresh seed to the list of BOOT, a kernel image or boot "
	"parameters;\n"
	"                   the list's entries are in the file NODE\n"
	"  show             print the list, with a fingerprint of each seed\n"
	"  consume          write the first seed to standard output, and erase it\n"
	"  remove           take the list out of BOOT, which is then what it was before append\n"
	"  --address N      the address at which the VMM loads NODE\n"
	"  --break-signature  append to a signed kernel all the same\n"
	"  --help           this text\n",
	STAGE_WRITE,
};
