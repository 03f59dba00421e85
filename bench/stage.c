// SPDX-License-Identifier: MIT
/*
 * usage: stage BYTES RUNS
 *
 * The things `bardo load` cannot do without, alone: SHA-256 by libcrypto of BYTES,
 * kexec_load(2) of as many, and a copy of them in memory that another process can have.
 * Prints "sha256-us N", "kexec-us N" and "copy-us N", RUNS times. For a test machine
 * only: whatever was staged there is unloaded.
 */
#include <linux/kexec.h>
#include <openssl/sha.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

/* The largest stretch of System RAM, where there is room for all of it. */
static uint64_t ram_find(uint64_t n_bytes)
{
	uint64_t start, end, best = 0, best_bytes = 0;
	FILE *f = fopen("/proc/iomem", "re");
	char line[128];

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx : System RAM", &start, &end) != 2 ||
		    !strstr(line, "System RAM") || line[0] == ' ')
			continue;
		if (end - start > best_bytes) {
			best = start;
			best_bytes = end - start;
		}
	}
	if (f)
		fclose(f);
	/* above the places that the kernel wants low for itself */
	return best_bytes > n_bytes + (UINT64_C(32) << 20) ? best + (UINT64_C(16) << 20) : 0;
}

static long kexec_load(void *buf, uint64_t n_bytes, uint64_t addr)
{
	struct kexec_segment segment = { buf, n_bytes, (void *)addr, n_bytes };

	return syscall(SYS_kexec_load, addr, n_bytes ? 1 : 0, &segment, KEXEC_ARCH_DEFAULT);
}

/* No page is like another, none is zero, and all of them are there. */
static uint64_t *fill(uint64_t n_bytes)
{
	uint64_t *p = mmap(NULL, n_bytes, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	uint64_t x = 88172645463325252;

	if (p == MAP_FAILED)
		return NULL;
	for (uint64_t i = 0; i < n_bytes / sizeof(*p); i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		p[i] = x;
	}
	return p;
}

/* Microseconds, or a negative number. */
static int64_t copy(const void *from, uint64_t n_bytes)
{
	const int64_t t0 = now_us();
	const int fd = memfd_create("copy", MFD_CLOEXEC);
	int64_t us = -1;
	void *to;

	if (fd >= 0 && ftruncate(fd, (off_t)n_bytes) == 0) {
		to = mmap(NULL, n_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (to != MAP_FAILED) {
			memcpy(to, from, n_bytes);
			us = now_us() - t0;
			munmap(to, n_bytes);
		}
	}
	close(fd);
	return us;
}

int main(int argc, char **argv)
{
	uint64_t n_bytes = argc > 1 ? strtoull(argv[1], NULL, 10) / 4096 * 4096 : 0;
	int runs = argc > 2 ? atoi(argv[2]) : 1;
	uint64_t addr = ram_find(n_bytes);
	unsigned char digest[SHA256_DIGEST_LENGTH];
	uint64_t *p = n_bytes ? fill(n_bytes) : NULL;

	if (!p || !addr) {
		fprintf(stderr, "stage: %s\n", p ? "no room in /proc/iomem" : "how many bytes?");
		return 1;
	}
	for (int i = 0; i < runs; i++) {
		int64_t t0 = now_us(), t1, t2;

		SHA256((unsigned char *)p, n_bytes, digest);
		t1 = now_us();
		if (kexec_load(p, n_bytes, addr) != 0) {
			perror("stage: kexec_load");
			return 1;
		}
		t2 = now_us();
		kexec_load(NULL, 0, 0);
		printf("sha256-us %ld\nkexec-us %ld\ncopy-us %ld\n", t1 - t0, t2 - t1,
		       copy(p, n_bytes));
	}
	return 0;
}
