// SPDX-License-Identifier: MIT
/*
 * What is committed reaches a TPM, in all of its banks: swtpm's, which takes the place of the
 * kernel's device by a terminal. One that dies is an error with one line.
 */
#include "base/clock.h"
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

enum { N = 40, MOST = 1 << 16 };

static struct tpm_pcrs pcrs;
static uint8_t measured[MOST];
static size_t n_measured;
static pid_t swtpm;
static char folder[] = "/tmp/bardo-swtpm-XXXXXX", device[64];

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
		require(tpm_hash(pcrs.banks.bank[b].id, &piece, 1, digest[b]));
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
			require(tpm_pcr_extend(to, b, m.record.pcr, m.record.digest[b]));
}

/* TPM2_PCR_Read of one PCR of one bank, by hand: nobody here reads a TPM but by the kernel. */
static bool read_pcr(uint16_t bank, unsigned pcr, unsigned n, uint8_t *to)
{
	uint8_t command[] = { 0x80, 1, 0, 0, 0, 20, 0, 0, 1, 0x7e, 0, 0, 0, 1, 0, 0, 3, 0, 0, 0 };
	uint8_t answer[256];
	const int fd = open(device, O_RDWR | O_NOCTTY | O_CLOEXEC);
	ssize_t got = 0, more;

	command[14] = (uint8_t)(bank >> 8);
	command[15] = (uint8_t)bank;
	command[17 + pcr / 8] = (uint8_t)(1 << pcr % 8);
	if (fd < 0 || write(fd, command, sizeof(command)) != sizeof(command))
		return false;
	while (got < 30 + (ssize_t)n &&
	       (more = read(fd, answer + got, sizeof(answer) - (size_t)got)) > 0)
		got += more;
	close(fd);
	if (got != 30 + (ssize_t)n || answer[6] || answer[9])
		return false;
	memcpy(to, answer + 30, n);
	return true;
}

static void test_extended(const struct commit *commit)
{
	static struct tpm_pcrs wanted;
	uint8_t value[TPM_MAX_DIGEST];
	struct why why = { "" };

	check_msg(commit_extend(device, commit, &why) == 0, "%s", why.text);
	expect(&wanted);
	for (unsigned b = 0; b < wanted.banks.n; b++)
		for (unsigned i = 0; i < 16; i++) {
			const struct tpm_bank *bank = &wanted.banks.bank[b];

			check_msg(read_pcr(bank->id, i, bank->n_bytes, value) &&
					  !memcmp(value, wanted.value[b][i], bank->n_bytes),
				  "PCR %u of bank %#x", i, bank->id);
		}
}

/* One command alone, and a commit of N: nothing but commands takes time. */
static void test_time(const struct commit *commit)
{
	uint8_t digest[TPM_MAX_DIGEST] = { 1 };
	const uint8_t *all[TPM_MAX_BANKS] = { digest, digest, digest, digest };
	struct why why = { "" };
	struct device *d;
	uint64_t begin, alone, whole;

	require(device_open(device, &d, &why) == 0);
	begin = now_ns();
	for (unsigned i = 0; i < N - 1; i++)
		check(device_extend(d, &commit->before.banks, commit->active, i % 16, all, &why) ==
		      0);
	alone = now_ns() - begin;
	device_close(d);
	begin = now_ns();
	check(commit_extend(device, commit, &why) == 0);
	whole = now_ns() - begin;
	/* how long is the machine's, so it is said and not judged */
	printf("# commit %.2f x its commands alone\n", (double)whole / (double)alone);
}

static void test_dead(const struct commit *commit)
{
	struct why why = { "" };

	stop();
	check(commit_extend(device, commit, &why) == -EIO);
	check_msg(strstr(why.text, device) && !strchr(why.text, '\n'), "%s", why.text);
	check(commit_extend("/nonexistent", commit, &why) == -EIO &&
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
