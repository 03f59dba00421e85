// SPDX-License-Identifier: MIT
/* vgetrandom(1): random bytes to standard output, and what they are worth here. */
#include <vgetrandom.h>

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "vgetrandom/status.h"

enum { CHUNK_BYTES = 1 << 16, HEX_LINE_BYTES = 32, USAGE_STATUS = 2 };

static int usage(FILE *to, int status)
{
	fprintf(to, "usage: vgetrandom [--hex] BYTES\n"
		    "       vgetrandom --status [--json]\n"
		    "BYTES is a number, with K, M or G for powers of 1024, or inf\n");
	return status;
}

/* "inf" is all that fits into 64 bits: at 10 GB/s some decades */
static bool parse_bytes(const char *text, uint64_t *ret)
{
	static const char units[] = "KMG";
	const char *unit;
	char *end;
	uint64_t v;

	if (strcmp(text, "inf") == 0) {
		*ret = UINT64_MAX;
		return true;
	}
	errno = 0;
	v = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || errno)
		return false;
	unit = *end ? strchr(units, *end) : NULL;
	if (*end && (!unit || end[1]))
		return false;
	if (unit && v > UINT64_MAX >> (10 * (unit - units + 1)))
		return false;
	*ret = unit ? v << (10 * (unit - units + 1)) : v;
	return true;
}

static bool write_raw(const uint8_t *p, size_t n)
{
	while (n) {
		ssize_t done = write(STDOUT_FILENO, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		p += done;
		n -= (size_t)done;
	}
	return true;
}

static bool write_hex(const uint8_t *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		bool last = i + 1 == n || i % HEX_LINE_BYTES == HEX_LINE_BYTES - 1;

		if (printf("%02x%s", p[i], last ? "\n" : "") < 0)
			return false;
	}
	return fflush(stdout) == 0;
}

static int print_bytes(uint64_t n, bool hex)
{
	static uint8_t chunk[CHUNK_BYTES];

	while (n) {
		size_t most = min_u64(n, sizeof(chunk));

		vgetrandom_fill(chunk, most);
		if (!(hex ? write_hex : write_raw)(chunk, most)) {
			fprintf(stderr, "vgetrandom: standard output: %s\n", strerror(errno));
			return EXIT_FAILURE;
		}
		if (n != UINT64_MAX)
			n -= most;
	}
	explicit_bzero(chunk, sizeof(chunk));
	return EXIT_SUCCESS;
}

static int print_status(bool json)
{
	status_print(json);
	if (fflush(stdout) == 0)
		return EXIT_SUCCESS;
	fprintf(stderr, "vgetrandom: standard output: %s\n", strerror(errno));
	return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "hex", no_argument, NULL, 'x' },
		{ "status", no_argument, NULL, 's' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	bool hex = false, status = false, json = false;
	uint64_t n;
	int c;

	while ((c = getopt_long(argc, argv, "xsjh", options, NULL)) >= 0) {
		switch (c) {
		case 'x':
			hex = true;
			break;
		case 's':
			status = true;
			break;
		case 'j':
			json = true;
			break;
		case 'h':
			return usage(stdout, EXIT_SUCCESS);
		default:
			return usage(stderr, USAGE_STATUS);
		}
	}
	if (status && !hex && optind == argc)
		return print_status(json);
	if (status || json || optind + 1 != argc || !parse_bytes(argv[optind], &n))
		return usage(stderr, USAGE_STATUS);
	return print_bytes(n, hex);
}
