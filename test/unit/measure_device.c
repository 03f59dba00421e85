// SPDX-License-Identifier: MIT
/*
 * What is committed reaches a TPM, in all of its banks, where its PCRs are as they were: swtpm's,
 * which takes the place of the kernel's device by a terminal. One that dies is an error with one
 * line.
 */
#include "base/clock.h"
#include "base/util.h"
#include "measure/commit.h"
#include "measure/device.h"
#include "tap.h"
#include "tpm/measured.h"
#include "unit/tiny_log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { N = 40, MOST = 1 << 16, ANSWER_BYTES = 4096, ROUNDS = 20 };

static struct tpm_pcrs pcrs;
static uint8_t measured[MOST];
static size_t n_measured;
static pid_t swtpm;
static char folder[] = "/tmp/bardo-swtpm-XXXXXX", device[64];

/* As require(), of which a line each would be thousands. */
static void must(bool holds)
{
	if (!holds)
		require(holds);
}

/* swtpm speaks to the one end as to a character device. */
static bool start(void)
{
	const int master = posix_openpt(O_RDWR | O_NOCTTY);
	char number[16], state[64];
	struct termios raw;
	int slave;

	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0 ||
	    ptsname_r(master, device, sizeof(device)) != 0 || !mkdtemp(folder))
		return false;
	slave = open(device, O_RDWR | O_NOCTTY);
	if (slave < 0 || tcgetattr(slave, &raw) < 0)
		return false;
	cfmakeraw(&raw);
	tcsetattr(slave, TCSANOW, &raw); /* and it stays open, so that the mode does */
	snprintf(number, sizeof(number), "%d", master);
	snprintf(state, sizeof(state), "dir=%s", folder);
	swtpm = fork();
	if (swtpm == 0) {
		execlp("swtpm", "swtpm", "chardev", "--tpm2", "--fd", number, "--tpmstate", state,
		       "--flags", "not-need-init,startup-clear", NULL);
		_exit(127);
	}
	close(master);
	return swtpm > 0;
}

static void stop(void)
{
	kill(swtpm, SIGKILL);
	waitpid(swtpm, NULL, 0);
}

static void add(unsigned i)
{
	uint8_t digest[TPM_MAX_BANKS][TPM_MAX_DIGEST];
	struct tpm_record r = { .pcr = i % 16, .type = i == 7 ? EV_NO_ACTION : EV_IPL };
	const struct bytes piece = tiny_bytes(&i, sizeof(i));

	for (unsigned b = 0; b < pcrs.banks.n; b++) {
		must(tpm_hash(pcrs.banks.bank[b].id, &piece, 1, digest[b]));
		r.digest[b] = digest[b];
	}
	n_measured +=
		measured_write(&pcrs.banks, MEASURED_LOGGED | (i == 7 ? 0 : MEASURED_EXTENDED), &r,
			       measured + n_measured, sizeof(measured) - n_measured);
}

/* What all of it makes of a TPM after a reset. */
static void expect(struct tpm_pcrs *to)
{
	const struct bytes all = { measured, n_measured };
	struct measured m;
	size_t at = 0;

	*to = pcrs;
	while (measured_next(all, &pcrs.banks, &at, &m, NULL) > 0)
		for (unsigned b = 0; b < to->banks.n && m.flags & MEASURED_EXTENDED; b++)
			must(tpm_pcr_extend(to, b, m.record.pcr, m.record.digest[b]));
}

/* A command by hand, and the answer; it is no error. */
static size_t submit(const uint8_t *command, size_t n, uint8_t answer[static ANSWER_BYTES])
{
	static int fd = -1;
	size_t got = 0, wanted = 10;
	ssize_t more;

	if (fd < 0)
		fd = open(device, O_RDWR | O_NOCTTY | O_CLOEXEC);
	must(fd >= 0 && write(fd, command, n) == (ssize_t)n);
	while (got < wanted && (more = read(fd, answer + got, ANSWER_BYTES - got)) > 0) {
		got += (size_t)more;
		if (got >= 10)
			wanted = (size_t)answer[4] << 8 | answer[5];
	}
	must(got == wanted && !answer[6] && !answer[8] && !answer[9]);
	return got;
}

/* TPM2_PCR_Read of some PCRs of one bank, of eight numbers. */
static size_t read_pcrs(uint16_t bank, unsigned from, uint8_t bits,
			uint8_t answer[static ANSWER_BYTES])
{
	uint8_t command[] = { 0x80, 1, 0, 0, 0, 20, 0, 0, 1, 0x7e, 0, 0, 0, 1, 0, 0, 3, 0, 0, 0 };

	command[14] = (uint8_t)(bank >> 8);
	command[15] = (uint8_t)bank;
	command[17 + from / 8] = bits;
	return submit(command, sizeof(command), answer);
}

static bool pcr_is(const struct tpm_bank *bank, unsigned pcr, const uint8_t *value)
{
	uint8_t answer[ANSWER_BYTES];

	return read_pcrs(bank->id, pcr, (uint8_t)(1 << pcr % 8), answer) == 30u + bank->n_bytes &&
	       !memcmp(answer + 30, value, bank->n_bytes);
}

static void expect_pcrs(const struct tpm_pcrs *wanted, const char *when)
{
	for (unsigned b = 0; b < wanted->banks.n; b++)
		for (unsigned i = 0; i < TPM_PCRS; i++)
			check_msg(pcr_is(&wanted->banks.bank[b], i, wanted->value[b][i]),
				  "%s: PCR %u of bank %#x", when, i, wanted->banks.bank[b].id);
}

static void test_read(const char *when, const struct tpm_pcrs *wanted)
{
	static struct tpm_pcrs got;
	struct why why = { "" };
	struct device *d;
	unsigned wrong = 0;

	require(device_open(device, &d, &why) == 0);
	require(device_read(d, &got, &why) == 0);
	device_close(d);
	check(got.banks.n == wanted->banks.n);
	for (unsigned b = 0; b < wanted->banks.n; b++) {
		const int i = tpm_bank_find(&got.banks, wanted->banks.bank[b].id);

		require(i >= 0);
		wrong += memcmp(got.value[i], wanted->value[b], sizeof(got.value[i])) != 0;
	}
	check_msg(!wrong, "%s: %u banks are read as others", when, wrong);
}

static void test_extended(struct commit *commit)
{
	static struct tpm_pcrs wanted;
	struct why why = { "" };

	test_read("before", &pcrs);
	/* another value in one bank, another bank, one that is not active any more: it is not done
	 */
	commit->before.value[3][23][63] ^= 1;
	check(commit_apply(device, commit, &why) == 0);
	commit->before.value[3][23][63] ^= 1;
	commit->active = 7;
	check(commit_apply(device, commit, &why) == 0);
	commit->active = 0xf;
	commit->before.banks.bank[0].id = 0x12;
	check(commit_apply(device, commit, &why) == 0);
	commit->before.banks = pcrs.banks;
	expect_pcrs(&pcrs, "not done");
	check_msg(commit_apply(device, commit, &why) == 1, "%s", why.text);
	expect(&wanted);
	expect_pcrs(&wanted, "done");
	test_read("behind", &wanted);
	check(commit_apply(device, commit, &why) == 0);
	expect_pcrs(&wanted, "not done twice");
	commit->before = wanted;
}

/* The commands that it takes, of a device that is open already. */
static void commands_alone(struct device *d)
{
	static struct tpm_pcrs now;
	static const uint8_t digest[TPM_MAX_DIGEST] = { 1 };
	const uint8_t *all[TPM_MAX_BANKS] = { digest, digest, digest, digest };
	struct why why = { "" };

	must(device_read(d, &now, &why) == 0);
	for (unsigned i = 0; i < N - 1; i++)
		must(device_extend(d, &pcrs.banks, 0xf, i % 16, all, &why) == 0);
}

/* What they are now is what it goes on from. */
static void go_on(struct commit *commit)
{
	static struct tpm_pcrs now;
	struct why why = { "" };
	struct device *d;

	require(device_open(device, &d, &why) == 0);
	require(device_read(d, &now, &why) == 0);
	device_close(d);
	for (unsigned b = 0; b < now.banks.n; b++)
		memcpy(commit->before.value[tpm_bank_find(&pcrs.banks, now.banks.bank[b].id)],
		       now.value[b], sizeof(now.value[b]));
}

static void test_time(struct commit *commit)
{
	uint64_t begin, whole = UINT64_MAX, alone = UINT64_MAX;
	struct why why = { "" };
	struct device *d;

	for (unsigned i = 0; i < ROUNDS; i++) {
		go_on(commit);
		begin = now_ns();
		require(commit_apply(device, commit, &why) == 1);
		whole = min_u64(whole, now_ns() - begin);
		require(device_open(device, &d, &why) == 0);
		begin = now_ns();
		commands_alone(d);
		alone = min_u64(alone, now_ns() - begin);
		device_close(d);
	}
	/* how long is the machine's, so it is said here, and bench/run judges it */
	printf("# commit %.3f ms, its commands alone %.3f ms\n", (double)whole / 1e6,
	       (double)alone / 1e6);
}

static void test_dead(const struct commit *commit)
{
	struct why why = { "" };

	stop();
	check(commit_apply(device, commit, &why) == -EIO);
	check_msg(strstr(why.text, device) && !strchr(why.text, '\n'), "%s", why.text);
	check(commit_apply("/nonexistent", commit, &why) == -EIO &&
	      strstr(why.text, "/nonexistent: open"));
}

int main(void)
{
	static struct commit commit;
	char command[64];

	if (access("/usr/bin/swtpm", X_OK) < 0) {
		skip("no swtpm");
		return tap_done();
	}
	/* to a process that had none, the terminal is the one that controls it: it hangs up at the
	 * end */
	signal(SIGHUP, SIG_IGN);
	require(tpm_hash_prepare() == 0 && start());
	tpm_pcrs_reset(&pcrs, &tiny_banks_four);
	for (unsigned i = 0; i < N; i++)
		add(i);
	commit = (struct commit){ .active = 0xf, .measured = { measured, n_measured } };
	commit.before = pcrs;
	test_extended(&commit);
	test_time(&commit);
	test_dead(&commit);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	check(system(command) == 0);
	return tap_done();
}
