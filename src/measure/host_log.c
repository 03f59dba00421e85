// SPDX-License-Identifier: MIT
#include "measure/host_log.h"
#include "host/file.h"
#include "measure/user_log.h"
#include "tpm/write.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static struct bytes bytes_of(const struct host_file *file)
{
	return (struct bytes){ (const uint8_t *)file->text, file->n_bytes };
}

/* Take bytes, and more behind them, for what the log is; both stay the caller's. */
static int set_bytes(struct host_log *log, struct bytes bytes, struct bytes more, struct why *why)
{
	uint8_t *copy = malloc(bytes.n + more.n + 1);

	if (!copy)
		return why_errno(why, -ENOMEM, "event log");
	memcpy(copy, bytes.p, bytes.n);
	if (more.n)
		memcpy(copy + bytes.n, more.p, more.n);
	history_free(&log->history);
	free((void *)log->bytes.p);
	log->bytes = (struct bytes){ copy, bytes.n + more.n };
	return 0;
}

/* A log that begins now: it does not lead to PCRs that something was measured into. */
static int begin_log(const struct tpm_banks *banks, struct host_log *log, struct why *why)
{
	const size_t n = tpm_header_bytes(banks);
	uint8_t *p = malloc(n);
	int r = p && tpm_header_write(banks, p, n)
			? set_bytes(log, (struct bytes){ p, n }, (struct bytes){ 0 }, why)
			: why_errno(why, -ENOMEM, "event log");

	free(p);
	log->anew = true;
	return r < 0 ? r : history_read(log->bytes, &log->history, why);
}

/* systemd sets the sticky bit before it extends, and takes it back with the record written. */
static bool is_incomplete(const char *root)
{
	char path[PATH_MAX];
	struct stat st;

	snprintf(path, sizeof(path), "%s" HOST_USER_LOG, root);
	return stat(path, &st) == 0 && st.st_mode & S_ISVTX;
}

static int add_user_log(const char *root, struct host_log *log, struct why *why)
{
	scoped_host_file file = { NULL, 0 };
	struct bytes records = { 0 };
	unsigned n = 0;
	struct why inner;
	int r = host_file_read(root, HOST_USER_LOG, &file);

	if (r < 0)
		return 0; /* not everybody has one */
	r = user_log_read(bytes_of(&file), &log->history.log.banks, &records, &n, &inner);
	if (r < 0) {
		why_set(&log->note, 0, "lacks what systemd measured: " HOST_USER_LOG ": %s",
			inner.text);
		return 0;
	}
	if (is_incomplete(root))
		why_set(&log->note, 0,
			"lacks a record: systemd marks " HOST_USER_LOG " as incomplete");
	if (n) {
		const struct bytes before = log->bytes;

		r = set_bytes(log, before, records, why);
		if (r == 0)
			r = history_read(log->bytes, &log->history, why);
		log->n_user = n;
	}
	free((void *)records.p);
	return r;
}

static int read_kernel_log(const char *root, const struct tpm_banks *begin, struct host_log *log,
			   struct why *why)
{
	scoped_host_file file = { NULL, 0 };
	struct why inner;
	int r = host_file_read(root, HOST_LOG, &file);

	if (r < 0 && begin) {
		why_errno(&log->note, r, "begins anew: " HOST_LOG);
		return begin_log(begin, log, why);
	}
	if (r < 0)
		return why_errno(why, r, HOST_LOG);
	r = set_bytes(log, bytes_of(&file), (struct bytes){ 0 }, why);
	if (r < 0)
		return r;
	r = history_read(log->bytes, &log->history, &inner);
	if (r < 0)
		return why_set(why, r, HOST_LOG ": %s", inner.text);
	if (log->history.log.agile || !begin)
		return 0;
	why_set(&log->note, 0, "begins anew: " HOST_LOG " is of TPM 1.2, with SHA-1 alone");
	return begin_log(begin, log, why);
}

static bool begins_with(struct bytes all, struct bytes begin)
{
	return all.n >= begin.n && (!begin.n || !memcmp(all.p, begin.p, begin.n));
}

static int read_carried(struct bytes all, struct bytes kernel, struct host_log *ret_log,
			struct why *why)
{
	int r;

	if (!begins_with(all, kernel))
		return why_set(why, -ENOTUNIQ, "it does not begin with the kernel's");
	r = set_bytes(ret_log, all, (struct bytes){ 0 }, why);
	if (r == 0)
		r = history_read(ret_log->bytes, &ret_log->history, why);
	if (r == 0 && !ret_log->history.log.agile)
		r = why_set(why, -EBADMSG, "it is of TPM 1.2");
	return r;
}

/* 1: what came with the initrd is the log; 0: there is none, or one that is not, which is noted. */
static int take_carried(const char *root, struct host_log *log)
{
	scoped_host_file file = { NULL, 0 };
	struct host_log carried = { .carried = true };
	struct bytes kernels = { 0 };
	struct why why;
	int r = host_file_read(root, HOST_CARRIED_LOG, &file);

	if (r == -ENOENT)
		return 0;
	/* where the kernel has none, or an old one, this one began anew: with another header than
	 * ours */
	if (!log->anew && log->history.log.agile)
		kernels = log->bytes;
	r = r < 0 ? why_errno(&why, r, "it cannot be read")
		  : read_carried(bytes_of(&file), kernels, &carried, &why);
	if (r < 0) {
		why_set(&log->note, 0, "does not go on with " HOST_CARRIED_LOG ": %s", why.text);
		host_log_free(&carried);
		return 0;
	}
	host_log_free(log);
	*log = carried;
	return 1;
}

int host_log_read(const char *root, const struct tpm_banks *begin, struct host_log *ret_log,
		  struct why *why)
{
	struct host_log log = { .n_user = 0 };
	int r = read_kernel_log(root, begin, &log, why);

	if ((r == 0 || r == -ENOENT) && take_carried(root, &log))
		r = 0;
	if (r == 0 && log.history.log.agile)
		r = add_user_log(root, &log, why);
	if (r < 0)
		host_log_free(&log);
	else
		*ret_log = log;
	return r;
}

void host_log_free(struct host_log *log)
{
	history_free(&log->history);
	free((void *)log->bytes.p);
	*log = (struct host_log){ 0 };
}
