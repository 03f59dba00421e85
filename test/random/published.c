// SPDX-License-Identifier: MIT
/* The daemon's page, its writer and its readers; and vmclock's page as a detector. */
#include <vgetrandom.h>

#include "generationd/page.h"
#include "random/detector.h"
#include "random/kernel.h"
#include "random/self.h"
#include "random/state.h"
#include "random/vmclock.h"
#include "made_daemon.h"
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/bardo-published-XXXXXX";
static char path[64];
static int tell[2], answer[2];

/* A daemon's life: open, live, one new generation for each byte, until killed. */
static void daemon_life(void)
{
	uint64_t identity[2] = { 1, 2 }, generation = 100;
	struct published *page = made_daemon_live(folder, generation, answer[1]);
	char byte;

	while (read(tell[0], &byte, 1) == 1) {
		if (byte == 'g') {
			identity[0]++;
			page_duplicated(page, ++generation, identity, 0);
		} else {
			page->reseeds++;
		}
		if (write(answer[1], &byte, 1) != 1)
			break;
	}
	_exit(0);
}

static void daemon_do(char what)
{
	char byte;

	require(write(tell[1], &what, 1) == 1 && read(answer[0], &byte, 1) == 1);
}

/* The state of this thread, looked at in its own memory. */
static struct state *own_state(void)
{
	unsigned num = 1, size;

	return vgetrandom_alloc(&num, &size, 0, 0);
}

/* Did this draw bring another key? That is the one then. */
static bool rekeys(struct state *s, uint8_t inout_key[32])
{
	uint64_t v;
	const bool drawn = vgetrandom(&v, sizeof(v), 0, s) == sizeof(v);
	const bool is_new = memcmp(inout_key, s->key, sizeof(s->key)) != 0;

	memcpy(inout_key, s->key, sizeof(s->key));
	return drawn && is_new;
}

static void test_generation(void)
{
	struct state *s = own_state();
	uint64_t before = vgetrandom_generation();
	uint8_t key[32] = { 0 };

	check(detector_level() == GUARD_PUBLISHED);
	check(vgetrandom_still_current(before));
	check(rekeys(s, key) && !rekeys(s, key));
	check(s->mode == STATE_KEYED && s->left > 0);
	/* the kernel's reseed is no duplicate, and the very next draw has a key of after it */
	daemon_do('r');
	check(vgetrandom_still_current(before));
	check(rekeys(s, key) && !rekeys(s, key));
	daemon_do('g');
	check(!vgetrandom_still_current(before));
	check(rekeys(s, key) && !rekeys(s, key));
	munmap(s, PAGE_BYTES);
}

/* The very next draw after the daemon's death knows of it. */
static void test_death(pid_t pid)
{
	struct state *s = own_state();
	uint64_t before = vgetrandom_generation(), v, w;
	pid_t next;

	vgetrandom(&v, sizeof(v), 0, s);
	check(s->mode == STATE_KEYED && s->left > 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	check(vgetrandom(&w, sizeof(w), 0, s) == sizeof(w) && v != w);
	check(s->mode == STATE_KERNEL && s->left == 0);
	/* nor does anybody count the kernel's reseeds, and who watches a clone himself sees it */
	check(!detector_owned(detector_published()->counts) && !detector_counts(s->seen));
	check(detector_level() == GUARD_NONE);
	check(!vgetrandom_still_current(before));
	next = made_daemon_start(daemon_life, answer[0]);
	check(next > 0);
	/* the same page came to life again */
	check(detector_level() == GUARD_PUBLISHED);
	vgetrandom(&v, sizeof(v), 0, s);
	check(s->mode == STATE_KEYED && detector_counts(s->seen));
	kill(next, SIGKILL);
	waitpid(next, NULL, 0);
	munmap(s, PAGE_BYTES);
}

static void test_page_alone(void)
{
	struct published *page;
	struct why why;
	pid_t pid = made_daemon_start(daemon_life, answer[0]);
	struct stat st;

	check(pid > 0);
	check(page_open(folder, &page, &why) == -EBUSY);
	check(stat(path, &st) == 0 && (st.st_mode & 0777) == 0644 && st.st_size == PAGE_BYTES);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/*
 * As in a container: the folder is seen read-only, process numbers are others, and no
 * device is there. The kernel's mark for a dead daemon comes through all the same.
 */
static int read_in_container(void)
{
	struct state *s;
	uint64_t v;
	char byte;
	pid_t pid;

	if (unshare(CLONE_NEWNS | CLONE_NEWPID) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return 77;
	pid = fork();
	if (pid != 0) {
		int status = -1;

		waitpid(pid, &status, 0);
		return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
	}
	if (mount(folder, folder, NULL, MS_BIND, NULL) < 0 ||
	    mount(NULL, folder, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) < 0 ||
	    mount("tmpfs", "/dev", "tmpfs", 0, NULL) < 0)
		_exit(77);
	if (open(path, O_RDWR | O_CLOEXEC) >= 0 || getpid() != 1)
		_exit(1);
	if (!detector_use(GUARD_PUBLISHED))
		_exit(2);
	s = own_state();
	if (vgetrandom(&v, sizeof(v), 0, s) != sizeof(v) || s->mode != STATE_KEYED)
		_exit(3);
	/* the daemon is no process of ours: who is outside ends it and says so */
	if (write(answer[1], "k", 1) != 1 || read(tell[0], &byte, 1) != 1)
		_exit(4);
	if (vgetrandom(&v, sizeof(v), 0, s) != sizeof(v) || s->mode != STATE_KERNEL)
		_exit(5);
	_exit(detector_level() != GUARD_NONE);
}

static void test_container(void)
{
	pid_t daemon = made_daemon_start(daemon_life, answer[0]), pid = fork();
	int status = -1;
	char byte;

	if (pid == 0)
		_exit(read_in_container());
	/* it may end without a word */
	fcntl(answer[0], F_SETFL, O_NONBLOCK);
	while (read(answer[0], &byte, 1) != 1 && waitpid(pid, &status, WNOHANG) == 0)
		usleep(1000);
	fcntl(answer[0], F_SETFL, 0);
	kill(daemon, SIGKILL);
	waitpid(daemon, NULL, 0);
	if (status == -1 || !WIFEXITED(status)) {
		require(write(tell[1], "k", 1) == 1);
		waitpid(pid, &status, 0);
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip("no namespaces to be had");
	else
		check_msg(status == 0, "in a container: %#x", (unsigned)status);
}

/* --------------------------------------------------------- pages not to believe */

static bool copy_file(const char *from, const char *to)
{
	uint8_t bytes[PAGE_BYTES];
	const int in = open(from, O_RDONLY | O_CLOEXEC);
	const int out = open(to, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	const bool ok = read(in, bytes, sizeof(bytes)) == sizeof(bytes) &&
			write(out, bytes, sizeof(bytes)) == sizeof(bytes);

	close(in);
	close(out);
	return ok;
}

/* What a living daemon's page says, in another file: nobody writes there when it dies. */
static void test_copy(void)
{
	const pid_t pid = made_daemon_start(daemon_life, answer[0]);
	char copy[80];

	snprintf(copy, sizeof(copy), "%s/copy", folder);
	check(pid > 0 && detector_use(GUARD_PUBLISHED) && copy_file(path, copy));
	detector_published_at(copy);
	check(!detector_use(GUARD_PUBLISHED));
	unlink(copy);
	/* the same file under another name is no copy */
	check(link(path, copy) == 0 && detector_use(GUARD_PUBLISHED));
	unlink(copy);
	detector_published_at(path);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void set_beat(uint64_t beat)
{
	const int fd = open(path, O_WRONLY | O_CLOEXEC);

	require(pwrite(fd, &beat, sizeof(beat), offsetof(struct published, beat)) == sizeof(beat));
	close(fd);
}

/* One that lives and does not run. */
static void test_stopped(void)
{
	const pid_t pid = made_daemon_start(daemon_life, answer[0]);
	struct state *s = own_state();
	uint64_t v;

	check(detector_use(GUARD_PUBLISHED));
	set_beat(published_clock() - BEAT_SECONDS_MOST - 1);
	check(!detector_use(GUARD_PUBLISHED) && !detector_look_for_daemon());
	/* the clock was set: it beats in the future, for a second */
	set_beat(published_clock() + BEAT_SECONDS_MOST + 60);
	check(!detector_use(GUARD_PUBLISHED));
	set_beat(published_clock() + 1);
	check(detector_use(GUARD_PUBLISHED) && detector_look_for_daemon());
	/* who had it before goes on: a draw does not look at clocks */
	set_beat(published_clock() - 1000);
	check(vgetrandom(&v, sizeof(v), 0, s) == sizeof(v) && s->mode == STATE_KEYED);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	munmap(s, PAGE_BYTES);
}

/* A child in a mount namespace of its own: what is there is seen to be so, or why not. */
static int in_namespace(int (*child)(void))
{
	const pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0 ||
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
			_exit(77);
		_exit(child());
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void check_in_namespace(int (*child)(void), const char *what)
{
	const int status = in_namespace(child);

	if (status == 77)
		skip("no namespaces to be had");
	else
		check_msg(status == 0, "%s: %d", what, status);
}

static bool fill_up(void)
{
	static const uint8_t some[PAGE_BYTES];
	const int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	while (write(fd, some, sizeof(some)) == sizeof(some))
		;
	return errno == ENOSPC && close(fd) == 0;
}

/* A file system that is full: neither the daemon nor a reader ends in SIGBUS. */
static int full(void)
{
	char other[80];
	struct published *page;
	struct why why;
	int fd;

	if (mount("tmpfs", folder, "tmpfs", 0, "size=64k,mode=755") < 0)
		return 77;
	snprintf(other, sizeof(other), "%s/filler", folder);
	snprintf(path, sizeof(path), "%s/filler", folder);
	if (!fill_up())
		return 1;
	snprintf(path, sizeof(path), "%s/generation", folder);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0 || ftruncate(fd, PAGE_BYTES) < 0)
		return 2;
	close(fd);
	detector_published_at(path);
	if (detector_use(GUARD_PUBLISHED))
		return 3;
	if (page_open(folder, &page, &why) != -ENOSPC)
		return 4;
	/* and when there is room again */
	unlink(other);
	if (page_open(folder, &page, &why) != 0)
		return 5;
	return page_live(page, GUARD_VMGENID, NULL) < 0 || !detector_use(GUARD_PUBLISHED);
}

static bool publish_at(const char *where, struct published **ret_page)
{
	const uint64_t identity[2] = { 1, 2 };

	if (page_open(where, ret_page, NULL) < 0)
		return false;
	page_duplicated(*ret_page, 1, identity, 0);
	return page_live(*ret_page, GUARD_VMGENID, NULL) == 0;
}

/* Where it is looked for: a tmpfs that does not outlive the boot is believed, a disk is not. */
static int on_disk(void)
{
	char disk[] = "published-XXXXXX";
	struct published *page;
	struct statfs fs;

	umask(022);
	if (!mkdtemp(disk) || chmod(disk, 0755) < 0 || statfs(disk, &fs) < 0 ||
	    fs.f_type == TMPFS_MAGIC || mount("tmpfs", "/run", "tmpfs", 0, "mode=755") < 0 ||
	    mkdir(PUBLISHED_DIR, 0755) < 0) {
		rmdir(disk);
		return 77;
	}
	if (!publish_at(PUBLISHED_DIR, &page) || !detector_use(GUARD_PUBLISHED))
		return 1;
	if (mount(disk, PUBLISHED_DIR, NULL, MS_BIND, NULL) < 0 ||
	    !publish_at(PUBLISHED_DIR, &page) || !published_alive(page))
		return 2;
	if (detector_use(GUARD_PUBLISHED))
		return 3;
	unlink(PUBLISHED_DIR "/lock");
	unlink(PUBLISHED_PATH);
	umount(PUBLISHED_DIR);
	rmdir(disk);
	return 0;
}

static bool believed(void)
{
	return detector_use(GUARD_PUBLISHED);
}

/* Who but root could have written it? */
static int others_file(void)
{
	if (chown(PUBLISHED_PATH, 1, 0) < 0 || believed() || chown(PUBLISHED_PATH, 0, 1) < 0 ||
	    !believed())
		return 2;
	if (chmod(PUBLISHED_PATH, 0664) < 0 || believed() || chmod(PUBLISHED_PATH, 0646) < 0 ||
	    believed())
		return 3;
	if (chmod(PUBLISHED_PATH, 0644) < 0 || !believed())
		return 4;
	/* a link leads where its maker wants */
	if (rename(PUBLISHED_PATH, PUBLISHED_DIR "/moved") < 0 ||
	    symlink("moved", PUBLISHED_PATH) < 0 || believed())
		return 5;
	return rename(PUBLISHED_DIR "/moved", PUBLISHED_PATH) < 0 || !believed() ? 6 : 0;
}

/* What another version wrote, or half of it. */
static int others_page(struct published *page)
{
	page->version++;
	if (believed())
		return 7;
	page->version--;
	page->magic[0] ^= 1;
	if (believed())
		return 8;
	page->magic[0] ^= 1;
	page->bytes = sizeof(*page) - 1;
	if (believed())
		return 9;
	page->bytes = sizeof(*page);
	if (!believed())
		return 10;
	/* its block stays, and is mapped whole */
	return truncate(PUBLISHED_PATH, PAGE_BYTES - 1) < 0 || believed() ? 11 : 0;
}

static int made_by_others(void)
{
	struct published *page;
	int r;

	umask(022);
	if (mount("tmpfs", "/run", "tmpfs", 0, "mode=755") < 0 || mkdir(PUBLISHED_DIR, 0755) < 0)
		return 77;
	if (!publish_at(PUBLISHED_DIR, &page) || !believed())
		return 1;
	r = others_file();
	return r ? r : others_page(page);
}

/* ------------------------------------------------------------- the vDSO's turn */

static unsigned kernels_draws;

/* As the vDSO's function, whether this kernel has one or not. */
static ssize_t kernels_number(void *buf, size_t n, unsigned flags, void *unused, size_t n_unused)
{
	/* the library asks it for reseeds too, with as many bytes */
	kernels_draws += n != PROBE_BYTES;
	return getrandom(buf, n, flags);
}

/* Of a thread whose numbers come from the kernel: the next one after a daemon began does not. */
static void test_begins(void)
{
	const struct vdso was = vdso;
	uint8_t buf[20];
	pid_t pid;

	vdso.fn = kernels_number;
	check(detector_level() == GUARD_NONE);
	vgetrandom_fill(buf, sizeof(buf));
	kernels_draws = 0;
	vgetrandom_fill(buf, sizeof(buf));
	vgetrandom_u32();
	vgetrandom_u64();
	check(kernels_draws == 3);
	pid = made_daemon_start(daemon_life, answer[0]);
	check(pid > 0 && detector_level() == GUARD_PUBLISHED);
	kernels_draws = 0;
	vgetrandom_fill(buf, sizeof(buf));
	vgetrandom_u32();
	vgetrandom_u64();
	check(kernels_draws == 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	vdso = was;
}

/* ---------------------------------------------------------------------- vmclock */

/* vmclock pages as the device would show them; the generation counter is simulated. */
static void test_vmclock_page(void)
{
	static uint8_t page[PAGE_BYTES] __attribute__((aligned(8)));
	struct vmclock c;
	uint32_t magic = 0x4b4c4356, bytes = 0x70, flags = 1 << 8;
	uint16_t version = 1;

	check(vmclock_find(page, &c) == -ENOEXEC);
	memcpy(page, &magic, 4);
	memcpy(page + 4, &bytes, 4);
	memcpy(page + 8, &version, 2);
	check(vmclock_find(page, &c) == 0 && c.marker &&
	      (const volatile uint8_t *)c.count == page + 16);
	memcpy(page + 24, &flags, 4);
	check(vmclock_find(page, &c) == 0 && !c.marker &&
	      (const volatile uint8_t *)c.count == page + 0x68);
	/* the flag is there, but the structure ends before the field */
	bytes = 0x68;
	memcpy(page + 4, &bytes, 4);
	check(vmclock_find(page, &c) == 0 && c.marker);
	version = 2;
	memcpy(page + 8, &version, 2);
	check(vmclock_find(page, &c) == -ENOEXEC);
}

/* As if /dev/vmclock0 had been mapped: its counter is no identity. */
static void test_vmclock_guard(void)
{
	static volatile uint64_t count = 7;
	static const uint64_t zero;
	struct state *s = own_state();
	uint64_t before, v, identity[2];
	uint8_t key[32];

	detector.word[0] = &count;
	detector.word[1] = detector.word[2] = &zero;
	detector.kind = GUARD_VMCLOCK;
	before = vgetrandom_generation();
	check(vgetrandom(&v, sizeof(v), 0, s) == sizeof(v) && s->mode == STATE_KEYED);
	memcpy(key, s->key, sizeof(key));
	check(!detector_identity(identity));
	count++;
	check(!vgetrandom_still_current(before));
	check(vgetrandom(&v, sizeof(v), 0, s) == sizeof(v) && memcmp(key, s->key, 32) != 0);
	/* nothing makes clones differ: it has to wait for the kernel, and may not */
	self_deny_cpu_random(true);
	count++;
	check(vgetrandom(&v, sizeof(v), GRND_NONBLOCK, s) == -EAGAIN);
	self_deny_cpu_random(false);
	check(vgetrandom(&v, sizeof(v), GRND_NONBLOCK, s) == sizeof(v));
	munmap(s, PAGE_BYTES);
}

int main(void)
{
	pid_t pid;

	require(mkdtemp(folder) && pipe(tell) == 0 && pipe(answer) == 0);
	check_in_namespace(on_disk, "a page on a disk is not believed");
	check_in_namespace(made_by_others, "nor one that others could have made");
	snprintf(path, sizeof(path), "%s/generation", folder);
	detector_published_at(path);
	check(!detector_use(GUARD_PUBLISHED));
	pid = made_daemon_start(daemon_life, answer[0]);
	require(pid > 0);
	check(detector_use(GUARD_PUBLISHED));
	test_generation();
	test_death(pid);
	test_begins();
	test_page_alone();
	test_container();
	test_copy();
	test_stopped();
	check_in_namespace(full, "in a full file system");
	test_vmclock_page();
	test_vmclock_guard();
	unlink(path);
	snprintf(path, sizeof(path), "%s/lock", folder);
	unlink(path);
	check(rmdir(folder) == 0);
	return tap_done();
}
