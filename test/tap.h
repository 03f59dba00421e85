/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Test Anything Protocol in a page. check() counts and goes on, require() ends
 * the program; skip() says why. A program that ran no check at all fails.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static unsigned tap_n, tap_failed;

static inline bool tap_result(bool ok, const char *file, int line, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

static inline bool tap_result(bool ok, const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	printf("%s %u - ", ok ? "ok" : "not ok", ++tap_n);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	if (!ok) {
		tap_failed++;
		printf("# at %s:%d\n", file, line);
	}
	fflush(stdout);
	return ok;
}

static inline int tap_done(void)
{
	printf("1..%u\n", tap_n);
	return tap_n == 0 || tap_failed != 0;
}

static inline void tap_require(bool ok, const char *file, int line, const char *text)
{
	if (tap_result(ok, file, line, "%s", text))
		return;
	printf("Bail out! %s\n", text);
	exit(1);
}

#define check(expr) tap_result((expr), __FILE__, __LINE__, "%s", #expr)
#define check_msg(expr, ...) tap_result((expr), __FILE__, __LINE__, __VA_ARGS__)
#define require(expr) tap_require((expr), __FILE__, __LINE__, #expr)
#define skip(why) printf("ok %u # SKIP %s\n", ++tap_n, (why))
