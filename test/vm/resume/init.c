// SPDX-License-Identifier: MIT
/*
 * PID 1 of a Debian kernel: freezes by hand what firmware would have, hands it
 * over and is gone. Arguments: flip, trap, high (the purgatory above 4 GiB), bulk
 * (128 MiB of data), again (stage twice), disabled (the kernel refuses a second
 * load), kill (staging is killed many times before), dirty (RAM that is not zero).
 */
#include "handover/handover.h"
#include "handover/purgatory.h"
#include "host/kexec_gate.h"
#include "payload.h"
#include "unit/ram_used.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern const uint8_t payload_blob_start[], payload_blob_end[];

enum { P = PAGE_BYTES, MIB = 1 << 20 };

static const uint64_t high = UINT64_C(0x140000000);

static struct memory_map map;
static struct purgatory_mapped mapped;
static struct ram_range ram_range[3] = { { 0x4000000, 0x24000000 } };
static struct ram_range pages[PAYLOAD_MAX_RANGES];
static struct ram ram;
static struct frozen frozen = { .ram = &ram, .pages = pages };
static struct payload_config *config;
static struct why why;
static bool flip, trap, go_high, bulk, again, disabled, kills, dirty;

static void die(const char *what)
{
	printf("init: %s: %s\n", what, why.text);
	sync();
	reboot(RB_POWER_OFF);
	exit(1);
}

/* The end of the highest RAM; how large a machine this is decides what is tested. */
static uint64_t end_of_ram(void)
{
	uint64_t end = 0;
	unsigned i;

	for (i = 0; i < map.n; i++) {
		if (map.range[i].kind == MEMORY_RAM)
			end = map.range[i].end;
	}
	return end;
}

static void freeze_range(uint64_t start, uint64_t end)
{
	pages[frozen.n_pages++] = (struct ram_range){ start, end };
}

/* Tell the payload to look; seed 0 leaves a hole. */
static void expect(uint64_t addr, uint64_t n_bytes, uint64_t seed)
{
	uint64_t at;

	config->range[config->n_ranges++] = (struct payload_range){ addr, n_bytes, seed };
	for (at = addr; seed && at < addr + n_bytes; at += 8)
		*(uint64_t *)(ram.host + at) = payload_word(seed, at);
}

static void make_low(void)
{
	unsigned i;

	memcpy(ram.host + 0x5000000, payload_blob_start, payload_blob_end - payload_blob_start);
	freeze_range(0x5000000, 0x5000000 + 4 * P);
	freeze_range(0x5100000, 0x5100000 + 40 * P); /* more runs than segments */
	for (i = 0; i < 20; i++) {
		expect(0x5100000 + 2 * i * P, P, 1000 + i);
		expect(0x5100000 + (2 * i + 1) * P, P, 0);
	}
	freeze_range(0x6000000, 0x6000000 + 16 * P); /* the stack, below its pointer too */
	expect(0x6000000, 16 * P, 77);
	freeze_range(0x10000000, 0x18000000);
	expect(0x10000000, bulk ? 128 * MIB : MIB, 5);
	if (!bulk)
		expect(0x10000000 + MIB, 127 * MIB, 0);
	freeze_range(0x20000000, 0x20000000 + 16 * MIB);
	expect(0x20000000, 16 * MIB, 0);
}

static void make_high(void)
{
	freeze_range(high, high + 8 * MIB);
	expect(high, 2 * MIB, 6);
	expect(high + 2 * MIB, 6 * MIB, 0);
}

static void make_state(void)
{
	uint64_t *const regs[] = {
		&frozen.regs.rax, &frozen.regs.rbx, &frozen.regs.rcx, &frozen.regs.rdx,
		&frozen.regs.rsi, &frozen.regs.rdi, &frozen.regs.rbp, &frozen.regs.rsp,
		&frozen.regs.r8,  &frozen.regs.r9,  &frozen.regs.r10, &frozen.regs.r11,
		&frozen.regs.r12, &frozen.regs.r13, &frozen.regs.r14, &frozen.regs.r15,
	};
	unsigned i;

	for (i = 0; i < 16; i++)
		config->regs[i] = *regs[i] = payload_word(99, i);
	config->regs[7] = frozen.regs.rsp = 0x6000000 + 8 * P;
	frozen.regs.rip = 0x5000000;
	frozen.regs.rflags = 0xad7; /* carry, sign and more; interrupts asked for */
	config->rflags = 0x8d7;
	__asm__ volatile("fninit; fldpi; fldl2e; fxsave64 %0" : "=m"(frozen.fpu));
	frozen.fpu.fxsave[0] = 0x7f; /* FCW 0x027f */
	frozen.fpu.fxsave[1] = 0x02;
	memcpy(frozen.fpu.fxsave + 24, &(uint32_t){ 0x7fa0 }, 4); /* MXCSR: round to zero */
	for (i = 160; i < 416; i++)
		frozen.fpu.fxsave[i] = (uint8_t)(i * 37);
	memcpy(config->fxsave, frozen.fpu.fxsave, 512);
}

static uint64_t read_tsc(void)
{
	return __builtin_ia32_rdtsc();
}

static void calibrate(void)
{
	const struct timespec wait = { 0, 100000000 };
	struct timespec a, b;
	const uint64_t begin = read_tsc();
	int64_t us;

	clock_gettime(CLOCK_MONOTONIC, &a);
	nanosleep(&wait, NULL);
	clock_gettime(CLOCK_MONOTONIC, &b);
	us = (b.tv_sec - a.tv_sec) * 1000000 + (b.tv_nsec - a.tv_nsec) / 1000;
	config->tsc_per_ms = (read_tsc() - begin) * 1000 / (uint64_t)us;
}

/* The MAC's key and the tags: used, so gone. */
static void expect_wiped(uint64_t resume)
{
	expect(purgatory_lay_out(resume, &mapped).secrets, 2 * P, 0);
}

static void expect_mapped(void)
{
	const struct purgatory_seed none = { 0 };

	if (purgatory_map_memory(&map, &none, 0, &mapped) < 0 || mapped.n > PAYLOAD_MAX_RANGES)
		die("what is mapped");
	for (unsigned i = 0; i < mapped.n; i++)
		config->mapped[config->n_mapped++] =
			(struct payload_range){ mapped.range[i].start,
						mapped.range[i].end - mapped.range[i].start, 0 };
}

static void make_frozen(void)
{
	const bool has_high = end_of_ram() >= high + 64 * MIB;
	const uint64_t resume = go_high && has_high ? high + 32 * MIB : 0x8000000;

	if (has_high)
		ram_range[1] = (struct ram_range){ high, high + 64 * MIB };
	if (ram_open(ram_range, has_high ? 2 : 1, &ram, &why) < 0)
		die("guest RAM");
	config = (void *)(ram.host + 0x5000000 + 2 * P);
	make_low();
	if (has_high)
		make_high();
	make_state();
	expect_mapped();
	expect_wiped(resume);
	config->wants_trap = trap;
	frozen.resume = (struct ram_range){ resume, resume + handover_resume_bytes(&map) };
	printf("init: the purgatory needs %llu KiB at %#llx\n",
	       (unsigned long long)handover_resume_bytes(&map) >> 10, (unsigned long long)resume);
}

static bool cpu_flag(const char *flag)
{
	FILE *f = fopen("/proc/cpuinfo", "r");
	static char line[8192];
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f))
		found = strncmp(line, "flags", 5) == 0 && strstr(line, flag);
	if (f)
		fclose(f);
	return found;
}

static int try_stage(const char *image, struct handover_report *report)
{
	const struct handover_options options = { .image = image,
						  .console = 0x3f8,
						  .flip = flip ? FLIP_IMAGE : FLIP_NONE };

	return handover_stage(&frozen, &map, &options, report, &why);
}

static void stage(void)
{
	struct handover_report report;
	const uint64_t used = ram_used(&ram);
	unsigned i;

	if (try_stage("by hand", &report) < 0)
		die("stage");
	printf("init: staged %llu KiB in %u segments, %llu KiB of zeros; plan %llu us, digest %llu "
	       "us, "
	       "kexec_load %llu us\n",
	       (unsigned long long)report.staged_bytes >> 10, report.n_segments,
	       (unsigned long long)report.zero_bytes >> 10,
	       (unsigned long long)report.plan_ns / 1000,
	       (unsigned long long)report.digest_ns / 1000,
	       (unsigned long long)report.kexec_load_ns / 1000);
	for (i = 0; i < report.n_segments; i++)
		printf("init: segment %#llx %#llx\n", (unsigned long long)report.segment[i].addr,
		       (unsigned long long)report.segment[i].n_bytes);
	if (ram_used(&ram) != used)
		die("staging filled holes");
}

/* From now on this kernel loads nothing more; what is there must stay, with its record. */
static void stage_refused(void)
{
	FILE *f = fopen("/proc/sys/kernel/kexec_load_disabled", "w");
	struct handover_report report;
	struct record record;

	if (!f || fputs("1", f) < 0 || fclose(f) != 0)
		die("kexec_load_disabled");
	if (try_stage("refused", &report) != -EPERM || !strstr(why.text, "kexec_load_disabled"))
		die("not refused");
	printf("init: %s\n", why.text);
	if (handover_staged(NULL, &record, &why) < 0 || strcmp(record.image, "by hand") != 0)
		die("the old image lost its record");
}

/* Nothing but the record, and that only of an image that is there. */
static bool consistent(void)
{
	struct dirent *entry;
	struct record record;
	DIR *dir = opendir(RECORD_DIR);
	unsigned n = 0;
	const bool claimed = record_read(RECORD_DIR, &record, NULL) == 0;

	while (dir && (entry = readdir(dir)))
		n += entry->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return n == claimed && (!claimed || (handover_staged(NULL, &record, &why) == 0 &&
					     record.n_segments == SEGMENTS_MAX + 1));
}

static void kill_often(void)
{
	unsigned i, claimed = 0, loaded = 0;
	struct handover_report report;
	struct record record;
	pid_t pid;

	for (i = 0; i < 100; i++) {
		pid = fork();
		while (pid == 0)
			(void)!try_stage("to be killed", &report);
		usleep(1000 + i * 701);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		if (!consistent())
			die("after a kill");
		claimed += record_read(RECORD_DIR, &record, NULL) == 0;
		loaded += kexec_is_loaded() == 1;
	}
	printf("init: 100 kills, %u left an image, %u of those with its record\n", loaded, claimed);
}

/* A fresh machine's memory is zero: what nobody cleared would look right. */
static void make_dirty(void)
{
	const size_t n_bytes = (size_t)sysconf(_SC_AVPHYS_PAGES) * P / 8 * 7;
	void *p = mmap(NULL, n_bytes, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		die("mmap");
	memset(p, 0xa5, n_bytes);
	munmap(p, n_bytes);
}

static void take_arguments(char **argument)
{
	for (; *argument; argument++) {
		flip |= strcmp(*argument, "flip") == 0;
		trap |= strcmp(*argument, "trap") == 0;
		go_high |= strcmp(*argument, "high") == 0;
		bulk |= strcmp(*argument, "bulk") == 0;
		again |= strcmp(*argument, "again") == 0;
		disabled |= strcmp(*argument, "disabled") == 0;
		kills |= strcmp(*argument, "kill") == 0;
		dirty |= strcmp(*argument, "dirty") == 0;
	}
}

int main(int argc, char **argv)
{
	mount("proc", "/proc", "proc", 0, NULL);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	mount("tmpfs", "/run", "tmpfs", 0, NULL);
	take_arguments(argv + 1);
	if (dirty)
		make_dirty();
	if (memory_map_read(&map, &why) < 0)
		die("memory map");
	printf("init: address space ends at %#llx\n", (unsigned long long)map.top_of_address_space);
	make_frozen();
	calibrate();
	config->five_level = cpu_flag(" la57");
	printf("init: five-level paging %d, giant pages %d\n", (int)config->five_level,
	       cpu_flag(" pdpe1gb"));
	config->tsc = read_tsc();
	if (kills)
		kill_often();
	stage();
	if (again && (handover_unload(NULL, &why) < 0 || handover_exec(NULL, &why) != -ENOENT))
		die("unload");
	if (again)
		stage();
	if (disabled)
		stage_refused();
	printf("init: now\n");
	handover_exec(NULL, &why);
	die("exec");
}
