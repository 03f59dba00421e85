// SPDX-License-Identifier: MIT
/* An event log behind an initrd: as a kernel takes the archive apart. */
#include "base/fd.h"
#include "base/memfd.h"
#include "boot/carry.h"
#include "boot/stage_file.h"
#include "measure/host_log.h"
#include "tap.h"
#include "unit/tiny_log.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>
#include <sys/stat.h>

enum { HEADER = 110, MOST = 64 << 10 };
enum { MODE = 1, FILE_SIZE = 6, NAME_SIZE = 11 };

static uint8_t all[MOST];
static size_t n_all;

struct member {
	unsigned mode;
	const char *name;
	struct bytes data;
};

static unsigned field(size_t at, unsigned i)
{
	char digits[9] = "";
	unsigned v;

	memcpy(digits, all + at + 6 + (size_t)8 * i, 8);
	require(sscanf(digits, "%8x", &v) == 1);
	return v;
}

/* The one at *inout_at. */
static struct member next(size_t *inout_at)
{
	const size_t at = *inout_at;
	struct member m;
	size_t data;

	require(at % 4 == 0 && at + HEADER <= n_all && !memcmp(all + at, "070701", 6));
	m.mode = field(at, MODE);
	m.name = (const char *)all + at + HEADER;
	data = align_up(at + HEADER + field(at, NAME_SIZE), 4);
	m.data = tiny_bytes(all + data, field(at, FILE_SIZE));
	require(data + m.data.n <= n_all && m.name[field(at, NAME_SIZE) - 1] == '\0' &&
		strlen(m.name) + 1 == field(at, NAME_SIZE));
	*inout_at = align_up(data + m.data.n, 4);
	return m;
}

static void take(const struct sources *sources, struct bytes measured, const char *initrd)
{
	struct why why = { "" };
	scoped_fd fd = carry_behind(sources, measured, tiny_bytes(initrd, strlen(initrd)), &why);
	ssize_t n;

	require(fd >= 0);
	n = pread(fd, all, sizeof(all), 0);
	require(n > 0 && n < MOST);
	n_all = (size_t)n;
	check(pwrite(fd, "x", 1, 0) < 0); /* nobody changes what was put together */
}

static void check_archive(size_t at, struct bytes log)
{
	static const char keep[] = "C /run/bardo/event-log 0400 root root - "
				   "/.extra/bardo-event-log\n";
	const struct member want[] = {
		{ S_IFDIR | 0555, ".extra", { 0 } },
		{ S_IFREG | 0400, ".extra/bardo-event-log", log },
		{ S_IFDIR | 0755, "etc", { 0 } },
		{ S_IFDIR | 0755, "etc/tmpfiles.d", { 0 } },
		{ S_IFREG | 0444, "etc/tmpfiles.d/bardo.conf", tiny_bytes(keep, sizeof(keep) - 1) },
		{ 0, "TRAILER!!!", { 0 } },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(want); i++) {
		const struct member m = next(&at);

		check_msg(m.mode == want[i].mode && !strcmp(m.name, want[i].name) &&
				  m.data.n == want[i].data.n &&
				  (!m.data.n || !memcmp(m.data.p, want[i].data.p, m.data.n)),
			  "%s", m.name);
	}
	check(at == n_all);
}

static void test_passed_on(void)
{
	struct sources sources = { .event_log = tiny_bytes("a log", 5) };
	const struct bytes nothing = { 0 };

	check(carry_is_needed(&sources));
	take(&sources, nothing, "12345");
	check(!memcmp(all, "12345\0\0\0", 8));
	check_archive(8, sources.event_log);
	take(&sources, nothing, "");
	check_archive(0, sources.event_log);
	sources.event_log = nothing;
	check(!carry_is_needed(&sources));
}

/* Behind the machine's comes what was measured. */
static void test_measured(void)
{
	static struct tiny_log tiny;
	static struct tpm_pcrs pcrs;
	static uint8_t measured[1024], wanted[TINY_LOG_ROOM];
	static const uint8_t digest[TPM_MAX_DIGEST] = { 7 };
	const struct tpm_record r = { .pcr = 9, .type = EV_IPL, .digest = { digest } };
	struct sources sources = { .tpm = { &pcrs, 1, 1 } };
	size_t n;

	tiny_log_fill(&tiny, &tiny_banks_one);
	tpm_pcrs_reset(&pcrs, &tiny_banks_one);
	sources.tpm.log = tiny_bytes(tiny.bytes, tiny.n);
	memcpy(wanted, tiny.bytes, tiny.n);
	n = tiny.n + tpm_record_write(&tiny_banks_one, &r, wanted + tiny.n, TINY_LOG_ROOM - tiny.n);
	check(carry_is_needed(&sources));
	take(&sources,
	     tiny_bytes(measured,
			measured_write(&tiny_banks_one, MEASURED_LOGGED | MEASURED_EXTENDED, &r,
				       measured, sizeof(measured))),
	     "initrd");
	check_archive(8, tiny_bytes(wanted, n));
}

/* A kernel that somebody writes to while it is staged is noticed wherever that is. */
static void test_unchanged(void)
{
	static uint8_t kernel[(1 << 17) + 5];
	const struct bytes measured = tiny_bytes(kernel, sizeof(kernel));
	static const size_t places[] = { 0, 1 << 16, sizeof(kernel) - 1 };
	scoped_fd fd = memfd_open("kernel");
	struct why why = { "" };

	require(fd >= 0 && write(fd, kernel, sizeof(kernel)) == sizeof(kernel));
	check(stage_check_unchanged(fd, measured, "k", &why) == 0);
	for (unsigned i = 0; i < ARRAY_SIZE(places); i++) {
		require(pwrite(fd, "x", 1, (off_t)places[i]) == 1);
		check(stage_check_unchanged(fd, measured, "k", &why) == -ESTALE);
		require(pwrite(fd, "", 1, (off_t)places[i]) == 1);
	}
	check(stage_check_unchanged(fd, measured, "k", &why) == 0);
	check(!strcmp(why.text, "k: changed while it was staged"));
	require(ftruncate(fd, sizeof(kernel) - 1) == 0);
	check(stage_check_unchanged(fd, measured, "k", &why) == -ESTALE);
	require(ftruncate(fd, sizeof(kernel) + 1) == 0);
	check(stage_check_unchanged(fd, measured, "k", &why) == -ESTALE);
}

int main(void)
{
	test_passed_on();
	test_measured();
	test_unchanged();
	return tap_done();
}
