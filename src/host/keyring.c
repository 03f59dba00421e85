// SPDX-License-Identifier: MIT
#include "host/keyring.h"
#include "host/file.h"

#include <errno.h>
#include <linux/keyctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * A line: serial, flags, uses, time, permissions, user, group, type, then "NAME: how many". Anybody
 * may have a keyring of any name; those of the kernel are root's, and begin with a dot, which
 * add_key(2) refuses to others.
 */
static bool is_line_of(const char *line, const char *name, int32_t *ret_serial)
{
	char type[16], found[64];
	unsigned serial, user;

	if (sscanf(line, "%8x %*s %*s %*s %*s %u %*s %15s %63[^:]", &serial, &user, type, found) !=
		    4 ||
	    user != 0 || strcmp(type, "keyring") != 0 || strcmp(found, name) != 0)
		return false;
	*ret_serial = (int32_t)serial;
	return true;
}

/*
 * Does the kernel say so, too? The name of a key may have a line end in it: anybody can put a line
 * of his own into /proc/keys, which speaks of a keyring of his.
 */
static bool is_roots(int32_t serial, const char *name)
{
	char said[256];
	unsigned user;
	int at = 0;
	long n = syscall(SYS_keyctl, KEYCTL_DESCRIBE, serial, said, sizeof(said));

	return n > 0 && (size_t)n <= sizeof(said) &&
	       sscanf(said, "keyring;%u;%*u;%*x;%n", &user, &at) == 1 && at && user == 0 &&
	       !strcmp(said + at, name);
}

int32_t host_keyring_find(const char *root, const char *name)
{
	const bool made_up = root[0]; /* the kernel knows none of these */

	scoped_host_file keys = { NULL, 0 };
	int32_t serial = 0;
	char *rest = NULL;
	int r = host_file_read(root, "/proc/keys", &keys);

	if (r < 0)
		return r;
	for (char *line = strtok_r(keys.text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest))
		if (is_line_of(line, name, &serial) && (made_up || is_roots(serial, name)))
			return serial;
	return -ENOENT;
}

static long add_key(const char *type, const char *name, struct bytes payload, long keyring)
{
	return syscall(SYS_add_key, type, name, payload.p, payload.n, keyring);
}

/* The kernel reads the certificate, and looks for who has signed it. */
static int link_certificate(long keyring, int32_t serial, struct bytes certificate)
{
	char rule[32];

	snprintf(rule, sizeof(rule), "key_or_keyring:%d", serial);
	if (syscall(SYS_keyctl, KEYCTL_RESTRICT_KEYRING, keyring, "asymmetric", rule) < 0)
		return -errno;
	if (add_key("asymmetric", "", certificate, keyring) >= 0)
		return 1;
	/* no key for it; one that is revoked; a certificate that the kernel cannot read */
	return errno == ENOKEY || errno == EKEYREJECTED || errno == EKEYREVOKED ||
			       errno == EBADMSG || errno == ENOPKG || errno == EINVAL
		       ? 0
		       : -errno;
}

int host_keyring_vouches(int32_t serial, struct bytes certificate)
{
	/* it goes with this process, which has it to itself */
	const long keyring =
		add_key("keyring", "bardo", (struct bytes){ NULL, 0 }, KEY_SPEC_PROCESS_KEYRING);
	int r;

	if (keyring < 0)
		return -errno;
	r = link_certificate(keyring, serial, certificate);
	syscall(SYS_keyctl, KEYCTL_INVALIDATE, keyring);
	return r;
}
